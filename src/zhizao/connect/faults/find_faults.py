"""Which rows show which fault: one boolean column per code, vectorised.

Each test says in its constants how far it looks and why there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial

import polars as pl

from zhizao._base.side_by_side import side_by_side
from zhizao.connect.faults.find_clock_faults import (
    ClockShift,
    clock_shift,
    default_duration,
    midnight_split,
    with_clocks,
)
from zhizao.connect.faults.find_window_faults import coverage_jump, edge_of, truncated
from zhizao.connect.faults.timeline import Timeline, overlapping, timeline_of, waits_between
from zhizao.connect.values.distinct import is_first_of_its_kind, may_repeat

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
_CODES = pl.List(pl.String)


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What was found: a boolean column for each code, the window's edge, a shift of the clock."""

    flags: pl.DataFrame
    edge: timedelta
    shift: ClockShift | None


def find_faults(operations: pl.DataFrame, *, time_zone: str) -> Found:
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
    flags = operations.select(
        pl.col("faults").list.contains(code).alias(code)
        for code in ("duplicate", "mangled_cell", "unparsed_cell")
    )
    if (
        operations["source"].null_count() == operations.height
    ):  # not from a file: a twin's own records
        compared = operations.drop("source", "source_row", "faults", "repaired")
        flags = flags.with_columns((~is_first_of_its_kind(compared)).alias("duplicate"))
    has = {name for name in operations.columns if operations[name].null_count() < operations.height}
    numbered = operations.select(pl.col(_NAMES).cast(pl.Categorical))
    rows = with_clocks(
        operations.select("start_at", "end_at", "good_quantity", "repaired"), time_zone=time_zone
    ).with_columns(
        flags["duplicate"].alias("is_copy"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
        numbered["operation"].alias("operation_name"),
        numbered["resource"].alias("resource_name"),
        *(numbered[name].to_physical() for name in _NAMES),  # numbers are quicker than names
    )
    scene = _Scene(rows=rows, timeline=timeline_of(rows))
    steps: dict[str, Callable[[], pl.Series]] = {
        code: partial(find, scene)
        for code, find in _FINDERS.items()
        if code in {"missing_start", "missing_end"} or has.issuperset(NEEDS[code])
    }
    flagged = zip(steps, side_by_side(steps.values()), strict=True)
    found = [*flags, *(flag.fill_null(value=False).alias(code) for code, flag in flagged)]
    edge = timedelta(0)
    if has.issuperset(NEEDS["left_truncated"]):
        edge = edge_of(waits_between(scene.timeline, rows["order_id"]))
        found += [flag.fill_null(value=False) for flag in truncated(rows, edge=edge)]
    by_code = {flag.name: flag for flag in found}
    is_default = by_code.get("default_duration", pl.lit(value=False))
    return Found(
        flags=pl.DataFrame({code: by_code[code] for code in ROW_CODES if code in by_code}),
        edge=edge,
        shift=clock_shift(rows.with_columns(is_default.alias("is_default"))),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Scene:
    """All rows as the checks look at them."""

    rows: pl.DataFrame
    timeline: Timeline

    @cached_property
    def is_cut(self) -> pl.Series:
        """Pieces of reports cut at midnight."""
        return midnight_split(self.rows)


def code_lists(flags: pl.DataFrame) -> pl.Series:
    """Return for each row the list of the codes whose flag is set.

    Examples
    --------
    >>> code_lists(pl.DataFrame({"a": [True, False], "b": [True, False]})).to_list()
    [['a', 'b'], []]
    """
    bits = pl.sum_horizontal(
        pl.when(code).then(pl.lit(1 << i, dtype=pl.Int64)).otherwise(pl.lit(0, dtype=pl.Int64))
        for i, code in enumerate(flags.columns)
    )
    pattern = flags.select(bits.alias("pattern")).to_series()
    if not pattern.max():
        return pl.Series("faults", [[]], dtype=_CODES).new_from_index(0, flags.height)
    different = pattern.unique().sort()
    lists = [[code for i, code in enumerate(flags.columns) if bits >> i & 1] for bits in different]
    place = different.search_sorted(pattern)
    return pl.Series("faults", lists, dtype=_CODES).gather(place)


def _near_duplicate(scene: _Scene) -> pl.Series:
    rows = scene.rows
    key = rows.select("order_id", "operation", "start_at", "end_at", "operator")
    timed = rows["start_at"].is_not_null() | rows["end_at"].is_not_null()
    return ~is_first_of_its_kind(key) & timed


def _overlap(column: str) -> Callable[[_Scene], pl.Series]:
    """Rows that begin before an earlier row with the same value has ended."""

    def find(scene: _Scene) -> pl.Series:
        return overlapping(scene.timeline, scene.rows[column], is_copy=scene.rows["is_copy"])

    return find


def _shared_slot(scene: _Scene) -> pl.Series:
    slot = ["resource", "operator", "start_at", "end_at"]
    again = scene.rows.filter(may_repeat(scene.rows.select(slot)))
    timed = again.select("row", "order_id", *slot).filter(
        pl.all_horizontal(pl.col("order_id", "resource", "start_at", "end_at").is_not_null())
    )
    shared = (
        timed.group_by(slot)
        .agg("row", pl.col("order_id").n_unique().alias("n"))
        .filter(pl.col("n") > 1)
    )
    return scene.rows["row"].is_in(shared["row"].explode(empty_as_null=False).implode())


def _resource_mismatch(scene: _Scene) -> pl.Series:
    """Rows whose operation carries another machine's number than the resource's."""
    named = scene.rows.select("row", operation="operation_name", resource="resource_name")
    pairs = named.select("operation", "resource").drop_nulls().unique()
    pairs = pairs.select(pl.all().cast(pl.String))
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
    if not wrong:
        return pl.Series([False]).new_from_index(0, named.height)
    names = {"operation": pl.Categorical, "resource": pl.Categorical}
    listed = pl.DataFrame(wrong, schema=dict.fromkeys(names, pl.String), orient="row").cast(names)  # type: ignore[arg-type]
    hits = named.join(listed, on=["operation", "resource"], how="semi")
    return named["row"].is_in(hits["row"].implode())


def _missing(column: str) -> Callable[[_Scene], pl.Series]:
    """Rows that do not state an instant; a repair may have filled it."""

    def find(scene: _Scene) -> pl.Series:
        return scene.rows[column].is_null() | scene.rows["repaired"].list.contains(column)

    return find


_FINDERS: dict[str, Callable[[_Scene], pl.Series]] = {
    "near_duplicate": _near_duplicate,
    "zero_duration": lambda scene: scene.rows.select(_START == _END).to_series(),
    "negative_duration": lambda scene: scene.rows.select(_END < _START).to_series(),
    "missing_start": _missing("start_at"),
    "missing_end": _missing("end_at"),
    "overlap_resource": _overlap("resource"),
    "overlap_operator": _overlap("operator"),
    "overlap_order": _overlap("order_id"),
    "shared_slot": _shared_slot,
    "zero_quantity": lambda scene: scene.rows["good_quantity"] == 0.0,
    "resource_mismatch": _resource_mismatch,
    "default_duration": lambda scene: default_duration(
        scene.rows.with_columns(scene.is_cut.alias("is_cut"))
    ),
    "midnight_split": lambda scene: scene.is_cut,
    "coverage_jump": lambda scene: coverage_jump(scene.rows, timeline=scene.timeline),
}
