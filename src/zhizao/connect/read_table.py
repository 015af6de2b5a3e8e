"""Which reader a file needs, decided from its first bytes, not from its name."""

import gzip
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.choose_sheets import choose_sheets
from zhizao.connect.columns.split_cells import with_spans_apart
from zhizao.connect.files.excel_files import Sheet, read_sheets
from zhizao.connect.files.html_files import looks_like_html, read_html
from zhizao.connect.files.json_files import looks_like_json, read_json
from zhizao.connect.files.packed_files import unpacked_gzip, unpacked_zip
from zhizao.connect.files.raw import MAX_FILE_BYTES, MAX_ROWS, RawTable, raw_table
from zhizao.connect.files.spreadsheet_xml import (
    looks_like_spreadsheet_xml,
    read_spreadsheet_xml,
)
from zhizao.connect.files.sqlite_files import MAGIC, read_sqlite
from zhizao.connect.files.sums_and_headers import without_sums
from zhizao.connect.files.text_files import read_text
from zhizao.connect.files.xes_files import read_xes
from zhizao.connect.mapping import Mapping
from zhizao.connect.rows.join_tables import join_tables
from zhizao.connect.verdict import text

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_FILES_NAMED = 8
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_tables(
    path: Path | str, *, name: str | None = None, mapping: Mapping | None = None
) -> list[RawTable]:
    r"""Read the cells of a CSV, Excel, JSON, Parquet, XES, HTML or SQLite file, each sheet as a table of its own.

    Parameters
    ----------
    name
        What the file is called; its own name if not given.
    mapping
        Says which sheets of a workbook are wanted. Without one, those that look like
        records or orders.

    Raises
    ------
    RecordsError
        If the file is missing, a folder, empty, too large, or broken.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("order|machine\nA|M1\n")
    ...     [table.described for table in read_tables(path)]
    ['CSV text, utf-8, delimited by bar']
    """
    path = Path(path)
    if path.is_dir():
        raise RecordsError(
            f"'{path}' is a folder. Name the files in it: CSV, Excel, JSON, Parquet or XES."
        )
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8]
        found = f" Files there: {', '.join(near)}." if near else ""
        raise RecordsError(f"There is no file '{path}'.{found} Check the path.")
    n_bytes = path.stat().st_size
    if n_bytes == 0:
        raise RecordsError(f"'{path}' is empty (0 bytes). Give a file with a header and rows.")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if head.strip(b"\0") and n_bytes > MAX_FILE_BYTES:
            raise RecordsError(
                f"'{path}' has {n_bytes:,} bytes, allowed are {MAX_FILE_BYTES:,}. Split it by time, or give Parquet."
            )
        tables = _read_by_first_bytes(path, head, name=name or path.name, mapping=mapping)
    except OSError as error:
        raise RecordsError(f"'{path}' cannot be read: {error}. Check its permissions.") from error
    if all(table.frame.height == 0 for table in tables):
        raise RecordsError(f"'{path}' has a header and no rows with cells. Export the rows too.")
    return tables


def read_table(path: Path | str) -> RawTable:
    r"""Read the cells of a file that holds one table.

    Raises
    ------
    RecordsError
        As for :func:`read_tables`, and if the file holds several tables.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("order|machine\nA|M1\n")
    ...     read_table(path).frame.rows()
    [('A', 'M1')]
    """
    tables = read_tables(path)
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise RecordsError(
            f"'{path}' holds {len(tables)} tables ({names}), allowed is one. Read them with read_tables."
        )
    return tables[0]


def _read_by_first_bytes(
    path: Path, head: bytes, *, name: str, mapping: Mapping | None
) -> list[RawTable]:
    if head.startswith(_ZIP) and _is_archive(path):
        return _read_archive(path, name=name, mapping=mapping)
    if head.startswith(_GZIP) and not _is_gzip_of_xml(path):
        return _read_gzip(path, name=name, mapping=mapping)
    if (sheets := _sheets(path, head)) is not None:
        return choose_sheets(_tidy_sheets(sheets, mapping=mapping), name=name, mapping=mapping)
    if head.startswith(b"PAR1"):
        table = _read_parquet(path)
    elif head.startswith(_GZIP) or _is_xml(head):
        table = read_xes(path)
    elif looks_like_json(head):
        table = read_json(path)
    elif head.startswith(b"%PDF"):
        raise RecordsError(
            f"'{path}' is a PDF. Give the table itself: CSV, Excel, JSON, Parquet or XES."
        )
    elif path.suffix.lower() in {".xlsx", ".xls", ".xlsm", ".parquet"} and head.strip(b"\0"):
        raise RecordsError(
            f"'{path}' is named {path.suffix}, but its content is not. Save it again, or name it .csv if it is text."
        )
    else:
        table = read_text(path)
    return [replace(_tidy(table), name=name)]


def _sheets(path: Path, head: bytes) -> list[Sheet] | None:
    """Return the sheets of a workbook, a database or a web page; None if a file is none of these."""
    if head.startswith((*_ZIP, _OLD_EXCEL)):
        return read_sheets(path)
    if head.startswith(MAGIC):
        return read_sqlite(path)
    if _is_xml(head) and looks_like_spreadsheet_xml(head):
        return read_spreadsheet_xml(path)
    return read_html(path) if looks_like_html(head) else None


def _tidy(table: RawTable) -> RawTable:
    """Return a table without rows that are no reports, and with one instant in a cell."""
    return with_spans_apart(without_sums(table))


def _tidy_sheets(sheets: Sequence[Sheet], *, mapping: Mapping | None) -> list[Sheet]:
    """Return sheets without rows that are no reports, and those that only list ids joined to the others."""
    tidy = [replace(s, table=_tidy(s.table)) if s.table else s for s in sheets]
    tables = [replace(s.table, name=s.name) for s in tidy if s.table]
    if mapping is not None or len(tables) < 2:
        return tidy
    joined = {table.name: table for table in join_tables(tables)}
    if len(joined) == len(tables):
        return tidy
    return [
        replace(s, table=replace(joined[s.name], name=s.table.name)) if s.table else s
        for s in tidy
        if s.table is None or s.name in joined
    ]


def _is_archive(path: Path) -> bool:
    """Return whether a file is an archive of other files and not a workbook."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return not any(n in {"[Content_Types].xml", "mimetype"} or n.startswith("xl/") for n in names)


def _read_archive(path: Path, *, name: str, mapping: Mapping | None) -> list[RawTable]:
    with TemporaryDirectory() as folder:
        found, others = unpacked_zip(path, Path(folder))
        tables: list[RawTable] = []
        for file in found:
            n_same = sum(file.name == other.name for other in found[: found.index(file)])
            called = f"{name}/{file.name}" + (f" ({n_same + 1})" if n_same else "")
            tables += read_tables(file, name=called, mapping=mapping)
    if not others:
        return tables
    note = text("note_archive", file=name, n=len(others), names=", ".join(others[:_FILES_NAMED]))
    return [replace(tables[0], notes=(*tables[0].notes, note)), *tables[1:]]


def _read_gzip(path: Path, *, name: str, mapping: Mapping | None) -> list[RawTable]:
    with TemporaryDirectory() as folder:
        return read_tables(unpacked_gzip(path, Path(folder)), name=name, mapping=mapping)


def _is_gzip_of_xml(path: Path) -> bool:
    """Return whether a .gz file holds XML, which is read as it is unpacked; also if it is damaged."""
    try:
        with gzip.open(path) as packed:
            return _is_xml(packed.read(4096))
    except (OSError, EOFError, zlib.error):
        return True


def _is_xml(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"<?xml", b"<log", b"<!DOCTYPE", b"<!--"))


def _read_parquet(path: Path) -> RawTable:
    try:
        n_rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
        if n_rows > MAX_ROWS:
            raise RecordsError(
                f"'{path}' has {n_rows:,} rows, allowed are {MAX_ROWS:,}. Split it by time."
            )
        frame = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise RecordsError(f"'{path}' is not a readable Parquet file: {error}.") from error
    plain: list[pl.Series] = []
    unread: list[str] = []
    for column in frame:
        if (cells := _plain_cells(column)) is None:
            unread.append(f"{column.name} ({column.dtype})")
        else:
            plain.append(cells)
    table = raw_table(pl.DataFrame(plain), name=path.name, first_row=2, described="Parquet")
    if not unread:
        return table
    note = text("note_columns", n=len(unread), file=path.name, rows=n_rows, names=", ".join(unread))
    return replace(table, notes=(note,))


def _plain_cells(column: pl.Series) -> pl.Series | None:
    """Return a column with one value a row, or None if it has no such values."""
    if column.dtype.is_nested() or column.dtype == pl.Object:
        return None
    if column.dtype in (pl.Categorical, pl.Enum, pl.Binary):
        try:
            return column.cast(pl.String)
        except pl.exceptions.PolarsError:  # bytes that are no text
            return None
    return column
