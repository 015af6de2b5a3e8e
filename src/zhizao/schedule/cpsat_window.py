"""A span of time of a plan, planned anew by CP-SAT while all else keeps its machines and sequences."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.assignment import Assignment
from zhizao.schedule.cpsat import Edges, solve_cpsat
from zhizao.schedule.family_setups import refuse_unless_plain
from zhizao.schedule.problem import Problem
from zhizao.schedule.stop import Stop

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Window:
    """The operations that begin in a span, as a problem of their own."""

    operations: Ints
    """Numbers in the whole problem."""
    modes: Ints
    """Numbers of the window's modes in the whole problem."""
    problem: Problem
    edges: Edges
    start: Assignment
    """The plan at hand, in the window's numbers."""


def improve_window(
    problem: Problem,
    plan: Assignment,
    *,
    begin: int,
    until: int,
    stop: Stop,
    threads: int = 2,
    seed: int = 0,
) -> Assignment:
    """Plan anew what begins in a span; the makespan of all never gets longer.

    What begins before the span stays as it is. What begins after it keeps machines and sequences
    and moves forward with the work that it waits for.

    Parameters
    ----------
    problem : Problem
        Jobs and machines; no setups, nothing more.
    plan : Assignment
        A plan that keeps all rules.
    begin, until : int, ticks
        Operations with ``begin <= start < until`` are planned anew; a few hundred at most.
    stop, threads, seed
        As for ``solve_cpsat``.

    Raises
    ------
    InputError
        If the problem has setups, calendars or the like.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> either = Problem(
    ...     n_machines=2,
    ...     job_first=np.array([0, 1, 2]),
    ...     release=np.zeros(2, dtype=np.int64),
    ...     due=np.full(2, NO_DUE),
    ...     weight=np.ones(2),
    ...     mode_first=np.array([0, 2, 4]),
    ...     mode_machine=np.array([0, 1, 0, 1], dtype=np.int32),
    ...     mode_duration=np.array([5, 6, 5, 6]),
    ... )
    >>> queued = Assignment(
    ...     mode=np.array([0, 2]), start=np.array([0, 5]), end=np.array([5, 10])
    ... )
    >>> better = improve_window(either, queued, begin=0, until=10, stop=Stop(seconds=10))
    >>> int(better.end.max())
    6
    """
    refuse_unless_plain(problem)
    if problem.setups is not None or problem.is_permutation:
        raise InputError("A window can be planned anew only without setups and without one sequence for all machines; found one of them. Use the whole search.")  # fmt: skip
    inside = np.flatnonzero((plan.start >= begin) & (plan.start < until))
    if not len(inside):
        return plan
    window = _cut(problem, plan, inside, begin=begin, until=until)
    found = solve_cpsat(
        window.problem,
        stop=stop,
        threads=threads,
        seed=seed,
        start=window.start,
        edges=window.edges,
    )
    if found is None:
        return plan
    mode, start = plan.mode.copy(), plan.start.copy()
    mode[window.operations] = window.modes[found.assignment.mode]
    start[window.operations] = found.assignment.start
    return _move_up(problem, mode=mode, start=start, until=until, before=plan)


def _job_of(problem: Problem) -> Ints:
    return np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first))


def _cut(problem: Problem, plan: Assignment, inside: Ints, *, begin: int, until: int) -> _Window:
    """Return the window with what surrounds it: jobs, machines, and the way to the end of all."""
    job = _job_of(problem)
    machine = problem.mode_machine[plan.mode]
    duration = problem.mode_duration[plan.mode]
    free = np.zeros(problem.n_machines, dtype=np.int64)
    done = plan.start < begin
    np.maximum.at(free, machine[done], plan.end[done])
    tail, machine_rest = _tails(problem, plan, until=until)
    earliest = problem.release[job].copy()
    rest = np.zeros(problem.n_operations, dtype=np.int64)
    linked = np.flatnonzero(job[1:] == job[:-1])
    earliest[linked + 1] = np.where(done[linked], plan.end[linked], earliest[linked + 1])
    follows = plan.start[linked + 1] >= until
    rest[linked] = np.where(follows, duration[linked + 1] + tail[linked + 1], 0)
    modes = np.concatenate(
        [np.arange(problem.mode_first[v], problem.mode_first[v + 1]) for v in inside]
    )
    jobs, n_each = np.unique(job[inside], return_counts=True)
    n_modes = np.diff(problem.mode_first)[inside]
    new_number = np.full(len(problem.mode_machine), -1, dtype=np.int64)
    new_number[modes] = np.arange(len(modes))
    return _Window(
        operations=inside,
        modes=modes,
        problem=Problem(
            n_machines=problem.n_machines,
            job_first=np.concatenate([[0], np.cumsum(n_each)]).astype(np.int64),
            release=problem.release[jobs],
            due=problem.due[jobs],
            weight=problem.weight[jobs],
            mode_first=np.concatenate([[0], np.cumsum(n_modes)]).astype(np.int64),
            mode_machine=problem.mode_machine[modes],
            mode_duration=problem.mode_duration[modes],
        ),
        edges=Edges(
            earliest=earliest[inside], free=free, rest=rest[inside], machine_rest=machine_rest
        ),
        start=Assignment(
            mode=new_number[plan.mode[inside]], start=plan.start[inside], end=plan.end[inside]
        ),
    )


def _tails(problem: Problem, plan: Assignment, *, until: int) -> tuple[Ints, Ints]:
    """Return the way from each later operation's end, and from each machine, to the end of all."""
    job = _job_of(problem).tolist()
    machine = problem.mode_machine[plan.mode].tolist()
    duration = problem.mode_duration[plan.mode].tolist()
    tail = np.zeros(problem.n_operations, dtype=np.int64)
    machine_rest = np.zeros(problem.n_machines, dtype=np.int64)
    later = np.flatnonzero(plan.start >= until)
    for v in later[np.lexsort((-later, -plan.end[later], -plan.start[later]))].tolist():
        tail[v] = machine_rest[machine[v]]
        if v + 1 < len(job) and job[v + 1] == job[v]:
            tail[v] = max(tail[v], duration[v + 1] + tail[v + 1])
        machine_rest[machine[v]] = duration[v] + tail[v]
    return tail, machine_rest


def _move_up(
    problem: Problem, *, mode: Ints, start: Ints, until: int, before: Assignment
) -> Assignment:
    """Begin each later operation as soon as its job and its machine are ready."""
    job = _job_of(problem).tolist()
    machine = problem.mode_machine[mode].tolist()
    end = start + problem.mode_duration[mode]
    is_later = before.start >= until
    ready = np.zeros(problem.n_machines, dtype=np.int64)
    np.maximum.at(ready, np.array(machine)[~is_later], end[~is_later])
    later = np.flatnonzero(is_later)
    for v in later[np.lexsort((later, before.end[later], before.start[later]))].tolist():
        at = int(problem.release[job[v]])
        if v and job[v - 1] == job[v]:
            at = max(at, int(end[v - 1]))
        start[v] = max(at, int(ready[machine[v]]))
        end[v] = ready[machine[v]] = start[v] + problem.mode_duration[mode[v]]
    return Assignment(mode=mode, start=start, end=end)
