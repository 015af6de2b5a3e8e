"""What is fixed before planning: lots in progress, the frozen zone, what people pinned."""

from datetime import datetime, timedelta

import numpy as np

from zhizao.model import Assignment, Plant
from zhizao.schedule.from_plant.calendars import PlantCalendars
from zhizao.schedule.from_plant.plant_orders import Chains, PlannedStep, whole_seconds
from zhizao.schedule.from_plant.wishes import Wishes
from zhizao.schedule.problem import NONE, WORKS_OVERTIME, Pins, Previous, Problem

_LEAST_REST = 0.1
"""Share of its time that a lot in progress has left at least, however long it has run."""

_Pin = tuple[int, int, int, int, int]
"""Operation, mode, begin of the setup, start, end."""


def pins_of(
    problem: Problem,
    plant: Plant,
    chains: Chains,
    *,
    calendars: PlantCalendars,
    now: datetime,
    wishes: Wishes,
) -> tuple[Pins | None, frozenset[int]]:
    """Return what is fixed, and which operations are in progress.

    Of the frozen zone, an operation stays fixed as long as what is before it in its order is
    fixed or done, its resource is still open for it, and nothing in progress holds the resource.
    """
    machine = {r.id: i for i, r in enumerate(plant.resources)}
    rows: list[_Pin] = []
    for i, one in enumerate(chains.steps):
        if one.lot is not None and one.lot.status in ("running", "setup"):
            rows.append(_running(problem, i, one, machine=machine, calendars=calendars))
    running = frozenset(row[0] for row in rows)
    ends = {row[0]: row[4] for row in rows}
    heads = _add_fixed(
        problem, plant, chains, rows, ends, calendars=calendars, now=now, wishes=wishes
    )
    if not rows:
        return None, running
    table = np.array(rows, np.int64)
    return (
        Pins(
            operation=table[:, 0],
            mode=table[:, 1],
            begin=table[:, 2],
            start=table[:, 3],
            end=table[:, 4],
            batch=np.array([heads[row[0]] for row in rows], np.int64),
        ),
        running,
    )


def _add_fixed(
    problem: Problem,
    plant: Plant,
    chains: Chains,
    rows: list[_Pin],
    ends: dict[int, int],
    *,
    calendars: PlantCalendars,
    now: datetime,
    wishes: Wishes,
) -> dict[int, int]:
    """Add what the previous plan fixes to ``rows`` and ``ends``; return the heads of batches."""
    machine = {r.id: i for i, r in enumerate(plant.resources)}
    heads = {row[0]: row[0] for row in rows}
    held: dict[int, list[_Pin]] = {}
    for known in rows:
        held.setdefault(int(problem.mode_machine[known[1]]), []).append(known)
    batches: dict[int, int] = {}
    for i, fixed in _fixed(chains, wishes):
        is_first = chains.steps[i].first_of_order
        if i in ends or not (is_first or i - 1 in ends):
            continue
        row = _kept(problem, i, fixed, machine=machine, calendars=calendars, now=now)
        if row is None or (not is_first and row[2] < ends[i - 1]):
            continue
        m = int(problem.mode_machine[row[1]])
        head = i if fixed.batch is None else batches.get(fixed.batch, i)
        if head == i and m != NONE and _is_taken(problem, m, row, held.get(m, [])):
            continue
        if fixed.batch is not None:
            batches.setdefault(fixed.batch, i)
        if head == i:
            held.setdefault(m, []).append(row)
        rows.append(row)
        ends[i], heads[i] = row[4], head
    return heads


def _is_taken(problem: Problem, m: int, row: _Pin, held: list[_Pin]) -> bool:
    """Return whether all places of a machine are held while a pin would be there."""
    n_places = 1 if problem.n_places is None else int(problem.n_places[m])
    return sum(other[2] < row[4] and row[2] < other[4] for other in held) >= n_places


def _running(
    problem: Problem,
    i: int,
    one: PlannedStep,
    *,
    machine: dict[str, int],
    calendars: PlantCalendars,
) -> _Pin:
    """Return what is left of a lot in progress."""
    assert one.lot is not None
    modes = range(int(problem.mode_first[i]), int(problem.mode_first[i + 1]))
    wanted = machine.get(one.lot.resource or "", NONE)
    k = next((k for k in modes if problem.mode_machine[k] == wanted), modes[0])
    total = int(problem.mode_duration[k])
    worked, start = round(one.lot.worked_min * 60.0), 0
    number = _calendar(problem, i, k)
    if one.lot.status == "setup":
        setup_left = max(0, _setup(problem, i, int(problem.mode_machine[k])) - worked)
        start, worked = calendars.work_end(number, 0, setup_left) or setup_left, 0
    left = max(round(_LEAST_REST * total), total - worked, 1)
    end = calendars.work_end(number, start, left)
    return i, k, 0, start, start + left if end is None else end


def _setup(problem: Problem, i: int, m: int) -> int:
    """Return the setup of an operation on a machine as that is set up for now, in ticks."""
    setups = problem.setups
    if setups is None or m == NONE or setups.table_of_machine[m] == NONE:
        return 0
    before, after = int(setups.initial_family[m]), int(setups.family_of_operation[i])
    if NONE in (before, after):
        return 0
    if setups.column_of_family is not None:
        is_shared = int(setups.column_of_family[after]) == setups.ticks.shape[1] - 1
        if before == after and is_shared:
            return 0
        before, after = (int(setups.column_of_family[f]) for f in (before, after))
    return int(setups.ticks[setups.table_of_machine[m], before, after])


def _calendar(problem: Problem, i: int, k: int) -> int:
    assert problem.calendars is not None
    m = int(problem.mode_machine[k])
    if m == NONE or problem.calendars.interruption[i] == WORKS_OVERTIME:
        return NONE
    return int(problem.calendars.of_machine[m])


def _fixed(chains: Chains, wishes: Wishes) -> list[tuple[int, Assignment]]:
    """Return the operations that the previous plan fixes, in the order of their begins."""
    if wishes.previous is None:
        return []
    numbers = {(one.order.id, one.step.step): i for i, one in enumerate(chains.steps)}
    found = []
    for a in wishes.previous.assignments:
        i = numbers.get((a.order_id, a.step))
        is_frozen = wishes.frozen_until is not None and a.begin_at < wishes.frozen_until
        if i is not None and (is_frozen or (a.is_pinned and not a.is_running)):
            found.append((i, a))
    return sorted(found, key=lambda pair: (pair[1].begin_at, pair[0]))


def _kept(
    problem: Problem,
    i: int,
    fixed: Assignment,
    *,
    machine: dict[str, int],
    calendars: PlantCalendars,
    now: datetime,
) -> _Pin | None:
    """Return a fixed operation as it was, None where it can no longer be so."""
    m = NONE if fixed.resource is None else machine.get(fixed.resource, NONE)
    modes = range(int(problem.mode_first[i]), int(problem.mode_first[i + 1]))
    k = next((k for k in modes if problem.mode_machine[k] == m), None)
    begin = whole_seconds(fixed.begin_at, origin=now)
    start = whole_seconds(fixed.start_at, origin=now)
    if k is None or begin < 0:
        return None
    own = NONE if m == NONE or problem.calendars is None else int(problem.calendars.of_machine[m])
    if not calendars.is_open(own, begin):
        return None
    if fixed.batch is not None:
        return i, k, begin, start, whole_seconds(fixed.end_at, origin=now)
    end = calendars.work_end(_calendar(problem, i, k), start, int(problem.mode_duration[k]))
    return None if end is None else (i, k, begin, start, end)


def previous_of(
    problem: Problem,
    plant: Plant,
    chains: Chains,
    *,
    running: frozenset[int],
    now: datetime,
    wishes: Wishes,
) -> Previous | None:
    """Return where the previous plan had the operations; those in progress can no longer move."""
    if wishes.previous is None:
        return None
    machine = {r.id: i for i, r in enumerate(plant.resources)}
    n = problem.n_operations
    on, start = np.full(n, NONE, np.int32), np.zeros(n, np.int64)
    numbers = {(one.order.id, one.step.step): i for i, one in enumerate(chains.steps)}
    for a in wishes.previous.assignments:
        i = numbers.get((a.order_id, a.step))
        if i is not None and i not in running and a.resource in machine:
            on[i], start[i] = machine[a.resource], whole_seconds(a.start_at, origin=now)
    until = 2**60
    if wishes.moves_until is not None:
        until = whole_seconds(wishes.moves_until, origin=now)
    return Previous(
        machine=on,
        start=start,
        until=until,
        tolerance=int(wishes.tolerance / timedelta(seconds=1)),
    )
