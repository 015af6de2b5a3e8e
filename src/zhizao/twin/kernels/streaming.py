# mypy: disable-error-code="no-any-return"
"""Lots whose pieces go on to the next step before all of them are done.

The lot joins the next queue with its first transfer batch; its slot stays with
it until the last one is done. The next step is done with its work at the
earliest when it has worked on the last batch, which comes then. With even
batches, pieces of equal time and nothing in between, that is when the batches,
one after the other, would be done. Operators and tools stay with the slot, which
notes them while the lot is on its way with others. What the step scraps is drawn
with the first batch, and is lost evenly from all.
"""

import math

from zhizao._base.compiled.kinds import index, part_kernel
from zhizao.twin.kernels.calendar import work_end
from zhizao.twin.kernels.codes import CREW_FREED, NONE, TAKEN
from zhizao.twin.kernels.events import LOT_ENDS, SLOT_ENDS, STREAM_ENDS, add_event
from zhizao.twin.kernels.tables import Floor, Shop
from zhizao.twin.kernels.work import work_through


@part_kernel
def piece_share(floor: Floor, row: int, pieces: float, batches: float) -> float:
    """Return the share of a step's work that one of so many even batches takes."""
    step = floor.steps[index(row)]
    nominal = step.setup_s + step.piece_s * pieces
    if nominal <= 0.0:
        return 0.0
    return step.piece_s * pieces / batches / nominal


@part_kernel
def stream_through(
    floor: Floor, shop: Shop, slot: int, lot: int, t: float, before: float, work: float, k: int
) -> float:
    """Let a slot do ``before`` and ``work`` seconds on a lot; return when it is done with all.

    ``before``: loading and what is left of it; the lot ends its step with its first batch.
    """
    one = shop.lots[index(lot)]
    step = floor.steps[index(one.row)]
    last_before_s = one.last_batch_s
    one.last_batch_s = 0.0
    batches = 1.0
    if step.transfer_pieces > 0.0:
        batches = max(1.0, math.ceil(one.good / step.transfer_pieces - 1e-9))
    first = work
    if batches > 1.0:
        later = piece_share(floor, one.row, one.good, batches) * (batches - 1.0) * work
        first = work - later
    at_first = work_through(floor, shop, slot, t, before + first, k)
    end = at_first
    if first < work:
        end = math.inf
        if at_first <= shop.horizon_s:
            end = work_through(floor, shop, slot, at_first, work - first, k)
    if last_before_s > 0.0:
        last = piece_share(floor, one.row, one.good, max(1.0, one.n_batches)) * work
        r = floor.resources[index(shop.slots[index(slot)].resource)]
        come = work_end(floor.calendars, floor.spans, k, last_before_s, last + r.unload_s)
        end = max(end, come)
    if batches > 1.0:
        one.last_batch_s = end
        one.n_batches = batches
        shop.slots[index(slot)].lot = TAKEN
        add_event(shop, at_first, LOT_ENDS, lot)
        if step.skill_end > step.skill_first and at_first < math.inf:
            keep_crew(shop, slot, lot, step.skill_end - step.skill_first)
            add_event(shop, end, STREAM_ENDS, slot)
    add_event(shop, end, SLOT_ENDS, slot)
    return end


@part_kernel
def keep_crew(shop: Shop, slot: int, lot: int, n: int) -> None:
    """Let the first ``n`` operators and tools of a lot stay with its slot."""
    for i in range(n):
        shop.slot_operator[index(slot), index(i)] = shop.lot_operator[index(lot), index(i)]
        shop.lot_operator[index(lot), index(i)] = NONE


@part_kernel
def end_stream(shop: Shop, slot: int) -> None:
    """Set those free who stayed with a slot until a lot's last piece."""
    for i in range(shop.slot_operator.shape[1]):
        operator = shop.slot_operator[index(slot), index(i)]
        if operator >= 0:
            shop.operator_free[index(operator)] += 1
            shop.slot_operator[index(slot), index(i)] = NONE
    shop.counters[CREW_FREED] = 1
