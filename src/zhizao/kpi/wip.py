"""Orders in progress over time, and how many leave each week."""

from datetime import datetime, timedelta

import polars as pl

from zhizao.model.records import INSTANT


def wip_curve(
    spans: pl.DataFrame,
    *,
    start_at: datetime,
    end_at: datetime,
    every: timedelta | None = None,
) -> pl.DataFrame:
    """Return the number of orders released and not yet done.

    Parameters
    ----------
    spans : DataFrame
        From ``order_spans``.
    start_at, end_at : datetime
        Window; time-zone aware.
    every : timedelta, optional
        Read the curve at these intervals; without it, one row at ``start_at``
        and one at each change.

    Returns
    -------
    DataFrame
        Columns ``at`` and ``wip`` (orders); each value holds until the next row.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = lambda d: datetime(2024, 1, d, tzinfo=UTC)
    >>> spans = pl.DataFrame({"release_at": [day(1), day(2)], "completed_at": [day(3), None]})
    >>> wip_curve(spans, start_at=day(1), end_at=day(5))["wip"].to_list()
    [1, 2, 1]
    """
    released = spans.filter(pl.col("release_at").is_not_null())
    ups = released.select(pl.col("release_at").cast(INSTANT).alias("at"), pl.lit(1).alias("step"))
    downs = released.filter(pl.col("completed_at").is_not_null()).select(
        pl.max_horizontal("completed_at", "release_at").cast(INSTANT).alias("at"),
        pl.lit(-1).alias("step"),
    )
    first = pl.lit(start_at).cast(INSTANT)
    changes = (
        pl.concat([ups, downs, pl.select(at=first, step=pl.lit(0))])
        .filter(pl.col("at") < end_at)
        .with_columns(pl.max_horizontal("at", first).alias("at"))
        .group_by("at")
        .agg(pl.col("step").sum())
        .sort("at")
        .select("at", pl.col("step").cum_sum().cast(pl.Int64).alias("wip"))
    )
    if every is None:
        return changes
    grid = pl.datetime_range(
        start_at, end_at, interval=every, closed="left", time_unit="us", eager=True
    )
    return pl.DataFrame({"at": grid.dt.convert_time_zone("UTC")}).join_asof(changes, on="at")


def wip_mean(spans: pl.DataFrame, *, start_at: datetime, end_at: datetime) -> float:
    """Return the time average of the orders in progress, in orders.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = lambda d: datetime(2024, 1, d, tzinfo=UTC)
    >>> spans = pl.DataFrame({"release_at": [day(1)], "completed_at": [day(2)]})
    >>> wip_mean(spans, start_at=day(1), end_at=day(5))
    0.25
    """
    curve = wip_curve(spans, start_at=start_at, end_at=end_at)
    held = (
        (pl.col("at").shift(-1, fill_value=pl.lit(end_at).cast(INSTANT)) - pl.col("at"))
        .dt.total_microseconds()
        .cast(pl.Float64)
    )
    return float(curve.select((pl.col("wip") * held).sum() / held.sum()).item())


def throughput_by_week(
    spans: pl.DataFrame, *, start_at: datetime, end_at: datetime
) -> pl.DataFrame:
    """Return the orders that were done in each span of seven days from ``start_at``.

    Returns
    -------
    DataFrame
        Columns ``week_at`` (begin), ``n_done``, ``is_whole`` (false where the
        window ends within the week).

    Examples
    --------
    >>> from datetime import UTC
    >>> day = lambda d: datetime(2024, 1, d, tzinfo=UTC)
    >>> spans = pl.DataFrame({"completed_at": [day(2), day(3), day(9)]})
    >>> throughput_by_week(spans, start_at=day(1), end_at=day(12)).rows()[1][1:]
    (1, False)
    """
    week = timedelta(days=7)
    weeks = pl.DataFrame(
        {
            "week_at": pl.datetime_range(
                start_at, end_at, interval=week, closed="left", time_unit="us", eager=True
            ).dt.convert_time_zone("UTC")
        }
    )
    done = (
        spans.filter((pl.col("completed_at") >= start_at) & (pl.col("completed_at") < end_at))
        .with_columns(pl.col("completed_at").cast(INSTANT))
        .sort("completed_at")
        .join_asof(weeks, left_on="completed_at", right_on="week_at")
        .group_by("week_at")
        .agg(pl.len().cast(pl.Int64).alias("n_done"))
    )
    return weeks.join(done, on="week_at", how="left", maintain_order="left").select(
        "week_at",
        pl.col("n_done").fill_null(0),
        (pl.col("week_at") + week <= end_at).alias("is_whole"),
    )
