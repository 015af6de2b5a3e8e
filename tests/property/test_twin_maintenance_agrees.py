"""Planned maintenance and cascading tools against slow, obvious machines."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model.order import Order
from zhizao.model.plant import (
    Calendar,
    Maintenance,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from one_machine import run_one_machine

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
SEEDS = st.integers(0, 2**32)


def machine(orders, *, maintenances=(), calendars=(), days=10, **step_fields):
    step = Step(
        step=10,
        operation="cut",
        resources=(ResourceOption(resource="M"),),
        time=TimeModel(per_piece_min=1.0),
        **step_fields,
    )
    plant = Plant(
        name="small",
        work_centres=(WorkCentre(id="W"),),
        resources=(
            Resource(id="M", work_centre="W", calendar=calendars[0].id if calendars else None),
        ),
        calendars=calendars,
        maintenances=tuple(maintenances),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step,)),),
    )
    return simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=1,
        trace=True,
    )


def order(i, *, after_s, minutes):
    return Order(
        id=f"O{i:03}",
        product="P",
        quantity=minutes,
        release_at=MONDAY + timedelta(seconds=after_s),
    )


def random_orders(rng):
    n = int(rng.integers(1, 40))
    arrivals = np.sort(np.round(rng.uniform(0, 5 * 86400, n), 6))
    return [
        order(i, after_s=a, minutes=float(rng.integers(5, 400))) for i, a in enumerate(arrivals)
    ]


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS)
def test_maintenance_by_clock_by_work_and_by_lots_agrees(seed):
    rng = np.random.default_rng(seed)
    orders = random_orders(rng)
    maintenances, plain = [], []
    for k in range(int(rng.integers(1, 4))):
        counts = str(rng.choice(["hours", "busy", "lots"]))
        minutes = float(rng.uniform(5, 300))
        every = float(rng.integers(1, 9)) if counts == "lots" else float(rng.uniform(3, 60))
        first = float(rng.integers(1, 9)) if counts == "lots" else float(rng.uniform(0, 60))
        fields = {"every_h": every, "first_h": first, "basis": "busy"}
        if counts == "hours":
            fields["basis"] = "calendar"
        elif counts == "lots":
            fields = {"every_lots": int(every), "first_lots": int(first)}
        maintenances.append(Maintenance(id=f"m{k}", resource="M", mean_min=minutes, **fields))
        unit = 1.0 if counts == "lots" else 3600.0
        plain.append(
            {
                "counts": counts,
                "every": every * unit,
                "first": first * unit,
                "work": minutes * 60.0,
            }
        )
    run = machine(orders, maintenances=maintenances)
    lots = [((o.release_at - MONDAY).total_seconds(), o.quantity * 60.0) for o in orders]
    expected = run_one_machine(lots, plain, until=10 * 86400.0)
    found = run.completion_s[0][~np.isnan(run.completion_s[0])]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert run.warnings == ()


def test_maintenance_takes_open_time_and_is_a_row_of_the_trace():
    day = Calendar(id="day", shifts=(Shift(weekday="mon", start="00:00", end="01:00"),
                                     Shift(weekday="tue", start="00:00", end="24:00")))  # fmt: skip
    maintenance = Maintenance(id="m", resource="M", every_h=1000, first_h=0.5, mean_min=60)
    run = machine(
        [order(0, after_s=0, minutes=40), order(1, after_s=0, minutes=10)],
        maintenances=[maintenance],
        calendars=(day,),
    )
    # Due at 0:30, begun at 0:40; 20 minutes on Monday, 40 on Tuesday.
    assert run.completion_s[0] == pytest.approx([2400.0, 86400.0 + 50 * 60.0])
    row = run.records[0].operations.filter(kind="down").row(0, named=True)
    assert (row["start_at"] - MONDAY).total_seconds() == 2400.0
    assert (row["end_at"] - MONDAY).total_seconds() == 86400.0 + 2400.0


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_a_cascading_machine_takes_the_next_lot_after_the_interval(seed):
    rng = np.random.default_rng(seed)
    orders = random_orders(rng)
    interval = float(rng.uniform(10, 200))
    run = machine(orders, interval_min=interval)
    enters, expected, busy, inside = 0.0, [], 0.0, 0.0
    for o in orders:
        enters = max(enters, (o.release_at - MONDAY).total_seconds())
        leaves = enters + o.quantity * 60.0
        expected.append(leaves)
        busy += max(0.0, leaves - max(inside, enters))
        inside = max(inside, leaves)
        enters += min(interval, o.quantity) * 60.0
    assert inside < 10 * 86400
    np.testing.assert_allclose(run.completion_s[0], expected, rtol=0, atol=1e-6)
    assert run.kpi_samples["utilisation:M"][0] == pytest.approx(busy / (10 * 86400.0))
    assert run.warnings == ()


def test_the_oracle_knows_a_hand_worked_case():
    lots = [(0.0, 10.0), (0.0, 10.0), (100.0, 10.0)]
    by_lots = {"counts": "lots", "every": 2, "first": 1, "work": 5.0}
    by_hours = {"counts": "hours", "every": 50.0, "first": 95.0, "work": 7.0}
    # 10, then maintenance to 15, 25; at 95 maintenance to 102; 112.
    assert run_one_machine(lots, [by_lots, by_hours], until=500.0) == [10.0, 25.0, 112.0]
