# mypy: disable-error-code="no-any-return"
"""Material for lots that wait for it, and the orders that fill the stock up.

A lot takes all that its step needs at once, or nothing. Who asked first takes
first; a later one goes ahead if it needs what the earlier ones cannot use yet.
"""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.batches import note_arrival
from zhizao.twin.kernels.codes import HOOK_JOIN, N_SHORT, NONE, STOCK_CHANGED, ZERO
from zhizao.twin.kernels.draws import LEAD_TIME, uniform
from zhizao.twin.kernels.events import PART_COMES, add_event
from zhizao.twin.kernels.flow import arrive
from zhizao.twin.kernels.shapes import factor_at
from zhizao.twin.kernels.stock import put_in_stock
from zhizao.twin.kernels.tables import Floor, Shop

ROUNDING = 1e-9
"""Share of a need that may be missing, since pieces are added up."""


@part_kernel
def order_parts(floor: Floor, shop: Shop, t: float) -> None:
    """Order each part of which the position is at its reorder point or below."""
    for i in range(floor.items.size):
        item = floor.items[index(i)]
        here = shop.stock[index(i)]
        while (
            item.reorder_pieces > 0.0
            and here.pieces + here.coming - here.asked <= item.reorder_point
        ):
            here.coming += item.reorder_pieces
            u = uniform(shop.key, item.key, ZERO, here.n_orders, LEAD_TIME)
            here.n_orders += 1
            lead = item.lead_s * factor_at(floor.shapes, floor.numbers, item.lead_shape, u)
            add_event(shop, t + lead, PART_COMES, i)


@part_kernel
def receive_part(floor: Floor, shop: Shop, i: int) -> None:
    """Put into stock what was ordered of a part."""
    pieces = floor.items[index(i)].reorder_pieces
    shop.stock[index(i)].coming -= pieces
    put_in_stock(shop, i, pieces)


@part_kernel
def takes_material(floor: Floor, shop: Shop, lot: int) -> bool:
    """Let a lot take what its step needs; return whether all of it was there."""
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    for i in range(step.need_first, step.need_end):
        need = floor.needs[index(i)]
        wanted = need.pieces * one.good
        if shop.stock[index(need.what)].pieces < wanted * (1.0 - ROUNDING):
            return False
    for i in range(step.need_first, step.need_end):
        need = floor.needs[index(i)]
        shop.stock[index(need.what)].pieces -= need.pieces * one.good
        shop.stock[index(need.what)].asked -= need.pieces * one.good
    return True


@part_kernel
def serve_material(floor: Floor, shop: Shop, t: float) -> None:
    """Order parts, and let the lots join their queues that get what they asked for."""
    shop.counters[STOCK_CHANGED] = 0
    order_parts(floor, shop, t)
    n = 0
    for i in range(shop.counters[N_SHORT]):
        lot = shop.short[index(i)]
        if not takes_material(floor, shop, lot):
            shop.short[index(n)] = lot
            n += 1
            continue
        one = shop.lots[index(lot)]
        shop.short_s[index(lot)] += t - one.since_s
        shop.short_area[0] += max(0.0, min(t, shop.horizon_s) - max(one.since_s, shop.warm_up_s))
        one.joined_s = t
        arrive(floor, shop, lot, t)
        if floor.steps[index(one.row)].hook & HOOK_JOIN:
            note_arrival(floor, shop, lot, NONE, t)
    shop.counters[N_SHORT] = n
