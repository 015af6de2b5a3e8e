# mypy: disable-error-code="no-any-return, return-value"
"""A lot's way: into a step, into its queue, onto a slot, off it, out of the plant."""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.calendar import work_end
from zhizao.twin.kernels.cards import count_at, waits_for_card
from zhizao.twin.kernels.carrier_calls import calls_carrier
from zhizao.twin.kernels.codes import (
    ARRIVES,
    CREW_FREED,
    ENTERS,
    FREED_AT,
    HOOK_CARD,
    HOOK_CARRIED,
    HOOK_END,
    HOOK_ENTER,
    N_JOINED,
    N_OPERATIONS,
    N_VIOLATIONS,
    NONE,
    ROW_RUN,
    ROW_SETUP,
    STAYS,
)
from zhizao.twin.kernels.dispatch import (
    family_setup,
    give_back_crew,
    join_queue,
    leave_queue,
    looks_here,
    take_crew,
)
from zhizao.twin.kernels.draws import (
    DELAY,
    LOT_SCRAP,
    OPTIONAL,
    REWORK,
    SCRAP,
    pieces_lost,
)
from zhizao.twin.kernels.events import LOT_ENDS, LOT_JOINS, SLOT_ENDS, add_event
from zhizao.twin.kernels.lot_draws import draw, optional_draw, time_draw, visit_number
from zhizao.twin.kernels.shapes import factor_at, rest_of
from zhizao.twin.kernels.stock import asks_for_material, put_in_stock, put_outputs_in_stock
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.tally import leave_plant
from zhizao.twin.kernels.work import add_trace_row, next_workable, set_up, work_through


@part_kernel
def give_room(floor: Floor, shop: Shop, product: int, n: int) -> None:
    """Let ``n`` more lots of a product into the plant, under each cap that counts it."""
    for i in range(floor.caps.size):
        if floor.caps[index(i)].centre >= 0:
            continue
        if floor.caps[index(i)].product < 0 or floor.caps[index(i)].product == product:
            shop.room[index(i)] += n


@inner_kernel
def enter_row(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """Send a lot to the first step from its row on that it does, or out of the plant.

    Returns ARRIVES if it joins the queue at once.
    """
    one = shop.lots[index(lot)]
    end = floor.variants[index(one.variant)].row_end
    if one.row < end and floor.steps[index(one.row)].hook & HOOK_ENTER:
        skip_optional(floor, shop, lot, end)
    if one.row == end:
        one.completion_s = t
        if floor.items.size > 0 and floor.products[index(one.product)].store >= 0:
            put_in_stock(shop, floor.products[index(one.product)].store, one.good)
        leave_plant(shop, lot, t)
        if floor.caps.size > 0:
            give_room(floor, shop, one.product, 1)
            count_at(floor, shop, lot, NONE)
        return STAYS
    step = floor.steps[index(one.row)]
    if step.hook & HOOK_CARD and waits_for_card(floor, shop, lot):
        return STAYS
    at = t
    if one.centre >= 0 and step.centre >= 0:
        if step.hook & HOOK_CARRIED and calls_carrier(floor, shop, lot, t):
            return STAYS
        at += floor.transport_s[index(one.centre), index(step.centre)]
    if step.hook & HOOK_ENTER and step.delay_s > 0.0:
        at = end_of_delay(floor, shop, lot, at)
    if at > t:
        if one.last_batch_s > 0.0:
            one.last_batch_s += at - t
        add_event(shop, at, LOT_JOINS, lot)
        return STAYS
    if floor.needs.size > 0 and asks_for_material(floor, shop, lot, t):
        return STAYS
    one.joined_s = t
    return ARRIVES


@part_kernel
def skip_optional(floor: Floor, shop: Shop, lot: int, end: int) -> None:
    """Move a lot on to the next step that it does, or to the end."""
    one = shop.lots[index(lot)]
    while one.row < end and floor.steps[index(one.row)].probability < 1.0:
        if floor.steps[index(one.row)].is_tied == 0 and one.back_pass == 0:
            u = draw(floor, shop, lot, OPTIONAL)
        else:
            u = optional_draw(floor, shop, lot, one.row, visit_number(floor, shop, lot))
        if u < floor.steps[index(one.row)].probability:
            return
        shop.visits[index(lot), index(one.row - floor.variants[index(one.variant)].row_first)] += 1
        one.row += 1
        if floor.sequences.size > 0:
            shop.counters[CREW_FREED] = 1


@part_kernel
def end_of_delay(floor: Floor, shop: Shop, lot: int, t: float) -> float:
    """Return when a lot's delay before its step is over that begins at ``t``."""
    step = floor.steps[index(shop.lots[index(lot)].row)]
    s = draw(floor, shop, lot, DELAY)
    delay = step.delay_s * factor_at(floor.shapes, floor.numbers, step.delay_shape, s)
    return work_end(floor.calendars, floor.spans, step.delay_calendar, t, delay)


@inner_kernel
def arrive(floor: Floor, shop: Shop, lot: int, t: float) -> None:
    """Let a lot join its step's queue, or begin a step that needs nobody."""
    one = shop.lots[index(lot)]
    q = floor.steps[index(one.row)].queue
    one.family = floor.steps[index(one.row)].family
    if q >= 0:
        join_queue(shop, q, lot)
        shop.joined[index(shop.counters[N_JOINED])] = lot
        shop.counters[N_JOINED] += 1
        return
    if floor.steps[index(one.row)].is_limited == 1:
        count_violation(floor, shop, lot, t)
    end = t + work_left(floor, shop, lot, 1.0, one.good)
    add_event(shop, end, LOT_ENDS, lot)
    if shop.trace.size > 0:
        visit = visit_number(floor, shop, lot)
        one.trace_row = add_trace_row(shop, ROW_RUN, lot, NONE, visit, one.joined_s, end)


@part_kernel
def count_violation(floor: Floor, shop: Shop, lot: int, t: float) -> None:
    """Count a lot that begins its step after the limit that an earlier step set."""
    position = (
        shop.lots[index(lot)].row - floor.variants[index(shop.lots[index(lot)].variant)].row_first
    )
    if t > shop.limits[index(lot), index(position)] and t >= shop.warm_up_s:
        shop.counters[N_VIOLATIONS] += 1
    shop.limits[index(lot), index(position)] = math.inf


@inner_kernel
def work_left(floor: Floor, shop: Shop, lot: int, speed: float, pieces: float) -> float:
    """Return the seconds of work that ``pieces`` still need at a lot's step and a speed."""
    work = work_needed(floor, shop, lot, speed, pieces)
    shop.lots[index(lot)].spent_s = 0.0
    return work


@inner_kernel
def work_needed(floor: Floor, shop: Shop, lot: int, speed: float, pieces: float) -> float:
    """Return the same, without noting that the work begins."""
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    nominal = (step.setup_s + step.piece_s * pieces) / speed
    if step.time_shape == 0 and one.spent_s <= 0.0:
        return nominal
    s = time_draw(floor, shop, lot)
    return rest_of(floor.shapes, floor.numbers, step.time_shape, nominal, one.spent_s, s)


@inner_kernel
def option_speed(floor: Floor, row: int, r: int) -> float:
    """Return the effective speed of a resource at a step."""
    for i in range(floor.steps[index(row)].option_first, floor.steps[index(row)].option_end):
        if floor.options[index(i)].resource == r:
            return floor.options[index(i)].speed
    return floor.resources[index(r)].speed


@inner_kernel
def start_lot(floor: Floor, shop: Shop, slot: int, lot: int, t: float) -> None:
    """Start a waiting lot on an idle slot: operators, change of family, operation."""
    one = shop.lots[index(lot)]
    leave_queue(shop, floor.steps[index(one.row)].queue, lot)
    if floor.operators.size > 0:
        take_crew(floor, shop, one.row, lot, t)
    setup = 0.0
    if one.spent_s <= 0.0:
        place = shop.slots[index(slot)]
        setup = family_setup(floor, place.resource, place.family, one.family)
    run_lot(floor, shop, slot, lot, t, t, setup)


@inner_kernel
def run_lot(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, since: float, setup: float
) -> None:
    """Let a slot work on a lot from ``t`` on; ``since`` is when that began."""
    one = shop.lots[index(lot)]
    place = shop.slots[index(slot)]
    place.lot = lot
    place.family = one.family
    one.centre = floor.resources[index(place.resource)].centre
    begin = since
    if setup > 0.0:
        t = set_up(floor, shop, slot, t, setup, floor.resources[index(place.resource)].calendar)
        if shop.trace.size > 0:
            visit = visit_number(floor, shop, lot)
            add_trace_row(shop, ROW_SETUP, lot, slot, visit, since, t)
            if t <= shop.horizon_s:
                begin = next_workable(
                    floor, shop, slot, t, floor.resources[place.resource].calendar
                )
    if t > shop.horizon_s:
        return
    work = work_left(floor, shop, lot, option_speed(floor, one.row, place.resource), one.good)
    end = work_through(floor, shop, slot, t, work, floor.resources[index(place.resource)].calendar)
    if shop.trace.size > 0 and begin <= shop.horizon_s:
        visit = visit_number(floor, shop, lot)
        one.trace_row = add_trace_row(shop, ROW_RUN, lot, slot, visit, begin, end)
    add_event(shop, end, SLOT_ENDS, slot)


@inner_kernel
def end_step(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """End a lot's step; return ENTERS if it goes on."""
    one = shop.lots[index(lot)]
    shop.counters[N_OPERATIONS] += 1
    if floor.steps[index(one.row)].hook & HOOK_END or one.trace_row >= 0:
        return end_special_step(floor, shop, lot, t)
    position = one.row - floor.variants[index(one.variant)].row_first
    shop.visits[index(lot), index(position)] += 1
    one.row += 1
    return ENTERS


@part_kernel
def end_special_step(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """End a step: scrap, operators, limits, detour; return ENTERS if the lot goes on."""
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    lost = 0.0
    if step.scrap_share > 0.0:
        lost = pieces_lost(one.good, step.scrap_share, draw(floor, shop, lot, SCRAP))
        one.good -= lost
    if step.lot_scrap > 0.0 and draw(floor, shop, lot, LOT_SCRAP) < step.lot_scrap:
        lost += one.good
        one.good = 0.0
    if one.trace_row >= 0:
        shop.trace[index(one.trace_row)].good = one.good
        shop.trace[index(one.trace_row)].scrap = lost
        if not shop.trace[index(one.trace_row)].end_s < math.inf:
            shop.trace[index(one.trace_row)].end_s = t
    if step.skill_end > step.skill_first and step.queue >= 0:
        if looks_here(floor, shop, lot, step.skill_end - step.skill_first):
            shop.counters[FREED_AT] = one.centre + 1
        give_back_crew(shop, lot, step.skill_end - step.skill_first)
        shop.counters[CREW_FREED] = 1
    if step.limit_position >= 0:
        shop.limits[index(lot), index(step.limit_position)] = t + step.limit_s
    if one.good <= 0.0:
        leave_plant(shop, lot, t)
        if floor.caps.size > 0:
            give_room(floor, shop, one.product, 1)
            count_at(floor, shop, lot, NONE)
        if floor.sequences.size > 0:
            shop.counters[CREW_FREED] = 1
        return STAYS
    if step.output_end > step.output_first:
        put_outputs_in_stock(floor, shop, lot)
    to_row = one.row + 1
    position = one.row - floor.variants[index(one.variant)].row_first
    if step.rework_probability > 0.0:
        detours = position + shop.visits.shape[1] // 2
        if shop.visits[index(lot), index(detours)] < step.rework_passes:
            if draw(floor, shop, lot, REWORK) < step.rework_probability:
                shop.visits[index(lot), index(detours)] += 1
                to_row = step.rework_row
                one.back_row = to_row
                first = floor.variants[index(one.variant)].row_first
                one.back_pass = shop.visits[index(lot), index(to_row - first)] + 1
    shop.visits[index(lot), index(position)] += 1
    one.row = to_row
    return ENTERS
