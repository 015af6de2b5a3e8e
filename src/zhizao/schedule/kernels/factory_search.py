# mypy: disable-error-code="no-any-return"
"""Local search: moves that make a plan cheaper are kept, and some that do not.

Worse plans are accepted with a probability that falls with the temperature (Kirkpatrick,
Gelatt, Vecchi 1983).
"""

import math

from zhizao._base.compiled.kinds import constant, inner_kernel, kernel
from zhizao.schedule.kernels.factory_moves import WISHED, WISHER, costly_job, propose, shift
from zhizao.schedule.kernels.factory_tables import NONE, Factory, State
from zhizao.schedule.kernels.factory_trial import (
    BEGAN_AT,
    BEST,
    COST,
    N_MOVED,
    N_REBUILT,
    N_TAKEN,
    N_TRIALS,
    SAVED,
    STOPPED_AT,
    Search,
    accept,
    attempt,
    keep_best,
    reject,
)
from zhizao.schedule.kernels.factory_wait import try_wait
from zhizao.schedule.kernels.random_bits import next_below, next_uniform

FEW = constant(400)
"""Operations up to which each trial is built to its end."""

WAITS = constant(3)
"""Of ten moves, those that make an operation wait for cheaper electricity, or no longer."""


@inner_kernel
def note_better(search: Search) -> None:
    """Note that the list is better than the best one, if it is."""
    if search.values[COST] < search.values[BEST] - 1e-9:
        search.values[BEST] = search.values[COST]
        search.counters[SAVED] = 0


@kernel
def explore(
    factory: Factory, state: State, search: Search, n_trials: int, temperature: float
) -> None:
    """Try some moves; the list and its plan change, the best list is kept."""
    for _ in range(n_trials):
        search.counters[N_TRIALS] += 1
        job = costly_job(search)
        if factory.jobs[job].operation_end == factory.jobs[job].operation_first:
            continue
        if factory.cheaper.size > 0 and next_below(search.random, 10) < WAITS:
            limit = 0.0
            if search.sequence.size < FEW:
                limit = -temperature * math.log(max(1e-300, next_uniform(search.random)))
            if try_wait(factory, state, search, limit):
                search.counters[N_TAKEN] += 1
                note_better(search)
            continue
        move = propose(factory, search, job)
        if move < 0:
            continue
        i = move >> 32
        target = move & 0xFFFFFFFF
        source = search.position[i]
        who = search.counters[WISHER]
        old_wish = NONE
        if who >= 0:
            old_wish = search.wish[who]
            search.wish[who] = search.counters[WISHED]
        if source == target and (who < 0 or old_wish == search.counters[WISHED]):
            continue
        shift(factory, search, source, target)
        limit = -temperature * math.log(max(1e-300, next_uniform(search.random)))
        low = min(source, target)
        high = max(source, target)
        if factory.ties.size > 0:
            high += factory.ties[i].tail - i - 1
        if search.sequence.size < FEW:
            job = factory.jobs.size  # no trial ends early for its cost
        elif search.counters[N_MOVED] > factory.most_moved:
            job = NONE  # nobody is to be helped
        delta = attempt(factory, state, search, low, high, job, limit)
        search.counters[N_REBUILT] += search.counters[STOPPED_AT] - search.counters[BEGAN_AT]
        if delta > limit:
            # Positions that were rebuilt hold the same operations before and after.
            reject(factory, search)
            shift(factory, search, target, source)
            if who >= 0:
                search.wish[who] = old_wish
            continue
        if delta > 0.0 and search.counters[SAVED] == 0:
            shift(factory, search, target, source)
            new_wish = NONE
            if who >= 0:
                new_wish = search.wish[who]
                search.wish[who] = old_wish
            keep_best(search)
            shift(factory, search, source, target)
            if who >= 0:
                search.wish[who] = new_wish
        accept(factory, search, delta)
        search.counters[N_TAKEN] += 1
        note_better(search)
    if search.counters[SAVED] == 0:
        keep_best(search)
