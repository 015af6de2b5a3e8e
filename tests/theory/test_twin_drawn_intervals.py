"""Intervals with drawn inputs, on normal samples whose variance components are known."""

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.twin.statistics import drawn_intervals
from zhizao.twin.statistics.skewness import skewed_mean_interval

N, SETS, EACH = 40, 20, 4
N_TRIALS = 4_000


def trials(*, inputs: float, shared: float, seed: int):
    """Return values, drawn values and the truth's place, one column a trial.

    A replication's noise has variance 1, of which the part ``shared`` comes
    again in the replication with drawn values that has the same future. The
    learnt plant itself is off the true one by one more draw of the inputs.
    """
    rng = np.random.default_rng(seed)
    off = rng.normal(0.0, inputs, N_TRIALS)
    common = rng.normal(0.0, shared**0.5, (N, N_TRIALS))
    values = off + common + rng.normal(0.0, (1 - shared) ** 0.5, (N, N_TRIALS))
    futures = common[np.arange(SETS * EACH) % N].reshape(SETS, EACH, N_TRIALS)
    drawn = off + futures + rng.normal(0.0, (1 - shared) ** 0.5, futures.shape)
    drawn += rng.normal(0.0, inputs, (SETS, 1, N_TRIALS))
    return values, drawn


@pytest.mark.parametrize("inputs", [0.15, 0.3, 0.6, 2.0])
@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
def test_the_total_interval_holds_the_true_answer_as_often_as_it_says(inputs, shared):
    values, drawn = trials(inputs=inputs, shared=shared, seed=int(100 * inputs + 10 * shared))
    found = drawn_intervals(values, drawn)
    covered = ((found.low <= 0.0) & (found.high >= 0.0)).mean()
    # Four standard errors; too narrow by 1.5 points at worst where the parts can hardly be told.
    slack = 4 * (0.95 * 0.05 / N_TRIALS) ** 0.5
    assert covered >= 0.935 - slack
    assert covered <= (0.985 if inputs < 0.5 else 0.965) + slack


def test_chance_alone_would_hold_it_far_too_seldom():
    values, drawn = trials(inputs=0.6, shared=0.5, seed=1)
    found = drawn_intervals(values, drawn)
    assert (np.abs(found.mean) <= found.chance).mean() < 0.6


@pytest.mark.parametrize("shared", [0.0, 0.95])
def test_without_input_errors_the_interval_is_hardly_wider_than_chance(shared):
    values, drawn = trials(inputs=0.0, shared=shared, seed=2)
    found = drawn_intervals(values, drawn)
    assert (np.abs(found.mean) <= found.high - found.mean).mean() >= 0.94
    ratio = np.median((found.high - found.low) / 2 / found.chance)
    assert ratio < (1.15 if shared > 0.5 else 1.9)


def test_the_two_parts_are_those_that_were_put_in():
    values, drawn = trials(inputs=0.6, shared=0.5, seed=3)
    found = drawn_intervals(values, drawn)
    # Half-widths are about 2.02 standard errors (39 degrees of freedom) and 2.1 deviations.
    assert np.median(found.chance) == pytest.approx(2.02 / N**0.5, rel=0.05)
    assert np.median(found.data) == pytest.approx(2.1 * 0.6, rel=0.1)


def test_common_futures_make_the_split_sharper():
    far = drawn_intervals(*trials(inputs=0.2, shared=0.0, seed=4))
    near = drawn_intervals(*trials(inputs=0.2, shared=0.95, seed=4))
    assert near.data.std() < 0.6 * far.data.std()


def test_p_values_fit_the_intervals():
    values, drawn = trials(inputs=0.3, shared=0.5, seed=5)
    found = drawn_intervals(values, drawn)
    leaves_out_0 = (found.low > 0.0) | (found.high < 0.0)
    np.testing.assert_array_equal(leaves_out_0, found.p_value < 0.05)


def test_where_nothing_varies_the_interval_is_a_point():
    found = drawn_intervals(np.full((5, 2), [0.0, 3.0]), np.full((5, 2, 2), [0.0, 3.0]))
    assert found.low.tolist() == found.high.tolist() == [0.0, 3.0]
    assert found.p_value.tolist() == [1.0, 0.0]


def test_drawn_values_that_do_not_vary_leave_the_interval_of_the_replications():
    values = np.random.default_rng(6).normal(5.0, 1.0, (30, 1))
    paired = values[np.arange(40) % 30].reshape(10, 4, 1)
    found = drawn_intervals(values, paired)
    plain = skewed_mean_interval(values[:, 0], level=0.95)
    assert found.low[0] == pytest.approx(plain.low)
    assert found.high[0] == pytest.approx(plain.high)
    assert found.data[0] == pytest.approx(0.0, abs=1e-6)


def test_the_interval_is_longer_where_the_learnt_values_errors_have_a_tail():
    rng = np.random.default_rng(7)
    values = rng.normal(0.0, 0.1, (N, N_TRIALS))
    rows = np.exp(rng.normal(0.0, 1.0, (SETS, 1, N_TRIALS))) - 1.0
    found = drawn_intervals(values, rows + rng.normal(0.0, 0.1, (SETS, EACH, N_TRIALS)))
    longer = found.high - found.mean > found.mean - found.low
    assert longer.mean() > 0.9
    # An even spread of 20 sets leaves the shorter side as it would be: never below the half-width.
    assert (found.mean - found.low >= 0.999 * found.data).all()


@pytest.mark.parametrize(
    ("values", "drawn"),
    [((5, 1), (5, 2)), ((5, 1), (5, 2, 2)), ((1, 1), (5, 2, 1)), ((5, 1), (5, 1, 1))],
)
def test_shapes_that_do_not_fit_are_refused(values, drawn):
    with pytest.raises(InputError):
        drawn_intervals(np.zeros(values), np.zeros(drawn))
