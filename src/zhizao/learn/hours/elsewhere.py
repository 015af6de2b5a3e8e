"""Work that is done elsewhere: a subcontractor, a curing yard, anything that has room for all.

Such a resource has many lots at once, each for days, and nobody waits for room there: when
something is taken to it, all that is ready goes. What lots wait for is the van, not a
place. Its reports pass nights and weekends, so its begins and ends, at the hours of the
van, are no shifts; and lots that leave with the same van are no batch of an oven.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from zhizao.learn.evidence.busy import Capacity, Load
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.hours.calendars import PLANT_CALENDAR, LearntCalendars
from zhizao.model.plant import Calendar, Provenance, Shift

ROUND_THE_CLOCK = "round the clock"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENOUGH_LOTS = 30
_LONG_S = 20 * 3600.0
_SEVERAL = 3
_LEFT_BEHIND = 0.1
_ON_THE_WAY_S = 4 * 3600.0
_SAME_S = 900.0
_ROOM = 5


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What is done elsewhere: lots, most at once, the share left behind when others went."""

    n: int
    most: int
    left_behind: float


def work_elsewhere(reports: Reports) -> dict[str, Elsewhere]:
    """Return the resources that have room for all, with what says so.

    A lot is left behind when another one is taken that was not ready earlier; one whose
    work before ended within four hours may be on its way.

    Parameters
    ----------
    reports
        Known reports.
    """
    table = reports.table.filter(pl.col("end_s") > pl.col("start_s"))
    long = (
        table.drop_nulls("resource")
        .group_by("resource")
        .agg(n=pl.len(), usual_s=(pl.col("end_s") - pl.col("start_s")).median())
        .filter((pl.col("n") >= _ENOUGH_LOTS) & (pl.col("usual_s") >= _LONG_S))
    )
    if long.is_empty():
        return {}
    names = long["resource"].to_list()
    # One order's reports alone: a table of a million rows is not looked at.
    orders = table.filter(pl.col("resource").is_in(names))["order_id"].unique()
    ready = (
        table.filter(pl.col("order_id").is_in(orders))
        .sort("order_id", "start_s")
        .with_columns(ready_s=pl.col("end_s").cum_max().shift(1).over("order_id"))
        .filter(pl.col("resource").is_in(names))
    )
    found = {}
    for (name,), own in ready.group_by("resource", maintain_order=True):
        start, end = own["start_s"].to_numpy(), own["end_s"].to_numpy()
        most = int(Load.of_spans(start, end).n.max())
        known = own.drop_nulls("ready_s").sort("start_s")
        began, was_ready = known["start_s"].to_numpy(), known["ready_s"].to_numpy()
        # Of the trips after it could go, the last one but its own left it behind.
        trips = np.unique(start)
        missed = np.searchsorted(trips, began - _SAME_S) > np.searchsorted(
            trips, was_ready + _ON_THE_WAY_S
        )
        share = float(missed.mean()) if missed.size else 1.0
        if most >= _SEVERAL and missed.size >= _ENOUGH_LOTS and share <= _LEFT_BEHIND:
            found[str(name)] = Elsewhere(n=own.height, most=most, left_behind=share)
    return found


def each_alone(reports: Reports, elsewhere: Mapping[str, Elsewhere]) -> Reports:
    """Return the reports with lots that are elsewhere in one slot as lots of their own."""
    if not elsewhere:
        return reports
    is_elsewhere = pl.col("resource").is_in(list(elsewhere)).fill_null(value=False)
    own = pl.when(is_elsewhere).then(pl.lit(1)).otherwise(pl.col("n_shared"))
    return replace(
        reports,
        table=reports.table.with_columns(
            own.cast(reports.table.schema["n_shared"]).alias("n_shared")
        ),
    )


def surely_elsewhere(rows: pl.DataFrame, elsewhere: Mapping[str, Elsewhere]) -> pl.DataFrame:
    """Return the reports without doubt about those elsewhere.

    A lost begin or end leaves open whether a machine was idle beside it; where there is room
    for all, it leaves nothing open.
    """
    if not elsewhere:
        return rows
    is_elsewhere = pl.col("resource").is_in(list(elsewhere)).fill_null(value=False)
    return rows.filter(~is_elsewhere | (pl.col("stop_s") > pl.col("start_s"))).with_columns(
        is_lost=pl.col("is_lost") & ~is_elsewhere
    )


def calendars_elsewhere(
    calendars: LearntCalendars, elsewhere: Mapping[str, Elsewhere]
) -> LearntCalendars:
    """Return the calendars with those places open round the clock."""
    if not elsewhere:
        return calendars
    by_resource = {**calendars.by_resource, **dict.fromkeys(elsewhere, ROUND_THE_CLOCK)}
    used = {*by_resource.values(), PLANT_CALENDAR}
    gone = {f"calendars/{c.id}/hours_per_week" for c in calendars.calendars if c.id not in used}
    always = Calendar(
        id=ROUND_THE_CLOCK,
        shifts=tuple(Shift(weekday=d, start="00:00", end="24:00") for d in _WEEKDAYS),
    )
    said = Provenance(
        where=f"calendars/{ROUND_THE_CLOCK}/hours_per_week", source="learnt", level="pooled",
        n=sum(e.n for e in elsewhere.values()), value=168.0,
        note=f"work elsewhere: {', '.join(sorted(elsewhere))}; lots are there for days, nights and weekends",
    )  # fmt: skip
    return replace(
        calendars,
        calendars=(*(c for c in calendars.calendars if c.id in used), always),
        by_resource=by_resource,
        provenances=(*(p for p in calendars.provenances if p.where not in gone), said),
        thin=tuple(r for r in calendars.thin if r not in elsewhere),
    )


def capacities_elsewhere(
    capacities: Mapping[str, Capacity], elsewhere: Mapping[str, Elsewhere]
) -> dict[str, Capacity]:
    """Return the places of resources; those elsewhere have several times what was ever seen."""
    return {
        **capacities,
        **{
            name: Capacity(places=_ROOM * e.most, above=0.0, low=e.most, high=_ROOM * e.most, n=e.n)
            for name, e in elsewhere.items()
        },
    }
