"""When a calendar is open: weekly local shifts and exceptions → intervals in seconds.

The twin, what is learnt and the KPIs all ask this one function, so that a
minute that counts as open for one counts as open for the others.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.model.plant import Calendar, Shift

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_LOCAL = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clock readings are counted from here
_MICROSECOND = timedelta(microseconds=1)
_US_PER_MINUTE = 60_000_000
_US_PER_DAY = 86_400_000_000


def open_intervals(
    calendar: Calendar | None, *, time_zone: str, start_at: datetime, end_at: datetime
) -> NDArray[np.float64]:
    """Return when a calendar is open between two instants.

    Shifts are wall-clock times of the plant. On a day on which the clock is
    changed, a shift lasts as long as the clock says: a night shift is an hour
    shorter in spring. A wall-clock time that does not exist is read with the
    offset before the change, one that exists twice means the first. Exceptions
    overrule the week in their order.

    Parameters
    ----------
    calendar
        The calendar; ``None`` is always open. One without shifts is open in
        its open exceptions only.
    time_zone
        IANA name of the plant's time zone.
    start_at, end_at
        Span to look at, aware.

    Returns
    -------
    float64 array of shape (n, 2), seconds
        Begin and end of each interval, counted from ``start_at``; sorted,
        disjoint, intervals that touch are joined, clipped to the span.

    Raises
    ------
    InputError
        If an instant has no time zone, the span ends before it starts, or the
        time zone is not known.

    Examples
    --------
    >>> day = Calendar(id="day", shifts=(Shift(weekday="mon", start="08:00", end="16:00"),))
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> open_intervals(day, time_zone="UTC", start_at=monday, end_at=monday + timedelta(days=7))
    array([[28800., 57600.]])
    """
    if start_at.tzinfo is None or end_at.tzinfo is None:
        raise InputError(f"Span {start_at} … {end_at} has no time zone; give aware datetimes.")
    if end_at < start_at:
        raise InputError(f"Span ends {end_at}, before its start {start_at}.")
    start_us, end_us = _microseconds(start_at), _microseconds(end_at)
    if start_us == end_us:
        return np.empty((0, 2), dtype=np.float64)
    if calendar is None:
        return np.array([[0.0, (end_us - start_us) / 1e6]], dtype=np.float64)
    week = _week_spans(calendar.shifts, zone=_zone(time_zone), start_at=start_at, end_at=end_at)
    exceptions = np.array(
        [(_microseconds(e.start_at), _microseconds(e.end_at)) for e in calendar.exceptions],
        dtype=np.int64,
    ).reshape(-1, 2)
    week = np.clip(week, start_us, end_us)
    exceptions = np.clip(exceptions, start_us, end_us)

    # Between two neighbouring edges nothing changes: decide open or closed for each such cell.
    edges = np.unique(np.concatenate([week.ravel(), exceptions.ravel(), [start_us, end_us]]))
    opened = np.zeros(edges.size, dtype=np.int64)
    np.add.at(opened, np.searchsorted(edges, week[:, 0]), 1)
    np.add.at(opened, np.searchsorted(edges, week[:, 1]), -1)
    is_open = np.cumsum(opened)[:-1] > 0
    cells = np.searchsorted(edges, exceptions)
    for (first, last), exception in zip(cells.tolist(), calendar.exceptions, strict=True):
        is_open[first:last] = exception.is_open

    change = np.diff(is_open.astype(np.int8), prepend=0, append=0)
    spans = np.stack([edges[change == 1], edges[change == -1]], axis=1)
    return (spans - start_us) / 1e6


def _week_spans(
    shifts: tuple[Shift, ...], *, zone: ZoneInfo, start_at: datetime, end_at: datetime
) -> NDArray[np.int64]:
    """Return begin and end of every shift that may touch the span, µs since 1970 UTC."""
    # A shift lasts two calendar days at most, so it may have begun two days before the span.
    first_day = start_at.astimezone(zone).date() - timedelta(days=2)
    n_days = (end_at.astimezone(zone).date() - first_day).days + 1
    day_us = _day_number(first_day) * _US_PER_DAY + np.arange(n_days) * _US_PER_DAY
    # One look-up a day; only days near a change of the clock are converted one by one.
    midnights = [
        datetime.combine(first_day + timedelta(days=i), datetime.min.time(), tzinfo=zone)
        for i in range(n_days + 2)
    ]
    offset_us = np.array([_offset_us(m) for m in midnights], dtype=np.int64)
    is_steady = (offset_us[:-2] == offset_us[1:-1]) & (offset_us[:-2] == offset_us[2:])
    weekday = (first_day.weekday() + np.arange(n_days)) % 7
    spans = []
    for shift in shifts:
        start_min, end_min = minutes_of_shift(shift)
        days = np.flatnonzero(weekday == WEEKDAYS.index(shift.weekday))
        local = day_us[days, None] + np.array([start_min, end_min]) * _US_PER_MINUTE
        span = local - offset_us[days, None]
        for i in np.flatnonzero(~is_steady[days]).tolist():
            span[i] = [_wall_clock_us(int(us), zone=zone) for us in local[i]]
        spans.append(span[span[:, 1] > span[:, 0]])
    return np.concatenate(spans) if spans else np.empty((0, 2), dtype=np.int64)


def minutes_of_shift(shift: Shift) -> tuple[int, int]:
    """Return a shift's start and end in minutes after its day's midnight.

    An end that is not after the start lies on the next day.

    Examples
    --------
    >>> minutes_of_shift(Shift(weekday="fri", start="22:00", end="06:00"))
    (1320, 1800)
    """
    start_min, end_min = (int(text[:2]) * 60 + int(text[3:]) for text in (shift.start, shift.end))
    return start_min, end_min if end_min > start_min else end_min + 24 * 60


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH.toordinal()


def _offset_us(at: datetime) -> int:
    offset = at.utcoffset()
    assert offset is not None
    return offset // _MICROSECOND


def _wall_clock_us(local_us: int, *, zone: ZoneInfo) -> int:
    """Convert a wall-clock reading to microseconds since 1970 UTC."""
    local = (_EPOCH_LOCAL + timedelta(microseconds=local_us)).replace(tzinfo=zone)
    return local_us - _offset_us(local)


def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"Time zone '{time_zone}' is not known; give an IANA name such as 'Asia/Shanghai'."
        ) from error
