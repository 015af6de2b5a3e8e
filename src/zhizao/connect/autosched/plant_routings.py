"""Route steps → the steps of the plant's routings."""

import math
from collections.abc import Mapping, Sequence

from zhizao.connect.autosched.cells import Duration, Row
from zhizao.connect.autosched.routes import RouteStep
from zhizao.connect.autosched.stations import Station
from zhizao.model.plant import Batch, Delay, ResourceOption, Rework, Step, TimeModel

MAX_REWORKS = 10
"""Detours after a step; at a share of 2 % one in 10¹⁷ lots has more."""


def to_transports(rows: list[Row]) -> dict[tuple[str, str], Duration]:
    """Return the times between locations."""
    found: dict[tuple[str, str], Duration] = {}
    for row in rows:
        pair = (row.name("FROMLOC"), row.name("TOLOC"))
        if pair in found:
            row.fault("TOLOC", "this pair of locations stands in an earlier row already")
        found[pair] = row.duration("DDIST", "DTIME", "DTIME2", "DUNITS")
    return found


def to_steps(
    route: Sequence[RouteStep],
    *,
    pieces: float,
    stations: Mapping[str, Station],
    options: Mapping[str, tuple[ResourceOption, ...]],
    transports: Mapping[tuple[str, str], Duration],
) -> tuple[Step, ...]:
    """Return the steps of a routing; ``pieces`` of a lot give intervals and spreads.

    The way to a step is a delay before its queue; none leads to the first.
    """
    bound_to = {s.returns_for: s.number for s in route if s.returns_for is not None}
    steps = []
    location: str | None = None
    for s in route:
        station = stations[s.station]
        way = transports.get((location, station.location)) if location is not None else None
        location = station.location
        steps.append(
            Step(
                step=s.number,
                operation=s.operation,
                resources=options[s.station],
                family=s.setup or None,
                time=_time(s, pieces=pieces),
                delay=Delay()
                if way is None
                else Delay(mean_min=way.mean_min, distribution=way.distribution, cv=way.cv),
                probability=s.probability,
                rework=None
                if s.rework_to is None
                else Rework(
                    probability=s.rework_share, to_step=s.rework_to, max_passes=MAX_REWORKS
                ),
                interval_min=_interval_min(s, pieces=pieces),
                batch=None
                if s.batch_pieces is None
                else Batch(min_pieces=s.batch_pieces[0], max_pieces=s.batch_pieces[1]),
                same_resource_as=bound_to.get(s.number),
                limit_to_step=s.limit_to,
                limit_min=s.limit_min,
            )
        )
    return tuple(steps)


def _time(step: RouteStep, *, pieces: float) -> TimeModel:
    """Return the working time of a lot or batch.

    With an interval between pieces, the last of n pieces leaves n - 1
    intervals after the first; the draw belongs to one piece's time only.
    """
    one = step.duration
    if step.per != "piece":
        return TimeModel(setup_min=one.mean_min, distribution=one.distribution, cv=one.cv)
    if step.interval_min is None:
        return TimeModel(per_piece_min=one.mean_min, distribution=one.distribution, cv=one.cv)
    first_min = one.mean_min - step.interval_min
    total_min = first_min + pieces * step.interval_min
    return TimeModel(
        setup_min=first_min,
        per_piece_min=step.interval_min,
        distribution=one.distribution,
        cv=one.cv * one.mean_min / total_min,
    )


def check_intervals(route: Sequence[RouteStep]) -> None:
    """Note intervals that are longer than the time of the piece or lot itself."""
    for s in route:
        shortest_min = s.duration.mean_min * (1.0 - math.sqrt(3.0) * s.duration.cv)
        if s.duration.distribution == "exponential":
            shortest_min = s.duration.mean_min
        if s.interval_min is not None and s.interval_min > shortest_min * (1.0 + 1e-9):
            column = "PartInterval" if s.per == "piece" else "BatchInterval"
            s.row.fault(column, f"expected at most the shortest time, {shortest_min:g} min")


def _interval_min(step: RouteStep, *, pieces: float) -> float | None:
    if step.interval_min is None:
        return None
    return step.interval_min * (pieces if step.per == "piece" else 1.0)
