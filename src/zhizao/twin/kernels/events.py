# mypy: disable-error-code="no-any-return"
"""Kinds of events, and how they go into the heap and out of it."""

import math

from zhizao._base.compiled.kinds import constant, inner_kernel
from zhizao.twin.kernels.codes import (
    N_EVENTS,
    N_VOID,
    OUT_OF_EVENTS,
    STATUS,
)
from zhizao.twin.kernels.heap import drop_first_event, push_event, replace_first_event
from zhizao.twin.kernels.tables import Shop

# Kinds of events; a code is kind × 2⁴⁰ + entity, so that equal times are in this order.
KIND_BITS = constant(40)
SLOT_ENDS = constant(0)
LOT_ENDS = constant(1)
LOT_JOINS = constant(2)
SLOT_WAKES = constant(3)
CREW_WAKES = constant(4)
LOT_TIMES_OUT = constant(5)
MAINTENANCE_DUE = constant(6)
ATTENDANT_ENDS = constant(7)
ORDER_COMES = constant(8)
SETUP_ENDS = constant(9)
SLOT_BREAKS = constant(10)
REPAIR_ENDS = constant(11)
PART_COMES = constant(12)
CARRIER_ENDS = constant(13)
CREW_LEAVES = constant(14)
STREAM_ENDS = constant(15)


@inner_kernel
def add_event(shop: Shop, at: float, kind: int, entity: int) -> None:
    """Put an event into the heap; one that never happens is left out."""
    if at < math.inf:
        n = shop.counters[N_EVENTS]
        code = (kind << KIND_BITS) | entity
        if shop.counters[N_VOID] == 1:
            shop.counters[N_VOID] = 0
            replace_first_event(shop.events, n, at, code)
            return
        n = push_event(shop.events, n, at, code)
        if n < 0:
            shop.counters[STATUS] = OUT_OF_EVENTS
        else:
            shop.counters[N_EVENTS] = n


@inner_kernel
def take_event(shop: Shop) -> int:
    """Take the first event out of the heap; return its code."""
    if shop.counters[N_VOID] == 1:
        shop.counters[N_EVENTS] = drop_first_event(shop.events, shop.counters[N_EVENTS])
    shop.counters[N_VOID] = 1
    return shop.events[0].code
