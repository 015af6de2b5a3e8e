"""A KPI in the long run: replications from empty, each without its warm-up."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.plant import Plant
from zhizao.twin.simulate import to_job
from zhizao.twin.statistics import mean_quantile_interval, replication_deletion
from zhizao.twin.statistics.samples import count_fault, positive_fault, stop_on_faults
from zhizao.twin.study.results import SteadyQuantile, SteadyStudy
from zhizao.twin.study.series import Series, kpi_series, replication_times


def steady_state(
    plant: Plant,
    *,
    start_at: datetime,
    weeks: float,
    kpi: str = "lead_time_mean_h",
    n_replications: int = 10,
    level: float = 0.95,
    probabilities: Sequence[float] = (0.5, 0.9),
    seed: int = 0,
    n_threads: int | None = None,
) -> SteadyStudy:
    """Simulate a plant's demand from empty and return a KPI in the long run.

    The warm-up of each half of the replications is found by MSER-5 on the
    average of the other half and deleted, but never less than the first tenth;
    the interval is Willink's over what is left: Student's t, corrected for
    skewness.

    Parameters
    ----------
    plant
        With demands: they alone bring orders.
    start_at
        Begin, aware.
    weeks
        Length of each replication; at least 8 for KPIs by day, so that there
        is a first half to look for a warm-up in.
    kpi
        ``lead_time_mean_h``, ``tardiness_mean_h``, ``late_share`` (by completed
        order), ``wip_mean``, ``throughput_per_week`` (by day).
    n_replications
        At least 2; more than 10 gain less than longer ones.
    level, probabilities
        Of all intervals; quantiles of single observations.
    seed
        The i-th replication is keyed by (seed, i).
    n_threads
        Threads; None takes one for each core. The result does not depend on it.

    Raises
    ------
    InputError
        As ``simulate`` raises it; if there is no series of the KPI, or if a
        replication completes nothing.

    Examples
    --------
    >>> from datetime import UTC
    >>> from zhizao.model.plant import Demand, Product, Routing, Step, TimeModel
    >>> rest = Step(
    ...     step=10,
    ...     operation="rest",
    ...     time=TimeModel(per_piece_min=60.0, distribution="exponential"),
    ... )
    >>> plant = Plant(
    ...     name="small",
    ...     products=(Product(id="P"),),
    ...     routings=(Routing(product="P", steps=(rest,)),),
    ...     demands=(Demand(product="P", orders_per_week=168.0),),
    ... )
    >>> study = steady_state(plant, start_at=datetime(2024, 1, 1, tzinfo=UTC), weeks=20)
    >>> study.is_reached, study.interval.covers(1.0), study.n
    (True, True, 10)
    """
    stop_on_faults(
        [
            positive_fault("weeks", weeks),
            count_fault("n_replications", n_replications, least=2),
        ]
    )
    job = to_job(plant, [], start_at=start_at, end_at=start_at + timedelta(weeks=weeks), seed=seed)

    def one(replication: int) -> Series:
        times = replication_times(job, replication)
        return kpi_series(times, kpi, horizon_s=job.horizon_s)

    with ThreadPoolExecutor(max_workers=n_threads or cpu_count()) as pool:
        series = list(pool.map(one, range(n_replications)))
    return steady_study(series, kpi, weeks=weeks, level=level, probabilities=probabilities)


def steady_study(
    series: Sequence[Series],
    kpi: str,
    *,
    weeks: float,
    level: float = 0.95,
    probabilities: Sequence[float] = (0.5, 0.9),
) -> SteadyStudy:
    """Return what replications say about a KPI in the long run; see ``steady_state``.

    Parameters
    ----------
    series
        Of each replication.
    kpi, weeks
        Which KPI, and how long each replication was.
    level, probabilities
        Of all intervals; quantiles of single observations.

    Raises
    ------
    InputError
        If a replication has no observation.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> runs = [Series(values=rng.gamma(1.0, size=500), at_s=np.arange(500.0)) for _ in range(10)]
    >>> steady_study(runs, "lead_time_mean_h", weeks=20.0).interval.covers(1.0)
    True
    """
    empty = [i for i, s in enumerate(series) if not s.values.size]
    if empty:
        raise InputError(
            f"Replication {empty[0]} has no observation of '{kpi}' in {weeks:g} weeks "
            f"({len(empty)} of {len(series)} have none); simulate longer or look at the demand."
        )
    found = replication_deletion([s.values for s in series], level=level)
    kept = [s.values[n:] for s, n in zip(series, found.n_cut, strict=True)]
    last_s = [float(s.at_s[n - 1]) if n else 0.0 for s, n in zip(series, found.n_cut, strict=True)]
    return SteadyStudy(
        kpi=kpi,
        interval=found.interval,
        quantiles=tuple(
            SteadyQuantile(probability=p, interval=mean_quantile_interval(kept, p, level=level))
            for p in probabilities
        ),
        warm_up=found.warm_up,
        is_reached=found.warm_up.is_found,
        n=len(series),
        n_deleted=found.n_cut,
        deleted_h=float(np.mean(last_s)) / SECONDS_PER_HOUR,
        n_kept=tuple(k.size for k in kept),
        n_independent=_n_independent(kept),
    )


def _n_independent(kept: Sequence[NDArray[np.float64]]) -> float | None:
    """Return the variance of an observation over that of a replication's mean."""
    variance = float(np.var([values.mean() for values in kept], ddof=1))
    return float(np.var(np.concatenate(kept))) / variance if variance > 0.0 else None
