# mypy: disable-error-code="no-any-return"
"""Buffers of limited size in front of work centres: blocking after service.

A lot that ends its work and finds no place in front of its next work centre
stands on its slot, and blocks it, until it gets a place or is taken. It waits in
the queue all the same, so an idle slot takes it directly. Lots that come from
elsewhere (releases, transports, delays) block nothing: without a place they
wait outside.
"""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import BLOCKED, DEADLOCK, N_WOKEN, NEW_BLOCKED, NONE, STATUS
from zhizao.twin.kernels.dispatch import is_first
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def take_place(floor: Floor, shop: Shop, lot: int, slot: int) -> None:
    """Give a lot that joined a queue a place, or let it block the slot that it comes from."""
    one = shop.lots[index(lot)]
    centre = floor.steps[index(one.row)].centre
    one.blocks = -1
    one.has_place = 0
    if shop.places_taken[index(centre)] < floor.buffer[index(centre)]:
        shop.places_taken[index(centre)] += 1
        one.has_place = 1
    elif slot >= 0:
        place = shop.slots[index(slot)]
        one.blocks = slot
        one.next_blocked = place.first_blocked if place.lot == BLOCKED else -1
        place.first_blocked = lot
        place.lot = BLOCKED
        shop.counters[NEW_BLOCKED] = 1


@part_kernel
def leave_buffer(floor: Floor, shop: Shop, lot: int) -> None:
    """Let a lot that begins its step leave its place, or the slot that it blocks."""
    one = shop.lots[index(lot)]
    if one.blocks >= 0:
        unblock(shop, lot)
    elif one.has_place == 1:
        centre = floor.steps[index(one.row)].centre
        one.has_place = 0
        shop.places_taken[index(centre)] -= 1
        following = first_blocked(floor, shop, centre)
        if following >= 0:
            unblock(shop, following)
            shop.places_taken[index(centre)] += 1
            shop.lots[index(following)].has_place = 1


@part_kernel
def first_blocked(floor: Floor, shop: Shop, centre: int) -> int:
    """Return the lot that has blocked a slot for longest on its way to a centre; -1 if none."""
    best = NONE
    best_joined = math.inf
    for i in range(shop.slots.size):
        if shop.slots[index(i)].lot != BLOCKED:
            continue
        lot = shop.slots[index(i)].first_blocked
        while lot >= 0:
            one = shop.lots[index(lot)]
            if floor.steps[index(one.row)].centre == centre:
                if one.joined_s < best_joined or (
                    one.joined_s == best_joined and is_first(shop, lot, best)
                ):
                    best = lot
                    best_joined = one.joined_s
            lot = one.next_blocked
    return best


@part_kernel
def unblock(shop: Shop, lot: int) -> None:
    """Take a lot off the slot that it blocks; the slot chooses again if it was the last one."""
    slot = shop.lots[index(lot)].blocks
    place = shop.slots[index(slot)]
    shop.lots[index(lot)].blocks = -1
    if place.first_blocked == lot:
        place.first_blocked = shop.lots[index(lot)].next_blocked
    else:
        before = place.first_blocked
        while shop.lots[index(before)].next_blocked != lot:
            before = shop.lots[index(before)].next_blocked
        shop.lots[index(before)].next_blocked = shop.lots[index(lot)].next_blocked
    if place.first_blocked < 0:
        place.lot = -1
        shop.woken[index(shop.counters[N_WOKEN])] = slot
        shop.counters[N_WOKEN] += 1


@part_kernel
def find_deadlock(floor: Floor, shop: Shop) -> None:
    """Set the status DEADLOCK if blocked slots wait for each other in a circle.

    A blocked slot is not stuck if each lot on it goes to a work centre of
    which some slot is not stuck; what is left after that is a circle, and
    ``is_stuck``.
    """
    shop.counters[NEW_BLOCKED] = 0
    for i in range(shop.slots.size):
        shop.slots[index(i)].is_stuck = 1 if shop.slots[index(i)].lot == BLOCKED else 0
    changes = True
    while changes:
        changes = False
        for i in range(shop.slots.size):
            if shop.slots[index(i)].is_stuck == 1 and gets_free(floor, shop, i):
                shop.slots[index(i)].is_stuck = 0
                changes = True
    for i in range(shop.slots.size):
        if shop.slots[index(i)].is_stuck == 1:
            shop.counters[STATUS] = DEADLOCK


@part_kernel
def gets_free(floor: Floor, shop: Shop, slot: int) -> bool:
    """Return whether every lot on a blocked slot goes to a centre with a slot not stuck."""
    lot = shop.slots[index(slot)].first_blocked
    while lot >= 0:
        centre = floor.steps[index(shop.lots[index(lot)].row)].centre
        is_free = False
        for i in range(shop.slots.size):
            if floor.resources[index(shop.slots[index(i)].resource)].centre == centre:
                if shop.slots[index(i)].is_stuck == 0:
                    is_free = True
                    break
        if not is_free:
            return False
        lot = shop.lots[index(lot)].next_blocked
    return True
