"""The long-run mean from several runs, each without its warm-up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from zhizao._base.errors import InputError
from zhizao.twin.statistics.interval import LEVEL, Interval, t_interval
from zhizao.twin.statistics.samples import as_series, share_fault, stop_on_faults
from zhizao.twin.statistics.warm_up import WarmUp, warm_up_mser5


@dataclass(frozen=True, kw_only=True)
class ReplicationDeletion:
    """The mean after the warm-up over replications.

    ``interval`` is over ``means``, one per replication, each without its first
    ``n_cut`` observations. Believe it only where ``warm_up.is_found``:
    otherwise the start may still be in the means.
    """

    interval: Interval
    warm_up: WarmUp
    n_cut: int
    means: tuple[float, ...]


def replication_deletion(
    series: Sequence[ArrayLike], *, level: float = LEVEL, least_share: float = 0.0
) -> ReplicationDeletion:
    """Cut the warm-up off replications and return their mean with a t interval.

    The warm-up is found by MSER-5 on the average of the replications over
    their common length, and cut off each of them.

    Parameters
    ----------
    series : sequence of array-like of shape (n_observations,), or a 2-D array
        One series per replication in the order of observation, any unit. Their
        lengths may differ; observations after the common length count in the
        means.
    level : float, default 0.95
        Between 0 and 1.
    least_share : float, default 0
        Share of the common length that is cut off at least, from 0 to below 1.

    Raises
    ------
    InputError
        If there is no replication, or one is empty, has more than one
        dimension, or holds ``nan`` or an infinite value; or a share is out of
        range.

    Notes
    -----
    The same runs choose the cut and give the mean. That costs little where
    runs are much longer than the warm-up; separate pilot runs cost nothing
    (Law 2015). Where runs are short, intervals cover less than they say, mostly
    since the cut follows the luck of the same runs: on M/M/1 at 0.8 with 10
    replications of 2,688 delays 0.90, and 0.91 if at least a tenth is cut off
    (``benchmarks/bench_coverage.py``). Longer runs cure it.

    References
    ----------
    A. M. Law, *Simulation Modeling and Analysis*, 5th ed. (2015), section
    9.5.2, equation (9.5); K. Hoad, S. Robinson, R. Davies (2010), J. Oper.
    Res. Soc. 61(9), 1389-1403 (MSER-5 on averaged replications).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> runs = 3.0 + rng.normal(size=(10, 500)) + 20.0 * 0.8 ** np.arange(500)
    >>> r = replication_deletion(runs)
    >>> r.warm_up.verdict, r.interval.n, r.interval.covers(3.0)
    ('found', 10, True)
    """
    fault = share_fault("least_share", least_share) if least_share else None
    stop_on_faults([share_fault("level", level), fault])
    arrays = [as_series(s, name=f"series {i}") for i, s in enumerate(series)]
    if not arrays:
        raise InputError("series holds no replication, expected at least one")
    n_common = min(a.size for a in arrays)
    warm_up = warm_up_mser5(np.mean([a[:n_common] for a in arrays], axis=0))
    n_cut = max(warm_up.n_cut, int(least_share * n_common))
    means = np.array([a[n_cut:].mean() for a in arrays])
    return ReplicationDeletion(
        interval=t_interval(means, level=level),
        warm_up=warm_up,
        n_cut=n_cut,
        means=tuple(float(m) for m in means),
    )
