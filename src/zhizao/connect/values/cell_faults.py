"""Cells that a spreadsheet or a conversion has damaged, found column by column."""

from collections.abc import Mapping
from functools import partial

import polars as pl

from zhizao._base.side_by_side import side_by_side
from zhizao.connect.values.distinct import Cells, cells_of

RARE_SHARE = 0.02
"""A damaged cell is an exception in its column: above this share it is the column's own form."""

_ERROR = r"^#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|#+)$|\x{FFFD}"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|ene|abr|ago|dic)"
_DATE = (
    r"(?i)^(?:\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|\d{1,2}\.\d{1,2}\.\d{4})(?:[ T]|$)"
    rf"|^\d{{1,2}}[-. ]{_MONTH}(?:[-. ]\d{{2,4}})?$|^{_MONTH}[-. ]\d{{2,4}}$"
    r"|^\d{1,2}月\d{1,2}日$"
)
_POWER = r"^\d(?:[.,]\d+)?E\+\d{1,3}$"


def mangled_cells(
    frame: pl.DataFrame,
    *,
    instants: frozenset[str],
    ids: frozenset[str],
    cells: Mapping[str, Cells] | None = None,
) -> pl.DataFrame:
    """Return a boolean column for every column of a table that has damaged cells.

    Damaged are: error values ('#REF!'), letters lost in a conversion, dates in a
    column that otherwise has none, and, in columns of ids, powers of ten.

    Parameters
    ----------
    frame : DataFrame
        Cells as read.
    instants, ids
        Names of the columns that hold instants, and of those that hold ids.
    cells
        Different cells of columns, where they are known already.

    Examples
    --------
    >>> spans = pl.DataFrame({"span": ["006:19"] * 99 + ["1899/12/31 01:49:00"]})
    >>> mangled_cells(spans, instants=frozenset(), ids=frozenset())["span"].sum()
    1
    """
    text = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if not text:
        return pl.DataFrame()
    known = cells or {}
    checked = side_by_side(
        partial(
            _damaged,
            known.get(name) or cells_of(frame[name]),
            is_id=name in ids,
            is_instant=name in instants,
        )
        for name in text
    )
    found = zip(text, checked, strict=True)
    return pl.DataFrame({name: is_damaged for name, is_damaged in found if is_damaged is not None})


def _damaged(cells: Cells, *, is_id: bool, is_instant: bool) -> pl.Series | None:
    """Return which cells of a column are damaged; None if none is."""
    found = [cells.each(_is_error)] if cells.are_any(_is_error) else []
    if not is_instant and cells.are_any(_is_date):
        is_date = cells.each(_is_date)
        n_cells = cells.each(pl.Series.is_not_null).sum()
        if int(is_date.sum()) <= RARE_SHARE * int(n_cells):
            found.append(is_date)
    if is_id and cells.are_any(_is_power):
        found.append(cells.each(_is_power))
    return pl.select(pl.any_horizontal(found)).to_series() if found else None


def _is_error(cells: pl.Series) -> pl.Series:
    return cells.str.contains(_ERROR).fill_null(value=False)


def _is_date(cells: pl.Series) -> pl.Series:
    return cells.str.contains(_DATE).fill_null(value=False)


def _is_power(cells: pl.Series) -> pl.Series:
    return cells.str.contains(_POWER).fill_null(value=False)
