# mypy: disable-error-code="no-any-return"
"""From a list of operations to a plan: one after another, each as early as it can be.

Of a list in which operations of one batch key follow each other, as many of them go together
as fit and are ready when the first one begins (more where the batch has too few pieces).
"""

import math

from zhizao.schedule.kernels._jit import inner_kernel, kernel
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


@inner_kernel
def find_mode(factory: Factory, state: State, plan: Plan, i: int, wish: int, ready: int) -> None:
    """Find the mode with the first end, or the times of the one that is wished for."""
    state.best[P_END] = NEVER
    state.best[P_MODE] = NONE
    same = factory.operations[i].same_as
    for k in range(factory.operations[i].mode_first, factory.operations[i].mode_end):
        if wish >= 0 and k != wish and same < 0:
            continue
        if same >= 0 and factory.modes[k].machine != factory.modes[plan.rows[same].mode].machine:
            continue
        hold = factory.modes[k].hold
        probe_mode(factory, state, i, k, ready, factory.modes[k].duration, hold)


@inner_kernel
def mode_on(factory: Factory, i: int, m: int) -> int:
    """Return the mode of an operation on a machine."""
    for k in range(factory.operations[i].mode_first, factory.operations[i].mode_end):
        if factory.modes[k].machine == m:
            return k
    return NONE


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


@inner_kernel
def follow(factory: Factory, plan: Plan, x: int, i: int, k: int) -> None:
    """Note that an operation goes with another one."""
    plan.rows[x].mode = k
    plan.rows[x].place = plan.rows[i].place
    plan.rows[x].begin = plan.rows[i].begin
    plan.rows[x].start = plan.rows[i].start
    plan.rows[x].end = plan.rows[i].end
    plan.rows[x].hold = plan.rows[i].hold
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
