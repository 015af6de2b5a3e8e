"""Crews: who tends what, how many are there at once, and whether work waits for them.

A crew is a set of people who share operations. It limits the plant only if
there are fewer people at once than places at the machines that they tend, and if
work was seen to wait for them: a lot that had been ready, at a machine that had
been idle, was begun when somebody had just ended something else. How often
that would happen by chance is known from how much of the open time lies
shortly after an end. Where a crew limits nothing it is left out: a plant with
more numbers is not a better one. Where people of a crew are there in different hours,
those of the same hours are counted apart (``crew_shifts``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from zhizao.learn.open_time import OpenTime
from zhizao.learn.people.crew_people import (
    blocks,
    load_of,
    people_at_once,
    surely_busy,
    tasks_each_of,
)
from zhizao.learn.people.crew_shifts import CrewShift, PlantWeek, hands_over, learn_crew_shifts
from zhizao.learn.people.late_begins import late_begins
from zhizao.learn.people.learnt_crews import Crew, LearntCrews, Team
from zhizao.learn.statistics.intervals import share_interval

_RARE_SHARE = 0.02
_RARE_ROWS = 3
_SHORT_SHARE = 0.1


def learn_crews(
    rows: pl.DataFrame,
    *,
    capacities: Mapping[str, int],
    open_times: Mapping[str | None, OpenTime],
    week: PlantWeek | None = None,
) -> LearntCrews:
    """Learn the crews from the names in the reports.

    Parameters
    ----------
    rows
        Reports with order_id, operation, resource, operator, start_s, stop_s, is_default, is_lost.
    capacities
        Places by resource.
    open_times
        By resource.
    week
        The plant's local week, in which people's own shifts are looked for; empty: they are not.

    Returns
    -------
    LearntCrews
        Empty where no people are named, or each tends what is nobody else's.
    """
    named = rows.drop_nulls(["operator", "resource"]).filter(pl.col("stop_s") > pl.col("start_s"))
    found = [
        crew
        for operations in _shared_operations(named)
        if (crew := _crew(operations, named, capacities, open_times, week)) is not None
    ]
    return LearntCrews(
        crews=tuple(c for c in found if c.limits), ample=tuple(c for c in found if not c.limits)
    )


def _shared_operations(named: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the operations that the same people do, those done once in a while left aside."""
    counted = (
        named.group_by("operator", "operation")
        .len()
        .with_columns(share=pl.col("len") / pl.col("len").sum().over("operator"))
        .filter((pl.col("share") >= _RARE_SHARE) & (pl.col("len") >= _RARE_ROWS))
        .sort("operator", "operation")
    )
    group: dict[str, str] = {}

    def root(name: str) -> str:
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    for (_,), own in counted.group_by("operator", maintain_order=True):
        first, *rest = own["operation"].to_list()
        for other in rest:
            group[root(other)] = root(first)
        root(first)
    members: dict[str, list[str]] = {}
    for name in sorted(group):
        members.setdefault(root(name), []).append(name)
    return [tuple(m) for _, m in sorted(members.items())]


def _crew(
    operations: Sequence[str],
    named: pl.DataFrame,
    capacities: Mapping[str, int],
    open_times: Mapping[str | None, OpenTime],
    week: PlantWeek | None,
) -> Crew | None:
    """Return the crew of some operations; None where there are people enough for all places."""
    mine = named.filter(pl.col("operation").is_in(list(operations)))
    resources = tuple(sorted(mine["resource"].unique().to_list()))
    own = named.filter(pl.col("resource").is_in(list(resources)))
    measured = own.filter(~pl.col("is_default"))
    if measured.is_empty():
        return None
    tasks = blocks(measured, ["operator", "resource"])
    tasks_each = tasks_each_of(tasks)
    people = blocks(measured, ["operator"])
    names = Counter(own["operator"].to_list())
    name = "crew " + " + ".join(operations[:3])
    n_people, at_work = people_at_once(measured)
    n_places = sum(capacities.get(r, 1) for r in resources)
    teams = _teams(measured, week, name=name)
    if not _is_short(teams, n_people, tasks_each=tasks_each, n_places=n_places):
        return None
    every = blocks(surely_busy(own, tasks_each), ["operator", "resource"])
    n, waited, chance = late_begins(own, people, operations, open_times)
    low, _ = share_interval(waited, n) if n else (0.0, 1.0)
    return Crew(
        name=name,
        operations=tuple(operations),
        resources=resources,
        names=tuple(sorted(names)),
        people=n_people,
        low=at_work,
        high=max(n_people, len(names)),
        tasks_each=tasks_each,
        n_begins=n,
        waited_share=waited / n if n else 0.0,
        waited_low=low,
        chance=chance,
        busy=load_of(every),
        teams=tuple(replace(t, busy=load_of(_of(every, t.shift))) for t in teams),
        hands_over=hands_over(
            measured, [(t.shift, t.open_time) for t in teams if t.open_time is not None]
        ),
    )


def _teams(measured: pl.DataFrame, week: PlantWeek | None, *, name: str) -> tuple[Team, ...]:
    """Return the people by their hours; none where all are there in the same."""
    shifts = () if week is None else learn_crew_shifts(measured, week)
    found = []
    for number, shift in enumerate(shifts, start=1):
        rows = _of(measured, shift)
        people, at_work = people_at_once(rows)
        calendar = None
        if week is not None and shift.differs:
            calendar = week.calendar(f"people {name} {number}", shift.flags)
        found.append(
            Team(
                name=f"{name} {number}", shift=shift, people=people, low=at_work,
                high=max(people, len(shift.names)), calendar=calendar, busy=load_of(rows),
                open_time=week.open_time(calendar) if week is not None and calendar else None,
            )
        )  # fmt: skip
    return tuple(found)


def _of(rows: pl.DataFrame, shift: CrewShift) -> pl.DataFrame:
    return rows.filter(pl.col("operator").is_in(list(shift.names)))


def _is_short(teams: Sequence[Team], n_people: int, *, tasks_each: int, n_places: int) -> bool:
    """Return whether there are fewer people than places in more than a tenth of their hours."""
    if not teams:
        return n_people * tasks_each < n_places
    n = np.sum([t.people * (t.shift.flags | (t.calendar is None)) for t in teams], axis=0)
    there = np.any([t.shift.flags for t in teams], axis=0)
    return bool(np.mean(n[there] * tasks_each < n_places) > _SHORT_SHARE)
