"""Calendars ↔ rows: one row for each shift and each span that overrules the week."""

from collections.abc import Iterable
from typing import Any

from zhizao._base.errors import FileFault, nearest_name
from zhizao.model.files.row import Row, Rows, noun_of, validated
from zhizao.model.plant import Calendar, CalendarException, Shift

CALENDAR_KINDS = ("weekly", "open", "closed")


def calendar_values(calendar: Calendar) -> Iterable[dict[str, Any]]:
    """Yield the rows of a calendar."""
    for s in calendar.shifts:
        yield {
            "calendar": calendar.id,
            "kind": "weekly",
            "weekday": s.weekday,
            "start": s.start,
            "end": s.end,
        }
    for e in calendar.exceptions:
        yield {
            "calendar": calendar.id,
            "kind": "open" if e.is_open else "closed",
            "from_at": e.start_at,
            "to_at": e.end_at,
        }
    if not calendar.shifts and not calendar.exceptions:
        yield {"calendar": calendar.id}


def calendars_of(rows: Rows, *, faults: list[FileFault]) -> tuple[Calendar, ...]:
    """Return the calendars that rows hold; rows of one name make one calendar."""
    shifts: dict[str, list[Shift]] = {}
    exceptions: dict[str, list[CalendarException]] = {}
    first: dict[str, Row] = {}
    for row in rows.rows:
        name, kind = row.values.get("calendar", ""), row.values.get("kind")
        first.setdefault(name, row)
        if kind is not None and kind not in CALENDAR_KINDS:
            rule = f"expected one of {', '.join(CALENDAR_KINDS)}"
            nearest = nearest_name(str(kind), CALENDAR_KINDS)
            faults.append(rows.fault(row, rule, column="kind", nearest=nearest))
            continue
        weekly, dated = ("weekday", "start", "end"), ("from_at", "to_at")
        used = weekly if kind == "weekly" else dated if kind else ()
        for column in (*weekly, *dated):
            if column not in used and row.values.get(column) is not None:
                rule = f"expected an empty cell where kind is '{kind or ''}'"
                faults.append(rows.fault(row, rule, column=column))
        if kind == "weekly":
            shift = noun_of(rows, row, Shift, faults=faults)
            shifts.setdefault(name, []).extend([shift] if shift else [])
        elif kind is not None:
            exception = noun_of(rows, row, CalendarException, faults=faults)
            if exception:
                exception = exception.model_copy(update={"is_open": kind == "open"})
                exceptions.setdefault(name, []).append(exception)
    found = (
        validated(
            rows,
            row,
            Calendar,
            data={
                "id": name,
                "shifts": tuple(shifts.get(name, ())),
                "exceptions": tuple(exceptions.get(name, ())),
            },
            columns=rows.table.columns[:1],
            faults=faults,
        )
        for name, row in first.items()
    )
    return tuple(calendar for calendar in found if calendar is not None)
