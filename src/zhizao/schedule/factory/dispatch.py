"""The portfolio of dispatch rules: the first plan, and a start for the search."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.factory_rows import first_of, table_of
from zhizao.schedule.factory.factory_ties import arcs_of, in_order
from zhizao.schedule.factory.to_factory import empty_plan, empty_state
from zhizao.schedule.kernels.factory_cost import plan_cost
from zhizao.schedule.kernels.factory_dispatch import (
    BY_ATCS,
    BY_KEY,
    BY_SETUP,
    LOOKER,
    N_PLACED,
    QUEUE,
    Queues,
    Rule,
    dispatch,
)
from zhizao.schedule.kernels.factory_tables import Factory, Plan, Table
from zhizao.schedule.problem import NO_DUE, NONE, Problem

_FEW = 20_000
"""Operations up to which every rule is tried."""

_SOME = 200_000
"""Operations up to which the four best rules are tried; above, two."""


@dataclass(frozen=True, kw_only=True)
class Dispatched:
    """A plan by a rule; ``n_placed`` is less than all if one operation can never be done."""

    rule: str
    plan: Plan
    sequence: NDArray[np.int64]
    """Shape (n_operations,); in the order of the decisions, pinned operations first."""
    n_placed: int
    cost: float


@dataclass(frozen=True, kw_only=True)
class Nominal:
    """What rules look at, in ticks, each of shape (n_operations,)."""

    duration: NDArray[np.float64]
    """In the fastest mode."""
    left: NDArray[np.float64]
    """Work left in the job, this operation included."""
    due: NDArray[np.float64]
    """Of the job; without one, far away."""
    release: NDArray[np.float64]
    weight: NDArray[np.float64]


def dispatch_all(problem: Problem, factory: Factory) -> list[Dispatched]:
    """Return a plan by each rule of the portfolio, the best one first."""
    nominal = nominal_times(problem)
    queues = to_queues(problem, factory)
    found = []
    for name, rule in portfolio(problem, nominal):
        found.append(dispatch_by(problem, factory, rule=rule, name=name, queues=queues))
        # What one rule's machines cannot do within a time limit, another one's may.
        if found[-1].n_placed < problem.n_operations and problem.limits is None:
            break
    return sorted(found, key=lambda d: (-d.n_placed, d.cost))


def dispatch_by(
    problem: Problem, factory: Factory, *, rule: Rule, name: str, queues: Queues
) -> Dispatched:
    """Return the plan of one rule."""
    plan, state = empty_plan(problem, factory), empty_state(factory)
    sequence = np.full(problem.n_operations, NONE, dtype=np.int64)
    queues.size[:] = queues.counters[:] = queues.is_dirty[:] = 0
    queues.wakes_at[:] = NONE
    n_pins = 0
    if problem.pins is not None:
        order = np.lexsort((problem.pins.operation, problem.pins.begin))
        n_pins = len(order)
        sequence[:n_pins] = problem.pins.operation[order]
    queues.counters[N_PLACED] = n_pins
    n_placed = int(dispatch(factory, state, plan, rule, queues, sequence))
    cost = float(plan_cost(factory, plan)) if n_placed == problem.n_operations else float("inf")
    return Dispatched(rule=name, plan=plan, sequence=sequence, n_placed=n_placed, cost=cost)


def nominal_times(problem: Problem) -> Nominal:
    """Return durations, work left, due dates and weights of operations."""
    duration = np.minimum.reduceat(problem.mode_duration, problem.mode_first[:-1]).astype(float)
    n_of_job = np.diff(problem.job_first)
    ends = np.cumsum(duration)
    left = np.repeat(ends[problem.job_first[1:] - 1], n_of_job) - ends + duration
    span = float(duration.sum()) / max(1, problem.n_machines) * 4.0
    due = np.where(problem.due < NO_DUE, problem.due, problem.release + span).astype(float)
    nominal = Nominal(
        duration=duration,
        left=left,
        due=np.repeat(due, n_of_job),
        release=np.repeat(problem.release, n_of_job).astype(float),
        weight=np.repeat(np.maximum(problem.weight, 1e-9), n_of_job),
    )
    return nominal if problem.joins is None else _with_joins(problem, nominal)


def _with_joins(problem: Problem, nominal: Nominal) -> Nominal:
    """Let each operation have the due date, the work left and the weight of what needs it first."""
    due, left, weight = nominal.due.copy(), nominal.left.copy(), nominal.weight.copy()
    arcs = arcs_of(problem)
    after: dict[int, list[tuple[int, int]]] = {}
    for source, target, lag in zip(
        arcs.source.tolist(), arcs.target.tolist(), arcs.lag.tolist(), strict=True
    ):
        after.setdefault(source, []).append((target, lag))
    ends = set((problem.job_first[1:] - 1).tolist())
    for i in in_order(problem, np.arange(problem.n_operations))[::-1].tolist():
        own = float(nominal.duration[i])
        if i not in ends:
            due[i], left[i], weight[i] = due[i + 1], own + left[i + 1], weight[i + 1]
        for x, lag in after.get(i, ()):
            if due[x] - left[x] - lag < due[i] - left[i] + own:
                due[i], left[i], weight[i] = due[x], own + lag + left[x], weight[x]
    return replace(nominal, due=due, left=left, weight=weight)


_KEYS: dict[str, Callable[[Nominal], NDArray[np.float64]]] = {
    "edd": lambda n: n.due,
    "odd": lambda n: n.due - n.left + n.duration,
    "mwkr": lambda n: -n.left,
    "spt/mwkr": lambda n: n.duration / n.left,
    "wspt": lambda n: n.duration / n.weight,
    "slack": lambda n: (n.due - n.left) / n.weight,
    "fdd/mwkr": lambda n: (n.release - n.left) / n.left,
    "lwkr": lambda n: n.left / n.weight,
}


def portfolio(problem: Problem, nominal: Nominal) -> list[tuple[str, Rule]]:
    """Return the rules to try, by name; fewer for large problems."""
    has_due = bool((problem.due < NO_DUE).any())
    rules = [(name, _rule(problem, nominal, key=name)) for name in _names(problem, has_due=has_due)]
    if problem.n_operations > _SOME:
        return rules
    scales = (1.0, 2.0, 4.0) if problem.n_operations <= _FEW else (2.0,)
    if has_due:
        rules += [
            (f"atcs({k:g})", _rule(problem, nominal, key="odd", kind=int(BY_ATCS), scale=k))
            for k in scales
        ]
    if problem.setups is not None:
        key = "odd" if has_due else "mwkr"
        rules.append(("same-setup", _rule(problem, nominal, key=key, kind=int(BY_SETUP))))
    if problem.n_operations <= _FEW and len(problem.mode_machine) > problem.n_operations:
        rules += [(f"{name}, patient", rule._replace(is_patient=1)) for name, rule in rules]
    return rules


def _names(problem: Problem, *, has_due: bool) -> list[str]:
    if problem.n_operations > _SOME:
        return ["odd", "spt/mwkr"] if has_due else ["spt/mwkr", "mwkr"]
    if problem.n_operations > _FEW:
        return ["odd", "slack", "spt/mwkr"] if has_due else ["spt/mwkr", "mwkr", "fdd/mwkr"]
    return list(_KEYS)


def _rule(
    problem: Problem, nominal: Nominal, *, key: str, kind: int = int(BY_KEY), scale: float = 2.0
) -> Rule:
    mean_setup = 1.0
    if problem.setups is not None and problem.setups.ticks.size:
        mean_setup = max(1.0, float(problem.setups.ticks.mean()))
    return Rule(
        kind=kind,
        is_patient=0,
        awaits_crew=0,
        key=np.ascontiguousarray(_KEYS[key](nominal)),
        urgency=nominal.weight / np.maximum(nominal.duration, 1.0),
        slack=nominal.due - nominal.left,
        slack_scale=max(1.0, scale * float(nominal.duration.mean())) * 10.0,
        setup_scale=mean_setup,
    )


def to_queues(problem: Problem, factory: Factory) -> Queues:
    """Return empty queues: one for each set of machines that can do the same operations."""
    of_operation, machines_of = _groups(problem, factory)
    n, n_m = problem.n_operations, problem.n_machines
    n_queues = len(machines_of)
    counts = np.bincount(of_operation[of_operation >= 0], minlength=n_queues)
    queues_of: list[list[int]] = [[] for _ in range(n_m)]
    for g, machines in enumerate(machines_of):
        for m in machines:
            queues_of[m].append(g)
    lists = [m for machines in machines_of for m in machines]
    heap, machine_first = first_of(counts), first_of([len(m) for m in machines_of])
    queue_first = first_of([len(q) for q in queues_of]) + len(lists)
    lists += [g for queues in queues_of for g in queues]
    n_events = 2 * n + 4 * problem.n_jobs + 4 * n_m + _batch_events(problem, machines_of)
    return Queues(
        of_operation=of_operation,
        queues=table_of(
            QUEUE,
            n=n_queues,
            heap=heap[:-1],
            machine_first=machine_first[:-1],
            machine_end=machine_first[1:],
        ),
        machines=table_of(LOOKER, n=n_m, queue_first=queue_first[:-1], queue_end=queue_first[1:]),
        lists=np.array(lists, dtype=np.int64),
        size=np.zeros(n_queues, np.int64),
        keys=np.zeros(n, np.float64),
        operations=np.zeros(n, np.int64),
        event_at=np.zeros(n_events, np.float64),
        event_code=np.zeros(n_events, np.int64),
        wakes_at=np.zeros(n_m, np.int64),
        dirty=np.zeros(n_m + 1, np.int64),
        is_dirty=np.zeros(n_m, np.int64),
        missing=np.zeros(len(factory.ties), np.int64),
        counters=np.zeros(4, np.int64),
    )


def _batch_events(problem: Problem, machines_of: list[list[int]]) -> int:
    """Return how many looks after a wait there may be."""
    if problem.batches is None:
        return 0
    return int((problem.batches.key != NONE).sum()) * max(map(len, machines_of), default=0)


def _groups(problem: Problem, factory: Factory) -> tuple[NDArray[np.int64], list[list[int]]]:
    """Return the queue of each operation, -1 for one that needs no machine, and its machines."""
    operations: Table = factory.operations
    first = problem.mode_machine[problem.mode_first[:-1]].astype(np.int64)
    is_single = (np.diff(problem.mode_first) == 1) & (operations.batch_key == NONE)
    of_operation = np.where(is_single, first, NONE)
    machines_of = [[m] for m in range(problem.n_machines)]
    numbers: dict[tuple[bytes, int], int] = {}
    for i in np.flatnonzero(~is_single & (first != NONE)).tolist():
        machines = np.unique(
            problem.mode_machine[problem.mode_first[i] : problem.mode_first[i + 1]]
        )
        key = machines.tobytes(), int(operations.batch_key[i])
        if key not in numbers:
            numbers[key] = len(machines_of)
            machines_of.append(machines.tolist())
        of_operation[i] = numbers[key]
    return of_operation, machines_of
