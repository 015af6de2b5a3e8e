"""What may stay of the next shift, as rows for an exact solver: starts, setups, people, who waits.

Only what decides how many can stay is told. What leaves the shift holds nothing there, and what is
not told (places of wide machines, batches, cascades, buffers, upkeep) is free: so no plan keeps
more than the most that can stay by these rows.
"""

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.problem import MUST_FIT, NONE, WORKS_OVERTIME, Problem

Ints = NDArray[np.int64]

NEVER = 2**61
"""No instant."""

Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An operation at a machine: starts of its work between which it lasts equally long."""

    machine: int
    is_kept: bool
    """At its old machine and time."""
    first: int
    last: int
    """Starts, in ticks."""
    ticks: int
    """From the start to the end of the work, with what is closed between."""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A machine that does one operation at a time."""

    family: int
    """That it is set up for first; ``NONE``: the first setup is free."""
    setup: Ints
    """Shape (n_families, n_families): ticks at least from one to another, over others too."""
    others: tuple[tuple[int, int, int], ...]
    """(Ticks of work, ready, operation) of what may be done there, the shortest first."""
    pins: tuple[tuple[int, int, int, int], ...]
    """(Family, begin, start, end) of what stands there."""


class KeepRows:
    """The rows of a problem with a previous plan.

    Parameters
    ----------
    problem : Problem
        With a previous plan.
    first : int64 array of shape (n_operations,), ticks
        When each operation that counts could stay at the earliest, by itself; ``NEVER``: not.
    joins : sequence of (operation, operation, ticks)
        What goes into the second one is made by the first, so long before.

    Attributes
    ----------
    visits : dict
        Operation → where and when it would stay; only those that can by themselves.
    sources : dict
        Operation → (operation that it waits for, ticks after that one's end).
    lanes : dict
        Machine → lane, where one operation at a time is at work.
    """

    def __init__(
        self, problem: Problem, *, first: Ints, joins: Sequence[tuple[int, int, int]]
    ) -> None:
        previous = problem.previous
        assert previous is not None
        self.problem, self.previous = problem, previous
        n = problem.n_operations
        self.job = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first))
        pinned = np.zeros(n, dtype=bool)
        if problem.pins is not None:
            pinned[problem.pins.operation] = True
        self.pinned = pinned
        self.counts = previous.counts & ~pinned
        self.latest = int(previous.start[self.counts].max(initial=0)) + int(previous.tolerance)
        self.spans = _spans(problem, until=self.latest)
        in_batch = np.zeros(n, dtype=bool)
        if problem.batches is not None:
            in_batch = problem.batches.key != NONE
        self.in_batch = in_batch
        self.ready = self._ready()
        self.sources: dict[int, list[tuple[int, int]]] = {}
        for source, target, lag in joins:
            self._waits(target, source, lag)
        delay = None if problem.lags is None else problem.lags.delay
        for i in range(1, n):
            if self.job[i] == self.job[i - 1] and problem.overlaps is None:
                self._waits(i, i - 1, 0 if delay is None else int(delay[i]))
        self.visits: dict[int, list[Visit]] = {}
        for i in np.flatnonzero(self.counts & (first < NEVER)).tolist():
            last = int(previous.start[i]) + int(previous.tolerance)
            at = int(previous.machine[i])
            found = self._at(i, at, first=int(first[i]), last=last, is_kept=True)
            if found:
                self.visits[i] = found
        self.lanes: dict[int, Lane] = {}
        for m in range(problem.n_machines):
            if problem.n_places is None or problem.n_places[m] == 1:
                self.lanes[m] = self._lane(m)

    def family(self, i: int) -> int:
        """Return the family of an operation."""
        setups = self.problem.setups
        return NONE if setups is None else int(setups.family_of_operation[i])

    def moved(self, i: int, *, by: int) -> list[Visit]:
        """Return where and when an operation would be done within the shift, ended by a tick."""
        modes = range(int(self.problem.mode_first[i]), int(self.problem.mode_first[i + 1]))
        found = []
        for k in modes:
            at = int(self.problem.mode_machine[k])
            rows = self._at(i, at, first=self.ready[i], last=by, is_kept=False)
            found += [v for v in rows if v.first + v.ticks <= by]
        return found

    def between(
        self, i: int, lane: Lane, *, family: int, free: int, by: int
    ) -> list[tuple[int, list[int]]]:
        """Return ticks from an end to a start with something else between, and what has to leave.

        Of the operations named at least one is not where it would stay; none: nothing has to.
        The shortest of what need not stay, and of what would be shorter still. ``free``, ``by``:
        the earliest end, the latest start.
        """
        its = self.family(i)
        found: list[tuple[int, list[int]]] = []
        ticks: list[tuple[int, int]] = []
        for work, ready, x in lane.others:
            other = self.family(x)
            over = int(lane.setup[family, other]) + work + int(lane.setup[other, its])
            if x != i and free + over <= by and ready + work + int(lane.setup[other, its]) <= by:
                ticks.append((over, x))
        free_over = min((over for over, x in ticks if x not in self.visits), default=NEVER)
        leave = [(over, x) for over, x in ticks if over < free_over and x in self.visits]
        if free_over < NEVER:
            found.append((free_over, []))
        if leave:
            found.append((min(leave)[0], [x for _, x in leave]))
        return found

    def is_alone(self, i: int, machine: int) -> bool:
        """Return whether an operation has a machine for itself while it is at work."""
        problem = self.problem
        if machine not in self.lanes or self.in_batch[i]:
            return False
        k = self._mode(i, machine)
        return problem.mode_hold is None or bool(problem.mode_hold[k] >= problem.mode_duration[k])

    def groups(self, need: int, *, from_: int | None, until: int) -> list[tuple[int, list[Span]]]:
        """Return who may do a need that begins between two ticks, and when they are on shift.

        No spans: always. ``from_`` None: whoever has the skill, on shift or not.
        """
        crews = self.problem.crews
        assert crews is not None
        skill = int(crews.need_skill[need])
        found: list[tuple[int, list[Span]]] = []
        for g in crews.group[crews.group_first[skill] : crews.group_first[skill + 1]].tolist():
            c = int(crews.calendar_of_group[g])
            if c == NONE or from_ is None:
                found.append((g, []))
                continue
            spans = [(a, b) for a, b in self.spans[c] if b > from_ and a <= until]
            if spans:
                found.append((g, spans))
        return found

    def setup_before(self, i: int, visits: list[Visit]) -> tuple[int, bool]:
        """Return the longest setup of an operation, and whether it may begin before a closing."""
        longest, crosses = 0, False
        for v in visits:
            lane, family = self.lanes.get(v.machine), self.family(i)
            if lane is None or family == NONE or not len(lane.setup):
                continue
            its = int(lane.setup[:, family].max())
            longest = max(longest, its)
            spans = self._of_machine(v.machine)
            if spans is not None and its:
                opens = [a for a, b in spans if a <= v.last and b > v.first - its]
                crosses = crosses or any(v.first - its < a and a > 0 for a in opens)
        return longest, crosses

    def _waits(self, target: int, source: int, lag: int) -> None:
        if not self.pinned[source] and not self.in_batch[source]:
            self.sources.setdefault(target, []).append((source, lag))

    def _ready(self) -> list[int]:
        """Return when each operation can be there at the earliest."""
        problem = self.problem
        shortest = np.minimum.reduceat(problem.mode_duration, problem.mode_first[:-1])
        shortest = np.where(self.in_batch, 0, shortest).tolist()
        ready = problem.release[self.job].tolist()
        if problem.lags is not None:
            ready = np.maximum(ready, problem.lags.earliest).tolist()
        pin_end = {}
        if problem.pins is not None:
            pin_end = dict(
                zip(problem.pins.operation.tolist(), problem.pins.end.tolist(), strict=True)
            )
        is_plain = problem.overlaps is None
        for i in range(problem.n_operations):
            follows = i > 0 and self.job[i] == self.job[i - 1] and is_plain
            if follows and (i - 1 in pin_end or not self.pinned[i - 1]):
                ready[i] = max(ready[i], pin_end.get(i - 1, ready[i - 1] + shortest[i - 1]))
            ready[i] = max(0, ready[i])
        return list(ready)

    def _mode(self, i: int, machine: int) -> int:
        first, end = int(self.problem.mode_first[i]), int(self.problem.mode_first[i + 1])
        return first + int(np.argmax(self.problem.mode_machine[first:end] == machine))

    def _of_machine(self, machine: int) -> list[Span] | None:
        calendars = self.problem.calendars
        if calendars is None or machine == NONE or calendars.of_machine[machine] == NONE:
            return None
        return self.spans[int(calendars.of_machine[machine])]

    def _at(self, i: int, machine: int, *, first: int, last: int, is_kept: bool) -> list[Visit]:
        problem = self.problem
        work = 0 if self.in_batch[i] else int(problem.mode_duration[self._mode(i, machine)])
        spans, kind = self._of_machine(machine), 0
        if problem.calendars is not None:
            kind = int(problem.calendars.interruption[i])
        if spans is None:
            rows = [(first, last, work)] if first <= last else []
        elif kind == WORKS_OVERTIME:
            rows = [
                (max(first, a), min(last, b), work) for a, b in spans if a <= last and b > first
            ]
        else:
            rows = stretches(spans, first=first, last=last, work=work)
            longest = max((b - a for a, b in spans), default=0)
            if kind == MUST_FIT and work + self._longest_setup(machine) <= longest:
                rows = [row for row in rows if row[2] == work]
        return [
            Visit(machine=machine, is_kept=is_kept, first=a, last=b, ticks=ticks)
            for a, b, ticks in rows
        ]

    def _longest_setup(self, machine: int) -> int:
        setups = self.problem.setups
        if setups is None or machine == NONE or setups.table_of_machine[machine] == NONE:
            return 0
        return int(setups.ticks[setups.table_of_machine[machine]].max(initial=0))

    def _lane(self, m: int) -> Lane:
        problem, setups = self.problem, self.problem.setups
        pins: list[tuple[int, int, int, int]] = []
        if problem.pins is not None:
            own = problem.pins
            heads = own.operation if own.batch is None else own.batch
            at = (problem.mode_machine[own.mode] == m) & (heads == own.operation) & (own.end > 0)
            for a in np.flatnonzero(at).tolist():
                family = self.family(int(own.operation[a]))
                pins.append((family, int(own.begin[a]), int(own.start[a]), int(own.end[a])))
        none = np.zeros((0, 0), np.int64)
        if setups is None or setups.table_of_machine[m] == NONE:
            return Lane(family=NONE, setup=none, others=(), pins=tuple(pins))
        table = setups.ticks[setups.table_of_machine[m]]
        if setups.column_of_family is not None:
            column = setups.column_of_family
            shared = (column == len(table) - 1) & np.eye(len(column), dtype=bool)
            table = np.where(shared, 0, table[np.ix_(column, column)])
        on = np.flatnonzero(problem.mode_machine == m)
        operation = np.searchsorted(problem.mode_first, on, side="right") - 1
        work = np.where(self.in_batch[operation], 0, problem.mode_duration[on])
        families = setups.family_of_operation[operation]
        has = families != NONE
        least = table.copy()
        for f in np.unique(families[has]).tolist():  # others are never between two
            least = np.minimum(least, least[:, [f]] + least[[f], :])
        has &= ~self.pinned[operation]
        others = [
            (int(w), self.ready[i], i)
            for w, i in zip(work[has].tolist(), operation[has].tolist(), strict=True)
            if self.ready[i] <= self.latest
        ]
        return Lane(
            family=int(setups.initial_family[m]), setup=least, others=tuple(sorted(others)),
            pins=tuple(pins),
        )  # fmt: skip


def _spans(problem: Problem, *, until: int) -> list[list[Span]]:
    """Return the open spans of each calendar, a few of them beyond a tick."""
    calendars = problem.calendars
    if calendars is None:
        return []
    found = []
    longest = int(problem.mode_duration.max(initial=0))
    for a, b in itertools.pairwise(calendars.first.tolist()):
        ends = calendars.end[a:b]
        at = int(np.searchsorted(ends, until))
        opened = np.cumsum(ends[at:] - calendars.start[a:b][at:])
        n = at + 2 + int(np.searchsorted(opened, 2 * longest))
        pairs = zip(calendars.start[a:b][:n].tolist(), ends[:n].tolist(), strict=True)
        found.append(list(pairs))
    return found


def stretches(spans: list[Span], *, first: int, last: int, work: int) -> list[tuple[int, int, int]]:
    """Return starts between two ticks, open then, with how long work lasts that resumes.

    Examples
    --------
    >>> stretches([(0, 10), (15, 30)], first=4, last=20, work=3)
    [(4, 7, 3), (8, 9, 8), (15, 20, 3)]
    """
    closes = [b for _, b in spans]
    found = []
    for k in range(bisect_right(closes, first), len(spans)):
        a, b = max(first, spans[k][0]), min(last, closes[k] - 1)
        j, worked, shut = k, closes[k], 0
        while a <= b:
            until = min(b, worked - work)
            if a <= until:
                found.append((a, until, work + shut))
                a = until + 1
            if j + 1 == len(spans):
                break
            shut += spans[j + 1][0] - closes[j]
            worked += closes[j + 1] - spans[j + 1][0]
            j += 1
    return found
