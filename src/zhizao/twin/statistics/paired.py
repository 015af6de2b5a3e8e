"""Two systems run on the same random numbers: their difference and what pairing gained."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhizao._base.errors import InputError
from zhizao.twin.statistics.interval import LEVEL, Interval, t_interval
from zhizao.twin.statistics.samples import as_samples, share_fault, stop_on_faults


@dataclass(frozen=True, kw_only=True)
class PairedInterval:
    """The mean difference of pairs, and how much common random numbers helped.

    ``variance_ratio`` is the variance of the difference had the runs been
    independent over that of the pairs: by this factor fewer replications are
    needed. ``None`` with fewer than two pairs or where nothing varies;
    infinite where only the difference does not vary.
    """

    difference: Interval
    variance_ratio: float | None


def paired_interval(
    base: ArrayLike, scenario: ArrayLike, *, level: float = LEVEL
) -> PairedInterval:
    """Return scenario minus base with its paired t interval.

    Parameters
    ----------
    base, scenario : array-like of shape (n_replications,)
        Same unit; value i of both comes from replication i, run on the same
        random numbers. A pair with a ``nan`` is left out and counted in
        ``difference.n_unknown``.
    level : float, default 0.95
        Between 0 and 1.

    Raises
    ------
    InputError
        If the two have different lengths, more than one dimension or an
        infinite value, or ``level`` is out of range.

    References
    ----------
    A. M. Law, *Simulation Modeling and Analysis*, 5th ed. (2015), section
    10.2.1 (paired-t interval) and 11.2 (common random numbers).

    Examples
    --------
    >>> p = paired_interval([1.0, 2.0, 3.0, 4.0], [1.6, 2.5, 3.5, 4.4])
    >>> round(p.difference.mean, 3), round(p.difference.half_width, 3)
    (0.5, 0.13)
    >>> round(p.variance_ratio)
    471
    """
    first, second = _as_pairs(base, scenario)
    stop_on_faults([share_fault("level", level)])
    is_pair = ~(np.isnan(first) | np.isnan(second))
    difference = t_interval((second - first)[is_pair], level=level, n_unknown=int((~is_pair).sum()))
    return PairedInterval(difference=difference, variance_ratio=variance_ratio(first, second))


def variance_ratio(base: ArrayLike, scenario: ArrayLike) -> float | None:
    """Return the variance unpaired over the variance paired.

    (var(base) + var(scenario)) / var(scenario - base): 1 where the pairs are
    independent, above 1 where pairing helps, below 1 where it harms.

    Parameters
    ----------
    base, scenario : array-like of shape (n_replications,)
        As in `paired_interval`.

    Returns
    -------
    float or None
        ``None`` with fewer than two known pairs or where nothing varies;
        ``inf`` where both vary and the difference does not.

    Raises
    ------
    InputError
        As in `paired_interval`.

    Examples
    --------
    >>> variance_ratio([0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0])
    1.0
    """
    first, second = _as_pairs(base, scenario)
    is_pair = ~(np.isnan(first) | np.isnan(second))
    if is_pair.sum() < 2:
        return None
    first, second = first[is_pair], second[is_pair]
    unpaired = float(first.var(ddof=1) + second.var(ddof=1))
    paired = float((second - first).var(ddof=1))
    if paired == 0.0:
        return None if unpaired == 0.0 else math.inf
    return unpaired / paired


def _as_pairs(
    base: ArrayLike, scenario: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first = as_samples(base, name="base")
    second = as_samples(scenario, name="scenario")
    if first.size != second.size:
        raise InputError(
            f"base has {first.size} replications and scenario {second.size}; "
            "pairs need the same replications in the same order"
        )
    return first, second
