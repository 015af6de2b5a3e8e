"""Whether stock would serve the operations of a plan as the plan has it.

Who takes what from whom is fixed before the search, from when operations would ask if resources
were free. In a plan they ask at other times, so that a stock that serves whoever asks first may
give to one what another was to have. That matters only where somebody then has to wait beyond the
planned begin; otherwise all begins stay as planned, whoever's pieces they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao.model import Plant
from zhizao.schedule.from_plant.materials import StockRun, Timing
from zhizao.schedule.from_plant.plant_orders import PlannedStep


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """An operation that would get its material later than its planned begin."""

    operation: int
    served_at: int | None
    """Ticks, if all others begin as planned; None: never."""


def late_withdrawals(
    plant: Plant,
    steps: Sequence[PlannedStep],
    *,
    timing: Timing,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    dated: Mapping[tuple[str, int], datetime],
) -> tuple[Withdrawal, ...]:
    """Return which operations a stock that serves who asks first would hold up.

    Parameters
    ----------
    plant, steps, dated
        As for ``materials_of``.
    timing : Timing
        With the instants at which the operations of the plan ask, the first ones of orders or not.
    begin, end : NDArray[np.int64]
        Shape (n_operations,): of each operation in the plan, ticks.
    """
    if not plant.bom:
        return ()
    run = _PlannedRun(plant, steps, timing=timing, dated=dated)
    run.go(end)
    found = []
    for i in run.needs:
        served_at = run.served_at.get(i)
        if served_at is None or served_at > begin[i]:
            found.append(Withdrawal(operation=i, served_at=served_at))
    return tuple(found)


class _PlannedRun(StockRun):
    """The stock's rule with operations that ask and end when the plan says."""

    def go(self, end: NDArray[np.int64]) -> None:
        """Run to the end."""
        for i in range(len(self.steps)):
            self._add(int(self.timing.asks_at[i]), 1, i)
            self._add(int(end[i]), 0, i)
        self._run()

    def _ends_later(self, i: int, t: int) -> None:
        """Note nothing: the plan says when it ends."""

    def _asks_later(self, i: int, t: int) -> None:
        """Note nothing: the plan says when it asks."""
