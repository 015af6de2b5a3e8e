"""What studies come to."""

from dataclasses import dataclass

from zhizao.twin.statistics import Interval, QuantileInterval, WarmUp


@dataclass(frozen=True, kw_only=True)
class TerminatingStudy:
    """A KPI over a stated span, from a stated beginning.

    Attributes
    ----------
    kpi : str
        Which.
    interval : Interval
        Of its mean, in its unit; ``n_unknown`` replications had no value.
    quantiles : tuple of QuantileInterval
        Of one future, not of the mean: nine in ten futures stay below the 0.9
        quantile.
    n : int
        Replications simulated.
    n_looks : int
        How often it was decided whether to go on.
    is_reached : bool
        Whether the interval is as narrow as wanted.
    deleted_s : float
        Seconds at the start that do not count: as asked for.
    warnings : tuple of str
        Those of the runs.
    """

    kpi: str
    interval: Interval
    quantiles: tuple[QuantileInterval, ...]
    n: int
    n_looks: int
    is_reached: bool
    deleted_s: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SteadyQuantile:
    """A quantile of the observations of one replication, over replications."""

    probability: float
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class SteadyStudy:
    """A KPI in the long run.

    Attributes
    ----------
    kpi : str
        Which.
    interval : Interval
        Of its mean after the warm-up, over replications, in its unit.
    quantiles : tuple of SteadyQuantile
        Of single observations (orders, or days): the mean over replications of
        each one's quantile.
    warm_up : WarmUp
        Where MSER-5 cuts the series averaged over all replications, and
        whether that can be relied on.
    is_reached : bool
        Whether a warm-up was found. If not, the start may still be in the
        interval, or the plant never settles: simulate longer, look at its load.
    n : int
        Replications.
    n_deleted : tuple of int
        Observations left out at the start, by replication: each half has its
        own number.
    deleted_h : float
        When the last of them was made, hours from the start, on the mean.
    n_kept : tuple of int
        Observations that count, by replication.
    n_independent : float or None
        How many independent observations one replication is worth: the
        variance of an observation over that of a replication's mean. Where it
        is below about 30, intervals cover less often than they say
        (``benchmarks/bench_coverage.py``): simulate longer. ``None`` where
        means do not vary.
    """

    kpi: str
    interval: Interval
    quantiles: tuple[SteadyQuantile, ...]
    warm_up: WarmUp
    is_reached: bool
    n: int
    n_deleted: tuple[int, ...]
    deleted_h: float
    n_kept: tuple[int, ...]
    n_independent: float | None
