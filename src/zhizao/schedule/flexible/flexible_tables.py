"""A problem as the tables that the kernels for flexible job shops work on."""

import numpy as np

from zhizao._base.errors import InputError
from zhizao.schedule.family_setups import refuse_unless_plain, square_setups
from zhizao.schedule.kernels.flexible_tables import Plan, Shop
from zhizao.schedule.problem import NONE, Problem


def to_shop(problem: Problem) -> Shop:
    """Return the tables of a problem that the kernels work on.

    Raises
    ------
    InputError
        If the problem has calendars or the like, or an operation on a machine with setups
        has no family.
    """
    refuse_unless_plain(problem)
    n = problem.n_operations
    before = np.arange(-1, n - 1, dtype=np.int64)
    after = np.arange(1, n + 1, dtype=np.int64)
    before[problem.job_first[:-1]] = -1
    after[problem.job_first[1:] - 1] = -1
    release = np.zeros(n, dtype=np.int64)
    release[problem.job_first[:-1]] = problem.release
    table = np.full(problem.n_machines, -1, dtype=np.int64)
    initial = np.full(problem.n_machines, -1, dtype=np.int64)
    family = np.zeros(n, dtype=np.int64)
    ticks = np.zeros((0, 1, 1), dtype=np.int64)
    setups = problem.setups
    if setups is not None and len(setups.ticks):
        table = setups.table_of_machine.astype(np.int64)
        initial = setups.initial_family.astype(np.int64)
        family = setups.family_of_operation.astype(np.int64)
        ticks = square_setups(setups)
        operation = np.repeat(np.arange(n), np.diff(problem.mode_first))
        bare = operation[(table[problem.mode_machine] != NONE) & (family[operation] == NONE)]
        if len(bare):
            raise InputError(f"Operation {bare[0]} has no family but a machine with setups ({len(set(bare.tolist()))} such operations); the search for flexible shops needs one for each.")  # fmt: skip
    return Shop(
        job_before=before,
        job_after=after,
        release=release,
        mode_first=np.ascontiguousarray(problem.mode_first, dtype=np.int64),
        mode_machine=problem.mode_machine.astype(np.int64),
        mode_duration=np.ascontiguousarray(problem.mode_duration, dtype=np.int64),
        table=table,
        family=family,
        initial=initial,
        setup=ticks,
    )


def empty_plan(*, n_operations: int, n_machines: int) -> Plan:
    """Return the arrays of a plan, not yet filled."""
    n, m = n_operations, n_machines
    return Plan(
        mode=np.zeros(n, dtype=np.int64),
        machine=np.zeros(n, dtype=np.int64),
        duration=np.zeros(n, dtype=np.int64),
        before=np.zeros(n, dtype=np.int64),
        after=np.zeros(n, dtype=np.int64),
        first=np.zeros(m, dtype=np.int64),
        last=np.zeros(m, dtype=np.int64),
        head=np.zeros(n, dtype=np.int64),
        tail=np.zeros(n, dtype=np.int64),
        order=np.zeros(n, dtype=np.int64),
        place=np.zeros(n, dtype=np.int64),
        latest=np.zeros(n + 1, dtype=np.int64),
        n_open=np.zeros(n, dtype=np.int64),
    )
