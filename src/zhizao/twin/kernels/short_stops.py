# mypy: disable-error-code="no-any-return"
"""Short stops: a Poisson process over the work of a slot, each of exponential length."""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import SHORT_STOPS
from zhizao.twin.kernels.draws import BETWEEN_STOPS, SHORT_STOP, uniform
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def to_next_stop(floor: Floor, shop: Shop, slot: int) -> float:
    """Return the work from the last short stop of a slot to its next one."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    return -r.stop_gap_s * math.log(
        uniform(shop.key, r.key, place.place, place.stops, BETWEEN_STOPS)
    )


@part_kernel
def first_stops(floor: Floor, shop: Shop) -> None:
    """Draw the first short stop of every slot that has some."""
    for i in range(shop.slots.size):
        slot = shop.slots[index(i)]
        if floor.resources[index(slot.resource)].special & SHORT_STOPS:
            slot.to_stop_s = to_next_stop(floor, shop, i)


@part_kernel
def time_of_stops(floor: Floor, shop: Shop, slot: int, work: float) -> float:
    """Return the seconds of the short stops that happen during ``work`` seconds of a slot."""
    place = shop.slots[index(slot)]
    r = floor.resources[index(place.resource)]
    total = 0.0
    while work > place.to_stop_s:
        work -= place.to_stop_s
        u = uniform(shop.key, r.key, place.place, place.stops, SHORT_STOP)
        total -= r.stop_s * math.log(u)
        place.stops += 1
        place.to_stop_s = to_next_stop(floor, shop, slot)
    place.to_stop_s -= work
    return total
