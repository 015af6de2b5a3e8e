# mypy: disable-error-code="no-any-return"
"""Slots that do more than take one lot and work on it: compiled apart from the fast way.

A resource with any bit of ``special`` chooses and starts here; all others do
not pay for it.
"""

import math

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.batches import is_ready
from zhizao.twin.kernels.calendar import open_between, work_end
from zhizao.twin.kernels.dispatch import (
    crew_is_there,
    family_setup,
    leave_queue,
    rank,
    take_crew,
)
from zhizao.twin.kernels.flow import (
    LOT_ENDS,
    SLOT_ENDS,
    add_event,
    option_speed,
    visit_number,
    work_left,
)
from zhizao.twin.kernels.tables import FIFO, MAINTAINED, ROW_RUN, ROW_SETUP, TAKEN, Floor, Shop
from zhizao.twin.kernels.upkeep import due_maintenance, maintain
from zhizao.twin.kernels.work import add_trace_row, next_workable, set_up, work_through


@kernel
def choose_special(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the waiting lot that a special slot takes, its mates linked; -1 if none."""
    r = floor.resources[shop.slots[slot].resource]
    if r.special & MAINTAINED:
        due = due_maintenance(floor, shop, slot, t)
        if due >= 0:
            maintain(floor, shop, slot, due, t)
            return -1
    found = -1
    while True:
        best = first_lot(floor, shop, slot, t)
        if best < 0:
            break
        q = floor.steps[shop.lots[best].row].queue
        if gather_mates(floor, shop, slot, best, t):
            found = best
            break
        shop.queues[q].rejected = 1
    for i in range(r.queue_first, r.queue_end):
        shop.queues[floor.lists[i]].rejected = 0
    return found


@kernel
def first_lot(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the lot that comes first by the slot's rule, of the queues that are ready."""
    r = floor.resources[shop.slots[slot].resource]
    best = -1
    best_rank = math.inf
    best_joined = math.inf
    for i in range(r.queue_first, r.queue_end):
        q = floor.lists[i]
        lot = shop.queues[q].head
        if lot < 0 or shop.queues[q].rejected == 1:
            continue
        if floor.steps[shop.lots[lot].row].batch_max > 0.0 and not is_ready(floor, shop, q, t):
            continue
        while lot >= 0:
            if crew_is_there(floor, shop, shop.lots[lot].row, t):
                value = rank(floor, shop, r.rule, slot, lot)
                joined = shop.lots[lot].joined_s
                if best < 0 or goes_before(value, joined, lot, best_rank, best_joined, best):
                    best = lot
                    best_rank = value
                    best_joined = joined
                if r.rule == FIFO:
                    break
            lot = shop.lots[lot].next
    return best


@kernel
def goes_before(
    rank_a: float, joined_a: float, a: int, rank_b: float, joined_b: float, b: int
) -> bool:
    """Return whether lot ``a`` goes before ``b``: by rank, then who joined first, then number."""
    if rank_a != rank_b:
        return rank_a < rank_b
    if joined_a != joined_b:
        return joined_a < joined_b
    return a < b


@kernel
def gather_mates(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> bool:
    """Link the lots that go with a first one; return whether they may begin.

    They may if they have enough pieces, if a lot that waits does not fit any
    more, or if the first of the queue has waited enough.
    """
    step = floor.steps[shop.lots[lot].row]
    if step.batch_max <= 0.0:
        return True
    rule = floor.resources[shop.slots[slot].resource].rule
    pieces = shop.lots[lot].good
    last = lot
    last_rank = rank(floor, shop, rule, slot, lot)
    tail = lot
    is_full = pieces >= step.batch_max
    while pieces < step.batch_max:
        best = -1
        best_rank = math.inf
        best_joined = math.inf
        other = shop.queues[step.queue].head
        while other >= 0:
            joined = shop.lots[other].joined_s
            value = rank(floor, shop, rule, slot, other)
            if goes_before(last_rank, shop.lots[last].joined_s, last, value, joined, other):
                if best < 0 or goes_before(value, joined, other, best_rank, best_joined, best):
                    best = other
                    best_rank = value
                    best_joined = joined
                    if rule == FIFO:
                        break
            other = shop.lots[other].next
        if best < 0:
            break
        if pieces + shop.lots[best].good <= step.batch_max:
            shop.lots[tail].mate = best
            tail = best
            pieces += shop.lots[best].good
        else:
            is_full = True
        last = best
        last_rank = best_rank
    head = shop.queues[step.queue].head
    if is_full or pieces >= step.batch_min or shop.lots[head].joined_s + step.batch_wait_s <= t:
        return True
    while lot >= 0:
        mate = shop.lots[lot].mate
        shop.lots[lot].mate = -1
        lot = mate
    return False


@kernel
def start_special(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> None:
    """Start a chosen lot and its mates on a special slot."""
    one = shop.lots[lot]
    place = shop.slots[slot]
    q = floor.steps[one.row].queue
    member = lot
    while member >= 0:
        leave_queue(shop, q, member)
        if floor.steps[one.row].batch_max > 0.0:
            shop.queues[q].pieces -= shop.lots[member].good
        member = shop.lots[member].mate
    if shop.queues[q].head < 0:
        shop.queues[q].pieces = 0.0
    take_crew(floor, shop, one.row, lot, t)
    setup = 0.0
    if one.spent_s <= 0.0:
        setup = family_setup(floor, place.resource, place.family, one.family)
    run_special(floor, shop, slot, lot, t, t, setup)


@kernel
def run_special(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, since: float, setup: float
) -> None:
    """Let a slot work on a lot and its mates: loading, working, unloading.

    A lot that was worked on before the start has been loaded.
    """
    one = shop.lots[lot]
    place = shop.slots[slot]
    r = floor.resources[place.resource]
    step = floor.steps[one.row]
    speed = option_speed(floor, one.row, place.resource)
    place.lot = lot
    place.family = one.family
    place.lots_done += 1
    pieces = 0.0
    member = lot
    while member >= 0:
        pieces += shop.lots[member].good
        shop.lots[member].centre = r.centre
        member = shop.lots[member].mate
    interval = step.interval_s / speed
    if place.inside_until_s > t and (setup > 0.0 or interval <= 0.0):
        t = place.inside_until_s
        since = t
    begin = since
    place.worked_s += setup
    if setup > 0.0:
        t = set_up(floor, shop, slot, t, setup)
        if shop.trace.size > 0:
            visit = visit_number(floor, shop, lot)
            add_trace_row(shop, ROW_SETUP, lot, slot, visit, since, t)
            if t <= shop.horizon_s:
                begin = next_workable(floor, shop, slot, t)
    if t > shop.horizon_s:
        return
    work = r.unload_s
    if one.spent_s <= 0.0:
        work += r.load_s
    entered = interval - one.spent_s
    work += work_left(floor, shop, lot, speed, pieces)
    if interval > 0.0 and entered < work:
        end = enter_and_pass(floor, shop, slot, t, max(0.0, entered), work)
        add_event(shop, end, LOT_ENDS, lot)
    else:
        place.worked_s += work
        end = work_through(floor, shop, slot, t, work)
        if place.inside_until_s > t:
            count_once(floor, shop, slot, t, min(end, place.inside_until_s))
        add_event(shop, end, SLOT_ENDS, slot)
    if shop.trace.size > 0 and begin <= shop.horizon_s:
        member = lot
        while member >= 0:
            visit = visit_number(floor, shop, member)
            shop.lots[member].trace_row = add_trace_row(
                shop, ROW_RUN, member, slot, visit, begin, end
            )
            member = shop.lots[member].mate


@kernel
def count_once(floor: Floor, shop: Shop, slot: int, a: float, b: float) -> None:
    """Take open time from ``a`` to ``b``, which is counted twice, off a slot's busy time."""
    k = floor.resources[shop.slots[slot].resource].calendar
    shop.slots[slot].busy_s -= open_between(
        floor.calendars, floor.spans, k, max(a, shop.warm_up_s), min(b, shop.horizon_s)
    )


@kernel
def enter_and_pass(
    floor: Floor, shop: Shop, slot: int, t: float, interval: float, work: float
) -> float:
    """Take a cascading slot for ``interval`` seconds; return when the lot leaves it.

    Closings and breakdowns stop the entering. What is inside goes on in open
    time, also through breakdowns. The slot is busy while a lot is in it.
    """
    place = shop.slots[slot]
    k = floor.resources[place.resource].calendar
    until = place.inside_until_s
    count_once(floor, shop, slot, t, until)
    place.worked_s += interval
    place.lot = TAKEN
    free = work_through(floor, shop, slot, t, interval)
    add_event(shop, free, SLOT_ENDS, slot)
    end = work_end(floor.calendars, floor.spans, k, free, work - interval)
    place.inside_until_s = max(until, end)
    place.busy_s += open_between(
        floor.calendars,
        floor.spans,
        k,
        max(free, shop.warm_up_s),
        min(place.inside_until_s, shop.horizon_s),
    )
    return end
