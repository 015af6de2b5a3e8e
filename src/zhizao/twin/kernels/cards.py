# mypy: disable-error-code="no-any-return"
"""Caps on the lots at work centres (kanban): who counts where, and who waits for room.

A lot counts at a capped work centre from when it is let in, before transport and delay,
until it is let into the next capped one or leaves for anywhere else. So one that has been
worked on and finds no room further on still counts where it is, and lets nobody in there;
the resource is free.
"""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import CARDS_CHANGED, N_CARD_WAITS, NONE
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def has_card(floor: Floor, shop: Shop, centre: int, product: int) -> bool:
    """Return whether every cap of a work centre lets one more lot of a product in."""
    for i in range(floor.caps.size):
        cap = floor.caps[index(i)]
        if cap.centre == centre and (cap.product < 0 or cap.product == product):
            if shop.room[index(i)] <= 0:
                return False
    return True


@part_kernel
def count_at(floor: Floor, shop: Shop, lot: int, centre: int) -> None:
    """Let a lot count at a work centre (-1: at none), and no more where it did."""
    one = shop.lots[index(lot)]
    for i in range(floor.caps.size):
        cap = floor.caps[index(i)]
        if cap.product < 0 or cap.product == one.product:
            if cap.centre >= 0 and cap.centre == one.card_centre:
                shop.room[index(i)] += 1
                shop.counters[CARDS_CHANGED] = 1
            if cap.centre >= 0 and cap.centre == centre:
                shop.room[index(i)] -= 1
    one.card_centre = centre


@part_kernel
def waits_for_card(floor: Floor, shop: Shop, lot: int) -> bool:
    """Let a lot into the work centre of its step, if that is capped; return whether it must wait.

    It is looked at again at the end of the instant, after those that wait already.
    """
    one = shop.lots[index(lot)]
    centre = floor.steps[index(one.row)].card_centre
    if centre == one.card_centre:
        return False
    if centre >= 0 and (
        shop.counters[N_CARD_WAITS] > 0 or not has_card(floor, shop, centre, one.product)
    ):
        shop.card_waits[index(shop.counters[N_CARD_WAITS])] = lot
        shop.counters[N_CARD_WAITS] += 1
        shop.counters[CARDS_CHANGED] = 1
        return True
    count_at(floor, shop, lot, centre)
    return False


@part_kernel
def next_let_in(floor: Floor, shop: Shop) -> int:
    """Take the first lot that waits and has room; it counts where it is let in. -1 if none."""
    for i in range(shop.counters[N_CARD_WAITS]):
        lot = shop.card_waits[index(i)]
        one = shop.lots[index(lot)]
        centre = floor.steps[index(one.row)].card_centre
        if has_card(floor, shop, centre, one.product):
            for j in range(i + 1, shop.counters[N_CARD_WAITS]):
                shop.card_waits[index(j - 1)] = shop.card_waits[index(j)]
            shop.counters[N_CARD_WAITS] -= 1
            count_at(floor, shop, lot, centre)
            return lot
    return NONE
