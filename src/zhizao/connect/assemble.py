"""Raw cells and a mapping to rows of records; nothing is lost on the way.

Rows that cannot become records leave through ``set_aside`` with their reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from zhizao.connect.cell_faults import mangled_cells
from zhizao.connect.cells import parse_durations, parse_flags, parse_numbers
from zhizao.connect.clocks import clock_times
from zhizao.connect.distinct import Cells, cells_of, is_first_of_its_kind
from zhizao.connect.event_words import operation_of_event
from zhizao.connect.instants import parse_instants
from zhizao.connect.lifecycle import pair_events
from zhizao.connect.mapping import TableMapping, check_columns
from zhizao.connect.raw import RawTable
from zhizao.connect.rows_of_work import (
    spans_of_changes,
    with_setup_spans,
    with_setups_apart,
    without_cancelled,
)
from zhizao.connect.side_by_side import side_by_side
from zhizao.connect.synonyms import mentions, plain, vocabulary
from zhizao.connect.whole_cells import with_whole_cells
from zhizao.connect.wide import rows_of_operations

INSTANT_FIELDS = (
    "scheduled_at", "start_at", "end_at", "timestamp", "due_at", "release_at", "setup_start_at", "setup_end_at",
)  # fmt: skip
NUMBER_FIELDS = ("good_quantity", "scrap_quantity", "hold_quantity", "order_quantity")
TEXT_FIELDS = (
    "order_id",
    "lot_id",
    "product",
    "family",
    "operation",
    "resource",
    "site",
    "operator",
    "outcome",
    "instance",
)
_CELL_BY_CELL = frozenset(
    {
        *NUMBER_FIELDS,
        "duration",
        "planned_duration",
        "setup_duration",
        "step",
        "priority",
        "is_rework",
    }
)
"""Fields whose cells are read each by itself; how an instant is written shows in others too."""

_IDS = ("order_id", "lot_id", "product", "resource", "operator")


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


def parse_fields(
    table: RawTable, mapping: TableMapping, *, time_zone: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return typed fields, and the cells that are damaged or cannot be read.

    The second table has source, source_row, code, column and value.

    Raises
    ------
    MappingError
        If the mapping names a column that the file does not have.
    """
    check_columns(mapping, table.frame.columns)
    frame, columns = table.frame, {str(f): c for f, c in mapping.columns.items()}
    known = dict(
        zip(
            frame.columns,
            side_by_side(partial(cells_of, column) for column in frame.get_columns()),
            strict=True,
        )
    )
    mangled = mangled_cells(
        frame,
        instants=frozenset(
            columns[f] for f in (*INSTANT_FIELDS, "start_date", "end_date") if f in columns
        ),
        ids=frozenset(columns[f] for f in _IDS if f in columns),
        cells=known,
    )
    fields: dict[str, pl.Series] = {}
    cells = [_bad_cells(table, name, mangled[name], "mangled_cell") for name in mangled.columns]
    listed = [field for field in columns if field not in {"start_date", "end_date"}]
    for field, parsed in zip(
        listed,
        side_by_side(
            partial(_read_field, frame, field, mapping, known=known, time_zone=time_zone)
            for field in listed
        ),
        strict=True,
    ):
        column = columns[field]
        fields[field] = parsed.alias(field)
        if field in TEXT_FIELDS or field in {"lifecycle", "kind", "is_cancelled"}:
            continue
        failed = frame[column].is_not_null() & parsed.is_null()
        if column in mangled.columns:
            failed = failed & ~mangled[column]
        if failed.any():
            cells.append(_bad_cells(table, column, failed, "unparsed_cell"))
    empty = _bad_cells(
        table, frame.columns[0], pl.Series([False]).new_from_index(0, frame.height), ""
    )
    if "start_date" in columns and columns["start_date"] == columns.get("end_date"):
        fields["end_at"] = _past_midnight(fields, time_zone)
    return pl.DataFrame(fields), pl.concat([empty, *cells])


def _read_field(
    frame: pl.DataFrame,
    field: str,
    mapping: TableMapping,
    *,
    known: Mapping[str, Cells],
    time_zone: str,
) -> pl.Series:
    """Return the typed values of a field."""
    columns = {str(f): c for f, c in mapping.columns.items()}
    parse = partial(_parse, field=field, mapping=mapping, time_zone=time_zone)
    if field in _CELL_BY_CELL:
        return known[columns[field]].each(parse)
    date = columns.get(f"{field.removesuffix('_at')}_date")
    return parse(_with_date(frame, columns[field], date))


def _with_date(frame: pl.DataFrame, clock: str, date: str | None) -> pl.Series:
    """Return cells of a column, each with the date from another column before it."""
    if date is None:
        return frame[clock]
    return frame.select(
        pl.col(date).cast(pl.String).str.extract(r"^(\S+)")
        + " "
        + clock_times(frame[clock]).alias("\0clock")
    ).to_series()


def _past_midnight(fields: dict[str, pl.Series], time_zone: str) -> pl.Series:
    """Return ends, moved to the next day where the one date of a row puts them before the start."""
    start, end = fields["start_at"], fields["end_at"]
    next_day = end.dt.convert_time_zone(time_zone).dt.offset_by("1d").dt.convert_time_zone("UTC")
    return pl.select(pl.when(end < start).then(next_day).otherwise(end).alias("end_at")).to_series()


def _bad_cells(table: RawTable, column: str, is_bad: pl.Series, code: str) -> pl.DataFrame:
    return (
        pl.DataFrame({"source_row": table.rows, "value": table.frame[column]})
        .filter(is_bad)
        .select(
            pl.lit(table.name).alias("source"),
            "source_row",
            pl.lit(code).alias("code"),
            pl.lit(column).alias("column"),
            pl.col("value").cast(pl.String),
        )
    )


def _parse(cells: pl.Series, field: str, mapping: TableMapping, *, time_zone: str) -> pl.Series:
    if field in INSTANT_FIELDS:
        parsed = parse_instants(cells, date_order=mapping.date_order, time_zone=time_zone)
    elif field in NUMBER_FIELDS:
        parsed = parse_numbers(cells, decimal=mapping.decimal)
    elif field in {"duration", "planned_duration", "setup_duration"}:
        units = {"duration": mapping.duration_unit, "setup_duration": mapping.setup_unit}
        unit = units.get(field, mapping.planned_unit)
        parsed = parse_durations(cells, unit=unit, decimal=mapping.decimal)
    elif field in {"step", "priority"}:
        parsed = parse_numbers(cells, decimal=mapping.decimal).round().cast(pl.Int64)
    elif field == "is_rework":
        parsed = parse_flags(cells)
    elif field == "is_cancelled":
        parsed = _cancelled(cells, is_flag=not _is_booking(mapping))
    else:
        parsed = cells.cast(pl.String)
        if cells.dtype.is_float():  # an id that a spreadsheet keeps as a number: 1001.0
            parsed = parsed.str.strip_suffix(".0")
    return parsed


def _is_booking(mapping: TableMapping) -> bool:
    """Whether the column that tells cancelled rows says for every row what kind of booking it is."""
    columns = mapping.columns
    return any(columns.get(f) == columns["is_cancelled"] for f in ("outcome", "kind", "lifecycle"))


def _cancelled(cells: pl.Series, *, is_flag: bool) -> pl.Series:
    """Return whether cells say that a booking was taken back; a flag may also just say yes."""
    text = cells.cast(pl.String)
    known = vocabulary("words", "cancelled") | (vocabulary("words", "yes") if is_flag else set())
    found = [v for v in text.drop_nulls().unique() if plain(v.removesuffix(".0")) in known]
    return text.is_in(found).fill_null(value=False)


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
    if mapping.markers and "operation" in rows.columns:
        is_marker = pl.col("operation").is_in(list(mapping.markers)).fill_null(value=False)
        left_out.append(_reason(rows.filter(is_marker), "marker"))
        rows = rows.filter(~is_marker)
    if mapping.layout in {"row_per_operation", "row_per_event"}:
        is_booking = "is_cancelled" in mapping.columns and _is_booking(mapping)
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
        return rows.with_columns(stated.fill_null(named["kind"]).alias("kind"))
    return _named_kinds(rows)


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
