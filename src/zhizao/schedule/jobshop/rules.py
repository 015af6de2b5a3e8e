"""First plans of a job shop: a portfolio of dispatch rules, forwards and backwards in time.

A backward plan dispatches the shop with time reversed. All rules are powers of an
operation's duration, of the work and the number of operations that its job still has (with
it), and of the work that its job has done (with it), so that they can be varied at random.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.jobshop.nodes import Nodes
from zhizao.schedule.kernels.jobshop_dispatch import Floor, dispatch

Floats = NDArray[np.float64]


class Rule(NamedTuple):
    """Powers: the operation with the least duration^a done^d / (remaining^b operations^c)."""

    duration: float = 0.0
    remaining: float = 0.0
    operations: float = 0.0
    done: float = 0.0


RULES = (
    Rule(duration=1, remaining=2),
    Rule(duration=1, operations=1),
    Rule(remaining=1),
    Rule(duration=1, remaining=1),
    Rule(operations=1),
    Rule(remaining=1, done=1),
)
"""Duration over (remaining work)² and over remaining operations; most work remaining;
duration over remaining work; most operations remaining; flow due date over remaining work.
The first is the best of these on large shops without a bottleneck, the second on those with
many more jobs than machines."""


class Dispatcher:
    """Makes plans of one shop, one after another."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        n_jobs = nodes.first_machine_node - nodes.n_operations - 1
        n_machines = nodes.n_machines
        first = nodes.first_machine_node
        of_operation = nodes.machine[nodes.node]
        load = np.bincount(of_operation, minlength=n_machines)
        self._floor = Floor(
            queue_first=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(load)]),
            queue_length=np.zeros(n_machines, dtype=np.int64),
            queue=np.zeros(nodes.n_operations, dtype=np.int32),
            running=np.full(n_machines, -1, dtype=np.int32),
            touched=np.zeros(2 * n_machines + n_jobs, dtype=np.int32),
            is_touched=np.zeros(n_machines, dtype=np.int8),
            event_at=np.zeros(n_machines, dtype=np.int64),
            event_machine=np.zeros(n_machines, dtype=np.int32),
        )
        self._way = {
            False: (nodes.duration[:first], nodes.machine[:first]),
            True: (nodes.duration[:first][::-1].copy(), nodes.machine[:first][::-1].copy()),
        }
        is_first = nodes.machine[nodes.node - 1] < 0
        self._job = np.cumsum(is_first) - 1
        self._first = np.flatnonzero(is_first)
        self._logs = (self._log_factors(is_backward=False), self._log_factors(is_backward=True))

    def _log_factors(self, *, is_backward: bool) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the logarithms of the four factors of a rule by operation."""
        duration = self.nodes.duration[self.nodes.node].astype(np.float64)
        n = len(duration)
        total = np.concatenate([np.zeros(1), np.cumsum(duration)])
        behind = np.append(self._first[1:], n)[self._job] if n else self._first
        first = self._first[self._job]
        done = total[1:] - total[first]
        remaining = total[behind] - total[:-1]
        operations = (behind - np.arange(n)).astype(np.float64)
        if is_backward:
            done, remaining = remaining, done
            operations = (np.arange(n) - first + 1).astype(np.float64)
        logs = [np.log(np.maximum(x, 0.5)) for x in (duration, remaining, operations, done)]
        return logs[0], logs[1], logs[2], logs[3]

    def plan(
        self, rule: Rule, *, is_backward: bool = False, noise: Floats | None = None
    ) -> NDArray[np.int32]:
        """Return the topological order of a rule's non-delay plan.

        Parameters
        ----------
        rule : Rule
        is_backward : bool
            Dispatch from the end.
        noise : float64 array of shape (n_operations,)
            Added to the logarithm of the rule's rank.
        """
        nodes, floor = self.nodes, self._floor
        duration_log, remaining_log, operations_log, done_log = self._logs[is_backward]
        rank = np.zeros(nodes.first_machine_node)
        value = np.zeros(nodes.n_operations) if noise is None else noise.copy()
        for power, log in (
            (rule.duration, duration_log),
            (-rule.remaining, remaining_log),
            (-rule.operations, operations_log),
            (rule.done, done_log),
        ):
            if power:
                value += power * log
        rank[nodes.node] = value
        last = nodes.first_machine_node - 1
        job_first = nodes.node[self._first]
        release = nodes.end[job_first - 1]
        if is_backward:
            rank = rank[::-1].copy()
            job_first = (last - (nodes.job_end - 1)).astype(np.int32)
            release = np.zeros(len(job_first), dtype=np.int64)
        order = np.zeros(nodes.n_operations, dtype=np.int32)
        floor.queue_length[:] = 0
        floor.running[:] = -1
        duration, machine = self._way[is_backward]
        by_release = np.argsort(release, kind="stable")
        dispatch(floor, rank, duration, machine, job_first, release, by_release, order)
        return (last - order[::-1]).astype(np.int32) if is_backward else order

    def varied_plan(self, rng: np.random.Generator) -> NDArray[np.int32]:
        """Return the plan of a rule between two of the portfolio, with noise."""
        one, other = (RULES[k] for k in rng.choice(len(RULES), 2, replace=False))
        share = rng.random()
        rule = Rule(*(share * a + (1 - share) * b for a, b in zip(one, other, strict=True)))
        noise = rng.normal(0.0, rng.uniform(0.0, 0.5), self.nodes.n_operations)
        return self.plan(rule, is_backward=bool(rng.integers(2)), noise=noise)
