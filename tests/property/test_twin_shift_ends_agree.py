"""Operators who go home: against a shop that is followed from instant to instant."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model import (
    Calendar,
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
    Shift,
    ShopState,
    Step,
    TimeModel,
    Tool,
    WorkCentre,
    open_intervals,
)
from zhizao.twin import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from shift_shop import run_shift_shop

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 21
WEEK = ("mon", "tue", "wed", "thu", "fri")


def weekly(name, *spans):
    return Calendar(
        id=name, shifts=tuple(Shift(weekday=d, start=a, end=b) for d in WEEK for a, b in spans)
    )


CALENDARS = {
    "day": weekly("day", ("08:00", "16:30")),
    "late": weekly("late", ("16:30", "23:10")),
    "halves": weekly("halves", ("07:00", "11:20"), ("12:05", "15:00")),
}


def spans_of(calendar):
    if calendar is None:
        return None
    spans = open_intervals(
        CALENDARS[calendar], time_zone="UTC", start_at=MONDAY, end_at=MONDAY + timedelta(days=DAYS)
    )
    return [tuple(map(float, s)) for s in spans]


def random_shop(rng, *, fails, setups, closes):
    """Return a plant and its orders, and the same as the oracle's plain values."""
    n = int(rng.integers(1, 4))
    names = [f"M{i}" for i in range(n)]
    choices = [None, "day", "late", "halves"]
    setup_s = float(rng.uniform(600, 9000)) if setups else 0.0
    calendars = [choices[int(rng.integers(4))] if closes else None for _ in names]
    outages = [
        (
            str(rng.choice(["busy", "calendar"])),
            float(rng.uniform(3, 30)),
            float(rng.uniform(0.2, 20)),
        )
        if fails
        else None
        for _ in names
    ]
    operators = [
        Operator(id="o1", skills=("run",), calendar=choices[int(rng.integers(1, 4))]),
        Operator(id="o2", skills=("run", "set"), calendar=choices[int(rng.integers(4))]),
        Operator(
            id="o3", skills=("set", "look", "run"), count=2, calendar=choices[int(rng.integers(4))]
        ),
    ]
    products, routings, orders, lots = [], [], [], []
    for i in range(int(rng.integers(1, 15))):
        steps, plain = [], []
        for k in range(int(rng.integers(1, 4))):
            machine = int(rng.integers(n))
            minutes = float(rng.uniform(10, 700))
            skills = [["run"], ["look"], ["run", "look"], []][int(rng.integers(4))]
            what = str(rng.choice(["resume", "must_fit", "overtime"], p=[0.6, 0.25, 0.15]))
            steps.append(
                Step(
                    step=k + 1,
                    operation="x",
                    resources=(ResourceOption(resource=names[machine]),),
                    time=TimeModel(setup_min=minutes),
                    skills=tuple(skills),
                    operator_interruption=what,
                )
            )
            plain.append((machine, minutes * 60.0, skills, what))
        products.append(Product(id=f"P{i}", family=f"F{i}"))
        routings.append(Routing(product=f"P{i}", steps=tuple(steps)))
        at = MONDAY + timedelta(seconds=round(float(rng.uniform(0, 4 * 86400)), 6))
        orders.append(Order(id=f"O{i:02}", product=f"P{i}", release_at=at))
        lots.append({"release": (at - MONDAY).total_seconds(), "steps": plain})
    setup = {"work_centre": "W", "setup_min": setup_s / 60.0}
    plant = Plant(
        name="shop",
        work_centres=(WorkCentre(id="W"),),
        calendars=tuple(CALENDARS.values()),
        resources=tuple(
            Resource(
                id=name,
                work_centre="W",
                calendar=calendar,
                setup_skill="set" if setups else None,
                failure=Failure(
                    mtbf_h=f[1], mttr_h=f[2], basis=f[0], between="constant", repair="constant"
                )
                if f
                else None,
            )
            for name, calendar, f in zip(names, calendars, outages, strict=True)
        ),
        operators=tuple(operators),
        products=tuple(products),
        routings=tuple(routings),
        # Every lot is of its own family, and needs a setup after itself too.
        setups=(
            Setup(from_family=None, to_family=None, **setup),
            *(Setup(from_family=p.family, to_family=p.family, **setup) for p in products),
        )
        if setups
        else (),
    )
    machines = [
        {
            "open": spans_of(calendar),
            "fails": (f[0], f[1] * 3600.0, f[2] * 3600.0) if f else None,
            "setup": setup_s,
            "setup_skill": "set" if setups else None,
        }
        for calendar, f in zip(calendars, outages, strict=True)
    ]
    people = [
        {"skills": o.skills, "count": o.count, "open": spans_of(o.calendar)} for o in operators
    ]
    return plant, orders, (machines, people, lots)


@pytest.mark.parametrize(
    "feature", ["nothing else", "fails", "setups", "closes", "all"], ids=lambda f: f.split()[0]
)
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_shops_whose_people_go_home_agree_with_a_slow_one(feature, seed):
    features = {f: feature in (f, "all") for f in ("fails", "setups", "closes")}
    plant, orders, plain = random_shop(np.random.default_rng(seed), **features)
    run = simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=DAYS),
        n_replications=1,
        draw_demand=False,
    )
    expected = run_shift_shop(*plain, until=DAYS * 86400.0)
    np.testing.assert_allclose(run.completion_s[0], expected["completion"], rtol=1e-9, atol=1e-5)


def one_step(minutes, what, *, operators, skills=("run",), resource=None, **fields):
    return Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W", **(resource or {})),),
        operators=operators,
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
                        time=TimeModel(setup_min=minutes),
                        skills=skills,
                        operator_interruption=what,
                    ),
                ),
            ),
        ),
        **fields,
    )


def hours_of(plant, *, at_h=14.0, **kwargs):
    start_at = kwargs.pop("start_at", MONDAY)
    run = simulate(
        plant,
        [Order(id="O", product="P", release_at=MONDAY + timedelta(hours=at_h))],
        start_at=start_at,
        end_at=MONDAY + timedelta(days=7),
        n_replications=1,
        draw_demand=False,
        **kwargs,
    )
    return (start_at - MONDAY).total_seconds() / 3600.0 + run.completion_s[0, 0] / 3600.0, run


DAY = Operator(id="d", skills=("run",), calendar="day")
LATE = Operator(id="l", skills=("run", "more"), calendar="late")


def test_five_hours_from_two_o_clock_on_end_by_what_happens_at_half_past_four():
    assert hours_of(one_step(300, "overtime", operators=(DAY,)))[0] == 19.0
    assert hours_of(one_step(300, "resume", operators=(DAY,)))[0] == 24 + 10.5
    assert hours_of(one_step(300, "must_fit", operators=(DAY,)))[0] == 24 + 13.0
    assert hours_of(one_step(150, "must_fit", operators=(DAY,)))[0] == 16.5


def test_someone_of_the_next_shift_takes_over_at_once():
    assert hours_of(one_step(300, "resume", operators=(DAY, LATE)))[0] == 19.0


def test_what_fits_into_no_shift_begins_and_is_finished():
    assert hours_of(one_step(600, "must_fit", operators=(DAY,)))[0] == 24.0


def test_a_resource_at_rest_with_its_lot_is_not_busy():
    _, run = hours_of(one_step(300, "resume", operators=(DAY,)))
    assert run.kpi_samples["utilisation:M"][0] == pytest.approx(5.0 / (7 * 24))
    assert run.warnings == ()


def test_a_tool_stays_with_the_work_that_pauses():
    plant = one_step(300, "resume", operators=(DAY,)).model_copy(
        update={"tools": (Tool(id="jig"),)}
    )
    steps = [
        plant.routings[0].steps[0].model_copy(update={"tools": ("jig",)}),
        Step(
            step=1,
            operation="y",
            resources=(ResourceOption(resource="N"),),
            time=TimeModel(setup_min=60.0),
            tools=("jig",),
        ),
    ]
    plant = plant.model_copy(
        update={
            "resources": (*plant.resources, Resource(id="N", work_centre="W")),
            "products": (Product(id="P"), Product(id="Q")),
            "routings": tuple(
                Routing(product=p, steps=(s,)) for p, s in zip("PQ", steps, strict=True)
            ),
        }
    )
    run = simulate(
        plant,
        [
            Order(id="1", product="P", release_at=MONDAY + timedelta(hours=14)),
            Order(id="2", product="Q", release_at=MONDAY + timedelta(hours=15)),
        ],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=2),
        n_replications=1,
    )
    assert (run.completion_s[0] / 3600.0).tolist() == [34.5, 35.5]


def test_work_that_pauses_at_the_start_goes_on_when_its_operator_comes():
    plant = one_step(300, "resume", operators=(DAY,))
    night = MONDAY + timedelta(hours=22)
    state = ShopState(
        at=night,
        lots=(
            LotState(
                order_id="O",
                step=1,
                status="running",
                resource="M",
                since_at=MONDAY + timedelta(hours=14),
                worked_min=150.0,
            ),
        ),
    )
    # A constant time of which a part is over leaves nothing: an exponential one leaves its mean.
    times = TimeModel(setup_min=300, distribution="uniform", cv=0.01)
    step = plant.routings[0].steps[0].model_copy(update={"time": times})
    plant = plant.model_copy(update={"routings": (Routing(product="P", steps=(step,)),)})
    end_h, _ = hours_of(plant, at_h=14.0, start_at=night, state=state)
    assert end_h == pytest.approx(24 + 10.5, abs=0.2)


def test_people_at_a_cascading_resource_finish_and_the_run_says_so():
    plant = one_step(300, "resume", operators=(DAY,))
    step = plant.routings[0].steps[0].model_copy(update={"interval_min": 30.0})
    plant = plant.model_copy(update={"routings": (Routing(product="P", steps=(step,)),)})
    end_h, run = hours_of(plant)
    assert end_h == 19.0
    assert any(w.startswith("routings/operator_interruption is not") for w in run.warnings)
