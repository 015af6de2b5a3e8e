"""Queues with known answers on which no interval was developed, for ``bench_coverage.py``.

Written with numpy alone: delays by Lindley's recursion, tandems by the same
for each station in turn.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def lindley(gaps: Array, works: Array) -> Array:
    """Return delays in queue of customers with given services and gaps after each, from empty."""
    walk = np.zeros((gaps.shape[0], gaps.shape[1] + 1))
    np.cumsum(works - gaps, axis=1, out=walk[:, 1:])
    return np.asarray(walk - np.minimum.accumulate(walk, axis=1))


def departures(arrivals: Array, works: Array) -> Array:
    """Return when customers leave one server that takes them in turn; shape (n_runs, n)."""
    done = np.cumsum(works, axis=1)
    latest = np.maximum.accumulate(arrivals - done + works, axis=1)
    return np.asarray(done + latest)


def md1_delays(rng: np.random.Generator, shape: tuple[int, int], *, load: float) -> Array:
    """Delays in an M/D/1 with service 1 from empty; in the long run load / (2 (1 - load))."""
    gaps = rng.exponential(1 / load, size=(shape[0], shape[1] - 1))
    return lindley(gaps, np.ones_like(gaps))


def mh2_delays(rng: np.random.Generator, shape: tuple[int, int], *, load: float) -> Array:
    """Delays in an M/H2/1: services of mean 1 and squared variation 4, balanced means.

    In the long run load × (1 + 4) / (2 (1 - load)) (Pollaczek and Khinchine).
    """
    gaps = rng.exponential(1 / load, size=(shape[0], shape[1] - 1))
    share = (1 + (3 / 5) ** 0.5) / 2
    mean = np.where(rng.random(gaps.shape) < share, 1 / (2 * share), 1 / (2 * (1 - share)))
    return lindley(gaps, mean * rng.exponential(size=gaps.shape))


def tandem_times(
    rng: np.random.Generator, shape: tuple[int, int], *, loads: tuple[float, ...]
) -> Array:
    """Times in a Jackson line of stations with arrivals at rate 1, from empty, by arrival.

    In the long run the sum of load / (1 - load).
    """
    arrivals = np.cumsum(rng.exponential(size=shape), axis=1)
    now = arrivals
    for load in loads:
        now = departures(now, load * rng.exponential(size=shape))
    return np.asarray(now - arrivals)


HELD_OUT: dict[str, tuple[Callable[[np.random.Generator], Array], float]] = {
    "M/D/1 rho .9, 10 of 5,000": (lambda r: md1_delays(r, (10, 5_000), load=0.9), 4.5),
    "M/H2/1 rho .8 (scv 4), 10 of 5,000": (lambda r: mh2_delays(r, (10, 5_000), load=0.8), 10.0),
    "M/H2/1 rho .9 (scv 4), 10 of 10,000": (
        lambda r: mh2_delays(r, (10, 10_000), load=0.9),
        22.5,
    ),
    "Jackson line .8 .7 .9, 10 of 5,000": (
        lambda r: tandem_times(r, (10, 5_000), loads=(0.8, 0.7, 0.9)),
        4.0 + 7 / 3 + 9.0,
    ),
    "Jackson line .8 .7 .8, 20 of 3,000": (
        lambda r: tandem_times(r, (20, 3_000), loads=(0.8, 0.7, 0.8)),
        4.0 + 7 / 3 + 4.0,
    ),
}
"""Case → one study's replications from empty, and the mean in the long run."""


def few_erlang(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return exponential gaps and Erlang-4 works of mean 1 each, for the first 25 of M/E4/1."""
    return rng.exponential(size=shape), rng.gamma(4.0, 0.25, size=shape)


def mean_of_first_25(rng: np.random.Generator, *, load: float) -> float:
    """Return the mean delay of the first 25 customers of an M/E4/1 from empty, by 160,000 runs."""
    total = 0.0
    for _ in range(16):
        gaps, works = few_erlang(rng, (10_000, 24))
        total += float(lindley(gaps, load * works).mean())
    return total / 16
