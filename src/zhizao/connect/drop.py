"""Drop: files in, records, orders, what was set aside and the verdict out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from zhizao._base.errors import InputError, MappingError, RecordsError, did_you_mean
from zhizao._base.files import as_paths
from zhizao._base.progress import Progress, no_progress
from zhizao.connect.columns.guess import guess_mapping
from zhizao.connect.columns.guess_fields import INSTANTS
from zhizao.connect.columns.parse_fields import parse_fields
from zhizao.connect.columns.run_clocks import with_clocks_of_a_run
from zhizao.connect.columns.table_names import with_names
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import (
    Mapping,
    TableMapping,
    check_columns,
    fitting_part,
    missing_fields,
)
from zhizao.connect.mapping_toml import mapping_toml, read_mapping
from zhizao.connect.read_table import read_tables
from zhizao.connect.rows.assemble import assemble
from zhizao.connect.rows.join_tables import join_tables
from zhizao.connect.rows.orders import order_fields
from zhizao.connect.rows.pseudonyms import with_pseudonyms
from zhizao.connect.rows.settle import settle
from zhizao.connect.verdict import Text, Verdict, text
from zhizao.model.order import Order
from zhizao.model.records import Records, records_bytes

_FEW_ROWS = 2_000


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
    files: Sequence[Path | str] | Path | str,
    *,
    mapping: Path | str | None = None,
    time_zone: str | None = None,
    operator_key: bytes | None = None,
    progress: Progress | None = None,
) -> Drop:
    r"""Read record files and order tables and judge them.

    Parameters
    ----------
    files : path, or several
        CSV, Excel, JSON, Parquet or XES; each, or each sheet of a workbook, is operation
        reports or an order table. Sheets that are neither are named in the notes.
    mapping : path, optional
        A ``mapping.toml``; without one the mapping is guessed.
    time_zone
        IANA name of the zone of clock times without one; it wins over the
        mapping's. Without either, UTC is assumed and the verdict says so.
    operator_key
        Key under which names of people become pseudonyms, in the records, the rows
        set aside and the verdict; without one they stay as they are.
    progress
        Called with (done, total).

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
    tell = progress or no_progress
    paths = as_paths(files)
    n_told = len(paths) + 3
    if not paths:
        raise RecordsError("No file was given. Give at least one file of operation reports.")
    stated = None if mapping is None else read_mapping(mapping)
    zone = time_zone or (stated.time_zone if stated else None)
    if zone is not None:
        _check_zone(zone)
    tables: list[RawTable] = []
    for i, path in enumerate(paths):
        tell(i, n_told)
        n_same = sum(path.name == other.name for other in paths[:i])
        name = f"{path.name} ({n_same + 1})" if n_same else path.name
        tables += read_tables(path, name=name, mapping=stated)
    stated_names = () if stated is None else [part.file for part in stated.tables]
    tables = join_tables(
        with_clocks_of_a_run(_with_names(tables)),
        apart=stated_names if len(stated_names) == len(tables) else (),
    )
    tell(len(paths), n_told)
    unread = [note for table in tables for note in table.notes]
    if stated is None:
        tables, unlike = _without_unlike(tables)
        unread += unlike
    used = _mapping_of(tables, stated, time_zone=time_zone)
    tell(len(paths) + 1, n_told)
    assembled, order_tables = [], []
    for written, how in zip(tables, used.tables, strict=True):
        table = written
        if operator_key is not None:
            table = with_pseudonyms(written, how, key=operator_key)
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
            + "".join(f"\n  {note.en}" for note in unread)
        )
    tell(len(paths) + 2, n_told)
    settled = settle(assembled, order_tables, used, notes=unread)
    _check_work(settled.records, tables)
    return Drop(
        records=settled.records,
        orders=settled.orders,
        set_aside=settled.set_aside,
        mapping=used,
        verdict=settled.verdict,
    )


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        hint = did_you_mean(zone, available_timezones())
        raise InputError(
            f"Time zone '{zone}' is unknown; give an IANA name such as 'Asia/Shanghai'.{hint}"
        ) from error


def _with_names(tables: Sequence[RawTable]) -> list[RawTable]:
    """Return files alike with what their names say, in a column."""
    files = [i for i, table in enumerate(tables) if table.sheet is None]
    named = with_names([tables[i] for i in files], [Path(tables[i].name).stem for i in files])
    found = list(tables)
    for i, table in zip(files, named, strict=True):
        found[i] = table
    return found


def _without_unlike(tables: Sequence[RawTable]) -> tuple[list[RawTable], list[Text]]:
    """Return the tables without those that hold no time and no orders, and notes that name them."""
    kept, notes = [], []
    if len(tables) == 1:
        return list(tables), []
    for table in tables:
        # A few rows tell what the columns hold; all are guessed from again for those that stay.
        few = table
        if table.frame.height > _FEW_ROWS:
            few = replace(table, frame=table.frame.head(_FEW_ROWS), rows=table.rows.head(_FEW_ROWS))
        how = guess_mapping(few).tables[0]
        has_time = any(field in INSTANTS for field in how.columns) or how.steps
        if has_time or how.kind == "orders":
            kept.append(table)
        else:
            notes.append(text("note_unlike", file=table.name, rows=table.frame.height))
    return (kept, notes) if kept else (list(tables), [])


def _mapping_of(
    tables: Sequence[RawTable], stated: Mapping | None, *, time_zone: str | None
) -> Mapping:
    if stated is None:
        return guess_mapping(tables, time_zone=time_zone)
    return Mapping(
        time_zone=time_zone or stated.time_zone,
        time_zone_stated=stated.time_zone_stated
        or time_zone is not None
        or stated.time_zone != Mapping.model_fields["time_zone"].default,
        tables=tuple(_table_mapping(table, stated) for table in tables),
    )


def _table_mapping(table: RawTable, stated: Mapping) -> TableMapping:
    """Return the part of a mapping for a file: by its name, else the one that fits best."""
    columns = table.frame.columns
    for part in stated.tables:
        if part.file == table.name:
            check_columns(part, columns)
            return _with_unmapped(part, table)
    if fitting := fitting_part(stated, columns):
        return _with_unmapped(fitting, table)
    if len(stated.tables) == 1:
        check_columns(stated.tables[0].model_copy(update={"file": table.name}), columns)
    names = [part.file for part in stated.tables]
    raise MappingError(
        f"The mapping has no table for '{table.name}'; it has {', '.join(names) or 'none'}, and none of them fits its "
        f"columns ({', '.join(columns)}).{did_you_mean(table.name, names)}"
    )


def _with_unmapped(part: TableMapping, table: RawTable) -> TableMapping:
    used = {*part.columns.values(), *(c for s in part.steps for c in s.columns())}
    unmapped = tuple(name for name in table.frame.columns if name not in used)
    return part.model_copy(update={"file": table.name, "unmapped": unmapped})


def _check_required(table: RawTable, how: TableMapping) -> None:
    if missing := missing_fields(how):
        known = ", ".join(f"{field} = '{column}'" for field, column in how.columns.items())
        raise MappingError(
            f"'{table.name}' ({table.described}): no column was found for {', '.join(missing)}. Found: {known or 'none'}. "
            f"Its columns are: {', '.join(table.frame.columns)}. Name them in a mapping.toml and give it with --mapping:\n"
            f"{mapping_toml(Mapping(tables=(how,)))}"
        )


def _check_work(records: Records, tables: Sequence[RawTable]) -> None:
    """Raise if no row reports work on an order, though rows report something else."""
    rows = records.operations
    if rows.height == 0 or rows.select(pl.col("order_id").is_not_null().any()).item():
        return
    kinds = ", ".join(f"{n:,} of kind '{k}'" for k, n in sorted(rows["kind"].value_counts().rows()))
    names = ", ".join(table.name for table in tables)
    raise RecordsError(
        f"{names}: no row names an order ({kinds}); states of machines alone do not tell how orders went. Give the "
        "reports of orders and operations too; if a column here names the order, say which in a mapping.toml."
    )


def drop_files(drop: Drop) -> dict[str, bytes | str]:
    r"""Return the files of a plant folder that a drop fills, by name.

    ``records.parquet``, ``mapping.toml``, ``verdict.json`` and ``set_aside.csv``;
    orders and the plant are written by the room that owns the plant folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("order,operation,start,end\nA,cut,2024-01-01 08:00,2024-01-01 09:00\n")
    ...     sorted(drop_files(read_drop(path)))
    ['mapping.toml', 'records.parquet', 'set_aside.csv', 'verdict.json']
    """
    return {
        "records.parquet": records_bytes(drop.records),
        "mapping.toml": mapping_toml(drop.mapping),
        "verdict.json": drop.verdict.model_dump_json(indent=2) + "\n",
        "set_aside.csv": drop.set_aside.write_csv(),
    }
