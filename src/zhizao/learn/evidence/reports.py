"""What was known at an instant: the reports as learning sees them.

Learning never looks at the records themselves, only at this table, so that
nothing after ``until`` can reach it: rows that started later do not exist, and
rows that started before and ended later have no end and no quantities. Flags
that were set with the whole log in view (``faults``) are not used; what is
needed of them is found again among the known rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from zhizao._base.errors import InputError
from zhizao.learn.evidence.lost_times import with_lost_times
from zhizao.learn.evidence.operations import operation_names
from zhizao.model.order import Order
from zhizao.model.records import Records

_ROW_ORDER = (
    "start_at", "end_at", "order_id", "operation", "resource", "operator",
    "good_quantity", "scrap_quantity", "hold_quantity", "product", "source_row",
)  # fmt: skip
_SAME_REPORT = ("order_id", "operation", "resource", "operator", "start_at", "end_at")
_COLUMNS = (*_ROW_ORDER, "family", "order_quantity", "is_rework")
_DEFAULT_MIN_ROWS = 10
_DEFAULT_SHARE = 0.01
_DEFAULT_MOST_S = 7200.0


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Known reports of work on orders, times in seconds from ``origin``.

    ``table`` has the columns order_id, product, family, operation, resource,
    operator, start_s, end_s (null: not known), done (pieces reported), quantity
    (pieces ordered), is_rework, is_default (the duration was not measured), is_lost
    (a begin or end was lost, the time given is an estimate) and n_shared (orders
    reported in the same slot). It is sorted by start.
    ``stops`` has resource, order_id, kind, reason, family, operator, start_s, end_s of setups,
    stops and repairs.
    ``releases`` maps orders to their stated release, where known by then.
    """

    table: pl.DataFrame
    stops: pl.DataFrame
    origin: datetime
    until_s: float
    time_zone: str
    releases: dict[str, float]
    orders: tuple[Order, ...]

    def instant(self, at_s: float) -> datetime:
        """Return the datetime of a second."""
        return self.origin + timedelta(seconds=at_s)


def known_reports(
    records: Records,
    orders: Sequence[Order] = (),
    *,
    time_zone: str,
    until: datetime | None = None,
) -> Reports:
    """Return what was known of the records at ``until`` (default: the whole log).

    Raises
    ------
    InputError
        If no report of work on an order was known then.
    """
    rows = records.operations
    if until is not None:
        at = pl.lit(until).dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
        rows = rows.filter(pl.coalesce("start_at", "end_at") <= at)
        unknown = pl.col("end_at") > at
        blank = ["end_at", "good_quantity", "scrap_quantity", "hold_quantity", "outcome"]
        rows = rows.with_columns(
            pl.when(unknown).then(None).otherwise(pl.col(name)).alias(name) for name in blank
        )
        rows = rows.filter(pl.coalesce("start_at", "end_at").is_not_null())
    is_known = pl.coalesce("start_at", "end_at").is_not_null()
    is_work = (pl.col("kind") == "run") & pl.col("order_id").is_not_null() & is_known
    work = rows.select(*_COLUMNS, "kind").filter(is_work).drop("kind")
    if work.is_empty():
        raise InputError(
            "No report of work on an order is known"
            + (f" at {until}" if until else "")
            + "; learning needs rows of kind 'run' with an order and a start or an end."
        )
    # In one order whatever the file's, so that ties are broken in one way; the same report
    # twice stands together then.
    work = work.sort(_ROW_ORDER, nulls_last=True)
    is_other = (pl.col(name).ne_missing(pl.col(name).shift(1)) for name in _SAME_REPORT)
    work = work.filter((pl.int_range(pl.len()) == 0) | pl.any_horizontal(is_other))
    if until is not None:
        # An order without a stated release is known from its first report on.
        seen = set(work["order_id"].to_list())
        orders = [
            o
            for o in orders
            if o.id in seen or (o.release_at is not None and o.release_at <= until)
        ]
    orders = _as_known(orders, work)
    first = work.select(pl.coalesce("start_at", "end_at").min()).item()
    origin = first.replace(hour=0, minute=0, second=0, microsecond=0)
    last = until or work.select(pl.max_horizontal(pl.col("start_at").max(), "end_at").max()).item()
    table = _with_seconds(work, origin)
    names = operation_names(table)
    table = table.with_columns(operation=pl.col("operation").replace_strict(names))
    table = _with_order_facts(table, orders)
    table = _with_default_durations(table)
    table = with_lost_times(table, until_s=(last - origin).total_seconds())
    shared = ["resource", "operator", "start_s", "end_s"]
    table = table.with_columns(
        n_shared=pl.when(pl.col("end_s").is_null() | pl.col("operator").is_null())
        .then(1)
        .otherwise(pl.col("order_id").n_unique().over(shared))
    )
    stops = rows.filter((pl.col("kind") != "run") & pl.col("resource").is_not_null())
    stops = _with_seconds(stops, origin).filter(pl.col("start_s").is_not_null())
    return Reports(
        table=table.sort("start_s", "order_id", "operation", maintain_order=True),
        stops=stops.with_columns(reason=pl.coalesce("outcome", "operation")).select(
            "resource", "order_id", "kind", "reason", "family", "operator", "start_s", "end_s"
        ),
        origin=origin,
        until_s=(last - origin).total_seconds(),
        time_zone=time_zone,
        releases={
            o.id: (o.release_at - origin).total_seconds()
            for o in orders
            if o.release_at is not None
        },
        orders=tuple(orders),
    )


def _as_known(orders: Sequence[Order], work: pl.DataFrame) -> list[Order]:
    """Return the orders with what the known reports say of those that nobody stated.

    Such an order's quantity and product were read from the whole log; at an
    earlier instant only the reports until then may speak.
    """
    facts = (
        work.sort(pl.coalesce("start_at", "end_at"), maintain_order=True)
        .group_by("order_id", maintain_order=True)
        .agg(
            pl.col("product").drop_nulls().first(),
            pl.col("order_quantity").filter(pl.col("order_quantity") > 0).first(),
            good=pl.col("good_quantity").filter(pl.col("good_quantity") > 0).max(),
        )
        .select("order_id", "product", pl.coalesce("order_quantity", "good", pl.lit(1.0)))
    )
    known = {str(i): (product, float(quantity)) for i, product, quantity in facts.iter_rows()}
    found = []
    for order in orders:
        if order.source == "reported" and order.id in known:
            product, quantity = known[order.id]
            update = {"quantity": quantity, "product": product or order.product}
            is_same = order.quantity == quantity and order.product == update["product"]
            found.append(order if is_same else order.model_copy(update=update))
        else:
            found.append(order)
    return found


def _with_seconds(rows: pl.DataFrame, origin: datetime) -> pl.DataFrame:
    def seconds(name: str) -> pl.Expr:
        return (pl.col(name) - pl.lit(origin)).dt.total_microseconds() / 1e6

    return rows.with_columns(start_s=seconds("start_at"), end_s=seconds("end_at")).with_columns(
        is_measured=pl.col("start_s").is_not_null()
        & (pl.col("end_s").is_null() | (pl.col("end_s") >= pl.col("start_s"))),
        start_s=pl.coalesce("start_s", "end_s"),
        end_s=pl.max_horizontal("end_s", pl.when(pl.col("end_s").is_not_null()).then("start_s")),
    )


def _with_order_facts(table: pl.DataFrame, orders: Sequence[Order]) -> pl.DataFrame:
    known = pl.DataFrame(
        {
            "order_id": [o.id for o in orders],
            "order_product": [o.product for o in orders],
            "ordered": [float(o.quantity) for o in orders],
        },
        schema={"order_id": pl.String, "order_product": pl.String, "ordered": pl.Float64},
    ).unique("order_id", keep="first")
    table = table.join(known, on="order_id", how="left", maintain_order="left")
    return table.with_columns(
        product=pl.coalesce(
            "order_product",
            pl.col("product").drop_nulls().first().over("order_id"),
            pl.lit("product"),
        ),
        family=pl.col("family").drop_nulls().first().over("product"),
        quantity=pl.coalesce(
            "ordered", pl.col("order_quantity").drop_nulls().first().over("order_id"), pl.lit(1.0)
        ),
        done=pl.when(
            pl.all_horizontal(pl.col("good_quantity", "scrap_quantity", "hold_quantity").is_null())
        )
        .then(None)
        .otherwise(pl.sum_horizontal("good_quantity", "scrap_quantity", "hold_quantity")),
        scrapped=pl.col("scrap_quantity"),
        is_rework=pl.col("is_rework").fill_null(value=False),
    )


def _with_default_durations(table: pl.DataFrame) -> pl.DataFrame:
    """Mark rows whose clock times are a habit: the same start and end many times over."""
    day_s = 86_400.0
    clock = ["clock_start", "clock_end"]
    table = table.with_columns(
        clock_start=(pl.col("start_s") % day_s).round(0),
        clock_end=(pl.col("end_s") % day_s).round(0),
    )
    enough = max(_DEFAULT_MIN_ROWS, int(_DEFAULT_SHARE * table.height))
    # A shift that begins on the hour makes many equal starts; equal starts *and* ends with
    # hardly another end for that start are a default.
    spike = pl.len().over(clock) >= enough
    usual = pl.len().over(clock) >= 0.3 * pl.len().over("clock_start")
    # A whole shift reported as one row is a habit too, but one that was worked.
    is_short = pl.col("end_s") - pl.col("start_s") <= _DEFAULT_MOST_S
    whole_minute = (pl.col("clock_start") % 60 == 0) & (pl.col("clock_end") % 60 == 0)
    is_default = spike & usual & is_short & whole_minute & pl.col("end_s").is_not_null()
    return table.with_columns(
        is_default=is_default.fill_null(value=False) | ~pl.col("is_measured")
    ).select(
        "order_id", "product", "family", "operation", "resource", "operator", "start_s",
        "end_s", "done", "scrapped", "quantity", "is_rework", "is_default", "is_measured",
    )  # fmt: skip
