"""Carriers that lots wait for are a queue with constant service: M/D/1 and M/D/2."""

from datetime import UTC, datetime, timedelta

import pytest
from scipy.stats import poisson

from zhizao.model import (
    Carrier,
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    Transport,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def mean_wait(load, servers):
    """Return the mean wait of M/D/c in units of the service time (Crommelin 1932)."""
    a = load * servers
    return sum(
        poisson.sf(i * servers - 1, i * a) - poisson.sf(i * servers, i * a) / load
        for i in range(1, 3000)
    )


def test_the_formula_is_that_of_pollaczek_and_khinchine_for_one_server():
    assert mean_wait(0.8, 1) == pytest.approx(0.8 / (2 * 0.2), rel=1e-6)


@pytest.mark.parametrize("count", [1, 2])
def test_lots_wait_for_carriers_as_in_a_queue_with_constant_service(count):
    way_min, load = 6.0, 0.8
    trip_h = 2 * way_min / 60.0  # back without a lot, and there with it

    def step(number, resource):
        return Step(step=number, operation="x", resources=(ResourceOption(resource=resource),))

    plant = Plant(
        name="two areas",
        work_centres=(WorkCentre(id="A"), WorkCentre(id="B")),
        resources=(Resource(id="a", work_centre="A"), Resource(id="b", work_centre="B")),
        carriers=(Carrier(id="truck", count=count, speed=0.5),),
        transports=(
            Transport(
                from_work_centre="A", to_work_centre="B", minutes=way_min / 2.0, carrier="truck"
            ),
        ),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step(1, "a"), step(2, "b"))),),
        demands=(Demand(product="P", orders_per_week=168.0 * load * count / trip_h),),
    )
    run = simulate(
        plant,
        (),
        start_at=MONDAY,
        end_at=MONDAY + timedelta(weeks=12),
        n_replications=30,
        warm_up_s=86400.0,
        seed=3,
    )
    wait = run.estimate("carrier_wait_mean_h", resource="truck")
    expected = (mean_wait(load, count) + 0.5) * trip_h
    spread = (wait.high - wait.low) / 2.0
    assert spread < 0.05 * expected
    # Twice the 95 % half-width: a false alarm in 16,000.
    assert abs(wait.mean - expected) < 2.0 * spread
    used = run.estimate("carrier_utilisation", resource="truck")
    assert abs(used.mean - load) < used.high - used.low
