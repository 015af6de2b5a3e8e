"""Plant → the kernels' tables: steps, resources, setups, calendars, operators."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao._base.seeds import stable_key
from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from zhizao.model.calendar import open_intervals
from zhizao.model.plant import Plant, Resource, Routing, Step
from zhizao.twin.kernels.tables import (
    EDD,
    FAILS_ALWAYS,
    FAILS_NEVER,
    FAILS_WHILE_BUSY,
    FIFO,
    LPT,
    PRIORITY,
    SAME_SETUP,
    SLACK,
    SPT,
    CALENDAR,
    OPERATOR,
    OPTION,
    PRODUCT,
    RESOURCE,
    SKILL,
    SPAN,
    STEP,
    VARIANT,
    Floor,
    Table,
)
from zhizao.twin.shape_tables import ShapeTables

RULE_NUMBERS = {
    "fifo": FIFO,
    "edd": EDD,
    "spt": SPT,
    "lpt": LPT,
    "slack": SLACK,
    "priority": PRIORITY,
    "same_setup": SAME_SETUP,
}


@dataclass(frozen=True, kw_only=True)
class FloorPlan:
    """The kernels' tables of a plant, and which name has which number."""

    floor: Floor
    steps: tuple[Step, ...]
    variants: dict[tuple[str, str], int]
    products: dict[str, int]
    families: dict[str, int]
    family_of_product: dict[str, int]
    resources: dict[str, int]
    slot_resource: tuple[str, ...]
    open_intervals: tuple[NDArray[np.float64], ...]
    calendar_numbers: dict[str | None, int]
    longest_variant: int
    largest_crew: int


def to_floor(plant: Plant, *, start_at: datetime, end_at: datetime) -> FloorPlan:
    """Return a plant as tables for a span; the plant's references must be sound.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from zhizao.model.plant import Product, ResourceOption, WorkCentre
    >>> plant = Plant(
    ...     name="small",
    ...     work_centres=(WorkCentre(id="W"),),
    ...     resources=(Resource(id="M", work_centre="W"),),
    ...     products=(Product(id="P"),),
    ...     routings=(
    ...         Routing(
    ...             product="P",
    ...             steps=(Step(step=10, operation="cut", resources=(ResourceOption(resource="M"),)),),
    ...         ),
    ...     ),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> to_floor(plant, start_at=monday, end_at=monday + timedelta(days=1)).slot_resource
    ('M',)
    """
    shapes, lists = ShapeTables(), Lists()
    calendar_numbers: dict[str | None, int] = {None: 0}
    calendar_numbers |= {c.id: i + 1 for i, c in enumerate(plant.calendars)}
    intervals = tuple(
        open_intervals(c, time_zone=plant.time_zone, start_at=start_at, end_at=end_at)
        for c in (None, *plant.calendars)
    )
    resources = {r.id: i for i, r in enumerate(plant.resources)}
    centres = {c.id: i for i, c in enumerate(plant.work_centres)}
    families = _numbered(
        [p.family for p in plant.products]
        + [f for s in plant.setups for f in (s.from_family, s.to_family)]
        + [r.initial_family for r in plant.resources]
    )
    products = {p.id: i for i, p in enumerate(plant.products)}
    routings, product_table, variant_table = _variants(plant, products)
    skills = _numbered([k for o in plant.operators for k in o.skills])
    groups = _groups(routings, resources)
    step_table, option_table = _steps(
        routings,
        plant=plant,
        shapes=shapes,
        lists=lists,
        calendar_numbers=calendar_numbers,
        resources=resources,
        centres=centres,
        groups=groups,
        skills=skills,
    )
    resource_table = _resources(
        plant,
        shapes=shapes,
        lists=lists,
        calendar_numbers=calendar_numbers,
        centres=centres,
        groups=groups,
    )
    skill_table, operator_table = _crew(
        plant, lists=lists, skills=skills, calendar_numbers=calendar_numbers
    )
    shape_table, quantiles = shapes.to_tables()
    setup_first, setup_s, family_column = _setups(plant, centres=centres, families=families)
    for centre, first in setup_first.items():
        resource_table.setup_first[resource_table.centre == centre] = quantiles.size + first
    calendar_table, spans = _calendars(intervals)
    floor = Floor(
        products=product_table,
        variants=variant_table,
        steps=step_table,
        options=option_table,
        resources=resource_table,
        skills=skill_table,
        operators=operator_table,
        calendars=calendar_table,
        spans=spans,
        shapes=shape_table,
        lists=lists.to_array(),
        family_column=family_column,
        numbers=np.concatenate([quantiles, setup_s]),
        transport_s=_transport(plant, centres),
        n_columns=int(family_column[0]) + 1,
    )
    all_steps = tuple(s for routing in routings for s in routing.steps)
    return FloorPlan(
        floor=floor,
        steps=all_steps,
        variants={(r.product, r.variant): i for i, r in enumerate(routings)},
        products=products,
        families=families,
        family_of_product={p.id: families[p.family] if p.family else -1 for p in plant.products},
        resources=resources,
        slot_resource=tuple(r.id for r in plant.resources for _ in range(r.capacity)),
        open_intervals=intervals,
        calendar_numbers=calendar_numbers,
        longest_variant=max((len(r.steps) for r in routings), default=0),
        largest_crew=max((len(s.skills) for s in all_steps), default=0),
    )


def _numbered(names: Iterable[str | None]) -> dict[str, int]:
    return {name: i for i, name in enumerate(dict.fromkeys(n for n in names if n))}


def _recarray(rows: Sequence[tuple[Any, ...]], dtype: np.dtype[Any]) -> Table:
    table = np.recarray(len(rows), dtype=dtype)
    table[:] = np.array(rows, dtype=dtype)
    return table


class Lists:
    """Ragged lists one after another in one array.

    Examples
    --------
    >>> lists = Lists()
    >>> lists.add([7, 8]), lists.add([9])
    ((0, 2), (2, 3))
    """

    def __init__(self) -> None:
        self._values: list[int] = []

    def add(self, values: Iterable[int]) -> tuple[int, int]:
        """Add a list; return its first place and the place after its last."""
        first = len(self._values)
        self._values += values
        return first, len(self._values)

    def to_array(self) -> NDArray[np.int64]:
        """Return all lists so far."""
        return np.array(self._values, dtype=np.int64)


def _variants(plant: Plant, products: dict[str, int]) -> tuple[list[Routing], Table, Table]:
    """Return the routings sorted by product, and the tables of products and variants."""
    by_product: list[list[Routing]] = [[] for _ in products]
    for routing in plant.routings:
        by_product[products[routing.product]].append(routing)
    product_rows: list[tuple[int, int]] = []
    variant_rows: list[tuple[int, int, float]] = []
    row = 0
    for variants in by_product:
        product_rows.append((len(variant_rows), len(variant_rows) + len(variants)))
        total = sum(r.share for r in variants)
        cumulative = 0.0
        for r in variants:
            cumulative += r.share / total if total > 0.0 else 1.0
            variant_rows.append((row, row + len(r.steps), cumulative))
            row += len(r.steps)
    routings = [r for variants in by_product for r in variants]
    return routings, _recarray(product_rows, PRODUCT), _recarray(variant_rows, VARIANT)


def _groups(routings: Sequence[Routing], resources: dict[str, int]) -> dict[tuple[int, ...], int]:
    """Number the sets of resources that steps may use: each is one queue."""
    sets = (
        tuple(sorted({resources[o.resource] for o in s.resources}))
        for routing in routings
        for s in routing.steps
        if s.resources
    )
    return {group: i for i, group in enumerate(dict.fromkeys(sets))}


def _steps(
    routings: Sequence[Routing],
    *,
    plant: Plant,
    shapes: ShapeTables,
    lists: Lists,
    calendar_numbers: dict[str | None, int],
    resources: dict[str, int],
    centres: dict[str, int],
    groups: dict[tuple[int, ...], int],
    skills: dict[str, int],
) -> tuple[Table, Table]:
    """Return the steps of all variants, and their options."""
    table = np.recarray(sum(len(r.steps) for r in routings), dtype=STEP)
    options: list[tuple[int, float]] = []
    row = 0
    for routing in routings:
        numbers = [s.step for s in routing.steps]
        first = row
        for s in routing.steps:
            one = table[row]
            own = _options(s, plant=plant, resources=resources)
            one.number = s.step
            one.centre, one.queue = -1, -1
            if s.resources:
                preferred = plant.resources[resources[s.resources[0].resource]]
                one.centre = centres[preferred.work_centre]
                one.queue = groups[tuple(sorted({r for r, _ in own}))]
            one.option_first, one.option_end = len(options), len(options) + len(own)
            options += own
            one.shape = shapes.number_of(s.time)
            one.setup_s = s.time.setup_min * SECONDS_PER_MINUTE
            one.piece_s = s.time.per_piece_min * SECONDS_PER_MINUTE
            one.delay_s = s.delay.mean_min * SECONDS_PER_MINUTE
            one.delay_shape = shapes.number_of(s.delay)
            one.delay_calendar = calendar_numbers[s.delay.calendar]
            one.probability, one.scrap_share = s.probability, s.scrap_share
            one.rework_probability = s.rework.probability if s.rework else 0.0
            one.rework_row = first + numbers.index(s.rework.to_step) if s.rework else -1
            one.rework_passes = s.rework.max_passes if s.rework else 0
            one.skill_first, one.skill_end = lists.add(skills[k] for k in s.skills)
            row += 1
        _add_rests(table[first:row], routing, plant=plant, resources=resources)
    return table, _recarray(options, OPTION)


def _add_rests(rows: Table, routing: Routing, *, plant: Plant, resources: dict[str, int]) -> None:
    """Fill the nominal time from each step of a variant to its last one."""
    rest_setup_s = rest_piece_s = 0.0
    for one, s in zip(rows[::-1], reversed(routing.steps), strict=True):
        speed = 1.0
        if s.resources:
            preferred = s.resources[0]
            speed = plant.resources[resources[preferred.resource]].speed * preferred.speed
        rest_setup_s += one.setup_s * s.probability / speed
        rest_piece_s += one.piece_s * s.probability / speed
        one.rest_setup_s, one.rest_piece_s = rest_setup_s, rest_piece_s


def _options(step: Step, *, plant: Plant, resources: dict[str, int]) -> list[tuple[int, float]]:
    """Return (resource, effective speed) of a step, fastest first, then as preferred."""
    options = [
        (resources[o.resource], plant.resources[resources[o.resource]].speed * o.speed)
        for o in step.resources
    ]
    return sorted(options, key=lambda option: -option[1])


def _resources(
    plant: Plant,
    *,
    shapes: ShapeTables,
    lists: Lists,
    calendar_numbers: dict[str | None, int],
    centres: dict[str, int],
    groups: dict[tuple[int, ...], int],
) -> Table:
    table = np.recarray(len(plant.resources), dtype=RESOURCE)
    slot = 0
    for i, r in enumerate(plant.resources):
        one = table[i]
        one.key = stable_key(r.id)
        one.centre = centres[r.work_centre]
        one.calendar = calendar_numbers[r.calendar]
        one.speed = r.speed
        one.slot_first, one.slot_end = slot, slot + r.capacity
        slot += r.capacity
        one.queue_first, one.queue_end = lists.add(g for m, g in groups.items() if i in m)
        one.rule = RULE_NUMBERS[plant.work_centres[one.centre].dispatch]
        one.setup_first = -1
        one.fails = _fails(r)
        one.mtbf_s, one.mttr_s, one.between_shape, one.repair_shape = 0.0, 0.0, 0, 0
        if r.failure:
            one.mtbf_s = r.failure.mtbf_h * SECONDS_PER_HOUR
            one.mttr_s = r.failure.mttr_h * SECONDS_PER_HOUR
            one.between_shape = shapes.number(
                distribution=r.failure.between, cv=r.failure.between_cv
            )
            one.repair_shape = shapes.number(distribution=r.failure.repair, cv=r.failure.repair_cv)
    return table


def _transport(plant: Plant, centres: dict[str, int]) -> NDArray[np.float64]:
    seconds = np.zeros((len(centres), len(centres)))
    for t in plant.transports:
        at = centres[t.from_work_centre], centres[t.to_work_centre]
        seconds[at] = t.minutes * SECONDS_PER_MINUTE
    return seconds


def _fails(resource: Resource) -> int:
    if resource.failure is None:
        return FAILS_NEVER
    return FAILS_WHILE_BUSY if resource.failure.basis == "busy" else FAILS_ALWAYS


def _setups(
    plant: Plant, *, centres: dict[str, int], families: dict[str, int]
) -> tuple[dict[int, int], NDArray[np.float64], NDArray[np.int64]]:
    """Return where each centre's table begins, the tables, each family's column.

    A pair is looked up as (from, to), then (any, to), then (from, any), then
    (any, any), else 0. The same family again takes 0 unless its pair is given.
    """
    named = _numbered([f for s in plant.setups for f in (s.from_family, s.to_family)])
    n = len(named) + 1
    tables = {c: i for i, c in enumerate(dict.fromkeys(s.work_centre for s in plant.setups))}
    # The last row of a table is the time for the same family again.
    seconds = np.zeros((len(tables), n + 1, n))
    for s in sorted(plant.setups, key=lambda s: 2 * bool(s.to_family) + bool(s.from_family)):
        from_ = named[s.from_family] if s.from_family else slice(0, n)
        to = named[s.to_family] if s.to_family else slice(0, n)
        seconds[tables[s.work_centre], from_, to] = s.setup_min * SECONDS_PER_MINUTE
        if s.from_family and s.from_family == s.to_family:
            seconds[tables[s.work_centre], n, named[s.from_family]] = (
                s.setup_min * SECONDS_PER_MINUTE
            )
    column = np.full(len(families) + 1, n - 1, dtype=np.int64)
    for family, number in families.items():
        column[number + 1] = named.get(family, n - 1)
    first = {centres[c]: i * (n + 1) * n for c, i in tables.items()}
    return first, seconds.ravel(), column


def _crew(
    plant: Plant,
    *,
    lists: Lists,
    skills: dict[str, int],
    calendar_numbers: dict[str | None, int],
) -> tuple[Table, Table]:
    """Return skills and operators; of a skill, those with the fewest skills first."""
    order = sorted(range(len(plant.operators)), key=lambda i: len(set(plant.operators[i].skills)))
    rows = [lists.add(i for i in order if skill in plant.operators[i].skills) for skill in skills]
    operators = [(o.count, calendar_numbers[o.calendar]) for o in plant.operators]
    return _recarray(rows, SKILL), _recarray(operators, OPERATOR)


def _calendars(intervals: Sequence[NDArray[np.float64]]) -> tuple[Table, Table]:
    """Join the calendars' intervals; number 0 has no end, so that nothing is cut off."""
    parts = [np.array([[0.0, np.inf]]), *intervals[1:]]
    ends = np.cumsum([len(p) for p in parts]).tolist()
    spans = np.recarray(ends[-1], dtype=SPAN)
    joined = np.concatenate(parts)
    spans.start, spans.end = joined[:, 0], joined[:, 1]
    spans.before = np.concatenate(
        [
            np.cumsum(p[:, 1] - p[:, 0]) - (p[:, 1] - p[:, 0]) if i else [0.0]
            for i, p in enumerate(parts)
        ]
    )
    return _recarray(list(zip([0, *ends[:-1]], ends, strict=True)), CALENDAR), spans
