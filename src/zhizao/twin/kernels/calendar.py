"""Open time: prefix sums and bisection, never steps from shift to shift.

Notation: calendar k has the intervals first[k] … first[k+1]-1, half open
[start, end), sorted and disjoint; before[i] is the open time of the calendar's
intervals ahead of i. Seconds from the start of the run.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels._jit import kernel


class Calendars(NamedTuple):
    """All calendars; number 0 is always open."""

    first: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    before: NDArray[np.float64]


@kernel
def interval_after(calendars: Calendars, k: int, t: float) -> int:
    """Return the first interval that ends after ``t``; first[k+1] if there is none."""
    low = calendars.first[k]
    high = calendars.first[k + 1]
    while low < high:
        middle = (low + high) >> 1
        if calendars.end[middle] <= t:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def next_open(calendars: Calendars, k: int, t: float) -> float:
    """Return the first open instant from ``t`` on; infinity if it does not open again."""
    i = interval_after(calendars, k, t)
    if i == calendars.first[k + 1]:
        return math.inf
    return max(t, calendars.start[i])


@kernel
def work_end(calendars: Calendars, k: int, t: float, work: float) -> float:
    """Return when ``work`` seconds of open time from ``t`` on are over.

    Work that fills an interval exactly ends at its closing. Infinity if the
    calendar has not that much open time.
    """
    if work <= 0.0:
        return t
    i = interval_after(calendars, k, t)
    last = calendars.first[k + 1]
    if i == last:
        return math.inf
    begin = max(t, calendars.start[i])
    if begin + work <= calendars.end[i]:
        return begin + work
    target = calendars.before[i] + (begin - calendars.start[i]) + work
    low = i + 1
    high = last
    while low < high:
        middle = (low + high) >> 1
        if calendars.before[middle] < target:
            low = middle + 1
        else:
            high = middle
    j = low - 1
    finish = calendars.start[j] + (target - calendars.before[j])
    if finish <= calendars.end[j]:
        return finish
    if j + 1 < last:
        return calendars.end[j]
    return math.inf


@kernel
def open_before(calendars: Calendars, k: int, t: float) -> float:
    """Return the open time before ``t``."""
    i = interval_after(calendars, k, t)
    if i < calendars.first[k + 1]:
        return calendars.before[i] + max(0.0, t - calendars.start[i])
    if i == calendars.first[k]:
        return 0.0
    return calendars.before[i - 1] + (calendars.end[i - 1] - calendars.start[i - 1])


@kernel
def open_between(calendars: Calendars, k: int, a: float, b: float) -> float:
    """Return the open time from ``a`` to ``b``; 0 if ``b`` is not after ``a``."""
    if b <= a:
        return 0.0
    i = interval_after(calendars, k, a)
    if i < calendars.first[k + 1] and calendars.start[i] <= a and b <= calendars.end[i]:
        return b - a
    return open_before(calendars, k, b) - open_before(calendars, k, a)
