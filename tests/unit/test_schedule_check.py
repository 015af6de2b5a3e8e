"""The checker finds each kind of violation that a mutation of a sound plan brings."""

from dataclasses import replace

import numpy as np
import pytest

from zhizao.schedule import Problem, check_assignment
from zhizao.schedule.assignment import Assignment
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.problem import (
    BY_CLOCK,
    BY_LOTS,
    NONE,
    Batches,
    Calendars,
    Crews,
    Lags,
    Pins,
    Setups,
    Upkeep,
)


def shop(**parts):
    """Two jobs of two operations on two machines; machine 0, then machine 1; 10 ticks each."""
    return Problem(
        n_machines=2,
        job_first=np.array([0, 2, 4]),
        release=np.array([5, 5]),
        due=np.array([100, 100]),
        weight=np.ones(2),
        mode_first=np.array([0, 1, 2, 3, 4]),
        mode_machine=np.array([0, 1, 0, 1], np.int32),
        mode_duration=np.array([10, 10, 10, 10]),
        **parts,
    )


def plan(**changes):
    n = 4
    sound = {
        "mode": np.arange(n),
        "start": np.array([10, 30, 20, 40]),
        "end": np.array([20, 40, 30, 50]),
        "place": np.zeros(n, np.int64),
        "begin": np.array([10, 30, 20, 40]),
        "setup": np.zeros(n, np.int64),
        "unit_of_need": np.zeros(0, np.int64),
        "setup_unit": np.full(n, NONE),
        "batch": np.arange(n),
        "hold": np.array([20, 40, 30, 50]),
        "handed": np.array([20, 40, 30, 50]),
    }
    return FactoryAssignment(**{**sound, **changes})


def moved(i, by, **others):
    base = plan()
    changed = {
        name: np.where(np.arange(4) == i, getattr(base, name) + by, getattr(base, name))
        for name in ("begin", "start", "end", "hold")
    }
    return plan(**changed, **others)


def kinds(problem, assignment):
    return {v.kind for v in check_assignment(problem, assignment)}


SETUPS = Setups(
    table_of_machine=np.array([0, NONE], np.int32),
    family_of_operation=np.array([0, 0, 1, 1], np.int32),
    initial_family=np.array([0, NONE], np.int32),
    ticks=np.array([[[0, 3], [3, 0]]]),
)
OPEN = Calendars(
    first=np.array([0, 2]),
    start=np.array([0, 60]),
    end=np.array([50, 90]),
    of_machine=np.array([0, 0], np.int32),
    interruption=np.zeros(4, np.int8),
)
LAGS = Lags(
    delay=np.array([0, 5, 0, 0]),
    delay_calendar=np.full(4, NONE, np.int32),
    earliest=np.array([0, 0, 0, 40]),
    area_of_machine=np.array([0, 1], np.int32),
    area_of_operation=np.array([NONE, 1, NONE, 1], np.int32),
    transport=np.array([[0, 5], [5, 0]]),
)
CREWS = Crews(
    need_first=np.array([0, 1, 2, 3, 4]),
    need_skill=np.zeros(4, np.int32),
    setup_skill=np.full(2, NONE, np.int32),
    group_first=np.array([0, 1]),
    group=np.zeros(1, np.int32),
    n_units=np.array([2, 1]),
    calendar_of_group=np.array([NONE, NONE], np.int32),
)
BATCHES = Batches(
    key=np.array([0, NONE, 0, NONE], np.int32),
    pieces=np.array([2.0, 1.0, 2.0, 1.0]),
    least=np.zeros(4),
    largest=np.full(4, 4.0),
    wait=np.zeros(4, np.int64),
    fixed=np.full(4, 10.0),
    per_piece=np.zeros(4),
)
TOGETHER = {
    "batch": np.array([0, 1, 0, 3]),
    **{
        name: np.array(values)
        for name, values in (
            ("begin", [10, 30, 10, 40]),
            ("start", [10, 30, 10, 40]),
            ("end", [20, 40, 20, 50]),
            ("hold", [20, 40, 20, 50]),
        )
    },
}


def test_a_sound_plan_has_no_violation():
    assert check_assignment(shop(), plan()) == []
    assert check_assignment(shop(calendars=OPEN), plan()) == []
    assert check_assignment(shop(lags=LAGS), plan()) == []
    crew = plan(unit_of_need=np.array([0, 0, 1, 1]))
    assert check_assignment(shop(crews=CREWS), crew) == []
    assert check_assignment(shop(batches=BATCHES), plan(**TOGETHER)) == []


@pytest.mark.parametrize(
    ("assignment", "kind"),
    [
        (plan(mode=np.array([0, 0, 2, 3])), "mode"),
        (moved(0, -6), "release"),
        (moved(1, -11), "order"),
        (moved(2, -3), "overlap"),
        (plan(end=np.array([20, 40, 29, 50])), "duration"),
        (plan(end=np.array([20, 40, 31, 50])), "duration"),
        (plan(place=np.array([0, 0, 1, 0])), "overlap"),
        (plan(**TOGETHER), "batch"),
    ],
)
def test_a_mutation_of_the_plain_plan_is_found(assignment, kind):
    assert kind in kinds(shop(), assignment)


def test_a_setup_that_has_no_time_is_found():
    for by, expected in ((3, set()), (2, {"setup"}), (0, {"setup"})):
        found = moved(2, by)
        plain = Assignment(mode=found.mode, start=found.start, end=found.end)
        assert kinds(shop(setups=SETUPS), plain) == expected
    # Stated, it must have its time between begin and start.
    assert kinds(shop(setups=SETUPS), moved(2, 3)) == {"setup"}


def test_a_setup_that_waits_for_its_lot_must_lie_between_begin_and_start():
    waits = replace(SETUPS, needs_lot=True)
    whole = plan(
        start=np.array([10, 30, 23, 40]),
        end=np.array([20, 40, 33, 50]),
        hold=np.array([20, 40, 33, 50]),
    )
    assert kinds(shop(setups=waits), whole) == set()
    assert "setup" in kinds(shop(setups=waits), moved(2, 3))


def test_work_while_closed_is_found():
    assert "closed" in kinds(shop(calendars=OPEN), moved(3, 12))
    assert "duration" in kinds(shop(calendars=OPEN), moved(3, 5))
    must_fit = replace(OPEN, interruption=np.ones(4, np.int8))
    through = plan(
        begin=np.array([10, 30, 20, 45]),
        start=np.array([10, 30, 20, 45]),
        end=np.array([20, 40, 30, 65]),
        hold=np.array([20, 40, 30, 65]),
    )
    assert kinds(shop(calendars=OPEN), through) == set()
    assert kinds(shop(calendars=must_fit), through) == {"closed"}


def test_a_lot_that_is_not_there_yet_is_found():
    assert kinds(shop(lags=LAGS), moved(1, -1)) == {"ready"}
    late = replace(LAGS, earliest=np.array([0, 0, 0, 41]))
    assert kinds(shop(lags=late), plan()) == {"ready"}


@pytest.mark.parametrize("units", [[0, 0, 2, 1], [0, 0, NONE, 1], [0, 0, 7, 1]])
def test_a_need_without_an_able_unit_is_found(units):
    assert "crew" in kinds(shop(crews=CREWS), plan(unit_of_need=np.array(units)))


def test_a_unit_in_two_places_or_off_shift_is_found():
    both = moved(1, -5, unit_of_need=np.array([0, 1, 1, 0]))
    assert "crew" in kinds(shop(crews=CREWS), both)
    off = replace(CREWS, calendar_of_group=np.array([0, NONE], np.int32))
    calendars = replace(OPEN, of_machine=np.full(2, NONE, np.int32), end=np.array([35, 90]))
    crew = plan(unit_of_need=np.array([0, 0, 1, 1]))
    assert kinds(shop(crews=off, calendars=calendars), crew) == {"crew"}


def test_a_batch_that_is_too_large_or_not_at_once_is_found():
    small = replace(BATCHES, largest=np.full(4, 3.0))
    assert "batch" in kinds(shop(batches=small), plan(**TOGETHER))
    apart = {**TOGETHER, "start": np.array([10, 30, 11, 40])}
    assert "batch" in kinds(shop(batches=BATCHES), plan(**apart))


def test_a_pinned_operation_elsewhere_and_another_machine_than_asked_are_found():
    pins = Pins(
        operation=np.array([2]),
        mode=np.array([2]),
        begin=np.array([21]),
        start=np.array([21]),
        end=np.array([31]),
    )
    assert kinds(shop(pins=pins), plan()) == {"pin"}
    same = np.array([NONE, 0, NONE, NONE])
    assert kinds(shop(same_machine_as=same), plan()) == {"machine"}


def test_work_that_starts_before_it_may_is_found():
    lags = Lags(
        delay=np.zeros(4, np.int64),
        delay_calendar=np.full(4, NONE, np.int32),
        earliest=np.zeros(4, np.int64),
        area_of_machine=np.zeros(2, np.int32),
        area_of_operation=np.full(4, NONE, np.int32),
        transport=np.zeros((1, 1), np.int64),
        start_from=np.array([10, 31, 0, 40]),
    )
    assert [str(v) for v in check_assignment(shop(lags=lags), plan())] == [
        "ready: operation 1 starts at 30, no earlier than 31 is allowed"
    ]


def test_an_operation_that_leaves_no_time_for_maintenance_is_found():
    plan = Assignment(mode=np.array([0, 1]), start=np.array([0, 5]), end=np.array([5, 8]))
    problem = Problem(
        n_machines=1,
        job_first=np.array([0, 1, 2]),
        release=np.zeros(2, np.int64),
        due=np.array([99, 99]),
        weight=np.ones(2),
        mode_first=np.array([0, 1, 2]),
        mode_machine=np.zeros(2, np.int32),
        mode_duration=np.array([5, 3]),
        upkeep=Upkeep(
            machine=np.array([0, 0], np.int32),
            counts=np.array([BY_LOTS, BY_CLOCK], np.int8),
            first=np.array([1, 4]),
            every=np.array([9, 40]),
            duration=np.array([2, 3]),
        ),
    )
    assert [str(v) for v in check_assignment(problem, plan)] == [
        "upkeep: operation 1 begins at 5, maintenance ends at 10"
    ]
    later = Assignment(mode=plan.mode, start=np.array([0, 10]), end=np.array([5, 13]))
    assert check_assignment(problem, later) == []


def maintained(*, counts=BY_LOTS, first=1, every=9, shifts=((0, 99),), machines=(0,), needs=()):
    """Return violations: machine 0 works from 0 to 5 and from 8 on, machine 1 so or from 4 to 7.

    Maintenance of ``machines`` takes 3 ticks of the only person, whom ``needs`` operations have.
    """
    need_first = np.cumsum([0, *(int(i in needs) for i in range(4))])
    begin = np.array([0, 8, 0, 8] if len(machines) == 2 else [0, 8, 4, 20])
    end = begin + np.array([5, 2, 5, 2] if len(machines) == 2 else [5, 2, 3, 2])
    problem = Problem(
        n_machines=2,
        job_first=np.arange(5),
        release=np.zeros(4, np.int64),
        due=np.full(4, 99),
        weight=np.ones(4),
        mode_first=np.arange(5),
        mode_machine=np.array([0, 0, 1, 1], np.int32),
        mode_duration=end - begin,
        calendars=Calendars(
            first=np.array([0, len(shifts)]),
            start=np.array([a for a, _ in shifts]),
            end=np.array([b for _, b in shifts]),
            of_machine=np.full(2, NONE, np.int32),
            interruption=np.zeros(4, np.int8),
        ),
        crews=Crews(
            need_first=need_first,
            need_skill=np.zeros(len(needs), np.int32),
            setup_skill=np.full(2, NONE, np.int32),
            group_first=np.array([0, 1]),
            group=np.zeros(1, np.int32),
            n_units=np.ones(1, np.int64),
            calendar_of_group=np.zeros(1, np.int32),
        ),
        upkeep=Upkeep(
            machine=np.array(machines, np.int32),
            counts=np.full(len(machines), counts, np.int8),
            first=np.full(len(machines), first),
            every=np.full(len(machines), every),
            duration=np.full(len(machines), 3),
            skill=np.zeros(len(machines), np.int32),
        ),
    )
    times = {"begin": begin, "start": begin, "end": end, "hold": end, "handed": end}
    found = plan(**times, unit_of_need=np.zeros(len(needs), np.int64))
    return [str(v) for v in check_assignment(problem, found)]


@pytest.mark.parametrize("counts", [BY_LOTS, BY_CLOCK])
def test_maintenance_fits_only_while_somebody_is_there_to_do_it(counts):
    given = {"counts": counts, "first": 1 if counts == BY_LOTS else 4}
    assert maintained(**given) == []
    late = ["upkeep: operation 1 begins at 8, maintenance ends at 23"]
    # The shift ends at 5; it may go on after the end of a shift that it began in.
    assert maintained(**given, shifts=((0, 5), (20, 99))) == late
    assert maintained(**given, shifts=((0, 6), (20, 99))) == []
    gone = ["upkeep: operation 1 begins at 8, nobody does the maintenance"]
    assert maintained(**given, shifts=((0, 5),)) == gone


def test_who_is_at_work_elsewhere_does_no_maintenance():
    # On machine 1 from 4 to 7, with the same person.
    assert maintained(needs=(2,)) == ["upkeep: operation 1 begins at 8, maintenance ends at 10"]
    assert maintained(needs=(3,)) == []


def test_one_person_does_not_maintain_two_machines_at_once():
    one, other = (
        f"upkeep: operation {i} follows maintenance at 5, when 1 are free for all that is at it then"
        for i in (1, 3)
    )
    assert maintained(machines=(0, 1)) == [one, other]


def test_a_batch_of_too_few_pieces_has_to_wait_for_others():
    def violations(start):
        plan = Assignment(mode=np.array([0]), start=np.array([start]), end=np.array([start + 4]))
        problem = Problem(
            n_machines=1,
            job_first=np.array([0, 1]),
            release=np.array([3]),
            due=np.array([99]),
            weight=np.ones(1),
            mode_first=np.array([0, 1]),
            mode_machine=np.zeros(1, np.int32),
            mode_duration=np.array([4]),
            batches=Batches(
                key=np.array([0], np.int32),
                pieces=np.array([2.0]),
                least=np.array([5.0]),
                largest=np.array([9.0]),
                wait=np.array([10]),
                fixed=np.array([4.0]),
                per_piece=np.array([0.0]),
            ),
        )
        return [str(v) for v in check_assignment(problem, plan)]

    assert violations(12) == ["batch: operation 0 begins with 2 pieces at 12, before 13"]
    assert violations(13) == []
