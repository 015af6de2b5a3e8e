"""Which reports share a place of their resource: lots of a batch, lots in a cascade.

Six lots in an oven make six reports and one busy oven. On a resource of one
place overlapping reports are that place's; on one of several it depends on what
the plant says of the step.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from zhizao.model.plant import Plant, Step
from zhizao.model.records import INSTANT, Records

_STEP = {
    "product": pl.String(),
    "operation": pl.String(),
    "_batch_max": pl.Float64(),
    "_interval_min": pl.Float64(),
    "_fixed_min": pl.Float64(),
    "_piece_min": pl.Float64(),
}
_COLUMNS = ("resource", "start_at", "end_at", "n_reports", "_interval_min", "_n_inside")


@dataclass
class _Span:
    """Work on a place, from one instant to another, and the reports that it stands for."""

    start_at: datetime
    end_at: datetime
    n_reports: int
    n_running: int


def work_spans(records: Records, *, plant: Plant | None, end_at: datetime) -> pl.DataFrame:
    """Return when places of resources were at work, batches and cascades as one.

    Reports of one resource with the same instants, of steps that go in batches,
    take as many places as their pieces need. On a resource of several places
    with a cascading step, each lot goes to the first place that it may enter,
    and is there together with what was in it.

    Parameters
    ----------
    records : Records
        Reports of kind ``run`` and ``setup`` on a resource count.
    plant : Plant, optional
        Its capacities and steps; without it each report is a place of its own.
    end_at : datetime
        A report without an end that may still be at work then ends there.

    Returns
    -------
    DataFrame
        Columns ``resource``, ``start_at``, ``end_at``, ``n_reports`` and
        ``n_running`` (of them, taken as still at work).
    """
    capacities = {r.id: r.capacity for r in plant.resources} if plant else {}
    steps = _steps(plant)
    rows = (
        records.operations.filter(
            pl.col("kind").is_in(["run", "setup"]) & pl.col("resource").is_not_null()
        )
        .select("resource", "product", "operation", "kind", "order_quantity", "start_at", "end_at")
        .join(steps, on=["product", "operation"], how="left")
        .with_columns(pl.when(pl.col("kind") == "run").then(pl.col(c)) for c in list(_STEP)[2:])
        .with_columns(_n_inside().alias("_n_inside"))
    )
    spans = pl.concat([_alone(rows), _batched(rows)])
    capacity = pl.col("resource").replace_strict(capacities, default=1, return_dtype=pl.Int64)
    from_the_last = pl.col("start_at").rank("ordinal", descending=True).over("resource")
    may_run = pl.col("end_at").is_null() & (pl.col("start_at") < end_at)
    spans = spans.with_columns(
        (may_run & (from_the_last <= capacity * pl.col("_n_inside").fill_null(1)))
        .fill_null(value=False)
        .alias("_is_running")
    ).select(
        "resource",
        "start_at",
        pl.when("_is_running")
        .then(pl.lit(end_at).cast(INSTANT))
        .otherwise("end_at")
        .alias("end_at"),
        "n_reports",
        (pl.col("n_reports") * pl.col("_is_running")).alias("n_running"),
        "_interval_min",
    )
    several = {
        name
        for name in spans.drop_nulls("_interval_min")["resource"].unique().to_list()
        if capacities.get(name, 1) > 1
    }
    cascading = spans.filter(pl.col("resource").is_in(several))
    others = spans.filter(~pl.col("resource").is_in(several)).drop("_interval_min")
    return pl.concat([others, _in_places(cascading, capacities)]) if cascading.height else others


def _steps(plant: Plant | None) -> pl.DataFrame:
    """Return what each (product, operation) shares a place by."""
    found: dict[tuple[str, str], Step] = {}
    for routing in plant.routings if plant else ():
        for step in routing.steps:
            if step.batch is not None or step.interval_min is not None:
                found.setdefault((routing.product, step.operation), step)
    rows = [
        (
            product,
            operation,
            step.batch.max_pieces if step.batch else None,
            step.interval_min,
            step.time.setup_min * _largest(step),
            step.time.per_piece_min * _largest(step),
        )
        for (product, operation), step in found.items()
    ]
    return pl.DataFrame(rows, schema=_STEP, orient="row")


def _largest(step: Step) -> float:
    """Return by what factor a working time hardly ever exceeds its mean."""
    return max(step.time.quantiles, default=1.0 + 3.0 * step.time.cv)


def _n_inside() -> pl.Expr:
    """Return how many lots may be in a place of a cascading step at once, generously."""
    work_min = pl.col("_fixed_min") + pl.col("_piece_min") * pl.col("order_quantity").fill_null(1.0)
    return 1 + (work_min / pl.col("_interval_min")).ceil().cast(pl.Int64)


def _alone(rows: pl.DataFrame) -> pl.DataFrame:
    is_batch = pl.col("_batch_max").is_not_null() & pl.col("start_at").is_not_null()
    one = pl.lit(1, dtype=pl.Int64).alias("n_reports")
    return rows.filter(~is_batch).with_columns(one).select(_COLUMNS)


def _batched(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each place that lots with the same instants need."""
    is_batch = pl.col("_batch_max").is_not_null() & pl.col("start_at").is_not_null()
    needed = (pl.col("order_quantity").fill_null(0.0).sum() / pl.col("_batch_max").max()).ceil()
    batches = (
        rows.filter(is_batch)
        .group_by("resource", "start_at", "end_at", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("n_reports"),
            needed.cast(pl.Int64).alias("_n_places"),
            pl.col("_interval_min").max(),
            pl.col("_n_inside").max(),
        )
        .with_columns(pl.col("_n_places").clip(1, pl.col("n_reports")).alias("_n_places"))
    )
    spread = batches.select(pl.all().repeat_by("_n_places")).explode(*batches.columns)
    is_first = pl.int_range(pl.len()).over("resource", "start_at", "end_at") == 0
    return spread.with_columns(
        pl.when(is_first).then("n_reports").otherwise(0).alias("n_reports")
    ).select(_COLUMNS)


def _in_places(spans: pl.DataFrame, capacities: dict[str, int]) -> pl.DataFrame:
    """Put the reports of cascading resources into places, and join what overlaps in each."""
    joined: list[tuple[object, ...]] = []
    for (resource,), own in spans.sort("start_at").group_by("resource", maintain_order=True):
        rows = own.select("start_at", "end_at", "n_reports", "n_running", "_interval_min").rows()
        joined += _places_of(str(resource), rows, n_places=capacities[str(resource)])
    return pl.DataFrame(joined, schema=spans.drop("_interval_min").schema, orient="row")


def _places_of(
    resource: str,
    rows: Iterable[tuple[datetime | None, datetime | None, int, int, float | None]],
    *,
    n_places: int,
) -> list[tuple[object, ...]]:
    """Return the spans of work on the places of a resource; rows come in order of start."""
    unmeasured: list[tuple[object, ...]] = []
    free_at: list[datetime | None] = [None] * n_places
    inside: list[list[_Span]] = [[] for _ in range(n_places)]
    for start_at, end_at, n_reports, n_running, interval_min in rows:
        if start_at is None or end_at is None:
            unmeasured.append((resource, start_at, end_at, n_reports, n_running))
            continue
        is_free = (free is None or free <= start_at for free in free_at)
        place = next((i for i, free in enumerate(is_free) if free), 0)
        own = inside[place]
        free_at[place] = end_at
        if interval_min is not None:
            free_at[place] = start_at + timedelta(minutes=interval_min)
        if own and own[-1].end_at >= start_at:
            own[-1].end_at = max(own[-1].end_at, end_at)
            own[-1].n_reports += n_reports
            own[-1].n_running += n_running
        else:
            own.append(_Span(start_at, end_at, n_reports, n_running))
    spans = (span for own in inside for span in own)
    return unmeasured + [(resource, s.start_at, s.end_at, s.n_reports, s.n_running) for s in spans]
