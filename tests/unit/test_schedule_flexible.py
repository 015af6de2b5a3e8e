import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from zhizao._base.errors import InputError
from zhizao.schedule.assignment import Assignment
from zhizao.schedule.check import check_assignment
from zhizao.schedule.flexible.flexible_tables import to_shop
from zhizao.schedule.flexible.island import Island
from zhizao.schedule.flexible.solve_flexible import solve_flexible
from zhizao.schedule.kernels.flexible_moves import OPERATION, VALUE
from zhizao.schedule.kernels.flexible_plan import compute_times
from zhizao.schedule.kernels.flexible_search import search_flexible
from zhizao.schedule.problem import NO_DUE, Problem, Setups
from zhizao.schedule.stop import Stop


def flexible_shop(*, n_jobs, n_steps, n_machines, seed, setups=0):
    rng = np.random.default_rng(seed)
    n = n_jobs * n_steps
    machines = [
        rng.permutation(n_machines)[: rng.integers(1, n_machines + 1)].tolist() for _ in range(n)
    ]
    modes = np.array([k for eligible in machines for k in eligible], dtype=np.int32)
    family = rng.integers(0, 4, n).astype(np.int32)
    tables = Setups(
        table_of_machine=np.arange(n_machines, dtype=np.int32),
        family_of_operation=family,
        initial_family=np.where(np.arange(n_machines) % 2 == 0, 0, -1).astype(np.int32),
        ticks=rng.integers(0, setups + 1, (n_machines, 4, 4)),
    )
    return Problem(
        n_machines=n_machines,
        job_first=np.arange(n_jobs + 1) * n_steps,
        release=rng.integers(0, 10, n_jobs),
        due=np.full(n_jobs, NO_DUE),
        weight=np.ones(n_jobs),
        mode_first=np.concatenate([[0], np.cumsum([len(k) for k in machines])]),
        mode_machine=modes,
        mode_duration=rng.integers(0, 30, len(modes)),
        setups=tables if setups else None,
    )


@hypothesis_settings(max_examples=25)
@given(
    n_jobs=st.integers(2, 8),
    n_steps=st.integers(1, 5),
    n_machines=st.integers(1, 5),
    seed=st.integers(0, 10_000),
    setups=st.sampled_from([0, 20]),
)
def test_the_value_of_a_move_is_the_makespan_after_it(n_jobs, n_steps, n_machines, seed, setups):
    problem = flexible_shop(
        n_jobs=n_jobs, n_steps=n_steps, n_machines=n_machines, seed=seed, setups=setups
    )
    island = Island(problem, to_shop(problem), seed=seed, target=0)
    island.begin(island.dispatch(noise=1.0))
    for _ in range(40):
        search_flexible(island.shop, island.plan, island.search, 1, 10**6, 0, 3, 3, 10**6)
        if island.search.pick[OPERATION] < 0:
            continue
        makespan = compute_times(island.shop, island.plan)
        assert makespan == island.search.values[0]
        if setups:  # a setup that is left out may have been part of the longest path
            assert makespan <= island.search.pick[VALUE]
        else:
            assert makespan == island.search.pick[VALUE]


@pytest.mark.parametrize("setups", [0, 15])
@pytest.mark.parametrize("seed", range(3))
def test_plans_keep_every_rule_and_state_their_makespan(seed, setups):
    problem = flexible_shop(n_jobs=10, n_steps=4, n_machines=5, seed=seed, setups=setups)
    solution = solve_flexible(problem, stop=Stop(iterations=3000), threads=2, seed=seed)
    assert check_assignment(problem, solution.assignment) == []
    assert solution.objective == solution.assignment.end.max()
    assert solution.bound <= solution.objective
    assert solution.trajectory[-1][1] == solution.objective


def test_equal_seeds_and_iterations_give_equal_plans_with_two_threads():
    problem = flexible_shop(n_jobs=12, n_steps=5, n_machines=6, seed=2, setups=9)
    first, second = (
        solve_flexible(problem, stop=Stop(iterations=20_000), threads=2, seed=4) for _ in range(2)
    )
    assert np.array_equal(first.assignment.start, second.assignment.start)
    assert np.array_equal(first.assignment.mode, second.assignment.mode)


def test_a_plan_between_two_plans_is_a_plan():
    problem = flexible_shop(n_jobs=9, n_steps=4, n_machines=4, seed=11)
    island = Island(problem, to_shop(problem), seed=1, target=0)
    one, other = island.dispatch(noise=1.0), island.dispatch(noise=1.0)
    for part in (0.0, 0.3, 0.9):
        island.begin(island.between(one, other, part=part))
        assert island.search.values[0] > 0
    assert np.array_equal(island.between(one, other, part=0.0).order, one.order)


def test_the_search_goes_beyond_its_first_plan():
    problem = flexible_shop(n_jobs=20, n_steps=5, n_machines=6, seed=6)
    solution = solve_flexible(problem, stop=Stop(iterations=5000), threads=1, seed=1)
    assert solution.objective < solution.trajectory[0][1]


def test_an_operation_without_family_on_a_machine_with_setups_is_named():
    problem = flexible_shop(n_jobs=3, n_steps=2, n_machines=2, seed=0, setups=5)
    family = problem.setups.family_of_operation.copy()
    family[4] = -1
    bare = Setups(**{**vars(problem.setups), "family_of_operation": family})
    with pytest.raises(InputError, match="Operation 4 has no family"):
        solve_flexible(Problem(**{**vars(problem), "setups": bare}), stop=Stop(iterations=1))


def test_a_problem_with_more_than_the_search_knows_is_refused():
    problem = flexible_shop(n_jobs=3, n_steps=2, n_machines=2, seed=0)
    places = Problem(**{**vars(problem), "n_places": np.array([2, 1])})
    with pytest.raises(InputError, match="n_places"):
        solve_flexible(places, stop=Stop(iterations=1))


@hypothesis_settings(max_examples=15)
@given(n_steps=st.integers(1, 4), seed=st.integers(0, 10_000), setups=st.sampled_from([0, 20]))
def test_rebuilding_puts_every_operation_back_on_one_of_its_machines(n_steps, seed, setups):
    problem = flexible_shop(n_jobs=6, n_steps=n_steps, n_machines=3, seed=seed, setups=setups)
    island = Island(problem, to_shop(problem), seed=seed, target=0)
    island.begin(island.dispatch(noise=1.0))
    first = int(island.search.values[0])
    for _ in range(10):
        island.search_on(3)
        plan = island.plan
        assert compute_times(island.shop, plan) == island.search.values[0]
        assignment = Assignment(
            mode=plan.mode.copy(), start=plan.head.copy(), end=plan.head + plan.duration
        )
        assert check_assignment(problem, assignment) == []
    assert island.search.values[1] <= first
