"""The rule by which a batch begins, read from begins before which the resource stood idle and open.

It begins with the least number of lots, or else when the first of them has
waited as long as anybody lets it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.open_time import OpenTime
from zhizao.model.plant import Batch, Provenance

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_ENOUGH_BATCHES = 15
_IDLE_S = 600.0
_FEW = 0.10
_ENOUGH_FEW = 5
_MIXED_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class BatchFit:
    """How an operation is done in batches; sizes in lots.

    ``mixing`` says what may go together: "any", lots of one "family", of one "product".
    """

    operation: str
    resources: tuple[str, ...]
    least: int
    most: int
    wait_min: float
    is_wait_seen: bool
    mixing: str
    lot_pieces: float
    slope: float
    slope_error: float
    n_batches: int
    n_few: int

    def batch(self, family: str | None) -> Batch:
        """Return the rule of a product's step; limits in pieces at the mean size of a lot."""
        group = None
        if self.mixing != "product":
            group = (
                self.operation
                if self.mixing == "any" or family is None
                else f"{self.operation} {family}"
            )
        # Half a lot less: that many lots of any sizes are, on average, so many pieces.
        return Batch(
            min_pieces=max(1.0, (self.least - 0.5) * self.lot_pieces) if self.least > 1 else 1.0,
            max_pieces=max(1.0, (self.most + 0.5) * self.lot_pieces),
            group=group,
            max_wait_min=self.wait_min,
        )

    def provenances(self) -> list[Provenance]:
        """Return where the rule comes from."""
        where = f"operations/{self.operation}/batch"
        return [
            Provenance(
                where=f"{where}/lots", source="learnt", level="pooled", n=self.n_batches,
                value=float(self.least), low=float(self.least), high=float(self.most),
                note=f"begins with {self.least} lots, takes {self.most}; slots do not grow with lots "
                f"(slope {self.slope:.2f} ± {1.96 * self.slope_error:.2f}); {self.mixing} together; "
                f"limits in pieces are for lots of {self.lot_pieces:.0f}",
            ),
            Provenance(
                where=f"{where}/max_wait_min", source="learnt" if self.is_wait_seen else "assumed",
                level="pooled", n=self.n_few, value=self.wait_min,
                note="wait after which fewer lots began"
                if self.is_wait_seen else "longest wait seen; none began with fewer",
            ),
        ]  # fmt: skip


def batch_rule(
    operation: str,
    lots: pl.DataFrame,
    slope: tuple[float, float],
    *,
    families: Mapping[str, str],
    open_times: Mapping[str | None, OpenTime],
) -> BatchFit:
    """Return the rule by which batches of an operation begin."""
    batches = (
        lots.group_by("batch", maintain_order=True)
        .agg(
            pl.col("resource", "n_lots", "batch_s", "batch_end_s").first(),
            head_s=pl.col("ready_s").min(),
            tail_s=pl.col("ready_s").max(),
            n_products=pl.col("product").n_unique(),
            n_families=pl.col("product").replace_strict(dict(families), default=None).n_unique(),
        )
        .sort("resource", "batch_s")
        .with_columns(before_s=pl.col("batch_end_s").cum_max().shift(1).over("resource"))
    )
    sizes = batches["n_lots"].to_numpy().astype(np.int64)
    idle = np.zeros(sizes.size)
    for (name,), own in batches.with_row_index().drop_nulls("before_s").group_by("resource"):
        open_time = open_times.get(str(name)) or open_times[None]
        idle[own["index"].to_numpy()] = open_time.between(
            own["before_s"].to_numpy(), own["batch_s"].to_numpy()
        )
    inside = _inside(batches, open_times)
    known = _by_number(batches, sizes, (idle >= _IDLE_S) & inside)
    # The least number that hardly any batch stays below.
    least = 1
    for n in range(2, int(sizes.max()) + 1):
        if float(np.mean(known < n)) <= _FEW:
            least = n
    wait, is_seen, n_few = _patience(batches, sizes < least, (idle >= _IDLE_S) & inside)
    several = batches.filter(pl.col("n_lots") > 1)
    mixing = "product"
    if several.filter(pl.col("n_products") > 1).height > _MIXED_SHARE * several.height:
        mixed = several.filter(pl.col("n_families") > 1).height
        apart = len(set(families.values())) > 1 and mixed <= _MIXED_SHARE * several.height
        mixing = "family" if apart else "any"
    return BatchFit(
        operation=operation,
        resources=tuple(sorted(batches["resource"].unique().to_list())),
        least=least,
        most=int(np.quantile(sizes, 0.99, method="higher")),
        wait_min=wait,
        is_wait_seen=is_seen,
        mixing=mixing,
        lot_pieces=float(np.mean(lots["quantity"].to_numpy())),
        slope=slope[0],
        slope_error=slope[1],
        n_batches=batches.height,
        n_few=n_few,
    )


def _inside(batches: pl.DataFrame, open_times: Mapping[str | None, OpenTime]) -> Flags:
    """Return which batches began some time after an opening."""
    return np.array(
        [
            float((open_times.get(r) or open_times[None]).between(at - _IDLE_S, at)) >= _IDLE_S - 1
            for r, at in batches.select("resource", "batch_s").iter_rows()
        ],
        dtype=np.bool_,
    )


def _by_number(batches: pl.DataFrame, sizes: Ints, could_wait: Flags) -> Ints:
    """Return the sizes of batches that began because there were enough lots.

    Such a batch begins when its last lot comes; one that begins because its
    first lot has waited enough does so at any time. All sizes where too few
    batches could have waited.
    """
    tail_s = (batches["batch_s"] - batches["tail_s"]).to_numpy()
    could_wait = could_wait & np.isfinite(tail_s)
    if could_wait.sum() < _ENOUGH_BATCHES:
        return sizes
    return sizes[could_wait & (tail_s <= float(np.median(tail_s[could_wait])))]


def _patience(batches: pl.DataFrame, is_few: Flags, could_wait: Flags) -> tuple[float, bool, int]:
    """Return the minutes after which fewer lots begin, whether that was seen, and how often.

    Where fewer began though the resource was idle and open just before, the
    first of them had waited just so long. At an opening it had waited longer. Any
    batch that began by its number shows a wait that was borne.
    """
    wait_min = (batches["batch_s"] - batches["head_s"]).to_numpy() / 60.0
    known = np.isfinite(wait_min) & (wait_min > 0)
    exact = wait_min[known & is_few & could_wait]
    borne = wait_min[known & ~is_few & could_wait]
    least_min = float(np.quantile(borne, 0.95)) if borne.size else 1.0
    if exact.size >= _ENOUGH_FEW:
        return max(float(np.median(exact)), 1.0), True, exact.size
    later = wait_min[known & is_few & (wait_min >= least_min)]
    if later.size:
        return float(later.min()), True, later.size
    longest = float(wait_min[known].max(initial=1.0))
    return max(longest, least_min), False, 0
