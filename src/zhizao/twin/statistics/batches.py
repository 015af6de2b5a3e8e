"""The mean of one long run, by cutting it into batches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhizao.twin.statistics.interval import LEVEL, Interval, t_interval
from zhizao.twin.statistics.samples import as_series, count_fault, share_fault, stop_on_faults
from zhizao.twin.statistics.skewness import skewed_interval, skewness_of_parts

N_BATCHES_TRIED = (40, 20, 10)
"""More than 30 or so batches gain little, fewer than 10 cost much (Schmeiser 1982)."""

N_PARTS = 10
MOST_PART_CORRELATION = 0.4
"""If tenths of batches correlate less than this, batches hardly do (Law & Carson 1979)."""

N_LEAST_PARTS = 200
"""Fewer parts than this correlate too uncertainly: with 100, one in ten series far too short for
its correlation passed, and those were the ones with the narrowest intervals (measured)."""

_MOST_CORRELATION = 0.8

LEAST_P_VALUE = 0.1
"""Of the von Neumann test; above the usual 0.05 since missing a correlation is the costly error."""


@dataclass(frozen=True, kw_only=True)
class BatchMeans:
    """The mean of a run, and whether its batches may be taken as independent.

    Attributes
    ----------
    interval : Interval
        Student's over batch means; too narrow where they are not independent,
        or skewed.
    adjusted : Interval
        Willink's, with the skewness of parts, wider by (1 + phi)/(1 - phi)
        where the batches do not look independent, phi being the correlation of
        neighbours (as Skart does). This is the one to report.
    n_batches, batch_size : int
        Observations used: their product.
    n_left_out : int
        Observations at the start of the series that fill no batch.
    p_value : float or None
        Of the von Neumann test against positive correlation; ``None`` where
        the batch means do not vary.
    part_correlation : float or None
        Jackknifed lag-1 correlation of the means of parts of batches: tenths,
        or smaller where that makes fewer than 200 parts in all; ``None`` where
        batches hold fewer observations than parts, or do not vary.
    looks_independent : bool
        Whether both tests pass. Short series can pass by luck; a series that
        fails needs more observations.
    """

    interval: Interval
    adjusted: Interval
    n_batches: int
    batch_size: int
    n_left_out: int
    p_value: float | None
    part_correlation: float | None
    looks_independent: bool


def batch_means(
    series: ArrayLike, *, n_batches: int | None = None, level: float = LEVEL
) -> BatchMeans:
    r"""Return the mean of a steady series with its batch-means t interval.

    Parameters
    ----------
    series : array-like of shape (n,)
        One run after its warm-up, in the order of observation, any unit.
    n_batches : int, optional
        At least 2. If absent, the most of 40, 20 and 10 whose batches look
        independent, and 10 if none do.
    level : float, default 0.95
        Between 0 and 1.

    Returns
    -------
    BatchMeans
        ``looks_independent`` asks two things. Von Neumann's ratio of the b
        batch means, :math:`C = 1 - \sum (Y_i - Y_{i+1})^2 / (2 \sum (Y_i - \bar Y)^2)`,
        is normal with variance :math:`(b-2)/(b^2-1)` for independent ones;
        its one-sided p-value must be above 0.1. With few batches that test
        misses much, so means of tenths of batches (at least 200 parts in all)
        must correlate less than 0.4 as well.

    Raises
    ------
    InputError
        If the series is empty, has gaps, is shorter than two observations per
        batch, or a parameter is out of range.

    References
    ----------
    B. Schmeiser (1982), Oper. Res. 30(3), 556-568 (10 to 30 batches);
    G. S. Fishman (1978), Manag. Sci. 24(5), 510-521 (von Neumann's ratio);
    A. M. Law, J. S. Carson (1979), Oper. Res. 27(5), 1011-1025 (tenths of
    batches, 0.4, jackknifed correlation); A. Tafazzoli, J. R. Wilson (2011),
    IIE Trans. 43(2), 110-128 (Skart: skewness and autoregression).

    Examples
    --------
    >>> steady = np.random.default_rng(1).normal(5.0, 1.0, 4_000)
    >>> b = batch_means(steady)
    >>> b.n_batches, b.batch_size, b.looks_independent, b.interval.covers(5.0)
    (40, 100, True, True)
    >>> batch_means(np.cumsum(steady - 5.0), n_batches=20).looks_independent
    False
    """
    array = as_series(series, name="series")
    least = 2 if n_batches is None else n_batches
    stop_on_faults(
        [
            share_fault("level", level),
            count_fault("n_batches", least, least=2),
            count_fault("the length of the series", array.size, least=2 * max(least, 2)),
        ]
    )
    if n_batches is not None:
        return _batched(array, n_batches=n_batches, level=level)
    possible = [b for b in N_BATCHES_TRIED if 2 * b <= array.size] or [array.size // 2]
    tried = (_batched(array, n_batches=b, level=level) for b in possible)
    result = next(tried)
    for other in tried:
        if result.looks_independent:
            break
        result = other
    return result


def _batched(array: NDArray[np.float64], *, n_batches: int, level: float) -> BatchMeans:
    batch_size = array.size // n_batches
    n_left_out = array.size - n_batches * batch_size
    means = array[n_left_out:].reshape(n_batches, batch_size).mean(axis=1)
    p_value = independence_p_value(means)
    correlation = _part_correlation(array, n_batches=n_batches, batch_size=batch_size)
    looks_independent = (p_value is None or p_value > LEAST_P_VALUE) and (
        correlation is None or correlation < MOST_PART_CORRELATION
    )
    plain = t_interval(means, level=level)
    return BatchMeans(
        interval=plain,
        adjusted=_adjusted(plain, array, means, looks_independent=looks_independent),
        n_batches=n_batches,
        batch_size=batch_size,
        n_left_out=n_left_out,
        p_value=p_value,
        part_correlation=correlation,
        looks_independent=looks_independent,
    )


def _adjusted(
    plain: Interval,
    array: NDArray[np.float64],
    means: NDArray[np.float64],
    *,
    looks_independent: bool,
) -> Interval:
    if plain.mean is None or not plain.half_width:
        return plain
    phi = 0.0 if looks_independent else _lag_1_correlation(means) or 0.0
    phi = min(max(phi, 0.0), _MOST_CORRELATION)
    n_parts = max(N_LEAST_PARTS, means.size)
    return skewed_interval(
        plain.mean,
        error=float(means.std(ddof=1)) * ((1.0 + phi) / (1.0 - phi) / means.size) ** 0.5,
        skewness=skewness_of_parts([array], n_parts=n_parts),
        n_freedom=means.size - 1,
        n=means.size,
        level=plain.level,
    )


def independence_p_value(means: NDArray[np.float64]) -> float | None:
    """Return the one-sided p-value of von Neumann's test; see `batch_means`.

    Parameters
    ----------
    means : float64 array of shape (n_batches,)

    Returns
    -------
    float or None
        Small where neighbours are alike; ``None`` with fewer than three means
        or where they do not vary.

    Examples
    --------
    >>> round(independence_p_value(np.arange(10.0)), 4)
    0.0004
    """
    n = means.size
    squares = float(((means - means.mean()) ** 2).sum())
    if n < 3 or squares == 0.0:
        return None
    ratio = 1.0 - float((np.diff(means) ** 2).sum()) / (2.0 * squares)
    return float(special.ndtr(-ratio * ((n * n - 1) / (n - 2)) ** 0.5))


def _part_correlation(
    array: NDArray[np.float64], *, n_batches: int, batch_size: int
) -> float | None:
    """Return the jackknifed lag-1 correlation of parts of batches."""
    n_parts_each = max(N_PARTS, -(-N_LEAST_PARTS // n_batches))
    part_size = batch_size // n_parts_each
    n_parts = n_batches * n_parts_each
    if part_size == 0:
        return None
    parts = array[array.size - n_parts * part_size :].reshape(n_parts, part_size).mean(axis=1)
    half = n_parts // 2
    whole = _lag_1_correlation(parts)
    first, second = _lag_1_correlation(parts[:half]), _lag_1_correlation(parts[half:])
    if whole is None or first is None or second is None:
        return whole
    return 2.0 * whole - (first + second) / 2.0


def _lag_1_correlation(values: NDArray[np.float64]) -> float | None:
    centred = values - values.mean()
    squares = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum()) / squares if squares > 0.0 else None
