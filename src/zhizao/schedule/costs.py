"""Costs: an objective in ticks, by job and operation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.objective import Objective
from zhizao.schedule.problem import NO_DUE, Problem

TICKS_PER_HOUR = 3600.0
"""In plants a tick is a second; objectives speak of hours."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a plan costs, by job and operation, in units of the objective."""

    tardy: NDArray[np.float64]
    """Shape (n_jobs,); of a tick of tardiness."""
    late: NDArray[np.float64]
    """Shape (n_jobs,); of being late."""
    flow: NDArray[np.float64]
    """Shape (n_jobs,); of a tick from release to completion."""
    setup: float = 0.0
    """Of a tick of setup."""
    makespan: float = 0.0
    """Of a tick until the last end."""
    moved: float = 0.0
    """Of an operation that leaves the previous plan."""
    most_moved: int | None = None
    """Operations that may leave it; None: all."""


def costs_of(problem: Problem, objective: Objective, *, ticks_per_hour: float) -> Costs:
    """Return what ticks cost under an objective, whose unit of time is the hour."""
    w = objective.weights()
    has_due = problem.due < NO_DUE
    hour = ticks_per_hour
    return Costs(
        tardy=np.where(has_due, problem.weight, 0.0) * w.get("tardiness", 0.0) / hour,
        late=np.where(has_due, problem.weight, 0.0) * w.get("late", 0.0),
        flow=np.full(problem.n_jobs, w.get("lead_time", 0.0) / hour),
        setup=w.get("setup", 0.0) / hour,
        makespan=w.get("makespan", 0.0) / hour,
        moved=w.get("moved", 0.0),
    )
