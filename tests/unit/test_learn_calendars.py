"""Weeks as worked: open time, stretches of the week, long reports, holidays, thin data."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.hours.calendars import LearntCalendars, learn_calendars
from zhizao.learn.hours.week import BIN_MIN, N_BINS, open_bins, runs_of
from zhizao.learn.open_time import OpenTime
from zhizao.learn.stability import hours_per_week
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = OpenTime.from_intervals(np.array([[8.0, 16.0], [32.0, 40.0]]))


def _records(rows: list[tuple[str, datetime, datetime]]) -> Records:
    return Records.from_columns(
        pl.DataFrame(
            {
                "order_id": [f"o{i}" for i in range(len(rows))],
                "operation": ["work"] * len(rows),
                "resource": [r for r, _, _ in rows],
                "start_at": [s for _, s, _ in rows],
                "end_at": [e for _, _, e in rows],
            }
        )
    )


def _learn(rows: list[tuple[str, datetime, datetime]], **groups: str) -> LearntCalendars:
    reports = known_reports(_records(rows), time_zone="UTC")
    return learn_calendars(reports, groups={r: groups.get(r, "work") for r, _, _ in rows})


def _hours(learnt: LearntCalendars, resource: str) -> float:
    return hours_per_week(learnt.calendar(resource))


def test_open_time_between_two_instants_leaves_out_the_night() -> None:
    assert DAY.between(10.0, 36.0) == pytest.approx(10.0)


def test_work_that_bridges_a_night_does_not_count_it() -> None:
    assert DAY.worked(np.array([14.0]), np.array([34.0])) == pytest.approx([4.0])


def test_overtime_counts_as_work() -> None:
    worked = DAY.worked(np.array([14.0, 18.0, 30.0]), np.array([19.0, 20.0, 34.0]))
    assert worked == pytest.approx([5.0, 2.0, 4.0])


def test_a_begin_shortly_after_closing_waits_for_the_next_day() -> None:
    worked = DAY.worked(np.array([16.5, 14.0]), np.array([34.0, 31.5]))
    assert worked == pytest.approx([2.0, 2.0])


@given(at=st.floats(8.0, 39.0), spent=st.floats(0.01, 6.0))
@settings(max_examples=60)
def test_moving_forth_and_back_in_open_time_returns(at: float, spent: float) -> None:
    later = DAY.moved(at, open_s=min(spent, 16.0 - float(DAY.before(at))))
    moved = float(DAY.between(at, later))
    assert moved == pytest.approx(min(spent, 16.0 - float(DAY.before(at))), abs=1e-9)
    back = DAY.moved(later, open_s=-moved)
    assert float(DAY.between(back, later)) == pytest.approx(moved, abs=1e-9)


def test_a_single_evening_of_overtime_does_not_open_the_evening() -> None:
    week = np.zeros((1, N_BINS))
    week[0, 32:64] = 5.0
    week[0, 76] = 1.0
    assert int(open_bins(week).sum()) * BIN_MIN == 8 * 60


def test_crowded_shift_begins_do_not_close_the_quiet_hours() -> None:
    week = np.zeros((1, N_BINS))
    week[0, 24:88] = 1.0
    week[0, [24, 56]] = 40.0
    assert int(open_bins(week).sum()) * BIN_MIN == 16 * 60


def test_runs_go_round_the_week() -> None:
    flags = np.array([True, False, False, True, True])
    assert runs_of(flags, value=True) == [(3, 3)]
    assert runs_of(flags, value=False) == [(1, 2)]


def _night_reports(n_weeks: int) -> list[tuple[str, datetime, datetime]]:
    """One report a night from 20:00 to 6:00, short reports by day from 6:00 to 20:00."""
    rng = np.random.default_rng(0)
    rows = []
    for d in range(7 * n_weeks):
        day = MONDAY + timedelta(days=d)
        if day.weekday() >= 5:
            continue
        t = day + timedelta(hours=6)
        while t < day + timedelta(hours=19):
            end = t + timedelta(minutes=float(rng.uniform(60, 240)))
            rows.append(("m", t, min(end, day + timedelta(hours=20))))
            t = end
        rows.append(("m", day + timedelta(hours=20), day + timedelta(hours=30)))
    return rows


def test_a_night_reported_as_one_shift_is_worked() -> None:
    assert _hours(_learn(_night_reports(10)), "m") == pytest.approx(120.0, abs=4.0)


def test_a_day_without_reports_on_a_usual_weekday_is_a_holiday() -> None:
    rows = [r for r in _night_reports(10) if r[1].date() != datetime(2024, 2, 7, tzinfo=UTC).date()]
    rows = [r for r in rows if not (r[1].date().day == 6 and r[1].month == 2 and r[1].hour == 20)]
    (holiday,) = _learn(rows).calendars[0].exceptions
    assert (holiday.start_at, holiday.is_open) == (datetime(2024, 2, 7, tzinfo=UTC), False)


def test_a_thin_resource_takes_the_calendar_of_its_work_centre() -> None:
    rows = _night_reports(10)
    rows.append(("seldom", MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=10)))
    learnt = _learn(rows, m="mills", seldom="mills")
    assert learnt.by_resource["seldom"] == "work centre mills"
    assert "seldom" in learnt.thin


def test_work_in_scattered_weeks_shows_no_weekly_pattern() -> None:
    rows = [r for r in _night_reports(30) if (r[1] - MONDAY).days // 7 in {0, 1, 29}]
    learnt = _learn(rows)
    assert not learnt.is_regular
    assert _hours(learnt, "m") == 168.0


def test_the_plants_time_zone_decides_the_hours_of_a_shift() -> None:
    reports = known_reports(_records(_night_reports(6)), time_zone="Asia/Shanghai")
    learnt = learn_calendars(reports, groups={"m": "work"})
    days = {s.weekday for s in learnt.calendar("m").shifts}
    assert days == {"mon", "tue", "wed", "thu", "fri", "sat"}
    monday = next(s for s in learnt.calendar("m").shifts if s.weekday == "mon")
    assert monday.start == "14:00"


def test_a_machine_that_never_worked_at_weekends_does_not_get_them_from_its_neighbour() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for name, days in (("M1", 5), ("M2", 7)):
        for week in range(12):
            for day in range(days):
                hours = (0.0, 24.0) if day < 5 else (6.0, 14.0)
                at = 168.0 * week + 24.0 * day + hours[0]
                over = at - hours[0] + hours[1]
                while (end := at + float(rng.uniform(0.5, 1.5))) < over:
                    rows.append((name, MONDAY + timedelta(hours=at), MONDAY + timedelta(hours=end)))
                    at = end + float(rng.exponential(0.3))
    learnt = _learn(rows)
    assert _hours(learnt, "M1") == pytest.approx(120.0, abs=2.0)
    assert _hours(learnt, "M2") == pytest.approx(136.0, abs=2.0)
