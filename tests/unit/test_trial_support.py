"""Warnings where a change leaves what the records have seen."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao.model import (
    AddOrder,
    AddResource,
    AddShift,
    Calendar,
    Carrier,
    ChangeCarrier,
    ChangeOrder,
    Delay,
    Demand,
    Order,
    Plant,
    Product,
    Provenance,
    Records,
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
    SetCarrier,
    SetDispatch,
    Setup,
    Shift,
    Step,
    TakeDown,
    TimeModel,
    WorkCentre,
)
from zhizao.trial import check_support, known_from_records
from zhizao.trial.unexplained import unexplained_share

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
N_WEEKS = 10

PLANT = Plant(
    name="p",
    time_zone="Asia/Shanghai",
    work_centres=(WorkCentre(id="W"),),
    calendars=(Calendar(id="night", shifts=(Shift(weekday="mon", start="22:00", end="06:00"),)),),
    resources=(
        Resource(id="A", work_centre="W", speed=1.0),
        Resource(id="B", work_centre="W", speed=1.2),
    ),
    products=(Product(id="P"), Product(id="rare")),
    routings=(
        Routing(
            product="P",
            steps=(
                Step(
                    step=10,
                    operation="cut",
                    resources=(ResourceOption(resource="A"),),
                    time=TimeModel(setup_min=10, distribution="gamma", cv=0.1),
                ),
            ),
        ),
    ),
    provenances=(
        Provenance(where="resources/B/speed", source="learnt", level="resource", n=2, value=1.2),
        Provenance(where="resources/A/speed", source="learnt", level="resource", n=90, value=1.0),
    ),
)


def records() -> Records:
    """Two orders a week in even weeks, four in odd ones; 8:00–10:00 in Shanghai, on A only."""
    rows = []
    for week in range(N_WEEKS + 1):
        for k in range(4 if week % 2 else 2):
            start = MONDAY + timedelta(weeks=week, days=k)
            rows.append((f"O{week}-{k}", "P", "A", start, start + timedelta(hours=2), 10.0 + week))
    rows.append(("rare one", "rare", "A", MONDAY, MONDAY + timedelta(hours=1), 5.0))
    names = ["order_id", "product", "resource", "start_at", "end_at", "order_quantity"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(operation=pl.lit("cut"))
    return Records.from_columns(frame)


KNOWN = known_from_records(records(), (), plant=PLANT)


def codes(*changes) -> set[str]:
    scenario = Scenario(name="s", changes=changes)
    return {w.code for w in check_support(PLANT, scenario, known=KNOWN)}


def test_the_ranges_of_the_records_are_those_that_were_put_in():
    assert KNOWN.n_weeks == N_WEEKS
    assert KNOWN.orders_per_week is not None
    assert (KNOWN.orders_per_week.low, KNOWN.orders_per_week.high) == (2.0, 4.0)
    assert KNOWN.quantities_by_product["P"] == (10.0, 10.0 + N_WEEKS)
    assert KNOWN.n_orders_by_product["rare"] == 1
    # 00:00 UTC is 08:00 in Shanghai; Monday to Thursday.
    assert KNOWN.hours_by_resource["A"] == {24 * d + h for d in range(4) for h in (8, 9)}
    assert KNOWN.most_at_once == {"W": 1}


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1.0, set()),
        (1.1, set()),
        (1.25, {"demand_edge"}),
        (1.6, {"demand_outside"}),
        (0.5, {"demand_outside"}),
    ],
)
def test_demand_is_warned_of_only_beyond_the_weeks_that_were_seen(factor, expected):
    # Mean 3.1 orders a week, seen 2 to 4 (the rare one makes the first week 3).
    assert codes(ScaleDemand(factor=factor)) == expected


def test_the_warning_holds_the_numbers_in_both_languages():
    scenario = Scenario(name="s", changes=(ScaleDemand(factor=2.0),))
    (warning,) = check_support(PLANT, scenario, known=KNOWN)
    for text in (warning.text, warning.text_zh):
        assert "2 " in text
        assert "4 " in text
        assert str(N_WEEKS) in text


def test_a_product_with_few_orders_and_a_quantity_never_ordered_are_both_said():
    order = Order(id="x", product="rare", quantity=500)
    assert codes(AddOrder(order=order)) == {"few_orders", "quantity_outside"}
    assert codes(AddOrder(order=Order(id="x", product="P", quantity=15))) == set()


def test_hours_that_nobody_ever_worked_are_counted():
    night = Shift(weekday="mon", start="22:00", end="06:00")
    scenario = Scenario(name="s", changes=(AddShift(resources=("A",), shifts=(night,)),))
    (warning,) = check_support(PLANT, scenario, known=KNOWN)
    assert warning.code == "hours_never_worked"
    assert warning.text.startswith("8 of the 8 weekly hours")
    assert codes(SetCalendar(resources=("A",), calendar="night")) == {"hours_never_worked"}
    morning = Shift(weekday="tue", start="08:00", end="10:00")
    assert codes(AddShift(resources=("A",), shifts=(morning,))) == set()


def test_hours_worked_elsewhere_but_not_here_are_another_warning():
    morning = Shift(weekday="tue", start="08:00", end="10:00")
    found = codes(AddShift(resources=("B",), shifts=(morning,)))
    assert found == {"hours_not_here", "weak_values"}


def test_speed_outside_that_of_the_sister_machines_is_warned_of():
    assert "speed_outside" in codes(ScaleSpeed(resource="A", factor=1.5))
    assert codes(ScaleSpeed(resource="A", factor=1.1)) == set()


def test_another_machine_is_always_more_than_was_seen_and_says_how_many_worked_at_once():
    scenario = Scenario(name="s", changes=(AddResource(resource="C", like="A"),))
    (warning,) = check_support(PLANT, scenario, known=KNOWN)
    assert warning.code == "more_resources_than_seen"
    assert "resources now: 2" in warning.text
    assert "at most 1 seen" in warning.text


def test_a_machine_without_reports_and_values_on_few_cases_are_said():
    assert codes(AddResource(resource="C", like="B")) >= {"resource_never_seen", "weak_values"}


def test_work_that_another_machine_must_take_over_is_at_the_edge():
    assert codes(RemoveResource(resource="B")) == {"fewer_resources", "weak_values"}
    both = PLANT.model_copy(
        update={
            "routings": tuple(
                r.model_copy(
                    update={
                        "steps": tuple(
                            s.model_copy(
                                update={
                                    "resources": (*s.resources, ResourceOption(resource="B")),
                                }
                            )
                            for s in r.steps
                        )
                    }
                )
                for r in PLANT.routings
            )
        }
    )
    scenario = Scenario(name="s", changes=(RemoveResource(resource="A"),))
    found = check_support(both, scenario, known=KNOWN)
    assert [(w.code, w.level) for w in found] == [
        ("resource_never_seen", "outside"),
        ("fewer_resources", "edge"),
    ]


def test_a_stop_is_at_the_edge_where_no_stop_was_ever_recorded():
    down = TakeDown(resource="A", from_at=MONDAY, to_at=MONDAY + timedelta(days=1))
    assert codes(down) == {"down_not_recorded"}


def test_a_capacity_that_the_model_of_a_machine_does_not_have_is_said():
    change = AddResource(resource="C", like="A", capacity=3)
    assert codes(change) == {"more_resources_than_seen", "capacity_not_seen"}


def test_a_quantity_to_which_an_order_is_changed_is_compared_with_its_product():
    orders = [Order(id="O1", product="P")]
    for quantity, expected in ((15.0, []), (500.0, ["quantity_outside"])):
        change = ChangeOrder(order_id="O1", quantity=quantity)
        scenario = Scenario(name="s", changes=(change,))
        found = check_support(PLANT, scenario, known=KNOWN, orders=orders)
        assert [w.code for w in found] == expected


def test_cancelling_an_order_needs_no_support():
    assert codes(RemoveOrder(order_id="O1")) == set()


@pytest.mark.parametrize(("factor", "expected"), [(0.9, set()), (0.7, {"times_outside"})])
def test_times_are_compared_with_the_spread_of_the_lots(factor, expected):
    assert codes(ScaleTimes(factor=factor, operation="cut")) == expected


def test_rules_failures_and_setups_that_were_never_recorded_are_said():
    assert codes(SetDispatch(rule="edd")) == {"rule_not_seen"}
    assert codes(SetDispatch(rule="fifo")) == set()
    assert codes(ScaleFailures(factor=0.5)) == {"failures_not_recorded"}
    assert codes(ScaleSetups(factor=0.5)) == {"setups_not_recorded"}
    assert codes(ChangeCarrier(carrier=Carrier(id="truck"))) == {"carriers_not_recorded"}
    assert codes(SetCarrier(carrier="truck")) == {"carriers_not_recorded"}


def test_the_fixed_time_of_every_lot_is_named_where_hidden_setups_alone_are_scaled():
    learnt = [
        Provenance(where=where, source="learnt", level="pooled", n=90, value=value)
        for where, value in (("setups/W/*/*", 100.0), ("routings/P/main/10/time", 30.0))
    ]
    plant = PLANT.model_copy(
        update={
            "setups": (Setup(work_centre="W", from_family=None, to_family=None, setup_min=100.0),),
            "provenances": (*PLANT.provenances, *learnt),
        }
    )

    def said(*own, known=KNOWN):
        scenario = Scenario(name="s", changes=own)
        return {w.code: w.text for w in check_support(plant, scenario, known=known)}

    less = ScaleSetups(factor=0.5)
    assert "takes 10 min" in said(less)["fixed_times_stay"]
    both = ScaleTimes(factor=0.5, part="setup")
    assert "fixed_times_stay" not in said(less, both)
    assert "fixed_times_stay" not in said(both)
    with_rows = KNOWN.model_copy(update={"n_setup_reports": 500})
    assert "fixed_times_stay" not in said(less, known=with_rows)


def test_without_records_nothing_supports_a_change_and_no_change_needs_no_support():
    change = Scenario(name="s", changes=(ScaleDemand(factor=1.0),))
    assert [w.code for w in check_support(PLANT, change)] == ["no_records"]
    assert check_support(PLANT, Scenario(name="as it is")) == ()


def with_delays(mean_min: float, *, calendar: str | None = None) -> Plant:
    delayed = Delay(mean_min=mean_min, calendar=calendar)
    (step,) = PLANT.routings[0].steps
    waiting = Step(step=20, operation="wait", probability=0.5, delay=delayed)
    routing = Routing(product="P", steps=(step.model_copy(update={"delay": delayed}), waiting))
    return PLANT.model_copy(update={"routings": (routing,)})


def test_the_unexplained_share_adds_the_delays_of_the_steps_by_their_chance():
    orders = [Order(id="a", product="P")]
    assert unexplained_share(with_delays(120), orders, lead_time_h=12.0) == pytest.approx(0.25)
    assert unexplained_share(with_delays(0), orders, lead_time_h=12.0) == 0.0
    # Longer than the lead times that were seen: beside 13,500 min of waits the 10 min of work are left.
    share = unexplained_share(with_delays(9000), orders, lead_time_h=12.0)
    assert share == pytest.approx(13_500 / 13_510)
    assert unexplained_share(with_delays(120), lead_time_h=12.0) is None


def test_a_delay_that_passes_only_in_open_time_lasts_as_much_longer_as_the_week_is_closed():
    # The calendar is open 8 of 168 hours: 6 open minutes and half of 6 more take 3.15 hours.
    orders = [Order(id="a", product="P")]
    share = unexplained_share(with_delays(6, calendar="night"), orders, lead_time_h=31.5)
    assert share == pytest.approx(0.1)


def test_products_count_by_their_demand():
    plain = PLANT.routings[0].model_copy(update={"product": "rare"})
    plant = with_delays(120)
    demands = (Demand(product="P", orders_per_week=1), Demand(product="rare", orders_per_week=3))
    both = plant.model_copy(update={"routings": (*plant.routings, plain), "demands": demands})
    assert unexplained_share(both, lead_time_h=12.0) == pytest.approx(0.25 / 4)
