"""Breakdowns come back from a simulated log, those that are written down and those that are not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import Learnt, learn
from zhizao.model import (
    Calendar,
    Failure,
    Order,
    Plant,
    Product,
    Records,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 30
FAILURE = Failure(mtbf_h=20.0, mttr_h=3.0, repair="lognormal", repair_cv=0.8)
PLANT = Plant(
    name="forge",
    work_centres=(WorkCentre(id="presses"),),
    resources=tuple(
        Resource(id=f"press {i}", work_centre="presses", calendar="day", failure=FAILURE)
        for i in (1, 2)
    ),
    calendars=(
        Calendar(
            id="day",
            shifts=tuple(
                Shift(weekday=d, start="06:00", end="22:00")  # type: ignore[arg-type]
                for d in ("mon", "tue", "wed", "thu", "fri")
            ),
        ),
    ),
    products=(Product(id="A"),),
    routings=(
        Routing(
            product="A",
            steps=(
                Step(
                    step=10, operation="forge",
                    resources=tuple(ResourceOption(resource=f"press {i}") for i in (1, 2)),
                    time=TimeModel(setup_min=20, per_piece_min=8, distribution="lognormal", cv=0.15),
                ),
            ),
        ),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def orders() -> list[Order]:
    rng = np.random.default_rng(9)
    hours = np.sort(rng.uniform(0, WEEKS * 168, 38 * WEEKS))
    return [
        Order(
            id=f"o{i}", product="A", quantity=float(rng.integers(8, 24)),
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(hours)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def records(orders: list[Order]) -> Records:
    run = simulate(
        PLANT, orders, start_at=START, end_at=START + timedelta(weeks=WEEKS), n_replications=1,
        draw_demand=False, trace=True, seed=4,
    )  # fmt: skip
    return run.records[0]


@pytest.fixture(scope="module")
def learnt(records: Records, orders: list[Order]) -> Learnt:
    return learn(records, orders, name="forge")


def test_breakdowns_come_back_within_sampling_error(learnt: Learnt, records: Records) -> None:
    down = records.operations.filter(pl.col("kind").is_in(["down", "repair"]))
    n = down.height
    assert n > 50
    for resource in learnt.plant.resources:
        found = resource.failure
        assert found is not None
        assert found.basis == "busy"
        # Four standard errors: times between are exponential, repairs have a cv of 0.8.
        assert found.mtbf_h == pytest.approx(FAILURE.mtbf_h, rel=4 / np.sqrt(n))
        assert found.mttr_h == pytest.approx(FAILURE.mttr_h, rel=4 * 0.8 / np.sqrt(n))


def test_repairs_are_not_inside_the_working_times(learnt: Learnt, orders: list[Order]) -> None:
    time = learnt.plant.routings[0].steps[0].time
    quantity = float(np.mean([o.quantity for o in orders]))
    mean = time.setup_min + time.per_piece_min * quantity
    assert mean == pytest.approx(20 + 8 * quantity, rel=4 * 0.15 / np.sqrt(len(orders)) + 0.01)


def test_hidden_repairs_are_told_from_the_working_times(
    records: Records, orders: list[Order]
) -> None:
    hidden = Records(operations=records.operations.filter(pl.col("kind") == "run"))
    n = records.operations.height - hidden.operations.height
    plant = learn(hidden, orders, name="forge").plant
    for resource in plant.resources:
        found = resource.failure
        assert found is not None
        # As where they are written down; how long they last is told less well.
        assert found.mtbf_h == pytest.approx(FAILURE.mtbf_h, rel=4 / np.sqrt(n))
        assert found.mttr_h == pytest.approx(FAILURE.mttr_h, rel=8 * 0.8 / np.sqrt(n))
    time = plant.routings[0].steps[0].time
    quantity = float(np.mean([o.quantity for o in orders]))
    mean = time.setup_min + time.per_piece_min * quantity
    assert mean == pytest.approx(20 + 8 * quantity, rel=4 * 0.15 / np.sqrt(len(orders)) + 0.02)
