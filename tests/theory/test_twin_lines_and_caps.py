"""Blocking lines, capped plants and priorities against theory; 4 standard errors, fixed seeds."""

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from zhizao._base.errors import SimulationError
from zhizao.model.order import Order
from zhizao.model.plant import (
    Demand,
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
HOURS_PER_WEEK = 168.0


def line(mean_hours, *, buffers=None, rate_per_h=30.0, distribution="exponential", **fields):
    """Return machines in a row, each its own work centre; buffer 0 is in front of the first."""
    n = len(mean_hours)
    buffers = buffers or [None] * n
    steps = tuple(
        Step(
            step=10 * (i + 1),
            operation=f"op{i}",
            resources=(ResourceOption(resource=f"M{i}"),),
            time=TimeModel(per_piece_min=60.0 * mean, distribution=distribution),
        )
        for i, mean in enumerate(mean_hours)
    )
    demands = (Demand(product="P", orders_per_week=rate_per_h * HOURS_PER_WEEK),)
    return Plant(
        name="line",
        work_centres=tuple(WorkCentre(id=f"W{i}", buffer_lots=b) for i, b in enumerate(buffers)),
        resources=tuple(Resource(id=f"M{i}", work_centre=f"W{i}") for i in range(n)),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=steps),),
        demands=demands,
        **fields,
    )


def run(plant, orders=(), *, days, n=12, warm_up_days=10, seed=3):
    return simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=n,
        warm_up_s=warm_up_days * 86400.0,
        seed=seed,
    )


def assert_near(samples, expected):
    error = samples.std(ddof=1) / math.sqrt(samples.size)
    assert abs(samples.mean() - expected) < 4 * error
    assert error < 0.02 * expected  # the check has power


@pytest.mark.parametrize(
    ("n_machines", "places", "expected"),
    [
        (2, 0, Fraction(2, 3)),
        (2, 1, Fraction(3, 4)),
        (2, 2, Fraction(4, 5)),
        (2, 8, Fraction(10, 11)),
        (3, 0, Fraction(22, 39)),
    ],
)
def test_a_saturated_line_with_blocking_after_service(n_machines, places, expected):
    """Throughput of equal exponential machines (Hillier and Boling 1967)."""
    plant = line([1.0] * n_machines, buffers=[None] + [places] * (n_machines - 1), rate_per_h=1.3)
    found = run(plant, days=400)
    assert_near(found.kpi_samples["throughput_per_week"] / HOURS_PER_WEEK, float(expected))
    assert found.warnings == ()


@pytest.mark.parametrize("max_lots", [1, 3, 8])
def test_a_cap_makes_a_closed_network(max_lots):
    """Throughput of a closed network by mean value analysis (Reiser and Lavenberg 1980)."""
    means = [1.0, 0.7, 0.4]
    waiting = [0.0] * len(means)
    throughput = 0.0
    for n in range(1, max_lots + 1):
        stays = [s * (1.0 + q) for s, q in zip(means, waiting, strict=True)]
        throughput = n / sum(stays)
        waiting = [throughput * w for w in stays]
    plant = line(means, rate_per_h=1.3, wip_caps=(WipCap(id="all", max_lots=max_lots),))
    found = run(plant, days=400)
    assert_near(found.kpi_samples["throughput_per_week"] / HOURS_PER_WEEK, throughput)
    assert found.kpi_samples["wip_mean"] == pytest.approx(float(max_lots))
    assert found.warnings == ()


def test_priorities_without_interruption():
    """Mean time in system by class: W0 / ((1 - σ(k-1)) (1 - σ(k))) + s (Cobham 1954)."""
    rates, mean = {1: 0.4, 0: 0.4}, 1.0
    step = Step(
        step=10,
        operation="serve",
        resources=(ResourceOption(resource="M"),),
        time=TimeModel(per_piece_min=60.0 * mean, distribution="exponential"),
    )

    def plant(only):
        return Plant(
            name="priorities",
            work_centres=(WorkCentre(id="W", dispatch="priority"),),
            resources=(Resource(id="M", work_centre="W"),),
            products=tuple(Product(id=f"P{k}") for k in rates),
            routings=tuple(Routing(product=f"P{k}", steps=(step,)) for k in rates),
            demands=tuple(
                Demand(
                    product=f"P{k}",
                    orders_per_week=rate * HOURS_PER_WEEK,
                    priority=k,
                    allowances_h=(0.0,) if k == only else (),
                )
                for k, rate in rates.items()
            ),
        )

    residual = sum(rate * mean**2 for rate in rates.values())
    expected = {1: residual / (1 - 0.4) + mean, 0: residual / ((1 - 0.4) * (1 - 0.8)) + mean}
    for k, value in expected.items():
        # Due at release, so that the mean tardiness is the mean time of that class alone.
        found = run(plant(k), days=600).kpi_samples["tardiness_mean_h"]
        error = found.std(ddof=1) / math.sqrt(found.size)
        assert abs(found.mean() - value) < 4 * error
        assert error < 0.05 * value


def order(name, product="P", *, hours=1.0, after_h=0.0):
    return Order(
        id=name, product=product, quantity=hours, release_at=MONDAY + timedelta(hours=after_h)
    )


def test_a_blocked_machine_is_free_when_its_lot_gets_a_place():
    plant = line([1.0, 3.0], buffers=[None, 1], distribution="constant")
    plant = plant.model_copy(update={"demands": ()})
    found = run(plant, [order(name) for name in "ABCD"], days=2, n=1, warm_up_days=0)
    # M0: A 0-1, B 1-2, C 2-3, blocked until M1 takes B at 4; D 4-5. M1: A 1-4, B 4-7, C, D.
    assert (found.completion_s[0] / 3600).tolist() == [4.0, 7.0, 10.0, 13.0]
    plant = line([1.0, 3.0], buffers=[None, 0], distribution="constant")
    plant = plant.model_copy(update={"demands": ()})
    found = run(plant, [order("A"), order("B"), order("C", hours=2.5)], days=2, n=1, warm_up_days=0)
    # B blocks M0 until 4, so C is at M0 from 4 to 6.5 and at M1 from 7 to 14.5.
    assert (found.completion_s[0] / 3600).tolist() == [4.0, 7.0, 14.5]


def test_a_deadlock_is_reported_with_the_names_involved():
    def routing(product, *names):
        steps = tuple(
            Step(
                step=10 * (i + 1),
                operation=f"op{i}",
                resources=(ResourceOption(resource=name),),
                time=TimeModel(per_piece_min=60.0),
            )
            for i, name in enumerate(names)
        )
        return Routing(product=product, steps=steps)

    plant = Plant(
        name="circle",
        work_centres=(WorkCentre(id="left", buffer_lots=0), WorkCentre(id="right", buffer_lots=0)),
        resources=(Resource(id="L", work_centre="left"), Resource(id="R", work_centre="right")),
        products=(Product(id="P"), Product(id="Q")),
        routings=(routing("P", "L", "R"), routing("Q", "R", "L")),
    )
    with pytest.raises(SimulationError) as error:
        run(plant, [order("A"), order("B", "Q")], days=2, n=1, warm_up_days=0)
    text = str(error.value)
    assert "After 1.00 h" in text
    assert "resource 'L' is blocked by lot 'A', which finds none of the 0 places" in text
    assert "in front of work centre 'left'" in text
    # One after the other there is none.
    found = run(plant, [order("A"), order("B", "Q", after_h=1.5)], days=2, n=1, warm_up_days=0)
    assert (found.completion_s[0] / 3600).tolist() == [2.0, 4.0]


def test_a_cap_of_one_product_holds_only_that_product_back():
    plant = line([2.0], wip_caps=(WipCap(id="few", max_lots=1, product="P"),))
    plant = plant.model_copy(
        update={
            "products": (Product(id="P"), Product(id="Q")),
            "routings": (*plant.routings, plant.routings[0].model_copy(update={"product": "Q"})),
            "demands": (),
        }
    )
    plant = line_of_constant_times(plant)
    orders = [order("A"), order("B"), order("C", "Q", after_h=1.0)]
    found = run(plant, orders, days=2, n=1, warm_up_days=0)
    # B may come in at 2 only, behind C.
    assert (found.completion_s[0] / 3600).tolist() == [2.0, 6.0, 4.0]


def line_of_constant_times(plant):
    def constant(step):
        return step.model_copy(update={"time": TimeModel(per_piece_min=step.time.per_piece_min)})

    return plant.model_copy(
        update={
            "routings": tuple(
                r.model_copy(update={"steps": tuple(map(constant, r.steps))})
                for r in plant.routings
            )
        }
    )
