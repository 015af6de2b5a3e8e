"""Means, pairs and quantiles against scipy and against hand-made cases."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from zhizao._base.errors import InputError
from zhizao.twin import statistics

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(NUMBERS, min_size=2, max_size=40), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_mean_interval_is_the_t_interval_of_scipy(values, level):
    found = statistics.mean_interval(values, level=level)
    scale = max(1.0, *map(abs, values))
    half = stats.sem(values) * stats.t.ppf((1 + level) / 2, len(values) - 1)
    assert found.mean == pytest.approx(np.mean(values), abs=1e-9 * scale)
    assert found.half_width == pytest.approx(half, rel=1e-6, abs=1e-6 * scale)
    assert found.low == found.mean - found.half_width
    assert found.high == found.mean + found.half_width


@pytest.mark.parametrize(("values", "mean"), [([], None), ([math.nan], None), ([2.5], 2.5)])
def test_fewer_than_two_known_values_have_no_ends(values, mean):
    found = statistics.mean_interval(values)
    assert (found.mean, found.low, found.high, found.half_width) == (mean, None, None, None)
    assert not found.covers(2.5)


def test_unknown_values_are_left_out_and_counted():
    found = statistics.mean_interval([1.0, math.nan, 3.0])
    assert (found.mean, found.n, found.n_unknown) == (2.0, 2, 1)


def test_equal_values_have_an_interval_of_exactly_no_width():
    found = statistics.mean_interval([0.1] * 7)
    assert (found.mean, found.half_width) == (0.1, 0.0)


def test_faults_of_samples_and_level_are_told():
    with pytest.raises(InputError, match=r"level is 95, expected a number between 0 and 1"):
        statistics.mean_interval([1.0], level=95)
    with pytest.raises(InputError, match=r"holds 1 infinite values among 2"):
        statistics.mean_interval([1.0, math.inf])
    with pytest.raises(InputError, match=r"shape \(1, 2\), expected one dimension"):
        statistics.mean_interval([[1.0, 2.0]])


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=30))
def test_a_paired_interval_is_the_paired_t_test_turned_round(pairs):
    base, scenario = np.array(pairs).T
    found = statistics.paired_interval(base, scenario)
    scale = max(1.0, float(np.abs(pairs).max()))
    assume((scenario - base).std() > 1e-6 * scale)  # else scipy warns of lost digits
    wanted = stats.ttest_rel(scenario, base).confidence_interval(0.95)
    assert found.difference.low == pytest.approx(wanted.low, abs=1e-6 * scale)
    assert found.difference.high == pytest.approx(wanted.high, abs=1e-6 * scale)


def test_a_pair_with_an_unknown_value_is_left_out_of_everything():
    found = statistics.paired_interval([1.0, 2.0, math.nan, 4.0], [2.0, math.nan, 3.0, 7.0])
    assert (found.difference.mean, found.difference.n, found.difference.n_unknown) == (2.0, 2, 2)
    assert found.variance_ratio == statistics.variance_ratio([1.0, 4.0], [2.0, 7.0])


def test_the_variance_ratio_tells_what_pairing_gains():
    rng = np.random.default_rng(1)
    shared, first, second = rng.normal(size=(3, 100_000))
    # correlation .8: 2 / (2 - 1.6) = 5; its standard error is about 1 %
    paired = [math.sqrt(0.8) * shared + math.sqrt(0.2) * own for own in (first, second)]
    assert statistics.variance_ratio(*paired) == pytest.approx(5.0, rel=0.05)
    assert statistics.variance_ratio(first, second) == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize(
    ("base", "scenario", "ratio"),
    [([1.0], [2.0], None), ([1.0, 1.0], [2.0, 2.0], None), ([1.0, 2.0], [2.0, 3.0], math.inf)],
)
def test_a_variance_ratio_without_variance_is_said(base, scenario, ratio):
    assert statistics.variance_ratio(base, scenario) == ratio


def test_pairs_need_the_same_replications():
    with pytest.raises(InputError, match="base has 1 replications and scenario 2"):
        statistics.paired_interval([1.0], [1.0, 2.0])


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("n", [1, 5, 20, 101, 400])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_quantile_ends_are_those_of_the_binomial_test(n, probability, level):
    values = np.random.default_rng(n).permutation(n).astype(float) + 1.0
    found = statistics.quantile_interval(values, probability, level=level)
    # The slow way: ranks by adding up the binomial probabilities.
    tail = (1 - level) / 2
    below = [float(stats.binom.cdf(j, n, probability)) for j in range(n + 1)]
    lower = max((rank for rank in range(1, n + 1) if below[rank - 1] <= tail), default=None)
    upper = min((rank for rank in range(1, n + 1) if 1 - below[rank - 1] <= tail), default=None)
    assert (found.low, found.high) == (lower, upper)
    missed = (below[lower - 1] if lower else 0.0) + (1 - below[upper - 1] if upper else 0.0)
    assert found.coverage == pytest.approx(1 - missed, abs=1e-12)
    assert found.coverage >= level - 1e-12


def test_quantile_ends_agree_with_scipy():
    values = np.random.default_rng(3).gamma(2.0, size=150)
    wanted = stats.quantile_test(values, p=0.9).confidence_interval(0.95)
    found = statistics.quantile_interval(values, 0.9)
    # scipy takes the upper end one observation further out where ranks allow it
    rank = np.sort(values).tolist().index
    assert rank(found.low) == rank(wanted.low)
    assert 0 <= rank(wanted.high) - rank(found.high) <= 1


def test_no_samples_have_no_quantile():
    found = statistics.quantile_interval([math.nan], 0.5)
    assert (found.estimate, found.low, found.high, found.coverage) == (None, None, None, None)
    assert (found.n, found.n_unknown) == (0, 1)


def test_the_estimate_of_a_quantile_is_the_sample_of_its_rank():
    values = range(1, 11)
    found = [statistics.quantile_interval(values, p).estimate for p in (0.01, 0.3, 0.31, 0.99)]
    assert found == [1.0, 3.0, 4.0, 10.0]


def test_quantiles_per_replication_are_averaged_with_their_interval():
    runs = np.random.default_rng(2).exponential(size=(12, 200))
    found = statistics.mean_quantile_interval([*runs, [math.nan]], 0.9)
    wanted = statistics.mean_interval(np.quantile(runs, 0.9, axis=1))
    assert (found.mean, found.half_width) == (wanted.mean, wanted.half_width)
    assert found.n_unknown == 1


def test_both_faulty_shares_are_told_together():
    with pytest.raises(InputError, match=r"probability is 90.*level is 0"):
        statistics.quantile_interval([1.0], 90, level=0)


def test_the_front_door_is_sorted_and_complete():
    assert statistics.__all__ == sorted(statistics.__all__)
    assert all(hasattr(statistics, name) for name in statistics.__all__)
