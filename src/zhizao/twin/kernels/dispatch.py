# mypy: disable-error-code="no-any-return"
"""Queues, and which waiting lot goes next.

A queue is a list linked in both directions, in the order in which the lots
joined (ties: lot index). FIFO looks at its head; the other rules look at all.
"""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.calendar import next_open
from zhizao.twin.kernels.codes import EDD, FIFO, LPT, NONE, PRIORITY, SAME_SETUP, SLACK, SPT
from zhizao.twin.kernels.tables import Floor, Shop


@inner_kernel
def join_queue(shop: Shop, q: int, lot: int) -> None:
    """Put a lot that joined last (or at the same instant as the last) into a queue."""
    lots = shop.lots
    after = shop.queues[index(q)].tail
    joined = lots[index(lot)].joined_s
    order = lots[index(lot)].order
    while after >= 0 and lots[index(after)].joined_s == joined and lots[index(after)].order > order:
        after = lots[index(after)].previous
    ahead = shop.queues[index(q)].head if after < 0 else lots[index(after)].next
    lots[index(lot)].previous = after
    lots[index(lot)].next = ahead
    if after < 0:
        shop.queues[index(q)].head = lot
    else:
        lots[index(after)].next = lot
    if ahead < 0:
        shop.queues[index(q)].tail = lot
    else:
        lots[index(ahead)].previous = lot
    lots[index(lot)].waits = 1


@inner_kernel
def is_first(shop: Shop, lot: int, other: int) -> bool:
    """Return whether a lot came before another: who goes first where all else is equal."""
    return shop.lots[index(lot)].order < shop.lots[index(other)].order


@inner_kernel
def leave_queue(shop: Shop, q: int, lot: int) -> None:
    """Take a lot out of its queue."""
    before = shop.lots[index(lot)].previous
    ahead = shop.lots[index(lot)].next
    if before < 0:
        shop.queues[index(q)].head = ahead
    else:
        shop.lots[index(before)].next = ahead
    if ahead < 0:
        shop.queues[index(q)].tail = before
    else:
        shop.lots[index(ahead)].previous = before
    shop.lots[index(lot)].waits = 0


@inner_kernel
def family_setup(floor: Floor, r: int, from_family: int, to_family: int) -> float:
    """Return the seconds to change a resource from one family to another (-1: none)."""
    first = floor.resources[index(r)].setup_first
    if first < 0:
        return 0.0
    n = floor.n_columns
    to_column = floor.family_column[index(to_family + 1)]
    if from_family == to_family:
        return floor.numbers[index(first + n * n + to_column)]
    return floor.numbers[index(first + n * floor.family_column[index(from_family + 1)] + to_column)]


@part_kernel
def free_operator(floor: Floor, shop: Shop, skill: int, t: float) -> int:
    """Return the most specialised operator with a skill, free and on shift; -1 if none."""
    for j in range(
        floor.skills[index(skill)].operator_first, floor.skills[index(skill)].operator_end
    ):
        operator = floor.lists[index(j)]
        if shop.operator_free[index(operator)] > 0:
            k = floor.operators[index(operator)].calendar
            if next_open(floor.calendars, floor.spans, k, t) <= t:
                return operator
    return -1


@part_kernel
def take_crew(floor: Floor, shop: Shop, row: int, place: int, t: float) -> bool:
    """Take one operator for each skill of a step, if all are free and on shift.

    ``place`` is the row of ``lot_operator`` that notes them: the lot. If one
    is missing, nobody is taken.
    """
    first = floor.steps[index(row)].skill_first
    for i in range(first, floor.steps[index(row)].skill_end):
        operator = free_operator(floor, shop, floor.lists[index(i)], t)
        if operator < 0:
            give_back_crew(shop, place, i - first)
            return False
        shop.operator_free[index(operator)] -= 1
        shop.lot_operator[index(place), index(i - first)] = operator
    return True


@part_kernel
def give_back_crew(shop: Shop, place: int, n: int) -> None:
    """Set the first ``n`` operators of a row of ``lot_operator`` free."""
    for i in range(n):
        if shop.lot_operator[index(place), index(i)] >= 0:
            shop.operator_free[index(shop.lot_operator[index(place), index(i)])] += 1
            shop.lot_operator[index(place), index(i)] = -1


@part_kernel
def looks_here(floor: Floor, shop: Shop, place: int, n: int) -> bool:
    """Return whether one of the first ``n`` operators of a lot looks for work where it gets free."""
    for i in range(n):
        operator = shop.lot_operator[index(place), index(i)]
        if operator >= 0 and floor.operators[index(operator)].looks_here == 1:
            return True
    return False


@inner_kernel
def crew_is_there(floor: Floor, shop: Shop, row: int, t: float) -> bool:
    """Return whether the operators of a step are free and on shift at ``t``."""
    n = floor.steps[index(row)].skill_end - floor.steps[index(row)].skill_first
    spare = shop.lot_operator.shape[0] - 1
    if n > 0 and take_crew(floor, shop, row, spare, t):
        give_back_crew(shop, spare, n)
        return True
    return n == 0


@inner_kernel
def rank(floor: Floor, shop: Shop, rule: int, slot: int, lot: int) -> float:
    """Return a lot's rank under a rule; the smallest goes next.

    spt and lpt: nominal time of the step, before speeds; slack: due minus the
    nominal time that is left; lots without due go last. same_setup: lots of
    the slot's own family, then the shortest change.
    """
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    if rule == EDD:
        return one.due_s
    if rule == SPT:
        return step.setup_s + step.piece_s * one.good
    if rule == LPT:
        return -(step.setup_s + step.piece_s * one.good)
    if rule == SLACK:
        return one.due_s - (step.rest_setup_s + step.rest_piece_s * one.good)
    if rule == PRIORITY:
        return -float(one.priority)
    if rule == SAME_SETUP:
        family = shop.slots[index(slot)].family
        if family == one.family:
            return -1.0
        return family_setup(floor, shop.slots[index(slot)].resource, family, one.family)
    return 0.0


@inner_kernel
def choose_lot(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the waiting lot that an idle slot takes by its work centre's rule; -1 if none."""
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    if r.rule == FIFO and floor.operators.size == 0:
        return first_of_queues(floor, shop, r.queue_first, r.queue_end)
    return choose_by_rule(floor, shop, slot, t)


@inner_kernel
def first_of_queues(floor: Floor, shop: Shop, first: int, end: int) -> int:
    """Return the lot that joined one of some queues first; -1 if none waits."""
    best = NONE
    for i in range(first, end):
        lot = shop.queues[index(floor.lists[index(i)])].head
        if lot < 0:
            continue
        if best >= 0:
            joined = shop.lots[index(lot)].joined_s
            best_joined = shop.lots[index(best)].joined_s
            if joined > best_joined or (joined == best_joined and is_first(shop, best, lot)):
                continue
        best = lot
    return best


@part_kernel
def choose_by_rule(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the waiting lot that comes first by a rule, of those whose operators are there."""
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    best = NONE
    best_rank = math.inf
    best_joined = math.inf
    for i in range(r.queue_first, r.queue_end):
        lot = shop.queues[index(floor.lists[index(i)])].head
        while lot >= 0:
            if crew_is_there(floor, shop, shop.lots[index(lot)].row, t):
                value = rank(floor, shop, r.rule, slot, lot)
                joined = shop.lots[index(lot)].joined_s
                if (
                    best < 0
                    or value < best_rank
                    or (
                        value == best_rank
                        and (
                            joined < best_joined
                            or (joined == best_joined and is_first(shop, lot, best))
                        )
                    )
                ):
                    best = lot
                    best_rank = value
                    best_joined = joined
                if r.rule == FIFO:
                    break
            lot = shop.lots[index(lot)].next
    return best
