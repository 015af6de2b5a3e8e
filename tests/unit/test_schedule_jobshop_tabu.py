from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from test_schedule_jobshop import job_shop, random_jobs
from test_schedule_jobshop_graph import node_of, random_plan, sequences_of, shops

from zhizao.schedule.jobshop.climb import Climber, Control
from zhizao.schedule.jobshop.nodes import load_order, new_graph, to_nodes
from zhizao.schedule.jobshop.rules import RULES, Dispatcher
from zhizao.schedule.kernels.jobshop_graph import makespan
from zhizao.schedule.kernels.jobshop_moves import (
    BEHIND,
    BEST,
    BEST_AT,
    GOAL,
    ITERATION,
    MAKESPAN,
    MOVED,
    N_CHOICE,
    N_STATES,
    PATH_LENGTH,
    VALUE,
    Search,
    choose_move,
    estimate_before,
    estimate_behind,
    is_tabu_before,
    is_tabu_behind,
    may_go_before,
    may_go_behind,
    trace_path,
)
from zhizao.schedule.kernels.jobshop_tabu import make_move, tabu_search


def new_search(n, *, seed=1):
    return Search(
        state=np.zeros(N_STATES, dtype=np.int64),
        random=np.array([seed], dtype=np.uint64),
        best_order=np.zeros(n, dtype=np.int32),
        path=np.zeros(n, dtype=np.int32),
        heads=np.zeros(n, dtype=np.int64),
        choice=np.zeros(N_CHOICE, dtype=np.int64),
        tabu_until=np.zeros(1 << 12, dtype=np.int64),
    )


def critical_path(nodes, graph, search):
    longest = makespan(graph, nodes.first_machine_node)
    search.state[MAKESPAN] = longest
    trace_path(graph, search, nodes.first_machine_node, longest)
    return [int(x) for x in search.path[: search.state[PATH_LENGTH]][::-1]], longest


def blocks_of(jobs, nodes, graph, path):
    """Longest parts of a path that follow each other on their machine."""
    name = {node_of(jobs, j, k): (j, k) for j, steps in enumerate(jobs) for k in range(len(steps))}
    following = {
        (one, other)
        for sequence in sequences_of(jobs, nodes, graph)
        for one, other in pairwise(sequence)
    }
    blocks = [[path[0]]]
    for x, y in pairwise(path):
        if (name[x], name[y]) in following:
            blocks[-1].append(y)
        else:
            blocks.append([y])
    return blocks


def moves_of(blocks):
    """All moves of N7 as (moved, goal, is behind); blocks at the ends move as all others."""
    moves = set()
    for block in blocks:
        for x in block:
            moves |= {(x, block[-1], 1), (x, block[0], 0)}
            moves |= {(block[0], x, 1), (block[-1], x, 0)}
    return {(u, v, behind) for u, v, behind in moves if u != v}


@given(shop=shops)
@hypothesis_settings(max_examples=60)
def test_a_traced_path_is_as_long_as_the_makespan_and_follows_the_arcs(shop):
    jobs, _, nodes, graph = random_plan(**shop)
    path, longest = critical_path(nodes, graph, new_search(nodes.n_operations))
    if longest == 0 or not path:
        return
    head = graph.end[path[0]] - graph.duration[path[0]]
    assert head + sum(graph.duration[x] for x in path) == longest
    for x, y in pairwise(path):
        assert x in (y - 1, graph.before[y])
    assert [x for block in blocks_of(jobs, nodes, graph, path) for x in block] == path


@given(shop=shops)
@hypothesis_settings(max_examples=60)
def test_the_move_chosen_is_the_best_of_the_neighbourhood(shop):
    jobs, _, nodes, graph = random_plan(**shop)
    search = new_search(nodes.n_operations)
    path, longest = critical_path(nodes, graph, search)
    if not path:
        return
    heads = np.zeros(nodes.n_operations, dtype=np.int64)
    values = {}
    for u, v, behind in moves_of(blocks_of(jobs, nodes, graph, path)):
        may_go, estimate = (
            (may_go_behind, estimate_behind) if behind else (may_go_before, estimate_before)
        )
        if may_go(graph, u, v):
            values[u, v, behind] = estimate(graph, heads, u, v, 2**62)
    if not choose_move(graph, search):
        # only the moves at the ends of the path are left out, and they gain nothing
        assert all(value >= longest for value in values.values())
        return
    chosen = tuple(int(search.choice[k]) for k in (MOVED, GOAL, BEHIND))
    assert search.choice[VALUE] == values[chosen]
    better = [value for value in values.values() if value < values[chosen]]
    assert all(value >= longest for value in better)


@given(shop=shops)
@hypothesis_settings(max_examples=40)
def test_the_way_back_is_forbidden_for_the_tenure(shop):
    _, _, nodes, graph = random_plan(**shop)
    search = new_search(nodes.n_operations)
    critical_path(nodes, graph, search)
    if not choose_move(graph, search):
        return
    u, v, behind = (int(search.choice[k]) for k in (MOVED, GOAL, BEHIND))
    before, after = graph.before.copy(), graph.after.copy()
    assert make_move(graph, search, u, v, behind, 3)
    back = (u, int(after[u])) if behind else (u, int(before[u]))
    is_forbidden = is_tabu_before if behind else is_tabu_behind
    for iteration, expected in ((0, True), (2, True), (3, False)):
        search.state[ITERATION] = iteration
        assert is_forbidden(graph, search, *back) == expected
    assert make_move(graph, search, *back, 1 - behind, 3)
    assert np.array_equal(graph.before, before)


def test_a_search_keeps_the_best_order_and_the_makespan_of_where_it_is():
    jobs = random_jobs(n_jobs=10, n_machines=6, seed=2)
    nodes = to_nodes(job_shop(jobs, n_machines=6))
    first = nodes.first_machine_node
    graph = new_graph(nodes)
    longest = load_order(graph, Dispatcher(nodes).plan(RULES[2]), first_machine_node=first)
    search = new_search(nodes.n_operations)
    search.state[MAKESPAN] = search.state[BEST] = longest
    assert tabu_search(graph, search, first, 6, 10, 500, 10**6, 0) == 500
    assert search.state[ITERATION] == 500
    assert search.state[BEST] < longest
    assert search.state[MAKESPAN] == load_order(graph, graph.order.copy(), first_machine_node=first)
    assert search.state[BEST] == load_order(graph, search.best_order, first_machine_node=first)
    best_at = int(search.state[BEST_AT])
    search.state[BEST_AT] = 0
    assert tabu_search(graph, search, first, 6, 10, 500, best_at, 0) == 0


def test_a_climb_depends_on_its_order_and_seed_alone():
    jobs = random_jobs(n_jobs=10, n_machines=6, seed=3)
    nodes = to_nodes(job_shop(jobs, n_machines=6))
    order = Dispatcher(nodes).plan(RULES[0])
    climber = Climber(nodes)
    plans = [
        climber.climb(order, seed=seed, most=20_000, control=Control(target=0))
        for seed in (1, 2, 1)
    ]
    assert plans[0].iterations == plans[2].iterations
    assert np.array_equal(plans[0].order, plans[2].order)
    assert not np.array_equal(plans[0].order, plans[1].order)
