"""Flexible job shops, with or without setups; machines from 1.

``n m [flexibility]``, then a line a job: ``#operations (#alternatives (machine duration)…)…``.
With setups, a square matrix for each machine follows: rows are the operation before, columns
the one after, numbered through all jobs. Pairs that cannot meet on the machine (a huge number
in the files) are never asked for, and there is no setup before the first operation.
"""

import numpy as np
from benchmarks.problems.lines import Row, raise_faults
from benchmarks.problems.tables import problem_from_modes, setups_each_machine
from numpy.typing import NDArray

from zhizao.schedule.problem import Problem


def alternatives_fault(row: Row, *, n_machines: int) -> str | None:
    """Say what keeps a line from being a job of a flexible job shop, or None."""
    number, numbers = row
    values = numbers.tolist()
    at, n_operations = 1, values[0]
    if n_operations < 1:
        return f"line {number}: found {n_operations} operations, expected at least one"
    for k in range(1, n_operations + 1):
        if at >= len(values):
            return f"line {number}: ends before operation {k} of {n_operations}"
        n_alternatives = values[at]
        end = at + 1 + 2 * n_alternatives
        if n_alternatives < 1 or end > len(values):
            return f"line {number}: operation {k} states {n_alternatives} alternatives, which does not fit the line"
        machines, durations = values[at + 1 : end : 2], values[at + 2 : end : 2]
        wrong = [m for m in machines if not 1 <= m <= n_machines]
        if wrong:
            return (
                f"line {number}: operation {k} has machine {wrong[0]}, expected 1 to {n_machines}"
            )
        if min(durations) < 0:
            return f"line {number}: operation {k} has duration {min(durations)}, expected 0 or more"
        at = end
    if at != len(values):
        return f"line {number}: {len(values) - at} numbers are left after the last operation"
    return None


def to_flexible(rows: list[Row], *, name: str, n_jobs: int, n_machines: int) -> Problem:
    """Return the problem of the jobs' lines and, where there are more, of the setups' lines."""
    jobs, rest = rows[:n_jobs], rows[n_jobs:]
    raise_faults(
        [f for r in jobs if (f := alternatives_fault(r, n_machines=n_machines))], name=name
    )
    operations, modes, machine, duration = [], [], [], []
    for _, numbers in jobs:
        values = numbers.tolist()
        operations.append(values[0])
        at = 1
        for _ in range(values[0]):
            end = at + 1 + 2 * values[at]
            modes.append(values[at])
            machine.extend(m - 1 for m in values[at + 1 : end : 2])
            duration.extend(values[at + 2 : end : 2])
            at = end
    setups = None
    if rest:
        n_operations = len(modes)
        ticks = _matrices(rest, name=name, n_operations=n_operations, n_machines=n_machines)
        setups = setups_each_machine(ticks, family=np.arange(n_operations, dtype=np.int32))
    return problem_from_modes(
        n_machines=n_machines,
        operations_of_job=np.array(operations, dtype=np.int64),
        modes_of_operation=np.array(modes, dtype=np.int64),
        machine=np.array(machine, dtype=np.int64),
        duration=np.array(duration, dtype=np.int64),
        setups=setups,
    )


def _matrices(
    rows: list[Row], *, name: str, n_operations: int, n_machines: int
) -> NDArray[np.int64]:
    expected = n_machines * n_operations**2
    numbers = np.concatenate([values for _, values in rows]).astype(np.int64)
    faults = []
    if len(numbers) != expected:
        faults.append(f"from line {rows[0][0]} on: found {len(numbers)} setup times, expected {n_machines} machines x {n_operations} x {n_operations} operations = {expected}")  # fmt: skip
    elif numbers.min() < 0:
        faults.append(f"found a setup time of {numbers.min()}, expected 0 or more")
    raise_faults(faults, name=name)
    return numbers.reshape(n_machines, n_operations, n_operations)
