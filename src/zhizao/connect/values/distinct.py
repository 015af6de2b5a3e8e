"""Cells that repeat themselves are looked at once each: most columns of a log have few values.

A machine's name stands in a log thousands of times. Reading each different cell once and then
putting the results in place is much quicker than reading all cells, and gives the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

_LEAST_ROWS = 20_000
"""Shorter columns are read as quickly as they are numbered."""

_SAMPLE = 1_000
_FEW = 0.5
"""Share of different cells in a sample up to which a column is worth numbering."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """A column's different cells, and which of them stands in each row; or all cells as they are."""

    values: pl.Series
    place: pl.Series | None = None

    def each(self, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
        """Return what ``read`` makes of each cell of the column; it must look at each cell alone.

        Examples
        --------
        >>> cells_of(pl.Series("n", ["1", "2", "1"])).each(lambda cells: cells.cast(pl.Int64)).to_list()
        [1, 2, 1]
        """
        found = read(self.values)
        return found if self.place is None else found.gather(self.place)

    def are_any(self, test: Callable[[pl.Series], pl.Series]) -> bool:
        """Return whether a test of each cell holds for any.

        Examples
        --------
        >>> cells_of(pl.Series(["a", "b"])).are_any(lambda cells: cells == "b")
        True
        """
        return bool(test(self.values).any())


def cells_of(column: pl.Series) -> Cells:
    """Return the cells of a column, the different ones apart if it repeats them.

    Examples
    --------
    >>> cells_of(pl.Series(["a", "b"] * 20_000)).values.to_list()
    ['a', 'b']
    """
    if not has_few_values(column):
        return Cells(values=column)
    numbered = column.cast(pl.Categorical)
    different = numbered.unique(maintain_order=True)
    codes = different.to_physical()
    no_code = int(codes.fill_null(0).to_numpy().max()) + 1
    place = np.zeros(no_code + 1, dtype=np.uint32)
    place[codes.fill_null(no_code).to_numpy()] = np.arange(len(codes), dtype=np.uint32)
    here = numbered.to_physical().fill_null(no_code).to_numpy()
    return Cells(values=different.cast(pl.String), place=pl.Series(place[here]))


def has_few_values(column: pl.Series) -> bool:
    """Return whether a long column of text repeats its cells, judged by a sample.

    Examples
    --------
    >>> has_few_values(pl.Series(["a"] * 30_000)), has_few_values(pl.Series(["a"]))
    (True, False)
    """
    if column.dtype != pl.String or len(column) < _LEAST_ROWS:
        return False
    cells = column.gather_every(len(column) // _SAMPLE).drop_nulls()
    return cells.n_unique() <= _FEW * len(cells)


def is_first_of_its_kind(frame: pl.DataFrame) -> pl.Series:
    """Return which rows have no equal row before them.

    Examples
    --------
    >>> is_first_of_its_kind(pl.DataFrame({"a": [1, 1, 2], "b": ["x", "x", "x"]})).to_list()
    [True, False, True]
    """
    again = may_repeat(frame)
    is_first = np.ones(frame.height, dtype=bool)
    if again.any():
        rows = frame.filter(again)
        is_first[again.to_numpy()] = rows.to_struct("row").is_first_distinct().to_numpy()
    return pl.Series("row", is_first)


def may_repeat(frame: pl.DataFrame) -> pl.Series:
    """Return which rows may stand in a table more than once: those whose hash does.

    Examples
    --------
    >>> may_repeat(pl.DataFrame({"a": [1, 1, 2]})).to_list()
    [True, True, False]
    """
    hashes = frame.hash_rows()
    ordered = np.sort(hashes.to_numpy())
    twice = pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]), dtype=pl.UInt64)
    if len(twice) == 0:
        return pl.Series([False]).new_from_index(0, frame.height)
    return hashes.is_in(twice.implode())
