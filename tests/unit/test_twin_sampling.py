"""Sampling inspection is a step that a share of the lots does."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np

from zhizao.model import Order, Plant, Product, Rework, Routing, Step, TimeModel
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
N = 400


def test_sampled_lots_are_inspected_and_what_fails_is_done_again():
    sampled, fails = 0.25, 0.4
    plant = Plant(
        name="p",
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=(
                    Step(step=10, operation="make", time=TimeModel(setup_min=60.0)),
                    Step(
                        step=20,
                        operation="inspect",
                        time=TimeModel(setup_min=10.0),
                        probability=sampled,
                        rework=Rework(probability=fails, to_step=10, max_passes=1),
                    ),
                ),
            ),
        ),
    )
    run = simulate(
        plant,
        [Order(id=f"O{i}", product="P") for i in range(N)],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=1),
        n_replications=20,
        trace=True,
        seed=4,
    )
    minutes = np.round(run.completion_s / 60.0)
    # Not sampled; sampled and good; sent back and then not sampled; sent back and sampled again.
    shares = {
        60: 1 - sampled,
        70: sampled * (1 - fails),
        130: sampled * fails * (1 - sampled),
        140: sampled * fails * sampled,
    }
    assert set(np.unique(minutes).tolist()) == set(shares)
    for value, share in shares.items():
        error = math.sqrt(share * (1 - share) / minutes.size)
        assert abs(np.mean(minutes == value) - share) < 4 * error
