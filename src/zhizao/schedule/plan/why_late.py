"""Why an order is late: what its time is spent on, from its release to its completion."""

from bisect import bisect_left, bisect_right
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao._base.words import Lang, say
from zhizao.model import Wait, WhyLate
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.from_plant.build import PlantProblem
from zhizao.schedule.plan.missing import Missing, is_put_off, last_missing
from zhizao.schedule.problem import NO_DUE, NONE

_MOST_NAMES = 4


def why_late(
    told: PlantProblem,
    plan: FactoryAssignment,
    alone: NDArray[np.int64],
    *,
    is_held: bool = False,
    lang: Lang,
) -> tuple[WhyLate, ...]:
    """Return why each late order of a plan is late, the worst first.

    ``alone``: when each order would be done if no other were there, seconds after now.
    ``is_held``: what counts as moved was to begin no earlier than in the previous plan.
    """
    problem = told.problem
    completion = plan.end[problem.job_first[1:] - 1]
    late = np.where(problem.due < NO_DUE, completion - problem.due, 0)
    weighted = problem.weight * late
    worst = [j for j in np.argsort(-weighted, kind="stable").tolist() if late[j] > 0]
    work = _Work(told, plan, is_held=is_held)
    return tuple(
        _explain(work, j, late_s=int(late[j]), alone_s=int(alone[j] - problem.due[j]), lang=lang)
        for j in worst
    )


class _Work:
    """What each place does, in order."""

    def __init__(self, told: PlantProblem, plan: FactoryAssignment, *, is_held: bool) -> None:
        self.told, self.plan = told, plan
        previous = told.problem.previous
        self.held = np.zeros(told.problem.n_operations, dtype=bool)
        if is_held and previous is not None:
            is_there = np.abs(plan.start - previous.start) <= previous.tolerance
            self.held = previous.counts & is_there
        problem = told.problem
        self.machine = problem.mode_machine[plan.mode].tolist()
        self.on_place: dict[tuple[int, int], list[int]] = defaultdict(list)
        for i in np.argsort(plan.begin, kind="stable").tolist():
            if self.machine[i] != NONE and plan.batch[i] == i:
                self.on_place[self.machine[i], int(plan.place[i])].append(i)
        self.begins = {
            key: [int(plan.begin[i]) for i in rows] for key, rows in self.on_place.items()
        }

    def holders(self, i: int, ready: int) -> list[int]:
        """Return the operations that held the place of another between ``ready`` and its begin."""
        key = self.machine[i], int(self.plan.place[i])
        begin = int(self.plan.begin[i])
        end = bisect_left(self.begins[key], begin)
        found = []
        for x in reversed(self.on_place[key][:end]):
            if int(self.plan.hold[x]) <= ready:
                break
            found.append(x)
        return found[::-1]

    def open_s(self, i: int, a: int, b: int) -> int:
        """Return the open seconds of an operation's machine between two instants."""
        calendars = self.told.problem.calendars
        m = self.machine[i]
        number = NONE if calendars is None or m == NONE else int(calendars.of_machine[m])
        if number == NONE:
            return max(0, b - a)
        spans = self.told.calendars.spans(number)
        first = max(0, bisect_right(spans, (a, -1)) - 1)
        total = 0
        for begin, end in spans[first:]:
            if begin >= b:
                break
            total += max(0, min(end, b) - max(begin, a))
        return total


def _explain(work: _Work, j: int, *, late_s: int, alone_s: int, lang: Lang) -> WhyLate:
    told = work.told
    problem = told.problem
    first, end = int(problem.job_first[j]), int(problem.job_first[j + 1])
    release = int(problem.release[j])
    waits: list[Wait] = []
    before = release
    if release > 0:
        waits.append(_wait(told, "release", first, span_s=release))
    for i in range(first, end):
        waits += _of_operation(work, i, before)
        before = int(work.plan.handed[i])
    # Every order sees nights and weekends: they are the cause only where nothing else is.
    spent = [w for w in waits if w.kind not in ("release", "closed", "work")]
    closed = [w for w in waits if w.kind == "closed"]
    cause = max(spent or closed, key=lambda w: w.hours, default=None)
    late_h, alone_h = late_s / SECONDS_PER_HOUR, alone_s / SECONDS_PER_HOUR
    return WhyLate(
        order_id=told.chains.orders[j].id,
        late_h=late_h,
        alone_late_h=alone_h,
        waits=tuple(waits),
        cause=cause,
        sentence=sentence_of(
            told.chains.orders[j].id, late_h, alone_h, waits=waits, cause=cause, lang=lang
        ),
    )


def _wait(
    told: PlantProblem,
    kind: str,
    i: int,
    *,
    span_s: float,
    m: int = NONE,
    orders: tuple[str, ...] = (),
    items: tuple[str, ...] = (),
) -> Wait:
    return Wait.model_validate(
        {
            "kind": kind,
            "step": told.chains.steps[i].step.step,
            "resource": None if m == NONE else told.plant.resources[m].id,
            "hours": span_s / SECONDS_PER_HOUR,
            "orders": orders,
            "items": items,
        }
    )


def _of_operation(work: _Work, i: int, before: int) -> list[Wait]:
    """Return the waits before an operation, its setup and its work."""
    told, plan = work.told, work.plan
    m = work.machine[i]
    carried, ready = _ready(told, i, before)
    missing = last_missing(told, plan, i)
    ready = max(ready, missing.at)
    head = int(plan.batch[i])
    begin, start, end = int(plan.begin[i]), int(plan.start[i]), int(plan.end[i])
    found: list[Wait] = []
    if begin > before and carried > before:
        found.append(_wait(told, "delay", i, span_s=min(carried, begin) - before))
    if begin > carried and ready > carried:
        found.append(_for_material(told, i, missing, ready, span_s=min(ready, begin) - carried))
    at = max(before, min(ready, begin))
    if begin > at and m != NONE:
        holders = work.holders(head, at)
        free = min(begin, max((int(plan.hold[x]) for x in holders), default=at))
        if free > at:
            names = tuple(dict.fromkeys(told.chains.steps[x].order.id for x in holders))
            found.append(_wait(told, "busy", i, span_s=free - at, m=m, orders=names))
        open_s = work.open_s(i, free, begin)
        closed_s = begin - free - open_s
        if closed_s > 0:
            found.append(_wait(told, "closed", i, span_s=closed_s, m=m))
        if open_s > 0:
            found.append(_wait(told, _of_idle(work, i), i, span_s=open_s, m=m))
    if start > begin:
        found.append(_wait(told, "setup", i, span_s=start - begin, m=m))
    # Of an operation that overlaps with the next one, until that may begin.
    end = int(plan.handed[i])
    worked = work.open_s(i, start, end)
    overtime = told.chains.steps[i].step.interruption == "overtime"
    worked = end - start if overtime else worked
    found.append(_wait(told, "work", i, span_s=worked, m=m))
    if end - start > worked:
        found.append(_wait(told, "closed", i, span_s=end - start - worked, m=m))
    return found


def _of_idle(work: _Work, i: int) -> str:
    """Return why an operation does not begin although it and its machine are there."""
    if work.held[i]:
        return "kept"
    return "limit" if is_put_off(work.told, i) else "people"


def _for_material(told: PlantProblem, i: int, missing: Missing, ready: int, *, span_s: int) -> Wait:
    """Return the wait for what goes into an operation, the last of which is there at ``ready``."""
    if missing.at == ready:
        return _wait(
            told, missing.kind, i, span_s=span_s, orders=missing.orders, items=missing.items
        )
    # What is known of a lot in progress is when its delay is over, not its material.
    kind = "material" if told.chains.steps[i].lot is None else "delay"
    return _wait(told, kind, i, span_s=span_s)


def _ready(told: PlantProblem, i: int, before: int) -> tuple[int, int]:
    """Return when an operation is there: carried and its delay over; then with its material."""
    lags = told.problem.lags
    if lags is None:
        return before, before
    at = before
    if not told.chains.steps[i].first_of_order and lags.area_of_operation[i] != NONE:
        previous = told.chains.steps[i].before
        if previous is not None and previous.resources:
            names = {r.id: k for k, r in enumerate(told.plant.resources)}
            area = lags.area_of_machine[names[previous.resources[0].resource]]
            at += int(lags.transport[area, lags.area_of_operation[i]])
    delayed = told.calendars.work_end(int(lags.delay_calendar[i]), at, int(lags.delay[i]))
    carried = at if delayed is None else delayed
    return carried, max(carried, int(lags.earliest[i]))


def sentence_of(
    order: str,
    late_h: float,
    alone_h: float,
    *,
    waits: list[Wait],
    cause: Wait | None,
    lang: Lang,
) -> str:
    """Return in one sentence why an order is late."""
    by_kind: dict[str, float] = defaultdict(float)
    for wait in waits:
        by_kind[wait.kind] += wait.hours
    spent = ", ".join(
        say(__package__, f"spent_{kind}", lang=lang, h=hours)
        for kind, hours in sorted(by_kind.items(), key=lambda pair: -pair[1])
        if hours >= 0.05 and kind != "release"
    )
    if alone_h > 0.0:
        return say(
            __package__,
            "late_alone",
            lang=lang,
            order=order,
            late=late_h,
            alone=alone_h,
            spent=spent,
        )
    if cause is None:
        return say(__package__, "late_work", lang=lang, order=order, late=late_h, spent=spent)
    names = ", ".join(cause.orders[:_MOST_NAMES])
    if len(cause.orders) > _MOST_NAMES:
        names += ", …"
    what = say(
        __package__,
        f"cause_{cause.kind}",
        lang=lang,
        step=cause.step,
        resource=cause.resource or "–",
        h=cause.hours,
        n=len(cause.orders),
        orders=names,
        items=", ".join(cause.items),
    )
    return say(__package__, "late", lang=lang, order=order, late=late_h, what=what, spent=spent)
