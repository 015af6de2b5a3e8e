"""Batches come back from a simulated log with their rule; jobs reported together do not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import Learnt, learn
from zhizao.model import (
    Calendar,
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
from zhizao.model.plant import Batch
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 26
OVEN_MIN = 240.0
QUANTITY = 10.0
BATCH = Batch(min_pieces=3 * QUANTITY, max_pieces=5 * QUANTITY, group="heat", max_wait_min=900.0)


def _step(number: int, operation: str, *resources: str, **fields: object) -> Step:
    given = {"time": TimeModel(setup_min=20, per_piece_min=4, distribution="lognormal", cv=0.2)}
    return Step.model_validate(
        {
            "step": number, "operation": operation,
            "resources": tuple(ResourceOption(resource=r) for r in resources), **given, **fields,
        }
    )  # fmt: skip


PLANT = Plant(
    name="hardening shop",
    work_centres=(WorkCentre(id="lathes"), WorkCentre(id="ovens")),
    resources=(
        Resource(id="lathe 1", work_centre="lathes", calendar="day"),
        Resource(id="lathe 2", work_centre="lathes", calendar="day"),
        Resource(id="oven", work_centre="ovens", calendar="day"),
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
    products=(Product(id="A"), Product(id="B")),
    routings=tuple(
        Routing(
            product=p,
            steps=(
                _step(10, "turn", "lathe 1", "lathe 2"),
                _step(
                    20, "harden", "oven", batch=BATCH,
                    time=TimeModel(setup_min=OVEN_MIN, distribution="lognormal", cv=0.1),
                ),
            ),
        )
        for p in ("A", "B")
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def orders() -> list[Order]:
    rng = np.random.default_rng(6)
    hours = np.sort(rng.uniform(0, WEEKS * 168, 45 * WEEKS))
    return [
        Order(
            id=f"o{i}", product="AB"[int(rng.integers(2))], quantity=QUANTITY,
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(hours)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def records(orders: list[Order]) -> Records:
    run = simulate(
        PLANT, orders, start_at=START, end_at=START + timedelta(weeks=WEEKS), n_replications=1,
        draw_demand=False, trace=True, seed=5,
    )  # fmt: skip
    named = run.records[0].operations.with_columns(operator=pl.lit("Ann"))
    return Records(operations=named)


@pytest.fixture(scope="module")
def learnt(records: Records, orders: list[Order]) -> Learnt:
    return learn(records, orders, name="hardening shop")


def _oven(learnt: Learnt, product: str) -> Step:
    routing = next(r for r in learnt.plant.routings if r.product == product)
    return next(s for s in routing.steps if s.operation == "harden")


@pytest.mark.parametrize("product", ["A", "B"])
def test_the_rule_comes_back_in_lots(learnt: Learnt, product: str) -> None:
    batch = _oven(learnt, product).batch
    assert batch is not None
    assert np.ceil(batch.min_pieces / QUANTITY) == 3
    assert np.floor(batch.max_pieces / QUANTITY) == 5
    assert batch.group is not None
    assert batch.group == _oven(learnt, "AB".replace(product, "")).batch.group  # type: ignore[union-attr]


def test_the_time_is_that_of_the_slot(learnt: Learnt, records: Records) -> None:
    n = records.operations.filter(pl.col("operation") == "harden")["start_at"].n_unique()
    for product in ("A", "B"):
        time = _oven(learnt, product).time
        mean = time.setup_min + time.per_piece_min * 3.5 * QUANTITY
        # Four standard errors of the mean of half of the slots, each product having its own.
        assert mean == pytest.approx(OVEN_MIN, rel=4 * 0.1 / np.sqrt(n / 2))


def test_waiting_for_a_batch_is_no_delay(learnt: Learnt) -> None:
    # Lots wait for hours until there are three of them; the truth has no delay.
    assert max(_oven(learnt, p).delay.mean_min for p in ("A", "B")) < 10.0


def test_jobs_reported_together_are_no_batch() -> None:
    rng = np.random.default_rng(8)
    rows = []
    at = START
    for slot in range(150):
        n = int(rng.integers(1, 5))
        end = at + timedelta(minutes=round(30 * n * float(rng.lognormal(0, 0.15))))
        rows += [(f"o{slot}-{i}", at, end) for i in range(n)]
        at = end + timedelta(minutes=20)
    frame = pl.DataFrame(
        {
            "order_id": [r[0] for r in rows],
            "operation": "deburr",
            "resource": "bench",
            "operator": "Ann",
            "start_at": [r[1] for r in rows],
            "end_at": [r[2] for r in rows],
        }
    )
    found = learn(Records.from_columns(frame), name="bench")
    assert all(s.batch is None for r in found.plant.routings for s in r.steps)
