"""Job shops: ``n m``, then a line a job of ``machine duration`` pairs, machines from 0."""

import numpy as np
from benchmarks.problems.lines import Row, raise_faults
from benchmarks.problems.tables import problem_from_modes

from zhizao.schedule.problem import Problem


def pairs_fault(row: Row, *, n_machines: int) -> str | None:
    """Say what keeps a line from being a job of a job shop, or None."""
    number, numbers = row
    values = _without_end(numbers)
    if not len(values):
        return f"line {number}: a job needs at least one operation"
    if len(values) % 2:
        return f"line {number}: found {len(values)} numbers, expected pairs of machine and duration"
    machine, duration = values[0::2], values[1::2]
    if machine.min() < 0 or machine.max() >= n_machines:
        wrong = machine[(machine < 0) | (machine >= n_machines)][0]
        return f"line {number}: found machine {wrong}, expected 0 to {n_machines - 1}"
    if duration.min() < 0:
        return f"line {number}: found duration {duration.min()}, expected 0 or more"
    return None


def to_job_shop(rows: list[Row], *, name: str, n_machines: int) -> Problem:
    """Return the problem of the jobs' lines (the header left out)."""
    raise_faults([f for r in rows if (f := pairs_fault(r, n_machines=n_machines))], name=name)
    jobs = [_without_end(numbers) for _, numbers in rows]
    pairs = np.concatenate(jobs)
    return problem_from_modes(
        n_machines=n_machines,
        operations_of_job=np.array([len(j) // 2 for j in jobs], dtype=np.int64),
        modes_of_operation=np.ones(len(pairs) // 2, dtype=np.int64),
        machine=pairs[0::2],
        duration=pairs[1::2],
    )


def _without_end(numbers: np.ndarray) -> np.ndarray:
    """Leave out the ``-1 -1`` that ends a job of any length."""
    is_ended = len(numbers) >= 2 and numbers[-1] == numbers[-2] == -1
    return numbers[:-2] if is_ended else numbers
