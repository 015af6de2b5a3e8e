"""The structured fit against the general one of scipy, on the same rows and loss."""

import numpy as np
import pytest
from scipy import optimize

from zhizao.learn.statistics.sums_of_two import SumOfTwo

SCALE = 0.3


def drawn(*, n_first, n_second, n, seed):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, n_first, n), rng.integers(0, n_second, n)
    times = np.round(np.exp(rng.normal(3.5, 0.6, n)))
    a = rng.uniform(0, 1500, n_first) * (rng.random(n_first) > 0.3)
    b = rng.uniform(20, 90, n_second)
    logs = np.log(a[first] + b[second] * times) + rng.standard_t(3, n) * 0.25
    return SumOfTwo(
        first=first, n_first=n_first, second=second, n_second=n_second, times=times, log_total=logs
    )  # fmt: skip


def loss(sums, x):
    error = (np.log(sums.expected(x)) - sums.log_total) / SCALE
    return float((np.sqrt(1 + error**2) - 1).sum())


@pytest.mark.parametrize(("n_first", "n_second", "n"), [(1, 20, 1500), (3, 12, 400), (38, 20, 2000), (2, 5, 60)])  # fmt: skip
def test_the_fit_is_as_good_as_the_general_bounded_least_squares(n_first, n_second, n):
    sums = drawn(n_first=n_first, n_second=n_second, n=n, seed=n)
    start = np.concatenate([np.full(n_first, 300.0), np.full(n_second, 50.0)])
    general = optimize.least_squares(
        lambda x: np.log(sums.expected(x * start)) - sums.log_total, np.ones(start.size),
        bounds=(1e-6, np.inf), loss="soft_l1", f_scale=SCALE,
    )  # fmt: skip
    fitted = sums.fitted(start, scale=SCALE)
    assert loss(sums, fitted) <= loss(sums, general.x * start) + 1e-9
    assert np.all(fitted >= 1e-6 * start)
    # The general one stops where the loss changes by less than 1e-8 of itself.
    np.testing.assert_allclose(fitted, general.x * start, rtol=1e-3, atol=0.05)


def test_the_information_is_that_of_the_dense_slopes():
    sums = drawn(n_first=3, n_second=4, n=50, seed=1)
    x = np.arange(1.0, 8.0)
    dense = np.zeros((50, 7))
    dense[np.arange(50), sums.first] = 1.0
    dense[np.arange(50), 3 + sums.second] = sums.times
    dense /= sums.expected(x)[:, None]
    unit = np.linspace(0.5, 2.0, 7)
    expected = (dense * unit).T @ (dense * unit)
    np.testing.assert_allclose(sums.information(x, unit=unit), expected, rtol=1e-12)


def test_an_unknown_that_no_row_has_stays_where_it_began():
    sums = SumOfTwo(
        first=np.zeros(4, np.int64), n_first=2, second=np.zeros(4, np.int64), n_second=1,
        times=np.array([1.0, 2.0, 4.0, 8.0]), log_total=np.log([5.0, 7.0, 11.0, 19.0]),
    )  # fmt: skip
    np.testing.assert_allclose(
        sums.fitted(np.array([1.0, 9.0, 1.0]), scale=0.3), [3.0, 9.0, 2.0], rtol=1e-6
    )
