"""Yields: the share of pieces that an operation loses, where they are really lost.

A plant may report rejects and make them again, or mend them, so that the next operation
gets the whole lot all the same. Whether pieces are lost is read from what the next
operation of the order reports: as many pieces less, or as many as before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from zhizao.learn.statistics.shrinkage import Shrunk, shrunk_means
from zhizao.model.plant import Provenance

_ENOUGH_LOTS = 20
_ENOUGH_WITH = 5
_ENOUGH_PAIRS = 10
_LOST = 0.5
_SURE = 1.96
_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class LearntYields:
    """Shares of pieces lost, by (product, operation) and by operation.

    ``lost`` is the median share of the rejects of an operation that the next one lacks;
    None where too few orders tell.
    """

    own: Mapping[tuple[str, str], Shrunk]
    pooled: Mapping[str, Shrunk]
    lost: float | None = None

    def share(self, product: str, operation: str) -> float:
        """Return the share of pieces that an operation loses of a product."""
        found = self.own.get((product, operation)) or self.pooled.get(operation)
        return 0.0 if found is None else float(np.clip(found.mean, 0.0, 1.0))

    def provenance(self, product: str, operation: str, *, where: str) -> Provenance | None:
        """Return where a share comes from; None where nothing is lost."""
        own = self.own.get((product, operation))
        found = own or self.pooled.get(operation)
        if found is None or found.mean <= 0.0:
            return None
        share = self.share(product, operation)
        is_own = own is not None and own.trust > _HALF
        n_lots = found.n if is_own else self.pooled[operation].n
        told = "" if self.lost is None else f"; the next operation lacks {self.lost:.0%} of them"
        return Provenance(
            where=where, source="learnt",
            level="product" if is_own else "pooled",
            n=max(1, round(share * (1.0 - share) / max(found.error, 1e-6) ** 2)),
            value=share, low=max(0.0, share - _SURE * found.error), high=min(1.0, share + _SURE * found.error),
            note=f"pieces rejected of those made, {n_lots} lots; n is that of pieces which tell as much{told}",
        )  # fmt: skip


def learn_yields(rows: pl.DataFrame) -> LearntYields:
    """Learn the share of pieces that each operation loses.

    An operation needs 20 lots with quantities, five of them with rejects. A product's share
    is pulled towards the operation's as far as products differ by chance.

    Parameters
    ----------
    rows
        Reports with order_id, product, operation, start_s, done (all pieces made) and
        scrapped (those rejected; null: not reported).

    Examples
    --------
    >>> rows = pl.DataFrame({"order_id": [str(i) for i in range(40)], "product": "P",
    ...     "operation": "cut", "start_s": 0.0, "done": 10.0, "scrapped": [0.0, 2.0] * 20})
    >>> round(learn_yields(rows).share("P", "cut"), 3)
    0.1
    """
    nothing = LearntYields(own={}, pooled={})
    if "scrapped" not in rows.columns or not bool((rows["scrapped"] > 0).any()):
        return nothing
    lots = (
        rows.group_by("order_id", "operation", maintain_order=True)
        .agg(
            pl.col("product").first(),
            pl.col("done").sum(),
            scrapped=pl.col("scrapped").fill_null(0.0).sum(),
            first_s=pl.col("start_s").min(),
        )
        .filter((pl.col("done") > 0) & (pl.col("scrapped") <= pl.col("done")))
    )
    lost = _lost_share(lots)
    if lost is not None and lost < _LOST:
        return nothing
    own: dict[tuple[str, str], Shrunk] = {}
    pooled: dict[str, Shrunk] = {}
    for (name,), mine in lots.sort("operation", "order_id").group_by(
        "operation", maintain_order=True
    ):
        operation = str(name)
        if mine.height < _ENOUGH_LOTS or int((mine["scrapped"] > 0).sum()) < _ENOUGH_WITH:
            continue
        all_lots = _shares(mine)
        error = float(all_lots.std(ddof=1) / np.sqrt(all_lots.size))
        mean = float(all_lots.mean())
        if mean <= _SURE * error:
            continue
        pooled[operation] = Shrunk(mean=mean, error=error, n=all_lots.size, trust=0.0)
        samples = {
            str(product): _shares(some)
            for (product,), some in mine.group_by("product", maintain_order=True)
        }
        for product, found in shrunk_means(samples).items():
            # Shares near 0 spread less than others: each product's own spread is its error.
            own_error = found.trust * float(np.std(samples[product])) / np.sqrt(found.n)
            spread = float(np.hypot(own_error, (1.0 - found.trust) * error))
            own[product, operation] = replace(found, error=spread)
    return LearntYields(own=own, pooled=pooled, lost=lost)


def _shares(lots: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return rejects of lots over the mean lot, so that their mean is the share of all pieces."""
    return np.asarray(lots["scrapped"].to_numpy() / float(lots["done"].to_numpy().mean()))


def _lost_share(lots: pl.DataFrame) -> float | None:
    """Return the median share of the rejects of an operation that the next one lacks."""
    pairs = (
        lots.sort("order_id", "first_s")
        .with_columns(after=pl.col("done").shift(-1).over("order_id"))
        .filter((pl.col("scrapped") > 0) & pl.col("after").is_not_null())
    )
    if pairs.height < _ENOUGH_PAIRS:
        return None
    share = pairs.select(((pl.col("done") - pl.col("after")) / pl.col("scrapped")).median()).item()
    return float(np.clip(share, 0.0, 1.0))
