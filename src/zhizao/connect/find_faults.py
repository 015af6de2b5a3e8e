"""Which rows show which fault: one boolean column per code, vectorised.

Each test says in its constants how far it looks and why there.
"""

import re
from collections.abc import Callable

import polars as pl

from zhizao.connect.find_clock_faults import default_duration, midnight_split
from zhizao.connect.find_window_faults import coverage_jump, truncated

ROW_CODES: tuple[str, ...] = (
    "duplicate", "near_duplicate", "zero_duration", "negative_duration", "default_duration",
    "missing_start", "missing_end", "overlap_resource", "overlap_operator", "overlap_order",
    "shared_slot", "zero_quantity", "resource_mismatch", "mangled_cell", "midnight_split",
    "left_truncated", "right_truncated", "coverage_jump", "unparsed_cell",
)  # fmt: skip
"""Codes of faults that rows show; ``clock_shift`` is a fault of the whole file."""

NEEDS: dict[str, tuple[str, ...]] = {
    "near_duplicate": ("order_id",),
    "zero_duration": ("start_at", "end_at"),
    "negative_duration": ("start_at", "end_at"),
    "default_duration": ("start_at", "end_at"),
    "missing_start": ("start_at",),
    "missing_end": ("end_at",),
    "overlap_resource": ("resource", "start_at", "end_at"),
    "overlap_operator": ("operator", "start_at", "end_at"),
    "overlap_order": ("order_id", "start_at", "end_at"),
    "shared_slot": ("order_id", "resource", "start_at", "end_at"),
    "zero_quantity": ("good_quantity",),
    "resource_mismatch": ("resource",),
    "midnight_split": ("order_id", "start_at", "end_at"),
    "left_truncated": ("order_id", "start_at", "end_at"),
    "right_truncated": ("order_id", "start_at", "end_at"),
    "coverage_jump": ("resource", "start_at"),
    "clock_shift": ("start_at",),
}
"""Columns without which a fault cannot be looked for."""

_NUMBERED = re.compile(r"([^\W\d_]+)[\s_\-#.]*0*(\d+)")
_MIN_NUMBERED = 2
"""A word names machines if at least this many resources carry it with different numbers."""

_NAMES = ("order_id", "operation", "resource", "operator")
_START, _END = pl.col("start_at"), pl.col("end_at")


def find_faults(operations: pl.DataFrame, *, time_zone: str) -> pl.DataFrame:
    """Return a boolean column for each code that can be looked for.

    Parameters
    ----------
    operations : DataFrame
        Rows of the records schema; ``faults`` may already hold the codes
        ``duplicate``, ``mangled_cell`` and ``unparsed_cell``, which only the
        cells of the file show.
    time_zone
        IANA name of the plant's zone: midnight and shifts are local.
    """
    rows = operations.with_row_index("row")
    flags = pl.DataFrame(
        {
            code: rows.select(pl.col("faults").list.contains(code)).to_series()
            for code in ("duplicate", "mangled_cell", "unparsed_cell")
        }
    )
    if (
        operations["source"].null_count() == operations.height
    ):  # not from a file: a twin's own records
        compared = operations.drop("source", "source_row", "faults", "repaired")
        flags = flags.with_columns(
            (~compared.to_struct("row").is_first_distinct()).alias("duplicate")
        )
    local = rows.with_columns(
        flags["duplicate"].alias("is_copy"),
        _START.dt.convert_time_zone(time_zone).alias("start_local"),
        _END.dt.convert_time_zone(time_zone).alias("end_local"),
    )
    has = {name for name in operations.columns if operations[name].null_count() < operations.height}
    is_default = pl.Series("default_duration", [False]).new_from_index(0, rows.height)
    if has.issuperset({"start_at", "end_at"}):
        is_default = default_duration(local.with_columns(midnight_split(local).alias("is_cut")))
    local = local.with_columns(
        is_default.alias("is_default"),
        pl.col("operation").alias("operation_name"),
        pl.col("resource").alias("resource_name"),
        pl.col(_NAMES).cast(pl.Categorical).to_physical(),  # sorting numbers is quicker than names
    )
    found = [*flags, is_default] if has.issuperset({"start_at", "end_at"}) else [*flags]
    for code, find in _FINDERS.items():
        if code in {"missing_start", "missing_end"} or has.issuperset(NEEDS[code]):
            found.append(find(local).fill_null(value=False).alias(code))
    if has.issuperset(NEEDS["left_truncated"]):
        found += [flag.fill_null(value=False) for flag in truncated(local)]
    return pl.DataFrame({s.name: s for s in found}).select(
        code for code in ROW_CODES if code in {s.name for s in found}
    )


def code_lists(flags: pl.DataFrame) -> pl.Series:
    """Return for each row the list of the codes whose flag is set.

    Examples
    --------
    >>> code_lists(pl.DataFrame({"a": [True, False], "b": [True, False]})).to_list()
    [['a', 'b'], []]
    """
    shown = [
        pl.DataFrame({"row": flags[code].arg_true().cast(pl.UInt32)}).with_columns(
            pl.lit(code).alias("faults")
        )
        for code in flags.columns
    ]
    per_row = pl.concat(shown).group_by("row", maintain_order=True).agg("faults")
    rows = pl.select(pl.int_range(flags.height, dtype=pl.UInt32).alias("row"))
    joined = rows.join(per_row, on="row", how="left", maintain_order="left")
    return joined["faults"].fill_null([])


def _near_duplicate(rows: pl.DataFrame) -> pl.Series:
    key = rows.select("order_id", "operation", "start_at", "end_at", "operator")
    timed = rows["start_at"].is_not_null() | rows["end_at"].is_not_null()
    return ~key.to_struct("key").is_first_distinct() & timed


def _overlap(column: str) -> Callable[[pl.DataFrame], pl.Series]:
    """Rows that begin before an earlier row with the same value has ended."""

    def find(rows: pl.DataFrame) -> pl.Series:
        timed = rows.select("row", "is_copy", "start_at", "end_at", column).filter(
            pl.col(column).is_not_null() & (_END >= _START) & ~pl.col("is_copy")
        )
        flagged = (
            timed.sort(column, "start_at", "end_at", "row")
            .with_columns(_END.cum_max().shift(1).over(column).alias("busy_until"))
            .filter(pl.col("busy_until") > _START)
        )
        return rows["row"].is_in(flagged["row"].implode())

    return find


def _shared_slot(rows: pl.DataFrame) -> pl.Series:
    slot = ["resource", "operator", "start_at", "end_at"]
    timed = rows.select("row", "order_id", *slot).filter(
        pl.all_horizontal(pl.col("order_id", "resource", "start_at", "end_at").is_not_null())
    )
    shared = (
        timed.group_by(slot)
        .agg("row", pl.col("order_id").n_unique().alias("n"))
        .filter(pl.col("n") > 1)
    )
    return rows["row"].is_in(shared["row"].explode(empty_as_null=False).implode())


def _resource_mismatch(rows: pl.DataFrame) -> pl.Series:
    """Rows whose operation carries another machine's number than the resource's."""
    named = rows.select("row", operation="operation_name", resource="resource_name")
    pairs = named.select("operation", "resource").drop_nulls().unique()
    numbers: dict[str, set[str]] = {}
    for resource in pairs["resource"].unique():
        for word, number in _NUMBERED.findall(resource.casefold()):
            numbers.setdefault(word, set()).add(number)
    naming = {word for word, found in numbers.items() if len(found) >= _MIN_NUMBERED}

    def tags(text: str) -> set[tuple[str, str]]:
        return {tag for tag in _NUMBERED.findall(text.casefold()) if tag[0] in naming}

    wrong = []
    for operation, resource in pairs.rows():
        of_operation, of_resource = tags(operation), tags(resource)
        shared_words = {w for w, _ in of_operation} & {w for w, _ in of_resource}
        if shared_words and not of_operation & of_resource:
            wrong.append((operation, resource))
    listed = pl.DataFrame(
        wrong, schema={"operation": pl.String, "resource": pl.String}, orient="row"
    )
    hits = named.join(listed, on=["operation", "resource"], how="semi")
    return rows["row"].is_in(hits["row"].implode())


_FINDERS: dict[str, Callable[[pl.DataFrame], pl.Series]] = {
    "near_duplicate": _near_duplicate,
    "zero_duration": lambda rows: rows.select(_START == _END).to_series(),
    "negative_duration": lambda rows: rows.select(_END < _START).to_series(),
    "missing_start": lambda rows: (
        rows["start_at"].is_null() | rows["repaired"].list.contains("start_at")
    ),
    "missing_end": lambda rows: rows["end_at"].is_null() | rows["repaired"].list.contains("end_at"),
    "overlap_resource": _overlap("resource"),
    "overlap_operator": _overlap("operator"),
    "overlap_order": _overlap("order_id"),
    "shared_slot": _shared_slot,
    "zero_quantity": lambda rows: rows["good_quantity"] == 0.0,
    "resource_mismatch": _resource_mismatch,
    "midnight_split": midnight_split,
    "coverage_jump": coverage_jump,
}
