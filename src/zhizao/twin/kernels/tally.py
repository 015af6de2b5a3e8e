# mypy: disable-error-code="no-any-return"
"""What KPIs of flow are made of, added up as lots leave, so that no lot need be kept."""

import math

from numpy import float64, int64
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import index, inner_kernel, kernel
from zhizao.twin.kernels.codes import (
    FIRST_UNUSED,
    KEEPS_ROWS,
    LEAD_S,
    N_DONE,
    N_DUE,
    N_LATE,
    N_LEAD,
    N_LOST,
    NONE,
    NOT_DRAWN,
    PRESENT_S,
    TARDINESS_S,
)
from zhizao.twin.kernels.tables import Shop, Table


@inner_kernel
def leave_plant(shop: Shop, lot: int, t: float) -> None:
    """Let a lot leave, completed or without a piece left; its row may be used again."""
    one = shop.lots[index(lot)]
    one.left_s = t
    count_left(shop.tally, one, shop.warm_up_s, shop.horizon_s)
    if one.drawn >= 0 and shop.counters[KEEPS_ROWS] == 0:
        one.next = shop.counters[FIRST_UNUSED]
        shop.counters[FIRST_UNUSED] = lot


@inner_kernel
def count_left(tally: NDArray[float64], one: Table, warm_up_s: float, horizon_s: float) -> None:
    """Count a lot that has left the plant; ``one`` is its row."""
    present = min(one.left_s, horizon_s) - max(one.entry_s, warm_up_s)
    tally[PRESENT_S] += max(0.0, present)
    if not one.completion_s <= horizon_s:
        tally[N_LOST] += 1.0
    elif one.completion_s >= warm_up_s:
        tally[N_DONE] += 1.0
        if one.release_s == one.release_s:
            tally[N_LEAD] += 1.0
            tally[LEAD_S] += one.completion_s - one.release_s
        if one.due_s < math.inf:
            count_due(tally, one.completion_s - one.due_s)


@inner_kernel
def count_due(tally: NDArray[float64], lateness: float) -> None:
    """Count a lot with a due date."""
    tally[N_DUE] += 1.0
    if lateness > 0.0:
        tally[N_LATE] += 1.0
        tally[TARDINESS_S] += lateness


@inner_kernel
def count_present(tally: NDArray[float64], one: Table, warm_up_s: float, horizon_s: float) -> None:
    """Count a lot that is in the plant at the end of the run; ``one`` is its row."""
    tally[PRESENT_S] += max(0.0, horizon_s - max(one.entry_s, warm_up_s))
    if one.due_s < horizon_s and (one.entry_s <= horizon_s or one.release_s <= horizon_s):
        count_due(tally, horizon_s - one.due_s)


@kernel
def count_rest(
    tally: NDArray[float64], lots: Table, order: NDArray[int64], warm_up_s: float, horizon_s: float
) -> None:
    """Count the lots of the rows ``order``, all in the plant at the end of the run."""
    for i in range(order.size):
        count_present(tally, lots[index(order[index(i)])], warm_up_s, horizon_s)


@inner_kernel
def unused_row(shop: Shop) -> int:
    """Take a row of lots that is not in use, and make it a new lot; -1 if there is none."""
    lot = shop.counters[FIRST_UNUSED]
    if lot < 0:
        return NONE
    one = shop.lots[index(lot)]
    shop.counters[FIRST_UNUSED] = one.next
    one.row = -1
    one.variant = -1
    one.next = -1
    one.previous = -1
    one.centre = -1
    one.trace_row = -1
    one.mate = -1
    one.blocks = -1
    one.card_centre = -1
    one.drawn_ahead = NOT_DRAWN
    one.back_pass = 0
    one.redrawn = 0
    one.has_place = 0
    one.waits = 0
    one.spent_s = 0.0
    one.last_batch_s = 0.0
    one.since_s = 0.0
    one.completion_s = math.nan
    one.left_s = math.nan
    for i in range(shop.visits.shape[1]):
        shop.visits[index(lot), index(i)] = 0
    if shop.done_by.shape[0] > 1:
        for i in range(shop.done_by.shape[1]):
            shop.done_by[index(lot), index(i)] = -1
    if shop.limits.shape[0] > 1:
        for i in range(shop.limits.shape[1]):
            shop.limits[index(lot), index(i)] = math.inf
    return lot
