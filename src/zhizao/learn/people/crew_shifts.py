"""People's own shifts: who of a crew is there in which hours of the week, where they differ.

A machine may be open from six to ten though one of its people works mornings only. Whose
reports never fall into hours in which the others are at work is not there then. The people of
a crew whose weeks are much alike are taken together. Their week is believed to be another than
the crew's only if hardly anything was begun or ended by them in the other hours, though much
would have been had they been there; else, and where few reports are known, they
follow the hours of the machines. People who change between early and late every other week
are there in all hours, each time a part of them: they are no group of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from zhizao._base.units import SECONDS_PER_WEEK
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.hours.calendars import LearntCalendars, shifts_of
from zhizao.learn.hours.week import BIN_MIN, N_BINS, Flags, Floats, open_bins, runs_of
from zhizao.learn.open_time import OpenTime
from zhizao.model.plant import Calendar, CalendarException, Provenance

Ints = NDArray[np.int64]
_ENOUGH_EVENTS = 60
_ALIKE = 0.7
_EXPECTED = 20.0
_HARDLY = 0.1
_BEGUN = 0.99
_N_BOOTSTRAP = 20
_OVERTIME_BINS = 8
_MARGIN_S = 4.0 * SECONDS_PER_WEEK
_EDGE_S = 900.0


@dataclass(frozen=True)
class PlantWeek:
    """The plant's local week: instants as minutes of it, and its calendars as open time."""

    reports: Reports
    exceptions: tuple[CalendarException, ...] = ()

    @classmethod
    def of(cls, reports: Reports, calendars: LearntCalendars) -> "PlantWeek":
        """Return the week with the plant's holidays."""
        return cls(reports, calendars.calendar(None).exceptions)

    def minutes(self, at_s: pl.Series) -> Ints:
        """Return the local minutes of the week of instants, 0 is Monday at midnight."""
        microseconds = (at_s * 1e6).round(0).cast(pl.Int64).alias("us")
        instant = pl.lit(self.reports.origin) + pl.duration(microseconds=pl.col("us"))
        local = (
            pl.DataFrame(microseconds)
            .select(instant.dt.convert_time_zone(self.reports.time_zone))
            .to_series()
            .dt
        )
        hour = (local.weekday().cast(pl.Int64) - 1) * 24 + local.hour().cast(pl.Int64)
        return np.asarray((hour * 60 + local.minute().cast(pl.Int64)).to_numpy(), dtype=np.int64)

    def calendar(self, name: str, flags: Flags) -> Calendar:
        """Return open bins as a calendar."""
        return Calendar(id=name, shifts=shifts_of(flags), exceptions=self.exceptions)

    def open_time(self, calendar: Calendar) -> OpenTime:
        """Return a calendar's open time around the reports, seconds from their origin."""
        known = OpenTime.of_calendar(
            calendar, time_zone=self.reports.time_zone, start_at=self.reports.instant(-_MARGIN_S),
            end_at=self.reports.instant(self.reports.until_s + _MARGIN_S),
        )  # fmt: skip
        return OpenTime.from_intervals(known.edge_s.reshape(-1, 2) - _MARGIN_S)


@dataclass(frozen=True, kw_only=True)
class CrewShift:
    """Some people of a crew, and the hours of the week in which they are there.

    ``n`` begins and ends of theirs are known, ``n_others_hours`` of them in hours of the
    crew that are not theirs (nor overtime), where ``expected`` would be. ``low_h`` and ``high_h``
    are the ends of the 95 % interval of their weekly hours.
    """

    names: tuple[str, ...]
    flags: Flags
    n: int
    n_others_hours: int
    expected: float
    low_h: float
    high_h: float

    @property
    def differs(self) -> bool:
        """Return whether the records show that these people are not there in all hours."""
        return self.expected >= _EXPECTED and self.n_others_hours <= _HARDLY * self.expected

    @property
    def hours(self) -> float:
        """Return open hours a week."""
        return float(self.flags.sum() * BIN_MIN / 60)

    def provenance(self, calendar: str) -> Provenance:
        """Return where the hours come from."""
        return Provenance(
            where=f"calendars/{calendar}/hours_per_week", source="learnt", level="pooled", n=self.n,
            value=self.hours, low=self.low_h, high=self.high_h,
            note=f"begins and ends by {len(self.names)} people; {self.n_others_hours} in the other "
            f"hours of their crew, where {self.expected:.0f} would be had they been there",
        )  # fmt: skip


def learn_crew_shifts(
    measured: pl.DataFrame, week: PlantWeek, *, seed: int = 0
) -> tuple[CrewShift, ...]:
    """Return the groups of a crew's people by their hours; none where they do not differ.

    Parameters
    ----------
    measured
        The crew's measured reports: operator, start_s, stop_s.
    week
        The plant's week.
    seed
        Of the bootstrap over weeks.
    """
    events = pl.concat(
        [
            measured.select("operator", at_s="start_s", is_begin=pl.lit(value=True)),
            measured.select("operator", at_s="stop_s", is_begin=pl.lit(value=False)),
        ]
    ).with_columns(number=(pl.col("at_s") // SECONDS_PER_WEEK).cast(pl.Int64))
    events = events.with_columns(bin=pl.Series(week.minutes(events["at_s"]) // BIN_MIN))
    counts = {
        str(name): np.bincount(own["bin"].to_numpy(), minlength=N_BINS).astype(np.float64)
        for (name,), own in events.group_by("operator", maintain_order=True)
    }
    known = sorted(name for name, count in counts.items() if count.sum() >= _ENOUGH_EVENTS)
    if len(known) < 2:
        return ()
    flags = dict(zip(known, open_bins(np.stack([counts[n] for n in known])), strict=True))
    groups = _alike(flags)
    if len(groups) < 2:
        return ()
    hours = open_bins(np.stack([np.sum([counts[n] for n in g], axis=0) for g in groups]))
    for name in sorted(set(counts) - set(known)):  # few reports: with those whose hours fit best
        groups[int(np.argmax(hours @ counts[name]))].append(name)
    everybody = open_bins(sum(counts.values(), np.zeros(N_BINS))[None])[0]
    found = [_shift(g, events, counts, everybody=everybody) for g in groups]
    if not any(s.differs for s in found):
        return ()
    return _with_intervals(found, events, seed=seed)


def _alike(flags: Mapping[str, Flags]) -> list[list[str]]:
    """Return groups of people with weeks much alike: those nearest to each other first."""
    names = list(flags)
    open_ = np.stack([flags[n] for n in names]).astype(np.float64)
    both, own = open_ @ open_.T, open_.sum(axis=1)
    apart = 1.0 - both / np.maximum(own[:, None] + own - both, 1.0)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), method="average")
    number = fcluster(tree, 1.0 - _ALIKE, criterion="distance")
    groups = [[n for n, g in zip(names, number, strict=True) if g == k] for k in np.unique(number)]
    return sorted(groups)


def _shift(
    names: Sequence[str], events: pl.DataFrame, counts: Mapping[str, Floats], *, everybody: Flags
) -> CrewShift:
    """Return the hours of some people; their interval is not looked for yet."""
    mine = events.filter(pl.col("operator").is_in(list(names)))
    own = np.asarray(sum((counts[n] for n in names), np.zeros(N_BINS)))
    flags = _without_overtime(open_bins(own[None])[0], mine)
    others = np.asarray(sum((c for n, c in counts.items() if n not in names), np.zeros(N_BINS)))
    elsewhere = everybody & ~flags & ~_just_after(flags)
    share = float(others[elsewhere].sum() / max(others.sum(), 1.0))
    hours = float(flags.sum() * BIN_MIN / 60)
    return CrewShift(
        names=tuple(sorted(names)), flags=flags, n=int(own.sum()),
        n_others_hours=int(own[elsewhere].sum()), expected=share * float(own.sum()),
        low_h=hours, high_h=hours,
    )  # fmt: skip


def _with_intervals(
    shifts: Sequence[CrewShift], events: pl.DataFrame, *, seed: int
) -> tuple[CrewShift, ...]:
    """Return the shifts with the intervals of their weekly hours, by a bootstrap over weeks."""
    resampled = []
    for shift in shifts:
        mine = events.filter(pl.col("operator").is_in(list(shift.names)))
        weeks, number = np.unique(mine["number"].to_numpy(), return_inverse=True)
        weekly = np.zeros((weeks.size, N_BINS))
        np.add.at(weekly, (number, mine["bin"].to_numpy()), 1.0)
        drawn = np.random.default_rng(seed).integers(0, weeks.size, (_N_BOOTSTRAP, weeks.size))
        resampled += [weekly[d].sum(axis=0) for d in drawn]
    # All weeks at once: many series take hardly longer than a few.
    hours = open_bins(np.stack(resampled)).sum(axis=1).reshape(-1, _N_BOOTSTRAP) * BIN_MIN / 60
    low, high = np.quantile(hours, [0.025, 0.975], axis=1)
    return tuple(
        replace(s, low_h=min(s.hours, float(a)), high_h=max(s.hours, float(b)))
        for s, a, b in zip(shifts, low, high, strict=True)
    )


def _just_after(flags: Flags) -> Flags:
    """Return the bins of two hours after each stretch: what ends there may be overtime."""
    late = np.zeros_like(flags)
    for first, length in runs_of(flags, value=True):
        late[(first + length + np.arange(_OVERTIME_BINS)) % N_BINS] = True
    return late


def _without_overtime(flags: Flags, mine: pl.DataFrame) -> Flags:
    """Return the bins without stretches, and ends of them, in which work ended but none was begun."""
    begun = np.bincount(mine.filter("is_begin")["bin"].to_numpy(), minlength=N_BINS)
    ended = np.bincount(mine.filter(~pl.col("is_begin"))["bin"].to_numpy(), minlength=N_BINS)
    result = flags.copy()
    for first, length in runs_of(flags, value=True):
        bins = (first + np.arange(length)) % N_BINS
        reached = np.cumsum(begun[bins])
        if length < N_BINS and reached[-1] <= _HARDLY * ended[bins].sum():
            result[bins] = False
        elif length < N_BINS:
            last = int(np.argmax(reached >= _BEGUN * reached[-1]))
            if last + 1 >= length // 2:
                result[bins[last + 1 :]] = False
    return result


def hands_over(rows: pl.DataFrame, shifts: Sequence[tuple[CrewShift, OpenTime]]) -> bool:
    """Return whether others go on with what is not done at the end of a shift.

    Reports that end with the shift, of work that is taken up again, are counted against those that
    go on past it.

    Parameters
    ----------
    rows
        The crew's measured reports: order_id, operation, operator, start_s, stop_s.
    shifts
        Groups of people with the open time of their hours.
    """
    rows = rows.with_columns(
        again=pl.col("start_s").max().over("order_id", "operation") > pl.col("start_s")
    )
    handed = over = 0
    for shift, open_time in shifts:
        own = rows.filter(pl.col("operator").is_in(list(shift.names)))
        if own.is_empty() or not open_time.end_s.size:
            continue
        start, stop = own["start_s"].to_numpy(), own["stop_s"].to_numpy()
        last = open_time.end_s.size - 1
        closes = open_time.end_s[
            np.minimum(np.searchsorted(open_time.end_s, start, side="right"), last)
        ]
        handed += int((own["again"].to_numpy() & (np.abs(stop - closes) <= _EDGE_S)).sum())
        over += int(((stop > closes + _EDGE_S) & (start < closes)).sum())
    return handed > over
