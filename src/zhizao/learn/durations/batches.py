"""Lots that a resource works on together: ovens, baths, furnaces.

Several orders in the very same slot are either a batch, or one person's way to
report several small jobs at once. In a batch the slot is as long for many lots as
for few; jobs reported together take as long as all of them one after the other.
So the slope of the logarithm of the slot's length against the number of lots
decides: 0 for a batch, 1 for a habit of reporting.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.durations.batch_rules import BatchFit, batch_rule
from zhizao.learn.evidence.repeats import base_of
from zhizao.learn.open_time import OpenTime
from zhizao.model.plant import Provenance

Floats = NDArray[np.float64]
_ENOUGH_SLOTS = 15
_TOGETHER_SHARE = 0.3
_LEAST_OVERLAP = 0.5
_BATCH_SLOPE = 0.5


@dataclass(frozen=True, kw_only=True)
class LearntBatches:
    """Operations done in batches, their batches, and when one began with room left."""

    fits: Mapping[str, BatchFit]
    sizes: pl.DataFrame
    room_at: Mapping[str, Floats]

    def fit(self, operation: str) -> BatchFit | None:
        """Return how an operation is done in batches, if it is."""
        return self.fits.get(base_of(operation))

    def with_whole_slots(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the reports with the whole slot for each lot of a batch."""
        together = pl.col("operation").is_in(list(self.fits))
        return rows.with_columns(
            worked_s=pl.when(together)
            .then(pl.col("worked_s") * pl.col("n_shared"))
            .otherwise("worked_s")
        )

    def one_each(self, visits: pl.DataFrame) -> pl.DataFrame:
        """Return the visits with one for each batch, of the pieces of all its lots."""
        if not self.fits:
            return visits
        together = pl.col("operation").is_in(
            [o for o in visits["operation"].unique() if self.fit(o)]
        )
        joined = visits.filter(together).join(
            self.sizes, on=["order_id", "operation", "first_s"], how="inner", maintain_order="left"
        )
        first = joined.unique("batch", keep="first", maintain_order=True)
        whole = first.with_columns(quantity="batch_pieces").select(visits.columns)
        return pl.concat([visits.filter(~together), whole])

    def free(self, resource: str, spans: Floats) -> Floats:
        """Return when a resource could have taken a lot: a lot in the queue joins any batch with room."""
        at = self.room_at.get(resource)
        return spans if at is None else np.stack([at, at], axis=1)

    def provenances(self) -> list[Provenance]:
        """Return where the rules come from."""
        return [p for fit in self.fits.values() for p in fit.provenances()]


def learn_batches(
    rows: pl.DataFrame,
    *,
    families: Mapping[str, str],
    open_times: Mapping[str | None, OpenTime],
) -> LearntBatches:
    """Learn which operations are done in batches, and by which rule.

    Parameters
    ----------
    rows
        Reports with ``worked_s``, ``stop_s`` and ``n_shared``.
    families
        Product → family.
    open_times
        By resource.
    """
    fits: dict[str, BatchFit] = {}
    all_sizes = []
    room_at: dict[str, Floats] = {}
    ready: pl.DataFrame | None = None
    for (name,), own in rows.drop_nulls("resource").group_by("operation", maintain_order=True):
        slope = _slope(own)
        if slope is None or slope[0] + 1.96 * slope[1] >= _BATCH_SLOPE:
            continue
        ready = _ready(rows) if ready is None else ready
        lots = _in_batches(own, ready)
        fit = batch_rule(str(name), lots, slope, families=families, open_times=open_times)
        fits[str(name)] = fit
        all_sizes.append(lots.select("order_id", "operation", "first_s", "batch", "batch_pieces"))
        batches = lots.unique("batch", maintain_order=True).filter(pl.col("n_lots") < fit.most)
        for (resource,), some in batches.group_by("resource", maintain_order=True):
            room_at[str(resource)] = np.sort(some["batch_s"].to_numpy())
    schema = {
        "order_id": pl.String, "operation": pl.String, "first_s": pl.Float64, "batch": pl.String,
        "batch_pieces": pl.Float64,
    }  # fmt: skip
    sizes = pl.concat(all_sizes) if all_sizes else pl.DataFrame(schema=schema)
    return LearntBatches(fits=fits, sizes=sizes, room_at=room_at)


def _ready(rows: pl.DataFrame) -> pl.DataFrame:
    """Return when the work before each report of an order had ended."""
    ended = rows.sort("order_id", "start_s").select(
        "order_id",
        "operation",
        "start_s",
        ready_s=pl.when(pl.col("operation") != pl.col("operation").shift(1).over("order_id"))
        .then(pl.col("stop_s").cum_max().shift(1).over("order_id"))
        .otherwise(None),
    )
    return ended.drop_nulls("ready_s").unique(["order_id", "operation"], keep="first")


def _slope(own: pl.DataFrame) -> tuple[float, float] | None:
    """Return the slope of log slot length on log lots with its standard error; None if few share."""
    measured = own.filter(~pl.col("is_default") & (pl.col("stop_s") > pl.col("start_s")))
    slots = measured.group_by("resource", "start_s", "stop_s").agg(
        n=pl.col("order_id").n_unique(), slot_s=(pl.col("worked_s") * pl.col("n_shared")).max()
    )
    together = slots.filter(pl.col("n") > 1)
    if (
        together.height < _ENOUGH_SLOTS
        or int(together["n"].sum()) < _TOGETHER_SHARE * int(slots["n"].sum())
        or slots["n"].n_unique() < 2
    ):
        return None
    x, y = np.log(slots["n"].to_numpy()), np.log(np.maximum(slots["slot_s"].to_numpy(), 1.0))
    # Slots that a shift's end cut in two are short for no reason of their size.
    centre, spread = np.median(y), np.median(np.abs(y - np.median(y))) * 1.4826
    kept = np.abs(y - centre) <= 3 * max(float(spread), 0.1)
    x, y = x[kept], y[kept]
    around = float(((x - x.mean()) ** 2).sum())
    if around <= 0:
        return None
    slope = float(((x - x.mean()) * y).sum()) / around
    residual = y - y.mean() - slope * (x - x.mean())
    return slope, float(np.sqrt(residual.var() * y.size / max(y.size - 2, 1) / around))


def _in_batches(own: pl.DataFrame, ready: pl.DataFrame) -> pl.DataFrame:
    """Return the lots with their batch: those whose time on a resource mostly overlaps.

    A lot's begin and end may be lost or written differently, so that equal
    slots are not asked for.
    """
    lots = (
        own.group_by("resource", "order_id", maintain_order=True)
        .agg(
            pl.col("product").first(),
            pl.col("operation").first(),
            pl.col("quantity").first(),
            first_s=pl.col("start_s").min(),
            last_s=pl.col("stop_s").max(),
        )
        .sort("resource", "first_s", "last_s")
    )
    names: list[str] = []
    at: tuple[str, float, float] | None = None
    number = 0
    for resource, first, last in lots.select("resource", "first_s", "last_s").iter_rows():
        if at is not None and at[0] == resource:
            shared = min(last, at[2]) - first
            if shared >= _LEAST_OVERLAP * min(at[2] - at[1], max(last - first, 1.0)):
                names.append(f"{resource} {number}")
                continue
        number += 1
        at = (resource, first, last)
        names.append(f"{resource} {number}")
    lots = lots.with_columns(batch=pl.Series(names, dtype=pl.String))
    return lots.with_columns(
        n_lots=pl.len().over("batch"),
        batch_pieces=pl.col("quantity").sum().over("batch"),
        batch_s=pl.col("first_s").min().over("batch"),
        batch_end_s=pl.col("last_s").max().over("batch"),
    ).join(
        ready.select("order_id", "operation", "ready_s"), on=["order_id", "operation"], how="left"
    )
