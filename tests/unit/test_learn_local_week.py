"""Begins, ends and slots of work on the plant's local week, against Python's own calendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.hours.local_week import work_instants, work_slots
from zhizao.model.records import Records

FIRST = datetime(2024, 3, 20, 5, 30, tzinfo=UTC)


def reports_of(zone: str, *, n: int = 400):
    """Return reports of two machines over some weeks, each of them twice by two people."""
    rng = np.random.default_rng(5)
    start = [FIRST + timedelta(minutes=int(m)) for m in np.sort(rng.integers(0, 40_000, n))]
    end = [
        s + timedelta(minutes=int(m)) for s, m in zip(start, rng.integers(1, 600, n), strict=True)
    ]
    half = pl.DataFrame(
        {
            "order_id": [f"O{i}" for i in range(n)], "operation": "cut",
            "resource": [("M1", "M2")[i % 2] for i in range(n)], "start_at": start, "end_at": end,
        }
    )  # fmt: skip
    frame = pl.concat([half.with_columns(operator=pl.lit(name)) for name in ("Ann", "Bo")])
    return known_reports(Records.from_columns(frame), time_zone=zone)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"])
def test_instants_lie_on_the_day_and_minute_that_the_wall_clock_shows(zone: str) -> None:
    reports = reports_of(zone)
    table = reports.table
    found = work_instants(reports)
    expected = set()
    for resource, start_s, end_s in table.select("resource", "start_s", "end_s").iter_rows():
        for at_s in (start_s, end_s):
            local = reports.instant(at_s).astimezone(ZoneInfo(zone))
            monday = local.date() - timedelta(days=local.weekday())
            minute = local.weekday() * 1440 + local.hour * 60 + local.minute
            expected.add((resource, at_s, local.date(), monday, minute))
    assert found.day.size == len(expected)
    assert found.dates() == {day for _, _, day, _, _ in expected}
    first_monday = min(monday for _, _, _, monday, _ in expected)
    for resource in ("M1", "M2"):
        own = found.of[resource]
        assert sorted(zip(found.week[own].tolist(), found.minute[own].tolist(), strict=True)) == sorted(
            ((monday - first_monday).days // 7, minute)
            for name, _, _, monday, minute in expected
            if name == resource
        )  # fmt: skip


def test_a_slot_that_two_people_report_counts_once_and_belongs_to_its_machine() -> None:
    reports = reports_of("Asia/Kolkata")
    slots = work_slots(reports)
    expected = reports.table.unique(["resource", "start_s", "end_s"])
    assert slots.table.height == expected.height < reports.table.height
    for names in (["M1"], ["M2"], ["M1", "M2"], ["M2", "unknown"]):
        own = expected.filter(pl.col("resource").is_in(names))
        minutes = ((own["end_s"] - own["start_s"]) / 60).sort().to_list()
        assert slots.of(names)["duration_min"].sort().to_list() == minutes
    assert slots.of(["unknown"]).is_empty()
