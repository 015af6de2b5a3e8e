# mypy: disable-error-code="no-any-return"
"""Waiting for cheaper electricity: an operation that begins when the price falls, if that pays.

A list is turned into a plan in which nothing waits without a cause. Cheaper hours are such a
cause: an operation may be told not to begin before them. Waits that no longer pay are taken back.
"""

from zhizao._base.compiled.kinds import constant, inner_kernel, kernel
from zhizao.schedule.kernels.factory_moves import between_blocks, highest, shift
from zhizao.schedule.kernels.factory_tables import I64, NONE, Factory, State
from zhizao.schedule.kernels.factory_trial import (
    BEGAN_AT,
    N_REBUILT,
    SAVED,
    STOPPED_AT,
    Search,
    accept,
    attempt,
    keep_best,
    reject,
)
from zhizao.schedule.kernels.random_bits import next_below, next_uniform

LOOK_AHEAD = constant(4000)
"""Positions that an operation goes back in the list at most."""

N_CHANGES = constant(6)
"""Changes of the price that are tried for each operation in a sweep, at most."""

N_BEHIND = constant(12)
"""Operations that are looked at behind one that could wait."""

SLIGHT = 1e-9


@inner_kernel
def next_after(instants: I64, t: int) -> int:
    """Return which of some increasing instants is the first after another one."""
    low = 0
    high = instants.size
    while low < high:
        middle = (low + high) >> 1
        if instants[middle] <= t:
            low = middle + 1
        else:
            high = middle
    return low


@inner_kernel
def position_at(factory: Factory, search: Search, i: int, t: int) -> int:
    """Return the position behind all that begins before an instant, as far as the job allows."""
    last = min(highest(factory, search, i), search.position[i] + LOOK_AHEAD)
    q = search.position[i]
    while q < last and search.plan.rows[search.sequence[q + 1]].begin < t:
        q += 1
    return q


@kernel
def let_wait(
    factory: Factory, state: State, search: Search, i: int, until: int, target: int, limit: float
) -> bool:
    """Let an operation wait until an instant, at another position; undo what costs more than that.

    Shorter waits of the same cost are better, longer ones have to save something.
    """
    more = 0
    if factory.ties.size > 0:
        i = factory.ties[i].lead
        more = factory.ties[i].tail - i - 1
        target = between_blocks(factory, search, i, min(target, highest(factory, search, i)))
    old = search.plan.rows[i].not_before
    source = search.position[i]
    search.trial.rows[i].not_before = until
    shift(factory, search, source, target)
    if until < old:
        limit += SLIGHT
    else:
        limit -= SLIGHT
    delta = attempt(factory, state, search, source, max(source, target) + more, NONE, limit)
    search.counters[N_REBUILT] += search.counters[STOPPED_AT] - search.counters[BEGAN_AT]
    if delta > limit:
        reject(factory, search)
        search.trial.rows[i].not_before = old
        shift(factory, search, target, source)
        return False
    if delta > 0.0 and search.counters[SAVED] == 0:
        shift(factory, search, target, source)
        keep_best(search)
        shift(factory, search, source, target)
    accept(factory, search, delta)
    return True


@inner_kernel
def wait_until(factory: Factory, search: Search, i: int) -> int:
    """Return an instant at which a drawn operation could begin instead; -1: none.

    That is when the price falls, or so much later that it, or another one some positions behind
    it, begins or ends when the price changes.
    """
    begin = search.plan.rows[i].begin
    u = next_uniform(search.random)
    if u < 0.4:
        a = next_after(factory.cheaper, begin)
        while a + 1 < factory.cheaper.size and next_uniform(search.random) < 0.4:
            a += 1
        if a >= factory.cheaper.size:
            return NONE
        return factory.cheaper[a]
    x = i
    if u > 0.7:
        n = min(N_BEHIND, search.sequence.size - search.position[i])
        x = search.sequence[search.position[i] + next_below(search.random, n)]
    at = search.plan.rows[x].end
    if next_uniform(search.random) < 0.3:
        at = search.plan.rows[x].start
    a = next_after(factory.changes, at)
    while a + 1 < factory.changes.size and next_uniform(search.random) < 0.4:
        a += 1
    if a >= factory.changes.size or at < begin:
        return NONE
    return begin + factory.changes[a] - at


@kernel
def try_wait(factory: Factory, state: State, search: Search, limit: float) -> bool:
    """Let a drawn operation wait for a change of the price, or no longer; return whether it does.

    ``limit``: what that may cost more.
    """
    n = search.sequence.size - search.n_pins
    if n <= 0:
        return False
    i = search.sequence[search.n_pins + next_below(search.random, n)]
    row = search.plan.rows[i]
    if row.not_before > 0 and next_uniform(search.random) < 0.5:
        return let_wait(factory, state, search, i, 0, search.position[i], limit)
    until = wait_until(factory, search, i)
    if until < 0:
        return False
    target = search.position[i]
    if next_uniform(search.random) < 0.5:
        target = position_at(factory, search, i, until)
    return let_wait(factory, state, search, i, until, target, limit)


@inner_kernel
def pays_to_wait(factory: Factory, search: Search, i: int) -> bool:
    """Return whether an operation's electricity costs anything."""
    row = search.plan.rows[i]
    if row.place < 0 or row.head != i:
        return False
    m = factory.modes[row.mode].machine
    return factory.machines[m].meter_end > factory.machines[m].meter_first


@kernel
def sweep_waits(factory: Factory, state: State, search: Search, q: int) -> int:
    """Try the waits of the operation at a position; return how many are taken."""
    i = search.sequence[q]
    n_taken = 0
    if search.plan.rows[i].not_before > 0:
        if let_wait(factory, state, search, i, 0, search.position[i], 0.0):
            n_taken += 1
    if not pays_to_wait(factory, search, i):
        return n_taken
    row = search.plan.rows[i]
    for a in range(2 * N_CHANGES):
        at = row.begin
        if a % 2 == 1:
            at = row.end
        b = next_after(factory.changes, at) + a // 2
        if b >= factory.changes.size:
            break
        until = row.begin + factory.changes[b] - at
        behind = position_at(factory, search, i, until)
        taken = let_wait(factory, state, search, i, until, behind, 0.0)
        if not taken and behind != search.position[i]:
            taken = let_wait(factory, state, search, i, until, search.position[i], 0.0)
        if taken:
            n_taken += 1
            break
    return n_taken
