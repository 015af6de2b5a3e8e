"""The difference of two runs, replication by replication."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from zhizao.twin.statistics import drawn_intervals

Floats = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """Means of a base and a scenario over the pairs in which both are known.

    ``low`` and ``high`` are the ends of the 95 % interval of the mean
    difference; ``chance`` is its half-width if the learnt values were exact
    (Student's t on the paired differences), ``data`` the half-width that their
    errors alone would give, ``None`` where none were drawn or too few pairs
    are known. All are ``None`` where fewer than two pairs exist.
    """

    base: float | None
    scenario: float | None
    difference: float | None
    low: float | None
    high: float | None
    n: int
    chance: float | None = None
    data: float | None = None


def paired_difference(
    base: Floats, scenario: Floats, *, drawn: Floats | None = None
) -> PairedDifference:
    """Return scenario minus base with its interval.

    Parameters
    ----------
    base, scenario : float64 arrays of shape (n_replications,)
        Same unit, same replications in the same order; ``nan`` is unknown.
    drawn : float64 array of shape (n_sets, n_each), optional
        Scenario minus base in sets of values drawn from the learnt ones'
        sampling errors, as ``drawn_intervals`` takes them; ``nan`` is unknown.

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
    difference = scenario - base
    is_pair = ~np.isnan(difference)
    n = int(is_pair.sum())
    if n == 0:
        return PairedDifference(base=None, scenario=None, difference=None, low=None, high=None, n=0)
    means, lows, highs = mean_intervals(difference[is_pair][:, None])
    low, high = float(lows[0]), float(highs[0])
    chance, data = (high - low) / 2.0, None
    if n > 1 and drawn is not None and n == difference.size and not np.isnan(drawn).any():
        found = drawn_intervals(difference[:, None], drawn[:, :, None])
        low, high, data = float(found.low[0]), float(found.high[0]), float(found.data[0])
    return PairedDifference(
        base=float(base[is_pair].mean()),
        scenario=float(scenario[is_pair].mean()),
        difference=float(means[0]),
        low=low if n > 1 else None,
        high=high if n > 1 else None,
        n=n,
        chance=chance if n > 1 else None,
        data=data,
    )


def mean_intervals(
    values: Floats,
) -> tuple[Floats, Floats, Floats]:
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
    half = special.stdtrit(n - 1, 0.5 + LEVEL / 2) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half


def clear_columns(p_values: Floats) -> NDArray[np.bool_]:
    """Return which columns have a mean that is not 0, among many looked at.

    Hundreds of orders are tested at once, so one in twenty would seem to gain
    or lose by chance. The false discovery rate is held at 5 % over the columns
    that differ at all in some replication.

    Parameters
    ----------
    p_values : float64 array of shape (n_columns,)
        Of a mean of 0; ``nan`` for a column that does not differ anywhere.

    References
    ----------
    Y. Benjamini, Y. Hochberg (1995), J. R. Stat. Soc. B 57(1), 289–300.

    Examples
    --------
    >>> clear_columns(np.array([0.001, np.nan, 0.6]))
    array([ True, False, False])
    """
    is_clear = np.zeros(p_values.size, dtype=np.bool_)
    moved = np.flatnonzero(~np.isnan(p_values))
    if moved.size:
        # Benjamini and Hochberg (1995): as many as have p below their share of the level.
        ordered = np.sort(p_values[moved])
        below = ordered * moved.size / np.arange(1, moved.size + 1) < 1 - LEVEL
        if below.any():
            is_clear[moved] = p_values[moved] <= ordered[np.flatnonzero(below)[-1]]
    return is_clear


def mean_p_values(values: Floats) -> Floats:
    """Return the two-sided p-value of a mean of 0 of each column (Student's t).

    Parameters
    ----------
    values : float64 array of shape (n_replications, n_columns)
        Without ``nan``; 1 with fewer than two replications.

    Examples
    --------
    >>> mean_p_values(np.array([[5.0, 3.0], [5.1, -3.0]])).round(3)
    array([0.006, 1.   ])
    """
    n = values.shape[0]
    mean = values.mean(axis=0)
    if n < 2:
        return np.ones_like(mean)
    error = values.std(axis=0, ddof=1) / np.sqrt(n)
    none = np.where(mean == 0.0, 0.0, np.inf)
    statistic = np.divide(np.abs(mean), error, out=none, where=error > 0)
    p_values: Floats = 2 * special.stdtr(n - 1, -statistic)
    return p_values
