"""Headers of more than one row: groups of columns above, units below; titles before, sums behind."""

import re
from collections.abc import Sequence

import polars as pl

from zhizao.connect.synonyms import header_score, plain, unit_in_name, vocabulary

_MOST_TITLE_CELLS = 0.5
"""Share of filled cells of a row up to which it is a title, not a row of a table."""

_TABLE_SCORE = 2.0
"""Fit of a row's cells to names of columns, in names, from which it begins another table."""

_NO_HEADER = 1.0
"""Fit below which a row over a header is none itself."""

_TABLE_CELLS = 3
_INSTANT = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[T ]+\d{1,2}:\d{2}")

Cells = Sequence[str | None]


def header_of(rows: Sequence[Cells]) -> tuple[list[str | None], int]:
    """Return the names of columns and how many rows they take, from a table's first rows.

    A second row that fills holes of the first one holds the names in groups of columns;
    a row of units becomes part of the names. A first row with a date and a clock time is no
    header but a row: then there are no names, in 0 rows.

    Examples
    --------
    >>> header_of([["Order", "Time", None], [None, "Start", "End"], ["A1", "8:00", "9:00"]])
    (['Order', 'Time Start', 'Time End'], 2)
    >>> header_of([["Order", "Run time"], [None, "h"], ["A1", "1.5"]])
    (['Order', 'Run time (h)'], 2)
    """
    names: list[str | None] = [_text(cell) for cell in rows[0]]
    if (
        any(name and _INSTANT.match(name) for name in names)
        and header_score([n for n in names if n]) < _NO_HEADER
    ):
        return [None] * len(names), 0
    used = 1
    if len(rows) > used + 1 and _is_second_row(names, rows[used]):
        group: str | None = None
        joined: list[str | None] = []
        for name, below in zip(names, map(_text, rows[used]), strict=True):
            group = name or (group if below else None)
            joined.append(f"{group} {below}" if group and below else below or name)
        names, used = joined, used + 1
    if len(rows) > used and _is_units(rows[used]):
        units = map(_text, rows[used])
        names = [
            f"{name} ({unit.strip('[]()')})"
            if name and unit and unit_in_name(f"({unit})")
            else name
            for name, unit in zip(names, units, strict=True)
        ]
        used += 1
    return names, used


def is_group_row(row: Cells, below: Cells) -> bool:
    """Return whether a row names groups of the columns that the row below it names.

    Examples
    --------
    >>> is_group_row(["Order", "Milling", ""], ["", "Start", "End"])
    True
    """
    return len(row) == len(below) and _is_second_row([_text(cell) for cell in row], below)


def _text(cell: str | None) -> str | None:
    return cell.strip() or None if cell else None


def _is_second_row(names: Sequence[str | None], below: Cells) -> bool:
    """Whether a row holds names of columns whose groups stand in the row above."""
    cells = [_text(cell) for cell in below]
    found = [cell for cell in cells if cell]
    fills = any(cell and not name for name, cell in zip(names, cells, strict=True))
    is_apart = any(name and not cell for name, cell in zip(names, cells, strict=True))
    return (
        fills
        and (is_apart or len(found) == len(cells))
        and not any(c.isdigit() for cell in found for c in cell)
        and header_score([n for n in found if n]) > 0.0
    )


def _is_units(row: Cells) -> bool:
    found = [cell.strip() for cell in row if cell and cell.strip()]
    known = vocabulary("words", "unit")
    n_units = sum(
        unit_in_name(f"({cell.strip('[]()')})") is not None or plain(cell) in known
        for cell in found
    )
    return (
        bool(found)
        and n_units >= max(1, len(found) / 2)
        and not any(c.isdigit() for cell in found for c in cell)
    )


def is_title(row: Cells, *, width: int) -> bool:
    """Return whether a row before or behind a table of some width is no row of it.

    Examples
    --------
    >>> is_title(["Report of May", "", ""], width=3), is_title(["A", "8:00", ""], width=3)
    (True, False)
    """
    filled = sum(bool(cell and cell.strip()) for cell in row)
    return filled <= max(1.0, _MOST_TITLE_CELLS * width - 1)


def header_below(rows: Sequence[Cells]) -> int:
    """Return how many rows stand above the header; 0 if the first one is as good a header as any.

    Examples
    --------
    >>> header_below([["Plant", "2", ""], ["Order", "Start", "End"], ["A", "8:00", "9:00"]])
    1
    """

    def fit(row: Cells) -> tuple[float, int]:
        names = [cell.strip() for cell in row if cell and cell.strip()]
        return header_score(names), len(names)

    score, n_names = fit(rows[0])
    if score >= _NO_HEADER:
        return 0
    for i, row in enumerate(rows[1:], start=1):
        below, n_below = fit(row)
        if below >= _TABLE_SCORE and n_below > n_names:
            return i
    return 0


def tables_below(cells: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    """Return the tables that stand below each other on a sheet, with the rows before each.

    Another table begins where, after an empty row, a row names columns; a title may be between.

    Examples
    --------
    >>> rows = [("Order", "Start", "End"), ("A", "1", "2"), (None,) * 3, ("Machine", "From", "To")]
    >>> [(first, part.height) for first, part in tables_below(pl.DataFrame(rows, orient="row"))]
    [(0, 3), (3, 1)]
    """
    if cells.width < _TABLE_CELLS:
        return [(0, cells)]
    filled = cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    starts = [0]
    for row in (filled == 0).arg_true().to_list():
        for top in (row + 1, row + 2):
            if top >= cells.height or filled[top] < _TABLE_CELLS:
                continue
            names = [str(v) for v in cells.row(top) if v is not None]
            is_named = not any(c.isdigit() for name in names for c in name)
            has_table_above = (filled.slice(starts[-1], row - starts[-1]) >= _TABLE_CELLS).sum() > 1
            if has_table_above and is_named and header_score(names) >= _TABLE_SCORE:
                starts.append(row + 1)
                break
    ends = [*starts[1:], cells.height]
    return [(a, cells.slice(a, b - a)) for a, b in zip(starts, ends, strict=True)]
