"""Factory plans: sound with everything in a problem, equal to slow references, repeatable."""

import itertools
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhizao.schedule import Stop, check_assignment, read_objective
from zhizao.schedule.costs import costs_of
from zhizao.schedule.factory.dispatch import (
    dispatch_all,
    dispatch_by,
    nominal_times,
    portfolio,
    to_queues,
)
from zhizao.schedule.factory.factory_bound import alone_bound
from zhizao.schedule.factory.search_lists import one_search
from zhizao.schedule.factory.solve_factory import NeverDone, solve_factory
from zhizao.schedule.factory.to_factory import empty_plan, empty_state, to_assignment, to_factory
from zhizao.schedule.kernels.factory_build import build
from zhizao.schedule.kernels.factory_cost import plan_cost
from zhizao.schedule.kernels.factory_search import explore
from zhizao.schedule.kernels.factory_trial import BEST, COST, SAVED, settle
from zhizao.schedule.problem import NONE, Crews

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))

from list_schedule import build_list
from random_factory import random_factory

OBJECTIVES = ("tardiness", "late > tardiness + 0.1 * setup", "makespan + moved", "lead_time")
seeds = st.integers(0, 2**32 - 1)


def costs_by(problem, text):
    return costs_of(problem, read_objective(text), ticks_per_hour=1.0)


@given(seed=seeds)
@example(seed=1823)
@settings(max_examples=60, deadline=None)
def test_every_rule_gives_a_plan_that_the_checker_accepts(seed):
    problem = random_factory(seed)
    factory = to_factory(problem, costs_by(problem, "tardiness"))
    for found in dispatch_all(problem, factory):
        assert found.n_placed == problem.n_operations
        assert check_assignment(problem, to_assignment(factory, found.plan)) == []


@given(seed=seeds, objective=st.sampled_from(OBJECTIVES), threads=st.sampled_from([1, 2]))
@settings(max_examples=40, deadline=None)
def test_a_search_is_sound_repeatable_and_states_its_cost(seed, objective, threads):
    problem = random_factory(seed)
    costs = costs_by(problem, objective)
    runs = [
        solve_factory(
            problem,
            costs=costs,
            stop=Stop(iterations=400),
            seed=seed % 1000,
            threads=threads,
            bound=alone_bound(problem, costs),
        )
        for _ in range(2)
    ]
    plan = runs[0].assignment
    assert check_assignment(problem, plan) == []
    assert (plan.start == runs[1].assignment.start).all()
    assert (plan.mode == runs[1].assignment.mode).all()
    assert runs[0].objective == pytest.approx(cost_of(problem, costs, plan))
    assert runs[0].bound <= runs[0].objective + 1e-9
    assert [v for _, v in runs[0].trajectory] == sorted(
        (v for _, v in runs[0].trajectory), reverse=True
    )


@given(seed=seeds, is_patient=st.booleans())
@settings(max_examples=60, deadline=None)
def test_machines_that_choose_again_when_their_people_come_do_all_work(seed, is_patient):
    problem = random_factory(seed)
    factory = to_factory(problem, costs_by(problem, "tardiness"))
    queues = to_queues(problem, factory)
    for name, plain in portfolio(problem, nominal_times(problem)):
        rule = plain._replace(is_patient=int(is_patient), awaits_crew=1)
        found = dispatch_by(problem, factory, rule=rule, name=name, queues=queues)
        assert found.n_placed == problem.n_operations
        assert check_assignment(problem, to_assignment(factory, found.plan)) == []


def cost_of(problem, costs, plan):
    """The cost of a plan, written down again."""
    completion = plan.end[problem.job_first[1:] - 1]
    late = np.maximum(0, completion - problem.due)
    total = (costs.tardy * late).sum() + costs.late[late > 0].sum()
    total += (costs.flow * np.maximum(0, completion - problem.release)).sum()
    total += costs.setup * plan.setup.sum() + costs.makespan * completion.max()
    previous = problem.previous
    if previous is not None:
        counted = (previous.machine != NONE) & (previous.start < previous.until)
        moved = problem.mode_machine[plan.mode] != previous.machine
        moved |= np.abs(plan.start - previous.start) > previous.tolerance
        total += costs.moved * (counted & moved).sum()
    return float(total)


def simple_factory(seed):
    """A factory that the slow reference knows."""
    parts = ("setups", "calendars", "lags", "crews")
    problem = random_factory(seed, parts=parts, needs_lot=True, n_jobs=6)
    if problem.lags is not None:
        area = np.full(problem.n_operations, NONE, np.int32)
        problem = replace(problem, lags=replace(problem.lags, area_of_operation=area))
    if problem.crews is not None:
        rng = np.random.default_rng(seed)
        needs = rng.integers(0, 2, problem.n_operations)
        first = np.concatenate([[0], np.cumsum(needs)])
        crews = Crews(
            need_first=first,
            need_skill=rng.integers(0, 2, first[-1]).astype(np.int32),
            setup_skill=np.full(problem.n_machines, NONE, np.int32),
            group_first=np.array([0, 1, 2]),
            group=np.array([0, 1], np.int32),
            n_units=np.array([1, 2]),
            calendar_of_group=problem.crews.calendar_of_group[:2],
        )
        problem = replace(problem, crews=crews)
    return problem


@given(seed=seeds)
@settings(max_examples=60, deadline=None)
def test_the_evaluator_equals_the_tick_by_tick_reference(seed):
    problem = simple_factory(seed)
    rng = np.random.default_rng(seed)
    # A random list in which each operation comes after the one before it in its job.
    jobs = rng.permutation(np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first)))
    next_of = problem.job_first[:-1].copy()
    sequence = []
    for j in jobs:
        sequence.append(int(next_of[j]))
        next_of[j] += 1
    mode = np.array(
        [
            rng.integers(problem.mode_first[i], problem.mode_first[i + 1])
            for i in range(problem.n_operations)
        ]
    )
    factory = to_factory(problem, costs_by(problem, "tardiness"))
    plan = empty_plan(problem, factory)
    placed = build(factory, empty_state(factory), plan, np.array(sequence), mode)
    assert placed == problem.n_operations
    begin, start, end = build_list(problem, sequence, mode.tolist())
    assert plan.rows.begin.tolist() == begin
    assert plan.rows.start.tolist() == start
    assert plan.rows.end.tolist() == end
    costs = costs_by(problem, "tardiness + setup")
    factory = to_factory(problem, costs)
    assert plan_cost(factory, plan) == pytest.approx(
        cost_of(problem, costs, to_assignment(factory, plan))
    )


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_small_cases_are_solved_to_the_best_of_all_lists(seed):
    problem = random_factory(
        seed, n_jobs=3, n_machines=2, parts=("setups", "calendars"), needs_lot=True
    )
    first = problem.mode_first
    if problem.n_operations > 6 or np.prod(np.diff(first)) > 16:
        return
    costs = costs_by(problem, "tardiness")
    factory = to_factory(problem, costs)
    plan, state = empty_plan(problem, factory), empty_state(factory)
    best = np.inf
    job_of = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first))
    options = [range(int(first[i]), int(first[i + 1])) for i in range(problem.n_operations)]
    for jobs in set(itertools.permutations(job_of.tolist())):
        next_of = problem.job_first[:-1].tolist()
        sequence = []
        for j in jobs:
            sequence.append(next_of[j])
            next_of[j] += 1
        for mode in itertools.product(*options):
            build(factory, state, plan, np.array(sequence), np.array(mode))
            best = min(best, float(plan_cost(factory, plan)))
    found = solve_factory(problem, costs=costs, stop=Stop(iterations=10_000), threads=2, seed=1)
    assert found.objective == pytest.approx(best)


@pytest.mark.parametrize("seed", range(4))
def test_small_job_shops_reach_the_optimum_of_cp_sat(seed):
    from ortools.sat.python import cp_model

    problem = random_factory(seed, n_jobs=5, n_machines=3, parts=())
    model = cp_model.CpModel()
    horizon = int(problem.release.max() + problem.mode_duration.sum())
    on_machine = [[] for _ in range(problem.n_machines)]
    tardiness = []
    for j in range(problem.n_jobs):
        before = int(problem.release[j])
        for i in range(int(problem.job_first[j]), int(problem.job_first[j + 1])):
            start, end = model.new_int_var(0, horizon, ""), model.new_int_var(0, horizon, "")
            chosen = []
            for k in range(int(problem.mode_first[i]), int(problem.mode_first[i + 1])):
                is_chosen, duration = model.new_bool_var(""), int(problem.mode_duration[k])
                chosen.append(is_chosen)
                span = model.new_optional_interval_var(start, duration, end, is_chosen, "")
                on_machine[problem.mode_machine[k]].append(span)
            model.add_exactly_one(chosen)
            model.add(start >= before)
            before = end
        late = model.new_int_var(0, horizon, "")
        model.add(late >= before - int(problem.due[j]))
        tardiness.append(int(problem.weight[j]) * late)
    for spans in on_machine:
        model.add_no_overlap(spans)
    model.minimize(sum(tardiness))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    found = solve_factory(
        problem,
        costs=costs_by(problem, "tardiness"),
        stop=Stop(iterations=30_000),
        threads=2,
        seed=3,
    )
    assert found.objective == pytest.approx(solver.objective_value)


@pytest.mark.parametrize("seed", range(8))
def test_a_list_changed_by_trials_costs_what_it_costs_when_built_anew(seed):
    problem = random_factory(seed, n_jobs=180, n_machines=8)
    factory = to_factory(problem, costs_by(problem, "tardiness"))
    first = dispatch_all(problem, factory)[-1]
    assert first.n_placed == problem.n_operations
    search = one_search(
        problem,
        factory,
        sequence=first.sequence,
        mode=np.array(first.plan.rows.mode),
        seed=seed,
    )
    state = empty_state(factory)
    assert settle(factory, state, search)
    search.values[BEST], search.counters[SAVED] = search.values[COST], 1
    explore(factory, state, search, 300, 1e-4 * float(search.values[COST]))
    cost, rows = float(search.values[COST]), search.plan.rows.copy()
    assert settle(factory, state, search)
    assert cost == pytest.approx(float(search.values[COST]))
    assert (rows.start == search.plan.rows.start).all()
    assert (rows.hold == search.plan.rows.hold).all()


def test_an_operation_that_nobody_can_ever_do_is_named():
    problem = random_factory(11, parts=("crews",), n_jobs=3)
    crews = problem.crews
    needs = np.zeros(problem.n_operations, np.int64)
    needs[2] = 1
    lost = Crews(
        need_first=np.concatenate([[0], np.cumsum(needs)]),
        need_skill=np.zeros(1, np.int32),
        setup_skill=np.full(problem.n_machines, NONE, np.int32),
        group_first=np.array([0, 0]),
        group=np.zeros(0, np.int32),
        n_units=crews.n_units,
        calendar_of_group=crews.calendar_of_group,
    )
    problem = replace(problem, crews=lost)
    found = solve_factory(problem, costs=costs_by(problem, "tardiness"), stop=Stop(iterations=1))
    assert found == NeverDone(operation=2)
