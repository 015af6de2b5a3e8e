"""A quantile and how well it is known, without assuming a shape."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from zhizao.twin.statistics.interval import LEVEL, Interval, t_interval
from zhizao.twin.statistics.samples import as_samples, share_fault, stop_on_faults


@dataclass(frozen=True, kw_only=True)
class QuantileInterval:
    """A quantile with observations as the ends of its interval.

    ``low`` or ``high`` is ``None`` where so few samples bound the quantile
    only from the other side. ``coverage`` is the exact probability that the
    interval (an absent end reaching to infinity) holds the true quantile of a
    continuous distribution; at least ``level``.
    """

    probability: float
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    n_unknown: int
    level: float
    coverage: float | None


def quantile_interval(
    samples: ArrayLike, probability: float, *, level: float = LEVEL
) -> QuantileInterval:
    r"""Return a quantile of independent samples with its order-statistic interval.

    The number of samples at or below the true quantile is binomial, so
    :math:`X_{(l)}` and :math:`X_{(u)}` with
    :math:`P(B < l) \le \alpha/2` and :math:`P(B \ge u) \le \alpha/2`
    bound it whatever the distribution. The estimate is
    :math:`X_{(\lceil n p \rceil)}`.

    Parameters
    ----------
    samples : array-like of shape (n,)
        Independent values, any unit: one per replication. Lots of the *same*
        replication share its luck; use `mean_quantile_interval` for those.
        ``nan`` is unknown, left out and counted.
    probability : float
        Which quantile, between 0 and 1: 0.9 is what nine in ten stay below.
    level : float, default 0.95
        Between 0 and 1.

    Raises
    ------
    InputError
        If ``samples`` is not one-dimensional or holds an infinite value, or a
        share is out of range.

    References
    ----------
    W. J. Conover, *Practical Nonparametric Statistics*, 3rd ed. (1999),
    section 3.2; G. J. Hahn, W. Q. Meeker, *Statistical Intervals* (1991),
    section 5.2.

    Examples
    --------
    >>> q = quantile_interval(range(1, 101), 0.5)
    >>> q.estimate, q.low, q.high, round(q.coverage, 4)
    (50.0, 40.0, 61.0, 0.9648)
    >>> quantile_interval(range(20), 0.9).high is None
    True
    """
    stop_on_faults([share_fault("probability", probability), share_fault("level", level)])
    array = as_samples(samples, name="samples")
    known = np.sort(array[~np.isnan(array)])
    n = int(known.size)
    lower, upper = _ranks(n, probability, level=level)
    below_lower = float(special.bdtr(lower - 1, n, probability)) if lower else 0.0
    below_upper = float(special.bdtr(upper - 1, n, probability)) if upper <= n else 1.0
    middle = min(max(int(np.ceil(n * probability * (1 - 1e-12))), 1), n)
    return QuantileInterval(
        probability=probability,
        estimate=float(known[middle - 1]) if n else None,
        low=float(known[lower - 1]) if lower else None,
        high=float(known[upper - 1]) if upper <= n and n else None,
        n=n,
        n_unknown=int(array.size) - n,
        level=level,
        coverage=below_upper - below_lower if n else None,
    )


def _ranks(n: int, probability: float, *, level: float) -> tuple[int, int]:
    """Return the ranks of the ends, counted from 1; 0 and n + 1 stand for none."""
    tail = (1.0 - level) / 2.0
    # below[j] = P(B <= j), j = 0 … n
    below = special.bdtr(np.arange(n + 1, dtype=np.float64), n, probability)
    lower = int(np.searchsorted(below, tail, side="right"))
    upper = int(np.searchsorted(below, 1.0 - tail, side="left")) + 1
    return lower, upper


def mean_quantile_interval(
    replications: Iterable[ArrayLike], probability: float, *, level: float = LEVEL
) -> Interval:
    """Return the mean over replications of each one's own quantile, with a t interval.

    For values that depend on each other inside a replication (the lead times
    of its lots), where only the replications are independent. It speaks of the
    *expected quantile of a replication*, which differs from the quantile of
    all lots by a bias that falls with the number of lots in a replication.

    Parameters
    ----------
    replications : iterable of array-like, each of shape (n_values,)
        Any unit. ``nan`` values are left out; a replication without a known
        value is unknown and counted in ``n_unknown``.
    probability : float
        Which quantile, between 0 and 1; linear between order statistics.
    level : float, default 0.95
        Between 0 and 1.

    Raises
    ------
    InputError
        If a replication is not one-dimensional or holds an infinite value, or
        a share is out of range.

    References
    ----------
    P. Heidelberger, P. A. W. Lewis (1984), Oper. Res. 32(1), 185-209 (average
    of quantiles of independent parts); R. J. Hyndman, Y. Fan (1996), Am. Stat.
    50(4), 361-365, definition 7.

    Examples
    --------
    >>> mean_quantile_interval([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], 0.5).mean
    2.5
    """
    stop_on_faults([share_fault("probability", probability), share_fault("level", level)])
    quantiles: list[float] = []
    n_unknown = 0
    for index, values in enumerate(replications):
        array = as_samples(values, name=f"replication {index}")
        known = array[~np.isnan(array)]
        if known.size:
            quantiles.append(float(np.quantile(known, probability)))
        else:
            n_unknown += 1
    return t_interval(np.array(quantiles, dtype=np.float64), level=level, n_unknown=n_unknown)
