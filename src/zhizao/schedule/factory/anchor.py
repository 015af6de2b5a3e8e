"""The plan that people follow with all that is to stay held like pins, and the rest around it.

Carrying a plan on (``follow``) lets everything behind a disturbance slide. Here what stays is
pinned, and all else goes into the gaps or behind. The list of that plan is what a search for few
moves begins from.
"""

from dataclasses import replace

import numpy as np

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.follow import Begun, carried_on
from zhizao.schedule.factory.to_factory import empty_plan, empty_state, to_factory
from zhizao.schedule.kernels.factory_build import build_at, clear
from zhizao.schedule.problem import Pins, Problem


def anchored(problem: Problem, costs: Costs, begun: Begun, *, pins: Pins) -> Begun | None:
    """Return the list of a plan in which ``pins`` stay; None where they cannot.

    ``pins``: those of the problem and what else stays, with all that is before it in its job.
    """
    n = problem.n_operations
    by_begin = np.lexsort((pins.operation, pins.begin))
    rest = begun.sequence[~np.isin(begun.sequence, pins.operation)]
    mode = begun.mode.copy()
    mode[pins.operation] = pins.mode
    around = replace(
        begun, sequence=np.concatenate([pins.operation[by_begin], rest]), mode=mode, hold=None
    )
    pinned = replace(problem, pins=pins)
    followed = carried_on(pinned, costs, around)
    if followed is around:
        return None
    factory = to_factory(pinned, costs)
    state, plan = empty_state(factory), empty_plan(pinned, factory)
    clear(factory, state)
    q = 0
    while q < n:
        placed = build_at(factory, state, plan, followed.sequence, followed.mode, q)
        if placed == 0:
            return None
        q += int(placed)
    begin = np.array(plan.rows.begin, np.float64)
    for first, end in zip(problem.job_first[:-1], problem.job_first[1:], strict=True):
        # A hair later than the operation before it, which goes first.
        for i in range(int(first) + 1, int(end)):
            begin[i] = max(begin[i], begin[i - 1] + 1e-3)
    rank = np.empty(n, np.int64)
    rank[followed.sequence] = np.arange(n)
    is_free = np.ones(n, dtype=bool)
    if problem.pins is not None:
        is_free[problem.pins.operation] = False
    order = np.lexsort((rank, rank[plan.rows["head"]], begin, is_free))
    return replace(begun, sequence=order.astype(np.int64), mode=np.array(plan.rows["mode"]))
