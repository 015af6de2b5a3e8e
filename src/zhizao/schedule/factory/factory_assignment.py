"""FactoryAssignment: an assignment with its setups, places, crews and batches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.assignment import Assignment


@dataclass(frozen=True, kw_only=True)
class FactoryAssignment(Assignment):
    """A complete schedule of a factory in ticks: what an `Assignment` leaves open, too."""

    place: NDArray[np.int64]
    """Shape (n_operations,); place of the machine, from 0; ``NONE`` without a machine."""
    begin: NDArray[np.int64]
    """Shape (n_operations,); begin of the setup; of the work where there is none."""
    setup: NDArray[np.int64]
    """Shape (n_operations,); ticks of the setup, closings not counted."""
    unit_of_need: NDArray[np.int64]
    """Shape (n_needs,); unit that serves a need, numbered through all groups."""
    setup_unit: NDArray[np.int64]
    """Shape (n_operations,); unit that sets up; ``NONE``: nobody."""
    batch: NDArray[np.int64]
    """Shape (n_operations,); first operation of its batch; itself where it is alone."""
    hold: NDArray[np.int64]
    """Shape (n_operations,); ticks: when the next operation may enter the place."""
    handed: NDArray[np.int64]
    """Shape (n_operations,); ticks: when the next operation of the job may begin; the end, where
    nothing overlaps."""
