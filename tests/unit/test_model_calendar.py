"""When a calendar is open."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.model.calendar import WEEKDAYS, open_intervals
from zhizao.model.plant import Calendar, CalendarException, Shift

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = 3600.0


def intervals(calendar, *, start_at=MONDAY, days=7, time_zone="UTC"):
    return open_intervals(
        calendar, time_zone=time_zone, start_at=start_at, end_at=start_at + timedelta(days=days)
    )


def always(**kwargs):
    shifts = tuple(Shift(weekday=d, start="00:00", end="24:00") for d in WEEKDAYS)
    return Calendar(id="always", shifts=shifts, **kwargs)


def test_no_calendar_is_always_open():
    assert intervals(None).tolist() == [[0.0, 7 * 24 * HOUR]]


def test_an_empty_span_has_no_open_time():
    assert intervals(None, days=0).shape == (0, 2)
    assert intervals(always(), days=0).shape == (0, 2)


def test_a_calendar_without_shifts_is_never_open():
    assert intervals(Calendar(id="none")).shape == (0, 2)


def test_shifts_that_touch_or_overlap_are_joined():
    calendar = Calendar(
        id="c",
        shifts=(
            Shift(weekday="mon", start="14:00", end="22:00"),
            Shift(weekday="mon", start="06:00", end="14:00"),
            Shift(weekday="mon", start="20:00", end="23:00"),
        ),
    )
    assert (intervals(calendar) / HOUR).tolist() == [[6.0, 23.0]]


def test_a_night_shift_ends_on_the_next_day_and_reaches_into_the_span():
    calendar = Calendar(id="c", shifts=(Shift(weekday="sun", start="22:00", end="06:00"),))
    assert (intervals(calendar) / HOUR).tolist() == [[0.0, 6.0], [6 * 24 + 22, 7 * 24]]


def test_a_shift_whose_end_equals_its_start_lasts_a_day():
    calendar = Calendar(id="c", shifts=(Shift(weekday="tue", start="08:00", end="08:00"),))
    assert (intervals(calendar) / HOUR).tolist() == [[32.0, 56.0]]


def test_a_later_exception_overrules_an_earlier_one():
    def span(first, last, *, is_open):
        return CalendarException(
            start_at=MONDAY + timedelta(hours=first),
            end_at=MONDAY + timedelta(hours=last),
            is_open=is_open,
        )

    closed, opened = span(4, 12, is_open=False), span(6, 8, is_open=True)
    assert (intervals(always(exceptions=(closed, opened)), days=1) / HOUR).tolist() == [
        [0, 4],
        [6, 8],
        [12, 24],
    ]
    assert (intervals(always(exceptions=(opened, closed)), days=1) / HOUR).tolist() == [
        [0, 4],
        [12, 24],
    ]


def test_an_open_exception_works_without_any_shift():
    overtime = CalendarException(
        start_at=MONDAY - timedelta(hours=1), end_at=MONDAY + timedelta(hours=2), is_open=True
    )
    assert (intervals(Calendar(id="c", exceptions=(overtime,))) / HOUR).tolist() == [[0, 2]]


def test_shifts_are_wall_clock_times_of_the_plant():
    calendar = Calendar(id="c", shifts=(Shift(weekday="mon", start="08:00", end="16:00"),))
    assert (intervals(calendar, time_zone="Asia/Shanghai", days=6) / HOUR).tolist() == [[0, 8]]


@pytest.mark.parametrize(("day", "hours"), [(31, 7.0), (27, 9.0)])
def test_a_night_shift_is_shorter_or_longer_when_the_clock_is_changed(day, hours):
    month = 3 if day == 31 else 10
    saturday = datetime(2024, month, day, tzinfo=ZoneInfo("Europe/Berlin")) - timedelta(days=1)
    calendar = Calendar(id="c", shifts=(Shift(weekday="sat", start="22:00", end="06:00"),))
    (interval,) = intervals(calendar, start_at=saturday, time_zone="Europe/Berlin", days=2)
    assert (interval / HOUR).tolist() == [22.0, 22.0 + hours]


def test_round_the_clock_shifts_have_no_gap_when_midnight_does_not_exist():
    start_at = datetime(2018, 10, 20, tzinfo=UTC)
    found = intervals(always(), start_at=start_at, days=30, time_zone="America/Sao_Paulo")
    assert found.tolist() == [[0.0, 30 * 24 * HOUR]]


def test_a_shift_inside_the_skipped_hour_does_not_happen():
    sunday = datetime(2024, 3, 31, tzinfo=UTC)
    calendar = Calendar(id="c", shifts=(Shift(weekday="sun", start="02:30", end="03:00"),))
    assert intervals(calendar, start_at=sunday, days=1, time_zone="Europe/Berlin").size == 0


def test_microseconds_of_the_span_are_kept():
    start_at = MONDAY + timedelta(microseconds=1)
    assert intervals(always(), start_at=start_at, days=1).tolist() == [[0.0, 24 * HOUR]]
    calendar = Calendar(id="c", shifts=(Shift(weekday="tue", start="00:00", end="01:00"),))
    found = intervals(calendar, start_at=start_at)
    np.testing.assert_allclose(found, [[24 * HOUR - 1e-6, 25 * HOUR - 1e-6]], rtol=0, atol=1e-9)


def test_wrong_spans_and_zones_are_refused():
    with pytest.raises(InputError, match="no time zone"):
        intervals(None, start_at=MONDAY.replace(tzinfo=None))
    with pytest.raises(InputError, match="before its start"):
        intervals(None, days=-1)
    with pytest.raises(InputError, match="Asia/Shanghay"):
        intervals(always(), time_zone="Asia/Shanghay")


def test_two_years_of_three_shifts_take_less_than_a_twentieth_of_a_second():
    shifts = tuple(
        Shift(weekday=d, start=a, end=b)
        for d in WEEKDAYS
        for a, b in (("06:00", "14:00"), ("14:30", "22:00"), ("22:30", "05:30"))
    )
    calendar = Calendar(id="c", shifts=shifts)
    took_s = []
    for _ in range(5):
        began_s = time.perf_counter()
        found = intervals(calendar, days=731, time_zone="Europe/Berlin")
        took_s.append(time.perf_counter() - began_s)
    assert len(found) == 731 * 3 + 1  # and the night before
    assert min(took_s) < 0.05
