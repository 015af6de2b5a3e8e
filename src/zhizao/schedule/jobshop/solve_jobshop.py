"""Makespan of a job shop: dispatch rules, tabu search on two threads, path relinking.

A plan of dispatch rules comes first, in milliseconds; see ``jobshop_search`` for the rest.
"""

import numpy as np

from zhizao.schedule.assignment import Assignment
from zhizao.schedule.bounds import makespan_bound
from zhizao.schedule.jobshop.nodes import to_assignment, to_nodes
from zhizao.schedule.jobshop.search import JobShopSearch
from zhizao.schedule.problem import Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Stop


def solve_jobshop(
    problem: Problem,
    *,
    stop: Stop,
    threads: int = 2,
    seed: int = 0,
    start: Assignment | None = None,
) -> Solution:
    """Return the shortest plan of a job shop that was found.

    Parameters
    ----------
    problem : Problem
        One mode for each operation; no setups, calendars or other parts. Jobs may visit a
        machine more than once.
    stop : Stop
        Iterations are moves of the tabu search. They end the search after the climb that
        passes them. A keyboard interrupt returns the best plan until then.
    threads : int
        Above two the result depends on their number even with a limit of iterations only.
    seed : int
        Not negative.
    start : Assignment
        A plan to begin with; the result is never worse.

    Raises
    ------
    InputError
        Where the problem is not a plain job shop.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> shop = Problem(
    ...     n_machines=2, job_first=np.array([0, 2, 4]), release=np.zeros(2, dtype=np.int64),
    ...     due=np.full(2, NO_DUE), weight=np.ones(2), mode_first=np.arange(5),
    ...     mode_machine=np.array([0, 1, 1, 0], dtype=np.int32),
    ...     mode_duration=np.array([5, 4, 3, 2]))
    >>> solve_jobshop(shop, stop=Stop(iterations=100)).objective
    9.0
    """
    course = stop.begin()
    nodes = to_nodes(problem)
    if not nodes.n_operations:
        nothing = np.zeros(0, dtype=np.int64)
        return Solution(
            assignment=Assignment(mode=nothing, start=nothing, end=nothing),
            objective=0.0,
            bound=0.0,
            trajectory=(),
        )
    search = JobShopSearch(nodes, course=course, seed=seed)
    search.first_plans(start)
    try:
        course.bound = makespan_bound(problem)
        search.more_first_plans()
        if not course.is_over():
            search.run(threads=max(1, threads))
    except KeyboardInterrupt:
        pass
    assignment = to_assignment(nodes, search.best_order)
    return Solution(
        assignment=assignment,
        objective=float(assignment.end.max()),
        bound=course.bound,
        trajectory=tuple(course.trajectory),
        n_iterations=search.n_iterations,
    )
