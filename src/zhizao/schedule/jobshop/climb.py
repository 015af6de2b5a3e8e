"""From an order to a good plan of a job shop: windows of time first, then the whole.

One `Climber` serves one thread; it holds the memory of a search and keeps nothing else from
one climb to the next, so a climb depends only on its order and its seed.
"""

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.jobshop.elite import Member
from zhizao.schedule.jobshop.nodes import Nodes, load_order, new_graph
from zhizao.schedule.jobshop.windows import cut_window, paste_window
from zhizao.schedule.kernels.jobshop_graph import Graph, compute_all, link_machines, makespan
from zhizao.schedule.kernels.jobshop_moves import (
    BEST,
    BEST_AT,
    ITERATION,
    MAKESPAN,
    N_CHOICE,
    N_STATES,
    Search,
)
from zhizao.schedule.kernels.jobshop_tabu import tabu_search

FEW_OPERATIONS = 3000
"""Up to here the whole is searched at once."""

N_WINDOW = 2000
"""Operations in a window; more where there are many machines."""

N_WINDOW_MACHINE = 20
"""Operations in a window on the mean machine, at least."""

WINDOW_PATIENCE, WINDOW_ITERATIONS = 3000, 20_000
"""Iterations in a window without a better plan, and at all."""

HURRY_OPERATIONS, HURRY_PATIENCE = 300_000, 1000
"""Above so many operations a minute is a few passes: all threads work on one plan, each on a
part of it, with this patience in a window."""

PATIENCE = 8000
"""Iterations on a whole of few operations without a better plan."""

PATIENCE_WORK = 200_000_000
"""Iterations times operations without a better plan, on a larger whole."""

LEAST_TENURE, TENURE_SPREAD = 5, 1.7
"""A reversed order is forbidden for this many iterations and the jobs per machine, up to so
many times more."""

CLIMB_ITERATIONS = 100
"""What a climb counts as at least, so that climbs without a move come to an end too."""

CHUNK_WORK = 8_000_000
"""Iterations times operations between two looks at the clock: about 20 ms."""


@dataclass(kw_only=True)
class Control:
    """How the threads hear of the end and tell of better plans."""

    target: int
    """A makespan that needs no improvement, ticks."""
    is_over: threading.Event = field(default_factory=threading.Event)
    best: int = 2**62
    """The shortest makespan that a thread has told of, ticks."""


class _Windows:
    """Where the windows of a climb lie: anywhere between two positions, at random."""

    def __init__(self, *, size: int, low: int, high: int, seed: int) -> None:
        self.size = size
        self.low = low
        self.high = high
        self.patience = 3 * -(-(high - low) // size)
        """Windows in a row that bring nothing, until the end."""
        self._rng = np.random.default_rng(seed)

    def draw_low(self) -> int:
        """Return the first position of the next window; the ends are as likely as the rest."""
        half = self.size // 2
        low = int(self._rng.integers(self.low - half, self.high - half))
        return min(max(low, self.low), self.high - self.size)


class Climber:
    """Memory of one thread."""

    def __init__(self, nodes: Nodes) -> None:
        n = nodes.n_operations
        n_jobs = max(1, len(nodes.job_end))
        n_machines = max(1, nodes.n_machines)
        self._nodes = nodes
        self._graph = new_graph(nodes)
        n_slots = 1 << (15 if n <= FEW_OPERATIONS else 17)
        self._search = Search(
            state=np.zeros(N_STATES, dtype=np.int64),
            random=np.zeros(1, dtype=np.uint64),
            best_order=np.zeros(n, dtype=np.int32),
            path=np.zeros(n, dtype=np.int32),
            heads=np.zeros(n, dtype=np.int64),
            choice=np.zeros(N_CHOICE, dtype=np.int64),
            tabu_until=np.zeros(n_slots, dtype=np.int64),
        )
        low = LEAST_TENURE + n_jobs // n_machines
        self._tenure = (low, int(low * TENURE_SPREAD))

    def climb(
        self,
        order: NDArray[np.int32],
        *,
        seed: int,
        most: int,
        control: Control,
        part: tuple[int, int] | None = None,
    ) -> Member:
        """Return the best plan found from an order on.

        Parameters
        ----------
        order : int32 array of shape (n_operations,)
            Topological order of nodes.
        seed : int
            Any; the draws depend on nothing else.
        most : int
            Iterations at most.
        control : Control
        part : two int
            Search only in windows between these positions of the order, which keep what
            they have; None: everywhere, and the whole after the windows.
        """
        search = self._search
        search.state[:] = 0
        search.tabu_until[:] = 0
        search.random[0] = np.uint64(seed)
        graph, first = self._graph, self._nodes.first_machine_node
        longest = load_order(graph, order, first_machine_node=first)
        n = len(order)
        size = max(N_WINDOW, N_WINDOW_MACHINE * self._nodes.n_machines)
        low, high = (0, n) if part is None else part
        used = 0
        if n > FEW_OPERATIONS and 2 * size <= n:
            windows = _Windows(size=min(size, high - low), low=low, high=high, seed=seed)
            used = self._climb_windows(longest, windows=windows, most=most, control=control)
        if part is None:
            used += self._run(
                graph,
                first_machine_node=first,
                patience=PATIENCE if n <= FEW_OPERATIONS else max(100, PATIENCE_WORK // n),
                most=most - used,
                control=control,
            )
            load_order(graph, search.best_order, first_machine_node=first)
        return Member(
            makespan=int(makespan(graph, first)),
            order=graph.order.copy(),
            head=(graph.end - graph.duration)[:first],
            before=graph.before[:first].copy(),
            iterations=max(CLIMB_ITERATIONS, used),
        )

    def _climb_windows(
        self, longest: int, *, windows: "_Windows", most: int, control: Control
    ) -> int:
        """Search in windows until many in a row bring nothing."""
        graph, search = self._graph, self._search
        size = windows.size
        is_hurried = self._nodes.n_operations > HURRY_OPERATIONS
        n_failures = used = 0
        while (
            n_failures < windows.patience
            and used < most
            and longest > control.target
            and not control.is_over.is_set()
        ):
            low = windows.draw_low()
            window = cut_window(graph, low=low, high=low + size)
            link_machines(window.graph, window.first_machine_node)
            compute_all(window.graph)
            inside = search._replace(
                best_order=search.best_order[:size],
                path=search.path[:size],
                heads=search.heads[:size],
            )
            used += self._run(
                window.graph,
                first_machine_node=window.first_machine_node,
                patience=HURRY_PATIENCE if is_hurried else WINDOW_PATIENCE,
                most=min(WINDOW_ITERATIONS, most - used),
                control=control,
                search=inside,
            )
            n_failures += 1
            if search.state[BEST] < longest:
                paste_window(graph, window, inside.best_order)
                shorter = int(makespan(graph, self._nodes.first_machine_node))
                if shorter < longest:
                    n_failures = 0
                    longest = shorter
                    control.best = min(control.best, longest)
        return used

    def _run(
        self,
        graph: Graph,
        *,
        first_machine_node: int,
        patience: int,
        most: int,
        control: Control,
        search: Search | None = None,
    ) -> int:
        """Search a graph; the best order is in the search after. Return the iterations."""
        s = self._search if search is None else search
        s.best_order[:] = graph.order
        # what was forbidden in another graph is forgotten
        s.state[ITERATION] += 2 * self._tenure[1]
        s.state[BEST_AT] = s.state[ITERATION]
        s.state[BEST] = s.state[MAKESPAN] = makespan(graph, first_machine_node)
        chunk = max(1, min(5000, CHUNK_WORK // max(1, len(graph.order))))
        used = 0
        while used < most and not control.is_over.is_set():
            want = min(chunk, most - used)
            done = tabu_search(
                graph, s, first_machine_node, *self._tenure, want, patience, control.target
            )
            used += done
            if search is None:
                control.best = min(control.best, int(s.state[BEST]))
            if done < want:
                break
        return used
