"""Lots in progress at an instant, from what was known then."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

import polars as pl

from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.repeats import base_of, label_of, with_labels
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import visits_of, with_worked
from zhizao.learn.hours.calendars import PLANT_CALENDAR
from zhizao.learn.open_time import OpenTime
from zhizao.learn.placing import Placing, contiguous_operations
from zhizao.learn.routes.lines import Clocks, legs_of, lines
from zhizao.learn.routes.path import Path, PathStep
from zhizao.learn.routes.variants import merged
from zhizao.learn.stopped_now import with_stopped
from zhizao.model.order import Order
from zhizao.model.plant import Plant, Routing
from zhizao.model.records import Records
from zhizao.model.state import LotState, ShopState

_MARGIN = timedelta(days=28)


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The shop at an instant: its state, the orders in it, and what was left out.

    ``silent`` are orders that have been quiet for longer than orders usually
    are: taken as ended. ``unplaced`` are orders whose product has no routing
    in the plant, or whose operations are not in it. ``ended`` and
    ``ended_orders`` are the orders taken as ended, where they would stand if
    they were not: for a question about one of them.
    """

    state: ShopState
    orders: tuple[Order, ...]
    ended: tuple[LotState, ...]
    ended_orders: tuple[Order, ...]
    silent: tuple[str, ...]
    unplaced: tuple[str, ...]


def shop_state(
    records: Records, plant: Plant, at: datetime, *, orders: Sequence[Order] = ()
) -> ShopState:
    """Return the lots in progress at ``at``, from what was known then.

    See ``floor_at``, which also says what was left out.
    """
    return floor_at(records, plant, at, orders=orders).state


def floor_at(
    records: Records, plant: Plant, at: datetime, *, orders: Sequence[Order] = ()
) -> Floor:
    """Return the lots in progress at an instant, their orders, and what was left out.

    A lot is at the first step of its path that is not complete: the ordered
    pieces have not been reported there, nor at a later step. Where reports of
    an operation fill most of the time between its begin and its end, an
    unfinished one is running or waiting, with the minutes worked so far. Where
    they do not (work with long pauses), the pauses are part of the delay
    before the step, and the lot is still in it. A lot whose last step is
    complete is delayed before the next step that most orders do. A machine that breaks down
    though no stop of it is ever written is under repair where a lot stays on it for far too
    long.

    Parameters
    ----------
    records
        What happened; nothing after ``at`` is looked at.
    plant
        Gives routings and calendars, learnt until ``at`` or earlier.
    at
        The instant, aware.
    orders
        What is known of orders besides.

    Returns
    -------
    Floor

    Raises
    ------
    InputError
        If no report is known at ``at``.
    """
    reports = known_reports(records, orders, time_zone=plant.time_zone, until=at)
    open_times, by_calendar = _open_times(plant, reports)
    visits = visits_of(with_worked(reports, open_times))
    finished = finished_orders(visits, until_s=reports.until_s)
    by_product: dict[str, list[Routing]] = {}
    for r in plant.routings:
        by_product.setdefault(r.product, []).append(r)
    routings = {product: merged(variants) for product, variants in by_product.items()}
    visits = with_labels(
        visits, Counter((r.product, s.operation) for r in routings.values() for s in r.steps)
    )
    paths = {product: _path(r) for product, r in routings.items()}
    options = {
        (r.product, s.operation): tuple(o.resource for o in s.resources)
        for r in routings.values()
        for s in r.steps
    }
    placing = Placing(
        until_s=reports.until_s,
        pause_s=finished.pause_s,
        origin=reports.origin,
        contiguous=contiguous_operations(visits, open_times),
        open_times=by_calendar,
        free_places={r.id: r.capacity for r in plant.resources},
    )
    ended = finished.ids()
    known = {o.id: o for o in reports.orders}
    lots: list[LotState] = []
    in_progress: list[Order] = []
    over: list[tuple[LotState, Order]] = []
    steps = pl.DataFrame(
        [(product, operation) for product, path in paths.items() for operation in path.index],
        schema={"product": pl.String, "operation": pl.String}, orient="row",
    )  # fmt: skip
    placed = visits.join(steps, on=["product", "operation"], how="semi", maintain_order="left")
    clocks = Clocks.of(open_times)
    line = lines(
        placed, paths=paths, resources=lambda p, label: options.get((p, base_of(label)), ()),
        clocks=clocks, releases=reports.releases,
    )  # fmt: skip
    seen = set(placed["order_id"].to_list())
    everyone = visits["order_id"].unique(maintain_order=True).to_list()
    unplaced = [o for o in everyone if o not in seen]
    for rows in line.partition_by("order_id", maintain_order=True):
        order_id, product = str(rows["order_id"][0]), str(rows["product"][0])
        legs = legs_of(rows, clocks)
        path, routing = _road(
            order_id, [int(leg.visit["place"]) for leg in legs], paths[product],
            whole=routings[product], variants=by_product[product],
        )  # fmt: skip
        order = known.get(order_id) or _order(reports, rows)
        is_ended = order_id in ended
        lot = None if is_ended else placing.lot(legs, path, routing)
        if lot is None:
            beyond = placing.if_not_over(legs, path, routing)
            over.append((_with_step(beyond, by_product[product]), order))
            continue
        lots.append(_with_step(lot, by_product[product]))
        in_progress.append(order)
    in_shop, down = with_stopped(
        lots, plant, reports, quantities={o.id: float(o.quantity) for o in in_progress},
        open_times=open_times,
    )  # fmt: skip
    return Floor(
        state=ShopState(at=at, lots=in_shop, down=down, families=_families(reports, plant)),
        orders=tuple(in_progress),
        ended=tuple(lot for lot, _ in over),
        ended_orders=tuple(order for _, order in over),
        silent=tuple(finished.table.filter("is_silent")["order_id"].to_list()),
        unplaced=tuple(unplaced),
    )


def _open_times(
    plant: Plant, reports: Reports
) -> tuple[dict[str | None, OpenTime], dict[str | None, OpenTime]]:
    """Return the open time of each resource and of each calendar."""
    start_at = reports.origin - _MARGIN
    end_at = reports.instant(reports.until_s) + _MARGIN
    by_calendar: dict[str | None, OpenTime] = {}
    for calendar in (None, *plant.calendars):
        known = OpenTime.of_calendar(
            calendar, time_zone=plant.time_zone, start_at=start_at, end_at=end_at
        )
        spans = known.edge_s.reshape(-1, 2) - _MARGIN.total_seconds()
        by_calendar[calendar.id if calendar else None] = OpenTime.from_intervals(spans)
    found: dict[str | None, OpenTime] = {r.id: by_calendar[r.calendar] for r in plant.resources}
    found[None] = by_calendar.get(PLANT_CALENDAR) or by_calendar[plant.release_calendar]
    return found, by_calendar


def _path(routing: Routing) -> Path:
    seen: Counter[str] = Counter()
    steps = []
    for s in routing.steps:
        label = label_of(s.operation, seen[s.operation])
        steps.append(PathStep(operation=label, probability=s.probability, n=0))
        seen[s.operation] += 1
    index = {s.operation: i for i, s in enumerate(steps)}
    return Path(
        product=routing.product, level="product", n_orders=0, steps=tuple(steps), index=index
    )


def _road(
    order_id: str, places: list[int], path: Path, *, whole: Routing, variants: list[Routing]
) -> tuple[Path, Routing]:
    """Return the path and routing of an order by the variant that fits what it has done.

    Where several fit equally, one is taken by their shares, always the same for an order. The
    steps stay those of all variants; those of other roads are never taken.
    """
    if len(variants) == 1:
        return path, whole
    done = [whole.steps[i].step for i in places]
    fits = [
        (done[-1] in numbers, sum(step in numbers for step in done))
        for numbers in ({s.step for s in r.steps} for r in variants)
    ]
    able = [r for r, fit in zip(variants, fits, strict=True) if fit == max(fits)]
    luck = crc32(order_id.encode()) / 2**32 * sum(r.share for r in able)
    chosen = able[-1]
    for r in able:
        luck -= r.share
        if luck < 0:
            chosen = r
            break
    shares = {s.step: s.probability for s in chosen.steps}
    steps = tuple(
        replace(one, probability=shares.get(s.step, 0.0))
        for one, s in zip(path.steps, whole.steps, strict=True)
    )
    routing = whole.model_copy(update={"variant": chosen.variant})
    return replace(path, steps=steps), routing


def _with_step(lot: LotState, variants: list[Routing]) -> LotState:
    """Return a lot on a road that has the step at which it is."""
    able = [r.variant for r in variants if any(s.step == lot.step for s in r.steps)]
    return lot if lot.variant in able else lot.model_copy(update={"variant": able[0]})


def _order(reports: Reports, rows: pl.DataFrame) -> Order:
    order_id = str(rows["order_id"][0])
    release = reports.releases.get(order_id, float(rows["first_s"].min()))  # type: ignore[arg-type]
    return Order(
        id=order_id,
        product=str(rows["product"][0]),
        quantity=float(rows["quantity"][0]),
        release_at=reports.instant(release),
    )


def _families(reports: Reports, plant: Plant) -> dict[str, str]:
    """Return the family that each resource worked on last."""
    family_of = {p.id: p.family for p in plant.products}
    of_step = {
        (option.resource, routing.product): step.family or family_of[routing.product]
        for routing in plant.routings
        for step in routing.steps
        for option in step.resources
    }
    last = reports.table.drop_nulls("resource").unique("resource", keep="last", maintain_order=True)
    return {
        str(resource): family
        for resource, product in last.select("resource", "product").iter_rows()
        if (family := of_step.get((resource, product))) is not None
    }
