"""Queues, and which waiting lot goes next.

A queue is a list linked in both directions, in the order in which the lots
joined (ties: lot index). FIFO looks at its head; the other rules look at all.
"""

import math

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.calendar import next_open
from zhizao.twin.kernels.tables import (
    EDD,
    FIFO,
    LPT,
    PRIORITY,
    SAME_SETUP,
    SLACK,
    SPT,
    Crew,
    Floor,
    Lots,
    Resources,
    Shop,
)


@kernel
def join_queue(shop: Shop, q: int, lot: int) -> None:
    """Put a lot that joined last (or at the same instant as the last) into a queue."""
    after = shop.queue_tail[q]
    joined = shop.lot_joined_s[lot]
    while after >= 0 and shop.lot_joined_s[after] == joined and after > lot:
        after = shop.lot_previous[after]
    ahead = shop.queue_head[q] if after < 0 else shop.lot_next[after]
    shop.lot_previous[lot] = after
    shop.lot_next[lot] = ahead
    if after < 0:
        shop.queue_head[q] = lot
    else:
        shop.lot_next[after] = lot
    if ahead < 0:
        shop.queue_tail[q] = lot
    else:
        shop.lot_previous[ahead] = lot
    shop.lot_waits[lot] = True


@kernel
def leave_queue(shop: Shop, q: int, lot: int) -> None:
    """Take a lot out of its queue."""
    before = shop.lot_previous[lot]
    ahead = shop.lot_next[lot]
    if before < 0:
        shop.queue_head[q] = ahead
    else:
        shop.lot_next[before] = ahead
    if ahead < 0:
        shop.queue_tail[q] = before
    else:
        shop.lot_previous[ahead] = before
    shop.lot_waits[lot] = False


@kernel
def family_setup(resources: Resources, r: int, from_family: int, to_family: int) -> float:
    """Return the seconds to change a resource from one family to another (-1: none)."""
    table = resources.setup_table[resources.centre[r]]
    if table < 0:
        return 0.0
    to_column = resources.family_column[to_family]
    if from_family == to_family:
        return resources.same_family_s[table, to_column]
    return resources.family_setup_s[table, resources.family_column[from_family], to_column]


@kernel
def crew_is_there(crew: Crew, floor: Floor, shop: Shop, row: int, t: float) -> bool:
    """Return whether the operators of a step are free and on shift at ``t``.

    Takes them for the moment, skill by skill, and gives them back.
    """
    steps = floor.steps
    n_taken = 0
    is_there = True
    first = steps.skill_first[row]
    for i in range(first, steps.skill_first[row + 1]):
        operator = free_operator(crew, floor, shop, steps.skill[i], t)
        if operator < 0:
            is_there = False
            break
        shop.operator_free[operator] -= 1
        shop.lot_operator[shop.lot_operator.shape[0] - 1, n_taken] = operator
        n_taken += 1
    for i in range(n_taken):
        shop.operator_free[shop.lot_operator[shop.lot_operator.shape[0] - 1, i]] += 1
    return is_there


@kernel
def free_operator(crew: Crew, floor: Floor, shop: Shop, skill: int, t: float) -> int:
    """Return the most specialised operator with a skill, free and on shift; -1 if none."""
    for j in range(crew.skill_first[skill], crew.skill_first[skill + 1]):
        operator = crew.operator[j]
        if shop.operator_free[operator] > 0:
            if next_open(floor.calendars, crew.calendar[operator], t) <= t:
                return operator
    return -1


@kernel
def rank(floor: Floor, lots: Lots, shop: Shop, rule: int, slot: int, lot: int) -> float:
    """Return a lot's rank under a rule; the smallest goes next.

    spt and lpt: nominal time of the step, before speeds; slack: due minus the
    nominal time that is left; lots without due go last. same_setup: lots of
    the slot's own family, then the shortest change.
    """
    steps = floor.steps
    row = shop.lot_row[lot]
    if rule == EDD:
        return lots.due_s[lot]
    if rule == SPT:
        return steps.setup_s[row] + steps.piece_s[row] * shop.lot_good[lot]
    if rule == LPT:
        return -(steps.setup_s[row] + steps.piece_s[row] * shop.lot_good[lot])
    if rule == SLACK:
        left = steps.rest_setup_s[row] + steps.rest_piece_s[row] * shop.lot_good[lot]
        return lots.due_s[lot] - left
    if rule == PRIORITY:
        return -float(lots.priority[lot])
    if rule == SAME_SETUP:
        family = shop.slot_family[slot]
        r = floor.resources.slot_resource[slot]
        if family == lots.family[lot]:
            return -1.0
        return family_setup(floor.resources, r, family, lots.family[lot])
    return 0.0


@kernel
def choose_lot(floor: Floor, lots: Lots, shop: Shop, slot: int, t: float) -> int:
    """Return the waiting lot that an idle slot takes by its work centre's rule; -1 if none."""
    resources = floor.resources
    r = resources.slot_resource[slot]
    rule = resources.rule[resources.centre[r]]
    best = -1
    best_rank = math.inf
    best_joined = math.inf
    for i in range(resources.queue_first[r], resources.queue_first[r + 1]):
        lot = shop.queue_head[resources.queue[i]]
        while lot >= 0:
            row = shop.lot_row[lot]
            has_crew = floor.steps.skill_first[row] == floor.steps.skill_first[row + 1]
            if has_crew or crew_is_there(floor.crew, floor, shop, row, t):
                value = rank(floor, lots, shop, rule, slot, lot)
                joined = shop.lot_joined_s[lot]
                if (
                    best < 0
                    or value < best_rank
                    or (
                        value == best_rank
                        and (joined < best_joined or (joined == best_joined and lot < best))
                    )
                ):
                    best = lot
                    best_rank = value
                    best_joined = joined
                if rule == FIFO:
                    break
            lot = shop.lot_next[lot]
    return best
