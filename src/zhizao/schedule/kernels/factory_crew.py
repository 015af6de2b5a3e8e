# mypy: disable-error-code="no-any-return"
"""Operators and tools of an operation: which units, and from when on they are there."""

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.factory_calendar import next_open
from zhizao.schedule.kernels.factory_tables import (
    NEVER,
    NONE,
    P_UNIT,
    Factory,
    State,
)


@kernel
def crew_from(
    factory: Factory, state: State, i: int, m: int, t: int, end: int, start: int, setup: int
) -> int:
    """Return ``t`` if a crew is there from then on; else an instant to look again.

    The units are written to ``state.probe``. Nobody is held twice.
    """
    first = factory.operations[i].need_first
    n = factory.operations[i].need_end - first
    state.probe[P_UNIT + n] = NONE
    for a in range(n):
        state.probe[P_UNIT + a] = NONE
        later = unit_from(factory, state, factory.need_skill[first + a], t, end, P_UNIT + a)
        if later > t:
            if later >= NEVER and a > 0:
                later = next_change(factory, state, first, first + a, t)
            return later
    if setup > 0 and factory.machines[m].setup_skill >= 0:
        later = unit_from(factory, state, factory.machines[m].setup_skill, t, start, P_UNIT + n)
        if later >= NEVER and n > 0:
            later = next_change(factory, state, first, first + n, t)
        return later
    return t


@kernel
def next_change(factory: Factory, state: State, first: int, last: int, t: int) -> int:
    """Return when next a unit for one of some needs comes free or on shift.

    For a need whose only units serve the needs before it: these may take others then.
    """
    again = NEVER
    for need in range(first, last):
        skill = factory.need_skill[need]
        for a in range(factory.skills[skill].group_first, factory.skills[skill].group_end):
            g = factory.skill_group[a]
            opens = next_open(factory, factory.groups[g].cal, t)
            if opens > t:
                again = min(again, opens)
            for u in range(factory.groups[g].unit_first, factory.groups[g].unit_end):
                if state.unit[u, 0] > t:
                    again = min(again, state.unit[u, 0])
    return again


@inner_kernel
def is_chosen(state: State, u: int, column: int) -> bool:
    """Return whether an earlier need of the same operation has a unit."""
    for a in range(P_UNIT, column):
        if state.probe[a] == u:
            return True
    return False


@kernel
def unit_from(factory: Factory, state: State, skill: int, t: int, end: int, column: int) -> int:
    """Find a unit with a skill that is free and on shift at ``t``, and not pinned until ``end``.

    Of a group, the one that was free last. Returns ``t``, or when to look again.
    """
    again = NEVER
    for a in range(factory.skills[skill].group_first, factory.skills[skill].group_end):
        g = factory.skill_group[a]
        c = factory.groups[g].cal
        opens = next_open(factory, c, t)
        best = NONE
        latest = NONE
        for u in range(factory.groups[g].unit_first, factory.groups[g].unit_end):
            if is_chosen(state, u, column):
                continue
            free = state.unit[u, 0]
            pin = state.unit[u, 1]
            last = factory.units[u].pin_end
            at = max(t, free)
            while pin < last and factory.unit_pins[pin].begin < end + (at - t):
                at = max(at, factory.unit_pins[pin].end)
                pin += 1
            if at <= t and opens <= t:
                if free > latest:
                    best = u
                    latest = free
            else:
                if at > t:
                    at = next_open(factory, c, at)
                else:
                    at = opens
                again = min(again, at)
        if best >= 0:
            state.probe[column] = best
            return t
    return again
