"""The arrays that a replication changes, as they are before it begins."""

from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao.model.plant import Plant
from zhizao.model.state import ShopState
from zhizao.twin.kernels.codes import (
    CREWED,
    FIRST_UNUSED,
    KEEPS_ROWS,
    N_AHEAD,
    N_CARRIER_TALLIES,
    N_COUNTERS,
    N_MEASURES,
    N_REGISTERS,
    N_TALLIES,
)
from zhizao.twin.kernels.tables import EVENT, QUEUE, SLOT, TRACE_ROW, UPKEEP, Shop, Table
from zhizao.twin.tables.carrier_tables import first_units
from zhizao.twin.tables.floor_tables import FloorPlan
from zhizao.twin.tables.lot_tables import entry_order, lot_rows
from zhizao.twin.tables.material_tables import first_stock


def start_families(plan: FloorPlan, plant: Plant, *, state: ShopState | None) -> NDArray[np.int64]:
    """Return the family that each slot is set up for at the start; -1 is none.

    A family that no product, setup or resource names counts as another one.
    """
    found = []
    for resource in plant.resources:
        name = resource.initial_family
        if state is not None:
            name = state.families.get(resource.id, name)
        found += [plan.families.get(name, -1) if name else -1] * resource.capacity
    return np.array(found, dtype=np.int64)


def start_repairs(
    plan: FloorPlan, plant: Plant, *, state: ShopState | None, start_at: datetime
) -> NDArray[np.float64]:
    """Return how long each slot has been under repair at the start; -1 for those that are not.

    Of a resource with several places, those that fail by work are the ones at
    work, which come first; those that fail by the clock are counted from the last.
    """
    found = np.full(len(plan.slot_resource), -1.0)
    for down in state.down if state is not None else ():
        resource = plant.resources[plan.resources[down.resource]]
        slots = [i for i, name in enumerate(plan.slot_resource) if name == down.resource]
        if resource.failure is not None and resource.failure.basis == "calendar":
            slots.reverse()
        slot = next(i for i in slots if found[i] < 0.0)
        found[slot] = (start_at - down.since_at).total_seconds()
    return found


def empty_shop(
    plan: FloorPlan,
    *,
    key: np.uint64,
    known: Table,
    streams: Table,
    stream_numbers: NDArray[np.float64],
    n_unused: int,
    slot_family: NDArray[np.int64],
    slot_repair_s: NDArray[np.float64],
    warm_up_s: float,
    horizon_s: float,
    n_trace_rows: int,
    keeps_rows: bool,
    n_more_events: int,
    planned: NDArray[np.int64],
) -> Shop:
    """Return an idle shop: all slots free, queues empty, no order of the demand there.

    ``n_unused``: rows for lots of the demand. A lot has at most one event and a
    slot at most two (its end, its waking); waits for batches that have become
    void may pile up beyond that, ``n_more_events`` of them.
    """
    lots = lot_rows(known, n_unused)
    n_slots = len(plan.slot_resource)
    resources = plan.floor.resources
    slots = np.recarray(n_slots, dtype=SLOT)
    slots[:] = np.zeros(n_slots, dtype=SLOT)
    slots.resource = np.repeat(np.arange(resources.size), resources.slot_end - resources.slot_first)
    slots.place = np.arange(n_slots) - resources.slot_first[slots.resource]
    slots.lot = -1
    slots.family = slot_family
    slots.repair_spent_s = slot_repair_s
    slots.attendant = slots.first_blocked = slots.repairer = -1
    for name in ("down_start_s", "down_end_s", "to_failure_s", "to_stop_s"):
        slots[name] = np.inf
    n_rows = (resources.maintenance_end - resources.maintenance_first)[slots.resource]
    slots.upkeep_first = np.cumsum(n_rows) - n_rows
    upkeep = np.recarray(int(n_rows.sum()), dtype=UPKEEP)
    upkeep[:] = np.zeros(upkeep.size, dtype=UPKEEP)
    upkeep.slot = np.repeat(np.arange(n_slots), n_rows)
    queues = np.recarray(int(plan.floor.steps.queue.max(initial=-1)) + 1, dtype=QUEUE)
    queues[:] = np.zeros(queues.size, dtype=QUEUE)
    queues.head = -1
    queues.tail = -1
    # One row more than lots: where the kernel tries out whether operators are free.
    held = np.recarray(len(plan.products), dtype=QUEUE)
    held[:] = np.zeros(held.size, dtype=QUEUE)
    held.head = held.tail = -1
    # At least two rows, so that one row says that nothing is remembered.
    memory = (max(2, lots.size), max(1, plan.longest_variant))
    counters = np.zeros(N_COUNTERS, dtype=np.int64)
    counters[FIRST_UNUSED] = known.size if n_unused else -1
    counters[KEEPS_ROWS] = keeps_rows
    returns = bool((plan.floor.steps.same_position >= 0).any())
    steps = plan.floor.steps
    keeps_crew = bool(((steps.transfer_pieces > 0.0) & (steps.skill_end > steps.skill_first)).any())
    has_needs = plan.floor.needs.size > 0
    is_crewed = bool((resources.special & int(CREWED)).any())
    is_metered = plan.floor.meter.size > 0
    units, carrier_calls = first_units(plan.floor)
    n_crew_rows = lots.size + 1 if plan.largest_crew else 1
    return Shop(
        key=key,
        warm_up_s=warm_up_s,
        horizon_s=horizon_s,
        until_s=horizon_s,
        lots=lots,
        streams=streams.copy(),
        stream_numbers=stream_numbers,
        tally=np.zeros(N_TALLIES),
        entry_order=entry_order(known),
        slots=slots,
        upkeep=upkeep,
        queues=queues,
        events=np.recarray(
            lots.size + streams.size + 2 * n_slots + upkeep.size + units.size + n_more_events,
            dtype=EVENT,
        ),
        counters=counters,
        joined=np.zeros(2 * lots.size + 1, dtype=np.int64),
        woken=np.zeros(5 * n_slots + upkeep.size, dtype=np.int64),
        visits=np.zeros((lots.size, 2 * max(1, plan.longest_variant)), dtype=np.int16),
        draws=np.zeros((lots.size, int(N_AHEAD))),
        numbers=np.zeros(int(N_AHEAD), dtype=np.int64),
        operator_free=np.array(plan.floor.operators["count"]),
        lot_operator=np.full((n_crew_rows, max(1, plan.largest_crew)), -1, dtype=np.int64),
        slot_operator=np.full(
            (n_slots if keeps_crew else 1, max(1, plan.largest_crew)), -1, dtype=np.int64
        ),
        done_by=np.full(memory if returns else (1, 1), -1, dtype=np.int64),
        limits=np.full(memory if plan.floor.steps.is_limited.any() else (1, 1), np.inf),
        planned=planned.copy(),
        sequence_next=np.array(resources.sequence_first),
        room=np.array(plan.floor.caps.max_lots),
        held=held,
        places_taken=np.zeros(plan.floor.buffer.size, dtype=np.int64),
        broken=np.zeros(n_slots if is_crewed else 0, dtype=np.int64),
        paused=np.zeros(n_slots if is_crewed else 0, dtype=np.int64),
        card_waits=np.zeros(
            lots.size if (plan.floor.caps.centre >= 0).any() else 0, dtype=np.int64
        ),
        stock=first_stock(plan.floor),
        short=np.zeros(lots.size if has_needs else 1, dtype=np.int64),
        short_s=np.zeros(lots.size if has_needs else 1),
        short_area=np.zeros(1),
        units=units,
        carrier_calls=carrier_calls,
        carrier_tally=np.zeros((carrier_calls.size, N_CARRIER_TALLIES)),
        carried_s=np.zeros(lots.size if units.size else 1),
        meters=np.zeros((n_slots if is_metered else 1, N_REGISTERS)),
        lot_energy=np.zeros((lots.size if is_metered else 1, N_MEASURES)),
        trace=np.recarray(n_trace_rows, dtype=TRACE_ROW),
    )


def copy_shop(shop: Shop) -> Shop:
    """Return a copy of a run's state, which can go on by itself."""
    arrays: dict[str, Any] = {
        name: part.copy() for name, part in shop._asdict().items() if isinstance(part, np.ndarray)
    }
    return shop._replace(**arrays)
