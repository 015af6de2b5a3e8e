"""How many operations of the next shift no plan can leave where they are: a lower bound.

An operation is forced by itself where its material, what is before it in its order, what other
orders make for it, what is pinned on its machine, or the machine's calendar comes too late for it,
with each order as if it were alone. Of the others, some are forced together: more of them are at work at an instant, however
each is shifted within the tolerance, than their machine has places or their skill has people who
are not pinned. Taking out the one that ends last, whenever there are too many, takes out as few as
possible (Carlisle, Lloyd 1995).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.factory_bound import as_if_alone
from zhizao.schedule.factory.factory_ties import in_order
from zhizao.schedule.factory.to_factory import empty_plan, empty_state, to_factory
from zhizao.schedule.kernels.factory_forced import mark_forced
from zhizao.schedule.kernels.factory_tables import NEVER
from zhizao.schedule.problem import NONE, Problem

Ints = NDArray[np.int64]


def n_forced_moves(problem: Problem, costs: Costs) -> int:
    """Return how many of the operations that count no plan can leave in place and time.

    Examples
    --------
    >>> from zhizao.schedule.costs import costs_of
    >>> from zhizao.schedule.objective import read_objective
    >>> from zhizao.schedule.problem import NO_DUE, Lags, Previous
    >>> zero = np.zeros(2, np.int64)
    >>> late = Problem(
    ...     n_machines=1, job_first=np.array([0, 1, 2]), release=zero, due=zero + NO_DUE,
    ...     weight=np.ones(2), mode_first=np.array([0, 1, 2]), mode_machine=np.zeros(2, np.int32),
    ...     mode_duration=np.array([5, 5]), previous=Previous(
    ...         machine=np.zeros(2, np.int32), start=np.array([0, 5]), until=9, tolerance=1),
    ...     lags=Lags(
    ...         delay=zero, delay_calendar=np.full(2, -1, np.int32), earliest=np.array([3, 0]),
    ...         area_of_machine=np.zeros(1, np.int32), area_of_operation=np.full(2, -1, np.int32),
    ...         transport=np.zeros((1, 1), np.int64)))
    >>> n_forced_moves(late, costs_of(late, read_objective("moved"), ticks_per_hour=1.0))
    1
    """
    previous = problem.previous
    if previous is None or not previous.counts.any():
        return 0
    start, end = _as_if_alone(problem, costs)
    free = previous.counts.copy()
    if problem.pins is not None:
        free[problem.pins.operation] = False
    n_alone = int((free & (start >= NEVER)).sum())
    stays = np.flatnonzero(free & (start < NEVER))
    # At work in any case: from its latest begin to its earliest end.
    spans = np.column_stack([previous.start[stays] + previous.tolerance, end[stays]])
    at_machine = _of_machines(problem, stays, spans)
    return n_alone + max(at_machine, _of_crews(problem, stays, spans))


def earliest_stays(problem: Problem, costs: Costs) -> Ints:
    """Return when each operation that counts could stay at the earliest; ``NEVER``: not at all.

    As if it had the shop for itself, with what is pinned.
    """
    return _as_if_alone(problem, costs)[0]


def _as_if_alone(problem: Problem, costs: Costs) -> tuple[Ints, Ints]:
    """Return when each operation could stay at the earliest, and when it would end then."""
    relaxed = as_if_alone(problem)
    factory = to_factory(relaxed, costs)
    if problem.n_places is not None:
        # Which of several places a pin has is open: any may be free.
        for m in np.flatnonzero(problem.n_places > 1).tolist():
            its = slice(int(factory.machines[m].place_first), int(factory.machines[m].place_end))
            factory.places.pin_end[its] = factory.places.pin_first[its]
    start, end = np.zeros((2, problem.n_operations), np.int64)
    order = in_order(relaxed, np.arange(problem.n_operations))
    mark_forced(factory, empty_state(factory), empty_plan(relaxed, factory), order, start, end)
    return start, end


def _of_machines(problem: Problem, stays: Ints, spans: Ints) -> int:
    """Return how many must leave because their machines have too few places."""
    previous, pins = problem.previous, problem.pins
    assert previous is not None
    alone = np.ones(len(stays), dtype=bool)
    if problem.batches is not None:
        alone &= problem.batches.key[stays] == NONE
    if problem.mode_hold is not None:
        enters_early = problem.mode_hold < problem.mode_duration
        of_mode = np.repeat(np.arange(problem.n_operations), np.diff(problem.mode_first))
        alone &= ~np.isin(stays, of_mode[enters_early])
    fixed_at = np.zeros(0, np.int32) if pins is None else problem.mode_machine[pins.mode]
    n = 0
    for m in np.unique(previous.machine[stays[alone]]).tolist():
        its = alone & (previous.machine[stays] == m)
        fixed: list[tuple[int, int]] = []
        if pins is not None and problem.n_places is not None and problem.n_places[m] > 1:
            on = (fixed_at == m) & _heads(problem)
            fixed = list(zip(pins.start[on].tolist(), pins.end[on].tolist(), strict=True))
        places = 1 if problem.n_places is None else int(problem.n_places[m])
        n += n_too_many(spans[its].tolist(), places=places, fixed=fixed)
    return n


def _of_crews(problem: Problem, stays: Ints, spans: Ints) -> int:
    """Return how many must leave because a skill has too few people, or a tool too few pieces."""
    crews, pins = problem.crews, problem.pins
    if crews is None:
        return 0
    in_batch = np.zeros(problem.n_operations, dtype=bool)
    if problem.batches is not None:
        in_batch = problem.batches.key != NONE
    fixed: dict[int, list[tuple[int, int]]] = {}
    if pins is not None:
        for a in np.flatnonzero(_heads(problem)).tolist():
            i = int(pins.operation[a])
            for skill in crews.need_skill[crews.need_first[i] : crews.need_first[i + 1]].tolist():
                fixed.setdefault(skill, []).append((int(pins.start[a]), int(pins.end[a])))
    wanted: dict[int, list[list[int]]] = {}
    for i, span in zip(stays.tolist(), spans.tolist(), strict=True):
        needs = crews.need_skill[crews.need_first[i] : crews.need_first[i + 1]]
        for skill in set(() if in_batch[i] else needs.tolist()):
            wanted.setdefault(skill, []).append(span)
    most = 0
    for skill, its in wanted.items():
        groups = crews.group[crews.group_first[skill] : crews.group_first[skill + 1]]
        units = int(crews.n_units[groups].sum())
        most = max(most, n_too_many(its, places=units, fixed=fixed.get(skill, [])))
    return most


def _heads(problem: Problem) -> NDArray[np.bool_]:
    """Return which pins are alone or the first of their batch."""
    pins = problem.pins
    assert pins is not None
    heads: NDArray[np.bool_] = np.ones(len(pins.operation), dtype=bool)
    return heads if pins.batch is None else pins.batch == pins.operation


def n_too_many(
    spans: Sequence[Sequence[int]], *, places: int, fixed: Sequence[tuple[int, int]]
) -> int:
    """Return how few spans must go so that never more than ``places`` are there at once.

    ``fixed`` spans are there, too, and stay.

    Examples
    --------
    >>> n_too_many([(0, 4), (2, 6), (3, 5), (6, 9)], places=2, fixed=[])
    1
    >>> n_too_many([(0, 4), (2, 6), (3, 5), (6, 9)], places=2, fixed=[(0, 9)])
    2
    """
    found = 0
    events = [(begin, 1, end) for begin, end in spans if begin < end]
    events += [(begin, 0, end) for begin, end in fixed if begin < end]
    open_until: list[int] = []
    held_until: list[int] = []
    for begin, may_go, end in sorted(events):
        open_until = [until for until in open_until if until > begin]
        held_until = [until for until in held_until if until > begin]
        (open_until if may_go else held_until).append(end)
        if open_until and len(open_until) + len(held_until) > places:
            open_until.remove(max(open_until))
            found += 1
    return found
