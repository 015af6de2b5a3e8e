"""Whether the last part of a history can stand for the whole."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.history import is_enough
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 140


def _log(stop_days: list[float]) -> Reports:
    """Return twenty weeks of four orders a day at one press, and its breakdowns."""
    at = [(day + i / 8, day + i / 8 + 0.1) for day in range(DAYS) for i in range(4)]
    stops = [(day + 0.6, day + 0.9) for day in stop_days]
    n, m = len(at), len(stops)
    frame = pl.DataFrame(
        {
            "kind": ["run"] * n + ["down"] * m,
            "order_id": [f"o{i}" for i in range(n)] + [None] * m,
            "product": ["P"] * n + [None] * m,
            "operation": ["press"] * n + ["Breakdown"] * m,
            "resource": ["M1"] * (n + m),
            "start_at": [MONDAY + timedelta(days=a) for a, _ in at + stops],
            "end_at": [MONDAY + timedelta(days=b) for _, b in at + stops],
        }
    )
    return known_reports(Records.from_columns(frame), time_zone="UTC")


@pytest.mark.parametrize(
    ("stop_days", "expected"),
    [
        ([], True),
        (list(range(5, DAYS, 12)), False),  # three of twelve are in the last five weeks
        (list(range(5, DAYS, 4)), True),  # nine: enough to learn from
        (list(range(5, 100, 3)), True),  # none any more, where eight were to be expected
    ],
)
def test_a_part_without_the_rare_breakdowns_of_the_whole_cannot_stand_for_it(stop_days, expected):
    reports = _log(stop_days)
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    finished = finished_orders(visits, until_s=reports.until_s)
    assert is_enough(reports, finished.table, days=35.0) is expected
