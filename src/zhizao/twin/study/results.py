"""What studies come to."""

from dataclasses import dataclass

from zhizao._base.words import Lang, say
from zhizao.twin.statistics import Interval, QuantileInterval, WarmUp

LEAST_WORTH = 20.0
"""Independent observations that a replication should be worth. Worth 15 to 19 (M/H2/1 and M/M/1 at
0.9), 95 % intervals cover 0.933; worth 20 and more, 0.941 to 0.960 (measured)."""


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
        name = kpi_name(self.kpi, lang=lang)
        if not self.is_reached:
            found.append(say("zhizao.twin", "warm_up_not_found", lang=lang, kpi=name))
        if self.n_independent is not None and self.n_independent < LEAST_WORTH:
            n = max(1.0, self.n_independent)
            found.append(
                say("zhizao.twin", "runs_worth_little", lang=lang, kpi=name, n=n, least=LEAST_WORTH)
            )
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class LongRun:
    """What a plant comes to in the long run.

    Attributes
    ----------
    kpi : str
        That should be known precisely.
    within : float
        How precisely, as a share of its mean.
    studies : tuple of SteadyStudy
        Of that KPI, then of the others.
    weeks : float
        Length of each replication in the last look, from empty.
    n_looks : int
        How often the runs were looked at, each time longer ones.
    is_reached : bool
        Whether the KPI is known as precisely as asked, from runs whose warm-up
        was found and which are long enough for their interval.
    """

    kpi: str
    within: float
    studies: tuple[SteadyStudy, ...]
    weeks: float
    n_looks: int
    is_reached: bool

    def warnings(self, *, lang: Lang = "en") -> tuple[str, ...]:
        """Return a sentence for each reason not to trust an interval, or why it is too wide."""
        found = [w for study in self.studies for w in study.warnings(lang=lang)]
        interval = self.studies[0].interval
        if not self.is_reached and self.studies[0].is_reached:
            error = longer_arm(interval) / abs(interval.mean or 1.0)
            found.append(
                say(
                    "zhizao.twin",
                    "long_run_not_precise",
                    lang=lang,
                    kpi=kpi_name(self.kpi, lang=lang),
                    wanted=self.within,
                    found=error,
                    weeks=self.weeks,
                )
            )
        return tuple(found)


def longer_arm(interval: Interval) -> float:
    """Return how far the further end of an interval is from its mean; inf where unknown.

    Examples
    --------
    >>> longer_arm(Interval(mean=5.0, low=4.0, high=7.0, half_width=1.5, n=10))
    2.0
    """
    if interval.mean is None or interval.low is None or interval.high is None:
        return float("inf")
    return max(interval.high - interval.mean, interval.mean - interval.low)


def kpi_name(kpi: str, *, lang: Lang) -> str:
    """Return a KPI in words.

    Examples
    --------
    >>> kpi_name("wip_mean", lang="en"), kpi_name("wip_mean", lang="zh")
    ('work in progress', '在制工单')
    """
    return say("zhizao.model", f"kpi_{kpi}", lang=lang)
