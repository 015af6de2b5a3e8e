# mypy: disable-error-code="no-any-return"
"""Slots that do more than take one lot and work on it: compiled apart from the fast way.

A resource with any bit of ``special`` starts its lots here (and chooses them in
``choice``); all others do not pay for it.
"""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.beside import enter_beside
from zhizao.twin.kernels.buffers import leave_buffer
from zhizao.twin.kernels.calendar import open_between, work_end
from zhizao.twin.kernels.codes import (
    CREWED,
    FETCHES,
    HOOK_BUFFER,
    METER_BUSY,
    METER_SETUP,
    METERED,
    MIN_RUN,
    MUST_FIT,
    ROW_RUN,
    ROW_SETUP,
    SETS_UP_BESIDE,
    SETUP_CREW,
    SHORT_STOPS,
    STREAMS,
    TAKEN,
    WORKS_OVERTIME,
    ZERO,
)
from zhizao.twin.kernels.dispatch import family_setup, free_operator, leave_queue, take_crew
from zhizao.twin.kernels.eligible import take_people, way_to
from zhizao.twin.kernels.events import LOT_ENDS, SLOT_ENDS, add_event
from zhizao.twin.kernels.flow import count_violation, option_speed, work_left
from zhizao.twin.kernels.lot_draws import visit_number
from zhizao.twin.kernels.meter import book_work, meter_work
from zhizao.twin.kernels.repairs import run_crewed
from zhizao.twin.kernels.short_stops import time_of_stops
from zhizao.twin.kernels.streaming import stream_through
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.upkeep import attend
from zhizao.twin.kernels.work import add_trace_row, next_workable, set_up, work_through


@part_kernel
def start_special(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> None:
    """Start a chosen lot and its mates on a special slot."""
    one = shop.lots[index(lot)]
    place = shop.slots[index(slot)]
    q = floor.steps[index(one.row)].queue
    member = lot
    while member >= 0:
        leave_queue(shop, q, member)
        if floor.steps[index(one.row)].batch_max > 0.0:
            shop.queues[index(q)].pieces -= shop.lots[index(member)].good
        if floor.steps[index(one.row)].hook & HOOK_BUFFER:
            leave_buffer(floor, shop, member)
        member = shop.lots[index(member)].mate
    if shop.queues[index(q)].head < 0:
        shop.queues[index(q)].pieces = 0.0
    setup = 0.0
    r = floor.resources[index(place.resource)]
    if one.spent_s <= 0.0:
        setup = family_setup(floor, place.resource, place.family, one.family)
    if floor.steps[index(one.row)].crew_interruption == MUST_FIT and floor.operators.size > 0:
        place.attendant = take_people(floor, shop, slot, lot, lot, t, setup) - 1
    else:
        take_crew(floor, shop, one.row, lot, t)
        if r.special & SETUP_CREW and setup > 0.0:
            place.attendant = free_operator(floor, shop, r.setup_skill, t)
    if r.special & MIN_RUN:
        if place.family != one.family:
            n = floor.n_columns
            row = floor.family_column[index(place.family + 1)]
            column = floor.family_column[index(one.family + 1)]
            place.run_left = int(floor.numbers[index(r.min_run_first + n * row + column)])
        place.run_left = max(0, place.run_left - 1)
    if r.special & FETCHES and floor.steps[index(one.row)].centre < 0:
        t = when_brought(floor, shop, slot, lot, t)
        if t > shop.horizon_s:
            place.lot = lot
            return
    note_start(floor, shop, slot, lot, t)
    run_special(floor, shop, slot, lot, t, t, setup)


@part_kernel
def when_brought(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> float:
    """Return when a slot can begin with a lot and its mates that are brought to it from ``t`` on.

    The slot waits for them, and for the end of its pause or repair then.
    """
    r = shop.slots[index(slot)].resource
    at = t
    member = lot
    while member >= 0:
        at = max(at, t + way_to(floor, shop, member, r))
        member = shop.lots[index(member)].mate
    if at > t:
        at = next_workable(floor, shop, slot, at, floor.resources[index(r)].calendar)
    return at


@part_kernel
def note_start(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> None:
    """Note what later steps and sequences must know of the lots that begin on a slot."""
    r = shop.slots[index(slot)].resource
    while lot >= 0:
        one = shop.lots[index(lot)]
        step = floor.steps[index(one.row)]
        if step.is_limited == 1:
            count_violation(floor, shop, lot, t)
        if shop.done_by.shape[0] > 1:
            shop.done_by[
                index(lot), index(one.row - floor.variants[index(one.variant)].row_first)
            ] = r
        if lot < shop.planned.shape[0]:
            shop.planned[index(lot), index(step.number_index)] = -1
        lot = one.mate


@part_kernel
def run_special(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, since: float, setup: float
) -> None:
    """Let a slot work on a lot and its mates: loading, working, unloading.

    A lot that was worked on before the start has been loaded.
    """
    one = shop.lots[index(lot)]
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    if r.special & CREWED:
        run_crewed(floor, shop, slot, lot, t, since, setup)
        return
    step = floor.steps[index(one.row)]
    speed = option_speed(floor, one.row, place.resource)
    place.lot = lot
    place.family = one.family
    place.lots_done += 1
    pieces = 0.0
    member = lot
    while member >= 0:
        pieces += shop.lots[index(member)].good
        shop.lots[index(member)].centre = r.centre
        member = shop.lots[index(member)].mate
    k = r.calendar
    if step.interruption == WORKS_OVERTIME:
        k = ZERO
    interval = step.interval_s / speed
    if r.special & SETS_UP_BESIDE and interval > 0.0:
        load = 0.0
        if one.spent_s <= 0.0:
            load = r.load_s
        entered = max(0.0, interval - one.spent_s)
        work = r.unload_s + load + work_left(floor, shop, lot, speed, pieces)
        enter_beside(floor, shop, slot, lot, t, setup, entered, work)
        return
    if place.inside_until_s > t and (setup > 0.0 or interval <= 0.0):
        t = place.inside_until_s
        since = t
    begin = since
    place.worked_s += setup
    if setup > 0.0:
        t = set_up(floor, shop, slot, t, setup, k)
        if r.special & METERED:
            book_work(floor, shop, slot, lot, METER_SETUP)
        if place.attendant >= 0:
            attend(shop, slot, place.attendant, t)
        if shop.trace.size > 0:
            visit = visit_number(floor, shop, lot)
            add_trace_row(shop, ROW_SETUP, lot, slot, visit, since, t)
            if t <= shop.horizon_s:
                begin = next_workable(floor, shop, slot, t, k)
    if t > shop.horizon_s:
        return
    load = 0.0
    if one.spent_s <= 0.0:
        load = r.load_s
    work = r.unload_s + load
    entered = interval - one.spent_s
    own = work_left(floor, shop, lot, speed, pieces)
    if r.special & SHORT_STOPS:
        own += time_of_stops(floor, shop, slot, own)
    work += own
    if interval > 0.0 and entered < work:
        end = enter_and_pass(floor, shop, slot, t, max(0.0, entered), work)
        add_event(shop, end, LOT_ENDS, lot)
    else:
        place.worked_s += work
        if r.special & STREAMS and one.mate < 0:
            end = stream_through(floor, shop, slot, lot, t, load, work - load, k)
        else:
            end = work_through(floor, shop, slot, t, work, k)
            add_event(shop, end, SLOT_ENDS, slot)
        if place.inside_until_s > t:
            count_once(floor, shop, slot, t, min(end, place.inside_until_s))
    if r.special & METERED:
        book_work(floor, shop, slot, lot, METER_BUSY)
    if shop.trace.size > 0 and begin <= shop.horizon_s:
        member = lot
        while member >= 0:
            visit = visit_number(floor, shop, member)
            shop.lots[index(member)].trace_row = add_trace_row(
                shop, ROW_RUN, member, slot, visit, begin, end
            )
            member = shop.lots[index(member)].mate


@part_kernel
def count_once(floor: Floor, shop: Shop, slot: int, a: float, b: float) -> None:
    """Take open time from ``a`` to ``b``, which is counted twice, off a slot's busy time."""
    k = floor.resources[index(shop.slots[index(slot)].resource)].calendar
    shop.slots[index(slot)].busy_s -= open_between(
        floor.calendars, floor.spans, k, max(a, shop.warm_up_s), min(b, shop.horizon_s)
    )
    if floor.meter.size > 0:
        meter_work(floor, shop, slot, k, a, b, -1.0)


@part_kernel
def enter_and_pass(
    floor: Floor, shop: Shop, slot: int, t: float, interval: float, work: float
) -> float:
    """Take a cascading slot for ``interval`` seconds; return when the lot leaves it.

    Closings and breakdowns stop the entering. What is inside goes on in open
    time, also through breakdowns. The slot is busy while a lot is in it.
    """
    place = shop.slots[index(slot)]
    k = floor.resources[index(place.resource)].calendar
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
    if floor.meter.size > 0:
        meter_work(floor, shop, slot, k, free, place.inside_until_s, 1.0)
    return end
