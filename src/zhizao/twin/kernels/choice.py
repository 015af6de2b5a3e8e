# mypy: disable-error-code="no-any-return"
"""Which lot a special slot takes next, and which others go with it as a batch."""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.batches import is_ready
from zhizao.twin.kernels.codes import FIFO, HOT_FIRST, MAINTAINED, NONE, RULED, SEQUENCED
from zhizao.twin.kernels.dispatch import is_first
from zhizao.twin.kernels.eligible import may_take
from zhizao.twin.kernels.rules import queue_means, rule_rank
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.upkeep import due_maintenance, maintain


@part_kernel
def choose_special(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the waiting lot that a special slot takes, its mates linked; -1 if none."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    if r.special & MAINTAINED:
        due = due_maintenance(floor, shop, slot, t)
        if due >= 0:
            maintain(floor, shop, slot, due, t)
            return -1
    mean_time = 0.0
    mean_setup = 0.0
    if r.special & RULED:
        mean_time, mean_setup = queue_means(floor, shop, slot)
    if r.special & SEQUENCED and shop.sequence_next[index(place.resource)] < r.sequence_end:
        return next_of_sequence(floor, shop, slot, t)
    found = NONE
    while True:
        best = first_lot(floor, shop, slot, t, mean_time, mean_setup)
        if best < 0:
            break
        q = floor.steps[index(shop.lots[index(best)].row)].queue
        if gather_mates(floor, shop, slot, best, t, mean_time, mean_setup):
            found = best
            break
        shop.queues[index(q)].rejected = 1
    for i in range(r.queue_first, r.queue_end):
        shop.queues[index(floor.lists[index(i)])].rejected = 0
    return found


@part_kernel
def first_lot(
    floor: Floor, shop: Shop, slot: int, t: float, mean_time: float, mean_setup: float
) -> int:
    """Return the lot that comes first by the slot's rule, of the queues that are ready."""
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    hot = r.special & HOT_FIRST
    best = NONE
    best_rank = math.inf
    best_joined = math.inf
    for i in range(r.queue_first, r.queue_end):
        q = floor.lists[index(i)]
        lot = shop.queues[index(q)].head
        if lot < 0 or shop.queues[index(q)].rejected == 1:
            continue
        if floor.steps[index(shop.lots[index(lot)].row)].batch_max > 0.0 and not is_ready(
            floor, shop, q, t
        ):
            continue
        while lot >= 0:
            if may_take(floor, shop, slot, lot, t):
                value = rule_rank(floor, shop, slot, lot, t, mean_time, mean_setup)
                joined = shop.lots[index(lot)].joined_s
                if best < 0 or goes_before(
                    shop, hot, value, joined, lot, best_rank, best_joined, best
                ):
                    best = lot
                    best_rank = value
                    best_joined = joined
                if r.rule == FIFO and hot == 0:
                    break
            lot = shop.lots[index(lot)].next
    return best


@inner_kernel
def goes_before(
    shop: Shop,
    hot: int,
    rank_a: float,
    joined_a: float,
    a: int,
    rank_b: float,
    joined_b: float,
    b: int,
) -> bool:
    """Return whether lot ``a`` goes before ``b``: by rank, then who joined first, then who came.

    Where ``hot`` is not 0, by priority first.
    """
    if hot != 0:
        priority_a = shop.lots[index(a)].priority
        priority_b = shop.lots[index(b)].priority
        if priority_a != priority_b:
            return priority_a > priority_b
    if rank_a != rank_b:
        return rank_a < rank_b
    if joined_a != joined_b:
        return joined_a < joined_b
    return is_first(shop, a, b)


@part_kernel
def gather_mates(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, mean_time: float, mean_setup: float
) -> bool:
    """Link the lots that go with a first one; return whether they may begin.

    They may if they have enough pieces, if a lot that waits does not fit any
    more, or if the first of the queue has waited enough.
    """
    step = floor.steps[index(shop.lots[index(lot)].row)]
    if step.batch_max <= 0.0:
        return True
    rule = floor.resources[index(shop.slots[index(slot)].resource)].rule
    hot = floor.resources[index(shop.slots[index(slot)].resource)].special & HOT_FIRST
    pieces = shop.lots[index(lot)].good
    last = lot
    last_rank = rule_rank(floor, shop, slot, lot, t, mean_time, mean_setup)
    tail = lot
    is_full = pieces >= step.batch_max
    while pieces < step.batch_max:
        best = NONE
        best_rank = math.inf
        best_joined = math.inf
        other = shop.queues[index(step.queue)].head
        while other >= 0:
            joined = shop.lots[index(other)].joined_s
            value = rule_rank(floor, shop, slot, other, t, mean_time, mean_setup)
            if goes_before(
                shop, hot, last_rank, shop.lots[index(last)].joined_s, last, value, joined, other
            ) and goes_with(floor, shop, slot, lot, other):
                if best < 0 or goes_before(
                    shop, hot, value, joined, other, best_rank, best_joined, best
                ):
                    best = other
                    best_rank = value
                    best_joined = joined
                    if rule == FIFO and hot == 0:
                        break
            other = shop.lots[index(other)].next
        if best < 0:
            break
        if pieces + shop.lots[index(best)].good <= step.batch_max:
            shop.lots[index(tail)].mate = best
            tail = best
            pieces += shop.lots[index(best)].good
        else:
            is_full = True
        last = best
        last_rank = best_rank
    head = shop.queues[index(step.queue)].head
    if (
        is_full
        or pieces >= step.batch_min
        or shop.lots[index(head)].joined_s + step.batch_wait_s <= t
    ):
        return True
    while lot >= 0:
        mate = shop.lots[index(lot)].mate
        shop.lots[index(lot)].mate = -1
        lot = mate
    return False


@part_kernel
def goes_with(floor: Floor, shop: Shop, slot: int, lot: int, other: int) -> bool:
    """Return whether a lot may be in the batch of another: same setup, no other resource."""
    r = shop.slots[index(slot)].resource
    if (
        shop.lots[index(other)].family != shop.lots[index(lot)].family
        and floor.resources[index(r)].setup_first >= 0
    ):
        return False
    step = floor.steps[index(shop.lots[index(other)].row)]
    if step.same_position >= 0:
        before = shop.done_by[index(other), index(step.same_position)]
        if before >= 0 and before != r:
            return False
    if floor.resources[index(r)].special & SEQUENCED and other < shop.planned.shape[0]:
        planned = shop.planned[index(other), index(step.number_index)]
        return planned < 0 or planned == r
    return True


@part_kernel
def next_of_sequence(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the next lot of a resource's sequence if it is there and can begin; else -1.

    Entries are passed over whose lot has left the plant or is past the step.
    """
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    while shop.sequence_next[index(place.resource)] < r.sequence_end:
        entry = floor.sequences[index(shop.sequence_next[index(place.resource)])]
        one = shop.lots[index(entry.lot)]
        is_past = one.left_s == one.left_s
        if not is_past and one.row >= 0:
            is_past = floor.steps[index(one.row)].number > entry.number
        if is_past:
            shop.sequence_next[index(place.resource)] += 1
            continue
        if one.waits == 1 and floor.steps[index(one.row)].number == entry.number:
            if may_take(floor, shop, slot, entry.lot, t):
                shop.sequence_next[index(place.resource)] += 1
                return entry.lot
        return -1
    return -1
