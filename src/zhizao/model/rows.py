"""Parts of a plant ↔ rows of values, one row as it stands in a table.

Between a file and the nouns lies a neutral form, so that a CSV folder, a
workbook and a plant in memory share one set of checks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

from pydantic import ValidationError

from zhizao._base.errors import FileFault, nearest_name
from zhizao.model._noun import Noun
from zhizao.model.order import Order
from zhizao.model.plant import Calendar, CalendarException, Plant, Routing, Shift, Step
from zhizao.model.rules import literal_values, sentence
from zhizao.model.tables import TABLE, TABLES, Column, Table

N = TypeVar("N", bound=Noun)

FLAT_PARTS = {
    "work_centres": "work_centres",
    "resources": "resources",
    "maintenance": "maintenances",
    "operators": "operators",
    "tools": "tools",
    "products": "products",
    "setups": "setups",
    "transports": "transports",
    "wip_caps": "wip_caps",
    "demands": "demands",
    "provenance": "provenances",
    "answers": "answers",
}
"""Tables in which a row is a part of the plant → the plant's field."""

CALENDAR_KINDS = ("weekly", "open", "closed")


@dataclass(frozen=True, kw_only=True)
class Row:
    """Values of one row by column; an empty cell has none.

    ``texts`` are the cells as they were read; ``faulty`` are columns that have
    been complained about already.
    """

    row: int
    values: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)

    def text(self, column: str | None) -> str | None:
        """Return what stands in a cell, for a message."""
        if column is None:
            return None
        value = self.values.get(column)
        return self.texts.get(column) or (None if value is None else str(value))


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of one table and the name of the file that they are in."""

    table: Table
    file: str
    rows: tuple[Row, ...] = ()

    def fault(
        self, row: Row, rule: str, *, column: str | None = None, nearest: str | None = None
    ) -> FileFault:
        """Return a fault of a row."""
        return FileFault(
            file=self.file,
            row=row.row,
            column=column,
            value=row.text(column),
            rule=rule,
            nearest=nearest,
        )


Tables = Mapping[str, Rows]
"""All tables by name."""


def to_rows(plant: Plant, orders: Sequence[Order]) -> dict[str, Rows]:
    """Return all tables of a plant and its orders; row 1 is the header, so parts begin at 2."""
    values: dict[str, Iterable[dict[str, Any]]] = {
        name: [_values(part, TABLE[name].columns) for part in getattr(plant, attribute)]
        for name, attribute in FLAT_PARTS.items()
    }
    values["routings"] = (
        {"product": r.product, "variant": r.variant, "share": r.share}
        | _values(s, TABLE["routings"].columns[3:])
        for r in plant.routings
        for s in r.steps
    )
    values["calendars"] = (v for c in plant.calendars for v in _calendar_values(c))
    values["orders"] = (_values(order, TABLE["orders"].columns) for order in orders)
    return {
        t.name: Rows(
            table=t,
            file=t.file,
            rows=tuple(
                Row(row=number, values={k: x for k, x in v.items() if x is not None})
                for number, v in enumerate(values[t.name], start=2)
            ),
        )
        for t in TABLES
    }


def from_rows(tables: Tables) -> tuple[dict[str, tuple[Any, ...]], list[FileFault]]:
    """Return the plant's fields and ``orders`` that tables hold, and their faults.

    A row that has a fault is left out; whoever gets faults has no plant.
    """
    faults: list[FileFault] = []
    parts: dict[str, tuple[Any, ...]] = {}
    for name, attribute in {**FLAT_PARTS, "orders": "orders"}.items():
        rows = tables[name]
        found = (_noun(rows, row, rows.table.noun, faults=faults) for row in rows.rows)
        parts[attribute] = tuple(part for part in found if part is not None)
    parts["routings"] = _routings(tables["routings"], faults=faults)
    parts["calendars"] = _calendars(tables["calendars"], faults=faults)
    return parts, faults


def _values(part: Noun, columns: Iterable[Column]) -> dict[str, Any]:
    return {c.name: _plain(reduce(_attribute, c.path, part), c) for c in columns}


def _attribute(part: Any, name: str) -> Any:
    return None if part is None else getattr(part, name)


def _plain(value: Any, column: Column) -> Any:
    if column.kind == "options":
        return tuple((option.resource, option.speed) for option in value) or None
    if isinstance(value, tuple | str):
        return value or None
    return value


def _calendar_values(calendar: Calendar) -> Iterable[dict[str, Any]]:
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


def _noun(rows: Rows, row: Row, noun: type[N], *, faults: list[FileFault]) -> N | None:
    """Return the noun that a row holds, or None and what is wrong with it."""
    columns = [c for c in rows.table.columns if c.path and c.path[0] in noun.model_fields]
    data: dict[str, Any] = {}
    for c in columns:
        value = row.values.get(c.name)
        if value is None and not c.empty_is_none:
            continue
        if c.kind == "options" and value is not None:
            value = tuple({"resource": name, "speed": speed} for name, speed in value)
        target = data
        for part in c.path[:-1]:
            target = target.setdefault(part, {})
        target[c.path[-1]] = value
    return _validated(rows, row, noun, data=data, columns=columns, faults=faults)


def _validated(
    rows: Rows,
    row: Row,
    noun: type[N],
    *,
    data: Mapping[str, Any],
    columns: Sequence[Column],
    faults: list[FileFault],
) -> N | None:
    try:
        part = noun.model_validate(data)
    except ValidationError as error:
        for e in error.errors():
            where = tuple(str(p) for p in e["loc"] if not isinstance(p, int))
            column = next((c.name for c in columns if where[: len(c.path)] == c.path), None)
            if column in row.faulty and column is not None:
                continue
            rule = sentence(e)
            if column is None and where:
                rule = f"{where[0]}: {rule}"
            nearest = nearest_name(str(e["input"]), literal_values(e))
            faults.append(rows.fault(row, rule, column=column, nearest=nearest))
        return None
    return None if row.faulty else part


def _routings(rows: Rows, *, faults: list[FileFault]) -> tuple[Routing, ...]:
    groups: dict[tuple[str, str], list[tuple[Row, Step | None]]] = {}
    for row in rows.rows:
        step = _noun(rows, row, Step, faults=faults)
        key = (row.values.get("product", ""), row.values.get("variant", "main"))
        groups.setdefault(key, []).append((row, step))
    routings = []
    for (product, variant), members in groups.items():
        n_faults = len(faults)
        first = members[0][0]
        share = first.values.get("share", 1.0)
        numbers = [row.values.get("step") for row, _ in members]
        for row, step in members:
            if row.values.get("share", 1.0) != share and "share" not in row.faulty | first.faulty:
                rule = f"expected the same share as in row {first.row} of this variant"
                faults.append(rows.fault(row, rule, column="share"))
            if (
                step
                and step.rework
                and (step.rework.to_step > step.step or step.rework.to_step not in numbers)
            ):
                allowed = sorted(n for n in numbers if n is not None and n <= step.step)
                rule = f"expected a step of this routing that is not after step {step.step}: "
                rule += ", ".join(map(str, allowed))
                faults.append(rows.fault(row, rule, column="rework_to_step"))
            if step:
                faults += _unknown_steps(rows, row, step, numbers=numbers)
        is_whole = len(numbers) == len(set(numbers)) and all(step for _, step in members)
        if not is_whole or len(faults) > n_faults:
            continue
        steps = sorted((step for _, step in members if step), key=lambda s: s.step)
        routing = _validated(
            rows,
            first,
            Routing,
            data={"product": product, "variant": variant, "share": share, "steps": tuple(steps)},
            columns=rows.table.columns[:3],
            faults=faults,
        )
        if routing is not None:
            routings.append(routing)
    return tuple(routings)


def _unknown_steps(
    rows: Rows, row: Row, step: Step, *, numbers: Sequence[int | None]
) -> Iterable[FileFault]:
    """Complain about steps that a step names and its routing has not."""
    for column in ("same_resource_as", "limit_to_step"):
        number = getattr(step, column)
        if number is not None and number not in numbers:
            is_before = column == "same_resource_as"
            allowed = sorted(
                n
                for n in numbers
                if n is not None and n != step.step and (n < step.step) == is_before
            )
            side = "before" if is_before else "after"
            rule = f"expected a step of this routing {side} step {step.step}: "
            rule += ", ".join(map(str, allowed)) or "there is none"
            yield rows.fault(row, rule, column=column)


def _calendars(rows: Rows, *, faults: list[FileFault]) -> tuple[Calendar, ...]:
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
            shift = _noun(rows, row, Shift, faults=faults)
            shifts.setdefault(name, []).extend([shift] if shift else [])
        elif kind is not None:
            exception = _noun(rows, row, CalendarException, faults=faults)
            if exception:
                exception = exception.model_copy(update={"is_open": kind == "open"})
                exceptions.setdefault(name, []).append(exception)
    found = (
        _validated(
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
