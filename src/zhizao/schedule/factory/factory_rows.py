"""Parts of a problem → record tables of the factory kernels; an absent part is empty."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.costs import Costs
from zhizao.schedule.kernels.factory_tables import (
    CALENDAR,
    FAMILY_ROW,
    JOB,
    MACHINE,
    MODE,
    OPERATION,
    SPAN,
    UPKEEP,
    Table,
)
from zhizao.schedule.problem import NONE, Problem


def table_of(dtype: np.dtype[Any], *, n: int, **columns: ArrayLike) -> Table:
    """Return a table of ``n`` records; what no column gives is 0.

    Examples
    --------
    >>> int(table_of(SPAN, n=2, start=[3, 4]).start[1])
    4
    """
    table = np.recarray(n, dtype=dtype)
    table[:] = np.zeros(n, dtype=dtype)
    for name, values in columns.items():
        table[name] = values
    return table


def first_of(counts: ArrayLike) -> NDArray[np.int64]:
    """Return where each part of a ragged list begins, and where the last one ends.

    Examples
    --------
    >>> first_of([2, 0, 3])
    array([0, 2, 2, 5])
    """
    return np.concatenate([[0], np.cumsum(np.asarray(counts, dtype=np.int64))]).astype(np.int64)


def operation_table(problem: Problem, costs: Costs) -> Table:
    """Return the operations."""
    n = problem.n_operations
    table = table_of(
        OPERATION,
        n=n,
        job=np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first)),
        mode_first=problem.mode_first[:-1],
        mode_end=problem.mode_first[1:],
        same_as=NONE if problem.same_machine_as is None else problem.same_machine_as,
        family=NONE if problem.setups is None else problem.setups.family_of_operation,
        delay_cal=NONE,
        area=NONE,
        batch_key=NONE,
        old_machine=NONE,
    )
    if problem.calendars is not None:
        table.interruption = problem.calendars.interruption
    if problem.lags is not None:
        table.delay = problem.lags.delay
        table.delay_cal = problem.lags.delay_calendar
        table.earliest = problem.lags.earliest
        table.area = problem.lags.area_of_operation
        if problem.lags.start_from is not None:
            table.start_from = problem.lags.start_from
    if problem.crews is not None:
        table.need_first = problem.crews.need_first[:-1]
        table.need_end = problem.crews.need_first[1:]
    if problem.batches is not None:
        table.batch_key = problem.batches.key
        table.wait = problem.batches.wait
        table.pieces = problem.batches.pieces
        table.least = problem.batches.least
        table.largest = problem.batches.largest
    if problem.pins is not None:
        table.pinned[problem.pins.operation] = 1
    previous = problem.previous
    if previous is not None:
        table.old_machine, table.old_start = previous.machine, previous.start
        table.counts = previous.counts
        table.per_move = np.where(previous.counts, costs.moved, 0.0)
    return table


def mode_table(problem: Problem) -> Table:
    """Return the modes."""
    hold = problem.mode_duration if problem.mode_hold is None else problem.mode_hold
    table = table_of(
        MODE,
        n=len(problem.mode_machine),
        machine=problem.mode_machine,
        duration=problem.mode_duration,
        hold=np.minimum(hold, problem.mode_duration),
        handover=problem.mode_duration,
    )
    if problem.overlaps is not None:
        table.handover, table.last = problem.overlaps.first, problem.overlaps.last
    if problem.batches is not None:
        table.fixed, table.per_piece = problem.batches.fixed, problem.batches.per_piece
    return table


def job_table(problem: Problem, costs: Costs) -> Table:
    """Return the jobs, with what their completion costs."""
    return table_of(
        JOB,
        n=problem.n_jobs,
        operation_first=problem.job_first[:-1],
        operation_end=problem.job_first[1:],
        release=problem.release,
        due=problem.due,
        tardy=costs.tardy,
        late=costs.late,
        flow=costs.flow,
    )


def machine_table(problem: Problem) -> Table:
    """Return the machines."""
    n, setups = problem.n_machines, problem.setups
    places = first_of(np.ones(n) if problem.n_places is None else problem.n_places)
    rules = np.zeros(0, np.int64) if problem.upkeep is None else problem.upkeep.machine
    upkeep = first_of(np.bincount(rules, minlength=n))
    return table_of(
        MACHINE,
        n=n,
        place_first=places[:-1],
        place_end=places[1:],
        table=NONE if setups is None else setups.table_of_machine,
        family=NONE if setups is None else setups.initial_family,
        cal=NONE if problem.calendars is None else problem.calendars.of_machine,
        area=0 if problem.lags is None else problem.lags.area_of_machine,
        setup_skill=NONE if problem.crews is None else problem.crews.setup_skill,
        upkeep_first=upkeep[:-1],
        upkeep_end=upkeep[1:],
    )


def setup_tables(problem: Problem) -> tuple[Table, NDArray[np.int64]]:
    """Return the families and the setups between their columns.

    Raises
    ------
    InputError
        If setups need operators but do not wait for their lot.
    """
    s = problem.setups
    is_attended = problem.crews is not None and (problem.crews.setup_skill != NONE).any()
    if is_attended and (s is None or not s.needs_lot):
        raise InputError(
            "Setups that need an operator begin with their lot: "
            "expected Setups.needs_lot, found False."
        )
    if s is None:
        return table_of(FAMILY_ROW, n=0), np.zeros((0, 0, 0), np.int64)
    n = 1 + int(max(s.family_of_operation.max(initial=-1), s.initial_family.max(initial=-1)))
    column = np.arange(n) if s.column_of_family is None else s.column_of_family[:n]
    is_shared = np.zeros(n, bool)
    if s.column_of_family is not None:
        is_shared = column == s.ticks.shape[1] - 1
    families = table_of(FAMILY_ROW, n=n, column=column, is_shared=is_shared)
    return families, np.ascontiguousarray(s.ticks, np.int64)


def calendar_tables(problem: Problem) -> tuple[Table, Table]:
    """Return the calendars' spans, with prefix sums of open time, and the calendars."""
    c = problem.calendars
    if c is None:
        return table_of(SPAN, n=0), table_of(CALENDAR, n=0)
    length = c.end - c.start
    total = first_of(length)
    number = np.repeat(np.arange(len(c.first) - 1), np.diff(c.first))
    longest = np.zeros(len(c.first) - 1, np.int64)
    np.maximum.at(longest, number, length)
    before = total[:-1] - total[c.first[:-1]][number]
    return (
        table_of(SPAN, n=len(length), start=c.start, end=c.end, before=before),
        table_of(
            CALENDAR,
            n=len(c.first) - 1,
            span_first=c.first[:-1],
            span_end=c.first[1:],
            longest=longest,
        ),
    )


def upkeep_table(problem: Problem) -> Table:
    """Return the rules of upkeep, by machine."""
    u = problem.upkeep
    if u is None:
        return table_of(UPKEEP, n=0)
    return table_of(
        UPKEEP,
        n=len(u.machine),
        counts=u.counts,
        start=u.first,
        every=u.every,
        duration=u.duration,
        skill=NONE if u.skill is None else u.skill,
    )
