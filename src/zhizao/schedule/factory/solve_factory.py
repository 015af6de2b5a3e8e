"""Factory search: dispatch first, then local search over lists, in threads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.anchor import anchored
from zhizao.schedule.factory.dispatch import Dispatched, dispatch_all
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.factory.follow import Begun, carried_on, held
from zhizao.schedule.factory.to_factory import (
    MOVE_TOO_MANY,
    empty_plan,
    empty_state,
    to_assignment,
    to_factory,
)
from zhizao.schedule.factory.tune import tune
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
from zhizao.schedule.problem import NONE, Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Course, Stop

_ROUND_S = 0.1
"""Wall-clock seconds of a round, about; threads meet after each."""

_TIDY_EVERY = 10
"""Rounds after which the list is put in the order of the begins."""

_SHARE_EVERY = 20
"""Rounds after which the thread with the worst list takes over the best one."""

_HEAT = 0.01
"""First temperature, in mean costs of a job; in small problems, where a job counts for much, up
to 30 times as much."""

_TUNED_SHARE, _TUNED_SHARE_OF_MANY = 0.15, 0.8
"""Share of the seconds in which rules are fitted before the search: for problems of fewer, and
of ``_MANY`` operations."""

_MANY = 8_000

_TRIALS_PER_RULE = 500
"""Moves that count as much as a plan by a rule, where moves are limited."""

_FEW_JOBS = 400.0

_CYCLES = 3
"""Times that the search is heated up again; each time half as much as before."""


@dataclass(frozen=True, kw_only=True)
class NeverDone:
    """An operation that no plan can hold: none of its machines or crews is ever there."""

    operation: int


def solve_factory(
    problem: Problem,
    *,
    costs: Costs,
    stop: Stop,
    seed: int = 0,
    threads: int = 1,
    start: Begun | None = None,
    bound: float = 0.0,
) -> Solution | NeverDone:
    """Return a good plan of a factory.

    Parameters
    ----------
    problem : Problem
        Any, with all its optional parts.
    costs : Costs
        What is to be small.
    stop : Stop
        When to end. With ``iterations``, equal arguments give equal plans.
    seed : int
        Of the moves.
    threads : int
        Searches side by side; they share their best list now and then.
    start : Begun, optional
        A list to begin from, beside the dispatch rules'; a plan to stay close to.
    bound : float
        No plan costs less.

    Returns
    -------
    Solution or NeverDone
        ``objective`` in the units of the costs.

    Raises
    ------
    InputError
        If setups need operators but do not wait for their lot.
    """
    course = stop.begin()
    course.bound = bound
    if start is not None:
        problem = held(problem, start)
    factory = to_factory(problem, costs)
    tried = dispatch_all(problem, factory)
    first = tried[0]
    if first.n_placed < problem.n_operations:
        return NeverDone(operation=_unplaced(problem, first))
    plan = first.plan
    course.better(first.cost)
    lists = [(d.cost, d.sequence, np.array(d.plan.rows.mode)) for d in tried[: max(1, threads)]]
    if start is not None:
        began = _begun(problem, factory, costs=costs, start=start)
        if began:
            lists = [(float(one.values[COST]), one.sequence, one.wish) for one in began]
            if lists[0][0] < first.cost or stop.seconds == 0.0:
                plan = began[0].plan
                course.better(lists[0][0])
            else:
                lists.append((first.cost, first.sequence, np.array(first.plan.rows.mode)))
    elif not course.is_over():
        fitted = tune(
            problem,
            factory,
            course=course,
            share=_TUNED_SHARE if problem.n_operations < _MANY else _TUNED_SHARE_OF_MANY,
            n_tries=None if stop.iterations is None else stop.iterations // _TRIALS_PER_RULE,
            seed=seed,
            threads=threads,
        )
        if fitted is not None and fitted.cost < first.cost:
            plan = fitted.plan
            lists[0] = (fitted.cost, fitted.sequence, np.array(fitted.plan.rows.mode))
    best = to_assignment(factory, plan)
    if problem.n_operations - _n_pins(problem) > 1 and not course.is_over():
        best = _search(
            problem, factory, course=course, lists=lists, seed=seed, threads=threads, best=best
        )
    objective = course.objective
    if problem.previous is not None:
        machine = problem.mode_machine[best.mode]
        n_moved = problem.previous.n_moved(machine=machine, start=best.start)
        objective -= MOVE_TOO_MANY * max(0, n_moved - factory.most_moved)
    return Solution(
        assignment=best,
        objective=max(course.bound, objective),
        bound=course.bound,
        trajectory=tuple(course.trajectory),
    )


def _begun(problem: Problem, factory: Factory, *, costs: Costs, start: Begun) -> list[Search]:
    """Return the plan that people follow, as it can be now, the cheapest first; perhaps none."""
    ways = [carried_on(problem, costs, start)]
    if start.pins is not None:
        around = anchored(problem, costs, start, pins=start.pins)
        ways += [] if around is None else [around]
    found = []
    for way in ways:
        one = _one_search(problem, factory, sequence=way.sequence, mode=way.mode, seed=0)
        if settle(factory, empty_state(factory), one):
            found.append(one)
    return sorted(found, key=lambda one: float(one.values[COST]))


def _unplaced(problem: Problem, dispatched: Dispatched) -> int:
    """Return an operation at which dispatching got stuck."""
    placed = np.zeros(problem.n_operations, dtype=bool)
    placed[dispatched.sequence[: dispatched.n_placed]] = True
    stuck = int(dispatched.sequence[min(dispatched.n_placed, problem.n_operations - 1)])
    if stuck != NONE and not placed[stuck]:
        return stuck
    return int(np.flatnonzero(~placed)[0])


def _n_pins(problem: Problem) -> int:
    return 0 if problem.pins is None else len(problem.pins.operation)


def _one_search(
    problem: Problem,
    factory: Factory,
    *,
    sequence: NDArray[np.int64],
    mode: NDArray[np.int64],
    seed: int,
) -> Search:
    """Return the arrays of a search that begins with a list."""
    n = problem.n_operations
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
        values=np.zeros(2),
        counters=np.zeros(int(N_COUNTERS), np.int64),
        random=np.array([seed], dtype=np.uint64),
        stride=stride,
        n_pins=_n_pins(problem),
        counted=np.flatnonzero(factory.operations.counts),
    )


def _search(
    problem: Problem,
    factory: Factory,
    *,
    course: Course,
    lists: list[tuple[float, NDArray[np.int64], NDArray[np.int64]]],
    seed: int,
    threads: int,
    best: FactoryAssignment,
) -> FactoryAssignment:
    searches, states = [], []
    for a in range(threads):
        _, sequence, mode = lists[a % len(lists)]
        search = _one_search(
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
    heat = _HEAT * dear / max(1, problem.n_jobs)
    heat *= min(30.0, max(1.0, _FEW_JOBS / max(1, problem.n_jobs)))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            while not course.is_over(iterations=done):
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
                    list(pool.map(partial(_tidy, factory), states, searches))
                leader = min(searches, key=lambda s: float(s.values[BEST]))
                course.better(float(leader.values[BEST]))
                if n_rounds % _SHARE_EVERY == 0 and threads > 1:
                    _share(factory, searches, states)
        except KeyboardInterrupt:
            course.is_stopped = True
    leader = min(searches, key=lambda s: float(s.values[BEST]))
    if leader.values[BEST] < course.objective + 1e-6:
        leader.sequence[:], leader.wish[:] = leader.best_sequence, leader.best_wish
        if settle(factory, empty_state(factory), leader):
            course.better(float(leader.values[COST]))
            best = to_assignment(factory, leader.plan)
    return best


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


def _tidy(factory: Factory, state: State, search: Search) -> None:
    """Put the list in the order of its begins; keep that if the plan is no worse for it."""
    before = float(search.values[COST])
    old = search.sequence.copy()
    free = old[search.n_pins :]
    rank = search.position[free]
    begin = search.plan.rows.begin[free]
    head = search.plan.rows.head[free]
    order = np.lexsort((rank, search.position[head], begin))
    search.sequence[search.n_pins :] = free[order]
    if not settle(factory, state, search) or float(search.values[COST]) > before + 1e-9:
        search.sequence[:] = old
        settle(factory, state, search)
    elif search.values[COST] < search.values[BEST]:
        search.values[BEST] = search.values[COST]
        search.best_sequence[:], search.best_wish[:] = search.sequence, search.wish


def _share(factory: Factory, searches: list[Search], states: list[State]) -> None:
    """Let the worst search go on from the best list."""
    order = sorted(range(len(searches)), key=lambda a: (float(searches[a].values[BEST]), a))
    best, worst = searches[order[0]], searches[order[-1]]
    worst.sequence[:], worst.wish[:] = best.best_sequence, best.best_wish
    settle(factory, states[order[-1]], worst)
    worst.values[BEST] = worst.values[COST]
    worst.best_sequence[:], worst.best_wish[:] = worst.sequence, worst.wish
    worst.counters[SAVED] = 1
