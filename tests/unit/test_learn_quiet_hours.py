"""Calendars of machines that are seldom needed at some hours."""

import numpy as np
import polars as pl

from zhizao.learn.hours.quiet_hours import as_others, end_gain, with_quiet_hours
from zhizao.learn.hours.quiet_stretches import never_covered
from zhizao.learn.hours.week import BIN_MIN, N_BINS

DAY_BINS = N_BINS // 7
N_WEEKS = 20


def hours(begin, end):
    flags = np.zeros(N_BINS, dtype=bool)
    for day in range(5):
        flags[day * DAY_BINS + begin * 4 : day * DAY_BINS + end * 4] = True
    return flags


def work(*, rng, late_share, works_late, minutes=90.0):
    """Return reports of a machine that is busy from 7 to 15 and seldom needed until 23."""
    rows = []
    for week in range(N_WEEKS):
        for day in range(5):
            at = day * 1440 + 420.0
            until = day * 1440 + 900
            while at < until:
                length = float(minutes * rng.uniform(0.5, 1.5))
                end = at + length
                if end > until and not works_late:
                    end += (16 if day < 4 else 64) * 60  # the rest is done on the next workday
                rows.append((at, end - at, week))
                at += length + float(rng.uniform(0, 30))
            if works_late and rng.random() < late_share:
                begin = until + float(rng.uniform(60, 300))
                rows.append((begin, float(minutes * rng.uniform(0.5, 1.5)), week))
    return pl.DataFrame(rows, schema=["start_min", "duration_min", "week"], orient="row")


def test_hours_in_which_work_regularly_ends_are_open():
    rows = work(rng=np.random.default_rng(1), late_share=0.5, works_late=True)
    found = with_quiet_hours(hours(7, 15), rows, n_weeks=N_WEEKS)
    assert found[hours(15, 20)].mean() > 0.9
    assert not found[hours(0, 6)].any()
    assert not found[5 * DAY_BINS :].any()


def test_work_that_waits_through_the_night_does_not_open_it():
    rows = work(rng=np.random.default_rng(2), late_share=0.0, works_late=False)
    assert (with_quiet_hours(hours(7, 15), rows, n_weeks=N_WEEKS) == hours(7, 15)).all()


def test_overtime_in_one_week_is_no_shift():
    rng = np.random.default_rng(3)
    rows = work(rng=rng, late_share=0.0, works_late=False)
    late = [(d * 1440 + 960.0 + 60 * i, 55.0, 4) for d in range(5) for i in range(4)]
    rows = pl.concat([rows, pl.DataFrame(late, schema=rows.schema, orient="row")])
    assert (with_quiet_hours(hours(7, 15), rows, n_weeks=N_WEEKS) == hours(7, 15)).all()


def test_a_week_much_like_anothers_is_that_week_unless_the_records_say_no():
    own, other = hours(7, 21), hours(7, 23)
    nothing = np.zeros(N_BINS)
    assert (as_others("a", {"a": own, "b": other}, nothing) == other).all()
    assert (as_others("a", {"a": own, "b": other}, np.where(other & ~own, -1.0, 0.0)) == own).all()
    assert (as_others("a", {"a": hours(7, 15), "b": other}, nothing) == hours(7, 15)).all()


def test_the_rate_of_ends_is_counted_against_work_that_goes_on():
    rows = work(rng=np.random.default_rng(5), late_share=0.0, works_late=False)
    gain = end_gain(hours(7, 15), rows)
    assert gain[hours(7, 15)].sum() > 0
    assert gain[hours(16, 23)].sum() < 0
    assert BIN_MIN * N_BINS == 7 * 1440


def test_each_of_two_like_weeks_shows_the_hours_that_the_other_lacks_by_chance() -> None:
    first, second = hours(7, 23), hours(7, 23)
    first[4 * 24 + 32 : 4 * 24 + 36] = False  # Tuesday, 8 to 9
    second[88:92] = False  # Monday, 22 to 23
    nothing = np.zeros(N_BINS)
    assert (as_others("a", {"a": first, "b": second}, nothing) == hours(7, 23)).all()
    against = np.where(second & ~first, -1.0, 0.0)
    assert (as_others("a", {"a": first, "b": second}, against) == first).all()


def evenings(needed):
    """Return reports that cover 7 to 20 h on workdays, and 20 to 23 h in so many of 20 weeks."""
    hourly = [
        (d * 1440 + 60.0 * h, 60.0, w)
        for w in range(N_WEEKS)
        for d, n in enumerate(needed)
        for h in range(7, 23 if w < n else 20)
    ]
    return pl.DataFrame(hourly, schema=["start_min", "duration_min", "week"], orient="row")


def test_an_evening_that_was_never_needed_by_chance_is_no_quiet_night():
    rows = evenings([3, 2, 1, 4, 0])
    assert not never_covered(hours(7, 23), rows)[hours(7, 23)].any()
    # The night after it, and a quarter of an hour that no day has ever used, are closed.
    assert never_covered(hours(7, 23) | hours(0, 6), rows)[hours(0, 6)].all()
    after = hours(7, 24)
    after[hours(7, 23)] = False
    assert never_covered(hours(7, 23) | after, rows)[after].all()


def test_a_short_friday_of_a_busy_machine_stays_short():
    friday = np.zeros(N_BINS, dtype=bool)
    friday[4 * DAY_BINS + 80 : 4 * DAY_BINS + 92] = True
    assert never_covered(hours(7, 23), evenings([20, 19, 20, 18, 0]))[friday].all()


def test_work_that_ends_as_a_shift_ends_does_not_open_the_next_quarter():
    rng = np.random.default_rng(4)
    rows = []
    for week in range(N_WEEKS):
        for day in range(5):
            at = 420.0
            while at < 1380:
                length = min(float(rng.uniform(30, 90)), 1380 - at)
                rows.append((day * 1440 + at, length, week))
                at += length
    table = pl.DataFrame(rows, schema=["start_min", "duration_min", "week"], orient="row")
    assert (with_quiet_hours(hours(7, 15), table, n_weeks=N_WEEKS) == hours(7, 23)).all()


def with_a_gap(*, rng, minutes):
    """Return reports from 7 to 23 h of a machine busy two thirds of it, none of which ends or begins on a Tuesday from 20 to 20.45 h."""
    rows = []
    for week in range(N_WEEKS):
        for day in range(5):
            at = 420.0
            while at < 1380:
                length = min(float(minutes * rng.uniform(0.7, 1.3)), 1380 - at)
                end = at + length
                if day == 1 and 1200 <= end <= 1245:
                    end = 1246.0
                rows.append((day * 1440 + at, end - at, week))
                at = end + float(rng.exponential(minutes / 2))
                if day == 1 and 1200 <= at <= 1245:
                    at = 1246.0
    return pl.DataFrame(rows, schema=["start_min", "duration_min", "week"], orient="row")


def test_a_gap_inside_the_shift_of_one_weekday_alone_is_chance_unless_much_should_have_ended_there():
    gap = np.zeros(N_BINS, dtype=bool)
    gap[DAY_BINS + 80 : DAY_BINS + 83] = True
    few = with_a_gap(rng=np.random.default_rng(6), minutes=130.0)
    assert -6.0 < end_gain(hours(7, 23), few)[gap].sum() < -2.0
    assert (with_quiet_hours(hours(7, 23) & ~gap, few, n_weeks=N_WEEKS) == hours(7, 23)).all()
    many = with_a_gap(rng=np.random.default_rng(6), minutes=25.0)
    assert not with_quiet_hours(hours(7, 23) & ~gap, many, n_weeks=N_WEEKS)[gap].any()
