"""The arrays that a replication changes, as they are before it begins."""

import numpy as np
from numpy.typing import NDArray

from zhizao.model.plant import Plant
from zhizao.model.state import ShopState
from zhizao.twin.floor_tables import FloorPlan
from zhizao.twin.kernels.tables import N_COUNTERS, Shop, Trace


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


def empty_shop(plan: FloorPlan, *, n_lots: int, slot_family: NDArray[np.int64]) -> Shop:
    """Return an idle shop: no lots, all slots free, queues empty.

    A lot has at most one event and a slot at most two (its end, its waking),
    so that the heap cannot overflow.
    """
    n_slots = len(plan.slot_resource)
    n_queues = int(plan.floor.steps.group.max(initial=-1)) + 1
    n_events = n_lots + 2 * n_slots + 8
    n_steps = max(1, plan.longest_variant)
    return Shop(
        counters=np.zeros(N_COUNTERS, dtype=np.int64),
        event_time=np.empty(n_events, dtype=np.float64),
        event_code=np.empty(n_events, dtype=np.int64),
        slot_lot=np.full(n_slots, -1, dtype=np.int64),
        slot_family=slot_family.copy(),
        slot_busy_s=np.zeros(n_slots, dtype=np.float64),
        slot_down_start=np.full(n_slots, np.inf),
        slot_down_end=np.full(n_slots, np.inf),
        slot_to_failure_s=np.full(n_slots, np.inf),
        slot_failures=np.zeros(n_slots, dtype=np.int64),
        slot_wakes=np.zeros(n_slots, dtype=np.bool_),
        queue_head=np.full(n_queues, -1, dtype=np.int64),
        queue_tail=np.full(n_queues, -1, dtype=np.int64),
        lot_row=np.zeros(n_lots, dtype=np.int64),
        lot_variant=np.zeros(n_lots, dtype=np.int64),
        lot_good=np.zeros(n_lots, dtype=np.float64),
        lot_spent_s=np.zeros(n_lots, dtype=np.float64),
        lot_joined_s=np.zeros(n_lots, dtype=np.float64),
        lot_waits=np.zeros(n_lots, dtype=np.bool_),
        lot_next=np.full(n_lots, -1, dtype=np.int64),
        lot_previous=np.full(n_lots, -1, dtype=np.int64),
        lot_centre=np.full(n_lots, -1, dtype=np.int64),
        lot_completion_s=np.full(n_lots, np.nan),
        lot_left_s=np.full(n_lots, np.nan),
        lot_trace_row=np.full(n_lots, -1, dtype=np.int64),
        visits=np.zeros((n_lots, n_steps), dtype=np.int32),
        detours=np.zeros((n_lots, n_steps), dtype=np.int32),
        joined=np.zeros(n_lots, dtype=np.int64),
        woken=np.zeros(2 * n_slots, dtype=np.int64),
        operator_free=plan.floor.crew.count.copy(),
        # One row more than lots: where the kernel tries out whether operators are free.
        lot_operator=np.full((n_lots + 1, max(1, plan.largest_crew)), -1, dtype=np.int64)
        if plan.largest_crew
        else np.full((1, 1), -1, dtype=np.int64),
    )


def empty_trace(n_rows: int) -> Trace:
    """Return a trace with place for ``n_rows`` rows; none are kept if 0."""
    return Trace(
        kind=np.zeros(n_rows, dtype=np.int64),
        lot=np.zeros(n_rows, dtype=np.int64),
        row=np.zeros(n_rows, dtype=np.int64),
        slot=np.zeros(n_rows, dtype=np.int64),
        visit=np.zeros(n_rows, dtype=np.int64),
        joined_s=np.zeros(n_rows, dtype=np.float64),
        start_s=np.zeros(n_rows, dtype=np.float64),
        end_s=np.zeros(n_rows, dtype=np.float64),
        good=np.zeros(n_rows, dtype=np.float64),
        scrap=np.zeros(n_rows, dtype=np.float64),
    )
