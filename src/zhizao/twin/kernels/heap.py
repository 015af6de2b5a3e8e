"""Binary heap of events: times and codes in two arrays, smallest time first.

Equal times are ordered by code, so that the order of events never depends on
the order in which they were put in.
"""

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels._jit import kernel


@kernel
def push_event(
    time: NDArray[np.float64],
    code: NDArray[np.int64],
    n: int,
    at: float,
    what: int,
) -> int:
    """Put an event into a heap of ``n`` events and return the new number.

    Returns -1, and changes nothing, if the arrays are full.
    """
    if n >= time.size:
        return -1
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if time[parent] < at or (time[parent] == at and code[parent] <= what):
            break
        time[i] = time[parent]
        code[i] = code[parent]
        i = parent
    time[i] = at
    code[i] = what
    return n + 1


@kernel
def drop_first_event(time: NDArray[np.float64], code: NDArray[np.int64], n: int) -> int:
    """Remove the first event (row 0) of a heap of ``n > 0`` events; return ``n - 1``."""
    n -= 1
    at = time[n]
    what = code[n]
    i = 0
    child = 1
    while child < n:
        right = child + 1
        if right < n and (
            time[right] < time[child] or (time[right] == time[child] and code[right] < code[child])
        ):
            child = right
        if at < time[child] or (at == time[child] and what <= code[child]):
            break
        time[i] = time[child]
        code[i] = code[child]
        i = child
        child = 2 * i + 1
    time[i] = at
    code[i] = what
    return n
