# mypy: disable-error-code="no-any-return"
"""The disjunctive graph of a job shop with one order on each machine, kept exactly.

Nodes. Operations of a job follow each other by number; between two jobs stands
one gap node, so that the predecessor in the job of node ``x`` is ``x - 1`` and
the successor ``x + 1``, without a table. Job ``j`` lies between gap ``first[j] -
1`` (which holds its release as ``end``) and the gap behind it (which holds the
work that must follow it as ``tail``). One more node for each machine closes its
ring of operations and holds its release and its tail the same way. Gap and
machine nodes have ``machine`` -1.

Notation. ``end[x]``: longest way from the begin up to and with ``x``;
``tail[x]``: longest way from and with ``x`` to the end. The makespan is the
largest ``end[x] - duration[x] + tail[x]``. ``order`` is a topological order of
all operations, ``position`` its inverse; both stay exact after each move, so
one pass in this order computes heads, and one backwards tails.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import inner_kernel, kernel


class Graph(NamedTuple):
    """One plan as a graph; arrays by node unless said otherwise."""

    duration: NDArray[np.int64]
    """Ticks; 0 at gap and machine nodes."""
    machine: NDArray[np.int32]
    """-1 at gap and machine nodes."""
    end: NDArray[np.int64]
    tail: NDArray[np.int64]
    before: NDArray[np.int32]
    """The operation before on the machine; the machine's node before the first."""
    after: NDArray[np.int32]
    order: NDArray[np.int32]
    """Shape (n_operations,): topological order."""
    position: NDArray[np.int32]
    """Where each operation is in ``order``."""
    job_end: NDArray[np.int32]
    """Shape (n_jobs,): the gap behind each job."""
    scratch: NDArray[np.int32]
    """Shape (n_operations,)."""
    mark: NDArray[np.int8]
    """All 0 between calls."""


@kernel
def link_machines(g: Graph, first_machine_node: int) -> None:
    """Set the order on machines, and positions, from the topological order."""
    n_nodes = g.machine.shape[0]
    for node in range(first_machine_node, n_nodes):
        g.before[node] = node
        g.after[node] = node
    for k in range(g.order.shape[0]):
        x = g.order[k]
        node = first_machine_node + g.machine[x]
        last = g.before[node]
        g.before[x] = last
        g.after[last] = x
        g.after[x] = node
        g.before[node] = x
        g.position[x] = k


@inner_kernel
def compute_ends(g: Graph, begin: int) -> None:
    """Compute the ends of all operations from a position on."""
    for k in range(begin, g.order.shape[0]):
        x = g.order[k]
        g.end[x] = max(g.end[x - 1], g.end[g.before[x]]) + g.duration[x]


@inner_kernel
def compute_tails(g: Graph, last: int) -> None:
    """Compute the tails of all operations from a position down to the first."""
    for k in range(last, -1, -1):
        x = g.order[k]
        g.tail[x] = max(g.tail[x + 1], g.tail[g.after[x]]) + g.duration[x]


@kernel
def compute_all(g: Graph) -> None:
    """Compute all ends and tails."""
    compute_ends(g, 0)
    compute_tails(g, g.order.shape[0] - 1)


@kernel
def makespan(g: Graph, first_machine_node: int) -> int:
    """Return the longest way through the graph, from the ends."""
    longest = 0
    for j in range(g.job_end.shape[0]):
        gap = g.job_end[j]
        longest = max(longest, g.end[gap - 1] + g.tail[gap])
    for node in range(first_machine_node, g.machine.shape[0]):
        longest = max(longest, g.end[g.before[node]] + g.tail[node])
    return longest


@kernel
def move_behind(g: Graph, u: int, v: int) -> bool:
    """Move ``u`` directly behind ``v``, later on its machine; False: a cycle, nothing moved.

    The topological order is repaired between the two: what hangs on ``u`` goes
    behind ``v``, the rest keeps its order.
    """
    low = g.position[u]
    high = g.position[v]
    follower = g.after[u]
    g.mark[u] = 1
    n_kept = 0
    n_late = 1
    g.scratch[0] = u
    for k in range(low + 1, high + 1):
        x = g.order[k]
        if g.mark[x - 1] or (g.mark[g.before[x]] and x != follower):
            g.mark[x] = 1
            g.scratch[n_late] = x
            n_late += 1
    is_cycle = g.mark[v] == 1
    if not is_cycle:
        k = low
        for i in range(low + 1, high + 1):
            x = g.order[i]
            if g.mark[x] == 0:
                g.order[k] = x
                g.position[x] = k
                k += 1
        n_kept = k
    for i in range(n_late):
        x = g.scratch[i]
        g.mark[x] = 0
        if not is_cycle:
            g.order[n_kept + i] = x
            g.position[x] = n_kept + i
    if is_cycle:
        return False
    previous = g.before[u]
    last = g.after[v]
    g.after[previous] = follower
    g.before[follower] = previous
    g.after[v] = u
    g.before[u] = v
    g.after[u] = last
    g.before[last] = u
    return True


@kernel
def move_before(g: Graph, v: int, u: int) -> bool:
    """Move ``v`` directly before ``u``, earlier on its machine; False: a cycle, nothing moved."""
    low = g.position[u]
    high = g.position[v]
    previous = g.before[v]
    g.mark[v] = 1
    n_early = 1
    g.scratch[0] = v
    for k in range(high - 1, low - 1, -1):
        x = g.order[k]
        if g.mark[x + 1] or (g.mark[g.after[x]] and x != previous):
            g.mark[x] = 1
            g.scratch[n_early] = x
            n_early += 1
    is_cycle = g.mark[u] == 1
    top = high
    if not is_cycle:
        for i in range(high - 1, low - 1, -1):
            x = g.order[i]
            if g.mark[x] == 0:
                g.order[top] = x
                g.position[x] = top
                top -= 1
    for i in range(n_early):
        x = g.scratch[i]
        g.mark[x] = 0
        if not is_cycle:
            g.order[top - i] = x
            g.position[x] = top - i
    if is_cycle:
        return False
    follower = g.after[v]
    first = g.before[u]
    g.after[previous] = follower
    g.before[follower] = previous
    g.after[first] = v
    g.before[v] = first
    g.after[v] = u
    g.before[u] = v
    return True


@kernel
def paste_order(
    g: Graph,
    low: int,
    window: NDArray[np.int32],
    last: NDArray[np.int32],
    follower: NDArray[np.int32],
) -> None:
    """Put operations in a new order into the positions from ``low`` on, and link them.

    Parameters
    ----------
    g : Graph
        Changed: order, position, before, after; not ends and tails.
    low : int
        Position of the first.
    window : int32 array
        The operations that were there, in their new topological order.
    last : int32 array by machine
        The node before the first of the window's operations on each machine; changed.
    follower : int32 array by machine
        The node after the last of them.
    """
    for i in range(window.shape[0]):
        x = window[i]
        m = g.machine[x]
        g.order[low + i] = x
        g.position[x] = low + i
        g.after[last[m]] = x
        g.before[x] = last[m]
        last[m] = x
    for i in range(window.shape[0]):
        m = g.machine[window[i]]
        g.after[last[m]] = follower[m]
        g.before[follower[m]] = last[m]


@kernel
def refresh(g: Graph, low: int, high: int) -> None:
    """Compute ends from one position on and tails from another down."""
    compute_ends(g, low)
    compute_tails(g, high)
