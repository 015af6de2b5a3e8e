"""Resources, setups, transports, operators and calendars → tables."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao._base.seeds import stable_key
from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from zhizao.model.plant import Plant, Resource, Weights
from zhizao.twin.kernels.codes import (
    ATC,
    ATCS,
    BATCHES,
    CASCADES,
    CONDITIONS,
    COUNTS_BUSY_HOURS,
    COUNTS_HOURS,
    COUNTS_LOTS,
    CR,
    CREWED,
    EDD,
    EXTRA_TIME,
    FAILS_ALWAYS,
    FAILS_NEVER,
    FAILS_WHILE_BUSY,
    FETCHES,
    FIFO,
    HOT_FIRST,
    LEAST_SETUP,
    LPT,
    MAINTAINED,
    METERED,
    PRIORITY,
    RULED,
    SAME_SETUP,
    SEQUENCED,
    SETS_UP_BESIDE,
    SETUP_CREW,
    SHORT_STOPS,
    SLACK,
    SPT,
    STREAMS,
    WEIGHTED,
)
from zhizao.twin.kernels.tables import (
    CAP,
    MAINTENANCE,
    RESOURCE,
    SEQUENCE,
    Table,
)
from zhizao.twin.tables.brought_steps import brought_resources
from zhizao.twin.tables.cascading_setups import beside_resources
from zhizao.twin.tables.crewed_resources import crewed_resources
from zhizao.twin.tables.ragged import Lists, numbered, to_table
from zhizao.twin.tables.shape_tables import ShapeTables
from zhizao.twin.tables.step_tables import QueueKey
from zhizao.twin.tables.streaming_steps import streaming_resources

RULE_NUMBERS = {
    "fifo": FIFO,
    "edd": EDD,
    "spt": SPT,
    "lpt": LPT,
    "slack": SLACK,
    "priority": PRIORITY,
    "same_setup": SAME_SETUP,
    "cr": CR,
    "atc": ATC,
    "atcs": ATCS,
    "weighted": WEIGHTED,
    "sequence": FIFO,  # what is not in a sequence
}


def resource_table(
    plant: Plant,
    *,
    shapes: ShapeTables,
    lists: Lists,
    calendar_numbers: dict[str | None, int],
    centres: dict[str, int],
    groups: dict[QueueKey, int],
    skills: dict[str, int],
) -> Table:
    """Return the resources; where their setups begin is filled in later."""
    table = np.recarray(len(plant.resources), dtype=RESOURCE)
    cascading, conditional = _special_resources(plant)
    crewed = crewed_resources(plant)
    streaming, fetching = streaming_resources(plant), brought_resources(plant)
    beside = beside_resources(plant)
    choosy = {c.id for c in plant.work_centres if c.idle_choice == "least_setup"}
    slot = maintenance_first = 0
    for i, r in enumerate(plant.resources):
        one = table[i]
        one.key = stable_key(r.id)
        one.centre = centres[r.work_centre]
        one.calendar = calendar_numbers[r.calendar]
        one.speed = r.speed
        one.slot_first, one.slot_end = slot, slot + r.capacity
        slot += r.capacity
        one.queue_first, one.queue_end = lists.add(g for (m, _), g in groups.items() if i in m)
        one.rule = RULE_NUMBERS[plant.work_centres[one.centre].dispatch]
        one.setup_first = -1
        one.load_s = r.load_min * SECONDS_PER_MINUTE
        one.unload_s = r.unload_min * SECONDS_PER_MINUTE
        one.maintenance_first, one.maintenance_end = maintenance_first, maintenance_first
        one.maintenance_end += sum(m.resource == r.id for m in plant.maintenances)
        maintenance_first = one.maintenance_end
        one.special = _special(
            r,
            has_batches=any(together for (m, together) in groups if i in m),
            cascades=r.id in cascading,
        )
        one.min_run_first = one.weight_first = one.setup_skill = -1
        one.sequence_first = one.sequence_end = 0
        if r.setup_skill is not None:
            one.setup_skill = skills[r.setup_skill]
            one.special |= int(SETUP_CREW)
        if one.rule >= CR:
            one.special |= int(RULED)
        one.special |= int(STREAMS) * (r.id in streaming)
        one.special |= int(FETCHES) * (r.id in fetching)
        _fill_short_stops(one, r)
        one.special |= int(HOT_FIRST) * (plant.work_centres[one.centre].hot_lots == "first")
        one.special |= int(SETS_UP_BESIDE) * (r.id in beside)
        if r.work_centre in choosy:
            one.special |= int(LEAST_SETUP)
        if r.id in conditional:
            one.special |= int(CONDITIONS)
        one.special |= int(MAINTAINED) * bool(one.maintenance_end > one.maintenance_first)
        _fill_power(one, r)
        _fill_failure(one, r, shapes=shapes)
        if r.id in crewed:
            one.special |= int(CREWED)
            one.repair_skill = skills[r.repair_skill] if r.repair_skill else -1
            one.fails, one.crew_fails = FAILS_NEVER, one.fails
    return table


def _fill_power(one: Table, r: Resource) -> None:
    one.busy_kw, one.setup_kw = 0.0, 0.0
    if r.power is not None:
        one.busy_kw, one.setup_kw = r.power.busy_kw, r.power.setup_kw
        one.special |= int(METERED)


def _fill_short_stops(one: Table, r: Resource) -> None:
    one.stop_gap_s, one.stop_s = 0.0, r.short_stop_min * SECONDS_PER_MINUTE
    if r.short_stops_per_h > 0.0:
        one.stop_gap_s = SECONDS_PER_HOUR / r.short_stops_per_h
        one.special |= int(SHORT_STOPS)


def _fill_failure(one: Table, r: Resource, *, shapes: ShapeTables) -> None:
    """Fill the breakdowns of a resource, repaired at once."""
    one.fails = _fails(r)
    one.crew_fails, one.repair_skill = FAILS_NEVER, -1
    one.mtbf_s, one.mttr_s, one.between_shape, one.repair_shape = 0.0, 0.0, 0, 0
    if r.failure:
        one.mtbf_s = r.failure.mtbf_h * SECONDS_PER_HOUR
        one.mttr_s = r.failure.mttr_h * SECONDS_PER_HOUR
        one.between_shape = shapes.number(distribution=r.failure.between, cv=r.failure.between_cv)
        one.repair_shape = shapes.number(distribution=r.failure.repair, cv=r.failure.repair_cv)


def weight_numbers(plant: Plant) -> NDArray[np.float64]:
    """Return the weights of the work centres one after another; 0 where there are none."""
    return np.array(
        [
            getattr(c.weights or Weights(), name)
            for c in plant.work_centres
            for name in Weights.model_fields
        ],
        dtype=np.float64,
    )


def sequence_table(
    sequences: Mapping[str, Sequence[tuple[int, int]]], *, resources: dict[str, int], rows: Table
) -> Table:
    """Return what resources have been told to do; fill where each begins and ends."""
    entries: list[tuple[int, int]] = []
    for name, sequence in sequences.items():
        one = rows[resources[name]]
        one.sequence_first, one.sequence_end = len(entries), len(entries) + len(sequence)
        entries += sequence
    if sequences:
        rows.special |= int(SEQUENCED)
    return to_table(entries, SEQUENCE)


def cap_tables(
    plant: Plant, *, products: dict[str, int], centres: dict[str, int]
) -> tuple[Table, NDArray[np.int64]]:
    """Return the caps on lots, and the places in front of each work centre."""
    caps = [
        (
            c.max_lots,
            products[c.product] if c.product else -1,
            centres[c.work_centre] if c.work_centre else -1,
        )
        for c in plant.wip_caps
    ]
    places = [-1 if c.buffer_lots is None else c.buffer_lots for c in plant.work_centres]
    return to_table(caps, CAP), np.array(places, dtype=np.int64)


def transport_table(plant: Plant, centres: dict[str, int]) -> NDArray[np.float64]:
    """Return seconds of transport between work centres, shape (n_centres, n_centres)."""
    seconds = np.zeros((len(centres), len(centres)))
    speeds = {c.id: c.speed for c in plant.carriers}
    for t in plant.transports:
        at = centres[t.from_work_centre], centres[t.to_work_centre]
        seconds[at] = t.minutes * SECONDS_PER_MINUTE
        if t.carrier is not None:
            seconds[at] /= speeds[t.carrier]
    return seconds


def maintenance_table(plant: Plant, *, shapes: ShapeTables, skills: dict[str, int]) -> Table:
    """Return planned maintenance, in the order of the resources."""
    rows = []
    for resource in plant.resources:
        for m in plant.maintenances:
            if m.resource != resource.id:
                continue
            if m.every_h is None:
                counts, every = COUNTS_LOTS, float(m.every_lots or 1)
                first = float(m.first_lots or every)
            else:
                counts = COUNTS_BUSY_HOURS if m.basis == "busy" else COUNTS_HOURS
                every = m.every_h * SECONDS_PER_HOUR
                first = every if m.first_h is None else m.first_h * SECONDS_PER_HOUR
            mean_s = m.mean_min * SECONDS_PER_MINUTE
            skill = skills[m.skill] if m.skill else -1
            rows.append(
                (stable_key(m.id), counts, shapes.number_of(m), skill, every, first, mean_s)
            )
    return to_table(rows, MAINTENANCE)


def _special_resources(plant: Plant) -> tuple[set[str], set[str]]:
    """Return the resources that cascade, and those of steps with other conditions."""
    cascading, conditional = set[str](), set[str]()
    centres = {r.id: r.work_centre for r in plant.resources}
    limited = {c.id for c in plant.work_centres if c.buffer_lots is not None}
    for routing in plant.routings:
        named = {s.same_resource_as for s in routing.steps} | {
            s.limit_to_step for s in routing.steps
        }
        for s in routing.steps:
            names = {o.resource for o in s.resources}
            if s.interval_min:
                cascading |= names
            if names and centres[s.resources[0].resource] in limited:
                conditional |= names
            if s.step in named or s.same_resource_as or s.interruption != "resume":
                conditional |= names
            if s.operator_interruption == "must_fit":
                conditional |= names
    return cascading, conditional


def _special(resource: Resource, *, has_batches: bool, cascades: bool) -> int:
    """Return the bits of what a resource needs beyond taking one lot and working on it."""
    special = 0
    if has_batches:
        special |= int(BATCHES)
    if resource.load_min > 0.0 or resource.unload_min > 0.0:
        special |= int(EXTRA_TIME)
    if cascades:
        special |= int(CASCADES)
    return special


def _fails(resource: Resource) -> int:
    if resource.failure is None:
        return FAILS_NEVER
    return FAILS_WHILE_BUSY if resource.failure.basis == "busy" else FAILS_ALWAYS


def setup_tables(
    plant: Plant, *, centres: dict[str, int], families: dict[str, int]
) -> tuple[dict[int, int], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return where each centre's table begins, the tables, the least runs, families' columns.

    A pair is looked up as (from, to), then (any, to), then (from, any), then
    (any, any), else 0. The same family again takes 0 unless its pair is given.
    """
    named = numbered([f for s in plant.setups for f in (s.from_family, s.to_family)])
    n = len(named) + 1
    tables = {c: i for i, c in enumerate(dict.fromkeys(s.work_centre for s in plant.setups))}
    # The last row of a table is the time for the same family again.
    seconds = np.zeros((len(tables), n + 1, n))
    min_run = np.zeros((len(tables), n + 1, n))
    for s in sorted(plant.setups, key=lambda s: 2 * bool(s.to_family) + bool(s.from_family)):
        from_ = named[s.from_family] if s.from_family else slice(0, n)
        to = named[s.to_family] if s.to_family else slice(0, n)
        seconds[tables[s.work_centre], from_, to] = s.setup_min * SECONDS_PER_MINUTE
        min_run[tables[s.work_centre], from_, to] = s.min_run_lots
        if s.from_family and s.from_family == s.to_family:
            seconds[tables[s.work_centre], n, named[s.from_family]] = (
                s.setup_min * SECONDS_PER_MINUTE
            )
    column = np.full(len(families) + 1, n - 1, dtype=np.int64)
    for family, number in families.items():
        column[number + 1] = named.get(family, n - 1)
    first = {centres[c]: i * (n + 1) * n for c, i in tables.items()}
    return first, seconds.ravel(), min_run.ravel(), column
