"""The last part of a history: the records that a shorter memory would have.

Everything is learnt from the part as if the log began with it. Where the orders stand now
is still read from the whole log.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl
from scipy.special import gammaincc

from zhizao.learn.durations.failures import ENOUGH_STOPS, stops_of
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.routes.eligibility import work_centres
from zhizao.model.order import Order
from zhizao.model.records import Records

SHORTER = (1 / 2, 1 / 4)
"""Shares of the history that are tried."""

_LEAST_DAYS = 14.0
_LEAST_ORDERS = 40
_LATE_SHARE = 0.5
_LEAST_COVERED = 0.95
_CHANCE = 0.01


def last_part(
    records: Records, orders: Sequence[Order], *, until: datetime, days: float
) -> tuple[Records, tuple[Order, ...]]:
    """Return the records that began in the last days before an instant, and their orders.

    Orders that were only seen before, or released before and never seen, are left out.

    Examples
    --------
    >>> from datetime import UTC
    >>> days = [datetime(2024, 1, d, tzinfo=UTC) for d in (1, 8, 9)]
    >>> frame = pl.DataFrame({"order_id": ["A", "B", "B"], "operation": ["cut"] * 3, "start_at": days})
    >>> some, orders = last_part(
    ...     Records.from_columns(frame), [Order(id=i, product="P", quantity=1) for i in "AB"],
    ...     until=days[-1], days=3.0)
    >>> some.operations.height, [order.id for order in orders]
    (2, ['B'])
    """
    since = until - timedelta(days=days)
    begun = pl.coalesce("start_at", "end_at")
    rows = records.operations
    kept = rows.filter(begun >= since)
    inside = set(kept["order_id"].drop_nulls().to_list())
    before = set(rows.filter(begun < since)["order_id"].drop_nulls().to_list())
    return Records(operations=kept), tuple(
        o
        for o in orders
        if o.id in inside
        or (o.id not in before and (o.release_at is None or o.release_at >= since))
    )


def days_seen(reports: Reports) -> float:
    """Return the length of the history in days."""
    first_s = float(reports.table["start_s"].min())  # type: ignore[arg-type]
    return (reports.until_s - first_s) / 86_400.0


def is_enough(reports: Reports, finished: pl.DataFrame, *, days: float) -> bool:
    """Return whether the last days can stand for the whole: weeks, orders, resources, products.

    At least two weeks and forty orders that began and ended in them, every resource that
    worked in the later half of the history, products that make up nearly all of its work, and
    stops enough to learn them where the whole has enough: weeks without a breakdown are predicted
    best by who knows of none, and that says nothing of the weeks to come.

    Parameters
    ----------
    reports
        As known.
    finished
        Table of ``finished_orders``, of the same reports.
    days
        Length of the part.
    """
    since_s = reports.until_s - 86_400.0 * days
    whole = finished.filter(pl.col("is_finished") & (pl.col("first_s") >= since_s))
    if days < _LEAST_DAYS or whole.height < _LEAST_ORDERS:
        return False
    late_s = reports.until_s - 86_400.0 * _LATE_SHARE * days_seen(reports)
    late = reports.table.filter(pl.col("start_s") >= min(late_s, since_s))
    part = reports.table.filter(pl.col("start_s") >= since_s)
    if not set(late["resource"].to_list()) <= set(part["resource"].to_list()):
        return False
    if not _has_stops(reports, since_s=since_s):
        return False
    is_known = late["product"].is_in(part["product"].unique().to_list())
    return float(is_known.mean() or 0.0) >= _LEAST_COVERED  # type: ignore[arg-type]


def _has_stops(reports: Reports, *, since_s: float) -> bool:
    """Return whether each work centre's stops can be learnt from the part, or became plainly fewer."""
    stops = stops_of(reports)
    if stops.height < ENOUGH_STOPS:
        return True
    centres = work_centres(reports.table)
    found = stops.filter(pl.col("resource").is_in(list(centres))).with_columns(
        centre=pl.col("resource").replace_strict(centres, return_dtype=pl.String)
    )
    counted = found.group_by("centre").agg(
        pl.len().alias("n"), (pl.col("start_s") >= since_s).sum().alias("n_part")
    )
    share = (reports.until_s - since_s) / (86_400.0 * days_seen(reports))
    return all(
        n < ENOUGH_STOPS
        or n_part >= ENOUGH_STOPS
        or gammaincc(n_part + 1.0, n * share) < _CHANCE  # Poisson: so few or fewer
        for n, n_part in counted.select("n", "n_part").iter_rows()
    )
