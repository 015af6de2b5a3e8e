"""What the data cannot tell exactly, in the comparison of scenarios."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.model import (
    AddOrder,
    AddResource,
    AddShift,
    Calendar,
    ChangeCalendar,
    ChangeOrder,
    Demand,
    Failure,
    Order,
    Plant,
    Product,
    Provenance,
    RemoveOrder,
    Resource,
    ResourceOption,
    Routing,
    ScaleDemand,
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
    WorkCentre,
)
from zhizao.model.changes.apply import APPLIERS, apply_scenario
from zhizao.model.scenario import ChangeOrder as ChangeOrderType
from zhizao.trial import KpiDifference, compare
from zhizao.trial.drawn import in_branch
from zhizao.trial.sentence import scenario_sentence
from zhizao.trial.support import CHECKS, check_support
from zhizao.trial.support_words import LEVELS, support_of, support_warning
from zhizao.twin.study_values import draw_values

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(weeks=4)}
DAYS = ("mon", "tue", "wed", "thu", "fri")


def learnt(where: str, value: float, error: float, n: int = 40) -> Provenance:
    return Provenance(
        where=where, source="learnt", level="product", n=n, value=value,
        low=value * (1 - 1.96 * error), high=value * (1 + 1.96 * error),
    )  # fmt: skip


PROVENANCES = (
    learnt("routings/P/main/10/time", 100.0, 0.06),
    learnt("demands/P/orders_per_week", 40.0, 0.06),
    learnt("resources/saw 1/failure/mtbf_h", 30.0, 0.2),
    learnt("resources/saw 1/failure/mttr_h", 2.0, 0.2),
    learnt("calendars/day/hours_per_week", 80.0, 0.02),
    learnt("setups/saws/a/b", 30.0, 0.1),
)
SHIFTS = tuple(Shift(weekday=d, start="06:00", end="22:00") for d in DAYS)
PLANT = Plant(
    name="two saws",
    work_centres=(WorkCentre(id="saws"),),
    calendars=(Calendar(id="day", shifts=SHIFTS),),
    resources=(
        Resource(
            id="saw 1", work_centre="saws", calendar="day", failure=Failure(mtbf_h=30, mttr_h=2)
        ),
        Resource(id="saw 2", work_centre="saws", calendar="day"),
    ),
    products=(Product(id="P", family="a"), Product(id="Q", family="b")),
    routings=tuple(
        Routing(
            product=p,
            steps=(
                Step(
                    step=10,
                    operation="cut",
                    resources=(ResourceOption(resource="saw 1"), ResourceOption(resource="saw 2")),
                    time=TimeModel(setup_min=160, distribution="gamma", cv=0.6),
                ),
            ),
        )
        for p in ("P", "Q")
    ),
    setups=(Setup(work_centre="saws", from_family="a", to_family="b", setup_min=30),),
    demands=(Demand(product="P", orders_per_week=40), Demand(product="Q", orders_per_week=5)),
    release_calendar="day",
)
LEARNT = PLANT.model_copy(update={"provenances": PROVENANCES})
ORDERS = [Order(id=f"O{i}", product="P", release_at=MONDAY) for i in range(5)]
MORE = Scenario(name="more", changes=(ScaleDemand(factor=1.1),))


@pytest.fixture(scope="module")
def both():
    same = Scenario(name="as it is")
    kw = {"n_replications": 20, "seed": 2, **WINDOW}
    return (
        compare(PLANT, ORDERS, [MORE, same], **kw),
        compare(LEARNT, ORDERS, [MORE, same], **kw),
    )


def test_a_plant_whose_values_have_no_errors_has_intervals_of_chance_alone(both):
    plain, _ = both
    lead_time = plain.scenarios[0].kpi("lead_time_mean_h")
    assert (plain.n_drawn_plants, plain.n_drawn_values, lead_time.data) == (0, 0, None)
    assert lead_time.chance == pytest.approx((lead_time.high - lead_time.low) / 2)
    assert "cannot tell" not in plain.scenarios[0].sentence


def test_the_errors_of_learnt_values_widen_the_interval_and_leave_the_answer(both):
    plain, learnt_ = both
    assert (learnt_.n_drawn_plants, learnt_.n_drawn_values) == (10, len(PROVENANCES))
    before = plain.scenarios[0].kpi("lead_time_mean_h")
    after = learnt_.scenarios[0].kpi("lead_time_mean_h")
    assert after.difference == before.difference
    assert after.chance == pytest.approx(before.chance)
    assert after.high - after.low > 1.2 * (before.high - before.low)
    assert after.data > 0.0


def test_the_sentence_says_both_parts_in_both_languages(both):
    scenario = both[1].scenarios[0]
    assert "what the data cannot tell exactly" in scenario.sentence
    assert "为数据无法确定的部分" in scenario.sentence_zh


def test_the_base_has_the_errors_of_its_values_too(both):
    plain, learnt_ = both
    widths = []
    for comparison in (plain, learnt_):
        wip = next(k for k in comparison.base.kpis if k.kpi == "wip_mean")
        widths.append((wip.mean, wip.high - wip.low, wip.n))
    assert widths[0][0] == pytest.approx(widths[1][0])
    assert widths[1][1] > widths[0][1]
    assert widths[0][2] == widths[1][2] == 20


def test_a_scenario_without_changes_still_differs_in_nothing_at_all(both):
    same = both[1].scenarios[1]
    known = [k for k in same.kpis if k.difference is not None]
    assert known
    assert all(k.low == k.difference == k.high == 0.0 for k in known)
    assert {o.verdict for o in same.orders} == {"same"}


def test_the_comparison_is_the_same_on_one_thread_and_on_two():
    runs = [
        compare(LEARNT, ORDERS, [MORE], n_replications=4, seed=5, n_threads=n, **WINDOW)
        for n in (1, 2)
    ]
    assert runs[0] == runs[1]


def test_one_replication_draws_nothing():
    found = compare(LEARNT, ORDERS, [MORE], n_replications=1, seed=5, **WINDOW)
    assert found.n_drawn_plants == 0
    assert found.scenarios[0].kpi("wip_mean").low is None


def test_progress_counts_the_drawn_plants_too():
    calls = []
    compare(
        LEARNT, ORDERS, [MORE], n_replications=4, n_threads=1,
        progress=lambda done, total: calls.append((done, total)), **WINDOW,
    )  # fmt: skip
    assert [done for done, _ in calls] == list(range(1, len(calls) + 1))
    assert {total for _, total in calls} == {len(calls)}
    assert len(calls) > 8


def branch_values(*changes):
    scenario = Scenario(name="s", changes=changes)
    branch, _ = apply_scenario(LEARNT, (), scenario, now=MONDAY)
    drawn = draw_values(LEARNT, n_futures=10)
    return in_branch(drawn, [scenario], plant=LEARNT, branch=branch)


def test_a_machine_like_another_shares_the_errors_of_its_failures():
    found = branch_values(
        AddResource(resource="saw 3", like="saw 1"), AddResource(resource="saw 4", like="saw 3")
    )
    assert found.like == {"saw 3": "saw 1", "saw 4": "saw 1"}


def test_a_calendar_with_a_further_shift_keeps_the_error_of_the_hours():
    saturday = Shift(weekday="sat", start="08:00", end="12:00")
    found = branch_values(AddShift(resources=("saw 1",), shifts=(saturday,)))
    assert found.like == {"calendar day + shift": "day"}


def test_a_calendar_that_is_stated_has_no_error():
    own = ChangeCalendar(calendar="new", shifts=SHIFTS)
    found = branch_values(own, SetCalendar(resources=("saw 1",), calendar="new"))
    assert found.like == {}
    again = branch_values(ChangeCalendar(calendar="day", shifts=SHIFTS[:4]))
    assert again.factor("calendars/day/hours_per_week") is None


def test_failures_and_setups_that_are_stated_have_no_error():
    found = branch_values(
        SetFailure(resource="saw 1", failure=Failure(mtbf_h=10, mttr_h=1)),
        SetSetup(work_centre="saws", from_family="a", to_family="b", setup_min=5),
    )
    assert found.factor("resources/saw 1/failure/mtbf_h") is None
    assert found.factor("setups/saws/a/b") is None
    assert found.factor("demands/P/orders_per_week") is not None


def test_every_type_of_change_is_checked_for_support():
    assert set(CHECKS) | {ChangeOrderType} == set(APPLIERS)


def test_every_warning_of_support_has_words_and_counts_for_the_label():
    assert support_of([support_warning("no_effect")]) == "inside"
    assert support_of([support_warning("no_records")]) == "outside"
    assert set(LEVELS.values()) == {"edge", "outside"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((ScaleDemand(factor=1.1),), "outside"),
        ((), "inside"),
    ],
)
def test_the_label_is_that_of_the_worst_warning(changes, expected):
    found = compare(
        PLANT, ORDERS, [Scenario(name="s", changes=changes)], n_replications=2, **WINDOW
    )
    assert found.scenarios[0].support == expected
    assert found.scenarios[0].support_text(lang="en").startswith(f"Support: {expected}")


def test_changes_of_the_base_of_a_scenario_are_checked_too():
    root = Scenario(name="root", changes=(ScaleDemand(factor=1.1),))
    leaf = Scenario(name="leaf", base="root")
    assert [w.code for w in check_support(PLANT, leaf, bases=[root])] == ["no_records"]
    found = compare(PLANT, ORDERS, [leaf], library=[root], n_replications=2, **WINDOW)
    assert found.scenarios[0].support == "outside"


def codes(*changes, plant=PLANT, orders=ORDERS) -> set[str]:
    found = compare(
        plant, orders, [Scenario(name="s", changes=changes)], n_replications=2, **WINDOW
    )
    return {w.code for w in found.scenarios[0].warnings} - {"no_records", "starts_empty"}


def down(first_week: float, last_week: float) -> TakeDown:
    return TakeDown(
        resource="saw 1",
        from_at=MONDAY + timedelta(weeks=first_week),
        to_at=MONDAY + timedelta(weeks=last_week),
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (down(-2, -1), {"down_past", "no_effect"}),
        (down(5, 6), {"down_later", "no_effect"}),
        (down(-1, 1), {"down_begun"}),
        (down(1, 2), set()),
        (SetDispatch(rule="fifo"), {"no_effect"}),
        (ScaleTimes(factor=1.0), {"no_effect"}),
        (ScaleTimes(factor=1.1), set()),
        (RemoveOrder(order_id="O1"), set()),
        (
            AddOrder(order=Order(id="X", product="P", release_at=MONDAY + timedelta(weeks=9))),
            {"order_later"},
        ),
        (ChangeOrder(order_id="O1", release_at=MONDAY + timedelta(weeks=9)), {"order_later"}),
    ],
)
def test_a_change_that_cannot_take_effect_is_said(change, expected):
    assert codes(change) == expected


def test_a_run_without_any_work_is_said_clearly():
    idle = PLANT.model_copy(update={"demands": ()})
    assert codes(SetDispatch(rule="edd"), plant=idle, orders=[]) == {"no_effect", "nothing_to_do"}
    assert "nothing_to_do" not in codes(SetDispatch(rule="edd"))


def difference(change, *, base=50.0, unit="h", kpi="lead_time_mean_h", width=0.1) -> KpiDifference:
    return KpiDifference(
        kpi=kpi, unit=unit, base=base, scenario=base + change, difference=change,
        low=change - width, high=change + width, n=40,
    )  # fmt: skip


@pytest.mark.parametrize(("change", "words"), [(-0.4, "hardly changes"), (-0.6, "falls by 0.6 h")])
def test_a_clear_difference_under_one_percent_is_not_called_a_fall(change, words):
    found = difference(change)
    assert found.is_clear
    assert found.is_slight == (words == "hardly changes")
    assert f"mean lead time {words}" in scenario_sentence("s", [found], [])


def test_a_share_is_slight_under_half_a_point_whatever_its_base():
    late = {"unit": "", "kpi": "late_share", "base": 0.02, "width": 0.001}
    assert difference(0.004, **late).is_slight
    assert not difference(0.006, **late).is_slight
