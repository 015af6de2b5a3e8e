"""Scenarios lived through by the twin, on a plant small enough to foresee the result."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao._base.errors import InputError, ScenarioError
from zhizao.model import (
    AddResource,
    Calendar,
    Delay,
    Demand,
    LotState,
    Order,
    Plant,
    PlantFile,
    Product,
    Records,
    RemoveOrder,
    RemoveResource,
    Resource,
    ResourceOption,
    Routing,
    ScaleDemand,
    Scenario,
    Shift,
    ShopState,
    Step,
    TimeModel,
    WorkCentre,
    records_bytes,
    write_plant,
    write_scenario,
)
from zhizao.trial import Comparison, KpiDifference, OrderDifference, compare, try_scenarios
from zhizao.trial.folder import last_instant, shop_now
from zhizao.trial.sentence import scenario_sentence

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri")
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(weeks=3)}

PLANT = Plant(
    name="two saws",
    work_centres=(WorkCentre(id="saws"),),
    calendars=(
        Calendar(
            id="day", shifts=tuple(Shift(weekday=d, start="08:00", end="16:00") for d in DAYS)
        ),
    ),
    resources=tuple(Resource(id=f"saw {i}", work_centre="saws", calendar="day") for i in (1, 2)),
    products=(Product(id="P"),),
    routings=(
        Routing(
            product="P",
            steps=(
                Step(
                    step=10,
                    operation="cut",
                    resources=(ResourceOption(resource="saw 1"), ResourceOption(resource="saw 2")),
                    time=TimeModel(setup_min=120, distribution="gamma", cv=0.4),
                ),
            ),
        ),
    ),
    demands=(Demand(product="P", orders_per_week=30),),
    release_calendar="day",
)
ORDERS = [Order(id=f"O{i}", product="P", release_at=MONDAY + timedelta(hours=8)) for i in range(12)]
THIRD = Scenario(name="third saw", changes=(AddResource(resource="saw 3", like="saw 1"),))
NOTHING = Scenario(name="as it is")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    more = Scenario(name="rush", changes=(ScaleDemand(factor=1.5),))
    return compare(PLANT, ORDERS, [THIRD, NOTHING, more], n_replications=12, seed=3, **WINDOW)


def test_a_scenario_without_changes_differs_in_nothing_at_all(comparison):
    same = comparison.scenarios[1]
    known = [k for k in same.kpis if k.difference is not None]
    assert known
    assert all(k.low == k.difference == k.high == 0.0 for k in known)
    assert {o.verdict for o in same.orders} == {"same"}
    assert same.sentence.startswith("as it is: mean lead time: the same in all 12 replications")


def test_another_saw_in_a_full_shop_shortens_the_lead_time_and_nobody_loses(comparison):
    third = comparison.scenarios[0]
    lead_time = third.kpi("lead_time_mean_h")
    assert lead_time.high is not None
    assert lead_time.high < 0.0
    assert third.gainers > 0
    assert third.losers == 0
    assert third.kpi("utilisation", resource="saw 1").difference < 0
    assert third.kpi("utilisation", resource="saw 3").reason == "only_in_scenario"
    assert {w.code for w in third.warnings} == {"no_records", "starts_empty"}


def test_more_demand_makes_known_orders_later_and_the_sentence_names_the_worst(comparison):
    rush = comparison.scenarios[2]
    assert rush.losers > 0
    assert rush.orders[0].order_id in rush.sentence
    assert rush.orders[0].order_id in rush.sentence_zh


def test_without_due_dates_lateness_is_unknown_with_its_reason(comparison):
    late = comparison.scenarios[0].kpi("late_share")
    assert (late.difference, late.reason) == (None, "no_due_dates")


def test_every_kpi_of_a_run_is_compared(comparison):
    kpis = {(k.kpi, k.resource) for k in comparison.scenarios[1].kpis}
    flow = {"throughput_per_week", "lead_time_mean_h", "tardiness_mean_h", "late_share", "wip_mean"}
    assert kpis == {(k, None) for k in flow} | {("utilisation", f"saw {i}") for i in (1, 2)}


def test_a_comparison_survives_json(comparison):
    assert Comparison.model_validate_json(comparison.model_dump_json()) == comparison
    assert comparison.to_dict()["scenarios"][0]["kpis"][0]["kpi"] == "throughput_per_week"


def test_the_same_seed_gives_the_same_comparison_on_one_thread_and_on_two():
    runs = [
        compare(PLANT, ORDERS, [THIRD], n_replications=4, seed=5, n_threads=n, **WINDOW)
        for n in (1, 2)
    ]
    assert runs[0] == runs[1]


def test_pairs_are_tighter_than_strangers(comparison):
    third = comparison.scenarios[0].kpi("wip_mean")
    base = next(k for k in comparison.base.kpis if k.kpi == "wip_mean")
    assert third.high - third.low < base.high - base.low


def test_progress_counts_the_replications_of_all_runs():
    calls = []
    compare(
        PLANT, ORDERS, [THIRD, NOTHING], n_replications=3, n_threads=1,
        progress=lambda done, total: calls.append((done, total)), **WINDOW,
    )  # fmt: skip
    assert calls == [(i, 9) for i in range(1, 10)]


def test_waits_that_nothing_explains_weaken_every_change_but_not_the_plant_as_it_is():
    (step,) = PLANT.routings[0].steps
    slow = step.model_copy(update={"delay": Delay(mean_min=60 * 100)})
    routing = PLANT.routings[0].model_copy(update={"steps": (slow,)})
    plant = PLANT.model_copy(update={"routings": (routing,)})
    found = compare(plant, ORDERS, [THIRD, NOTHING], n_replications=3, **WINDOW)
    third, nothing = ({w.code for w in s.warnings} for s in found.scenarios)
    assert "unexplained_waits" in third
    assert "unexplained_waits" not in nothing


def test_two_scenarios_of_one_name_are_refused():
    with pytest.raises(ScenarioError, match="more than once"):
        compare(PLANT, ORDERS, [NOTHING, NOTHING], n_replications=1, **WINDOW)


def test_lots_on_a_removed_saw_or_of_a_cancelled_order_are_moved_and_that_is_said():
    state = ShopState(
        at=MONDAY,
        lots=(
            LotState(order_id="O0", step=10, status="running", resource="saw 2", since_at=MONDAY - timedelta(days=3), worked_min=30),
            LotState(order_id="O1", step=10, status="waiting", since_at=MONDAY - timedelta(days=3)),
        ),
    )  # fmt: skip
    changes = (RemoveResource(resource="saw 2"), RemoveOrder(order_id="O1"))
    found = compare(
        PLANT, ORDERS, [Scenario(name="less", changes=changes)], state=state, n_replications=3, **WINDOW
    )  # fmt: skip
    (less,) = found.scenarios
    moved = [w.text for w in less.warnings if w.code == "lots_moved"]
    assert len(moved) == 1
    assert moved[0].startswith("2 lots")
    assert "O1" not in {o.order_id for o in less.orders}


def records() -> Records:
    """O0 done, O1 begun two hours before the last report."""
    frame = pl.DataFrame(
        {
            "order_id": ["O0", "O1"],
            "product": "P",
            "operation": "cut",
            "resource": ["saw 1", "saw 2"],
            "start_at": [MONDAY + timedelta(hours=8), MONDAY + timedelta(hours=12)],
            "end_at": [MONDAY + timedelta(hours=10), None],
            "good_quantity": [1.0, 0.0],
            "order_quantity": 1.0,
            "scheduled_at": [MONDAY + timedelta(hours=8), MONDAY + timedelta(hours=14)],
        }
    )
    return Records.from_columns(frame)


def test_now_is_the_last_instant_that_any_report_names():
    assert last_instant(records()) == MONDAY + timedelta(hours=14)
    with pytest.raises(InputError, match="nothing says when now is"):
        last_instant(Records.from_columns(pl.DataFrame({"operation": ["cut"]})))


def test_done_orders_are_left_out_and_orders_to_come_stay():
    found = shop_now(PLANT, ORDERS[:4], records())
    now, state, open_orders = found.at, found.state, found.orders
    assert now == MONDAY + timedelta(hours=14)
    assert state is not None
    assert {o.id for o in open_orders} == {"O1", "O2", "O3"}


def test_without_records_the_runs_begin_at_the_first_release():
    found = shop_now(PLANT, ORDERS, None)
    now, state, open_orders = found.at, found.state, found.orders
    assert (now, state, len(open_orders)) == (MONDAY + timedelta(hours=8), None, 12)
    with pytest.raises(InputError, match="neither records nor an order"):
        shop_now(PLANT, [Order(id="x", product="P")], None)


def test_a_folder_and_scenario_files_give_a_comparison(tmp_path):
    folder = tmp_path / "plant"
    write_plant(PlantFile(plant=PLANT, orders=tuple(ORDERS), scenarios=()), folder)
    (folder / "records.parquet").write_bytes(records_bytes(records()))
    write_scenario(THIRD, tmp_path / "third.toml")
    found = try_scenarios(folder, [tmp_path / "third.toml"], weeks=2, n_replications=3)
    assert found.end_at - found.start_at == timedelta(weeks=2)
    assert found.start_at == MONDAY + timedelta(hours=14)
    assert [s.name for s in found.scenarios] == ["third saw"]
    assert "no_records" not in {w.code for w in found.scenarios[0].warnings}


def test_a_folder_whose_plant_was_not_learnt_says_what_to_do(tmp_path):
    write_plant(PlantFile(plant=Plant(name="new"), orders=(), scenarios=()), tmp_path)
    with pytest.raises(InputError, match="zhizao learn"):
        try_scenarios(tmp_path, [])
    with pytest.raises(InputError, match="more than 0"):
        try_scenarios(tmp_path, [], weeks=0)


def difference(kpi: str, unit: str, low: float, high: float) -> KpiDifference:
    return KpiDifference(
        kpi=kpi, unit=unit, base=1.0, scenario=1.0, difference=(low + high) / 2, low=low, high=high, n=9
    )  # fmt: skip


def test_the_sentence_says_no_difference_where_the_interval_holds_zero():
    kpis = [
        difference("lead_time_mean_h", "h", -1.0, 2.0),
        difference("late_share", "", -0.2, -0.1),
    ]
    text = scenario_sentence("s", kpis, [])
    assert "mean lead time: no difference that can be shown (95 % interval -1.0 to +2.0 h)" in text
    assert (
        "late orders falls by 15.0 percentage points from 100.0 % (95 % interval 10.0 to 20.0)"
        in text
    )
    assert "看不出差别" in scenario_sentence("s", kpis, [], lang="zh")


def test_the_sentence_names_who_loses_most():
    orders = [
        OrderDifference(order_id=o, difference_h=h, low=h, high=h, n=9, n_unfinished=0, verdict=v)
        for o, h, v in (("A", 5.25, "loses"), ("B", 2.0, "loses"), ("C", -4.0, "gains"), ("D", 9.0, "unclear"))
    ]  # fmt: skip
    text = scenario_sentence("s", [difference("wip_mean", "orders", 1, 2)], orders)
    assert "of 4 known orders 1 finish earlier and 2 later, most of all A (+5.2 h)" in text
