"""A machine whose operator is away: it keeps what it has chosen, or chooses again."""

import numpy as np
import pytest

from zhizao.schedule import read_objective
from zhizao.schedule.costs import costs_of
from zhizao.schedule.factory.dispatch import dispatch_by, nominal_times, portfolio, to_queues
from zhizao.schedule.factory.to_factory import to_factory
from zhizao.schedule.problem import NONE, Crews, Problem


def one_operator_for_two_machines():
    """The operator is at machine 0 until 10; at 1 an order for machine 1 comes, at 5 a rush one."""
    return Problem(
        job_first=np.array([0, 1, 2, 3]),
        mode_first=np.array([0, 1, 2, 3]),
        mode_machine=np.array([0, 1, 1], np.int32),
        mode_duration=np.array([10, 20, 4]),
        n_machines=2,
        release=np.array([0, 1, 5]),
        due=np.array([10, 200, 14]),
        weight=np.array([1.0, 1.0, 5.0]),
        crews=Crews(
            need_first=np.array([0, 1, 2, 3]),
            need_skill=np.zeros(3, np.int32),
            setup_skill=np.full(2, NONE, np.int32),
            group_first=np.array([0, 1]),
            group=np.array([0], np.int32),
            n_units=np.array([1]),
            calendar_of_group=np.array([NONE], np.int32),
        ),
    )


@pytest.mark.parametrize(("awaits_crew", "starts"), [(0, [0, 10, 30]), (1, [0, 14, 10])])
def test_who_waits_for_the_operator_may_be_overtaken_by_a_rush_order(awaits_crew, starts):
    problem = one_operator_for_two_machines()
    costs = costs_of(problem, read_objective("tardiness"), ticks_per_hour=1.0)
    factory = to_factory(problem, costs)
    rule = dict(portfolio(problem, nominal_times(problem)))["edd"]
    found = dispatch_by(
        problem,
        factory,
        rule=rule._replace(awaits_crew=awaits_crew),
        name="edd",
        queues=to_queues(problem, factory),
    )
    assert found.plan.rows.start.tolist() == starts
