"""The climbs of one search for short job-shop plans: which start where, and what comes of them.

Climbs run one after another on each thread: the first from dispatch plans, later ones from
orders between two plans of an elite. A climb depends on its number and on the climbs that are
at least three numbers before, never on which thread was quicker; so with a limit of iterations
only, equal seeds give equal plans on one and on two threads. On a very large shop two parts of
one plan are climbed at once instead.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.assignment import Assignment
from zhizao.schedule.jobshop.climb import FEW_OPERATIONS, HURRY_OPERATIONS, Climber, Control
from zhizao.schedule.jobshop.elite import Elite, Member
from zhizao.schedule.jobshop.nodes import Nodes, load_order, new_graph, to_order
from zhizao.schedule.jobshop.rules import RULES, Dispatcher
from zhizao.schedule.stop import Course

N_ELITE = 12
"""Plans in the elite of a small shop."""

N_ELITE_LARGE = 4
"""Plans in the elite of a large one, where a climb takes seconds."""

N_AHEAD = 3
"""Climbs that are begun before the result of the first of them is used, at least."""

PATIENCE_ELITE = 2
"""Plans refused in a row, for each member, after which a larger elite begins."""

POLL_S = 0.05
"""Between two looks at the threads, seconds."""

PORTFOLIO_SHARE = 0.1
"""Share of the time for first plans, after the first."""

PART_ITERATIONS = 60_000
"""Iterations on each part of a very large plan before the parts are joined."""


class JobShopSearch:
    """One call of the solver: its best plan and its climbs."""

    def __init__(self, nodes: Nodes, *, course: Course, seed: int) -> None:
        self.nodes = nodes
        self.course = course
        self.seed = seed
        self.best_order = np.zeros(0, dtype=np.int32)
        self.n_iterations = 0
        """Moves of the climbs whose plans were taken in."""
        self._best = 2**62
        self._dispatcher = Dispatcher(nodes)
        self._graph = new_graph(nodes)
        is_small = nodes.n_operations <= FEW_OPERATIONS
        self._elite = Elite(capacity=N_ELITE if is_small else N_ELITE_LARGE)

    def first_plans(self, start: Assignment | None) -> None:
        """Note the plan to begin with and that of the first rule."""
        if start is not None:
            self._note_order(to_order(self.nodes, start))
        self._note_order(self._dispatcher.plan(RULES[0]))

    def more_first_plans(self) -> None:
        """Note the plans of the other rules, forwards and backwards, while there is time."""
        course = self.course
        until_s = course.elapsed_s + PORTFOLIO_SHARE * course.remaining_s
        for is_backward in (False, True):
            for rule in RULES[not is_backward :]:
                if course.is_over(iterations=-1) or course.elapsed_s > until_s:
                    return
                self._note_order(self._dispatcher.plan(rule, is_backward=is_backward))

    def run(self, *, threads: int) -> None:
        """Climb until the end."""
        course, stop = self.course, self.course.stop
        gap = min(stop.gap, 0.999999)
        control = Control(target=int(np.floor(course.bound / (1.0 - gap) + 1e-9)))
        climbers: SimpleQueue[Climber] = SimpleQueue()
        for _ in range(threads):
            climbers.put(Climber(self.nodes))
        pending: deque[Future[Member]] = deque()
        takes_unfinished = course.stop.seconds is not None
        with ThreadPoolExecutor(threads) as pool:

            def begin(**start: Any) -> Future[Member]:
                return pool.submit(_climb, climbers, control=control, **start)

            try:
                if self.nodes.n_operations > HURRY_OPERATIONS:
                    self._climb_parts(begin, pending, control)
                else:
                    self._climb_wholes(begin, pending, control, n_ahead=max(N_AHEAD, threads + 1))
            except KeyboardInterrupt:
                takes_unfinished = True
            finally:
                control.is_over.set()
            for future in pending:
                if not future.cancel() and takes_unfinished:
                    self._note(future.result())

    def _climb_wholes(
        self,
        begin: "Callable[..., Future[Member]]",
        pending: "deque[Future[Member]]",
        control: Control,
        *,
        n_ahead: int,
    ) -> None:
        """Climb from one start after another."""
        n_begun = 0
        while not self.course.is_over(iterations=self.n_iterations):
            while len(pending) < n_ahead:
                order, seed = self._next_start(n_begun)
                pending.append(begin(order=order, seed=seed, most=self._iterations_left))
                n_begun += 1
            if self._await(pending[0], control):
                self._note(pending.popleft().result())

    def _climb_parts(
        self,
        begin: "Callable[..., Future[Member]]",
        pending: "deque[Future[Member]]",
        control: Control,
    ) -> None:
        """Climb on the best plan in two parts of time at once, and join them.

        The cut lies elsewhere each time. Each part's gain is sure only by itself; where the
        joined plan is not better than both, the better of them stays.
        """
        n = self.nodes.n_operations
        n_rounds = 0
        while not self.course.is_over(iterations=self.n_iterations):
            rng = np.random.default_rng([self.seed, n_rounds])
            n_rounds += 1
            cut = int(n * rng.uniform(0.4, 0.6))
            most = min(PART_ITERATIONS, self._iterations_left)
            for part in ((0, cut), (cut, n)):
                seed = int(rng.integers(2**62))
                pending.append(begin(order=self.best_order, seed=seed, most=most, part=part))
            if not all(self._await(future, control) for future in pending):
                return
            early, late = pending.popleft().result(), pending.popleft().result()
            self._note(early)
            self._note(late)
            self._note_order(np.concatenate([early.order[:cut], late.order[cut:]]))

    @property
    def _iterations_left(self) -> int:
        """Until the limit."""
        limit = self.course.stop.iterations
        return 2**62 if limit is None else limit - self.n_iterations

    def _await(self, future: "Future[Member]", control: Control) -> bool:
        """Wait until a climb is done (True) or the search is over (False).

        With a limit of time, better plans are told of as they are found; without one, only
        in the order of the climbs, so that no thread's speed decides.
        """
        course = self.course
        while True:
            try:
                future.result(timeout=min(POLL_S, course.remaining_s))
            except NotYet:
                if course.stop.seconds is not None:
                    course.better(float(control.best))
                if course.is_over():
                    return False
            else:
                return True

    def _next_start(self, number: int) -> tuple[NDArray[np.int32], int]:
        """Return the order and the seed of the climb of a number."""
        if number == 0:
            return self.best_order, self.seed
        rng = np.random.default_rng([self.seed, number])
        seed = int(rng.integers(2**62))
        if self._elite.is_full:
            return self._elite.draw_between(rng), seed
        return self._dispatcher.varied_plan(rng), seed

    def _note(self, member: Member) -> None:
        """Take a climbed plan in; begin a larger elite where this one takes no more."""
        if member.makespan < self._best:
            self._best = member.makespan
            self.best_order = member.order
        self.course.better(float(member.makespan))
        self.n_iterations += member.iterations
        elite = self._elite
        elite.add(member)
        if elite.n_refused >= PATIENCE_ELITE * elite.capacity:
            best = min(elite.members, key=lambda other: other.makespan)
            self._elite = Elite(capacity=elite.capacity * 3 // 2, members=[best])

    def _note_order(self, order: NDArray[np.int32]) -> None:
        """Keep the plan of an order if it is better than all before."""
        first = self.nodes.first_machine_node
        longest = load_order(self._graph, order, first_machine_node=first)
        if longest < self._best:
            self._best = longest
            self.best_order = order
        self.course.better(float(longest))


def _climb(
    climbers: "SimpleQueue[Climber]",
    *,
    order: NDArray[np.int32],
    seed: int,
    most: int,
    control: Control,
    part: tuple[int, int] | None = None,
) -> Member:
    """Borrow a thread's memory for one climb."""
    climber = climbers.get()
    try:
        return climber.climb(order, seed=seed, most=most, control=control, part=part)
    finally:
        climbers.put(climber)
