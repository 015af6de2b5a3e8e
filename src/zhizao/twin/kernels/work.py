"""Work of a slot: through closings and breakdowns to its end.

The end of an operation is known when it begins: closings are in the calendar,
breakdowns are keyed draws. So neither needs events of its own.
"""

import math

import numpy as np

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.calendar import next_open, open_between, work_end
from zhizao.twin.kernels.draws import BETWEEN_FAILURES, REPAIR, uniform
from zhizao.twin.kernels.shapes import factor_at
from zhizao.twin.kernels.tables import (
    FAILS_ALWAYS,
    FAILS_NEVER,
    FAILS_WHILE_BUSY,
    N_TRACE,
    OUT_OF_TRACE,
    ROW_DOWN,
    STATUS,
    Floor,
    Shop,
    Trace,
)


@kernel
def add_trace_row(
    shop: Shop,
    trace: Trace,
    kind: int,
    lot: int,
    row: int,
    slot: int,
    visit: int,
    joined: float,
    start: float,
    end: float,
) -> int:
    """Write a row of the trace; return its number, -1 if there is no place."""
    n = shop.counters[N_TRACE]
    if n >= trace.kind.size:
        shop.counters[STATUS] = OUT_OF_TRACE
        return -1
    trace.kind[n] = kind
    trace.lot[n] = lot
    trace.row[n] = row
    trace.slot[n] = slot
    trace.visit[n] = visit
    trace.joined_s[n] = joined
    trace.start_s[n] = start
    trace.end_s[n] = end
    trace.good[n] = math.nan
    trace.scrap[n] = math.nan
    shop.counters[N_TRACE] = n + 1
    return n


@kernel
def time_to_failure(floor: Floor, shop: Shop, key: np.uint64, slot: int) -> float:
    """Return the time from the last repair of a slot to its next failure."""
    r = floor.resources.slot_resource[slot]
    place = slot - floor.resources.slot_first[r]
    s = uniform(key, floor.resources.key[r], place, shop.slot_failures[slot], BETWEEN_FAILURES)
    return floor.resources.mtbf_s[r] * factor_at(floor.shapes, floor.resources.between_shape[r], s)


@kernel
def repair_time(floor: Floor, shop: Shop, key: np.uint64, slot: int) -> float:
    """Return how long the next repair of a slot takes."""
    r = floor.resources.slot_resource[slot]
    place = slot - floor.resources.slot_first[r]
    s = uniform(key, floor.resources.key[r], place, shop.slot_failures[slot], REPAIR)
    return floor.resources.mttr_s[r] * factor_at(floor.shapes, floor.resources.repair_shape[r], s)


@kernel
def first_failures(floor: Floor, shop: Shop, key: np.uint64) -> None:
    """Draw the first failure of every slot."""
    for slot in range(shop.slot_lot.size):
        fails = floor.resources.fails[floor.resources.slot_resource[slot]]
        shop.slot_down_start[slot] = math.inf
        shop.slot_down_end[slot] = math.inf
        shop.slot_to_failure_s[slot] = math.inf
        if fails == FAILS_WHILE_BUSY:
            shop.slot_to_failure_s[slot] = time_to_failure(floor, shop, key, slot)
        elif fails == FAILS_ALWAYS:
            shop.slot_down_start[slot] = time_to_failure(floor, shop, key, slot)
            repair = repair_time(floor, shop, key, slot)
            shop.slot_down_end[slot] = shop.slot_down_start[slot] + repair


@kernel
def pass_repairs(
    floor: Floor, shop: Shop, trace: Trace, key: np.uint64, slot: int, t: float
) -> None:
    """Move a slot that fails by the clock on to its first repair that ends after ``t``."""
    while shop.slot_down_end[slot] <= t:
        start = shop.slot_down_start[slot]
        end = shop.slot_down_end[slot]
        if trace.kind.size > 0:
            add_trace_row(shop, trace, ROW_DOWN, -1, -1, slot, 0, math.nan, start, end)
        shop.slot_failures[slot] += 1
        shop.slot_down_start[slot] = end + time_to_failure(floor, shop, key, slot)
        repair = repair_time(floor, shop, key, slot)
        shop.slot_down_end[slot] = shop.slot_down_start[slot] + repair


@kernel
def trace_last_repairs(
    floor: Floor, shop: Shop, trace: Trace, key: np.uint64, horizon: float
) -> None:
    """Write the repairs that began before ``horizon`` and are not yet in the trace."""
    for slot in range(shop.slot_lot.size):
        pass_repairs(floor, shop, trace, key, slot, horizon)
        start = shop.slot_down_start[slot]
        end = shop.slot_down_end[slot]
        if start < horizon:
            add_trace_row(shop, trace, ROW_DOWN, -1, -1, slot, 0, math.nan, start, end)


@kernel
def next_workable(
    floor: Floor, shop: Shop, trace: Trace, key: np.uint64, slot: int, t: float
) -> float:
    """Return the first instant from ``t`` on at which a busy slot is open and not down.

    Passes the repairs until then: only for a slot that is busy all that time.
    """
    r = floor.resources.slot_resource[slot]
    at = next_open(floor.calendars, floor.resources.calendar[r], t)
    if floor.resources.fails[r] != FAILS_ALWAYS:
        return at
    while at < math.inf:
        pass_repairs(floor, shop, trace, key, slot, at)
        if shop.slot_down_start[slot] > at:
            break
        at = next_open(floor.calendars, floor.resources.calendar[r], shop.slot_down_end[slot])
    return at


@kernel
def idle_until(
    floor: Floor, shop: Shop, trace: Trace, key: np.uint64, slot: int, t: float
) -> float:
    """Return ``t`` if an idle slot can work then; else an instant to look again.

    No work is possible before that instant; a further failure may make it
    later still, which is seen when it comes.
    """
    r = floor.resources.slot_resource[slot]
    k = floor.resources.calendar[r]
    at = next_open(floor.calendars, k, t)
    if floor.resources.fails[r] == FAILS_ALWAYS:
        pass_repairs(floor, shop, trace, key, slot, t)
        if shop.slot_down_start[slot] <= at < shop.slot_down_end[slot]:
            at = next_open(floor.calendars, k, shop.slot_down_end[slot])
    return at


@kernel
def work_through(
    floor: Floor,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    slot: int,
    t: float,
    work: float,
    warm_up: float,
    horizon: float,
) -> float:
    """Return when a slot has done ``work`` seconds from ``t`` on; add up its busy time.

    Infinity if that is after all open time or the end of the run lies in a
    repair. Busy time is counted between ``warm_up`` and ``horizon``.
    """
    r = floor.resources.slot_resource[slot]
    k = floor.resources.calendar[r]
    fails = floor.resources.fails[r]
    while t <= horizon:
        if fails == FAILS_ALWAYS:
            pass_repairs(floor, shop, trace, key, slot, t)
            if shop.slot_down_start[slot] <= t:
                t = shop.slot_down_end[slot]
                continue
        stretch = min(work, shop.slot_to_failure_s[slot])
        finish = work_end(floor.calendars, k, t, stretch)
        stop = min(finish, shop.slot_down_start[slot])
        shop.slot_busy_s[slot] += open_between(
            floor.calendars, k, max(t, warm_up), min(stop, horizon)
        )
        if fails == FAILS_NEVER:
            return finish
        if fails == FAILS_WHILE_BUSY:
            shop.slot_to_failure_s[slot] -= stretch
            if stretch == work or finish > horizon:
                return finish
            work -= stretch
            t = finish + repair_time(floor, shop, key, slot)
            if trace.kind.size > 0:
                add_trace_row(shop, trace, ROW_DOWN, -1, -1, slot, 0, math.nan, finish, t)
            shop.slot_failures[slot] += 1
            shop.slot_to_failure_s[slot] = time_to_failure(floor, shop, key, slot)
        else:
            if finish <= shop.slot_down_start[slot]:
                return finish
            work -= open_between(floor.calendars, k, t, shop.slot_down_start[slot])
            t = shop.slot_down_end[slot]
    return math.inf
