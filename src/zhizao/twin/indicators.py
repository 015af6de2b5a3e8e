"""KPIs of replications, and their estimates with intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.model.run import Estimate
from zhizao.twin.statistics import mean_interval


@dataclass(frozen=True, kw_only=True)
class OrderTimes:
    """When the orders of one replication came, were due and left; seconds.

    ``entry_s``: when the order came onto the floor, at the run's start at the
    earliest; infinity while a cap on lots in the plant holds it back. ``release_s``: nan where not known. ``due_s``: infinity for none.
    ``completion_s``: nan if not done. ``left_s``: like it, but also set where
    no piece was left; nan if still in the plant.
    """

    entry_s: NDArray[np.float64]
    release_s: NDArray[np.float64]
    due_s: NDArray[np.float64]
    completion_s: NDArray[np.float64]
    left_s: NDArray[np.float64]


def flow_indicators(times: OrderTimes, *, warm_up_s: float, horizon_s: float) -> dict[str, float]:
    """Return the KPIs of flow between ``warm_up_s`` and ``horizon_s``; nan is unknown.

    - ``throughput_per_week``: orders completed in the window, a week.
    - ``lead_time_mean_h``: mean from release to completion of the orders
      completed in the window whose release is known.
    - ``tardiness_mean_h`` and ``late_share`` look at the orders with a due
      date that were completed in the window, and at those that are in the
      plant at its end and already past due: the latter count as late, with the
      tardiness that they have then (they will have more).
    - ``wip_mean``: time average over the window of orders that came onto the
      floor and have not left it.

    An order of which no piece is left has left the floor but is not completed.

    Examples
    --------
    >>> hour = 3600.0
    >>> times = OrderTimes(
    ...     entry_s=np.array([0.0]),
    ...     release_s=np.array([0.0]),
    ...     due_s=np.array([hour]),
    ...     completion_s=np.array([2 * hour]),
    ...     left_s=np.array([2 * hour]),
    ... )
    >>> kpis = flow_indicators(times, warm_up_s=0.0, horizon_s=4 * hour)
    >>> kpis["lead_time_mean_h"], kpis["tardiness_mean_h"], kpis["wip_mean"]
    (2.0, 1.0, 0.5)
    """
    span_s = horizon_s - warm_up_s
    is_done = (times.completion_s >= warm_up_s) & (times.completion_s <= horizon_s)
    lead_s = (times.completion_s - times.release_s)[is_done & ~np.isnan(times.release_s)]
    has_due = np.isfinite(times.due_s)
    has_come = (times.entry_s <= horizon_s) | (times.release_s <= horizon_s)
    is_open_late = np.isnan(times.left_s) & has_come & (times.due_s < horizon_s)
    tardiness_s = np.concatenate(
        [
            np.maximum(0.0, times.completion_s - times.due_s)[is_done & has_due],
            (horizon_s - times.due_s)[is_open_late],
        ]
    )
    left_s = np.where(np.isnan(times.left_s), np.inf, times.left_s)
    present_s = np.minimum(left_s, horizon_s) - np.maximum(times.entry_s, warm_up_s)
    return {
        "throughput_per_week": float(is_done.sum() / span_s * SECONDS_PER_WEEK),
        "lead_time_mean_h": _mean(lead_s) / SECONDS_PER_HOUR,
        "tardiness_mean_h": _mean(tardiness_s) / SECONDS_PER_HOUR,
        "late_share": _mean((tardiness_s > 0.0).astype(np.float64)),
        "wip_mean": float(np.maximum(present_s, 0.0).sum() / span_s),
    }


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float("nan")


def estimate(kpi: str, samples: NDArray[np.float64], *, resource: str | None = None) -> Estimate:
    """Return the mean over replications with Student's 95 % interval.

    Replications in which the KPI is unknown (nan) are left out, and ``n``
    counts the others; one replication alone has no interval.

    Examples
    --------
    >>> estimate("wip_mean", np.array([1.0, 3.0])).mean
    2.0
    """
    found = mean_interval(samples)
    return Estimate(
        kpi=kpi,
        resource=resource,
        mean=found.mean,
        low=found.low,
        high=found.high,
        n=found.n,
    )


def estimates_of(kpi_samples: dict[str, NDArray[np.float64]]) -> tuple[Estimate, ...]:
    """Return the estimates of all KPIs; ``KPI:RESOURCE`` are those of a resource."""
    found = []
    for key, samples in kpi_samples.items():
        kpi, _, resource = key.partition(":")
        found.append(estimate(kpi, samples, resource=resource or None))
    return tuple(found)
