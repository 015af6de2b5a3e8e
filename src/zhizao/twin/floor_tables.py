"""Plant → the kernels' tables: steps, resources, setups, calendars, operators."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao._base.seeds import stable_key
from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from zhizao.model.calendar import open_intervals
from zhizao.model.plant import Plant, Resource, Routing, Step
from zhizao.twin.kernels.calendar import Calendars
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
    Crew,
    Floor,
    Resources,
    Steps,
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
    shapes = ShapeTables()
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
    routings, product_first, shares, variants = _variants(plant, products)
    skills = _numbered([k for o in plant.operators for k in o.skills])
    groups = _groups(routings, resources)
    steps = _steps(
        routings,
        plant=plant,
        shapes=shapes,
        calendar_numbers=calendar_numbers,
        resources=resources,
        centres=centres,
        groups=groups,
        skills=skills,
        product_first=product_first,
        shares=shares,
    )
    floor = Floor(
        steps=steps,
        resources=_resources(
            plant,
            shapes=shapes,
            calendar_numbers=calendar_numbers,
            centres=centres,
            families=families,
            groups=groups,
        ),
        crew=_crew(plant, skills=skills, calendar_numbers=calendar_numbers),
        calendars=_calendars(intervals),
        shapes=shapes.to_shapes(),
    )
    all_steps = tuple(s for routing in routings for s in routing.steps)
    return FloorPlan(
        floor=floor,
        steps=all_steps,
        variants=variants,
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


def _first(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))]).astype(np.int64)


def _variants(
    plant: Plant, products: dict[str, int]
) -> tuple[list[Routing], NDArray[np.int64], NDArray[np.float64], dict[tuple[str, str], int]]:
    """Sort routings by product; return them with the cumulative shares of the variants."""
    by_product: list[list[Routing]] = [[] for _ in products]
    for routing in plant.routings:
        by_product[products[routing.product]].append(routing)
    shares: list[float] = []
    for variants in by_product:
        total = sum(r.share for r in variants)
        cumulative = np.cumsum([r.share for r in variants])
        shares.extend((cumulative / total).tolist() if total > 0 else [1.0] * len(variants))
    routings = [r for variants in by_product for r in variants]
    return (
        routings,
        _first([len(v) for v in by_product]),
        np.array(shares, dtype=np.float64),
        {(r.product, r.variant): i for i, r in enumerate(routings)},
    )


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
    calendar_numbers: dict[str | None, int],
    resources: dict[str, int],
    centres: dict[str, int],
    groups: dict[tuple[int, ...], int],
    skills: dict[str, int],
    product_first: NDArray[np.int64],
    shares: NDArray[np.float64],
) -> Steps:
    steps = [s for routing in routings for s in routing.steps]
    variant_first = _first([len(r.steps) for r in routings])
    options = [_options(s, plant=plant, resources=resources) for s in steps]
    rework_row = np.full(len(steps), -1, dtype=np.int64)
    rest = np.zeros((len(steps) + 1, 2))
    for v, routing in enumerate(routings):
        first = int(variant_first[v])
        numbers = [s.step for s in routing.steps]
        for i in range(len(numbers) - 1, -1, -1):
            s = routing.steps[i]
            preferred = (
                plant.resources[resources[s.resources[0].resource]].speed if s.resources else 1.0
            )
            speed = preferred * (s.resources[0].speed if s.resources else 1.0)
            own = np.array([s.time.setup_min, s.time.per_piece_min]) * s.probability / speed
            after = rest[first + i + 1] if i + 1 < len(numbers) else 0.0
            rest[first + i] = after + own * SECONDS_PER_MINUTE
            if s.rework:
                rework_row[first + i] = first + numbers.index(s.rework.to_step)
    return Steps(
        product_first=product_first,
        variant_share=shares,
        variant_first=variant_first,
        number=np.array([s.step for s in steps], dtype=np.int64),
        centre=np.array(
            [
                centres[plant.resources[resources[s.resources[0].resource]].work_centre]
                if s.resources
                else -1
                for s in steps
            ],
            dtype=np.int64,
        ),
        group=np.array(
            [
                groups[tuple(sorted({resources[o.resource] for o in s.resources}))]
                if s.resources
                else -1
                for s in steps
            ],
            dtype=np.int64,
        ),
        option_first=_first([len(o) for o in options]),
        option_resource=np.array([r for o in options for r, _ in o], dtype=np.int64),
        option_speed=np.array([v for o in options for _, v in o], dtype=np.float64),
        setup_s=np.array([s.time.setup_min for s in steps]) * SECONDS_PER_MINUTE,
        piece_s=np.array([s.time.per_piece_min for s in steps]) * SECONDS_PER_MINUTE,
        shape=np.array([shapes.number_of(s.time) for s in steps], dtype=np.int64),
        delay_s=np.array([s.delay.mean_min for s in steps]) * SECONDS_PER_MINUTE,
        delay_shape=np.array([shapes.number_of(s.delay) for s in steps], dtype=np.int64),
        delay_calendar=np.array(
            [calendar_numbers[s.delay.calendar] for s in steps], dtype=np.int64
        ),
        probability=np.array([s.probability for s in steps], dtype=np.float64),
        scrap_share=np.array([s.scrap_share for s in steps], dtype=np.float64),
        rework_probability=np.array(
            [s.rework.probability if s.rework else 0.0 for s in steps], dtype=np.float64
        ),
        rework_row=rework_row,
        rework_passes=np.array(
            [s.rework.max_passes if s.rework else 0 for s in steps], dtype=np.int64
        ),
        rest_setup_s=np.ascontiguousarray(rest[:-1, 0]),
        rest_piece_s=np.ascontiguousarray(rest[:-1, 1]),
        skill_first=_first([len(s.skills) for s in steps]),
        skill=np.array([skills[k] for s in steps for k in s.skills], dtype=np.int64),
    )


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
    calendar_numbers: dict[str | None, int],
    centres: dict[str, int],
    families: dict[str, int],
    groups: dict[tuple[int, ...], int],
) -> Resources:
    all_resources = plant.resources
    queues: list[list[int]] = [[] for _ in all_resources]
    for members, group in groups.items():
        for r in members:
            queues[r].append(group)
    setup_table, change_s, same_s, column = _setups(plant, centres=centres, families=families)
    transport_s = np.zeros((len(centres), len(centres)))
    for t in plant.transports:
        at = centres[t.from_work_centre], centres[t.to_work_centre]
        transport_s[at] = t.minutes * SECONDS_PER_MINUTE
    return Resources(
        centre=np.array([centres[r.work_centre] for r in all_resources], dtype=np.int64),
        calendar=np.array([calendar_numbers[r.calendar] for r in all_resources], dtype=np.int64),
        speed=np.array([r.speed for r in all_resources], dtype=np.float64),
        key=np.array([stable_key(r.id) for r in all_resources], dtype=np.uint64),
        slot_first=_first([r.capacity for r in all_resources]),
        slot_resource=np.repeat(
            np.arange(len(all_resources), dtype=np.int64), [r.capacity for r in all_resources]
        ),
        queue_first=_first([len(q) for q in queues]),
        queue=np.array([g for q in queues for g in q], dtype=np.int64),
        fails=np.array([_fails(r) for r in all_resources], dtype=np.int64),
        mtbf_s=np.array([r.failure.mtbf_h if r.failure else 0.0 for r in all_resources])
        * SECONDS_PER_HOUR,
        mttr_s=np.array([r.failure.mttr_h if r.failure else 0.0 for r in all_resources])
        * SECONDS_PER_HOUR,
        between_shape=np.array(
            [
                shapes.number(distribution=r.failure.between, cv=r.failure.between_cv)
                if r.failure
                else 0
                for r in all_resources
            ],
            dtype=np.int64,
        ),
        repair_shape=np.array(
            [
                shapes.number(distribution=r.failure.repair, cv=r.failure.repair_cv)
                if r.failure
                else 0
                for r in all_resources
            ],
            dtype=np.int64,
        ),
        rule=np.array([RULE_NUMBERS[c.dispatch] for c in plant.work_centres], dtype=np.int64),
        setup_table=setup_table,
        family_setup_s=change_s,
        same_family_s=same_s,
        family_column=column,
        transport_s=transport_s,
    )


def _fails(resource: Resource) -> int:
    if resource.failure is None:
        return FAILS_NEVER
    return FAILS_WHILE_BUSY if resource.failure.basis == "busy" else FAILS_ALWAYS


def _setups(
    plant: Plant, *, centres: dict[str, int], families: dict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return each centre's table, changes and no-changes by table, each family's column.

    A pair is looked up as (from, to), then (any, to), then (from, any), then
    (any, any), else 0. The same family again takes 0 unless its pair is given.
    """
    named = _numbered([f for s in plant.setups for f in (s.from_family, s.to_family)])
    other = len(named)
    tables = {c: i for i, c in enumerate(dict.fromkeys(s.work_centre for s in plant.setups))}
    setup_table = np.full(len(centres), -1, dtype=np.int64)
    change_s = np.zeros((len(tables), other + 1, other + 1))
    same_s = np.zeros((len(tables), other + 1))

    def specificity(setup_index: int) -> int:
        s = plant.setups[setup_index]
        return (2 if s.to_family else 0) + (1 if s.from_family else 0)

    for i in sorted(range(len(plant.setups)), key=specificity):
        s = plant.setups[i]
        table = tables[s.work_centre]
        setup_table[centres[s.work_centre]] = table
        from_ = named[s.from_family] if s.from_family else slice(None)
        to = named[s.to_family] if s.to_family else slice(None)
        change_s[table, from_, to] = s.setup_min * SECONDS_PER_MINUTE
        if s.from_family and s.from_family == s.to_family:
            same_s[table, named[s.to_family]] = s.setup_min * SECONDS_PER_MINUTE
    # The last entry is also what index -1 (no family) finds.
    column = np.full(len(families) + 1, other, dtype=np.int64)
    for family, number in families.items():
        column[number] = named.get(family, other)
    return setup_table, change_s, same_s, column


def _crew(plant: Plant, *, skills: dict[str, int], calendar_numbers: dict[str | None, int]) -> Crew:
    operators: list[list[int]] = [[] for _ in skills]
    order = sorted(range(len(plant.operators)), key=lambda i: len(set(plant.operators[i].skills)))
    for i in order:
        for skill in dict.fromkeys(plant.operators[i].skills):
            operators[skills[skill]].append(i)
    return Crew(
        count=np.array([o.count for o in plant.operators], dtype=np.int64),
        calendar=np.array([calendar_numbers[o.calendar] for o in plant.operators], dtype=np.int64),
        skill_first=_first([len(o) for o in operators]),
        operator=np.array([i for o in operators for i in o], dtype=np.int64),
    )


def _calendars(intervals: Sequence[NDArray[np.float64]]) -> Calendars:
    """Join the calendars' intervals; number 0 has no end, so that nothing is cut off."""
    parts = [np.array([[0.0, np.inf]]), *intervals[1:]]
    before = [np.concatenate([[0.0], np.cumsum(p[:, 1] - p[:, 0])])[:-1] for p in parts]
    joined = np.concatenate(parts)
    return Calendars(
        first=_first([len(p) for p in parts]),
        start=np.ascontiguousarray(joined[:, 0]),
        end=np.ascontiguousarray(joined[:, 1]),
        before=np.concatenate([b[: len(p)] for b, p in zip(before, parts, strict=True)]),
    )
