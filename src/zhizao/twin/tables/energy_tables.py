"""Powers, prices and carbon factors → the meters' tables, and meters → KPIs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.model.plant import Plant
from zhizao.model.tariff import TariffSteps, integral, tariff_steps
from zhizao.twin.kernels.codes import (
    METER_BUSY,
    METER_DOWN,
    METER_OPEN_WORK,
    METER_SETUP,
    N_MEASURES,
)
from zhizao.twin.kernels.tables import METER, Table
from zhizao.twin.tables.ragged import to_table

MEASURES = ("energy_kwh", "energy_cost", "carbon_kg")


def has_meters(plant: Plant) -> bool:
    """Return whether a resource has a power."""
    return any(r.power for r in plant.resources)


def meter_table(
    plant: Plant,
    intervals: Sequence[NDArray[np.float64]],
    *,
    start_at: datetime,
    end_at: datetime,
) -> tuple[Table, NDArray[np.int64]]:
    """Return the cells of all calendars, and where those of each begin and end.

    ``intervals``: open time of each calendar; the first is always open. Prices
    that are not known count as 0 here. Without a power, there are no cells.
    """
    if not has_meters(plant):
        return to_table([], METER), np.zeros(len(intervals) + 1, dtype=np.int64)
    steps = plant_tariff_steps(plant, start_at=start_at, end_at=end_at)
    tables = [_cells(spans, steps) for spans in intervals]
    ends = np.cumsum([0, *(len(cells) for cells in tables)])
    return to_table([row for cells in tables for row in cells], METER), ends.astype(np.int64)


def plant_tariff_steps(plant: Plant, *, start_at: datetime, end_at: datetime) -> TariffSteps:
    """Return price and carbon factor of the tariff that a plant pays."""
    tariff = next((t for t in plant.tariffs if t.id == plant.tariff), None)
    return tariff_steps(tariff, time_zone=plant.time_zone, start_at=start_at, end_at=end_at)


def _cells(spans: NDArray[np.float64], steps: TariffSteps) -> list[tuple[float, ...]]:
    edges = np.unique(np.concatenate([steps.edges_s, spans.ravel()]))
    step = np.clip(
        np.searchsorted(steps.edges_s, edges[:-1], side="right") - 1, 0, steps.price.size - 1
    )
    i = np.searchsorted(spans[:, 1], edges[:-1], side="right")
    is_open = np.zeros(edges.size - 1, dtype=bool)
    known = i < len(spans)
    is_open[known] = spans[i[known], 0] <= edges[:-1][known]
    rates = np.stack([np.ones(edges.size - 1), steps.price[step], steps.carbon_kg[step]], axis=1)
    rates = np.where(is_open[:, None], np.nan_to_num(rates, nan=0.0), 0.0)
    sums = np.cumsum(rates * np.diff(edges)[:, None], axis=0)
    before = np.concatenate([np.zeros((1, N_MEASURES)), sums[:-1]])
    return [tuple(row) for row in np.column_stack([edges[:-1], rates, before]).tolist()]


@dataclass(frozen=True, kw_only=True)
class EnergyWindow:
    """Integrals of 1, price and carbon factor over the window of the KPIs; nan where not known.

    ``all_s``: over all of it, shape (N_MEASURES,). ``open_s``: over the open
    time of each resource, shape (n_resources, N_MEASURES).
    """

    all_s: NDArray[np.float64]
    open_s: NDArray[np.float64]
    span_s: float


def energy_window(
    plant: Plant,
    intervals: Sequence[NDArray[np.float64]],
    *,
    start_at: datetime,
    end_at: datetime,
    warm_up_s: float,
) -> EnergyWindow | None:
    """Return what energy is counted over; None where no resource has a power.

    ``intervals``: open time of each resource's calendar, clipped to the run.
    """
    if not has_meters(plant):
        return None
    steps = plant_tariff_steps(plant, start_at=start_at, end_at=end_at)
    horizon_s = (end_at - start_at).total_seconds()
    rates = (np.ones(steps.price.size), steps.price, steps.carbon_kg)

    def over(spans: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.clip(spans, warm_up_s, horizon_s)
        return np.array(
            [
                np.diff(integral(steps, rate, inside), axis=1).sum() * SECONDS_PER_HOUR
                for rate in rates
            ]
        )

    all_s = over(np.array([[warm_up_s, horizon_s]]))
    return EnergyWindow(
        all_s=all_s,
        open_s=np.array([over(spans) for spans in intervals]).reshape(-1, N_MEASURES),
        span_s=horizon_s - warm_up_s,
    )


def energy_indicators(
    plant: Plant,
    meters: NDArray[np.float64],
    *,
    slot_resource: Sequence[str],
    window: EnergyWindow,
    n_done: int,
) -> dict[str, float]:
    """Return the KPIs of energy: of the plant, and of each resource with a power.

    Parameters
    ----------
    plant
        With a power of at least one resource.
    meters : shape (n_slots, N_REGISTERS)
        As the run leaves them.
    slot_resource
        Resource of each slot.
    window
        What it is counted over.
    n_done
        Orders completed in the window.
    """
    weeks = window.span_s / SECONDS_PER_WEEK
    totals = np.zeros(N_MEASURES)
    by_resource: dict[str, NDArray[np.float64]] = {}
    for i, r in enumerate(plant.resources):
        if r.power is None:
            continue
        used = meters[[name == r.id for name in slot_resource]]
        busy, setup, open_work, down = (
            used[:, first : first + N_MEASURES].sum(axis=0)
            for first in (METER_BUSY, METER_SETUP, METER_OPEN_WORK, METER_DOWN)
        )
        idle = r.capacity * window.open_s[i] - open_work - down
        off = r.capacity * window.all_s - busy - setup - idle
        kw_s = r.power.busy_kw * busy + r.power.setup_kw * setup
        kw_s += r.power.idle_kw * idle + r.power.off_kw * off
        by_resource[r.id] = kw_s / SECONDS_PER_HOUR
        totals += by_resource[r.id]
    found: dict[str, float] = {}
    for m, measure in enumerate(MEASURES):
        if np.isnan(window.all_s[m]):
            continue
        found[f"{measure}_per_week"] = float(totals[m]) / weeks
        for name, values in by_resource.items():
            found[f"{measure}_per_week:{name}"] = float(values[m]) / weeks
    found["energy_kwh_per_order"] = float(totals[0]) / n_done if n_done else float("nan")
    return found


def order_energy(
    lot_energy: NDArray[np.float64], *, n_orders: int, window: EnergyWindow
) -> dict[str, NDArray[np.float64]]:
    """Return what each known order used, of the measures that are known."""
    return {
        measure: lot_energy[:n_orders, m] / SECONDS_PER_HOUR
        for m, measure in enumerate(MEASURES)
        if not np.isnan(window.all_s[m])
    }
