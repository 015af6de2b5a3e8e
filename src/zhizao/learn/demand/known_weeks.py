"""How long a stretch a rate of orders is read from: where all are known, in ordinary weeks.

A log names the orders that were released before it began only if they were still open then.
To count the days of those releases makes the rate too low, since most orders of these days
are missing (length-biased sampling, Cox 1969). And a log that ends on a Wednesday, or
has holidays, holds fewer ordinary weeks than the clock says, or more.
"""

from collections.abc import Mapping
from datetime import timedelta

from zhizao._base.units import SECONDS_PER_WEEK
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.open_time import OpenTime
from zhizao.model.plant import Calendar

_MOST = 0.5


def all_known_from_s(release_s: Mapping[str, float], *, seen_s: float) -> float:
    """Return the instant from which on the releases of all orders are known.

    Parameters
    ----------
    release_s
        Order → stated release, seconds.
    seen_s
        First report of the log, seconds.

    Returns
    -------
    float
        The first report; where most orders were released before it they are a whole list, and
        it is the first release.

    Examples
    --------
    >>> all_known_from_s({"A": -90.0, "B": 10.0, "C": 20.0}, seen_s=0.0)
    0.0
    >>> all_known_from_s({"A": -90.0, "B": -80.0, "C": 20.0}, seen_s=0.0)
    -90.0
    """
    later = sum(at_s >= seen_s for at_s in release_s.values())
    return seen_s if later >= _MOST * len(release_s) else min(release_s.values())


def ordinary_weeks(
    reports: Reports, calendar: Calendar | None, *, from_s: float, to_s: float
) -> float:
    """Return how many ordinary weeks of releases a stretch holds.

    The twin spreads the orders of a week over the open time of an ordinary one, without
    holidays; so the stretch is measured by its open time.

    Parameters
    ----------
    reports
        Their origin and time zone.
    calendar
        That releases follow; None: the clock.
    from_s, to_s
        Ends of the stretch, seconds from the origin.
    """
    by_clock = (to_s - from_s) / SECONDS_PER_WEEK
    if calendar is None or not calendar.shifts:
        return by_clock
    start_at = reports.instant(from_s)
    week = OpenTime.of_calendar(
        calendar.model_copy(update={"exceptions": ()}), time_zone="UTC",
        start_at=start_at, end_at=start_at + timedelta(weeks=1),
    )  # fmt: skip
    there = OpenTime.of_calendar(
        calendar, time_zone=reports.time_zone, start_at=start_at, end_at=reports.instant(to_s)
    )
    ordinary_s = float(week.between(0.0, SECONDS_PER_WEEK))
    open_s = float(there.between(0.0, to_s - from_s))
    return open_s / ordinary_s if ordinary_s > 0.0 and open_s > 0.0 else by_clock
