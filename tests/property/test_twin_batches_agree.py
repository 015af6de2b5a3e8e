"""Batches of the event loop against a slow, obvious station."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model.order import Order
from zhizao.model.plant import (
    Batch,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from batch_station import run_batch_station

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 4


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), rule=st.sampled_from(["fifo", "edd"]))
def test_batches_by_group_with_time_outs_agree(seed, rule):
    rng = np.random.default_rng(seed)
    n_slots = int(rng.integers(1, 4))
    load, unload = (float(rng.choice([0.0, rng.uniform(1, 20)])) for _ in range(2))
    groups, products, routings = {}, [], []
    for name in ("a", "b", "c")[: int(rng.integers(1, 4))]:
        low = float(rng.integers(1, 9))
        wait = float(rng.choice([0.0, rng.uniform(5, 200), np.inf]))
        minutes, per_piece = float(rng.uniform(5, 120)), float(rng.choice([0.0, 2.0]))
        high = low + float(rng.integers(0, 8))
        groups[name] = {
            "min": low, "max": high, "wait": wait * 60.0,
            "seconds": minutes * 60.0, "piece_seconds": per_piece * 60.0,
        }  # fmt: skip
        batch = Batch(
            min_pieces=low,
            max_pieces=high,
            group=name,
            max_wait_min=wait if np.isfinite(wait) else None,
        )
        products.append(Product(id=name))
        step = Step(
            step=10,
            operation="bake",
            resources=tuple(ResourceOption(resource=f"M{i}") for i in range(n_slots)),
            time=TimeModel(setup_min=minutes, per_piece_min=per_piece),
            batch=batch,
        )
        routings.append(Routing(product=name, steps=(step,)))
    lots, orders = [], []
    for i in range(int(rng.integers(1, 40))):
        arrives = round(float(rng.uniform(0, 86400)), 6)
        due = round(arrives + float(rng.uniform(0, 86400)), 6)
        group = str(rng.choice(list(groups)))
        order = Order(
            id=f"O{i}",
            product=group,
            quantity=float(rng.integers(1, 7)),
            release_at=MONDAY + timedelta(seconds=arrives),
            due_at=MONDAY + timedelta(seconds=due),
        )
        orders.append(order)
        lots.append(
            {
                "arrives": (order.release_at - MONDAY).total_seconds(),
                "due": (order.due_at - MONDAY).total_seconds(),
                "pieces": order.quantity,
                "group": group,
            }
        )
    plant = Plant(
        name="ovens",
        work_centres=(WorkCentre(id="W", dispatch=rule),),
        resources=tuple(
            Resource(id=f"M{i}", work_centre="W", load_min=load, unload_min=unload)
            for i in range(n_slots)
        ),
        products=tuple(products),
        routings=tuple(routings),
    )
    run = simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=DAYS),
        n_replications=1,
        trace=True,
    )
    expected = run_batch_station(
        lots,
        groups,
        n_slots=n_slots,
        rule=rule,
        load=load * 60.0,
        unload=unload * 60.0,
        until=DAYS * 86400.0,
    )
    np.testing.assert_allclose(run.completion_s[0], expected, rtol=0, atol=1e-6)
    assert run.warnings == ()


def test_the_oracle_knows_a_hand_worked_case():
    groups = {"a": {"min": 2, "max": 3, "wait": 50.0, "seconds": 100.0, "piece_seconds": 1.0}}
    lots = [
        {"arrives": t, "due": 0.0, "pieces": 1.0, "group": "a"} for t in (0.0, 10.0, 20.0, 130.0)
    ]
    found = run_batch_station(lots, groups, n_slots=1, rule="fifo", load=5.0, unload=5.0, until=900)
    # Two begin at 10; the third has waited enough at 122, when the slot is free; the last at 233.
    assert found == pytest.approx([122.0, 122.0, 233.0, 344.0])
