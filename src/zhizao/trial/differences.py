"""Scenario minus base, KPI by KPI and order by order, over the same futures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.run import KPI_UNITS, Run
from zhizao.trial.comparison import KpiDifference, OrderDifference
from zhizao.trial.paired import clear_columns, mean_intervals, mean_p_values, paired_difference
from zhizao.twin.statistics import drawn_intervals


@dataclass(frozen=True, kw_only=True)
class DrawnRuns:
    """Base and scenario once more, with values drawn from the learnt ones' sampling errors."""

    base: Run
    branch: Run
    n_sets: int

    def kpi_difference(self, key: str) -> NDArray[np.float64] | None:
        """Return scenario minus base of a KPI, shape (n_sets, n_each); None: not in both."""
        if key not in self.base.kpi_samples or key not in self.branch.kpi_samples:
            return None
        difference = self.branch.kpi_samples[key] - self.base.kpi_samples[key]
        return difference.reshape(self.n_sets, -1)


def kpi_differences(
    base: Run, branch: Run, *, drawn: DrawnRuns | None = None
) -> tuple[KpiDifference, ...]:
    """Return the paired difference of every KPI of two runs.

    With ``drawn``, its interval holds the errors of the learnt values as well.

    A KPI that one run does not have, or that no pair of replications knows,
    has ``None`` and a reason.
    """
    keys = list(dict.fromkeys([*base.kpi_samples, *branch.kpi_samples]))
    order = list(KPI_UNITS)
    keys.sort(key=lambda k: order.index(k.partition(":")[0]))
    return tuple(_kpi_difference(key, base, branch, drawn) for key in keys)


def _kpi_difference(key: str, base: Run, branch: Run, drawn: DrawnRuns | None) -> KpiDifference:
    kpi, _, resource = key.partition(":")
    unknown = np.full(base.n_replications, np.nan)
    before = base.kpi_samples.get(key, unknown)
    after = branch.kpi_samples.get(key, unknown)
    pair = paired_difference(
        before, after, drawn=None if drawn is None else drawn.kpi_difference(key)
    )
    reason = None
    if pair.difference is None:
        reason = _why_unknown(key, base, branch)
    return KpiDifference(
        kpi=kpi,
        resource=resource or None,
        unit=KPI_UNITS[kpi],
        base=pair.base if pair.base is not None else _mean(before),
        scenario=pair.scenario if pair.scenario is not None else _mean(after),
        difference=pair.difference,
        low=pair.low,
        high=pair.high,
        chance=pair.chance,
        data=pair.data,
        n=pair.n,
        reason=reason,
    )


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def _why_unknown(key: str, base: Run, branch: Run) -> str:
    if key not in branch.kpi_samples:
        code = "only_in_base"
    elif key not in base.kpi_samples:
        code = "only_in_scenario"
    elif key in ("tardiness_mean_h", "late_share"):
        code = "no_due_dates"
    elif key.startswith("utilisation"):
        code = "no_open_time"
    else:
        code = "nothing_done"
    return code


def order_differences(
    base: Run,
    branch: Run,
    *,
    drawn: DrawnRuns | None = None,
    products: dict[str, str] | None = None,
) -> tuple[OrderDifference, ...]:
    """Return by how much each order of both runs is later or earlier.

    Parameters
    ----------
    base, branch : Run
        With the same replications and the same window.
    drawn : DrawnRuns, optional
        Both with drawn values; then the intervals and verdicts hold the errors
        of the learnt values as well.
    products : dict, optional
        Order → product, for the table.

    Returns
    -------
    tuple of OrderDifference
        The order that loses most comes first.
    """
    ids = [o for o in base.order_ids if o in set(branch.order_ids)]
    if not ids:
        return ()
    change_h, n_unfinished = _changes_h(base, branch, ids)
    mean, low, high = mean_intervals(change_h)
    p_values = mean_p_values(change_h)
    is_same = (change_h == 0.0).all(axis=0)
    n = change_h.shape[0]
    if drawn is not None and n > 1:
        drawn_h, _ = _changes_h(drawn.base, drawn.branch, ids)
        split = drawn_intervals(change_h, drawn_h.reshape(drawn.n_sets, -1, len(ids)))
        low, high, p_values = split.low, split.high, split.p_value
        is_same &= (drawn_h == 0.0).all(axis=0)
    is_clear = clear_columns(np.where(is_same, np.nan, p_values))
    found = []
    for column, order_id in enumerate(ids):
        verdict = _verdict(mean[column], is_same=is_same[column], is_clear=is_clear[column])
        found.append(
            OrderDifference(
                order_id=order_id,
                product=(products or {}).get(order_id, ""),
                difference_h=float(mean[column]),
                low=float(low[column]) if n > 1 else None,
                high=float(high[column]) if n > 1 else None,
                n=n,
                n_unfinished=int(n_unfinished[column]),
                verdict=verdict,
            )
        )
    return tuple(sorted(found, key=lambda o: (-o.difference_h, o.order_id)))


def _changes_h(
    base: Run, branch: Run, ids: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return by how many hours each order is later, and in how many pairs it is not done."""
    end_s = (base.end_at - base.start_at).total_seconds()
    before, after = (_completion_s(run, ids) for run in (base, branch))
    change_s = np.nan_to_num(after, nan=end_s) - np.nan_to_num(before, nan=end_s)
    return change_s / SECONDS_PER_HOUR, (np.isnan(before) | np.isnan(after)).sum(axis=0)


def _completion_s(run: Run, ids: Sequence[str]) -> NDArray[np.float64]:
    column = {order_id: j for j, order_id in enumerate(run.order_ids)}
    return run.completion_s[:, [column[o] for o in ids]]


def _verdict(
    mean_h: float, *, is_same: bool, is_clear: bool
) -> Literal["gains", "loses", "same", "unclear"]:
    if is_same:
        return "same"
    if not is_clear:
        return "unclear"
    return "gains" if mean_h < 0 else "loses"
