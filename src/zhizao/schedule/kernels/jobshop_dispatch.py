# mypy: disable-error-code="no-any-return"
"""First plans of a job shop by dispatch: no machine waits while it has work (non-delay).

The rank of an operation is computed before (smaller is taken first), so each
machine's queue is a binary heap and a plan of n operations takes O(n log n).
Nodes are those of ``jobshop_graph``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import kernel


class Floor(NamedTuple):
    """The shop while it is dispatched."""

    queue_first: NDArray[np.int64]
    """Shape (n_machines + 1,): where each machine's queue lies in ``queue``."""
    queue_length: NDArray[np.int64]
    """Shape (n_machines,)."""
    queue: NDArray[np.int32]
    """Shape (n_operations,): heaps of waiting operations, least rank on top."""
    running: NDArray[np.int32]
    """Shape (n_machines,): the operation on each machine; -1: none."""
    touched: NDArray[np.int32]
    """Shape (2 n_machines + n_jobs,): machines to look at."""
    is_touched: NDArray[np.int8]
    """Shape (n_machines,)."""
    event_at: NDArray[np.int64]
    """Shape (n_machines,): heap of the ends of what runs."""
    event_machine: NDArray[np.int32]


@kernel
def push_queue(f: Floor, rank: NDArray[np.float64], m: int, x: int) -> None:
    """Add an operation to a machine's queue."""
    base = f.queue_first[m]
    i = f.queue_length[m]
    f.queue_length[m] = i + 1
    while i > 0:
        parent = (i - 1) >> 1
        y = f.queue[base + parent]
        if rank[y] < rank[x] or (rank[y] == rank[x] and y < x):
            break
        f.queue[base + i] = y
        i = parent
    f.queue[base + i] = x


@kernel
def pop_queue(f: Floor, rank: NDArray[np.float64], m: int) -> int:
    """Take the operation of least rank from a machine's queue."""
    base = f.queue_first[m]
    top = f.queue[base]
    n = f.queue_length[m] - 1
    f.queue_length[m] = n
    x = f.queue[base + n]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        y = f.queue[base + child]
        if child + 1 < n:
            z = f.queue[base + child + 1]
            if rank[z] < rank[y] or (rank[z] == rank[y] and z < y):
                child += 1
                y = z
        if rank[x] < rank[y] or (rank[x] == rank[y] and x < y):
            break
        f.queue[base + i] = y
        i = child
    f.queue[base + i] = x
    return top


@kernel
def push_event(f: Floor, n: int, at: int, m: int) -> None:
    """Add an end to the heap of n events; equal instants by machine."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if f.event_at[parent] < at or (f.event_at[parent] == at and f.event_machine[parent] < m):
            break
        f.event_at[i] = f.event_at[parent]
        f.event_machine[i] = f.event_machine[parent]
        i = parent
    f.event_at[i] = at
    f.event_machine[i] = m


@kernel
def pop_event(f: Floor, n: int) -> None:
    """Remove the first of n events."""
    at = f.event_at[n - 1]
    m = f.event_machine[n - 1]
    n -= 1
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and (
            f.event_at[child + 1] < f.event_at[child]
            or (
                f.event_at[child + 1] == f.event_at[child]
                and f.event_machine[child + 1] < f.event_machine[child]
            )
        ):
            child += 1
        if at < f.event_at[child] or (at == f.event_at[child] and m < f.event_machine[child]):
            break
        f.event_at[i] = f.event_at[child]
        f.event_machine[i] = f.event_machine[child]
        i = child
    f.event_at[i] = at
    f.event_machine[i] = m


@kernel
def arrive(
    f: Floor, rank: NDArray[np.float64], machine: NDArray[np.int32], x: int, n_touched: int
) -> int:
    """Let an operation join its queue; return the number of machines to look at."""
    m = machine[x]
    push_queue(f, rank, m, x)
    if f.is_touched[m] == 0:
        f.is_touched[m] = 1
        f.touched[n_touched] = m
        n_touched += 1
    return n_touched


@kernel
def dispatch(
    f: Floor,
    rank: NDArray[np.float64],
    duration: NDArray[np.int64],
    machine: NDArray[np.int32],
    job_first: NDArray[np.int32],
    release: NDArray[np.int64],
    by_release: NDArray[np.int64],
    order: NDArray[np.int32],
) -> int:
    """Write the order of starts of a non-delay plan; return its makespan.

    Parameters
    ----------
    f : Floor
        Queues empty, nothing runs.
    rank : float64 array by node
        Smaller is taken first; equal ranks by node.
    duration, machine : arrays by node
    job_first : int32 array of shape (n_jobs,)
        First node of each job; a job ends before a node of machine -1.
    release : int64 array of shape (n_jobs,), ticks
    by_release : int64 array of shape (n_jobs,)
        The jobs in order of release; jobs without operations left out by the caller.
    order : int32 array of shape (n_operations,)
        Written.
    """
    n_started = 0
    n_events = 0
    n_released = 0
    now = 0
    longest = 0
    while n_started < order.shape[0] or n_events > 0:
        if n_events > 0 and (
            n_released == by_release.shape[0] or f.event_at[0] <= release[by_release[n_released]]
        ):
            now = int(f.event_at[0])
        else:
            now = max(now, int(release[by_release[n_released]]))
        n_touched = 0
        while n_released < by_release.shape[0] and release[by_release[n_released]] <= now:
            n_touched = arrive(f, rank, machine, job_first[by_release[n_released]], n_touched)
            n_released += 1
        while n_events > 0 and f.event_at[0] == now:
            m = f.event_machine[0]
            pop_event(f, n_events)
            n_events -= 1
            x = f.running[m] + 1
            f.running[m] = -1
            if f.is_touched[m] == 0:
                f.is_touched[m] = 1
                f.touched[n_touched] = m
                n_touched += 1
            if machine[x] >= 0:
                n_touched = arrive(f, rank, machine, x, n_touched)
        for i in range(n_touched):
            m = f.touched[i]
            f.is_touched[m] = 0
            if f.running[m] < 0 and f.queue_length[m] > 0:
                x = pop_queue(f, rank, m)
                f.running[m] = x
                order[n_started] = x
                n_started += 1
                longest = max(longest, now + int(duration[x]))
                push_event(f, n_events, now + duration[x], m)
                n_events += 1
    return longest
