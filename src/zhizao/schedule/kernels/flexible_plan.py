"""Times of a plan of a flexible job shop: from sequences to heads, tails and makespan."""

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.flexible_tables import Ints, Plan, Shop


@inner_kernel
def setup_between(shop: Shop, k: int, u: int, v: int) -> int:
    """Return the setup on machine ``k`` before ``v``, after ``u`` (-1: ``v`` is the first)."""
    if shop.setup.shape[0] == 0 or k < 0:
        return 0
    table = shop.table[k]
    if table < 0:
        return 0
    family = shop.initial[k] if u < 0 else shop.family[u]
    if family < 0:
        return 0
    return int(shop.setup[table, family, shop.family[v]])


@kernel
def load_plan(shop: Shop, plan: Plan, order: Ints, mode: Ints) -> None:
    """Put operations on the machines of their modes, in the order given.

    Parameters
    ----------
    order : int64 array of shape (n,)
        A topological order: machines take their operations in this order.
    mode : int64 array of shape (n,)
    """
    for k in range(plan.first.shape[0]):
        plan.first[k] = -1
        plan.last[k] = -1
    for i in range(order.shape[0]):
        v = order[i]
        q = mode[v]
        k = shop.mode_machine[q]
        plan.mode[v] = q
        plan.machine[v] = k
        plan.duration[v] = shop.mode_duration[q]
        u = plan.last[k]
        plan.before[v] = u
        plan.after[v] = -1
        if u < 0:
            plan.first[k] = v
        else:
            plan.after[u] = v
        plan.last[k] = v


@kernel
def compute_times(shop: Shop, plan: Plan) -> int:
    """Write order, heads and tails of the sequences; return the makespan, -1 if they are a cycle."""
    n = plan.mode.shape[0]
    n_sorted = 0
    for v in range(n):
        n_open = 0
        if shop.job_before[v] >= 0:
            n_open += 1
        if plan.before[v] >= 0:
            n_open += 1
        plan.n_open[v] = n_open
        if n_open == 0:
            plan.order[n_sorted] = v
            n_sorted += 1
    at = 0
    latest = 0
    while at < n_sorted:
        v = plan.order[at]
        plan.place[v] = at
        jp, js, a, b = shop.job_before[v], shop.job_after[v], plan.before[v], plan.after[v]
        k = plan.machine[v]
        head = shop.release[v]
        if jp >= 0:
            head = max(head, plan.head[jp] + plan.duration[jp])
        free = setup_between(shop, k, a, v)
        if a >= 0:
            free += plan.head[a] + plan.duration[a]
        head = max(head, free)
        plan.head[v] = head
        plan.latest[at] = latest
        latest = max(latest, head + plan.duration[v])
        if js >= 0:
            plan.n_open[js] -= 1
            if plan.n_open[js] == 0:
                plan.order[n_sorted] = js
                n_sorted += 1
        if b >= 0:
            plan.n_open[b] -= 1
            if plan.n_open[b] == 0:
                plan.order[n_sorted] = b
                n_sorted += 1
        at += 1
    if n_sorted < n:
        return -1
    plan.latest[n] = latest
    for i in range(n - 1, -1, -1):
        v = plan.order[i]
        js, b = shop.job_after[v], plan.after[v]
        tail = 0
        if js >= 0:
            tail = plan.duration[js] + plan.tail[js]
        if b >= 0:
            k = plan.machine[v]
            tail = max(tail, setup_between(shop, k, v, b) + plan.duration[b] + plan.tail[b])
        plan.tail[v] = tail
    return int(latest)


@inner_kernel
def unlink(plan: Plan, v: int) -> None:
    """Take ``v`` off its machine's sequence; nothing to do for one that has none."""
    a, b, k = plan.before[v], plan.after[v], plan.machine[v]
    if k < 0:
        return
    if a >= 0:
        plan.after[a] = b
    else:
        plan.first[k] = b
    if b >= 0:
        plan.before[b] = a
    else:
        plan.last[k] = a


@inner_kernel
def take_away(shop: Shop, plan: Plan, v: int) -> None:
    """Leave ``v`` without a machine, as long as its shortest mode."""
    unlink(plan, v)
    shortest = shop.mode_duration[shop.mode_first[v]]
    for q in range(shop.mode_first[v] + 1, shop.mode_first[v + 1]):
        shortest = min(shortest, shop.mode_duration[q])
    plan.mode[v] = -1
    plan.machine[v] = -1
    plan.duration[v] = shortest
    plan.before[v] = -1
    plan.after[v] = -1


@inner_kernel
def move_operation(shop: Shop, plan: Plan, v: int, q: int, u: int) -> None:
    """Take ``v`` off its machine and put it, in mode ``q``, behind ``u`` (-1: first) there."""
    unlink(plan, v)
    k = shop.mode_machine[q]
    plan.mode[v] = q
    plan.machine[v] = k
    plan.duration[v] = shop.mode_duration[q]
    w = plan.after[u] if u >= 0 else plan.first[k]
    plan.before[v] = u
    plan.after[v] = w
    if u >= 0:
        plan.after[u] = v
    else:
        plan.first[k] = v
    if w >= 0:
        plan.before[w] = v
    else:
        plan.last[k] = v
