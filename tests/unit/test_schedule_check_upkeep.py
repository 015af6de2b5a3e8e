"""Maintenance by the clock that waits for somebody is reported only where no history explains it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.schedule.check_upkeep import Held, Unit, late_upkeep
from zhizao.schedule.problem import BY_CLOCK, Upkeep

THERE = Unit(skills=frozenset({0}), shifts=None, busy=[])


def by_clock(*rules):
    """Rules of one machine: first, every, duration; all wait for somebody."""
    first, every, duration = np.array(rules).T
    n = len(rules)
    return Upkeep(
        machine=np.zeros(n, np.int32),
        counts=np.full(n, BY_CLOCK, np.int8),
        first=first,
        every=every,
        duration=duration,
        skill=np.zeros(n, np.int32),
    )


def rows_of(*spans):
    return [Held(begin=a, hold=b, end=b, worked=b - a, is_pinned=False) for a, b in sorted(spans)]


def late(upkeep, *spans, units=(THERE,)):
    return list(late_upkeep(upkeep, 0, rows_of(*spans), spans=None, units=list(units)))


def test_what_may_be_due_early_need_not_be_done_again_when_it_is_due_late():
    # Done between 2 and 10, so due again between 14 and 20: from 14 to 16 there is time for it.
    upkeep = by_clock((2, 10, 2))
    assert late(upkeep, (0, 1), (10, 14), (17, 20), (20, 24)) == []
    # With one tick there is not, nor after it when it has to be done.
    assert late(upkeep, (0, 1), (10, 14), (15, 20), (20, 24)) == [(3, 22)]


def test_what_is_done_as_early_as_it_can_be_is_due_again_in_time():
    # Done from 14 to 16 it is due at 26, done from 25 to 27 at 37.
    upkeep = by_clock((2, 10, 2))
    begun = [(0, 1), (10, 14), (17, 20), (20, 24)]
    assert late(upkeep, *begun, (24, 27), (27, 40)) == [(5, 29)]
    assert late(upkeep, *begun, (24, 26), (28, 40)) == []


def test_a_place_that_never_stands_is_found_however_long_the_plan_is():
    # After many turns nothing is known of when it is due, but it is due once in 22 ticks.
    upkeep = by_clock((2, 10, 2))
    turns = [(a, a + 6) for a in range(0, 900, 12)]
    assert late(upkeep, *turns) == []
    without = [(a, a + 3) for a in range(900, 930, 3)]
    found = late(upkeep, *turns, *without)
    assert found
    assert all(row >= len(turns) for row, _ in found)


@pytest.mark.parametrize("at", [14, 15])
def test_who_is_elsewhere_at_the_early_instant_leaves_only_the_late_one(at):
    busy = Unit(skills=frozenset({0}), shifts=None, busy=[(at, at + 1)])
    begun = [(0, 1), (10, 14), (17, 20)]
    found = late(by_clock((2, 10, 2)), *begun, (20, 24), units=[busy])
    # From 15 to 17 is time if the person is away from 14 to 15.
    assert found == ([] if at == 14 else [(3, 22)])


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_history_that_was_done_is_reported(data):
    draw = data.draw
    small = st.integers(1, 12)
    rules = draw(
        st.lists(st.tuples(small, st.integers(40, 60), st.integers(1, 8)), min_size=1, max_size=2)
    )
    due = [first for first, _, _ in rules]
    free, spans, away = 0, [], []
    for _ in range(draw(st.integers(1, 25))):
        begin = free + draw(st.integers(0, 15))
        while any(at <= begin for at in due):
            b = draw(st.sampled_from([b for b, at in enumerate(due) if at <= begin]))
            _, every, ticks = rules[b]
            wait = draw(st.integers(0, 6))
            start = max(free, due[b]) + wait
            if wait and draw(st.booleans()):
                away.append((start - wait, start))
            free = start + ticks
            due[b] = free + every
            begin = max(begin, free)
        spans.append((begin, begin + draw(small)))
        free = spans[-1][1]
    unit = Unit(skills=frozenset({0}), shifts=None, busy=away)
    assert late(by_clock(*rules), *spans, units=[unit]) == []
