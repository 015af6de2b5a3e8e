# mypy: disable-error-code="no-any-return"
"""Open time: spans with prefix sums; calendar ``NONE`` is always open.

The functions that look are given two tables only; what is always open does not call them.
"""

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.factory_tables import NEVER, Factory, Table


@inner_kernel
def next_open(factory: Factory, c: int, t: int) -> int:
    """Return the first instant from ``t`` on at which a calendar is open."""
    if c < 0 or t >= NEVER:
        return t
    return open_from(factory.calendars, factory.spans, c, t)


@inner_kernel
def work_end(factory: Factory, c: int, t: int, work: int) -> int:
    """Return when ``work`` ticks of open time from ``t`` on are over."""
    if t >= NEVER:
        return NEVER
    if c < 0 or work <= 0:
        return t + work
    return worked_until(factory.calendars, factory.spans, c, t, work)


@inner_kernel
def work_begin(factory: Factory, c: int, t: int, work: int) -> int:
    """Return the last instant from which ``work`` ticks of open time are over by ``t``."""
    if c < 0 or work <= 0:
        return t - work
    return begun_by(factory.calendars, factory.spans, c, t, work)


@inner_kernel
def span_after(calendars: Table, spans: Table, c: int, t: int) -> int:
    """Return the first span of a calendar that ends after ``t``."""
    low = calendars[c].span_first
    high = calendars[c].span_end
    while low < high:
        middle = (low + high) >> 1
        if spans[middle].end <= t:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def open_from(calendars: Table, spans: Table, c: int, t: int) -> int:
    """Return the first open instant from ``t`` on."""
    a = span_after(calendars, spans, c, t)
    if a == calendars[c].span_end:
        return NEVER
    return max(t, spans[a].start)


@kernel
def worked_until(calendars: Table, spans: Table, c: int, t: int, work: int) -> int:
    """Return when ``work`` > 0 ticks of open time from ``t`` on are over."""
    a = span_after(calendars, spans, c, t)
    last = calendars[c].span_end
    if a == last:
        return NEVER
    begin = max(t, spans[a].start)
    if begin + work <= spans[a].end:
        return begin + work
    target = spans[a].before + (begin - spans[a].start) + work
    low = a + 1
    high = last
    while low < high:
        middle = (low + high) >> 1
        if spans[middle].before < target:
            low = middle + 1
        else:
            high = middle
    b = low - 1
    finish = spans[b].start + (target - spans[b].before)
    if finish <= spans[b].end:
        return finish
    return NEVER


@kernel
def begun_by(calendars: Table, spans: Table, c: int, t: int, work: int) -> int:
    """Return from when on ``work`` > 0 ticks of open time are over by ``t``; -1: never."""
    a = span_after(calendars, spans, c, t)
    if a < calendars[c].span_end and spans[a].start < t:
        target = spans[a].before + (t - spans[a].start) - work
    elif a > calendars[c].span_first:
        target = spans[a - 1].before + (spans[a - 1].end - spans[a - 1].start) - work
    else:
        return -1
    low = calendars[c].span_first
    high = calendars[c].span_end
    while low < high:
        middle = (low + high) >> 1
        if spans[middle].before <= target:
            low = middle + 1
        else:
            high = middle
    if target < 0:
        return -1
    return spans[low - 1].start + (target - spans[low - 1].before)


@kernel
def fits_from(calendars: Table, spans: Table, c: int, t: int, work: int) -> int:
    """Return from when on ``work`` ticks lie in one span, ``t`` or later.

    What is longer than every span fits nowhere and may begin at ``t``.
    """
    if c < 0 or t >= NEVER or work > calendars[c].longest:
        return t
    a = span_after(calendars, spans, c, t)
    last = calendars[c].span_end
    while a < last:
        begin = max(t, spans[a].start)
        if begin + work <= spans[a].end:
            return begin
        a += 1
    return NEVER
