"""XML Spreadsheet 2003, which systems call .xls: the cells of every sheet, without entities."""

from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.files.excel_files import MAX_CELLS, Sheet, sheet_of_cells
from zhizao.connect.files.header_rows import tables_below

_MARK = b"urn:schemas-microsoft-com:office:spreadsheet"
_MOST_COLUMNS = 16_384
_MOST_ROWS = 1_048_576


def looks_like_spreadsheet_xml(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of an XML spreadsheet.

    Examples
    --------
    >>> looks_like_spreadsheet_xml(b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">')
    True
    """
    return _MARK in head and b"Workbook" in head


class _Cells:
    """Collects the cells of each sheet while the parser walks through the workbook."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sheets: dict[str, list[list[str | None]]] = {}
        self._rows: list[list[str | None]] = []
        self._text: list[str] | None = None
        self._skipped = 0
        self._n_cells = 0

    def refuse_document_type(self, *_: object) -> None:
        raise RecordsError(
            f"'{self.name}' declares a document type (DTD), which no spreadsheet program does. It is not read."
        )

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        tag = tag.rpartition(":")[2]
        if tag == "Worksheet":
            self._rows = self.sheets.setdefault(plain.get("Name", f"{len(self.sheets) + 1}"), [])
        elif tag == "Row":
            index = self._index(plain, len(self._rows), _MOST_ROWS)
            self._rows.extend([] for _ in range(index - len(self._rows)))
            self._rows.append([])
        elif tag == "Cell" and self._rows:
            row = self._rows[-1]
            self._fill(row, self._index(plain, len(row), _MOST_COLUMNS))
            row.append(None)
            merged = plain.get("MergeAcross", "0")
            self._skipped = min(int(merged), _MOST_COLUMNS) if merged.isdigit() else 0
        elif tag == "Data" and self._rows and self._rows[-1]:
            self._text = []

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "Data" and self._text is not None:
            self._rows[-1][-1] = "".join(self._text).strip() or None
            self._text = None
        elif tag == "Cell" and self._rows:
            self._fill(self._rows[-1], len(self._rows[-1]) + self._skipped)

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _fill(self, row: list[str | None], width: int) -> None:
        self._n_cells += 1 + max(width - len(row), 0)
        if self._n_cells > MAX_CELLS:
            raise RecordsError(f"'{self.name}' has more than {MAX_CELLS:,} cells. Export CSV.")
        row.extend([None] * (width - len(row)))

    def _index(self, plain: Mapping[str, str], otherwise: int, most: int) -> int:
        """Return the place, from 0, that a row or a cell says it has."""
        said = plain.get("Index", "")
        index = int(said) - 1 if said.isdigit() else otherwise
        if index > most:
            raise RecordsError(f"'{self.name}' reaches row or column {index:,}. Export CSV.")
        return index


def read_spreadsheet_xml(path: Path) -> list[Sheet]:
    """Read every sheet of an XML spreadsheet, in its order.

    Raises
    ------
    RecordsError
        If it is not well-formed, too large, or has no sheet with a header and rows.
    """
    found = _Cells(path.name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.data
    parser.StartDoctypeDeclHandler = found.refuse_document_type
    parser.EntityDeclHandler = found.refuse_document_type
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise RecordsError(
            f"'{path}' is not a well-formed XML spreadsheet: {error}. Save it as .xlsx."
        ) from error
    sheets = []
    for name, rows in found.sheets.items():
        width = max(map(len, rows), default=0)
        if width == 0:
            continue
        padded = [row + [None] * (width - len(row)) for row in rows]
        schema = {f"column_{k}": pl.String for k in range(width)}
        cells = pl.DataFrame(padded, schema=schema, orient="row")
        sheets += [
            sheet_of_cells(f"{name} ({i})" if i > 1 else name, part, file=path.name, n_above=above)
            for i, (above, part) in enumerate(tables_below(cells), start=1)
        ]
    if all(sheet.table is None for sheet in sheets):
        raise RecordsError(
            f"'{path}' is an XML spreadsheet without a sheet that has a header and rows below it. "
            "Put the records on one sheet, names of columns first."
        )
    return sheets
