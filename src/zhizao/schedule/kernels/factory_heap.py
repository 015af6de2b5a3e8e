# mypy: disable-error-code="no-any-return"
"""Heaps in slices of arrays: the smallest key first, of equal keys the smallest value."""

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.factory_tables import I64

F64 = NDArray[np.float64]


@inner_kernel
def is_before(keys: F64, values: I64, a: int, b: int) -> bool:
    """Return whether one entry goes before another."""
    return keys[a] < keys[b] or (keys[a] == keys[b] and values[a] < values[b])


@inner_kernel
def swap(keys: F64, values: I64, a: int, b: int) -> None:
    """Exchange two entries."""
    keys[a], keys[b] = keys[b], keys[a]
    values[a], values[b] = values[b], values[a]


@kernel
def push(keys: F64, values: I64, first: int, size: int, key: float, value: int) -> None:
    """Add an entry to the heap of ``size`` entries that begins at ``first``."""
    a = first + size
    keys[a] = key
    values[a] = value
    rise(keys, values, first, a)


@inner_kernel
def rise(keys: F64, values: I64, first: int, a: int) -> None:
    """Move an entry towards the top until it is in order."""
    while a > first:
        parent = first + ((a - first - 1) >> 1)
        if not is_before(keys, values, a, parent):
            return
        swap(keys, values, a, parent)
        a = parent


@kernel
def remove(keys: F64, values: I64, first: int, size: int, a: int) -> int:
    """Take the entry at place ``a`` out of a heap; return its value."""
    value = values[a]
    last = first + size - 1
    if a == last:
        return value
    keys[a] = keys[last]
    values[a] = values[last]
    rise(keys, values, first, a)
    while True:
        child = first + 2 * (a - first) + 1
        if child >= last:
            return value
        if child + 1 < last and is_before(keys, values, child + 1, child):
            child += 1
        if not is_before(keys, values, child, a):
            return value
        swap(keys, values, child, a)
        a = child
