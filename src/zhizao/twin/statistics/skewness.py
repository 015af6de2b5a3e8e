"""Intervals for the mean of skewed observations.

Times in a queue are skewed to the right: a sample that happens to lack the
rare long ones has a mean too low *and* a deviation too small, so Student's
interval misses the truth on one side more often than it says.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhizao.twin.statistics.interval import Interval, student_factor, t_interval

N_PARTS = 5
"""Parts of a series from which its skewness is estimated. The parts should be nearly independent, as
the spaced batches of Skart are: of a queue at 0.9 over 5,000 customers, whose mean has a skewness of
1.95, means of fifths say 1.52, of tenths 1.21, of twentieths 0.95 (very many runs). With still fewer
parts the estimate is luck."""

LEAST_VALUES = 20
"""Values from whose own skewness that of their mean is estimated: with fewer it is luck."""

_LEAST_SERIES = 5

_MOST = 0.3
"""Of the skewness of a mean: beyond, the expansion says nothing and its interval explodes."""


def skewed_interval(
    mean: float, *, error: float, skewness: float, n_freedom: float, n: int, level: float
) -> Interval:
    r"""Return Willink's interval, which is longer on the side of the tail.

    With :math:`a = \gamma/6`, :math:`G(r) = ((1+6a(r-a))^{1/3}-1)/(2a)` and
    Student's t, the ends are :math:`\bar X - G(\pm t)\,s`.

    Parameters
    ----------
    mean, error : float
        The mean and its standard error, any unit.
    skewness : float
        Of the *mean*, that is of an observation divided by the root of their
        number; at most 0.3 either way counts.
    n_freedom : float
        Of the standard error.
    n : int
        Observations, for the result.
    level : float
        Between 0 and 1.

    References
    ----------
    R. Willink (2005), Commun. Stat. Theory Methods 34(4), 753-766; as in
    Skart: A. Tafazzoli, J. R. Wilson (2011), IIE Trans. 43(2), 110-128.

    Examples
    --------
    >>> i = skewed_interval(10.0, error=1.0, skewness=0.2, n_freedom=9, n=10, level=0.95)
    >>> round(i.low, 2), round(i.high, 2)
    (8.04, 12.78)
    """
    factor = student_factor(n_freedom, level=level)
    below, above = skewed_factors(skewness, factor=factor)
    low, high = mean - float(below) * error, mean + float(above) * error
    return Interval(mean=mean, low=low, high=high, half_width=(high - low) / 2.0, n=n, level=level)


def skewed_factors(
    skewness: ArrayLike, *, factor: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return standard errors below and above a mean to the ends of Willink's interval.

    Parameters
    ----------
    skewness : array-like
        Of each mean; at most 0.3 either way counts.
    factor : array-like
        What it would be without skewness, on either side; same shape, or one number.

    Examples
    --------
    >>> below, above = skewed_factors([0.0, 0.2], factor=2.0)
    >>> below.round(2), above.round(2)
    (array([2.  , 1.75]), array([2. , 2.4]))
    """
    a = np.clip(np.asarray(skewness, dtype=np.float64), -_MOST, _MOST) / 6.0
    is_even = np.abs(a) < 1e-6
    divisor = 2.0 * np.where(is_even, 1.0, a)
    t = np.asarray(factor, dtype=np.float64)
    below = (np.cbrt(1.0 + 6.0 * a * (t - a)) - 1.0) / divisor
    above = (1.0 - np.cbrt(1.0 - 6.0 * a * (t + a))) / divisor
    return np.where(is_even, t, below), np.where(is_even, t, above)


def skewed_mean_interval(
    known: NDArray[np.float64], *, level: float, n_unknown: int = 0
) -> Interval:
    """Return the mean of replications with Willink's interval, by their own skewness.

    With fewer than 20 values, whose skewness is luck, it is Student's.

    Parameters
    ----------
    known : float64 array of shape (n,)
        Finite values.
    level : float
        Between 0 and 1.
    n_unknown : int
        Carried into the result.

    Examples
    --------
    >>> i = skewed_mean_interval(np.random.default_rng(1).exponential(size=40), level=0.95)
    >>> i.high - i.mean > i.mean - i.low
    True
    """
    plain = t_interval(known, level=level, n_unknown=n_unknown)
    n = known.size
    if n < LEAST_VALUES or plain.mean is None or not plain.half_width:
        return plain
    deviation = float(known.std())
    skewness = float((((known - plain.mean) / deviation) ** 3).mean()) / math.sqrt(n)
    found = skewed_interval(
        plain.mean,
        error=float(known.std(ddof=1)) / math.sqrt(n),
        skewness=skewness,
        n_freedom=n - 1,
        n=n,
        level=level,
    )
    return replace(found, n_unknown=n_unknown)


def skewness_of_parts(series: Sequence[NDArray[np.float64]], *, n_parts: int = N_PARTS) -> float:
    """Return the skewness of a series' mean, from the means of its parts.

    The parts of all series together give the skewness of a part. The mean of a
    series is worth as many independent parts as the ratio of their variances
    says, at most ``n_parts``; with fewer than five series, ``n_parts``.

    Parameters
    ----------
    series : sequence of float64 arrays of shape (n_observations,)
        Replications of one thing.
    n_parts : int
        Of each series; 0 is returned where one has fewer observations.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = [rng.exponential(size=200) for _ in range(200)]
    >>> 0.10 < skewness_of_parts(rows) < 0.18  # 2 / sqrt(200) = 0.14
    True
    """
    if min(s.size for s in series) < n_parts:
        return 0.0
    parts = np.array([s[s.size % n_parts :].reshape(n_parts, -1).mean(axis=1) for s in series])
    centred = parts - parts.mean()
    deviation = math.sqrt(float((centred**2).mean()))
    if deviation == 0.0:
        return 0.0
    n_worth = float(n_parts)
    if len(series) >= _LEAST_SERIES:
        variance = float(parts.mean(axis=1).var(ddof=1))
        n_worth = min(n_worth, max(1.0, deviation**2 / variance)) if variance else n_worth
    return float(((centred / deviation) ** 3).mean()) / math.sqrt(n_worth)
