# mypy: disable-error-code="no-any-return"
"""Which of its modes an operation gets: the one that ends first, or the one that is wished for."""

from zhizao._base.compiled.kinds import inner_kernel
from zhizao.schedule.kernels.factory_place import note_last, probe_mode
from zhizao.schedule.kernels.factory_tables import (
    NEVER,
    NONE,
    P_END,
    P_MODE,
    Factory,
    Plan,
    State,
)


@inner_kernel
def find_mode(factory: Factory, state: State, plan: Plan, i: int, wish: int, ready: int) -> None:
    """Find the mode with the first end, or the times of the one that is wished for."""
    state.best[P_END] = NEVER
    state.best[P_MODE] = NONE
    same = factory.operations[i].same_as
    if factory.modes[factory.operations[i].mode_first].last > 0:
        note_last(factory, state, plan, i)
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
