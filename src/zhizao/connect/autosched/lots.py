"""Orders: repeating starts over a span, and lots in progress."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from zhizao.connect.autosched.cells import Row
from zhizao.connect.autosched.routes import RouteStep
from zhizao.model.order import Order
from zhizao.model.state import LotState


@dataclass(frozen=True, kw_only=True)
class Lot:
    """What a row of an order file says of its lots."""

    row: Row
    name: str
    part: str
    pieces: float
    priority: int
    is_hot: bool


@dataclass(frozen=True, kw_only=True)
class Starts(Lot):
    """Lots that start again and again; ``count`` times, ``lots`` at a time."""

    start_at: datetime
    repeat_min: float | None
    count: int
    lots: int
    allowance: timedelta | None


@dataclass(frozen=True, kw_only=True)
class WipLot(Lot):
    """A lot in progress; ``at`` is the instant of the snapshot."""

    at: datetime
    due_at: datetime | None
    step: int


def to_starts(rows: list[Row], *, parts: tuple[str, ...], zone: tzinfo) -> list[Starts]:
    """Return the series of starts of an order file."""
    found = []
    for row in rows:
        at = row.instant("START", zone=zone)
        if at is None:
            if not row.text("START"):
                row.fault("START", "expected an instant")
            continue
        due_at = row.instant("DUE", zone=zone)
        if due_at is not None and due_at < at:
            row.fault("DUE", "expected not before START")
        repeat_min = row.minutes("REPEAT", "RUNITS")
        row.choice("RDIST", ("constant",))
        if repeat_min == 0.0:
            row.fault("REPEAT", "expected more than 0")
        found.append(
            Starts(
                row=row,
                name=row.name("LOT"),
                part=row.known_name("PART", parts, what="a part of part.txt"),
                pieces=row.number_of("PIECES", low=1.0),
                priority=row.count("PRIOR", default=0, low=0),
                start_at=at,
                repeat_min=repeat_min,
                count=row.count("RPT#", default=1) if repeat_min else 1,
                lots=row.count("LOTSPERRPT", default=1),
                allowance=None if due_at is None else due_at - at,
                is_hot=row.choice("HOTLOT", ("yes", "no"), default="no") == "yes",
            )
        )
    return found


def to_wip(
    rows: list[Row], *, routes: dict[str, list[RouteStep]], start_at: datetime
) -> list[WipLot]:
    """Return the lots in progress; each must be seen at ``start_at``."""
    found = []
    zone = start_at.tzinfo
    assert zone is not None
    for row in rows:
        at = row.instant("START", zone=zone)
        if at != start_at:
            row.fault("START", f"the run starts at {start_at:%m/%d/%y %H:%M:%S}; start it here")
        part = row.known_name("PART", tuple(routes), what="a part of part.txt")
        step = row.count("CURSTEP")
        if part in routes and step not in {s.number for s in routes[part]}:
            row.fault("CURSTEP", f"expected a step of the route of '{part}'")
        found.append(
            WipLot(
                row=row,
                name=row.name("LOT"),
                part=part,
                pieces=row.number_of("PIECES", low=1.0),
                priority=row.count("PRIOR", default=0, low=0),
                at=at or start_at,
                due_at=row.instant("DUE", zone=zone),
                step=step,
                is_hot=row.choice("HOTLOT", ("yes", "no"), default="no") == "yes",
            )
        )
    return found


def lots_started(starts: Starts, *, start_at: datetime, end_at: datetime) -> list[Order]:
    """Return the orders of a series that start from ``start_at`` until before ``end_at``.

    Their names carry their number in the series, so they do not depend on the span.
    """
    repeat_s = (starts.repeat_min or 0.0) * 60.0
    first = last = 0
    if starts.repeat_min:
        first = max(0, math.ceil((start_at - starts.start_at).total_seconds() / repeat_s))
        last = min(starts.count, math.ceil((end_at - starts.start_at).total_seconds() / repeat_s))
    elif start_at <= starts.start_at < end_at:
        last = 1
    is_one = starts.count * starts.lots == 1
    orders = []
    for k in range(first, last):
        release_at = starts.start_at + timedelta(seconds=k * repeat_s)
        for i in range(starts.lots):
            number = k * starts.lots + i + 1
            orders.append(
                Order(
                    id=starts.name if is_one else f"{starts.name}_{number}",
                    product=starts.part,
                    quantity=starts.pieces,
                    release_at=release_at,
                    due_at=None if starts.allowance is None else release_at + starts.allowance,
                    priority=starts.priority,
                )
            )
    return orders


def wip_order(lot: WipLot) -> Order:
    """Return the order of a lot in progress; nobody knows when it was released."""
    return Order(
        id=lot.name,
        product=lot.part,
        quantity=lot.pieces,
        due_at=lot.due_at,
        priority=lot.priority,
    )


def wip_state(lot: WipLot) -> LotState:
    """Return where a lot in progress is: in the queue of its step, from the snapshot on."""
    return LotState(order_id=lot.name, step=lot.step, status="waiting", since_at=lot.at)
