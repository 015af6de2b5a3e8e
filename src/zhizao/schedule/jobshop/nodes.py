"""A problem as nodes of the job-shop graph, and a topological order as an assignment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.assignment import Assignment
from zhizao.schedule.kernels.jobshop_graph import Graph, compute_all, link_machines, makespan
from zhizao.schedule.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The fixed part of the graph; see ``kernels.jobshop_graph`` for the layout."""

    node: NDArray[np.int32]
    """Shape (n_operations,): node of each operation."""
    duration: NDArray[np.int64]
    """Shape (n_nodes,), ticks."""
    machine: NDArray[np.int32]
    """Shape (n_nodes,); -1 where there is no operation."""
    end: NDArray[np.int64]
    """Shape (n_nodes,), ticks: the releases at the gaps before jobs, else 0."""
    job_end: NDArray[np.int32]
    """Shape (n_jobs with operations,): the gap behind each job."""
    first_machine_node: int
    n_machines: int

    @property
    def n_operations(self) -> int:
        """Number of operations."""
        return len(self.node)


def to_nodes(problem: Problem) -> Nodes:
    """Return the nodes of a job shop.

    Raises
    ------
    InputError
        Where the problem has more than jobs, machines and durations, as a makespan of a
        job shop needs them.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> two_jobs = Problem(
    ...     n_machines=2, job_first=np.array([0, 2, 3]), release=np.array([0, 7]),
    ...     due=np.full(2, NO_DUE), weight=np.ones(2), mode_first=np.arange(4),
    ...     mode_machine=np.array([0, 1, 1], dtype=np.int32), mode_duration=np.array([5, 4, 3]))
    >>> to_nodes(two_jobs).duration.tolist()
    [0, 5, 4, 0, 3, 0, 0, 0]
    """
    faults = []
    if len(problem.mode_machine) != problem.n_operations:
        faults.append("an operation has a choice of machines, expected one for each")
    if problem.setups is not None:
        faults.append("there are setups, expected none")
    if not problem.is_plain:
        faults.append("there are calendars, lags, crews, batches, pins or upkeep, expected none")
    if problem.is_permutation:
        faults.append("all machines must take the jobs in the same order, expected any order")
    if faults:
        raise InputError(f"Not a plain job shop: {'; '.join(faults)}. Use `solve` instead.")
    n_each = np.diff(problem.job_first)
    job = np.repeat(np.arange(problem.n_jobs), n_each)
    node = np.arange(problem.n_operations) + job + 1
    first_machine_node = problem.n_operations + problem.n_jobs + 1
    n_nodes = first_machine_node + problem.n_machines
    duration = np.zeros(n_nodes, dtype=np.int64)
    duration[node] = problem.mode_duration
    machine = np.full(n_nodes, -1, dtype=np.int32)
    machine[node] = problem.mode_machine
    end = np.zeros(n_nodes, dtype=np.int64)
    gap = problem.job_first + np.arange(problem.n_jobs + 1)
    end[gap[:-1]] = problem.release
    return Nodes(
        node=node.astype(np.int32),
        duration=duration,
        machine=machine,
        end=end,
        job_end=gap[1:][n_each > 0].astype(np.int32),
        first_machine_node=first_machine_node,
        n_machines=problem.n_machines,
    )


def new_graph(nodes: Nodes) -> Graph:
    """Return a graph without an order yet."""
    n_nodes, n = len(nodes.machine), nodes.n_operations
    return Graph(
        duration=nodes.duration,
        machine=nodes.machine,
        end=nodes.end.copy(),
        tail=np.zeros(n_nodes, dtype=np.int64),
        before=np.zeros(n_nodes, dtype=np.int32),
        after=np.zeros(n_nodes, dtype=np.int32),
        order=np.zeros(n, dtype=np.int32),
        position=np.zeros(n_nodes, dtype=np.int32),
        job_end=nodes.job_end,
        scratch=np.zeros(n, dtype=np.int32),
        mark=np.zeros(n_nodes, dtype=np.int8),
    )


def load_order(graph: Graph, order: NDArray[np.int32], *, first_machine_node: int) -> int:
    """Put a topological order into a graph, compute all of it, and return its makespan."""
    graph.order[:] = order
    link_machines(graph, first_machine_node)
    compute_all(graph)
    return int(makespan(graph, first_machine_node))


def to_order(nodes: Nodes, start: Assignment) -> NDArray[np.int32]:
    """Return the topological order of an assignment: by start, then end, then number."""
    number = np.arange(nodes.n_operations)
    return nodes.node[np.lexsort((number, start.end, start.start))]


def to_assignment(nodes: Nodes, order: NDArray[np.int32]) -> Assignment:
    """Return the plan that starts everything as early as its order allows."""
    graph = new_graph(nodes)
    load_order(graph, order, first_machine_node=nodes.first_machine_node)
    end = graph.end[nodes.node]
    return Assignment(
        mode=np.arange(nodes.n_operations, dtype=np.int64),
        start=end - nodes.duration[nodes.node],
        end=end,
    )
