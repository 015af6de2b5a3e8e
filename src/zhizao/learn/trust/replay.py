"""The held-out window again with its real releases and quantities: flow as a whole."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.kpi import busy_hours, open_hours
from zhizao.learn.demand.arrivals import release_instants
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.learnt import learn
from zhizao.learn.state import floor_at
from zhizao.learn.trust.forecast import Known
from zhizao.learn.trust.scores import Band, Bottleneck, Replay
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import Records
from zhizao.model.run import Run
from zhizao.twin import simulate

Floats = NDArray[np.float64]

_LEAST_RANKED = 3


def replay(
    known: Known,
    records: Records,
    orders: Sequence[Order],
    whole: Reports,
    *,
    name: str,
    seed: int,
    n_replications: int,
) -> Replay | None:
    """Run the window from a cut-off to the log's end with the orders that really came in it.

    The plant is the one learnt from what was known at the cut-off; only the releases,
    products and quantities of the window's orders are given to it. Where they make
    products that nobody knew then, it is learnt again with routings for those. WIP counts
    orders from their release (or first report) to their completion; orders
    that were quiet for too long at the cut-off count in neither curve.

    Parameters
    ----------
    known
        What was known at the cut-off.
    records, orders
        What happened and what is known of orders.
    whole
        The reports of the whole log.
    name, seed, n_replications
        As for ``backtest``.

    Returns
    -------
    Replay or None
        None if the window has no orders.
    """
    start_at, end_at = known.cutoff, whole.instant(whole.until_s)
    facts = whole.table.unique("order_id", keep="first", maintain_order=True)
    products = sorted(set(facts["product"].to_list()))
    plant, floor = known.learnt.plant, known.floor
    if not {p.id for p in plant.products}.issuperset(products):
        again = learn(
            records, orders, name=name, time_zone=whole.time_zone, until=start_at, seed=seed,
            also_products=products, chosen=known.learnt.chosen,
        )  # fmt: skip
        plant = again.plant
        floor = floor_at(records, plant, start_at, orders=orders)
    origin_s = (start_at - whole.origin).total_seconds()
    end_s = (end_at - start_at).total_seconds()
    release = {o: s - origin_s for o, s in release_instants(whole).items()}
    given = {o.id: o for o in orders}
    future = []
    for order_id, product, quantity in facts.select("order_id", "product", "quantity").iter_rows():
        if 0.0 < release[order_id] <= end_s:
            stated = given.get(order_id)
            order = Order(
                id=order_id, product=product, quantity=quantity,
                release_at=start_at + timedelta(seconds=release[order_id]),
                priority=stated.priority if stated else 0,
            )  # fmt: skip
            future.append(order)
    entered = [*floor.orders, *future]
    if not entered:
        return None
    run = simulate(
        plant, entered, start_at=start_at, end_at=end_at, state=floor.state, seed=seed,
        n_replications=n_replications, draw_demand=False,
    )  # fmt: skip
    visits = visits_of(whole.table.with_columns(worked_s=pl.lit(0.0)))
    finished = finished_orders(visits, until_s=whole.until_s).table
    actual_end = {
        o: (s - origin_s if done else np.inf)
        for o, s, done in finished.select("order_id", "last_s", "is_finished").iter_rows()
    }
    begin = np.array([release.get(o.id, 0.0) for o in entered])
    actual = np.array([actual_end.get(o.id, np.inf) for o in entered])
    column = {o: i for i, o in enumerate(run.order_ids)}
    predicted = run.completion_s[:, [column[o.id] for o in entered]]
    predicted = np.where(np.isnan(predicted), np.inf, predicted)
    ticks = np.arange(0.0, end_s + 1.0, SECONDS_PER_DAY)
    n_weeks = end_s / SECONDS_PER_WEEK
    wip_actual, wip_predicted = _wip(begin, actual[None], ticks), _wip(begin, predicted, ticks)
    done_actual = _done(actual[None], ticks)
    done_predicted = _done(predicted, ticks)
    inside = np.array([o in {f.id for f in future} for o in (e.id for e in entered)], dtype=bool)
    return Replay(
        start_at=start_at,
        end_at=end_at,
        n_orders=len(entered),
        throughput_per_week=_band(
            float((actual <= end_s).sum() / n_weeks), (predicted <= end_s).sum(axis=1) / n_weeks
        ),
        wip_mean=_band(float(wip_actual.mean()), wip_predicted.mean(axis=1)),
        lead_time_median_h=_band(
            _median_lead(begin, actual, inside, end_s),
            np.array([_median_lead(begin, row, inside, end_s) for row in predicted], dtype=float),
        ),
        wip_days=tuple(start_at + timedelta(seconds=float(t)) for t in ticks),
        wip=tuple(_band(float(a), p) for a, p in zip(wip_actual[0], wip_predicted.T, strict=True)),
        completed=tuple(
            _band(float(a), p) for a, p in zip(done_actual[0], done_predicted.T, strict=True)
        ),
        bottlenecks=(ranking := _bottlenecks(records, plant, run)),
        bottleneck_rank_correlation=_rank_correlation(ranking),
    )


def _bottlenecks(records: Records, plant: Plant, run: Run) -> tuple[Bottleneck, ...]:
    """Return how busy each resource was and was said to be, the busiest first."""
    span = {"start_at": run.start_at, "end_at": run.end_at}
    busy = busy_hours(records, **span, plant=plant)
    worked = dict(busy.select("resource", "busy_h").iter_rows())
    found = []
    for resource, open_h in open_hours(plant, **span).select("resource", "open_h").iter_rows():
        predicted = run.kpi_samples.get(f"utilisation:{resource}")
        if predicted is not None and open_h > 0.0:
            found.append(
                Bottleneck(
                    resource=resource, actual=float(worked.get(resource, 0.0)) / open_h,
                    predicted=float(np.nanmean(predicted)) if np.isfinite(predicted).any() else 0.0,
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda b: (-b.actual, b.resource)))


def _rank_correlation(ranking: Sequence[Bottleneck]) -> float | None:
    """Return Spearman's rank correlation (1904) over the resources that worked."""
    worked = [b for b in ranking if b.actual > 0.0 or b.predicted > 0.0]
    if len(worked) < _LEAST_RANKED:
        return None
    ranks = [
        _ranks(np.array([getattr(b, side) for b in worked])) for side in ("actual", "predicted")
    ]
    if any(np.ptp(r) == 0.0 for r in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    """Return ranks from 1, ties sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)


def _wip(begin: Floats, end: Floats, ticks: Floats) -> Floats:
    """Return orders in progress, shape (n_rows, n_ticks), for ends of shape (n_rows, n_orders)."""
    open_at = (begin[None, :, None] <= ticks) & (end[:, :, None] > ticks)
    return np.asarray(open_at.sum(axis=1), dtype=np.float64)


def _done(end: Floats, ticks: Floats) -> Floats:
    return np.asarray((end[:, :, None] <= ticks).sum(axis=1), dtype=np.float64)


def _median_lead(begin: Floats, end: Floats, inside: NDArray[np.bool_], end_s: float) -> float:
    done = inside & (end <= end_s)
    if not done.any():
        return float("nan")
    return float(np.median(end[done] - begin[done]) / SECONDS_PER_HOUR)


def _band(actual: float, predicted: Floats) -> Band:
    known = predicted[np.isfinite(predicted)]
    return Band(
        actual=actual if np.isfinite(actual) else None,
        mean=float(known.mean()) if known.size else None,
        low=float(np.quantile(known, 0.1)) if known.size else None,
        high=float(np.quantile(known, 0.9)) if known.size else None,
    )
