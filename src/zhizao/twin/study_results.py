"""What studies come to."""

from dataclasses import dataclass

from zhizao._base.words import Lang, say
from zhizao.twin.statistics import Interval, QuantileInterval, WarmUp

LEAST_WORTH = 20.0
"""Independent observations that a replication should be worth. Worth 16 (M/M/1 at 0.9, 5,000
customers), 95 % intervals cover 0.93; worth 24 and more, 0.936 to 0.952 (measured)."""


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
        is below 20, intervals cover less often than they say
        (``benchmarks/bench_coverage.py``): ``warnings`` says so. ``None`` where
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

    def warnings(self, *, lang: Lang = "en") -> tuple[str, ...]:
        """Return a sentence for each reason not to trust the interval."""
        found = []
        if not self.is_reached:
            found.append(say(__package__, "warm_up_not_found", lang=lang, kpi=self.kpi))
        if self.n_independent is not None and self.n_independent < LEAST_WORTH:
            n = max(1.0, self.n_independent)
            found.append(
                say(
                    __package__,
                    "runs_worth_little",
                    lang=lang,
                    kpi=self.kpi,
                    n=n,
                    least=LEAST_WORTH,
                )
            )
        return tuple(found)
