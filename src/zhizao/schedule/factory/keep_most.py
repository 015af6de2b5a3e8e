"""As many operations of the next shift as can stay, found and proved by CP-SAT, given in rows.

Two questions take turns. First what waits for another may stay though that one leaves: no plan keeps
more. Those that leave and are waited for may then be moved within the shift, and with these, nothing
stays without what it waits for: that answer can be followed. Where both keep as many, it is the best.
"""

import sys
from functools import partial

import numpy as np

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.factory_ties import arcs_of
from zhizao.schedule.factory.forced_moves import earliest_stays
from zhizao.schedule.keep_rows import NEVER, KeepRows
from zhizao.schedule.kernels.factory_tables import NEVER as NO_TICK
from zhizao.schedule.problem import NONE, Problem
from zhizao.schedule.stop import Course

MOST_EXACT = 1_500
"""Operations that count up to which the solver is asked: telling it takes a second for so many."""

_TELL_S, _ASK_S = 1e-3, 4e-3
"""CPU seconds an operation that counts to tell the solver of it, and for a useful answer; measured."""

_LOAD_S = 0.4
"""CPU seconds to load the solver."""

_MOST_ROUNDS = 8

_LEAST_S = 0.05
"""Seconds below which nothing is asked."""

Begin = dict[int, tuple[int, int]]
"""Operation → machine and begin of its setup."""


def keep_rows(problem: Problem, costs: Costs) -> KeepRows:
    """Return the rows of a problem with a previous plan."""
    arcs = arcs_of(problem)
    # What counts from the asking of a lot that overlaps with the step before may come earlier.
    sure = np.flatnonzero((arcs.asked == NONE) | (problem.overlaps is None))
    first = earliest_stays(problem, costs)
    return KeepRows(
        problem,
        first=np.where(first >= NO_TICK, NEVER, first),
        joins=[(int(arcs.source[a]), int(arcs.target[a]), int(arcs.lag[a])) for a in sure.tolist()],
    )


def has_time(
    course: Course, *, n_counted: int, share: float, stretch: float, is_proof: bool
) -> bool:
    """Return whether a share of the seconds that are left is enough to ask the solver.

    ``stretch``: wall-clock seconds that a CPU second takes, with others at the machine.

    Examples
    --------
    >>> from zhizao.schedule.stop import Stop
    >>> course = Stop(seconds=60.0).begin()
    >>> [
    ...     has_time(course, n_counted=n, share=0.5, stretch=stretch, is_proof=False)
    ...     for n, stretch in ((300, 1.0), (300, 100.0), (5_000, 1.0))
    ... ]
    [True, False, False]
    """
    if n_counted > MOST_EXACT:
        return False
    if course.stop.seconds is None:
        return True
    cost_s = n_counted * (_TELL_S if is_proof else _ASK_S)
    if "ortools" not in sys.modules:
        cost_s += _LOAD_S
    return share * course.remaining_s >= stretch * cost_s


def keep_most(
    rows: KeepRows, *, course: Course, share: float, enough: int, seed: int
) -> tuple[Begin, frozenset[int]]:
    """Return what is done within the shift so that most stays, and which operations are moved there.

    Parameters
    ----------
    rows : KeepRows
        What may stay, and is looked for from.
    course : Course
        Of the search.
    share : float
        Of the seconds that are left.
    enough : int
        Operations that may move: with no more it ends.
    seed : int
        Of the solver.

    Returns
    -------
    tuple
        Nothing where there was no time for it.
    """
    from zhizao.schedule.cpsat import most_kept  # noqa: PLC0415 - few plans need it

    until_s = _until_s(course, share)
    best: Begin = {}
    n_best, wanted = -1, int(rows.counts.sum()) - enough
    movers = _needed(rows, dict.fromkeys(rows.visits, (0, 0)))
    for _ in range(_MOST_ROUNDS):
        ask = partial(most_kept, rows, seconds=_left_s(course, until_s), seed=seed)
        most = ask(movers=movers)
        if most is None or not most.is_proved:
            break
        more = _needed(rows, most.begin) - movers
        if not more:
            return most.begin, frozenset(movers)
        movers |= more
        if _is_short(course, until_s):
            break
        there = ask(
            movers=movers,
            seconds=_left_s(course, until_s),
            all_wait=True,
            hint=_followed(rows, most.begin),
        )
        if there is not None and there.n_kept > n_best:
            best, n_best = there.begin, there.n_kept
        if n_best >= min(most.n_kept, wanted) or _is_short(course, until_s):
            break
    return best, frozenset(movers)


def fewest_moved(
    rows: KeepRows, movers: frozenset[int], *, course: Course, share: float, seed: int
) -> int:
    """Return how many operations that count move in every plan, at least; 0: not known.

    Other operations may come between those that stay; ``movers`` as ``keep_most`` found them.
    """
    from zhizao.schedule.cpsat import most_kept  # noqa: PLC0415 - few plans need it

    until_s = _until_s(course, share)
    if _is_short(course, until_s):
        return 0
    found = most_kept(
        rows, movers=set(movers), seconds=_left_s(course, until_s), seed=seed, lets_between=True
    )
    return 0 if found is None else int(rows.counts.sum()) - found.bound


def _needed(rows: KeepRows, there: Begin) -> set[int]:
    """Return what something waits for that is there, and that is not there itself."""
    return {x for i in there for x, _ in rows.sources.get(i, ()) if x not in there}


def _followed(rows: KeepRows, there: Begin) -> Begin:
    """Return what is there without what waits for others that are not."""
    found = dict(there)
    while gone := [i for i in found if any(x not in found for x, _ in rows.sources.get(i, ()))]:
        for i in gone:
            del found[i]
    return found


def _until_s(course: Course, share: float) -> float:
    if course.stop.seconds is None:
        return 0.0
    return course.elapsed_s + share * course.remaining_s


def _left_s(course: Course, until_s: float) -> float | None:
    if course.stop.seconds is None:
        return None
    return max(_LEAST_S, until_s - course.elapsed_s)


def _is_short(course: Course, until_s: float) -> bool:
    return course.stop.seconds is not None and until_s - course.elapsed_s < _LEAST_S
