"""Search over lists of a factory's operations, in threads that meet now and then."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.factory.factory_ties import in_order
from zhizao.schedule.factory.to_factory import (
    MOVE_TOO_MANY,
    empty_plan,
    empty_state,
    to_assignment,
)
from zhizao.schedule.kernels.factory_search import explore
from zhizao.schedule.kernels.factory_tables import Factory, State
from zhizao.schedule.kernels.factory_trial import (
    BEST,
    COST,
    N_COUNTERS,
    N_MOVED,
    N_TRIALS,
    SAVED,
    Search,
    settle,
)
from zhizao.schedule.kernels.factory_wait import sweep_waits
from zhizao.schedule.problem import Problem
from zhizao.schedule.stop import Course

_ROUND_S = 0.1
"""Wall-clock seconds of a round, about; threads meet after each."""

_TIDY_EVERY = 10
"""Rounds after which the list is put in the order of the begins."""

_SHARE_EVERY = 20
"""Rounds after which the thread with the worst list takes over the best one."""

_HEAT = 0.01
"""First temperature, in mean costs of a job; in small problems, where a job counts for much, up
to 30 times as much."""

_FEW_JOBS = 400.0

_MOST_HEAT, _MOST_HEAT_OF_JOINS = 30.0, 100.0
"""Where jobs wait for others, many moves have to go together before one of the jobs gains."""

_SWEEP_SHARE = 0.1
"""Share of the seconds that is kept for that."""

_SWEEPS = 4
"""Times that all operations are tried for waits at the end of a search."""

_CYCLES = 3
"""Times that the search is heated up again; each time half as much as before."""


def n_pins_of(problem: Problem) -> int:
    """Return how many operations are pinned."""
    return 0 if problem.pins is None else len(problem.pins.operation)


def one_search(
    problem: Problem,
    factory: Factory,
    *,
    sequence: NDArray[np.int64],
    mode: NDArray[np.int64],
    seed: int,
) -> Search:
    """Return the arrays of a search that begins with a list."""
    n = problem.n_operations
    sequence = in_order(problem, sequence)
    stride = max(16, n // 400)
    state = empty_state(factory)
    n_kept = n // stride + 2
    n_places, width = state.place.shape
    return Search(
        sequence=sequence.copy(),
        position=np.zeros(n, np.int64),
        wish=mode.copy(),
        plan=empty_plan(problem, factory),
        trial=empty_plan(problem, factory),
        job_cost=np.zeros(problem.n_jobs),
        kept_place=np.zeros((n_kept, n_places, width), np.int64),
        kept_unit=np.zeros((n_kept, state.unit.shape[0], 2), np.int64),
        kept_at=np.zeros(n_kept, np.int64),
        trial_place=np.zeros((n_kept, n_places, width), np.int64),
        trial_unit=np.zeros((n_kept, state.unit.shape[0], 2), np.int64),
        trial_at=np.zeros(n_kept, np.int64),
        best_sequence=sequence.copy(),
        best_wish=mode.copy(),
        best_not_before=np.zeros(n, np.int64),
        values=np.zeros(2),
        counters=np.zeros(int(N_COUNTERS), np.int64),
        random=np.array([seed], dtype=np.uint64),
        stride=stride,
        n_pins=n_pins_of(problem),
        counted=np.flatnonzero(factory.operations.counts),
    )


def search_lists(
    problem: Problem,
    factory: Factory,
    *,
    course: Course,
    lists: list[tuple[float, NDArray[np.int64], NDArray[np.int64]]],
    seed: int,
    threads: int,
    best: FactoryAssignment,
) -> FactoryAssignment:
    """Return the best plan found from some lists, until the course is over.

    Parameters
    ----------
    lists
        (cost, operations in order, wished modes); each thread begins with one.
    best
        What is returned where nothing better is found.
    """
    searches, states = [], []
    for a in range(threads):
        _, sequence, mode = lists[a % len(lists)]
        search = one_search(
            problem, factory, sequence=sequence, mode=mode, seed=seed * 1_000_003 + a + 1
        )
        state = empty_state(factory)
        settle(factory, state, search)
        search.values[BEST] = search.values[COST]
        search.counters[SAVED] = 1
        searches.append(search)
        states.append(state)
    n_trials, n_rounds, done = 50, 0, 0
    dear = min(
        float(s.values[COST])
        - MOVE_TOO_MANY * max(0, int(s.counters[N_MOVED]) - factory.most_moved)
        for s in searches
    )
    n_jobs = max(1, _n_costly(problem, factory))
    heat = _HEAT * dear / n_jobs
    most = _MOST_HEAT if problem.joins is None else _MOST_HEAT_OF_JOINS
    heat *= min(most, max(1.0, _FEW_JOBS / n_jobs))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            while not course.is_over(iterations=done) and not _is_time_to_sweep(factory, course):
                elapsed_s = course.elapsed_s
                warmth = heat * _warmth(_progress(course, done))
                if course.stop.iterations is not None:
                    left = course.stop.iterations - done
                    n_trials = max(1, min(max(100, course.stop.iterations // 400), left // threads))
                one = partial(_round, factory, n_trials=n_trials, warmth=warmth)
                list(pool.map(one, states, searches))
                done = sum(int(s.counters[N_TRIALS]) for s in searches)
                n_rounds += 1
                if course.stop.iterations is None:
                    took_s = max(1e-4, course.elapsed_s - elapsed_s)
                    n_trials = int(np.clip(n_trials * _ROUND_S / took_s, 10, 20 * n_trials))
                if n_rounds % _TIDY_EVERY == 0:
                    list(pool.map(partial(_tidy, problem, factory), states, searches))
                leader = min(searches, key=lambda s: float(s.values[BEST]))
                course.better(float(leader.values[BEST]))
                if n_rounds % _SHARE_EVERY == 0 and threads > 1:
                    _share(factory, searches, states)
        except KeyboardInterrupt:
            course.is_stopped = True
    leader = min(searches, key=lambda s: float(s.values[BEST]))
    if leader.values[BEST] < course.objective + 1e-6:
        state = empty_state(factory)
        _go_back_to_best(leader, leader)
        if settle(factory, state, leader):
            _sweep(factory, state, leader, course=course)
            course.better(float(leader.values[COST]))
            best = to_assignment(factory, leader.plan)
    return best


def _n_costly(problem: Problem, factory: Factory) -> int:
    """Return how many jobs cost something; components that nobody is promised do not."""
    jobs = factory.jobs
    if problem.joins is None:
        return problem.n_jobs
    return int(((jobs.tardy > 0.0) | (jobs.late > 0.0) | (jobs.flow > 0.0)).sum())


def _warmth(progress: float) -> float:
    """Return the temperature, 1 at first, when a share of the search is over."""
    cycle = min(_CYCLES - 1, int(progress * _CYCLES))
    rest = 1.0 - (progress * _CYCLES - cycle)
    return float(0.5**cycle * rest * rest)


def _progress(course: Course, done: int) -> float:
    """Return the share of the time or the moves that is used up."""
    shares = [0.0]
    if course.stop.seconds is not None:
        shares.append(course.elapsed_s / max(1e-9, course.stop.seconds))
    if course.stop.iterations is not None:
        shares.append(done / max(1, course.stop.iterations))
    return min(1.0, max(shares))


def _round(factory: Factory, state: State, search: Search, *, n_trials: int, warmth: float) -> None:
    explore(factory, state, search, n_trials, warmth)


def _tidy(problem: Problem, factory: Factory, state: State, search: Search) -> None:
    """Put the list in the order of its begins; keep that if the plan is no worse for it."""
    before = float(search.values[COST])
    old = search.sequence.copy()
    free = old[search.n_pins :]
    rank = search.position[free]
    begin = search.plan.rows.begin[free]
    head = search.plan.rows.head[free]
    order = np.lexsort((rank, search.position[head], begin))
    search.sequence[search.n_pins :] = free[order]
    search.sequence[:] = in_order(problem, search.sequence)
    if not settle(factory, state, search) or float(search.values[COST]) > before + 1e-9:
        search.sequence[:] = old
        settle(factory, state, search)
    elif search.values[COST] < search.values[BEST]:
        search.values[BEST] = search.values[COST]
        search.best_sequence[:], search.best_wish[:] = search.sequence, search.wish
        search.best_not_before[:] = search.plan.rows.not_before


def _go_back_to_best(search: Search, other: Search) -> None:
    """Give a search the best list of one."""
    search.sequence[:], search.wish[:] = other.best_sequence, other.best_wish
    search.plan.rows.not_before[:] = other.best_not_before


def _is_time_to_sweep(factory: Factory, course: Course) -> bool:
    seconds = course.stop.seconds
    if seconds is None or not len(factory.cheaper):
        return False
    return course.elapsed_s > (1.0 - _SWEEP_SHARE) * seconds


def _sweep(factory: Factory, state: State, search: Search, *, course: Course) -> None:
    """Let operations wait for cheaper hours, one after another from the last, while it pays."""
    if not len(factory.cheaper):
        return
    n_taken = 1
    turns = 0
    while n_taken and turns < _SWEEPS:
        n_taken, turns = 0, turns + 1
        for q in range(len(search.sequence) - 1, search.n_pins - 1, -1):
            if course.remaining_s <= 0:
                return
            n_taken += sweep_waits(factory, state, search, q)


def _share(factory: Factory, searches: list[Search], states: list[State]) -> None:
    """Let the worst search go on from the best list."""
    order = sorted(range(len(searches)), key=lambda a: (float(searches[a].values[BEST]), a))
    best, worst = searches[order[0]], searches[order[-1]]
    _go_back_to_best(worst, best)
    settle(factory, states[order[-1]], worst)
    worst.values[BEST] = worst.values[COST]
    worst.best_sequence[:], worst.best_wish[:] = worst.sequence, worst.wish
    worst.best_not_before[:] = worst.plan.rows.not_before
    worst.counters[SAVED] = 1
