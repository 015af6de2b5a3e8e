"""Intervals of shares, rates and means, and Kaplan–Meier quantiles."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Z95 = 1.959963984540054


def share_interval(n_hits: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927).

    Examples
    --------
    >>> low, high = share_interval(5, 10)
    >>> round(low, 3), round(high, 3)
    (0.237, 0.763)
    """
    if n <= 0:
        return 0.0, 1.0
    share, z2 = n_hits / n, _Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def rate_interval(n_events: int, exposure: float) -> tuple[float, float]:
    """Return the 95 % interval of a Poisson rate (Byar's approximation, Breslow & Day 1987).

    Examples
    --------
    >>> low, high = rate_interval(100, 10.0)
    >>> round(low, 2), round(high, 2)
    (8.14, 12.16)
    """
    if exposure <= 0:
        return 0.0, math.inf
    k = n_events + 1
    low = (
        n_events * (1 - 1 / (9 * n_events) - _Z95 / (3 * math.sqrt(n_events))) ** 3
        if n_events
        else 0.0
    )
    high = k * (1 - 1 / (9 * k) + _Z95 / (3 * math.sqrt(k))) ** 3
    return max(0.0, low) / exposure, high / exposure


def survival_steps(values: Floats, is_event: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the event values and the share that is still beyond each (Kaplan & Meier 1958).

    A value without an event is censored: the true one is not smaller.

    Examples
    --------
    >>> times, beyond = survival_steps(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]))
    >>> times.tolist(), beyond.round(3).tolist()
    ([1.0, 3.0], [0.667, 0.0])
    """
    order = np.lexsort((~is_event, values))
    values, is_event = values[order], is_event[order]
    at_risk = np.arange(values.size, 0, -1)
    factors = np.where(is_event, 1.0 - 1.0 / at_risk, 1.0)
    beyond = np.cumprod(factors)
    events = values[is_event]
    times: Floats = np.asarray(np.unique(events), dtype=np.float64)
    index = np.searchsorted(events, times, side="right") - 1
    return times, np.asarray(beyond[is_event][index], dtype=np.float64)


def survival_quantiles(values: Floats, is_event: NDArray[np.bool_], levels: Floats) -> Floats:
    """Return quantiles of censored values; beyond the last event, the greatest value seen.

    Examples
    --------
    >>> survival_quantiles(np.array([1.0, 2.0, 3.0]), np.ones(3, bool), np.array([0.5]))
    array([2.])
    """
    greatest = float(values.max())
    times, beyond = survival_steps(values, is_event)
    if times.size == 0:
        return np.full(levels.shape, greatest)
    done = np.append(1.0 - beyond, 1.0)
    padded = np.append(times, greatest)
    return padded[np.searchsorted(done, levels - 1e-12, side="left")]
