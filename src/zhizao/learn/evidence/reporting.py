"""How the plant reports: one operation of an order in one row, or in many.

The twin knows when an operation of an order begins and ends; people write a row
a shift, a row a batch of pieces, or two rows when two of them work on it. The
habit is what the plant's own visits looked like, so that a simulated trace can
be written as the plant would have written it and both can be compared row by row.

An order is often laid aside in the middle of its work. No record says why, so a learnt twin
has that wait before the work begins, and its visits last less long than the plant's own with
as much work. So visits are alike that have as much work, where the plant's hours are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.open_time import OpenTime
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import Records

_NEAR_SHARE = 0.1
_LEAST_NEAR = 3

Floats = NDArray[np.float64]
Shares = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """The plant's visits by operation: how long each took, and its reports in shares of it.

    With a ``plant`` it is the time worked in its hours, without it the time from begin to end.
    """

    visits: dict[str, tuple[tuple[float, Shares], ...]]
    plant: Plant | None = None

    def near(self, operation: str, duration_s: float) -> Sequence[Shares]:
        """Return the reports of the tenth of an operation's visits that lasted most alike."""
        known = self.visits.get(operation, ())
        if not known or duration_s <= 0.0:
            return (((0.0, 1.0),),)
        n = max(_LEAST_NEAR, int(_NEAR_SHARE * len(known)))
        distance = np.abs(np.log([d for d, _ in known]) - np.log(duration_s))
        return [known[i][1] for i in np.argsort(distance, kind="stable")[:n]]


def learn_reporting(
    records: Records,
    orders: Sequence[Order] = (),
    *,
    time_zone: str = "UTC",
    until: datetime | None = None,
    plant: Plant | None = None,
) -> Reporting:
    """Learn in how many reports an operation of an order is written, and how they lie.

    Parameters
    ----------
    records, orders, time_zone, until
        As for ``learn``.
    plant
        As learnt from them: its hours say how much was worked in a visit.

    Examples
    --------
    >>> from datetime import UTC
    >>> frame = pl.DataFrame({"order_id": ["A", "A"], "operation": ["cut", "cut"], "resource": ["M", "M"],
    ...     "start_at": [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (8, 10)],
    ...     "end_at": [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (9, 12)]})
    >>> learn_reporting(Records.from_columns(frame)).visits
    {'cut': ((14400.0, ((0.0, 0.25), (0.5, 1.0))),)}
    """
    reports = known_reports(records, orders, time_zone=time_zone, until=until)
    rows = reports.table.with_columns(worked_s=pl.lit(0.0)).drop_nulls("end_s")
    visits = visits_of(rows).select("order_id", "operation", "first_s", "last_s")
    parts = (
        rows.select("order_id", "operation", "resource", "start_s", "end_s")
        .join(visits, on=["order_id", "operation"])
        .filter(
            pl.col("start_s") >= pl.col("first_s"),
            pl.col("end_s") <= pl.col("last_s"),
            pl.col("last_s") > pl.col("first_s"),
        )
        .with_columns(duration=pl.col("last_s") - pl.col("first_s"))
        .sort("order_id", "operation", "first_s", "start_s", "end_s")
    )
    parts = parts.with_columns(lasted=pl.col("duration"))
    if plant is not None:
        visit = ["order_id", "operation", "first_s"]
        before = pl.col("end_s").cum_max().shift(1).over(visit)
        parts = parts.with_columns(start_once_s=pl.max_horizontal("start_s", before))
        worked = _worked_s(
            plant,
            parts["resource"].to_list(),
            reports.origin,
            from_s=parts["start_once_s"].to_numpy(),
            to_s=parts["end_s"].to_numpy(),
        )
        parts = parts.with_columns(lasted=worked).with_columns(pl.col("lasted").sum().over(visit))
    found: dict[str, list[tuple[float, Shares]]] = {}
    for (_, operation, first), own in parts.group_by(
        "order_id", "operation", "first_s", maintain_order=True
    ):
        duration, lasted = float(own["duration"][0]), float(own["lasted"][0])
        begin = (own["start_s"].to_numpy() - first) / duration
        end = (own["end_s"].to_numpy() - first) / duration
        shares = tuple((float(a), float(b)) for a, b in zip(begin, end, strict=True))
        found.setdefault(str(operation), []).append((max(lasted, 1.0), shares))
    visits_by_operation = {name: tuple(own) for name, own in sorted(found.items())}
    return Reporting(visits=visits_by_operation, plant=plant)


def _worked_s(
    plant: Plant,
    resources: Sequence[str | None],
    origin: datetime,
    *,
    from_s: Floats,
    to_s: Floats,
) -> Floats:
    """Return the seconds worked in spans, by the hours of their resources; 0 for reversed ones."""
    if from_s.size == 0:
        return from_s
    calendars = {c.id: c for c in plant.calendars}
    hours = {r.id: r.calendar for r in plant.resources if r.calendar is not None}
    name = np.array([hours.get(r or "", "") for r in resources])
    end_at = origin + timedelta(seconds=float(max(to_s.max(), from_s.max())) + 1.0)
    worked = np.maximum(to_s - from_s, 0.0)
    for calendar in sorted(set(hours.values())):
        own = (name == calendar) & (worked > 0.0)
        open_time = OpenTime.of_calendar(
            calendars[calendar], time_zone=plant.time_zone, start_at=origin, end_at=end_at
        )
        worked[own] = open_time.worked(from_s[own], to_s[own])
    return worked


def as_reported(records: Records, habit: Reporting, *, seed: int) -> Records:
    """Return simulated records written as the plant writes them.

    Each finished row of work is written in the reports of a past visit that lasted about
    as long, drawn evenly from the nearest tenth. Pieces are shared out by time; all else
    is repeated. Rows of other kinds, and of work in progress, stay as they are.

    Parameters
    ----------
    records
        A run's records.
    habit
        As from ``learn_reporting``.
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    table = records.operations.with_row_index("_row")
    is_work = (
        (pl.col("kind") == "run") & pl.col("start_at").is_not_null() & pl.col("end_at").is_not_null()
    )  # fmt: skip
    work = table.filter(is_work)
    duration = (work["end_at"] - work["start_at"]).dt.total_microseconds().to_numpy() / 1e6
    if habit.plant is not None and work.height:
        origin = work.select(pl.col("start_at").min()).item()
        begins = (work["start_at"] - origin).dt.total_microseconds().to_numpy() / 1e6
        duration = _worked_s(
            habit.plant, work["resource"].to_list(), origin, from_s=begins, to_s=begins + duration
        )
    of, begin, end, weight = [], [], [], []
    for row, operation, seconds in zip(work["_row"], work["operation"], duration, strict=True):
        near = habit.near(operation, float(seconds))
        shares = near[int(rng.integers(len(near)))]
        total = sum(b - a for a, b in shares)
        of += [row] * len(shares)
        begin += [a for a, _ in shares]
        end += [b for _, b in shares]
        weight += [(b - a) / total if total > 0.0 else 1.0 / len(shares) for a, b in shares]
    written = pl.DataFrame(
        {"_row": of, "_begin": begin, "_end": end, "_weight": weight},
        schema={"_row": pl.UInt32, "_begin": pl.Float64, "_end": pl.Float64, "_weight": pl.Float64},
    )
    span = (pl.col("end_at") - pl.col("start_at")).dt.total_microseconds()
    pieces = ["good_quantity", "scrap_quantity", "hold_quantity"]
    split = written.join(work, on="_row").with_columns(
        start_at=pl.col("start_at") + pl.duration(microseconds=(pl.col("_begin") * span).round()),
        end_at=pl.col("start_at") + pl.duration(microseconds=(pl.col("_end") * span).round()),
        **{name: pl.col(name) * pl.col("_weight") for name in pieces},
    )
    others = table.filter(~is_work)
    both = pl.concat([split.select(table.columns), others]).sort("_row", "start_at", "end_at")
    return Records(operations=both.drop("_row"))
