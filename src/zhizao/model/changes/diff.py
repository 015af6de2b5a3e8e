"""What differs between two plants, in words: for reports on scenarios."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from zhizao._base.words import Lang, say
from zhizao.model.changes.diff_texts import (
    CellChange,
    Difference,
    changed,
    field_name,
    price_text,
    several_things,
    shift_text,
    thing_name,
)
from zhizao.model.files.row import Row, Rows
from zhizao.model.files.rows import to_rows
from zhizao.model.files.sheets import PLANT_KEYS
from zhizao.model.order import Order
from zhizao.model.plant import Plant

_PACKAGE = "zhizao.model"
_MANY = 4
"""From so many rows on that change alike, one line tells about all of them."""


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
            thing, field = say(_PACKAGE, "plant", lang=lang), field_name(key, lang=lang)
            yield changed(thing, field, before or empty, after or empty, lang=lang)


def _table_differences(
    before: Rows, after: Rows, *, zone: ZoneInfo, lang: Lang
) -> Iterator[Difference]:
    rows_a, rows_b = _by_name(before), _by_name(after)
    table = before.table.name
    yield from _presence(rows_a, rows_b, table=table, lang=lang)
    key = before.table.key or ("product",)
    changes = [
        CellChange(name=name, column=c, before=a.values.get(c.name), after=b.values.get(c.name))
        for c in before.table.columns
        if c.name not in key
        for name, a in rows_a.items()
        if (b := rows_b.get(name)) and a.values.get(c.name) != b.values.get(c.name)
    ]

    def alike(change: CellChange) -> tuple[str, str]:
        return change.column.name, change.ratio or " → ".join(change.texts(zone=zone, lang=lang))

    order = {c.name: i for i, c in enumerate(before.table.columns)}
    changes.sort(key=lambda c: (order[c.column.name], alike(c)[1]))
    for _, members in groupby(changes, key=alike):
        group = list(members)
        if len(group) >= _MANY:
            yield _grouped(group, table=table, zone=zone, lang=lang)
        else:
            for change in group:
                yield changed(
                    thing_name(table, change.name, lang=lang),
                    field_name(change.column.name, lang=lang),
                    *change.texts(zone=zone, lang=lang),
                    lang=lang,
                )


def _grouped(group: Sequence[CellChange], *, table: str, zone: ZoneInfo, lang: Lang) -> Difference:
    thing = several_things(table, [c.name for c in group], lang=lang)
    first = group[0]
    ratio = first.ratio
    if ratio is None:
        before, after = first.texts(zone=zone, lang=lang)
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
    return changed(thing, field_name(first.column.name, lang=lang), before, after, lang=lang)


_WHOLE: dict[str, tuple[str, str, Callable[..., str | None]]] = {
    "calendars": ("calendar", "times", shift_text),
    "tariffs": ("tariff", "prices", price_text),
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
        thing = thing_name(table, name, lang=lang)
        if name not in times_a:
            line = say(_PACKAGE, "added", lang=lang, thing=thing) + f" ({texts[1]})"
            yield Difference(what=thing, before=None, after=texts[1], line=line)
        elif name not in times_b:
            line = say(_PACKAGE, "removed", lang=lang, thing=thing)
            yield Difference(what=thing, before=texts[0], after=None, line=line)
        else:
            yield changed(thing, say(_PACKAGE, what, lang=lang), *texts, lang=lang)


def _presence(
    rows_a: Mapping[str, Row], rows_b: Mapping[str, Row], *, table: str, lang: Lang
) -> Iterator[Difference]:
    for key, there, elsewhere in (("added", rows_b, rows_a), ("removed", rows_a, rows_b)):
        names = [name for name in there if name not in elsewhere]
        if len(names) >= _MANY:
            groups = [(several_things(table, names, lang=lang), ", ".join(names))]
        else:
            groups = [(thing_name(table, name, lang=lang), name) for name in names]
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
