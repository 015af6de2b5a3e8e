"""Names as numbers: rows are compared and grouped by integers, not by strings.

A log has millions of rows and few names. Comparing a column of Python strings with each
name in turn costs a pass of slow comparisons for each; numbers are sorted once.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def coded(names: pl.Series) -> tuple[list[str], Ints]:
    """Return the different names in order, and of each row the place of its name among them.

    Parameters
    ----------
    names
        Strings without nulls.

    Examples
    --------
    >>> different, code = coded(pl.Series(["b", "a", "b"]))
    >>> different, code.tolist()
    (['a', 'b'], [1, 0, 1])
    """
    if names.len() and names.dtype == pl.String and names.is_sorted():
        # What is sorted already needs no look-up: a new name is where it changes.
        is_new = (names != names.shift(1)).fill_null(value=True)
        return names.filter(is_new).to_list(), is_new.cum_sum().cast(pl.Int64).to_numpy() - 1
    different = names.unique().sort().to_list()
    code = names.cast(pl.Enum(different)).to_physical()
    return different, code.cast(pl.Int64).to_numpy()


def rows_of_codes(code: Ints, n_codes: int) -> list[Ints]:
    """Return the rows of each code, ascending.

    Examples
    --------
    >>> [rows.tolist() for rows in rows_of_codes(np.array([1, 0, 1]), 2)]
    [[1], [0, 2]]
    """
    order = np.argsort(code, kind="stable")
    return np.split(order, np.cumsum(np.bincount(code, minlength=n_codes)))[:-1]


def sorted_rows(code: Ints, *values: Floats | Ints) -> Ints:
    """Return the rows by code, then by values, equal ones as they were; few codes sort quickly.

    Examples
    --------
    >>> sorted_rows(np.array([1, 0, 1]), np.array([5.0, 9.0, 4.0])).tolist()
    [1, 2, 0]
    """
    is_small = code.min(initial=0) >= 0 and code.max(initial=0) <= np.iinfo(np.uint16).max
    return np.lexsort((*values[::-1], code.astype(np.uint16) if is_small else code))


def first_rows(code: Ints, *values: Floats) -> Ints:
    """Return the first row of each code with its values, by code, then by values.

    Examples
    --------
    >>> first_rows(np.array([1, 0, 1, 1]), np.array([5.0, 9.0, 5.0, 4.0])).tolist()
    [1, 3, 0]
    """
    order = sorted_rows(code, *values)
    is_new = np.ones(order.size, dtype=np.bool_)
    is_new[1:] = False
    for column in (code, *values):
        there = column[order]
        is_new[1:] |= there[1:] != there[:-1]
    return order[is_new]


def codes_among(names: pl.Series, different: Sequence[str]) -> Ints:
    """Return of each row the place of its name among given ones, -1 where it is not among them.

    Examples
    --------
    >>> codes_among(pl.Series(["b", None, "z"]), ["a", "b"]).tolist()
    [1, -1, -1]
    """
    code = names.cast(pl.Enum(different), strict=False).to_physical()
    return code.cast(pl.Int64).fill_null(-1).to_numpy()


def with_coded(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Return rows with columns of strings as numbered names, which sort as the strings do.

    Examples
    --------
    >>> rows = with_coded(pl.DataFrame({"a": ["z", None, "b"]}), "a").sort("a")
    >>> rows["a"].to_list()
    [None, 'b', 'z']
    """
    return rows.with_columns(
        pl.col(name).cast(pl.Enum(rows[name].drop_nulls().unique().sort())) for name in names
    )
