# mypy: disable-error-code="no-any-return"
"""Each job as if it were alone: when it can be done at the earliest."""

from zhizao.schedule.kernels._jit import kernel
from zhizao.schedule.kernels.factory_build import clear, find_mode
from zhizao.schedule.kernels.factory_place import ready_at
from zhizao.schedule.kernels.factory_tables import (
    I64,
    NEVER,
    NONE,
    P_END,
    P_MODE,
    Factory,
    Plan,
    State,
)


@kernel
def complete_alone(factory: Factory, state: State, plan: Plan, completion: I64) -> None:
    """Write when each job is completed if no other job is there; ``NEVER`` where it cannot be."""
    # Nothing is taken: each operation has the shop for itself, only its job is before it.
    clear(factory, state)
    for j in range(factory.jobs.size):
        completion[j] = 0
        for i in range(factory.jobs[j].operation_first, factory.jobs[j].operation_end):
            if factory.operations[i].pinned == 0:
                find_mode(factory, state, plan, i, NONE, ready_at(factory, plan, i))
                if state.best[P_END] >= NEVER:
                    completion[j] = NEVER
                    break
                plan.rows[i].mode = state.best[P_MODE]
                plan.rows[i].end = state.best[P_END]
            completion[j] = plan.rows[i].end
