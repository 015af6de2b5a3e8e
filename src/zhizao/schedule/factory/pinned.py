"""Pinned operations: which place and which units each of them takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.factory_rows import first_of, table_of
from zhizao.schedule.kernels.factory_tables import PIN, PLACE, Table
from zhizao.schedule.problem import NONE, Problem

Span = tuple[int, int]
"""Begin and end in ticks."""


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """What pinned operations hold."""

    place: NDArray[np.int64]
    """Shape (n_pins,); place of its machine, numbered through; ``NONE`` without a machine."""
    unit_of_need: dict[int, int]
    """Need → unit."""
    setup_unit: NDArray[np.int64]
    """Shape (n_pins,)."""
    pins_of_place: Sequence[Sequence[int]]
    """In the order of their begin."""
    spans_of_unit: Sequence[Sequence[Span]]
    """In their order."""


@dataclass(frozen=True, kw_only=True)
class PinTables:
    """The kernels' tables of what is pinned."""

    places: Table
    pins: Table
    units: Table
    unit_pins: Table


def reserve(problem: Problem, *, machines: Table, groups: Table) -> Reserved:
    """Give each pinned operation the first place and units that are not taken then.

    Where all are taken, it shares the first one: the checker names that.
    """
    n_places = int(machines.place_end.max(initial=0))
    n_units = int(groups.unit_end.max(initial=0))
    pins, crews = problem.pins, problem.crews
    n_pins = 0 if pins is None else len(pins.operation)
    place = np.full(n_pins, NONE, dtype=np.int64)
    setup_unit = np.full(n_pins, NONE, dtype=np.int64)
    pins_of_place: list[list[int]] = [[] for _ in range(n_places)]
    busy_places: list[list[Span]] = [[] for _ in range(n_places)]
    busy_units: list[list[Span]] = [[] for _ in range(n_units)]
    unit_of_need: dict[int, int] = {}
    needs_lot = problem.setups is not None and problem.setups.needs_lot
    order = [] if pins is None else np.lexsort((pins.operation, pins.begin)).tolist()
    followers: list[tuple[int, int]] = []
    for a in order:
        assert pins is not None
        if pins.batch is not None and pins.batch[a] != pins.operation[a]:
            followers.append((a, int(np.flatnonzero(pins.operation == pins.batch[a])[0])))
            continue
        begin, start, end = int(pins.begin[a]), int(pins.start[a]), int(pins.end[a])
        i, m = int(pins.operation[a]), int(problem.mode_machine[pins.mode[a]])
        if m != NONE:
            its_places = range(int(machines.place_first[m]), int(machines.place_end[m]))
            place[a] = _free(busy_places, its_places, span=(begin, end))
            busy_places[place[a]].append((begin, end))
            pins_of_place[place[a]].append(a)
        if crews is None:
            continue
        held = (begin if needs_lot else start, end)
        for need in range(int(crews.need_first[i]), int(crews.need_first[i + 1])):
            units = units_of(problem, int(crews.need_skill[need]), groups=groups)
            unit_of_need[need] = _free(busy_units, units, span=held)
            busy_units[unit_of_need[need]].append(held)
        skill = int(crews.setup_skill[m]) if m != NONE else NONE
        if skill != NONE and start > begin:
            units = units_of(problem, skill, groups=groups)
            setup_unit[a] = _free(busy_units, units, span=(begin, start))
            busy_units[setup_unit[a]].append((begin, start))
    for a, head in followers:
        place[a] = place[head]
    return Reserved(
        place=place,
        unit_of_need=unit_of_need,
        setup_unit=setup_unit,
        pins_of_place=pins_of_place,
        spans_of_unit=[sorted(spans) for spans in busy_units],
    )


def units_of(problem: Problem, skill: int, *, groups: Table) -> list[int]:
    """Return the units that have a skill, in the order in which they are taken."""
    crews = problem.crews
    assert crews is not None
    return [
        u
        for g in crews.group[crews.group_first[skill] : crews.group_first[skill + 1]].tolist()
        for u in range(int(groups.unit_first[g]), int(groups.unit_end[g]))
    ]


def _free(busy: Sequence[Sequence[Span]], candidates: Sequence[int], *, span: Span) -> int:
    for one in candidates:
        if all(begin >= span[1] or end <= span[0] for begin, end in busy[one]):
            return one
    return candidates[0]


def pin_tables(problem: Problem, *, machines: Table, groups: Table) -> PinTables:
    """Return the kernels' tables of pins, by place and by unit."""
    reserved = reserve(problem, machines=machines, groups=groups)
    order = np.array([a for pins in reserved.pins_of_place for a in pins], dtype=np.int64)
    spans = [span for held in reserved.spans_of_unit for span in held]
    pins = table_of(PIN, n=len(order), family=NONE)
    if problem.pins is not None:
        pins.begin, pins.start = problem.pins.begin[order], problem.pins.start[order]
        pins.end = problem.pins.end[order]
        if problem.setups is not None:
            pins.family = problem.setups.family_of_operation[problem.pins.operation[order]]
    places = first_of([len(p) for p in reserved.pins_of_place])
    units = first_of([len(s) for s in reserved.spans_of_unit])
    return PinTables(
        places=table_of(PLACE, n=len(places) - 1, pin_first=places[:-1], pin_end=places[1:]),
        pins=pins,
        units=table_of(PLACE, n=len(units) - 1, pin_first=units[:-1], pin_end=units[1:]),
        unit_pins=table_of(
            PIN,
            n=len(spans),
            begin=np.array([b for b, _ in spans], dtype=np.int64),
            end=np.array([e for _, e in spans], dtype=np.int64),
        ),
    )
