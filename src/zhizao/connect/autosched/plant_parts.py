"""Stations, setups and downtimes → the plant's work centres, resources, setups, maintenance."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from zhizao.connect.autosched.downtimes import Breakdown, PlannedStop
from zhizao.connect.autosched.routes import RouteStep
from zhizao.connect.autosched.stations import SetupTimes, Station
from zhizao.model.plant import Failure, Maintenance, Resource, Setup, Weights, WorkCentre

SETUP_WEIGHT = 1e5
"""Above any hours that a lot waits and any critical ratio, so that setups come first."""

PRIORITY_WEIGHT = 1e7
"""Above the weight of a setup, so that priority comes before it."""


def resource_name(station: str, number: int) -> str:
    """Return the name of a tool of a station family; numbers begin at 1."""
    return f"{station}_{number}"


def work_centre(station: Station, *, ranks_setups: bool) -> WorkCentre:
    """Return the work centre of a station family, with its order of the queue.

    ``ranks_setups``: whether rank_RSETUP counts there.
    """
    idle_choice: Literal["listed", "least_setup"] = (
        "least_setup" if station.wakes_least_setup else "listed"
    )
    by_priority = "rank_HP" in station.ranks
    by_setup = "rank_RSETUP" in station.ranks and ranks_setups
    by_ratio = "rank_CR" in station.ranks
    if not by_setup and not (by_priority and by_ratio):
        return WorkCentre(
            id=station.name,
            dispatch="cr" if by_ratio else "priority" if by_priority else "fifo",
            idle_choice=idle_choice,
        )
    return WorkCentre(
        id=station.name,
        dispatch="weighted",
        idle_choice=idle_choice,
        weights=Weights(
            wait_h=0.0 if by_ratio else 1.0,
            priority=PRIORITY_WEIGHT if by_priority else 0.0,
            same_setup=SETUP_WEIGHT if by_setup else 0.0,
            critical_ratio=1.0 if by_ratio else 0.0,
        ),
    )


def resources(
    station: Station, *, breakdown: Breakdown | None, is_cascading: bool, has_setups: bool
) -> Iterable[Resource]:
    """Yield the tools of a station family.

    A tool that takes the next lot after an interval is one place with
    intervals, not several places, and is set up beside the lot before.
    """
    failure = None
    if breakdown is not None:
        failure = Failure(
            mtbf_h=breakdown.between.mean_min / 60.0,
            mttr_h=breakdown.repair.mean_min / 60.0,
            basis="calendar",
            between=breakdown.between.distribution,
            between_cv=breakdown.between.cv,
            repair=breakdown.repair.distribution,
            repair_cv=breakdown.repair.cv,
        )
    for number in range(1, station.count + 1):
        yield Resource(
            id=resource_name(station.name, number),
            work_centre=station.name,
            capacity=1 if is_cascading else station.capacity,
            load_min=station.load_min,
            unload_min=station.unload_min,
            cascading_setup="beside" if is_cascading and has_setups else "empty",
            failure=failure,
        )


def maintenances(
    station: Station,
    stops: Sequence[PlannedStop],
    *,
    lot_pieces: float,
    spread_first: bool,
) -> Iterable[Maintenance]:
    """Yield the planned maintenance of each tool of a station family.

    Maintenance counted in pieces is counted in lots of ``lot_pieces``. With
    ``spread_first``, the k-th of n tools has its first at k/n of the stated first.
    """
    for number in range(1, station.count + 1):
        share = number / station.count if spread_first else 1.0
        for stop in stops:
            name = resource_name(station.name, number)
            first = None if stop.first is None else stop.first * share
            duration = stop.duration
            every_h = first_h = every_lots = first_lots = None
            if stop.every_min is not None:
                # The noun counts from the end of one maintenance, the file from its start.
                every_h = (stop.every_min - duration.mean_min) / 60.0
                first_h = stop.every_min * share / 60.0 if first is None else first / 60.0
            elif stop.every_pieces is not None:
                every_lots = max(1, round(stop.every_pieces / lot_pieces))
                pieces = stop.every_pieces * share if first is None else first
                first_lots = max(1, math.ceil(pieces / lot_pieces))
            yield Maintenance(
                id=f"{stop.name}_{number}",
                resource=name,
                every_h=every_h,
                every_lots=every_lots,
                first_h=first_h,
                first_lots=first_lots,
                basis="calendar",
                mean_min=duration.mean_min,
                distribution=duration.distribution,
                cv=duration.cv,
            )


def station_setups(
    station: Station, steps: Sequence[RouteStep], *, times: SetupTimes
) -> Iterable[Setup]:
    """Yield the setups of a station family for the families that its steps need.

    A time on the route holds from any setup; without one, the table of setup
    times does, and a pair that it does not have takes no time.
    """
    names = dict.fromkeys(s.setup for s in steps if s.setup)
    for name in names:
        on_route = {s.setup_min for s in steps if s.setup == name}
        own = on_route.pop() if len(on_route) == 1 else None
        runs = times.min_run_lots.get((station.setup_group, name), 0) if station.keeps_runs else 0
        pairs = {"": own} if own is not None else _pairs(name, names=tuple(names), times=times)
        for before, minutes in pairs.items():
            yield Setup(
                work_centre=station.name,
                from_family=before or None,
                to_family=name,
                setup_min=minutes,
                min_run_lots=runs,
            )


def _pairs(name: str, *, names: Sequence[str], times: SetupTimes) -> dict[str, float]:
    """Return minutes to ``name`` by the setup before; '' stands for any other."""
    pairs = {"": times.minutes.get(("", name), 0.0)}
    for before in names:
        if (before, name) in times.minutes:
            pairs[before] = times.minutes[before, name]
    return pairs


def check_setup_times(steps: Sequence[RouteStep]) -> None:
    """Note steps of one station that give one setup different times."""
    first: dict[str, RouteStep] = {}
    for s in steps:
        if s.setup and first.setdefault(s.setup, s).setup_min != s.setup_min:
            s.row.fault(
                "STIME",
                f"another step at '{s.station}' gives setup '{s.setup}' another time "
                f"({first[s.setup].row.file}, row {first[s.setup].row.number})",
            )


def is_cascading(steps: Sequence[RouteStep]) -> bool:
    """Return whether lots follow each other in a tool; note steps that do not fit in."""
    with_interval = [s for s in steps if s.interval_min is not None]
    if with_interval and len(with_interval) < len(steps):
        for s in steps:
            if s.interval_min is None:
                s.row.fault(
                    "BatchInterval",
                    f"other steps at '{s.station}' give an interval; expected one here too",
                )
    return bool(with_interval)
