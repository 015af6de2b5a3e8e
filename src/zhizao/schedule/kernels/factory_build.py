# mypy: disable-error-code="no-any-return"
"""From a list of operations to a plan: one after another, each as early as it can be.

Of a list in which operations of one batch key follow each other, as many of them go together
as fit and are ready when the first one begins (more where the batch has too few pieces).
"""

import math

from zhizao._base.compiled.kinds import constant, inner_kernel, kernel
from zhizao.schedule.kernels.factory_block import build_block
from zhizao.schedule.kernels.factory_choice import find_mode, mode_on
from zhizao.schedule.kernels.factory_place import needs_upkeep, probe_mode, ready_at, take
from zhizao.schedule.kernels.factory_tables import (
    DUE,
    FAMILY,
    I64,
    NEVER,
    NEXT_PIN,
    NONE,
    P_BEGIN,
    P_END,
    P_MODE,
    Factory,
    Plan,
    State,
)

ONE = constant(1)


@kernel
def clear(factory: Factory, state: State) -> None:
    """Set places and units as they are before the first operation."""
    for m in range(factory.machines.size):
        for p in range(factory.machines[m].place_first, factory.machines[m].place_end):
            state.place[p, :] = 0
            state.place[p, FAMILY] = factory.machines[m].family
            state.place[p, NEXT_PIN] = factory.places[p].pin_first
            if needs_upkeep(factory, m):
                for a in range(factory.machines[m].upkeep_first, factory.machines[m].upkeep_end):
                    state.place[p, DUE + a - factory.machines[m].upkeep_first] = factory.upkeep[
                        a
                    ].start
    for u in range(state.unit.shape[0]):
        state.unit[u, 0] = 0
        state.unit[u, 1] = factory.units[u].pin_first


@kernel
def build_batch(
    factory: Factory, state: State, plan: Plan, sequence: I64, q: int, last: int, ready: int
) -> int:
    """Place the batch that begins at a position, in the mode of ``state.best``.

    Mates are looked for before position ``last``. Returns how many are placed.
    """
    i = sequence[q]
    k = state.best[P_MODE]
    m = factory.modes[k].machine
    begin = state.best[P_BEGIN]
    pieces = factory.operations[i].pieces
    first_ready = ready
    n = 1
    while q + n < last:
        x = sequence[q + n]
        if (
            factory.operations[x].batch_key != factory.operations[i].batch_key
            or factory.operations[x].pinned
        ):
            break
        if (
            pieces + factory.operations[x].pieces > factory.operations[i].largest
            or mode_on(factory, x, m) < 0
        ):
            break
        if x > factory.jobs[factory.operations[x].job].operation_first:
            is_mate = False
            for a in range(n):
                is_mate = is_mate or sequence[q + a] == x - 1
            if is_mate:
                break
        if factory.ties.size > 0 and waits_for_mates(factory, sequence, q, n):
            break
        its_ready = ready_at(factory, plan, x)
        if its_ready > begin and pieces >= factory.operations[i].least:
            break
        same = factory.operations[x].same_as
        if same >= 0 and factory.modes[plan.rows[same].mode].machine != m:
            break
        ready = max(ready, its_ready)
        begin = max(begin, ready)
        pieces += factory.operations[x].pieces
        n += 1
    if pieces < factory.operations[i].least and factory.operations[i].wait < NEVER:
        ready = max(ready, first_ready + factory.operations[i].wait)
    duration = math.ceil(factory.modes[k].fixed + factory.modes[k].per_piece * pieces - 1e-6)
    hold = min(duration, factory.modes[k].hold)
    if factory.modes[k].hold >= factory.modes[k].duration:
        hold = duration
    state.best[P_END] = NEVER
    probe_mode(factory, state, i, k, ready, duration, hold)
    if state.best[P_END] >= NEVER:
        return 0
    take(factory, state, plan, i, duration)
    for a in range(1, n):
        follow(factory, plan, sequence[q + a], i, mode_on(factory, sequence[q + a], m))
    return n


@kernel
def waits_for_mates(factory: Factory, sequence: I64, q: int, n: int) -> bool:
    """Return whether what would be the next of a batch needs one of those before it in the batch."""
    x = sequence[q + n]
    for a in range(factory.ties[x].join_first, factory.ties[x].join_end):
        for b in range(n):
            if factory.joins[a].source == sequence[q + b]:
                return True
    return False


@inner_kernel
def follow(factory: Factory, plan: Plan, x: int, i: int, k: int) -> None:
    """Note that an operation goes with another one."""
    plan.rows[x].mode = k
    plan.rows[x].place = plan.rows[i].place
    plan.rows[x].begin = plan.rows[i].begin
    plan.rows[x].start = plan.rows[i].start
    plan.rows[x].end = plan.rows[i].end
    plan.rows[x].hold = plan.rows[i].hold
    plan.rows[x].handed = plan.rows[i].end
    plan.rows[x].setup = 0
    plan.rows[x].head = i
    for a in range(factory.operations[x].need_first, factory.operations[x].need_end):
        plan.unit[a] = NONE
    plan.rows[x].setup_unit = NONE


@kernel
def build_at(factory: Factory, state: State, plan: Plan, sequence: I64, wish: I64, q: int) -> int:
    """Place the operation at a position, with those that go with it.

    Returns the number placed; 0 if it can never be done.
    """
    i = sequence[q]
    if factory.operations[i].pinned == 1:
        return 1
    if factory.ties.size > 0 and factory.ties[i].tail > i + 1:
        return build_block(factory, state, plan, wish, i, wish[i], ONE)
    ready = ready_at(factory, plan, i)
    find_mode(factory, state, plan, i, wish[i], ready)
    if state.best[P_END] >= NEVER:
        return 0
    if factory.operations[i].batch_key >= 0:
        return build_batch(factory, state, plan, sequence, q, sequence.size, ready)
    take(factory, state, plan, i, factory.modes[state.best[P_MODE]].duration)
    return 1


@kernel
def build(factory: Factory, state: State, plan: Plan, sequence: I64, wish: I64) -> int:
    """Turn a list into a plan; return the number placed, all unless one can never be done.

    Pinned operations stand in the plan before.
    """
    clear(factory, state)
    q = 0
    while q < sequence.size:
        n = build_at(factory, state, plan, sequence, wish, q)
        if n == 0:
            return q
        q += n
    return q
