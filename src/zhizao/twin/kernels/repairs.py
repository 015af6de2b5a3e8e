# mypy: disable-error-code="no-any-return"
"""Repairs that wait for an operator: slots whose work is done stretch by stretch.

How long a repair takes is not known when an operation begins, since it waits
for a crew. So a slot whose resource has a ``repair_skill`` gets events for
its breakdowns and repairs, and its work goes on from one to the next; so does
one whose work pauses when its operators go home (see ``relief``), at which
repairs may need nobody. Broken
slots wait first come, first served, ahead of operations and setups. Whoever
attends to the slot, or to the lot on it, and has the skill, repairs at once.
"""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.calendar import next_open, open_between, work_end
from zhizao.twin.kernels.codes import (
    AT_WORK,
    CREW_FREED,
    CREWED,
    FAILS_ALWAYS,
    FAILS_NEVER,
    FAILS_WHILE_BUSY,
    IN_SETUP,
    METER_BUSY,
    METER_SETUP,
    METERED,
    N_BROKEN,
    N_WOKEN,
    NONE,
    ROW_RUN,
    ROW_SETUP,
    SHORT_STOPS,
    WORKS_OVERTIME,
    ZERO,
)
from zhizao.twin.kernels.dispatch import free_operator
from zhizao.twin.kernels.draws import REPAIR, uniform
from zhizao.twin.kernels.events import (
    CREW_LEAVES,
    REPAIR_ENDS,
    SETUP_ENDS,
    SLOT_BREAKS,
    SLOT_ENDS,
    add_event,
)
from zhizao.twin.kernels.flow import option_speed, work_left
from zhizao.twin.kernels.lot_draws import visit_number
from zhizao.twin.kernels.meter import book_work, meter_work
from zhizao.twin.kernels.outages import note_outage
from zhizao.twin.kernels.relief import stays
from zhizao.twin.kernels.shapes import rest_of
from zhizao.twin.kernels.short_stops import time_of_stops
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.upkeep import free_attendant, wake_with_crew
from zhizao.twin.kernels.work import add_trace_row, repair_time, time_to_failure


@part_kernel
def first_breakdowns(floor: Floor, shop: Shop) -> None:
    """Draw the first breakdown of every slot that a crew repairs."""
    for i in range(shop.slots.size):
        slot = shop.slots[index(i)]
        r = floor.resources[index(slot.resource)]
        if r.special & CREWED and slot.is_down == 0:
            expect_breakdown(floor, shop, i, 0.0)


@part_kernel
def first_repairs(floor: Floor, shop: Shop) -> None:
    """Let the repairs go on that were going on before the start.

    What is left of each is drawn on the condition that it has lasted so long.
    """
    for i in range(shop.slots.size):
        slot = shop.slots[index(i)]
        if slot.repair_spent_s < 0.0:
            continue
        r = floor.resources[index(slot.resource)]
        s = uniform(shop.key, r.key, slot.place, slot.failures, REPAIR)
        rest = rest_of(
            floor.shapes, floor.numbers, r.repair_shape, r.mttr_s, slot.repair_spent_s, s
        )
        if r.fails == FAILS_ALWAYS:
            slot.down_start_s = 0.0
            slot.down_end_s = rest
            continue
        slot.is_down = 1
        slot.down_since_s = 0.0
        add_event(shop, rest, REPAIR_ENDS, i)
        if r.special & CREWED == 0:
            note_outage(floor, shop, i, rest)
            slot.down_until_s = rest
            slot.failures += 1
            slot.to_failure_s = time_to_failure(floor, shop, i)


@part_kernel
def expect_breakdown(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """Draw when a slot that works from ``t`` on, or may, breaks down next."""
    place = shop.slots[index(slot)]
    fails = floor.resources[index(place.resource)].crew_fails
    if fails == FAILS_WHILE_BUSY:
        place.to_failure_s = time_to_failure(floor, shop, slot)
    elif fails != FAILS_NEVER:
        place.down_start_s = t + time_to_failure(floor, shop, slot)
        if place.down_start_s <= shop.horizon_s:
            add_event(shop, place.down_start_s, SLOT_BREAKS, slot)


@part_kernel
def work_calendar(floor: Floor, shop: Shop, slot: int) -> int:
    """Return the calendar in which a slot does the step of its lot."""
    place = shop.slots[index(slot)]
    step = floor.steps[index(shop.lots[index(place.lot)].row)]
    if step.interruption == WORKS_OVERTIME:
        return ZERO
    return floor.resources[index(place.resource)].calendar


@part_kernel
def run_crewed(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, since: float, setup: float
) -> None:
    """Let a slot work on a lot and its mates from ``t`` on; ``since`` is when that began."""
    one = shop.lots[index(lot)]
    place = shop.slots[index(slot)]
    place.lot = lot
    place.family = one.family
    place.lots_done += 1
    place.leave_s = math.inf
    member = lot
    while member >= 0:
        shop.lots[index(member)].centre = floor.resources[index(place.resource)].centre
        member = shop.lots[index(member)].mate
    if setup > 0.0:
        place.phase = IN_SETUP
        place.left_s = setup
        place.phase_since_s = since
        place.worked_s += setup
        if place.attendant >= 0:
            shop.operator_free[index(place.attendant)] -= 1
    else:
        begin_run(floor, shop, slot, since)
    if place.is_down == 0:
        go_on(floor, shop, slot, t)


@part_kernel
def begin_run(floor: Floor, shop: Shop, slot: int, since: float) -> None:
    """Set how much work a slot has with its lot and the mates; begin their rows of the trace."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    lot = place.lot
    work = r.unload_s
    if shop.lots[index(lot)].spent_s <= 0.0:
        work += r.load_s
    pieces = 0.0
    member = lot
    while member >= 0:
        pieces += shop.lots[index(member)].good
        member = shop.lots[index(member)].mate
    speed = option_speed(floor, shop.lots[index(lot)].row, place.resource)
    own = work_left(floor, shop, lot, speed, pieces)
    if r.special & SHORT_STOPS:
        own += time_of_stops(floor, shop, slot, own)
    work += own
    place.phase = AT_WORK
    place.left_s = work
    place.worked_s += work
    if shop.trace.size > 0 and since <= shop.horizon_s:
        member = lot
        while member >= 0:
            visit = visit_number(floor, shop, member)
            row = add_trace_row(shop, ROW_RUN, member, slot, visit, since, math.inf)
            shop.lots[index(member)].trace_row = row
            member = shop.lots[index(member)].mate


@part_kernel
def go_on(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """Let a slot work from ``t`` until its work is done, it breaks down or its people go home."""
    if not stays(floor, shop, slot, t):
        return
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    k = work_calendar(floor, shop, slot)
    place.stretch_s = t
    stretch = place.left_s
    if r.crew_fails == FAILS_WHILE_BUSY:
        stretch = min(stretch, place.to_failure_s)
    finish = work_end(floor.calendars, floor.spans, k, t, stretch)
    stop = min(finish, place.leave_s)
    kind = SETUP_ENDS if place.phase == IN_SETUP else SLOT_ENDS
    if r.crew_fails == FAILS_ALWAYS and place.down_start_s < stop:
        stop = place.down_start_s
    else:
        if place.leave_s < finish:
            kind = CREW_LEAVES
            stretch = min(stretch, open_between(floor.calendars, floor.spans, k, t, stop))
            place.stretch_s = stop
        elif stretch < place.left_s:
            kind = SLOT_BREAKS
        if r.crew_fails == FAILS_WHILE_BUSY:
            place.to_failure_s -= stretch
        place.left_s -= stretch
        add_event(shop, stop, kind, slot)
    place.busy_s += open_between(
        floor.calendars, floor.spans, k, max(t, shop.warm_up_s), min(stop, shop.horizon_s)
    )
    if r.special & METERED:
        meter_work(floor, shop, slot, k, t, stop, 1.0)
        book_work(
            floor, shop, slot, place.lot, METER_SETUP if place.phase == IN_SETUP else METER_BUSY
        )


@part_kernel
def end_setup(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """End a slot's setup at ``t``, and begin the work."""
    place = shop.slots[index(slot)]
    if place.attendant >= 0:
        free_attendant(shop, slot)
    k = work_calendar(floor, shop, slot)
    if shop.trace.size > 0:
        visit = visit_number(floor, shop, place.lot)
        add_trace_row(shop, ROW_SETUP, place.lot, slot, visit, place.phase_since_s, t)
    begin_run(floor, shop, slot, next_open(floor.calendars, floor.spans, k, t))
    go_on(floor, shop, slot, t)


@part_kernel
def break_down(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """Let a slot break down at ``t``: its work stops, and it waits for a crew."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    place.is_down = 1
    place.down_since_s = t
    works = place.lot >= 0 and place.is_paused == 0
    if works and place.leave_s < math.inf:
        add_event(shop, place.leave_s, CREW_LEAVES, slot)
    if r.crew_fails == FAILS_ALWAYS and works and place.left_s > 0.0:
        k = work_calendar(floor, shop, slot)
        done = open_between(floor.calendars, floor.spans, k, place.stretch_s, t)
        place.left_s = max(0.0, place.left_s - done)
    shop.broken[index(shop.counters[N_BROKEN])] = slot
    shop.counters[N_BROKEN] += 1


@part_kernel
def is_at_hand(floor: Floor, shop: Shop, slot: int, skill: int) -> bool:
    """Return whether an operator who attends to a slot, or to its lot, has a skill."""
    place = shop.slots[index(slot)]
    for j in range(
        floor.skills[index(skill)].operator_first, floor.skills[index(skill)].operator_end
    ):
        operator = floor.lists[index(j)]
        if place.attendant == operator:
            return True
        if place.lot >= 0 and place.lot < shop.lot_operator.shape[0] - 1:
            for i in range(shop.lot_operator.shape[1]):
                if shop.lot_operator[index(place.lot), index(i)] == operator:
                    return True
    return False


@part_kernel
def start_repairs(floor: Floor, shop: Shop, t: float) -> None:
    """Begin the repairs for which there is an operator, in the order of the breakdowns."""
    n = 0
    for i in range(shop.counters[N_BROKEN]):
        slot = shop.broken[index(i)]
        place = shop.slots[index(slot)]
        skill = floor.resources[index(place.resource)].repair_skill
        place.repairer = NONE
        begins = skill < 0 or is_at_hand(floor, shop, slot, skill)
        if not begins:
            place.repairer = free_operator(floor, shop, skill, t)
            begins = place.repairer >= 0
        if begins:
            if place.repairer >= 0:
                shop.operator_free[index(place.repairer)] -= 1
            add_event(shop, t + repair_time(floor, shop, slot), REPAIR_ENDS, slot)
        else:
            shop.broken[index(n)] = slot
            n += 1
    shop.counters[N_BROKEN] = n
    if n > 0:
        wake_with_crew(floor, shop, t)


@part_kernel
def end_repair(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """End the repair of a slot at ``t``; its work goes on, or it looks for some."""
    place = shop.slots[index(slot)]
    if floor.resources[index(place.resource)].special & CREWED == 0:
        place.is_down = 0
        if place.lot == -1:
            shop.woken[index(shop.counters[N_WOKEN])] = slot
            shop.counters[N_WOKEN] += 1
        return
    if place.repairer >= 0:
        shop.operator_free[index(place.repairer)] += 1
        place.repairer = NONE
        shop.counters[CREW_FREED] = 1
    note_outage(floor, shop, slot, t)
    place.is_down = 0
    place.failures += 1
    expect_breakdown(floor, shop, slot, t)
    if place.lot >= 0:
        if place.is_paused == 0:
            go_on(floor, shop, slot, t)
    elif place.lot == -1:
        shop.woken[index(shop.counters[N_WOKEN])] = slot
        shop.counters[N_WOKEN] += 1
