"""Binary heap of events: records of time and code, smallest time first.

Equal times are ordered by code, so that the order of events never depends on
the order in which they were put in. Taking the first event leaves row 0 void:
most often the next one put in goes there, and the heap is put in order once
instead of twice. ``size`` counts all rows, the void one included.
"""

import math

from zhizao._base.compiled.kinds import index, kernel
from zhizao.twin.kernels.tables import Table


@kernel
def push_event(events: Table, size: int, time: float, code: int) -> int:
    """Put an event behind a heap's ``size`` rows, none void; return the new size.

    Returns -1, and changes nothing, if the table is full.
    """
    if size >= events.size:
        return -1
    rise(events, size, time, code)
    return size + 1


@kernel
def rise(events: Table, i: int, time: float, code: int) -> None:
    """Put an event into the void row ``i``, or above it where it goes before those there."""
    while i > 0:
        parent = (i - 1) >> 1
        above = events[index(parent)].time
        if above < time or (above == time and events[index(parent)].code <= code):
            break
        events[index(i)].time = above
        events[index(i)].code = events[index(parent)].code
        i = parent
    events[index(i)].time = time
    events[index(i)].code = code


@kernel
def replace_first_event(events: Table, size: int, time: float, code: int) -> None:
    """Put an event into a heap of ``size > 0`` rows whose first is void.

    The void goes down to the bottom, then the event rises (Wegener 1993): what
    is put in is most often among the latest.
    """
    i = 0
    child = 1
    while child + 1 < size:
        left = events[index(child)].time
        right = events[index(child + 1)].time
        if left == right:
            child += int(events[index(child + 1)].code < events[index(child)].code)
        else:
            child += int(right < left)
        events[index(i)].time = events[index(child)].time
        events[index(i)].code = events[index(child)].code
        i = child
        child = 2 * i + 1
    if child < size:
        events[index(i)].time = events[index(child)].time
        events[index(i)].code = events[index(child)].code
        i = child
    rise(events, i, time, code)


@kernel
def drop_first_event(events: Table, size: int) -> int:
    """Fill the void first row of a heap of ``size > 0`` rows from its end; return the new size."""
    size -= 1
    if size > 0:
        replace_first_event(events, size, events[index(size)].time, events[index(size)].code)
    return size


@kernel
def next_time(events: Table, size: int, n_void: int) -> float:
    """Return when the first event is, infinity if there is none; ``n_void``: 1 if row 0 is void."""
    time = math.inf
    for i in range(n_void, min(size, 1 + 2 * n_void)):
        time = min(time, events[index(i)].time)
    return time
