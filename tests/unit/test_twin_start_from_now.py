"""Setups and repairs that are going on at the start go on from there."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.model import (
    DownState,
    Failure,
    LotState,
    Operator,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    ShopState,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def plant(*, basis=None, repair="constant", **fields):
    failure = None
    if basis:
        failure = Failure(mtbf_h=1000.0, mttr_h=4.0, basis=basis, between="constant", repair=repair)
    return Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W", failure=failure, **fields),),
        operators=(Operator(id="o", skills=("fix", "set")),),
        products=(Product(id="A", family="a"), Product(id="B", family="b")),
        setups=(Setup(work_centre="W", from_family=None, to_family=None, setup_min=120.0),),
        routings=tuple(
            Routing(
                product=p,
                steps=(
                    Step(
                        step=10,
                        operation="x",
                        resources=(ResourceOption(resource="M"),),
                        time=TimeModel(setup_min=180.0),
                    ),
                ),
            )
            for p in "AB"
        ),
    )


def hours(one, *, lots=(), down=(), families=None, n=1):
    state = ShopState(at=MONDAY, lots=lots, down=down, families=families or {"M": "a"})
    run = simulate(
        one,
        [Order(id="O1", product="A"), Order(id="O2", product="B")],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=4),
        state=state,
        n_replications=n,
    )
    return run.completion_s / 3600.0


def lot(status, worked_min, *, name="O2"):
    return LotState(
        order_id=name, step=10, status=status, since_at=MONDAY, resource="M", worked_min=worked_min
    )


DOWN = (DownState(resource="M", since_at=MONDAY - timedelta(hours=1)),)


def test_a_setup_in_progress_needs_its_rest():
    # O2 is set up for from family a: 2 h less the 30 min done, then 3 h; then O1, from b to a.
    assert hours(plant(), lots=(lot("setup", 30.0),))[0].tolist() == [4.5 + 5.0, 4.5]


def test_a_setup_that_has_lasted_longer_than_it_should_is_over():
    assert hours(plant(), lots=(lot("setup", 500.0),))[0, 1] == 3.0


def test_the_operator_of_a_setup_in_progress_is_not_free():
    one = plant(setup_skill="set")
    assert hours(one, lots=(lot("setup", 30.0),))[0].tolist() == [9.5, 4.5]


@pytest.mark.parametrize("basis", ["busy", "calendar"])
@pytest.mark.parametrize("crew", [None, "fix"])
def test_a_repair_in_progress_holds_an_idle_machine_up_for_its_rest(basis, crew):
    one = plant(basis=basis, repair_skill=crew)
    assert hours(one, down=DOWN)[0].tolist() == [6.0, 11.0]


@pytest.mark.parametrize("basis", ["busy", "calendar"])
@pytest.mark.parametrize("crew", [None, "fix"])
def test_a_repair_in_progress_holds_the_lot_on_the_machine_up(basis, crew):
    one = plant(basis=basis, repair_skill=crew)
    found = hours(one, down=DOWN, lots=(lot("running", 60.0, name="O1"),))
    assert found[0].tolist() == [5.0, 10.0]


@pytest.mark.parametrize("basis", ["busy", "calendar"])
def test_what_was_repaired_does_not_matter_to_an_exponential_repair(basis):
    one = plant(basis=basis, repair="exponential")
    rest_h = hours(one, down=DOWN, n=400)[:, 0] - 3.0
    error = rest_h.std(ddof=1) / np.sqrt(rest_h.size)
    assert abs(rest_h.mean() - 4.0) < 4 * error
    fresh = hours(one, down=(DownState(resource="M", since_at=MONDAY),), n=400)[:, 0] - 3.0
    np.testing.assert_allclose(rest_h, fresh)


@pytest.mark.parametrize(
    ("down", "message"),
    [
        (DownState(resource="N", since_at=MONDAY), "'N' that is down is not known"),
        (DownState(resource="M", since_at=MONDAY), "has no breakdowns"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(down, message):
    with pytest.raises(InputError, match=message):
        hours(plant(), down=(down,))


def test_a_repair_that_begins_after_the_start_is_refused():
    later = (DownState(resource="M", since_at=MONDAY + timedelta(hours=1)),)
    with pytest.raises(InputError, match="expected not after"):
        hours(plant(basis="busy"), down=later)
