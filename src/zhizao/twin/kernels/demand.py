# mypy: disable-error-code="no-any-return"
"""Orders that the demand brings: a Poisson process in open time, drawn by key.

In a run they are drawn one after another, each when the one before it comes.
"""

import math

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import index, inner_kernel
from zhizao.twin.kernels.calendar import work_end
from zhizao.twin.kernels.codes import ZERO
from zhizao.twin.kernels.draws import ALLOWANCE, ARRIVAL, QUANTITY, name_key, uniform
from zhizao.twin.kernels.tables import Table


@inner_kernel
def draw_next(
    key: np.uint64,
    streams: Table,
    stream_numbers: NDArray[np.float64],
    calendars: Table,
    spans: Table,
    i: int,
) -> None:
    """Draw when the next order of a stream comes: at the sum of unit exponentials by the rate.

    So another rate moves the same orders.
    """
    stream = streams[index(i)]
    if stream.rate <= 0.0:
        stream.next_s = math.inf
        return
    stream.total -= math.log(uniform(key, stream.key, stream.n_drawn, ZERO, ARRIVAL))
    open_s = stream.total / stream.rate
    if stream.n_spans > 0:
        stream.next_s = in_spans(stream_numbers, stream.span_first, stream.n_spans, open_s)
    else:
        stream.next_s = work_end(calendars, spans, stream.calendar, 0.0, open_s)


@inner_kernel
def in_spans(numbers: NDArray[np.float64], first: int, n: int, open_s: float) -> float:
    """Return when so many seconds at the plain rate are over, where spans have factors.

    ``numbers`` has from ``first`` on n begins, n + 1 sums of length times factor before
    each span and behind the last, and n factors.
    """
    sums = first + n
    if not open_s <= numbers[index(sums + n)]:
        return math.inf
    low = 0
    high = n
    while low < high:
        middle = (low + high) >> 1
        if numbers[index(sums + middle)] < open_s:
            low = middle + 1
        else:
            high = middle
    j = max(low - 1, 0)
    rest = open_s - numbers[index(sums + j)]
    return numbers[index(first + j)] + rest / numbers[index(sums + n + 1 + j)]


@inner_kernel
def fill_drawn(
    key: np.uint64,
    streams: Table,
    stream_numbers: NDArray[np.float64],
    lots: Table,
    i: int,
    lot: int,
) -> None:
    """Make a row the lot of the next order of a stream, which comes at ``next_s``."""
    stream = streams[index(i)]
    one = lots[index(lot)]
    one.key = name_key(stream.key, stream.n_drawn)
    one.drawn = stream.n_drawn
    one.product = stream.product
    one.family = stream.family
    one.priority = stream.priority
    one.entry_s = stream.next_s
    one.release_s = stream.next_s
    one.quantity = stream_numbers[index(stream.quantity_first)]
    n = stream.quantity_end - stream.quantity_first
    if n > 1:
        u = uniform(key, stream.key, stream.n_drawn, ZERO, QUANTITY)
        one.quantity = stream_numbers[index(stream.quantity_first + int(u * n))]
    one.good = one.quantity
    one.due_s = math.inf
    n = stream.allowance_end - stream.allowance_first
    if n > 0:
        u = uniform(key, stream.key, stream.n_drawn, ZERO, ALLOWANCE)
        one.due_s = one.entry_s + stream_numbers[index(stream.allowance_first + int(u * n))]
    stream.n_drawn += 1
