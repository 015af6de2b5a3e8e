"""Excel: the cells of every sheet, and nothing that blows up.

A workbook is a zip of XML. What it unpacks to is counted before it is opened,
because a few kilobytes can unpack to more than the machine has.
"""

import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import fastexcel
import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.files.header_rows import header_of, is_group_row, tables_below
from zhizao.connect.files.raw import RawTable, column_names, raw_table
from zhizao.connect.synonyms import header_score

MAX_UNPACKED_BYTES = 1024**3
"""Most bytes that a workbook may unpack to: about 5 million rows of 10 cells."""

MAX_CELLS = 60_000_000
"""Most cells in the rectangle around a sheet's cells; the reader allocates it whole."""

_HEADER_ROWS = 25
_CHUNK_BYTES = 4 * 1024 * 1024
_CELL = re.compile(rb'<c r="([A-Z]{1,3})')
_ROW = re.compile(rb'<(?:row|c) r="[A-Z]*(\d{1,8})"')


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of a workbook; ``table`` is None where no header with rows below it was found.

    ``n_rows`` counts rows with cells, where there is a table without its header;
    ``score`` says how well the header fits the names of fields.
    """

    name: str
    n_rows: int
    table: RawTable | None
    score: float
    is_hidden: bool = False


def read_sheets(path: Path) -> list[Sheet]:
    """Read every sheet of a workbook, in the workbook's order.

    Formulas are not computed: the results that the workbook stores are read.

    Raises
    ------
    RecordsError
        If the file is not a workbook, unpacks to too much, or has no sheet with
        a header and rows.
    """
    n_formulas = _check_unpacked(path) if zipfile.is_zipfile(path) else 0
    try:
        workbook = fastexcel.read_excel(path)
        cells, hidden = {}, set()
        for name in workbook.sheet_names:
            cells[name], is_hidden = _sheet_cells(workbook, name)
            hidden |= {name} if is_hidden else set()
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, OSError) as error:
        raise RecordsError(
            f"'{path}' cannot be read as an Excel workbook: {str(error).splitlines()[0]}. Save it again as .xlsx, or export CSV."
        ) from error
    sheets = [
        replace(
            sheet_of_cells(
                f"{name} ({i})" if i > 1 else name, part, file=path.name, n_above=n_above
            ),
            is_hidden=name in hidden,
        )
        for name, frame in cells.items()
        for i, (n_above, part) in enumerate(tables_below(frame), start=1)
    ]
    if all(sheet.table is None for sheet in sheets):
        formulas = (
            f" It has {n_formulas:,} formulas; if their results were never stored, open and save it in a "
            "spreadsheet program first."
            if n_formulas
            else ""
        )
        raise RecordsError(
            f"'{path}' has no sheet with a header and rows below it (sheets: "
            f"{', '.join(cells) or 'none'}).{formulas} Put the records on one sheet, names of columns first."
        )
    return sheets


def sheet_of_cells(
    name: str, cells: pl.DataFrame, *, file: str, n_above: int, form: str = "Excel"
) -> Sheet:
    """Return a sheet of its cells, all text: the header is found, also below a title.

    Examples
    --------
    >>> cells = pl.DataFrame({"a": ["Order", "A1"], "b": ["Machine", "M1"]})
    >>> sheet_of_cells("May", cells, file="a.xlsx", n_above=0).table.frame.rows()
    [('A1', 'M1')]
    """
    table, score = None, 0.0
    top = _header_row(cells)
    if top is not None and cells.height > top + 1:
        header, n_header = header_of(cells.slice(top, 3).rows())
        names = column_names(header)
        frame = cells.slice(top + n_header)
        frame.columns = names
        kept = [
            n
            for n in names
            if not (n.startswith("column ") and frame[n].null_count() == frame.height)
        ]
        described = f"{form}, sheet '{name}', header in row {n_above + top + 1}"
        first_row = n_above + top + n_header + 1
        table = raw_table(frame.select(kept), name=file, first_row=first_row, described=described)
        score = header_score([name for name in header if name])
    if table is None or table.frame.height == 0:
        n_rows = raw_table(cells, name=file, first_row=1, described="").frame.height
        return Sheet(name=name, n_rows=n_rows, table=None, score=0.0)
    return Sheet(
        name=name, n_rows=table.frame.height, table=replace(table, sheet=name), score=score
    )


def _sheet_cells(workbook: fastexcel.ExcelReader, name: str) -> tuple[pl.DataFrame, bool]:
    sheet = workbook.load_sheet(name, header_row=None, dtypes="string", skip_rows=0)
    frame = sheet.to_polars()
    cells = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    return cells, sheet.visible != "visible"


def _header_row(cells: pl.DataFrame) -> int | None:
    """Return the first row that is nearly as full as the fullest of the first rows."""
    head = cells.head(_HEADER_ROWS)
    if head.height == 0 or head.width < 2:
        return None
    filled = head.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    fullest = int(str(filled.max()))
    if fullest < 2:
        return None
    top = int((filled >= 0.6 * fullest).arg_max() or 0)
    is_group = top > 0 and filled[top - 1] > 1 and is_group_row(head.row(top - 1), head.row(top))
    return top - 1 if is_group else top


def _check_unpacked(path: Path) -> int:
    """Count what the workbook unpacks to and return its number of formulas."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            stated = sum(entry.file_size for entry in entries)
            if stated > MAX_UNPACKED_BYTES:
                _refuse(path, f"{stated:,} bytes")
            n_formulas = 0
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    n_formulas += _check_sheet(path, archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise RecordsError(
            f"'{path}' is a damaged or encrypted workbook: {error}. Save it again without a password."
        ) from error
    return n_formulas


def _check_sheet(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Stream a sheet: its true size, no entities, and how wide and long its rectangle is."""
    n_bytes = n_formulas = last_row = 0
    columns: set[bytes] = set()
    with archive.open(entry) as sheet:
        tail = b""
        while chunk := sheet.read(_CHUNK_BYTES):
            n_bytes += len(chunk)
            if n_bytes > MAX_UNPACKED_BYTES:
                _refuse(path, f"more than {MAX_UNPACKED_BYTES:,} bytes")
            block = tail + chunk
            if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
                raise RecordsError(
                    f"'{path}' defines XML entities in '{entry.filename}', which no spreadsheet program does. "
                    "It is not read."
                )
            columns.update(_CELL.findall(block))
            last_row = max(last_row, *map(int, _ROW.findall(block)), 0)
            n_formulas += chunk.count(b"<f>") + chunk.count(b"<f ")
            tail = chunk[-64:]
    last_column = max((_column_number(letters) for letters in columns), default=0)
    if last_row * last_column > MAX_CELLS:
        raise RecordsError(
            f"'{path}', '{entry.filename}' reaches row {last_row:,} and column {last_column:,}: a rectangle of "
            f"{last_row * last_column:,} cells, allowed are {MAX_CELLS:,}. Delete the stray cells at its edge, "
            "or export CSV."
        )
    return n_formulas


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _refuse(path: Path, found: str) -> None:
    raise RecordsError(
        f"'{path}' ({path.stat().st_size:,} bytes) unpacks to {found}, allowed are {MAX_UNPACKED_BYTES:,}. "
        "Export the records as CSV or Parquet."
    )
