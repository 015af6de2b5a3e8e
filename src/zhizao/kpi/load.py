"""How long each resource worked, and how long it could have worked."""

from datetime import datetime

import numpy as np
import polars as pl

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.kpi.places import work_spans
from zhizao.model.calendar import open_intervals
from zhizao.model.plant import Calendar, Plant
from zhizao.model.records import INSTANT, Records

_MICROSECONDS_PER_HOUR = SECONDS_PER_HOUR * 1e6


def busy_hours(
    records: Records, *, start_at: datetime, end_at: datetime, plant: Plant | None = None
) -> pl.DataFrame:
    """Return the hours in which each resource worked or was set up.

    Reports that overlap on a resource are counted once for each place that
    the resource has: at most its capacity at any instant. Lots of a batch, and
    lots that are in a cascade together, share a place; of several cascading places no
    report says in which one a lot was, so that they may have been busier. While a stop or a repair
    is reported, one place less is at work. With a plant, only
    hours in which the resource's calendar is open count, for a report that
    spans a night would otherwise count the night. A report without an end is
    taken as still at work if no later one starts on the resource (on one with
    several places: no more than those hold).

    Parameters
    ----------
    records : Records
        Reports of kind ``run`` and ``setup`` with both instants count.
    start_at, end_at : datetime
        Window; time-zone aware.
    plant : Plant, optional
        Its capacities and calendars; without it every capacity is 1 and every
        hour is open.

    Returns
    -------
    DataFrame
        Columns ``resource``, ``busy_h``, ``n_reports`` (that count, in the
        window), ``n_running`` (of them, taken as still at work) and
        ``n_unmeasured`` (a missing instant, or no duration), sorted by
        resource.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = lambda h: datetime(2024, 1, 1, h, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "operation": ["cut", "cut"], "resource": ["R", "R"],
    ...     "start_at": [at(1), at(2)], "end_at": [at(3), at(4)],
    ... })
    >>> records = Records.from_columns(frame)
    >>> busy_hours(records, start_at=at(0), end_at=at(23))["busy_h"].to_list()
    [3.0]
    """
    capacities = {r.id: r.capacity for r in plant.resources} if plant else {}
    work = work_spans(records, plant=plant, end_at=end_at)
    spans = work.filter(pl.col("end_at") > pl.col("start_at")).filter(
        (pl.col("end_at") > start_at) & (pl.col("start_at") < end_at)
    )
    unmeasured = work.filter(
        (pl.col("end_at") > pl.col("start_at")).fill_null(value=False).not_()
    ).select("resource", "n_reports", pl.coalesce("start_at", "end_at").alias("_at"))
    if plant is None:
        names = spans["resource"].unique()
        opened = pl.DataFrame({"resource": names}).with_columns(
            pl.lit(start_at).cast(INSTANT).alias("start_at"),
            pl.lit(end_at).cast(INSTANT).alias("end_at"),
        )
    else:
        opened = _open_spans(plant, start_at=start_at, end_at=end_at)
    stops = records.operations.filter(
        pl.col("kind").is_in(["down", "repair"])
        & (pl.col("end_at") > pl.col("start_at"))
        & pl.col("resource").is_in(spans["resource"].unique().implode())
    )
    busy = _clipped_hours(spans, opened, stops, capacities)
    counted = spans.group_by("resource").agg(pl.col("n_reports").sum(), pl.col("n_running").sum())
    missed = (
        unmeasured.filter((pl.col("_at") >= start_at) & (pl.col("_at") < end_at))
        .group_by("resource")
        .agg(pl.col("n_reports").sum().alias("n_unmeasured"))
    )
    return (
        counted.join(busy, on="resource", how="left")
        .join(missed, on="resource", how="full", coalesce=True)
        .select(
            "resource",
            pl.col("busy_h").fill_null(0.0),
            pl.col("n_reports").fill_null(0),
            pl.col("n_running").fill_null(0),
            pl.col("n_unmeasured").fill_null(0),
        )
        .sort("resource")
    )


def open_hours(plant: Plant, *, start_at: datetime, end_at: datetime) -> pl.DataFrame:
    """Return the hours that each resource's calendar is open, times its capacity.

    Returns
    -------
    DataFrame
        Columns ``resource`` and ``open_h``, in the plant's order.

    Examples
    --------
    >>> from datetime import UTC
    >>> from zhizao.model.plant import Resource, WorkCentre
    >>> plant = Plant(
    ...     name="p", work_centres=(WorkCentre(id="W"),),
    ...     resources=(Resource(id="R", work_centre="W", capacity=2),),
    ... )
    >>> window = {"start_at": datetime(2024, 1, 1, tzinfo=UTC), "end_at": datetime(2024, 1, 2, tzinfo=UTC)}
    >>> open_hours(plant, **window)["open_h"].item()
    48.0
    """
    hours = (
        _open_spans(plant, start_at=start_at, end_at=end_at)
        .group_by("resource")
        .agg(
            ((pl.col("end_at") - pl.col("start_at")).dt.total_microseconds().sum())
            .truediv(_MICROSECONDS_PER_HOUR)
            .alias("_h")
        )
    )
    return (
        pl.DataFrame(
            {
                "resource": [r.id for r in plant.resources],
                "_capacity": [r.capacity for r in plant.resources],
            },
            schema={"resource": pl.String(), "_capacity": pl.Int64()},
        )
        .join(hours, on="resource", how="left", maintain_order="left")
        .select("resource", (pl.col("_h").fill_null(0.0) * pl.col("_capacity")).alias("open_h"))
    )


def _open_spans(plant: Plant, *, start_at: datetime, end_at: datetime) -> pl.DataFrame:
    """Return resource, start_at, end_at of the open time of every resource."""
    calendars: dict[str | None, Calendar] = {c.id: c for c in plant.calendars}
    window = {"time_zone": plant.time_zone, "start_at": start_at, "end_at": end_at}
    spans_s = {
        name: open_intervals(calendars.get(name), **window)  # type: ignore[arg-type]
        for name in {r.calendar for r in plant.resources}
    }
    names = [r.id for r in plant.resources for _ in spans_s[r.calendar]]
    edges_s = np.concatenate([np.empty((0, 2)), *(spans_s[r.calendar] for r in plant.resources)])
    edges_us = np.rint(edges_s * 1e6).astype(np.int64)
    origin = pl.lit(start_at).cast(INSTANT)
    return pl.DataFrame(
        {"resource": names, "_from_us": edges_us[:, 0], "_to_us": edges_us[:, 1]},
        schema={"resource": pl.String(), "_from_us": pl.Int64(), "_to_us": pl.Int64()},
    ).select(
        "resource",
        (origin + pl.duration(microseconds="_from_us")).alias("start_at"),
        (origin + pl.duration(microseconds="_to_us")).alias("end_at"),
    )


def _clipped_hours(
    spans: pl.DataFrame, opened: pl.DataFrame, stops: pl.DataFrame, capacities: dict[str, int]
) -> pl.DataFrame:
    """Sweep begins and ends: hours × (min(places at work, capacity) - stops), while open."""
    counts = ("_busy", "_open", "_down")

    def edges(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        return pl.concat(
            frame.select(
                "resource",
                pl.col(side).cast(INSTANT).alias("_at"),
                *(pl.lit(step * (c == column), dtype=pl.Int64).alias(c) for c in counts),
            )
            for side, step in (("start_at", 1), ("end_at", -1))
        )

    by_resource = {"partition_by": "resource", "order_by": "_at"}
    level = pl.col("_busy").cum_sum().over(**by_resource)  # type: ignore[arg-type]
    n_down = pl.col("_down").cum_sum().over(**by_resource)  # type: ignore[arg-type]
    is_open = pl.col("_open").cum_sum().over(**by_resource) > 0  # type: ignore[arg-type]
    until = pl.col("_at").shift(-1).over(**by_resource)  # type: ignore[arg-type]
    capacity = pl.col("resource").replace_strict(capacities, default=1, return_dtype=pl.Int64)
    return (
        pl.concat([edges(spans, "_busy"), edges(opened, "_open"), edges(stops, "_down")])
        .group_by("resource", "_at")
        .agg(pl.col(*counts).sum())
        .sort("resource", "_at")
        .with_columns(
            ((pl.min_horizontal(level, capacity) - n_down).clip(lower_bound=0) * is_open).alias(
                "_places"
            ),
            (until - pl.col("_at")).dt.total_microseconds().alias("_held"),
        )
        .group_by("resource")
        .agg(
            (pl.col("_places") * pl.col("_held"))
            .sum()
            .truediv(_MICROSECONDS_PER_HOUR)
            .alias("busy_h")
        )
    )
