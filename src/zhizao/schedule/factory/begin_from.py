"""Lists to begin a search from where people follow a plan already, and little of it is to move.

Three of them: everything in its turn or later; few moves and nothing else weighed; and the latter
with the rest put into the gaps. The search goes on from the cheapest.
"""

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

_LONG, _SHORT = 0.5, 0.25
"""Shares of the seconds: for as few moves as are allowed, then for those that are enough; and of
the rest once more for the gaps."""


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
    ways = [carried_on(problem, costs, start)]
    if costs.most_moved is None or start.hold is None or problem.previous is None:
        return ways
    enough = int(_ENOUGH * costs.most_moved)
    kept = fewest_moves(
        problem,
        factory,
        start,
        course=course,
        share=_SHORT,
        most_share=_LONG,
        enough=enough,
        most=costs.most_moved,
        seed=seed,
    )
    if kept is None:
        return ways
    ways.append(kept.begun)
    around = anchored(problem, costs, start, pins=kept.pins)
    if around is None:
        return ways
    until = 1 + int(np.flatnonzero(problem.previous.counts[around.sequence]).max())
    filled = fewest_moves(
        problem,
        factory,
        around,
        course=course,
        share=_SHORT,
        most_share=_SHORT,
        enough=max(enough, kept.n_moved),
        most=costs.most_moved,
        until=until,
        seed=seed,
    )
    return [*ways, around if filled is None else filled.begun]
