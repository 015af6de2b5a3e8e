"""An independent check of plans: slow, obvious, from the problem's definition alone.

Shares no code with the solvers; every plan that leaves the room has passed it.
"""

import itertools
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.assignment import Assignment
from zhizao.schedule.check_links import (
    asked_at,
    handed_on,
    last_pieces_done,
    link_violations,
    ready_at,
)
from zhizao.schedule.check_upkeep import (
    NEVER,
    Certain,
    Held,
    Unit,
    certain_upkeep,
    late_upkeep,
    too_many_at_upkeep,
)
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.problem import MUST_FIT, NONE, WORKS_OVERTIME, Problem
from zhizao.schedule.violation import Violation

__all__ = ["Violation", "check_assignment"]

_FOR_EVER = 2**60
"""A batch without a longest wait waits longer; then a plan lets it go with what there is."""


def check_assignment(problem: Problem, assignment: Assignment) -> list[Violation]:
    """Return every rule of a problem that a plan breaks; empty for a sound plan.

    A plain `Assignment` is checked as one whose setups lie directly before the work, on
    machines with one place.

    Examples
    --------
    >>> import numpy as np
    >>> one = Problem(
    ...     n_machines=1,
    ...     job_first=np.array([0, 1]),
    ...     release=np.array([5]),
    ...     due=np.array([9]),
    ...     weight=np.ones(1),
    ...     mode_first=np.array([0, 1]),
    ...     mode_machine=np.array([0], dtype=np.int32),
    ...     mode_duration=np.array([3]),
    ... )
    >>> plan = Assignment(mode=np.array([0]), start=np.array([4]), end=np.array([7]))
    >>> [str(v) for v in check_assignment(one, plan)]
    ['release: operation 0 begins at 4, its job is released at 5']
    """
    return list(_Check(problem, assignment).violations())


class _Check:
    def __init__(self, problem: Problem, plan: Assignment) -> None:
        n = problem.n_operations
        self.problem = problem
        self.mode: list[int] = plan.mode.tolist()
        self.start: list[int] = plan.start.tolist()
        self.end: list[int] = plan.end.tolist()
        self.job = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first)).tolist()
        if isinstance(plan, FactoryAssignment):
            self.factory: FactoryAssignment | None = plan
            self.begin: list[int] = plan.begin.tolist()
            self.place: list[int] = plan.place.tolist()
            self.head: list[int] = plan.batch.tolist()
            self.hold: list[int] = plan.hold.tolist()
        else:
            self.factory = None
            self.begin, self.hold = self.start, self.end
            self.place, self.head = [0] * n, list(range(n))
        self.pinned = set[int]()
        if problem.pins is not None:
            self.pinned = set(problem.pins.operation.tolist())
        self.spans: list[list[tuple[int, int]]] = []
        if problem.calendars is not None:
            first = problem.calendars.first.tolist()
            both = list(
                zip(problem.calendars.start.tolist(), problem.calendars.end.tolist(), strict=True)
            )
            self.spans = [both[a:b] for a, b in itertools.pairwise(first)]

    def violations(self) -> Iterator[Violation]:
        n = self.problem.n_operations
        if len(self.mode) != n or len(self.start) != n or len(self.end) != n:
            yield Violation(kind="mode", operation=0, what=f"has not {n} rows beside it")
            return
        bad = [i for i in range(n) if not self._has_mode(i)]
        for i in bad:
            yield Violation(kind="mode", operation=i, what=f"has the mode {self.mode[i]}")
        if bad:
            return
        yield from self._pins()
        for i in range(n):
            yield from self._ready(i)
            if i not in self.pinned and self.head[i] == i:
                yield from self._times(i)
        yield from self._batches()
        yield from self._places()
        yield from self._crews()
        yield from link_violations(self)

    def _has_mode(self, i: int) -> bool:
        first = self.problem.mode_first
        return bool(first[i] <= self.mode[i] < first[i + 1])

    def machine(self, i: int) -> int:
        return int(self.problem.mode_machine[self.mode[i]])

    def _open(self, calendar: int, a: int, b: int) -> int:
        """Return the open ticks between two instants."""
        if calendar == NONE:
            return max(0, b - a)
        spans = self.spans[calendar]
        first = max(0, bisect_right(spans, (a, -1)) - 1)
        total = 0
        for start, end in spans[first:]:
            if start >= b:
                break
            total += max(0, min(end, b) - max(start, a))
        return total

    def _is_open(self, calendar: int, t: int) -> bool:
        return self._open(calendar, t, t + 1) == 1

    def _calendar(self, i: int) -> int:
        c = self.problem.calendars
        m = self.machine(i)
        return NONE if c is None or m == NONE else int(c.of_machine[m])

    def _works_overtime(self, i: int) -> bool:
        c = self.problem.calendars
        return c is not None and int(c.interruption[i]) == WORKS_OVERTIME

    def work_calendar(self, i: int) -> int:
        """Return the calendar in which an operation goes on once it has begun."""
        return NONE if self._works_overtime(i) else self._calendar(i)

    def entered(self, i: int) -> int:
        """Return the instant at which the lot has to be there."""
        return self._not_before(i)

    def _pins(self) -> Iterator[Violation]:
        pins = self.problem.pins
        if pins is None:
            return
        for a, i in enumerate(pins.operation.tolist()):
            wanted = (int(pins.mode[a]), int(pins.start[a]), int(pins.end[a]))
            found = (self.mode[i], self.start[i], self.end[i])
            if wanted != found:
                yield Violation(kind="pin", operation=i, what=f"is {found}, pinned to {wanted}")

    def _ready(self, i: int) -> Iterator[Violation]:
        problem = self.problem
        j = self.job[i]
        release, begin = int(problem.release[j]), self._not_before(i)
        is_first = i == problem.job_first[j]
        if i not in self.pinned and begin < release:
            yield Violation(
                kind="release",
                operation=i,
                what=f"begins at {begin}, its job is released at {release}",
            )
        if not is_first and begin < handed_on(self, i - 1):
            yield Violation(
                kind="order",
                operation=i,
                what=f"begins at {begin}, the one before it ends at {handed_on(self, i - 1)}",
            )
        same = problem.same_machine_as
        if same is not None and same[i] != NONE and self.machine(i) != self.machine(int(same[i])):
            yield Violation(
                kind="machine",
                operation=i,
                what=f"is on machine {self.machine(i)}, expected that of operation {same[i]}",
            )
        lags = problem.lags
        if lags is None or i in self.pinned:
            return
        if begin < asked_at(self, i) or begin < int(lags.earliest[i]):
            yield Violation(
                kind="ready", operation=i, what=f"begins at {begin}, before it is carried and there"
            )
        if lags.start_from is not None and self.start[i] < lags.start_from[i]:
            what = f"starts at {self.start[i]}, no earlier than {lags.start_from[i]} is allowed"
            yield Violation(kind="ready", operation=i, what=what)

    def _not_before(self, i: int) -> int:
        """Return the instant at which the lot has to be there."""
        setups = self.problem.setups
        return self.begin[i] if setups is not None and setups.needs_lot else self.start[i]

    def _needed(self, i: int) -> int:
        """Return the ticks that an operation, with its batch, works."""
        batches = self.problem.batches
        k = self.mode[i]
        if batches is None or batches.key[i] == NONE:
            return int(self.problem.mode_duration[k])
        head = self.head[i]
        pieces = sum(float(batches.pieces[x]) for x in self._members(head))
        k = self.mode[head]
        return math.ceil(float(batches.fixed[k]) + float(batches.per_piece[k]) * pieces - 1e-6)

    def _members(self, head: int) -> list[int]:
        if not hasattr(self, "_by_head"):
            self._by_head: dict[int, list[int]] = defaultdict(list)
            for i, h in enumerate(self.head):
                self._by_head[h].append(i)
        return self._by_head[head]

    def _times(self, i: int) -> Iterator[Violation]:
        calendar = self._calendar(i)
        work_calendar = NONE if self._works_overtime(i) else calendar
        needed, worked = self._needed(i), self._open(work_calendar, self.start[i], self.end[i])
        cascades = self.problem.mode_hold is not None and self.hold[i] < self.end[i]
        last = last_pieces_done(self, i)
        is_long = worked > needed and not cascades and self.end[i] != last
        if worked < needed or self.end[i] < last or is_long:
            yield Violation(
                kind="duration", operation=i, what=f"works {worked} ticks, expected {needed}"
            )
        if needed and not self._is_open(calendar, self._own_begin(i)):
            yield Violation(kind="closed", operation=i, what=f"begins at {self._own_begin(i)}")
        c = self.problem.calendars
        if c is None or calendar == NONE or c.interruption[i] != MUST_FIT:
            return
        begin = self._own_begin(i)
        longest = max((b - a for a, b in self.spans[calendar]), default=0)
        is_long = needed + self._open(calendar, begin, self.start[i]) > longest
        worked = self.start[i] + needed
        if not is_long and self._open(calendar, begin, worked) != worked - begin:
            yield Violation(kind="closed", operation=i, what="does not end before the closing")

    def _own_begin(self, i: int) -> int:
        """Return when the operation itself begins: with its setup, if that waits for it."""
        return self._not_before(i)

    def _batches(self) -> Iterator[Violation]:
        batches = self.problem.batches
        for head in sorted(set(self.head)):
            members = self._members(head)
            yield from self._too_few(head, members)
            if len(members) == 1 and members[0] == head:
                continue
            keys = {NONE} if batches is None else {int(batches.key[i]) for i in members}
            if head not in members or len(keys) > 1 or NONE in keys:
                yield Violation(kind="batch", operation=head, what=f"goes with {members}")
                continue
            assert batches is not None
            pieces = sum(float(batches.pieces[i]) for i in members)
            if pieces > float(batches.largest[head]) + 1e-9:
                yield Violation(kind="batch", operation=head, what=f"has {pieces:g} pieces")
            shared = {(self.machine(i), self.place[i], self.start[i], self.end[i]) for i in members}
            if len(shared) > 1:
                yield Violation(kind="batch", operation=head, what=f"is {len(shared)} at once")

    def _too_few(self, head: int, members: list[int]) -> Iterator[Violation]:
        """See that a batch of too few pieces has waited for others as long as it may."""
        batches = self.problem.batches
        if batches is None or batches.key[head] == NONE or head in self.pinned:
            return
        pieces, wait = sum(float(batches.pieces[i]) for i in members), int(batches.wait[head])
        if pieces >= batches.least[head] or wait >= _FOR_EVER:
            return
        since = min(ready_at(self, i) for i in members)
        if self._not_before(head) < since + wait:
            yield Violation(
                kind="batch",
                operation=head,
                what=f"begins with {pieces:g} pieces at {self._not_before(head)}, "
                f"before {since + wait}",
            )

    def _places(self) -> Iterator[Violation]:
        n_places = self.problem.n_places
        held: dict[tuple[int, int], list[int]] = defaultdict(list)
        for i in sorted(set(self.head)):
            m = self.machine(i)
            if m == NONE:
                continue
            if not 0 <= self.place[i] < (1 if n_places is None else int(n_places[m])):
                yield Violation(kind="overlap", operation=i, what=f"is on place {self.place[i]}")
            held[m, self.place[i]].append(i)
        units, certain = self._units(), list[tuple[int, Certain]]()
        for (m, _), operations in held.items():
            operations.sort(key=lambda i: (self.start[i], self.end[i], i))
            yield from self._sequence(m, operations)
            yield from self._upkeep(m, operations, units, certain)
        for i, t, n in too_many_at_upkeep(certain, units or []):
            what = f"follows maintenance at {t}, when {n} are free for all that is at it then"
            yield Violation(kind="upkeep", operation=i, what=what)

    def _sequence(self, m: int, operations: list[int]) -> Iterator[Violation]:
        setups = self.problem.setups
        family = NONE if setups is None else int(setups.initial_family[m])
        free = inside = 0
        for i in operations:
            needed = self._setup(m, family, i)
            from_ = max(free, inside) if needed or self.hold[i] >= self.end[i] else free
            if self.begin[i] < from_ and i not in self.pinned:
                yield Violation(
                    kind="overlap", operation=i, what=f"begins at {self.begin[i]}, before {from_}"
                )
            elif self.start[i] < free:
                yield Violation(
                    kind="overlap", operation=i, what=f"starts at {self.start[i]}, before {free}"
                )
            if i not in self.pinned:
                yield from self._setup_time(i, m, needed=needed, free=from_)
            yield from self._hold(i)
            free, inside = max(free, self.hold[i]), max(inside, self.end[i])
            if setups is not None and setups.family_of_operation[i] != NONE:
                family = int(setups.family_of_operation[i])

    def _units(self) -> list[Unit] | None:
        """Return who may do maintenance; None: nobody is needed, or the plan does not say who."""
        crews, upkeep = self.problem.crews, self.problem.upkeep
        if crews is None or upkeep is None or upkeep.skill is None or self.factory is None:
            return None
        busy: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for i in sorted(set(self.head)):
            for need in range(int(crews.need_first[i]), int(crews.need_first[i + 1])):
                unit = int(self.factory.unit_of_need[need])
                busy[unit].append((self._not_before(i), self.end[i]))
            if int(self.factory.setup_unit[i]) != NONE:
                busy[int(self.factory.setup_unit[i])].append((self.begin[i], self.start[i]))
        skills: dict[int, set[int]] = defaultdict(set)
        for skill, (a, b) in enumerate(itertools.pairwise(crews.group_first.tolist())):
            for group in crews.group[a:b].tolist():
                skills[group].add(skill)
        groups = np.repeat(np.arange(len(crews.n_units)), crews.n_units).tolist()
        shifts = [None if c == NONE else self.spans[c] for c in crews.calendar_of_group.tolist()]
        return [
            Unit(skills=frozenset(skills[g]), shifts=shifts[g], busy=busy[u])
            for u, g in enumerate(groups)
        ]

    def _upkeep(
        self,
        m: int,
        operations: list[int],
        units: list[Unit] | None,
        certain: list[tuple[int, Certain]],
    ) -> Iterator[Violation]:
        setup = [0] * self.problem.n_operations
        if self.factory is not None:
            setup = self.factory.setup.tolist()
        rows = [
            Held(
                begin=self._not_before(i),
                hold=self.hold[i],
                end=self.end[i],
                worked=self._needed(i) + setup[i],
                is_pinned=i in self.pinned,
            )
            for i in operations
        ]
        c = self.problem.calendars
        spans = None if c is None or c.of_machine[m] == NONE else self.spans[c.of_machine[m]]
        if units is not None:
            found = certain_upkeep(self.problem.upkeep, m, rows, spans=spans)
            certain += [(operations[one.row], one) for one in found]
        for a, free in late_upkeep(self.problem.upkeep, m, rows, spans=spans, units=units):
            what = f"maintenance ends at {free}" if free < NEVER else "nobody does the maintenance"
            yield Violation(
                kind="upkeep", operation=operations[a], what=f"begins at {rows[a].begin}, {what}"
            )

    def _hold(self, i: int) -> Iterator[Violation]:
        hold = self.problem.mode_hold
        if i in self.pinned:
            return
        needed = self._needed(i)
        if hold is not None:
            needed = min(needed, int(hold[self.mode[i]]))
            if self.problem.mode_hold is not None and int(hold[self.mode[i]]) >= int(
                self.problem.mode_duration[self.mode[i]]
            ):
                needed = self._needed(i)
        calendar = NONE if self._works_overtime(i) else self._calendar(i)
        if self._open(calendar, self.start[i], self.hold[i]) < needed:
            yield Violation(kind="overlap", operation=i, what=f"frees its place at {self.hold[i]}")

    def _setup(self, m: int, before: int, i: int) -> int:
        s = self.problem.setups
        if s is None or s.table_of_machine[m] == NONE or before == NONE:
            return 0
        after = int(s.family_of_operation[i])
        if after == NONE:
            return 0
        if s.column_of_family is None:
            return int(s.ticks[s.table_of_machine[m], before, after])
        column = s.column_of_family
        if before == after and int(column[after]) == s.ticks.shape[1] - 1:
            return 0
        return int(s.ticks[s.table_of_machine[m], column[before], column[after]])

    def _setup_time(self, i: int, m: int, *, needed: int, free: int) -> Iterator[Violation]:
        calendar = NONE if self._works_overtime(i) else self._calendar(i)
        setups = self.problem.setups
        begin = self.begin[i]
        if self.factory is None:
            begin = free
        if needed and self._open(calendar, begin, self.start[i]) < needed:
            yield Violation(
                kind="setup",
                operation=i,
                what=f"starts at {self.start[i]}, its setup of {needed} on machine {m} is not done",
            )
        is_tight = setups is not None and setups.needs_lot
        if is_tight and self._open(calendar, begin, self.start[i]) > needed:
            yield Violation(kind="setup", operation=i, what=f"is set up for more than {needed}")

    def _crews(self) -> Iterator[Violation]:
        crews = self.problem.crews
        if crews is None or self.factory is None:
            return
        group_of_unit = np.repeat(np.arange(len(crews.n_units)), crews.n_units)
        held: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for i in sorted(set(self.head)):
            from_ = self._not_before(i)
            for need in range(int(crews.need_first[i]), int(crews.need_first[i + 1])):
                unit = int(self.factory.unit_of_need[need])
                yield from self._serves(i, unit, int(crews.need_skill[need]), group_of_unit, from_)
                held[unit].append((from_, self.end[i], i))
            m = self.machine(i)
            if m != NONE and crews.setup_skill[m] != NONE and self.start[i] > self.begin[i]:
                unit = int(self.factory.setup_unit[i])
                skill = int(crews.setup_skill[m])
                yield from self._serves(i, unit, skill, group_of_unit, self.begin[i])
                held[unit].append((self.begin[i], self.start[i], i))
        for unit, spans in held.items():
            spans.sort()
            for (_, end, i), (begin, _, x) in itertools.pairwise(spans):
                if begin < end:
                    yield Violation(
                        kind="crew", operation=x, what=f"needs unit {unit}, which is at {i}"
                    )

    def _serves(
        self, i: int, unit: int, skill: int, group_of_unit: NDArray[np.int64], at: int
    ) -> Iterator[Violation]:
        crews = self.problem.crews
        assert crews is not None
        if not 0 <= unit < len(group_of_unit):
            yield Violation(kind="crew", operation=i, what="has nobody for a need")
            return
        group = int(group_of_unit[unit])
        able = crews.group[crews.group_first[skill] : crews.group_first[skill + 1]].tolist()
        if group not in able:
            yield Violation(kind="crew", operation=i, what=f"has unit {unit}, which lacks a skill")
        calendar = int(crews.calendar_of_group[group])
        if i not in self.pinned and not self._is_open(calendar, at):
            yield Violation(kind="crew", operation=i, what=f"has unit {unit}, which is off at {at}")
