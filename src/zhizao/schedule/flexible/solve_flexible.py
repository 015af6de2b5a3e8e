"""Flexible job shops, with or without setups: tabu search from plans between good plans.

Each thread keeps a pool of good plans. It searches from a point between two of them until
nothing better comes for a while, and puts the result in the pool; now and then the threads
exchange their best plans (path relinking, after Gonzalez, Vela, Varela 2015).
"""

import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from zhizao.schedule.assignment import Assignment
from zhizao.schedule.bounds import makespan_bound
from zhizao.schedule.flexible.flexible_tables import to_shop
from zhizao.schedule.flexible.island import VISITS_AN_ITERATION, Found, Island
from zhizao.schedule.kernels.flexible_plan import compute_times, load_plan
from zhizao.schedule.problem import Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Course, Stop

VISITS_A_ROUND = 3e7
"""Operations looked at between two looks at the clock, about 0.1 s."""

ROUNDS_ALONE = 50
"""Rounds between two exchanges of the threads."""


def solve_flexible(problem: Problem, *, stop: Stop, threads: int = 2, seed: int = 0) -> Solution:
    """Return a plan of least makespan of a (flexible) job shop with or without setups.

    The same seed, threads and iterations give the same plan; a limit of seconds does not.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> either = Problem(
    ...     n_machines=2, job_first=np.array([0, 1, 2]), release=np.zeros(2, dtype=np.int64),
    ...     due=np.full(2, NO_DUE), weight=np.ones(2), mode_first=np.array([0, 2, 4]),
    ...     mode_machine=np.array([0, 1, 0, 1], dtype=np.int32),
    ...     mode_duration=np.array([5, 6, 5, 6]))
    >>> solve_flexible(either, stop=Stop(iterations=100)).objective
    6.0
    """
    course = stop.begin()
    shop = to_shop(problem)
    course.bound = makespan_bound(problem)
    target = int(np.ceil(course.bound))
    islands = [
        Island(problem, shop, seed=seed * 1000 + thread, target=target)
        for thread in range(max(threads, 1))
    ]
    first = islands[0].dispatch(noise=0.0)
    course.better(float(first.makespan))
    best = first
    with contextlib.suppress(KeyboardInterrupt):  # the best plan is at hand at any moment
        _search(islands, first, course=course)
    for island in islands:
        if island.best is not None and island.best.makespan < best.makespan:
            best = island.best
    return Solution(
        assignment=_to_assignment(islands[0], best),
        objective=float(best.makespan),
        bound=course.bound,
        trajectory=tuple(course.trajectory),
        n_iterations=sum(island.n_iterations for island in islands),
    )


def _search(islands: list[Island], first: Found, *, course: Course) -> None:
    n = max(len(first.mode), 1)
    round_size = max(1, int(VISITS_A_ROUND / min(n * 20, VISITS_AN_ITERATION)))
    for i, island in enumerate(islands):
        island.begin(island.dispatch(noise=1.0) if i else first)
    n_rounds = n_done = 0
    with ThreadPoolExecutor(len(islands)) as pool:
        while not course.is_over(iterations=n_done):
            n_next = round_size
            if course.stop.iterations is not None:
                n_next = min(n_next, -(-(course.stop.iterations - n_done) // len(islands)))
            list(pool.map(Island.advance, islands, [n_next] * len(islands)))
            n_rounds += 1
            n_done = sum(island.n_iterations for island in islands)
            bests = [island.best for island in islands if island.best is not None]
            course.better(float(min(found.makespan for found in bests)))
            if n_rounds % ROUNDS_ALONE == 0:
                for island, found in itertools.product(islands, bests):
                    island.keep(found)


def _to_assignment(island: Island, found: Found) -> Assignment:
    load_plan(island.shop, island.plan, found.order, found.mode)
    compute_times(island.shop, island.plan)
    start = island.plan.head.copy()
    return Assignment(mode=found.mode.copy(), start=start, end=start + island.plan.duration)
