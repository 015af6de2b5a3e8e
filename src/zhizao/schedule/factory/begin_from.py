"""Lists to begin a search from where people follow a plan already, and little of it is to move.

Everything in its turn or later, and that mended where too much moves; few moves and nothing else
weighed, and that with the rest put into the gaps. The search goes on from the cheapest.
"""

from functools import partial

import numpy as np

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.anchor import anchored
from zhizao.schedule.factory.fewest_moves import fewest_moves
from zhizao.schedule.factory.follow import Begun, carried_on
from zhizao.schedule.kernels.factory_tables import Factory
from zhizao.schedule.problem import Problem
from zhizao.schedule.stop import Course

_ENOUGH = 0.75
"""Share of the moves that are allowed with which a list is good enough to begin from: what is
left, the search may use."""

_LONG, _SHORT = 0.35, 0.15
"""Shares of the seconds: for as few moves as are allowed, then for those that are enough; and of
the rest once more for the gaps."""

_COOL = 0.1
"""First temperature where a list is only to be mended, in moves."""


def ways_to_begin(
    problem: Problem, factory: Factory, *, costs: Costs, start: Begun, course: Course, seed: int
) -> list[Begun]:
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
    """
    followed = carried_on(problem, costs, start)
    ways = [followed]
    if costs.most_moved is None or start.hold is None or problem.previous is None:
        return ways
    most, enough = costs.most_moved, int(_ENOUGH * costs.most_moved)
    mend = partial(fewest_moves, problem, factory, course=course, share=_SHORT, seed=seed)
    kept = mend(start, most_share=_LONG, enough=enough, most=most)
    if kept is None:
        return ways
    ways.append(kept.begun)
    around = anchored(problem, costs, start, pins=kept.pins)
    for way in (followed, around):
        if way is None:
            continue
        until = 1 + int(np.flatnonzero(problem.previous.counts[way.sequence]).max())
        within = max(most, kept.n_moved)
        mended = mend(way, most_share=_SHORT, enough=within, most=within, until=until, warmth=_COOL)
        ways.append(way if mended is None else mended.begun)
    return ways
