"""Short stops lengthen the work of M/G/1; two machines with kanban cards are a line."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.model import (
    Demand,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WipCap,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def exponential(minutes):
    return TimeModel(setup_min=minutes, distribution="exponential", cv=1.0)


def step(number, resource, time):
    return Step(
        step=number, operation="x", resources=(ResourceOption(resource=resource),), time=time
    )


def test_waits_before_a_resource_with_short_stops_are_those_of_pollaczek_and_khinchine():
    # Constant work and, while it lasts, a Poisson number of exponential stops.
    work_h, per_h, stop_h, load = 0.5, 6.0, 0.1, 0.75
    mean_h = work_h * (1.0 + per_h * stop_h)
    second = per_h * work_h * 2.0 * stop_h**2 + mean_h**2
    rate = load / mean_h
    wait_h = rate * second / (2.0 * (1.0 - load))
    plant = Plant(
        name="one machine",
        work_centres=(WorkCentre(id="W"),),
        resources=(
            Resource(
                id="M",
                work_centre="W",
                short_stops_per_h=per_h,
                short_stop_min=60.0 * stop_h,
            ),
        ),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step(1, "M", TimeModel(setup_min=60.0 * work_h)),)),),
        demands=(Demand(product="P", orders_per_week=168.0 * rate),),
    )
    run = simulate(
        plant,
        (),
        start_at=MONDAY,
        end_at=MONDAY + timedelta(weeks=30),
        n_replications=20,
        warm_up_s=7 * 86400.0,
        seed=4,
    )
    lead = run.estimate("lead_time_mean_h")
    assert abs(lead.mean - wait_h - mean_h) < lead.high - lead.low
    assert lead.high - lead.low < 0.15 * lead.mean
    used = run.estimate("utilisation", resource="M")
    assert abs(used.mean - load) < used.high - used.low


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, 3), (4, 2)])
def test_two_machines_with_cards_are_a_line_with_as_many_places(first, second):
    # Machine 1 rests while all lots of both caps are past it: a birth-death chain of
    # first + second steps, of whose states one rests machine 2 (equal rates).
    rate_per_h = 2.0
    plant = Plant(
        name="two machines",
        work_centres=(WorkCentre(id="A"), WorkCentre(id="B")),
        resources=(Resource(id="a", work_centre="A"), Resource(id="b", work_centre="B")),
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=(
                    step(1, "a", exponential(60.0 / rate_per_h)),
                    step(2, "b", exponential(60.0 / rate_per_h)),
                ),
            ),
        ),
        wip_caps=(
            WipCap(id="at a", max_lots=first, work_centre="A"),
            WipCap(id="at b", max_lots=second, work_centre="B"),
        ),
    )
    run = simulate(
        plant,
        [Order(id=f"{i}", product="P") for i in range(4500)],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(weeks=12),
        n_replications=10,
        warm_up_s=86400.0,
        seed=5,
    )
    places = first + second
    expected = rate_per_h * 168.0 * places / (places + 1.0)
    found = run.estimate("throughput_per_week")
    assert abs(found.mean - expected) < found.high - found.low
    assert found.high - found.low < 0.05 * expected
