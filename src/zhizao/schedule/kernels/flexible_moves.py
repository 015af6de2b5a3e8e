"""What it is worth to take an operation out and put it in elsewhere: exact values.

With v taken out of the graph (Mastrolilli and Gambardella 2000), heads h and tails t of the rest
do not depend on where v goes, as long as it makes no cycle. Between u and w on machine k the
makespan becomes

    max(longest path without v, max(end of jp, h(u) + p(u) + s) + p(v) + max(tail by js, s' + p(w) + t(w)))

which is exact without setups, and with setups that keep the triangle inequality. v may go before
any operation that is no ancestor of jp and behind any that is no descendant of js: all positions
without a cycle, not only those of a sufficient condition.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import inner_kernel
from zhizao.schedule.kernels.flexible_plan import setup_between
from zhizao.schedule.kernels.flexible_tables import Ints, Plan, Shop
from zhizao.schedule.kernels.random_bits import next_below

N_PICKS = 10
VALUE, THROUGH, OPERATION, MODE, BEHIND, N_TIES, ANY_OPERATION, ANY_MODE, ANY_BEHIND, N_ANY = range(
    10
)
FAR = 2**62
CHANGED, BLOCKED, STAMPS = 1, 3, 4
"""Marks: head or tail changed; also a descendant of js or an ancestor of jp."""


class Search(NamedTuple):
    """What a tabu search remembers, and its scratch."""

    values: Ints
    """Shape (6,): makespan of the plan, of the best, iterations done, longest path without v,
    stamp, iterations since the best."""
    best_order: Ints
    """Shape (n,): order of the best plan."""
    best_mode: Ints
    """Shape (n,): modes of the best plan."""
    machine_until: Ints
    """Shape (n_modes,): iteration until which an operation may not go back to this mode."""
    pair_until: Ints
    """By slot of (u, v): iteration until which u may not go before v on their machine."""
    head: Ints
    """Shape (n,): heads without v; equal to the plan's between two calls."""
    tail: Ints
    """Shape (n,): tails without v; equal to the plan's between two calls."""
    mark: Ints
    """Shape (n,): stamp + CHANGED or stamp + BLOCKED; another stamp says nothing."""
    changed: Ints
    """Shape (n,): operations whose head or tail changed."""
    path: Ints
    """Shape (n,): a critical path."""
    pick: Ints
    """Shape (N_PICKS,): the best move found, and any move."""
    bits: NDArray[np.uint64]
    """Shape (1,): random."""


@inner_kernel
def pair_slot(u: int, v: int, n: int, n_slots: int) -> int:
    """Return the slot of the order u before v; ``n_slots`` is a power of two."""
    return (u * n + v) & (n_slots - 1)


@inner_kernel
def take_out_forwards(shop: Shop, plan: Plan, search: Search, v: int, stamp: int) -> int:
    """Write the heads without ``v``; return the number of changed ones.

    The longest path without ``v`` is left in ``search.values[3]``.
    """
    n = plan.mode.shape[0]
    a, b, js = plan.before[v], plan.after[v], shop.job_after[v]
    n_changed = 0
    longest = plan.latest[plan.place[v]]
    if js >= 0:
        search.mark[js] = stamp + BLOCKED
    if b >= 0:
        search.mark[b] = max(search.mark[b], stamp + CHANGED)
    for i in range(plan.place[v] + 1, n):
        u = plan.order[i]
        jp, m = shop.job_before[u], plan.before[u]
        mark = search.mark[u]
        if jp >= 0 and jp != v:
            mark = max(mark, search.mark[jp])
        if m >= 0 and m != v:
            mark = max(mark, search.mark[m])
        if mark > stamp:
            search.mark[u] = mark
            if m == v:
                m = a
            head = shop.release[u]
            if jp >= 0 and jp != v:
                head = max(head, search.head[jp] + plan.duration[jp])
            free = setup_between(shop, plan.machine[u], m, u)
            if m >= 0:
                free += search.head[m] + plan.duration[m]
            head = max(head, free)
            search.head[u] = head
            search.changed[n_changed] = u
            n_changed += 1
        longest = max(longest, search.head[u] + plan.duration[u])
    search.values[3] = longest
    return n_changed


@inner_kernel
def take_out_backwards(
    shop: Shop, plan: Plan, search: Search, v: int, stamp: int, n_changed: int
) -> int:
    """Write the tails without ``v``; return the number of changed ones, those of heads included."""
    a, b, jp = plan.before[v], plan.after[v], shop.job_before[v]
    if jp >= 0:
        search.mark[jp] = stamp + BLOCKED
    if a >= 0:
        search.mark[a] = max(search.mark[a], stamp + CHANGED)
    for i in range(plan.place[v] - 1, -1, -1):
        u = plan.order[i]
        js, m = shop.job_after[u], plan.after[u]
        mark = search.mark[u]
        if js >= 0 and js != v:
            mark = max(mark, search.mark[js])
        if m >= 0 and m != v:
            mark = max(mark, search.mark[m])
        if mark > stamp:
            search.mark[u] = mark
            if m == v:
                m = b
            tail = 0
            if js >= 0 and js != v:
                tail = plan.duration[js] + search.tail[js]
            if m >= 0:
                behind = setup_between(shop, plan.machine[u], u, m)
                tail = max(tail, behind + plan.duration[m] + search.tail[m])
            search.tail[u] = tail
            search.changed[n_changed] = u
            n_changed += 1
    return n_changed


@inner_kernel
def put_back(plan: Plan, search: Search, n_changed: int) -> None:
    """Let the changed heads and tails be the plan's again."""
    for i in range(n_changed):
        u = search.changed[i]
        search.head[u] = plan.head[u]
        search.tail[u] = plan.tail[u]


@inner_kernel
def consider(
    search: Search, v: int, q: int, u: int, through: int, longest: int, is_tabu: int
) -> None:
    """Keep the move of ``v`` behind ``u`` in mode ``q`` if none kept is better."""
    pick = search.pick
    value = max(through, longest)
    if is_tabu != 0 and value >= search.values[1]:
        pick[N_ANY] += 1
        if next_below(search.bits, pick[N_ANY]) == 0:
            pick[ANY_OPERATION] = v
            pick[ANY_MODE] = q
            pick[ANY_BEHIND] = u
        return
    if value > pick[VALUE] or (value == pick[VALUE] and through > pick[THROUGH]):
        return
    if value == pick[VALUE] and through == pick[THROUGH]:
        pick[N_TIES] += 1
        if next_below(search.bits, pick[N_TIES]) != 0:
            return
    else:
        pick[N_TIES] = 1
    pick[VALUE] = value
    pick[THROUGH] = through
    pick[OPERATION] = v
    pick[MODE] = q
    pick[BEHIND] = u


@inner_kernel
def through_path(
    shop: Shop, plan: Plan, search: Search, v: int, k: int, duration: int,
    ready: int, rest: int, u: int, w: int,
) -> int:  # fmt: skip
    """Return the longest path through ``v`` between ``u`` and ``w`` on machine ``k``."""
    free = setup_between(shop, k, u, v)
    if u >= 0:
        free += search.head[u] + plan.duration[u]
    behind = rest
    if w >= 0:
        behind = max(behind, setup_between(shop, k, v, w) + plan.duration[w] + search.tail[w])
    return int(max(ready, free) + duration + behind)


@inner_kernel
def evaluate_operation(shop: Shop, plan: Plan, search: Search, v: int) -> None:
    """Consider every place for operation ``v`` on each of its machines."""
    n = plan.mode.shape[0]
    n_slots = search.pair_until.shape[0]
    iteration = search.values[2]
    stamp = search.values[4]
    search.values[4] += 2 * STAMPS
    n_changed = take_out_forwards(shop, plan, search, v, stamp)
    longest = search.values[3]
    if longest > search.pick[VALUE]:  # nowhere can v be better than what is kept
        put_back(plan, search, n_changed)
        return
    n_changed = take_out_backwards(shop, plan, search, v, stamp + STAMPS, n_changed)
    follows, leads = stamp + BLOCKED, stamp + STAMPS + BLOCKED
    jp, js = shop.job_before[v], shop.job_after[v]
    ready = shop.release[v]
    if jp >= 0:
        ready = max(ready, plan.head[jp] + plan.duration[jp])
    rest = 0
    if js >= 0:
        rest = plan.duration[js] + plan.tail[js]
    for q in range(shop.mode_first[v], shop.mode_first[v + 1]):
        k = shop.mode_machine[q]
        duration = shop.mode_duration[q]
        if q == plan.mode[v]:
            is_tabu = 0
            u = plan.after[v]
            while u >= 0 and search.mark[u] != follows:
                if search.pair_until[pair_slot(u, v, n, n_slots)] > iteration:
                    is_tabu = 1
                w = plan.after[u]
                through = through_path(shop, plan, search, v, k, duration, ready, rest, u, w)
                consider(search, v, q, u, through, longest, is_tabu)
                u = w
            is_tabu = 0
            w = plan.before[v]
            while w >= 0 and search.mark[w] != leads:
                if search.pair_until[pair_slot(v, w, n, n_slots)] > iteration:
                    is_tabu = 1
                u = plan.before[w]
                through = through_path(shop, plan, search, v, k, duration, ready, rest, u, w)
                consider(search, v, q, u, through, longest, is_tabu)
                w = u
        elif k != plan.machine[v]:
            is_tabu = 1 if search.machine_until[q] > iteration else 0
            u = -1
            w = plan.first[k]
            while True:
                if w < 0 or search.mark[w] != leads:
                    through = through_path(shop, plan, search, v, k, duration, ready, rest, u, w)
                    consider(search, v, q, u, through, longest, is_tabu)
                if w < 0 or search.mark[w] == follows:
                    break
                u = w
                w = plan.after[w]
    put_back(plan, search, n_changed)
