# mypy: disable-error-code="no-any-return"
"""Planned maintenance: due by the clock, by hours of work or by lots; begun between two lots."""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.calendar import span_after, work_end
from zhizao.twin.kernels.codes import (
    COUNTS_BUSY_HOURS,
    COUNTS_HOURS,
    CREW_EVENT,
    CREW_FREED,
    NONE,
    ROW_MAINTENANCE,
    TAKEN,
    ZERO,
)
from zhizao.twin.kernels.dispatch import free_operator
from zhizao.twin.kernels.draws import MAINTENANCE_TIME, uniform
from zhizao.twin.kernels.events import (
    ATTENDANT_ENDS,
    CREW_WAKES,
    MAINTENANCE_DUE,
    SLOT_ENDS,
    add_event,
)
from zhizao.twin.kernels.meter import meter_down
from zhizao.twin.kernels.shapes import factor_at
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.work import add_trace_row


@part_kernel
def first_maintenance(floor: Floor, shop: Shop) -> None:
    """Set when each maintenance is due first."""
    for i in range(shop.upkeep.size):
        row = shop.upkeep[index(i)]
        place = shop.slots[index(row.slot)]
        r = floor.resources[index(place.resource)]
        m = floor.maintenances[index(r.maintenance_first + i - place.upkeep_first)]
        row.due = m.first
        if m.counts == COUNTS_HOURS:
            add_event(shop, row.due, MAINTENANCE_DUE, i)


@part_kernel
def due_maintenance(floor: Floor, shop: Shop, slot: int, t: float) -> int:
    """Return the number, within its resource, of a maintenance that a slot must do; -1 if none."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    for i in range(r.maintenance_end - r.maintenance_first):
        counts = floor.maintenances[index(r.maintenance_first + i)].counts
        reached = float(place.lots_done)
        if counts == COUNTS_HOURS:
            reached = t
        elif counts == COUNTS_BUSY_HOURS:
            reached = place.worked_s
        if reached >= shop.upkeep[index(place.upkeep_first + i)].due:
            return i
    return -1


@part_kernel
def maintain(floor: Floor, shop: Shop, slot: int, i: int, t: float) -> None:
    """Take an idle slot for its i-th maintenance, once it is empty and has its operator."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    m = floor.maintenances[index(r.maintenance_first + i)]
    row = shop.upkeep[index(place.upkeep_first + i)]
    operator = NONE
    if m.skill >= 0:
        operator = free_operator(floor, shop, m.skill, t)
        if operator < 0:
            return
    u = uniform(shop.key, m.key, place.place, row.done, MAINTENANCE_TIME)
    begin = max(t, place.inside_until_s)
    work = m.mean_s * factor_at(floor.shapes, floor.numbers, m.time_shape, u)
    end = work_end(floor.calendars, floor.spans, r.calendar, begin, work)
    if shop.trace.size > 0:
        add_trace_row(shop, ROW_MAINTENANCE, NONE, slot, ZERO, begin, end)
    if floor.meter.size > 0:
        meter_down(floor, shop, slot, begin, end)
    row.done += 1
    if m.counts == COUNTS_HOURS:
        row.due = end + m.every
        add_event(shop, row.due, MAINTENANCE_DUE, place.upkeep_first + i)
    elif m.counts == COUNTS_BUSY_HOURS:
        row.due = place.worked_s + m.every
    else:
        row.due = place.lots_done + m.every
    place.lot = TAKEN
    add_event(shop, end, SLOT_ENDS, slot)
    if operator >= 0:
        attend(shop, slot, operator, end)


@part_kernel
def attend(shop: Shop, slot: int, operator: int, until: float) -> None:
    """Let an operator attend to a slot: its setup, its maintenance."""
    shop.operator_free[index(operator)] -= 1
    shop.slots[index(slot)].attendant = operator
    add_event(shop, until, ATTENDANT_ENDS, slot)


@part_kernel
def free_attendant(shop: Shop, slot: int) -> None:
    """Set the operator free who attended to a slot."""
    shop.operator_free[index(shop.slots[index(slot)].attendant)] += 1
    shop.slots[index(slot)].attendant = -1
    shop.counters[CREW_FREED] = 1


@part_kernel
def wake_with_crew(floor: Floor, shop: Shop, t: float) -> None:
    """See that idle slots look again when the next operator comes on shift.

    Also one who is there now: after the end of this shift.
    """
    if shop.counters[CREW_EVENT] == 1:
        return
    at = math.inf
    for operator in range(floor.operators.size):
        k = floor.operators[index(operator)].calendar
        i = span_after(floor.calendars, floor.spans, k, t)
        end = floor.calendars[index(k)].span_end
        if i < end and floor.spans[index(i)].start <= t:
            i += 1
        if i < end:
            at = min(at, floor.spans[index(i)].start)
    if at < math.inf:
        shop.counters[CREW_EVENT] = 1
        add_event(shop, at, CREW_WAKES, ZERO)
