"""Lower bounds of the makespan: jobs, machines, and one machine at a time with heads and tails.

Every bound is a relaxation: it leaves out a constraint, never adds one. Setups enter as the least
that must be paid.
"""

import heapq

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from zhizao.schedule.family_setups import square_setups
from zhizao.schedule.problem import NONE, Problem

Ints = NDArray[np.int64]

MAX_SETS = 500
"""Sets of machines that are looked at each by itself; above, only single machines and all."""

MAX_PREEMPTIVE = 200_000
"""Operations up to which one machine is relaxed exactly; above, by its mean load alone."""

MAX_LOAD_MODES = 20_000
"""Modes up to which the linear programme of the loads is solved (about a second)."""


def makespan_bound(problem: Problem) -> float:
    """Return the best of the bounds, ticks; 0 without operations.

    Calendars, crews, lags and upkeep only make plans longer. Where machines take several
    operations at once or times are given by pins, no bound is known: 0.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> one_machine = Problem(
    ...     n_machines=1, job_first=np.array([0, 1, 2]), release=np.array([0, 7]),
    ...     due=np.full(2, NO_DUE), weight=np.ones(2), mode_first=np.arange(3),
    ...     mode_machine=np.zeros(2, dtype=np.int32), mode_duration=np.array([5, 4]))
    >>> makespan_bound(one_machine)
    11.0
    """
    parts = (problem.batches, problem.pins, problem.n_places, problem.mode_hold)
    if not problem.n_operations or any(part is not None for part in parts):
        return 0.0
    shortest = np.minimum.reduceat(problem.mode_duration, problem.mode_first[:-1])
    head, tail = heads_and_tails(problem, shortest)
    bounds = [float((head + shortest + tail).max())]
    bounds += _machine_bounds(problem, shortest, head, tail)
    if problem.n_operations < len(problem.mode_machine) <= MAX_LOAD_MODES:
        bounds.append(load_bound(problem))
    return float(max(bounds))


def heads_and_tails(problem: Problem, shortest: Ints) -> tuple[Ints, Ints]:
    """Return the earliest start and the least time after the end of each operation.

    Shapes (n_operations,), ticks, by its job alone with the shortest modes.
    """
    total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(shortest)])
    n_each = np.diff(problem.job_first)
    head = total[:-1] - np.repeat(total[problem.job_first[:-1]], n_each)
    tail = np.repeat(total[problem.job_first[1:]], n_each) - total[1:]
    return head + np.repeat(problem.release, n_each), tail


def preemptive_bound(head: Ints, duration: Ints, tail: Ints) -> int:
    """Return the makespan of one machine that may interrupt its operations (Jackson 1955).

    The ready operation with the longest tail runs; that is optimal.

    Examples
    --------
    >>> preemptive_bound(np.array([0, 2]), np.array([5, 2]), np.array([1, 7]))
    11
    """
    by_head = np.argsort(head, kind="stable").tolist()
    heads, left, tails = head.tolist(), duration.tolist(), tail.tolist()
    ready: list[tuple[int, int]] = []
    now, makespan, at = 0, 0, 0
    while at < len(by_head) or ready:
        if not ready:
            now = max(now, heads[by_head[at]])
        while at < len(by_head) and heads[by_head[at]] <= now:
            heapq.heappush(ready, (-tails[by_head[at]], by_head[at]))
            at += 1
        operation = ready[0][1]
        until = heads[by_head[at]] if at < len(by_head) else now + left[operation]
        worked = min(left[operation], until - now)
        now += worked
        left[operation] -= worked
        if left[operation] == 0:
            heapq.heappop(ready)
            makespan = max(makespan, now + tails[operation])
    return makespan


def parallel_bound(head: Ints, duration: Ints, tail: Ints, *, n_machines: int) -> int:
    """Return the mean load of equal machines with the least heads and tails (Carlier 1987).

    Examples
    --------
    >>> ones = np.ones(3, dtype=np.int64)
    >>> parallel_bound(ones, 2 * ones, ones, n_machines=2)
    5
    """
    n = min(n_machines, len(head))
    ends = int(np.partition(head, n - 1)[:n].sum() + np.partition(tail, n - 1)[:n].sum())
    return -(-(ends + int(duration.sum())) // n)


def load_bound(problem: Problem) -> float:
    """Return the least largest load of a machine, and of a job, when work may be divided.

    A linear programme: x is the part of an operation that a mode does.
    """
    n_operations, n_modes = problem.n_operations, len(problem.mode_machine)
    operation = np.repeat(np.arange(n_operations), np.diff(problem.mode_first))
    job = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first))[operation]
    column = np.arange(n_modes)
    one = np.ones(n_modes)
    n_rows = problem.n_machines + problem.n_jobs
    load = csr_array(
        (
            np.concatenate([problem.mode_duration, problem.mode_duration, -np.ones(n_rows)]),
            (
                np.concatenate([problem.mode_machine, problem.n_machines + job, np.arange(n_rows)]),
                np.concatenate([column, column, np.full(n_rows, n_modes)]),
            ),
        ),
        shape=(n_rows, n_modes + 1),
    )
    cost = np.zeros(n_modes + 1)
    cost[-1] = 1.0
    solved = linprog(
        cost,
        A_ub=load,
        b_ub=np.concatenate([np.zeros(problem.n_machines), -problem.release.astype(float)]),
        A_eq=csr_array((one, (operation, column)), shape=(n_operations, n_modes + 1)),
        b_eq=np.ones(n_operations),
        method="highs",
    )
    # an interrupted programme bounds nothing; times are whole, so is the makespan
    return float(np.ceil(solved.fun - 1e-6)) if solved.success else 0.0


def least_setups(problem: Problem) -> Ints:
    """Return the least setup before each operation where it is not the first on its machine.

    Shape (n_operations,), ticks.
    """
    setups = problem.setups
    least = np.zeros(problem.n_operations, dtype=np.int64)
    if setups is None:
        return least
    square = square_setups(setups)
    operation = np.repeat(np.arange(problem.n_operations), np.diff(problem.mode_first))
    family = setups.family_of_operation[operation]
    least_of_mode = np.zeros(len(operation), dtype=np.int64)
    for machine in range(problem.n_machines):
        table = setups.table_of_machine[machine]
        modes = np.flatnonzero((problem.mode_machine == machine) & (family != NONE))
        if table == NONE or not len(modes):
            continue
        present, count = np.unique(family[modes], return_counts=True)
        initial = setups.initial_family[machine]
        for to_family, n_same in zip(present.tolist(), count.tolist(), strict=True):
            before = [f for f in present.tolist() if f != to_family or n_same > 1]
            if initial != NONE:
                before.append(int(initial))
            if before:
                ticks = int(square[table, before, to_family].min())
                least_of_mode[modes[family[modes] == to_family]] = ticks
    return np.minimum.reduceat(least_of_mode, problem.mode_first[:-1])


def _machine_bounds(problem: Problem, shortest: Ints, head: Ints, tail: Ints) -> list[int]:
    """Return bounds for the sets of machines that some operations cannot leave."""
    setup = least_setups(problem)
    machines_of = np.split(problem.mode_machine, problem.mode_first[1:-1])
    operations_of: dict[frozenset[int], list[int]] = {}
    for operation, eligible in enumerate(machines_of):
        operations_of.setdefault(frozenset(eligible.tolist()), []).append(operation)
    sets = set(operations_of)
    if len(sets) > MAX_SETS:
        sets = {machines for machines in sets if len(machines) == 1}
    sets.add(frozenset(range(problem.n_machines)))
    is_large = problem.n_operations > MAX_PREEMPTIVE
    bounds = []
    for machines in sets:
        inside = [i for s, members in operations_of.items() if s <= machines for i in members]
        if not inside:
            continue
        chosen = np.array(inside, dtype=np.int64)
        n = len(machines)
        # A setup and its work are one block here. It may begin before its head, and before 0
        # where the machine's first setup is free: all blocks are late by the longest.
        s = setup[chosen]
        late = int(s.max())
        blocks = [(head[chosen], shortest[chosen], tail[chosen], 0)]
        if late:
            blocks.append((np.maximum(head[chosen] - s, 0), shortest[chosen] + s, tail[chosen], late))  # fmt: skip
        for begin, length, rest, shift in blocks:
            if n == 1 and not is_large:
                bounds.append(preemptive_bound(begin, length, rest) - shift)
            else:
                bounds.append(parallel_bound(begin, length, rest, n_machines=n) - shift)
    return bounds
