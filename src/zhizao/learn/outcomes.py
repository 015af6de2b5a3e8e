"""What became of the orders, as known at the end of the log or at an earlier instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from zhizao.learn.finished import finished_orders
from zhizao.learn.reports import known_reports
from zhizao.learn.visits import visits_of
from zhizao.model.order import Order
from zhizao.model.records import Records


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an order."""

    last_at: datetime
    is_done: bool


def outcomes_of(
    records: Records, orders: Sequence[Order], *, time_zone: str, until: datetime | None = None
) -> tuple[dict[str, Outcome], datetime, list[datetime]]:
    """Return what became of each order, the end of what is known, and when reports began."""
    reports = known_reports(records, orders, time_zone=time_zone, until=until)
    rows = reports.table.with_columns(worked_s=pl.lit(0.0))
    finished = finished_orders(visits_of(rows), until_s=reports.until_s)
    columns = finished.table.select("order_id", "last_s", "is_finished")
    outcomes = {
        str(o): Outcome(last_at=reports.instant(float(s)), is_done=bool(done))
        for o, s, done in columns.iter_rows()
    }
    report_at = [reports.instant(s) for s in reports.table["start_s"].to_list()]
    return outcomes, reports.instant(reports.until_s), report_at
