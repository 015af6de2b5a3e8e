"""Plain ways to predict a completion, for comparison on the same orders.

All look only at what was known at the cut-off, and all get the benefit of
what a careful clerk knows: a completion does not lie in the past, so samples
before the cut-off are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.finished import Finished
from zhizao.model.records import Records

Floats = NDArray[np.float64]
_ENOUGH = 5

REMAINING = "mean remaining lead time at that stage"
MEDIAN = "median remaining lead time at that stage"
WHOLE = "whole past orders resampled"
STANDARD = "planned times of what is left"

_STATED_SHARE = 0.5
"""Share of the reports that must state a planned time for a plant to have standard times."""


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A sorted sample of completions and the one number named, seconds."""

    sample_s: Floats
    point_s: float


@dataclass(frozen=True)
class PastOrders:
    """Finished orders: product, lead time, and what remained after each operation."""

    lead_s: dict[str, tuple[str, float]]
    after: dict[str, list[tuple[str, float]]]
    shares: list[tuple[str, float, float]]

    @classmethod
    def of(cls, visits: pl.DataFrame, finished: Finished) -> "PastOrders":
        """Return the past orders that were seen from their beginning."""
        ids = finished.ids(complete=True) or finished.ids()
        rows = visits.filter(pl.col("order_id").is_in(ids))
        ends = rows.group_by("order_id", maintain_order=True).agg(
            pl.col("product").first(),
            begin=pl.col("first_s").min(),
            end=pl.col("last_s").max(),
            n=pl.len(),
        )
        joined = rows.join(ends.select("order_id", "end", "n"), on="order_id").sort(
            "order_id", "last_s"
        )
        after: dict[str, list[tuple[str, float]]] = {}
        shares: list[tuple[str, float, float]] = []
        columns = joined.with_columns(rank=pl.int_range(1, pl.len() + 1).over("order_id"))
        for operation, product, last, end, rank, n in columns.select(
            "operation", "product", "last_s", "end", "rank", "n"
        ).iter_rows():
            after.setdefault(operation, []).append((product, end - last))
            shares.append((product, rank / n, end - last))
        lead = {
            str(o): (str(p), float(end - begin))
            for o, p, begin, end in ends.select("order_id", "product", "begin", "end").iter_rows()
        }
        return cls(lead_s=lead, after=after, shares=shares)


def remaining_at_stage(
    past: PastOrders, *, product: str, stage: str, stage_s: float, now_s: float
) -> Guess:
    """Predict by what remained in past orders after the same operation.

    Orders of the same product are taken where there are five, else all that
    did the operation, else all past stages. Counted from the last report.
    """
    same = past.after.get(stage, [])
    own = [r for p, r in same if p == product]
    samples = own if len(own) >= _ENOUGH else [r for _, r in same]
    if len(samples) < _ENOUGH:
        samples = [r for _, _, r in past.shares]
    return _conditional(stage_s + np.array(samples), now_s, use_mean=True)


def whole_orders(past: PastOrders, *, product: str, begun_s: float, now_s: float) -> Guess:
    """Predict by the lead times of whole past orders that took longer than this one's age."""
    own = [lead for p, lead in past.lead_s.values() if p == product]
    samples: Sequence[float] = own
    if len(own) < _ENOUGH:
        samples = [lead for _, lead in past.lead_s.values()]
    return _conditional(begun_s + np.array(samples), now_s, use_mean=False)


@dataclass(frozen=True)
class LikeOrders:
    """What was left of past orders after each operation: (order, product, seconds) by operation.

    Orders whose beginning or regular end was not seen count too: what they still
    took from a stage on is known. Times until an end are skewed, so who is judged
    by absolute errors had better name the median.
    """

    after: dict[str, tuple[NDArray[np.str_], NDArray[np.str_], Floats]]

    @classmethod
    def of(cls, visits: pl.DataFrame, finished: Finished) -> "LikeOrders":
        """Return the orders that are over as far as one knows."""
        left = visits.filter(pl.col("order_id").is_in(finished.ids())).select(
            "order_id", "product", "operation",
            left_s=pl.col("last_s").max().over("order_id") - pl.col("last_s"),
        )  # fmt: skip
        return cls(
            after={
                str(name): (
                    own["order_id"].to_numpy().astype(np.str_),
                    own["product"].to_numpy().astype(np.str_),
                    own["left_s"].to_numpy(),
                )
                for (name,), own in left.group_by("operation", maintain_order=True)
            }
        )

    def guess(self, order_id: str, *, product: str, stage: str, quiet_s: float) -> Guess:
        """Predict by the median of what like orders had left, if more than the time since its last report.

        Like are other orders at the same stage: of the same product where five of them
        took longer than that, else of any, else orders at any stage.

        Examples
        --------
        >>> names, left = np.array([f"o{i}" for i in range(6)]), 3600.0 * np.arange(1.0, 7.0)
        >>> past = LikeOrders(after={"cut": (names, np.full(6, "P"), left)})
        >>> past.guess("new", product="P", stage="cut", quiet_s=3600.0).point_s / 3600.0
        3.0
        """
        nothing = (np.array([], dtype=np.str_), np.array([], dtype=np.str_), np.zeros(0))
        ids, products, left = self.after.get(stage, nothing)
        is_other = ids != order_id
        for chosen in (is_other & (products == product), is_other):
            later = np.sort(left[chosen]) - quiet_s
            later = later[later > 0.0]
            if later.size >= _ENOUGH:
                return Guess(sample_s=later, point_s=float(np.median(later)))
        anywhere = [left[ids != order_id] for ids, _, left in self.after.values()]
        later = np.sort(np.concatenate([*anywhere, np.zeros(0)])) - quiet_s
        later = later[later > 0.0]
        if later.size < _ENOUGH:
            later = np.zeros(1)
        return Guess(sample_s=later, point_s=float(np.median(later)))


@dataclass(frozen=True)
class StandardTimes:
    """What was left in planned times after each operation of past orders, seconds."""

    after: dict[str, list[tuple[str, float]]]

    def guess(self, *, product: str, stage: str) -> Guess:
        """Predict by the planned times of what past orders still had to do after the stage."""
        same = self.after.get(stage, [])
        left = [s for p, s in same if p == product] or [s for _, s in same] or [0.0]
        return Guess(sample_s=np.sort(np.array(left)), point_s=float(np.mean(left)))


def standard_times(
    visits: pl.DataFrame, finished: Finished, records: Records, *, until: datetime
) -> StandardTimes | None:
    """Return the plant's standard times, or None if the reports state few."""
    rows = records.operations.filter(
        (pl.col("kind") == "run")
        & (pl.coalesce("start_at", "end_at") <= pl.lit(until).cast(pl.Datetime("us", "UTC")))
    )
    if rows.is_empty() or rows["planned_s"].null_count() > (1 - _STATED_SHARE) * rows.height:
        return None
    planned = rows.group_by("order_id", "operation").agg(pl.col("planned_s").sum())
    ids = finished.ids(complete=True) or finished.ids()
    past = (
        visits.filter(pl.col("order_id").is_in(ids))
        .join(planned, on=["order_id", "operation"], how="left")
        .sort("order_id", "first_s", "last_s")
        .with_columns(pl.col("planned_s").fill_null(0.0))
        .with_columns(
            left_s=pl.col("planned_s").sum().over("order_id")
            - pl.col("planned_s").cum_sum().over("order_id")
        )
    )
    after: dict[str, list[tuple[str, float]]] = {}
    for operation, product, left_s in past.select("operation", "product", "left_s").iter_rows():
        after.setdefault(operation, []).append((product, max(0.0, left_s)))
    return StandardTimes(after=after)


def _conditional(sample_s: Floats, now_s: float, *, use_mean: bool) -> Guess:
    """Return the sample after now; if nothing lies there, the completion is now."""
    later = np.sort(sample_s[sample_s > now_s])
    if later.size == 0:
        later = np.array([now_s])
    point = float(later.mean()) if use_mean else float(later[(later.size - 1) // 2])
    return Guess(sample_s=later, point_s=point)
