"""Reports of work and stops as energy sees them: in seconds, batches as one job."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

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
    is_work = pl.col("kind").is_in(["run", "setup"])
    capacity = pl.col("resource").replace_strict(capacities, default=1, return_dtype=pl.Int64)
    from_the_last = (
        pl.col("start_at").rank("ordinal", descending=True).over("resource", is_work.alias("_w"))
    )
    goes_on = pl.col("end_at").is_null() & (from_the_last <= capacity)
    end = pl.when(goes_on).then(pl.lit(end_at).cast(INSTANT)).otherwise("end_at")

    def seconds(instant: pl.Expr) -> pl.Expr:
        return (instant - pl.lit(start_at).cast(INSTANT)).dt.total_microseconds() / 1e6

    found = records.operations.filter(
        pl.col("kind").is_in(["run", "setup", "down"]) & pl.col("resource").is_not_null()
    ).select(
        "order_id",
        "resource",
        "kind",
        seconds(pl.col("start_at")).alias("_start_s"),
        seconds(end).alias("_end_s"),
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
    )
    return found.filter(pl.col("_end_s") > pl.col("_start_s")).with_columns(
        (pl.col("_batched") & ~pl.col("_is_setup")).alias("_batched")
    )


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
