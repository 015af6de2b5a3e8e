"""Links between operations beyond their order in a job: parts of a problem, all optional.

Operations are numbered as in the problem; times are whole ticks, round the clock.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Joins:
    """Operations that begin only when others, of any job, are done: what goes into them is made.

    ``after[a]`` begins no earlier than ``lag[a]`` after the end of ``before[a]``. Where
    ``is_asked[a]``, the lag counts from when ``before[a]`` asked for its material: the one
    before it in its job is handed on, carried and delayed; it is not the first of its job.
    Joins and the order in jobs form no circle.
    """

    before: NDArray[np.int64]
    """Shape (n_joins,)."""
    after: NDArray[np.int64]
    """Shape (n_joins,)."""
    lag: NDArray[np.int64]
    """Shape (n_joins,); ticks, not negative."""
    is_asked: NDArray[np.bool_]
    """Shape (n_joins,)."""


@dataclass(frozen=True, kw_only=True)
class Overlaps:
    """Operations that hand pieces on before all of them are done (lot streaming).

    The next operation may begin when ``first`` ticks of work are done, and its machine stays with
    the lot until it has also worked for ``last`` ticks from when the last pieces have come: the
    end of the operation before it, then the same carrying and delay as the first pieces had.
    """

    first: NDArray[np.int64]
    """Shape (n_modes,): ticks of work; the mode's duration where all goes on at once."""
    last: NDArray[np.int64]
    """Shape (n_modes,): ticks of work on the last pieces; 0 where all comes at once."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Longest times between two operations of a job; 0: no wait.

    ``after[a]`` begins (with its setup, where that waits for the lot) at most ``most[a]`` ticks
    after the end of ``before[a]``. A limit from a pinned operation binds nothing: it may be too late.
    """

    before: NDArray[np.int64]
    """Shape (n_limits,)."""
    after: NDArray[np.int64]
    """Shape (n_limits,); a later operation of the same job."""
    most: NDArray[np.int64]
    """Shape (n_limits,); ticks."""


@dataclass(frozen=True, kw_only=True)
class Buffers:
    """Places for lots that wait; a machine keeps the lot that it has done until there is one.

    Operation ``i`` with a buffer waits in it from when the machine before lets the lot go
    (``FactoryAssignment.hold``) to its begin; a machine that does the next operation, too,
    keeps it anyway. What comes from elsewhere waits outside and takes no place.
    """

    of_operation: NDArray[np.int32]
    """Shape (n_operations,); buffer, ``NONE``: any number may wait."""
    n_lots: NDArray[np.int64]
    """Shape (n_buffers,)."""
