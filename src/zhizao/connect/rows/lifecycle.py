"""Events to operations: rows that say 'start' and 'complete' are tied together."""

import polars as pl

from zhizao.connect.mapping import Transition

_TIED_SHARE = 0.99
"""Share of (order, instance, transition) that must be single for an instance id to be trusted."""

_BALANCED = 0.9
"""Share of keys with as many starts as ends, from which the operator is part of the key."""

_LAST = ("outcome", "good_quantity", "scrap_quantity", "hold_quantity")
"""Fields that are known when the operation ends."""


def pair_events(
    rows: pl.DataFrame, transitions: dict[str, Transition]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row per operation, and the rows that are not used with their reason.

    Events of one operation have the same order and instance id; where there is
    no such id, the n-th start and the n-th end of an order's operation on a
    resource belong together. Exact duplicates are left out first, because a
    second 'complete' would shift every later pair.

    Parameters
    ----------
    rows : DataFrame
        Typed fields with ``timestamp``, ``lifecycle``, ``source_row`` and the
        flags ``is_duplicate``, ``is_mangled``, ``is_unparsed``.
    transitions
        Value of the lifecycle column to its meaning.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = [datetime(2024, 1, 1, 8, tzinfo=UTC), datetime(2024, 1, 1, 9, tzinfo=UTC)]
    >>> rows = pl.DataFrame({"order_id": ["A", "A"], "operation": ["cut", "cut"], "timestamp": at,
    ...     "lifecycle": ["start", "complete"], "source_row": [2, 3], "is_duplicate": [False, False],
    ...     "is_mangled": [False, False], "is_unparsed": [False, False]})
    >>> paired, unused = pair_events(rows, {"start": "start", "complete": "end"})
    >>> paired.height, paired["raw_rows"].to_list(), unused.height
    (1, [[2, 3]], 0)
    """
    meaning = pl.col("lifecycle").replace_strict(transitions, default=None, return_dtype=pl.String)
    rows = _with_stretches(_without_needed_copies(rows.with_columns(meaning.alias("meaning"))))
    is_copy = pl.col("is_duplicate")
    is_other = pl.col("meaning").is_null() & ~is_copy
    unused = rows.filter(is_copy | is_other).select(
        "source_row",
        pl.when(is_copy).then(pl.lit("duplicate")).otherwise(pl.lit("other_event")).alias("reason"),
    )
    used = rows.filter(~is_copy & ~is_other).sort("timestamp", "source_row", nulls_last=True)
    key = _key(used)
    used = used.with_columns(
        pl.int_range(pl.len()).over([*key, "meaning"]).alias("occurrence")
        if key
        else pl.int_range(pl.len()).over("meaning").alias("occurrence")
    )
    fixed = {
        "timestamp", "lifecycle", "meaning", "occurrence", "source_row",
        "is_duplicate", "is_mangled", "is_unparsed", *key,
    }  # fmt: skip
    others = [name for name in used.columns if name not in fixed]
    at = pl.col("timestamp")
    paired = used.group_by([*key, "occurrence"], maintain_order=True).agg(
        at.filter(pl.col("meaning") == "scheduled").min().alias("scheduled_at"),
        at.filter(pl.col("meaning") == "start").min().alias("start_at"),
        at.filter(pl.col("meaning") == "end").max().alias("end_at"),
        pl.col("is_duplicate", "is_mangled", "is_unparsed").any(),
        pl.col("source_row").unique().sort().alias("raw_rows"),
        pl.col("source_row").min(),
        *(
            pl.col(name).drop_nulls().last() if name in _LAST else pl.col(name).drop_nulls().first()
            for name in others
        ),
    )
    return paired.drop("occurrence").sort("source_row"), unused


def _without_needed_copies(rows: pl.DataFrame) -> pl.DataFrame:
    """Return events of which a copy is none where only with it there are as many starts as ends.

    Two reports that begin at one instant have equal events of their start.
    """
    if not rows["is_duplicate"].any():
        return rows
    key = [n for n in ("order_id", "operation", "resource", "operator") if n in rows.columns]
    is_other = ~pl.col("is_duplicate")

    def surplus(among: pl.Expr) -> pl.Expr:
        starts, ends = ((among & (pl.col("meaning") == m)).sum() for m in ("start", "end"))
        return starts.cast(pl.Int64) - ends.cast(pl.Int64)

    is_needed = (surplus(pl.lit(value=True)).over(key) == 0) & (surplus(is_other).over(key) != 0)
    return rows.with_columns(
        (pl.col("is_duplicate") & ~is_needed.fill_null(value=False)).alias("is_duplicate")
    )


def _with_stretches(rows: pl.DataFrame) -> pl.DataFrame:
    """Return events in which an interruption ends a stretch of work and going on begins one.

    An interruption that nobody ends says nothing about the time, and is no event of work, unless
    it reports pieces: then one report ends there and the next one begins.
    """
    meaning = pl.col("meaning")
    if not rows.select(meaning.is_in(["pause", "resume"]).any()).item():
        return rows
    key = [name for name in ("order_id", "operation", "resource") if name in rows.columns]
    copies = rows.filter("is_duplicate")
    ordered = rows.filter(~pl.col("is_duplicate")).sort("timestamp", "source_row", nulls_last=True)
    amounts = [name for name in _LAST if name.endswith("quantity") and name in rows.columns]
    has_pieces = pl.any_horizontal(
        pl.col(n).fill_null(0.0) > 0 for n in amounts or ["is_duplicate"]
    )
    is_pause, is_resume = meaning == "pause", meaning == "resume"
    marked = ordered.with_columns(
        (meaning.shift(-1) == "resume").over(key).fill_null(value=False).alias("is_resumed"),
        (meaning.shift(1) != "start").over(key).fill_null(value=True).alias("is_begun_anew"),
        has_pieces.alias("has_pieces"),
    )
    is_cut = is_pause & ~pl.col("is_resumed") & pl.col("has_pieces")
    begun = marked.filter(is_cut).with_columns(
        pl.lit("start").alias("meaning"),
        *(pl.lit(None).alias(n) for n in _LAST if n in rows.columns),
    )
    told = marked.with_columns(
        pl.when(is_pause & pl.col("is_resumed") | is_cut)
        .then(pl.lit("end"))
        .when(is_resume & pl.col("is_begun_anew"))
        .then(pl.lit("start"))
        .when(~is_pause & ~is_resume)
        .then(meaning)
        .alias("meaning")
    )
    return pl.concat([told, begun], how="vertical_relaxed").select(rows.columns).vstack(copies)


def _key(used: pl.DataFrame) -> list[str]:
    """Return the columns that tie events together."""
    if "instance" in used.columns:
        key: list[str] = [name for name in ("order_id", "instance") if name in used.columns]
        per_key = used.group_by([*key, "meaning"]).len()
        is_single = per_key.select((pl.col("len") == 1).mean()).item() or 0.0
        is_tied = used.group_by(key).len().select((pl.col("len") > 1).mean()).item() or 0.0
        if is_single >= _TIED_SHARE and is_tied > 0.0 and used["instance"].null_count() == 0:
            return key
    plainly: list[str] = [
        name for name in ("order_id", "operation", "resource") if name in used.columns
    ]
    if "operator" in used.columns and used["operator"].null_count() == 0:
        apart = [*plainly, "operator"]  # two people on one operation clock on and off on their own
        if _balance(used, apart) >= max(_balance(used, plainly), _BALANCED):
            return apart
    return plainly


def _balance(used: pl.DataFrame, key: list[str]) -> float:
    """Return the share of keys that have as many starts as ends."""
    counts = used.group_by(key).agg(
        (pl.col("meaning") == "start").sum().alias("starts"),
        (pl.col("meaning") == "end").sum().alias("ends"),
    )
    share = counts.select((pl.col("starts") == pl.col("ends")).mean()).item()
    return float(share or 0.0)
