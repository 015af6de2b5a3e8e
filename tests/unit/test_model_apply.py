"""Each type of change does what its docstring says, and refuses what does not fit."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from zhizao._base.errors import InputError, ScenarioError
from zhizao.model import (
    AddOrder,
    AddResource,
    AddShift,
    Calendar,
    CalendarException,
    Change,
    ChangeCalendar,
    ChangeOrder,
    Delay,
    Demand,
    Failure,
    Operator,
    Order,
    Plant,
    Product,
    Provenance,
    RemoveOrder,
    RemoveResource,
    Resource,
    ResourceOption,
    Routing,
    ScaleDemand,
    ScaleFailures,
    ScaleSetups,
    ScaleSpeed,
    ScaleTimes,
    Scenario,
    SetCalendar,
    SetDispatch,
    SetFailure,
    SetSetup,
    Setup,
    Shift,
    Step,
    TakeDown,
    TimeModel,
    Weights,
    WorkCentre,
    apply_scenario,
    check_plant,
    open_intervals,
)
from zhizao.model.changes.apply import APPLIERS

NOW = datetime(2024, 1, 1, tzinfo=UTC)
DAY = Shift(weekday="mon", start="08:00", end="16:00")
NIGHT = Shift(weekday="mon", start="22:00", end="06:00")

PLANT = Plant(
    name="P",
    work_centres=(WorkCentre(id="turning"), WorkCentre(id="milling")),
    resources=(
        Resource(
            id="lathe 1",
            work_centre="turning",
            speed=2.0,
            calendar="day",
            failure=Failure(mtbf_h=100.0, mttr_h=2.0),
        ),
        Resource(id="lathe 2", work_centre="turning", calendar="day"),
        Resource(id="mill", work_centre="milling"),
    ),
    operators=(Operator(id="Ann", calendar="day"),),
    calendars=(Calendar(id="day", shifts=(DAY,)),),
    products=(Product(id="A", family="a"), Product(id="B", family="b")),
    routings=(
        Routing(
            product="A",
            steps=(
                Step(
                    step=10,
                    operation="turn",
                    resources=(
                        ResourceOption(resource="lathe 1", speed=0.5),
                        ResourceOption(resource="lathe 2"),
                    ),
                    time=TimeModel(setup_min=10.0, per_piece_min=2.0),
                ),
                Step(
                    step=20,
                    operation="mill",
                    resources=(ResourceOption(resource="mill"),),
                    time=TimeModel(setup_min=5.0, per_piece_min=1.0),
                ),
            ),
        ),
        Routing(
            product="B",
            steps=(
                Step(
                    step=10,
                    operation="turn",
                    resources=(ResourceOption(resource="lathe 2"),),
                    time=TimeModel(setup_min=7.0, per_piece_min=3.0),
                ),
            ),
        ),
    ),
    setups=(Setup(work_centre="turning", from_family="a", to_family="b", setup_min=30.0),),
    demands=(
        Demand(product="A", orders_per_week=4.0),
        Demand(product="B", orders_per_week=6.0),
    ),
    provenances=(Provenance(where="x", source="learnt", level="plant", n=3),),
)
ORDERS = tuple(
    Order(
        id=f"{product}{i}",
        product=product,
        release_at=None if i == 0 else NOW + timedelta(hours=i - 1),
        due_at=NOW + timedelta(days=20),
    )
    for product in "AB"
    for i in range(6)
)


def apply(*changes, plant=PLANT, orders=ORDERS, **kwargs):
    scenario = Scenario(name="try", changes=changes)
    found = apply_scenario(plant, orders, scenario, now=NOW, **kwargs)
    assert check_plant(*found) == ()
    assert found[0].provenances == plant.provenances
    return found


def after(*changes, **kwargs):
    return apply(*changes, **kwargs)[0]


def resource(plant, name):
    return next(r for r in plant.resources if r.id == name)


def calendar(plant, name):
    return next(c for c in plant.calendars if c.id == resource(plant, name).calendar)


def options(plant, product, step):
    (routing,) = (r for r in plant.routings if r.product == product)
    return [(o.resource, o.speed) for s in routing.steps if s.step == step for o in s.resources]


def faults(*changes, **kwargs):
    with pytest.raises(ScenarioError) as caught:
        apply(*changes, **kwargs)
    return str(caught.value)


def test_every_type_of_change_has_one_function():
    assert set(APPLIERS) == set(get_args(get_args(Change)[0]))


def test_no_change_changes_nothing():
    assert apply() == (PLANT, ORDERS)


def test_a_resource_is_added_like_another_and_stands_after_it_in_every_step():
    plant = after(AddResource(resource="lathe 3", like="lathe 1"))
    assert resource(plant, "lathe 3") == resource(PLANT, "lathe 1").model_copy(
        update={"id": "lathe 3"}
    )
    assert options(plant, "A", 10) == [("lathe 1", 0.5), ("lathe 3", 0.5), ("lathe 2", 1.0)]
    assert options(plant, "B", 10) == [("lathe 2", 1.0)]


def test_an_added_resource_may_have_its_own_numbers():
    change = AddResource(resource="mill 2", like="mill", speed=1.2, capacity=2, calendar="day")
    mill = resource(after(change), "mill 2")
    assert (mill.speed, mill.capacity, mill.calendar) == (1.2, 2, "day")


def test_a_resource_that_is_there_cannot_be_added():
    assert "'mill' already" in faults(AddResource(resource="mill", like="lathe 1"))


def test_a_removed_resource_is_gone_from_every_step():
    plant = after(RemoveResource(resource="lathe 1"))
    assert [r.id for r in plant.resources] == ["lathe 2", "mill"]
    assert options(plant, "A", 10) == [("lathe 2", 1.0)]


def test_the_only_resource_of_a_step_cannot_be_removed():
    text = faults(RemoveResource(resource="mill"))
    assert "Scenario 'try', change 1 (remove_resource)" in text
    assert "step 20 (mill) of product 'A'" in text


def test_a_speed_is_multiplied():
    assert resource(after(ScaleSpeed(resource="lathe 1", factor=1.5)), "lathe 1").speed == 3.0


def test_a_speed_that_becomes_infinite_is_refused():
    change = ScaleSpeed(resource="lathe 1", factor=1.7e308)
    assert "speed expected a finite number" in faults(change)


def test_a_resource_is_down_on_a_calendar_of_its_own():
    down = TakeDown(
        resource="lathe 1", from_at=NOW + timedelta(hours=9), to_at=NOW + timedelta(hours=10)
    )
    plant = after(down)
    assert resource(plant, "lathe 2") == resource(PLANT, "lathe 2")
    open_h = open_intervals(
        calendar(plant, "lathe 1"), time_zone="UTC", start_at=NOW, end_at=NOW + timedelta(days=7)
    )
    assert (open_h / 3600).tolist() == [[8, 9], [10, 16]]


def test_a_resource_that_is_always_open_can_be_down_twice_on_one_calendar():
    def down(day):
        return TakeDown(
            resource="mill", from_at=NOW + timedelta(days=day), to_at=NOW + timedelta(days=day + 1)
        )

    plant = after(down(1), down(3))
    assert len(plant.calendars) == 2
    open_h = open_intervals(
        calendar(plant, "mill"), time_zone="UTC", start_at=NOW, end_at=NOW + timedelta(days=5)
    )
    assert (open_h / 86400).tolist() == [[0, 1], [2, 3], [4, 5]]


def test_a_calendar_of_its_own_that_others_share_by_now_is_left_alone():
    def down(name):
        return TakeDown(resource=name, from_at=NOW, to_at=NOW + timedelta(days=1))

    shared = SetCalendar(resources=("lathe 1",), calendar="mill (own)")
    plant = after(down("mill"), shared, down("mill"))
    assert len(calendar(plant, "lathe 1").exceptions) == 1
    assert len(calendar(plant, "mill").exceptions) == 2


def test_a_span_that_ends_before_it_starts_is_refused():
    change = TakeDown(resource="mill", from_at=NOW, to_at=NOW - timedelta(days=1))
    assert "is not after from_at" in faults(change)


def test_resources_get_another_calendar():
    plant = after(SetCalendar(resources=("mill", "lathe 1"), calendar="day"))
    assert resource(plant, "mill").calendar == "day"


def test_a_changed_calendar_changes_for_all_and_keeps_its_exceptions():
    holiday = CalendarException(start_at=NOW, end_at=NOW + timedelta(days=1))
    plant = PLANT.model_copy(
        update={"calendars": (Calendar(id="day", shifts=(DAY,), exceptions=(holiday,)),)}
    )
    change = ChangeCalendar(calendar="day", shifts=(NIGHT,))
    assert after(change, plant=plant).calendars == (
        Calendar(id="day", shifts=(NIGHT,), exceptions=(holiday,)),
    )
    cleared = ChangeCalendar(calendar="day", shifts=(DAY,), exceptions=())
    assert after(cleared, plant=plant).calendars == PLANT.calendars


def test_a_new_calendar_can_be_defined_and_given():
    plant = after(
        ChangeCalendar(calendar="night", shifts=(NIGHT,)),
        SetCalendar(resources=("mill",), calendar="night"),
    )
    assert calendar(plant, "mill").shifts == (NIGHT,)


def test_an_added_shift_is_for_the_named_resources_only():
    plant = after(AddShift(resources=("lathe 1",), shifts=(NIGHT,)))
    assert calendar(plant, "lathe 1").shifts == (DAY, NIGHT)
    assert calendar(plant, "lathe 2").shifts == (DAY,)
    assert plant.operators == PLANT.operators
    both = after(AddShift(resources=("lathe 1", "lathe 2"), shifts=(NIGHT,)))
    assert calendar(both, "lathe 1") is calendar(both, "lathe 2")


def test_a_delay_in_the_time_of_a_steps_resource_passes_in_its_added_shift_too():
    def with_delay(step, calendar):
        return step.model_copy(update={"delay": Delay(mean_min=15.0, calendar=calendar)})

    routing = PLANT.routings[0]
    turn, mill = routing.steps
    delayed = routing.model_copy(
        update={"steps": (with_delay(turn, "day"), with_delay(mill, "day"))}
    )
    before = PLANT.model_copy(update={"routings": (delayed, *PLANT.routings[1:])})
    plant = after(AddShift(resources=("lathe 1",), shifts=(NIGHT,)), plant=before)
    turned, milled = plant.routings[0].steps
    assert turned.delay.calendar == calendar(plant, "lathe 1").id
    # The mill was given no shift, and a delay that is not before one's step is another's.
    assert milled.delay.calendar == "day"
    assert plant.routings[1:] == PLANT.routings[1:]


def test_a_shift_cannot_be_added_where_it_is_always_open():
    assert "always open" in faults(AddShift(resources=("mill",), shifts=(NIGHT,)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [(5.0, 1.0), (2.5, 0.5), (3.5, 1.5)]),
        ({"part": "setup"}, [(5.0, 2.0), (2.5, 1.0), (3.5, 3.0)]),
        ({"part": "per_piece"}, [(10.0, 1.0), (5.0, 0.5), (7.0, 1.5)]),
        ({"product": "A"}, [(5.0, 1.0), (2.5, 0.5), (7.0, 3.0)]),
        ({"family": "b"}, [(10.0, 2.0), (5.0, 1.0), (3.5, 1.5)]),
        ({"operation": "turn"}, [(5.0, 1.0), (5.0, 1.0), (3.5, 1.5)]),
        ({"product": "A", "operation": "mill"}, [(10.0, 2.0), (2.5, 0.5), (7.0, 3.0)]),
    ],
)
def test_times_of_the_steps_that_match_are_scaled(fields, expected):
    plant = after(ScaleTimes(factor=0.5, **fields))
    found = [(s.time.setup_min, s.time.per_piece_min) for r in plant.routings for s in r.steps]
    assert found == expected


def test_times_of_no_step_cannot_be_scaled():
    assert "no step matches" in faults(ScaleTimes(factor=0.5, product="B", operation="mill"))


def test_a_setup_is_replaced_or_added():
    replaced = after(SetSetup(work_centre="turning", from_family="a", to_family="b", setup_min=5))
    assert [s.setup_min for s in replaced.setups] == [5.0]
    added = after(SetSetup(work_centre="turning", setup_min=5))
    assert [(s.from_family, s.setup_min) for s in added.setups] == [("a", 30.0), (None, 5.0)]


def test_setups_are_scaled():
    assert after(ScaleSetups(factor=0.5)).setups[0].setup_min == 15.0
    change = ScaleSetups(factor=0.5, work_centre="milling")
    assert "no setup times at 'milling'" in faults(change)


def test_a_queue_rule_is_set_for_one_or_for_all():
    assert [c.dispatch for c in after(SetDispatch(rule="edd")).work_centres] == ["edd", "edd"]
    one = after(SetDispatch(rule="edd", work_centre="milling"))
    assert [c.dispatch for c in one.work_centres] == ["fifo", "edd"]


def test_another_queue_rule_has_no_use_for_learnt_weights() -> None:
    weighted = WorkCentre(id="mills", dispatch="weighted", weights=Weights(wait_h=1.0))
    plant = Plant(name="weighed", work_centres=(weighted,))
    scenario = Scenario(name="fifo", changes=(SetDispatch(rule="fifo"),))
    found, _ = apply_scenario(plant, (), scenario, now=NOW)
    assert found.work_centres[0].dispatch == "fifo"
    assert found.work_centres[0].weights is None


def test_failures_are_set_scaled_and_removed():
    failure = Failure(mtbf_h=10.0, mttr_h=1.0)
    plant = after(SetFailure(resource="mill", failure=failure), ScaleFailures(factor=2.0))
    assert [r.failure and r.failure.mtbf_h for r in plant.resources] == [50.0, None, 5.0]
    assert resource(after(SetFailure(resource="lathe 1")), "lathe 1").failure is None
    assert resource(after(ScaleFailures(factor=0.0)), "lathe 1").failure is None
    one = ScaleFailures(factor=2.0, resource="mill")
    plant = after(SetFailure(resource="mill", failure=failure), one)
    assert [r.failure and r.failure.mtbf_h for r in plant.resources] == [100.0, None, 5.0]
    assert "has no breakdowns" in faults(one)


def test_an_order_is_added_changed_and_removed():
    order = Order(id="new", product="B", quantity=3)
    _, orders = apply(AddOrder(order=order))
    assert orders == (*ORDERS, order)
    _, orders = apply(ChangeOrder(order_id="A0", quantity=9, due_at=NOW))
    assert orders[0] == ORDERS[0].model_copy(update={"quantity": 9.0, "due_at": NOW})
    _, orders = apply(RemoveOrder(order_id="A0"))
    assert orders == ORDERS[1:]


def test_orders_that_do_not_fit_are_refused():
    assert "'A0' already" in faults(AddOrder(order=Order(id="A0", product="B")))
    assert "no product 'Z'" in faults(AddOrder(order=Order(id="z", product="Z")))
    assert "before its release" in faults(
        ChangeOrder(order_id="A3", due_at=NOW - timedelta(days=1))
    )
    assert "no field is stated" in faults(ChangeOrder(order_id="A3"))


@pytest.mark.parametrize(
    ("factor", "n_to_come"),
    [(0.0, 0), (0.5, 4), (0.7, 6), (0.75, 6), (1.0, 8), (1.5, 12), (2.0, 16)],
)
def test_an_even_share_of_the_orders_to_come_is_repeated_or_left_out(factor, n_to_come):
    # Of twelve orders, two have no release and two are released exactly now: they stay.
    plant, orders = apply(ScaleDemand(factor=factor))
    assert [d.orders_per_week for d in plant.demands] == [4 * factor, 6 * factor]
    to_come = [o for o in orders if o.release_at and o.release_at > NOW]
    assert len(to_come) == n_to_come
    assert len(orders) - n_to_come == 4
    assert len({o.id for o in orders}) == len(orders)
    released = sorted(o.release_at for o in to_come)
    middle = NOW + timedelta(hours=2.5)
    assert sum(at < middle for at in released) * 2 == n_to_come


def test_a_repeated_order_is_named_after_its_original():
    _, orders = apply(ScaleDemand(factor=2.0, product="A"))
    assert [o.id for o in orders][:6] == ["A0", "A1", "A2", "A2+1", "A3", "A3+1"]
    assert orders[3] == orders[2].model_copy(update={"id": "A2+1"})
    assert sum(o.product == "B" for o in orders) == 6
    twice = apply(ScaleDemand(factor=2.0), ScaleDemand(factor=2.0))[1]
    assert len({o.id for o in twice}) == 4 + 4 * 8


def test_demand_that_is_not_there_cannot_be_scaled():
    plant = PLANT.model_copy(update={"demands": ()})
    assert "no demand and no order" in faults(ScaleDemand(factor=2), plant=plant, orders=())


def test_all_wrong_changes_are_told_with_number_and_nearest_name():
    text = faults(
        ScaleSpeed(resource="lathe1", factor=2),
        ScaleSpeed(resource="mill", factor=2),
        SetDispatch(rule="edd", work_centre="millling"),
        ScaleTimes(factor=2, operation="trun"),
        SetCalendar(resources=("mill",), calendar="dya"),
        RemoveOrder(order_id="A99"),
        SetSetup(work_centre="turning", from_family="c", setup_min=1),
    )
    lines = text.splitlines()
    assert [line.split(":")[0].split()[3] for line in lines] == ["1", "3", "4", "5", "6", "7"]
    assert lines[0] == (
        "Scenario 'try', change 1 (scale_speed): there is no resource 'lathe1'. "
        "Did you mean 'lathe 1'?"
    )
    assert "Did you mean 'milling'?" in lines[1]
    assert "There are: 'a', 'b'." in lines[5]


def test_the_changes_of_bases_come_first():
    base = Scenario(name="base", changes=(ScaleSpeed(resource="mill", factor=2),))
    middle = Scenario(name="middle", base="base", changes=(RemoveResource(resource="lathe 1"),))
    top = Scenario(name="top", base="middle", changes=(ScaleSpeed(resource="mill", factor=3),))
    known = {s.name: s for s in (base, middle)}
    plant, _ = apply_scenario(PLANT, ORDERS, top, now=NOW, scenarios=known)
    assert resource(plant, "mill").speed == 6.0
    assert len(plant.resources) == 2


def test_a_fault_in_a_base_names_the_base():
    base = Scenario(name="base", changes=(RemoveResource(resource="x"),))
    with pytest.raises(ScenarioError, match="Scenario 'base', change 1"):
        apply_scenario(
            PLANT, (), Scenario(name="top", base="base"), now=NOW, scenarios={"base": base}
        )


def test_bases_that_are_missing_or_go_round_are_refused():
    one, two = Scenario(name="one", base="two"), Scenario(name="two", base="one")
    with pytest.raises(ScenarioError, match="one → two → one"):
        apply_scenario(PLANT, (), one, now=NOW, scenarios={"two": two, "one": one})
    with pytest.raises(ScenarioError, match=r"which is not there. Did you mean 'one'\?"):
        apply_scenario(PLANT, (), Scenario(name="x", base="ohne"), now=NOW, scenarios={"one": one})


def test_now_needs_a_time_zone():
    with pytest.raises(InputError, match="no time zone"):
        apply_scenario(PLANT, (), Scenario(name="x"), now=NOW.replace(tzinfo=None))
