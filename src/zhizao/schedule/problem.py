"""Problem: what is to be scheduled, as integer tables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_DUE = np.int64(2**60)
"""Due instant of a job that nobody waits for."""

NONE = -1
"""No family, no table."""


@dataclass(frozen=True, kw_only=True)
class Setups:
    """Setups by family, a table a group of machines; never operation by operation.

    ``ticks[table_of_machine[m], from_family, to_family]`` is the setup before an operation
    of ``to_family`` on machine ``m`` that is set up for ``from_family``. A machine without a
    table (``NONE``), a machine without an initial family and an operation without a family
    need none.
    """

    table_of_machine: NDArray[np.int32]
    """Shape (n_machines,); ``NONE``: this machine needs no setups."""
    family_of_operation: NDArray[np.int32]
    """Shape (n_operations,); ``NONE``: keeps the machine as it is."""
    initial_family: NDArray[np.int32]
    """Shape (n_machines,); ``NONE``: the first setup is free."""
    ticks: NDArray[np.int64]
    """Shape (n_tables, n_families, n_families)."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Jobs that are chains of operations, each on one of its machines.

    Operations are numbered through: job ``j`` has ``job_first[j]`` to
    ``job_first[j + 1] - 1``, in their order. A mode is one eligible machine of an operation
    with its duration: operation ``i`` has modes ``mode_first[i]`` to
    ``mode_first[i + 1] - 1``. Times are whole ticks (seconds in plants; whatever unit an
    instance file has elsewhere).
    """

    n_machines: int
    job_first: NDArray[np.int64]
    """Shape (n_jobs + 1,)."""
    release: NDArray[np.int64]
    """Shape (n_jobs,)."""
    due: NDArray[np.int64]
    """Shape (n_jobs,); ``NO_DUE``: none."""
    weight: NDArray[np.float64]
    """Shape (n_jobs,); cost of a tick of tardiness."""
    mode_first: NDArray[np.int64]
    """Shape (n_operations + 1,)."""
    mode_machine: NDArray[np.int32]
    """Shape (n_modes,)."""
    mode_duration: NDArray[np.int64]
    """Shape (n_modes,)."""
    setups: Setups | None = None
    is_permutation: bool = False
    """Every machine takes the jobs in the same order (permutation flow shop)."""

    @property
    def n_jobs(self) -> int:
        """Number of jobs."""
        return len(self.job_first) - 1

    @property
    def n_operations(self) -> int:
        """Number of operations."""
        return len(self.mode_first) - 1
