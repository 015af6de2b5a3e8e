# mypy: disable-error-code="no-any-return"
"""Each job as if it were alone: when it can be done at the earliest."""

from zhizao._base.compiled.kinds import kernel
from zhizao.schedule.kernels.factory_build import clear
from zhizao.schedule.kernels.factory_place import handed_on, probe_mode, ready_at
from zhizao.schedule.kernels.factory_tables import (
    I64,
    NEVER,
    P_END,
    P_LAST,
    P_START,
    Factory,
    Plan,
    State,
)


@kernel
def complete_alone(factory: Factory, state: State, plan: Plan, order: I64, completion: I64) -> None:
    """Write when each job is completed if no other job is there; ``NEVER`` where it cannot be.

    ``order``: all operations, each after those that it waits for.
    """
    # Nothing is taken: each operation has the shop for itself, only what it waits for is before it.
    clear(factory, state)
    for j in range(factory.jobs.size):
        completion[j] = 0
    for q in range(order.size):
        i = order[q]
        j = factory.operations[i].job
        if factory.operations[i].pinned == 0:
            plan.rows[i].end = NEVER
            plan.rows[i].handed = NEVER
            if completion[j] < NEVER and ready_at(factory, plan, i) < NEVER:
                find_first(factory, state, plan, i)
        completion[j] = plan.rows[i].end


@kernel
def find_first(factory: Factory, state: State, plan: Plan, i: int) -> None:
    """Write when an operation ends first, and when it hands its lot on first, in any mode."""
    ready = ready_at(factory, plan, i)
    state.probe[P_LAST] = 0
    if i > factory.jobs[factory.operations[i].job].operation_first:
        # The last pieces are carried and delayed as well; without that it is no later.
        state.probe[P_LAST] = plan.rows[i - 1].end
    for k in range(factory.operations[i].mode_first, factory.operations[i].mode_end):
        state.best[P_END] = NEVER
        probe_mode(factory, state, i, k, ready, factory.modes[k].duration, factory.modes[k].hold)
        end = state.best[P_END]
        handed = end
        if end < NEVER and factory.modes[k].handover < factory.modes[k].duration:
            handed = handed_on(factory, i, k, state.best[P_START])
        if end < plan.rows[i].end:
            plan.rows[i].end = end
            plan.rows[i].mode = k
        plan.rows[i].handed = min(plan.rows[i].handed, handed)
