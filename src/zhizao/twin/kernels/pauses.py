# mypy: disable-error-code="no-any-return"
"""Work that pauses because its people went home, and goes on when there are people again."""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.calendar import next_open
from zhizao.twin.kernels.codes import N_PAUSED
from zhizao.twin.kernels.events import SLOT_WAKES, add_event
from zhizao.twin.kernels.relief import pause, people_come
from zhizao.twin.kernels.repairs import go_on, work_calendar
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.upkeep import wake_with_crew


@part_kernel
def resume_work(floor: Floor, shop: Shop, t: float) -> None:
    """Let the work go on for which there are operators again, in the order of the pauses."""
    n = 0
    for i in range(shop.counters[N_PAUSED]):
        slot = shop.paused[index(i)]
        if goes_on_again(floor, shop, slot, t):
            shop.slots[index(slot)].is_paused = 0
            go_on(floor, shop, slot, t)
        else:
            shop.paused[index(n)] = slot
            n += 1
    shop.counters[N_PAUSED] = n
    if n > 0:
        wake_with_crew(floor, shop, t)


@part_kernel
def goes_on_again(floor: Floor, shop: Shop, slot: int, t: float) -> bool:
    """Return whether paused work can go on at ``t``; if so, its people are taken."""
    place = shop.slots[index(slot)]
    if place.is_down == 1:
        return False
    k = work_calendar(floor, shop, slot)
    at = next_open(floor.calendars, floor.spans, k, t)
    if at > t:
        if place.wakes == 0:
            place.wakes = 1
            add_event(shop, at, SLOT_WAKES, slot)
        return False
    return people_come(floor, shop, slot, t)


@part_kernel
def leave_work(floor: Floor, shop: Shop, slot: int, t: float) -> None:
    """Let the work on a slot pause if one of its people goes home at ``t``."""
    place = shop.slots[index(slot)]
    if place.lot >= 0 and place.is_paused == 0 and place.leave_s <= t:
        pause(floor, shop, slot)
