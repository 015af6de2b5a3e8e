"""The paired difference against scipy, and who gains or loses on a hand-made case."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from zhizao.model.run import Run
from zhizao.trial.differences import kpi_differences, order_differences
from zhizao.trial.paired import (
    clear_columns,
    mean_intervals,
    mean_p_values,
    paired_difference,
)

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def run(completion_h, *, order_ids, kpis=None) -> Run:
    completion_s = np.asarray(completion_h, dtype=np.float64) * 3600
    return Run(
        plant="p",
        seed=0,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(hours=100),
        n_replications=len(completion_s),
        order_ids=tuple(order_ids),
        release_s=np.zeros_like(completion_s),
        completion_s=completion_s,
        kpi_samples={k: np.asarray(v, dtype=np.float64) for k, v in (kpis or {}).items()},
        estimates=(),
    )


def test_the_interval_is_that_of_scipys_paired_t_test():
    rng = np.random.default_rng(7)
    base = rng.gamma(4.0, 10.0, 23)
    scenario = base * 0.9 + rng.normal(0.0, 2.0, 23)
    found = paired_difference(base, scenario)
    interval = stats.ttest_rel(scenario, base).confidence_interval(0.95)
    assert found.low == pytest.approx(interval.low)
    assert found.high == pytest.approx(interval.high)
    assert found.difference == pytest.approx(scenario.mean() - base.mean())
    assert found.n == 23


def test_pairs_with_an_unknown_side_are_left_out_of_every_number():
    nan = float("nan")
    found = paired_difference(np.array([1.0, nan, 3.0, 5.0]), np.array([2.0, 9.0, nan, 8.0]))
    assert (found.base, found.scenario, found.difference, found.n) == (3.0, 5.0, 2.0, 2)


def test_one_pair_has_a_difference_but_no_interval_and_no_pair_has_nothing():
    one = paired_difference(np.array([1.0]), np.array([2.0]))
    assert (one.difference, one.low, one.high) == (1.0, None, None)
    none = paired_difference(np.array([np.nan]), np.array([2.0]))
    assert (none.base, none.difference, none.n) == (None, None, 0)


def test_the_interval_covers_the_true_difference_as_often_as_it_says():
    rng = np.random.default_rng(1)
    n_trials = 2000
    values = rng.normal(1.0, 3.0, (8, n_trials))
    _, low, high = mean_intervals(values)
    share = ((low <= 1.0) & (high >= 1.0)).mean()
    # Four standard errors of a share of 0.95 over 2,000 trials: one false alarm in 16,000.
    assert share == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / n_trials))


def test_few_of_many_orders_without_any_true_difference_are_called_clear():
    rng = np.random.default_rng(2)
    n_trials = 400
    alarms = [
        clear_columns(mean_p_values(rng.normal(0.0, 1.0, (20, 50)))).any() for _ in range(n_trials)
    ]
    # With no true difference the rate of any false discovery is 5 %.
    assert np.mean(alarms) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / n_trials)


def test_gainers_losers_and_orders_left_alone_are_told_apart():
    before = [[10.0, 10.0, 10.0, 10.0], [12.0, 12.0, 12.0, 12.0], [11.0, 11.0, 11.0, 11.0]]
    after = [[8.0, 15.0, 10.0, 14.0], [10.1, 17.1, 12.0, 6.0], [8.9, 16.0, 11.0, 13.0]]
    base = run(before, order_ids=["gain", "lose", "same", "noise"])
    branch = run(after, order_ids=["gain", "lose", "same", "noise"])
    found = {o.order_id: o for o in order_differences(base, branch, products={"gain": "P"})}
    assert {k: o.verdict for k, o in found.items()} == {
        "gain": "gains",
        "lose": "loses",
        "same": "same",
        "noise": "unclear",
    }
    assert found["gain"].difference_h == pytest.approx((-2 - 1.9 - 2.1) / 3)
    assert found["gain"].product == "P"
    assert next(iter(found)) == "lose"


def test_only_orders_of_both_runs_are_compared_whatever_their_position():
    base = run([[10.0, 20.0], [10.0, 20.0]], order_ids=["a", "b"])
    branch = run([[7.0, 19.0], [7.0, 19.0]], order_ids=["new", "a"])
    (only,) = order_differences(base, branch)
    assert (only.order_id, only.difference_h) == ("a", 9.0)


def test_an_order_that_is_not_done_counts_as_done_at_the_end_in_both_and_is_flagged():
    nan = float("nan")
    base = run([[nan], [90.0]], order_ids=["a"])
    branch = run([[95.0], [nan]], order_ids=["a"])
    (order,) = order_differences(base, branch)
    assert order.n_unfinished == 2
    assert order.difference_h == pytest.approx((-5.0 + 10.0) / 2)


def test_a_resource_that_only_one_side_has_is_unknown_with_the_reason():
    base = run([[1.0]], order_ids=["a"], kpis={"wip_mean": [3.0], "utilisation:old": [0.5]})
    branch = run([[1.0]], order_ids=["a"], kpis={"wip_mean": [2.0], "utilisation:new": [0.4]})
    found = {(d.kpi, d.resource): d for d in kpi_differences(base, branch)}
    assert found["wip_mean", None].difference == -1.0
    assert found["utilisation", "old"].reason == "only_in_base"
    assert found["utilisation", "old"].base == 0.5
    assert found["utilisation", "new"].reason == "only_in_scenario"
    assert found["utilisation", "new"].difference is None


def test_kpis_that_no_replication_knows_name_why():
    samples = {"late_share": [np.nan], "lead_time_mean_h": [np.nan], "utilisation:R": [np.nan]}
    base = run([[1.0]], order_ids=["a"], kpis=samples)
    reasons = {d.kpi: d.reason for d in kpi_differences(base, base)}
    assert reasons == {
        "late_share": "no_due_dates",
        "lead_time_mean_h": "nothing_done",
        "utilisation": "no_open_time",
    }
