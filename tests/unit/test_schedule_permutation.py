import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from zhizao._base.errors import InputError
from zhizao.schedule.bounds import makespan_bound
from zhizao.schedule.kernels.permutation_insert import insertion_makespans
from zhizao.schedule.permutation.solve_permutation import solve_permutation, to_flow_shop
from zhizao.schedule.problem import NO_DUE, Problem, Setups
from zhizao.schedule.stop import Stop

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from flow_shop import best_flow_shop_makespan, flow_shop_makespan


def flow_shop(*, n_jobs, n_machines, seed, has_initial=False, longest_setup=30):
    rng = np.random.default_rng(seed)
    n = n_jobs * n_machines
    setups = Setups(
        table_of_machine=np.arange(n_machines, dtype=np.int32),
        family_of_operation=np.repeat(np.arange(n_jobs, dtype=np.int32), n_machines),
        initial_family=np.full(n_machines, 0 if has_initial else -1, dtype=np.int32),
        ticks=rng.integers(0, longest_setup + 1, (n_machines, n_jobs, n_jobs)),
    )
    return Problem(
        n_machines=n_machines,
        job_first=np.arange(n_jobs + 1) * n_machines,
        release=np.zeros(n_jobs, dtype=np.int64),
        due=np.full(n_jobs, NO_DUE),
        weight=np.ones(n_jobs),
        mode_first=np.arange(n + 1),
        mode_machine=np.tile(np.arange(n_machines, dtype=np.int32), n_jobs),
        mode_duration=rng.integers(0, 60, n),
        setups=setups,
        is_permutation=True,
    )


def as_lists(problem):
    shop = to_flow_shop(problem)
    return shop.times.tolist(), shop.setups.tolist(), shop.first.tolist()


@hypothesis_settings(max_examples=60)
@given(
    n_jobs=st.integers(2, 8),
    n_machines=st.integers(1, 5),
    seed=st.integers(0, 10_000),
    has_initial=st.booleans(),
)
def test_the_accelerated_insertion_is_the_naive_one(n_jobs, n_machines, seed, has_initial):
    problem = flow_shop(n_jobs=n_jobs, n_machines=n_machines, seed=seed, has_initial=has_initial)
    shop = to_flow_shop(problem)
    order = np.random.default_rng(seed + 1).permutation(n_jobs).astype(np.int64)
    job, n = int(order[-1]), n_jobs - 1
    head = np.zeros((n_jobs, n_machines), dtype=np.int32)
    makespan = np.zeros(n_jobs, dtype=np.int64)
    insertion_makespans(
        job, order, n, shop.times, shop.setups, shop.first, head, np.zeros_like(head), makespan
    )
    for k in range(n_jobs):
        sequence = [*order[:k].tolist(), job, *order[k:n].tolist()]
        assert makespan[k] == flow_shop_makespan(sequence, *as_lists(problem))


@pytest.mark.parametrize("seed", range(6))
def test_small_shops_are_solved_to_the_optimum_of_all_sequences(seed):
    problem = flow_shop(n_jobs=6, n_machines=3, seed=seed, has_initial=seed % 2 == 0)
    solution = solve_permutation(problem, stop=Stop(iterations=300), threads=2, seed=seed)
    best = best_flow_shop_makespan(*as_lists(problem))
    assert solution.objective == best
    assert solution.bound <= best
    assert makespan_bound(problem) == solution.bound


def test_the_plan_keeps_machines_jobs_and_setups_and_states_its_makespan():
    problem = flow_shop(n_jobs=15, n_machines=4, seed=3)
    solution = solve_permutation(problem, stop=Stop(iterations=40), threads=1, seed=1)
    plan, setups = solution.assignment, problem.setups
    start, end = plan.start.reshape(15, 4), plan.end.reshape(15, 4)
    assert np.array_equal(end - start, problem.mode_duration.reshape(15, 4))
    assert np.all(start[:, 1:] >= end[:, :-1])
    order = np.argsort(end[:, -1])
    for machine in range(4):
        for before, after in pairwise(order):
            assert (
                start[after, machine] >= end[before, machine] + setups.ticks[machine, before, after]
            )
    assert solution.objective == end.max()
    assert solution.trajectory[-1][1] == solution.objective


def test_equal_seeds_and_iterations_give_equal_plans_with_two_threads():
    problem = flow_shop(n_jobs=25, n_machines=5, seed=8)
    first, second = (
        solve_permutation(problem, stop=Stop(iterations=60), threads=2, seed=5) for _ in range(2)
    )
    assert np.array_equal(first.assignment.start, second.assignment.start)
    assert first.objective == second.objective


def test_the_search_betters_the_first_sequence():
    problem = flow_shop(n_jobs=30, n_machines=5, seed=4, longest_setup=60)
    solution = solve_permutation(problem, stop=Stop(iterations=100), threads=1, seed=2)
    assert solution.objective < solution.trajectory[0][1]


def test_a_problem_that_is_no_flow_shop_is_named():
    problem = flow_shop(n_jobs=3, n_machines=2, seed=0)
    fields = {**vars(problem), "mode_machine": np.array([0, 1, 1, 0, 0, 1], dtype=np.int32)}
    with pytest.raises(InputError, match="in the same order"):
        solve_permutation(Problem(**fields), stop=Stop(iterations=1))
    late = {**vars(problem), "release": np.array([0, 5, 0])}
    with pytest.raises(InputError, match="releases"):
        solve_permutation(Problem(**late), stop=Stop(iterations=1))
