"""Jobs as lists of modes, put into the problem's integer tables."""

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.problem import NO_DUE, Problem, Setups


def problem_from_modes(
    *, n_machines: int, operations_of_job: NDArray[np.int64], modes_of_operation: NDArray[np.int64],
    machine: NDArray[np.int64], duration: NDArray[np.int64], setups: Setups | None = None,
    is_permutation: bool = False,
) -> Problem:  # fmt: skip
    """Return the problem whose jobs are all there from the start and due never.

    ``operations_of_job`` and ``modes_of_operation`` are counts; ``machine`` and
    ``duration`` have an entry a mode, in order.
    """
    n_jobs = len(operations_of_job)
    return Problem(
        n_machines=n_machines,
        job_first=_first(operations_of_job),
        release=np.zeros(n_jobs, dtype=np.int64),
        due=np.full(n_jobs, NO_DUE, dtype=np.int64),
        weight=np.ones(n_jobs, dtype=np.float64),
        mode_first=_first(modes_of_operation),
        mode_machine=np.ascontiguousarray(machine, dtype=np.int32),
        mode_duration=np.ascontiguousarray(duration, dtype=np.int64),
        setups=setups,
        is_permutation=is_permutation,
    )


def setups_each_machine(ticks: NDArray[np.int64], *, family: NDArray[np.int32]) -> Setups:
    """Return setups with a table for each machine and no first setup."""
    n_machines = len(ticks)
    return Setups(
        table_of_machine=np.arange(n_machines, dtype=np.int32),
        family_of_operation=family,
        initial_family=np.full(n_machines, -1, dtype=np.int32),
        ticks=np.ascontiguousarray(ticks, dtype=np.int64),
    )


def _first(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])
