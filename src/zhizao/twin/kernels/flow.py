"""A lot's way: into a step, into its queue, onto a slot, off it, out of the plant."""

import math

import numpy as np

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.calendar import work_end
from zhizao.twin.kernels.dispatch import family_setup, free_operator, join_queue, leave_queue
from zhizao.twin.kernels.draws import DELAY, OPTIONAL, REWORK, SCRAP, TIME, pieces_lost, uniform
from zhizao.twin.kernels.heap import push_event
from zhizao.twin.kernels.shapes import factor_at, rest_of
from zhizao.twin.kernels.tables import (
    CREW_FREED,
    N_EVENTS,
    N_JOINED,
    N_OPERATIONS,
    N_WOKEN,
    OUT_OF_EVENTS,
    ROW_RUN,
    ROW_SETUP,
    STATUS,
    Floor,
    Lots,
    Shop,
    Trace,
)
from zhizao.twin.kernels.work import add_trace_row, next_workable, work_through

# Kinds of events; a code is kind × 2⁴⁰ + entity, so that equal times are in this order.
KIND_BITS = 40
SLOT_ENDS = 0
LOT_ENDS = 1
LOT_JOINS = 2
SLOT_WAKES = 3
CREW_WAKES = 4


@kernel
def add_event(shop: Shop, at: float, kind: int, entity: int) -> None:
    """Put an event into the heap; one that never happens is left out."""
    if at < math.inf:
        n = push_event(
            shop.event_time,
            shop.event_code,
            shop.counters[N_EVENTS],
            at,
            (kind << KIND_BITS) | entity,
        )
        if n < 0:
            shop.counters[STATUS] = OUT_OF_EVENTS
        else:
            shop.counters[N_EVENTS] = n


@kernel
def enter_row(
    floor: Floor, lots: Lots, shop: Shop, trace: Trace, key: np.uint64, lot: int, row: int, t: float
) -> None:
    """Send a lot to the first step from ``row`` on that it does, or out of the plant."""
    steps = floor.steps
    first = steps.variant_first[shop.lot_variant[lot]]
    end = steps.variant_first[shop.lot_variant[lot] + 1]
    while row < end and steps.probability[row] < 1.0:
        visit = shop.visits[lot, row - first]
        if uniform(key, lots.key[lot], steps.number[row], visit, OPTIONAL) < steps.probability[row]:
            break
        shop.visits[lot, row - first] += 1
        row += 1
    if row == end:
        shop.lot_completion_s[lot] = t
        shop.lot_left_s[lot] = t
        return
    shop.lot_row[lot] = row
    at = t
    if shop.lot_centre[lot] >= 0 and steps.centre[row] >= 0:
        at += floor.resources.transport_s[shop.lot_centre[lot], steps.centre[row]]
    if steps.delay_s[row] > 0.0:
        visit = shop.visits[lot, row - first]
        s = uniform(key, lots.key[lot], steps.number[row], visit, DELAY)
        delay = steps.delay_s[row] * factor_at(floor.shapes, steps.delay_shape[row], s)
        at = work_end(floor.calendars, steps.delay_calendar[row], at, delay)
    if at > t:
        add_event(shop, at, LOT_JOINS, lot)
    else:
        arrive(floor, lots, shop, trace, key, lot, t, t)


@kernel
def arrive(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    lot: int,
    t: float,
    since: float,
) -> None:
    """Let a lot join its step's queue, or begin a step that needs nobody."""
    row = shop.lot_row[lot]
    shop.lot_joined_s[lot] = since
    group = floor.steps.group[row]
    if group >= 0:
        join_queue(shop, group, lot)
        shop.joined[shop.counters[N_JOINED]] = lot
        shop.counters[N_JOINED] += 1
        return
    work = work_left(floor, lots, shop, key, lot, 1.0)
    add_event(shop, t + work, LOT_ENDS, lot)
    if trace.kind.size > 0:
        visit = shop.visits[lot, row - floor.steps.variant_first[shop.lot_variant[lot]]]
        shop.lot_trace_row[lot] = add_trace_row(
            shop, trace, ROW_RUN, lot, row, -1, visit, since, since, t + work
        )


@kernel
def work_left(
    floor: Floor, lots: Lots, shop: Shop, key: np.uint64, lot: int, speed: float
) -> float:
    """Return the seconds of work that a lot's step still needs at a speed."""
    steps = floor.steps
    row = shop.lot_row[lot]
    visit = shop.visits[lot, row - steps.variant_first[shop.lot_variant[lot]]]
    nominal = (steps.setup_s[row] + steps.piece_s[row] * shop.lot_good[lot]) / speed
    s = uniform(key, lots.key[lot], steps.number[row], visit, TIME)
    spent = shop.lot_spent_s[lot]
    shop.lot_spent_s[lot] = 0.0
    return rest_of(floor.shapes, steps.shape[row], nominal, spent, s)


@kernel
def option_speed(floor: Floor, row: int, r: int) -> float:
    """Return the effective speed of a resource at a step."""
    for i in range(floor.steps.option_first[row], floor.steps.option_first[row + 1]):
        if floor.steps.option_resource[i] == r:
            return floor.steps.option_speed[i]
    return floor.resources.speed[r]


@kernel
def start_lot(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    slot: int,
    lot: int,
    t: float,
    warm_up: float,
    horizon: float,
) -> None:
    """Start a waiting lot on an idle slot: operators, change of family, operation."""
    row = shop.lot_row[lot]
    leave_queue(shop, floor.steps.group[row], lot)
    first = floor.steps.skill_first[row]
    for i in range(first, floor.steps.skill_first[row + 1]):
        operator = free_operator(floor.crew, floor, shop, floor.steps.skill[i], t)
        shop.lot_operator[lot, i - first] = operator
        shop.operator_free[operator] -= 1
    r = floor.resources.slot_resource[slot]
    setup = 0.0
    if shop.lot_spent_s[lot] <= 0.0:
        setup = family_setup(floor.resources, r, shop.slot_family[slot], lots.family[lot])
    run_lot(floor, lots, shop, trace, key, slot, lot, t, t, setup, warm_up, horizon)


@kernel
def run_lot(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    slot: int,
    lot: int,
    t: float,
    since: float,
    setup: float,
    warm_up: float,
    horizon: float,
) -> None:
    """Let a slot work on a lot from ``t`` on; ``since`` is when that began."""
    row = shop.lot_row[lot]
    r = floor.resources.slot_resource[slot]
    shop.slot_lot[slot] = lot
    shop.slot_family[slot] = lots.family[lot]
    shop.lot_centre[lot] = floor.resources.centre[r]
    visit = shop.visits[lot, row - floor.steps.variant_first[shop.lot_variant[lot]]]
    joined = shop.lot_joined_s[lot]
    begin = since
    if setup > 0.0:
        t = work_through(floor, shop, trace, key, slot, t, setup, warm_up, horizon)
        if trace.kind.size > 0:
            add_trace_row(shop, trace, ROW_SETUP, lot, row, slot, visit, joined, since, t)
            if t <= horizon:
                begin = next_workable(floor, shop, trace, key, slot, t)
    if t > horizon:
        return
    work = work_left(floor, lots, shop, key, lot, option_speed(floor, row, r))
    end = work_through(floor, shop, trace, key, slot, t, work, warm_up, horizon)
    if trace.kind.size > 0 and begin <= horizon:
        shop.lot_trace_row[lot] = add_trace_row(
            shop, trace, ROW_RUN, lot, row, slot, visit, joined, begin, end
        )
    add_event(shop, end, SLOT_ENDS, slot)


@kernel
def end_step(
    floor: Floor, lots: Lots, shop: Shop, trace: Trace, key: np.uint64, lot: int, t: float
) -> None:
    """End a lot's step: scrap, operators, detour, next step."""
    steps = floor.steps
    row = shop.lot_row[lot]
    position = row - steps.variant_first[shop.lot_variant[lot]]
    visit = shop.visits[lot, position]
    shop.visits[lot, position] += 1
    shop.counters[N_OPERATIONS] += 1
    lost = 0.0
    if steps.scrap_share[row] > 0.0:
        u = uniform(key, lots.key[lot], steps.number[row], visit, SCRAP)
        lost = pieces_lost(shop.lot_good[lot], steps.scrap_share[row], u)
        shop.lot_good[lot] -= lost
    if trace.kind.size > 0 and shop.lot_trace_row[lot] >= 0:
        trace.good[shop.lot_trace_row[lot]] = shop.lot_good[lot]
        trace.scrap[shop.lot_trace_row[lot]] = lost
    first = steps.skill_first[row]
    if steps.skill_first[row + 1] > first and steps.group[row] >= 0:
        for i in range(steps.skill_first[row + 1] - first):
            if shop.lot_operator[lot, i] >= 0:
                shop.operator_free[shop.lot_operator[lot, i]] += 1
        shop.counters[CREW_FREED] = 1
    if shop.lot_good[lot] <= 0.0:
        shop.lot_left_s[lot] = t
        return
    to_row = row + 1
    if (
        steps.rework_probability[row] > 0.0
        and shop.detours[lot, position] < steps.rework_passes[row]
    ):
        if (
            uniform(key, lots.key[lot], steps.number[row], visit, REWORK)
            < steps.rework_probability[row]
        ):
            shop.detours[lot, position] += 1
            to_row = steps.rework_row[row]
    enter_row(floor, lots, shop, trace, key, lot, to_row, t)
