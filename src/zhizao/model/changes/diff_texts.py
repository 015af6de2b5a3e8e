"""What differs, in words: things, their fields, and values before and after."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from zhizao._base.words import Lang, say
from zhizao.model.files.cells import format_cell, format_number
from zhizao.model.files.columns import Column
from zhizao.model.files.row import Row

_PACKAGE = "zhizao.model"
_NAMES_SHOWN = 4
_MAX_TEXT = 60
_LONG_SPEED = re.compile(r"(?<=@)\d+\.\d{4,}")
"""In a list of resources, of which names may hold numbers too."""


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
class CellChange:
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

    def texts(self, *, zone: ZoneInfo, lang: Lang) -> tuple[str, str]:
        """Return the values before and after as they are shown.

        Of long lists only what is not in both, with dots for the others.
        """
        exact = [_text(v, self.column, zone=zone, lang=lang) for v in (self.before, self.after)]
        before, after = (_LONG_SPEED.sub(_four_digits, text) for text in exact)
        if before == after:
            before, after = exact
        if max(len(before), len(after)) > _MAX_TEXT:
            before, after = _less_common(before, after), _less_common(after, before)
        return _shortened(before), _shortened(after)


def _text(value: Any, column: Column, *, zone: ZoneInfo, lang: Lang) -> str:
    kind = column.kind
    if value is None:
        is_calendar = kind == "text" and column.refers == "calendar"
        return say(_PACKAGE, "always" if is_calendar else "empty", lang=lang)
    if kind == "number":
        return format_number(float(f"{value:.6g}"))
    if kind == "text":
        return str(value)
    text = format_cell(value, kind=kind, zone=zone)
    if kind == "instant":
        return text[:16].replace("T", " ")
    return text


def _four_digits(number: re.Match[str]) -> str:
    return f"{float(number[0]):.4g}"


def _less_common(text: str, other: str) -> str:
    """Return a list without what stands in the other one too.

    Examples
    --------
    >>> _less_common("M1|M2", "M1"), _less_common("M1", "M1|M2"), _less_common("M1|M2", "M2|M1")
    ('…|M2', '…', 'M1|M2')
    """
    parts, others = text.split("|"), other.split("|")
    apart = [part for part in parts if part not in others]
    if sorted(parts) == sorted(others):  # in another order only
        return text
    return "|".join(apart if len(apart) == len(parts) else ["…", *apart])


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def shift_text(row: Row, *, zone: ZoneInfo) -> str | None:
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


def price_text(row: Row, *, zone: ZoneInfo) -> str:
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


def thing_name(table: str, name: str, *, lang: Lang) -> str:
    """Return what a row is with its name, such as "resource M1"."""
    return say(_PACKAGE, "one", lang=lang, thing=say(_PACKAGE, table, lang=lang), name=name)


def several_things(table: str, names: Sequence[str], *, lang: Lang) -> str:
    """Return how many rows there are of what, with the first names."""
    shown = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
    things = say(_PACKAGE, f"many_{table}", lang=lang)
    return say(_PACKAGE, "several", lang=lang, n=len(names), things=things, names=shown)


def field_name(column: str, *, lang: Lang) -> str:
    """Return what people call a column."""
    return say(_PACKAGE, f"column_{column}", lang=lang)


def changed(thing: str, field: str, before: str, after: str, *, lang: Lang) -> Difference:
    """Return the difference of a value, with the line that tells it."""
    values = {"thing": thing, "field": field, "before": before, "after": after}
    line = say(_PACKAGE, "field_changed", lang=lang, **values)
    return Difference(what=f"{thing}, {field}", before=before, after=after, line=line)
