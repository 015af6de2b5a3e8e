"""Whether people are there in hours that a change adds to their machines."""

from collections.abc import Iterable, Iterator, Sequence

from zhizao.model.calendar import WEEKDAYS, minutes_of_shift
from zhizao.model.plant import Plant, Shift
from zhizao.trial.comparison import SupportWarning
from zhizao.trial.support_words import support_warning

_NAMES = 5


def shift_hours(shifts: Iterable[Shift]) -> set[int]:
    """Return the hours of the week (0 = Monday 0:00) that shifts touch.

    Examples
    --------
    >>> sorted(shift_hours([Shift(weekday="tue", start="06:00", end="07:30")]))
    [30, 31]
    """
    hours: set[int] = set()
    for shift in shifts:
        start_min, end_min = minutes_of_shift(shift)
        first = WEEKDAYS.index(shift.weekday) * 24 + start_min // 60
        n_hours = -(-end_min // 60) - start_min // 60
        hours.update((first + i) % 168 for i in range(n_hours))
    return hours


def check_people_there(
    plant: Plant, resources: Sequence[str], shifts: Iterable[Shift]
) -> Iterator[SupportWarning]:
    """Warn where machines get hours in which nobody is there who tends them.

    A shift of machines is no shift of people: where those have calendars of their own, these
    have to be changed as well.
    """
    wanted = shift_hours(shifts)
    calendars = {c.id: shift_hours(c.shifts) for c in plant.calendars}
    skills = {
        skill
        for routing in plant.routings
        for step in routing.steps
        if not {o.resource for o in step.resources}.isdisjoint(resources)
        for skill in step.skills
    }
    for skill in sorted(skills):
        able = [o for o in plant.operators if skill in o.skills]
        if not able or any(o.calendar is None for o in able):
            continue
        missing = wanted.difference(*(calendars[o.calendar] for o in able if o.calendar))
        if missing:
            yield support_warning(
                "nobody_there", n=len(missing), n_hours=len(wanted),
                resources=", ".join(sorted(resources)[:_NAMES]),
                people=", ".join(sorted(o.id for o in able)[:_NAMES]),
                calendars=", ".join(sorted({o.calendar for o in able if o.calendar})[:_NAMES]),
            )  # fmt: skip
