"""Begins and ends that were lost: an estimate, with a flag, in place of nothing.

A report without a begin looks as if its machine had stood idle until it ended.
One such report in a hundred is enough to make every wait in a long queue look
as if a machine had been free, so it is given the usual length, and where
idle time is looked for, the whole gap around it counts as busy.
"""

import numpy as np
import polars as pl

from zhizao._base.side_by_side import at_once
from zhizao.learn.statistics.codes import codes_among, sorted_rows

_ENOUGH_LENGTHS = 20
_LONG_SHARE = 0.99


def with_lost_times(table: pl.DataFrame, *, until_s: float) -> pl.DataFrame:
    """Give an estimate to lost begins and ends; such reports count as not measured.

    Without an end, a report is still running only if it is the order's last
    one and not older than nearly all reports of its operation last. Any other
    one is over, and the usual length is the best guess of when; it ends at the
    latest with the next report of the order. Without a begin, it began the usual
    length before its end, but not before the order's report before it ended.
    A report without any length, at an operation that has one, has lost either: the end where
    its machine and its order (or else its person) leave more room after the instant than before
    it, else the begin.

    Parameters
    ----------
    table
        Reports with order_id, operation, resource, operator, start_s, end_s, is_default and
        is_measured (the source had a begin, and no end before it).
    until_s
        End of what is known, seconds.

    Returns
    -------
    polars.DataFrame
        With ``is_lost`` in place of ``is_measured``.
    """
    length = (pl.col("end_s") - pl.col("start_s")).filter(
        ~pl.col("is_default") & (pl.col("end_s") > pl.col("start_s"))
    )
    is_enough = length.len().over("operation") >= _ENOUGH_LENGTHS
    table = table.with_columns(
        usual_s=pl.when(is_enough)
        .then(length.median().over("operation"))
        .otherwise(length.median()),
        long_s=pl.when(is_enough)
        .then(length.quantile(_LONG_SHARE).over("operation"))
        .otherwise(length.quantile(_LONG_SHARE)),
        has_usual=is_enough,
        following_s=pl.col("start_s").shift(-1).over("order_id", order_by="start_s"),
        reach_s=pl.col("end_s").cum_max().shift(1).over("order_id", order_by="start_s"),
    )
    has_no_length = pl.col("has_usual") & (pl.col("end_s") == pl.col("start_s"))
    table = _with_rooms(table, until_s=until_s)
    is_begin = (
        has_no_length & pl.col("is_measured") & (pl.col("usual_s") > 0) & pl.col("is_room_after")
    )
    lost_end = is_begin | (
        pl.col("end_s").is_null()
        & (pl.col("following_s").is_not_null() | (until_s - pl.col("start_s") > pl.col("long_s")))
    )
    lost_begin = has_no_length & ~is_begin & (~pl.col("is_measured") | (pl.col("usual_s") > 0))
    end = pl.min_horizontal(
        pl.col("start_s") + pl.col("usual_s").fill_null(0.0), "following_s", pl.lit(until_s)
    )
    # The report before may overlap: then nothing is known but that it was short.
    begin = pl.max_horizontal(pl.col("end_s") - pl.col("usual_s"), "reach_s")
    return table.with_columns(
        start_s=pl.when(lost_begin).then(pl.min_horizontal(begin, "end_s")).otherwise("start_s"),
        end_s=pl.when(lost_end).then(pl.max_horizontal(end, "start_s")).otherwise("end_s"),
        is_default=pl.col("is_default") | lost_end | lost_begin,
        is_lost=lost_end | lost_begin,
    ).drop(
        "usual_s", "long_s", "has_usual", "following_s", "reach_s", "is_measured", "is_room_after"
    )


def _with_rooms(table: pl.DataFrame, *, until_s: float) -> pl.DataFrame:
    """Add whether a usual length fits better after the begin of each report than before it.

    Machine and order say so; where they leave room on both sides, the person does.
    """
    (before, after), (own_before, own_after) = at_once(
        lambda: _rooms(table, "resource", until_s=until_s),
        lambda: _rooms(table, "operator", until_s=until_s),
    )
    is_more = (after > before) | ((after == before) & (own_after > own_before))
    return table.with_columns(
        is_room_after=is_more.fill_null(value=False) & table["resource"].is_not_null()
    )


def _rooms(table: pl.DataFrame, who: str, *, until_s: float) -> tuple[pl.Series, pl.Series]:
    """Return the room before and after the begin of each report, up to the usual length, seconds."""
    code = codes_among(table[who], table[who].drop_nulls().unique().sort().to_list())
    start, end = table["start_s"], table["end_s"]
    # What has no length comes first of those that begin at an instant. Sorted once, by numbers:
    # windows that sort each by itself took a tenth of all learning.
    order = sorted_rows(code + 1, start.to_numpy(), end.fill_null(float("inf")).to_numpy())
    needed = ["start_s", "end_s", "reach_s", "following_s", "usual_s"]
    in_time = table.select(needed)[order].with_columns(who=pl.Series(code[order]))
    before_s = pl.coalesce("end_s", "start_s").cum_max().shift(1).over("who")
    after_s = pl.col("start_s").shift(-1).over("who")
    # Nothing before: as much room as it needs. Polars leaves out what is null.
    before = pl.col("start_s") - pl.max_horizontal(before_s, "reach_s")
    after = pl.min_horizontal(after_s, "following_s", until_s) - pl.col("start_s")
    rooms = in_time.select(
        before=pl.min_horizontal(before, "usual_s"), after=pl.min_horizontal(after, "usual_s")
    )
    as_given = np.empty_like(order)
    as_given[order] = np.arange(order.size)
    rooms = rooms[as_given]
    return rooms["before"], rooms["after"]


def without_lost_gaps(rows: pl.DataFrame) -> pl.DataFrame:
    """Stretch reports with a lost begin or end over the idle time around them on their machine.

    Not further than nearly all reports of the operation last. For whoever asks
    when a machine was surely free.

    Parameters
    ----------
    rows
        Reports with resource, operation, start_s, stop_s, is_default and is_lost.

    Examples
    --------
    >>> rows = pl.DataFrame({
    ...     "resource": "M", "operation": "cut", "start_s": [0.0, 15.0, 40.0], "stop_s": [10.0, 15.0, 50.0],
    ...     "is_default": [False, True, False], "is_lost": [False, True, False]})
    >>> without_lost_gaps(rows).select("start_s", "stop_s").rows()
    [(0.0, 10.0), (10.0, 25.0), (40.0, 50.0)]
    """
    length = (pl.col("stop_s") - pl.col("start_s")).filter(~pl.col("is_default"))
    long_s = length.quantile(_LONG_SHARE).over("operation").fill_null(0.0)
    before = pl.col("stop_s").cum_max().shift(1).over("resource", order_by="start_s")
    after = pl.col("start_s").shift(-1).over("resource", order_by="start_s")
    earliest = pl.max_horizontal(pl.col("stop_s") - long_s, before)
    latest = pl.min_horizontal(pl.col("start_s") + long_s, after)
    return rows.with_columns(
        start_s=pl.when("is_lost")
        .then(pl.min_horizontal("start_s", earliest))
        .otherwise("start_s"),
        stop_s=pl.when("is_lost").then(pl.max_horizontal("stop_s", latest)).otherwise("stop_s"),
    )
