"""Permutation flow shops with setups: every machine takes the jobs in one order."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.assignment import Assignment
from zhizao.schedule.bounds import makespan_bound
from zhizao.schedule.family_setups import refuse_unless_plain, square_setups
from zhizao.schedule.kernels.permutation_search import build_sequence, search_permutation
from zhizao.schedule.problem import NONE, Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Course, Stop

N_REMOVED = 4
TEMPERATURE = 0.5
"""Of a tenth of the mean time (Ruiz and Stuetzle 2008)."""

WORK_A_ROUND = 3e7
"""Elementary steps between two looks at the clock, about 50 ms."""

ROUNDS_ALONE = 40
"""Rounds after which a thread that lags behind goes on from the best sequence."""


@dataclass(frozen=True, kw_only=True)
class FlowShop:
    """A permutation flow shop as dense tables, ticks."""

    times: NDArray[np.int32]
    """Shape (n_jobs, n_machines)."""
    setups: NDArray[np.int32]
    """Shape (n_jobs, n_jobs, n_machines): from, to."""
    first: NDArray[np.int32]
    """Shape (n_jobs, n_machines): the setup of the first job, not before its release."""


def to_flow_shop(problem: Problem) -> FlowShop:
    """Return the dense tables of a problem whose jobs all visit the same machines in order.

    Raises
    ------
    InputError
        If an operation has several modes or a job goes another way, or is released later.
    """
    refuse_unless_plain(problem)
    n_jobs, n_operations = problem.n_jobs, problem.n_operations
    n_steps = n_operations // max(n_jobs, 1)
    machine = problem.mode_machine
    is_flow = (
        n_jobs > 0
        and len(machine) == n_operations
        and bool(np.all(np.diff(problem.job_first) == n_steps))
        and bool(np.all(machine.reshape(n_jobs, n_steps) == machine[:n_steps]))
        and len(set(machine[:n_steps].tolist())) == n_steps
    )
    if not is_flow:
        raise InputError("A permutation flow shop needs jobs that all visit the same machines once, in the same order, with one mode an operation; this problem has others. Leave out is_permutation.")  # fmt: skip
    if problem.release.any():
        raise InputError("A permutation flow shop starts all jobs at 0; found releases after it. Leave out is_permutation.")  # fmt: skip
    setups = np.zeros((n_jobs, n_jobs, n_steps), dtype=np.int32)
    first = np.zeros((n_jobs, n_steps), dtype=np.int32)
    if problem.setups is not None:
        square = square_setups(problem.setups)
        for step in range(n_steps):
            table = problem.setups.table_of_machine[machine[step]]
            if table == NONE:
                continue
            ticks = square[table]
            family = problem.setups.family_of_operation[problem.job_first[:-1] + step]
            initial = problem.setups.initial_family[machine[step]]
            if np.any(family == NONE):
                raise InputError("A permutation flow shop with setups needs a family for every operation on a machine with setups; found one without.")  # fmt: skip
            setups[:, :, step] = ticks[np.ix_(family, family)]
            if initial != NONE:
                first[:, step] = ticks[initial, family]
    times = problem.mode_duration.reshape(n_jobs, n_steps).astype(np.int32)
    return FlowShop(times=times, setups=setups, first=first)


class _Chain:
    """One thread's search: its sequence, its best, its random bits and its scratch."""

    def __init__(self, shop: FlowShop, *, seed: int) -> None:
        n_jobs, n_machines = shop.times.shape
        self.shop = shop
        self.bits = np.array([seed], dtype=np.uint64)
        self.head = np.zeros((n_jobs, n_machines), dtype=np.int32)
        self.tail = np.zeros_like(self.head)
        self.order, self.best, self.trial, self.queue = np.zeros((4, n_jobs), dtype=np.int64)
        self.values = np.zeros(2, dtype=np.int64)
        mean = float(shop.times.mean())
        self.temperature = max(TEMPERATURE * mean / 10, 1e-9)
        self.n_iterations = 0

    def build(self) -> None:
        shop = self.shop
        jobs = np.argsort(-shop.times.sum(axis=1), kind="stable").astype(np.int64)
        self.values[:] = build_sequence(
            jobs, shop.times, shop.setups, shop.first, self.head, self.tail, self.order, self.bits
        )
        self.best[:] = self.order

    def go_on_from(self, order: NDArray[np.int64], *, makespan: int) -> None:
        """Continue from another thread's best sequence."""
        self.order[:] = self.best[:] = order
        self.values[:] = makespan

    def search(self, *, n_iterations: int, target: int) -> None:
        shop = self.shop
        self.n_iterations += search_permutation(
            shop.times, shop.setups, shop.first, self.head, self.tail,
            self.order, self.best, self.trial, self.queue, self.values,
            min(N_REMOVED, len(self.order)), self.temperature, n_iterations, target, self.bits,
        )  # fmt: skip


def solve_permutation(problem: Problem, *, stop: Stop, threads: int = 2, seed: int = 0) -> Solution:
    """Return a sequence of least makespan: iterated greedy search in several threads.

    The same seed, threads and iterations give the same plan; a limit of seconds does not.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> two_by_two = Problem(
    ...     n_machines=2, job_first=np.array([0, 2, 4]), release=np.zeros(2, dtype=np.int64),
    ...     due=np.full(2, NO_DUE), weight=np.ones(2), mode_first=np.arange(5),
    ...     mode_machine=np.array([0, 1, 0, 1], dtype=np.int32),
    ...     mode_duration=np.array([5, 1, 2, 4]), is_permutation=True)
    >>> solve_permutation(two_by_two, stop=Stop(iterations=10)).objective
    8.0
    """
    course = stop.begin()
    shop = to_flow_shop(problem)
    course.bound = makespan_bound(problem)
    chains = [_Chain(shop, seed=seed * 1000 + thread) for thread in range(max(threads, 1))]
    chains[0].build()
    course.better(float(chains[0].values[1]))
    for chain in chains[1:]:
        chain.go_on_from(chains[0].best, makespan=int(chains[0].values[1]))
    with contextlib.suppress(KeyboardInterrupt):  # the best sequence is at hand at any moment
        _search(chains, course=course)
    best = min(chains, key=lambda chain: int(chain.values[1]))
    return Solution(
        assignment=to_assignment(shop, best.best),
        objective=float(best.values[1]),
        bound=course.bound,
        trajectory=tuple(course.trajectory),
        n_iterations=sum(chain.n_iterations for chain in chains),
    )


def _search(chains: list[_Chain], *, course: Course) -> None:
    n_jobs, n_machines = chains[0].shop.times.shape
    round_size = max(1, int(WORK_A_ROUND / (20.0 * n_jobs * n_jobs * n_machines)))
    n_rounds = 0
    with ThreadPoolExecutor(len(chains)) as pool:
        while True:
            n_done = sum(chain.n_iterations for chain in chains)
            if course.is_over(iterations=n_done):
                return
            n_next = round_size
            if course.stop.iterations is not None:
                left = course.stop.iterations - n_done
                n_next = min(n_next, -(-left // len(chains)))
            target = int(np.ceil(course.bound))
            running = [
                pool.submit(chain.search, n_iterations=n_next, target=target) for chain in chains
            ]
            for future in running:
                future.result()
            n_rounds += 1
            best = min(chains, key=lambda chain: int(chain.values[1]))
            course.better(float(best.values[1]))
            if n_rounds % ROUNDS_ALONE == 0:
                for chain in chains:
                    if chain.values[1] > best.values[1]:
                        chain.go_on_from(best.best, makespan=int(best.values[1]))


def to_assignment(shop: FlowShop, order: NDArray[np.int64]) -> Assignment:
    """Return the earliest times of a sequence; operations are numbered job by job."""
    n_jobs, n_machines = shop.times.shape
    end = np.zeros((n_jobs, n_machines), dtype=np.int64)
    for k, job in enumerate(order.tolist()):
        before = int(order[k - 1])
        done = 0
        for m in range(n_machines):
            free = (
                int(end[before, m] + shop.setups[before, job, m]) if k else int(shop.first[job, m])
            )
            done = max(done, free) + int(shop.times[job, m])
            end[job, m] = done
    return Assignment(
        mode=np.arange(n_jobs * n_machines, dtype=np.int64),
        start=(end - shop.times).ravel(),
        end=end.ravel(),
    )
