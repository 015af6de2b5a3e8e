"""Cells that a spreadsheet or a conversion has damaged, found column by column."""

import polars as pl

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
    frame: pl.DataFrame, *, instants: frozenset[str], ids: frozenset[str]
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

    Examples
    --------
    >>> spans = pl.DataFrame({"span": ["006:19"] * 99 + ["1899/12/31 01:49:00"]})
    >>> mangled_cells(spans, instants=frozenset(), ids=frozenset())["span"].sum()
    1
    """
    text = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    dates = [name for name in text if name not in instants]
    if not text:
        return pl.DataFrame()
    checks = [pl.col(text).str.contains(_ERROR).fill_null(value=False)]
    found = frame.select(checks)
    if dates:
        is_date = frame.select(pl.col(dates).str.contains(_DATE).fill_null(value=False))
        n_cells = frame.select(pl.col(dates).count())
        for name in dates:
            n_dates = int(is_date[name].sum())
            if 0 < n_dates <= RARE_SHARE * int(n_cells[name][0]):
                found = found.with_columns((pl.col(name) | is_date[name]).alias(name))
    powers = [name for name in text if name in ids]
    if powers:
        is_power = frame.select(pl.col(powers).str.contains(_POWER).fill_null(value=False))
        found = found.with_columns((pl.col(name) | is_power[name]).alias(name) for name in powers)
    return found.select(name for name in text if found[name].any())
