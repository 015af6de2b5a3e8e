import numpy as np
import pytest
from test_schedule_flexible import flexible_shop
from test_schedule_permutation import flow_shop

from zhizao._base.errors import InputError
from zhizao.schedule.bounds import makespan_bound
from zhizao.schedule.check import check_assignment
from zhizao.schedule.cpsat import solve_cpsat
from zhizao.schedule.flexible.solve_flexible import solve_flexible
from zhizao.schedule.permutation.solve_permutation import solve_permutation
from zhizao.schedule.problem import Problem
from zhizao.schedule.stop import Stop


@pytest.mark.parametrize("setups", [0, 15])
@pytest.mark.parametrize("seed", range(4))
def test_the_tabu_search_reaches_the_proved_optimum_of_small_shops(seed, setups):
    problem = flexible_shop(n_jobs=5, n_steps=3, n_machines=3, seed=seed, setups=setups)
    proved = solve_cpsat(problem, stop=Stop(seconds=60), threads=1)
    assert proved is not None
    assert proved.bound == proved.objective
    assert check_assignment(problem, proved.assignment) == []
    ours = solve_flexible(problem, stop=Stop(iterations=20_000), threads=1, seed=seed)
    assert ours.objective == proved.objective
    assert makespan_bound(problem) <= proved.objective


def test_a_flow_shop_has_the_same_optimum_as_the_iterated_greedy_search():
    problem = flow_shop(n_jobs=6, n_machines=3, seed=5, has_initial=True)
    proved = solve_cpsat(problem, stop=Stop(seconds=60), threads=1)
    ours = solve_permutation(problem, stop=Stop(iterations=300), threads=1, seed=1)
    assert proved is not None
    assert ours.objective == proved.objective == proved.bound
    assert check_assignment(problem, proved.assignment) == []


def test_a_hint_is_not_lost():
    problem = flexible_shop(n_jobs=15, n_steps=5, n_machines=5, seed=3)
    ours = solve_flexible(problem, stop=Stop(iterations=5000), threads=1, seed=1)
    hinted = solve_cpsat(problem, stop=Stop(iterations=1), threads=1, start=ours.assignment)
    assert hinted is not None
    assert hinted.objective <= ours.objective


def test_tardiness_is_weighted_and_counts_from_the_due_dates():
    plain = flexible_shop(n_jobs=4, n_steps=2, n_machines=1, seed=2)
    problem = Problem(
        **{**vars(plain), "due": np.array([20, 30, 10, 40]), "weight": np.array([1.0, 2.5, 1, 4])}
    )
    solution = solve_cpsat(problem, stop=Stop(seconds=60), threads=1, objective="tardiness")
    assert solution is not None
    last = solution.assignment.end[problem.job_first[1:] - 1]
    cost = (problem.weight * np.maximum(last - problem.due, 0)).sum()
    assert solution.objective == pytest.approx(cost)
    assert solution.bound == pytest.approx(cost)


def test_no_plan_in_time_is_no_error_and_more_than_it_knows_is_refused():
    problem = flexible_shop(n_jobs=30, n_steps=8, n_machines=6, seed=1, setups=9)
    assert solve_cpsat(problem, stop=Stop(seconds=0.001), threads=1) is None
    places = Problem(**{**vars(problem), "n_places": np.full(6, 2)})
    with pytest.raises(InputError, match="n_places"):
        solve_cpsat(places, stop=Stop(seconds=1))
