# mypy: disable-error-code="no-any-return"
"""Open time: prefix sums and bisection, never steps from shift to shift.

What is asked of the calendar that is always open is answered in the caller.

Notation: calendar k has the spans ``span_first`` … ``span_end - 1``, half open
[start, end), sorted and disjoint; ``before`` is the open time of the calendar's
spans ahead of it. Calendar 0 is always open. Seconds from the start of the run.
"""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, kernel
from zhizao.twin.kernels.tables import Table


@kernel
def span_after(calendars: Table, spans: Table, k: int, t: float) -> int:
    """Return the first span that ends after ``t``; ``span_end`` if there is none."""
    low = calendars[index(k)].span_first
    high = calendars[index(k)].span_end
    while low < high:
        middle = (low + high) >> 1
        if spans[index(middle)].end <= t:
            low = middle + 1
        else:
            high = middle
    return low


@inner_kernel
def next_open(calendars: Table, spans: Table, k: int, t: float) -> float:
    """Return the first open instant from ``t`` on; infinity if it does not open again."""
    if k == 0:
        return max(t, 0.0)
    return next_span(calendars, spans, k, t)


@kernel
def next_span(calendars: Table, spans: Table, k: int, t: float) -> float:
    """Return the same, by bisection."""
    i = span_after(calendars, spans, k, t)
    if i == calendars[index(k)].span_end:
        return math.inf
    return max(t, spans[index(i)].start)


@inner_kernel
def work_end(calendars: Table, spans: Table, k: int, t: float, work: float) -> float:
    """Return when ``work`` seconds of open time from ``t`` on are over.

    Work that fills a span exactly ends at its closing. Infinity if the
    calendar has not that much open time.
    """
    if work <= 0.0:
        return t
    if k == 0:
        return max(t, 0.0) + work
    return work_end_in_spans(calendars, spans, k, t, work)


@kernel
def work_end_in_spans(calendars: Table, spans: Table, k: int, t: float, work: float) -> float:
    """Return the same for ``work > 0``, by prefix sums and bisection."""
    i = span_after(calendars, spans, k, t)
    last = calendars[index(k)].span_end
    if i == last:
        return math.inf
    begin = max(t, spans[index(i)].start)
    if begin + work <= spans[index(i)].end:
        return begin + work
    target = spans[index(i)].before + (begin - spans[index(i)].start) + work
    low = i + 1
    high = last
    while low < high:
        middle = (low + high) >> 1
        if spans[index(middle)].before < target:
            low = middle + 1
        else:
            high = middle
    j = low - 1
    finish = spans[index(j)].start + (target - spans[index(j)].before)
    if finish <= spans[index(j)].end:
        return finish
    if j + 1 < last:
        return spans[index(j)].end
    return math.inf


@kernel
def open_before(calendars: Table, spans: Table, k: int, t: float) -> float:
    """Return the open time before ``t``."""
    if k == 0:
        return max(t, 0.0)
    i = span_after(calendars, spans, k, t)
    if i < calendars[index(k)].span_end:
        return spans[index(i)].before + max(0.0, t - spans[index(i)].start)
    if i == calendars[index(k)].span_first:
        return 0.0
    return spans[index(i - 1)].before + (spans[index(i - 1)].end - spans[index(i - 1)].start)


@inner_kernel
def open_between(calendars: Table, spans: Table, k: int, a: float, b: float) -> float:
    """Return the open time from ``a`` to ``b``; 0 if ``b`` is not after ``a``."""
    if b <= a:
        return 0.0
    if k == 0:
        return max(b, 0.0) - max(a, 0.0)
    return open_in_spans(calendars, spans, k, a, b)


@kernel
def open_in_spans(calendars: Table, spans: Table, k: int, a: float, b: float) -> float:
    """Return the same for ``a < b``, by prefix sums and bisection."""
    i = span_after(calendars, spans, k, a)
    if i < calendars[index(k)].span_end and spans[index(i)].start <= a and b <= spans[index(i)].end:
        return b - a
    return open_before(calendars, spans, k, b) - open_before(calendars, spans, k, a)
