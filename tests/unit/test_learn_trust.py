"""Scores with censored orders, baselines, cut-offs, sentences, and lots in progress."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao._base.errors import InputError
from zhizao.learn import Combined, Score, backtest, floor_at, learn, shop_state
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.questions.open_questions import ask
from zhizao.learn.trust.back_test import cutoffs_of
from zhizao.learn.trust.baselines import (
    MEDIAN,
    REMAINING,
    WHOLE,
    LikeOrders,
    PastOrders,
    remaining_at_stage,
    whole_orders,
)
from zhizao.learn.trust.censoring import Prediction, quantile, score
from zhizao.learn.trust.open_orders import is_for_dates
from zhizao.learn.trust.sentence import method_name, sentence
from zhizao.model import Order, Plant, Records, check_plant
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = 3600.0


def _prediction(
    point_h: float, end_h: float, *, done: bool = True, sd_h: float = 1.0
) -> Prediction:
    sample = np.sort(point_h + sd_h * np.linspace(-2.0, 2.0, 41)) * HOUR
    return Prediction(sample_s=sample, point_s=point_h * HOUR, end_s=end_h * HOUR, is_done=done)


def test_without_censoring_the_scores_are_plain_shares_and_medians() -> None:
    found = score([_prediction(10.0, 10.0 + e) for e in (-1.5, -1.0, -0.5, 0.5, 1.9)])
    assert found.median_abs_error_h == pytest.approx(1.0)
    assert found.coverage_p50 == pytest.approx(0.6)
    assert found.coverage_p90 == pytest.approx(0.8)


def test_an_open_order_whose_p50_is_past_counts_against_the_prediction() -> None:
    seen = [_prediction(10.0, 10.2)] * 5
    still_open = [_prediction(10.0, 50.0, done=False)] * 6
    with_open = score(seen + still_open)
    assert score(seen).coverage_p90 == 1.0
    assert with_open.coverage_p90 == pytest.approx(5 / 11)
    assert with_open.median_abs_error_h is None


def test_an_open_order_that_is_not_yet_due_says_nothing() -> None:
    seen = [_prediction(10.0, 10.0 + e) for e in (-1.0, 0.0, 1.9)]
    early = [_prediction(90.0, 12.0, done=False)] * 4
    found = score(seen + early)
    assert found.coverage_p50 == pytest.approx(score(seen).coverage_p50)
    assert found.coverage_p90 == pytest.approx(score(seen).coverage_p90)


def test_censored_coverage_is_unbiased_on_a_known_process() -> None:
    rng = np.random.default_rng(6)
    n = 1500
    sample = np.sort(rng.exponential(10.0, 4000)) * HOUR
    actual, censor = rng.exponential(10.0, n) * HOUR, rng.exponential(12.0, n) * HOUR
    found = score(
        [
            Prediction(sample_s=sample, point_s=quantile(sample, 0.5), end_s=min(a, c), is_done=bool(a <= c))
            for a, c in zip(actual, censor, strict=True)
        ]
    )  # fmt: skip
    # Greenwood's error is about twice the binomial one at P90 under this censoring.
    assert found.coverage_p50 == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / n) * 1.5)
    assert found.coverage_p90 == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / n) * 2.5)


def test_no_orders_give_no_score() -> None:
    assert score([]).median_abs_error_h is None


def test_cutoffs_lie_in_the_last_third_where_work_is() -> None:
    reports = [MONDAY + timedelta(hours=h) for h in (*range(60), 80, 81, 82, 90)]
    cutoffs = cutoffs_of(reports, n_cutoffs=3)
    assert cutoffs == [MONDAY + timedelta(hours=h) for h in (80, 81, 82)]


def test_a_back_test_needs_a_cutoff() -> None:
    records = Records.from_columns(
        pl.DataFrame({"order_id": ["A"], "operation": ["cut"], "start_at": [MONDAY]})
    )
    with pytest.raises(InputError, match="n_cutoffs"):
        backtest(records, name="x", n_cutoffs=0)


def test_the_stage_baseline_counts_from_the_last_report_and_not_into_the_past() -> None:
    past = PastOrders(
        lead_s={}, after={"cut": [("P", r) for r in (1.0, 2.0, 9.0, 10.0, 11.0)]}, shares=[]
    )
    guess = remaining_at_stage(past, product="P", stage="cut", stage_s=-5.0, now_s=0.0)
    assert guess.sample_s.tolist() == [4.0, 5.0, 6.0]
    assert guess.point_s == 5.0


def test_the_whole_order_baseline_takes_only_orders_that_took_longer() -> None:
    past = PastOrders(lead_s={f"o{i}": ("P", float(i)) for i in range(1, 11)}, after={}, shares=[])
    guess = whole_orders(past, product="P", begun_s=-7.0, now_s=0.0)
    assert guess.sample_s.tolist() == [1.0, 2.0, 3.0]
    assert guess.point_s == 2.0


def _like(*rows: tuple[str, str, str, float]) -> LikeOrders:
    by_operation: dict[str, list[tuple[str, str, float]]] = {}
    for order, product, operation, left_h in rows:
        by_operation.setdefault(operation, []).append((order, product, left_h * HOUR))
    return LikeOrders(
        after={
            name: (np.array([o for o, _, _ in own]), np.array([p for _, p, _ in own]), np.array([s for *_, s in own]))
            for name, own in by_operation.items()
        }
    )  # fmt: skip


def test_the_median_of_like_orders_leaves_out_the_order_itself_and_what_was_shorter() -> None:
    past = _like(*((f"o{i}", "P", "cut", float(i)) for i in range(1, 12)))
    guess = past.guess("o9", product="P", stage="cut", quiet_s=4 * HOUR)
    assert (guess.sample_s / HOUR).tolist() == [1.0, 2.0, 3.0, 4.0, 6.0, 7.0]
    assert guess.point_s == 3.5 * HOUR


def test_the_median_of_like_orders_falls_back_from_product_to_stage_to_all() -> None:
    few = [(f"a{i}", "P", "cut", 1.0 + i) for i in range(4)]
    others = [(f"b{i}", "Q", "cut", 101.0 + i) for i in range(5)]
    later = [(f"c{i}", "P", "drill", 1001.0 + i) for i in range(9)]
    past = _like(*few, *others, *later)
    assert past.guess("x", product="P", stage="cut", quiet_s=0.0).sample_s.size == 9
    assert past.guess("x", product="Q", stage="cut", quiet_s=0.0).point_s == 103 * HOUR
    assert past.guess("x", product="P", stage="weld", quiet_s=0.0).sample_s.size == 18
    assert past.guess("x", product="P", stage="cut", quiet_s=5000 * HOUR).point_s == 0.0


def test_the_median_of_like_orders_is_what_a_clerk_would_find_in_the_log() -> None:
    """Compared with a slow reading of the reports, row by row."""
    records, orders = _log()
    reports = known_reports(records, orders, time_zone="UTC")
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    finished = finished_orders(visits, until_s=reports.until_s)
    past = LikeOrders.of(visits, finished)
    over = finished.ids()
    rows = [r for r in visits.to_dicts() if r["order_id"] in over]
    ends = {o: max(r["last_s"] for r in rows if r["order_id"] == o) for o in over}
    for stage in ("cut", "drill"):
        left = sorted(
            s
            for r in rows
            if r["operation"] == stage and r["order_id"] != "new"
            and (s := ends[r["order_id"]] - r["last_s"] - 600.0) > 0.0
        )  # fmt: skip
        assert len(left) > 5
        found = past.guess("new", product=rows[0]["product"], stage=stage, quiet_s=600.0)
        np.testing.assert_allclose(found.sample_s, left)
        assert found.point_s == pytest.approx(float(np.median(left)))


def test_the_sentence_compares_with_the_median_where_that_is_the_best_plain_method() -> None:
    def of(error: float) -> Score:
        return Score(median_abs_error_h=error, coverage_p50=0.5, coverage_p90=0.88)

    others = {REMAINING: of(191), MEDIAN: of(171), WHOLE: of(233)}
    said = sentence(of(181), others, 314, lang="en")
    assert "a plain method predicts better" in said
    assert "median remaining lead time at that stage: off by 171 h" in said
    assert method_name(MEDIAN, lang="zh") in sentence(of(181), others, 314, lang="zh")


@pytest.mark.parametrize(
    ("own", "word", "zh"),
    [
        (5.0, "better than the best", "优于"),
        (10.0, "equally well", "不相上下"),
        (20.0, "plain method predicts better", "简单方法更准"),
    ],
)
def test_the_sentence_says_who_won(own: float, word: str, zh: str) -> None:
    def of(error: float | None) -> Score:
        return Score(median_abs_error_h=error, coverage_p50=0.5, coverage_p90=0.88)

    others = {REMAINING: of(10.1), WHOLE: of(None)}
    assert word in sentence(of(own), others, 30, lang="en")
    assert zh in sentence(of(own), others, 30, lang="zh")
    assert "too short" in sentence(of(None), others, 3, lang="en")


def test_the_sentence_says_first_where_dates_come_from() -> None:
    def of(error: float, p90: float) -> Score:
        return Score(median_abs_error_h=error, coverage_p50=0.5, coverage_p90=p90)

    twin, others = of(30.0, 0.7), {REMAINING: of(20.0, 0.5)}
    alone = sentence(twin, others, 30, lang="en")
    assert alone.startswith("Dates of orders in progress come from the twin with its past")
    assert "70 %" in alone
    both = sentence(twin, others, 30, lang="en", combined=of(15.0, 0.91))
    assert both.startswith("Dates of orders in progress come from the combined forecast")
    assert "off by 15 h in the median (the twin alone: 30 h), better than" in both
    assert "91 %" in both
    said = sentence(twin, others, 30, lang="zh", combined=of(15.0, 0.91))
    assert said.startswith("在制工单的日期取自综合预测")
    assert "仅用孪生模型：30 小时" in said


@pytest.mark.parametrize(
    ("error", "loss", "is_combined"),
    [
        (9.0, 7.0, True),
        (9.0, 7.9, False),
        (10.1, 7.0, True),
        (11.0, 7.0, False),
        (None, 7.0, False),
    ],
)
def test_dates_come_from_the_combined_forecast_only_where_it_is_clearly_better(
    error: float | None, loss: float, *, is_combined: bool
) -> None:
    twin = Score(median_abs_error_h=10.0, coverage_p50=0.5, coverage_p90=0.9, pinball_h=8.0)
    combined = Combined(
        median_abs_error_h=error, coverage_p50=0.5, coverage_p90=0.9, pinball_h=loss, twin_share=0.5,
        late_stretch=1.0,
    )  # fmt: skip
    assert is_for_dates(combined, twin) is is_combined
    assert not is_for_dates(None, twin)


def test_a_question_speaks_both_languages() -> None:
    question = ask("long_delays", "Lapping", hours=12.0)
    assert "Lapping" in question.question
    assert "Lapping" in question.question_zh
    assert question.text("zh") == (question.question_zh, question.consequence_zh)


def _log() -> tuple[Records, list[Order]]:
    """Forty finished orders (cut, drill, pack), then one in each kind of state at hour 1000."""
    rows: list[tuple[str, str, float, float, float]] = []
    for i in range(40):
        t = 24.0 * i
        rows += [
            (f"o{i:02}", "cut", t, t + 2 + i % 3, 10),
            (f"o{i:02}", "drill", t + 6, t + 7.5, 10),
            (f"o{i:02}", "pack", t + 9, t + 9.5, 10),
        ]
    rows += [
        ("running", "cut", 998.0, 1003.0, 10), ("between", "cut", 990.0, 992.0, 10), ("between", "drill", 1010.0, 1011.0, 10),
        ("half", "cut", 985.0, 987.0, 10), ("half", "drill", 995.0, 996.0, 4), ("half", "drill", 1002.0, 1003.0, 6),
        ("over", "cut", 980.0, 982.0, 10), ("over", "drill", 983.0, 984.0, 10), ("over", "pack", 988.0, 989.0, 10),
        ("future", "cut", 1005.0, 1006.0, 10),
    ]  # fmt: skip
    order, operation, start, end, good = zip(*rows, strict=True)
    machine = {"cut": "saw", "drill": "drill 1", "pack": "desk"}
    frame = pl.DataFrame(
        {
            "order_id": order, "operation": operation, "resource": [machine[o] for o in operation], "product": "P",
            "start_at": [MONDAY + timedelta(hours=h) for h in start], "end_at": [MONDAY + timedelta(hours=h) for h in end],
            "good_quantity": good, "order_quantity": 10.0,
        }, strict=False,
    )  # fmt: skip
    return Records.from_columns(frame), [
        Order(id=o, product="P", quantity=10.0) for o in sorted(set(order))
    ]


@pytest.fixture(scope="module")
def plant() -> Plant:
    return learn(*_log(), name="x", until=MONDAY + timedelta(hours=1000)).plant


def test_lots_stand_where_the_reports_leave_them(plant: Plant) -> None:
    at = MONDAY + timedelta(hours=1000)
    state = shop_state(_log()[0], plant, at, orders=_log()[1])
    steps = {s.step: s.operation for s in plant.routings[0].steps}
    found = {lot.order_id: (steps[lot.step], lot.status) for lot in state.lots}
    assert found == {
        "running": ("cut", "running"),
        "between": ("drill", "delayed"),
        "half": ("drill", "waiting"),
    }
    running = next(lot for lot in state.lots if lot.order_id == "running")
    assert (running.resource, running.worked_min) == ("saw", pytest.approx(120.0))
    between = next(lot for lot in state.lots if lot.order_id == "between")
    assert between.since_at <= at


def test_a_state_can_be_simulated_at_once(plant: Plant) -> None:
    at = MONDAY + timedelta(hours=1000)
    floor = floor_at(*_log()[:1], plant, at, orders=_log()[1])
    assert {o.id for o in floor.orders} == {lot.order_id for lot in floor.state.lots}
    assert "over" in {lot.order_id for lot in floor.ended}
    run = simulate(
        plant,
        floor.orders,
        start_at=at,
        end_at=at + timedelta(days=30),
        state=floor.state,
        n_replications=4,
    )
    assert np.isfinite(run.completion_s).all()


def test_a_learnt_plant_has_no_faults(plant: Plant) -> None:
    assert check_plant(plant, _log()[1]) == ()
