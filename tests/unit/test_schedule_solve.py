"""Which solver a problem gets, and that each gives a plan that the checker accepts."""

from dataclasses import replace

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.schedule import Problem, Stop, check_assignment, read_objective, solve
from zhizao.schedule.costs import costs_of
from zhizao.schedule.problem import NO_DUE, Lags, Setups
from zhizao.schedule.solve import solver_name


def shop(n_modes=1):
    rng = np.random.default_rng(5)
    n_jobs, n_machines = 5, 3
    n = n_jobs * n_machines
    machines = [rng.permutation(n_machines)[:n_modes] for _ in range(n)]
    return Problem(
        n_machines=n_machines,
        job_first=np.arange(n_jobs + 1) * n_machines,
        release=np.zeros(n_jobs, np.int64),
        due=np.full(n_jobs, NO_DUE),
        weight=np.ones(n_jobs),
        mode_first=np.arange(n + 1) * n_modes,
        mode_machine=np.concatenate(machines).astype(np.int32),
        mode_duration=rng.integers(3, 20, n * n_modes),
    )


def with_setups(problem):
    family = np.arange(problem.n_operations) % 2
    return replace(
        problem,
        setups=Setups(
            table_of_machine=np.zeros(problem.n_machines, np.int32),
            family_of_operation=family.astype(np.int32),
            initial_family=np.zeros(problem.n_machines, np.int32),
            ticks=np.array([[[0, 4], [2, 0]]]),
        ),
    )


def without_a_family(problem):
    family = problem.setups.family_of_operation.copy()
    family[0] = -1
    return replace(problem, setups=replace(problem.setups, family_of_operation=family))


@pytest.mark.parametrize(
    ("problem", "objective", "expected"),
    [
        (shop(), "makespan", "jobshop"),
        (shop(2), "makespan", "flexible"),
        (shop(), "makespan > setup", "factory"),
        (with_setups(shop()), "makespan", "flexible"),
        (with_setups(shop(2)), "makespan", "flexible"),
        (without_a_family(with_setups(shop())), "makespan", "factory"),
        (with_setups(shop()), "makespan + setup", "factory"),
        (shop(2), "lead_time", "factory"),
    ],
)
def test_a_problem_gets_the_solver_made_for_it(problem, objective, expected):
    aims = read_objective(objective)
    assert solver_name(problem, aims) == expected
    found = solve(
        problem,
        objective=aims,
        costs=costs_of(problem, aims, ticks_per_hour=1.0),
        stop=Stop(seconds=0.5),
        threads=1,
    )
    assert check_assignment(problem, found.assignment) == []
    assert found.bound <= found.objective
    assert (found.n_iterations is not None) == (expected != "factory")


def test_anything_beyond_machines_is_for_the_factory_search():
    problem = shop()
    n = problem.n_operations
    lags = Lags(
        delay=np.ones(n, np.int64),
        delay_calendar=np.full(n, -1, np.int32),
        earliest=np.zeros(n, np.int64),
        area_of_machine=np.zeros(3, np.int32),
        area_of_operation=np.full(n, -1, np.int32),
        transport=np.zeros((1, 1), np.int64),
    )
    assert solver_name(replace(problem, lags=lags), read_objective("makespan")) == "factory"


def test_a_permutation_flow_shop_has_no_other_aim_than_its_makespan():
    problem = replace(shop(), is_permutation=True)
    with pytest.raises(InputError, match="makespan only"):
        solver_name(problem, read_objective("tardiness"))
