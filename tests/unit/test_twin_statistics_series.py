"""Warm-up, batches, deletion and stopping, against slow and obvious versions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao._base.errors import InputError
from zhizao.twin import statistics
from zhizao.twin.statistics.batches import independence_p_value
from zhizao.twin.statistics.interval import student_factor
from zhizao.twin.statistics.skewness import skewed_interval, skewed_mean_interval
from zhizao.twin.statistics.warm_up import mser_statistic


def ar1(rng, n, *, phi):
    values = np.empty(n)
    values[0] = rng.normal() / math.sqrt(1 - phi**2)
    for i in range(1, n):
        values[i] = phi * values[i - 1] + rng.normal()
    return values


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=60))
def test_mser_is_what_its_formula_says(values):
    m = len(values)
    slow = [
        sum((y - np.mean(values[d:])) ** 2 for y in values[d:]) / (m - d) ** 2 for d in range(m)
    ]
    assert mser_statistic(np.array(values)) == pytest.approx(slow, rel=1e-6, abs=1e-6)


def test_mser_keeps_its_digits_far_from_zero():
    near = np.random.default_rng(1).normal(size=200)
    assert mser_statistic(near + 1e9) == pytest.approx(mser_statistic(near), rel=1e-4)


def test_a_warm_up_is_found_where_it_ends():
    rng = np.random.default_rng(1)
    series = rng.normal(size=2_000)
    series[:300] += 10.0
    found = statistics.warm_up_mser5(series)
    assert (found.verdict, found.n_cut) == ("found", 300)
    assert found.mean == pytest.approx(series[300:].mean())
    assert found.is_found


def test_a_constant_series_needs_no_cut():
    found = statistics.warm_up_mser5([0.1] * 103)
    assert (found.verdict, found.n_cut, found.mser) == ("found", 0, 0.0)


def test_a_series_that_drifts_to_its_end_is_inconclusive():
    rng = np.random.default_rng(1)
    found = statistics.warm_up_mser5(np.linspace(0.0, 100.0, 1_000) + rng.normal(size=1_000))
    assert found.verdict == "second_half"
    assert not found.is_found
    assert found.n_cut == 500  # the best cut in the first half


def test_a_series_whose_least_lies_late_is_cut_in_its_first_half():
    """A quiet end wins by luck; it must not cost most of the series."""
    series = np.random.default_rng(7).normal(size=1_000)
    series[:50] += 5.0
    series[900:] *= 0.1
    found = statistics.warm_up_mser5(series)
    assert (found.verdict, found.n_cut) == ("second_half", 50)


def test_equal_values_at_the_very_end_do_not_win():
    series = np.random.default_rng(1).normal(size=500)
    series[-20:] = 3.0  # four batches without variance
    assert statistics.warm_up_mser5(series).n_cut <= 250


@pytest.mark.parametrize(("n", "verdict"), [(49, "too_short"), (50, "found")])
def test_fifty_observations_are_the_least(n, verdict):
    assert statistics.warm_up_mser5([1.0] * n).verdict == verdict


def test_a_gap_in_a_series_is_told_with_its_place():
    with pytest.raises(InputError, match=r"2 values .* among 4, the first at index 1"):
        statistics.warm_up_mser5([1.0, math.nan, 2.0, math.inf])
    with pytest.raises(InputError, match=r"shape \(0,\)"):
        statistics.batch_means([])


def test_the_von_neumann_test_rejects_independent_batches_as_often_as_it_says():
    rng = np.random.default_rng(1)
    p_values = np.array([independence_p_value(row) for row in rng.normal(size=(4_000, 20))])
    # Normal approximation at b = 20: within three standard errors and half a point.
    for alpha in (0.05, 0.1):
        error = math.sqrt(alpha * (1 - alpha) / p_values.size)
        assert abs((p_values < alpha).mean() - alpha) < 3 * error + 0.005


def test_batches_are_the_means_of_consecutive_stretches():
    series = np.arange(23.0)
    found = statistics.batch_means(series, n_batches=5)
    means = series[3:].reshape(5, 4).mean(axis=1)
    assert (found.n_batches, found.batch_size, found.n_left_out) == (5, 4, 3)
    assert found.interval == statistics.mean_interval(means)


def test_correlated_batches_are_said_to_be_so():
    rng = np.random.default_rng(1)
    n_passed = sum(
        statistics.batch_means(ar1(rng, 1_000, phi=0.95), n_batches=20).looks_independent
        for _ in range(50)
    )
    assert n_passed == 0


def test_independent_batches_mostly_look_so():
    rng = np.random.default_rng(1)
    n_passed = sum(
        statistics.batch_means(row, n_batches=20).looks_independent
        for row in rng.normal(size=(400, 2_000))
    )
    # The von Neumann test alone rejects one in ten: 360 expected, standard error 6.
    assert 336 <= n_passed <= 384


def test_the_number_of_batches_falls_until_they_look_independent():
    rng = np.random.default_rng(2)
    chosen = {
        statistics.batch_means(ar1(rng, 4_000, phi=phi)).n_batches for phi in (0.0, 0.8, 0.99)
    }
    assert 40 in chosen
    assert 10 in chosen
    fewest = statistics.batch_means(np.cumsum(rng.normal(size=4_000)))
    assert (fewest.n_batches, fewest.looks_independent) == (10, False)


def test_a_series_too_short_for_its_batches_is_told():
    with pytest.raises(InputError, match="length of the series is 39, expected at least 40"):
        statistics.batch_means(np.ones(39), n_batches=20)
    with pytest.raises(InputError, match="n_batches is 1, expected at least 2"):
        statistics.batch_means(np.ones(39), n_batches=1)


def test_constant_batches_cannot_be_told_dependent():
    found = statistics.batch_means(np.ones(400), n_batches=20)
    assert found.looks_independent
    assert (found.p_value, found.part_correlation, found.interval.half_width) == (None, None, 0.0)


def test_each_half_of_the_replications_is_cut_where_the_other_half_settles():
    rng = np.random.default_rng(1)
    runs = [rng.normal(size=n) for n in (600, 500, 700, 500)]
    for run in runs[:2]:
        run[:100] += 20.0
    for run in runs[2:]:
        run[:150] += 20.0
    found = statistics.replication_deletion(runs)
    assert 100 <= found.n_cut[2] == found.n_cut[3] <= 110  # a few more by chance
    assert 150 <= found.n_cut[0] == found.n_cut[1] <= 160
    assert found.warm_up.n == 500
    assert found.means == pytest.approx(
        [r[n:].mean() for r, n in zip(runs, found.n_cut, strict=True)]
    )
    assert found.interval.mean == pytest.approx(np.mean(found.means))


def test_the_luck_of_a_replication_does_not_choose_its_own_cut():
    """One wild start moves the cut of the other half alone."""
    rng = np.random.default_rng(2)
    runs = [rng.normal(size=500) for _ in range(4)]
    before = statistics.replication_deletion(runs).n_cut
    runs[0][:50] += 30.0
    after = statistics.replication_deletion(runs).n_cut
    assert after[:2] == before[:2]
    assert after[2] >= 50


def test_an_interval_of_skewed_runs_reaches_further_to_the_side_of_the_tail():
    rng = np.random.default_rng(3)
    found = statistics.replication_deletion(rng.gamma(0.05, size=(10, 200))).interval
    assert found.high - found.mean > 1.1 * (found.mean - found.low)
    mirrored = statistics.replication_deletion(-rng.gamma(0.05, size=(10, 200))).interval
    assert mirrored.mean - mirrored.low > 1.1 * (mirrored.high - mirrored.mean)


def test_an_interval_without_skewness_is_students():
    plain = statistics.mean_interval([1.0, 2.0, 4.0])
    found = skewed_interval(
        plain.mean, error=plain.half_width / student_factor(2, level=0.95), skewness=0.0,
        n_freedom=2, n=3, level=0.95,
    )  # fmt: skip
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


def test_correlated_batches_get_a_wider_interval_and_independent_ones_do_not():
    rng = np.random.default_rng(4)
    walk = statistics.batch_means(ar1(rng, 1_000, phi=0.95), n_batches=20)
    assert walk.adjusted.half_width > 1.2 * walk.interval.half_width
    steady = statistics.batch_means(rng.normal(size=4_000), n_batches=20)
    assert steady.looks_independent
    assert steady.adjusted.half_width == pytest.approx(steady.interval.half_width, rel=0.01)


def test_no_replication_is_an_error():
    with pytest.raises(InputError, match="holds no replication"):
        statistics.replication_deletion([])


def recorded(values):
    calls = []

    def run_more(first, count):
        calls.append((first, count))
        return values[first : first + count]

    return run_more, calls


def test_replications_are_asked_for_once_each_and_in_order():
    values = np.random.default_rng(1).normal(10.0, 5.0, 5_000)
    run_more, calls = recorded(values)
    seen = []
    found = statistics.until_half_width(
        run_more,
        half_width=0.5,
        n_most=5_000,
        progress=lambda n, interval: seen.append((n, interval)),
    )
    assert found.is_reached
    assert found.interval == skewed_mean_interval(values[: found.n], level=0.95)
    plain = statistics.mean_interval(values[: found.n])
    assert found.interval.half_width == pytest.approx(plain.half_width, rel=0.02)  # no skewness
    assert found.interval.half_width <= 0.5
    assert calls[0] == (0, 30)
    assert [first for first, _ in calls] == [0, *np.cumsum([count for _, count in calls])[:-1]]
    assert found.n_looks == len(calls) == len(seen)
    assert seen[-1] == (found.n, found.interval)
    # It stops at the first look that is good enough.
    assert all(interval.half_width > 0.5 for _, interval in seen[:-1])


def test_few_replications_get_students_interval_and_many_skewed_ones_reach_to_the_tail():
    values = np.random.default_rng(8).gamma(0.2, size=100)
    few, many = (skewed_mean_interval(values[:n], level=0.9) for n in (19, 100))
    assert few == statistics.mean_interval(values[:19], level=0.9)
    assert many.high - many.mean > 1.1 * (many.mean - many.low)
    assert (many.n, many.level) == (100, 0.9)


def test_relative_precision_is_corrected_for_the_estimated_mean():
    values = np.random.default_rng(1).normal(10.0, 5.0, 50_000)
    found = statistics.until_half_width(recorded(values)[0], relative=0.05, n_most=50_000)
    assert found.interval.half_width <= 0.05 / 1.05 * found.interval.mean
    found = statistics.until_half_width(recorded(-values)[0], relative=0.05, n_most=50_000)
    assert found.is_reached


def test_a_budget_too_small_is_said_and_not_overrun():
    values = np.random.default_rng(1).normal(0.0, 1.0, 500)
    found = statistics.until_half_width(recorded(values)[0], relative=0.01, n_most=137)
    assert (found.n, found.is_reached, found.interval.n) == (137, False, 137)


def test_unknown_replications_count_as_run():
    values = np.random.default_rng(1).normal(10.0, 1.0, 1_000)
    values[::2] = math.nan
    found = statistics.until_half_width(recorded(values)[0], half_width=0.4)
    assert found.is_reached
    assert found.n == found.interval.n + found.interval.n_unknown
    nothing = statistics.until_half_width(
        lambda _first, count: [math.nan] * count, half_width=1.0, n_most=64
    )
    assert (nothing.n, nothing.is_reached, nothing.interval.mean) == (64, False, None)


def test_all_faults_of_a_stopping_rule_come_together():
    with pytest.raises(InputError, match=r"n_first is 1.*n_most is 0.*none is given"):
        statistics.until_half_width(lambda _f, c: [0.0] * c, n_first=1, n_most=0)
    with pytest.raises(InputError, match=r"both is given.*half_width is -1.*relative is 2"):
        statistics.until_half_width(lambda _f, c: [0.0] * c, half_width=-1, relative=2)
    with pytest.raises(InputError, match=r"run_more\(0, 30\) returned 3 values, expected 30"):
        statistics.until_half_width(lambda _f, _c: [0.0] * 3, half_width=1.0)
