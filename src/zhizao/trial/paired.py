"""The difference of two runs, replication by replication."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """Means of a base and a scenario over the pairs in which both are known.

    ``low`` and ``high`` are the ends of the 95 % interval of the mean
    difference (Student's t on the paired differences); ``None`` where fewer
    than two pairs exist.
    """

    base: float | None
    scenario: float | None
    difference: float | None
    low: float | None
    high: float | None
    n: int


def paired_difference(base: NDArray[np.float64], scenario: NDArray[np.float64]) -> PairedDifference:
    """Return scenario minus base with its interval.

    Parameters
    ----------
    base, scenario : float64 arrays of shape (n_replications,)
        Same unit, same replications in the same order; ``nan`` is unknown.

    Returns
    -------
    PairedDifference
        Over the pairs without ``nan``; all ``None`` where there is none.

    References
    ----------
    A. M. Law, *Simulation Modeling and Analysis*, 5th ed. (2015), section
    10.2.1: the paired-t confidence interval.

    Examples
    --------
    >>> d = paired_difference(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))
    >>> d.difference, round(d.low, 3), round(d.high, 3)
    (2.0, -0.484, 4.484)
    """
    is_pair = ~(np.isnan(base) | np.isnan(scenario))
    n = int(is_pair.sum())
    if n == 0:
        return PairedDifference(base=None, scenario=None, difference=None, low=None, high=None, n=0)
    means, lows, highs = mean_intervals((scenario - base)[is_pair][:, None])
    return PairedDifference(
        base=float(base[is_pair].mean()),
        scenario=float(scenario[is_pair].mean()),
        difference=float(means[0]),
        low=float(lows[0]) if n > 1 else None,
        high=float(highs[0]) if n > 1 else None,
        n=n,
    )


def mean_intervals(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean, lower and upper end of the 95 % t interval of each column.

    Parameters
    ----------
    values : float64 array of shape (n_replications, n_columns)
        Without ``nan``.

    Returns
    -------
    three float64 arrays of shape (n_columns,)
        The ends are ``nan`` with fewer than two replications.

    Examples
    --------
    >>> mean_intervals(np.array([[1.0], [1.0]]))
    (array([1.]), array([1.]), array([1.]))
    """
    n = values.shape[0]
    mean = values.mean(axis=0)
    if n < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    half = stats.t.ppf(0.5 + LEVEL / 2, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half


def clear_columns(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which columns have a mean that is not 0, among many looked at.

    Hundreds of orders are tested at once, so one in twenty would seem to gain
    or lose by chance. The false discovery rate is held at 5 % over the columns
    that differ at all in some replication.

    Parameters
    ----------
    values : float64 array of shape (n_replications, n_columns)
        Paired differences without ``nan``.

    References
    ----------
    Y. Benjamini, Y. Hochberg (1995), J. R. Stat. Soc. B 57(1), 289–300.

    Examples
    --------
    >>> clear_columns(np.array([[5.0, 0.0, 3.0], [5.1, 0.0, -3.0], [4.9, 0.0, 1.0]]))
    array([ True, False, False])
    """
    n = values.shape[0]
    is_clear = np.zeros(values.shape[1], dtype=np.bool_)
    moved = np.flatnonzero((values != 0.0).any(axis=0))
    if n < 2 or moved.size == 0:
        return is_clear
    mean = values[:, moved].mean(axis=0)
    error = values[:, moved].std(axis=0, ddof=1) / np.sqrt(n)
    statistic = np.divide(np.abs(mean), error, out=np.full_like(mean, np.inf), where=error > 0)
    p_values = 2 * stats.t.sf(statistic, n - 1)
    is_clear[moved] = stats.false_discovery_control(p_values, method="bh") < 1 - LEVEL
    return is_clear
