"""How outages of slots that a crew repairs get into the trace and the meters."""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import (
    NONE,
    ROW_DOWN,
    ZERO,
)
from zhizao.twin.kernels.meter import meter_down
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.work import add_trace_row


@part_kernel
def note_outage(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """Write into trace and meter that a slot was down until ``t``."""
    since = shop.slots[index(slot)].down_since_s
    if shop.trace.size > 0:
        add_trace_row(shop, ROW_DOWN, NONE, slot, ZERO, since, t)
    if floor.meter.size > 0:
        meter_down(floor, shop, slot, since, t)


@part_kernel
def end_outages(floor: Floor, shop: Shop) -> None:
    """Write those that last beyond the end of the run."""
    for slot in range(shop.slots.size):
        if shop.slots[index(slot)].is_down == 1:
            note_outage(floor, shop, slot, math.inf)
