"""One replication: draw its orders, run the event loop, count its KPIs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import SimulationError
from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.plant import Plant
from zhizao.model.records import Records
from zhizao.twin.checks.stuck_lots import stuck_lots, stuck_text
from zhizao.twin.indicators import OrderTimes, flow_indicators
from zhizao.twin.kernels.codes import (
    DEADLOCK,
    DONE,
    KEEPS_ROWS,
    N_CARD_WAITS,
    N_DONE,
    N_LOST,
    N_SHORT,
    N_TRACE,
    N_VIOLATIONS,
    OUT_OF_EVENTS,
    OUT_OF_LOTS,
    OUT_OF_TRACE,
)
from zhizao.twin.kernels.draws import replication_key
from zhizao.twin.kernels.event_loop import simulate_lots
from zhizao.twin.kernels.tables import Shop, Table
from zhizao.twin.kernels.tally import count_rest
from zhizao.twin.line import simulate_line
from zhizao.twin.tables.carrier_tables import carrier_indicators, carrier_waits
from zhizao.twin.tables.energy_tables import EnergyWindow, energy_indicators, order_energy
from zhizao.twin.tables.floor_tables import FloorPlan
from zhizao.twin.tables.lot_tables import DemandStream, KnownLots
from zhizao.twin.tables.material_tables import material_indicators, material_waits
from zhizao.twin.tables.shop_tables import empty_shop
from zhizao.twin.trace_records import to_records

LEAST_ROWS = 1024
"""Lots of the demand that may be in the plant at once, at first: doubled as often as needed."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that a replication needs, the same for all of them."""

    plant: Plant
    plan: FloorPlan
    known: KnownLots
    release_calendar: int
    stream_rows: Table
    stream_numbers: NDArray[np.float64]
    n_expected: float
    is_line: bool
    slot_family: NDArray[np.int64]
    slot_repair_s: NDArray[np.float64]
    planned: NDArray[np.int64]
    streams: tuple[DemandStream, ...]
    sequenced: frozenset[str]
    start_at: datetime
    end_at: datetime
    horizon_s: float
    warm_up_s: float
    energy: EnergyWindow | None
    seed: int
    trace: bool


@dataclass(frozen=True, kw_only=True)
class Replication:
    """What one replication gave; ``times`` of all its orders, those drawn as well, if kept."""

    completion_s: NDArray[np.float64]
    kpis: dict[str, float]
    order_samples: dict[str, NDArray[np.float64]]
    n_lost: int
    n_short: int
    n_violations: int
    records: Records | None
    times: OrderTimes | None = None


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How long the tables are that nobody knows the length of beforehand."""

    n_unused: int
    n_trace_rows: int
    n_more_events: int = 8

    def after(self, status: int, shop: Shop) -> "Sizes | None":
        """Return longer ones if a run of a shop ended for want of them, else None."""
        if status == OUT_OF_TRACE:
            return replace(self, n_trace_rows=4 * self.n_trace_rows)
        if status == OUT_OF_EVENTS:
            return replace(self, n_more_events=self.n_more_events + shop.events.size)
        if status == OUT_OF_LOTS:
            return replace(self, n_unused=2 * self.n_unused)
        return None


def first_sizes(job: Job, *, keep_times: bool = False) -> Sizes:
    """Return the lengths to begin with."""
    n_unused = LEAST_ROWS if job.stream_rows.size else 0
    if not job.trace and not keep_times:
        return Sizes(n_unused=1 if job.is_line else n_unused, n_trace_rows=0)
    n_unused += int(1.2 * job.n_expected)
    if not job.trace:
        return Sizes(n_unused=n_unused, n_trace_rows=0)
    n_lots = job.known.lots.size + n_unused
    return Sizes(n_unused=n_unused, n_trace_rows=64 + 4 * n_lots * max(1, job.plan.longest_variant))


def play(
    job: Job, replication: int, *, until_s: float, sizes: Sizes, keep_times: bool = False
) -> tuple[Shop, Sizes]:
    """Run one replication from its start until an instant; return its state and its sizes."""
    while True:
        shop = empty_shop(
            job.plan,
            key=replication_key_of(job.seed, replication),
            known=job.known.lots,
            streams=job.stream_rows,
            stream_numbers=job.stream_numbers,
            n_unused=sizes.n_unused,
            slot_family=job.slot_family,
            slot_repair_s=job.slot_repair_s,
            warm_up_s=job.warm_up_s,
            horizon_s=job.horizon_s,
            n_trace_rows=sizes.n_trace_rows,
            keeps_rows=job.trace or keep_times,
            n_more_events=sizes.n_more_events,
            planned=job.planned,
        )._replace(until_s=until_s)
        longer = go_on(job, shop, sizes=sizes)
        if longer is None:
            return shop, sizes
        sizes = longer


def go_on(job: Job, shop: Shop, *, sizes: Sizes) -> Sizes | None:
    """Let a run go on until its ``until_s``; return the sizes that it needs if it ran out of them.

    Raises
    ------
    SimulationError
        If it cannot go on.
    """
    keeps_rows = bool(shop.counters[KEEPS_ROWS])
    run = simulate_line if job.is_line and not keeps_rows else simulate_lots
    status = run(job.plan.floor, shop)
    if status == DEADLOCK:
        raise SimulationError(_deadlock(job, shop, _lot_ids(job, shop)))
    longer = sizes.after(status, shop)
    if longer is None and status != DONE:
        raise SimulationError(
            f"A replication stopped with status {status}: "
            f"{shop.lots.size} lots, {shop.events.size} events."
        )
    return longer


def replication_key_of(seed: int, replication: int) -> np.uint64:
    """Return the key of all draws of a replication."""
    return np.uint64(replication_key(np.uint64(seed), replication))


def run_replication(job: Job, replication: int, *, keep_times: bool = False) -> Replication:
    """Return what one replication gives."""
    shop, _ = play(
        job,
        replication,
        until_s=job.horizon_s,
        sizes=first_sizes(job, keep_times=keep_times),
        keep_times=keep_times,
    )
    return result_of(job, shop, keep_times=keep_times)


def result_of(job: Job, shop: Shop, *, keep_times: bool = False) -> Replication:
    """Return what a run came to, which is over; its tally is closed.

    Raises
    ------
    SimulationError
        If lots have waited for each other's room in capped work centres until then.
    """
    n_known = job.known.lots.size
    if shop.counters[N_CARD_WAITS] > 0:
        stuck = stuck_lots(job.plan.floor, shop)
        if stuck.size:
            raise SimulationError(
                stuck_text(job.plant, job.plan.floor, shop, lots=stuck, lot_ids=_lot_ids(job, shop))
            )
    rest = np.flatnonzero(np.isnan(shop.lots.left_s))
    rest = rest[np.lexsort((shop.lots.order[rest], shop.lots.entry_s[rest]))]
    count_rest(shop.tally, shop.lots, rest, job.warm_up_s, job.horizon_s)
    kpis = flow_indicators(shop.tally, span_s=job.horizon_s - job.warm_up_s)
    kpis |= _utilisation(job, shop.slots)
    more_kpis, order_samples = _more(job, shop)
    kpis |= more_kpis
    return Replication(
        completion_s=np.array(shop.lots.completion_s[:n_known]),
        kpis=kpis,
        order_samples=order_samples,
        n_lost=int(shop.tally[N_LOST]),
        n_short=int(shop.counters[N_SHORT]),
        n_violations=int(shop.counters[N_VIOLATIONS]),
        records=to_records(
            shop.trace[: int(shop.counters[N_TRACE])].view(np.recarray),
            lots=shop.lots,
            lot_ids=_lot_ids(job, shop),
            plan=job.plan,
            plant=job.plant,
            start_at=job.start_at,
            horizon_s=job.horizon_s,
        )
        if job.trace
        else None,
        times=_order_times(shop.lots, n_known=n_known) if keep_times else None,
    )


def _order_times(lots: Table, *, n_known: int) -> OrderTimes:
    """Return the times of all orders that came, in the order in which they did."""
    used = np.flatnonzero((np.arange(lots.size) < n_known) | (lots.drawn >= 0))
    used = used[np.argsort(lots.order[used], kind="stable")]
    return OrderTimes(
        entry_s=lots.entry_s[used],
        release_s=lots.release_s[used],
        due_s=lots.due_s[used],
        completion_s=lots.completion_s[used],
        left_s=lots.left_s[used],
    )


def _more(job: Job, shop: Shop) -> tuple[dict[str, float], dict[str, NDArray[np.float64]]]:
    """Return KPIs, and what is known of each order, of energy, material and carriers."""
    n_known = job.known.lots.size
    kpis: dict[str, float] = {}
    order_samples: dict[str, NDArray[np.float64]] = {}
    if job.energy is not None:
        kpis |= energy_indicators(
            job.plant,
            shop.meters,
            slot_resource=job.plan.slot_resource,
            window=job.energy,
            n_done=int(shop.tally[N_DONE]),
        )
        order_samples |= order_energy(shop.lot_energy, n_orders=n_known, window=job.energy)
    if job.plan.floor.needs.size > 0:
        kpis |= material_indicators(shop)
        order_samples |= material_waits(shop, n_orders=n_known)
    if job.plant.carriers:
        kpis |= carrier_indicators(job.plant, shop)
        order_samples |= carrier_waits(shop, n_orders=n_known)
    return kpis, order_samples


def _lot_ids(job: Job, shop: Shop) -> list[str]:
    """Return the orders' names in the order of the lots; of the demand, as they came."""
    drawn = shop.lots[job.known.lots.size :].view(np.recarray)
    names = [p.id for p in job.plant.products]
    return [
        *job.known.order_ids,
        *(
            f"{names[p]}~{i + 1}"
            for p, i in zip(drawn.product.tolist(), drawn.drawn.tolist(), strict=True)
        ),
    ]


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
