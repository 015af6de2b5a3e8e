"""Totals of orders at a work centre, with what was made before: what setups inside reports show in."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.durations.times import LEAST_WORK_S
from zhizao.learn.statistics.codes import coded, sorted_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_OWN_RATE = 8
_ENOUGH = 40
_MOST = 4000
_COLUMNS = (
    "order_id", "operation", "pass", "product", "resource", "n_resources", "first_s", "last_s", "is_ended",
    "n_measured", "n_rows", "measured_s", "quantity",
)  # fmt: skip


@dataclass(frozen=True)
class ChangeTotals:
    """Totals of a work centre with what was made before; products by number."""

    keys: list[tuple[str, str, int]]
    log_s: Floats
    quantity: Floats
    product: Ints
    before: Ints
    rate: Ints
    products: list[str]
    n_rates: int

    def part(self, index: Ints) -> "ChangeTotals":
        """Return some of the totals, without their keys."""
        return ChangeTotals(
            [], self.log_s[index], self.quantity[index], self.product[index], self.before[index],
            self.rate[index], self.products, self.n_rates,
        )  # fmt: skip


@dataclass(frozen=True)
class ChangeKinds:
    """A way to tell kinds of change apart: groups of products, and which pairs share a setup.

    ``level``: 0 none, 1 same product or not, 2 same product, same family, or
    another family, 3 each pair of families.
    """

    level: int
    group: Ints

    def of(self, totals: ChangeTotals) -> tuple[Ints, int]:
        """Return the kind of change of each total, and how many kinds there are; 0 is no change."""
        same = totals.product == totals.before
        if self.level == 0:
            return np.zeros(totals.product.size, dtype=np.int64), 1
        if self.level == 1:
            return np.where(same, 0, 1), 2
        before, after = self.group[totals.before], self.group[totals.product]
        if self.level == 2:
            return np.where(same, 0, np.where(before == after, 1, 2)), 3
        n = int(self.group.max()) + 1
        return np.where(same, 0, np.where(before == after, 1, 2 + before * n + after)), 2 + n * n


def with_product_before(visits: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the visits of each resource in the order of their begin, each with the product before."""
    seen = visits.drop_nulls("resource").select(_COLUMNS)
    names, code = coded(seen["resource"])
    _, order = coded(seen["order_id"])
    rows = sorted_rows(code, seen["first_s"].to_numpy(), seen["last_s"].to_numpy(), order)
    counts = np.bincount(code, minlength=len(names))
    ends = np.cumsum(counts)
    ordered = seen[rows]
    parts = (
        (name, ordered.slice(end - n, n))
        for name, end, n in zip(names, ends.tolist(), counts.tolist(), strict=True)
    )
    return {name: own.with_columns(before=pl.col("product").shift(1)) for name, own in parts}


def totals_of_changes(rows: pl.DataFrame) -> ChangeTotals | None:
    """Return the measured totals of products that were seen often enough for a rate of their own."""
    known = rows.drop_nulls("before").filter(
        pl.col("is_ended")
        & (pl.col("n_resources") == 1)
        & (pl.col("n_measured") == pl.col("n_rows"))
        & (pl.col("measured_s") > LEAST_WORK_S)
    )
    known = known.filter(pl.len().over("product", "operation") >= _OWN_RATE)
    known = known.sort("first_s", "order_id").tail(_MOST)
    if known.height < _ENOUGH or known["product"].n_unique() < 2:
        return None
    products = sorted({*known["product"].to_list(), *known["before"].to_list()})
    number = {p: i for i, p in enumerate(products)}
    pairs = known.select("product", "operation").rows()
    rates = {pair: i for i, pair in enumerate(dict.fromkeys(pairs))}
    return ChangeTotals(
        keys=known.select("order_id", "operation", "pass").rows(),
        log_s=np.log(known["measured_s"].to_numpy()),
        quantity=np.maximum(known["quantity"].to_numpy(), 1e-9),
        product=np.array([number[p] for p in known["product"].to_list()]),
        before=np.array([number[p] for p in known["before"].to_list()]),
        rate=np.array([rates[pair] for pair in pairs]),
        products=products,
        n_rates=len(rates),
    )
