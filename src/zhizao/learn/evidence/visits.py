"""Order × operation totals: several reports of one operation of one order are one visit.

A second visit of the same operation is rework: another operation was reported
in between *after* the order's quantity had been reported here (or where no
quantities are reported at all). Reports that merely alternate with a later
operation, while the quantity is not complete, are one visit: the order moves
on in parts. But quantities are forgotten too: where nearly all that come back to an
operation had been complete there, the others are no alternation either.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from zhizao.learn.evidence.busy import intersection
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.codes import Ints, coded

COMPLETE_SHARE = 0.8
"""Share of the ordered pieces that makes an operation of an order complete."""
_USUALLY_COMPLETE = 0.7
_ENOUGH_RETURNS = 10


def with_worked(
    reports: Reports,
    open_times: Mapping[str | None, OpenTime],
    *,
    stops: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the reports with ``worked_s``, the time that was worked in each.

    Parameters
    ----------
    reports
        Known reports. One that has not ended counts until ``until``. A slot
        that several orders share is divided evenly between them.
    open_times
        Resource → open time of its calendar; ``None`` for unnamed resources.
    stops
        Stops of resources (resource, start_s, end_s): what lies inside a report was not worked.
    """
    stopped = _stopped(stops, open_times) if stops is not None else {}
    parts = []
    table = reports.table.with_columns(
        stop_s=pl.coalesce("end_s", pl.lit(reports.until_s)).clip(upper_bound=reports.until_s)
    ).with_columns(stop_s=pl.max_horizontal("stop_s", "start_s"))
    for (resource,), rows in table.group_by("resource", maintain_order=True):
        open_time = open_times.get(str(resource) if resource is not None else None)
        start, stop = rows["start_s"].to_numpy(), rows["stop_s"].to_numpy()
        worked = open_time.worked(start, stop) if open_time else stop - start
        if resource in stopped:
            worked = np.maximum(worked - stopped[str(resource)].between(start, stop), 0.0)
        parts.append(rows.with_columns(worked_s=pl.Series(worked) / pl.col("n_shared")))
    return pl.concat(parts).sort("start_s", "order_id", "operation", maintain_order=True)


def _stopped(stops: pl.DataFrame, open_times: Mapping[str | None, OpenTime]) -> dict[str, OpenTime]:
    """Return the open time of each resource that lies in its stops."""
    found = {}
    for (name,), own in stops.drop_nulls("end_s").sort("start_s").group_by("resource"):
        spans = own.select("start_s", "end_s").to_numpy()
        open_time = open_times.get(str(name)) or open_times[None]
        shared = intersection(spans[spans[:, 1] > spans[:, 0]], open_time.edge_s.reshape(-1, 2))
        if shared.size:
            found[str(name)] = OpenTime.from_intervals(shared)
    return found


def visits_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each visit of an order to an operation.

    Parameters
    ----------
    rows
        Reports with ``worked_s``, sorted by start.

    Returns
    -------
    polars.DataFrame
        order_id, product, family, operation, pass (0 first), first_s, last_s
        (of known begins and ends), worked_s, measured_s (without rows whose
        duration was not measured), n_measured, n_rows, done (null: never
        reported), quantity, resource (where most was worked), n_resources, operator (null where
        there were several, or none is known), is_running (a report has begun and not ended), flagged rework.

    Examples
    --------
    >>> rows = pl.DataFrame({
    ...     "order_id": ["A"] * 3, "product": "P", "family": None, "operation": ["cut", "cut", "drill"],
    ...     "resource": "M", "operator": None, "start_s": [0.0, 9.0, 20.0], "end_s": [5.0, 15.0, 25.0],
    ...     "done": [1.0, 1.0, 2.0], "quantity": 2.0, "is_rework": False, "is_default": False,
    ...     "worked_s": [5.0, 6.0, 5.0]})
    >>> visits_of(rows).select("operation", "first_s", "last_s", "worked_s").rows()
    [('cut', 0.0, 15.0, 11.0), ('drill', 20.0, 25.0, 5.0)]
    """
    visit, place = _numbered(rows)
    _, person = coded(rows["operator"].cast(pl.String).fill_null(""))
    rows = rows.with_columns(
        visit=visit, person=person, **{"pass": _passes(rows, visit=visit, place=place)}
    )
    measured = ~pl.col("is_default")
    visits = rows.group_by("visit", "pass", maintain_order=True).agg(
        pl.col("order_id").first(),
        pl.col("operation").first(),
        pl.col("product").first(),
        pl.col("family").first(),
        first_s=pl.col("start_s").min(),
        last_s=pl.max_horizontal(pl.col("end_s").max(), pl.col("start_s").max()),
        worked_s=pl.col("worked_s").sum(),
        measured_s=pl.col("worked_s").filter(measured).sum(),
        n_measured=measured.sum(),
        n_rows=pl.len(),
        done=pl.when(pl.col("done").is_not_null().any()).then(pl.col("done").sum()),
        quantity=pl.col("quantity").first(),
        resource=pl.col("resource").sort_by("worked_s").last(),
        n_resources=pl.col("resource").n_unique(),
        operator=pl.when(pl.col("person").min() == pl.col("person").max()).then(
            pl.col("operator").first()
        ),
        is_running=pl.col("end_s").is_null().any(),
        is_flagged=pl.col("is_rework").any(),
    )
    key = ("order_id", "operation", "pass")
    return visits.select(*key, pl.exclude("visit", *key)).sort(
        "order_id", "first_s", "last_s", maintain_order=True
    )


def _numbered(rows: pl.DataFrame) -> tuple[Ints, Ints]:
    """Return a number for the order and operation of each row, and its place in its order."""
    _, order = coded(rows["order_id"])
    operations, operation = coded(rows["operation"])
    by_order = np.argsort(order, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(order))])
    place = np.empty(order.size, dtype=np.int64)
    place[by_order] = np.arange(order.size) - first[order[by_order]]
    return order * max(len(operations), 1) + operation, place


def _passes(rows: pl.DataFrame, *, visit: Ints, place: Ints) -> Ints:
    """Return the pass of each row, 0 first; only an operation that was reported twice has others."""
    _, which, n_rows = np.unique(visit, return_inverse=True, return_counts=True)
    several = np.flatnonzero(n_rows[which] > 1)
    passes = np.zeros(rows.height, dtype=np.int64)
    if several.size == 0:
        return passes
    # Where the plant reports quantities, an operation without any says nothing about rework.
    has_quantities = bool((rows["done"].fill_null(0.0) > 0).any())
    done = pl.col("done").fill_null(0.0)
    again = rows.select("operation", "done", "quantity", "is_rework")[several].with_columns(
        visit=visit[several], place=place[several]
    )
    again = again.with_columns(
        before=(done.cum_sum() - done).over("visit"),
        is_back=(pl.col("place") - pl.col("place").shift(1).over("visit") > 1).fill_null(
            value=False
        ),
    )
    complete = (
        pl.col("before") >= 0.95 * pl.col("quantity") if has_quantities else pl.lit(value=True)
    )
    again = again.with_columns(is_complete=complete)
    known = (pl.col("is_back") & pl.col("is_complete")).sum().over("operation")
    back = pl.col("is_back").sum().over("operation")
    usually = (back >= _ENOUGH_RETURNS) & (known >= _USUALLY_COMPLETE * back)
    is_return = pl.col("is_back") & (pl.col("is_complete") | usually | pl.col("is_rework"))
    passes[several] = (
        again.with_columns(is_return=is_return.fill_null(value=False))
        .select(pl.col("is_return").cast(pl.Int64).cum_sum().over("visit"))
        .to_series()
        .to_numpy()
    )
    return passes
