"""A run's replications with the learnt values, and those with drawn ones, taken apart."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zhizao.model.run import Estimate, Run
from zhizao.twin.statistics import drawn_intervals, mean_interval


def split(run: Run, n: int) -> tuple[Run, Run | None]:
    """Return the first ``n`` replications as a run, and the others, if any.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> run = Run(plant="p", seed=0, start_at=datetime(2024, 1, 1, tzinfo=UTC),
    ...           end_at=datetime(2024, 1, 2, tzinfo=UTC), n_replications=3, order_ids=(),
    ...           release_s=np.zeros((3, 0)), completion_s=np.zeros((3, 0)),
    ...           kpi_samples={"wip_mean": np.array([1.0, 2.0, 9.0])}, estimates=())
    >>> first, other = split(run, 2)
    >>> first.n_replications, other.kpi_samples["wip_mean"]
    (2, array([9.]))
    """
    if n == run.n_replications:
        return run, None
    return _rows(run, slice(0, n)), _rows(run, slice(n, None))


def _rows(run: Run, rows: slice) -> Run:
    release_s = run.release_s[rows]
    return run.model_copy(
        update={
            "n_replications": len(release_s),
            "release_s": release_s,
            "completion_s": run.completion_s[rows],
            "kpi_samples": {k: values[rows] for k, values in run.kpi_samples.items()},
        }
    )


def base_estimates(base: Run, drawn: Run | None, *, n_sets: int) -> tuple[Estimate, ...]:
    """Return the base's KPIs; their intervals hold the learnt values' errors where drawn.

    Parameters
    ----------
    base : Run
        Replications with the learnt values.
    drawn : Run, optional
        Replications in ``n_sets`` sets of drawn values.
    n_sets : int
        Sets of drawn values.
    """
    if drawn is None:
        return base.estimates
    return tuple(_widened(e, base.kpi_samples, drawn.kpi_samples, n_sets) for e in base.estimates)


def _widened(
    estimate: Estimate,
    base: Mapping[str, NDArray[np.float64]],
    drawn: Mapping[str, NDArray[np.float64]],
    n_sets: int,
) -> Estimate:
    key = estimate.kpi if estimate.resource is None else f"{estimate.kpi}:{estimate.resource}"
    values, other = base[key], drawn[key]
    known = mean_interval(values)
    low, high = known.low, known.high
    if known.n == values.size and known.n > 1 and not np.isnan(other).any():
        found = drawn_intervals(values[:, None], other.reshape(n_sets, -1, 1))
        low, high = float(found.low[0]), float(found.high[0])
    return estimate.model_copy(update={"mean": known.mean, "low": low, "high": high, "n": known.n})
