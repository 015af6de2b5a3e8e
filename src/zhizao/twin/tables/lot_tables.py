"""Orders, work in progress and drawn demand → the kernels' table of lots."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from zhizao._base.clock import to_seconds
from zhizao._base.seeds import stable_key
from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, SECONDS_PER_WEEK
from zhizao.model.calendar import open_intervals
from zhizao.model.order import Order
from zhizao.model.plant import Calendar, Demand, Plant
from zhizao.model.state import LotState, ShopState
from zhizao.twin.kernels.codes import (
    ENTERS_DELAYED,
    ENTERS_NEW,
    ENTERS_RUNNING,
    ENTERS_SETUP,
    ENTERS_WAITING,
    N_PAST,
    NOT_DRAWN,
)
from zhizao.twin.kernels.tables import LOT, STREAM, Table
from zhizao.twin.tables.floor_tables import FloorPlan

_ENTERS = {
    "delayed": ENTERS_DELAYED,
    "waiting": ENTERS_WAITING,
    "running": ENTERS_RUNNING,
    "setup": ENTERS_SETUP,
}


@dataclass(frozen=True, kw_only=True)
class KnownLots:
    """Lots common to all replications; ``release_s`` is nan where it is not known."""

    lots: Table
    order_ids: tuple[str, ...]
    release_s: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DemandStream:
    """One product's demand, ready to be drawn.

    ``rate_per_s`` counts open time of the release calendar, whose intervals
    within the run are ``intervals_s``, shape (n, 2), seconds; in each of them it is
    multiplied by one of ``factors``, which are positive.
    """

    product: str
    product_index: int
    family: int
    key: np.uint64
    rate_per_s: float
    intervals_s: NDArray[np.float64]
    factors: NDArray[np.float64]
    quantities: NDArray[np.float64]
    allowances_s: NDArray[np.float64]
    priority: int


def to_known_lots(
    plan: FloorPlan,
    plant: Plant,
    *,
    orders: Sequence[Order],
    state: ShopState | None,
    start_at: datetime,
) -> KnownLots:
    """Return the lots of known orders, those in progress where ``state`` says they are."""
    n = len(orders)
    lots = _empty_lots(n)
    lot_states = {lot.order_id: lot for lot in state.lots} if state else {}
    # Column by column: setting the fields of one record after another takes ten times as long.
    lots.key = np.array([stable_key(o.id) for o in orders], dtype=np.uint64)
    lots.product = [plan.products[o.product] for o in orders]
    lots.family = [plan.family_of_product[o.product] for o in orders]
    lots.quantity = lots.good = [o.quantity for o in orders]
    lots.priority = [o.priority for o in orders]
    lots.due_s = [to_seconds(o.due_at, origin=start_at) if o.due_at else math.inf for o in orders]
    is_new = np.array([o.id not in lot_states for o in orders], dtype=np.bool_)
    release_s = np.array(
        [to_seconds(o.release_at, origin=start_at) if o.release_at else math.nan for o in orders],
        dtype=np.float64,
    )
    release_s[is_new & np.isnan(release_s)] = 0.0
    lots.release_s = release_s
    lots.entry_s[is_new] = np.maximum(0.0, release_s[is_new])
    free_slots = _free_slots(plan)
    for i in np.flatnonzero(~is_new).tolist():
        _place(
            lots[i],
            lot_states[orders[i].id],
            order=orders[i],
            plan=plan,
            plant=plant,
            start_at=start_at,
            free_slots=free_slots,
        )
    return KnownLots(lots=lots, order_ids=tuple(o.id for o in orders), release_s=release_s)


def _empty_lots(n: int) -> Table:
    """Return new lots of one piece without due date that come at the start."""
    lots = np.recarray(n, dtype=LOT)
    lots[:] = np.zeros(n, dtype=LOT)
    lots.order = np.arange(n)
    for name in (
        "family",
        "variant",
        "row",
        "slot",
        "next",
        "previous",
        "centre",
        "trace_row",
        "mate",
        "blocks",
        "card_centre",
        "drawn",
    ):
        lots[name] = -1
    for name in ("completion_s", "left_s"):
        lots[name] = np.nan
    lots.quantity = 1.0
    lots.due_s = np.inf
    lots.enters = ENTERS_NEW
    lots.drawn_ahead = int(NOT_DRAWN)
    return lots


def _free_slots(plan: FloorPlan) -> dict[str, list[int]]:
    slots: dict[str, list[int]] = {name: [] for name in plan.resources}
    for slot, name in enumerate(plan.slot_resource):
        slots[name].append(slot)
    return slots


def _place(
    lot_row: Table,
    lot: LotState,
    *,
    order: Order,
    plan: FloorPlan,
    plant: Plant,
    start_at: datetime,
    free_slots: dict[str, list[int]],
) -> None:
    """Fill the rows of a lot in progress."""
    steps = plan.floor.steps
    variant = plan.variants[order.product, lot.variant]
    first, end = (int(row) for row in plan.floor.variants[variant].tolist()[:2])
    row = first + [s.step for s in plan.steps[first:end]].index(lot.step)
    lot_row.enters = _ENTERS[lot.status]
    lot_row.variant = variant
    lot_row.row = row
    if lot.done is not None:
        lot_row.has_past = 1
        numbers = [s.step for s in plan.steps[first:end]][: int(N_PAST)]
        lot_row.past = sum(1 << i for i, number in enumerate(numbers) if number in lot.done)
    lot_row.since_s = to_seconds(lot.since_at, origin=start_at)
    lot_row.spent_s = lot.worked_min * SECONDS_PER_MINUTE
    if lot.status in {"running", "setup"} and lot.resource is not None:
        lot_row.slot = free_slots[lot.resource].pop(0)
    if lot.status == "delayed":
        transport_s = 0.0
        if row > first and steps[row - 1].centre >= 0 and steps[row].centre >= 0:
            transport_s = float(plan.floor.transport_s[steps[row - 1].centre, steps[row].centre])
        delay_from = lot.since_at + timedelta(seconds=transport_s)
        if delay_from > start_at:
            lot_row.transport_left_s = (delay_from - start_at).total_seconds()
            lot_row.spent_s = 0.0
        else:
            spans = open_intervals(
                _calendar(plant, plan.steps[row].delay.calendar),
                time_zone=plant.time_zone,
                start_at=delay_from,
                end_at=start_at,
            )
            lot_row.spent_s = float((spans[:, 1] - spans[:, 0]).sum())


def _calendar(plant: Plant, name: str | None) -> Calendar | None:
    return next((c for c in plant.calendars if c.id == name), None)


def entry_order(lots: Table) -> NDArray[np.int64]:
    """Sort lots by entry; at one instant running, waiting (by since), delayed, new lots."""
    rank = np.array([3, 2, 1, 0, 0])[lots.enters]
    since = np.where(lots.enters == ENTERS_NEW, 0.0, lots.since_s)
    return np.lexsort((since, rank, lots.entry_s)).astype(np.int64)


def to_demand_streams(
    plan: FloorPlan, plant: Plant, *, start_at: datetime, end_at: datetime
) -> tuple[DemandStream, ...]:
    """Return the plant's demands, their rates in open time of the release calendar.

    The mean orders a week come in the open time of an ordinary week: of the
    calendar's shifts, without exceptions (a holiday brings fewer orders). A
    calendar without shifts spreads them evenly over its open time in the span.
    Weeks with a factor of their own bring so many times as many.
    """
    calendar = _calendar(plant, plant.release_calendar)
    intervals = open_intervals(
        calendar, time_zone=plant.time_zone, start_at=start_at, end_at=end_at
    )
    weeks = (end_at - start_at).total_seconds() / SECONDS_PER_WEEK
    open_s_per_week = float((intervals[:, 1] - intervals[:, 0]).sum()) / weeks
    if calendar is None or calendar.shifts:
        regular = calendar.model_copy(update={"exceptions": ()}) if calendar else None
        week = open_intervals(
            regular,
            time_zone="UTC",
            start_at=start_at,
            end_at=start_at + timedelta(seconds=SECONDS_PER_WEEK),
        )
        open_s_per_week = float((week[:, 1] - week[:, 0]).sum())
    streams = []
    for d in plant.demands:
        spans, factors = _with_factors(intervals, d, start_at=start_at)
        streams.append(
            DemandStream(
                product=d.product,
                product_index=plan.products[d.product],
                family=plan.family_of_product[d.product],
                key=np.uint64(stable_key(d.product)),
                rate_per_s=d.orders_per_week / open_s_per_week if open_s_per_week > 0.0 else 0.0,
                intervals_s=spans,
                factors=factors,
                quantities=np.array(d.quantities, dtype=np.float64),
                allowances_s=np.array(d.allowances_h, dtype=np.float64) * SECONDS_PER_HOUR,
                priority=d.priority,
            )
        )
    return tuple(streams)


def _with_factors(
    intervals: NDArray[np.float64], demand: Demand, *, start_at: datetime
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return intervals cut where the demand's factor changes, and their factors; none is 0."""
    if demand.factors_from_at is None:
        return intervals, np.ones(intervals.shape[0])
    n_weeks = len(demand.week_factors)
    edges = to_seconds(demand.factors_from_at, origin=start_at) + SECONDS_PER_WEEK * np.arange(
        n_weeks + 1
    )
    by_week = np.array([1.0, *demand.week_factors, 1.0])
    cuts = np.unique(np.concatenate([intervals.ravel(), edges]))
    middle = (cuts[:-1] + cuts[1:]) / 2
    at = np.searchsorted(intervals[:, 0], middle, side="right") - 1
    is_open = (at >= 0) & (middle < intervals[np.maximum(at, 0), 1]) if intervals.size else at >= 0
    factors = by_week[np.searchsorted(edges, middle, side="right")]
    kept = is_open & (factors > 0.0)
    return np.stack([cuts[:-1], cuts[1:]], axis=1)[kept], factors[kept]


def stream_table(
    streams: Sequence[DemandStream], *, calendar: int
) -> tuple[Table, NDArray[np.float64]]:
    """Return streams before their first order, and their quantities and allowances."""
    table = np.recarray(len(streams), dtype=STREAM)
    table[:] = np.zeros(len(streams), dtype=STREAM)
    parts = [np.empty(0)]
    first = 0
    for one, stream in zip(table, streams, strict=True):
        middle = first + stream.quantities.size
        end = middle + stream.allowances_s.size
        one.key, one.product, one.family = stream.key, stream.product_index, stream.family
        one.priority, one.calendar, one.rate = stream.priority, calendar, stream.rate_per_s
        one.quantity_first, one.quantity_end = first, middle
        one.allowance_first, one.allowance_end = middle, end
        parts += [stream.quantities, stream.allowances_s]
        if (stream.factors != 1.0).any():
            begin, close = stream.intervals_s.T
            worth = (close - begin) * stream.factors
            sums = np.concatenate([[0.0], np.cumsum(worth)])
            one.span_first, one.n_spans = end, begin.size
            parts += [begin, sums, stream.factors]
            end += 3 * begin.size + 1
        first = end
    return table, np.concatenate(parts)


def lot_rows(known: Table, n_unused: int) -> Table:
    """Return a copy of the known lots, then rows not in use, each of which leads to the next."""
    n_known, n = known.size, known.size + n_unused
    # Copied as plain numbers: numpy copies records field by field, ten times slower.
    width = LOT.itemsize // 8
    numbers = np.empty((n, width), dtype=np.int64)
    numbers[:n_known] = known.view(np.ndarray).view(np.int64).reshape(n_known, width)
    numbers[n_known:] = _empty_lots(1).view(np.ndarray).view(np.int64)
    lots = numbers.reshape(-1).view(LOT).view(np.recarray)
    unused = lots[n_known:].view(np.recarray)
    unused.left_s = 0.0
    unused.next = np.append(np.arange(n_known + 1, n), -1)[:n_unused]
    return lots
