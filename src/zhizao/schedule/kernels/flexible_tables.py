"""The arrays of a flexible job shop and of a plan of it.

Notation in all ``flexible_*`` kernels: operation v; jp, js the operations before and after it in
its job; a, b those before and after it on its machine k; -1 is none. ``head`` is the begin of an
operation, ``tail`` the time from its end to the end of all.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Shop(NamedTuple):
    """A flexible job shop, ticks; n operations, m machines."""

    job_before: Ints
    """Shape (n,): the operation before in the job, or -1."""
    job_after: Ints
    """Shape (n,): the operation after in the job, or -1."""
    release: Ints
    """Shape (n,): not before this; 0 inside a job."""
    mode_first: Ints
    """Shape (n + 1,): modes of an operation, as in Problem."""
    mode_machine: Ints
    """Shape (n_modes,)."""
    mode_duration: Ints
    """Shape (n_modes,)."""
    table: Ints
    """Shape (m,): table of setups of a machine, or -1."""
    family: Ints
    """Shape (n,): family of an operation; 0 where there are no setups."""
    initial: Ints
    """Shape (m,): family that a machine is set up for, or -1."""
    setup: NDArray[np.int64]
    """Shape (n_tables, n_families, n_families): from, to; no tables: no setups."""


class Plan(NamedTuple):
    """Machines and sequences of a plan, and the times that follow from them."""

    mode: Ints
    """Shape (n,)."""
    machine: Ints
    """Shape (n,)."""
    duration: Ints
    """Shape (n,): ticks."""
    before: Ints
    """Shape (n,): the operation before on the machine, or -1."""
    after: Ints
    """Shape (n,): the operation after on the machine, or -1."""
    first: Ints
    """Shape (m,): first operation of a machine, or -1."""
    last: Ints
    """Shape (m,): last operation of a machine, or -1."""
    head: Ints
    """Shape (n,): begin, ticks."""
    tail: Ints
    """Shape (n,): from the end of the operation to the end of all, ticks."""
    order: Ints
    """Shape (n,): operations, none before one that it follows (a topological order)."""
    place: Ints
    """Shape (n,): where an operation is in ``order``."""
    latest: Ints
    """Shape (n + 1,): the latest end among the first i operations of ``order``."""
    n_open: Ints
    """Shape (n,): scratch."""
