"""Events to operations: rows that say 'start' and 'complete' are tied together."""

import polars as pl

from zhizao.connect.mapping import Transition

_TIED_SHARE = 0.99
"""Share of (order, instance, transition) that must be single for an instance id to be trusted."""

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
    rows = rows.with_columns(meaning.alias("meaning"))
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
        pl.col("source_row").sort().alias("raw_rows"),
        pl.col("source_row").min(),
        *(
            pl.col(name).drop_nulls().last() if name in _LAST else pl.col(name).drop_nulls().first()
            for name in others
        ),
    )
    return paired.drop("occurrence").sort("source_row"), unused


def _key(used: pl.DataFrame) -> list[str]:
    """Return the columns that tie events together."""
    if "instance" in used.columns:
        key: list[str] = [name for name in ("order_id", "instance") if name in used.columns]
        per_key = used.group_by([*key, "meaning"]).len()
        is_single = per_key.select((pl.col("len") == 1).mean()).item() or 0.0
        is_tied = used.group_by(key).len().select((pl.col("len") > 1).mean()).item() or 0.0
        if is_single >= _TIED_SHARE and is_tied > 0.0 and used["instance"].null_count() == 0:
            return key
    return [name for name in ("order_id", "operation", "resource") if name in used.columns]
