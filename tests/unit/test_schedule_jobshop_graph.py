import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from test_schedule_jobshop import job_shop, random_jobs

from zhizao.schedule.check import check_assignment
from zhizao.schedule.jobshop.elite import Elite, Member, between, difference
from zhizao.schedule.jobshop.nodes import load_order, new_graph, to_assignment, to_nodes, to_order
from zhizao.schedule.jobshop.rules import RULES, Dispatcher
from zhizao.schedule.jobshop.windows import cut_window, paste_window
from zhizao.schedule.kernels.jobshop_graph import (
    compute_all,
    link_machines,
    makespan,
    move_before,
    move_behind,
    refresh,
)
from zhizao.schedule.kernels.jobshop_moves import estimate_before, estimate_behind

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from job_shop import dispatched_starts, longest_ways


def random_plan(*, n_jobs, n_machines, n_steps, seed):
    """Jobs, release, nodes and a graph with a random order."""
    rng = np.random.default_rng(seed)
    jobs = random_jobs(
        n_jobs=n_jobs, n_machines=n_machines, n_steps=n_steps, seed=seed, shortest=0, longest=9
    )
    release = [int(r) for r in rng.integers(0, 20, size=n_jobs)]
    nodes = to_nodes(job_shop(jobs, n_machines=n_machines, release=release))
    sequence = rng.permutation([j for j, steps in enumerate(jobs) for _ in steps])
    done = [0] * n_jobs
    order = []
    for j in sequence:
        order.append(node_of(jobs, j, done[j]))
        done[j] += 1
    graph = new_graph(nodes)
    load_order(graph, np.array(order, dtype=np.int32), first_machine_node=nodes.first_machine_node)
    return jobs, release, nodes, graph


def node_of(jobs, job, step):
    return sum(len(steps) + 1 for steps in jobs[:job]) + 1 + step


def sequences_of(jobs, nodes, graph):
    """Sequence of each machine as (job, step), read from the links."""
    name = {node_of(jobs, j, k): (j, k) for j, steps in enumerate(jobs) for k in range(len(steps))}
    sequences = []
    for m in range(nodes.n_machines):
        ring = nodes.first_machine_node + m
        sequence = []
        x = graph.after[ring]
        while x != ring:
            assert graph.after[graph.before[x]] == x
            sequence.append(name[int(x)])
            x = graph.after[x]
        sequences.append(sequence)
    return sequences


def assert_exact(jobs, release, nodes, graph):
    """Ends and tails are those of the slow oracle; the order is topological."""
    start, after = longest_ways(jobs, sequences_of(jobs, nodes, graph), release=release)
    longest = 0
    for (j, k), at in start.items():
        x = node_of(jobs, j, k)
        work = jobs[j][k][1]
        assert graph.end[x] == at + work
        assert graph.tail[x] == after[j, k] + work
        longest = max(longest, at + work + after[j, k])
        assert graph.order[graph.position[x]] == x
        assert graph.position[x] > graph.position[x - 1] or k == 0
        previous = graph.before[x]
        if nodes.machine[previous] >= 0:
            assert graph.position[previous] < graph.position[x]
    assert makespan(graph, nodes.first_machine_node) == longest


shops = st.fixed_dictionaries(
    {
        "n_jobs": st.integers(2, 6),
        "n_machines": st.integers(1, 4),
        "n_steps": st.integers(1, 6),
        "seed": st.integers(0, 10**6),
    }
)


@given(shop=shops)
@hypothesis_settings(max_examples=60)
def test_ends_and_tails_stay_those_of_the_oracle_over_random_moves(shop):
    jobs, release, nodes, graph = random_plan(**shop)
    rng = np.random.default_rng(shop["seed"] + 1)
    assert_exact(jobs, release, nodes, graph)
    for _ in range(25):
        sequences = [s for s in sequences_of(jobs, nodes, graph) if len(s) > 1]
        if not sequences:
            return
        sequence = sequences[rng.integers(len(sequences))]
        a, b = sorted(rng.choice(len(sequence), 2, replace=False))
        is_behind = bool(rng.integers(2))
        moved = list(sequence)
        moved.insert(b if is_behind else a, moved.pop(a if is_behind else b))
        others = [s for s in sequences_of(jobs, nodes, graph) if s != sequence]
        is_possible = longest_ways(jobs, [*others, moved], release=release) is not None
        u, v = node_of(jobs, *sequence[a]), node_of(jobs, *sequence[b])
        low, high = graph.position[u], graph.position[v]
        made = move_behind(graph, u, v) if is_behind else move_before(graph, v, u)
        # a cycle of durations 0 is found by the order alone; the relaxation does not see it
        assert is_possible or not made
        if made:
            refresh(graph, low, high)
            assert moved in sequences_of(jobs, nodes, graph)
        assert_exact(jobs, release, nodes, graph)


@given(shop=shops)
@hypothesis_settings(max_examples=60)
def test_the_estimate_of_a_swap_of_neighbours_is_the_longest_way_through_them(shop):
    jobs, _, nodes, graph = random_plan(**shop)
    heads = np.zeros(nodes.n_operations, dtype=np.int64)
    for sequence in sequences_of(jobs, nodes, graph):
        for one, other in pairwise(sequence):
            if one[0] == other[0]:
                continue
            u, v = node_of(jobs, *one), node_of(jobs, *other)
            value = estimate_behind(graph, heads, u, v, 2**62)
            assert value == estimate_before(graph, heads, v, u, 2**62)
            low, high = graph.position[u], graph.position[v]
            if not move_behind(graph, u, v):
                continue
            refresh(graph, low, high)
            through = [graph.end[x] - graph.duration[x] + graph.tail[x] for x in (u, v)]
            assert value == max(through)
            low, high = graph.position[v], graph.position[u]
            assert move_behind(graph, v, u)
            refresh(graph, low, high)


@given(shop=shops, data=st.data())
@hypothesis_settings(max_examples=40)
def test_a_window_is_exact_and_goes_back_in_its_place(shop, data):
    jobs, release, nodes, graph = random_plan(**shop)
    n = nodes.n_operations
    low = data.draw(st.integers(0, n - 1))
    high = data.draw(st.integers(low + 1, n))
    window = cut_window(graph, low=low, high=high)
    part = window.graph
    link_machines(part, window.first_machine_node)
    compute_all(part)
    for x in part.order:
        assert part.end[x] == graph.end[window.node[x]]
        assert part.tail[x] == graph.tail[window.node[x]]
    rng = np.random.default_rng(shop["seed"])
    for _ in range(10):
        x = rng.choice(part.order)
        y = part.after[x]
        if part.machine[y] >= 0 and y != x + 1:
            move_behind(part, int(x), int(y))
    compute_all(part)
    paste_window(graph, window, part.order)
    assert_exact(jobs, release, nodes, graph)
    for x in part.order:
        assert part.end[x] == graph.end[window.node[x]]


@given(
    n_jobs=st.integers(1, 6),
    n_machines=st.integers(1, 4),
    n_steps=st.integers(1, 5),
    seed=st.integers(0, 10**6),
)
@hypothesis_settings(max_examples=40)
def test_dispatch_gives_the_starts_of_the_slow_dispatch(n_jobs, n_machines, n_steps, seed):
    rng = np.random.default_rng(seed)
    jobs = random_jobs(n_jobs=n_jobs, n_machines=n_machines, n_steps=n_steps, seed=seed, longest=9)
    release = [int(r) for r in rng.integers(0, 15, size=n_jobs)]
    problem = job_shop(jobs, n_machines=n_machines, release=release)
    nodes = to_nodes(problem)
    rank = rng.permutation(nodes.n_operations).astype(np.float64)
    names = [(j, k) for j, steps in enumerate(jobs) for k in range(len(steps))]
    # a rule without powers leaves the noise alone as the rank
    rule = RULES[0]._replace(duration=0, remaining=0)
    order = Dispatcher(nodes).plan(rule, noise=rank)
    expected = dispatched_starts(jobs, dict(zip(names, rank, strict=True)), release=release)
    assert to_assignment(nodes, order).start.tolist() == [expected[name] for name in names]


def test_all_rules_give_sound_plans_forwards_and_backwards():
    jobs = random_jobs(n_jobs=12, n_machines=4, n_steps=7, seed=3, shortest=0)
    problem = job_shop(jobs, n_machines=4, release=[10 * j for j in range(12)])
    nodes = to_nodes(problem)
    dispatcher = Dispatcher(nodes)
    plans = [dispatcher.plan(rule, is_backward=way) for rule in RULES for way in (False, True)]
    rng = np.random.default_rng(0)
    plans += [dispatcher.varied_plan(rng) for _ in range(10)]
    for order in plans:
        assert check_assignment(problem, to_assignment(nodes, order)) == []


def test_an_assignment_gives_back_its_order():
    _, _, nodes, graph = random_plan(n_jobs=6, n_machines=3, n_steps=6, seed=1)
    assignment = to_assignment(nodes, graph.order)
    again = to_assignment(nodes, to_order(nodes, assignment))
    assert np.array_equal(assignment.start, again.start)


def member_of(jobs, release, nodes, graph):
    return Member(
        makespan=int(makespan(graph, nodes.first_machine_node)),
        order=graph.order.copy(),
        head=graph.end - graph.duration,
        before=graph.before[: nodes.first_machine_node].copy(),
    )


@given(shop=shops, share=st.floats(0, 1))
@hypothesis_settings(max_examples=40)
def test_a_plan_between_two_keeps_every_order_that_they_share(shop, share):
    jobs, release, nodes, graph = random_plan(**shop)
    one = member_of(jobs, release, nodes, graph)
    rng = np.random.default_rng(shop["seed"])
    other_order = Dispatcher(nodes).varied_plan(rng)
    load_order(graph, other_order, first_machine_node=nodes.first_machine_node)
    other = member_of(jobs, release, nodes, graph)
    order = between(one, other, share=share)
    load_order(graph, order, first_machine_node=nodes.first_machine_node)
    assert_exact(jobs, release, nodes, graph)
    for x in nodes.node:
        for y in nodes.node:
            if nodes.machine[x] == nodes.machine[y] and all(
                plan.head[x] < plan.head[y] for plan in (one, other)
            ):
                assert graph.position[x] < graph.position[y]


def test_an_elite_takes_no_twin_and_gives_up_its_worst():
    def plan(makespan, numbers):
        order = np.array(numbers, dtype=np.int32)
        return Member(makespan=makespan, order=order, head=order.astype(np.int64), before=order)

    elite = Elite(capacity=2)
    elite.add(plan(10, [0, 1, 2]))
    elite.add(plan(9, [0, 1, 2]))
    assert [m.makespan for m in elite.members] == [9]
    elite.add(plan(12, [2, 1, 0]))
    assert elite.is_full
    elite.add(plan(11, [1, 0, 2]))
    assert [m.makespan for m in elite.members] == [9, 11]
    assert elite.n_refused == 0
    elite.add(plan(13, [1, 2, 0]))
    assert elite.n_refused == 1
    assert difference(*elite.members) > 0.5
