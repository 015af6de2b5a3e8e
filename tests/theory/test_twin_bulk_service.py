"""Batches against the theory of bulk service; tolerance: 4 standard errors, fixed seeds."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from scipy.optimize import brentq

from zhizao.model.plant import (
    Batch,
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
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def sojourn(rate, service_rate, low, high):
    """Return the mean time in M/M^(a,b)/1: batches of a to b, exponential time of a batch.

    With the server busy, n wait with probability C rⁿ, r the root in (0, 1) of
    μ r^(b+1) - (λ + μ) r + λ = 0; with it idle, q < a wait with probability
    (μ/λ) C Σ_{k ≤ q} rᵏ (Neuts 1967; Medhi 2003, section 4.3).
    """
    r = brentq(
        lambda x: service_rate * x ** (high + 1) - (rate + service_rate) * x + rate, 0.0, 1 - 1e-6
    )
    idle = [service_rate / rate * sum(r**k for k in range(q + 1)) for q in range(low)]
    c = 1.0 / (1.0 / (1.0 - r) + sum(idle))
    waiting = c * (r / (1 - r) ** 2 + sum(q * p for q, p in enumerate(idle)))
    return waiting / rate + 1.0 / service_rate


@pytest.mark.parametrize(("low", "high"), [(1, 4), (3, 5), (2, 2)])
def test_bulk_service(low, high):
    rate, service_rate = 0.8 * high, 1.0
    step = Step(
        step=10,
        operation="bake",
        resources=(ResourceOption(resource="oven"),),
        time=TimeModel(setup_min=60.0 / service_rate, distribution="exponential"),
        batch=Batch(min_pieces=low, max_pieces=high),
    )
    plant = Plant(
        name="ovens",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="oven", work_centre="W"),),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step,)),),
        demands=(Demand(product="P", orders_per_week=rate * 168),),
    )
    samples = simulate(
        plant,
        [],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=300),
        n_replications=16,
        warm_up_s=10 * 86400.0,
        seed=1,
    ).kpi_samples["lead_time_mean_h"]
    error = samples.std(ddof=1) / math.sqrt(samples.size)
    expected = sojourn(rate, service_rate, low, high)
    assert abs(samples.mean() - expected) < 4 * error
    assert error < 0.03 * expected  # the check has power
