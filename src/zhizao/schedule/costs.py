"""Costs: an objective in ticks, by job and operation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.objective import Aim, Objective
from zhizao.schedule.problem import NO_DUE, Problem

ENERGY_AIMS: tuple[Aim, ...] = ("energy_cost", "carbon")


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
    per_kwh: NDArray[np.float64] | None = None
    """Shape (n_steps of the tariff,); of a kilowatt-hour; None: electricity does not count."""


def costs_of(problem: Problem, objective: Objective, *, ticks_per_hour: float) -> Costs:
    """Return what ticks cost under an objective, whose unit of time is the hour.

    Raises
    ------
    InputError
        If the objective weighs electricity and its power, price or carbon factor is not known.
    """
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
        per_kwh=_per_kwh(problem, objective),
    )


def _per_kwh(problem: Problem, objective: Objective) -> NDArray[np.float64] | None:
    weights = objective.weights()
    wanted = {aim: w for aim in ENERGY_AIMS if (w := weights.get(aim, 0.0))}
    if not wanted:
        return None
    energy = problem.energy
    if energy is None:
        raise InputError(
            f"Objective '{objective.name}': no resource has a power; "
            "give busy_kw in resources.csv, or leave energy_cost and carbon out."
        )
    rates = {"energy_cost": energy.price, "carbon": energy.carbon_kg}
    for aim in wanted:
        if np.isnan(rates[aim]).any():
            what = "price" if aim == "energy_cost" else "carbon factor"
            raise InputError(
                f"Objective '{objective.name}': the {what} of electricity is not known; "
                f"give it in tariffs.csv and name that tariff in plant.toml, or leave {aim} out."
            )
    found = np.zeros(len(energy.start))
    for aim, weight in wanted.items():
        found += weight * rates[aim]
    return found
