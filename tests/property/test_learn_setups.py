"""Setups reported as rows of their own come back from a simulated log."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.learn import Learnt, learn
from zhizao.model import (
    Calendar,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
TRUE = {("red", "blue"): 30.0, ("blue", "red"): 75.0}
STEP = Step(
    step=10,
    operation="paint",
    resources=(ResourceOption(resource="booth"),),
    time=TimeModel(setup_min=10, per_piece_min=4, distribution="lognormal", cv=0.2),
)
PLANT = Plant(
    name="paint shop",
    work_centres=(WorkCentre(id="booths"),),
    resources=(Resource(id="booth", work_centre="booths", calendar="day"),),
    calendars=(
        Calendar(
            id="day",
            shifts=tuple(
                Shift(weekday=d, start="06:00", end="18:00")  # type: ignore[arg-type]
                for d in ("mon", "tue", "wed", "thu", "fri")
            ),
        ),
    ),
    products=(Product(id="A", family="red"), Product(id="B", family="blue")),
    routings=(Routing(product="A", steps=(STEP,)), Routing(product="B", steps=(STEP,))),
    setups=tuple(
        Setup(work_centre="booths", from_family=a, to_family=b, setup_min=m)
        for (a, b), m in TRUE.items()
    ),
)


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    rng = np.random.default_rng(3)
    hours = np.sort(rng.uniform(0, 20 * 168, 500))
    orders = [
        Order(
            id=f"o{i}",
            product="AB"[int(rng.integers(2))],
            quantity=float(rng.integers(1, 20)),
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(hours)
    ]
    run = simulate(
        PLANT, orders, start_at=START, end_at=START + timedelta(weeks=20), n_replications=1,
        draw_demand=False, trace=True, seed=1,
    )  # fmt: skip
    return learn(run.records[0], orders, name="paint shop")


def test_setup_minutes_come_back_by_pair_of_families(learnt: Learnt) -> None:
    found = {(s.from_family, s.to_family): s.setup_min for s in learnt.plant.setups}
    for pair, minutes in TRUE.items():
        assert found[pair] == pytest.approx(minutes, rel=0.05)
    assert found["red", "red"] == pytest.approx(0.0, abs=1.0)
    assert {s.work_centre for s in learnt.plant.setups} == {
        r.work_centre for r in learnt.plant.resources
    }


def test_setups_are_not_inside_the_working_times(learnt: Learnt) -> None:
    step = learnt.plant.routings[0].steps[0]
    mean = step.time.setup_min + step.time.per_piece_min * 10.0
    # 4 standard errors of a mean of some 200 totals with a cv of 0.2.
    assert mean == pytest.approx(50.0, rel=4 * 0.2 / np.sqrt(200))


def test_setups_do_not_look_like_unexplained_waits(learnt: Learnt) -> None:
    assert max(s.delay.mean_min for r in learnt.plant.routings for s in r.steps) < 5.0
