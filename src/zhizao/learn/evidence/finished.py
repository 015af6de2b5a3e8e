"""Which orders are finished, as far as one can know at ``until``.

An order ends with an operation after which orders seldom go on (a terminal
operation), or it is silent for longer than orders hardly ever are between two
of their reports; then it is finished, split, or stopped, and counted as such.
Routes may end differently, so a product whose orders plainly do not end as the
others' do has terminal operations of its own.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from zhizao._base.units import SECONDS_PER_DAY, SECONDS_PER_HOUR
from zhizao.learn.evidence.visits import COMPLETE_SHARE
from zhizao.learn.statistics.intervals import share_interval

_SILENCE_QUANTILE = 0.99
_TERMINAL_SHARE = 0.6
_AFTER_SHARE = 0.8
_PAUSE_QUANTILE = 0.9
_MIN_TERMINAL = 5
_OWN_SETTLED = 8


@dataclass(frozen=True, kw_only=True)
class Finished:
    """Finished orders and how that was decided.

    ``table`` has order_id, product, first_s, last_s, is_finished, is_silent
    (finished only because nothing more came), is_truncated (its first
    operations may lie before the log). ``silence_s`` is the bound;
    ``pause_s`` is longer than nine in ten waits between two operations;
    ``terminals`` are the operations with which orders of any product end.
    """

    table: pl.DataFrame
    silence_s: float
    pause_s: float
    terminals: frozenset[str]

    @cached_property
    def complete(self) -> frozenset[str]:
        """Orders seen from their beginning to their end."""
        return frozenset(self.names(complete=True).to_list())

    @cached_property
    def truncated(self) -> frozenset[str]:
        """Orders that began before the log."""
        return frozenset(self.table.filter("is_truncated")["order_id"].to_list())

    def ids(self, *, complete: bool = False) -> set[str]:
        """Return the finished orders; with ``complete`` those seen from their beginning."""
        return set(self.names(complete=complete).to_list())

    def names(self, *, complete: bool = False) -> pl.Series:
        """Return the same as a column, which many rows are compared with at less cost."""
        flags = pl.col("is_finished")
        if complete:
            flags = flags & ~pl.col("is_truncated") & ~pl.col("is_silent")
        return self.table.filter(flags)["order_id"]


def finished_orders(visits: pl.DataFrame, *, until_s: float) -> Finished:
    """Decide which orders are finished at ``until_s``.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    until_s
        The instant, seconds from the same origin.
    """
    orders = visits.group_by("order_id", maintain_order=True).agg(
        pl.col("product").first(),
        first_s=pl.col("first_s").min(),
        last_s=pl.col("last_s").max(),
        is_running=pl.col("is_running").any(),
        first_operation=pl.col("operation").sort_by("first_s").first(),
    )
    between = (
        visits.sort("order_id", "first_s")
        .with_columns(before=pl.col("last_s").cum_max().shift(1).over("order_id"))
        .select((pl.col("first_s") - pl.col("before")).clip(0.0).alias("gap"), "order_id")
        .drop_nulls()
    )
    gaps = between.group_by("order_id").agg(pl.col("gap").max())["gap"].to_numpy()
    span = until_s - float(orders["first_s"].min())  # type: ignore[arg-type]
    silence_s = float(np.quantile(gaps, _SILENCE_QUANTILE)) if gaps.size else span
    pause_s = float(np.quantile(between["gap"].to_numpy(), _PAUSE_QUANTILE)) if gaps.size else 0.0
    # Where orders hardly pause at all, a night's silence is no end yet.
    silence_s = max(silence_s, min(3 * silence_s, SECONDS_PER_DAY), SECONDS_PER_HOUR)
    quiet = orders.with_columns(is_silent=until_s - pl.col("last_s") > silence_s)
    # Terminal operations are read from orders that have been quiet for some time: half the bound.
    settled = set(quiet.filter(until_s - pl.col("last_s") > 0.5 * silence_s)["order_id"].to_list())
    by_product = _terminals_by_product(visits.filter(pl.col("order_id").is_in(settled)))
    ends = _ends_of(visits, by_product)
    tail = (
        visits.join(ends, on=["product", "operation"], how="inner")
        .with_columns(
            is_complete=pl.col("done").is_null()
            | (pl.col("done") >= COMPLETE_SHARE * pl.col("quantity"))
        )
        .group_by("order_id")
        .agg(
            pl.col("is_complete").any(),
            _seen_until().max().alias("terminal_s"),
            pl.col("operation").n_unique().alias("n_terminals"),
            pl.col("n_expected").first(),
        )
    )
    table = quiet.join(tail, on="order_id", how="left", maintain_order="left").with_columns(
        quiet_s=until_s - pl.col("last_s"), is_last=pl.col("terminal_s") >= pl.col("last_s")
    )
    is_closed = (pl.col("is_complete") & (pl.col("n_terminals") >= pl.col("n_expected"))) | (
        pl.col("quiet_s") > pl.when("is_complete").then(pause_s).otherwise(2 * pause_s)
    )
    table = table.with_columns(
        is_ended=(pl.col("is_last") & is_closed & ~pl.col("is_running")).fill_null(value=False),
        is_truncated=_is_truncated(table, visits),
    ).with_columns(
        is_finished=pl.col("is_ended") | pl.col("is_silent"),
        is_silent=pl.col("is_silent") & ~pl.col("is_last").fill_null(value=False),
    )
    return Finished(
        table=table.select(
            "order_id", "product", "first_s", "last_s", "is_finished", "is_silent", "is_truncated"
        ),
        silence_s=silence_s,
        pause_s=pause_s,
        terminals=frozenset(ends["operation"].to_list()),
    )


def _seen_until() -> pl.Expr:
    """Return the end of a visit; a day later where nothing of it was measured.

    A default such as 00:00 to 01:00 says on which day the work was done, not
    that it was done before everything else of that day.
    """
    is_measured = pl.col("n_measured") > 0
    return pl.when(is_measured).then("last_s").otherwise(pl.col("last_s") + SECONDS_PER_DAY)


def _terminals_by_product(settled: pl.DataFrame) -> dict[str, list[str]]:
    """Return product → its terminal operations; under "" those of all products together.

    A product has its own where at least eight of its orders have settled and,
    for sure, too few of them end as those of the whole plant do.
    """
    found = {"": _terminals(settled)}
    last = settled.group_by("order_id").agg(
        pl.col("product").first(), pl.col("operation").sort_by("last_s").last()
    )
    counted = last.group_by("product").agg(
        n=pl.len(), n_usual=pl.col("operation").is_in(found[""]).sum()
    )
    for product, n, n_usual in counted.sort("product").iter_rows():
        if n >= _OWN_SETTLED and share_interval(n_usual, n)[1] < _TERMINAL_SHARE:
            own = _terminals(settled.filter(pl.col("product") == product))
            found[str(product)] = own or found[""]
    return found


def _ends_of(visits: pl.DataFrame, by_product: dict[str, list[str]]) -> pl.DataFrame:
    """Return product, terminal operation and how many of them the product has."""
    rows = [
        (product, operation, len(own))
        for product in sorted(set(visits["product"].to_list()))
        for own in [by_product.get(product, by_product[""])]
        for operation in own
    ]
    schema = {"product": pl.String, "operation": pl.String, "n_expected": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _terminals(visits: pl.DataFrame) -> list[str]:
    """Return the operations with which orders end, possibly in parallel (inspection, packing)."""
    if visits.is_empty():
        return []
    ends = visits.group_by("order_id").agg(pl.col("operation").sort_by("last_s").last())
    counted = (
        ends["operation"]
        .value_counts(sort=False)
        .sort(["count", "operation"], descending=[True, False])
    )
    n_orders, chosen, n_explained = ends.height, [], 0
    for name, n in counted.iter_rows():
        if n_explained >= _TERMINAL_SHARE * n_orders or n < 0.1 * n_orders:
            break
        chosen.append(name)
        n_explained += n
    finals = visits.filter(pl.col("operation").is_in(chosen))
    others = (
        visits.filter(~pl.col("operation").is_in(chosen))
        .group_by("order_id")
        .agg(other_s=pl.col("first_s").max())
    )
    later = (
        finals.group_by("operation", "order_id")
        .agg(own_s=pl.col("last_s").max())
        .join(others, on="order_id", how="left")
        .group_by("operation")
        .agg(share=(pl.col("other_s") >= pl.col("own_s")).fill_null(value=False).mean())
    )
    goes_on = dict(later.iter_rows())
    return [name for name in chosen if goes_on[name] <= 1 - _AFTER_SHARE]


def _is_truncated(table: pl.DataFrame, visits: pl.DataFrame) -> pl.Series:
    """Return which orders may have begun before the log did.

    Those seen in the first stretch of the log whose first operation is one
    that orders released later seldom begin with.
    """
    first_s, last_s = float(table["first_s"].min()), float(visits["last_s"].max())  # type: ignore[arg-type]
    edge_s = first_s + 0.1 * (last_s - first_s)
    later = table.filter(pl.col("first_s") > edge_s)
    if later.height < _MIN_TERMINAL:
        return pl.Series([False] * table.height)
    usual = dict(later["first_operation"].value_counts(normalize=True).iter_rows())
    share = table["first_operation"].replace_strict(usual, default=0.0, return_dtype=pl.Float64)
    return (table["first_s"] <= edge_s) & (share < 0.05)
