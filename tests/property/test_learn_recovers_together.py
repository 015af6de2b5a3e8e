"""Steps that come together in a plant, closely, loosely or not at all, are learnt as they come."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.learn.chosen import Chosen
from zhizao.learn.recipe import Recipe
from zhizao.model import (
    Order,
    Plant,
    Product,
    Records,
    Resource,
    ResourceOption,
    Routing,
    ScaleRework,
    Scenario,
    Step,
    TimeModel,
    WorkCentre,
    apply_scenario,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
N_ORDERS, GAP_H = 400, 3.0
OPTIONAL = {"turn": 0.4, "turn check": 0.35, "grind": 0.6, "mend": 0.2}
STEPS = ("cut", *OPTIONAL, "pack")


def _truth(*, dependence: float) -> Plant:
    """Checks come with turning; mending comes with the check, half as closely; grinding by itself."""
    ties = {"turn check": ("turn", dependence), "mend": ("turn check", dependence / 2)}
    steps = []
    for i, name in enumerate(STEPS):
        other, closeness = ties.get(name, (None, 1.0))
        if dependence == 0.0:
            other, closeness = None, 1.0
        steps.append(
            Step(
                step=10 * (i + 1),
                operation=name,
                resources=(ResourceOption(resource=name),),
                time=TimeModel(setup_min=30.0, distribution="lognormal", cv=0.3),
                probability=OPTIONAL.get(name, 1.0),
                drawn_with=None if other is None else 10 * (STEPS.index(other) + 1),
                dependence=closeness,
            )
        )
    return Plant(
        name="truth",
        work_centres=tuple(WorkCentre(id=name) for name in STEPS),
        resources=tuple(Resource(id=name, work_centre=name) for name in STEPS),
        products=(Product(id="part"),),
        routings=(Routing(product="part", steps=tuple(steps)),),
    )


def _records(plant: Plant, *, seed: int, n_orders: int = N_ORDERS) -> Records:
    orders = [
        Order(id=f"W{i:04}", product="part", release_at=START + timedelta(hours=GAP_H * i))
        for i in range(n_orders)
    ]
    end_at = START + timedelta(hours=GAP_H * n_orders + 100)
    run = simulate(
        plant, orders, start_at=START, end_at=end_at, seed=seed, n_replications=1, trace=True
    )
    return Records(
        operations=run.records[0].operations.with_columns(step=pl.lit(None, dtype=pl.Int64))
    )


def _together(records: Records, a: str, b: str) -> tuple[float, int]:
    """Return the share of orders with both operations, and how many orders there are."""
    did = records.operations.group_by("order_id").agg(
        both=pl.col("operation").is_in([a]).any() & pl.col("operation").is_in([b]).any()
    )
    return float(did["both"].mean()), did.height


@pytest.mark.parametrize("dependence", [0.0, 0.6, 1.0])
def test_how_closely_steps_come_together_is_recovered(dependence: float) -> None:
    plant = learn(_records(_truth(dependence=dependence), seed=1), name="again").plant
    (routing,) = plant.routings
    operation = {s.step: s.operation for s in routing.steps}
    found = {
        frozenset((s.operation, operation[s.drawn_with])): s.dependence
        for s in routing.steps
        if s.drawn_with is not None
    }
    if dependence == 0.0:
        assert found == {}
        return
    error = 4 * (0.35 * 0.65 / N_ORDERS) ** 0.5 / (0.35 * 0.6)
    pair = frozenset(("turn", "turn check"))
    assert found[pair] == pytest.approx(dependence, abs=error if dependence < 1.0 else 0.02)
    assert not any("grind" in names for names in found)
    (said,) = (p for p in plant.provenances if p.where == "routings/part/main/30/dependence")
    assert said.n >= 0.9 * N_ORDERS
    assert said.low <= dependence <= said.high + 1e-9
    for step in routing.steps:
        share = OPTIONAL.get(step.operation, 1.0)
        assert step.probability == pytest.approx(
            share, abs=4 * (share * (1 - share) / N_ORDERS) ** 0.5 + 1e-9
        )


@pytest.mark.parametrize("dependence", [0.6, 1.0])
def test_a_learnt_plant_makes_orders_with_both_as_often_as_the_true_one(dependence: float) -> None:
    records = _records(_truth(dependence=dependence), seed=2)
    learnt = learn(records, name="again")
    again = _records(learnt.plant, seed=3)
    without = Chosen(recipe=Recipe(without=("together",)), known_days=50, n_reports=2000)
    plain = _records(learn(records, name="plain", chosen=without).plant, seed=3)
    for a, b in (("turn", "turn check"), ("turn check", "mend")):
        (share, n), (own, m) = _together(records, a, b), _together(again, a, b)
        assert own == pytest.approx(share, abs=4 * (share * (1 - share) * (1 / n + 1 / m)) ** 0.5)
    # Drawn each by itself they would come together less than half as often.
    assert _together(plain, "turn", "turn check")[0] < 0.7 * _together(records, "turn", "turn check")[0]  # fmt: skip


def test_few_orders_leave_steps_independent() -> None:
    plant = learn(_records(_truth(dependence=1.0), seed=4, n_orders=4), name="few").plant
    assert all(s.drawn_with is None for r in plant.routings for s in r.steps)


def test_a_scenario_changes_shares_of_steps_that_come_together() -> None:
    plant = _truth(dependence=1.0)
    (routing,) = plant.routings
    again = routing.steps[1].model_copy(
        update={"step": 45, "probability": 0.2, "drawn_with": 20, "dependence": 1.0}
    )
    steps = (*routing.steps[:4], again, *routing.steps[4:])
    plant = plant.model_copy(update={"routings": (routing.model_copy(update={"steps": steps}),)})
    change = ScaleRework(operation="turn", factor=0.5)
    less, _ = apply_scenario(plant, (), Scenario(name="less", changes=(change,)), now=START)  # fmt: skip
    changed = {s.step: s for s in less.routings[0].steps}
    assert changed[45].probability == pytest.approx(0.1)
    assert changed[45].drawn_with == 20
    rows = _records(less, seed=5).operations.filter(pl.col("operation") == "turn")
    n_turned = rows["order_id"].n_unique()
    twice = rows.group_by("order_id").len().filter(pl.col("len") == 2).height
    # Whoever comes again has come before: the second visits are all with a first one.
    assert rows.height == n_turned + twice
    assert twice / N_ORDERS == pytest.approx(0.1, abs=4 * (0.09 / N_ORDERS) ** 0.5)


def test_the_same_orders_are_turned_whatever_else_is_drawn_with_it() -> None:
    closely, loosely = (_records(_truth(dependence=d), seed=6) for d in (1.0, 0.3))
    for name in ("turn", "grind"):
        who = [
            set(r.operations.filter(pl.col("operation") == name)["order_id"]) for r in (closely, loosely)
        ]  # fmt: skip
        assert who[0] == who[1]
    assert np.isclose(_together(closely, "turn", "turn check")[0], 0.35, atol=0.1)
