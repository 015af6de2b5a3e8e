"""Where operations stand in their orders, and which of two comes first how often."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.statistics.codes import Ints, coded

Floats = NDArray[np.float64]
_MOST_CELLS = 20_000_000
_CHEAP = 40
"""Comparing whole columns is so many times cheaper than joining rows, one for one."""


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """``position`` of each row in its order, 0 first to 1 last; ``wins[a, b]``: orders with a before b."""

    operations: list[str]
    position: Floats
    wins: Floats


def sequence_of(order_id: pl.Series, operation: pl.Series, at_s: Floats) -> Sequence:
    """Return where operations stand, from the instants of rows; ties share their places.

    Parameters
    ----------
    order_id, operation
        Of each row.
    at_s : float64 array of shape (n_rows,)
        When, in seconds.

    Examples
    --------
    >>> found = sequence_of(
    ...     pl.Series(["A", "A", "B"]), pl.Series(["cut", "weld", "cut"]), np.array([1.0, 2.0, 5.0]))
    >>> found.position.tolist(), found.wins.tolist()
    ([0.0, 1.0, 0.5], [[0.0, 1.0], [0.0, 0.0]])
    """
    orders, order = coded(order_id)
    operations, which = coded(operation)
    n_orders, n_operations = len(orders), len(operations)
    n_cells = n_orders * n_operations
    n_each = np.bincount(order, minlength=n_orders)
    n_joined = int((n_each**2).sum())
    is_small = n_cells <= _MOST_CELLS and n_cells * n_operations <= _CHEAP * n_joined
    cell = order * n_operations + which
    if is_small and np.bincount(cell, minlength=n_cells).max(initial=0) <= 1:
        rank, wins = _compared(order, which, at_s, shape=(n_operations, n_orders))
    else:
        rank, wins = _joined(order, which, at_s, n_operations=n_operations)
    others = n_each[order] - 1
    position = np.where(others > 0, rank / np.maximum(others, 1), 0.5)
    return Sequence(operations=operations, position=position, wins=wins)


def _compared(
    order: Ints, which: Ints, at_s: Floats, *, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Compare columns of instants, one for each operation, where an order has each once at most."""
    at = np.full(shape, np.nan)  # whatever is compared with it is false
    at[which, order] = at_s
    rank, wins = np.zeros(shape), np.zeros((shape[0], shape[0]))
    for a in range(shape[0]):
        for b in range(a + 1, shape[0]):
            is_before, is_after = at[a] < at[b], at[a] > at[b]
            half = 0.5 * (at[a] == at[b])
            wins[a, b], wins[b, a] = is_before.sum(), is_after.sum()
            rank[a] += is_after + half
            rank[b] += is_before + half
    return rank[which, order], wins


def _joined(order: Ints, which: Ints, at_s: Floats, *, n_operations: int) -> tuple[Floats, Floats]:
    """Compare the rows of each order with each other."""
    rows = pl.DataFrame({"order": order, "which": which, "at_s": at_s})
    rank = rows.select(pl.col("at_s").rank("average").over("order") - 1).to_series().to_numpy()
    pairs = rows.join(rows, on="order", suffix="_other").filter(
        pl.col("which") != pl.col("which_other")
    )
    counted = pairs.group_by("which", "which_other").agg(
        (pl.col("at_s") < pl.col("at_s_other")).sum().alias("n")
    )
    wins = np.zeros((n_operations, n_operations))
    for a, b, n in counted.iter_rows():
        wins[a, b] = n
    return rank, wins
