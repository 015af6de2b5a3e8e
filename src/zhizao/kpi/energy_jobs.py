"""Reports of work and stops as energy sees them: in seconds, batches as one job."""

from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.model.plant import Plant, Step
from zhizao.model.records import INSTANT, Records


def jobs_of(rows: pl.DataFrame, *, capacity: int) -> pl.DataFrame:
    """Return reports of work with their job, what each adds to the time worked, and its part.

    The lots of a batch are one job. In a single place only one job at a time
    counts: what a later one adds is what the earlier ones leave.
    """
    same = ["_start_s", "_end_s", "_is_setup"]
    rows = rows.sort("_start_s", maintain_order=True).with_row_index("_row")
    rows = rows.with_columns(
        pl.when("_batched").then(pl.col("_row").min().over(same)).otherwise("_row").alias("_job"),
    ).with_columns((pl.col("_pieces") / pl.col("_pieces").sum().over("_job")).alias("_part"))
    start = pl.col("_start_s")
    if capacity == 1:
        ends = (
            rows.unique("_job", maintain_order=True)
            .with_columns(pl.col("_end_s").cum_max().shift(1).alias("_before_s"))
            .select("_job", "_before_s")
        )
        rows = rows.join(ends, on="_job", how="left", maintain_order="left")
        start = pl.max_horizontal("_start_s", "_before_s")
    return rows.with_columns(start.alias("_from_s")).with_columns(
        pl.max_horizontal("_from_s", "_end_s").alias("_to_s")
    )


def energy_reports(
    records: Records, plant: Plant, *, start_at: datetime, end_at: datetime
) -> pl.DataFrame:
    """Return reports of work and stops in seconds from the window's start."""
    capacities = {r.id: r.capacity for r in plant.resources}

    def seconds(instant: pl.Expr) -> pl.Expr:
        return (instant - pl.lit(start_at).cast(INSTANT)).dt.total_microseconds() / 1e6

    found = records.operations.filter(
        pl.col("kind").is_in(["run", "setup", "down"]) & pl.col("resource").is_not_null()
    ).select(
        "order_id",
        "resource",
        "kind",
        seconds(pl.col("start_at")).alias("_start_s"),
        seconds(pl.col("end_at")).alias("_end_s"),
        (pl.col("kind") == "setup").alias("_is_setup"),
        pl.col("outcome").eq_missing("maintenance").alias("_is_planned"),
        pl.coalesce(
            pl.col("good_quantity") + pl.col("scrap_quantity").fill_null(0.0),
            "order_quantity",
            pl.lit(1.0),
        ).alias("_pieces"),
        *(
            _has(plant, test).alias(name) & (pl.col("kind") != "down")
            for name, test in _STEP_TRAITS.items()
        ),
        pl.when(pl.col("kind") == "run").then(_intervals_s(plant)).alias("_interval_s"),
    )
    horizon_s = (end_at - start_at).total_seconds()
    found = found.with_row_index("_report")
    goes_on = pl.Series(_unfinished(found, capacities), dtype=found.schema["_report"])
    end = pl.when(pl.col("_report").is_in(goes_on.implode())).then(horizon_s).otherwise("_end_s")
    found = found.with_columns(end.alias("_end_s")).drop("_report")
    return found.filter(pl.col("_end_s") > pl.col("_start_s")).with_columns(
        (pl.col("_batched") & ~pl.col("_is_setup")).alias("_batched")
    )


def _unfinished(found: pl.DataFrame, capacities: Mapping[str, int]) -> list[int]:
    """Return the reports without an end that still go on; an end of the others is missing.

    Work, breakdowns and maintenance each fill the places of a resource. What
    began later and needed all places at one instant has put an end to what
    began before. A lot that cascades may be passed by another, but has left when
    one begins after that.
    """
    kinds = found.with_columns(
        pl.when(pl.col("kind") != "down")
        .then(pl.lit("work"))
        .when("_is_planned")
        .then(pl.lit("planned"))
        .otherwise(pl.lit("broken"))
        .alias("_fills")
    )
    without_end = kinds.filter(pl.col("_end_s").is_null() & pl.col("_start_s").is_not_null())
    if not without_end.height:
        return []
    numbers: list[int] = []
    concerned = kinds.join(without_end, on=["resource", "_fills"], how="semi")
    for (resource, _), rows in concerned.group_by("resource", "_fills"):
        n = capacities.get(str(resource), 1)
        start_s = rows["_start_s"].to_numpy()
        end_s = rows["_end_s"].fill_null(np.inf).to_numpy()
        cascades = rows["_cascades"].to_numpy()
        # The lots of a batch begin and end together: one job.
        is_first = rows.select(
            ~pl.col("_batched") | pl.struct("_start_s", "_end_s").is_first_distinct()
        )
        is_job = is_first.to_series().to_numpy()
        for at in np.unique(start_s[np.isinf(end_s)])[::-1]:
            begun = np.isinf(end_s) & (start_s == at)
            later = is_job & (start_s > at)
            goes_on = _most_at_once(start_s[later], end_s[later]) < n
            in_line = not np.any(start_s[later] >= np.min(end_s[later], initial=np.inf))
            counts = begun & np.where(cascades, in_line, goes_on)
            if not counts.any():
                break
            numbers += rows["_report"].to_numpy()[counts].tolist()
    return numbers


def _most_at_once(start_s: NDArray[np.float64], end_s: NDArray[np.float64]) -> int:
    """Return how many of the intervals hold at one instant at most; their ends are not in them."""
    at_s = np.concatenate([end_s, start_s])
    change = np.repeat([-1, 1], [end_s.size, start_s.size])
    return int(np.max(np.cumsum(change[np.argsort(at_s, kind="stable")]), initial=0))


_STEP_TRAITS: dict[str, Callable[[Step], bool]] = {
    "_overtime": lambda step: step.interruption == "overtime",
    "_batched": lambda step: step.batch is not None,
    "_cascades": lambda step: step.interval_min is not None,
}


def _has(plant: Plant, test: Callable[[Step], bool]) -> pl.Expr:
    """Return whether the step of a report has a trait in the plant's routings."""
    steps = {
        (routing.product, step.step)
        for routing in plant.routings
        for step in routing.steps
        if test(step)
    }
    pairs = pl.concat_str("product", pl.col("step").cast(pl.String), separator="\0")
    names = [f"{product}\0{number}" for product, number in sorted(steps)]
    return pairs.is_in(names).fill_null(value=False)


def _intervals_s(plant: Plant) -> pl.Expr:
    """Return how long a lot takes to enter its resource, in seconds; null without a cascade."""
    speeds = {r.id: r.speed for r in plant.resources}
    found = {
        f"{routing.product}\0{step.step}\0{option.resource}": 60.0
        * step.interval_min
        / (option.speed * speeds[option.resource])
        for routing in plant.routings
        for step in routing.steps
        if step.interval_min is not None
        for option in step.resources
    }
    keys = pl.concat_str("product", pl.col("step").cast(pl.String), "resource", separator="\0")
    return keys.replace_strict(found, default=None, return_dtype=pl.Float64)
