"""HTML that a web system calls a workbook: the tables in it, and nothing else."""

import html.parser
from pathlib import Path

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.files.decode import decode
from zhizao.connect.files.excel_files import Sheet, sheet_of_cells
from zhizao.connect.files.header_rows import tables_below

_MOST_SPAN = 1000
_MARKS = (b"<html", b"<!doctype html", b"<table")


def looks_like_html(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of a page with a table.

    Examples
    --------
    >>> looks_like_html(b"<html><body>"), looks_like_html(b"order;machine")
    (True, False)
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith(_MARKS)


class _Tables(html.parser.HTMLParser):
    """Collects the cells of each table; a cell over several columns or rows stands in the first."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str | None]]] = []
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self._close()
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self._close()
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), _MOST_SPAN) if span.isdigit() else 1
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._close()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is not None:
            text = " ".join("".join(self._cell).split())
            self.tables[-1][-1] += [text or None, *([None] * (self._span - 1))]
            self._cell = None


def read_html(path: Path) -> list[Sheet]:
    """Read the tables of an HTML page, each as a sheet of its own.

    Raises
    ------
    RecordsError
        If the page has no table with a header and rows.
    """
    text, _ = decode(path.read_bytes(), name=path.name)
    parser = _Tables()
    parser.feed(text)
    parser.close()
    sheets = []
    for i, rows in enumerate((t for t in parser.tables if t), start=1):
        width = max(map(len, rows))
        if width == 0:
            continue
        padded = [row + [None] * (width - len(row)) for row in rows]
        schema = [f"column_{k}" for k in range(width)]
        cells = pl.DataFrame(padded, schema=dict.fromkeys(schema, pl.String), orient="row")
        sheets += [
            sheet_of_cells(f"table {i}", part, file=path.name, n_above=above, form="HTML")
            for above, part in tables_below(cells)
        ]
    if all(sheet.table is None for sheet in sheets):
        raise RecordsError(
            f"'{path}' is a web page (HTML) without a table that has a header and rows below it. "
            "Export the records as CSV or Excel."
        )
    return sheets
