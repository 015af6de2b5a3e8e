"""How many futures are compared where nobody says."""

import pytest

from zhizao.model import Demand, Order, Plant, Product, Routing, Step
from zhizao.trial.futures import LEAST_FUTURES, MOST_FUTURES, usual_futures


def plant_of(n_steps: int, *, orders_per_week: float = 0.0, probability: float = 1.0) -> Plant:
    steps = tuple(
        Step(step=i + 1, operation=f"op{i}", probability=probability) for i in range(n_steps)
    )
    return Plant(
        name="p", products=(Product(id="P"),), routings=(Routing(product="P", steps=steps),),
        demands=(Demand(product="P", orders_per_week=orders_per_week),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("n_steps", "per_week", "expected"),
    [(10, 10.0, MOST_FUTURES), (100, 12.5, 100), (500, 40.0, LEAST_FUTURES)],
)
def test_a_large_plant_has_fewer_futures(n_steps, per_week, expected):
    # 8 weeks × 12.5 orders × 100 steps = 10,000 operations a future, of a million.
    assert usual_futures(plant_of(n_steps, orders_per_week=per_week), (), weeks=8) == expected


def test_known_orders_count_and_steps_that_nobody_does_do_not():
    orders = [Order(id=f"o{i}", product="P", quantity=1) for i in range(1000)]
    assert usual_futures(plant_of(10), orders, weeks=8) == 100
    assert usual_futures(plant_of(10, probability=0.0), orders, weeks=8) == MOST_FUTURES
