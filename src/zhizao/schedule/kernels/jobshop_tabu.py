# mypy: disable-error-code="no-any-return"
"""Tabu search for the makespan: the best block move, allowed or better than all before."""

from zhizao._base.compiled.kinds import kernel
from zhizao.schedule.kernels.jobshop_graph import (
    Graph,
    compute_ends,
    compute_tails,
    makespan,
    move_before,
    move_behind,
)
from zhizao.schedule.kernels.jobshop_moves import (
    BEHIND,
    BEST,
    BEST_AT,
    GOAL,
    ITERATION,
    MAKESPAN,
    MOVED,
    Search,
    choose_move,
    pair_slot,
    trace_path,
)
from zhizao.schedule.kernels.random_bits import next_below


@kernel
def make_move(g: Graph, s: Search, u: int, v: int, behind: int, tenure: int) -> bool:
    """Move, forbid the way back, and bring ends and tails up to date; False: a cycle."""
    until = s.state[ITERATION] + tenure
    x = u
    if behind == 1:
        low, high = g.position[u], g.position[v]
        while x != v:
            x = g.after[x]
            s.tabu_until[pair_slot(s, u, x)] = until
        is_moved = move_behind(g, u, v)
    else:
        low, high = g.position[v], g.position[u]
        while x != v:
            x = g.before[x]
            s.tabu_until[pair_slot(s, x, u)] = until
        is_moved = move_before(g, u, v)
    if not is_moved:
        return False
    compute_ends(g, low)
    compute_tails(g, high)
    return True


@kernel
def tabu_search(
    g: Graph,
    s: Search,
    first_machine_node: int,
    tenure_low: int,
    tenure_high: int,
    n_iterations: int,
    patience: int,
    target: int,
) -> int:
    """Search on; return the number of iterations made.

    Ends after ``n_iterations``, after ``patience`` iterations without a better plan, at
    a plan as short as ``target``, or where no move is left.
    """
    done = 0
    while done < n_iterations:
        if s.state[BEST] <= target or s.state[ITERATION] - s.state[BEST_AT] >= patience:
            break
        trace_path(g, s, first_machine_node, s.state[MAKESPAN])
        if not choose_move(g, s):
            break
        done += 1
        s.state[ITERATION] += 1
        tenure = tenure_low + next_below(s.random, tenure_high - tenure_low + 1)
        c = s.choice
        if not make_move(g, s, c[MOVED], c[GOAL], c[BEHIND], tenure):
            continue
        longest = makespan(g, first_machine_node)
        s.state[MAKESPAN] = longest
        if longest < s.state[BEST]:
            s.state[BEST] = longest
            s.state[BEST_AT] = s.state[ITERATION]
            for k in range(g.order.shape[0]):
                s.best_order[k] = g.order[k]
    return done
