# mypy: disable-error-code="no-any-return"
"""Operators who go home: work that pauses at the end of a shift, or does not begin before it.

Work that pauses keeps its resource and its tools; its people are free. It goes on
when its resource is open and operators with all its skills are on shift and free,
the same ones or others: first come, first served, after repairs and ahead of all
that has not begun. Whoever sets the resource up counts like the step's operators
as long as the setup lasts.
"""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.calendar import next_open, span_after, work_end
from zhizao.twin.kernels.codes import (
    CREW_FREED,
    IN_SETUP,
    N_PAUSED,
    NONE,
    RESUMES,
    SETUP_CREW,
    WORKS_OVERTIME,
    ZERO,
)
from zhizao.twin.kernels.dispatch import free_operator, give_back_crew
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def shift_end(floor: Floor, operator: int, t: float) -> float:
    """Return when the shift of an operator ends; ``t`` if there is none at ``t``."""
    k = floor.operators[index(operator)].calendar
    i = span_after(floor.calendars, floor.spans, k, t)
    if i == floor.calendars[index(k)].span_end or floor.spans[index(i)].start > t:
        return t
    return floor.spans[index(i)].end


@part_kernel
def first_leave(floor: Floor, shop: Shop, slot: int, t: float) -> float:
    """Return when the first of the people at a slot goes home; ``t`` if one is not there."""
    place = shop.slots[index(slot)]
    step = floor.steps[index(shop.lots[index(place.lot)].row)]
    at = math.inf
    for i in range(step.skill_end - step.skill_first):
        operator = shop.lot_operator[index(place.lot), index(i)]
        if operator < 0:
            return t
        at = min(at, shift_end(floor, operator, t))
    if place.phase == IN_SETUP and floor.resources[index(place.resource)].special & SETUP_CREW:
        if place.attendant < 0:
            return t
        at = min(at, shift_end(floor, place.attendant, t))
    return at


@part_kernel
def stays(floor: Floor, shop: Shop, slot: int, t: float) -> bool:
    """Return whether the people of a slot's lot are there; if not, let it pause."""
    place = shop.slots[index(slot)]
    place.leave_s = math.inf
    step = floor.steps[index(shop.lots[index(place.lot)].row)]
    if step.crew_interruption != RESUMES:
        return True
    place.leave_s = first_leave(floor, shop, slot, t)
    if place.leave_s > t:
        return True
    pause(floor, shop, slot)
    return False


@part_kernel
def pause(floor: Floor, shop: Shop, slot: int) -> None:
    """Let the work on a slot pause; its people are free, its tools are not."""
    place = shop.slots[index(slot)]
    let_people_go(floor, shop, slot)
    place.is_paused = 1
    shop.paused[index(shop.counters[N_PAUSED])] = slot
    shop.counters[N_PAUSED] += 1
    shop.counters[CREW_FREED] = 1


@part_kernel
def let_people_go(floor: Floor, shop: Shop, slot: int) -> None:
    """Set the people at a slot free."""
    place = shop.slots[index(slot)]
    step = floor.steps[index(shop.lots[index(place.lot)].row)]
    for i in range(step.skill_end - step.skill_first):
        operator = shop.lot_operator[index(place.lot), index(i)]
        if operator >= 0 and floor.operators[index(operator)].is_tool == 0:
            shop.operator_free[index(operator)] += 1
            shop.lot_operator[index(place.lot), index(i)] = NONE
    if place.attendant >= 0:
        shop.operator_free[index(place.attendant)] += 1
        place.attendant = NONE


@part_kernel
def people_come(floor: Floor, shop: Shop, slot: int, t: float) -> bool:
    """Take operators for all that is missing at a paused slot; nobody if one is missing."""
    place = shop.slots[index(slot)]
    step = floor.steps[index(shop.lots[index(place.lot)].row)]
    r = floor.resources[index(place.resource)]
    for i in range(step.skill_first, step.skill_end):
        if shop.lot_operator[index(place.lot), index(i - step.skill_first)] < 0:
            operator = free_operator(floor, shop, floor.lists[index(i)], t)
            if operator < 0:
                let_people_go(floor, shop, slot)
                return False
            shop.operator_free[index(operator)] -= 1
            shop.lot_operator[index(place.lot), index(i - step.skill_first)] = operator
    if place.phase == IN_SETUP and r.special & SETUP_CREW:
        operator = free_operator(floor, shop, r.setup_skill, t)
        if operator < 0:
            let_people_go(floor, shop, slot)
            return False
        shop.operator_free[index(operator)] -= 1
        place.attendant = operator
    return True


@part_kernel
def staying_operator(
    floor: Floor, shop: Shop, skill: int, t: float, end: float, total: float, k: int
) -> int:
    """Return who has a skill, is free and on shift until ``end``; -1 if nobody.

    ``total`` seconds of open time of calendar ``k`` that fit into no shift of a person
    may begin in any of them.
    """
    for j in range(
        floor.skills[index(skill)].operator_first, floor.skills[index(skill)].operator_end
    ):
        operator = floor.lists[index(j)]
        own = floor.operators[index(operator)].calendar
        if shop.operator_free[index(operator)] > 0:
            if next_open(floor.calendars, floor.spans, own, t) > t:
                continue
            fits = own == 0 or shift_end(floor, operator, t) >= end
            if fits or total > floor.together_s[index(own), index(k)]:
                return operator
    return -1


@part_kernel
def take_staying_crew(
    floor: Floor, shop: Shop, slot: int, row: int, place: int, t: float, begin: float, total: float
) -> bool:
    """Take one operator for each skill of a step who is there to its end; nobody if one is missing.

    ``place``: as for ``take_crew``; ``total``: seconds of work on the slot from ``begin`` on.
    """
    step = floor.steps[index(row)]
    k = calendar_at(floor, shop, slot, row)
    end = work_end(floor.calendars, floor.spans, k, begin, total)
    for i in range(step.skill_first, step.skill_end):
        operator = staying_operator(floor, shop, floor.lists[index(i)], t, end, total, k)
        if operator < 0:
            give_back_crew(shop, place, i - step.skill_first)
            return False
        shop.operator_free[index(operator)] -= 1
        shop.lot_operator[index(place), index(i - step.skill_first)] = operator
    return True


@part_kernel
def calendar_at(floor: Floor, shop: Shop, slot: int, row: int) -> int:
    """Return the calendar in which a slot does a step."""
    if floor.steps[index(row)].interruption == WORKS_OVERTIME:
        return ZERO
    return floor.resources[index(shop.slots[index(slot)].resource)].calendar


@part_kernel
def staying_setter(
    floor: Floor, shop: Shop, slot: int, row: int, t: float, begin: float, setup: float
) -> int:
    """Return who can set a slot up for a step before going home; -1 if nobody."""
    k = calendar_at(floor, shop, slot, row)
    skill = floor.resources[index(shop.slots[index(slot)].resource)].setup_skill
    end = work_end(floor.calendars, floor.spans, k, begin, setup)
    return staying_operator(floor, shop, skill, t, end, setup, k)
