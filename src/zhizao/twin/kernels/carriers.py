# mypy: disable-error-code="no-any-return"
"""Carriers of limited number: who fetches which lot, and when it is there.

A carrier goes empty from where it put down its last lot to where the next one
waits, then with the lot. It is free again where it puts that down. A lot whose
turn it is takes the free carrier that is with it soonest.
"""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import CALL_S, CARRIERS_CHANGED, N_PICKED_UP, NONE, OUT_S
from zhizao.twin.kernels.events import CARRIER_ENDS, LOT_JOINS, add_event
from zhizao.twin.kernels.flow import end_of_delay
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def serve_calls(floor: Floor, shop: Shop, t: float) -> None:
    """Let free carriers fetch lots that wait for them."""
    shop.counters[CARRIERS_CHANGED] = 0
    for group in range(shop.carrier_calls.size):
        calls = shop.carrier_calls[index(group)]
        while calls.head >= 0:
            unit = nearest_unit(floor, shop, group, calls.head)
            if unit < 0:
                break
            lot = calls.head
            calls.head = shop.lots[index(lot)].next
            if calls.head < 0:
                calls.tail = -1
            else:
                shop.lots[index(calls.head)].previous = -1
            carry(floor, shop, unit, lot, t)


@part_kernel
def empty_way(floor: Floor, shop: Shop, unit: int, lot: int) -> float:
    """Return the seconds that a carrier needs to where a lot waits."""
    at = shop.units[index(unit)].centre
    if at < 0:
        return 0.0
    speed = floor.carriers[index(shop.units[index(unit)].group)].speed
    return floor.empty_s[index(at), index(shop.lots[index(lot)].centre)] / speed


@part_kernel
def nearest_unit(floor: Floor, shop: Shop, group: int, lot: int) -> int:
    """Return the free carrier of a group that is with a lot soonest; -1 if none is free."""
    best = NONE
    best_s = math.inf
    for unit in range(
        floor.carriers[index(group)].unit_first, floor.carriers[index(group)].unit_end
    ):
        if shop.units[index(unit)].is_out == 0:
            way = empty_way(floor, shop, unit, lot)
            if best < 0 or way < best_s:
                best = unit
                best_s = way
    return best


@part_kernel
def carry(floor: Floor, shop: Shop, unit: int, lot: int, t: float) -> None:
    """Let a carrier fetch a lot from ``t`` on and put it down at its next work centre.

    The lot's delay begins there.
    """
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    who = shop.units[index(unit)]
    picked_up = t + empty_way(floor, shop, unit, lot)
    there = picked_up + floor.transport_s[index(one.centre), index(step.centre)]
    who.is_out = 1
    who.centre = step.centre
    add_event(shop, there, CARRIER_ENDS, unit)
    shop.carried_s[index(lot)] += min(picked_up, shop.horizon_s) - one.since_s
    tally = shop.carrier_tally
    out = min(there, shop.horizon_s) - max(t, shop.warm_up_s)
    tally[index(who.group), OUT_S] += max(0.0, out)
    if shop.warm_up_s <= picked_up <= shop.horizon_s:
        tally[index(who.group), N_PICKED_UP] += 1.0
        tally[index(who.group), CALL_S] += picked_up - one.since_s
    at = there
    if step.delay_s > 0.0:
        at = end_of_delay(floor, shop, lot, there)
    add_event(shop, at, LOT_JOINS, lot)


@part_kernel
def end_trip(shop: Shop, unit: int) -> None:
    """Set a carrier free that has put down its lot."""
    shop.units[index(unit)].is_out = 0
    shop.counters[CARRIERS_CHANGED] = 1
