"""Whether maintenance fits into a plan, which leaves open when it is done, and by whom.

A part of the independent check of plans: slow, obvious, no code of the solvers. Of each place it
sees whether somebody with the skill is there and not at work in the plan; of all places together,
whether more are at maintenance at an instant, whenever each is done, than there are people.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from zhizao.schedule.problem import BY_CLOCK, BY_WORK, Upkeep

NEVER = 2**61
"""An instant that no plan reaches."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What an operation (or its batch) does to its place, in ticks."""

    begin: int
    hold: int
    """When the next may enter the place."""
    end: int
    worked: int
    """Work and setup."""
    is_pinned: bool


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Somebody who may do maintenance, or one of some tools."""

    skills: frozenset[int]
    shifts: list[tuple[int, int]] | None
    """When it may begin something; None: always."""
    busy: list[tuple[int, int]]
    """When the plan has it elsewhere."""


def late_upkeep(
    upkeep: Upkeep | None,
    m: int,
    rows: list[Held],
    *,
    spans: list[tuple[int, int]] | None,
    units: list[Unit] | None = None,
) -> Iterator[tuple[int, int]]:
    """Do the maintenance of a place that is due before each begin.

    Where several are due they may go in any order; in one of all orders each has to fit. It
    begins once due and the place is empty, works in open time (``spans``; None: always), and
    makes way for pinned operations, which wait for none. Where it needs a skill, one of ``units``
    that has it begins in a shift and is not busy until the end; None: who is there is not known, and
    maintenance by the clock is not looked at on such a machine.

    What waits for somebody may be done later than it can be seen to be possible, and then is due
    again later. So the next by the clock may be done, but need not be, before each operation
    between the instants at which it is due at the earliest and at the latest. Only what is too late
    in each such history is reported; of histories in which each is done equally often the
    earliest and the latest instants are put together, so that a few late ones may go unseen.

    Yields
    ------
    int, int
        Row that begins too early, and when maintenance before it ends at the soonest.
    """
    rules = [] if upkeep is None else [r for r, its in enumerate(upkeep.machine) if its == m]
    if upkeep is None or not rules:
        return
    is_attended = upkeep.skill is not None and bool((upkeep.skill[rules] >= 0).any())
    if is_attended and units is None:
        rules = [r for r in rules if upkeep.counts[r] != BY_CLOCK]
    pins = [one for one in rows if one.is_pinned]
    inside = worked = done = 0
    never_done = (0,) * len(rules)
    ways: set[_Way] = {(0, tuple((int(upkeep.first[r]),) * 2 for r in rules), never_done)}
    for a, row in enumerate(rows):
        if row.is_pinned:
            continue
        place = _Place(
            begin=row.begin,
            inside=inside,
            worked=worked,
            done=done,
            spans=spans,
            pins=pins,
            units=units,
            is_attended=is_attended,
        )
        after = _all_done(upkeep, rules, place, ways)
        in_time = {way for way in after if way[0] <= row.begin}
        if not in_time:
            yield a, min(free for free, _, _ in after)
        ways = _together(in_time or after, free=row.hold)
        inside = max(inside, row.end)
        worked += row.worked
        done += 1


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A place before an operation: its begin, when the place is empty, what it has done."""

    begin: int
    inside: int
    worked: int
    done: int
    spans: list[tuple[int, int]] | None
    pins: list[Held]
    units: list[Unit] | None
    is_attended: bool
    """Some maintenance waits for people: when it is done is not known, and the next one by the clock
    may be due as late as if this one ended just before the operation."""


_Way: TypeAlias = tuple[int, tuple[tuple[int, int], ...], tuple[int, ...]]
"""When the place may be free again; when or at what count each rule is due next, at the earliest
and at the latest; how often each was done."""


def _together(ways: set[_Way], *, free: int) -> set[_Way]:
    """Return ways from when a place is free, one for each count of what was done."""
    by_count: dict[tuple[int, ...], list[tuple[tuple[int, int], ...]]] = defaultdict(list)
    for _, due, n_done in ways:
        by_count[n_done].append(due)
    return {
        (
            free,
            tuple(
                (min(a for a, _ in its), max(b for _, b in its)) for its in zip(*dues, strict=True)
            ),
            n_done,
        )
        for n_done, dues in by_count.items()
    }


def _all_done(
    upkeep: Upkeep,
    rules: list[int],
    place: _Place,
    ways: set[_Way],
) -> set[_Way]:
    """Return all ways in which a place can be when nothing has to be done before an operation."""
    after, seen, open_ways = set[_Way](), set(ways), list(ways)
    while open_ways:
        free, due, n_done = open_ways.pop()
        has_to = False
        for b, r in enumerate(rules):
            by_clock = upkeep.counts[r] == BY_CLOCK
            reached = place.worked if upkeep.counts[r] == BY_WORK else place.done
            if by_clock:
                reached = max(place.begin, free)
            first_due, last_due = due[b]
            if free >= NEVER or reached < first_due:
                continue
            has_to |= reached >= last_due
            at = max(free, place.inside, first_due if by_clock else 0)
            skill = -1 if upkeep.skill is None else int(upkeep.skill[r])
            end = _end(at, int(upkeep.duration[r]), place, skill=skill)
            if end > place.begin and reached < last_due:
                continue
            last = max(end, place.begin) if place.is_attended else end
            every = int(upkeep.every[r])
            next_due = (end + every, last + every) if by_clock else (reached + every,) * 2
            # Where what is due may as well be the one after, how often it was done says nothing.
            n = n_done[b] + (last_due - first_due < every)
            way = (
                end,
                (*due[:b], next_due, *due[b + 1 :]),
                (*n_done[:b], n, *n_done[b + 1 :]),
            )
            if way not in seen:
                seen.add(way)
                open_ways.append(way)
        if not has_to:
            after.add((free, due, n_done))
    return after


def _end(at: int, ticks: int, place: _Place, *, skill: int) -> int:
    """Return when maintenance from an instant on is over, pinned operations first."""
    while True:
        at = _attended_from(at, ticks, place, skill=skill)
        end = worked_until(place.spans, at, ticks)
        after = [pin.end for pin in place.pins if at < pin.end and end > pin.begin]
        if not after or end >= NEVER:
            return end
        at = min(after)


def _attended_from(at: int, ticks: int, place: _Place, *, skill: int) -> int:
    """Return from when on somebody with the skill is there until the maintenance is done."""
    if skill < 0 or place.units is None:
        return at
    able = [unit for unit in place.units if skill in unit.skills]
    return min((_free_from(at, ticks, place.spans, unit) for unit in able), default=NEVER)


def _free_from(at: int, ticks: int, spans: list[tuple[int, int]] | None, unit: Unit) -> int:
    while at < NEVER:
        begin = _open_from(unit.shifts, _open_from(spans, at))
        end = worked_until(spans, begin, ticks)
        later = [b for a, b in unit.busy if a < end and b > begin]
        if begin == at and not later:
            return at
        at = max(begin, min(later, default=begin))
    return NEVER


def _open_from(spans: list[tuple[int, int]] | None, at: int) -> int:
    if spans is None or at >= NEVER:
        return at
    return next((max(at, a) for a, b in spans if b > at), NEVER)


@dataclass(frozen=True, kw_only=True)
class Certain:
    """From when until when a place is at maintenance for which somebody is needed, in any case."""

    begin: int
    end: int
    skill: int
    row: int
    """Row of the place before which it is done."""


def certain_upkeep(
    upkeep: Upkeep | None, m: int, rows: list[Held], *, spans: list[tuple[int, int]] | None
) -> Iterator[Certain]:
    """Yield when a place is at maintenance by work or lots, however early or late each is done."""
    if upkeep is None or upkeep.skill is None or any(one.is_pinned for one in rows):
        return
    for r, its in enumerate(upkeep.machine):
        skill, ticks = int(upkeep.skill[r]), int(upkeep.duration[r])
        if its != m or skill < 0 or upkeep.counts[r] == BY_CLOCK:
            continue
        due, worked, free = int(upkeep.first[r]), 0, 0
        for a, row in enumerate(rows):
            reached = worked if upkeep.counts[r] == BY_WORK else a
            if reached >= due:
                due = reached + int(upkeep.every[r])
                begin, end = _last_begin(row.begin, ticks, spans), worked_until(spans, free, ticks)
                if begin < end:
                    yield Certain(begin=begin, end=end, skill=skill, row=a)
            worked += row.worked
            free = max(free, row.hold, row.end)


def _last_begin(by: int, ticks: int, spans: list[tuple[int, int]] | None) -> int:
    """Return the last instant from which some ticks of open time are over by another."""
    for a, b in reversed([(0, by)] if spans is None else spans):
        if a >= by:
            continue
        there = min(b, by) - a
        if there >= ticks:
            return a + there - ticks
        ticks -= there
    return 0


def too_many_at_upkeep(
    certain: list[tuple[int, Certain]], units: list[Unit]
) -> Iterator[tuple[int, int, int]]:
    """See that no more are at maintenance at an instant than there are people; of one, others see.

    Parameters
    ----------
    certain
        With the operation before which each is done.
    units
        All that may do any.

    Yields
    ------
    int, int, int
        Operation, instant, and how many are free then, which are too few.
    """
    by_skill: dict[int, list[tuple[int, Certain]]] = defaultdict(list)
    for row in certain:
        by_skill[row[1].skill].append(row)
    for skill, rows in by_skill.items():
        able = [unit for unit in units if skill in unit.skills]
        for i, one in rows:
            t = one.begin
            n_free = sum(not any(a <= t < b for a, b in unit.busy) for unit in able)
            n = sum(other.begin <= t < other.end for _, other in rows)
            if n > max(1, n_free):
                yield i, t, n_free


def worked_until(spans: list[tuple[int, int]] | None, at: int, ticks: int) -> int:
    """Return when some ticks of open time from an instant on are over; no spans: always open."""
    if spans is None or ticks <= 0:
        return at + ticks
    for start, end in spans:
        if end <= at:
            continue
        begin = max(at, start)
        if begin + ticks <= end:
            return begin + ticks
        ticks -= end - begin
    return NEVER
