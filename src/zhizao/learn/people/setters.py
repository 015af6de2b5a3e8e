"""Setters: people who do nothing but setups, of more machines than they can set up at once.

Who they are is known where setups are rows of their own that name a person. They limit the
plant if fewer setups go on at once than would by chance: each machine is being set up for
a known share of its open time, so one knows how often a setup would begin while so many others
go on, were there people enough. Where that happens as often as by chance, setters limit
nothing and are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import gammaincc

from zhizao.learn.evidence.busy import Floats, Load, intersection
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.hours.week import BIN_MIN
from zhizao.learn.open_time import OpenTime
from zhizao.learn.people.crew_people import load_of, together
from zhizao.learn.people.crew_shifts import PlantWeek, learn_crew_shifts
from zhizao.model.plant import Calendar, Operator, Provenance

_ENOUGH_SETUPS = 30
_ENOUGH_EXPECTED = 10.0
_RUN_SHARE = 0.05
_RARE_ROWS = 3
_BEYOND = 0.01
_FEWER = 0.3
_CHANCE = 0.001
_MACHINES = "\0machines"


@dataclass(frozen=True, kw_only=True)
class SetterTeam:
    """Setters who are there in the same hours; no calendar: those of the machines."""

    name: str
    people: int
    busy: Load
    calendar: Calendar | None = None
    open_time: OpenTime | None = None


@dataclass(frozen=True, kw_only=True)
class Setters:
    """People who set up some machines, and what says that machines wait for them.

    ``n_crowded`` of ``n`` setups began while as many others went on as there are people at
    once; ``expected`` would by chance.
    """

    name: str
    resources: tuple[str, ...]
    names: tuple[str, ...]
    people: int
    teams: tuple[SetterTeam, ...]
    n: int
    n_crowded: int
    expected: float

    @property
    def limits(self) -> bool:
        """Whether fewer setups go on at once than would by chance."""
        return (
            self.people < len(self.resources)
            and self.expected >= _ENOUGH_EXPECTED
            and self.n_crowded <= _FEWER * self.expected
            and float(gammaincc(self.n_crowded + 1.0, self.expected)) < _CHANCE
        )


@dataclass(frozen=True, kw_only=True)
class LearntSetters:
    """The setters that limit the plant."""

    groups: tuple[Setters, ...] = ()

    def skill(self, resource: str) -> str | None:
        """Return the skill that a setup of a resource needs: the name of its setters."""
        return next((g.name for g in self.groups if resource in g.resources), None)

    def operators(self) -> tuple[Operator, ...]:
        """Return the setters by hours."""
        return tuple(
            Operator(
                id=t.name, skills=(g.name,), count=t.people, calendar=t.calendar and t.calendar.id
            )
            for g in self.groups
            for t in g.teams
        )

    def calendars(self) -> tuple[Calendar, ...]:
        """Return the calendars of setters whose hours are not those of their machines."""
        return tuple(t.calendar for g in self.groups for t in g.teams if t.calendar)

    def provenances(self) -> tuple[Provenance, ...]:
        """Return where the number of setters comes from."""
        return tuple(
            Provenance(
                where=f"operators/{t.name}/count", source="learnt", level="pooled", n=g.n,
                value=t.people, low=t.people, high=max(t.people, len(g.names)),
                note=f"{len(g.names)} people seen who only set up {len(g.resources)} machines; "
                f"{g.n_crowded} setups began while {g.people} others went on, "
                f"{g.expected:.0f} would by chance",
            )
            for g in self.groups
            for t in g.teams
        )  # fmt: skip

    def free(
        self, resource: str, spans: Floats, *, from_s: float, to_s: float, open_time: OpenTime
    ) -> Floats:
        """Return the parts of a resource's free spans in which somebody could set it up."""
        for g in self.groups:
            if resource in g.resources:
                idle = [
                    t.busy.idle(
                        capacity=t.people, open_time=t.open_time or open_time, from_s=from_s,
                        to_s=to_s, edge_s=BIN_MIN * 60.0,
                    )
                    for t in g.teams
                ]  # fmt: skip
                spans = intersection(spans, together(idle))
        return spans


def learn_setters(
    reports: Reports,
    *,
    centres: Mapping[str, str],
    open_times: Mapping[str | None, OpenTime],
    week: PlantWeek | None = None,
) -> LearntSetters:
    """Learn who only sets machines up, how many at once, and whether machines wait for them.

    Parameters
    ----------
    reports
        Known reports; their ``stops`` hold the rows of setups.
    centres
        Resource → work centre.
    open_times
        By resource.
    week
        The plant's local week, in which their own shifts are looked for; empty: they are not.

    Returns
    -------
    LearntSetters
        Empty where setups have no rows that name people, or people enough.
    """
    setups = reports.stops.filter(
        (pl.col("kind") == "setup")
        & pl.col("operator").is_not_null()
        & (pl.col("end_s") > pl.col("start_s"))
        & pl.col("resource").is_in(list(centres))
    ).with_columns(stop_s="end_s")
    if setups.height < _ENOUGH_SETUPS:
        return LearntSetters()
    runs = dict(reports.table.drop_nulls("operator").group_by("operator").len().iter_rows())
    only = [
        name
        for name, n in setups.group_by("operator").len().iter_rows()
        if runs.get(name, 0) <= _RUN_SHARE * n
    ]
    by_setters = setups.filter(pl.col("operator").is_in(only))
    found = [
        setters
        for resources in _shared_machines(by_setters)
        if (setters := _of_machines(resources, by_setters, reports, open_times, week)) is not None
    ]
    return LearntSetters(groups=tuple(s for s in found if s.limits))


def _shared_machines(setups: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the machines that the same people set up, those set up once in a while left aside."""
    pairs = setups.group_by("operator", "resource").len().filter(pl.col("len") >= _RARE_ROWS)
    groups: list[tuple[set[str], set[str]]] = []
    for (name,), own in pairs.sort("operator", "resource").group_by(
        "operator", maintain_order=True
    ):
        people, machines = {str(name)}, set(own["resource"].to_list())
        for group in [g for g in groups if g[1] & machines]:
            people, machines = people | group[0], machines | group[1]
            groups.remove(group)
        groups.append((people, machines))
    return sorted(tuple(sorted(machines)) for _, machines in groups if len(machines) > 1)


def _of_machines(
    resources: tuple[str, ...],
    setups: pl.DataFrame,
    reports: Reports,
    open_times: Mapping[str | None, OpenTime],
    week: PlantWeek | None,
) -> Setters | None:
    """Return the setters of some machines; None where too few setups are known."""
    own = setups.filter(pl.col("resource").is_in(list(resources))).sort("start_s")
    if own.height < _ENOUGH_SETUPS:
        return None
    busy = load_of(own)
    people = _at_once(busy)
    share = {}
    for (name,), mine in own.group_by("resource", maintain_order=True):
        open_time = open_times.get(str(name)) or open_times[None]
        taken = open_time.worked(mine["start_s"].to_numpy(), mine["stop_s"].to_numpy()).sum()
        share[str(name)] = float(taken) / max(float(open_time.between(0.0, reports.until_s)), 1.0)
    others = np.array([sum(share.values()) - share[r] for r in own["resource"].to_list()])
    # A setup lies in the load that it begins: those before it and itself.
    start = own["start_s"].to_numpy()
    going_on = busy.n[np.searchsorted(busy.at_s, start, side="right") - 1] - 1
    names = tuple(sorted(own["operator"].unique().to_list()))
    name = "setters " + " + ".join(resources[:3])
    return Setters(
        name=name, resources=resources, names=names, people=people,
        teams=_teams(own, reports, week, name=name, people=people), n=own.height,
        n_crowded=int((going_on >= people).sum()),
        expected=float((1.0 - gammaincc(float(people), others)).sum()),
    )  # fmt: skip


def _teams(
    own: pl.DataFrame, reports: Reports, week: PlantWeek | None, *, name: str, people: int
) -> tuple[SetterTeam, ...]:
    """Return the setters by their hours, where these are not those of the machines."""
    everybody = (SetterTeam(name=name, people=people, busy=load_of(own)),)
    if week is None:
        return everybody
    rows = own.select("operator", "start_s", "stop_s")
    machines = reports.table.filter(
        pl.col("resource").is_in(own["resource"].unique().to_list())
        & (pl.col("end_s") > pl.col("start_s"))
    ).select(pl.lit(_MACHINES).alias("operator"), "start_s", stop_s="end_s")
    found = []
    for number, shift in enumerate(learn_crew_shifts(pl.concat([rows, machines]), week), start=1):
        mine = rows.filter(pl.col("operator").is_in([n for n in shift.names if n != _MACHINES]))
        if mine.is_empty():
            continue
        load, calendar = load_of(mine), None
        if shift.differs:
            calendar = week.calendar(f"people {name} {number}", shift.flags)
        found.append(
            SetterTeam(
                name=f"{name} {number}", people=_at_once(load), busy=load, calendar=calendar,
                open_time=week.open_time(calendar) if calendar else None,
            )
        )  # fmt: skip
    return tuple(found) or everybody


def _at_once(load: Load) -> int:
    """Return how many setups go on at once, exceeded in hardly any of the time with setups."""
    length, n = np.diff(load.at_s), load.n[:-1]
    time = np.bincount(n[n > 0], weights=length[n > 0])
    return int(np.argmax(1.0 - np.cumsum(time) / time.sum() <= _BEYOND))
