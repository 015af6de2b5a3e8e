"""Assignment: what a solver returns: which mode each operation has, and when it starts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A complete schedule of a problem in ticks.

    ``start`` is when the work itself starts; a setup lies directly before it on the machine.
    """

    mode: NDArray[np.int64]
    """Shape (n_operations,); index into the problem's modes."""
    start: NDArray[np.int64]
    """Shape (n_operations,); ticks."""
    end: NDArray[np.int64]
    """Shape (n_operations,); ticks."""
