# mypy: disable-error-code="no-any-return"
"""Moves of the local search: what makes orders late is put later, what is late is put earlier.

A move starts from a costly job and follows its waits back: the operation that held the place
or the operator when it was ready. Then one of the two changes its place in the list, or its
machine. Where too many have left the previous plan, one of them is brought back.
"""

from zhizao._base.compiled.kinds import constant, inner_kernel, kernel
from zhizao.schedule.kernels.factory_cost import moves
from zhizao.schedule.kernels.factory_place import asked_at, comes_at, ready_at
from zhizao.schedule.kernels.factory_tables import NONE, Factory
from zhizao.schedule.kernels.factory_trial import N_MOVED, Search
from zhizao.schedule.kernels.random_bits import next_below, next_uniform

N_LOOKS = constant(6)
"""Jobs of which the dearest is helped."""

N_DRAWS = constant(40)
"""Operations that are drawn in search of one that has moved, at most."""

N_STEPS = constant(40)
"""Waits that are followed back at most."""

X = constant(6)
"""Row of the counters: operation that waited."""
B = constant(7)
"""Row of the counters: operation that held what it waited for; -1: none."""


WISHER = constant(8)
"""Row of the counters: operation that is to have another machine; -1: none."""
WISHED = constant(9)
"""Row of the counters: its mode."""


@kernel
def costly_job(search: Search) -> int:
    """Return a job that costs much: the dearest of a few drawn ones."""
    best = next_below(search.random, search.job_cost.size)
    for _ in range(N_LOOKS):
        j = next_below(search.random, search.job_cost.size)
        if search.job_cost[j] > search.job_cost[best]:
            best = j
    return best


@inner_kernel
def before_on_place(search: Search, i: int) -> int:
    """Return the operation before another one on its place, -1 if it is the first."""
    place = search.plan.rows[i].place
    head = search.plan.rows[i].head
    q = search.position[i] - 1
    while q >= search.n_pins:
        x = search.sequence[q]
        if search.plan.rows[x].place == place and search.plan.rows[x].head != head:
            return x
        q -= 1
    return NONE


@kernel
def before_in_crew(factory: Factory, search: Search, i: int) -> int:
    """Return the operation that held a unit of another one's crew before it, -1 if none did."""
    first = factory.operations[i].need_first
    end = factory.operations[i].need_end
    if first == end:
        return NONE
    q = search.position[i] - 1
    n = 0
    while q >= search.n_pins and n < 400:
        x = search.sequence[q]
        for a in range(factory.operations[x].need_first, factory.operations[x].need_end):
            for b in range(first, end):
                if search.plan.unit[a] == search.plan.unit[b] and search.plan.unit[a] >= 0:
                    return x
        q -= 1
        n += 1
    return NONE


@kernel
def find_wait(factory: Factory, search: Search, job: int) -> None:
    """Follow the waits of a job back to one of them; note who waited, and for whom."""
    i = factory.jobs[job].operation_end - 1
    search.counters[X] = i
    search.counters[B] = NONE
    for _ in range(N_STEPS):
        if factory.operations[i].pinned == 1:
            return
        ready = ready_at(factory, search.plan, i)
        row = search.plan.rows[i]
        if row.begin > ready and row.place >= 0:
            b = before_on_place(search, i)
            if b >= 0 and search.plan.rows[b].hold <= ready:
                b = NONE
            if b < 0 or next_uniform(search.random) < 0.2:
                other = before_in_crew(factory, search, i)
                if other >= 0 and search.plan.rows[other].end > ready:
                    b = other
            if b >= 0:
                search.counters[X] = i
                search.counters[B] = b
                if next_uniform(search.random) < 0.4:
                    return
                if next_uniform(search.random) < 0.5:
                    i = b
                    continue
        i = waited_for(factory, search, i)
        if i < 0:
            return


@inner_kernel
def waited_for(factory: Factory, search: Search, i: int) -> int:
    """Return the operation that an operation is ready after: of its job, or what goes into it."""
    before = NONE
    if i > factory.jobs[factory.operations[i].job].operation_first:
        before = i - 1
    if factory.ties.size > 0:
        at = asked_at(factory, search.plan, i)
        for a in range(factory.ties[i].join_first, factory.ties[i].join_end):
            comes = comes_at(factory, search.plan, a)
            if comes > at:
                at = comes
                before = factory.joins[a].source
    return before


@inner_kernel
def lowest(factory: Factory, search: Search, i: int) -> int:
    """Return the first position at which an operation may stand."""
    if factory.ties.size > 0:
        return lowest_tied(factory, search, i)
    if i > factory.jobs[factory.operations[i].job].operation_first:
        return max(search.n_pins, search.position[i - 1] + 1)
    return search.n_pins


@inner_kernel
def highest(factory: Factory, search: Search, i: int) -> int:
    """Return the last position at which an operation may stand."""
    if factory.ties.size > 0:
        return highest_tied(factory, search, i)
    if i + 1 < factory.jobs[factory.operations[i].job].operation_end:
        if factory.operations[i + 1].pinned == 0:
            return search.position[i + 1] - 1
    return search.sequence.size - 1


@kernel
def lowest_tied(factory: Factory, search: Search, lead: int) -> int:
    """Return the first position at which the first of some operations placed together may stand."""
    low = search.n_pins
    if lead > factory.jobs[factory.operations[lead].job].operation_first:
        low = max(low, search.position[lead - 1] + 1)
    for i in range(lead, factory.ties[lead].tail):
        for a in range(factory.ties[i].join_first, factory.ties[i].join_end):
            low = max(low, search.position[factory.joins[a].source] + 1)
    return low


@kernel
def highest_tied(factory: Factory, search: Search, lead: int) -> int:
    """Return the last position at which the first of some operations placed together may stand."""
    tail = factory.ties[lead].tail
    high = search.sequence.size
    if tail < factory.jobs[factory.operations[lead].job].operation_end:
        if factory.operations[tail].pinned == 0:
            high = search.position[tail]
    for i in range(lead, tail):
        for a in range(factory.ties[i].out_first, factory.ties[i].out_end):
            high = min(high, search.position[factory.joins[a].target])
    return high - (tail - lead)


@kernel
def between_blocks(factory: Factory, search: Search, lead: int, target: int) -> int:
    """Return a position near ``target`` at which nothing is torn apart that is placed together."""
    source = search.position[lead]
    width = factory.ties[lead].tail - lead
    if target < source:
        other = factory.ties[search.sequence[target]].lead
        at = search.position[other]
        if at < lowest_tied(factory, search, lead):
            at += factory.ties[other].tail - other
        return at
    if target > source:
        x = search.sequence[target + width - 1]
        if factory.ties[x].tail > x + 1:
            return max(source, search.position[factory.ties[x].lead] - width)
    return target


@kernel
def shift(factory: Factory, search: Search, source: int, target: int) -> None:
    """Take an operation out of a position of the list and put it into another.

    Together with those that are placed together with it.
    """
    width = 1
    if factory.ties.size > 0:
        i = search.sequence[source]
        width = factory.ties[i].tail - i
    if target < source:
        for a in range(width):
            shift_one(search, source + a, target + a)
    else:
        for _ in range(width):
            shift_one(search, source, target + width - 1)


@inner_kernel
def shift_one(search: Search, source: int, target: int) -> None:
    """Take an operation out of a position of the list and put it into another."""
    i = search.sequence[source]
    step = 1
    if target < source:
        step = -1
    q = source
    while q != target:
        search.sequence[q] = search.sequence[q + step]
        search.position[search.sequence[q]] = q
        q += step
    search.sequence[target] = i
    search.position[i] = target


@kernel
def earlier_on_place(search: Search, i: int, n: int) -> int:
    """Return the operation that stands some operations before another one on its place."""
    for _ in range(n):
        x = before_on_place(search, i)
        if x < 0:
            return i
        i = x
    return i


@kernel
def like_before(factory: Factory, search: Search, i: int) -> int:
    """Return the last operation before another one on its place that has its family."""
    family = factory.operations[i].family
    place = search.plan.rows[i].place
    q = search.position[i] - 1
    is_next = True
    n = 0
    while q >= search.n_pins and n < 3000:
        x = search.sequence[q]
        if search.plan.rows[x].place == place:
            if factory.operations[x].family == family:
                if is_next:
                    return NONE
                return x
            is_next = False
        q -= 1
        n += 1
    return NONE


@inner_kernel
def other_mode(factory: Factory, search: Search, i: int) -> int:
    """Return a drawn mode of an operation; sometimes -1, the one that ends first."""
    first = factory.operations[i].mode_first
    n = factory.operations[i].mode_end - first
    if next_uniform(search.random) < 0.3:
        return NONE
    return first + next_below(search.random, n)


@inner_kernel
def wish_for(factory: Factory, search: Search, i: int) -> None:
    """Wish for another machine for an operation, where it has a choice."""
    if factory.operations[i].mode_end - factory.operations[i].mode_first > 1:
        search.counters[WISHER] = i
        search.counters[WISHED] = other_mode(factory, search, i)


@kernel
def propose_any(factory: Factory, search: Search) -> int:
    """Return a move of any operation to a position not far away, perhaps to another machine."""
    n = search.sequence.size - search.n_pins
    x = search.sequence[search.n_pins + next_below(search.random, n)]
    if next_uniform(search.random) < 0.5:
        wish_for(factory, search, x)
    reach = min(60, 1 + n // 3)
    target = search.position[x] - reach + next_below(search.random, 2 * reach + 1)
    return encode(factory, search, x, target)


@kernel
def propose_back(factory: Factory, search: Search) -> int:
    """Return a move that may bring an operation back to where the previous plan had it.

    The operation itself goes to its old machine, earlier or later in the list; or what holds its
    place goes behind it.
    """
    x = NONE
    for _ in range(N_DRAWS):
        i = search.counted[next_below(search.random, search.counted.size)]
        if factory.operations[i].pinned == 0 and moves(factory, search.plan, i) == 1:
            x = i
            break
    if x < 0:
        return NONE
    row = search.plan.rows[x]
    one = factory.operations[x]
    if factory.modes[row.mode].machine != one.old_machine:
        for k in range(one.mode_first, one.mode_end):
            if factory.modes[k].machine == one.old_machine:
                search.counters[WISHER] = x
                search.counters[WISHED] = k
        n = search.sequence.size - search.n_pins
        target = search.position[x] - next_below(search.random, min(60, 1 + n))
        return encode(factory, search, x, target)
    u = next_uniform(search.random)
    if u < 0.5:
        b = NONE
        if u < 0.35:
            b = before_on_place(search, x)
        if b < 0:
            b = before_in_crew(factory, search, x)
        if b >= 0 and factory.operations[b].pinned == 0:
            if next_uniform(search.random) < 0.5:
                wish_for(factory, search, b)
            return encode(factory, search, b, search.position[x] + next_below(search.random, 40))
    if u < 0.75:
        return encode(factory, search, x, search.position[x] - next_below(search.random, 60))
    if next_uniform(search.random) < 0.5:
        wish_for(factory, search, x)
    return encode(factory, search, x, search.position[x] + next_below(search.random, 400))


@kernel
def propose(factory: Factory, search: Search, job: int) -> int:
    """Return where an operation is to go: its operation × 2³² + the position; -1 for nowhere.

    May note a wish for another machine in the counters' last two rows.
    """
    search.counters[WISHER] = NONE
    if search.counters[N_MOVED] > factory.most_moved and next_uniform(search.random) < 0.7:
        return propose_back(factory, search)
    if next_uniform(search.random) < 0.1:
        return propose_any(factory, search)
    find_wait(factory, search, job)
    n = search.sequence.size - search.n_pins
    x = search.counters[X]
    b = search.counters[B]
    if factory.operations[x].pinned == 1:
        return NONE
    u = next_uniform(search.random)
    if b < 0 or factory.operations[b].pinned == 1:
        if u < 0.5:
            wish_for(factory, search, x)
        target = search.position[x] - next_below(search.random, min(30, 2 + n // 3))
        return encode(factory, search, x, target)
    n_modes = factory.operations[x].mode_end - factory.operations[x].mode_first
    if n_modes > 1 and u < 0.3:
        who = x
        if next_uniform(search.random) < 0.4:
            who = b
        wish_for(factory, search, who)
        target = search.position[who]
        if next_uniform(search.random) < 0.5:
            target -= next_below(search.random, min(60, 2 + n // 3))
        return encode(factory, search, who, target)
    u = next_uniform(search.random)
    if u < 0.2 and factory.operations[x].family >= 0:
        y = like_before(factory, search, x)
        if y >= 0:
            return encode(factory, search, x, search.position[y] + 1)
    if u < 0.65:
        back = 0
        while back < 8 and next_uniform(search.random) < 0.4:
            back += 1
        target = search.position[earlier_on_place(search, b, back)]
        if lowest(factory, search, x) <= target:
            return encode(factory, search, x, target)
    return encode(factory, search, b, search.position[x])


@inner_kernel
def encode(factory: Factory, search: Search, i: int, target: int) -> int:
    """Return an operation and a position at which it may stand as one number.

    Of operations that are placed together, the first one.
    """
    if factory.ties.size > 0:
        i = factory.ties[i].lead
    target = max(target, lowest(factory, search, i))
    target = min(target, highest(factory, search, i))
    if factory.ties.size > 0:
        target = between_blocks(factory, search, i, target)
    return (i << 32) | target
