"""Routes: the steps of each part."""

from dataclasses import dataclass
from typing import Literal, cast

from zhizao.connect.autosched.cells import Duration, Row
from zhizao.connect.autosched.stations import Station

Per = Literal["lot", "piece", "batch"]


@dataclass(frozen=True, kw_only=True)
class RouteStep:
    """One row of a route; ``row`` is where it stands. Minutes; None for 'not given'.

    ``interval_min``: until the next piece (per piece) or lot may follow.
    ``returns_for``: later step that must be done by the same tool.
    """

    row: Row
    number: int
    operation: str
    station: str
    duration: Duration
    per: Per
    interval_min: float | None
    batch_pieces: tuple[float, float] | None
    setup: str
    setup_min: float | None
    returns_for: int | None
    rework_to: int | None
    rework_share: float
    probability: float
    limit_to: int | None
    limit_min: float | None


def to_route(rows: list[Row], *, route: str, stations: dict[str, Station]) -> list[RouteStep]:
    """Return the steps of the route ``route`` in a route file."""
    own = [row for row in rows if row.text("ROUTE") == route]
    steps = [_step(row, stations=stations) for row in own]
    numbers = {s.number for s in steps}
    previous = 0
    for s in steps:
        if s.number <= previous:
            s.row.fault("STEP", f"expected more than the step before, {previous}")
        previous = s.number
        for column, other, is_right in (
            ("RWKSTEP", s.rework_to, s.rework_to is None or s.rework_to <= s.number),
            ("FORSTEP", s.returns_for, s.returns_for is None or s.returns_for > s.number),
            ("STEP_CQT", s.limit_to, s.limit_to is None or s.limit_to > s.number),
        ):
            if other is not None and (other not in numbers or not is_right):
                side = "this one or an earlier" if column == "RWKSTEP" else "a later"
                s.row.fault(column, f"expected {side} step of route '{route}'")
    _check_returns(steps)
    return steps


def _step(row: Row, *, stations: dict[str, Station]) -> RouteStep:
    station = row.known_name("STNFAM", tuple(stations), what="a station family of tool.txt")
    per = row.choice("PTPER", ("per_lot", "per_piece", "per_batch")).removeprefix("per_")
    row.choice("WHEN", ("need",))
    row.choice("RWKTYPE", ("lot",))
    dedicates = row.choice("SVESTN", ("yes", "no"), default="no") == "yes"
    limit_min = row.minutes("CQT", "CQTUNITS")
    share = row.share("REWORK", default=0.0)
    for given, column, other in (
        (dedicates, "FORSTEP", "SVESTN 'yes'"),
        (limit_min is not None, "STEP_CQT", "CQT"),
        (share > 0.0, "RWKSTEP", "REWORK"),
        (bool(row.text("WHEN")), "SETUP", "WHEN"),
    ):
        if given != bool(row.text(column)):
            row.fault(column, f"expected a value exactly where {other} is given")
    if limit_min == 0.0:
        row.fault("CQT", "expected more than 0")
    return RouteStep(
        row=row,
        number=row.count("STEP"),
        operation=row.text("DESC") or row.text("STEP"),
        station=station,
        duration=row.duration("PDIST", "PTIME", "PTIME2", "PTUNITS"),
        per=cast("Per", per),
        interval_min=_interval(row, per=per, station=stations.get(station)),
        batch_pieces=_batch(row, per=per, station=stations.get(station)),
        setup=row.text("SETUP"),
        setup_min=row.minutes("STIME", "STUNITS"),
        returns_for=row.count("FORSTEP") if row.text("FORSTEP") else None,
        rework_to=row.count("RWKSTEP") if row.text("RWKSTEP") else None,
        rework_share=share,
        probability=row.share("StepPercent", default=1.0),
        limit_to=row.count("STEP_CQT") if row.text("STEP_CQT") else None,
        limit_min=limit_min,
    )


def _interval(row: Row, *, per: str, station: Station | None) -> float | None:
    """Return the minutes between pieces or lots that follow each other in a tool."""
    found = None
    for column, unit_column, wanted in (
        ("PartInterval", "PartIntUnits", "piece"),
        ("BatchInterval", "BatchIntUnits", "lot"),
    ):
        interval_min = row.minutes(column, unit_column)
        if interval_min is None:
            continue
        if per != wanted:
            row.fault(column, f"expected only where PTPER is per_{wanted}")
        elif interval_min == 0.0:
            row.fault(column, "expected more than 0")
        elif station is not None and station.capacity < 2:
            row.fault(column, f"station family '{station.name}' takes one lot only; see STNCAP")
        found = interval_min
    return found


def _batch(row: Row, *, per: str, station: Station | None) -> tuple[float, float] | None:
    is_batch = per == "batch"
    if is_batch != bool(row.text("BATCHMN")) or is_batch != bool(row.text("BATCHMX")):
        row.fault("BATCHMN", "expected BATCHMN and BATCHMX exactly where PTPER is per_batch")
        return None
    if not is_batch:
        return None
    if station is not None and not station.is_batching:
        row.fault("PTPER", f"station family '{station.name}' has no BATCHCRITF")
    low, high = row.number_of("BATCHMN", low=1.0), row.number_of("BATCHMX", low=1.0)
    if high < low:
        row.fault("BATCHMX", f"expected at least BATCHMN, {low:g}")
        return None
    return low, high


def _check_returns(steps: list[RouteStep]) -> None:
    """Note a step that must return to two tools, or to a tool of another family."""
    by_number = {s.number: s for s in steps}
    taken: dict[int, int] = {}
    for s in steps:
        if s.returns_for is None or s.returns_for not in by_number:
            continue
        if s.returns_for in taken:
            s.row.fault("FORSTEP", f"step {taken[s.returns_for]} already binds that step")
        taken[s.returns_for] = s.number
        if by_number[s.returns_for].station != s.station:
            s.row.fault("FORSTEP", "that step is done by another station family")
