"""Stops on small cases: breakdown, planned stop, or a note of missing work."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.failures import LearntFailures, learn_failures, stops_of
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import with_worked
from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.shapes import best_shape
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
Row = tuple[str, str | None, str, float, float]
ALWAYS: dict[str | None, OpenTime] = dict.fromkeys(
    ("M1", "M2", None), OpenTime.from_intervals(np.array([[0.0, 1e9]]))
)


def _reports(rows: list[Row], resource: str = "M1") -> Reports:
    """Return reports of (kind, order, reason, start hour, end hour)."""
    frame = pl.DataFrame(
        {
            "kind": [r[0] for r in rows],
            "order_id": [r[1] for r in rows],
            "operation": ["cut" if r[0] == "run" else r[2] for r in rows],
            "resource": resource,
            "start_at": [MONDAY + timedelta(hours=r[3]) for r in rows],
            "end_at": [MONDAY + timedelta(hours=r[4]) for r in rows],
        }
    )
    return known_reports(Records.from_columns(frame), time_zone="UTC")


def _learn(rows: list[Row]) -> LearntFailures:
    reports = _reports(rows)
    worked = with_worked(reports, ALWAYS, stops=stops_of(reports))
    return learn_failures(reports, worked, centres={"M1": "cut"}, open_times=ALWAYS)


def test_hours_between_breakdowns_count_while_the_machine_works() -> None:
    rows: list[Row] = []
    at = 0.0
    for day in range(20):
        at += 12.0 if day % 4 else 90.0
        rows += [
            ("run", f"A{day}", "", at, at + 4),
            ("down", None, "Broken", at + 4, at + 4 + 1 + day % 3),
            ("run", f"A{day}", "", at + 5 + day % 3, at + 9 + day % 3),
        ]
    found = _learn(rows).by_resource["M1"]
    assert found.basis == "busy"
    assert found.mtbf_h == pytest.approx(8.0)
    assert found.mttr_h == pytest.approx(np.mean([1 + day % 3 for day in range(20)]))


def test_a_stop_inside_a_report_was_not_worked() -> None:
    reports = _reports([("run", "A", "", 0, 10), ("down", None, "Broken", 2, 5)])
    worked = with_worked(reports, ALWAYS, stops=stops_of(reports))
    assert worked["worked_s"].to_list() == [7 * 3600.0]


def test_a_note_of_missing_work_is_no_breakdown() -> None:
    rng = np.random.default_rng(1)
    rows: list[Row] = []
    at = 0.0
    for i in range(30):
        idle = float(rng.exponential(3.0)) + 0.5
        rows += [
            ("run", f"A{i}", "", at, at + 2),
            ("down", None, "No order", at + 2, at + 2 + idle),
        ]
        at += 2 + idle
    found = _learn(rows)
    assert found.by_resource == {}
    assert found.notes == ("No order",)


def test_stops_at_regular_dates_are_planned() -> None:
    rows: list[Row] = [
        r
        for week in range(12)
        for r in (
            ("run", f"A{week}", "", 168.0 * week, 168.0 * week + 100),
            ("down", None, "Service", 168.0 * week + 120, 168.0 * week + 124),
        )
    ]
    found = _learn(rows)
    assert found.by_resource == {}
    assert [m.mean_min for m in found.maintenances] == pytest.approx([240.0])
    assert found.maintenances[0].every_h == pytest.approx(164.0)


def test_a_service_after_which_the_next_lot_begins_is_planned_and_no_note() -> None:
    rows: list[Row] = [
        r
        for week in range(12)
        for r in (
            ("down", None, "Service", 168.0 * week, 168.0 * week + 5),
            ("run", f"A{week}", "", 168.0 * week + 5, 168.0 * week + 100),
        )
    ]
    found = _learn(rows)
    assert found.notes == ()
    assert [m.mean_min for m in found.maintenances] == pytest.approx([300.0])


def test_a_note_of_missing_work_on_every_monday_stays_a_note() -> None:
    rng = np.random.default_rng(2)
    rows: list[Row] = []
    for week in range(16):
        idle = float(rng.exponential(6.0)) + 0.2
        at = 168.0 * week
        rows += [
            ("down", None, "No order", at, at + idle),
            ("run", f"A{week}", "", at + idle, at + idle + 60),
        ]
    found = _learn(rows)
    assert found.maintenances == ()
    assert found.notes == ("No order",)


def test_touching_stop_and_repair_are_one_outage() -> None:
    reports = _reports(
        [("run", "A", "", 0, 30), ("down", None, "x", 2, 5), ("repair", None, "y", 5, 8)]
    )
    stops = stops_of(reports)
    assert stops.select("start_s", "end_s").rows() == [(2 * 3600.0, 8 * 3600.0)]


def test_too_few_stops_say_nothing() -> None:
    assert _learn([("run", "A", "", 0, 30), ("down", None, "x", 2, 5)]).by_resource == {}


@pytest.mark.parametrize("shape", ["gamma", "weibull", "lognormal"])
def test_the_shape_that_predicts_held_out_values_is_chosen(shape: str) -> None:
    rng = np.random.default_rng(5)
    drawn = {
        "gamma": rng.gamma(0.4, 2.0, 1500),
        "weibull": rng.weibull(4.0, 1500),
        "lognormal": rng.lognormal(0.0, 1.2, 1500),
    }[shape]
    found, cv = best_shape(drawn, usual="exponential")
    assert found == shape
    # Four standard errors of a coefficient of variation, by its own fit from logs.
    assert cv == pytest.approx(float(np.std(drawn) / np.mean(drawn)), rel=0.2)


def test_few_values_keep_the_usual_shape() -> None:
    assert best_shape(np.array([1.0, 2.0, 4.0]), usual="exponential") == ("exponential", 1.0)
