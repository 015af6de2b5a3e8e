"""RawTable: a file's cells before anybody has said what they mean.

Every reader ends here, so everything after it knows one shape only.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from zhizao.connect.verdict import Text

MAX_FILE_BYTES = 2 * 1024**3
"""Largest file (also after unpacking) that is read; a laptop holds about this."""

MAX_ROWS = 20_000_000
"""Most rows that one table may have; more does not fit a laptop's memory."""


_NO_VALUE = ("NULL", "null", "(null)", "<NULL>", "NaN", "nan")
"""What programs write into a cell that has no value; one of them stands in the first rows."""

_HEAD_ROWS = 1_000


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Cells of one file, or of one sheet of it, as they were written.

    ``frame`` has the file's own columns: text, or typed where the format has
    types. Text cells are trimmed, and empty ones are null. ``rows`` counts as
    a spreadsheet does (the header is row 1). Rows without any cell are left out.
    ``described`` says how the file was read, in words for an error message.
    ``notes`` names what the file holds besides and was not read; of several tables
    of a file the first one has them.
    """

    name: str
    frame: pl.DataFrame
    rows: pl.Series
    described: str
    sheet: str | None = None
    notes: tuple[Text, ...] = ()


def raw_table(frame: pl.DataFrame, *, name: str, first_row: int, described: str) -> RawTable:
    """Trim the cells, number the rows and leave out rows without a cell.

    Examples
    --------
    >>> cells = pl.DataFrame({"a": [" x ", ""], "b": ["1", " "]})
    >>> table = raw_table(cells, name="t.csv", first_row=2, described="CSV")
    >>> table.frame.rows(), table.rows.to_list()
    ([('x', '1')], [2])
    """
    text = [column for column, dtype in frame.schema.items() if dtype == pl.String]
    no_cell: dict[str, None] = {"": None}
    head = frame.select(text).head(_HEAD_ROWS)
    if any(head[name].str.strip_chars().is_in(_NO_VALUE).any() for name in text):
        no_cell |= dict.fromkeys(_NO_VALUE)
    trimmed = frame.with_columns(
        pl.col(text).str.strip_chars().replace(no_cell) if text else []
    ).with_row_index("\0row", offset=first_row)
    columns = frame.columns
    if columns:
        trimmed = trimmed.filter(~pl.all_horizontal(pl.col(columns).is_null()))
    return RawTable(
        name=name,
        frame=trimmed.select(columns),
        rows=trimmed["\0row"].cast(pl.Int64).alias("source_row"),
        described=described,
    )


def column_names(header: Iterable[str | None]) -> list[str]:
    """Return names of columns: trimmed, never empty, each one once.

    Examples
    --------
    >>> column_names([" order ", "", "order"])
    ['order', 'column 2', 'order (2)']
    """
    names: list[str] = []
    seen: Counter[str] = Counter()
    for position, cell in enumerate(header, start=1):
        name = (cell or "").strip() or f"column {position}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
