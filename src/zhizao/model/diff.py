"""What differs between two plants, in words: for reports on scenarios."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from zhizao._base.words import Lang, say
from zhizao.model.cells import format_cell, format_number
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.row import Row, Rows
from zhizao.model.rows import to_rows
from zhizao.model.sheets import PLANT_KEYS
from zhizao.model.tables import Column

_PACKAGE = "zhizao.model"
_MANY = 4
"""From so many rows on that change alike, one line tells about all of them."""
_NAMES_SHOWN = 4
_MAX_TEXT = 60


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that differs; ``None`` stands for a thing that is not there at all."""

    what: str
    before: str | None
    after: str | None
    line: str

    def __str__(self) -> str:
        return self.line


@dataclass(frozen=True, kw_only=True)
class _CellChange:
    """A value of one row that differs, before it is put in words."""

    name: str
    column: Column
    before: Any
    after: Any

    @property
    def ratio(self) -> str | None:
        """New number by old, as it is shown; None where it has no meaning."""
        is_number = isinstance(self.before, float) and isinstance(self.after, float)
        return f"{self.after / self.before:.4g}" if is_number and self.before > 0 else None


def scenario_diff(
    plant_a: Plant,
    orders_a: Sequence[Order],
    plant_b: Plant,
    orders_b: Sequence[Order],
    *,
    lang: Lang = "en",
) -> tuple[Difference, ...]:
    """Return what has to be done to come from plant A to plant B, in words.

    Many rows that change alike (the same values, or the same ratio) are told
    in one line. Provenances are not compared: they describe values, and the
    values are.

    Parameters
    ----------
    plant_a, orders_a
        Before.
    plant_b, orders_b
        After.
    lang
        Language of the words.

    Examples
    --------
    >>> from zhizao.model.plant import Resource, WorkCentre
    >>> lathe = Resource(id="lathe", work_centre="turning")
    >>> plant = Plant(name="P", work_centres=(WorkCentre(id="turning"),), resources=(lathe,))
    >>> faster = plant.model_copy(
    ...     update={"resources": (lathe.model_copy(update={"speed": 1.5}),)}
    ... )
    >>> print(scenario_diff(plant, (), faster, ())[0])
    resource lathe, speed: 1 → 1.5
    """
    zone = ZoneInfo(plant_a.time_zone)
    found = [*_plant_differences(plant_a, plant_b, lang=lang)]
    before, after = to_rows(plant_a, orders_a), to_rows(plant_b, orders_b)
    for name, rows in before.items():
        if name in _WHOLE:
            found += _whole_differences(rows, after[name], zone=zone, lang=lang)
        elif name not in {"provenance", "answers"}:
            found += _table_differences(rows, after[name], zone=zone, lang=lang)
    return tuple(found)


def _plant_differences(plant_a: Plant, plant_b: Plant, *, lang: Lang) -> Iterator[Difference]:
    for key in PLANT_KEYS:
        before, after = getattr(plant_a, key), getattr(plant_b, key)
        if before != after:
            empty = say(_PACKAGE, "empty", lang=lang)
            thing, field = say(_PACKAGE, "plant", lang=lang), _field(key, lang=lang)
            yield _changed(thing, field, before or empty, after or empty, lang=lang)


def _table_differences(
    before: Rows, after: Rows, *, zone: ZoneInfo, lang: Lang
) -> Iterator[Difference]:
    rows_a, rows_b = _by_name(before), _by_name(after)
    table = before.table.name
    yield from _presence(rows_a, rows_b, table=table, lang=lang)
    key = before.table.key or ("product",)
    changes = [
        _CellChange(name=name, column=c, before=a.values.get(c.name), after=b.values.get(c.name))
        for c in before.table.columns
        if c.name not in key
        for name, a in rows_a.items()
        if (b := rows_b.get(name)) and a.values.get(c.name) != b.values.get(c.name)
    ]

    def alike(change: _CellChange) -> tuple[str, str]:
        texts = (
            _text(change, "before", zone=zone, lang=lang),
            _text(change, "after", zone=zone, lang=lang),
        )
        return change.column.name, change.ratio or " → ".join(texts)

    order = {c.name: i for i, c in enumerate(before.table.columns)}
    changes.sort(key=lambda c: (order[c.column.name], alike(c)[1]))
    for _, members in groupby(changes, key=alike):
        group = list(members)
        if len(group) >= _MANY:
            yield _grouped(group, table=table, zone=zone, lang=lang)
        else:
            for change in group:
                yield _changed(
                    _thing(table, change.name, lang=lang),
                    _field(change.column.name, lang=lang),
                    _text(change, "before", zone=zone, lang=lang),
                    _text(change, "after", zone=zone, lang=lang),
                    lang=lang,
                )


def _grouped(group: Sequence[_CellChange], *, table: str, zone: ZoneInfo, lang: Lang) -> Difference:
    thing = _several(table, [c.name for c in group], lang=lang)
    first = group[0]
    ratio = first.ratio
    if ratio is None:
        before, after = (_text(first, side, zone=zone, lang=lang) for side in ("before", "after"))
    else:
        spans = ([c.before for c in group], [c.after for c in group])
        before, after = (
            say(
                _PACKAGE,
                "range",
                lang=lang,
                low=f"{min(values):.4g}",
                high=f"{max(values):.4g}",
                ratio=factor,
            )
            for values, factor in zip(spans, ("1", ratio), strict=True)
        )
    return _changed(thing, _field(first.column.name, lang=lang), before, after, lang=lang)


def _shift_text(row: Row, *, zone: ZoneInfo) -> str | None:
    """Return the times of a row of calendars, None where it has none."""
    values = row.values
    if values.get("kind") is None:
        return None
    if values["kind"] == "weekly":
        return f"{values['weekday']} {values['start']}-{values['end']}"
    return f"{values['kind']} {_span_text(row, zone=zone)}"


def _span_text(row: Row, *, zone: ZoneInfo) -> str:
    instants = (
        format_cell(row.values[c], kind="instant", zone=zone)[:16].replace("T", " ")
        for c in ("from_at", "to_at")
    )
    return " - ".join(instants)


def _price_text(row: Row, *, zone: ZoneInfo) -> str:
    """Return the hours and the prices of a row of tariffs."""
    values = row.values
    texts = [values["kind"]]
    if values["kind"] == "weekly":
        days = " ".join(values["weekdays"]) + " " if values.get("weekdays") else ""
        texts = [f"{days}{values['start']}-{values['end']}"]
    elif values["kind"] == "span":
        texts = [_span_text(row, zone=zone)]
    if values.get("price_per_kwh") is not None:
        texts.append(f"{format_number(values['price_per_kwh'])}/kWh")
    if values.get("carbon_kg_per_kwh") is not None:
        texts.append(f"{format_number(values['carbon_kg_per_kwh'])} kg/kWh")
    return " ".join(texts)


_WHOLE: dict[str, tuple[str, str, Callable[..., str | None]]] = {
    "calendars": ("calendar", "times", _shift_text),
    "tariffs": ("tariff", "prices", _price_text),
}
"""Tables of which several rows in an order make one part → its column, what rows are, their text."""


def _whole_differences(
    before: Rows, after: Rows, *, zone: ZoneInfo, lang: Lang
) -> Iterator[Difference]:
    """Compare calendars or tariffs whole: the order of their rows has a meaning."""
    table = before.table.name
    column, what, text = _WHOLE[table]

    def by_name(rows: Rows) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in rows.rows:
            texts = found.setdefault(row.values[column], [])
            if (line := text(row, zone=zone)) is not None:
                texts.append(line)
        return found

    times_a, times_b = by_name(before), by_name(after)
    empty = say(_PACKAGE, "empty", lang=lang)
    for name in dict.fromkeys([*times_a, *times_b]):
        if times_a.get(name) == times_b.get(name):
            continue
        kept = set(times_a.get(name, ())) & set(times_b.get(name, ()))
        texts = [
            ", ".join(t for t in times.get(name, ()) if t not in kept) or empty
            for times in (times_a, times_b)
        ]
        thing = _thing(table, name, lang=lang)
        if name not in times_a:
            line = say(_PACKAGE, "added", lang=lang, thing=thing) + f" ({texts[1]})"
            yield Difference(what=thing, before=None, after=texts[1], line=line)
        elif name not in times_b:
            line = say(_PACKAGE, "removed", lang=lang, thing=thing)
            yield Difference(what=thing, before=texts[0], after=None, line=line)
        else:
            yield _changed(thing, say(_PACKAGE, what, lang=lang), *texts, lang=lang)


def _presence(
    rows_a: Mapping[str, Row], rows_b: Mapping[str, Row], *, table: str, lang: Lang
) -> Iterator[Difference]:
    for key, there, elsewhere in (("added", rows_b, rows_a), ("removed", rows_a, rows_b)):
        names = [name for name in there if name not in elsewhere]
        if len(names) >= _MANY:
            groups = [(_several(table, names, lang=lang), ", ".join(names))]
        else:
            groups = [(_thing(table, name, lang=lang), name) for name in names]
        for thing, name in groups:
            before, after = (None, name) if key == "added" else (name, None)
            line = say(_PACKAGE, key, lang=lang, thing=thing)
            yield Difference(what=thing, before=before, after=after, line=line)


def _by_name(rows: Rows) -> dict[str, Row]:
    """Return rows by what a person calls them; a repeated name gets its number."""
    found: dict[str, Row] = {}
    for row in rows.rows:
        parts = (row.values.get(c) for c in rows.table.key or ("product",))
        name = " / ".join("*" if p is None else str(p) for p in parts if p != "main")
        number = 1
        while name in found:
            number += 1
            name = f"{name.rpartition(' #')[0] or name} #{number}"
        found[name] = row
    return found


def _text(change: _CellChange, side: str, *, zone: ZoneInfo, lang: Lang) -> str:
    value, kind = getattr(change, side), change.column.kind
    if value is None:
        return say(
            _PACKAGE,
            "always" if kind == "text" and change.column.refers == "calendar" else "empty",
            lang=lang,
        )
    if kind == "number":
        short = float(f"{value:.6g}")
        return format_number(short)
    if kind == "text":
        return str(value)
    text = format_cell(value, kind=kind, zone=zone)
    if kind == "instant":
        return text[:16].replace("T", " ")
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _thing(table: str, name: str, *, lang: Lang) -> str:
    return say(_PACKAGE, "one", lang=lang, thing=say(_PACKAGE, table, lang=lang), name=name)


def _several(table: str, names: Sequence[str], *, lang: Lang) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
    things = say(_PACKAGE, f"many_{table}", lang=lang)
    return say(_PACKAGE, "several", lang=lang, n=len(names), things=things, names=shown)


def _field(column: str, *, lang: Lang) -> str:
    return say(_PACKAGE, f"column_{column}", lang=lang)


def _changed(thing: str, field: str, before: str, after: str, *, lang: Lang) -> Difference:
    values = {"thing": thing, "field": field, "before": before, "after": after}
    line = say(_PACKAGE, "field_changed", lang=lang, **values)
    return Difference(what=f"{thing}, {field}", before=before, after=after, line=line)
