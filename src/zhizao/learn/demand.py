"""How orders come in: rate by product, quantities, allowances, release calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao._base.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.learn.closed_orders import missing_tail_s
from zhizao.learn.finished import Finished
from zhizao.learn.intervals import rate_interval
from zhizao.learn.reports import Reports
from zhizao.model.order import Order
from zhizao.model.plant import Demand, Provenance

_MAX_SAMPLE = 200
_WARM_UP_SHARE = 0.15
_MAX_WARM_UP_S = 2 * SECONDS_PER_WEEK


@dataclass(frozen=True, kw_only=True)
class LearntDemand:
    """Demand by product and the release instants it was read from."""

    demands: tuple[Demand, ...]
    provenances: tuple[Provenance, ...]
    release_s: dict[str, float]


def release_instants(reports: Reports) -> dict[str, float]:
    """Return when each order was released: as stated, else its first report."""
    first = reports.table.group_by("order_id", maintain_order=True).agg(pl.col("start_s").min())
    return {str(o): reports.releases.get(str(o), float(s)) for o, s in first.iter_rows()} | {
        o: s for o, s in reports.releases.items() if s <= reports.until_s
    }


def learn_demand(
    reports: Reports,
    *,
    products: Mapping[str, str],
    quantities: Mapping[str, float],
    finished: Finished,
) -> LearntDemand:
    """Learn the orders per week of each product from releases after a warm-up.

    Orders seen first in the opening stretch of the log (15 % of it, at most two
    weeks) may have been released before it began, unless their release is stated;
    they would make the rate look too high. At the end of a log of closed orders the
    stretch is left out in which orders are missing because they were open.

    Parameters
    ----------
    reports
        Known reports.
    products, quantities
        Order → product and order → pieces.
    finished
        Which orders are over.
    """
    release_s = release_instants(reports)
    seen_s = float(reports.table["start_s"].min())  # type: ignore[arg-type]
    stated = len(reports.releases) >= 0.9 * len(release_s)
    begin_s = min(release_s.values()) if stated else seen_s
    if not stated:
        begin_s += min(_WARM_UP_SHARE * (reports.until_s - seen_s), _MAX_WARM_UP_S)
    # Of less than a day of releases no weekly rate can be told.
    tail_s = missing_tail_s(finished, until_s=reports.until_s)
    end_s = max(reports.until_s - tail_s, begin_s)
    n_weeks = max(end_s - begin_s, SECONDS_PER_DAY) / SECONDS_PER_WEEK
    counted: dict[str, int] = dict.fromkeys(sorted(set(products.values())), 0)
    for order, at_s in release_s.items():
        if order in products and begin_s <= at_s <= end_s:
            counted[products[order]] += 1
    by_product: dict[str, list[float]] = {p: [] for p in counted}
    for order, product in sorted(products.items()):
        by_product[product].append(quantities.get(order, 1.0))
    orders = {o.id: o for o in reports.orders}
    demands, provenances = [], []
    for product, n in counted.items():
        if n == 0:
            continue
        demands.append(
            Demand(
                product=product, orders_per_week=n / n_weeks,
                quantities=_sample(by_product[product]),
                allowances_h=_allowances([orders[o] for o, p in products.items() if p == product and o in orders]),
            )
        )  # fmt: skip
        low, high = rate_interval(n, n_weeks)
        provenances.append(
            Provenance(
                where=f"demands/{product}/orders_per_week", source="learnt", level="product",
                n=n, value=n / n_weeks, low=low, high=high,
                note=("stated releases" if stated else "first reports after the warm-up")
                + (
                    f"; closed orders only: the last {tail_s / SECONDS_PER_DAY:.0f} days do not count"
                    if tail_s
                    else ""
                ),
            )
        )  # fmt: skip
    return LearntDemand(demands=tuple(demands), provenances=tuple(provenances), release_s=release_s)


def _sample(values: Sequence[float]) -> tuple[float, ...]:
    """Return the values, thinned to evenly spaced order statistics if there are many."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if ordered.size > _MAX_SAMPLE:
        levels = (np.arange(_MAX_SAMPLE) + 0.5) / _MAX_SAMPLE
        ordered = np.quantile(ordered, levels, method="nearest")
    return tuple(float(v) for v in ordered if v > 0) or (1.0,)


def _allowances(orders: Sequence[Order]) -> tuple[float, ...]:
    hours = [
        (o.due_at - o.release_at).total_seconds() / SECONDS_PER_HOUR
        for o in orders
        if o.due_at is not None and o.release_at is not None
    ]
    return tuple(v for v in _sample(hours)) if hours else ()
