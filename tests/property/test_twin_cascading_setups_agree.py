"""Cascading machines that are set up beside the lot before, against a slow, obvious one."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model.order import Order
from zhizao.model.plant import (
    Failure,
    Plant,
    Power,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from cascading_machine import run_cascading_machine

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
FAMILIES = ("a", "b", "c")


def run(lots, setups, *, interval_min, days=10, **resource_fields):
    """Simulate lots of (arrival in s, family, minutes), one product each family and time."""
    steps = {
        name: Step(
            step=10,
            operation=f"cut {name}",
            family=name,
            resources=(ResourceOption(resource="M"),),
            time=TimeModel(per_piece_min=1.0),
            interval_min=interval_min,
        )
        for name in FAMILIES
    }
    plant = Plant(
        name="small",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W", **resource_fields),),
        products=tuple(Product(id=name) for name in FAMILIES),
        routings=tuple(Routing(product=name, steps=(step,)) for name, step in steps.items()),
        setups=tuple(
            Setup(work_centre="W", from_family=before, to_family=after, setup_min=minutes)
            for (before, after), minutes in setups.items()
        ),
    )
    orders = [
        Order(
            id=f"O{i:03}",
            product=family,
            quantity=minutes,
            release_at=MONDAY + timedelta(seconds=arrival),
        )
        for i, (arrival, family, minutes) in enumerate(lots)
    ]
    return simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=1,
        trace=True,
    )


def spans_of(found, kind):
    rows = found.records[0].operations.filter(pl.col("kind") == kind).sort("start_at")
    seconds = [
        [(t - MONDAY).total_seconds() for t in rows[column].to_list()]
        for column in ("start_at", "end_at")
    ]
    return list(zip(*seconds, strict=True))


LOTS = [(0.0, "a", 12.0), (0.0, "b", 12.0), (0.0, "b", 12.0), (0.0, "b", 12.0)]
CHANGE = {("a", "b"): 30.0}


def test_two_lots_enter_when_a_long_change_is_over_and_the_next_when_one_has_left():
    found = run(LOTS, CHANGE, interval_min=10.0, cascading_setup="beside")
    # b is chosen at 10 and set up for until 40; the second b is chosen at 20, the third at 52.
    assert (found.completion_s[0] / 60.0).tolist() == [12.0, 52.0, 52.0, 64.0]
    assert spans_of(found, "setup") == [(600.0, 2400.0)]
    assert found.kpi_samples["utilisation:M"][0] == pytest.approx(64.0 / 14_400.0)
    assert not [w for w in found.warnings if "cascading_setup" in w]


def test_otherwise_the_machine_is_empty_while_it_is_set_up():
    found = run(LOTS, CHANGE, interval_min=10.0)
    assert (found.completion_s[0] / 60.0).tolist() == [12.0, 54.0, 64.0, 74.0]


def test_where_it_is_not_simulated_the_run_says_so_and_the_machine_is_empty():
    found = run(LOTS, CHANGE, interval_min=10.0, cascading_setup="beside", power=Power(busy_kw=1.0))
    assert [w for w in found.warnings if "resources/cascading_setup" in w]
    assert (found.completion_s[0] / 60.0).tolist() == [12.0, 54.0, 64.0, 74.0]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), fails=st.booleans())
def test_lots_are_chosen_enter_and_leave_as_on_the_obvious_machine(seed, fails):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    interval = float(rng.uniform(5, 60))
    arrivals = np.sort(np.round(rng.uniform(0, 2 * 86400, n), 6)).tolist()
    lots = [(t, str(rng.choice(FAMILIES)), float(interval + rng.uniform(0, 60))) for t in arrivals]
    setups = {
        (a, b): float(rng.uniform(1, 100))
        for a in FAMILIES
        for b in FAMILIES
        if a != b and rng.random() < 0.8
    }
    failure = Failure(mtbf_h=4.0, mttr_h=1.0, basis="calendar") if fails else None
    found = run(
        lots, setups, interval_min=interval, cascading_setup="beside", failure=failure, days=30
    )
    downs = spans_of(found, "down")
    assert bool(downs) == fails
    expected = run_cascading_machine(
        [(t, family, minutes * 60.0) for t, family, minutes in lots],
        {pair: minutes * 60.0 for pair, minutes in setups.items()},
        interval=interval * 60.0,
        downs=downs,
    )
    np.testing.assert_allclose(
        found.completion_s[0], [leaves for _, _, leaves in expected], rtol=0, atol=1e-3
    )
    inside = sorted((chosen, leaves) for chosen, _, leaves in expected)
    busy, covered = 0.0, 0.0
    for chosen, leaves in inside:
        begin = max(chosen, covered)
        covered = max(covered, leaves)
        busy += (
            covered
            - begin
            - sum(max(0.0, min(end, covered) - max(start, begin)) for start, end in downs)
        )
    assert found.kpi_samples["utilisation:M"][0] * 30 * 86400.0 == pytest.approx(busy, abs=0.1)
