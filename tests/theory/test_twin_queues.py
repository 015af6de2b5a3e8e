"""The twin against queueing theory.

Tolerance: 4 standard errors over replications, i.e. a false alarm in about
1 of 1,500 checks at these numbers of replications (Student's t); seeds are fixed.
"""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.model.plant import (
    Demand,
    Failure,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
N = 24
HOURS_PER_WEEK = 168.0


def station(resources, *, time, rate_per_h, capacity=1, failure=None):
    step = Step(
        step=10,
        operation="serve",
        resources=tuple(ResourceOption(resource=r) for r in resources),
        time=time,
    )
    return Plant(
        name="station",
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(
            Resource(id=r, work_centre="W", capacity=capacity, failure=failure) for r in resources
        ),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step,)),),
        demands=(Demand(product="P", orders_per_week=rate_per_h * HOURS_PER_WEEK),),
    )


def run(plant, *, days, warm_up_days=20, seed=1):
    return simulate(
        plant,
        [],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=N,
        warm_up_s=warm_up_days * 86400.0,
        seed=seed,
    )


def assert_near(samples, expected):
    error = samples.std(ddof=1) / math.sqrt(samples.size)
    assert abs(samples.mean() - expected) < 4 * error
    assert error < 0.05 * expected  # the check has power


def hours(mean, **spread):
    return TimeModel(per_piece_min=60.0 * mean, **spread)


EXPONENTIAL = {"distribution": "exponential"}


def test_m_m_1():
    found = run(
        station(["M"], time=hours(1.0, **EXPONENTIAL), rate_per_h=0.8), days=1000
    ).kpi_samples
    assert_near(found["lead_time_mean_h"], 1.0 / (1.0 - 0.8))
    assert_near(found["wip_mean"], 0.8 / 0.2)
    assert_near(found["utilisation:M"], 0.8)
    assert_near(found["throughput_per_week"], 0.8 * HOURS_PER_WEEK)


def erlang_c_wait(rate, service_rate, servers):
    """Return the mean wait of M/M/c (Erlang 1917)."""
    load = rate / service_rate
    top = load**servers / math.factorial(servers) / (1 - load / servers)
    waits = top / (sum(load**k / math.factorial(k) for k in range(servers)) + top)
    return waits / (servers * service_rate - rate)


@pytest.mark.parametrize("as_slots", [True, False])
def test_m_m_c(as_slots):
    names, capacity = (["M"], 3) if as_slots else (["M1", "M2", "M3"], 1)
    plant = station(names, time=hours(1.0, **EXPONENTIAL), rate_per_h=2.4, capacity=capacity)
    found = run(plant, days=500).kpi_samples
    assert_near(found["lead_time_mean_h"], 1.0 + erlang_c_wait(2.4, 1.0, 3))


@pytest.mark.parametrize(
    ("spread", "cv"),
    [
        ({"distribution": "lognormal", "cv": 1.3}, 1.3),
        ({"distribution": "gamma", "cv": 0.5}, 0.5),
        ({"distribution": "weibull", "cv": 0.8}, 0.8),
        ({"distribution": "uniform", "cv": 0.4}, 0.4),
        ({"distribution": "constant"}, 0.0),
    ],
)
def test_m_g_1(spread, cv):
    """Pollaczek–Khinchine: W = ρ (1 + cv²) / (2 (1 - ρ)) times the mean, plus the service."""
    plant = station(["M"], time=hours(1.0, **spread), rate_per_h=0.7)
    found = run(plant, days=800).kpi_samples
    assert_near(found["lead_time_mean_h"], 1.0 + 0.7 * (1 + cv**2) / (2 * 0.3))


def test_m_m_1_with_breakdowns_by_the_clock():
    """W = [(f + r)² + μ f] / [(f + r) (r μ - λ (f + r))] (White and Christie 1958)."""
    rate, service, fail, repair = 0.5, 1.0, 1 / 20, 1 / 4
    failure = Failure(mtbf_h=1 / fail, mttr_h=1 / repair, basis="calendar")
    plant = station(["M"], time=hours(1 / service, **EXPONENTIAL), rate_per_h=rate, failure=failure)
    total = fail + repair
    expected = (total**2 + service * fail) / (total * (repair * service - rate * total))
    assert_near(run(plant, days=1500).kpi_samples["lead_time_mean_h"], expected)


def test_m_m_1_with_breakdowns_of_a_busy_machine():
    """A service with its breakdowns is one longer service: Pollaczek–Khinchine again.

    Completion time C = S + compound Poisson of exponential repairs at rate f:
    E C = s (1 + f m), E C² = E S² (1 + f m)² + s f 2 m² (Gaver 1962).
    """
    s, fail, m, rate = 1.0, 1 / 10, 3.0, 0.6
    plant = station(
        ["M"],
        time=hours(s, **EXPONENTIAL),
        rate_per_h=rate,
        failure=Failure(mtbf_h=1 / fail, mttr_h=m, basis="busy"),
    )
    mean = s * (1 + fail * m)
    second = 2 * s**2 * (1 + fail * m) ** 2 + s * fail * 2 * m**2
    expected = mean + rate * second / (2 * (1 - rate * mean))
    found = run(plant, days=1500).kpi_samples
    assert_near(found["lead_time_mean_h"], expected)
    assert_near(found["utilisation:M"], rate * s)


def test_a_jackson_network_with_feedback():
    """Two stations and a detour with probability p: products of M/M/1 (Jackson 1957)."""
    rate, p = 0.5, 0.3
    steps = (
        Step(
            step=10,
            operation="a",
            resources=(ResourceOption(resource="A"),),
            time=hours(1.0, **EXPONENTIAL),
        ),
        Step(
            step=20,
            operation="b",
            resources=(ResourceOption(resource="B"),),
            time=hours(0.8, **EXPONENTIAL),
            rework=Rework(probability=p, to_step=10, max_passes=1000),
        ),
    )
    plant = Plant(
        name="network",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="A", work_centre="W"), Resource(id="B", work_centre="W")),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=steps),),
        demands=(Demand(product="P", orders_per_week=rate * HOURS_PER_WEEK),),
    )
    flow = rate / (1 - p)
    load = np.array([flow * 1.0, flow * 0.8])
    found = run(plant, days=1000).kpi_samples
    assert_near(found["wip_mean"], float((load / (1 - load)).sum()))
    assert_near(found["utilisation:A"], load[0])
    assert_near(found["utilisation:B"], load[1])
