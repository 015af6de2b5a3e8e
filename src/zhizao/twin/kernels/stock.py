# mypy: disable-error-code="no-any-return"
"""Stock of parts and components: what comes in, who asks for it."""

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.codes import N_SHORT, STOCK_CHANGED
from zhizao.twin.kernels.tables import Floor, Shop


@part_kernel
def put_in_stock(shop: Shop, item: int, pieces: float) -> None:
    """Put pieces into stock."""
    shop.stock[index(item)].pieces += pieces
    shop.counters[STOCK_CHANGED] = 1


@part_kernel
def put_outputs_in_stock(floor: Floor, shop: Shop, lot: int) -> None:
    """Put into stock what else comes out of the step that a lot has ended."""
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    for i in range(step.output_first, step.output_end):
        output = floor.needs[index(i)]
        put_in_stock(shop, output.what, output.pieces * one.good)


@part_kernel
def asks_for_material(floor: Floor, shop: Shop, lot: int, t: float) -> bool:
    """Let a lot ask for what its step needs, the first time; return whether it needs anything.

    It is served at the end of the instant, after those who asked before it.
    """
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    position = one.row - floor.variants[index(one.variant)].row_first
    if step.need_first == step.need_end or shop.visits[index(lot), index(position)] > 0:
        return False
    for i in range(step.need_first, step.need_end):
        need = floor.needs[index(i)]
        shop.stock[index(need.what)].asked += need.pieces * one.good
    one.since_s = t
    shop.short[index(shop.counters[N_SHORT])] = lot
    shop.counters[N_SHORT] += 1
    shop.counters[STOCK_CHANGED] = 1
    return True
