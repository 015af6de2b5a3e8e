"""Lines by recursion against exact results of saturated lines.

Tolerance: 4 standard errors over 20 independent parts of one long run, about 1
false alarm in 1,300 checks (Student's t, 19 degrees of freedom); seeds are fixed.
"""

import numpy as np
import pytest

from zhizao.twin.line import line_departures

N_PARTS, N_LOTS, WARM_UP = 20, 40_000, 2_000


def throughput(rates, places, *, seed):
    """Return lots a unit of time of a saturated line, its mean and standard error."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(N_PARTS):
        times = rng.exponential(size=(N_LOTS, len(rates))) / np.array(rates)
        left = line_departures(times, buffer_lots=places)[:, -1]
        found.append((N_LOTS - WARM_UP) / (left[-1] - left[WARM_UP - 1]))
    return np.mean(found), np.std(found, ddof=1) / N_PARTS**0.5


def assert_near(found, expected):
    mean, error = found
    assert abs(mean - expected) < 4 * error
    assert error < 0.003 * expected  # the check has power


@pytest.mark.parametrize(
    ("n_machines", "places", "expected"),
    [(2, 0, 2 / 3), (2, 1, 3 / 4), (2, 2, 4 / 5), (2, 8, 10 / 11), (3, 0, 22 / 39)],
)
def test_saturated_lines_of_equal_machines(n_machines, places, expected):
    """Hillier, Boling (1967), Oper. Res. 15(2), 286-303: exponential times, mean 1."""
    found = throughput([1.0] * n_machines, [places] * (n_machines - 1), seed=1)
    assert_near(found, expected)


@pytest.mark.parametrize("places", [0, 3])
@pytest.mark.parametrize("rates", [(1.0, 1.25), (2.0, 1.0)])
def test_two_unequal_machines_with_a_buffer(rates, places):
    """A birth-death chain on the lots that the first machine is ahead, 0 … places + 2.

    The last state is a blocked first machine: the throughput is its rate in all others.
    """
    ratio = rates[0] / rates[1]
    shares = ratio ** np.arange(places + 3)
    expected = rates[0] * (1.0 - shares[-1] / shares.sum())
    assert_near(throughput(rates, [places], seed=2), expected)


def test_a_line_is_as_fast_as_the_same_line_backwards():
    """Yamazaki, Sakasegawa (1975), Oper. Res. 23: exact for the departure of the last lot."""
    times = np.random.default_rng(3).exponential(size=(500, 4)) * [1.0, 0.7, 1.3, 0.9]
    places = [0, 2, 1]
    forwards = line_departures(times, buffer_lots=places)[-1, -1]
    backwards = line_departures(times[::-1, ::-1], buffer_lots=places[::-1])[-1, -1]
    assert forwards == pytest.approx(backwards, rel=1e-12)


def test_without_limits_the_wait_at_each_exponential_machine_is_that_of_a_queue_alone():
    """Burke (1956): in tandem, departures of M/M/1 are Poisson again; sojourn 1/(mu - lambda)."""
    rng = np.random.default_rng(4)
    rates = np.array([1.0, 1.3])
    found = []
    for _ in range(N_PARTS):
        release = np.cumsum(rng.exponential(1 / 0.7, size=N_LOTS))
        left = line_departures(rng.exponential(size=(N_LOTS, 2)) / rates, release)
        found.append(
            [(left[:, 0] - release)[WARM_UP:].mean(), (left[:, 1] - left[:, 0])[WARM_UP:].mean()]
        )
    error = np.std(found, axis=0, ddof=1) / N_PARTS**0.5
    expected = 1.0 / (rates - 0.7)
    assert (np.abs(np.mean(found, axis=0) - expected) < 4 * error).all()
    assert (error < 0.02 * expected).all()
