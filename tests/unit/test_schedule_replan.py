"""Re-plans within a share of moves, what the event forces, lots whose setup is under way."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from benchmarks.problems.shops import make_shop

from zhizao.model import (
    LotState,
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
from zhizao.model.plant import Calendar, CalendarException
from zhizao.schedule import plan_difference, replan, schedule

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def at(hours):
    return MONDAY + timedelta(hours=hours)


@pytest.fixture(scope="module")
def shop():
    return make_shop(200, seed=3)


@pytest.fixture(scope="module")
def followed(shop):
    return schedule(
        shop.plant, shop.orders, now=shop.now, seconds=None, iterations=3_000, threads=1
    )


def with_resource_away(shop, name, *, hours):
    machine = next(r for r in shop.plant.resources if r.id == name)
    its = next(c for c in shop.plant.calendars if c.id == machine.calendar)
    away = CalendarException(
        start_at=shop.now, end_at=shop.now + timedelta(hours=hours), is_open=False
    )
    own = Calendar(id="away", shifts=its.shifts, exceptions=(*its.exceptions, away))
    resources = tuple(
        r.model_copy(update={"calendar": "away"}) if r.id == name else r
        for r in shop.plant.resources
    )
    calendars = (*shop.plant.calendars, own)
    return shop.plant.model_copy(update={"calendars": calendars, "resources": resources})


def test_a_resource_away_for_hours_moves_no_more_than_may_move_and_tells_the_forced_apart(
    shop, followed
):
    shift = timedelta(hours=24)
    soon = [a for a in followed.assignments if a.start_at < shop.now + timedelta(hours=3)]
    name = soon[0].resource
    until_at = shop.now + timedelta(hours=3) - timedelta(minutes=30)
    must = [a for a in soon if a.resource == name and a.start_at < until_at]
    assert must
    new = replan(
        with_resource_away(shop, name, hours=3),
        shop.orders,
        followed,
        now=shop.now,
        seconds=3.0,
        threads=1,
        next_shift=shift,
        most_moved=0.2,
    )
    difference = new.difference
    assert len(difference.moved) <= 0.2 * difference.n_counted
    # What the resource was to begin in the first 2.5 hours cannot stay, in any plan.
    assert len(must) <= difference.n_forced <= len(difference.moved)
    assert difference.n_chosen == len(difference.moved) - difference.n_forced
    assert f"at least {difference.n_forced} of them" in difference.sentences()[0]
    assert f"至少 {difference.n_forced} 道" in difference.sentences(lang="zh")[0]
    assert not any("next shift move" in w for w in new.plan.warnings)


def test_a_limit_below_what_is_forced_is_named_with_the_forced_number(shop, followed):
    soon = [a for a in followed.assignments if a.start_at < shop.now + timedelta(hours=8)][:5]
    late = {(a.order_id, a.step): a.start_at + timedelta(hours=5) for a in soon}
    new = replan(
        shop.plant,
        shop.orders,
        followed,
        now=shop.now,
        seconds=1.5,
        threads=1,
        most_moved=0.0,
        material=late,
    )
    assert new.difference.n_forced >= len(soon)
    told = [w for w in new.plan.warnings if "No plan can keep within 0" in w]
    assert len(told) == 1
    assert f"at least {new.difference.n_forced} to move" in told[0]
    assert plan_difference(followed, new.plan).n_forced == 0  # not known here


def test_a_re_plan_ends_within_its_seconds_with_tables_and_reasons(shop, followed):
    replan(shop.plant, shop.orders, followed, now=shop.now, seconds=0.5, threads=1)
    begun_s, begun_cpu_s = time.monotonic(), time.process_time()
    replan(shop.plant, shop.orders, followed, now=shop.now, seconds=3.0, threads=1)
    wall_s, cpu_s = time.monotonic() - begun_s, time.process_time() - begun_cpu_s
    # One thread: it works no more CPU seconds than it is given; on a machine at rest that is all.
    assert cpu_s <= 3.1
    assert wall_s <= 3.0 + max(0.3, 0.5 * (wall_s - cpu_s))


def test_a_setup_under_way_goes_on_where_it_is():
    cut = Step(
        step=10,
        operation="cut",
        resources=(ResourceOption(resource="saw"), ResourceOption(resource="old saw")),
        time=TimeModel(per_piece_min=60.0),
    )
    plant = Plant(
        name="P",
        work_centres=(WorkCentre(id="saws"),),
        resources=(
            Resource(id="saw", work_centre="saws", initial_family="B"),
            Resource(id="old saw", work_centre="saws", speed=0.1, initial_family="A"),
        ),
        products=(Product(id="plank", family="A"),),
        routings=(Routing(product="plank", steps=(cut,)),),
        setups=(Setup(work_centre="saws", from_family=None, to_family=None, setup_min=30.0),),
    )
    orders = [Order(id="1", product="plank"), Order(id="2", product="plank")]
    lot = LotState(
        order_id="2",
        step=10,
        status="setup",
        since_at=MONDAY - timedelta(minutes=20),
        resource="saw",
        worked_min=20.0,
    )
    plan = schedule(
        plant,
        orders,
        now=MONDAY,
        state=ShopState(at=MONDAY, lots=(lot,), families={"saw": "B"}),
        seconds=None,
        iterations=50,
        threads=1,
    )
    begun = plan.assignments[0]
    assert (begun.order_id, begun.resource, begun.is_running) == ("2", "saw", True)
    assert begun.start_at == MONDAY + timedelta(minutes=10)
    assert begun.end_at == MONDAY + timedelta(minutes=70)
    # What follows finds the saw set up for its family.
    other = plan.assignments[1]
    assert (other.resource, other.setup_start_at, other.start_at) == ("saw", None, begun.end_at)


def test_a_re_plan_tells_its_progress_and_can_be_ended(shop, followed):
    told = []

    def on_progress(seconds, objective):
        told.append((seconds, objective))
        return True

    plant = with_resource_away(shop, shop.plant.resources[0].id, hours=6)
    began = time.monotonic()
    new = replan(
        plant,
        shop.orders,
        followed,
        now=shop.now,
        seconds=60.0,
        threads=1,
        on_progress=on_progress,
    )
    assert new.plan.is_feasible
    assert told
    assert time.monotonic() - began < 50.0
