# mypy: disable-error-code="no-any-return"
"""Slots that do more than take one lot and work on it: compiled apart from the fast way.

A resource with any bit of ``special`` chooses and starts here; all others do
not pay for it.
"""

import math

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.batches import is_ready
from zhizao.twin.kernels.calendar import open_between, work_end
from zhizao.twin.kernels.dispatch import family_setup, free_operator, leave_queue, take_crew
from zhizao.twin.kernels.eligible import may_take
from zhizao.twin.kernels.flow import (
    LOT_ENDS,
    SLOT_ENDS,
    add_event,
    count_violation,
    option_speed,
    visit_number,
    work_left,
)
from zhizao.twin.kernels.rules import queue_means, rule_rank
from zhizao.twin.kernels.tables import (
    FIFO,
    MAINTAINED,
    MIN_RUN,
    ROW_RUN,
    ROW_SETUP,
    RULED,
    SEQUENCED,
    SETUP_CREW,
    TAKEN,
    WORKS_OVERTIME,
    ZERO,
    Floor,
    Shop,
)
from zhizao.twin.kernels.upkeep import attend, due_maintenance, maintain
from zhizao.twin.kernels.work import add_trace_row, next_workable, set_up, work_through


@kernel
def choose_special(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the waiting lot that a special slot takes, its mates linked; -1 if none."""
    place = shop.slots[slot]
    r = floor.resources[place.resource]
    if r.special & MAINTAINED:
        due = due_maintenance(floor, shop, slot, t)
        if due >= 0:
            maintain(floor, shop, slot, due, t)
            return -1
    mean_time = 0.0
    mean_setup = 0.0
    if r.special & RULED:
        mean_time, mean_setup = queue_means(floor, shop, slot)
    if r.special & SEQUENCED and shop.sequence_next[place.resource] < r.sequence_end:
        return next_of_sequence(floor, shop, slot, t)
    found = -1
    while True:
        best = first_lot(floor, shop, slot, t, mean_time, mean_setup)
        if best < 0:
            break
        q = floor.steps[shop.lots[best].row].queue
        if gather_mates(floor, shop, slot, best, t, mean_time, mean_setup):
            found = best
            break
        shop.queues[q].rejected = 1
    for i in range(r.queue_first, r.queue_end):
        shop.queues[floor.lists[i]].rejected = 0
    return found


@kernel
def first_lot(
    floor: Floor, shop: Shop, slot: int, t: float, mean_time: float, mean_setup: float
) -> int:
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
            if may_take(floor, shop, slot, lot, t):
                value = rule_rank(floor, shop, slot, lot, t, mean_time, mean_setup)
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
def gather_mates(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, mean_time: float, mean_setup: float
) -> bool:
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
    last_rank = rule_rank(floor, shop, slot, lot, t, mean_time, mean_setup)
    tail = lot
    is_full = pieces >= step.batch_max
    while pieces < step.batch_max:
        best = -1
        best_rank = math.inf
        best_joined = math.inf
        other = shop.queues[step.queue].head
        while other >= 0:
            joined = shop.lots[other].joined_s
            value = rule_rank(floor, shop, slot, other, t, mean_time, mean_setup)
            if goes_before(
                last_rank, shop.lots[last].joined_s, last, value, joined, other
            ) and goes_with(floor, shop, slot, lot, other):
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
def goes_with(floor: Floor, shop: Shop, slot: int, lot: int, other: int) -> bool:
    """Return whether a lot may be in the batch of another: same setup, no other resource."""
    r = shop.slots[slot].resource
    if shop.lots[other].family != shop.lots[lot].family and floor.resources[r].setup_first >= 0:
        return False
    step = floor.steps[shop.lots[other].row]
    if step.same_position >= 0:
        before = shop.done_by[other, step.same_position]
        if before >= 0 and before != r:
            return False
    if floor.resources[r].special & SEQUENCED and other < shop.planned.shape[0]:
        planned = shop.planned[other, step.number_index]
        return planned < 0 or planned == r
    return True


@kernel
def next_of_sequence(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the next lot of a resource's sequence if it is there and can begin; else -1.

    Entries are passed over whose lot has left the plant or is past the step.
    """
    place = shop.slots[slot]
    r = floor.resources[place.resource]
    while shop.sequence_next[place.resource] < r.sequence_end:
        entry = floor.sequences[shop.sequence_next[place.resource]]
        one = shop.lots[entry.lot]
        is_past = one.left_s == one.left_s
        if not is_past and one.row >= 0:
            is_past = floor.steps[one.row].number > entry.number
        if is_past:
            shop.sequence_next[place.resource] += 1
            continue
        if one.waits == 1 and floor.steps[one.row].number == entry.number:
            if may_take(floor, shop, slot, entry.lot, t):
                shop.sequence_next[place.resource] += 1
                return entry.lot
        return -1
    return -1


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
    r = floor.resources[place.resource]
    if one.spent_s <= 0.0:
        setup = family_setup(floor, place.resource, place.family, one.family)
    if r.special & MIN_RUN:
        if place.family != one.family:
            n = floor.n_columns
            row = floor.family_column[place.family + 1]
            column = floor.family_column[one.family + 1]
            place.run_left = int(floor.numbers[r.min_run_first + n * row + column])
        place.run_left = max(0, place.run_left - 1)
    if r.special & SETUP_CREW and setup > 0.0:
        shop.slots[slot].attendant = free_operator(floor, shop, r.setup_skill, t)
    note_start(floor, shop, slot, lot, t)
    run_special(floor, shop, slot, lot, t, t, setup)


@kernel
def note_start(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> None:
    """Note what later steps and sequences must know of the lots that begin on a slot."""
    r = shop.slots[slot].resource
    while lot >= 0:
        one = shop.lots[lot]
        step = floor.steps[one.row]
        if step.is_limited == 1:
            count_violation(floor, shop, lot, t)
        if shop.done_by.shape[0] > 1:
            shop.done_by[lot, one.row - floor.variants[one.variant].row_first] = r
        if lot < shop.planned.shape[0]:
            shop.planned[lot, step.number_index] = -1
        lot = one.mate


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
    k = r.calendar
    if step.interruption == WORKS_OVERTIME:
        k = ZERO
    interval = step.interval_s / speed
    if place.inside_until_s > t and (setup > 0.0 or interval <= 0.0):
        t = place.inside_until_s
        since = t
    begin = since
    place.worked_s += setup
    if setup > 0.0:
        t = set_up(floor, shop, slot, t, setup, k)
        if place.attendant >= 0:
            attend(shop, slot, place.attendant, t)
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
        end = work_through(floor, shop, slot, t, work, k)
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
    free = work_through(floor, shop, slot, t, interval, k)
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
