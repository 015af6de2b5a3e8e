"""Permutation flow shops with setups: n, m, the n x m times, then n x n setups a machine.

A setup may begin before the job is there, and there is none before the first job.
"""

import numpy as np
from benchmarks.problems.lines import Row, raise_faults
from benchmarks.problems.tables import problem_from_modes, setups_each_machine

from zhizao.schedule.problem import Problem


def to_permutation(rows: list[Row], *, name: str) -> Problem:
    """Return the problem of all lines."""
    numbers = np.concatenate([values for _, values in rows])
    n, m = int(numbers[0]), int(numbers[1])
    faults = []
    if n < 1 or m < 1:
        faults.append(f"found {n} jobs and {m} machines, expected at least one of each")
    expected = 2 + n * m + m * n * n
    if not faults and len(numbers) not in {expected, 2 + n * m}:
        faults.append(f"found {len(numbers)} numbers, expected {expected}: {n} jobs, {m} machines, {n} x {m} times and {m} x {n} x {n} setups")  # fmt: skip
    if not faults and numbers.min() < 0:
        faults.append(f"found {numbers.min()}, expected times of 0 or more")
    raise_faults(faults, name=name)
    times = numbers[2 : 2 + n * m].astype(np.int64)
    ticks = numbers[2 + n * m :].astype(np.int64).reshape(-1, n, n)
    family = np.repeat(np.arange(n, dtype=np.int32), m)
    return problem_from_modes(
        n_machines=m,
        operations_of_job=np.full(n, m, dtype=np.int64),
        modes_of_operation=np.ones(n * m, dtype=np.int64),
        machine=np.tile(np.arange(m), n),
        duration=times,
        setups=setups_each_machine(ticks, family=family) if len(ticks) else None,
        is_permutation=True,
    )
