"""What a scenario changes is told in words, in both languages."""

from datetime import UTC, datetime, timedelta

from zhizao._base.words import catalogue
from zhizao.model import (
    AddResource,
    AddShift,
    Calendar,
    ChangeCalendar,
    ChangeOrder,
    Order,
    Plant,
    Product,
    RemoveOrder,
    Resource,
    ResourceOption,
    Routing,
    ScaleTimes,
    Scenario,
    SetDispatch,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
    apply_scenario,
    scenario_diff,
)
from zhizao.model.files.sheets import PLANT_KEYS
from zhizao.model.files.tables import TABLES

NOW = datetime(2024, 1, 1, tzinfo=UTC)
PLANT = Plant(
    name="P",
    time_zone="Asia/Shanghai",
    work_centres=(WorkCentre(id="turning"),),
    resources=(Resource(id="M1", work_centre="turning", calendar="day"),),
    calendars=(Calendar(id="day", shifts=(Shift(weekday="mon", start="08:00", end="16:00"),)),),
    products=tuple(Product(id=f"P{i}") for i in range(5)),
    routings=tuple(
        Routing(
            product=f"P{i}",
            steps=(
                Step(
                    step=10,
                    operation="turn",
                    resources=(ResourceOption(resource="M1"),),
                    time=TimeModel(per_piece_min=i + 1.0),
                ),
            ),
        )
        for i in range(5)
    ),
)
ORDERS = (Order(id="O1", product="P1"), Order(id="O2", product="P2", due_at=NOW))


def told(*changes, lang="en"):
    after = apply_scenario(PLANT, ORDERS, Scenario(name="x", changes=changes), now=NOW)
    return [str(d) for d in scenario_diff(PLANT, ORDERS, *after, lang=lang)]


def test_equal_plants_have_no_difference():
    assert scenario_diff(PLANT, ORDERS, PLANT, ORDERS) == ()


def test_a_value_that_changes_is_told_with_before_and_after():
    assert told(SetDispatch(rule="edd")) == ["work centre turning, dispatch rule: fifo → edd"]
    assert told(SetDispatch(rule="edd"), lang="zh") == ["工作中心 turning，派工规则：fifo → edd"]


def test_many_steps_that_change_alike_are_one_line():
    assert told(ScaleTimes(factor=0.8)) == [
        (
            "5 steps (P0 / 10, P1 / 10, P2 / 10, P3 / 10, …), minutes per piece: "
            "1 … 5 (×1) → 0.8 … 4 (×0.8)"
        )
    ]
    assert told(AddResource(resource="M2", like="M1")) == [
        "resource M2: added",
        "5 steps (P0 / 10, P1 / 10, P2 / 10, P3 / 10, …), eligible resources: M1 → M1|M2",
    ]


def test_few_steps_are_told_one_by_one():
    assert told(ScaleTimes(factor=0.5, product="P1")) == ["step P1 / 10, minutes per piece: 2 → 1"]


def test_calendars_are_told_by_their_times():
    night = Shift(weekday="mon", start="22:00", end="06:00")
    assert told(ChangeCalendar(calendar="day", shifts=(night,))) == [
        "calendar day, times: mon 08:00-16:00 → mon 22:00-06:00"
    ]
    assert told(AddShift(resources=("M1",), shifts=(night,))) == [
        "resource M1, calendar: day → day + shift",
        "calendar day + shift: added (mon 08:00-16:00, mon 22:00-06:00)",
    ]


def test_orders_are_told_in_the_local_time_of_the_plant():
    later = ChangeOrder(order_id="O2", due_at=NOW + timedelta(days=1))
    assert told(later, RemoveOrder(order_id="O1"), lang="zh") == [
        "工单 O1：移除",
        "工单 O2，交期：2024-01-01 08:00 → 2024-01-02 08:00",
    ]


def test_what_the_plant_itself_says_is_compared():
    after = PLANT.model_copy(update={"release_calendar": "day"})
    (difference,) = scenario_diff(PLANT, (), after, ())
    assert (difference.before, difference.after) == ("none", "day")
    assert difference.what == "plant, release calendar"


def test_every_table_and_column_has_words():
    words = catalogue("zhizao.model")
    compared = [t for t in TABLES if t.name not in {"provenance", "answers"}]
    for table in compared:
        assert {table.name, f"many_{table.name}"} <= set(words)
        if table.name != "calendars":
            key = table.key or ("product",)
            names = {f"column_{c.name}" for c in table.columns if c.name not in key}
            assert names <= set(words), names - set(words)
    assert {f"column_{key}" for key in PLANT_KEYS} <= set(words)


def told_of_resources(before: dict[str, float], after: dict[str, float]) -> str:
    """What is said of one step whose resources (with their speeds) change."""
    first = PLANT.routings[0]
    plants = []
    for speeds in (before, after):
        options = tuple(ResourceOption(resource=r, speed=v) for r, v in speeds.items())
        step = first.steps[0].model_copy(update={"resources": options})
        routing = first.model_copy(update={"steps": (step,)})
        plants.append(PLANT.model_copy(update={"routings": (routing,)}))
    (difference,) = scenario_diff(plants[0], (), plants[1], ())
    return str(difference).removeprefix("step P0 / 10, eligible resources: ")


def test_of_long_lists_only_what_differs_is_told():
    speeds = {f"LATHE-{i:02}": 1.0649677684618393 for i in range(6)}
    longer = speeds | {"LATHE-07": 1.07096}
    assert told_of_resources(speeds, longer) == "… → …|LATHE-07@1.071"
    assert told_of_resources(longer, speeds) == "…|LATHE-07@1.071 → …"


def test_speeds_that_differ_in_late_digits_are_told_whole():
    assert told_of_resources({"M1": 1.00001}, {"M1": 1.00002}) == "M1@1.00001 → M1@1.00002"
