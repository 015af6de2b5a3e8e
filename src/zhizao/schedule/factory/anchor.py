"""The plan that people follow with all that can stay in its place, and the rest around it.

Carrying a plan on (``follow``) lets everything behind a disturbance slide. Here what the event
does not touch is held like a pin, and what it does touch goes into the gaps or behind. The list
of that plan is what a search for few moves begins from.
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

    ``pins``: those of the problem and what else could stay as it was.
    """
    pins = _ready_ones(problem, pins)
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


def _ready_ones(problem: Problem, pins: Pins) -> Pins:
    """Return the pins that are ready in time: their material is there, what is before is done."""
    if problem.lags is None:
        return pins
    own = set() if problem.pins is None else set(problem.pins.operation.tolist())
    begin = dict(zip(pins.operation.tolist(), pins.begin.tolist(), strict=True))
    first = set(problem.job_first[:-1].tolist())
    kept: set[int] = set()
    for i in sorted(begin):
        is_ready = begin[i] >= problem.lags.earliest[i] and (i in first or i - 1 in kept)
        if i in own or is_ready:
            kept.add(i)
    keep = np.isin(pins.operation, sorted(kept))
    if pins.batch is not None:
        # A batch stays whole or not at all.
        heads = set(pins.batch[~keep].tolist())
        keep &= ~np.isin(pins.batch, sorted(heads)) | np.isin(pins.operation, sorted(own))
    return Pins(
        operation=pins.operation[keep],
        mode=pins.mode[keep],
        begin=pins.begin[keep],
        start=pins.start[keep],
        end=pins.end[keep],
        batch=None if pins.batch is None else pins.batch[keep],
    )
