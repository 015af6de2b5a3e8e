"""Lots that wait for carriers: against a SimPy shop, event by event."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhizao.model import (
    Carrier,
    Delay,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    Transport,
    WorkCentre,
)
from zhizao.twin import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from carrier_shop import run_carrier_shop

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
HOURS = 40


def random_shop(rng, *, whole_minutes):
    """Return a plant with its orders, and the same as the oracle's plain values."""

    def minutes(low, high):
        return float(rng.integers(low, high)) if whole_minutes else float(rng.uniform(low, high))

    n_areas, n_groups = int(rng.integers(2, 5)), int(rng.integers(1, 3))
    n_machines = int(rng.integers(n_areas, n_areas + 3))
    areas = [*range(n_areas), *(int(rng.integers(n_areas)) for _ in range(n_machines - n_areas))]
    groups = [
        (int(rng.integers(1, 4)), float(rng.choice([1.0, 0.5, 2.0]))) for _ in range(n_groups)
    ]
    ways = {}
    for a in range(n_areas):
        for b in range(n_areas):
            if a != b and rng.random() < 0.8:
                group = int(rng.integers(n_groups)) if rng.random() < 0.8 else None
                ways[a, b] = (minutes(0, 40), group)
    lots = [
        {
            "release": 60.0 * minutes(0, 300),
            "priority": int(rng.integers(0, 3)),
            "steps": [
                (
                    int(rng.integers(n_machines)),
                    60.0 * minutes(1, 30),
                    60.0 * minutes(1, 30) if rng.random() < 0.2 else 0.0,
                )
                for _ in range(int(rng.integers(1, 6)))
            ],
        }
        for _ in range(int(rng.integers(1, 25)))
    ]
    plant = Plant(
        name="shop",
        work_centres=tuple(WorkCentre(id=f"W{a}") for a in range(n_areas)),
        resources=tuple(Resource(id=f"M{i}", work_centre=f"W{a}") for i, a in enumerate(areas)),
        carriers=tuple(
            Carrier(id=f"C{g}", count=n, speed=speed) for g, (n, speed) in enumerate(groups)
        ),
        transports=tuple(
            Transport(
                from_work_centre=f"W{a}",
                to_work_centre=f"W{b}",
                minutes=m,
                carrier=None if g is None else f"C{g}",
            )
            for (a, b), (m, g) in ways.items()
        ),
        products=tuple(Product(id=f"P{i}") for i in range(len(lots))),
        routings=tuple(
            Routing(
                product=f"P{i}",
                steps=tuple(
                    Step(
                        step=k + 1,
                        operation="x",
                        resources=(ResourceOption(resource=f"M{m}"),),
                        time=TimeModel(setup_min=work / 60.0),
                        delay=Delay(mean_min=delay / 60.0),
                    )
                    for k, (m, work, delay) in enumerate(lot["steps"])
                ),
            )
            for i, lot in enumerate(lots)
        ),
    )
    orders = [
        Order(
            id=f"O{i:02}",
            product=f"P{i}",
            priority=lot["priority"],
            release_at=MONDAY + timedelta(seconds=lot["release"]),
        )
        for i, lot in enumerate(lots)
    ]
    for order, lot in zip(orders, lots, strict=True):
        lot["release"] = (order.release_at - MONDAY).total_seconds()
    seconds = {at: (60.0 * m, g) for at, (m, g) in ways.items()}
    return plant, orders, (lots, areas, seconds, groups)


@pytest.mark.parametrize("whole_minutes", [False, True])
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=11113810)  # A way of no time ends at the instant at which a machine chooses.
def test_lots_that_wait_for_carriers_agree_with_simpy(whole_minutes, seed):
    plant, orders, plain = random_shop(np.random.default_rng(seed), whole_minutes=whole_minutes)
    end_at = MONDAY + timedelta(hours=HOURS)
    run = simulate(plant, orders, start_at=MONDAY, end_at=end_at, n_replications=1)
    expected = run_carrier_shop(*plain, until=HOURS * 3600.0)
    np.testing.assert_allclose(run.completion_s[0], expected["completion"], rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(
        run.order_samples["carrier_wait_h"][0] * 3600.0, expected["waited"], rtol=1e-9, atol=1e-6
    )
    for carrier, out in zip(plant.carriers, expected["out"], strict=True):
        share = run.kpi_samples[f"carrier_utilisation:{carrier.id}"][0]
        assert share == pytest.approx(out / (HOURS * 3600.0 * carrier.count), rel=1e-9)
