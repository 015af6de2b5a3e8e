"""RawTable: a file's cells before anybody has said what they mean.

Every reader ends here, so everything after it knows one shape only.
"""

import re
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

_WIDE = "０１２３４５６７８９／：－．，～"
_NARROW = "0123456789/:-.,~"
"""Digits and signs as wide as Chinese characters, which mean the same as narrow ones."""

_WIDE_DIGIT = "[０-９]"
_HEAD_ROWS = 1_000
_LEAST_COLUMNS = 3
_DATE = re.compile(r"^(?:[^\W\d_]+\.?,? +)?(\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?)(?: 00:00:00)?$")

BLOCK_DATE = "(date above the rows)"
"""Column of the date that stands alone in a row above a group of rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RawTable:
    """Cells of one file, or of one sheet of it, as they were written.

    ``frame`` has the file's own columns: text, or typed where the format has
    types. Text cells are trimmed, and empty ones are null. ``rows`` counts as
    a spreadsheet does (the header is row 1). Rows without any cell are left out.
    ``described`` says how the file was read, in words for an error message.
    ``notes`` names what the file holds besides and was not read; of several tables
    of a file the first one has them. A table equals itself only.
    ``apart`` has the cells and the numbers of rows that hold sums or repeat the header.
    """

    name: str
    frame: pl.DataFrame
    rows: pl.Series
    described: str
    sheet: str | None = None
    notes: tuple[Text, ...] = ()
    apart: tuple[pl.DataFrame, pl.Series] | None = None


def raw_table(
    frame: pl.DataFrame, *, name: str, first_row: int, described: str, is_trimmed: bool = False
) -> RawTable:
    """Trim the cells, number the rows and leave out rows without a cell.

    With ``is_trimmed`` text cells have no blanks around them, and empty ones are null already.

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
    cells = pl.col(text) if is_trimmed else pl.col(text).str.strip_chars()
    if not is_trimmed or len(no_cell) > 1:
        cells = cells.replace(no_cell)
    if wide := [n for n in text if head[n].str.contains(_WIDE_DIGIT).any()]:
        frame = frame.with_columns(pl.col(wide).str.replace_many(list(_WIDE), list(_NARROW)))
    trimmed = (frame.with_columns(cells) if text else frame).with_row_index(
        "\0row", offset=first_row
    )
    columns = frame.columns
    if columns and all(trimmed[column].null_count() for column in columns):
        trimmed = trimmed.filter(~pl.all_horizontal(pl.col(columns).is_null()))
    trimmed, blocks = _with_block_dates(trimmed, columns)
    return RawTable(
        name=name,
        frame=trimmed.select(columns + blocks),
        rows=trimmed["\0row"].cast(pl.Int64).alias("source_row"),
        described=described,
    )


def _with_block_dates(numbered: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, list[str]]:
    """Return rows with the dates that stand alone above groups of them, and the column of those.

    Only where the first row is such a date: a remark or a sum may stand alone as well.
    """
    text = [name for name in columns if numbered.schema[name] == pl.String]
    if numbered.height == 0 or len(text) < len(columns) or len(columns) < _LEAST_COLUMNS:
        return numbered, []
    first = [cell for cell in numbered.row(0)[1:] if cell is not None]
    if len(first) != 1 or not _DATE.match(first[0]):
        return numbered, []
    alone = pl.sum_horizontal(pl.col(columns).is_not_null()) == 1
    date = pl.when(alone).then(pl.coalesce(columns).str.extract(_DATE.pattern, 1))
    marked = numbered.with_columns(date.alias(BLOCK_DATE))
    is_date = marked[BLOCK_DATE].is_not_null()
    filled = marked.with_columns(pl.col(BLOCK_DATE).forward_fill()).filter(~is_date)
    return filled, [BLOCK_DATE]


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
