# mypy: disable-error-code="no-any-return"
"""What a changed list costs: rebuilt from the first change until nothing differs any more.

States are kept at every ``STRIDE``-th position, so that a trial begins near its first change.
A trial ends early where the plan is as before from there on, and where it has become too dear
after the job that it was to help is done.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import constant, inner_kernel, kernel
from zhizao.schedule.kernels.factory_build import build_at, clear
from zhizao.schedule.kernels.factory_cost import (
    excess_cost,
    job_cost,
    last_end,
    moves,
    operation_cost,
)
from zhizao.schedule.kernels.factory_tables import I64, Factory, Plan, State

COST = constant(0)
BEST = constant(1)

STOPPED_AT = constant(0)
BEGAN_AT = constant(1)
SAVED = constant(2)
"""1: the best list is kept apart; 0: it is the list itself."""
N_TRIALS = constant(3)
N_REBUILT = constant(4)
N_TAKEN = constant(5)
N_MOVED = constant(10)
"""Operations of the plan that left the previous one, of those that count."""
MORE_MOVED = constant(11)
"""How many more the trial has."""
N_COUNTERS = constant(12)

REJECTED = constant(2**40)


class Search(NamedTuple):
    """One search: a list, its plan, and a second plan for trials."""

    sequence: I64
    position: I64
    wish: I64
    """Mode of each operation; -1: the one that ends first."""
    plan: Plan
    trial: Plan
    job_cost: NDArray[np.float64]
    kept_place: I64
    """Shape (n_kept, n_places, ...): places before the position ``kept_at``."""
    kept_unit: I64
    kept_at: I64
    trial_place: I64
    trial_unit: I64
    trial_at: I64
    best_sequence: I64
    best_wish: I64
    best_not_before: I64
    values: NDArray[np.float64]
    counters: I64
    random: NDArray[np.uint64]
    stride: int
    n_pins: int
    counted: I64
    """Operations whose moves against the previous plan count."""


@inner_kernel
def keep(state: State, place: I64, unit: I64, at: I64, s: int, q: int) -> None:
    """Keep a state."""
    for a in range(state.place.shape[0]):
        for b in range(state.place.shape[1]):
            place[s, a, b] = state.place[a, b]
    for a in range(state.unit.shape[0]):
        unit[s, a, 0] = state.unit[a, 0]
        unit[s, a, 1] = state.unit[a, 1]
    at[s] = q


@inner_kernel
def restore(state: State, search: Search, s: int) -> None:
    """Bring a kept state back."""
    for a in range(state.place.shape[0]):
        for b in range(state.place.shape[1]):
            state.place[a, b] = search.kept_place[s, a, b]
    for a in range(state.unit.shape[0]):
        state.unit[a, 0] = search.kept_unit[s, a, 0]
        state.unit[a, 1] = search.kept_unit[s, a, 1]


@inner_kernel
def is_as_kept(state: State, search: Search, s: int) -> bool:
    """Return whether a state equals a kept one."""
    for a in range(state.place.shape[0]):
        for b in range(state.place.shape[1]):
            if state.place[a, b] != search.kept_place[s, a, b]:
                return False
    for a in range(state.unit.shape[0]):
        if state.unit[a, 0] != search.kept_unit[s, a, 0]:
            return False
        if state.unit[a, 1] != search.kept_unit[s, a, 1]:
            return False
    return True


@inner_kernel
def copy_operation(factory: Factory, source: Plan, target: Plan, i: int) -> None:
    """Copy where and when an operation is from one plan to another."""
    a = source.rows[i]
    b = target.rows[i]
    b.mode = a.mode
    b.place = a.place
    b.begin = a.begin
    b.start = a.start
    b.end = a.end
    b.hold = a.hold
    b.handed = a.handed
    b.setup = a.setup
    b.head = a.head
    b.setup_unit = a.setup_unit
    b.not_before = a.not_before
    for need in range(factory.operations[i].need_first, factory.operations[i].need_end):
        target.unit[need] = source.unit[need]


@inner_kernel
def differs(search: Search, i: int) -> bool:
    """Return whether the next operation of a job has to be built anew after this one."""
    a = search.plan.rows[i]
    b = search.trial.rows[i]
    return a.end != b.end or a.mode != b.mode or a.handed != b.handed


@kernel
def more_different(factory: Factory, search: Search, i: int) -> int:
    """Return how many more operations have to be built anew after one, less those before it."""
    n = 0
    for a in range(factory.ties[i].join_first, factory.ties[i].join_end):
        if differs(search, factory.joins[a].source):
            n -= 1
    if differs(search, i):
        n += factory.ties[i].out_end - factory.ties[i].out_first
    return n


@kernel
def settle(factory: Factory, state: State, search: Search) -> bool:
    """Build the list from the beginning, note costs and states; return whether all is placed."""
    clear(factory, state)
    q = 0
    n = search.sequence.size
    cost = 0.0
    n_moved = 0
    s = 0
    while q < n:
        if q >= s * search.stride:
            keep(state, search.kept_place, search.kept_unit, search.kept_at, s, q)
            s += 1
        placed = build_at(factory, state, search.plan, search.sequence, search.wish, q)
        if placed == 0:
            return False
        q += placed
    while s < search.kept_at.size:
        search.kept_at[s] = n
        s += 1
    for q in range(n):
        i = search.sequence[q]
        search.position[i] = q
        copy_operation(factory, search.plan, search.trial, i)
        cost += operation_cost(factory, search.plan, i)
        n_moved += moves(factory, search.plan, i)
    for j in range(factory.jobs.size):
        end = factory.jobs[j].operation_end
        search.job_cost[j] = 0.0
        if end > factory.jobs[j].operation_first:
            search.job_cost[j] = job_cost(factory, j, search.plan.rows[end - 1].end)
        cost += search.job_cost[j]
    search.counters[N_MOVED] = n_moved
    cost += excess_cost(factory, n_moved)
    search.values[COST] = cost + factory.per_makespan * last_end(factory, search.plan)
    return True


@kernel
def attempt(
    factory: Factory, state: State, search: Search, low: int, high: int, job: int, limit: float
) -> float:
    """Build the changed list as a trial; return by how much it is dearer.

    Positions ``low`` to ``high`` have changed. ``REJECTED`` where it cannot be done, or costs
    more than ``limit`` when ``job`` is done, or so much before that it cannot make up for it.
    """
    n = search.sequence.size
    while low > 0 and factory.operations[search.sequence[low - 1]].batch_key >= 0:
        low -= 1
    s = low // search.stride
    while search.kept_at[s] > low:
        s -= 1
    restore(state, search, s)
    q = search.kept_at[s]
    search.counters[BEGAN_AT] = q
    s += 1
    delta = 0.0
    n_moved = search.counters[N_MOVED]
    excess_before = excess_cost(factory, n_moved)
    n_different = 0
    is_done = job < 0
    may_stop = factory.per_makespan == 0.0
    while q < n:
        if s < search.kept_at.size and q >= s * search.stride:
            keep(state, search.trial_place, search.trial_unit, search.trial_at, s, q)
            if (
                q > high
                and n_different == 0
                and search.kept_at[s] == q
                and is_as_kept(state, search, s)
            ):
                break
            s += 1
        placed = build_at(factory, state, search.trial, search.sequence, search.wish, q)
        if placed == 0:
            search.counters[STOPPED_AT] = q + 1
            return float(REJECTED)
        for a in range(q, q + placed):
            i = search.sequence[a]
            j = factory.operations[i].job
            delta += operation_cost(factory, search.trial, i)
            delta -= operation_cost(factory, search.plan, i)
            n_moved += moves(factory, search.trial, i) - moves(factory, search.plan, i)
            if i > factory.jobs[j].operation_first and differs(search, i - 1):
                n_different -= 1
            if i + 1 == factory.jobs[j].operation_end:
                delta += job_cost(factory, j, search.trial.rows[i].end) - search.job_cost[j]
                is_done = is_done or j == job
            elif differs(search, i):
                n_different += 1
            if factory.ties.size > 0:
                n_different += more_different(factory, search, i)
        q += placed
        hope = 0.0
        if not is_done and job < factory.jobs.size:
            hope = search.job_cost[job]
        if not is_done and job >= factory.jobs.size:
            continue
        excess = excess_cost(factory, n_moved) - excess_before
        if may_stop and delta + excess > limit + hope and q > high:
            search.counters[STOPPED_AT] = q
            return float(REJECTED)
    search.counters[STOPPED_AT] = q
    if q == n:
        while s < search.kept_at.size and s * search.stride < n:
            search.trial_at[s] = n
            s += 1
    search.counters[MORE_MOVED] = n_moved - search.counters[N_MOVED]
    delta += excess_cost(factory, n_moved) - excess_before
    if factory.per_makespan > 0.0:
        delta += factory.per_makespan * (
            last_end(factory, search.trial) - last_end(factory, search.plan)
        )
    return delta


@kernel
def accept(factory: Factory, search: Search, delta: float) -> None:
    """Make the trial the plan."""
    for q in range(search.counters[BEGAN_AT], search.counters[STOPPED_AT]):
        i = search.sequence[q]
        copy_operation(factory, search.trial, search.plan, i)
        if i + 1 == factory.jobs[factory.operations[i].job].operation_end:
            j = factory.operations[i].job
            search.job_cost[j] = job_cost(factory, j, search.plan.rows[i].end)
    first = search.counters[BEGAN_AT] // search.stride
    for s in range(first + 1, search.kept_at.size):
        if s * search.stride >= search.counters[STOPPED_AT]:
            break
        search.kept_at[s] = search.trial_at[s]
        for a in range(search.kept_place.shape[1]):
            for b in range(search.kept_place.shape[2]):
                search.kept_place[s, a, b] = search.trial_place[s, a, b]
        for a in range(search.kept_unit.shape[1]):
            search.kept_unit[s, a, 0] = search.trial_unit[s, a, 0]
            search.kept_unit[s, a, 1] = search.trial_unit[s, a, 1]
    search.values[COST] += delta
    search.counters[N_MOVED] += search.counters[MORE_MOVED]


@kernel
def reject(factory: Factory, search: Search) -> None:
    """Make the trial the plan as it is; the list has been put back before."""
    for q in range(search.counters[BEGAN_AT], search.counters[STOPPED_AT]):
        copy_operation(factory, search.plan, search.trial, search.sequence[q])


@kernel
def keep_best(search: Search) -> None:
    """Keep the list as the best one."""
    for q in range(search.sequence.size):
        search.best_sequence[q] = search.sequence[q]
        search.best_wish[q] = search.wish[q]
        search.best_not_before[q] = search.plan.rows[q].not_before
    search.counters[SAVED] = 1
