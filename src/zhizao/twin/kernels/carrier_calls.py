# mypy: disable-error-code="no-any-return"
"""Lots that call a carrier: who waits, and in which order."""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import CARRIERS_CHANGED
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def calls_carrier(floor: Floor, shop: Shop, lot: int, t: float) -> bool:
    """Let a lot wait for who carries it to its next step; return whether it needs anybody.

    It is served at the end of the instant. Higher priorities stand ahead, of equal
    ones who called first; at one instant, who came first.
    """
    one = shop.lots[index(lot)]
    group = floor.carrier_of[index(one.centre), index(floor.steps[index(one.row)].centre)]
    if group < 0:
        return False
    one.since_s = t
    calls = shop.carrier_calls[index(group)]
    after = calls.tail
    while after >= 0 and is_called_before(shop, lot, after):
        after = shop.lots[index(after)].previous
    ahead = calls.head if after < 0 else shop.lots[index(after)].next
    one.previous = after
    one.next = ahead
    if after < 0:
        calls.head = lot
    else:
        shop.lots[index(after)].next = lot
    if ahead < 0:
        calls.tail = lot
    else:
        shop.lots[index(ahead)].previous = lot
    shop.counters[CARRIERS_CHANGED] = 1
    return True


@part_kernel
def is_called_before(shop: Shop, lot: int, other: int) -> bool:
    """Return whether a carrier that gets free fetches a lot before another."""
    a = shop.lots[index(lot)]
    b = shop.lots[index(other)]
    if a.priority != b.priority:
        return a.priority > b.priority
    if a.since_s != b.since_s:
        return a.since_s < b.since_s
    return a.order < b.order
