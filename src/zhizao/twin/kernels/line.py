# mypy: disable-error-code="no-any-return"
"""Lines of single machines by a recursion: no events, no queues.

Where every lot visits the same machines in the same order and each takes them
first come, first served, the i-th lot of one machine is the i-th of all. Its
times then follow from the lot ahead of it alone (max-plus algebra):

    start[i, k] = max(joined[i, k], end[i-1, k]),  end[i, k] = start[i, k] + work[i, k].

Notation: lot i in the order of joining, machine k along the line, J machines.
"""

import math

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import index, kernel
from zhizao.twin.kernels.codes import N_OPERATIONS, NONE, ZERO
from zhizao.twin.kernels.demand import draw_next, fill_drawn
from zhizao.twin.kernels.draws import TIME, uniform
from zhizao.twin.kernels.shapes import rest_of
from zhizao.twin.kernels.tables import Floor, Shop, Table
from zhizao.twin.kernels.tally import count_left, count_present

LINE_DONE = 0
LINE_TIED = 1


@kernel
def fill_departures(
    process_time: NDArray[np.float64],
    release: NDArray[np.float64],
    buffer_lots: NDArray[np.int64],
    departure: NDArray[np.float64],
) -> None:
    r"""Fill the departures of lots from the machines of a line, blocking after service.

    A finished lot leaves machine k once the lot that is :math:`b_k + 1` ahead
    of it has left machine k + 1, whose place and :math:`b_k` buffer places are
    full until then (Dallery, Gershwin 1992, Queueing Syst. 12, 3-94, section 4):

    .. math:: D_{i,k} = \max(\max(D_{i,k-1}, D_{i-1,k}) + p_{i,k},\; D_{i-b_k-1,k+1}).

    Parameters
    ----------
    process_time : float64 array of shape (n_lots, n_machines), seconds
        At least 0.
    release : float64 array of shape (n_lots,), seconds
        When a lot comes to the first machine.
    buffer_lots : int64 array of shape (n_machines - 1,), lots
        Places between a machine and the next; -1 is unlimited.
    departure : float64 array of shape (n_lots, n_machines), seconds
        Written: when the lot leaves the machine.
    """
    n_lots, n_machines = process_time.shape
    for i in range(n_lots):
        t = release[index(i)]
        for k in range(n_machines):
            if i > 0:
                t = max(t, departure[index(i - 1), index(k)])
            t += process_time[index(i), index(k)]
            if k + 1 < n_machines and buffer_lots[index(k)] >= 0:
                ahead = i - buffer_lots[index(k)] - 1
                if ahead >= 0:
                    t = max(t, departure[index(ahead), index(k + 1)])
            departure[index(i), index(k)] = t


@kernel
def run_line_lots(
    floor: Floor, shop: Shop, joined: NDArray[np.float64], free: NDArray[np.float64]
) -> int:
    """Fill completions and busy times of a line as the event loop would, to the last bit.

    Parameters
    ----------
    floor
        Read only; a line, as the front door has made sure.
    shop
        Completions, ``slots.busy_s``, the tally and the number of operations
        are written; comes as for the event loop. ``left_s`` of a known lot that
        is in the plant at the end is infinity: it has been counted.
    joined, free : float64 arrays of shape (n_machines,)
        Scratch: when the lot ahead joined a machine's queue, when the machine
        is free again.

    Returns
    -------
    int
        LINE_DONE, or LINE_TIED where two lots join a queue at the same instant
        in another order than they had: the event loop must decide.
    """
    joined[:] = -math.inf
    free[:] = -math.inf
    ahead = NONE
    n_operations = 0
    n_known = shop.entry_order.size
    entered = 0
    n_come = 0
    for i in range(shop.streams.size):
        draw_next(shop.key, shop.streams, shop.stream_numbers, floor.calendars, floor.spans, i)
    while True:
        stream = first_stream(shop.streams)
        t = math.inf
        if stream >= 0:
            t = shop.streams[index(stream)].next_s
        lot = n_known
        if entered < n_known and shop.lots[index(shop.entry_order[index(entered)])].entry_s <= t:
            lot = shop.entry_order[index(entered)]
            order = lot
            t = shop.lots[index(lot)].entry_s
        else:
            order = n_known + n_come
        if t > shop.horizon_s:
            break
        if lot < n_known:
            entered += 1
        else:
            n_come += 1
            fill_drawn(shop.key, shop.streams, shop.stream_numbers, shop.lots, stream, lot)
            draw_next(
                shop.key, shop.streams, shop.stream_numbers, floor.calendars, floor.spans, stream
            )
        one = shop.lots[index(lot)]
        row = floor.variants[index(floor.products[index(one.product)].variant_first)].row_first
        centre = NONE
        for k in range(free.size):
            step = floor.steps[index(row + k)]
            if centre >= 0:
                t += floor.transport_s[index(centre), index(step.centre)]
            t = end_in_run(t, step.delay_s, shop.horizon_s)
            if t > shop.horizon_s:
                break
            if t == joined[index(k)] and order < ahead:
                return LINE_TIED
            joined[index(k)] = t
            centre = step.centre
            option = floor.options[index(step.option_first)]
            nominal = (step.setup_s + step.piece_s * one.good) / option.speed
            s = uniform(shop.key, one.key, step.number, ZERO, TIME)
            work = rest_of(floor.shapes, floor.numbers, step.time_shape, nominal, 0.0, s)
            begin = max(t, free[index(k)])
            t = math.inf
            if begin <= shop.horizon_s:
                t = end_in_run(begin, work, shop.horizon_s)
            free[index(k)] = t
            a = max(begin, shop.warm_up_s)
            b = min(t, shop.horizon_s)
            if b > a:
                slot = floor.resources[index(option.resource)].slot_first
                shop.slots[index(slot)].busy_s += b - a
            if t > shop.horizon_s:
                break
            n_operations += 1
        if t <= shop.horizon_s:
            one.completion_s = t
            one.left_s = t
            count_left(shop.tally, one, shop.warm_up_s, shop.horizon_s)
        else:
            count_present(shop.tally, one, shop.warm_up_s, shop.horizon_s)
            one.left_s = math.inf
        ahead = order
    shop.counters[N_OPERATIONS] = n_operations
    return LINE_DONE


@kernel
def first_stream(streams: Table) -> int:
    """Return the stream whose next order comes first; -1 if there is none."""
    best = NONE
    for i in range(streams.size):
        if best < 0 or streams[index(i)].next_s < streams[index(best)].next_s:
            best = i
    return best


@kernel
def end_in_run(t: float, work: float, horizon: float) -> float:
    """Return when ``work`` from ``t`` on is over; infinity if that is after the run."""
    if work <= 0.0:
        return t
    if t < horizon and t + work <= horizon:
        return t + work
    return math.inf
