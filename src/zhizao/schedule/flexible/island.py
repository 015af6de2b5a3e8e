"""One thread's search of a flexible job shop: tabu searches from between the plans of a pool."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.flexible.flexible_tables import empty_plan
from zhizao.schedule.kernels.flexible_dispatch import dispatch
from zhizao.schedule.kernels.flexible_moves import N_PICKS, Search
from zhizao.schedule.kernels.flexible_plan import compute_times, load_plan
from zhizao.schedule.kernels.flexible_rebuild import search_rebuild
from zhizao.schedule.kernels.flexible_search import begin_search, search_flexible
from zhizao.schedule.kernels.flexible_tables import Shop
from zhizao.schedule.problem import Problem

Ints = NDArray[np.int64]

POOL = 8
"""Plans that a thread keeps."""

PATIENCE = 4_000
"""Moves without a better plan after which a search ends."""

REBUILD_PATIENCE = 4_000
"""Rebuilds without a better plan after which the tabu search takes over."""

MAX_REMOVED = 4
"""Operations taken out in a rebuild at most."""

TEMPERATURE = 0.1
"""Of the rebuilds, in mean durations."""

TENURE, TENURE_SPREAD = 15, 20
"""Iterations for which a move is forbidden: at least, and at most more."""

VISITS_AN_ITERATION = 40_000
"""Operations that an iteration may look at; larger shops value fewer moves."""

N_SLOTS = 2**20
"""Of forbidden orders of two operations."""

ALIKE = 0.02
"""Two plans of a pool are further apart than this."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A plan in a pool."""

    makespan: int
    order: Ints
    """Operations by begin; a topological order."""
    mode: Ints


class Island:
    """One thread's search: its pool, its plan at hand, its random numbers."""

    def __init__(self, problem: Problem, shop: Shop, *, seed: int, target: int) -> None:
        n, n_modes = problem.n_operations, len(problem.mode_machine)
        self.shop = shop
        self.target = target
        self.rng = np.random.default_rng(seed)
        self.plan = empty_plan(n_operations=n, n_machines=problem.n_machines)
        slots = N_SLOTS if n > 1024 else 1 << (n * n - 1).bit_length()
        whole = [np.zeros(n, dtype=np.int64) for _ in range(8)]
        self.search = Search(
            values=np.zeros(6, dtype=np.int64),
            best_order=whole[0],
            best_mode=whole[1],
            machine_until=np.zeros(n_modes, dtype=np.int64),
            pair_until=np.zeros(max(slots, 1), dtype=np.int64),
            head=whole[2],
            tail=whole[3],
            mark=whole[4],
            changed=np.zeros(2 * n, dtype=np.int64),
            path=whole[5],
            pick=np.zeros(N_PICKS, dtype=np.int64),
            bits=self.rng.integers(0, 2**63, 1).astype(np.uint64),
        )
        self.search.values[4] = 1
        self.old_order, self.old_mode, self.removed = np.zeros((3, n), dtype=np.int64)
        self.temperature = max(TEMPERATURE * float(problem.mode_duration.mean()), 1e-9)
        self.is_rebuilding = True
        self.pool: list[Found] = []
        self.best: Found | None = None
        self.n_iterations = 0
        self.n_searches = 0
        self.first = problem.job_first[:-1].astype(np.int64)
        self.n_of_job = np.diff(problem.job_first).astype(np.int64)
        shortest = np.minimum.reduceat(problem.mode_duration, problem.mode_first[:-1])
        total = np.concatenate([np.zeros(1), np.cumsum(shortest)])
        self.work_left = np.repeat(total[problem.job_first[1:]], self.n_of_job) - total[:-1]
        self.max_operations = max(4, VISITS_AN_ITERATION // max(n, 1))

    def dispatch(self, *, noise: float) -> Found:
        """Return a plan by dispatching, with a random part in its priorities."""
        n_jobs, n_machines = len(self.first), len(self.plan.first)
        order, mode = np.zeros((2, len(self.plan.mode)), dtype=np.int64)
        makespan = dispatch(
            self.shop,
            self.first,
            self.n_of_job,
            self.work_left,
            noise,
            np.zeros(n_jobs, dtype=np.int64),
            np.zeros(n_machines, dtype=np.int64),
            np.zeros(n_machines, dtype=np.int64),
            np.zeros(n_jobs, dtype=np.int64),
            order,
            mode,
            self.search.bits,
        )
        return Found(makespan=makespan, order=order, mode=mode)

    def begin(self, found: Found) -> None:
        """Search on from a plan."""
        begin_search(self.shop, self.plan, self.search, found.order, found.mode)
        self.n_searches += self.is_rebuilding

    def advance(self, n_iterations: int) -> None:
        """Make moves: rebuild, then tabu search, then from elsewhere, as each runs dry."""
        left = n_iterations
        while left > 0:
            done = max(self.search_on(left), 1)  # a look that finds no move counts: searches end
            self.n_iterations += done
            self.note()
            left -= done
            if self.search.values[1] <= self.target:
                return
            if left <= 0:
                return
            found = self.as_found()
            if not self.is_rebuilding:
                self.keep(found)
                found = self.next_begin()
            self.is_rebuilding = not self.is_rebuilding
            self.begin(found)

    def search_on(self, n_iterations: int) -> int:
        """Go on with the search at hand; return the iterations that it made."""
        if self.is_rebuilding:
            return search_rebuild(
                self.shop,
                self.plan,
                self.search,
                self.old_order,
                self.old_mode,
                self.removed,
                n_iterations,
                REBUILD_PATIENCE,
                self.target,
                MAX_REMOVED,
                self.temperature,
            )
        return search_flexible(
            self.shop,
            self.plan,
            self.search,
            n_iterations,
            PATIENCE,
            self.target,
            TENURE,
            TENURE_SPREAD,
            self.max_operations,
        )

    def note(self) -> None:
        """Keep the best plan of all searches."""
        if self.best is None or self.search.values[1] < self.best.makespan:
            self.best = self.as_found()

    def as_found(self) -> Found:
        """Return the best plan of the search, its operations by their begin."""
        load_plan(self.shop, self.plan, self.search.best_order, self.search.best_mode)
        makespan = compute_times(self.shop, self.plan)
        order = np.lexsort((self.plan.place, self.plan.head))
        found = Found(makespan=makespan, order=order, mode=self.search.best_mode.copy())
        # the plan at hand may be another: the search goes on from the best
        self.search.values[0] = makespan
        self.search.head[:] = self.plan.head
        self.search.tail[:] = self.plan.tail
        return found

    def keep(self, found: Found) -> None:
        """Put a plan in the pool, unless a better one is the same or all are better."""
        for i, other in enumerate(self.pool):
            if self.distance(found, other) < ALIKE:
                if found.makespan < other.makespan:
                    self.pool[i] = found
                return
        self.pool.append(found)
        if len(self.pool) > POOL:
            worst = max(range(len(self.pool)), key=lambda i: self.pool[i].makespan)
            del self.pool[worst]

    @staticmethod
    def distance(one: Found, other: Found) -> float:
        """Return the part of operations with another mode, plus the mean shift of ranks."""
        n = len(one.mode)
        ranks = np.empty((2, n))
        ranks[0, one.order] = ranks[1, other.order] = np.arange(n)
        return float(np.mean(one.mode != other.mode) + np.abs(ranks[0] - ranks[1]).mean() / n)

    def next_begin(self) -> Found:
        """Return a point between two plans of the pool, or a new plan while it is not full."""
        if self.n_searches < POOL or len(self.pool) < 2:
            return self.dispatch(noise=1.0)
        one, other = self.rng.choice(len(self.pool), 2, replace=False)
        return self.between(self.pool[one], self.pool[other], part=self.rng.uniform(0.2, 0.5))

    def between(self, one: Found, other: Found, *, part: float) -> Found:
        """Return a plan that is ``part`` of the way from one plan to another.

        A mean of two topological orders with the same jobs keeps the jobs' order, and a
        sequence of all operations is a plan without a cycle.
        """
        n = len(one.mode)
        ranks = np.empty((2, n))
        ranks[0, one.order] = ranks[1, other.order] = np.arange(n)
        order = np.argsort((1 - part) * ranks[0] + part * ranks[1], kind="stable")
        mode = np.where(self.rng.random(n) < part, other.mode, one.mode)
        return Found(makespan=0, order=order, mode=mode)
