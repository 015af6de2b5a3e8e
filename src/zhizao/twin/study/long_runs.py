"""The long run of a plant, simulated as long as it takes to know it.

How long a queue remembers is not known before it has been watched. So runs
from empty are made longer until three things hold: the end of the warm-up is
seen, each run is worth enough independent observations for its interval to
hold what it says, and that interval is as narrow as asked.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from os import cpu_count

from zhizao._base.errors import InputError, did_you_mean
from zhizao._base.progress import Progress
from zhizao.model.plant import Plant
from zhizao.twin.replication import Job
from zhizao.twin.simulate import to_job
from zhizao.twin.statistics import Interval
from zhizao.twin.statistics.samples import count_fault, share_fault, stop_on_faults
from zhizao.twin.study.results import LEAST_WORTH, LongRun, SteadyStudy, longer_arm
from zhizao.twin.study.series import SERIES_KPIS, Series, kpi_series, replication_times
from zhizao.twin.study.steady import steady_study

LEAST_WEEKS = 20.0
"""Of the first look: MSER-5 wants fifty days."""

FIRST_ORDERS = 500.0
"""Of each run in the first look."""

N_REPLICATIONS = 30
"""Runs that stop when their own interval is short enough stop too early where it is short by luck:
with 10 runs intervals cover 0.91 (M/M/1 at 0.9 to within a tenth, 600 studies), with 20 0.92, with
30 0.93, and the whole takes a fifth fewer orders."""

MOST_ORDERS = 100_000.0
"""Of each run; with thirty runs their times take about half a gigabyte."""

MOST_WEEKS = 5_200.0

_LEAST_GROWTH, _MOST_GROWTH = 1.5, 4.0

_MOST_UNSETTLED = 4
"""Looks in a row without the end of a warm-up, each twice as long as the one before: a plant that
has more work than it can do never settles, and its queues grow with every look."""


def long_run(
    plant: Plant,
    *,
    start_at: datetime,
    within: float = 0.05,
    kpi: str = "lead_time_mean_h",
    n_replications: int = N_REPLICATIONS,
    level: float = 0.95,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> LongRun:
    r"""Simulate a plant's demand from empty until a KPI's long-run mean is known.

    All replications run from empty, each a look's length; ``steady_state`` says
    what they are worth. They are made longer, by what the precision lacks
    (at least 1.5, at most 4 times), until the warm-up of ``kpi`` is found, each
    is worth at least 20 independent observations, and the longer arm of the
    interval is at most :math:`\gamma/(1+\gamma)` of the mean, where
    :math:`\gamma` is ``within``, so that the error is at most that share of the
    *true* mean on either side.

    Parameters
    ----------
    plant
        With demands: they alone bring orders.
    start_at
        Begin, aware.
    within
        Error that is allowed, as a share of the mean, between 0 and 1.
    kpi
        That is to be so precise: a key of ``study_series.SERIES_KPIS``. The
        others are given as precisely as they come.
    n_replications
        At least 2; with few, intervals cover less often than they say, since
        the runs stop by their own half-width.
    level
        Of all intervals.
    seed
        The i-th replication is keyed by (seed, i).
    n_threads
        Threads; None takes one for each core. The result does not depend on it.
    progress
        Called with (done, total) weeks of all runs, those of earlier looks included; the total
        grows from look to look.

    Returns
    -------
    LongRun
        ``is_reached`` is False where runs of 100,000 orders, or of a hundred
        years, do not suffice, or where the plant does not settle.

    Raises
    ------
    InputError
        If the plant has no demand or nothing is completed, or as ``simulate``
        raises it.

    References
    ----------
    A. M. Law, *Simulation Modeling and Analysis*, 5th ed. (2015), section
    9.4.1 (relative error); A. M. Law, J. S. Carson (1979), Oper. Res. 27(5),
    1011-1025, and A. Tafazzoli, J. R. Wilson (2011), IIE Trans. 43(2), 110-128
    (runs made longer until their means behave).

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
    >>> found = long_run(plant, start_at=datetime(2024, 1, 1, tzinfo=UTC), within=0.05)
    >>> found.is_reached, found.studies[0].interval.covers(1.0)
    (True, True)
    """
    stop_on_faults(
        [share_fault("within", within), count_fault("n_replications", n_replications, least=2)]
    )
    if kpi not in SERIES_KPIS:
        raise InputError(
            f"kpi is '{kpi}', expected one of {', '.join(SERIES_KPIS)}.{did_you_mean(kpi, SERIES_KPIS)}"
        )
    per_week = sum(d.orders_per_week for d in plant.demands)
    if per_week <= 0.0:
        raise InputError(
            f"Plant '{plant.name}' has no demand: nothing says which orders come in the long run. "
            "Give it demands (orders_per_week of each product)."
        )
    longest = min(MOST_WEEKS, max(LEAST_WEEKS, MOST_ORDERS / per_week))
    weeks = min(longest, max(LEAST_WEEKS, FIRST_ORDERS / per_week))
    n_looks = n_unsettled = 0
    done_weeks = 0.0
    while True:
        job = to_job(
            plant, [], start_at=start_at, end_at=start_at + timedelta(weeks=weeks), seed=seed
        )
        report = _reporter(progress, before=done_weeks, weeks=weeks, n=n_replications)
        runs = _runs(job, n_replications=n_replications, n_threads=n_threads, report=report)
        done_weeks += weeks * n_replications
        n_looks += 1
        studies = _studies(runs, kpi=kpi, weeks=weeks, level=level)
        growth = _growth(studies[0], within=within)
        n_unsettled = 0 if studies[0].is_reached else n_unsettled + 1
        if growth is None or weeks >= longest or n_unsettled == _MOST_UNSETTLED:
            return LongRun(
                kpi=kpi,
                within=within,
                studies=studies,
                weeks=weeks,
                n_looks=n_looks,
                is_reached=growth is None,
            )
        weeks = min(longest, weeks * growth)


def _growth(study: SteadyStudy, *, within: float) -> float | None:
    """Return how many times longer runs should be, or None if they are long enough."""
    wanted = [2.0] if not study.is_reached else []
    if study.n_independent is not None and study.n_independent < LEAST_WORTH:
        wanted.append(LEAST_WORTH / max(1.0, study.n_independent))
    arm, target = longer_arm(study.interval), allowed(study.interval, within=within)
    if arm > target:
        wanted.append((arm / target) ** 2 if target > 0.0 else _MOST_GROWTH)
    return min(_MOST_GROWTH, max(_LEAST_GROWTH, *wanted)) if wanted else None


def allowed(interval: Interval, *, within: float) -> float:
    """Return the arm of an interval with which the error is within a share of the true mean.

    Examples
    --------
    >>> from zhizao.twin.statistics import mean_interval
    >>> allowed(mean_interval([10.0, 11.0]), within=0.05)
    0.5
    """
    return within / (1.0 + within) * abs(interval.mean or 0.0)


def _studies(
    runs: list[dict[str, Series]], *, kpi: str, weeks: float, level: float
) -> tuple[SteadyStudy, ...]:
    """Return the study of the KPI that is asked for, then of all others that all runs have."""
    others = [k for k in SERIES_KPIS if k != kpi and all(r[k].values.size for r in runs)]
    return tuple(
        steady_study([r[k] for r in runs], k, weeks=weeks, level=level) for k in (kpi, *others)
    )


def _runs(
    job: Job, *, n_replications: int, n_threads: int | None, report: Callable[[int], None]
) -> list[dict[str, Series]]:
    def one(replication: int) -> dict[str, Series]:
        times = replication_times(job, replication)
        return {k: kpi_series(times, k, horizon_s=job.horizon_s) for k in SERIES_KPIS}

    with ThreadPoolExecutor(max_workers=n_threads or cpu_count()) as pool:
        futures = [pool.submit(one, i) for i in range(n_replications)]
        try:
            for n_done, future in enumerate(as_completed(futures), start=1):
                future.result()
                report(n_done)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _reporter(
    progress: Progress | None, *, before: float, weeks: float, n: int
) -> Callable[[int], None]:
    def report(n_done: int) -> None:
        if progress is not None:
            progress(round(before + n_done * weeks), round(before + n * weeks))

    return report
