"""The event loop: one replication, from its lots to their completions.

At each instant, first everything that happens then is noted (operations end,
lots are released or join a queue, slots open); after that the slots that got
free or opened choose, then each lot that joined looks for an idle slot, which
chooses by its rule as well. So the order of simultaneous events decides
nothing but ties.
"""

import numpy as np

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.calendar import next_open, work_end
from zhizao.twin.kernels.dispatch import choose_lot, free_operator
from zhizao.twin.kernels.draws import DELAY, VARIANT, uniform
from zhizao.twin.kernels.flow import (
    CREW_WAKES,
    KIND_BITS,
    LOT_ENDS,
    LOT_JOINS,
    SLOT_ENDS,
    SLOT_WAKES,
    add_event,
    arrive,
    end_step,
    enter_row,
    run_lot,
    start_lot,
)
from zhizao.twin.kernels.heap import drop_first_event
from zhizao.twin.kernels.shapes import rest_of
from zhizao.twin.kernels.tables import (
    CREW_EVENT,
    CREW_FREED,
    DONE,
    ENTERS_DELAYED,
    ENTERS_NEW,
    ENTERS_WAITING,
    N_EVENTS,
    N_JOINED,
    N_WOKEN,
    STATUS,
    Floor,
    Lots,
    Shop,
    Trace,
)
from zhizao.twin.kernels.work import first_failures, idle_until, trace_last_repairs

ENTITY = (1 << KIND_BITS) - 1


@kernel
def simulate_lots(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    warm_up: float,
    horizon: float,
) -> int:
    """Run one replication until ``horizon`` (included); return a status code.

    Parameters
    ----------
    floor, lots
        Read only.
    shop, trace
        Written. ``shop`` comes as the front door makes it: idle and empty.
    key
        Key of the replication's draws.
    warm_up, horizon
        Seconds; busy time is counted between them.

    Returns
    -------
    int
        DONE, OUT_OF_EVENTS or OUT_OF_TRACE (give longer arrays and run again).
    """
    first_failures(floor, shop, key)
    n_lots = lots.entry_order.size
    entered = 0
    while shop.counters[STATUS] == DONE:
        t = np.inf
        if shop.counters[N_EVENTS] > 0:
            t = shop.event_time[0]
        if entered < n_lots:
            t = min(t, lots.entry_s[lots.entry_order[entered]])
        if t > horizon:
            break
        shop.counters[N_JOINED] = 0
        shop.counters[N_WOKEN] = 0
        while entered < n_lots and lots.entry_s[lots.entry_order[entered]] <= t:
            enter_lot(floor, lots, shop, trace, key, lots.entry_order[entered], t, warm_up, horizon)
            entered += 1
        while shop.counters[N_EVENTS] > 0 and shop.event_time[0] <= t:
            code = shop.event_code[0]
            shop.counters[N_EVENTS] = drop_first_event(
                shop.event_time, shop.event_code, shop.counters[N_EVENTS]
            )
            note_event(floor, lots, shop, trace, key, code >> KIND_BITS, code & ENTITY, t)
        let_slots_choose(floor, lots, shop, trace, key, t, warm_up, horizon)
        let_lots_look(floor, lots, shop, trace, key, t, warm_up, horizon)
    if trace.kind.size > 0:
        trace_last_repairs(floor, shop, trace, key, horizon)
    return shop.counters[STATUS]


@kernel
def enter_lot(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    lot: int,
    t: float,
    warm_up: float,
    horizon: float,
) -> None:
    """Release a new lot, or put one in progress where it is."""
    steps = floor.steps
    shop.lot_good[lot] = lots.quantity[lot]
    enters = lots.enters[lot]
    if enters == ENTERS_NEW:
        p = lots.product[lot]
        variant = steps.product_first[p]
        last = steps.product_first[p + 1] - 1
        if variant < last:
            u = uniform(key, lots.key[lot], 0, 0, VARIANT)
            while variant < last and u >= steps.variant_share[variant]:
                variant += 1
        shop.lot_variant[lot] = variant
        enter_row(floor, lots, shop, trace, key, lot, steps.variant_first[variant], t)
        return
    shop.lot_variant[lot] = lots.variant[lot]
    row = lots.row[lot]
    shop.lot_row[lot] = row
    if enters == ENTERS_DELAYED:
        s = uniform(key, lots.key[lot], steps.number[row], 0, DELAY)
        shape = steps.delay_shape[row]
        rest = rest_of(floor.shapes, shape, steps.delay_s[row], lots.spent_s[lot], s)
        at = work_end(
            floor.calendars, steps.delay_calendar[row], t + lots.transport_left_s[lot], rest
        )
        add_event(shop, at, LOT_JOINS, lot)
        return
    shop.lot_spent_s[lot] = lots.spent_s[lot]
    if enters == ENTERS_WAITING or lots.slot[lot] < 0:
        arrive(floor, lots, shop, trace, key, lot, t, lots.since_s[lot])
        return
    shop.lot_joined_s[lot] = np.nan
    first = steps.skill_first[row]
    for i in range(first, steps.skill_first[row + 1]):
        operator = free_operator(floor.crew, floor, shop, steps.skill[i], t)
        shop.lot_operator[lot, i - first] = operator
        if operator >= 0:
            shop.operator_free[operator] -= 1
    run_lot(
        floor,
        lots,
        shop,
        trace,
        key,
        lots.slot[lot],
        lot,
        t,
        lots.since_s[lot],
        0.0,
        warm_up,
        horizon,
    )


@kernel
def note_event(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    kind: int,
    entity: int,
    t: float,
) -> None:
    """Note what happens at ``t``: an end, a joining, an opening."""
    if kind == SLOT_ENDS:
        lot = shop.slot_lot[entity]
        shop.slot_lot[entity] = -1
        shop.woken[shop.counters[N_WOKEN]] = entity
        shop.counters[N_WOKEN] += 1
        end_step(floor, lots, shop, trace, key, lot, t)
    elif kind == LOT_ENDS:
        end_step(floor, lots, shop, trace, key, entity, t)
    elif kind == LOT_JOINS:
        arrive(floor, lots, shop, trace, key, entity, t, t)
    elif kind == SLOT_WAKES:
        shop.slot_wakes[entity] = False
        if shop.slot_lot[entity] < 0:
            shop.woken[shop.counters[N_WOKEN]] = entity
            shop.counters[N_WOKEN] += 1
    elif kind == CREW_WAKES:
        shop.counters[CREW_EVENT] = 0
        shop.counters[CREW_FREED] = 1


@kernel
def let_slots_choose(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    t: float,
    warm_up: float,
    horizon: float,
) -> None:
    """Let the slots that got free or opened at ``t`` take a waiting lot each.

    All slots, where an operator got free or came on shift.
    """
    all_slots = shop.counters[CREW_FREED] == 1
    shop.counters[CREW_FREED] = 0
    n_slots = shop.slot_lot.size if all_slots else shop.counters[N_WOKEN]
    for i in range(n_slots):
        slot = i if all_slots else shop.woken[i]
        if shop.slot_lot[slot] >= 0:
            continue
        if has_waiting(floor, shop, slot):
            if is_workable(floor, shop, trace, key, slot, t):
                lot = choose_lot(floor, lots, shop, slot, t)
                if lot >= 0:
                    start_lot(floor, lots, shop, trace, key, slot, lot, t, warm_up, horizon)
                else:
                    wake_with_crew(floor, shop, t)


@kernel
def let_lots_look(
    floor: Floor,
    lots: Lots,
    shop: Shop,
    trace: Trace,
    key: np.uint64,
    t: float,
    warm_up: float,
    horizon: float,
) -> None:
    """Let each lot that joined at ``t`` look for an idle slot: fastest, then preferred.

    The slot found takes the lot that comes first by its rule, which may be
    another one that joined at the same instant; then the lot looks again.
    """
    steps = floor.steps
    for i in range(shop.counters[N_JOINED]):
        lot = shop.joined[i]
        while shop.lot_waits[lot]:
            row = shop.lot_row[lot]
            chosen = -1
            for j in range(steps.option_first[row], steps.option_first[row + 1]):
                r = steps.option_resource[j]
                for slot in range(floor.resources.slot_first[r], floor.resources.slot_first[r + 1]):
                    if shop.slot_lot[slot] < 0 and is_workable(floor, shop, trace, key, slot, t):
                        chosen = choose_lot(floor, lots, shop, slot, t)
                        if chosen >= 0:
                            start_lot(
                                floor, lots, shop, trace, key, slot, chosen, t, warm_up, horizon
                            )
                            break
                        wake_with_crew(floor, shop, t)
                if chosen >= 0:
                    break
            if chosen < 0:
                break


@kernel
def has_waiting(floor: Floor, shop: Shop, slot: int) -> bool:
    """Return whether a lot waits in a queue that the slot serves."""
    r = floor.resources.slot_resource[slot]
    for i in range(floor.resources.queue_first[r], floor.resources.queue_first[r + 1]):
        if shop.queue_head[floor.resources.queue[i]] >= 0:
            return True
    return False


@kernel
def is_workable(
    floor: Floor, shop: Shop, trace: Trace, key: np.uint64, slot: int, t: float
) -> bool:
    """Return whether a slot is open and not down; if not, see that it wakes when it is."""
    at = idle_until(floor, shop, trace, key, slot, t)
    if at <= t:
        return True
    if not shop.slot_wakes[slot] and at < np.inf:
        shop.slot_wakes[slot] = True
        add_event(shop, at, SLOT_WAKES, slot)
    return False


@kernel
def wake_with_crew(floor: Floor, shop: Shop, t: float) -> None:
    """See that idle slots look again when the next operator comes on shift."""
    if shop.counters[CREW_EVENT] == 1:
        return
    at = np.inf
    for operator in range(floor.crew.count.size):
        k = floor.crew.calendar[operator]
        opens = next_open(floor.calendars, k, t)
        if opens > t:
            at = min(at, opens)
    if at < np.inf:
        shop.counters[CREW_EVENT] = 1
        add_event(shop, at, CREW_WAKES, 0)
