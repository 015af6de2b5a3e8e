"""Binary heap of events: records of time and code, smallest time first.

Equal times are ordered by code, so that the order of events never depends on
the order in which they were put in.
"""

from zhizao.twin.kernels._jit import inner_kernel
from zhizao.twin.kernels.tables import Table


@inner_kernel
def push_event(events: Table, n: int, time: float, code: int) -> int:
    """Put an event into a heap of ``n`` events and return the new number.

    Returns -1, and changes nothing, if the table is full.
    """
    if n >= events.size:
        return -1
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        above = events[parent].time
        if above < time or (above == time and events[parent].code <= code):
            break
        events[i].time = above
        events[i].code = events[parent].code
        i = parent
    events[i].time = time
    events[i].code = code
    return n + 1


@inner_kernel
def drop_first_event(events: Table, n: int) -> int:
    """Remove the first event (row 0) of a heap of ``n > 0`` events; return ``n - 1``."""
    n -= 1
    time = events[n].time
    code = events[n].code
    i = 0
    child = 1
    while child < n:
        right = child + 1
        if right < n and (
            events[right].time < events[child].time
            or (
                events[right].time == events[child].time and events[right].code < events[child].code
            )
        ):
            child = right
        below = events[child].time
        if time < below or (time == below and code <= events[child].code):
            break
        events[i].time = below
        events[i].code = events[child].code
        i = child
        child = 2 * i + 1
    events[i].time = time
    events[i].code = code
    return n
