# mypy: disable-error-code="no-any-return"
"""Operations that cannot stay where and when the previous plan had them, each by itself."""

from zhizao._base.compiled.kinds import kernel
from zhizao.schedule.kernels.factory_build import clear
from zhizao.schedule.kernels.factory_choice import find_mode
from zhizao.schedule.kernels.factory_place import probe_mode, ready_at
from zhizao.schedule.kernels.factory_tables import (
    I64,
    NEVER,
    NONE,
    P_END,
    P_MODE,
    P_START,
    Factory,
    Plan,
    State,
)


@kernel
def mark_forced(
    factory: Factory, state: State, plan: Plan, order: I64, start: I64, end: I64
) -> None:
    """Write when each operation that counts could stay at the earliest; ``NEVER``: not at all.

    Nothing is taken: each operation has the shop for itself, only what it waits for is before it,
    and what is pinned. ``order``: all operations, each after those that it waits for. ``end`` is
    that of an operation that begins at ``start`` on its old machine.
    """
    clear(factory, state)
    for q in range(order.size):
        i = order[q]
        start[i] = NEVER
        end[i] = NEVER
        one = factory.operations[i]
        if one.pinned == 1:
            continue
        plan.rows[i].end = NEVER
        plan.rows[i].handed = NEVER
        ready = ready_at(factory, plan, i)
        if ready >= NEVER:
            continue
        if one.counts == 1:
            state.best[P_END] = NEVER
            not_before = max(ready, one.old_start - factory.tolerance)
            for k in range(one.mode_first, one.mode_end):
                if factory.modes[k].machine == one.old_machine:
                    duration = factory.modes[k].duration
                    probe_mode(factory, state, i, k, not_before, duration, duration)
            if (
                state.best[P_END] < NEVER
                and state.best[P_START] <= one.old_start + factory.tolerance
            ):
                start[i] = state.best[P_START]
                end[i] = state.best[P_END]
        find_mode(factory, state, plan, i, NONE, ready)
        if state.best[P_END] >= NEVER:
            continue
        plan.rows[i].mode = state.best[P_MODE]
        plan.rows[i].end = state.best[P_END]
        plan.rows[i].handed = state.best[P_END]
        k = state.best[P_MODE]
        if factory.modes[k].handover < factory.modes[k].duration:
            # No earlier than this, in whatever mode.
            plan.rows[i].handed = ready
