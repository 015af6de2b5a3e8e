"""A bound on what a factory plan costs: each order as if it were alone."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.factory_ties import in_order
from zhizao.schedule.factory.to_factory import empty_plan, empty_state, to_factory
from zhizao.schedule.kernels.factory_alone import complete_alone
from zhizao.schedule.kernels.factory_tables import NEVER
from zhizao.schedule.problem import NONE, WORKS_OVERTIME, Problem


def alone_bound(problem: Problem, costs: Costs) -> float:
    """Return what no plan can cost less than.

    Orders do not wait for each other, setups, crews, carrying or upkeep; they wait for releases,
    material, delays and shifts, and work as long as in their fastest modes.

    Examples
    --------
    >>> from zhizao.schedule.costs import costs_of
    >>> from zhizao.schedule.objective import read_objective
    >>> two = Problem(
    ...     n_machines=1,
    ...     job_first=np.array([0, 1, 2]),
    ...     release=np.array([0, 0]),
    ...     due=np.array([2, 9]),
    ...     weight=np.ones(2),
    ...     mode_first=np.array([0, 1, 2]),
    ...     mode_machine=np.zeros(2, dtype=np.int32),
    ...     mode_duration=np.array([3, 4]),
    ... )
    >>> alone_bound(two, costs_of(two, read_objective("tardiness"), ticks_per_hour=1.0))
    1.0
    """
    if problem.n_operations == 0:
        return 0.0
    completion = alone_completion(problem, costs)
    late = completion > problem.due
    cost = np.where(late, costs.late + costs.tardy * (completion - problem.due), 0.0)
    cost += costs.flow * np.maximum(0, completion - problem.release)
    bound = float(cost.sum()) + costs.makespan * float(completion.max(initial=0))
    return bound + electricity_bound(problem, costs)


def electricity_bound(problem: Problem, costs: Costs) -> float:
    """Return what the electricity of all operations costs at least: at the lowest price.

    What goes in batches, and what is pinned, counts 0 here.
    """
    energy, rate = problem.energy, costs.per_kwh
    if energy is None or rate is None or not problem.n_operations:
        return 0.0
    lowest = float(rate.min())
    hold = problem.mode_duration if problem.mode_hold is None else problem.mode_hold
    ticks = np.minimum(hold, problem.mode_duration)
    least = energy.busy_kw - np.maximum(energy.idle_kw, energy.off_kw)
    most = energy.busy_kw - np.minimum(energy.idle_kw, energy.off_kw)
    power = np.append(least if lowest >= 0.0 else most, 0.0)[problem.mode_machine]
    of_mode = lowest * power * ticks
    setup_kw = np.maximum(0.0, energy.setup_kw - np.minimum(energy.idle_kw, energy.off_kw))
    if problem.setups is not None:
        # Where setups draw less than idling, or prices fall below 0, a setup may save something.
        saved = energy.setup_kw - np.maximum(energy.idle_kw, energy.off_kw)
        worst = min(0.0, lowest * float(setup_kw.max()), float(rate.max() * saved.min()))
        of_mode = of_mode + worst * float(problem.setups.ticks.max(initial=0))
    of_operation = np.minimum.reduceat(of_mode, problem.mode_first[:-1])
    alone = np.ones(problem.n_operations, dtype=bool)
    if problem.batches is not None:
        alone &= problem.batches.key == NONE
    if problem.pins is not None:
        alone[problem.pins.operation] = False
    at_least = np.where(alone, of_operation, np.minimum(0.0, of_operation))
    return float(at_least.sum()) / energy.ticks_per_hour


def alone_completion(problem: Problem, costs: Costs) -> NDArray[np.int64]:
    """Return when each job could be done at the earliest if no other were there, in ticks.

    Where it can never be done, its release.
    """
    relaxed = replace(as_if_alone(problem), previous=None)
    factory = to_factory(relaxed, costs)
    # Pins stay where they are, but hold nothing: the first place of a machine is free for all.
    factory.places.pin_end[:] = factory.places.pin_first
    completion = np.zeros(problem.n_jobs, np.int64)
    order = in_order(relaxed, np.arange(problem.n_operations))
    complete_alone(factory, empty_state(factory), empty_plan(relaxed, factory), order, completion)
    return np.where(completion >= NEVER, problem.release, completion)


def as_if_alone(problem: Problem) -> Problem:
    """Return a problem without setups, crews, carrying, upkeep, and with the lightest batches."""
    lags = problem.lags
    if lags is not None:
        lags = replace(lags, area_of_operation=np.full(problem.n_operations, NONE, np.int32))
    return replace(
        _lightest_batches(problem),
        setups=None,
        crews=None,
        batches=None,
        upkeep=None,
        same_machine_as=None,
        limits=None,
        buffers=None,
        pins=problem.pins,
        lags=lags,
    )


def _lightest_batches(problem: Problem) -> Problem:
    """Return a problem in which what may go along with others works as short as any of them.

    A batch works as its first operation says: by its time, and through closings if it may.
    """
    batches = problem.batches
    if batches is None:
        return problem
    n_modes = np.diff(problem.mode_first)
    key = np.repeat(batches.key, n_modes)
    pieces = np.repeat(batches.pieces, n_modes)
    duration = problem.mode_duration.copy()
    for one in np.unique(key[key != NONE]).tolist():
        its = key == one
        least = batches.fixed[its].min() + batches.per_piece[its].min() * pieces[its]
        duration[its] = np.minimum(duration[its], np.floor(least).astype(np.int64))
    calendars = problem.calendars
    if calendars is not None:
        kinds = np.where(batches.key != NONE, WORKS_OVERTIME, calendars.interruption)
        calendars = replace(calendars, interruption=kinds.astype(np.int8))
    return replace(problem, mode_duration=duration, mode_hold=None, calendars=calendars)
