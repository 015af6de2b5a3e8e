"""Factory search: dispatch first, then local search over lists, in threads."""

from dataclasses import dataclass

import numpy as np

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.begin_from import Ways, ways_to_begin
from zhizao.schedule.factory.dispatch import Dispatched, dispatch_all
from zhizao.schedule.factory.follow import Begun, held
from zhizao.schedule.factory.search_lists import n_pins_of, one_search, search_lists
from zhizao.schedule.factory.to_factory import (
    MOVE_TOO_MANY,
    empty_state,
    to_assignment,
    to_factory,
)
from zhizao.schedule.factory.tune import tune
from zhizao.schedule.kernels.factory_tables import Factory
from zhizao.schedule.kernels.factory_trial import (
    COST,
    Search,
    settle,
)
from zhizao.schedule.problem import NONE, Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Stop

_TUNED_SHARE, _TUNED_SHARE_OF_MANY = 0.15, 0.8
"""Share of the seconds in which rules are fitted before the search: for problems of fewer, and
of ``_MANY`` operations."""

_MANY = 8_000

_TRIALS_PER_RULE = 500
"""Moves that count as much as a plan by a rule, where moves are limited."""


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
    free, n_forced = problem, 0
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
        ways = ways_to_begin(
            problem, factory, costs=costs, start=start, course=course, seed=seed, free=free
        )
        n_forced = ways.n_forced
        began = _begun(problem, factory, ways=ways)
        if began:
            lists = [(float(one.values[COST]), one.sequence, one.wish) for one in began]
            if lists[0][0] < first.cost or stop.seconds == 0.0:
                plan = began[0].plan
                course.better(lists[0][0])
                course.objective = lists[0][0]  # without seconds, a rule's plan may be cheaper
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
    if problem.n_operations - n_pins_of(problem) > 1 and not course.is_over():
        best = search_lists(
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
        n_forced=n_forced,
    )


def _begun(problem: Problem, factory: Factory, *, ways: Ways) -> list[Search]:
    """Return the plan that people follow, as it can be now, the cheapest first; perhaps none."""
    found = []
    for way in ways.lists:
        one = one_search(problem, factory, sequence=way.sequence, mode=way.mode, seed=0)
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
