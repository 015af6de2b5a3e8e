"""What a plant states that is hardly meant is told before or with the run, with names."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao._base.errors import InputError
from zhizao.model import (
    Component,
    Order,
    Part,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Setup,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate
from zhizao.twin.checks.odd_inputs import odd_inputs

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def step(number, resource, **fields):
    return Step(
        step=number,
        operation="x",
        resources=(ResourceOption(resource=resource),),
        time=TimeModel(setup_min=60.0),
        **fields,
    )


def plant(*steps, setups=(), buffers=(None, None), **fields):
    families = ("red", "green", "blue")
    return Plant(
        name="p",
        work_centres=tuple(WorkCentre(id=f"W{i}", buffer_lots=b) for i, b in enumerate(buffers)),
        resources=(Resource(id="M0", work_centre="W0"), Resource(id="M1", work_centre="W1")),
        products=tuple(Product(id=f, family=f) for f in families),
        routings=tuple(Routing(product=f, steps=steps) for f in families),
        setups=setups,
        **fields,
    )


def run_of(one):
    return simulate(
        one,
        [Order(id="O", product="red")],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=1),
        n_replications=1,
    )


def test_an_ordinary_plant_has_no_oddity():
    assert odd_inputs(plant(step(10, "M0"), step(20, "M1"))) == ()


def test_a_work_centre_without_capacity_is_named():
    one = plant(step(10, "M0"))
    one = one.model_copy(update={"work_centres": (*one.work_centres, WorkCentre(id="empty"))})
    assert run_of(one).warnings == ("1 work centres have no resource ('empty')",)


def test_a_step_that_no_lot_reaches_is_named():
    one = plant(step(10, "M0"), step(20, "M1", probability=0.0))
    (warning,) = run_of(one).warnings
    assert warning.startswith("3 steps are never done")
    assert "20 of 'red', 20 of 'green', 20 of 'blue'" in warning


def test_a_pair_that_is_missing_among_the_setups_is_named():
    pairs = [("red", "green"), ("green", "red"), ("blue", None), (None, "blue")]
    setups = tuple(
        Setup(work_centre="W0", from_family=a, to_family=b, setup_min=5.0) for a, b in pairs
    )
    assert odd_inputs(plant(step(10, "M0"), setups=setups)) == ()
    (warning,) = odd_inputs(plant(step(10, "M0"), setups=setups[1:]))
    assert warning.endswith("they take no time ('red' → 'green' in 'W0')")
    assert odd_inputs(plant(step(10, "M1"), setups=setups[1:])) == ()


def test_a_rework_that_always_comes_is_named_and_bounded():
    rework = Rework(probability=1.0, to_step=10, max_passes=2)
    run = run_of(plant(step(10, "M0", rework=rework)))
    assert run.completion_s[0, 0] == 3 * 3600.0
    assert run.warnings[0].startswith("after 3 steps every lot is reworked")
    assert "10 of 'red'" in run.warnings[0]


def test_limited_buffers_in_a_circle_are_named():
    there_and_back = (step(10, "M0"), step(20, "M1"), step(30, "M0"))
    (warning,) = odd_inputs(plant(*there_and_back, buffers=(1, 1)))
    assert "1 groups of work centres" in warning
    assert "'W0' → 'W1'" in warning
    assert odd_inputs(plant(*there_and_back, buffers=(None, 1))) == ()
    assert odd_inputs(plant(*there_and_back[:2], buffers=(1, 1))) == ()


def test_a_component_that_can_never_be_there_is_refused():
    bom = (Component(product="red", component="screw"),)
    with pytest.raises(InputError, match="Product 'red' needs 'screw', which is not in stock"):
        run_of(plant(step(10, "M0"), bom=bom, parts=(Part(id="screw"),)))
    run_of(plant(step(10, "M0"), bom=bom, parts=(Part(id="screw", stock=1.0),)))
