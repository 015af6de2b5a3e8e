"""Search of a flexible job shop by taking several operations out and putting them back.

Iterated greedy search (Ruiz and Stuetzle 2007) on the disjunctive graph. Operations that run at
about the same time are taken off their machines; one after another they go back to the place, on
any of their machines, where the makespan is least. Where all machines are full, single moves
find nothing: work must be exchanged between machines.
"""

import math

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.flexible_moves import (
    BEHIND,
    FAR,
    MODE,
    N_ANY,
    N_TIES,
    OPERATION,
    THROUGH,
    VALUE,
    Search,
    evaluate_operation,
)
from zhizao.schedule.kernels.flexible_plan import (
    compute_times,
    load_plan,
    move_operation,
    take_away,
)
from zhizao.schedule.kernels.flexible_search import critical_path
from zhizao.schedule.kernels.flexible_tables import Ints, Plan, Shop
from zhizao.schedule.kernels.random_bits import next_below, next_uniform


@inner_kernel
def choose_neighbours(plan: Plan, search: Search, length: int, n_removed: int) -> None:
    """Write operations to take out: one of a critical path, and others that run near it.

    The first ``length`` entries of ``search.path`` are a critical path; overwritten.
    """
    n = plan.mode.shape[0]
    centre = plan.place[search.path[next_below(search.bits, length)]]
    width = 3 * n_removed
    low = max(0, centre - width)
    high = min(n, centre + width + 1)
    search.values[4] += 8
    stamp = search.values[4]
    search.path[0] = plan.order[centre]
    search.mark[search.path[0]] = stamp
    for i in range(1, n_removed):
        v = plan.order[low + next_below(search.bits, high - low)]
        while search.mark[v] == stamp:
            v = plan.order[low + next_below(search.bits, high - low)]
        search.mark[v] = stamp
        search.path[i] = v


@inner_kernel
def keep_times(plan: Plan, search: Search) -> None:
    """Let the scratch heads and tails be the plan's."""
    for v in range(plan.mode.shape[0]):
        search.head[v] = plan.head[v]
        search.tail[v] = plan.tail[v]


@kernel
def search_rebuild(
    shop: Shop, plan: Plan, search: Search, order: Ints, mode: Ints, removed: Ints,
    n_iterations: int, patience: int, target: int, max_removed: int, temperature: float,
) -> int:  # fmt: skip
    """Rebuild parts of the plan up to ``n_iterations`` times; return how many were done.

    Parameters
    ----------
    shop, plan, search : tables
        ``begin_search`` was called; plan and search are changed.
    order, mode, removed : int64 arrays of shape (n,)
        Scratch.
    n_iterations : int
        Rebuilds at most.
    patience : int
        Rebuilds without a better plan after which the search ends.
    target : int, ticks
        A plan that is not longer ends the search.
    max_removed : int
        Operations taken out at once: 2 to this many.
    temperature : float, ticks
        A plan that is longer by d ticks is kept with probability exp(-d / temperature).
    """
    n = plan.mode.shape[0]
    pick = search.pick
    largest = min(max_removed, n)
    for done in range(n_iterations):
        if search.values[1] <= target or search.values[5] >= patience:
            return done
        search.values[2] += 1
        search.values[5] += 1
        before = search.values[0]
        for i in range(n):
            order[i] = plan.order[i]
            mode[i] = plan.mode[i]
        length = critical_path(shop, plan, search)
        n_removed = min(largest, 2 + next_below(search.bits, max(1, max_removed - 1)))
        choose_neighbours(plan, search, length, n_removed)
        for i in range(n_removed):
            removed[i] = search.path[i]
            take_away(shop, plan, removed[i])
        makespan = compute_times(shop, plan)
        for left in range(n_removed, 0, -1):
            at = next_below(search.bits, left)
            v = removed[at]
            removed[at] = removed[left - 1]
            keep_times(plan, search)
            pick[VALUE] = FAR
            pick[THROUGH] = FAR
            pick[OPERATION] = -1
            pick[N_TIES] = 0
            pick[N_ANY] = 0
            evaluate_operation(shop, plan, search, v)
            move_operation(shop, plan, v, pick[MODE], pick[BEHIND])
            makespan = compute_times(shop, plan)
        if makespan > before and next_uniform(search.bits) >= math.exp(
            (before - makespan) / temperature
        ):
            load_plan(shop, plan, order, mode)
            makespan = compute_times(shop, plan)
        search.values[0] = makespan
        if makespan < search.values[1]:
            search.values[1] = makespan
            search.values[5] = 0
            for w in range(n):
                search.best_order[w] = plan.order[w]
                search.best_mode[w] = plan.mode[w]
    keep_times(plan, search)
    return n_iterations
