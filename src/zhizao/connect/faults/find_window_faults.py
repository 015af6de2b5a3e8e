"""Faults of the window that the records cover: orders cut at its edges, machines that come and go."""

from datetime import timedelta

import polars as pl

from zhizao.connect.faults.timeline import Timeline, silences

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


def edge_of(waits: pl.Series) -> timedelta:
    """Return how close to the window's edge an order may be cut by it, from orders' waits.

    A wait of more than a day is rounded up to whole days, because a plant's
    rhythm is the day.
    """
    wait = waits.quantile(EDGE_QUANTILE) if len(waits) else None
    if not isinstance(wait, timedelta):
        return timedelta(0)
    return wait if wait <= _DAY else -(-wait // _DAY) * _DAY


def truncated(rows: pl.DataFrame, *, edge: timedelta) -> tuple[pl.Series, pl.Series]:
    """Return the rows of orders whose first, and whose last, report lies at the window's edge."""
    known = rows.select("order_id", "start_at", "end_at").filter(pl.col("order_id").is_not_null())
    first, last = known.select(
        pl.min_horizontal(_START.min(), _END.min()).alias("first"),
        pl.max_horizontal(_START.max(), _END.max()).alias("last"),
    ).row(0)
    at = pl.col("start_at", "end_at")
    cut_left = known.filter(pl.any_horizontal(at < pl.lit(first) + edge))["order_id"].unique()
    cut_right = known.filter(pl.any_horizontal(at > pl.lit(last) - edge))["order_id"].unique()
    return (
        rows["order_id"].is_in(cut_left.implode()).alias("left_truncated"),
        rows["order_id"].is_in(cut_right.implode()).alias("right_truncated"),
    )


def coverage_jump(rows: pl.DataFrame, *, timeline: Timeline) -> pl.Series:
    """Rows of resources that begin or stop being logged inside the window."""
    found = silences(timeline, rows["resource"])
    begin, end = found["first"].min(), found["last"].max()
    least = (pl.lit(end) - pl.lit(begin)) * COVERAGE_MIN_SHARE
    jumping = found.with_columns(
        pl.max_horizontal(pl.col("first") - pl.lit(begin), pl.lit(end) - pl.col("last")).alias(
            "outside"
        )
    ).filter(
        (pl.col("n") >= COVERAGE_MIN_ROWS)
        & (pl.col("outside") >= least)
        & (pl.col("outside") >= pl.col("silence") * COVERAGE_SILENCES)
    )
    return rows["resource"].is_in(jumping["name"].implode())
