"""Which of several idle resources takes a lot."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.model.order import Order
from zhizao.model.plant import (
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def completion_h(idle_choice, families):
    """Return when lots of products A and B, due to start an hour apart, are done.

    Machines M1 and M2 are set up for ``families``; work takes 30 minutes, a
    change of setup 20.
    """
    options = tuple(ResourceOption(resource=name) for name in ("M1", "M2"))
    step = Step(step=10, operation="cut", resources=options, time=TimeModel(setup_min=30.0))
    plant = Plant(
        name="two machines",
        work_centres=(WorkCentre(id="W", idle_choice=idle_choice),),
        resources=tuple(
            Resource(id=name, work_centre="W", initial_family=family)
            for name, family in zip(("M1", "M2"), families, strict=True)
        ),
        products=(Product(id="A", family="a"), Product(id="B", family="b")),
        routings=tuple(Routing(product=p, steps=(step,)) for p in "AB"),
        setups=(Setup(work_centre="W", from_family=None, to_family=None, setup_min=20.0),),
    )
    orders = [
        Order(id=name, product=product, release_at=MONDAY + timedelta(hours=hour))
        for name, product, hour in (("1", "A", 0), ("2", "B", 1), ("3", "A", 2))
    ]
    end_at = MONDAY + timedelta(days=1)
    run = simulate(plant, orders, start_at=MONDAY, end_at=end_at, n_replications=1)
    assert not [w for w in run.warnings if "not simulated" in w]
    return [float(x) for x in run.completion_s[0] / 3600.0]


def test_of_equal_machines_the_one_idle_for_longest_takes_the_lot():
    """Order 2 goes to M2, which has not worked yet; order 3 to M1, still set up for it."""
    expected = [50 / 60, 1 + 50 / 60, 2.5]
    assert completion_h("fastest", ("b", "a")) == pytest.approx(expected)


def test_the_machine_that_is_set_up_takes_the_lot_where_that_is_asked_for():
    assert completion_h("least_setup", ("b", "a")) == pytest.approx([0.5, 1.5, 2.5])


def test_of_equal_setups_the_first_machine_takes_the_lot():
    assert completion_h("least_setup", ("a", "a")) == pytest.approx([0.5, 1 + 50 / 60, 2.5])


def test_the_first_listed_machine_takes_the_lot_where_that_is_asked_for():
    """All orders go to M1, which changes its setup for each but the first."""
    assert completion_h("listed", ("a", "b")) == pytest.approx([0.5, 1 + 50 / 60, 2 + 50 / 60])


def test_equal_machines_are_loaded_equally():
    """Three machines at a third of their capacity: in the order of a list the first gets most."""
    options = tuple(ResourceOption(resource=name) for name in ("M1", "M2", "M3"))
    time = TimeModel(per_piece_min=60.0, distribution="exponential")
    plant = Plant(
        name="three machines",
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(Resource(id=o.resource, work_centre="W") for o in options),
        products=(Product(id="A"),),
        routings=(
            Routing(
                product="A",
                steps=(Step(step=10, operation="cut", resources=options, time=time),),
            ),
        ),
        demands=(Demand(product="A", orders_per_week=168.0),),
    )
    run = simulate(
        plant,
        [],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(weeks=50),
        n_replications=4,
        seed=3,
    )
    # Standard error of a machine's mean over 33,600 h of independent hours of work: below 0.005.
    found = [run.kpi_samples[f"utilisation:{o.resource}"].mean() for o in options]
    assert found == pytest.approx([1 / 3] * 3, abs=0.02)
