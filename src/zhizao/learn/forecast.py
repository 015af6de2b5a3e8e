"""What the twin and the plain methods predict at a cut-off, from what was known then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.baselines import (
    REMAINING,
    STANDARD,
    WHOLE,
    Guess,
    PastOrders,
    remaining_at_stage,
    standard_times,
    whole_orders,
)
from zhizao.learn.boosting import BOOSTED, boosted_guesses
from zhizao.learn.censoring import quantile
from zhizao.learn.demand import release_instants
from zhizao.learn.finished import finished_orders
from zhizao.learn.learnt import Learnt, learn
from zhizao.learn.reports import Reports, known_reports
from zhizao.learn.state import Floor, floor_at
from zhizao.learn.visits import visits_of
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import Records
from zhizao.model.state import ShopState
from zhizao.twin import simulate

Floats = NDArray[np.float64]
TWIN = "twin"

PROMISED_AHEAD = timedelta(days=28)
"""Orders that come within this time of a cut-off are promised at it."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Predicted completions of an order at a cut-off, seconds from it."""

    order_id: str
    product: str
    stage: str
    guesses: dict[str, Guess]


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that was known at a cut-off, and what was learnt from it."""

    cutoff: datetime
    reports: Reports
    visits: pl.DataFrame
    past: PastOrders
    learnt: Learnt
    floor: Floor


def known_at(
    records: Records,
    orders: Sequence[Order],
    cutoff: datetime,
    *,
    name: str,
    time_zone: str,
    seed: int,
    also_products: Sequence[str] = (),
) -> Known:
    """Learn from what was known at a cut-off. Nothing after it is looked at."""
    learnt = learn(
        records, orders, name=name, time_zone=time_zone, until=cutoff, seed=seed,
        also_products=also_products,
    )  # fmt: skip
    reports = known_reports(records, orders, time_zone=time_zone, until=cutoff)
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    return Known(
        cutoff=cutoff,
        reports=reports,
        visits=visits,
        past=PastOrders.of(visits, finished_orders(visits, until_s=reports.until_s)),
        learnt=learnt,
        floor=floor_at(records, learnt.plant, cutoff, orders=orders),
    )


def forecasts_at(
    records: Records,
    orders: Sequence[Order],
    cutoff: datetime,
    *,
    horizon_at: datetime,
    name: str,
    time_zone: str,
    seed: int,
    n_replications: int,
) -> list[Forecast]:
    """Return predictions for every order that had begun and was not long over at a cut-off.

    Nothing after the cut-off is looked at. All methods predict on the condition
    that the order is not complete at the cut-off. So an order that the twin
    takes as ended is put before its next step in a plant without queues, apart
    from the others: what if it is not over?
    """
    known = known_at(records, orders, cutoff, name=name, time_zone=time_zone, seed=seed)
    return forecasts_of(
        known, records, horizon_at=horizon_at, seed=seed, n_replications=n_replications
    )


def forecasts_of(
    known: Known, records: Records, *, horizon_at: datetime, seed: int, n_replications: int
) -> list[Forecast]:
    """Return predictions for every order that had begun; see :func:`forecasts_at`."""
    cutoff, plant, floor = known.cutoff, known.learnt.plant, known.floor
    done_s: dict[str, Floats] = {}
    if floor.orders:
        run = simulate(
            plant, floor.orders, start_at=cutoff, end_at=horizon_at, state=floor.state,
            seed=seed, n_replications=n_replications,
        )  # fmt: skip
        done_s = dict(zip(run.order_ids, run.completion_s.T, strict=True))
    if floor.ended:
        run = simulate(
            _without_queues(plant), floor.ended_orders, start_at=cutoff, end_at=horizon_at,
            state=ShopState(at=cutoff, lots=floor.ended), seed=seed,
            n_replications=n_replications, draw_demand=False,
        )  # fmt: skip
        done_s |= dict(zip(run.order_ids, run.completion_s.T, strict=True))
    now_s = known.reports.until_s
    finished = finished_orders(known.visits, until_s=now_s)
    boosted = boosted_guesses(known.visits, finished, now_s=now_s)
    standard = standard_times(known.visits, finished, records, until=cutoff)
    forecasts = []
    for (order_id,), rows in known.visits.group_by("order_id", maintain_order=True):
        last = rows.sort("last_s", "first_s").row(-1, named=True)
        sample = _sorted(done_s.get(str(order_id), np.zeros(1)))
        guesses = {
            TWIN: Guess(sample_s=sample, point_s=quantile(sample, 0.5)),
            REMAINING: remaining_at_stage(
                known.past, product=last["product"], stage=last["operation"],
                stage_s=last["last_s"] - now_s, now_s=0.0,
            ),
            WHOLE: whole_orders(
                known.past, product=last["product"],
                begun_s=float(rows["first_s"].min()) - now_s, now_s=0.0,  # type: ignore[arg-type]
            ),
        }  # fmt: skip
        if str(order_id) in boosted:
            guesses[BOOSTED] = boosted[str(order_id)]
        if standard is not None:
            guesses[STANDARD] = standard.guess(product=last["product"], stage=last["operation"])
        forecasts.append(
            Forecast(
                order_id=str(order_id), product=last["product"], stage=last["operation"],
                guesses=guesses,
            )
        )  # fmt: skip
    return forecasts


def promises_of(
    known: Known,
    records: Records,
    orders: Sequence[Order],
    *,
    horizon_at: datetime,
    time_zone: str,
    seed: int,
    n_replications: int,
) -> tuple[list[Forecast], int]:
    """Return predictions of orders that had not begun, and how many make an unknown product.

    As a planner has an order book: product, quantity and release of every order to come
    are known, and nothing of how it went. Predicted are those of the next four weeks.
    """
    whole = known_reports(records, orders, time_zone=time_zone)
    origin_s = (known.cutoff - whole.origin).total_seconds()
    facts = whole.table.unique("order_id", keep="first", maintain_order=True)
    release = release_instants(whole)
    begun = set(known.visits["order_id"].to_list())
    products = {p.id for p in known.learnt.plant.products}
    stated = {o.id: o for o in orders}
    on_floor = {o.id for o in known.floor.orders}
    book, at_s, n_unknown = [], {}, 0
    for order_id, product, quantity in facts.select("order_id", "product", "quantity").iter_rows():
        seconds = release[order_id] - origin_s
        if order_id in begun or order_id in on_floor or seconds <= 0.0:
            continue
        if product not in products:
            n_unknown += seconds <= PROMISED_AHEAD.total_seconds()
            continue
        priority = stated[order_id].priority if order_id in stated else 0
        book.append(
            Order(
                id=order_id, product=product, quantity=quantity, priority=priority,
                release_at=known.cutoff + timedelta(seconds=seconds),
                due_at=stated[order_id].due_at if order_id in stated else None,
            )
        )  # fmt: skip
        at_s[order_id] = seconds
    if not book:
        return [], n_unknown
    run = simulate(
        known.learnt.plant, [*known.floor.orders, *book], start_at=known.cutoff, end_at=horizon_at,
        state=known.floor.state, seed=seed, n_replications=n_replications, draw_demand=False,
    )  # fmt: skip
    done_s = dict(zip(run.order_ids, run.completion_s.T, strict=True))
    found = []
    for order in book:
        if at_s[order.id] > PROMISED_AHEAD.total_seconds():
            continue
        sample = _sorted(done_s[order.id])
        begun_s = at_s[order.id]
        found.append(
            Forecast(
                order_id=order.id, product=order.product, stage="",
                guesses={
                    TWIN: Guess(sample_s=sample, point_s=quantile(sample, 0.5)),
                    WHOLE: whole_orders(known.past, product=order.product, begun_s=begun_s, now_s=begun_s),
                },
            )
        )  # fmt: skip
    return found, n_unknown


def _sorted(completion_s: Floats) -> Floats:
    return np.sort(np.where(np.isnan(completion_s), np.inf, completion_s))


def _without_queues(plant: Plant) -> Plant:
    """Return a plant in which no step needs a resource."""
    routings = tuple(
        r.model_copy(
            update={"steps": tuple(s.model_copy(update={"resources": ()}) for s in r.steps)}
        )
        for r in plant.routings
    )
    return plant.model_copy(update={"routings": routings})
