"""Open intervals agree with asking a wall clock minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model.calendar import WEEKDAYS, minutes_of_shift, open_intervals
from zhizao.model.plant import Calendar, CalendarException, Shift

QUARTERS = [f"{h:02d}:{m:02d}" for h in range(24) for m in (0, 15, 30, 45)]
shifts = st.builds(
    Shift,
    weekday=st.sampled_from(WEEKDAYS),
    start=st.sampled_from(QUARTERS),
    end=st.sampled_from([*QUARTERS, "24:00"]),
)
ORIGIN = datetime(2024, 3, 28, tzinfo=UTC)  # the clock goes forward in Berlin on the 31st


@st.composite
def exceptions(draw):
    first = draw(st.integers(0, 500))
    return CalendarException(
        start_at=ORIGIN + timedelta(minutes=15 * first),
        end_at=ORIGIN + timedelta(minutes=15 * (first + draw(st.integers(1, 200)))),
        is_open=draw(st.booleans()),
    )


def is_open_at(calendar, at, zone):
    """Answer for one instant in the obvious way: build each shift with datetimes."""
    for exception in reversed(calendar.exceptions):
        if exception.start_at <= at < exception.end_at:
            return exception.is_open
    local = at.astimezone(zone)
    for back in range(3):
        day = local.date() - timedelta(days=back)
        midnight = datetime.combine(day, datetime.min.time())
        for shift in calendar.shifts:
            if WEEKDAYS[day.weekday()] == shift.weekday:
                first, last = (
                    (midnight + timedelta(minutes=m)).replace(tzinfo=zone).astimezone(UTC)
                    for m in minutes_of_shift(shift)
                )
                if first <= at < last:
                    return True
    return False


@settings(deadline=None, max_examples=40)
@given(
    shifts=st.lists(shifts, max_size=4),
    spans=st.lists(exceptions(), max_size=3),
    zone_name=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "Asia/Kathmandu"]),
)
def test_every_quarter_of_an_hour_is_open_as_the_wall_clock_says(shifts, spans, zone_name):
    calendar = Calendar(id="c", shifts=tuple(shifts), exceptions=tuple(spans))
    end_at = ORIGIN + timedelta(days=7)
    found = open_intervals(calendar, time_zone=zone_name, start_at=ORIGIN, end_at=end_at)
    assert (np.diff(found.ravel()) > 0).all()
    zone = ZoneInfo(zone_name)
    middles = np.arange(7 * 96) * 900.0 + 450.0
    inside = ((middles[:, None] >= found[:, 0]) & (middles[:, None] < found[:, 1])).any(axis=1)
    expected = [is_open_at(calendar, ORIGIN + timedelta(seconds=s), zone) for s in middles.tolist()]
    assert inside.tolist() == expected
