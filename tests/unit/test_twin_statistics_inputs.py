"""The split of learnt values and noise, against scipy's analysis of variance."""

import math

import numpy as np
import pytest
from scipy import stats

from zhizao._base.errors import InputError
from zhizao.twin import statistics
from zhizao.twin.statistics.input_uncertainty import predicted_half_width


def rows(seed, *, n_inputs, n_replications, input_deviation):
    rng = np.random.default_rng(seed)
    learnt = rng.normal(0.0, input_deviation, size=(n_inputs, 1))
    return 50.0 + learnt + rng.normal(size=(n_inputs, n_replications))


def test_the_parts_are_those_of_the_analysis_of_variance():
    samples = rows(1, n_inputs=12, n_replications=7, input_deviation=2.0)
    found = statistics.split_uncertainty(samples)
    within = samples.var(axis=1, ddof=1).mean()
    statistic = stats.f_oneway(*samples).statistic
    assert found.noise_deviation == pytest.approx(math.sqrt(within))
    assert found.input_deviation == pytest.approx(math.sqrt(within * (statistic - 1) / 7))
    low, high = ((statistic / stats.f.ppf(q, 11, 12 * 6) - 1) / 7 for q in (0.975, 0.025))
    assert (found.ratio_low, found.ratio_high) == pytest.approx((low, high))
    assert found.verdict == "apart"


def test_the_truth_about_the_parts_is_inside_the_exact_ratio_interval():
    hits = 0
    for seed in range(1_000):
        found = statistics.split_uncertainty(
            rows(seed, n_inputs=10, n_replications=5, input_deviation=0.7)
        )
        hits += found.ratio_low <= 0.49 <= found.ratio_high
    # 950 expected with standard error 6.9; false alarm 3 in 1000.
    assert abs(hits - 950) <= 3 * 6.9


def test_more_replications_narrow_the_noise_and_not_the_learnt_values():
    few = statistics.split_uncertainty(rows(1, n_inputs=30, n_replications=10, input_deviation=3.0))
    many = statistics.split_uncertainty(
        rows(1, n_inputs=30, n_replications=1_000, input_deviation=3.0)
    )
    assert many.noise_only.half_width < 0.2 * few.noise_only.half_width
    assert many.total.half_width > 0.9 * few.total.half_width
    assert many.input_share > 0.99


def test_without_learnt_uncertainty_nothing_is_told_apart():
    verdicts = [
        statistics.split_uncertainty(
            rows(seed, n_inputs=20, n_replications=10, input_deviation=0.0)
        ).verdict
        for seed in range(400)
    ]
    # One-sided 2.5 %: 10 expected, standard error 3.1.
    assert verdicts.count("apart") <= 10 + 3 * 3.1
    assert set(verdicts) <= {"apart", "not_apart"}


@pytest.mark.parametrize(
    ("input_deviation", "most"), [(0.0, 1.0), (0.1, 0.97), (0.25, 0.97), (1.0, 0.97)]
)
def test_the_total_interval_covers_the_truth_of_which_the_records_are_one_draw(
    input_deviation, most
):
    rng = np.random.default_rng(1)
    n = 1_000
    hits = 0
    for seed in range(n):
        learnt = rng.normal(0.0, input_deviation)  # the truth is 50
        samples = rows(seed, n_inputs=20, n_replications=20, input_deviation=input_deviation)
        hits += statistics.split_uncertainty(samples + learnt).total.covers(50.0)
    # Between 93 and 97 %, give or take three standard errors; more only without any input part.
    assert hits >= 930 - 3 * 8.1
    assert hits <= n * most + 3 * 5.4


def test_without_an_input_part_the_interval_is_far_from_counting_all_of_a_rows_noise_as_one():
    width = ceiling = 0.0
    for seed in range(200):
        samples = rows(seed, n_inputs=20, n_replications=20, input_deviation=0.0)
        width += statistics.split_uncertainty(samples).total.half_width
        ceiling += stats.t.ppf(0.975, 19) * samples.mean(axis=1).std(ddof=1)
    assert width < 0.65 * ceiling


def test_without_noise_the_half_width_is_students_for_one_more_row():
    found = predicted_half_width(4.0, 0.0, n_inputs=12, n_replications=5, level=0.9)
    expected = stats.t.ppf(0.95, 11) * math.sqrt(4.0 / 5 * (1 + 1 / 12))
    assert found == pytest.approx(expected, rel=0.002)
    assert predicted_half_width(0.0, 0.0, n_inputs=3, n_replications=2, level=0.9) == 0.0


def test_the_total_interval_is_longer_where_the_learnt_values_have_a_tail_and_nowhere_shorter():
    rng = np.random.default_rng(2)
    tail = rng.exponential(5.0, size=(40, 1))
    found = statistics.split_uncertainty(tail + rng.normal(0.0, 0.1, size=(40, 10)))
    below, above = found.mean - found.total.low, found.total.high - found.mean
    assert above > 1.1 * below
    factor = stats.t.ppf(0.975, 39)
    assert below >= 0.99 * factor * found.input_deviation
    assert found.total.half_width == pytest.approx((above + below) / 2)


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_what_cannot_be_split_is_said(shape):
    found = statistics.split_uncertainty(np.arange(math.prod(shape), dtype=float).reshape(shape))
    assert found.verdict == "too_few"
    assert (found.input_deviation, found.ratio_low, found.input_share) == (None, None, None)
    assert found.total.low is None
    assert found.mean == (math.prod(shape) - 1) / 2


def test_few_sets_of_learnt_values_are_said():
    found = statistics.split_uncertainty(
        rows(1, n_inputs=9, n_replications=30, input_deviation=5.0)
    )
    assert found.verdict == "few_inputs"
    assert found.total.half_width > found.noise_only.half_width


def test_samples_without_noise_are_all_learnt_values():
    found = statistics.split_uncertainty(np.repeat(np.arange(12.0)[:, None], 3, axis=1))
    assert found.verdict == "apart"
    assert (found.noise_deviation, found.input_share) == (0.0, pytest.approx(1.0))
    assert found.input_deviation == pytest.approx(np.arange(12.0).std(ddof=1))


def test_an_unknown_sample_is_told():
    with pytest.raises(InputError, match="1 values that are nan or infinite among 4"):
        statistics.split_uncertainty([[1.0, math.nan], [1.0, 2.0]])
    with pytest.raises(InputError, match=r"shape \(2,\), expected \(n_inputs, n_replications\)"):
        statistics.split_uncertainty([1.0, 2.0])
