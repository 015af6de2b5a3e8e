"""Steps of one order that run side by side or overlap: branches that meet, lots that move in parts."""

from dataclasses import dataclass

import polars as pl

from zhizao.learn.evidence.repeats import is_extra_visit
from zhizao.learn.statistics.intervals import share_interval

_USUAL = 0.25
_ENOUGH = 10
_MOST_PAIRS = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Two operations that the same order was seen in at once, in a share of ``n`` orders.

    ``is_streaming`` where the same one of the two nearly always begins first: then the order
    moves on in parts; else two branches of it run side by side.
    """

    first: str
    second: str
    share: float
    low: float
    n: int
    is_streaming: bool


def overlaps(visits: pl.DataFrame, orders: set[str]) -> tuple[Overlap, ...]:
    """Return the pairs of operations that usually overlap, the most usual first.

    Parameters
    ----------
    visits
        As from ``visits_of``; a visit without length overlaps nothing, extra ones are left out.
    orders
        The orders that count as examples.

    Examples
    --------
    >>> rows = {"order_id": [f"A{i // 2}" for i in range(40)], "operation": ["cut", "turn"] * 20,
    ...         "pass": 0, "first_s": [0.0, 5.0] * 20, "last_s": [10.0, 20.0] * 20}
    >>> found = overlaps(pl.DataFrame(rows), {f"A{i}" for i in range(20)})
    >>> [(o.first, o.second, o.share, o.is_streaming) for o in found]
    [('cut', 'turn', 1.0, True)]
    """
    is_first = (pl.col("pass") == 0) & ~is_extra_visit()
    known = visits.filter(is_first & pl.col("order_id").is_in(orders)).select(
        "order_id", "operation", "first_s", "last_s"
    )
    n_pairs = int((known.group_by("order_id").len()["len"] ** 2).sum())
    if n_pairs > _MOST_PAIRS:
        share = _MOST_PAIRS / n_pairs
        ids = known["order_id"].unique().sort()
        known = known.filter(pl.col("order_id").is_in(ids.gather_every(max(1, round(1 / share)))))
    pairs = known.join(known, on="order_id", suffix="_other").filter(
        pl.col("operation") < pl.col("operation_other")
    )
    is_over = (pl.col("first_s") < pl.col("last_s_other")) & (
        pl.col("first_s_other") < pl.col("last_s")
    )
    counted = (
        pairs.with_columns(is_over=is_over, is_first=pl.col("first_s") < pl.col("first_s_other"))
        .group_by("operation", "operation_other")
        .agg(
            n=pl.len(), n_over=pl.col("is_over").sum(),
            n_first=(pl.col("is_over") & pl.col("is_first")).sum(),
        )
        .filter((pl.col("n") >= _ENOUGH) & (pl.col("n_over") >= _USUAL * pl.col("n")))
        .sort("n_over", "operation", "operation_other", descending=[True, False, False])
    )  # fmt: skip
    found = []
    for a, b, n, n_over, n_first in counted.iter_rows():
        leads = max(n_first, n_over - n_first) / n_over
        first, second = (a, b) if 2 * n_first >= n_over else (b, a)
        found.append(
            Overlap(
                first=first, second=second, share=n_over / n, low=share_interval(n_over, n)[0],
                n=n, is_streaming=leads >= 0.9,
            )
        )  # fmt: skip
    return tuple(found)
