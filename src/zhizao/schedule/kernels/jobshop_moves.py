# mypy: disable-error-code="no-any-return"
"""Block moves on a critical path of a job shop (N7), their values and what forbids them.

Neighbourhood N7: Zhang, Li, Guan, Rao (2007), "A tabu search algorithm with a
new neighborhood structure for the job shop scheduling problem", Computers &
Operations Research 34; it holds N6 of Balas and Vazacopoulos (1998), "Guided
local search with shifting bottleneck for job shop scheduling", Management
Science 44, whose estimates are used too. On one critical path an operation of a
block goes directly behind the block's last or before its first operation, and
the first or last goes inside. A move is forbidden for some iterations if it
would bring back an order of two operations that a move has reversed; those
orders are kept in a table by hash, where a collision forbids a little more.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.jobshop_graph import Graph
from zhizao.schedule.kernels.random_bits import next_below

N_STATES = 5
ITERATION, MAKESPAN, BEST, BEST_AT, PATH_LENGTH = range(N_STATES)
"""What ``Search.state`` holds."""

FORBIDDEN = 4
COUNT, MOVED, GOAL, BEHIND = range(FORBIDDEN)
VALUE = 2 * FORBIDDEN
N_CHOICE = VALUE + 1
"""What ``Search.choice`` holds: moves as good as the best allowed, one drawn of them (what is
moved, next to what, 1 behind or 0 before it), the same of the forbidden, the best's value."""

_MIX_FIRST = np.int64(-7046029254386353131)
_MIX_SECOND = np.int64(-4417276706812531889)


class Search(NamedTuple):
    """What a tabu search remembers."""

    state: NDArray[np.int64]
    """Shape (N_STATES,): see the constants."""
    random: NDArray[np.uint64]
    """Shape (1,): state of the draws."""
    best_order: NDArray[np.int32]
    """Shape (n_operations,): topological order of the best plan."""
    path: NDArray[np.int32]
    """Shape (n_operations,): a critical path, in reverse."""
    heads: NDArray[np.int64]
    """Shape (n_operations,): estimated heads of a move."""
    choice: NDArray[np.int64]
    """Shape (N_CHOICE,): see the constants."""
    tabu_until: NDArray[np.int64]
    """By slot of an order of two operations: the iteration until which it is forbidden."""


@kernel
def trace_path(g: Graph, s: Search, first_machine_node: int, longest: int) -> None:
    """Write one critical path, its end first; ties are broken at random."""
    found = -1
    n_found = 0
    for j in range(g.job_end.shape[0]):
        gap = g.job_end[j]
        if g.end[gap - 1] + g.tail[gap] == longest and g.machine[gap - 1] >= 0:
            n_found += 1
            if next_below(s.random, n_found) == 0:
                found = gap - 1
    for node in range(first_machine_node, g.machine.shape[0]):
        x = g.before[node]
        if g.end[x] + g.tail[node] == longest and g.machine[x] >= 0:
            n_found += 1
            if next_below(s.random, n_found) == 0:
                found = x
    n = 0
    x = found
    while x >= 0 and g.machine[x] >= 0:
        s.path[n] = x
        n += 1
        head = g.end[x] - g.duration[x]
        on_machine = g.before[x]
        if g.end[on_machine] == head:
            if g.end[x - 1] == head and next_below(s.random, 2) == 0:
                x = x - 1
            else:
                x = on_machine
        else:
            x = x - 1
    s.state[PATH_LENGTH] = n


@inner_kernel
def may_go_behind(g: Graph, u: int, v: int) -> bool:
    """Return whether ``u`` behind ``v`` surely closes no cycle.

    A way from the successor in the job of ``u`` to ``v`` would make the tail of that
    successor at least its duration longer than the tail of ``v``. (Weaker than the
    condition of Balas and Vazacopoulos, and safe with durations of 0.)
    """
    x = u + 1
    return x != v and (g.tail[v] > g.tail[x] - g.duration[x] or g.machine[x] < 0)


@inner_kernel
def may_go_before(g: Graph, v: int, u: int) -> bool:
    """Return whether ``v`` before ``u`` surely closes no cycle."""
    x = v - 1
    return x != u and (g.end[u] > g.end[x] - g.duration[x] or g.machine[x] < 0)


@inner_kernel
def estimate_behind(g: Graph, heads: NDArray[np.int64], u: int, v: int, limit: int) -> int:
    """Return the longest way through the moved operations if ``u`` goes behind ``v``.

    Balas and Vazacopoulos (1998). Stops early with a value above ``limit``.
    """
    end = g.end[g.before[u]]
    x = u
    i = 0
    while x != v:
        x = g.after[x]
        head = max(g.end[x - 1], end)
        heads[i] = head
        i += 1
        end = head + g.duration[x]
    tail = max(g.tail[u + 1], g.tail[g.after[v]]) + g.duration[u]
    value = max(g.end[u - 1], end) + tail
    x = v
    while x != u and value <= limit:
        tail = max(g.tail[x + 1], tail) + g.duration[x]
        i -= 1
        value = max(value, heads[i] + tail)
        x = g.before[x]
    return value


@inner_kernel
def estimate_before(g: Graph, tails: NDArray[np.int64], v: int, u: int, limit: int) -> int:
    """Return the longest way through the moved operations if ``v`` goes before ``u``."""
    tail = g.tail[g.after[v]]
    x = v
    i = 0
    while x != u:
        x = g.before[x]
        tail = max(g.tail[x + 1], tail)
        tails[i] = tail
        i += 1
        tail += g.duration[x]
    end = max(g.end[v - 1], g.end[g.before[u]]) + g.duration[v]
    value = end + max(g.tail[v + 1], tail)
    x = u
    while x != v and value <= limit:
        end = max(g.end[x - 1], end) + g.duration[x]
        i -= 1
        value = max(value, end + tails[i])
        x = g.after[x]
    return value


@inner_kernel
def pair_slot(s: Search, x: int, y: int) -> int:
    """Return the slot of the order ``x`` before ``y``."""
    mixed = np.int64(x) * _MIX_FIRST + np.int64(y) * _MIX_SECOND
    return int((mixed >> np.int64(31)) & np.int64(s.tabu_until.shape[0] - 1))


@inner_kernel
def is_tabu_behind(g: Graph, s: Search, u: int, v: int) -> bool:
    """Return whether an order that ``u`` behind ``v`` brings back is forbidden now."""
    x = u
    while x != v:
        x = g.after[x]
        if s.tabu_until[pair_slot(s, x, u)] > s.state[ITERATION]:
            return True
    return False


@inner_kernel
def is_tabu_before(g: Graph, s: Search, v: int, u: int) -> bool:
    """Return whether an order that ``v`` before ``u`` brings back is forbidden now."""
    x = v
    while x != u:
        x = g.before[x]
        if s.tabu_until[pair_slot(s, v, x)] > s.state[ITERATION]:
            return True
    return False


@inner_kernel
def consider(g: Graph, s: Search, u: int, v: int, behind: int) -> None:
    """Note a move if it is the best allowed until now, or a forbidden one that is drawn."""
    c = s.choice
    if behind == 1:
        if not may_go_behind(g, u, v):
            return
        value = estimate_behind(g, s.heads, u, v, c[VALUE])
    else:
        if not may_go_before(g, u, v):
            return
        value = estimate_before(g, s.heads, u, v, c[VALUE])
    if value > c[VALUE]:
        return
    at = 0
    if value >= s.state[BEST] and (
        is_tabu_behind(g, s, u, v) if behind == 1 else is_tabu_before(g, s, u, v)
    ):
        at = FORBIDDEN
    elif value < c[VALUE]:
        c[VALUE] = value
        c[COUNT] = 0
    c[at + COUNT] += 1
    if next_below(s.random, c[at + COUNT]) == 0:
        c[at + MOVED] = u
        c[at + GOAL] = v
        c[at + BEHIND] = behind


@kernel
def choose_move(g: Graph, s: Search) -> bool:
    """Write the best move allowed to ``choice``; where all are forbidden, one of them.

    Returns False where there is no move.
    """
    for i in range(s.choice.shape[0]):
        s.choice[i] = 0
    s.choice[VALUE] = 2**62
    length = s.state[PATH_LENGTH]
    high = length - 1
    while high > 0:
        low = high
        while low > 0 and g.before[s.path[low - 1]] == s.path[low]:
            low -= 1
        first = s.path[high]
        last = s.path[low]
        # Another first operation of the first block, another last of the last, gain nothing.
        opens = high == length - 1 and g.end[g.before[first]] == g.end[first] - g.duration[first]
        closes = low == 0 and g.tail[g.after[last]] == g.tail[last] - g.duration[last]
        # The path is in reverse. Swaps of neighbours that two families share are taken once.
        if not (opens and closes):
            for i in range(high if closes else low + 1, high + 1 if high > low else low):
                consider(g, s, s.path[i], last, 1)
            for i in range(low, (low + 1 if opens else high) if high > low + 1 else low):
                consider(g, s, s.path[i], first, 0)
        if not closes:
            for i in range(low + 2, high):
                consider(g, s, last, s.path[i], 0)
        if not opens:
            for i in range(low + 1, high - 1):
                consider(g, s, first, s.path[i], 1)
        high = low - 1
    if s.choice[COUNT] == 0:
        for i in range(FORBIDDEN):
            s.choice[i] = s.choice[FORBIDDEN + i]
    return s.choice[COUNT] > 0
