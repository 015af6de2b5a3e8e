"""What a run from an empty plant looks like as time goes on: one series a replication.

A run's KPIs are one number each. A study of the long run needs to see when the
start is over, so it keeps when each order came and left, the drawn ones too.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao._base.units import SECONDS_PER_DAY, SECONDS_PER_HOUR
from zhizao.twin.indicators import OrderTimes
from zhizao.twin.replication import Job, run_replication


@dataclass(frozen=True, kw_only=True)
class Series:
    """One KPI over time in one replication; both arrays have shape (n_observations,).

    ``at_s``: when each observation was complete, not decreasing.
    """

    values: NDArray[np.float64]
    at_s: NDArray[np.float64]


def replication_times(job: Job, replication: int) -> OrderTimes:
    """Simulate one replication and return the times of all its orders, drawn ones as well."""
    times = run_replication(job, replication, keep_times=True).times
    assert times is not None
    return times


def kpi_series(times: OrderTimes, kpi: str, *, horizon_s: float) -> Series:
    """Return one KPI over time.

    ``lead_time_mean_h``, ``tardiness_mean_h`` and ``late_share`` have an
    observation for each completed order (the latter two: with a due date), in
    order of completion; ``wip_mean`` and ``throughput_per_week`` one for each
    whole day: its time average, and its completions times 7.

    Raises
    ------
    InputError
        If there is no series of this KPI.

    Examples
    --------
    >>> times = OrderTimes(
    ...     entry_s=np.array([0.0, 0.0]),
    ...     release_s=np.array([0.0, 0.0]),
    ...     due_s=np.array([np.inf, np.inf]),
    ...     completion_s=np.array([7200.0, 3600.0]),
    ...     left_s=np.array([7200.0, 3600.0]),
    ... )
    >>> kpi_series(times, "lead_time_mean_h", horizon_s=86400.0).values
    array([1., 2.])
    >>> kpi_series(times, "wip_mean", horizon_s=86400.0).values
    array([0.125])
    """
    if kpi not in _SERIES:
        raise InputError(
            f"kpi is '{kpi}', which has no series over time; expected one of {sorted(_SERIES)}"
        )
    return _SERIES[kpi](times, horizon_s)


def _lead_times(times: OrderTimes, _horizon_s: float) -> Series:
    order = _by_completion(times)
    lead_s = times.completion_s[order] - times.release_s[order]
    return Series(values=lead_s / SECONDS_PER_HOUR, at_s=times.completion_s[order])


def _tardiness(times: OrderTimes, _horizon_s: float) -> Series:
    order = _by_completion(times)
    order = order[np.isfinite(times.due_s[order])]
    late_s = np.maximum(0.0, times.completion_s[order] - times.due_s[order])
    return Series(values=late_s / SECONDS_PER_HOUR, at_s=times.completion_s[order])


def _late(times: OrderTimes, horizon_s: float) -> Series:
    tardiness = _tardiness(times, horizon_s)
    return Series(values=(tardiness.values > 0.0).astype(np.float64), at_s=tardiness.at_s)


def _wip(times: OrderTimes, horizon_s: float) -> Series:
    """Area under the number of orders in the plant, between ends of days."""
    days = _days(horizon_s)
    left_s = np.where(np.isnan(times.left_s), np.inf, times.left_s)
    area = _area(times.entry_s, days) - _area(left_s, days)
    return Series(values=np.diff(area) / SECONDS_PER_DAY, at_s=days[1:])


def _throughput(times: OrderTimes, horizon_s: float) -> Series:
    days = _days(horizon_s)
    done = np.searchsorted(np.sort(times.completion_s), days, side="right")
    return Series(values=np.diff(done) * 7.0, at_s=days[1:])


_SERIES: dict[str, Callable[[OrderTimes, float], Series]] = {
    "lead_time_mean_h": _lead_times,
    "tardiness_mean_h": _tardiness,
    "late_share": _late,
    "wip_mean": _wip,
    "throughput_per_week": _throughput,
}


SERIES_KPIS = tuple(_SERIES)
"""KPIs that have a series over time."""


def _by_completion(times: OrderTimes) -> NDArray[np.intp]:
    order = np.argsort(times.completion_s, kind="stable")
    return order[: int((~np.isnan(times.completion_s)).sum())]


def _days(horizon_s: float) -> NDArray[np.float64]:
    n = int(horizon_s // SECONDS_PER_DAY)
    return np.linspace(0.0, n * SECONDS_PER_DAY, n + 1, dtype=np.float64)


def _area(instants: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area until ``at`` under the count of instants so far."""
    known = np.sort(instants[np.isfinite(instants)])
    n = np.searchsorted(known, at, side="right")
    before = np.concatenate([[0.0], np.cumsum(known)])
    area: NDArray[np.float64] = n * at - before[n]
    return area
