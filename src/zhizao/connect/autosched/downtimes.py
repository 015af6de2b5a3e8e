"""Breakdowns and planned maintenance, and which stations they are attached to."""

from dataclasses import dataclass

from zhizao.connect.autosched.cells import Duration, Row
from zhizao.connect.autosched.stations import Station


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """Breakdowns of each tool of a station family, by the calendar."""

    between: Duration
    repair: Duration


@dataclass(frozen=True, kw_only=True)
class PlannedStop:
    """Planned maintenance of each tool of a station family.

    Exactly one of ``every_min`` (start to start) and ``every_pieces``;
    ``first`` in the same unit, None if not given.
    """

    name: str
    every_min: float | None
    every_pieces: float | None
    first: float | None
    duration: Duration


@dataclass(frozen=True, kw_only=True)
class Downtimes:
    """Breakdowns and maintenance by station family."""

    breakdowns: dict[str, Breakdown]
    stops: dict[str, list[PlannedStop]]
    has_other_first: bool


def to_downtimes(
    breakdowns: list[Row],
    maintenances: list[Row],
    attachments: list[Row],
    *,
    stations: dict[str, Station],
) -> Downtimes:
    """Return what is attached to each station family."""
    down = {row.name("DOWNCALNAME"): _breakdown(row) for row in breakdowns}
    planned = {row.name("PMCALNAME"): row for row in maintenances}
    groups = tuple(dict.fromkeys(s.group for s in stations.values() if s.group))
    found_down: dict[str, Breakdown] = {}
    found_stops: dict[str, list[PlannedStop]] = {}
    has_other_first = False
    used: set[str] = set()
    for row in attachments:
        families = _families(row, stations=stations, groups=groups)
        name = row.text("CALNAME")
        used.add(name)
        if row.choice("CALTYPE", ("down", "pm")) == "down":
            row.known_name("CALNAME", tuple(down), what="a calendar of downcal.txt")
            first = row.duration("FOADIST", "FOA", "", "FOAUNITS") if row.text("FOA") else None
            for family in families if name in down else ():
                if family in found_down:
                    row.fault("RESNAME", f"'{family}' has breakdowns from an earlier row already")
                found_down[family] = down[name]
                has_other_first |= first is not None and first != down[name].between
        else:
            row.known_name("CALNAME", tuple(planned), what="a calendar of pmcal.txt")
            if name in planned:
                stop = _stop(planned[name], row)
                for family in families:
                    found_stops.setdefault(family, []).append(stop)
    for row in (*breakdowns, *maintenances):
        column = "DOWNCALNAME" if "DOWNCALNAME" in row.cells else "PMCALNAME"
        if row.text(column) not in used:
            row.fault(column, "no row of attach.txt attaches this calendar to a station")
    return Downtimes(breakdowns=found_down, stops=found_stops, has_other_first=has_other_first)


def _families(
    row: Row, *, stations: dict[str, Station], groups: tuple[str, ...]
) -> tuple[str, ...]:
    kind = row.choice("RESTYPE", ("stnfam", "stngrp"))
    if kind == "stngrp":
        group = row.known_name("RESNAME", groups, what="a station group of tool.txt")
        return tuple(s.name for s in stations.values() if s.group == group)
    name = row.known_name("RESNAME", tuple(stations), what="a station family of tool.txt")
    return (name,) if name in stations else ()


def _breakdown(row: Row) -> Breakdown:
    row.choice("DOWNCALTYPE", ("mttf_by_cal",))
    between = row.duration("MTTFDIST", "MTTF", "MTTF2", "MTTFUNITS")
    repair = row.duration("MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS")
    for column, duration in (("MTTF", between), ("MTTR", repair)):
        if duration.mean_min == 0.0:
            row.fault(column, "expected more than 0")
    return Breakdown(between=between, repair=repair)


def _stop(row: Row, attachment: Row) -> PlannedStop:
    kind = row.choice("PMCALTYPE", ("mtbpm_by_cal", "mtbpm_by_pieces"))
    duration = row.duration("MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS")
    attachment.choice("FOADIST", ("constant",), default="constant")
    has_first = bool(attachment.text("FOA"))
    if kind == "mtbpm_by_pieces":
        row.choice("MTBPMUNITS", ("pieces",))
        every = row.number_of("MTBPM", low=1.0)
        if attachment.text("FOAUNITS") not in {"", "pieces"}:
            attachment.fault("FOAUNITS", "expected pieces, as the calendar counts pieces")
        first = attachment.number_of("FOA") if has_first else None
        return PlannedStop(
            name=row.text("PMCALNAME"),
            every_min=None,
            every_pieces=every,
            first=first,
            duration=duration,
        )
    every_min = row.minutes("MTBPM", "MTBPMUNITS")
    if every_min is None or every_min <= duration.mean_min:
        row.fault("MTBPM", "expected more than the mean duration MTTR")
        every_min = duration.mean_min + 1.0
    return PlannedStop(
        name=row.text("PMCALNAME"),
        every_min=every_min,
        every_pieces=None,
        first=attachment.minutes("FOA", "FOAUNITS") if has_first else None,
        duration=duration,
    )
