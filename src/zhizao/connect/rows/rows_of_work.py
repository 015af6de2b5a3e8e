"""Rows of a file to rows of work: cancelled bookings out, setup apart from the run, states to spans."""

import polars as pl

_SAME = ("order_id", "operation", "resource", "start_at", "end_at")
_ALIKE = ("order_id", "operation")
_AMOUNTS = ("good_quantity", "scrap_quantity", "hold_quantity")


def without_cancelled(rows: pl.DataFrame, *, is_booking: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that hold, and those that were cancelled or cancel another one.

    A row that takes another back has a negative quantity, or says so in its booking type
    (``is_booking``); a flag on a row with a positive quantity cancels that row itself.
    Which booking is meant is told by order, operation, resource, start, end and quantity;
    else the first one left of that order, operation and quantity. A negative quantity
    without a flag and without such a booking stays.

    Examples
    --------
    >>> rows = pl.DataFrame({"order_id": ["A", "A"], "operation": ["cut", "cut"],
    ...     "good_quantity": [5.0, -5.0], "source_row": [2, 3]})
    >>> [part["source_row"].to_list() for part in without_cancelled(rows, is_booking=False)]
    [[], [2, 3]]
    """
    amounts = [name for name in _AMOUNTS if name in rows.columns]
    flag = pl.col("is_cancelled") if "is_cancelled" in rows.columns else pl.lit(value=False)
    is_negative = (
        pl.any_horizontal(pl.col(amounts) < 0).fill_null(value=False)
        if amounts
        else pl.lit(value=False)
    )
    flagged = flag.fill_null(value=False)
    numbered = rows.with_row_index("\0n").with_columns(
        flagged.alias("\0flag"),
        (is_negative | (flagged & pl.lit(is_booking))).alias("\0back"),
    )
    if not numbered.select(pl.col("\0flag").any() | pl.col("\0back").any()).item():
        return rows, rows.head(0)
    backs = numbered.filter("\0back")
    taken: set[int] = set()
    spent: set[int] = set()
    if "order_id" in rows.columns:
        for names in (_SAME, _ALIKE):
            key = [name for name in names if name in rows.columns]
            free = numbered.filter(~pl.col("\0back") & ~pl.col("\0n").is_in(list(taken))).sort(
                "\0flag", "\0n", descending=[True, False]
            )
            left = backs.filter(~pl.col("\0n").is_in(list(spent)))
            if names is _ALIKE:  # another booking alike is meant only by what takes pieces away
                left = left.filter(is_negative)
            for back, booking in _pairs(left, free, key=key, amounts=amounts):
                spent.add(back)
                taken.add(booking)
    number = pl.col("\0n")
    out = pl.col("\0flag") | number.is_in(list(spent)) | number.is_in(list(taken))
    marked = numbered.with_columns(out.alias("\0out"))
    is_out = marked["\0out"]
    return rows.filter(~is_out), rows.filter(is_out)


def _pairs(
    backs: pl.DataFrame, bookings: pl.DataFrame, *, key: list[str], amounts: list[str]
) -> list[tuple[int, int]]:
    """Return which row takes which booking back: the n-th of a key the n-th of it."""
    sizes = [pl.col(name).abs().fill_null(0.0).alias(f"\0{name}") for name in amounts]
    by = [*key, *(f"\0{name}" for name in amounts)]
    n = pl.int_range(pl.len()).over(by).alias("\0occurrence")
    left, right = (frame.select("\0n", *key, *sizes).with_columns(n) for frame in (backs, bookings))
    joined = left.join(right, on=[*by, "\0occurrence"], how="inner", nulls_equal=True, suffix="_of")
    return list(joined.select("\0n", "\0n_of").iter_rows())


def with_setups_apart(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which the setup time of a run, at its start, is a row of its own.

    It stays in the run where start or end is unknown, or it is longer than the run took.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame({"kind": ["run"], "start_at": [datetime(2024, 1, 1, 8, tzinfo=UTC)],
    ...     "end_at": [datetime(2024, 1, 1, 9, tzinfo=UTC)], "setup_duration": [600.0]})
    >>> [(kind, end.minute) for kind, end in with_setups_apart(rows).select("kind", "end_at").rows()]
    [('setup', 10), ('run', 0)]
    """
    if "setup_duration" not in rows.columns:
        return rows
    length = pl.duration(microseconds=(pl.col("setup_duration") * 1e6).round().cast(pl.Int64))
    until = pl.col("start_at") + length
    is_apart = (
        (pl.col("kind") == "run") & (pl.col("setup_duration") > 0) & (until <= pl.col("end_at"))
    ).fill_null(value=False)
    numbered = rows.with_row_index("\0n").with_columns(
        is_apart.alias("\0apart"), until.alias("\0until")
    )
    setups = numbered.filter("\0apart").with_columns(
        pl.lit("setup").alias("kind"),
        pl.col("\0until").alias("end_at"),
        *(pl.lit(None, dtype=rows.schema[n]).alias(n) for n in _AMOUNTS if n in rows.columns),
    )
    is_all_setup = pl.col("\0apart") & (pl.col("\0until") == pl.col("end_at"))
    runs = numbered.filter(~is_all_setup | _is_made(rows)).with_columns(
        pl.when("\0apart").then("\0until").otherwise("start_at").alias("start_at")
    )
    both = pl.concat([setups, runs]).sort("\0n", maintain_order=True)
    return both.drop("\0n", "\0apart", "\0until")


def with_setup_spans(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which a setup with a begin and an end of its own is a row of its own.

    Without a column of its end it lasts until the run begins, and without one of its begin it
    begins with the run. A run that a setup lies in begins when the setup ends.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = {n: [datetime(2024, 1, 1, h, tzinfo=UTC)] for n, h in
    ...     (("setup_start_at", 7), ("setup_end_at", 8), ("start_at", 8), ("end_at", 9))}
    >>> with_setup_spans(pl.DataFrame({"kind": ["run"], **at})).select("kind", pl.col("end_at").dt.hour()).rows()
    [('setup', 8), ('run', 9)]
    """
    said = [name for name in ("setup_start_at", "setup_end_at") if name in rows.columns]
    if not said:
        return rows
    begun, ended = (
        pl.col(n if n in rows.columns else "start_at") for n in ("setup_start_at", "setup_end_at")
    )
    is_apart = ((pl.col("kind") == "run") & (begun < ended)).fill_null(value=False)
    numbered = rows.with_row_index("\0n").with_columns(is_apart.alias("\0apart"))
    setups = numbered.filter("\0apart").with_columns(
        pl.lit("setup").alias("kind"),
        begun.alias("start_at"),
        ended.alias("end_at"),
        *(pl.lit(None, dtype=rows.schema[n]).alias(n) for n in _AMOUNTS if n in rows.columns),
    )
    is_within = pl.col("\0apart") & (begun >= pl.col("start_at")) & (ended <= pl.col("end_at"))
    runs = numbered.with_columns(
        pl.when(is_within.fill_null(value=False))
        .then(ended)
        .otherwise("start_at")
        .alias("start_at")
    )
    both = pl.concat([setups, runs]).sort("\0n", maintain_order=True)
    return both.drop("\0n", "\0apart", *said)


def _is_made(rows: pl.DataFrame) -> pl.Expr:
    """Whether a row reports pieces."""
    made = [pl.col(name).fill_null(0.0) > 0 for name in _AMOUNTS if name in rows.columns]
    return pl.any_horizontal(made) if made else pl.lit(value=False)


def spans_of_changes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return changes of state as spans: each lasts until the next one of its resource.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (8, 9)]
    >>> rows = pl.DataFrame({"resource": ["M", "M"], "timestamp": at, "source_row": [2, 3]})
    >>> [end and end.hour for end in spans_of_changes(rows)["end_at"]]
    [9, None]
    """
    ordered = rows.sort("timestamp", "source_row", nulls_last=True)
    nxt = pl.col("timestamp").shift(-1)
    return (
        ordered.with_columns(
            pl.col("timestamp").alias("start_at"),
            (nxt.over("resource") if "resource" in rows.columns else nxt).alias("end_at"),
        )
        .drop("timestamp")
        .sort("source_row")
    )
