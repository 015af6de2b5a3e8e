"""Rows that a print-out or a spreadsheet adds to a table: sums, and the header once more."""

from dataclasses import replace

import polars as pl

from zhizao.connect.files.raw import RawTable
from zhizao.connect.synonyms import is_unspaced, plain, vocabulary
from zhizao.connect.verdict import text

_LEAST_EMPTY = 0.3
"""Share of empty cells, at least, of a row that holds a sum."""

_MOST_WORDS = 4
_CLOCK = r"\d{1,2}:\d{2}"
_HINT = r"(?i)tot|sum|gesamt|ergebnis|razem|всего|итого|toplam|celkem|tong|合|小|总|總|共|累|汇|소|총|합|計"
_ROWS_NAMED = 8


def without_sums(table: RawTable) -> RawTable:
    r"""Return a table without rows of sums and without repeats of its header; a note names them.

    A sum has a word such as 'Total' or '小计' in its first cell, few other cells, and no clock time.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> lines = "order,operation,end,pieces\nA,cut,8:00,5\norder,operation,end,pieces\nTotal,,,5\n"
    >>> without_sums(table_of_text(lines, name="a.csv", encoding="utf-8")).frame.height
    1
    """
    frame = table.frame
    columns = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if len(columns) < _MOST_WORDS or frame.height == 0:
        return table
    out = _repeats(frame, columns) | _sums(frame, columns)
    n_out = int(out.sum())
    if n_out in {0, frame.height}:
        return table
    rows = table.rows.filter(out)
    more = ", …" if n_out > _ROWS_NAMED else ""
    listed = ", ".join(str(row) for row in rows.head(_ROWS_NAMED)) + more
    note = text("note_sums", n=n_out, file=table.name, rows=listed)
    return replace(
        table,
        frame=frame.filter(~out),
        rows=table.rows.filter(~out),
        notes=(*table.notes, note),
        apart=(frame.filter(out), rows),
    )


def _none(frame: pl.DataFrame) -> pl.Series:
    return pl.Series([False]).new_from_index(0, frame.height)


def _repeats(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Return which rows have the names of the columns in their cells."""
    first, *others = columns
    again = (frame[first] == first).fill_null(value=False)
    if not again.any():
        return _none(frame)
    same = pl.all_horizontal((pl.col(n) == n) | pl.col(n).is_null() for n in others)
    return again & frame.select(same.fill_null(value=True)).to_series()


def _sums(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Return which rows hold sums."""
    if not any(frame[name].null_count() for name in frame.columns):
        return _none(frame)
    n_empty = frame.select(pl.sum_horizontal(pl.all().is_null())).to_series()
    is_sparse = n_empty >= _LEAST_EMPTY * frame.width
    sparse = frame.select(columns).filter(is_sparse)
    label = sparse.select(pl.coalesce(columns).alias("label")).to_series()  # the first cell
    said = label.filter(label.str.contains(_HINT).fill_null(value=False)).unique()
    words = [value for value in said if _is_sum(value)]
    if not words:
        return _none(frame)
    is_sum = label.is_in(words).fill_null(value=False)
    clocked = sparse.select(pl.any_horizontal(pl.all().str.contains(_CLOCK))).to_series()
    place = is_sparse.arg_true().filter(is_sum & ~clocked.fill_null(value=False))
    return _none(frame).scatter(place, True) if len(place) else _none(frame)


def _is_sum(cell: str) -> bool:
    """Return whether a cell is a word for a sum, also beside what is summed: '4711 Total'."""
    known = vocabulary("words", "total")
    bare = plain(cell)
    words = bare.split()
    if bare in known or (len(words) <= _MOST_WORDS and {words[0], words[-1]} & known):
        return True
    return any(is_unspaced(k) and (bare.startswith(k) or bare.endswith(k)) for k in known)
