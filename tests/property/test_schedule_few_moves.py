"""Forced moves are a lower bound and mended lists an upper bound of what must move."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.fewest_moved import fewest_moved
from zhizao.schedule.costs import costs_of
from zhizao.schedule.factory.fewest_moves import fewest_moves
from zhizao.schedule.factory.follow import Begun, held
from zhizao.schedule.factory.forced_moves import n_forced_moves
from zhizao.schedule.factory.keep_most import fewest_moved as proved_moves
from zhizao.schedule.factory.keep_most import keep_most, keep_rows
from zhizao.schedule.factory.mend_list import PUT_OFF, Mend
from zhizao.schedule.factory.to_factory import to_factory
from zhizao.schedule.links import Joins
from zhizao.schedule.objective import read_objective
from zhizao.schedule.problem import NO_DUE, NONE, Lags, Pins, Previous, Problem, Setups
from zhizao.schedule.stop import Stop

TOLERANCE = 1
LAST = 22
"""Four operations of at most 4 ticks, none ready after 6."""


def old_plan(jobs):
    """Return a plan: one job after the other, each as early as it can be on its first machine."""
    free, found = {}, []
    for steps in jobs:
        ready, rows = 0, []
        for _, modes in steps:
            machine, duration = next(iter(modes.items()))
            start = max(ready, free.get(machine, 0))
            rows.append((machine, start))
            ready = free[machine] = start + duration
        found.append(rows)
    return found


@st.composite
def shops(draw):
    """Return jobs of one or two steps on two machines, what comes late, and until when it counts."""
    n_steps = draw(st.sampled_from([(2, 2), (1, 1, 1, 1), (2, 1, 1), (1, 2)]))
    both = st.permutations([0, 1]).map(tuple)
    jobs = [
        [
            (0, {m: draw(st.integers(1, 4)) for m in draw(both)[: draw(st.integers(1, 2))]})
            for _ in range(n)
        ]
        for n in n_steps
    ]
    old = old_plan(jobs)
    late = {
        (j, k): draw(st.integers(0, 6))
        for j, n in enumerate(n_steps)
        for k in range(n)
        if draw(st.booleans())
    }
    jobs = [[(late.get((j, k), 0), m) for k, (_, m) in enumerate(js)] for j, js in enumerate(jobs)]
    return jobs, old, draw(st.integers(1, 10)), {0: draw(st.sampled_from([0, 0, 3]))}


def problem_of(jobs, old, until, busy):
    """Return the shop as tables; what keeps machine 0 busy is a pinned job of its own."""
    steps = [(e, modes, old[j][k]) for j, js in enumerate(jobs) for k, (e, modes) in enumerate(js)]
    firsts = np.concatenate([[0], np.cumsum([len(js) for js in jobs])])
    pins = None
    if busy[0]:
        steps.append((0, {0: busy[0]}, (NONE, 0)))
        firsts = np.append(firsts, len(steps))
    n = len(steps)
    mode_first = np.concatenate([[0], np.cumsum([len(m) for _, m, _ in steps])])
    if busy[0]:
        zero = np.zeros(1, np.int64)
        end = zero + busy[0]
        pins = Pins(operation=zero + n - 1, mode=mode_first[-2:-1], begin=zero, start=zero, end=end)
    return Problem(
        n_machines=2,
        job_first=firsts.astype(np.int64),
        release=np.zeros(len(firsts) - 1, np.int64),
        due=np.full(len(firsts) - 1, NO_DUE),
        weight=np.ones(len(firsts) - 1),
        mode_first=mode_first.astype(np.int64),
        mode_machine=np.array([m for _, modes, _ in steps for m in modes], np.int32),
        mode_duration=np.array([d for _, modes, _ in steps for d in modes.values()]),
        lags=Lags(
            delay=np.zeros(n, np.int64),
            delay_calendar=np.full(n, NONE, np.int32),
            earliest=np.array([e for e, _, _ in steps]),
            area_of_machine=np.zeros(2, np.int32),
            area_of_operation=np.full(n, NONE, np.int32),
            transport=np.zeros((1, 1), np.int64),
        ),
        pins=pins,
        previous=Previous(
            machine=np.array([o[0] for _, _, o in steps], np.int32),
            start=np.array([o[1] for _, _, o in steps]),
            until=until,
            tolerance=TOLERANCE,
        ),
    )


def begun_of(problem):
    """Return the old plan as a list, pinned operations first."""
    previous, n = problem.previous, problem.n_operations
    pinned = np.zeros(n, dtype=bool)
    if problem.pins is not None:
        pinned[problem.pins.operation] = True
    mode = np.full(n, NONE, np.int64)
    for i in range(n):
        for k in range(problem.mode_first[i], problem.mode_first[i + 1]):
            if problem.mode_machine[k] == previous.machine[i]:
                mode[i] = k
    return Begun(
        sequence=np.lexsort((np.arange(n), previous.start, ~pinned)),
        mode=mode,
        begin=previous.start,
        hold=np.where(previous.counts, previous.start, 0),
    )


@settings(deadline=None, max_examples=20)
@given(shops())
def test_what_must_move_lies_between_the_forced_moves_and_those_of_the_mended_list(given_shop):
    jobs, old, until, busy = given_shop
    problem = problem_of(jobs, old, until, busy)
    costs = costs_of(problem, read_objective("moved"), ticks_per_hour=1.0)
    fewest = fewest_moved(jobs, old=old, tolerance=TOLERANCE, until=until, busy=busy, last=LAST)
    assert n_forced_moves(problem, costs) <= fewest
    begun = begun_of(problem)
    firm = held(problem, begun)
    mended = fewest_moves(
        firm,
        to_factory(firm, costs),
        begun,
        course=Stop(iterations=2_000).begin(),
        share=1.0,
        most_share=1.0,
        enough=0,
        most=0,
    )
    if mended is not None:
        assert mended.n_moved >= fewest
        # What counts comes no earlier than before, which may cost a move that others save.
        assert mended.n_moved <= fewest + 1
        assert sorted(mended.begun.sequence.tolist()) == list(range(problem.n_operations))


@settings(deadline=None, max_examples=20)
@given(shops())
def test_an_exact_solver_proves_how_few_move_and_its_list_moves_no_more(given_shop):
    jobs, old, until, busy = given_shop
    problem = problem_of(jobs, old, until, busy)
    costs = costs_of(problem, read_objective("moved"), ticks_per_hour=1.0)
    fewest = fewest_moved(jobs, old=old, tolerance=TOLERANCE, until=until, busy=busy, last=LAST)
    course = Stop(seconds=30.0).begin()
    begun = begun_of(problem)
    firm = held(problem, begun)
    given_share = {"course": course, "share": 0.5, "seed": 0}
    rows = keep_rows(firm, costs)
    there, movers = keep_most(rows, enough=0, **given_share)
    proved = proved_moves(keep_rows(problem, costs), movers, **given_share)
    assert proved <= fewest
    if not problem.previous.counts.any():
        return
    mended = fewest_moves(
        firm, to_factory(firm, costs), begun, course=Stop(iterations=0).begin(),
        share=1.0, most_share=1.0, enough=0, most=0, rows=partial(keep_rows, firm, costs),
    )  # fmt: skip
    if mended is None or not there:
        return
    assert fewest <= mended.n_moved
    # No trial is made: the list is the solver's, where what counts comes no earlier than before.
    assert mended.n_moved <= fewest + 1


def test_what_may_come_between_two_with_a_setup_is_in_the_bound():
    # The second one needs 6 ticks of setup after the first, which now ends 4 later; another one
    # of its family, which counts for nothing, may come between and have that setup before it.
    jobs = [[(4, {0: 4})], [(0, {0: 4})], [(0, {0: 1})]]
    problem = problem_of(jobs, [[(0, 0)], [(0, 14)], [(0, 90)]], 20, {0: 0})
    setups = Setups(
        table_of_machine=np.zeros(2, np.int32),
        family_of_operation=np.array([0, 1, 1], np.int32),
        initial_family=np.zeros(2, np.int32),
        ticks=np.array([[[0, 6], [6, 0]]]),
        needs_lot=True,
    )
    problem = type(problem)(**{**vars(problem), "setups": setups})
    costs = costs_of(problem, read_objective("moved"), ticks_per_hour=1.0)
    rows = keep_rows(problem, costs)
    assert sorted(rows.visits) == [1]
    lane = rows.lanes[0]
    # 6 ticks of setup and one of work, of what need not stay.
    assert rows.between(1, lane, family=0, free=4, by=14) == [(7, [])]
    assert rows.between(1, lane, family=0, free=8, by=14) == []


def test_what_is_put_off_makes_room_for_all_that_follows_it():
    # Six operations one after the other on a machine; the first comes 3 ticks late. Letting all
    # slide moves six, putting the first off moves one.
    jobs = [[(3 if j == 0 else 0, {0: 4})] for j in range(6)]
    old = old_plan(jobs)
    problem = problem_of(jobs, old, 99, {0: 0})
    costs = costs_of(problem, read_objective("moved"), ticks_per_hour=1.0)
    assert n_forced_moves(problem, costs) == 1
    begun = begun_of(problem)
    firm = held(problem, begun)
    given_time = {"course": Stop(iterations=1_000).begin(), "share": 1.0, "most_share": 1.0}
    mended = fewest_moves(firm, to_factory(firm, costs), begun, enough=0, most=0, **given_time)
    assert mended.n_moved == 1
    assert mended.begun.sequence.tolist() == [1, 2, 3, 4, 5, 0]
    assert mended.pins.operation[:5].tolist() == [1, 2, 3, 4, 5]
    assert mended.pins.start[:5].tolist() == [4, 8, 12, 16, 20]
    # Six may move: the list is good enough as it is.
    as_is = fewest_moves(firm, to_factory(firm, costs), begun, enough=6, most=6, **given_time)
    assert as_is.n_moved == 6


def test_what_needs_a_longer_setup_because_another_is_put_off_begins_it_earlier_and_stays():
    # The setup of 3 ticks was before the first one, which now comes late; the second one, of the
    # same family, has to have it now.
    jobs = [[(30, {0: 4})], [(0, {0: 4})]]
    problem = problem_of(jobs, [[(0, 3)], [(0, 7)]], 99, {0: 0})
    setups = Setups(
        table_of_machine=np.zeros(2, np.int32),
        family_of_operation=np.ones(2, np.int32),
        initial_family=np.zeros(2, np.int32),
        ticks=np.array([[[0, 3], [3, 0]]]),
        needs_lot=True,
    )
    problem = type(problem)(**{**vars(problem), "setups": setups})
    costs = costs_of(problem, read_objective("moved"), ticks_per_hour=1.0)
    begun = begun_of(problem)
    firm = held(problem, begun)
    given_time = {"course": Stop(iterations=1_000).begin(), "share": 1.0, "most_share": 1.0}
    mended = fewest_moves(firm, to_factory(firm, costs), begun, enough=0, most=0, **given_time)
    assert mended.n_moved == n_forced_moves(problem, costs) == 1
    stays = mended.pins.operation.tolist().index(1)
    assert (mended.pins.begin[stays], mended.pins.start[stays]) == (4, 7)


@pytest.mark.parametrize("component", [0, 1])
def test_what_needs_a_component_that_is_put_off_is_put_off_and_lets_others_stay(component):
    # A component on machine 0, from 0 on, now ready at 30; what needs it on machine 1 from 4 on; and
    # behind that three others. Letting them slide would move five, putting off what waits moves two.
    others = [[(0, {1: 4})] for _ in range(3)]
    pair = [[(30, {0: 4})], [(0, {1: 4})]]
    old = [[(0, 0)], [(1, 4)]]
    if component == 1:
        pair, old = pair[::-1], old[::-1]
    jobs = [*pair, *others]
    problem = problem_of(jobs, [*old, *([(1, 8 + 4 * k)] for k in range(3))], 99, {0: 0})
    joins = Joins(
        before=np.array([component]),
        after=np.array([1 - component]),
        lag=np.zeros(1, np.int64),
        is_asked=np.zeros(1, bool),
    )
    problem = type(problem)(**{**vars(problem), "joins": joins})
    costs = costs_of(problem, read_objective("moved"), ticks_per_hour=1.0)
    begun = begun_of(problem)
    firm = held(problem, begun)
    given_time = {"course": Stop(iterations=1_000).begin(), "share": 1.0, "most_share": 1.0}
    mended = fewest_moves(firm, to_factory(firm, costs), begun, enough=0, most=0, **given_time)
    assert mended.n_moved == n_forced_moves(problem, costs) == 2
    on_machine_1 = [i for i in mended.begun.sequence.tolist() if i != component]
    assert on_machine_1 == [2, 3, 4, 1 - component]
    mend = Mend(firm, to_factory(firm, costs), begun, until=None)
    mend.put_off(component)
    assert mend.build() == 2 * (1.0 + PUT_OFF)
    assert mend.built.tolist() == [2, 3, 4]
    mend.bring_back(1 - component)
    assert not mend.is_off.any()
    assert mend.build() == 5.0
    assert mend.built.tolist() == [component, 1 - component, 2, 3, 4]
    mend.take()
    assert mend.held_up_by(1 - component) == component


@pytest.mark.parametrize(("places", "forced"), [(1, 1), (2, 0)])
def test_of_two_that_overlap_on_a_machine_of_one_place_one_is_forced(places, forced):
    # Both were shorter before: now the first one ends after the second one's latest begin.
    jobs = [[(0, {0: 9})], [(0, {0: 4})]]
    problem = problem_of(jobs, [[(0, 0)], [(0, 4)]], 99, {0: 0})
    problem = type(problem)(**{**vars(problem), "n_places": np.array([places, 1])})
    costs = costs_of(problem, read_objective("moved"), ticks_per_hour=1.0)
    assert n_forced_moves(problem, costs) == forced
