"""A report whose end was lost must not keep its machine busy for ever."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect import read_drop
from zhizao.learn import learn
from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.stability import hours_per_week
from zhizao.model import Records

EXAMPLE = Path(__file__).resolve().parents[2] / "src" / "zhizao" / "cli" / "example_data"
BEGIN = datetime(2024, 1, 1, 8, tzinfo=UTC)


def records(rows):
    columns = ["order_id", "operation", "resource", "start_at", "end_at"]
    return Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row"))


def hour(h):
    return BEGIN + timedelta(hours=h)


def test_a_lost_end_is_estimated_and_counts_as_not_measured():
    rows = [(f"A{i}", "cut", "M", hour(3 * i), hour(3 * i + 2)) for i in range(30)]
    rows[4] = ("A4", "cut", "M", hour(12), None)
    table = known_reports(records(rows), time_zone="UTC").table
    lost = table.filter(pl.col("order_id") == "A4")
    assert (lost["end_s"] - lost["start_s"]).item() == 2 * 3600
    assert lost["is_default"].item()


def test_a_lost_end_is_not_after_the_next_report_of_the_order():
    rows = [(f"A{i}", "cut", "M", hour(3 * i), hour(3 * i + 2)) for i in range(30)]
    rows += [("B", "cut", "M", hour(91), None), ("B", "drill", "D", hour(92), hour(93))]
    table = known_reports(records(rows), time_zone="UTC").table
    lost = table.filter((pl.col("order_id") == "B") & (pl.col("operation") == "cut"))
    assert (lost["end_s"] - lost["start_s"]).item() == 3600


def test_the_last_report_of_an_order_still_runs():
    rows = [(f"A{i}", "cut", "M", hour(3 * i), hour(3 * i + 2)) for i in range(30)]
    rows += [("B", "cut", "M", hour(90), None), ("C", "cut", "N", hour(90), hour(91))]
    table = known_reports(records(rows), time_zone="UTC").table
    running = table.filter(pl.col("order_id") == "B")
    assert running["end_s"].item() is None
    assert not running["is_default"].item()


@pytest.mark.parametrize(("is_begin", "from_h", "to_h"), [(True, 90, 92), (False, 90, 92)])
def test_a_report_without_length_lies_where_its_machine_leaves_room(
    *, is_begin: bool, from_h: int, to_h: int
) -> None:
    rows = [(f"A{i}", "cut", "M", hour(2 * i), hour(2 * i + 2)) for i in range(45)]
    rows += [(f"C{i}", "cut", "M", hour(92 + 2 * i), hour(94 + 2 * i)) for i in range(3)]
    at = hour(from_h if is_begin else to_h)
    rows.append(("B", "cut", "M", at, at))
    table = known_reports(records(rows), time_zone="UTC").table
    lost = table.filter(pl.col("order_id") == "B")
    begin_s = table.filter(pl.col("order_id") == "A0")["start_s"].item()
    assert (lost["start_s"].item() - begin_s) / 3600 == from_h
    assert (lost["end_s"].item() - begin_s) / 3600 == to_h
    assert lost["is_default"].item()


def test_a_report_without_length_lies_where_its_person_was_free() -> None:
    columns = ["order_id", "operation", "resource", "operator", "start_at", "end_at"]
    rows = [(f"A{i}", "cut", "M", "Ann", hour(2 * i), hour(2 * i + 2)) for i in range(45)]
    rows += [("B", "cut", "N", "Ann", hour(90), hour(90))]
    rows += [(f"C{i}", "cut", "M", "Ann", hour(93 + 2 * i), hour(95 + 2 * i)) for i in range(3)]
    frame = Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row"))
    lost = known_reports(frame, time_zone="UTC").table.filter(pl.col("order_id") == "B")
    # Nobody else was at the machine N; Ann ended other work at that instant, and was free then.
    assert (lost["end_s"] - lost["start_s"]).item() == 2 * 3600
    assert lost["start_s"].item() == (24 * 3 + 8 + 18) * 3600


@pytest.fixture(scope="module")
def example_drop():
    files = [EXAMPLE / "operations.csv", EXAMPLE / "orders.csv"]
    return read_drop(files, time_zone="Asia/Shanghai")


@pytest.fixture(scope="module")
def example(example_drop):
    drop = example_drop
    truth = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["workshop"]
    plant = learn(drop.records, drop.orders, name="example", time_zone="Asia/Shanghai").plant
    return plant, truth


def test_single_machines_are_learnt_as_single(example):
    plant, _ = example
    assert {r.id: r.capacity for r in plant.resources} == {r.id: 1 for r in plant.resources}


def test_calendars_have_the_true_hours(example):
    plant, truth = example
    calendars = {c.id: c for c in plant.calendars}
    for resource in truth["resources"]:
        hours = sum(
            (shift["end_h"] - shift["start_h"]) * len(shift["weekdays"])
            for shift in resource["shifts"]
        )
        learnt = next(r for r in plant.resources if r.id == resource["name"])
        assert hours_per_week(calendars[learnt.calendar]) == pytest.approx(hours, abs=4.0)


def test_orders_packed_at_a_default_hour_of_their_last_day_are_not_called_silent(example_drop):
    learnt = learn(
        example_drop.records, example_drop.orders, name="example", time_zone="Asia/Shanghai"
    )
    (silent,) = [q for q in learnt.questions if q.code == "silent_orders"]
    (n_more,) = re.findall(r"\(\+(\d+)\)", silent.question)
    assert int(n_more) < 30  # 0 of 575 orders were stopped; packing has a default in 226 reports
