# mypy: disable-error-code="no-any-return"
"""The event loop: one replication, from its lots to their completions.

At each instant, first everything that happens then is noted (operations end,
lots are released or join a queue, slots open, carriers put lots down, also
those that they fetched at this instant); after that the slots that got free
or opened choose, then each lot that joined looks for an idle slot, which
chooses by its rule as well. So the order of simultaneous events decides
nothing but ties.
"""

from zhizao._base.compiled.kinds import index, inner_kernel, kernel, part_kernel
from zhizao.twin.kernels._reference import by_reference
from zhizao.twin.kernels.batches import look_again, note_arrival
from zhizao.twin.kernels.buffers import find_deadlock
from zhizao.twin.kernels.carriers import end_trip, serve_calls
from zhizao.twin.kernels.codes import (
    ARRIVES,
    CARDS_CHANGED,
    CARRIERS_CHANGED,
    CHOSEN,
    CREW_EVENT,
    CREW_FREED,
    DONE,
    ENTERS,
    FREED_AT,
    HAS_BEGUN,
    HOOK_JOIN,
    N_BROKEN,
    N_ENTERED,
    N_EVENTS,
    N_JOINED,
    N_PAUSED,
    N_VOID,
    N_WOKEN,
    NEW_BLOCKED,
    NEXT_JOINED,
    NEXT_WOKEN,
    NONE,
    STATUS,
    STAYS,
    STOCK_CHANGED,
)
from zhizao.twin.kernels.entry import end_mates, enter_lot, is_admitted, release_held, serve_cards
from zhizao.twin.kernels.events import (
    ATTENDANT_ENDS,
    CARRIER_ENDS,
    CREW_LEAVES,
    KIND_BITS,
    LOT_ENDS,
    LOT_JOINS,
    LOT_TIMES_OUT,
    MAINTENANCE_DUE,
    ORDER_COMES,
    PART_COMES,
    SETUP_ENDS,
    SLOT_BREAKS,
    SLOT_ENDS,
    SLOT_WAKES,
    STREAM_ENDS,
    take_event,
)
from zhizao.twin.kernels.flow import arrive, end_step, enter_row, start_lot
from zhizao.twin.kernels.heap import next_time
from zhizao.twin.kernels.idle import chooses, has_task, slot_for
from zhizao.twin.kernels.materials import order_parts, receive_part, serve_material
from zhizao.twin.kernels.orders import expect_order, take_order
from zhizao.twin.kernels.outages import end_outages
from zhizao.twin.kernels.pauses import leave_work, resume_work
from zhizao.twin.kernels.repairs import (
    break_down,
    end_repair,
    end_setup,
    first_breakdowns,
    first_repairs,
    start_repairs,
)
from zhizao.twin.kernels.short_stops import first_stops
from zhizao.twin.kernels.special import start_special
from zhizao.twin.kernels.stock import asks_for_material
from zhizao.twin.kernels.streaming import end_stream
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.upkeep import (
    first_maintenance,
    free_attendant,
)
from zhizao.twin.kernels.work import end_repairs, first_failures

ENTITY = (1 << KIND_BITS) - 1


@kernel
def simulate_lots(floor: Floor, shop: Shop) -> int:
    """Run one replication until ``until_s`` (included); return a status code.

    Parameters
    ----------
    floor
        Read only.
    shop
        Written; idle and empty as the front door makes it, or as another run left it.

    Returns
    -------
    int
        DONE, DEADLOCK, OUT_OF_EVENTS, OUT_OF_LOTS or OUT_OF_TRACE (give longer tables and run again).
    """
    return run_events(by_reference(floor), by_reference(shop))


@part_kernel
def run_events(floor: Floor, shop: Shop) -> int:
    """Run one replication, its tables given by reference."""
    if shop.counters[HAS_BEGUN] == 0:
        shop.counters[HAS_BEGUN] = 1
        begin_run_of_shop(floor, shop)
    n_lots = shop.entry_order.size
    entered = shop.counters[N_ENTERED]
    shop.counters[N_JOINED] = 0
    shop.counters[N_WOKEN] = 0
    while shop.counters[STATUS] == DONE:
        t = next_time(shop.events, shop.counters[N_EVENTS], shop.counters[N_VOID])
        if entered < n_lots:
            t = min(t, shop.lots[index(shop.entry_order[index(entered)])].entry_s)
        if t > shop.until_s:
            break
        while True:
            if entered < n_lots and shop.lots[index(shop.entry_order[index(entered)])].entry_s <= t:
                lot = shop.entry_order[index(entered)]
                entered += 1
                slot = NONE
                then = STAYS
                if floor.caps.size == 0 or is_admitted(floor, shop, lot):
                    then = enter_lot(floor, shop, lot, t)
            elif next_time(shop.events, shop.counters[N_EVENTS], shop.counters[N_VOID]) <= t:
                code = take_event(shop)
                lot = lot_of_event(floor, shop, code >> KIND_BITS, code & ENTITY, t)
                slot = NONE
                if code >> KIND_BITS == SLOT_ENDS:
                    slot = code & ENTITY
                if code >> KIND_BITS == ORDER_COMES:
                    then = STAYS
                    if lot >= 0 and (floor.caps.size == 0 or is_admitted(floor, shop, lot)):
                        then = enter_lot(floor, shop, lot, t)
                else:
                    then = note_event(floor, shop, code >> KIND_BITS, lot, t)
            else:
                break
            if then == ENTERS:
                then = enter_row(floor, shop, lot, t)
            mate = NONE
            if lot >= 0:
                mate = shop.lots[index(lot)].mate
            if then == ARRIVES:
                arrive(floor, shop, lot, t)
                if floor.steps[index(shop.lots[index(lot)].row)].hook & HOOK_JOIN:
                    note_arrival(floor, shop, lot, slot, t)
            if mate >= 0:
                end_mates(floor, shop, lot, slot, t)
        if floor.caps.size > 0:
            release_held(floor, shop, t)
        if shop.counters[CARDS_CHANGED] == 1:
            serve_cards(floor, shop, t)
        if shop.counters[STOCK_CHANGED] == 1:
            serve_material(floor, shop, t)
        if shop.counters[CARRIERS_CHANGED] == 1:
            serve_calls(floor, shop, t)
            if next_time(shop.events, shop.counters[N_EVENTS], shop.counters[N_VOID]) <= t:
                # A way that takes no time ends before anybody chooses.
                continue
        start_lots(floor, shop, t)
        shop.counters[N_JOINED] = 0
        shop.counters[N_WOKEN] = 0
        if shop.counters[NEW_BLOCKED] == 1:
            find_deadlock(floor, shop)
    shop.counters[N_ENTERED] = entered
    if shop.until_s >= shop.horizon_s and (shop.trace.size > 0 or floor.meter.size > 0):
        end_repairs(floor, shop)
        end_outages(floor, shop)
    return shop.counters[STATUS]


@part_kernel
def begin_run_of_shop(floor: Floor, shop: Shop) -> None:
    """Draw what is drawn before anything happens."""
    first_failures(floor, shop)
    first_stops(floor, shop)
    first_repairs(floor, shop)
    if floor.items.size > 0:
        order_parts(floor, shop, 0.0)
    if shop.broken.size > 0:
        first_breakdowns(floor, shop)
    if shop.upkeep.size > 0:
        first_maintenance(floor, shop)
    for stream in range(shop.streams.size):
        expect_order(floor, shop, stream)


@inner_kernel
def lot_of_event(floor: Floor, shop: Shop, kind: int, entity: int, t: float) -> int:
    """Return the lot that an event is about, -1 for none; note which slot it is about."""
    if kind == LOT_ENDS or kind == LOT_JOINS:
        return entity
    if kind == LOT_TIMES_OUT:
        look_again(floor, shop, entity, t)
        return -1
    if kind == ORDER_COMES:
        return take_order(floor, shop, entity)
    lot = NONE
    if kind == SLOT_ENDS:
        lot = shop.slots[index(entity)].lot
        shop.slots[index(entity)].lot = -1
        shop.slots[index(entity)].idle_since_s = t
    elif kind == SLOT_WAKES:
        shop.slots[index(entity)].wakes = 0
    elif kind == ATTENDANT_ENDS:
        free_attendant(shop, entity)
        return -1
    elif kind >= SETUP_ENDS:
        note_other(floor, shop, kind, entity, t)
        return -1
    elif kind == MAINTENANCE_DUE:
        entity = shop.upkeep[index(entity)].slot
    else:
        shop.counters[CREW_EVENT] = 0
        shop.counters[CREW_FREED] = 1
        return -1
    shop.woken[index(shop.counters[N_WOKEN])] = entity
    shop.counters[N_WOKEN] += 1
    return lot


@part_kernel
def note_other(floor: Floor, shop: Shop, kind: int, slot: int, t: float) -> None:
    """Note what happens to a slot that a crew repairs, that a part comes in, a trip ends."""
    if kind == PART_COMES:
        receive_part(floor, shop, slot)
    elif kind == CARRIER_ENDS:
        end_trip(shop, slot)
    elif kind == CREW_LEAVES:
        leave_work(floor, shop, slot, t)
    elif kind == STREAM_ENDS:
        end_stream(shop, slot)
    elif kind == SETUP_ENDS:
        end_setup(floor, shop, slot, t)
    elif kind == SLOT_BREAKS:
        break_down(floor, shop, slot, t)
    else:
        end_repair(floor, shop, slot, t)


@inner_kernel
def note_event(floor: Floor, shop: Shop, kind: int, lot: int, t: float) -> int:
    """Note what happens to a lot at ``t``: an end, a joining; return what it does next."""
    if kind == LOT_JOINS:
        if floor.needs.size > 0 and asks_for_material(floor, shop, lot, t):
            return STAYS
        shop.lots[index(lot)].joined_s = t
        return ARRIVES
    if lot >= 0:
        return end_step(floor, shop, lot, t)
    return STAYS


@inner_kernel
def start_lots(floor: Floor, shop: Shop, t: float) -> None:
    """Start what can be started at ``t``.

    First the slots that got free or opened take a waiting lot each (all slots,
    where an operator got free or came on shift, in the order of the plant's list, or
    first those of the work centre at which the operator got free), then each
    lot that joined looks for an idle slot.
    """
    shop.counters[NEXT_WOKEN] = 0
    shop.counters[NEXT_JOINED] = 0
    if shop.counters[N_BROKEN] > 0:
        start_repairs(floor, shop, t)
    if shop.counters[N_PAUSED] > 0:
        resume_work(floor, shop, t)
    if shop.counters[CREW_FREED] == 1:
        shop.counters[CREW_FREED] = 0
        wake_all(floor, shop)
    while True:
        slot = next_slot(floor, shop, t)
        if slot < 0:
            break
        if floor.resources[index(shop.slots[index(slot)].resource)].special == 0:
            start_lot(floor, shop, slot, shop.counters[CHOSEN], t)
        else:
            start_special(floor, shop, slot, shop.counters[CHOSEN], t)


@part_kernel
def wake_all(floor: Floor, shop: Shop) -> None:
    """Let all slots choose: first those where people who stay got free, then as listed."""
    shop.counters[N_WOKEN] = 0
    centre = shop.counters[FREED_AT] - 1
    shop.counters[FREED_AT] = 0
    for turn in range(2):
        for i in range(shop.slots.size):
            is_here = floor.resources[index(shop.slots[index(i)].resource)].centre == centre
            if is_here == (turn == 0):
                shop.woken[index(shop.counters[N_WOKEN])] = i
                shop.counters[N_WOKEN] += 1


@inner_kernel
def next_slot(floor: Floor, shop: Shop, t: float) -> int:
    """Return the next slot that starts a lot at ``t``, which is CHOSEN; -1 if none is left."""
    while shop.counters[NEXT_WOKEN] < shop.counters[N_WOKEN]:
        slot = shop.woken[index(shop.counters[NEXT_WOKEN])]
        shop.counters[NEXT_WOKEN] += 1
        if shop.slots[index(slot)].lot == -1 and has_task(floor, shop, slot, t):
            if chooses(floor, shop, slot, t):
                return slot
    while shop.counters[NEXT_JOINED] < shop.counters[N_JOINED]:
        lot = shop.joined[index(shop.counters[NEXT_JOINED])]
        if shop.lots[index(lot)].waits == 1:
            slot = slot_for(floor, shop, lot, t)
            if slot >= 0:
                return slot
        shop.counters[NEXT_JOINED] += 1
    return -1
