"""Whether maintenance fits into a plan, which leaves open when it is done.

A part of the independent check of plans: slow, obvious, no code of the solvers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from zhizao.schedule.problem import BY_CLOCK, BY_WORK, Upkeep

_NEVER = 2**61


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


def late_upkeep(
    upkeep: Upkeep | None,
    m: int,
    rows: list[Held],
    *,
    spans: list[tuple[int, int]] | None,
) -> Iterator[tuple[int, int]]:
    """Do the maintenance of a place that is due before each begin.

    Where several are due they may go in any order; in one of all orders each has to fit. It
    begins once due and the place is empty, works in open time (``spans``; None: always), and
    makes way for pinned operations, which wait for none.

    Yields
    ------
    int, int
        Row that begins too early, and when maintenance before it ends at the soonest.
    """
    rules = [] if upkeep is None else [r for r, its in enumerate(upkeep.machine) if its == m]
    if upkeep is None or not rules:
        return
    if upkeep.skill is not None and (upkeep.skill[rules] >= 0).any():
        # When its operator comes is not in the plan, so the next one by the clock is not known.
        rules = [r for r in rules if upkeep.counts[r] != BY_CLOCK]
    pins = [one for one in rows if one.is_pinned]
    inside = worked = done = 0
    ways = {(0, tuple(int(upkeep.first[r]) for r in rules))}
    for a, row in enumerate(rows):
        if row.is_pinned:
            continue
        place = _Place(begin=row.begin, inside=inside, worked=worked, done=done)
        after = _all_done(upkeep, rules, place, ways, spans=spans, pins=pins)
        in_time = {due for free, due in after if free <= row.begin}
        if not in_time:
            yield a, min(free for free, _ in after)
        ways = {(row.hold, due) for due in in_time or {due for _, due in after}}
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


_Way: TypeAlias = tuple[int, tuple[int, ...]]
"""When the place may be free again, and when or at what count each rule is due next."""


def _all_done(
    upkeep: Upkeep,
    rules: list[int],
    place: _Place,
    ways: set[_Way],
    *,
    spans: list[tuple[int, int]] | None,
    pins: list[Held],
) -> set[_Way]:
    """Return all ways in which a place can be when nothing is due before an operation."""
    after, seen, open_ways = set[_Way](), set(ways), list(ways)
    while open_ways:
        free, due = open_ways.pop()
        n_due = 0
        for b, r in enumerate(rules):
            by_clock = upkeep.counts[r] == BY_CLOCK
            reached = place.worked if upkeep.counts[r] == BY_WORK else place.done
            if by_clock:
                reached = max(place.begin, free)
            if reached < due[b]:
                continue
            n_due += 1
            at = max(free, place.inside, due[b] if by_clock else 0)
            end = _end(at, int(upkeep.duration[r]), spans=spans, pins=pins)
            next_due = (end if by_clock else reached) + int(upkeep.every[r])
            way = (end, (*due[:b], next_due, *due[b + 1 :]))
            if way not in seen:
                seen.add(way)
                open_ways.append(way)
        if not n_due:
            after.add((free, due))
    return after


def _end(at: int, ticks: int, *, spans: list[tuple[int, int]] | None, pins: list[Held]) -> int:
    """Return when maintenance from an instant on is over, pinned operations first."""
    end = worked_until(spans, at, ticks)
    for pin in pins:
        if at < pin.end and end > pin.begin:
            at = pin.end
            end = worked_until(spans, at, ticks)
    return end


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
    return _NEVER
