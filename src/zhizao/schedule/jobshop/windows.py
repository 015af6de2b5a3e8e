"""A window of time of a job-shop plan, as a job shop of its own.

The operations between two positions of a topological order are cut out. What lies before them
gives releases to jobs and machines, what lies behind them tails, so the window's makespan is
that of the whole plan along all ways that cross it, exactly, and each critical path crosses
every window. The search inside costs what a small shop costs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.kernels.jobshop_graph import Graph, paste_order, refresh


class Window(NamedTuple):
    """A part of a plan, and what is needed to put it back."""

    graph: Graph
    first_machine_node: int
    low: int
    """Position of its first operation in the whole order."""
    node: NDArray[np.int32]
    """Node in the whole graph of each of its nodes that is an operation."""
    machine: NDArray[np.int32]
    """The machines that it has, by their numbers there."""
    before: NDArray[np.int32]
    """By machine in the window: the node before its first operation in the whole graph."""
    after: NDArray[np.int32]
    """The node after the last."""


def cut_window(whole: Graph, *, low: int, high: int) -> Window:
    """Return the operations at positions ``low`` to ``high - 1`` as a shop of their own.

    Ends and tails of the whole graph must be up to date.
    """
    order = whole.order[low:high]
    n = high - low
    nodes = np.sort(order)
    is_first = np.diff(nodes, prepend=np.int32(-9)) != 1
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], n) - 1
    local = np.arange(n) + np.cumsum(is_first)
    first_machine_node = n + len(first) + 1
    of_order = whole.machine[order]
    machine, earliest = np.unique(of_order, return_index=True)
    latest = n - 1 - np.unique(of_order[::-1], return_index=True)[1]
    before, after = whole.before[order[earliest]], whole.after[order[latest]]
    n_nodes = first_machine_node + len(machine)
    graph = Graph(
        duration=np.zeros(n_nodes, dtype=np.int64),
        machine=np.full(n_nodes, -1, dtype=np.int32),
        end=np.zeros(n_nodes, dtype=np.int64),
        tail=np.zeros(n_nodes, dtype=np.int64),
        before=np.zeros(n_nodes, dtype=np.int32),
        after=np.zeros(n_nodes, dtype=np.int32),
        order=local[np.searchsorted(nodes, order)].astype(np.int32),
        position=np.zeros(n_nodes, dtype=np.int32),
        job_end=(local[last] + 1).astype(np.int32),
        scratch=np.zeros(n, dtype=np.int32),
        mark=np.zeros(n_nodes, dtype=np.int8),
    )
    graph.duration[local] = whole.duration[nodes]
    graph.machine[local] = np.searchsorted(machine, whole.machine[nodes])
    graph.end[local[first] - 1] = whole.end[nodes[first] - 1]
    graph.tail[local[last] + 1] = whole.tail[nodes[last] + 1]
    graph.end[first_machine_node:] = whole.end[before]
    graph.tail[first_machine_node:] = whole.tail[after]
    node = np.zeros(n_nodes, dtype=np.int32)
    node[local] = nodes
    return Window(graph, first_machine_node, low, node, machine, before, after)


def paste_window(whole: Graph, window: Window, order: NDArray[np.int32]) -> None:
    """Put a window's operations back in a new order and compute ends and tails again.

    Parameters
    ----------
    whole : Graph
        The graph it was cut from, otherwise unchanged since; changed.
    window : Window
    order : int32 array
        A topological order of the window's nodes.
    """
    n_machines = int(window.machine[-1]) + 1
    last = np.zeros(n_machines, dtype=np.int32)
    follower = np.zeros(n_machines, dtype=np.int32)
    last[window.machine] = window.before
    follower[window.machine] = window.after
    paste_order(whole, window.low, window.node[order], last, follower)
    refresh(whole, window.low, window.low + len(order) - 1)
