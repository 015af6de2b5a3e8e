"""KPIs of replications, and their estimates with intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.model.run import Estimate
from zhizao.twin.kernels.codes import LEAD_S, N_DONE, N_DUE, N_LATE, N_LEAD, PRESENT_S, TARDINESS_S
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


def flow_indicators(tally: NDArray[np.float64], *, span_s: float) -> dict[str, float]:
    """Return the KPIs of flow in a window of ``span_s`` seconds; nan is unknown.

    - ``throughput_per_week``: orders completed in the window, a week.
    - ``lead_time_mean_h``: mean from release to completion of the orders
      completed in the window whose release is known.
    - ``tardiness_mean_h`` and ``late_share`` look at the orders with a due
      date that were completed in the window, and at those that are in the
      plant at its end and already past due: the latter count as late, with the
      tardiness that they have then (they will have more).
    - ``wip_mean``: time average over the window of orders that came onto the
      floor and have not left it. An order that is held back by a cap has not
      come onto the floor.

    An order of which no piece is left has left the floor but is not completed.

    Examples
    --------
    >>> from zhizao.twin.kernels.codes import N_TALLIES
    >>> tally = np.zeros(N_TALLIES)
    >>> tally[[N_DONE, N_LEAD, LEAD_S, PRESENT_S]] = 1, 1, 7200, 7200
    >>> tally[[N_DUE, N_LATE, TARDINESS_S]] = 1, 1, 3600
    >>> kpis = flow_indicators(tally, span_s=4 * 3600.0)
    >>> kpis["lead_time_mean_h"], kpis["tardiness_mean_h"], kpis["wip_mean"]
    (2.0, 1.0, 0.5)
    """
    return {
        "throughput_per_week": float(tally[N_DONE] / span_s * SECONDS_PER_WEEK),
        "lead_time_mean_h": _mean(tally[LEAD_S], tally[N_LEAD]) / SECONDS_PER_HOUR,
        "tardiness_mean_h": _mean(tally[TARDINESS_S], tally[N_DUE]) / SECONDS_PER_HOUR,
        "late_share": _mean(tally[N_LATE], tally[N_DUE]),
        "wip_mean": float(tally[PRESENT_S] / span_s),
    }


def _mean(total: float, n: float) -> float:
    return float(total / n) if n > 0.0 else float("nan")


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
