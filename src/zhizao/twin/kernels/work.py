# mypy: disable-error-code="no-any-return"
"""Work of a slot: through closings and breakdowns to its end.

The end of an operation is known when it begins: closings are in the calendar,
breakdowns are keyed draws. So neither needs events of its own.
"""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.calendar import next_open, open_between, work_end
from zhizao.twin.kernels.codes import (
    FAILS_ALWAYS,
    FAILS_NEVER,
    FAILS_WHILE_BUSY,
    N_TRACE,
    NONE,
    OUT_OF_TRACE,
    ROW_DOWN,
    STATUS,
    ZERO,
)
from zhizao.twin.kernels.draws import BETWEEN_FAILURES, REPAIR, uniform
from zhizao.twin.kernels.meter import meter_down, meter_work
from zhizao.twin.kernels.shapes import factor_at
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def add_trace_row(
    shop: Shop, kind: int, lot: int, slot: int, visit: int, start: float, end: float
) -> int:
    """Write a row of the trace; return its number, -1 if there is no place."""
    n = shop.counters[N_TRACE]
    if n >= shop.trace.size:
        shop.counters[STATUS] = OUT_OF_TRACE
        return -1
    line = shop.trace[index(n)]
    line.kind = kind
    line.lot = lot
    line.row = shop.lots[index(lot)].row if lot >= 0 else -1
    line.joined_s = shop.lots[index(lot)].joined_s if lot >= 0 else math.nan
    line.slot = slot
    line.visit = visit
    line.start_s = start
    line.end_s = end
    line.good = math.nan
    line.scrap = math.nan
    shop.counters[N_TRACE] = n + 1
    return n


@part_kernel
def time_to_failure(floor: Floor, shop: Shop, slot: int) -> float:
    """Return the time from the last repair of a slot to its next failure."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    s = uniform(shop.key, r.key, place.place, place.failures, BETWEEN_FAILURES)
    return r.mtbf_s * factor_at(floor.shapes, floor.numbers, r.between_shape, s)


@part_kernel
def repair_time(floor: Floor, shop: Shop, slot: int) -> float:
    """Return how long the next repair of a slot takes."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    s = uniform(shop.key, r.key, place.place, place.failures, REPAIR)
    return r.mttr_s * factor_at(floor.shapes, floor.numbers, r.repair_shape, s)


@part_kernel
def first_failures(floor: Floor, shop: Shop) -> None:
    """Draw the first failure of every slot."""
    for i in range(shop.slots.size):
        slot = shop.slots[index(i)]
        fails = floor.resources[index(slot.resource)].fails
        if fails == FAILS_WHILE_BUSY:
            slot.to_failure_s = time_to_failure(floor, shop, i)
        elif fails == FAILS_ALWAYS:
            slot.down_start_s = time_to_failure(floor, shop, i)
            slot.down_end_s = slot.down_start_s + repair_time(floor, shop, i)


@part_kernel
def pass_repairs(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """Move a slot that fails by the clock on to its first repair that ends after ``t``."""
    place = shop.slots[index(slot)]
    while place.down_end_s <= t:
        end = place.down_end_s
        if shop.trace.size > 0:
            add_trace_row(shop, ROW_DOWN, NONE, slot, ZERO, place.down_start_s, end)
        if floor.meter.size > 0:
            meter_down(floor, shop, slot, place.down_start_s, end)
        place.failures += 1
        place.down_start_s = end + time_to_failure(floor, shop, slot)
        place.down_end_s = place.down_start_s + repair_time(floor, shop, slot)


@part_kernel
def end_repairs(floor: Floor, shop: Shop) -> None:
    """Note the repairs that began before the end and are not yet in the trace and the meters."""
    for slot in range(shop.slots.size):
        if floor.resources[index(shop.slots[index(slot)].resource)].fails != FAILS_ALWAYS:
            continue
        pass_repairs(floor, shop, slot, shop.horizon_s)
        start = shop.slots[index(slot)].down_start_s
        if start < shop.horizon_s:
            end = shop.slots[index(slot)].down_end_s
            if shop.trace.size > 0:
                add_trace_row(shop, ROW_DOWN, NONE, slot, ZERO, start, end)
            if floor.meter.size > 0:
                meter_down(floor, shop, slot, start, end)


@part_kernel
def next_workable(floor: Floor, shop: Shop, slot: int, t: float, k: int) -> float:
    """Return the first instant from ``t`` on at which calendar ``k`` is open and a slot not down.

    Passes the repairs until then: only for a slot that is busy all that time.
    """
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    at = next_open(floor.calendars, floor.spans, k, t)
    if r.fails != FAILS_ALWAYS:
        return at
    while at < math.inf:
        pass_repairs(floor, shop, slot, at)
        if shop.slots[index(slot)].down_start_s > at:
            break
        at = next_open(floor.calendars, floor.spans, k, shop.slots[index(slot)].down_end_s)
    return at


@inner_kernel
def idle_until(floor: Floor, shop: Shop, slot: int, t: float) -> float:
    """Return ``t`` if an idle slot can work then; else an instant to look again.

    No work is possible before that instant; a further failure may make it
    later still, which is seen when it comes.
    """
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    if r.fails != FAILS_ALWAYS:
        return next_open(floor.calendars, floor.spans, r.calendar, t)
    return idle_through_repairs(floor, shop, slot, t)


@part_kernel
def idle_through_repairs(floor: Floor, shop: Shop, slot: int, t: float) -> float:
    """Return the same for a slot that fails by the clock."""
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    at = next_open(floor.calendars, floor.spans, r.calendar, t)
    pass_repairs(floor, shop, slot, t)
    if shop.slots[index(slot)].down_start_s <= at < shop.slots[index(slot)].down_end_s:
        at = next_open(floor.calendars, floor.spans, r.calendar, shop.slots[index(slot)].down_end_s)
    return at


@part_kernel
def count_inside(floor: Floor, shop: Shop, slot: int, a: float, b: float) -> None:
    """Count the time from ``a`` to ``b``, a breakdown, in which lots inside a cascade go on.

    What enters beside them does nothing then, but all the time until they leave
    is taken off its own as counted twice.
    """
    place = shop.slots[index(slot)]
    k = floor.resources[index(place.resource)].calendar
    b = min(b, place.inside_until_s)
    place.busy_s += open_between(
        floor.calendars, floor.spans, k, max(a, shop.warm_up_s), min(b, shop.horizon_s)
    )
    if floor.meter.size > 0:
        meter_work(floor, shop, slot, k, a, b, 1.0)


@inner_kernel
def work_through(floor: Floor, shop: Shop, slot: int, t: float, work: float, k: int) -> float:
    """Return when a slot has done ``work`` seconds of open time of calendar ``k`` from ``t`` on.

    Adds up its busy time. Infinity if that is after all open time or the end of the run lies in a
    repair. Busy time is counted from the warm-up to the end of the run.
    """
    place = shop.slots[index(slot)]
    fails = floor.resources[index(place.resource)].fails
    while t <= shop.horizon_s:
        if fails == FAILS_ALWAYS:
            pass_repairs(floor, shop, slot, t)
            if place.down_start_s <= t:
                if place.inside_until_s > t:
                    count_inside(floor, shop, slot, t, place.down_end_s)
                t = place.down_end_s
                continue
        stretch = min(work, place.to_failure_s)
        finish = work_end(floor.calendars, floor.spans, k, t, stretch)
        stop = min(finish, place.down_start_s)
        place.busy_s += open_between(
            floor.calendars, floor.spans, k, max(t, shop.warm_up_s), min(stop, shop.horizon_s)
        )
        if floor.meter.size > 0:
            meter_work(floor, shop, slot, k, t, stop, 1.0)
        if fails == FAILS_NEVER:
            return finish
        if fails == FAILS_WHILE_BUSY:
            place.to_failure_s -= stretch
            if stretch == work or finish > shop.horizon_s:
                return finish
            work -= stretch
            t = finish + repair_time(floor, shop, slot)
            if shop.trace.size > 0:
                add_trace_row(shop, ROW_DOWN, NONE, slot, ZERO, finish, t)
            if floor.meter.size > 0:
                meter_down(floor, shop, slot, finish, t)
            if place.inside_until_s > finish:
                count_inside(floor, shop, slot, finish, t)
            place.failures += 1
            place.to_failure_s = time_to_failure(floor, shop, slot)
        else:
            if finish <= place.down_start_s:
                return finish
            work -= open_between(floor.calendars, floor.spans, k, t, place.down_start_s)
            if place.inside_until_s > place.down_start_s:
                count_inside(floor, shop, slot, place.down_start_s, place.down_end_s)
            t = place.down_end_s
    return math.inf


@part_kernel
def set_up(floor: Floor, shop: Shop, slot: int, t: float, work: float, k: int) -> float:
    """Return when a change of family is over; ``work_through``, compiled apart."""
    return work_through(floor, shop, slot, t, work, k)
