"""Parts of a plant ↔ rows of values, one row as it stands in a table.

Between a file and the nouns lies a neutral form, so that a CSV folder, a
workbook and a plant in memory share one set of checks.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from zhizao._base.errors import FileFault
from zhizao.model.files.calendar_rows import calendar_values, calendars_of
from zhizao.model.files.row import Row, Rows, Tables, noun_of, validated, values_of_each
from zhizao.model.files.tables import TABLE, TABLES
from zhizao.model.files.tariff_rows import tariff_values, tariffs_of
from zhizao.model.order import Order
from zhizao.model.plant import Plant, Routing, Step

FLAT_PARTS = {
    "work_centres": "work_centres",
    "resources": "resources",
    "maintenance": "maintenances",
    "operators": "operators",
    "tools": "tools",
    "products": "products",
    "setups": "setups",
    "transports": "transports",
    "carriers": "carriers",
    "bom": "bom",
    "parts": "parts",
    "outputs": "outputs",
    "wip_caps": "wip_caps",
    "demands": "demands",
    "provenance": "provenances",
    "answers": "answers",
}
"""Tables in which a row is a part of the plant → the plant's field."""


def to_rows(plant: Plant, orders: Sequence[Order]) -> dict[str, Rows]:
    """Return all tables of a plant and its orders; row 1 is the header, so parts begin at 2."""
    values: dict[str, Iterable[dict[str, Any]]] = {
        name: values_of_each(getattr(plant, attribute), TABLE[name].columns)
        for name, attribute in FLAT_PARTS.items()
    }
    values["routings"] = (
        {"product": r.product, "variant": r.variant, "share": r.share} | values
        for r in plant.routings
        for values in values_of_each(r.steps, TABLE["routings"].columns[3:])
    )
    values["calendars"] = (_filled(v) for c in plant.calendars for v in calendar_values(c))
    values["tariffs"] = (_filled(v) for tariff in plant.tariffs for v in tariff_values(tariff))
    values["orders"] = values_of_each(orders, TABLE["orders"].columns)
    return {
        t.name: Rows(
            table=t,
            file=t.file,
            rows=tuple(
                Row(row=number, values=v) for number, v in enumerate(values[t.name], start=2)
            ),
        )
        for t in TABLES
    }


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def from_rows(tables: Tables) -> tuple[dict[str, tuple[Any, ...]], list[FileFault]]:
    """Return the plant's fields and ``orders`` that tables hold, and their faults.

    A row that has a fault is left out; whoever gets faults has no plant.
    """
    faults: list[FileFault] = []
    parts: dict[str, tuple[Any, ...]] = {}
    for name, attribute in {**FLAT_PARTS, "orders": "orders"}.items():
        rows = tables[name]
        found = (noun_of(rows, row, rows.table.noun, faults=faults) for row in rows.rows)
        parts[attribute] = tuple(part for part in found if part is not None)
    parts["routings"] = _routings(tables["routings"], faults=faults)
    parts["calendars"] = calendars_of(tables["calendars"], faults=faults)
    parts["tariffs"] = tariffs_of(tables["tariffs"], faults=faults)
    return parts, faults


def _routings(rows: Rows, *, faults: list[FileFault]) -> tuple[Routing, ...]:
    groups: dict[tuple[str, str], list[tuple[Row, Step | None]]] = {}
    for row in rows.rows:
        step = noun_of(rows, row, Step, faults=faults)
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
        routing = validated(
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
    others = sorted(n for n in numbers if n is not None and n != step.step)
    before, after = (
        [n for n in others if n < step.step],
        [n for n in others if n > step.step],
    )
    for column, allowed, side in (
        ("same_resource_as", before, "before"),
        ("limit_to_step", after, "after"),
        ("drawn_with", others, "other than"),
    ):
        number = getattr(step, column)
        if number is not None and number not in numbers:
            rule = f"expected a step of this routing {side} step {step.step}: "
            rule += ", ".join(map(str, allowed)) or "there is none"
            yield rows.fault(row, rule, column=column)
