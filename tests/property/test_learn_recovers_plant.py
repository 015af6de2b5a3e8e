"""learn(simulate(plant)) ≈ plant: what is learnt of a known plant lies within sampling error."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.learn import Learnt, learn
from zhizao.learn.stability import hours_per_week
from zhizao.model import (
    Calendar,
    Delay,
    Order,
    Plant,
    Product,
    Records,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
WEEKS = 40
DAYS = ("mon", "tue", "wed", "thu", "fri")
RATE = {"shaft": 14.0, "cover": 9.0}
CV = 0.3


def _options(*names: str) -> tuple[ResourceOption, ...]:
    return tuple(ResourceOption(resource=n) for n in names)


def _time(setup: float, piece: float) -> TimeModel:
    return TimeModel(setup_min=setup, per_piece_min=piece, distribution="lognormal", cv=CV)


TRUTH = Plant(
    name="truth",
    work_centres=(WorkCentre(id="mills"), WorkCentre(id="lathes"), WorkCentre(id="desk")),
    resources=(
        Resource(id="mill 1", work_centre="mills", calendar="two shifts"),
        Resource(id="mill 2", work_centre="mills", calendar="two shifts"),
        Resource(id="lathe", work_centre="lathes", calendar="two shifts"),
        Resource(id="check", work_centre="desk", calendar="day"),
    ),
    calendars=(
        Calendar(id="day", shifts=tuple(Shift(weekday=d, start="08:00", end="16:00") for d in DAYS)),
        Calendar(
            id="two shifts",
            shifts=tuple(Shift(weekday=d, start="06:00", end="22:00") for d in DAYS),
        ),
    ),
    products=(Product(id="shaft"), Product(id="cover")),
    routings=(
        Routing(
            product="shaft",
            steps=(
                Step(step=10, operation="turn", resources=_options("lathe"), time=_time(20, 5)),
                Step(step=20, operation="mill", resources=_options("mill 1", "mill 2"), time=_time(30, 6)),
                Step(step=30, operation="polish", resources=_options("lathe"), time=_time(10, 1), probability=0.4),
                Step(step=40, operation="inspect", resources=_options("check"), time=_time(15, 1)),
            ),
        ),
        Routing(
            product="cover",
            steps=(
                Step(step=10, operation="mill", resources=_options("mill 1", "mill 2"), time=_time(60, 10)),
                Step(
                    step=20, operation="inspect", resources=_options("check"), time=_time(15, 1.5),
                    delay=Delay(mean_min=300, distribution="exponential", cv=1.0, calendar="day"),
                ),
            ),
        ),
    ),
)  # fmt: skip


def _orders() -> list[Order]:
    rng = np.random.default_rng(7)
    orders = []
    for product, rate in RATE.items():
        n = int(rng.poisson(rate * WEEKS))
        at = np.sort(rng.uniform(0.0, WEEKS * 7 * 24, n))
        quantity = rng.integers(4, 30, n)
        orders += [
            Order(
                id=f"{product} {i}", product=product, quantity=float(q),
                release_at=START + timedelta(hours=float(t)),
            )
            for i, (t, q) in enumerate(zip(at, quantity, strict=True))
        ]  # fmt: skip
    return orders


@pytest.fixture(scope="module")
def orders() -> list[Order]:
    return _orders()


@pytest.fixture(scope="module")
def records(orders: list[Order]) -> Records:
    end = START + timedelta(weeks=WEEKS)
    run = simulate(
        TRUTH, orders, start_at=START, end_at=end, n_replications=1, draw_demand=False, trace=True, seed=3,
    )  # fmt: skip
    return run.records[0]


@pytest.fixture(scope="module")
def learnt(records: Records, orders: list[Order]) -> Learnt:
    return learn(records, orders, name="learnt")


def _routing(plant: Plant, product: str) -> Routing:
    return next(r for r in plant.routings if r.product == product)


@pytest.mark.parametrize("product", ["shaft", "cover"])
def test_the_main_path_and_its_optional_steps_come_back(learnt: Learnt, product: str) -> None:
    true, found = _routing(TRUTH, product), _routing(learnt.plant, product)
    assert [s.operation for s in found.steps] == [s.operation for s in true.steps]
    n = RATE[product] * WEEKS
    for t, f in zip(true.steps, found.steps, strict=True):
        error = np.sqrt(t.probability * (1 - t.probability) / n)
        assert abs(f.probability - t.probability) <= 4 * error + 0.01
        assert f.rework is None


@pytest.mark.parametrize("product", ["shaft", "cover"])
def test_times_come_back_within_sampling_error(
    learnt: Learnt, orders: list[Order], product: str
) -> None:
    true, found = _routing(TRUTH, product), _routing(learnt.plant, product)
    quantity = np.array([o.quantity for o in orders if o.product == product])
    mean_q, sd_q = quantity.mean(), quantity.std()
    for t, f in zip(true.steps, found.steps, strict=True):
        n = RATE[product] * WEEKS * t.probability
        expected = t.time.setup_min + t.time.per_piece_min * mean_q
        mean = f.time.setup_min + f.time.per_piece_min * mean_q
        # The factor has a cv of 0.3; the slope's error is that of a line through the points.
        assert abs(mean - expected) <= 4 * CV * expected / np.sqrt(n)
        slope_error = CV * expected / (sd_q * np.sqrt(n))
        assert abs(f.time.per_piece_min - t.time.per_piece_min) <= 4 * slope_error
        assert f.time.cv == pytest.approx(CV, rel=0.25)


@pytest.mark.parametrize(
    ("resource", "hours"), [("mill 1", 80), ("mill 2", 80), ("lathe", 80), ("check", 40)]
)
def test_calendars_come_back_in_hours_a_week(learnt: Learnt, resource: str, hours: float) -> None:
    calendars = {c.id: c for c in learnt.plant.calendars}
    found = next(r for r in learnt.plant.resources if r.id == resource)
    # A quarter of an hour at either end of each of the five days.
    assert hours_per_week(calendars[found.calendar or ""]) == pytest.approx(hours, abs=2.5)


def test_nights_that_work_waits_through_are_closed(learnt: Learnt) -> None:
    calendar = next(c for c in learnt.plant.calendars if c.id == "resource mill 1")
    assert {s.weekday for s in calendar.shifts} == set(DAYS)
    assert all(s.start >= "05:45" and s.end <= "22:15" for s in calendar.shifts)


def test_eligible_resources_come_back(learnt: Learnt) -> None:
    for product in ("shaft", "cover"):
        true, found = _routing(TRUTH, product), _routing(learnt.plant, product)
        for t, f in zip(true.steps, found.steps, strict=True):
            assert {o.resource for o in f.resources} == {o.resource for o in t.resources}


def test_equal_machines_have_equal_speed_and_one_place(learnt: Learnt) -> None:
    for routing in learnt.plant.routings:
        for step in routing.steps:
            assert all(o.speed == pytest.approx(1.0, abs=0.12) for o in step.resources)
    assert Counter(r.capacity for r in learnt.plant.resources) == {1: 4}


def test_demand_comes_back_within_a_poisson_error(learnt: Learnt) -> None:
    for demand in learnt.plant.demands:
        rate = RATE[demand.product]
        assert abs(demand.orders_per_week - rate) <= 4 * np.sqrt(rate / WEEKS)
        mean = float(np.mean(demand.quantities))
        assert mean == pytest.approx(16.5, abs=4 * 7.5 / np.sqrt(rate * WEEKS) + 0.5)


def test_only_the_true_delay_is_found(learnt: Learnt) -> None:
    n = RATE["cover"] * WEEKS
    delays = {
        (r.product, s.operation): s.delay.mean_min for r in learnt.plant.routings for s in r.steps
    }
    assert abs(delays["cover", "inspect"] - 300) <= 4 * 300 / np.sqrt(n) + 30
    rest = [v for k, v in delays.items() if k != ("cover", "inspect")]
    assert max(rest) < 15


def test_the_learnt_twin_gives_the_same_lead_times(
    learnt: Learnt, records: Records, orders: list[Order]
) -> None:
    end = START + timedelta(weeks=WEEKS)
    leads = []
    for plant in (TRUTH, learnt.plant):
        run = simulate(
            plant, orders, start_at=START, end_at=end, n_replications=8, draw_demand=False, seed=11,
        )  # fmt: skip
        leads.append(run.estimate("lead_time_mean_h").mean)
    assert leads[1] == pytest.approx(leads[0], rel=0.15)


def test_every_learnt_value_has_a_sample_size(learnt: Learnt) -> None:
    where = [p.where for p in learnt.plant.provenances]
    assert len(where) == len(set(where))
    assert all(p.n > 0 for p in learnt.plant.provenances if p.source == "learnt")
