"""Repairs that wait for a crew: against a SimPy shop, and against the machine-repair model."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao._base.errors import InputError
from zhizao.model import (
    Calendar,
    Failure,
    Operator,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
    open_intervals,
)
from zhizao.twin import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from crewed_shop import run_crewed_shop

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 28
WEEK = ("mon", "tue", "wed", "thu", "fri")
CALENDARS = {
    "day": Calendar(
        id="day", shifts=tuple(Shift(weekday=d, start="08:00", end="16:30") for d in WEEK)
    ),
    "late": Calendar(
        id="late", shifts=tuple(Shift(weekday=d, start="14:00", end="23:10") for d in WEEK)
    ),
}


def spans_of(calendar):
    if calendar is None:
        return None
    spans = open_intervals(
        CALENDARS[calendar],
        time_zone="UTC",
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=DAYS),
    )
    return [tuple(map(float, s)) for s in spans]


def random_shop(rng, *, basis, shifts, setups, skilled_work):
    """Return a plant and its orders, and the same as the oracle's plain dicts."""
    n = int(rng.integers(1, 5))
    names = [f"M{i}" for i in range(n)]
    choices = [None, "day", "late"] if shifts else [None]
    calendars = [choices[int(rng.integers(len(choices)))] for _ in names]
    setup_s = 60.0 * float(rng.uniform(10, 60)) if setups else 0.0
    fails = [(basis, float(rng.uniform(3, 12)), float(rng.uniform(0.5, 4))) for _ in names]
    operators = [
        Operator(id="o1", skills=("fix",), calendar=choices[int(rng.integers(len(choices)))]),
        Operator(id="o2", skills=("fix", "set", "run"), count=int(rng.integers(1, 3))),
    ]
    resources = tuple(
        Resource(
            id=name,
            work_centre="W",
            calendar=calendar,
            failure=Failure(
                mtbf_h=f[1], mttr_h=f[2], basis=basis, between="constant", repair="constant"
            ),
            repair_skill="fix",
            setup_skill="set" if setups else None,
        )
        for name, calendar, f in zip(names, calendars, fails, strict=True)
    )
    machines = [
        {
            "open": spans_of(c),
            "fails": (f[0], f[1] * 3600.0, f[2] * 3600.0),
            "skill": "fix",
            "setup": setup_s,
            "setup_skill": "set" if setups else None,
        }
        for c, f in zip(calendars, fails, strict=True)
    ]
    people = [
        {"skills": o.skills, "count": o.count, "open": spans_of(o.calendar)} for o in operators
    ]
    products, routings, orders, lots = [], [], [], []
    for i in range(int(rng.integers(3, 20))):
        steps, plain = [], []
        for k in range(int(rng.integers(1, 4))):
            machine = int(rng.integers(n))
            minutes = float(rng.uniform(10, 500))
            skill = "run" if skilled_work and rng.random() < 0.5 else None
            steps.append(
                Step(
                    step=k + 1,
                    operation="x",
                    resources=(ResourceOption(resource=names[machine]),),
                    time=TimeModel(setup_min=minutes),
                    skills=(skill,) if skill else (),
                )
            )
            plain.append((machine, minutes * 60.0, skill))
        products.append(Product(id=f"P{i}", family=f"F{i}"))
        routings.append(Routing(product=f"P{i}", steps=tuple(steps)))
        at = MONDAY + timedelta(seconds=round(float(rng.uniform(0, 4 * 86400)), 6))
        orders.append(Order(id=f"O{i}", product=f"P{i}", release_at=at))
        lots.append({"release": (at - MONDAY).total_seconds(), "steps": plain})
    # A lot that comes back to a machine is of its own family: every setup is for a new one.
    families = [f"F{i}" for i in range(len(products))]
    table = [
        Setup(work_centre="W", from_family=None, to_family=None, setup_min=setup_s / 60.0),
        *(
            Setup(work_centre="W", from_family=f, to_family=f, setup_min=setup_s / 60.0)
            for f in families
        ),
    ]
    plant = Plant(
        name="shop",
        work_centres=(WorkCentre(id="W"),),
        calendars=tuple(CALENDARS.values()),
        resources=resources,
        operators=tuple(operators),
        products=tuple(products),
        routings=tuple(routings),
        setups=tuple(table) if setups else (),
    )
    return plant, orders, machines, people, lots


def compare(rng, **features):
    plant, orders, machines, people, lots = random_shop(rng, **features)
    run = simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=DAYS),
        n_replications=1,
        draw_demand=False,
    )
    expected = run_crewed_shop(machines, people, lots, until=DAYS * 86400.0)
    np.testing.assert_allclose(run.completion_s[0], expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("basis", ["busy", "calendar"])
@pytest.mark.parametrize(
    "feature", ["nothing else", "shifts", "setups", "skilled_work"], ids=lambda f: f.split()[0]
)
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_repairs_by_a_crew_agree_with_simpy(basis, feature, seed):
    features = dict.fromkeys(("shifts", "setups", "skilled_work"), False)
    features |= {feature: True} if feature in features else {}
    compare(np.random.default_rng(seed), basis=basis, **features)


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 2**32 - 1),
    basis=st.sampled_from(["busy", "calendar"]),
    shifts=st.booleans(),
    setups=st.booleans(),
    skilled_work=st.booleans(),
)
def test_repairs_by_a_crew_agree_with_simpy_together(seed, basis, shifts, setups, skilled_work):
    compare(
        np.random.default_rng(seed),
        basis=basis,
        shifts=shifts,
        setups=setups,
        skilled_work=skilled_work,
    )


def one_machine(**fields):
    failure = Failure(mtbf_h=2.0, mttr_h=1.0, between="constant", repair="constant")
    return Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W", failure=failure, **fields),),
        operators=(
            Operator(id="o", skills=("fix",), calendar="day"),
            Operator(id="p", skills=("run",)),
        ),
        calendars=tuple(CALENDARS.values()),
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=(
                    Step(
                        step=1,
                        operation="x",
                        resources=(ResourceOption(resource="M"),),
                        time=TimeModel(setup_min=180.0),
                        skills=("run",),
                    ),
                ),
            ),
        ),
    )


def completion_h(plant):
    run = simulate(
        plant,
        [Order(id="O", product="P")],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=1),
        n_replications=1,
        draw_demand=False,
    )
    return run.completion_s[0, 0] / 3600.0


def test_a_repair_waits_for_the_shift_of_its_operator():
    assert completion_h(one_machine()) == 4.0
    assert completion_h(one_machine(repair_skill="fix")) == 10.0  # broken at 2:00, repaired 8-9


def test_who_works_at_the_machine_repairs_it_at_once_if_they_can():
    assert completion_h(one_machine(repair_skill="run")) == 4.0


def test_a_repair_that_nobody_can_ever_do_is_refused():
    plant = one_machine(repair_skill="fix").model_copy(
        update={
            "operators": (
                Operator(id="o", skills=("fix",), calendar="never"),
                Operator(id="p", skills=("run",)),
            ),
            "calendars": (*CALENDARS.values(), Calendar(id="never")),
        }
    )
    with pytest.raises(InputError, match="A repair of 'M' needs an operator with skill 'fix'"):
        completion_h(plant)
