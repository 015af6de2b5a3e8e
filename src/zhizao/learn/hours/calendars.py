"""Weekly calendars as worked, for each resource, with a fallback where data are thin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from zhizao._base.side_by_side import at_once
from zhizao._base.units import SECONDS_PER_WEEK
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.hours.local_week import WorkInstants, WorkSlots, work_instants, work_slots
from zhizao.learn.hours.quiet_hours import as_others, end_gain, with_quiet_hours
from zhizao.learn.hours.quiet_stretches import never_covered, with_long_reports
from zhizao.learn.hours.week import BIN_MIN, N_BINS, Flags, Floats, open_bins
from zhizao.learn.statistics.codes import Ints
from zhizao.model.plant import Calendar, CalendarException, Provenance, Shift

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENOUGH_EVENTS = 60
_N_BOOTSTRAP = 20
_REGULAR_WEEKS = 0.5
PLANT_CALENDAR = "plant"
_PLANT = PLANT_CALENDAR
_DAY_MIN = 1440


@dataclass(frozen=True, kw_only=True)
class LearntCalendars:
    """Calendars, which one each resource follows, and where they come from.

    ``thin`` are the resources with too few reports for a calendar of their own;
    ``is_regular`` is false where the plant shows no weekly pattern at all.
    """

    calendars: tuple[Calendar, ...]
    by_resource: dict[str, str]
    provenances: tuple[Provenance, ...]
    thin: tuple[str, ...]
    is_regular: bool = True

    def calendar(self, resource: str | None) -> Calendar:
        """Return a resource's calendar, or the plant's."""
        name = self.by_resource.get(resource or "", _PLANT)
        return next(c for c in self.calendars if c.id == name)


def learn_calendars(reports: Reports, *, groups: dict[str, str], seed: int = 0) -> LearntCalendars:
    """Learn when each resource works.

    Parameters
    ----------
    reports
        Known reports; rows whose duration was not measured say nothing here.
    groups
        Resource → work centre, the first fallback where a resource has few
        reports; the whole plant is the second.
    seed
        Of the bootstrap over weeks that gives the intervals.
    """
    events, rows = at_once(lambda: work_instants(reports), lambda: work_slots(reports))
    begin = min(float(reports.table["start_s"].min()), reports.until_s)  # type: ignore[arg-type]
    n_weeks = int(events.week.max()) + 1
    n_weeks = max(n_weeks, int((reports.until_s - begin) // SECONDS_PER_WEEK))
    resources = sorted(groups)
    n_active = np.unique(events.week).size
    if n_active < _REGULAR_WEEKS * n_weeks:
        return _always_open(resources, n_active=n_active, n_weeks=n_weeks)
    level = _levels(resources, groups, {r: own.size for r, own in events.of.items()})
    owners = {_PLANT: resources}
    for name in resources:
        if level[name] == name:
            owners[f"resource {name}"] = [name]
        elif level[name] != _PLANT:
            owners[f"work centre {level[name]}"] = [
                r for r in resources if groups[r] == level[name]
            ]
    rng = np.random.default_rng(seed)
    holidays = _holidays(events, reports)
    every, none = np.arange(events.week.size), np.empty(0, dtype=np.int64)
    samples = []
    for owner, members in owners.items():
        own = (
            every if owner == _PLANT else np.concatenate([events.of.get(r, none) for r in members])
        )
        weekly = _counts_by_week(events.week[own], events.minute[own], n_weeks)
        drawn = rng.integers(0, n_weeks, (_N_BOOTSTRAP, n_weeks))
        # How often each week is drawn, times its counts: whole numbers, so no sum is rounded.
        times = np.stack([np.bincount(weeks, minlength=n_weeks) for weeks in drawn])
        # Not ``@``: its threads cost more than so small a product.
        drawn_counts = np.einsum("dw,wb->db", times.astype(np.float64), weekly)
        samples.append(np.concatenate([weekly.sum(axis=0)[None], drawn_counts]))
    # All owners at once: the path through the week is a loop over its bins.
    all_flags = open_bins(np.concatenate(samples)).reshape(len(owners), -1, N_BINS)
    flags_of = _open_flags(owners, all_flags, rows, n_weeks=n_weeks)
    calendars, provenances = [], []
    for owner, counts in zip(owners, samples, strict=True):
        flags = flags_of[owner]
        hours = flags.sum(axis=1) * BIN_MIN / 60
        calendars.append(Calendar(id=owner, shifts=shifts_of(flags[0]), exceptions=holidays))
        provenances.append(
            Provenance(
                where=f"calendars/{owner}/hours_per_week",
                source="learnt",
                level="resource"
                if owner.startswith("resource ")
                else "plant"
                if owner == _PLANT
                else "pooled",
                n=int(counts[0].sum()),
                value=float(hours[0]),
                low=float(min(hours[0], np.quantile(hours[1:], 0.025))),
                high=float(max(hours[0], np.quantile(hours[1:], 0.975))),
                note="begins and ends of reports by quarter hour of the week",
            )
        )
    named = {r: _owner(r, level[r]) for r in resources}
    return LearntCalendars(
        calendars=tuple(calendars),
        by_resource=named,
        provenances=tuple(provenances),
        thin=tuple(r for r in resources if level[r] != r),
    )


def _open_flags(
    owners: Mapping[str, Sequence[str]], quiet: Flags, rows: WorkSlots, *, n_weeks: int
) -> dict[str, Flags]:
    """Return the open bins of each owner's calendar: in the first row as found, then resampled."""
    flags_of, gains = {}, {}
    for (owner, members), own in zip(owners.items(), quiet, strict=True):
        mine = rows.table if owner == _PLANT else rows.of(members)
        n_chances = n_weeks * max(1, len(members))
        # What reports tell of quiet hours is added to every resample as it was found.
        seen = with_long_reports(own[0], mine, n_chances)
        if len(members) == 1:
            seen = seen | with_quiet_hours(seen, mine, n_weeks=n_weeks)
        flags = (own | (seen & ~own[0])) & ~never_covered(seen, mine)
        if not flags[0].any():
            flags[0] = True
        flags_of[owner], gains[owner] = flags, end_gain(flags[0], mine)
    first = {o: f[0] for o, f in flags_of.items() if len(owners[o]) == 1 and o != _PLANT}
    for owner, own_flags in first.items():
        lent = as_others(owner, first, gains[owner]) & ~own_flags
        # Hours in which it did nothing all the time, though busy in its own, are not its hours.
        lent = lent & ~never_covered(own_flags | lent, rows.of(owners[owner]))
        flags_of[owner] = flags_of[owner] | lent
    return flags_of


def _levels(
    resources: Sequence[str], groups: dict[str, str], n_by_resource: dict[str, int]
) -> dict[str, str]:
    """Return whose calendar each resource takes: its own, its work centre's, the plant's."""
    level = {}
    for name in resources:
        members = [r for r in resources if groups[r] == groups[name]]
        level[name] = _PLANT
        if n_by_resource.get(name, 0) >= _ENOUGH_EVENTS:
            level[name] = name
        elif sum(n_by_resource.get(r, 0) for r in members) >= _ENOUGH_EVENTS:
            level[name] = groups[name]
    return level


def _always_open(resources: Sequence[str], *, n_active: int, n_weeks: int) -> LearntCalendars:
    """Return calendars that are always open: work in a few scattered weeks shows no weekly pattern."""
    calendar = Calendar(
        id=_PLANT, shifts=tuple(Shift(weekday=d, start="00:00", end="24:00") for d in _WEEKDAYS)
    )
    provenance = Provenance(
        where=f"calendars/{_PLANT}/hours_per_week", source="assumed", level="plant", n=n_active,
        value=168.0, note=f"work in only {n_active} of {n_weeks} weeks: no weekly pattern",
    )  # fmt: skip
    return LearntCalendars(
        calendars=(calendar,),
        by_resource=dict.fromkeys(resources, _PLANT),
        provenances=(provenance,),
        thin=(),
        is_regular=False,
    )


def _owner(resource: str, level: str) -> str:
    if level == _PLANT:
        return _PLANT
    return f"resource {resource}" if level == resource else f"work centre {level}"


def _counts_by_week(week: Ints, minute: Ints, n_weeks: int) -> Floats:
    cell = week * N_BINS + minute // BIN_MIN
    counts = np.bincount(cell, minlength=n_weeks * N_BINS).astype(np.float64)
    return counts.reshape(n_weeks, N_BINS)


def shifts_of(flags: Flags) -> tuple[Shift, ...]:
    """Return the shifts of a week; stretches are cut at midnight."""
    per_day = _DAY_MIN // BIN_MIN
    shifts = []
    for day, name in enumerate(_WEEKDAYS):
        today = np.concatenate([[False], flags[day * per_day : (day + 1) * per_day], [False]])
        change = np.flatnonzero(today[1:] != today[:-1])
        for begin, end in zip(change[::2].tolist(), change[1::2].tolist(), strict=True):
            shifts.append(Shift(weekday=name, start=_clock(begin), end=_clock(end)))
    return tuple(shifts)


def _clock(bin_index: int) -> str:
    return f"{bin_index * BIN_MIN // 60:02d}:{bin_index * BIN_MIN % 60:02d}"


def _holidays(events: WorkInstants, reports: Reports) -> tuple[CalendarException, ...]:
    """Return the days without any report in the plant on weekdays that are usually worked."""
    worked = events.dates()
    first, last = min(worked), max(worked)
    zone = ZoneInfo(reports.time_zone)
    # The last day may not be over at `until`.
    last = min(last, reports.instant(reports.until_s).astimezone(zone).date() - timedelta(days=1))
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    by_weekday: dict[int, list[bool]] = {}
    for day in days:
        by_weekday.setdefault(day.weekday(), []).append(day in worked)
    usual = {w for w, seen in by_weekday.items() if len(seen) >= 3 and np.mean(seen) >= 0.7}
    closed = [d for d in days if d not in worked and d.weekday() in usual]
    return tuple(
        CalendarException(
            start_at=_midnight(a, zone), end_at=_midnight(b + timedelta(days=1), zone)
        )
        for a, b in _neighbours(closed)
    )


def _neighbours(days: Sequence[date]) -> list[tuple[date, date]]:
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=zone)
