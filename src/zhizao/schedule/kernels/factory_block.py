# mypy: disable-error-code="no-any-return"
"""Operations of a lot that are placed together: they may wait for each other only so long.

A longest wait, or a machine that keeps its lot until the next buffer has room, ties an
operation to the one before it. All of such a block are placed one after another; where one
begins too late, what it waits for is put off and the block is placed anew. What is put off
only moves later, so this ends at the first times that the limits allow for the modes taken.
"""

from zhizao._base.compiled.kinds import constant, inner_kernel, kernel
from zhizao.schedule.kernels.factory_choice import find_mode
from zhizao.schedule.kernels.factory_place import ready_at, take
from zhizao.schedule.kernels.factory_tables import (
    FREE,
    I64,
    NEVER,
    NEXT_PIN,
    NONE,
    P_END,
    P_MODE,
    Factory,
    Plan,
    State,
)

NO_WISH = constant(0)

MOST_TRIES = 1000
"""Placings of a block after which it is given up."""


@inner_kernel
def entered_at(factory: Factory, plan: Plan, i: int) -> int:
    """Return the instant at which the lot has to be there."""
    if factory.needs_lot == 1:
        return plan.rows[i].begin
    return plan.rows[i].start


@inner_kernel
def put_off(state: State, a: int, until: int) -> None:
    """Let the a-th operation of a block begin no earlier than at an instant."""
    at = 1 + 2 * state.spare[0] + a
    state.spare[at] = max(state.spare[at], until)


@kernel
def remember(state: State, at: int) -> None:
    """Keep places and units as they are before a block, from a number of ``spare`` on."""
    for a in range(state.place.shape[0]):
        for b in range(state.place.shape[1]):
            state.spare[at] = state.place[a, b]
            at += 1
    for a in range(state.unit.shape[0]):
        state.spare[at] = state.unit[a, 0]
        state.spare[at + 1] = state.unit[a, 1]
        at += 2


@kernel
def go_back(state: State, at: int) -> None:
    """Set places and units back to what they were before a block."""
    for a in range(state.place.shape[0]):
        for b in range(state.place.shape[1]):
            state.place[a, b] = state.spare[at]
            at += 1
    for a in range(state.unit.shape[0]):
        state.unit[a, 0] = state.spare[at]
        state.unit[a, 1] = state.spare[at + 1]
        at += 2


@kernel
def is_in_time(factory: Factory, state: State, plan: Plan, i: int, lead: int) -> bool:
    """Return whether an operation begins within its limits; else put off what it waits for."""
    entered = entered_at(factory, plan, i)
    is_good = True
    for a in range(factory.ties[i].limit_first, factory.ties[i].limit_end):
        source = factory.joins[a].source
        late = entered - plan.rows[source].end - factory.joins[a].lag
        if late > 0 and source >= lead and factory.operations[source].pinned == 0:
            is_good = False
            put_off(state, source - lead, entered_at(factory, plan, source) + late)
    return is_good


@kernel
def room_in_buffer(factory: Factory, state: State, i: int, from_: int) -> int:
    """Return the place of an operation's buffer that is free last before ``from_``, or first."""
    best = NONE
    for u in range(factory.ties[i].buffer_first, factory.ties[i].buffer_end):
        if best < 0:
            best = u
            continue
        free = state.unit[u, 0]
        least = state.unit[best, 0]
        if least <= from_:
            if least < free <= from_:
                best = u
        elif free < least:
            best = u
    return best


@kernel
def lets_go(factory: Factory, state: State, plan: Plan, i: int, lead: int) -> bool:
    """Let the machine before keep a lot until a buffer has room; False where a pin forbids that."""
    before = plan.rows[i - 1]
    entered = entered_at(factory, plan, i)
    if before.place < 0 or before.place == plan.rows[i].place or entered <= before.end:
        return True
    free = entered
    u = room_in_buffer(factory, state, i, before.end)
    if u >= 0:
        free = min(entered, max(before.end, state.unit[u, 0]))
    if free > before.end:
        place = state.place[before.place]
        pin = place[NEXT_PIN]
        if pin < factory.places[before.place].pin_end and factory.pins[pin].begin < free:
            put_off(state, i - 1 - lead, factory.pins[pin].end)
            return False
        before.hold = free
        place[FREE] = max(place[FREE], free)
    if free < entered:
        state.unit[u, 0] = entered
    return True


@kernel
def try_block(
    factory: Factory, state: State, plan: Plan, wish: I64, lead: int, lead_wish: int, has_wish: int
) -> int:
    """Place a block in some modes; return the number of its operations, 0 if that cannot be.

    ``lead_wish``: mode of the first one, -1 for the one that ends first; ``wish``, where
    ``has_wish`` is 1: those of the others.
    """
    n = factory.ties[lead].tail - lead
    first = 1 + 2 * state.spare[0]
    for a in range(n):
        state.spare[first + a] = 0
    remember(state, first + n)
    for _ in range(MOST_TRIES):
        is_good = True
        for a in range(n):
            i = lead + a
            wished = lead_wish
            if a > 0:
                wished = NONE
                if has_wish == 1:
                    wished = wish[i]
            ready = max(ready_at(factory, plan, i), state.spare[first + a])
            find_mode(factory, state, plan, i, wished, ready)
            if state.best[P_END] >= NEVER:
                go_back(state, first + n)
                return 0
            take(factory, state, plan, i, factory.modes[state.best[P_MODE]].duration)
            is_good = is_in_time(factory, state, plan, i, lead)
            if is_good and a > 0 and factory.ties[i].buffer_first >= 0:
                is_good = lets_go(factory, state, plan, i, lead)
            if not is_good:
                break
        if is_good:
            return n
        go_back(state, first + n)
    return 0


@kernel
def build_block(
    factory: Factory, state: State, plan: Plan, wish: I64, lead: int, lead_wish: int, has_wish: int
) -> int:
    """Place a block; return the number of its operations, 0 if that can never be.

    Where the modes that are wished for (or end first) cannot keep a limit, those of the first
    operation are tried one after another.
    """
    n = try_block(factory, state, plan, wish, lead, lead_wish, has_wish)
    k = factory.operations[lead].mode_first
    while n == 0 and k < factory.operations[lead].mode_end:
        n = try_block(factory, state, plan, wish, lead, k, NO_WISH)
        k += 1
    return n
