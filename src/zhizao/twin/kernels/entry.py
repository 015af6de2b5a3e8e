# mypy: disable-error-code="no-any-return"
"""Lots that come into the plant: released, in progress at the start, held back by caps.

Under a cap on lots in the plant, a new lot enters only when there is room;
who was held back first enters first, of the products that have room.
"""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.batches import note_arrival
from zhizao.twin.kernels.calendar import work_end
from zhizao.twin.kernels.cards import count_at, next_let_in
from zhizao.twin.kernels.codes import (
    ARRIVES,
    CARDS_CHANGED,
    ENTERS,
    ENTERS_DELAYED,
    ENTERS_NEW,
    ENTERS_SETUP,
    ENTERS_WAITING,
    FAILS_WHILE_BUSY,
    HOOK_CARD,
    HOOK_JOIN,
    NONE,
    SETUP_CREW,
    STAYS,
    ZERO,
)
from zhizao.twin.kernels.dispatch import family_setup, free_operator
from zhizao.twin.kernels.draws import DELAY, VARIANT, uniform
from zhizao.twin.kernels.events import LOT_JOINS, add_event
from zhizao.twin.kernels.flow import arrive, end_step, enter_row, give_room, run_lot
from zhizao.twin.kernels.lot_draws import draw, recall_choices
from zhizao.twin.kernels.shapes import rest_of
from zhizao.twin.kernels.special import run_special
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def end_mates(floor: Floor, shop: Shop, lot: int, slot: int, t: float) -> None:
    """End the step of the other lots of a batch, after that of its first lot."""
    mate = shop.lots[index(lot)].mate
    shop.lots[index(lot)].mate = -1
    while mate >= 0:
        lot = mate
        mate = shop.lots[index(lot)].mate
        shop.lots[index(lot)].mate = -1
        then = end_step(floor, shop, lot, t)
        if then == ENTERS:
            then = enter_row(floor, shop, lot, t)
        if then == ARRIVES:
            arrive(floor, shop, lot, t)
            if floor.steps[index(shop.lots[index(lot)].row)].hook & HOOK_JOIN:
                note_arrival(floor, shop, lot, slot, t)


@inner_kernel
def enter_lot(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """Release a new lot, or put one in progress where it is; return what it does next."""
    one = shop.lots[index(lot)]
    if one.enters != ENTERS_NEW:
        return place_lot(floor, shop, lot, t)
    variant = floor.products[index(one.product)].variant_first
    last = floor.products[index(one.product)].variant_end - 1
    if variant < last:
        u = uniform(shop.key, one.key, ZERO, ZERO, VARIANT)
        while variant < last and u >= floor.variants[index(variant)].share:
            variant += 1
    one.variant = variant
    one.row = floor.variants[index(variant)].row_first
    return ENTERS


@part_kernel
def place_lot(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """Put a lot in progress where it is; return what it does next."""
    one = shop.lots[index(lot)]
    if one.has_past == 1:
        recall_choices(floor, shop, lot)
    step = floor.steps[index(one.row)]
    if step.hook & HOOK_CARD:
        count_at(floor, shop, lot, step.card_centre)
    if one.enters == ENTERS_DELAYED:
        s = draw(floor, shop, lot, DELAY)
        rest = rest_of(floor.shapes, floor.numbers, step.delay_shape, step.delay_s, one.spent_s, s)
        one.spent_s = 0.0
        begin = t + one.transport_left_s
        at = work_end(floor.calendars, floor.spans, step.delay_calendar, begin, rest)
        add_event(shop, at, LOT_JOINS, lot)
        return STAYS
    if one.enters == ENTERS_WAITING or one.slot < 0:
        one.joined_s = one.since_s
        return ARRIVES
    one.joined_s = math.nan
    one.family = step.family
    for i in range(step.skill_first, step.skill_end):
        operator = free_operator(floor, shop, floor.lists[index(i)], t)
        shop.lot_operator[index(lot), index(i - step.skill_first)] = operator
        if operator >= 0:
            shop.operator_free[index(operator)] -= 1
    place = shop.slots[index(one.slot)]
    r = floor.resources[index(place.resource)]
    setup = 0.0
    if one.enters == ENTERS_SETUP:
        setup = family_setup(floor, place.resource, place.family, step.family) - one.spent_s
        one.spent_s = 0.0
        if r.special & SETUP_CREW and setup > 0.0:
            place.attendant = free_operator(floor, shop, r.setup_skill, t)
    if r.fails == FAILS_WHILE_BUSY:
        t = max(t, place.down_until_s)
    if r.special == 0:
        run_lot(floor, shop, one.slot, lot, t, one.since_s, setup)
    else:
        run_special(floor, shop, one.slot, lot, t, one.since_s, setup)
    return STAYS


@part_kernel
def has_room(floor: Floor, shop: Shop, product: int) -> bool:
    """Return whether every cap lets one more lot of a product in."""
    for i in range(floor.caps.size):
        if floor.caps[index(i)].centre >= 0:
            continue
        if floor.caps[index(i)].product < 0 or floor.caps[index(i)].product == product:
            if shop.room[index(i)] <= 0:
                return False
    return True


@part_kernel
def is_admitted(floor: Floor, shop: Shop, lot: int) -> bool:
    """Let a lot in under the caps, or hold it back; lots in progress are in already."""
    one = shop.lots[index(lot)]
    if one.enters == ENTERS_NEW:
        held = shop.held[index(one.product)]
        if held.head >= 0 or not has_room(floor, shop, one.product):
            one.next = -1
            one.since_s = one.entry_s
            one.entry_s = math.inf
            if held.head < 0:
                held.head = lot
            else:
                shop.lots[index(held.tail)].next = lot
            held.tail = lot
            return False
    give_room(floor, shop, one.product, -1)
    return True


@part_kernel
def release_held(floor: Floor, shop: Shop, t: float) -> None:
    """Let lots in that were held back, as long as there is room."""
    while True:
        best = NONE
        for product in range(shop.held.size):
            lot = shop.held[index(product)].head
            if lot >= 0 and has_room(floor, shop, product):
                if best < 0 or shop.lots[index(lot)].since_s < shop.lots[index(best)].since_s:
                    best = lot
        if best < 0:
            return
        one = shop.lots[index(best)]
        shop.held[index(one.product)].head = one.next
        give_room(floor, shop, one.product, -1)
        one.entry_s = t
        then = enter_lot(floor, shop, best, t)
        if then == ENTERS:
            then = enter_row(floor, shop, best, t)
        if then == ARRIVES:
            arrive(floor, shop, best, t)
            if floor.steps[index(one.row)].hook & HOOK_JOIN:
                note_arrival(floor, shop, best, NONE, t)


@part_kernel
def serve_cards(floor: Floor, shop: Shop, t: float) -> None:
    """Let lots go on that waited for room in a capped work centre, and have it."""
    while shop.counters[CARDS_CHANGED] == 1:
        shop.counters[CARDS_CHANGED] = 0
        while True:
            lot = next_let_in(floor, shop)
            if lot < 0:
                break
            if enter_row(floor, shop, lot, t) == ARRIVES:
                arrive(floor, shop, lot, t)
                if floor.steps[index(shop.lots[index(lot)].row)].hook & HOOK_JOIN:
                    note_arrival(floor, shop, lot, NONE, t)
