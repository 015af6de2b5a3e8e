"""The part of the check that looks at links: joins, overlaps, limits, buffers.

Slow and obvious, from the problem's definition alone; shares no code with the solvers.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

from zhizao.schedule.problem import NONE, Problem
from zhizao.schedule.violation import Violation


class Checked(Protocol):
    """What the check knows of a plan; lists by operation, in ticks."""

    problem: Problem
    mode: list[int]
    start: list[int]
    end: list[int]
    hold: list[int]
    place: list[int]
    job: list[int]
    pinned: set[int]
    spans: list[list[tuple[int, int]]]

    def machine(self, i: int) -> int:
        """Return the machine of an operation."""
        ...

    def work_calendar(self, i: int) -> int:
        """Return the calendar in which an operation goes on."""
        ...

    def entered(self, i: int) -> int:
        """Return the instant at which the lot has to be there."""
        ...


def worked_until(plan: Checked, calendar: int, t: int, ticks: int) -> int:
    """Return when so many open ticks from ``t`` on are over; far away if never."""
    if calendar == NONE or ticks <= 0:
        return t + max(0, ticks)
    spans = plan.spans[calendar]
    for a, b in spans[max(0, bisect_right(spans, (t, -1)) - 1) :]:
        begin = max(a, t)
        if begin >= b:
            continue
        if begin + ticks <= b:
            return begin + ticks
        ticks -= b - begin
    return 2**61


def handed_on(plan: Checked, i: int) -> int:
    """Return when an operation hands its lot, or its first pieces, on."""
    overlaps, problem = plan.problem.overlaps, plan.problem
    k = plan.mode[i]
    if overlaps is None or i in plan.pinned or overlaps.first[k] >= problem.mode_duration[k]:
        return plan.end[i]
    return worked_until(plan, plan.work_calendar(i), plan.start[i], int(overlaps.first[k]))


def asked_at(plan: Checked, i: int) -> int:
    """Return when an operation is there but for its material: handed on, carried, delayed."""
    problem = plan.problem
    at = int(problem.release[plan.job[i]])
    is_first = i == problem.job_first[plan.job[i]]
    if not is_first:
        at = max(at, handed_on(plan, i - 1))
    lags = problem.lags
    if lags is None:
        return at
    area = int(lags.area_of_operation[i])
    if not is_first and area != NONE and plan.machine(i - 1) != NONE:
        at += int(lags.transport[lags.area_of_machine[plan.machine(i - 1)], area])
    return worked_until(plan, int(lags.delay_calendar[i]), at, int(lags.delay[i]))


def ready_at(plan: Checked, i: int) -> int:
    """Return when an operation is there, with all that goes into it."""
    problem, joins = plan.problem, plan.problem.joins
    at = asked_at(plan, i)
    if problem.lags is not None:
        at = max(at, int(problem.lags.earliest[i]))
    if joins is not None:
        for a in (joins.after == i).nonzero()[0].tolist():
            at = max(at, _comes_at(plan, a))
    return at


def _comes_at(plan: Checked, a: int) -> int:
    """Return when what a join stands for is there."""
    joins = plan.problem.joins
    assert joins is not None
    before = int(joins.before[a])
    from_ = asked_at(plan, before) if joins.is_asked[a] else plan.end[before]
    return from_ + int(joins.lag[a])


def last_pieces_done(plan: Checked, i: int) -> int:
    """Return when an operation has worked on the last pieces that come to it; 0: all at once."""
    overlaps = plan.problem.overlaps
    if overlaps is None or not overlaps.last[plan.mode[i]] or (i - 1) in plan.pinned:
        return 0
    come = plan.end[i - 1] + asked_at(plan, i) - handed_on(plan, i - 1)
    return worked_until(plan, plan.work_calendar(i), come, int(overlaps.last[plan.mode[i]]))


def link_violations(plan: Checked) -> Iterator[Violation]:
    """Yield what a plan breaks of joins, limits and buffers."""
    yield from _joins(plan)
    yield from _limits(plan)
    yield from _buffers(plan)


def _joins(plan: Checked) -> Iterator[Violation]:
    joins = plan.problem.joins
    if joins is None:
        return
    for a, i in enumerate(joins.after.tolist()):
        at = _comes_at(plan, a)
        if i not in plan.pinned and plan.entered(i) < at:
            what = f"begins at {plan.entered(i)}, what goes into it is there at {at}"
            yield Violation(kind="join", operation=i, what=what)


def _limits(plan: Checked) -> Iterator[Violation]:
    limits = plan.problem.limits
    if limits is None:
        return
    for a, i in enumerate(limits.after.tolist()):
        before, most = int(limits.before[a]), int(limits.most[a])
        if before in plan.pinned or i in plan.pinned:
            continue
        waited = plan.entered(i) - plan.end[before]
        if waited > most:
            what = f"begins {waited} after operation {before}, at most {most} are allowed"
            yield Violation(kind="limit", operation=i, what=what)


def _buffers(plan: Checked) -> Iterator[Violation]:
    buffers = plan.problem.buffers
    if buffers is None:
        return
    waiting: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for i, buffer in enumerate(buffers.of_operation.tolist()):
        if buffer == NONE or i == plan.problem.job_first[plan.job[i]]:
            continue
        is_same = plan.machine(i) == plan.machine(i - 1) and plan.place[i] == plan.place[i - 1]
        if is_same or i in plan.pinned or (i - 1) in plan.pinned:
            continue
        if plan.hold[i - 1] < plan.entered(i):
            waiting[buffer].append((plan.hold[i - 1], plan.entered(i), i))
    for buffer, waits in waiting.items():
        n_lots = int(buffers.n_lots[buffer])
        for begin, _, i in waits:
            n = sum(a <= begin < b for a, b, _ in waits)
            if n > n_lots:
                what = f"waits in buffer {buffer}, which has {n} lots at {begin} and takes {n_lots}"
                yield Violation(kind="buffer", operation=i, what=what)
