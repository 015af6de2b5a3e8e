# mypy: disable-error-code="no-any-return"
"""Where and when one operation can be done, given what places and units have done so far.

``probe_mode`` asks, ``take`` does. Both look only forward: an operation comes after what is
already on its place, but never overlaps or starves a pinned one.
"""

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.factory_calendar import fits_from, next_open, work_begin, work_end
from zhizao.schedule.kernels.factory_crew import crew_from, unit_from
from zhizao.schedule.kernels.factory_tables import (
    BY_CLOCK,
    BY_WORK,
    DONE,
    DUE,
    FAMILY,
    FREE,
    I64,
    INSIDE,
    MUST_FIT,
    NEVER,
    NEXT_PIN,
    NONE,
    P_BEGIN,
    P_END,
    P_HOLD,
    P_LAST,
    P_MODE,
    P_PLACE,
    P_SETUP,
    P_START,
    P_UNIT,
    P_WORTH,
    WORKED,
    WORKS_OVERTIME,
    Factory,
    Plan,
    State,
)


@inner_kernel
def copy_into(target: I64, source: I64) -> None:
    """Copy an array; a slice assignment would allocate."""
    for a in range(target.size):
        target[a] = source[a]


@inner_kernel
def setup_ticks(factory: Factory, m: int, before: int, after: int) -> int:
    """Return the setup of a machine from a family to another."""
    table = factory.machines[m].table
    if table < 0 or before < 0 or after < 0:
        return 0
    if before == after and factory.families[after].is_shared == 1:
        return 0
    row = factory.families[before].column
    column = factory.families[after].column
    return factory.setup[table, row, column]


@inner_kernel
def asked_at(factory: Factory, plan: Plan, i: int) -> int:
    """Return when an operation is there but for material: handed on, carried, delayed."""
    j = factory.operations[i].job
    t = factory.jobs[j].release
    if i > factory.jobs[j].operation_first:
        t = max(t, plan.rows[i - 1].handed)
        here = factory.operations[i].area
        before = factory.modes[plan.rows[i - 1].mode].machine
        if here >= 0 and before >= 0:
            t += factory.transport[factory.machines[before].area, here]
    if factory.operations[i].delay > 0:
        t = work_end(factory, factory.operations[i].delay_cal, t, factory.operations[i].delay)
    return t


@inner_kernel
def ready_at(factory: Factory, plan: Plan, i: int) -> int:
    """Return when an operation is ready: it is there, and all that goes into it."""
    t = max(asked_at(factory, plan, i), factory.operations[i].earliest, plan.rows[i].not_before)
    if factory.operations[i].batch_key >= 0:
        # All of a batch start with its first operation, which knows of the others' by this alone.
        t = max(t, factory.operations[i].start_from)
    if factory.ties.size > 0:
        t = max(t, joined_at(factory, plan, i))
    return t


@kernel
def joined_at(factory: Factory, plan: Plan, i: int) -> int:
    """Return when all is there that other operations make for one."""
    t = 0
    for a in range(factory.ties[i].join_first, factory.ties[i].join_end):
        t = max(t, comes_at(factory, plan, a))
    return t


@kernel
def comes_at(factory: Factory, plan: Plan, a: int) -> int:
    """Return when a join lets its operation begin."""
    one = factory.joins[a]
    if one.asked >= 0:
        return asked_at(factory, plan, one.asked) + one.lag
    return plan.rows[one.source].end + one.lag


@kernel
def attended_from(factory: Factory, state: State, m: int, a: int, begin: int) -> int:
    """Return from when on a rule of upkeep has its operator, ``begin`` or later.

    Who that is, is written to the first place for units of ``state.probe``.
    """
    skill = factory.upkeep[a].skill
    if skill < 0:
        return begin
    c = factory.machines[m].cal
    while begin < NEVER:
        end = work_end(factory, c, begin, factory.upkeep[a].duration)
        later = unit_from(factory, state, skill, begin, end, P_UNIT)
        if later <= begin:
            return begin
        begin = next_open(factory, c, later)
    return NEVER


@kernel
def maintain(factory: Factory, state: State, m: int, p: int, t: int) -> None:
    """Do the upkeep of a place that is due when an operation would begin at ``t``.

    Upkeep by the clock begins as soon as it is due and the place is free. Pins go first.
    """
    c = factory.machines[m].cal
    place = state.place[p]
    again = True
    while again:
        again = False
        for a in range(factory.machines[m].upkeep_first, factory.machines[m].upkeep_end):
            column = DUE + a - factory.machines[m].upkeep_first
            due = place[column]
            counts = factory.upkeep[a].counts
            begin = max(place[FREE], place[INSIDE])
            reached = place[DONE]
            if counts == BY_CLOCK:
                begin = max(begin, due)
                reached = max(t, place[FREE])
            elif counts == BY_WORK:
                reached = place[WORKED]
            if reached < due or begin >= NEVER:
                continue
            begin = attended_from(factory, state, m, a, next_open(factory, c, begin))
            end = work_end(factory, c, begin, factory.upkeep[a].duration)
            while (
                place[NEXT_PIN] < factory.places[p].pin_end
                and end > factory.pins[place[NEXT_PIN]].begin
            ):
                begin = next_open(factory, c, max(begin, factory.pins[place[NEXT_PIN]].end))
                begin = attended_from(factory, state, m, a, begin)
                end = work_end(factory, c, begin, factory.upkeep[a].duration)
                place[FAMILY] = factory.pins[place[NEXT_PIN]].family
                place[NEXT_PIN] += 1
            if factory.upkeep[a].skill >= 0 and end < NEVER:
                u = 1 + state.probe[P_UNIT]
                state.spare[u] = max(state.spare[u], end)
            place[FREE] = end
            place[column] = reached + factory.upkeep[a].every
            if counts == BY_CLOCK:
                place[column] = end + factory.upkeep[a].every
            again = True


@inner_kernel
def needs_upkeep(factory: Factory, m: int) -> bool:
    """Return whether a machine has rules of upkeep."""
    return factory.machines[m].upkeep_end > factory.machines[m].upkeep_first


@inner_kernel
def needs_crew(factory: Factory, i: int, m: int) -> bool:
    """Return whether an operation may need operators or tools on a machine."""
    one = factory.operations[i]
    return one.need_end > one.need_first or factory.machines[m].setup_skill >= 0


@inner_kernel
def probe_place(
    factory: Factory, state: State, i: int, k: int, p: int, ready: int, duration: int, hold: int
) -> int:
    """Find the first times of an operation on a place; write them to ``state.probe``.

    Returns the end, ``NEVER`` if there is none. Upkeep that comes first is done in the state.
    """
    probe = state.probe
    m = factory.modes[k].machine
    c = factory.machines[m].cal
    work_cal = c
    if factory.operations[i].interruption == WORKS_OVERTIME:
        work_cal = NONE
    free = state.place[p, FREE]
    family = state.place[p, FAMILY]
    pin = state.place[p, NEXT_PIN]
    earliest = ready
    begin = ready
    while True:
        t = max(earliest, free)
        setup = setup_ticks(factory, m, family, factory.operations[i].family)
        if setup > 0 or hold >= duration:
            t = max(t, state.place[p, INSIDE])
        is_early = factory.needs_lot == 0 and setup > 0
        if is_early:
            begin = next_open(factory, c, max(free, state.place[p, INSIDE]))
            t = max(t, work_end(factory, work_cal, begin, setup))
        if factory.operations[i].start_from > t:
            if is_early:
                t = factory.operations[i].start_from
            else:
                t = max(t, work_begin(factory, work_cal, factory.operations[i].start_from, setup))
        t = next_open(factory, c, t)
        if factory.operations[i].interruption == MUST_FIT:
            inside = duration
            if not is_early:
                inside += setup
            t = fits_from(factory.calendars, factory.spans, c, t, inside)
        if t >= NEVER:
            return NEVER
        if needs_upkeep(factory, m):
            maintain(factory, state, m, p, t)
            if state.place[p, FREE] > free:
                free = state.place[p, FREE]
                family = state.place[p, FAMILY]
                pin = state.place[p, NEXT_PIN]
                continue
        start = t
        if not is_early:
            begin = t
            if setup > 0:
                start = next_open(factory, work_cal, work_end(factory, work_cal, t, setup))
        end = work_end(factory, work_cal, start, duration)
        if factory.modes[k].last > 0:
            end = max(end, work_end(factory, work_cal, probe[P_LAST], factory.modes[k].last))
        held_until = end
        if hold < duration:
            held_until = work_end(factory, work_cal, start, hold)
            end = max(end, state.place[p, INSIDE])
        if end >= NEVER:
            return NEVER
        if pin < factory.places[p].pin_end:
            change = setup_ticks(factory, m, factory.operations[i].family, factory.pins[pin].family)
            if (
                end > factory.pins[pin].begin
                or work_end(factory, c, end, change) > factory.pins[pin].start
            ):
                free = max(free, factory.pins[pin].end)
                if factory.pins[pin].family >= 0:
                    family = factory.pins[pin].family
                pin += 1
                continue
        later = t
        probe[P_UNIT] = NONE
        if needs_crew(factory, i, m):
            later = crew_from(factory, state, i, m, t, end, start, setup)
        if later > t:
            if later >= NEVER:
                return NEVER
            earliest = later
            continue
        break
    probe[P_PLACE] = p
    probe[P_BEGIN] = begin
    probe[P_START] = start
    probe[P_END] = end
    probe[P_HOLD] = held_until
    probe[P_SETUP] = setup
    probe[P_MODE] = k
    # Of equal ends the one with the least setup, then that which was free last.
    probe[P_WORTH] = setup * 4 + start - state.place[p, FREE]
    return end


@kernel
def probe_mode(
    factory: Factory, state: State, i: int, k: int, ready: int, duration: int, hold: int
) -> None:
    """See whether an operation ends earlier in a mode than ``state.best`` says; if so, note it."""
    m = factory.modes[k].machine
    best = state.best
    if m < 0:
        ready = max(ready, factory.operations[i].start_from)
        if ready + duration < best[P_END]:
            best[:] = NONE
            best[P_BEGIN] = ready
            best[P_START] = ready
            best[P_END] = ready + duration
            best[P_HOLD] = ready + duration
            best[P_SETUP] = 0
            best[P_MODE] = k
        return
    tries = needs_upkeep(factory, m)
    for p in range(factory.machines[m].place_first, factory.machines[m].place_end):
        if tries:
            copy_into(state.row, state.place[p])
            for u in range(state.spare[0]):
                state.spare[1 + u] = 0
        end = probe_place(factory, state, i, k, p, ready, duration, hold)
        if end < best[P_END] or (
            end == best[P_END] and end < NEVER and state.probe[P_WORTH] < best[P_WORTH]
        ):
            copy_into(best, state.probe)
            if tries:
                copy_into(state.best_row, state.place[p])
                n = state.spare[0]
                for u in range(n):
                    state.spare[1 + n + u] = state.spare[1 + u]
        if tries:
            copy_into(state.place[p], state.row)


@inner_kernel
def take(factory: Factory, state: State, plan: Plan, i: int, duration: int) -> None:
    """Do an operation as ``state.best`` says: note it in the plan and in the state."""
    best = state.best
    p = best[P_PLACE]
    plan.rows[i].mode = best[P_MODE]
    plan.rows[i].place = p
    plan.rows[i].begin = best[P_BEGIN]
    plan.rows[i].start = best[P_START]
    plan.rows[i].end = best[P_END]
    plan.rows[i].hold = best[P_HOLD]
    plan.rows[i].handed = best[P_END]
    k = best[P_MODE]
    if factory.modes[k].handover < factory.modes[k].duration:
        plan.rows[i].handed = handed_on(factory, i, k, best[P_START])
    plan.rows[i].setup = best[P_SETUP]
    plan.rows[i].head = i
    n = factory.operations[i].need_end - factory.operations[i].need_first
    for a in range(n):
        plan.unit[factory.operations[i].need_first + a] = best[P_UNIT + a]
    plan.rows[i].setup_unit = best[P_UNIT + n]
    if p >= 0:
        if needs_upkeep(factory, factory.modes[best[P_MODE]].machine):
            copy_into(state.place[p], state.best_row)
            n_attending = state.spare[0]
            for u in range(n_attending):
                if state.spare[1 + n_attending + u] > 0:
                    hold_unit(factory, state, u, state.spare[1 + n_attending + u])
        occupy(factory, state, plan, i, duration)


@kernel
def handed_on(factory: Factory, i: int, k: int, start: int) -> int:
    """Return when an operation that begins its work at ``start`` hands the first pieces on."""
    c = factory.machines[factory.modes[k].machine].cal
    if factory.operations[i].interruption == WORKS_OVERTIME:
        c = NONE
    return work_end(factory, c, start, factory.modes[k].handover)


@inner_kernel
def note_last(factory: Factory, state: State, plan: Plan, i: int) -> None:
    """Note when the last pieces of a lot come: as long after the first ones as they are done."""
    state.probe[P_LAST] = 0
    if i > factory.jobs[factory.operations[i].job].operation_first:
        later = plan.rows[i - 1].end - plan.rows[i - 1].handed
        state.probe[P_LAST] = asked_at(factory, plan, i) + later


@inner_kernel
def occupy(factory: Factory, state: State, plan: Plan, i: int, duration: int) -> None:
    """Note in the state what an operation of the plan does to its place and its units."""
    p = plan.rows[i].place
    place = state.place[p]
    pin = place[NEXT_PIN]
    while pin < factory.places[p].pin_end and factory.pins[pin].begin < plan.rows[i].end:
        pin += 1
    place[NEXT_PIN] = pin
    place[FREE] = plan.rows[i].hold
    place[INSIDE] = max(place[INSIDE], plan.rows[i].end)
    if factory.operations[i].family >= 0:
        place[FAMILY] = factory.operations[i].family
    place[WORKED] += plan.rows[i].setup + duration
    place[DONE] += 1
    for a in range(factory.operations[i].need_first, factory.operations[i].need_end):
        hold_unit(factory, state, plan.unit[a], plan.rows[i].end)
    hold_unit(factory, state, plan.rows[i].setup_unit, plan.rows[i].start)


@inner_kernel
def hold_unit(factory: Factory, state: State, u: int, until: int) -> None:
    """Note that a unit is held until an instant."""
    if u >= 0:
        state.unit[u, 0] = until
        pin = state.unit[u, 1]
        while pin < factory.units[u].pin_end and factory.unit_pins[pin].begin < until:
            pin += 1
        state.unit[u, 1] = pin
