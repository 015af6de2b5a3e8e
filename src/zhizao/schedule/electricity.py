"""What electricity a plan uses beyond standing idle: kilowatt-hours, price and carbon."""

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.factory.factory_meters import counted_before, meter_cells
from zhizao.schedule.problem import NONE, WORKS_OVERTIME, Energy, Problem


def electricity_of(problem: Problem, plan: FactoryAssignment) -> dict[str, float]:
    """Return ``energy_kwh``, ``energy_cost`` and ``carbon`` of work and setups; empty if unknown.

    Each is counted beyond what the same place would use idle at that time (in overtime: off).
    Price and carbon are left out where the tariff does not give them. What was done before now
    does not count.
    """
    energy = problem.energy
    if energy is None:
        return {}
    rates = {
        "energy_kwh": np.ones(len(energy.start)),
        "energy_cost": energy.price,
        "carbon": energy.carbon_kg,
    }
    return {
        name: _used(problem, energy, plan, rate)
        for name, rate in rates.items()
        if not np.isnan(rate).any()
    }


def _used(
    problem: Problem, energy: Energy, plan: FactoryAssignment, rate: NDArray[np.float64]
) -> float:
    calendars = problem.calendars
    clock = meter_cells(energy.start, rate)
    machine = problem.mode_machine[plan.mode]
    counts = (machine != NONE) & (plan.batch == np.arange(problem.n_operations))
    is_overtime = np.zeros(problem.n_operations, dtype=bool)
    number = np.full(problem.n_operations, NONE)
    if calendars is not None:
        is_overtime = calendars.interruption == WORKS_OVERTIME
        number = np.where(counts, calendars.of_machine[machine], NONE)
    total = 0.0
    for k in np.unique(number[counts]).tolist():
        its = np.flatnonzero(counts & (number == k))
        cells = clock
        if k != NONE:
            assert calendars is not None
            part = slice(int(calendars.first[k]), int(calendars.first[k + 1]))
            spans = np.stack([calendars.start[part], calendars.end[part]], axis=1)
            cells = meter_cells(energy.start, rate, spans=spans)
        m = machine[its]
        parts = (
            (plan.start[its], np.minimum(plan.hold, plan.end)[its], energy.busy_kw[m]),
            (plan.begin[its], plan.start[its], energy.setup_kw[m]),
        )
        for begin, end, power in parts:
            inside = _until(cells, end) - _until(cells, begin)
            closed = (_until(clock, end) - _until(clock, begin) - inside) * is_overtime[its]
            used = (power - energy.idle_kw[m]) * inside + (power - energy.off_kw[m]) * closed
            total += float(used.sum())
    return total / energy.ticks_per_hour


def _until(
    cells: tuple[NDArray[np.int64], NDArray[np.float64]], at: NDArray[np.int64]
) -> NDArray[np.float64]:
    start, rate = cells
    t = np.maximum(0, at)
    step = np.searchsorted(start, t, side="right") - 1
    found: NDArray[np.float64] = counted_before(start, rate)[step] + rate[step] * (t - start[step])
    return found
