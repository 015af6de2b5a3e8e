"""One replication: draw its orders, run the event loop, count its KPIs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import SimulationError
from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.plant import Plant
from zhizao.model.records import Records
from zhizao.twin.energy_tables import EnergyWindow, energy_indicators, order_energy
from zhizao.twin.floor_tables import FloorPlan
from zhizao.twin.indicators import OrderTimes, flow_indicators
from zhizao.twin.kernels.draws import replication_key
from zhizao.twin.kernels.event_loop import simulate_lots
from zhizao.twin.kernels.tables import (
    DEADLOCK,
    DONE,
    N_TRACE,
    N_VIOLATIONS,
    OUT_OF_EVENTS,
    OUT_OF_TRACE,
    Shop,
    Table,
)
from zhizao.twin.lot_tables import (
    DemandStream,
    DrawnOrders,
    KnownLots,
    draw_orders,
    with_drawn_orders,
)
from zhizao.twin.shop_tables import empty_shop
from zhizao.twin.trace_records import to_records


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that a replication needs, the same for all of them."""

    plant: Plant
    plan: FloorPlan
    known: KnownLots
    streams: tuple[DemandStream, ...]
    slot_family: NDArray[np.int64]
    planned: NDArray[np.int64]
    start_at: datetime
    horizon_s: float
    warm_up_s: float
    energy: EnergyWindow | None
    seed: int
    trace: bool


@dataclass(frozen=True, kw_only=True)
class Replication:
    """What one replication gave."""

    completion_s: NDArray[np.float64]
    kpis: dict[str, float]
    order_samples: dict[str, NDArray[np.float64]]
    n_lost: int
    n_violations: int
    records: Records | None


def run_replication(job: Job, replication: int) -> Replication:
    """Return what one replication gives."""
    key = np.uint64(replication_key(np.uint64(job.seed), replication))
    drawn = draw_orders(job.streams, key=key)
    n_lots = job.known.lots.size + drawn.release_s.size
    n_trace_rows = 64 + 4 * n_lots * max(1, job.plan.longest_variant) if job.trace else 0
    n_slots = len(job.plan.slot_resource)
    n_events = n_lots + n_slots * (2 + job.plan.floor.maintenances.size) + 8
    while True:
        shop = empty_shop(
            job.plan,
            key=key,
            lots=with_drawn_orders(job.known.lots, drawn),
            slot_family=job.slot_family,
            warm_up_s=job.warm_up_s,
            horizon_s=job.horizon_s,
            n_trace_rows=n_trace_rows,
            n_events=n_events,
            planned=job.planned,
        )
        status = simulate_lots(job.plan.floor, shop)
        if status == OUT_OF_TRACE:
            n_trace_rows *= 4
        elif status == OUT_OF_EVENTS:
            n_events *= 2
        else:
            break
    if status == DEADLOCK:
        raise SimulationError(_deadlock(job, shop, _lot_ids(job.known.order_ids, drawn)))
    if status != DONE:
        raise SimulationError(
            f"Replication {replication} stopped with status {status}: "
            f"{n_lots} lots, {shop.events.size} events."
        )
    lots = shop.lots
    completion_s = np.ascontiguousarray(shop.lots.completion_s)
    left_s = np.ascontiguousarray(shop.lots.left_s)
    times = OrderTimes(
        entry_s=lots.entry_s,
        release_s=np.concatenate([job.known.release_s, drawn.release_s]),
        due_s=lots.due_s,
        completion_s=completion_s,
        left_s=left_s,
    )
    kpis = flow_indicators(times, warm_up_s=job.warm_up_s, horizon_s=job.horizon_s)
    kpis |= _utilisation(job, shop.slots)
    n_known = job.known.lots.size
    order_samples: dict[str, NDArray[np.float64]] = {}
    if job.energy is not None:
        is_done = (completion_s >= job.warm_up_s) & (completion_s <= job.horizon_s)
        kpis |= energy_indicators(
            job.plant,
            shop.meters,
            slot_resource=job.plan.slot_resource,
            window=job.energy,
            n_done=int(is_done.sum()),
        )
        order_samples = order_energy(shop.lot_energy, n_orders=n_known, window=job.energy)
    return Replication(
        completion_s=completion_s[:n_known].copy(),
        kpis=kpis,
        order_samples=order_samples,
        n_lost=int((np.isnan(completion_s) & ~np.isnan(left_s)).sum()),
        n_violations=int(shop.counters[N_VIOLATIONS]),
        records=to_records(
            shop.trace[: int(shop.counters[N_TRACE])].view(np.recarray),
            lots=lots,
            lot_ids=_lot_ids(job.known.order_ids, drawn),
            plan=job.plan,
            plant=job.plant,
            start_at=job.start_at,
            horizon_s=job.horizon_s,
        )
        if job.trace
        else None,
    )


def _lot_ids(order_ids: Sequence[str], drawn: DrawnOrders) -> list[str]:
    return [*order_ids, *(f"{name}~{i + 1}" for name, n in drawn.names for i in range(n))]


def _deadlock(job: Job, shop: Shop, lot_ids: Sequence[str]) -> str:
    """Return who waits for whom where blocked resources wait for each other in a circle."""
    steps = job.plan.floor.steps
    lines = []
    for slot in np.flatnonzero(shop.slots.is_stuck):
        lot = int(shop.slots.first_blocked[slot])
        centre = job.plant.work_centres[int(steps.centre[shop.lots.row[lot]])]
        lines.append(
            f"resource '{job.plan.slot_resource[slot]}' is blocked by lot '{lot_ids[lot]}', which "
            f"finds none of the {centre.buffer_lots} places in front of work centre '{centre.id}' free"
        )
    at_h = float(np.nanmax(shop.lots.joined_s[shop.slots.first_blocked[shop.slots.is_stuck == 1]]))
    return (
        f"After {at_h / SECONDS_PER_HOUR:.2f} h, resources wait for each other in a circle: "
        + "; ".join(lines)
        + ". Give one of these work centres more places (buffer_lots), or cap the lots in the plant."
    )


def _utilisation(job: Job, slots: Table) -> dict[str, float]:
    """Return each resource's busy time divided by its open time in the window."""
    resources = job.plan.floor.resources
    busy_s = np.bincount(slots.resource, weights=slots.busy_s, minlength=len(job.plant.resources))
    found = {}
    for i, resource in enumerate(job.plant.resources):
        spans = np.maximum(job.plan.open_intervals[resources.calendar[i]], job.warm_up_s)
        open_s = float((spans[:, 1] - spans[:, 0]).sum()) * resource.capacity
        found[f"utilisation:{resource.id}"] = busy_s[i] / open_s if open_s > 0.0 else float("nan")
    return found
