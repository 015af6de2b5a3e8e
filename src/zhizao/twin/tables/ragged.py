"""Names to numbers, rows to tables, ragged lists to one array."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels.tables import Table


def numbered(names: Iterable[str | None]) -> dict[str, int]:
    """Return a number for each name, in order of first appearance; None has none.

    Examples
    --------
    >>> numbered(["b", None, "a", "b"])
    {'b': 0, 'a': 1}
    """
    return {name: i for i, name in enumerate(dict.fromkeys(n for n in names if n))}


def to_table(rows: Sequence[tuple[Any, ...]], dtype: np.dtype[Any]) -> Table:
    """Return rows as a table of a record type."""
    table = np.recarray(len(rows), dtype=dtype)
    table[:] = np.array(rows, dtype=dtype)
    return table


class Lists:
    """Ragged lists one after another in one array.

    Examples
    --------
    >>> lists = Lists()
    >>> lists.add([7, 8]), lists.add([9])
    ((0, 2), (2, 3))
    """

    def __init__(self) -> None:
        self._values: list[int] = []

    def add(self, values: Iterable[int]) -> tuple[int, int]:
        """Add a list; return its first place and the place after its last."""
        first = len(self._values)
        self._values += values
        return first, len(self._values)

    def to_array(self) -> NDArray[np.int64]:
        """Return all lists so far."""
        return np.array(self._values, dtype=np.int64)
