"""Raw cells and a mapping to rows of records; nothing is lost on the way.

Rows that cannot become records leave through ``set_aside`` with their reason.
"""

from dataclasses import dataclass

import polars as pl

from zhizao.connect.columns.event_words import operation_of_event
from zhizao.connect.columns.parse_fields import is_booking_kind, parse_fields
from zhizao.connect.columns.whole_cells import with_whole_cells
from zhizao.connect.columns.wide import rows_of_operations
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import TableMapping
from zhizao.connect.rows.lifecycle import pair_events
from zhizao.connect.rows.rows_of_work import (
    spans_of_changes,
    with_setup_spans,
    with_setups_apart,
    without_cancelled,
)
from zhizao.connect.synonyms import mentions, plain, vocabulary
from zhizao.connect.values.distinct import is_first_of_its_kind

_TEST_HINT = r"(?i)^\W*(?:test|dummy|测试|測試|テスト|테스트|тест|prueba|essai)"
_MOST_TESTS = 0.1
"""Share of orders up to which those called a test are tests."""


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """Rows of one file on their way to records.

    ``operations`` has fields of the records schema, the order's own fields, and
    ``is_duplicate``, ``is_mangled``, ``is_unparsed`` and ``raw_rows`` (the
    file's rows that made it). ``left_out`` has ``source_row`` and ``reason``.
    """

    table: RawTable
    operations: pl.DataFrame
    left_out: pl.DataFrame
    cells: pl.DataFrame


def assemble(table: RawTable, mapping: TableMapping, *, time_zone: str) -> Assembled:
    """Return the rows of records that a file holds.

    Raises
    ------
    MappingError
        If the mapping names a column that the file does not have.
    """
    written, left_out = table, []
    if mapping.layout == "row_per_order":
        table, mapping = rows_of_operations(table, mapping)
        undone = pl.DataFrame(
            {"source_row": written.rows.filter(~written.rows.is_in(table.rows.implode()))}
        )
        left_out.append(_reason(undone, "missing_start missing_end"))
    if written.apart is not None:
        left_out.append(_reason(written.apart[1].to_frame(), "sum_or_header"))
    table, mapping = with_whole_cells(table, mapping)
    fields, cells = parse_fields(table, mapping, time_zone=time_zone)
    bad_rows = {
        code: cells.filter(pl.col("code") == code)["source_row"].implode()
        for code in ("mangled_cell", "unparsed_cell")
    }
    rows = fields.with_columns(
        table.rows.alias("source_row"),
        table.rows.is_in(bad_rows["mangled_cell"]).alias("is_mangled"),
        table.rows.is_in(bad_rows["unparsed_cell"]).alias("is_unparsed"),
        (~is_first_of_its_kind(table.frame)).alias("is_duplicate"),
    )
    if {"site", "resource"} <= set(rows.columns):
        rows = rows.with_columns(
            pl.concat_str("site", "resource", separator=" ", ignore_nulls=False)
            .fill_null(pl.col("resource"))
            .alias("resource")
        ).drop("site")
    rows, unlike = _without_named(rows, mapping)
    left_out += unlike
    if mapping.layout in {"row_per_operation", "row_per_event"}:
        is_booking = "is_cancelled" in mapping.columns and is_booking_kind(mapping)
        rows, cancelled = without_cancelled(rows, is_booking=is_booking)
        if cancelled.height:  # the like of a booking that was taken back is no copy of it
            there = table.rows.is_in(rows["source_row"].implode())
            first = is_first_of_its_kind(table.frame.filter(there))
            fresh = table.rows.filter(there).filter(first)
            rows = rows.with_columns(
                (~pl.col("source_row").is_in(fresh.implode())).alias("is_duplicate")
            )
        left_out.append(_reason(cancelled, "cancelled"))
    if mapping.layout == "row_per_change":
        rows = spans_of_changes(rows)
    if mapping.layout == "row_per_event":
        if mapping.columns.get("operation") == mapping.columns.get("lifecycle"):
            rows = _without_events(rows)
        rows, unused = pair_events(rows, dict(mapping.transitions))
        left_out.append(unused)
    else:
        rows = rows.with_columns(pl.concat_list("source_row").alias("raw_rows"))
    rows = with_setup_spans(with_setups_apart(_with_kinds(_with_durations(rows), mapping)))
    rows = _with_names_of_stops(rows, mapping)
    is_state = pl.col("kind") == "idle"
    if "order_id" not in rows.columns:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("order_id"))
        is_state = is_state | (pl.col("kind") == "run")
    left_out.append(
        _reason(
            rows.filter(is_state)
            .explode("raw_rows")
            .drop("source_row")
            .rename({"raw_rows": "source_row"}),
            "machine_state",
        )
    )
    rows = rows.filter(~is_state)
    return Assembled(
        table=written,
        operations=rows.with_columns(pl.lit(table.name).alias("source")),
        left_out=pl.concat(left_out) if left_out else _reason(rows.head(0), ""),
        cells=cells,
    )


def _without_named(
    rows: pl.DataFrame, mapping: TableMapping
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Return rows without marks of an order's ends and without orders called a test, and those."""
    left_out = []
    if mapping.markers and "operation" in rows.columns:
        is_marker = pl.col("operation").is_in(list(mapping.markers)).fill_null(value=False)
        left_out.append(_reason(rows.filter(is_marker), "marker"))
        rows = rows.filter(~is_marker)
    if tests := _test_orders(rows):
        is_test = pl.col("order_id").is_in(tests).fill_null(value=False)
        left_out.append(_reason(rows.filter(is_test), "test_order"))
        rows = rows.filter(~is_test)
    return rows, left_out


def _test_orders(rows: pl.DataFrame) -> list[str]:
    """Return the ids of orders that are called a test, unless all are."""
    if "order_id" not in rows.columns:
        return []
    ids = rows["order_id"].drop_nulls().unique(maintain_order=True)
    known = vocabulary("words", "test")
    hinted = ids.filter(ids.str.contains(_TEST_HINT))
    tests = [i for i in hinted if (words := plain(i).split()) and words[0] in known]
    return tests if len(tests) <= _MOST_TESTS * len(ids) else []


def _without_events(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows whose operations say no more whether they begin or end."""
    names = [str(v) for v in rows["operation"].drop_nulls().unique()]
    bare = {name: event[0] for name in names if (event := operation_of_event(name))}
    return rows.with_columns(pl.col("operation").replace(bare))


def _reason(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    return rows.select("source_row", pl.lit(reason).alias("reason"))


def _with_durations(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill a missing start or end from the duration, and say so in ``repaired``."""
    names = ("start_at", "end_at")
    rows = rows.with_columns(
        pl.lit(None, dtype=pl.Datetime("us", "UTC")).alias(n)
        for n in names
        if n not in rows.columns
    )
    if "duration" not in rows.columns:
        return rows.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("repaired"))
    whole_s = pl.col("duration")
    if "setup_duration" in rows.columns:  # the one is the run's own time beside the other
        whole_s += pl.col("setup_duration").fill_null(0.0)
    length = pl.duration(microseconds=(whole_s * 1e6).round().cast(pl.Int64))
    end_filled = (
        pl.col("end_at").is_null()
        & pl.col("start_at").is_not_null()
        & pl.col("duration").is_not_null()
    )
    start_filled = (
        pl.col("start_at").is_null()
        & pl.col("end_at").is_not_null()
        & pl.col("duration").is_not_null()
    )
    return rows.with_columns(
        pl.when(end_filled).then(pl.col("start_at") + length).otherwise("end_at").alias("end_at"),
        pl.when(start_filled)
        .then(pl.col("end_at") - length)
        .otherwise("start_at")
        .alias("start_at"),
        pl.when(end_filled)
        .then(pl.lit(["end_at"]))
        .when(start_filled)
        .then(pl.lit(["start_at"]))
        .otherwise(pl.lit([], dtype=pl.List(pl.String)))
        .alias("repaired"),
    )


def _with_kinds(rows: pl.DataFrame, mapping: TableMapping) -> pl.DataFrame:
    """Tell changeovers and stops from work by the column of kinds, else by the operation's name."""
    if "kind" in rows.columns:
        stated = pl.col("kind").replace_strict(
            dict(mapping.kinds), default=None, return_dtype=pl.String
        )
        named = _named_kinds(rows.drop("kind"))
        told = rows.with_columns(
            stated.fill_null(named["kind"]).alias("kind"), pl.col("kind").alias("\0kind")
        )
        return _with_setups_by_reason(told)
    return _named_kinds(rows)


def _with_setups_by_reason(rows: pl.DataFrame) -> pl.DataFrame:
    """Tell setups from stops by the reason: 'planned downtime', because of a changeover."""
    if "outcome" not in rows.columns:
        return rows
    reasons = rows.filter(pl.col("kind") == "down")["outcome"].drop_nulls().unique()
    setups = [reason for reason in reasons if mentions(reason, "setup")]
    is_setup = (pl.col("kind") == "down") & pl.col("outcome").is_in(setups)
    kind = pl.when(is_setup.fill_null(value=False)).then(pl.lit("setup")).otherwise("kind")
    return rows.with_columns(kind.alias("kind"))


def _with_names_of_stops(rows: pl.DataFrame, mapping: TableMapping) -> pl.DataFrame:
    """Name stops and setups that have no operation by their reason, else by what they are called."""
    names = [name for name in ("outcome", "\0kind") if name in rows.columns]
    if "operation" not in rows.columns or not names or "kind" not in mapping.columns:
        return rows.drop(n for n in names if n == "\0kind")
    is_unnamed = pl.col("kind").is_in(["setup", "down", "idle"]) & pl.col("operation").is_null()
    said = pl.coalesce(names)
    return rows.with_columns(
        pl.when(is_unnamed).then(said).otherwise("operation").alias("operation")
    ).drop(n for n in names if n == "\0kind")


def _named_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    if "operation" not in rows.columns:
        return rows.with_columns(pl.lit("run").alias("kind"))
    kinds = {}
    for name in rows["operation"].drop_nulls().unique():
        for kind in ("setup", "down"):
            if mentions(name, kind):
                kinds[name] = kind
    named = pl.col("operation").replace_strict(kinds, default="run", return_dtype=pl.String)
    if "order_id" in rows.columns:  # work on an order is work, whatever its name: 'repair weld'
        named = (
            pl.when((named == "down") & pl.col("order_id").is_not_null())
            .then(pl.lit("run"))
            .otherwise(named)
        )
    return rows.with_columns(named.fill_null("run").alias("kind"))
