"""Lists to begin a search from where people follow a plan already, and little of it is to move.

Everything in its turn or later, and that mended where too much moves; few moves and nothing else
weighed, and that with the rest put into the gaps. The search goes on from the cheapest.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.anchor import anchored
from zhizao.schedule.factory.fewest_moves import fewest_moves
from zhizao.schedule.factory.follow import Begun, carried_on
from zhizao.schedule.factory.keep_most import fewest_moved, has_time, keep_rows
from zhizao.schedule.kernels.factory_tables import Factory
from zhizao.schedule.problem import Problem
from zhizao.schedule.stop import Course

_ENOUGH = 0.75
"""Share of the moves that are allowed with which a list is good enough to begin from: what is
left, the search may use."""

_LONG, _SHORT = 0.15, 0.15
"""Shares of the seconds: for as few moves as are allowed, then for those that are enough; and of
the rest once more for the gaps."""

_EXACT, _PROOF = 0.8, 0.6
"""Shares of the seconds that are left for an exact solver where too much moves: to find fewer moves,
and to prove how few there can be."""

_COOL = 0.1
"""First temperature where a list is only to be mended, in moves."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Lists to begin from."""

    lists: list[Begun]
    n_forced: int = 0
    """Operations that count and move in every plan, at least, where that was looked for."""


def ways_to_begin(
    problem: Problem,
    factory: Factory,
    *,
    costs: Costs,
    start: Begun,
    course: Course,
    seed: int,
    free: Problem | None = None,
) -> Ways:
    """Return lists that follow the old plan, as well as that can be done now.

    Parameters
    ----------
    problem, factory : Problem, Factory
        In which what counts is held, as ``held`` says.
    costs : Costs
        With ``most_moved``, few moves are looked for.
    start : Begun
        The plan that people follow.
    course : Course
        Of the search.
    seed : int
        Of what is tried.
    free : Problem, optional
        In which nothing is held, for proofs; None: the same.
    """
    followed = carried_on(problem, costs, start)
    ways = [followed]
    if costs.most_moved is None or start.hold is None or problem.previous is None:
        return Ways(lists=ways)
    most, enough = costs.most_moved, int(_ENOUGH * costs.most_moved)
    mend = partial(fewest_moves, problem, factory, course=course, share=_SHORT, seed=seed)
    kept = mend(
        start,
        most_share=_LONG,
        enough=enough,
        most=most,
        rows=partial(keep_rows, problem, costs),
        exact_share=_EXACT,
    )
    if kept is None:
        return Ways(lists=ways)
    ways.append(kept.begun)
    n_forced = 0
    n_counted = int(problem.previous.counts.sum())
    can_prove = has_time(
        course, n_counted=n_counted, share=_PROOF, stretch=kept.stretch, is_proof=True
    )
    if kept.n_moved > most and can_prove:
        n_forced = fewest_moved(
            keep_rows(problem if free is None else free, costs),
            kept.movers,
            course=course,
            share=_PROOF,
            seed=seed,
        )
    around = anchored(problem, costs, start, pins=kept.pins)
    for way in (followed, around):
        if way is None:
            continue
        until = 1 + int(np.flatnonzero(problem.previous.counts[way.sequence]).max())
        within = max(most, kept.n_moved)
        mended = mend(way, most_share=_SHORT, enough=within, most=within, until=until, warmth=_COOL)
        ways.append(way if mended is None else mended.begun)
    return Ways(lists=ways, n_forced=n_forced)
