"""Setups inside the first report after a change come back, with families named or not."""

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
    Setup,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 20
FAMILY = {"A1": "red", "A2": "red", "B1": "blue", "B2": "blue", "C1": "green"}
CHANGE_MIN = 60.0
STEP = Step(
    step=10,
    operation="paint",
    resources=(ResourceOption(resource="booth 1"), ResourceOption(resource="booth 2")),
    time=TimeModel(setup_min=10, per_piece_min=6, distribution="lognormal", cv=0.2),
)


def _plant(change_min: float) -> Plant:
    return Plant(
        name="paint shop",
        work_centres=(WorkCentre(id="booths"),),
        resources=(
            Resource(id="booth 1", work_centre="booths", calendar="day"),
            Resource(id="booth 2", work_centre="booths", calendar="day"),
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
        products=tuple(Product(id=p, family=f) for p, f in FAMILY.items()),
        routings=tuple(Routing(product=p, steps=(STEP,)) for p in FAMILY),
        setups=(
            Setup(work_centre="booths", from_family=None, to_family=None, setup_min=change_min),
            *(
                Setup(work_centre="booths", from_family=f, to_family=f, setup_min=0.0)
                for f in sorted(set(FAMILY.values()))
            ),
        ),
    )


def _hidden(records: Records) -> Records:
    """Return the records as a plant writes them that does not ask for setups."""
    rows = records.operations
    setups = rows.filter(pl.col("kind") == "setup").select(
        "resource", start_at="end_at", began_at="start_at"
    )
    runs = rows.filter(pl.col("kind") == "run").join(
        setups, on=["resource", "start_at"], how="left", maintain_order="left"
    )
    return Records(
        operations=runs.with_columns(start_at=pl.coalesce("began_at", "start_at")).select(
            rows.columns
        )
    )


def _learnt(*, change_min: float = CHANGE_MIN, with_families: bool) -> Learnt:
    rng = np.random.default_rng(3)
    hours = np.sort(rng.uniform(0, WEEKS * 168, 45 * WEEKS))
    orders = [
        Order(
            id=f"o{i}", product=list(FAMILY)[int(rng.integers(len(FAMILY)))],
            quantity=float(rng.integers(5, 25)), release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(hours)
    ]  # fmt: skip
    run = simulate(
        _plant(change_min), orders, start_at=START, end_at=START + timedelta(weeks=WEEKS),
        n_replications=1, draw_demand=False, trace=True, seed=1,
    )  # fmt: skip
    records = _hidden(run.records[0])
    if not with_families:
        none = pl.lit(None, dtype=pl.String).alias("family")
        records = Records(operations=records.operations.with_columns(none))
    else:
        family = pl.col("product").replace_strict(FAMILY).alias("family")
        records = Records(operations=records.operations.with_columns(family))
    return learn(records, orders, name="paint shop")


@pytest.fixture(scope="module", params=[True, False], ids=["named", "not named"])
def learnt(request: pytest.FixtureRequest) -> Learnt:
    return _learnt(with_families=request.param)


def test_the_change_comes_back_within_its_interval(learnt: Learnt) -> None:
    other = next(s for s in learnt.plant.setups if s.from_family is None)
    said = next(p for p in learnt.plant.provenances if p.where.endswith("/*/*"))
    assert said.low is not None
    assert said.high is not None
    # Twice the half width of the 95 % interval is four standard errors.
    half = said.high - said.low
    assert abs(other.setup_min - CHANGE_MIN) <= half
    assert half < 0.5 * CHANGE_MIN


def test_inside_a_family_there_is_none(learnt: Learnt) -> None:
    inside = [s.setup_min for s in learnt.plant.setups if s.from_family is not None]
    assert inside
    assert max(inside) < 0.2 * CHANGE_MIN


def test_the_groups_are_the_true_families(learnt: Learnt) -> None:
    named = {p.id: p.family for p in learnt.plant.products}
    groups: dict[str, set[str]] = {}
    for routing in learnt.plant.routings:
        family = routing.steps[0].family or named[routing.product]
        groups.setdefault(str(family), set()).add(routing.product)
    assert sorted(map(sorted, groups.values())) == [["A1", "A2"], ["B1", "B2"], ["C1"]]


def test_working_times_are_without_the_change(learnt: Learnt) -> None:
    for routing in learnt.plant.routings:
        time = routing.steps[0].time
        mean = time.setup_min + 14.5 * time.per_piece_min
        # Four standard errors of a mean of some 170 totals with a cv of 0.2, and the setup's own.
        assert mean == pytest.approx(10 + 14.5 * 6, rel=4 * 0.2 / np.sqrt(170) + 0.05)


def test_no_setups_are_found_where_there_are_none() -> None:
    assert _learnt(change_min=0.0, with_families=True).plant.setups == ()
    assert _learnt(change_min=0.0, with_families=False).plant.setups == ()
