# mypy: disable-error-code="no-any-return"
"""Batches: lots of one queue that a slot works on together.

All lots of a queue of batches may go together. A slot may begin when the
queue holds ``batch_min`` pieces, or when its first lot has waited for
``batch_wait_s``; it then takes lots in the order of its rule as long as they
fit into ``batch_max`` pieces, passing over those that do not.
"""

import math

from zhizao._base.compiled.kinds import index, inner_kernel, part_kernel
from zhizao.twin.kernels.buffers import take_place
from zhizao.twin.kernels.codes import HOOK_BATCH, HOOK_BUFFER, N_JOINED
from zhizao.twin.kernels.events import LOT_TIMES_OUT, add_event
from zhizao.twin.kernels.tables import Floor, Shop


@inner_kernel
def is_ready(floor: Floor, shop: Shop, q: int, t: float) -> bool:
    """Return whether a queue of batches has enough pieces, or its first lot waited enough."""
    head = shop.queues[index(q)].head
    if head < 0:
        return False
    step = floor.steps[index(shop.lots[index(head)].row)]
    if shop.queues[index(q)].pieces >= step.batch_min:
        return True
    return shop.lots[index(head)].joined_s + step.batch_wait_s <= t


@part_kernel
def note_arrival(floor: Floor, shop: Shop, lot: int, slot: int, t: float) -> None:
    """Do what a lot that joined a queue needs; ``slot``: where it comes from, -1 for elsewhere."""
    hook = floor.steps[index(shop.lots[index(lot)].row)].hook
    if hook & HOOK_BATCH:
        note_batch_lot(floor, shop, lot, t)
    if hook & HOOK_BUFFER:
        take_place(floor, shop, lot, slot)


@part_kernel
def note_batch_lot(floor: Floor, shop: Shop, lot: int, t: float) -> None:
    """Count the pieces of a lot that joined a queue of batches; see that its wait ends."""
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    shop.queues[index(step.queue)].pieces += one.good
    if step.batch_wait_s < math.inf:
        add_event(shop, max(t, one.joined_s + step.batch_wait_s), LOT_TIMES_OUT, lot)


@part_kernel
def look_again(floor: Floor, shop: Shop, lot: int, t: float) -> None:
    """Let a lot look for an idle slot once more, if it waits since long enough."""
    one = shop.lots[index(lot)]
    if one.waits == 0 or shop.counters[N_JOINED] >= shop.joined.size:
        return
    step = floor.steps[index(one.row)]
    if step.batch_max > 0.0 and one.joined_s + step.batch_wait_s <= t:
        shop.joined[index(shop.counters[N_JOINED])] = lot
        shop.counters[N_JOINED] += 1
