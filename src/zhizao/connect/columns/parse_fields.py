"""Raw cells and a mapping to typed fields, and the cells that are damaged or cannot be read."""

from collections.abc import Mapping
from functools import partial

import polars as pl

from zhizao._base.side_by_side import side_by_side
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import TableMapping, check_columns
from zhizao.connect.synonyms import plain, vocabulary
from zhizao.connect.values.cell_faults import mangled_cells
from zhizao.connect.values.cells import parse_durations, parse_flags, parse_numbers
from zhizao.connect.values.clocks import with_date
from zhizao.connect.values.distinct import Cells, cells_of
from zhizao.connect.values.instants import parse_instants

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
    return with_date(frame[clock], frame[date])


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
        parsed = _cancelled(cells, is_flag=not is_booking_kind(mapping))
    else:
        parsed = cells.cast(pl.String)
        if cells.dtype.is_float():  # an id that a spreadsheet keeps as a number: 1001.0
            parsed = parsed.str.strip_suffix(".0")
    return parsed


def is_booking_kind(mapping: TableMapping) -> bool:
    """Whether the column that tells cancelled rows says for every row what kind of booking it is."""
    columns = mapping.columns
    return any(columns.get(f) == columns["is_cancelled"] for f in ("outcome", "kind", "lifecycle"))


def _cancelled(cells: pl.Series, *, is_flag: bool) -> pl.Series:
    """Return whether cells say that a booking was taken back; a flag may also just say yes."""
    text = cells.cast(pl.String)
    known = vocabulary("words", "cancelled") | (vocabulary("words", "yes") if is_flag else set())
    found = [v for v in text.drop_nulls().unique() if plain(v.removesuffix(".0")) in known]
    return text.is_in(found).fill_null(value=False)
