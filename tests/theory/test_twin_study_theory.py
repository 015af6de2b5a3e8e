"""Long-run answers of studies against queueing theory.

Each checks an interval at the 99.99 % level: a false alarm in 1 of 10,000; seeds are fixed.
"""

from datetime import UTC, datetime

import pytest

from zhizao.model.plant import (
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin.study import steady_state

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def tandem(rates, *, arrivals_per_h):
    """Return exponential machines in a row, rates in orders an hour."""
    steps = tuple(
        Step(
            step=10 * (k + 1),
            operation="serve",
            resources=(ResourceOption(resource=f"M{k}"),),
            time=TimeModel(per_piece_min=60.0 / rate, distribution="exponential"),
        )
        for k, rate in enumerate(rates)
    )
    return Plant(
        name="tandem",
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(Resource(id=f"M{k}", work_centre="W") for k in range(len(rates))),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=steps),),
        demands=(Demand(product="P", orders_per_week=168.0 * arrivals_per_h),),
    )


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ("lead_time_mean_h", 1 / (1.0 - 0.7) + 1 / (1.4 - 0.7)),
        ("wip_mean", 0.7 / (1.0 - 0.7) + 0.7 / (1.4 - 0.7)),
        ("throughput_per_week", 168.0 * 0.7),
    ],
)
def test_two_queues_in_a_row(kpi, expected):
    """Burke (1956): each is an M/M/1 queue alone."""
    plant = tandem([1.0, 1.4], arrivals_per_h=0.7)
    study = steady_state(plant, start_at=MONDAY, weeks=80, kpi=kpi, level=0.9999, seed=1)
    assert study.is_reached
    assert study.interval.covers(expected)
    assert study.interval.half_width < 0.15 * expected  # the check has power


def test_the_lead_time_of_one_queue_is_exponential():
    """M/M/1: P(lead time > t) = exp(-(mu - lambda) t), so the median is ln 2 of the mean."""
    plant = tandem([1.0], arrivals_per_h=0.6)
    study = steady_state(
        plant, start_at=MONDAY, weeks=100, level=0.9999, seed=2, probabilities=(0.5, 0.9)
    )
    median, high = (q.interval for q in study.quantiles)
    assert median.covers(0.693147 / 0.4)
    assert high.covers(2.302585 / 0.4)
    assert high.half_width < 0.2 * high.mean


def test_a_replication_of_independent_observations_is_worth_their_number():
    """Nobody waits at a load of 1 in 1,000, so lead times hardly depend on each other.

    The ratio of variances is F with about 59 and many degrees of freedom: 0.6 … 1.7 holds all but
    about 1 in 1,000 of it.
    """
    plant = tandem([1.0], arrivals_per_h=0.001)
    study = steady_state(plant, start_at=MONDAY, weeks=600, n_replications=60, seed=3)
    mean_kept = sum(study.n_kept) / 60
    assert 0.6 < study.n_independent / mean_kept < 1.7
    busy = steady_state(tandem([1.0], arrivals_per_h=0.8), start_at=MONDAY, weeks=20, seed=3)
    assert busy.n_independent < 0.1 * busy.n_kept[0]
