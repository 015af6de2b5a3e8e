# mypy: disable-error-code="no-any-return"
"""Dispatching: from event to event, each idle machine takes the best operation that waits.

Operations that the same machines can do (and that may go together) wait in one queue, a heap
by a key that is known in advance. Rules that also look at setups and at the time choose among
the first entries of the heap.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import constant, inner_kernel, kernel
from zhizao.schedule.kernels.factory_block import build_block
from zhizao.schedule.kernels.factory_build import build_batch, clear
from zhizao.schedule.kernels.factory_calendar import next_open
from zhizao.schedule.kernels.factory_choice import find_mode, mode_on
from zhizao.schedule.kernels.factory_heap import push, remove
from zhizao.schedule.kernels.factory_place import needs_crew, ready_at, setup_ticks, take
from zhizao.schedule.kernels.factory_tables import (
    FAMILY,
    FREE,
    I64,
    NEVER,
    NONE,
    P_BEGIN,
    P_END,
    P_MODE,
    Factory,
    Plan,
    State,
    Table,
)

BY_KEY = constant(0)
BY_ATCS = constant(1)
BY_SETUP = constant(2)

LOOKS_AT = constant(48)
"""Entries of a heap among which the rules that look at setups choose."""

NO_WISH = constant(0)

N_EVENTS = constant(0)
N_PLACED = constant(1)
N_DIRTY = constant(2)
FORCED = constant(3)

POSTPONED = constant(-1)


QUEUE = np.dtype((np.record, [("heap", "i8"), ("machine_first", "i8"), ("machine_end", "i8")]))
LOOKER = np.dtype((np.record, [("queue_first", "i8"), ("queue_end", "i8")]))


class Rule(NamedTuple):
    """How to choose; ``key`` is of each operation, smallest first."""

    kind: int
    is_patient: int
    """1: an operation goes where it ends first, also to a machine that is still at work."""
    awaits_crew: int
    """1: a machine whose operators are not there chooses again when they are; 0: it keeps what it
    has chosen until then."""
    key: NDArray[np.float64]
    urgency: NDArray[np.float64]
    """Of each operation: weight divided by its duration."""
    slack: NDArray[np.float64]
    """Of each operation: due instant less the work that is left, its own included."""
    slack_scale: float
    """Ticks of slack after which an operation counts for 1/e."""
    setup_scale: float
    """Ticks of setup after which an operation counts for 1/e."""


class Queues(NamedTuple):
    """Where operations wait; ``tables`` of queues and machines are CSR over ``lists``."""

    of_operation: I64
    queues: Table
    machines: Table
    lists: I64
    size: I64
    keys: NDArray[np.float64]
    operations: I64
    event_at: NDArray[np.float64]
    event_code: I64
    wakes_at: I64
    dirty: I64
    is_dirty: I64
    missing: I64
    """Of each operation: not yet placed ones that it waits for; empty without ties."""
    counters: I64


@kernel
def add_event(queues: Queues, at: int, code: int) -> None:
    """Note that an operation (code ≥ 0) comes or a machine (code < 0) looks for work."""
    n = queues.counters[N_EVENTS]
    if at < NEVER and n < queues.event_at.size:
        push(queues.event_at, queues.event_code, 0, n, float(at), code)
        queues.counters[N_EVENTS] = n + 1


@inner_kernel
def look(queues: Queues, m: int) -> None:
    """Note that a machine has to look for work at this instant."""
    if queues.is_dirty[m] == 0:
        queues.is_dirty[m] = 1
        queues.dirty[queues.counters[N_DIRTY]] = m
        queues.counters[N_DIRTY] += 1


@kernel
def come(factory: Factory, rule: Rule, queues: Queues, i: int, t: int) -> None:
    """Let an operation join its queue."""
    g = queues.of_operation[i]
    row = queues.queues[g]
    push(queues.keys, queues.operations, row.heap, queues.size[g], rule.key[i], i)
    queues.size[g] += 1
    for a in range(row.machine_first, row.machine_end):
        look(queues, queues.lists[a])
        if factory.operations[i].batch_key >= 0 and factory.operations[i].wait < NEVER:
            add_event(queues, t + factory.operations[i].wait, -1 - queues.lists[a])


@kernel
def is_gathered(factory: Factory, plan: Plan, queues: Queues, g: int, t: int) -> bool:
    """Return whether a queue of a batch holds enough pieces, or has waited enough."""
    heap = queues.queues[g].heap
    first = factory.operations[queues.operations[heap]]
    if first.batch_key < 0 or queues.counters[FORCED] == 1:
        return True
    pieces = 0.0
    for a in range(heap, heap + queues.size[g]):
        i = queues.operations[a]
        pieces += factory.operations[i].pieces
        if pieces >= first.least or ready_at(factory, plan, i) + first.wait <= t:
            return True
    return False


@inner_kernel
def worth(rule: Rule, i: int, setup: int, t: int) -> float:
    """Return how good it is to do an operation now; the largest goes first."""
    if rule.kind == BY_SETUP:
        return -float(setup)
    late = max(0.0, rule.slack[i] - t)
    return rule.urgency[i] * math.exp(-late / rule.slack_scale - setup / rule.setup_scale)


@kernel
def choose(
    factory: Factory, state: State, plan: Plan, rule: Rule, queues: Queues, m: int, t: int
) -> int:
    """Return the place in the heaps of what an idle machine does next; -1 if nothing waits."""
    best = NONE
    best_worth = -math.inf
    family = state.place[factory.machines[m].place_first, FAMILY]
    for q in range(queues.machines[m].queue_first, queues.machines[m].queue_end):
        g = queues.lists[q]
        n = queues.size[g]
        if n == 0 or not is_gathered(factory, plan, queues, g, t):
            continue
        heap = queues.queues[g].heap
        if rule.kind == BY_KEY:
            if best < 0 or queues.keys[heap] < queues.keys[best]:
                best = heap
            continue
        for a in range(heap, heap + min(n, LOOKS_AT)):
            i = queues.operations[a]
            setup = setup_ticks(factory, m, family, factory.operations[i].family)
            its_worth = worth(rule, i, setup, t)
            if its_worth > best_worth or (
                its_worth == best_worth and queues.keys[a] < queues.keys[best]
            ):
                best_worth = its_worth
                best = a
    return best


@kernel
def free_from(factory: Factory, state: State, m: int) -> int:
    """Return when the first place of a machine is free."""
    at = NEVER
    for p in range(factory.machines[m].place_first, factory.machines[m].place_end):
        at = min(at, state.place[p, FREE])
    return at


@kernel
def follow_up(factory: Factory, plan: Plan, queues: Queues, i: int) -> None:
    """Let the next operation of a job come when it is ready."""
    if factory.ties.size > 0:
        follow_tied(factory, plan, queues, i)
        return
    if i + 1 < factory.jobs[factory.operations[i].job].operation_end:
        if factory.operations[i + 1].pinned == 1:
            follow_pinned(factory, plan, queues, i + 1)
        else:
            add_event(queues, ready_at(factory, plan, i + 1), i + 1)


@kernel
def follow_tied(factory: Factory, plan: Plan, queues: Queues, i: int) -> None:
    """Let come what has waited for an operation last of all."""
    if i + 1 < factory.jobs[factory.operations[i].job].operation_end:
        count_down(factory, plan, queues, i, i + 1)
    for a in range(factory.ties[i].out_first, factory.ties[i].out_end):
        count_down(factory, plan, queues, i, factory.joins[a].target)


@kernel
def count_down(factory: Factory, plan: Plan, queues: Queues, i: int, x: int) -> None:
    """Note that ``x`` waits for one operation less, unless they are placed together."""
    lead = factory.ties[x].lead
    if factory.operations[x].pinned == 1 or lead == factory.ties[i].lead:
        return
    queues.missing[lead] -= 1
    if queues.missing[lead] == 0:
        add_event(queues, ready_at(factory, plan, lead), lead)


@kernel
def come_first(factory: Factory, plan: Plan, queues: Queues) -> None:
    """Let the operations come that wait for none."""
    for i in range(factory.operations.size):
        queues.missing[i] = factory.ties[i].n_before
        if (
            factory.ties[i].lead == i
            and factory.ties[i].n_before == 0
            and factory.operations[i].pinned == 0
        ):
            add_event(queues, ready_at(factory, plan, i), i)


@kernel
def follow_pinned(factory: Factory, plan: Plan, queues: Queues, i: int) -> None:
    """Let come what follows pinned operations of a job."""
    end = factory.jobs[factory.operations[i].job].operation_end
    while i < end and factory.operations[i].pinned == 1:
        i += 1
    if i < end:
        add_event(queues, ready_at(factory, plan, i), i)


@kernel
def is_postponed(
    factory: Factory, state: State, plan: Plan, queues: Queues, i: int, m: int, t: int
) -> bool:
    """Return whether a machine is to look again when an operation could begin; note the event."""
    if factory.operations[i].batch_key >= 0 or not needs_crew(factory, i, m):
        return False
    if factory.ties.size > 0 and factory.ties[i].tail > i + 1:
        return False
    if queues.counters[N_EVENTS] > queues.event_at.size // 2:
        return False  # room is left for what has to come
    find_mode(factory, state, plan, i, mode_on(factory, i, m), ready_at(factory, plan, i))
    at = state.best[P_BEGIN]
    if state.best[P_END] >= NEVER or at <= t:
        return False
    if queues.wakes_at[m] != at:
        queues.wakes_at[m] = at
        add_event(queues, at, -1 - m)
    return True


@kernel
def start_one(
    factory: Factory,
    state: State,
    plan: Plan,
    rule: Rule,
    queues: Queues,
    sequence: I64,
    m: int,
    a: int,
    t: int,
) -> int:
    """Start the operation at a place of the heaps, with mates; return how many, 0 for never.

    ``POSTPONED`` where its operators are not there at ``t`` and the machine is to choose again.
    """
    i = queues.operations[a]
    if rule.awaits_crew == 1 and is_postponed(factory, state, plan, queues, i, m, t):
        return int(POSTPONED)
    g = queues.of_operation[i]
    heap = queues.queues[g].heap
    remove(queues.keys, queues.operations, heap, queues.size[g], a)
    queues.size[g] -= 1
    q = queues.counters[N_PLACED]
    sequence[q] = i
    wish = NONE
    if rule.is_patient == 0:
        wish = mode_on(factory, i, m)
    if factory.ties.size > 0 and factory.ties[i].tail > i + 1:
        return start_block(factory, state, plan, queues, sequence, i, wish)
    ready = ready_at(factory, plan, i)
    find_mode(factory, state, plan, i, wish, ready)
    if state.best[P_END] >= NEVER:
        return 0
    n = 1
    if factory.operations[i].batch_key < 0:
        take(factory, state, plan, i, factory.modes[state.best[P_MODE]].duration)
    else:
        last = q + 1
        pieces = factory.operations[i].pieces
        while queues.size[g] > 0:
            x = queues.operations[heap]
            pieces += factory.operations[x].pieces
            if pieces > factory.operations[i].largest:
                break
            remove(queues.keys, queues.operations, heap, queues.size[g], heap)
            queues.size[g] -= 1
            sequence[last] = x
            last += 1
        n = build_batch(factory, state, plan, sequence, q, last, ready)
        for b in range(q + n, last):
            x = sequence[b]
            push(queues.keys, queues.operations, heap, queues.size[g], rule.key[x], x)
            queues.size[g] += 1
    queues.counters[N_PLACED] += n
    for b in range(q, q + n):
        follow_up(factory, plan, queues, sequence[b])
    row = plan.rows[i]
    if row.place >= 0:
        add_event(queues, row.hold, -1 - factory.modes[row.mode].machine)
    return n


@kernel
def start_block(
    factory: Factory,
    state: State,
    plan: Plan,
    queues: Queues,
    sequence: I64,
    i: int,
    wish: int,
) -> int:
    """Start operations that are placed together; return how many, 0 for never."""
    n = build_block(factory, state, plan, sequence, i, wish, NO_WISH)
    q = queues.counters[N_PLACED]
    for a in range(n):
        sequence[q + a] = i + a
    queues.counters[N_PLACED] += n
    for a in range(n):
        follow_up(factory, plan, queues, i + a)
        row = plan.rows[i + a]
        if row.place >= 0:
            add_event(queues, row.hold, -1 - factory.modes[row.mode].machine)
    return n


@kernel
def serve(
    factory: Factory,
    state: State,
    plan: Plan,
    rule: Rule,
    queues: Queues,
    sequence: I64,
    m: int,
    t: int,
) -> bool:
    """Give a machine work as long as it is idle; return False if an operation can never be done."""
    while True:
        if free_from(factory, state, m) > t:
            return True
        opens = next_open(factory, factory.machines[m].cal, t)
        if opens > t:
            if queues.wakes_at[m] != opens:
                queues.wakes_at[m] = opens
                add_event(queues, opens, -1 - m)
            return True
        a = choose(factory, state, plan, rule, queues, m, t)
        if a < 0:
            return True
        n = start_one(factory, state, plan, rule, queues, sequence, m, a, t)
        if n == POSTPONED:
            return True
        if n == 0:
            return False


@kernel
def dispatch(
    factory: Factory, state: State, plan: Plan, rule: Rule, queues: Queues, sequence: I64
) -> int:
    """Plan all operations that are not pinned; return the number placed.

    Their order is written to ``sequence``, behind the pinned ones that stand there already
    (``queues.counters[N_PLACED]`` of them).
    """
    clear(factory, state)
    if factory.ties.size > 0:
        come_first(factory, plan, queues)
    for j in range(factory.jobs.size):
        first = factory.jobs[j].operation_first
        if factory.ties.size > 0:
            continue
        if first < factory.jobs[j].operation_end:
            if factory.operations[first].pinned == 1:
                follow_pinned(factory, plan, queues, first)
            else:
                add_event(queues, ready_at(factory, plan, first), first)
    while True:
        if queues.counters[N_EVENTS] == 0:
            if queues.counters[FORCED] == 1:
                return queues.counters[N_PLACED]
            queues.counters[FORCED] = 1
            t = 0
            for m in range(factory.machines.size):
                t = max(t, free_from(factory, state, m))
                look(queues, m)
        else:
            t = int(queues.event_at[0])
        while queues.counters[N_EVENTS] > 0 and queues.event_at[0] <= t:
            n = queues.counters[N_EVENTS]
            code = remove(queues.event_at, queues.event_code, 0, n, 0)
            queues.counters[N_EVENTS] = n - 1
            if code < 0:
                look(queues, -1 - code)
            elif queues.of_operation[code] >= 0:
                come(factory, rule, queues, code, t)
            elif factory.ties.size > 0 and factory.ties[code].tail > code + 1:
                if start_block(factory, state, plan, queues, sequence, code, NONE) == 0:
                    sequence[queues.counters[N_PLACED]] = code
                    return queues.counters[N_PLACED]
            else:
                find_mode(factory, state, plan, code, NONE, t)
                take(factory, state, plan, code, 0)
                sequence[queues.counters[N_PLACED]] = code
                queues.counters[N_PLACED] += 1
                follow_up(factory, plan, queues, code)
        d = 0
        while d < queues.counters[N_DIRTY]:
            m = queues.dirty[d]
            queues.is_dirty[m] = 0
            if not serve(factory, state, plan, rule, queues, sequence, m, t):
                return queues.counters[N_PLACED]
            d += 1
        queues.counters[N_DIRTY] = 0
