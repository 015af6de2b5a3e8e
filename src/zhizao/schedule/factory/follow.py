"""The plan that people follow, carried on after an event: everything in its turn, or later.

The old list alone would not do: an operation that an event puts off by hours would hold its
crew's next free time at its old turn, and hold up everybody behind it. So time is gone through
once more: nothing begins before its old begin, on its old machine; what has to wait lets others go.
Then only the start of the work is held: where another operation goes out before it, one may need
a longer setup than before, and begins that earlier.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.dispatch import dispatch_by, to_queues
from zhizao.schedule.factory.to_factory import to_factory
from zhizao.schedule.kernels.factory_dispatch import BY_KEY, Rule
from zhizao.schedule.problem import NONE, Lags, Problem


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A plan to begin from: a list, its modes, and when its operations began."""

    sequence: NDArray[np.int64]
    """Shape (n_operations,); each after the one before it in its job; pinned ones first."""
    mode: NDArray[np.int64]
    """Shape (n_operations,); -1: the one that ends first."""
    begin: NDArray[np.int64]
    """Shape (n_operations,); of the setup, or of the work where there was none; 0 for what was not
    in the plan."""
    hold: NDArray[np.int64] | None = None
    """Shape (n_operations,); what counts starts no earlier in the new plan either, so that a gap
    that opens before it draws nothing forward; None: all may come earlier."""


def held(problem: Problem, begun: Begun) -> Problem:
    """Return the problem in which no work starts before its hold; setups may begin.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> alone = Problem(
    ...     n_machines=1, job_first=np.array([0, 1]), release=np.zeros(1, np.int64),
    ...     due=np.full(1, NO_DUE), weight=np.ones(1), mode_first=np.array([0, 1]),
    ...     mode_machine=np.zeros(1, np.int32), mode_duration=np.array([5]))
    >>> one = np.zeros(1, np.int64)
    >>> begun = Begun(sequence=one, mode=one, begin=one + 60, hold=one + 60)
    >>> held(alone, begun).lags.start_from.tolist()
    [60]
    """
    if begun.hold is None:
        return problem
    return replace(problem, lags=_not_before(problem, begun.hold))


def _not_before(problem: Problem, start: NDArray[np.int64]) -> Lags:
    """Return the lags of a problem in which work starts later."""
    lags = _lags_of(problem)
    if lags.start_from is not None:
        start = np.maximum(start, lags.start_from)
    return replace(lags, start_from=start)


def _lags_of(problem: Problem) -> Lags:
    """Return the lags of a problem, empty ones where it has none."""
    n = problem.n_operations
    if problem.lags is not None:
        return problem.lags
    return Lags(
        delay=np.zeros(n, np.int64),
        delay_calendar=np.full(n, NONE, np.int32),
        earliest=np.zeros(n, np.int64),
        area_of_machine=np.zeros(problem.n_machines, np.int32),
        area_of_operation=np.full(n, NONE, np.int32),
        transport=np.zeros((1, 1), np.int64),
    )


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
    overlaps = problem.overlaps
    if overlaps is not None:
        overlaps = replace(
            overlaps, first=overlaps.first[old_number], last=overlaps.last[old_number]
        )
    lags = _lags_of(problem)
    narrow = replace(
        problem,
        mode_first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        mode_machine=problem.mode_machine[old_number],
        mode_duration=problem.mode_duration[old_number],
        mode_hold=None if problem.mode_hold is None else problem.mode_hold[old_number],
        lags=replace(lags, earliest=np.maximum(lags.earliest, begun.begin)),
        pins=pins,
        batches=batches,
        overlaps=overlaps,
    )
    factory = to_factory(narrow, costs)
    rank = np.empty(n)
    rank[begun.sequence] = np.arange(n)
    rule = Rule(
        kind=int(BY_KEY),
        is_patient=0,
        awaits_crew=0,
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
