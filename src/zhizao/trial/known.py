"""What the records have seen: the ranges inside which a what-if is an interpolation."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field

from zhizao.kpi import order_spans
from zhizao.model._noun import Name, Noun
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import INSTANT, Records


class WeeklyOrders(Noun):
    """How many orders came in a week, over the whole weeks of the records."""

    low: float = Field(description="fewest in a week")
    mean: float = Field(description="mean")
    high: float = Field(description="most in a week")


class Known(Noun):
    """The ranges that the records cover."""

    n_weeks: int = Field(ge=0, description="whole weeks in the records")
    orders_per_week: WeeklyOrders | None = Field(description="of all products; None: under a week")
    orders_per_week_by_product: dict[Name, WeeklyOrders] = Field(description="by product")
    n_orders_by_product: dict[Name, int] = Field(description="orders seen")
    quantities_by_product: dict[Name, tuple[float, float]] = Field(description="smallest, largest")
    n_reports_by_resource: dict[Name, int] = Field(description="reports seen")
    hours_by_resource: dict[Name, frozenset[int]] = Field(
        description="hours of the local week, 0 = Monday 0:00, in which it was seen at work"
    )
    most_at_once: dict[Name, int] = Field(
        description="by work centre: most of its resources seen at work in the same hour"
    )
    n_down_reports: int = Field(ge=0, description="reports of stops and repairs")
    n_setup_reports: int = Field(ge=0, description="reports of changeovers")

    @property
    def hours(self) -> frozenset[int]:
        """Hours of the local week in which anything was seen at work."""
        return frozenset[int]().union(*self.hours_by_resource.values())


def known_from_records(records: Records, orders: Iterable[Order], *, plant: Plant) -> Known:
    """Return the ranges that the records cover.

    Parameters
    ----------
    records : Records
        What happened.
    orders : iterable of Order
        Orders known to the plant; their quantities count where reports have none.
    plant : Plant
        Time zone and work centres.

    Examples
    --------
    >>> known = known_from_records(
    ...     Records.from_columns(pl.DataFrame({"operation": []}, schema={"operation": pl.String})),
    ...     (), plant=Plant(name="p"))
    >>> known.n_weeks, known.orders_per_week
    (0, None)
    """
    orders = tuple(orders)
    spans = order_spans(records, orders, plant=plant)
    runs = records.operations.filter(pl.col("kind") == "run")
    n_weeks, weekly = _weekly_releases(spans)
    products = [p for p in spans["product"].drop_nulls().unique().sort().to_list() if p]
    hours = _hours_at_work(runs, plant.time_zone)
    kinds = records.operations["kind"]
    return Known(
        n_weeks=n_weeks,
        orders_per_week=_range_of(weekly),
        orders_per_week_by_product={
            p: found for p in products if (found := _range_of(weekly, product=p)) is not None
        },
        n_orders_by_product=dict(
            spans.filter(pl.col("first_start_at").is_not_null() & pl.col("product").is_not_null())
            .group_by("product")
            .len()
            .sort("product")
            .iter_rows()
        ),
        quantities_by_product=_quantities(runs, orders),
        n_reports_by_resource=dict(
            runs.drop_nulls("resource").group_by("resource").len().sort("resource").iter_rows()
        ),
        hours_by_resource={
            resource: frozenset(found)
            for resource, found in hours.group_by("resource")
            .agg(pl.col("hour_of_week").unique())
            .sort("resource")
            .iter_rows()
        },
        most_at_once=_most_at_once(hours, plant),
        n_down_reports=int(kinds.is_in(["down", "repair"]).sum()),
        n_setup_reports=int((kinds == "setup").sum()),
    )


def _weekly_releases(spans: pl.DataFrame) -> tuple[int, pl.DataFrame]:
    """Return whole weeks between the first and the last release, and releases in each."""
    released = spans.filter(
        pl.col("release_at").is_not_null() & pl.col("first_start_at").is_not_null()
    )
    empty = pl.DataFrame(schema={"week": pl.Int64(), "product": pl.String()})
    if released.is_empty():
        return 0, empty
    first, last = released["release_at"].min(), released["release_at"].max()
    week = (pl.col("release_at") - first).dt.total_microseconds() // (7 * 86_400_000_000)
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    n_weeks = (last - first) // timedelta(days=7)
    counted = released.select(week.alias("week"), "product").filter(pl.col("week") < n_weeks)
    all_weeks = pl.DataFrame({"week": range(n_weeks)}, schema={"week": pl.Int64()})
    return n_weeks, all_weeks.join(counted, on="week", how="left")


def _range_of(weekly: pl.DataFrame, *, product: str | None = None) -> WeeklyOrders | None:
    wanted = pl.col("product").is_not_null() if product is None else pl.col("product") == product
    counts = weekly.group_by("week").agg(wanted.fill_null(value=False).sum().alias("n"))["n"]
    if counts.is_empty():
        return None
    low, mean, high = (float(x) for x in (counts.min(), counts.mean(), counts.max()))  # type: ignore[arg-type]
    return WeeklyOrders(low=low, mean=mean, high=high)


def _quantities(runs: pl.DataFrame, orders: tuple[Order, ...]) -> dict[str, tuple[float, float]]:
    told = pl.DataFrame(
        {"product": [o.product for o in orders], "order_quantity": [o.quantity for o in orders]},
        schema={"product": pl.String(), "order_quantity": pl.Float64()},
    )
    both = pl.concat([runs.select("product", "order_quantity"), told]).drop_nulls()
    ranges = both.group_by("product").agg(
        pl.col("order_quantity").min().alias("low"), pl.col("order_quantity").max().alias("high")
    )
    return {product: (low, high) for product, low, high in ranges.sort("product").iter_rows()}


def _hours_at_work(runs: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Return resource, hour (UTC) and hour_of_week (local) of every hour begun at work.

    A report that is longer than a shift spans a break that nobody recorded, so
    only its first and last hour are sure.
    """
    timed = runs.filter(
        pl.col("resource").is_not_null() & (pl.col("end_at") > pl.col("start_at"))
    ).select(
        "resource",
        pl.col("start_at").dt.truncate("1h").alias("_first"),
        (pl.col("end_at") - timedelta(microseconds=1)).dt.truncate("1h").alias("_last"),
    )
    is_short = pl.col("_last") - pl.col("_first") <= timedelta(hours=12)
    inside = timed.filter(is_short).select(
        "resource", pl.datetime_ranges("_first", "_last", interval="1h").alias("hour")
    )
    ends = timed.filter(~is_short).select(
        "resource", pl.concat_list("_first", "_last").alias("hour")
    )
    local = pl.col("hour").dt.convert_time_zone(str(ZoneInfo(time_zone)))
    return (
        pl.concat([inside, ends])
        .explode("hour")
        .select(
            "resource",
            pl.col("hour").cast(INSTANT),
            ((local.dt.weekday().cast(pl.Int64) - 1) * 24 + local.dt.hour()).alias("hour_of_week"),
        )
    )


def _most_at_once(hours: pl.DataFrame, plant: Plant) -> dict[str, int]:
    centres = pl.DataFrame(
        {
            "resource": [r.id for r in plant.resources],
            "work_centre": [r.work_centre for r in plant.resources],
        },
        schema={"resource": pl.String(), "work_centre": pl.String()},
    )
    return dict(
        hours.join(centres, on="resource")
        .group_by("work_centre", "hour")
        .agg(pl.col("resource").n_unique())
        .group_by("work_centre")
        .agg(pl.col("resource").max().cast(pl.Int64))
        .sort("work_centre")
        .iter_rows()
    )
