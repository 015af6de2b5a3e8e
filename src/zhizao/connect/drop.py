"""Drop: files in, records, orders, what was set aside and the verdict out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from zhizao._base.errors import InputError, MappingError, RecordsError, did_you_mean
from zhizao.connect.assemble import Assembled, assemble, parse_fields
from zhizao.connect.guess import guess_mapping
from zhizao.connect.judge import judged
from zhizao.connect.mapping import Mapping, TableMapping, check_columns, mapping_toml, read_mapping
from zhizao.connect.orders import derive_orders, order_fields
from zhizao.connect.raw import RawTable
from zhizao.connect.read_table import read_table
from zhizao.connect.verdict import Text, Verdict, text
from zhizao.model.order import Order
from zhizao.model.records import OPERATION_SCHEMA, Records, records_bytes

Progress = Callable[[str], None]
"""Is told in a few words what is being done."""

_REQUIRED = ("order_id", "operation")
_NO_CODES = pl.lit([], dtype=pl.List(pl.String))


@dataclass(frozen=True, kw_only=True)
class Drop:
    """What a drop of files gave.

    ``set_aside`` has source, source_row, reasons (codes apart by blanks) and the
    cells of the rows as they were written; nothing else is missing from ``records``.
    """

    records: Records
    orders: tuple[Order, ...]
    set_aside: pl.DataFrame
    mapping: Mapping
    verdict: Verdict


def read_drop(
    files: Sequence[Path],
    *,
    mapping: Path | None = None,
    time_zone: str | None = None,
    progress: Progress | None = None,
) -> Drop:
    r"""Read record files and order tables and judge them.

    Parameters
    ----------
    files
        CSV, Excel, Parquet or XES; each is operation reports or an order table.
    mapping
        A ``mapping.toml``; without one the mapping is guessed.
    time_zone
        IANA name of the zone of clock times without one; it wins over the
        mapping's. Without either, UTC is assumed and the verdict says so.
    progress
        Called with a few words before each part of the work.

    Raises
    ------
    RecordsError
        If a file cannot be read, or none of them reports operations.
    MappingError
        If the mapping does not fit, or no column can be taken as the order, the
        operation or a clock time.
    InputError
        If the time zone is unknown.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("order,operation,start,end\nA,cut,2024-01-01 08:00,2024-01-01 09:00\n")
    ...     drop = read_drop([path], time_zone="Asia/Shanghai")
    >>> drop.records.n_rows, drop.orders[0].id
    (1, 'A')
    """
    tell = progress or (lambda _: None)
    if not files:
        raise RecordsError("No file was given. Give at least one file of operation reports.")
    stated = None if mapping is None else read_mapping(mapping)
    zone = time_zone or (stated.time_zone if stated else None)
    if zone is not None:
        _check_zone(zone)
    tables = []
    for path in files:
        tell(f"read {path.name}")
        tables.append(read_table(path))
    tell("map columns")
    used = _mapping_of(tables, stated, time_zone=time_zone)
    tell("parse cells")
    assembled, order_tables = [], []
    for table, how in zip(tables, used.tables, strict=True):
        if how.kind == "operations":
            _check_required(table, how)
            assembled.append(assemble(table, how, time_zone=used.time_zone))
        else:
            fields, _ = parse_fields(table, how, time_zone=used.time_zone)
            order_tables.append(order_fields(fields))
    if not assembled:
        names = ", ".join(table.name for table in tables)
        raise RecordsError(
            f"None of the files reports operations: {names} list orders only. Give the operation reports too."
        )
    tell("judge")
    return _judge_and_settle(assembled, order_tables, used)


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        hint = did_you_mean(zone, available_timezones())
        raise InputError(
            f"Time zone '{zone}' is unknown; give an IANA name such as 'Asia/Shanghai'.{hint}"
        ) from error


def _mapping_of(
    tables: Sequence[RawTable], stated: Mapping | None, *, time_zone: str | None
) -> Mapping:
    if stated is None:
        return guess_mapping(tables, time_zone=time_zone)
    return Mapping(
        time_zone=time_zone or stated.time_zone,
        time_zone_stated=stated.time_zone_stated or time_zone is not None,
        tables=tuple(_table_mapping(table, stated) for table in tables),
    )


def _table_mapping(table: RawTable, stated: Mapping) -> TableMapping:
    """Return the part of a mapping for a file: by its name, else the first that fits."""
    columns = table.frame.columns
    for part in stated.tables:
        if part.file == table.name:
            check_columns(part, columns)
            return _with_unmapped(part, table)
    fitting = [p for p in stated.tables if p.columns and set(p.columns.values()) <= set(columns)]
    if fitting:
        return _with_unmapped(fitting[0], table)
    if len(stated.tables) == 1:
        check_columns(stated.tables[0].model_copy(update={"file": table.name}), columns)
    names = [part.file for part in stated.tables]
    raise MappingError(
        f"The mapping has no table for '{table.name}'; it has {', '.join(names) or 'none'}, and none of them fits its "
        f"columns ({', '.join(columns)}).{did_you_mean(table.name, names)}"
    )


def _with_unmapped(part: TableMapping, table: RawTable) -> TableMapping:
    used = set(part.columns.values())
    unmapped = tuple(name for name in table.frame.columns if name not in used)
    return part.model_copy(update={"file": table.name, "unmapped": unmapped})


def _check_required(table: RawTable, how: TableMapping) -> None:
    missing = [field for field in _REQUIRED if field not in how.columns]
    instants = (
        {"timestamp", "lifecycle"} if how.layout == "row_per_event" else {"start_at", "end_at"}
    )
    if how.layout == "row_per_event":
        missing += sorted(instants - how.columns.keys())
    elif not instants & how.columns.keys():
        missing.append("start_at or end_at")
    if missing:
        known = ", ".join(f"{field} = '{column}'" for field, column in how.columns.items())
        raise MappingError(
            f"'{table.name}' ({table.described}): no column was found for {', '.join(missing)}. Found: {known or 'none'}. "
            f"Its columns are: {', '.join(table.frame.columns)}. Name them in a mapping.toml and give it with --mapping:\n"
            f"{mapping_toml(Mapping(tables=(how,)))}"
        )


def _judge_and_settle(
    assembled: Sequence[Assembled], order_tables: Sequence[pl.DataFrame], mapping: Mapping
) -> Drop:
    wide = _joined(assembled)
    raw_rows = wide.select("source", "raw_rows")
    reported = order_fields(wide)
    operations = Records.from_columns(
        wide.select(name for name in OPERATION_SCHEMA if name in wide.columns)
    ).operations
    operations = _with_order_columns(operations, order_tables)
    left_out = pl.concat(
        part.left_out.with_columns(pl.lit(part.table.name).alias("source")) for part in assembled
    )
    result = judged(
        operations,
        time_zone=mapping.time_zone,
        cells=pl.concat(part.cells for part in assembled),
        notes=_notes(operations, left_out, mapping),
        n_left_out=left_out.height,
    )
    codes = pl.concat_list(
        pl.when(pl.col(code)).then(pl.lit([code])).otherwise(_NO_CODES)
        for code in result.flags.columns
    )
    marked = operations.with_columns(result.flags.select(codes.alias("faults")).to_series())
    aside = raw_rows.with_columns(_reasons(marked)).filter(result.is_aside)
    kept = marked.filter(~result.is_aside)
    orders = derive_orders(kept, order_tables, reported=reported.filter(~result.is_aside))
    return Drop(
        records=Records(operations=kept),
        orders=orders.orders,
        set_aside=_set_aside(assembled, aside, left_out),
        mapping=mapping,
        verdict=result.verdict.model_copy(update={"notes": result.verdict.notes + orders.notes}),
    )


def _joined(assembled: Sequence[Assembled]) -> pl.DataFrame:
    """Return the rows of all files, with the codes that only cells show in ``faults``."""
    wide = pl.concat([part.operations for part in assembled], how="diagonal_relaxed")
    if "planned_duration" in wide.columns:
        wide = wide.rename({"planned_duration": "planned_s"})
    if "operation" not in wide.columns:
        wide = wide.with_columns(pl.lit(None, dtype=pl.String).alias("operation"))
    if len(assembled) > 1:  # exports whose periods overlap repeat rows across files
        apart = {
            "source",
            "source_row",
            "raw_rows",
            "is_duplicate",
            "is_mangled",
            "is_unparsed",
            "repaired",
        }
        compared = [name for name in wide.columns if name not in apart]
        first_source = pl.col("source").first().over(compared)
        copies = wide.select(
            pl.col("is_duplicate") | (pl.col("source") != first_source)
        ).to_series()
        wide = wide.with_columns(copies.alias("is_duplicate"))
    named = (
        ("is_duplicate", "duplicate"),
        ("is_mangled", "mangled_cell"),
        ("is_unparsed", "unparsed_cell"),
    )
    return wide.with_columns(
        pl.concat_list(
            pl.when(pl.col(flag)).then(pl.lit([code])).otherwise(_NO_CODES) for flag, code in named
        ).alias("faults")
    )


def _with_order_columns(
    operations: pl.DataFrame, order_tables: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Fill product, family and order quantity from the order tables where reports lack them."""
    if not order_tables:
        return operations
    names = ("product", "family", "order_quantity")
    stated = pl.concat(order_tables).drop_nulls("order_id").unique("order_id", keep="first")
    joined = operations.join(
        stated.select("order_id", *names),
        on="order_id",
        how="left",
        suffix="_stated",
        maintain_order="left",
    )
    return joined.with_columns(pl.coalesce(n, f"{n}_stated").alias(n) for n in names).select(
        operations.columns
    )


def _reasons(marked: pl.DataFrame) -> pl.Series:
    """Return why each row would be set aside; empty strings where nothing speaks against it."""
    no_time = pl.col("start_at").is_null() & pl.col("end_at").is_null()
    no_order = pl.col("order_id").is_null() & (pl.col("kind") == "run")
    grounds = [
        pl.when(pl.col("faults").list.contains(code)).then(pl.lit(code))
        for code in ("duplicate", "negative_duration")
    ]
    grounds += [
        pl.when(no_time & pl.col("faults").list.contains("unparsed_cell")).then(
            pl.lit("unparsed_cell")
        ),
        pl.when(no_time).then(pl.lit("missing_start missing_end")),
        pl.when(no_order).then(pl.lit("missing_order")),
        pl.when(pl.col("operation").is_null()).then(pl.lit("missing_operation")),
    ]
    return marked.select(
        pl.concat_str(grounds, separator=" ", ignore_nulls=True).alias("reasons")
    ).to_series()


def _set_aside(
    assembled: Sequence[Assembled], aside: pl.DataFrame, left_out: pl.DataFrame
) -> pl.DataFrame:
    """Return the original cells of every row that is not in the records."""
    exploded = aside.explode("raw_rows").select(
        "source", pl.col("raw_rows").cast(pl.Int64).alias("source_row"), "reasons"
    )
    listed = pl.concat(
        [exploded, left_out.select("source", "source_row", pl.col("reason").alias("reasons"))]
    )
    parts = []
    for part in assembled:
        clash = {"source", "source_row", "reasons"} & set(part.table.frame.columns)
        cells = part.table.frame.select(pl.all().cast(pl.String)).rename(
            {n: f"{n} (cell)" for n in clash}
        )
        here = listed.filter(pl.col("source") == part.table.name)
        numbered = cells.with_columns(part.table.rows.alias("source_row"))
        parts.append(here.join(numbered, on="source_row", how="left").sort("source_row"))
    return pl.concat(parts, how="diagonal")


def _notes(operations: pl.DataFrame, left_out: pl.DataFrame, mapping: Mapping) -> list[Text]:
    notes = []
    if not mapping.time_zone_stated:
        notes.append(text("note_time_zone"))
    counts = dict(left_out["reason"].value_counts().rows())
    if n_markers := counts.get("marker", 0):
        names = ", ".join(sorted({m for table in mapping.tables for m in table.markers}))
        notes.append(text("note_marker", rows=n_markers, names=names))
    if n_other := counts.get("other_event", 0):
        notes.append(text("note_other_event", rows=n_other))
    no_order = pl.col("order_id").is_null() & (pl.col("kind") == "run")
    if n_without := operations.filter(no_order | pl.col("operation").is_null()).height:
        notes.append(text("note_missing_order", rows=n_without))
    kinds = dict(operations["kind"].value_counts().rows())
    if kinds.get("setup") or kinds.get("down"):
        notes.append(text("note_setup", rows=kinds.get("setup", 0), down=kinds.get("down", 0)))
    return notes


def drop_files(drop: Drop) -> dict[str, bytes | str]:
    """Return the files of a plant folder that a drop fills, by name.

    ``records.parquet``, ``mapping.toml``, ``verdict.json`` and ``set_aside.csv``;
    orders and the plant are written by the room that owns the plant folder.
    """
    return {
        "records.parquet": records_bytes(drop.records),
        "mapping.toml": mapping_toml(drop.mapping),
        "verdict.json": drop.verdict.model_dump_json(indent=2) + "\n",
        "set_aside.csv": drop.set_aside.write_csv(),
    }
