"""Tabu search for the makespan of a flexible job shop, with or without setups.

In each iteration one critical path is drawn, and each of its operations is taken out and valued
at every place on each of its machines (``flexible_moves``). The best move that is not forbidden is
made: an operation may not go back for some iterations to the machine that it left, nor back before
an operation that it was put behind (and the reverse).
"""

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.flexible_moves import (
    ANY_BEHIND,
    ANY_MODE,
    ANY_OPERATION,
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
    pair_slot,
)
from zhizao.schedule.kernels.flexible_plan import (
    compute_times,
    load_plan,
    move_operation,
    setup_between,
)
from zhizao.schedule.kernels.flexible_tables import Ints, Plan, Shop
from zhizao.schedule.kernels.random_bits import next_below


@inner_kernel
def critical_path(shop: Shop, plan: Plan, search: Search) -> int:
    """Write a critical path, drawn step by step from its end; return its length."""
    n = plan.mode.shape[0]
    makespan = search.values[0]
    n_ends = 0
    v = -1
    for u in range(n):
        if plan.head[u] + plan.duration[u] == makespan:
            n_ends += 1
            if next_below(search.bits, n_ends) == 0:
                v = u
    length = 0
    while v >= 0:
        search.path[length] = v
        length += 1
        jp, a = shop.job_before[v], plan.before[v]
        by_job = jp >= 0 and plan.head[jp] + plan.duration[jp] == plan.head[v]
        by_machine = False
        if a >= 0:
            free = plan.head[a] + plan.duration[a] + setup_between(shop, plan.machine[v], a, v)
            by_machine = free == plan.head[v]
        if by_job and by_machine:
            v = jp if next_below(search.bits, 2) == 0 else a
        elif by_job:
            v = jp
        elif by_machine:
            v = a
        else:
            v = -1
    return length


@inner_kernel
def forbid_return(plan: Plan, search: Search, v: int, q: int, u: int, until: int) -> None:
    """Forbid, until an iteration, what would undo the move of ``v`` behind ``u`` in mode ``q``."""
    if q != plan.mode[v]:
        search.machine_until[plan.mode[v]] = until
        return
    n = plan.mode.shape[0]
    n_slots = search.pair_until.shape[0]
    w = plan.after[v]
    is_behind = False
    while w >= 0 and u >= 0:
        if w == u:
            is_behind = True
            break
        w = plan.after[w]
    if is_behind:
        w = u
        while w != v:
            search.pair_until[pair_slot(v, w, n, n_slots)] = until
            w = plan.before[w]
    else:
        w = plan.before[v]
        while w != u:
            search.pair_until[pair_slot(w, v, n, n_slots)] = until
            w = plan.before[w]


@kernel
def begin_search(shop: Shop, plan: Plan, search: Search, order: Ints, mode: Ints) -> int:
    """Load a plan, forget what is forbidden, and return the plan's makespan."""
    load_plan(shop, plan, order, mode)
    makespan = compute_times(shop, plan)
    for i in range(search.machine_until.shape[0]):
        search.machine_until[i] = 0
    for i in range(search.pair_until.shape[0]):
        search.pair_until[i] = 0
    search.values[0] = makespan
    search.values[1] = makespan
    search.values[2] = 0
    search.values[5] = 0
    for i in range(plan.mode.shape[0]):
        search.best_order[i] = plan.order[i]
        search.best_mode[i] = plan.mode[i]
        search.head[i] = plan.head[i]
        search.tail[i] = plan.tail[i]
    return makespan


@kernel
def search_flexible(
    shop: Shop, plan: Plan, search: Search, n_iterations: int, patience: int, target: int,
    tenure: int, tenure_spread: int, max_operations: int,
) -> int:  # fmt: skip
    """Make up to ``n_iterations`` moves; return how many were made.

    Parameters
    ----------
    shop, plan, search : tables
        ``begin_search`` was called; plan and search are changed.
    n_iterations : int
        Moves at most.
    patience : int
        Moves without a better plan after which the search ends.
    target : int, ticks
        A plan that is not longer ends the search.
    tenure, tenure_spread : int
        A move is forbidden for ``tenure`` iterations and a random part of ``tenure_spread``.
    max_operations : int
        Operations of the critical path that are valued in an iteration, drawn if there are more.
    """
    n = plan.mode.shape[0]
    pick = search.pick
    for done in range(n_iterations):
        if search.values[1] <= target or search.values[5] >= patience:
            return done
        search.values[2] += 1
        search.values[5] += 1
        length = critical_path(shop, plan, search)
        pick[VALUE] = FAR
        pick[THROUGH] = FAR
        pick[OPERATION] = -1
        pick[N_TIES] = 0
        pick[N_ANY] = 0
        for i in range(min(length, max_operations)):
            if length > max_operations:
                other = i + next_below(search.bits, length - i)
                search.path[i], search.path[other] = search.path[other], search.path[i]
            evaluate_operation(shop, plan, search, search.path[i])
        v, q, u = pick[OPERATION], pick[MODE], pick[BEHIND]
        if v < 0:
            if pick[N_ANY] == 0:
                return done
            v, q, u = pick[ANY_OPERATION], pick[ANY_MODE], pick[ANY_BEHIND]
        until = search.values[2] + tenure + next_below(search.bits, tenure_spread + 1)
        forbid_return(plan, search, v, q, u, until)
        move_operation(shop, plan, v, q, u)
        makespan = compute_times(shop, plan)
        search.values[0] = makespan
        for w in range(n):
            search.head[w] = plan.head[w]
            search.tail[w] = plan.tail[w]
        if makespan < search.values[1]:
            search.values[1] = makespan
            search.values[5] = 0
            for w in range(n):
                search.best_order[w] = plan.order[w]
                search.best_mode[w] = plan.mode[w]
    return n_iterations
