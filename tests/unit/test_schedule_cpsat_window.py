import numpy as np
import pytest
from test_schedule_flexible import flexible_shop

from zhizao._base.errors import InputError
from zhizao.schedule.assignment import Assignment
from zhizao.schedule.check import check_assignment
from zhizao.schedule.cpsat import solve_cpsat
from zhizao.schedule.cpsat_window import improve_window
from zhizao.schedule.flexible.solve_flexible import solve_flexible
from zhizao.schedule.stop import Stop


def dispatched(problem):
    """Return the plan of a search that hardly looked."""
    return solve_flexible(problem, stop=Stop(iterations=0), threads=1, seed=1).assignment


@pytest.mark.parametrize("seed", range(5))
def test_every_window_leaves_a_plan_that_keeps_the_rules_and_is_no_longer(seed):
    problem = flexible_shop(n_jobs=10, n_steps=4, n_machines=4, seed=seed)
    plan = dispatched(problem)
    for begin, until in ((0, 30), (20, 60), (50, 1000), (0, 1000)):
        better = improve_window(
            problem, plan, begin=begin, until=until, stop=Stop(iterations=300), threads=1
        )
        assert check_assignment(problem, better) == []
        assert better.end.max() <= plan.end.max()
        kept = plan.start < begin
        assert np.array_equal(better.start[kept], plan.start[kept])
        later = plan.start >= until
        assert np.array_equal(better.mode[later], plan.mode[later])
        plan = better


def test_a_window_of_everything_reaches_the_optimum():
    problem = flexible_shop(n_jobs=5, n_steps=3, n_machines=3, seed=1)
    proved = solve_cpsat(problem, stop=Stop(seconds=60), threads=1)
    best = improve_window(
        problem, dispatched(problem), begin=0, until=10_000, stop=Stop(seconds=60), threads=1
    )
    assert proved is not None
    assert best.end.max() == proved.objective


def test_a_window_can_shorten_the_whole_plan_from_its_middle():
    problem = flexible_shop(n_jobs=8, n_steps=5, n_machines=3, seed=7)
    plan = dispatched(problem)
    end = int(plan.end.max())
    better = improve_window(
        problem, plan, begin=end // 4, until=3 * end // 4, stop=Stop(seconds=8), threads=1
    )
    assert better.end.max() < end


def test_an_empty_window_changes_nothing_and_setups_are_refused():
    problem = flexible_shop(n_jobs=3, n_steps=2, n_machines=2, seed=0)
    plan = dispatched(problem)
    assert improve_window(problem, plan, begin=10**6, until=10**7, stop=Stop(seconds=1)) is plan
    with_setups = flexible_shop(n_jobs=3, n_steps=2, n_machines=2, seed=0, setups=5)
    nothing = Assignment(mode=plan.mode, start=plan.start, end=plan.end)
    with pytest.raises(InputError, match="without setups"):
        improve_window(with_setups, nothing, begin=0, until=9, stop=Stop(seconds=1))
