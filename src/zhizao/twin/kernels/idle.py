# mypy: disable-error-code="no-any-return"
"""Which idle slot starts a lot: who is asked first, and whether it can work and chooses one."""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.batches import is_ready
from zhizao.twin.kernels.choice import choose_special
from zhizao.twin.kernels.codes import CHOSEN, HOOK_LISTED, LEAST_SETUP, MAINTAINED, NONE
from zhizao.twin.kernels.dispatch import choose_lot, family_setup
from zhizao.twin.kernels.events import SLOT_WAKES, add_event
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.upkeep import due_maintenance, wake_with_crew
from zhizao.twin.kernels.work import idle_until


@inner_kernel
def slot_for(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """Return the first idle slot that could work on a lot and starts one; -1 if none does.

    The fastest goes first, of equal ones that which is idle for longest, or as the
    work centre says. The slot takes the lot that comes first by its
    rule, which may be another one that joined at the same instant; then the lot
    looks again.
    """
    step = floor.steps[index(shop.lots[index(lot)].row)]
    if step.batch_max > 0.0 and not is_ready(floor, shop, step.queue, t):
        return -1
    if (
        floor.resources[index(floor.options[index(step.option_first)].resource)].special
        & LEAST_SETUP
    ):
        return slot_of_least_setup(floor, shop, lot, t)
    if step.option_end - step.option_first > 1 or has_slots(floor, step.option_first):
        if step.hook & HOOK_LISTED:
            return first_listed_slot(floor, shop, lot, t)
        return slot_of_longest_idle(floor, shop, lot, t)
    slot = floor.resources[index(floor.options[index(step.option_first)].resource)].slot_first
    if shop.slots[index(slot)].lot == -1 and chooses(floor, shop, slot, t):
        return slot
    return NONE


@inner_kernel
def has_slots(floor: Floor, option: int) -> bool:
    """Return whether the resource of an option has several slots."""
    r = floor.resources[index(floor.options[index(option)].resource)]
    return r.slot_end - r.slot_first > 1


@part_kernel
def first_listed_slot(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """Return the first idle slot, as the step lists its options, that starts a lot; else -1."""
    step = floor.steps[index(shop.lots[index(lot)].row)]
    for j in range(step.option_first, step.option_end):
        r = floor.resources[index(floor.options[index(j)].resource)]
        for slot in range(r.slot_first, r.slot_end):
            if shop.slots[index(slot)].lot == -1 and chooses(floor, shop, slot, t):
                return slot
    return NONE


@part_kernel
def slot_of_longest_idle(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """Return, of the fastest idle slots, the one idle for longest that starts a lot; else -1.

    Those that are equal in this too in the order of the step's options; slower
    ones only where none of the faster ones starts a lot.
    """
    step = floor.steps[index(shop.lots[index(lot)].row)]
    first = step.option_first
    while first < step.option_end:
        end = first + 1
        while end < step.option_end:
            if floor.options[index(end)].speed != floor.options[index(first)].speed:
                break
            end += 1
        last_since = -math.inf
        last_order = NONE
        while True:
            best = NONE
            best_since = math.inf
            best_order = NONE
            order = 0
            for j in range(first, end):
                r = floor.resources[index(floor.options[index(j)].resource)]
                for slot in range(r.slot_first, r.slot_end):
                    order += 1
                    if shop.slots[index(slot)].lot != -1:
                        continue
                    since = shop.slots[index(slot)].idle_since_s
                    is_later = since > last_since or (since == last_since and order > last_order)
                    if is_later and since < best_since:
                        best = slot
                        best_since = since
                        best_order = order
            if best < 0:
                break
            if chooses(floor, shop, best, t):
                return best
            last_since = best_since
            last_order = best_order
        first = end
    return NONE


@part_kernel
def slot_of_least_setup(floor: Floor, shop: Shop, lot: int, t: float) -> int:
    """Return the idle slot with the shortest change of setup that starts a lot; -1 if none does.

    Equal ones in the order of the step's options.
    """
    step = floor.steps[index(shop.lots[index(lot)].row)]
    last_setup = -1.0
    last_order = NONE
    while True:
        best = NONE
        best_setup = math.inf
        best_order = NONE
        order = 0
        for j in range(step.option_first, step.option_end):
            i = floor.options[index(j)].resource
            for slot in range(
                floor.resources[index(i)].slot_first, floor.resources[index(i)].slot_end
            ):
                order += 1
                if shop.slots[index(slot)].lot != -1:
                    continue
                setup = family_setup(
                    floor, i, shop.slots[index(slot)].family, shop.lots[index(lot)].family
                )
                is_later = setup > last_setup or (setup == last_setup and order > last_order)
                if is_later and setup < best_setup:
                    best = slot
                    best_setup = setup
                    best_order = order
        if best < 0 or chooses(floor, shop, best, t):
            return best
        last_setup = best_setup
        last_order = best_order


@inner_kernel
def chooses(floor: Floor, shop: Shop, slot: int, t: float) -> bool:
    """Let an idle slot choose, if it can work at ``t``; return whether there is a CHOSEN lot."""
    if not is_workable(floor, shop, slot, t):
        return False
    if floor.resources[index(shop.slots[index(slot)].resource)].special == 0:
        lot = choose_lot(floor, shop, slot, t)
    else:
        lot = choose_special(floor, shop, slot, t)
    shop.counters[CHOSEN] = lot
    if lot < 0 and floor.operators.size > 0:
        wake_with_crew(floor, shop, t)
    return lot >= 0


@inner_kernel
def has_task(floor: Floor, shop: Shop, slot: int, t: float) -> bool:
    """Return whether a lot waits in a queue that the slot serves, or its maintenance is due."""
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    for i in range(r.queue_first, r.queue_end):
        if shop.queues[index(floor.lists[index(i)])].head >= 0:
            return True
    return (r.special & MAINTAINED) != 0 and due_maintenance(floor, shop, slot, t) >= 0


@inner_kernel
def is_workable(floor: Floor, shop: Shop, slot: int, t: float) -> bool:
    """Return whether a slot is open and not down; if not, see that it wakes when it is."""
    at = idle_until(floor, shop, slot, t)
    if shop.slots[index(slot)].is_down == 1:
        return False
    if at <= t:
        return True
    if shop.slots[index(slot)].wakes == 0 and at < math.inf:
        shop.slots[index(slot)].wakes = 1
        add_event(shop, at, SLOT_WAKES, slot)
    return False
