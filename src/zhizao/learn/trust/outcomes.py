"""What became of the orders, as known at the end of the log or at an earlier instant."""

from dataclasses import dataclass
from datetime import datetime

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.reports import Reports


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an order."""

    last_at: datetime
    is_done: bool


def outcomes_of(reports: Reports, finished: Finished) -> dict[str, Outcome]:
    """Return what had become of each order at the end of what the reports know.

    Parameters
    ----------
    reports
        As from ``known_reports``, of the whole log or until an instant.
    finished
        As from ``finished_orders``, of the same reports.
    """
    columns = finished.table.select("order_id", "last_s", "is_finished")
    return {
        str(o): Outcome(last_at=reports.instant(float(s)), is_done=bool(done))
        for o, s, done in columns.iter_rows()
    }
