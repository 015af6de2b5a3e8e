# mypy: disable-error-code="no-any-return"
"""Electricity meters of slots: seconds, price and carbon, weighed by time.

Of each calendar, a table of cells gives the integrals of 1, of the price and of
the carbon factor over its open time; what a stretch of work comes to is their
difference at its ends. The power is multiplied in by the front door, but for
what a lot used. Only slots of resources with a power have a meter.
"""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import (
    METER_AT_WORK,
    METER_DOWN,
    METER_OPEN_WORK,
    METER_SETUP,
    METERED,
    N_MEASURES,
)
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def add_cells(
    floor: Floor, shop: Shop, slot: int, register: int, k: int, a: float, b: float, sign: float
) -> None:
    """Add the integrals over open time of calendar ``k`` from ``a`` to ``b`` to a register.

    Clipped to the time from the warm-up to the end of the run.
    """
    a = max(a, shop.warm_up_s)
    b = min(b, shop.horizon_s)
    if b <= a:
        return
    for end in range(2):
        t = a if end == 0 else b
        weight = -sign if end == 0 else sign
        low = floor.calendars[index(k)].meter_first
        high = floor.calendars[index(k)].meter_end - 1
        while low < high:
            middle = (low + high + 1) >> 1
            if floor.meter[index(middle)].start <= t:
                low = middle
            else:
                high = middle - 1
        cell = floor.meter[index(low)]
        since = t - cell.start
        shop.meters[index(slot), index(register)] += weight * (cell.before_s + cell.rate_s * since)
        shop.meters[index(slot), index(register + 1)] += weight * (
            cell.before_price + cell.price * since
        )
        shop.meters[index(slot), index(register + 2)] += weight * (
            cell.before_carbon + cell.carbon * since
        )


@part_kernel
def meter_work(
    floor: Floor, shop: Shop, slot: int, k: int, a: float, b: float, sign: float
) -> None:
    """Note that a slot worked in open time of calendar ``k`` from ``a`` to ``b``."""
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    if r.special & METERED:
        add_cells(floor, shop, slot, METER_AT_WORK, k, a, b, sign)
        add_cells(floor, shop, slot, METER_OPEN_WORK, r.calendar, a, b, sign)


@part_kernel
def meter_down(floor: Floor, shop: Shop, slot: int, a: float, b: float) -> None:
    """Note that a slot was down from ``a`` to ``b``; what is in a cascading one goes on."""
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    if r.special & METERED:
        place = shop.slots[index(slot)]
        begin = max(a, place.inside_until_s, place.down_until_s)
        place.down_until_s = max(place.down_until_s, b)
        add_cells(floor, shop, slot, METER_DOWN, r.calendar, begin, b, 1.0)


@part_kernel
def book_work(floor: Floor, shop: Shop, slot: int, lot: int, register: int) -> None:
    """Book what a slot has noted since the last time: METER_SETUP of a lot, or METER_BUSY.

    The lots of a batch share the work by their pieces.
    """
    r = floor.resources[index(shop.slots[index(slot)].resource)]
    is_setup = register == METER_SETUP
    power = r.setup_kw if is_setup else r.busy_kw
    pieces = 0.0
    member = lot
    while member >= 0:
        pieces += shop.lots[index(member)].good
        member = -1 if is_setup else shop.lots[index(member)].mate
    for i in range(N_MEASURES):
        used = shop.meters[index(slot), index(METER_AT_WORK + i)]
        shop.meters[index(slot), index(METER_AT_WORK + i)] = 0.0
        shop.meters[index(slot), index(register + i)] += used
        member = lot
        while member >= 0:
            shop.lot_energy[index(member), index(i)] += (
                power * used * (shop.lots[index(member)].good / pieces)
            )
            member = -1 if is_setup else shop.lots[index(member)].mate
