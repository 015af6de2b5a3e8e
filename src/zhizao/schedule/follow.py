"""The plan that people follow, carried on after an event: everything in its turn, or later.

The old list alone would not do: an operation that an event puts off by hours would hold its
crew's next free time at its old turn, and hold up everybody behind it. So time is gone through
once more: nothing begins before its old begin, on its old machine; what has to wait lets others go.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.costs import Costs
from zhizao.schedule.dispatch import dispatch_by, to_queues
from zhizao.schedule.kernels.factory_dispatch import BY_KEY, Rule
from zhizao.schedule.problem import NONE, Lags, Problem
from zhizao.schedule.to_factory import to_factory


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A plan to begin from: a list, its modes, and when its operations began."""

    sequence: NDArray[np.int64]
    """Shape (n_operations,); each after the one before it in its job; pinned ones first."""
    mode: NDArray[np.int64]
    """Shape (n_operations,); -1: the one that ends first."""
    begin: NDArray[np.int64]
    """Shape (n_operations,); not before; 0 for what was not in the plan."""


def carried_on(problem: Problem, costs: Costs, begun: Begun) -> Begun:
    """Return a list in which everything keeps its machine, and its time where it can."""
    n = problem.n_operations
    first, end = problem.mode_first[:-1], problem.mode_first[1:]
    is_kept = np.zeros(len(problem.mode_machine), dtype=bool)
    for i in range(n):
        if begun.mode[i] >= 0:
            is_kept[begun.mode[i]] = True
        else:
            is_kept[first[i] : end[i]] = True
    old_number = np.flatnonzero(is_kept)
    new_number = np.cumsum(is_kept) - 1
    counts = np.add.reduceat(is_kept.astype(np.int64), first)
    earliest = np.maximum(0, begun.begin)
    lags = problem.lags
    nothing = np.zeros(n, np.int64)
    lags = (
        Lags(
            delay=nothing,
            delay_calendar=np.full(n, NONE, np.int32),
            earliest=earliest,
            area_of_machine=np.zeros(problem.n_machines, np.int32),
            area_of_operation=np.full(n, NONE, np.int32),
            transport=np.zeros((1, 1), np.int64),
        )
        if lags is None
        else replace(lags, earliest=np.maximum(lags.earliest, earliest))
    )
    pins, batches = problem.pins, problem.batches
    if pins is not None:
        pinned = np.isin(np.arange(n), pins.operation)
        is_there = is_kept[pins.mode]
        if not is_there.all() or not pinned.any():
            return begun
        pins = replace(pins, mode=new_number[pins.mode])
    if batches is not None:
        batches = replace(
            batches, fixed=batches.fixed[old_number], per_piece=batches.per_piece[old_number]
        )
    narrow = replace(
        problem,
        mode_first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        mode_machine=problem.mode_machine[old_number],
        mode_duration=problem.mode_duration[old_number],
        mode_hold=None if problem.mode_hold is None else problem.mode_hold[old_number],
        lags=lags,
        pins=pins,
        batches=batches,
    )
    factory = to_factory(narrow, costs)
    rank = np.empty(n)
    rank[begun.sequence] = np.arange(n)
    rule = Rule(
        kind=int(BY_KEY),
        is_patient=0,
        key=rank,
        urgency=rank,
        slack=rank,
        slack_scale=1.0,
        setup_scale=1.0,
    )
    found = dispatch_by(
        narrow, factory, rule=rule, name="follow", queues=to_queues(narrow, factory)
    )
    if found.n_placed < n:
        return begun
    mode = old_number[np.array(found.plan.rows.mode)]
    return Begun(sequence=found.sequence, mode=mode, begin=begun.begin)
