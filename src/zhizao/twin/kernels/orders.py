# mypy: disable-error-code="no-any-return"
"""Orders that the demand brings while a replication runs."""

from zhizao._base.compiled.kinds import index, inner_kernel
from zhizao.twin.kernels.codes import (
    N_COME,
    NONE,
    OUT_OF_LOTS,
    STATUS,
)
from zhizao.twin.kernels.demand import draw_next, fill_drawn
from zhizao.twin.kernels.events import (
    ORDER_COMES,
    add_event,
)
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.tally import unused_row


@inner_kernel
def expect_order(floor: Floor, shop: Shop, stream: int) -> None:
    """Draw a stream's next order and note when it comes."""
    draw_next(shop.key, shop.streams, shop.stream_numbers, floor.calendars, floor.spans, stream)
    at = shop.streams[index(stream)].next_s
    if at <= shop.horizon_s:
        add_event(shop, at, ORDER_COMES, stream)


@inner_kernel
def take_order(floor: Floor, shop: Shop, stream: int) -> int:
    """Return the lot of an order that comes; -1 if there is no row for it."""
    lot = unused_row(shop)
    if lot < 0:
        shop.counters[STATUS] = OUT_OF_LOTS
        return NONE
    fill_drawn(shop.key, shop.streams, shop.stream_numbers, shop.lots, stream, lot)
    shop.lots[index(lot)].order = shop.entry_order.size + shop.counters[N_COME]
    shop.counters[N_COME] += 1
    expect_order(floor, shop, stream)
    return lot
