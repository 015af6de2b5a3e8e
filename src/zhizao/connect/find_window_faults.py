"""Faults of the window that the records cover: orders cut at its edges, machines that come and go."""

from datetime import timedelta

import polars as pl

EDGE_QUANTILE = 0.9
"""Nine of ten waits between an order's reports are shorter than the edge: an order that is silent
for longer than that is over, one that is not may go on outside the window."""

COVERAGE_MIN_ROWS = 20
"""With fewer reports a long silence is chance."""

COVERAGE_SILENCES = 3.0
"""Silence at the edge, in times of the longest silence inside."""

COVERAGE_MIN_SHARE = 0.1
"""Silence at the edge, as a share of the window."""

_DAY = timedelta(days=1)
_START, _END = pl.col("start_at"), pl.col("end_at")


def edge_of(rows: pl.DataFrame) -> timedelta:
    """Return how close to the window's edge an order may be cut by it.

    A wait of more than a day is rounded up to whole days, because a plant's
    rhythm is the day.
    """
    order = pl.col("order_id")
    if rows.schema["order_id"] == pl.String:  # sorting numbers is quicker than names
        order = order.cast(pl.Categorical).to_physical()
    waits = (
        rows.select(order, "start_at", "end_at")
        .drop_nulls()
        .sort("order_id", "start_at", "end_at")
        .select((_START - _END.cum_max().shift(1).over("order_id")).alias("wait"))
        .filter(pl.col("wait") > timedelta(0))["wait"]
    )
    wait = waits.quantile(EDGE_QUANTILE) if len(waits) else None
    if not isinstance(wait, timedelta):
        return timedelta(0)
    return wait if wait <= _DAY else -(-wait // _DAY) * _DAY


def _orders_span(rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.filter(pl.col("order_id").is_not_null())
    return known.group_by("order_id").agg(
        pl.min_horizontal(_START.min(), _END.min()).alias("first"),
        pl.max_horizontal(_START.max(), _END.max()).alias("last"),
    )


def truncated(rows: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return the rows of orders whose first, and whose last, report lies at the window's edge."""
    spans = _orders_span(rows)
    edge = edge_of(rows)
    cut_left = spans.filter(pl.col("first") < pl.lit(spans["first"].min()) + edge)["order_id"]
    cut_right = spans.filter(pl.col("last") > pl.lit(spans["last"].max()) - edge)["order_id"]
    return (
        rows["order_id"].is_in(cut_left.implode()).alias("left_truncated"),
        rows["order_id"].is_in(cut_right.implode()).alias("right_truncated"),
    )


def coverage_jump(rows: pl.DataFrame) -> pl.Series:
    """Rows of resources that begin or stop being logged inside the window."""
    timed = rows.select("resource", "start_at").drop_nulls().sort("resource", "start_at")
    begin, end = timed["start_at"].min(), timed["start_at"].max()
    least = (pl.lit(end) - pl.lit(begin)) * COVERAGE_MIN_SHARE
    inner = (_START - _START.shift(1).over("resource")).alias("silence")
    found = (
        timed.with_columns(inner)
        .group_by("resource")
        .agg(
            pl.len().alias("n"),
            pl.col("silence").max(),
            (_START.min() - pl.lit(begin)).alias("before"),
            (pl.lit(end) - _START.max()).alias("after"),
        )
        .with_columns(pl.max_horizontal("before", "after").alias("outside"))
        .filter(
            (pl.col("n") >= COVERAGE_MIN_ROWS)
            & (pl.col("outside") >= least)
            & (pl.col("outside") >= pl.col("silence") * COVERAGE_SILENCES)
        )
    )
    return rows["resource"].is_in(found["resource"].implode())
