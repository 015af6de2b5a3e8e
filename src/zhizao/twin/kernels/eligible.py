# mypy: disable-error-code="no-any-return"
"""Whether a special slot may take a lot: conditions of the step, of the slot, of people."""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.calendar import next_open, span_after
from zhizao.twin.kernels.codes import MIN_RUN, MUST_FIT, SEQUENCED, SETUP_CREW
from zhizao.twin.kernels.dispatch import (
    crew_is_there,
    family_setup,
    free_operator,
    give_back_crew,
    take_crew,
)
from zhizao.twin.kernels.events import SLOT_WAKES, add_event
from zhizao.twin.kernels.flow import option_speed, work_needed
from zhizao.twin.kernels.relief import staying_setter, take_staying_crew
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def may_take(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> bool:
    """Return whether a slot may take a waiting lot at ``t``, operators and tools included."""
    one = shop.lots[index(lot)]
    place = shop.slots[index(slot)]
    step = floor.steps[index(one.row)]
    r = floor.resources[index(place.resource)]
    if step.same_position >= 0:
        before = shop.done_by[index(lot), index(step.same_position)]
        if before >= 0 and before != place.resource:
            return False
    if r.special & SEQUENCED and lot < shop.planned.shape[0]:
        planned = shop.planned[index(lot), index(step.number_index)]
        if planned >= 0 and planned != place.resource:
            return False
    if r.special & MIN_RUN and place.run_left > 0 and place.family != one.family:
        return False
    setup = 0.0
    if one.spent_s <= 0.0:
        setup = family_setup(floor, place.resource, place.family, one.family)
    if step.interruption == MUST_FIT and not fits(floor, shop, slot, lot, t, setup):
        return False
    if step.crew_interruption == MUST_FIT and floor.operators.size > 0:
        return staying_crew_is_there(floor, shop, slot, lot, t, setup)
    if r.special & SETUP_CREW and setup > 0.0:
        return both_crews_are_there(floor, shop, one.row, r.setup_skill, t)
    return crew_is_there(floor, shop, one.row, t)


@part_kernel
def fits(floor: Floor, shop: Shop, slot: int, lot: int, t: float, setup: float) -> bool:
    """Return whether a lot ends before the slot closes; if not, see that the slot wakes then.

    What is longer than every open span of the calendar fits nowhere, and is
    interrupted instead.
    """
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    t += way_to(floor, shop, lot, place.resource)
    total = work_ahead(floor, shop, slot, lot, setup)
    if total > floor.calendars[index(r.calendar)].longest_s:
        return True
    i = span_after(floor.calendars, floor.spans, r.calendar, t)
    if i == floor.calendars[index(r.calendar)].span_end or t + total <= floor.spans[index(i)].end:
        return True
    if place.wakes == 0:
        place.wakes = 1
        at = next_open(floor.calendars, floor.spans, r.calendar, floor.spans[index(i)].end)
        add_event(shop, at, SLOT_WAKES, slot)
    return False


@part_kernel
def work_ahead(floor: Floor, shop: Shop, slot: int, lot: int, setup: float) -> float:
    """Return the seconds of work of a slot with a lot, its setup included."""
    one = shop.lots[index(lot)]
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    speed = option_speed(floor, one.row, shop.slots[index(slot)].resource)
    total = setup + r.unload_s + work_needed(floor, shop, lot, speed, one.good)
    if one.spent_s <= 0.0:
        total += r.load_s
    return total


@part_kernel
def take_people(
    floor: Floor, shop: Shop, slot: int, lot: int, place: int, t: float, setup: float
) -> int:
    """Take the operators of a lot's step who stay to its end; return who sets up for it.

    -1 if one of them is missing, when nobody is taken; 0 if nobody is needed for the setup, else
    the operator's number + 1, who is not taken yet.
    """
    row = shop.lots[index(lot)].row
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    begin = t + way_to(floor, shop, lot, shop.slots[index(slot)].resource)
    total = work_ahead(floor, shop, slot, lot, setup)
    if not take_staying_crew(floor, shop, slot, row, place, t, begin, total):
        return -1
    if r.special & SETUP_CREW == 0 or setup <= 0.0:
        return 0
    setter = staying_setter(floor, shop, slot, row, t, begin, setup)
    if setter < 0:
        give_back_crew(
            shop, place, floor.steps[index(row)].skill_end - floor.steps[index(row)].skill_first
        )
    return setter + 1 if setter >= 0 else -1


@part_kernel
def staying_crew_is_there(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, setup: float
) -> bool:
    """Return whether the operators of a lot's step and of its setup are there to its end."""
    spare = shop.lot_operator.shape[0] - 1
    found = take_people(floor, shop, slot, lot, spare, t, setup) >= 0
    if found:
        give_back_crew(shop, spare, shop.lot_operator.shape[1])
    return found


@part_kernel
def way_to(floor: Floor, shop: Shop, lot: int, r: int) -> float:
    """Return the seconds of transport of a lot to a resource that takes it, if it is not there."""
    one = shop.lots[index(lot)]
    if floor.steps[index(one.row)].centre >= 0 or one.centre < 0:
        return 0.0
    return floor.transport_s[index(one.centre), index(floor.resources[index(r)].centre)]


@part_kernel
def both_crews_are_there(floor: Floor, shop: Shop, row: int, skill: int, t: float) -> bool:
    """Return whether the operators of a step and one more for its setup are there."""
    n = floor.steps[index(row)].skill_end - floor.steps[index(row)].skill_first
    spare = shop.lot_operator.shape[0] - 1
    if not take_crew(floor, shop, row, spare, t):
        return False
    found = free_operator(floor, shop, skill, t)
    give_back_crew(shop, spare, n)
    return found >= 0
