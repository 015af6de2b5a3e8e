"""When each order was released, due and completed, as far as the records tell.

Everything else in this room stands on this one table, so that a real and a
simulated log are read by the same rule of what 'done' means.
"""

from collections.abc import Iterable

import polars as pl

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import INSTANT, Records

_MICROSECONDS_PER_HOUR = SECONDS_PER_HOUR * 1e6


def order_spans(
    records: Records, orders: Iterable[Order] = (), *, plant: Plant | None = None
) -> pl.DataFrame:
    """Return one row for each order: release, due, completion.

    An order is released when its order says so, else when its first operation
    was asked for or ready (``scheduled_at``), else when its first report
    starts. It is done when its last report has ended and, where the plant
    knows a routing of its product, that report is of an operation with which
    the routing can end. Without a routing a report that has ended is all there
    is, so the last order of a log may look done too early.

    Parameters
    ----------
    records : Records
        Reports; only those of kind ``run`` that name an order count.
    orders : iterable of Order
        Known orders; one that has no report appears, not done.
    plant : Plant, optional
        Its routings say which operations are the last ones.

    Returns
    -------
    DataFrame
        Columns ``order_id``, ``product``, ``release_at``, ``is_release_stated``,
        ``first_start_at``, ``due_at``, ``completed_at`` (null where not done),
        sorted by order.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> frame = pl.DataFrame({
    ...     "order_id": ["A", "A"], "operation": ["cut", "drill"],
    ...     "start_at": [datetime(2024, 1, 1, 8), datetime(2024, 1, 1, 10)],
    ...     "end_at": [datetime(2024, 1, 1, 9), datetime(2024, 1, 1, 12)],
    ... }).with_columns(pl.col("start_at", "end_at").dt.replace_time_zone("UTC"))
    >>> order_spans(Records.from_columns(frame))["completed_at"].item()
    datetime.datetime(2024, 1, 1, 12, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))
    """
    runs = records.operations.filter(
        (pl.col("kind") == "run") & pl.col("order_id").is_not_null()
    ).with_columns(pl.coalesce("end_at", "start_at", "scheduled_at").alias("_last"))
    by_end = ["_last", "start_at"]
    reported = runs.group_by("order_id").agg(
        pl.col("product").drop_nulls().first().alias("_product"),
        pl.min_horizontal(pl.col("start_at").min(), pl.col("end_at").min()).alias("first_start_at"),
        pl.col("scheduled_at").min().alias("_asked_at"),
        pl.col("operation").sort_by(by_end, nulls_last=False).last().alias("_last_operation"),
        pl.col("end_at").sort_by(by_end, nulls_last=False).last().alias("_last_end"),
    )
    stated = _orders_frame(orders)
    joined = reported.join(stated, on="order_id", how="full", coalesce=True).with_columns(
        pl.coalesce("_product", "product").alias("product")
    )
    finals = _final_operations(plant)
    # A plan may ask for an operation later than it was done; then it says nothing of the release.
    asked_at = pl.when(pl.col("_asked_at") <= pl.col("first_start_at")).then("_asked_at")
    judged = joined.join(
        finals,
        left_on=["product", "_last_operation"],
        right_on=["product", "operation"],
        how="left",
    ).with_columns(
        (
            ~pl.col("product").is_in(finals["product"].unique().implode())
            | pl.col("product").is_null()
            | pl.col("_is_final").fill_null(value=False)
        ).alias("_can_end")
    )
    return judged.select(
        "order_id",
        "product",
        pl.coalesce("release_at", asked_at, "first_start_at").alias("release_at"),
        pl.coalesce("release_at", asked_at).is_not_null().alias("is_release_stated"),
        "first_start_at",
        "due_at",
        pl.when("_can_end").then("_last_end").alias("completed_at"),
    ).sort("order_id")


def lead_times(spans: pl.DataFrame) -> pl.DataFrame:
    """Return the hours from release to completion of each order that is done.

    Parameters
    ----------
    spans : DataFrame
        From ``order_spans``.

    Returns
    -------
    DataFrame
        Columns ``order_id``, ``product``, ``completed_at``, ``lead_time_h`` and
        ``tardiness_h`` (null without a due date), sorted by completion.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> lead_times(pl.DataFrame({
    ...     "order_id": ["A"], "product": ["P"], "release_at": [datetime(2024, 1, 1)],
    ...     "due_at": [datetime(2024, 1, 1, 6)], "completed_at": [datetime(2024, 1, 1, 9)],
    ... }))["lead_time_h", "tardiness_h"].row(0)
    (9.0, 3.0)
    """
    done = spans.filter(pl.col("completed_at").is_not_null() & pl.col("release_at").is_not_null())
    return done.select(
        "order_id",
        "product",
        "completed_at",
        _hours(pl.col("completed_at") - pl.col("release_at")).alias("lead_time_h"),
        _hours(pl.col("completed_at") - pl.col("due_at"))
        .clip(lower_bound=0.0)
        .alias("tardiness_h"),
    ).sort("completed_at", "order_id")


def _hours(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_microseconds() / _MICROSECONDS_PER_HOUR


def _orders_frame(orders: Iterable[Order]) -> pl.DataFrame:
    rows = [(o.id, o.product, o.release_at, o.due_at) for o in orders]
    return pl.DataFrame(
        {
            "order_id": [r[0] for r in rows],
            "product": [r[1] for r in rows],
            "release_at": pl.Series([r[2] for r in rows], dtype=INSTANT),
            "due_at": pl.Series([r[3] for r in rows], dtype=INSTANT),
        },
        schema={
            "order_id": pl.String(),
            "product": pl.String(),
            "release_at": INSTANT,
            "due_at": INSTANT,
        },
    )


def _final_operations(plant: Plant | None) -> pl.DataFrame:
    """Operations with which a lot can leave: the last certain step and all after it."""
    rows: set[tuple[str, str]] = set()
    for routing in plant.routings if plant else ():
        for step in reversed(routing.steps):
            rows.add((routing.product, step.operation))
            if step.probability >= 1.0:
                break
    return pl.DataFrame(
        sorted(rows), schema={"product": pl.String(), "operation": pl.String()}, orient="row"
    ).with_columns(pl.lit(value=True).alias("_is_final"))
