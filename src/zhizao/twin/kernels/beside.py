# mypy: disable-error-code="no-any-return"
"""Cascading slots that are set up beside the lot before, as AutoSched's tools of two lots are.

A lot is chosen when the interval after the one before is over and at most one lot is inside. Its
change of family begins at once; it enters when that, and any change begun before it, is over. The
interval to the next lot counts from when it was chosen, so that the next one may stand ready when
a long change is over, and both enter at once.

Breakdowns stop all that goes on in the slot. As two lots are in it, each is timed along the
repairs to come, and only the clock moves the slot past them.
"""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.calendar import open_between, work_end
from zhizao.twin.kernels.codes import FAILS_ALWAYS, ROW_RUN, ROW_SETUP, TAKEN
from zhizao.twin.kernels.draws import BETWEEN_FAILURES, REPAIR, uniform
from zhizao.twin.kernels.events import LOT_ENDS, SLOT_ENDS, add_event
from zhizao.twin.kernels.lot_draws import visit_number
from zhizao.twin.kernels.shapes import factor_at
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.work import add_trace_row


@part_kernel
def enter_beside(
    floor: Floor,
    shop: Shop,
    slot: int,
    lot: int,
    t: float,
    setup: float,
    interval: float,
    work: float,
) -> None:
    """Let a lot that is chosen at ``t`` be set up for, enter, and leave after ``work`` seconds."""
    place = shop.slots[index(slot)]
    before = place.inside_until_s
    ready = time_along_repairs(floor, shop, slot, t, setup)
    place.setup_until_s = max(place.setup_until_s, ready)
    enters = max(t, place.setup_until_s)
    free = time_along_repairs(floor, shop, slot, t, interval)
    end = time_along_repairs(floor, shop, slot, enters, work)
    place.worked_s += setup + interval
    place.inside_until_s = max(before, end)
    place.busy_s += time_at_work(
        floor,
        shop,
        slot,
        max(t, before, shop.warm_up_s),
        min(place.inside_until_s, shop.horizon_s),
    )
    place.lot = TAKEN
    add_event(shop, max(free, before), SLOT_ENDS, slot)
    add_event(shop, end, LOT_ENDS, lot)
    if shop.trace.size > 0:
        if setup > 0.0:
            visit = visit_number(floor, shop, lot)
            add_trace_row(shop, ROW_SETUP, lot, slot, visit, t, ready)
        while enters <= shop.horizon_s and lot >= 0:
            visit = visit_number(floor, shop, lot)
            row = add_trace_row(shop, ROW_RUN, lot, slot, visit, enters, end)
            shop.lots[index(lot)].trace_row = row
            lot = shop.lots[index(lot)].mate


@part_kernel
def next_breakdown(floor: Floor, shop: Shop, slot: int, n: int, up: float) -> float:
    """Return when a slot breaks down after its n-th repair, which ends at ``up``."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    s = uniform(shop.key, r.key, place.place, n, BETWEEN_FAILURES)
    return up + r.mtbf_s * factor_at(floor.shapes, floor.numbers, r.between_shape, s)


@part_kernel
def end_of_repair(floor: Floor, shop: Shop, slot: int, n: int, down: float) -> float:
    """Return when the repair after the n-th one ends, which begins at ``down``."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    s = uniform(shop.key, r.key, place.place, n, REPAIR)
    return down + r.mttr_s * factor_at(floor.shapes, floor.numbers, r.repair_shape, s)


@part_kernel
def time_along_repairs(floor: Floor, shop: Shop, slot: int, t: float, work: float) -> float:
    """Return when ``work`` seconds from ``t`` on are over, leaving the slot where it is in time."""
    place = shop.slots[index(slot)]
    k = floor.resources[index(place.resource)].calendar
    if work <= 0.0:
        return t
    if floor.resources[index(place.resource)].fails != FAILS_ALWAYS:
        return work_end(floor.calendars, floor.spans, k, t, work)
    n = place.failures
    down = place.down_start_s
    up = place.down_end_s
    while t <= shop.horizon_s:
        if up <= t:
            n += 1
            down = next_breakdown(floor, shop, slot, n, up)
            up = end_of_repair(floor, shop, slot, n, down)
        elif down <= t:
            t = up
        else:
            finish = work_end(floor.calendars, floor.spans, k, t, work)
            if finish <= down:
                return finish
            work -= open_between(floor.calendars, floor.spans, k, t, down)
            t = up
    return t


@part_kernel
def time_at_work(floor: Floor, shop: Shop, slot: int, a: float, b: float) -> float:
    """Return the open time without repairs from ``a`` to ``b``; 0 if ``b`` is not after ``a``."""
    place = shop.slots[index(slot)]
    k = floor.resources[index(place.resource)].calendar
    total = open_between(floor.calendars, floor.spans, k, a, b)
    if floor.resources[index(place.resource)].fails != FAILS_ALWAYS:
        return total
    n = place.failures
    down = place.down_start_s
    up = place.down_end_s
    while down < b:
        total -= open_between(floor.calendars, floor.spans, k, max(a, down), min(b, up))
        n += 1
        down = next_breakdown(floor, shop, slot, n, up)
        up = end_of_repair(floor, shop, slot, n, down)
    return total
