"""Setups of a problem as one square table of all families, for kernels that look up pairs."""

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.problem import NONE, Problem, Setups

MAX_CELLS = 50_000_000
"""Cells of all tables together, 400 MB."""


def square_setups(setups: Setups) -> NDArray[np.int64]:
    """Return ticks of shape (n_tables, n_families, n_families), shared columns told apart.

    Raises
    ------
    InputError
        If the tables of all pairs of families would not fit into memory.

    Examples
    --------
    >>> shared = Setups(
    ...     table_of_machine=np.zeros(1, dtype=np.int32),
    ...     family_of_operation=np.arange(3, dtype=np.int32),
    ...     initial_family=np.array([-1], dtype=np.int32),
    ...     ticks=np.array([[[0, 4], [5, 9]]]),
    ...     column_of_family=np.array([0, 1, 1], dtype=np.int32),
    ... )
    >>> square_setups(shared)[0].tolist()
    [[0, 4, 4], [5, 0, 9], [5, 9, 0]]
    """
    column = setups.column_of_family
    if column is None:
        return np.ascontiguousarray(setups.ticks, dtype=np.int64)
    n_tables, n_families = len(setups.ticks), len(column)
    if n_tables * n_families**2 > MAX_CELLS:
        raise InputError(f"Setups between {n_families} families in {n_tables} tables are too many for this search ({MAX_CELLS} cells at most); use the search for factories.")  # fmt: skip
    square = setups.ticks[:, column[:, None], column[None, :]].astype(np.int64)
    shared = np.flatnonzero(column == setups.ticks.shape[1] - 1)
    if len(shared) > 1:
        square[:, shared, shared] = 0
    return np.ascontiguousarray(square)


def n_without_family(problem: Problem) -> int:
    """Return how many operations have no family but a machine with setups."""
    setups = problem.setups
    if setups is None or not len(setups.ticks):
        return 0
    operation = np.repeat(np.arange(problem.n_operations), np.diff(problem.mode_first))
    has_setups = setups.table_of_machine[problem.mode_machine] != NONE
    has_none = setups.family_of_operation[operation] == NONE
    return len(np.unique(operation[has_setups & has_none]))


def refuse_unless_plain(problem: Problem) -> None:
    """Raise InputError if a problem has more than jobs, machines and setups."""
    if not problem.is_plain:
        parts = ("calendars", "lags", "crews", "batches", "pins", "upkeep", "n_places", "mode_hold", "same_machine_as", "previous")  # fmt: skip
        found = [name for name in parts if getattr(problem, name) is not None]
        found += ["setups.needs_lot"] * (problem.setups is not None and problem.setups.needs_lot)
        raise InputError(f"This search knows jobs, machines and setups only; found {', '.join(found)}. Use zhizao.schedule.solve, which chooses a search that knows them.")  # fmt: skip
