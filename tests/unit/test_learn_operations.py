"""Names, visits, rework, finished orders, repeats: from reports to order × operation totals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from zhizao._base.errors import InputError
from zhizao.learn import learn
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.operations import operation_names
from zhizao.learn.evidence.repeats import base_of, regular_occurrences, with_labels
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import visits_of, with_worked
from zhizao.model import Order, Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def _at(hour: float) -> datetime:
    return MONDAY + timedelta(hours=hour)


def _records(rows: list[tuple[str, str, float, float | None]], **columns: Any) -> Records:
    """Return records of (order, operation, start h, end h)."""
    frame = pl.DataFrame(
        {
            "order_id": [r[0] for r in rows],
            "operation": [r[1] for r in rows],
            "start_at": [_at(r[2]) for r in rows],
            "end_at": [None if r[3] is None else _at(r[3]) for r in rows],
            "resource": ["M"] * len(rows),
            **columns,
        }
    )
    return Records.from_columns(frame)


def _visits(reports: Reports) -> pl.DataFrame:
    return visits_of(with_worked(reports, {}))


def test_machine_numbers_are_no_part_of_an_operation() -> None:
    table = pl.DataFrame(
        {
            "order_id": ["A", "B", "C", "D"],
            "operation": ["Turning - Machine 4", "Turning  -  Machine 5", "Fix - Machine 15M", "Grinding - Manual"],
            "resource": ["Machine 4 - Turning", "Machine 5 - Turning", "Machine 8", "Machine 27"],
        }
    )  # fmt: skip
    assert set(operation_names(table).values()) == {"Turning", "Fix", "Grinding - Manual"}


def test_stations_that_one_order_passes_in_turn_stay_apart() -> None:
    stations = ["Assembly - Station 1", "Assembly - Station 2"]
    table = pl.DataFrame(
        {
            "order_id": ["A", "A", "B", "B"],
            "operation": stations * 2,
            "resource": ["Station 1", "Station 2"] * 2,
        }
    )
    assert set(operation_names(table).values()) == set(stations)


def test_several_reports_of_an_operation_are_one_visit() -> None:
    rows = [
        ("A", "cut", 0.0, 1.0),
        ("A", "cut", 2.0, 5.0),
        ("A", "drill", 4.0, 6.0),
        ("A", "cut", 7.0, 8.0),
    ]
    records = _records(rows, good_quantity=[3.0, 3.0, 6.0, 4.0], order_quantity=10.0)
    visits = _visits(known_reports(records, time_zone="UTC"))
    cut = visits.filter(pl.col("operation") == "cut")
    assert cut.select("pass", "n_rows", "worked_s").rows() == [(0, 3, 5 * 3600.0)]


def test_a_return_after_the_whole_quantity_is_rework() -> None:
    rows = [("A", "cut", 0.0, 1.0), ("A", "check", 2.0, 3.0), ("A", "cut", 4.0, 5.0)]
    records = _records(rows, good_quantity=[10.0, 10.0, 2.0], order_quantity=10.0)
    visits = _visits(known_reports(records, time_zone="UTC"))
    assert sorted(visits.select("operation", "pass").rows()) == [
        ("check", 0),
        ("cut", 0),
        ("cut", 1),
    ]


def test_a_return_after_a_forgotten_quantity_is_rework_where_others_are() -> None:
    rows = [
        (f"A{i}", operation, 10.0 * i + hour, 10.0 * i + hour + 1)
        for i in range(12)
        for operation, hour in (("cut", 0.0), ("check", 2.0), ("cut", 4.0), ("check", 6.0))
    ]
    done = [10.0] * len(rows)
    done[0] = done[6] = 0.0  # the first cut of one order, the second of another
    done[9] = 0.0
    records = _records(rows, good_quantity=done, order_quantity=10.0)
    visits = _visits(known_reports(records, time_zone="UTC"))
    assert visits.group_by("order_id", "operation").len()["len"].to_list() == [2] * 24


def test_parts_that_alternate_stay_one_visit_though_a_few_returned_when_complete() -> None:
    rows = [
        (f"A{i}", operation, 10.0 * i + hour, 10.0 * i + hour + 1)
        for i in range(12)
        for operation, hour in (("cut", 0.0), ("check", 2.0), ("cut", 4.0), ("check", 6.0))
    ]
    done = [5.0] * 40 + [10.0] * 8  # ten orders in halves, two done again
    records = _records(rows, good_quantity=done, order_quantity=10.0)
    visits = _visits(known_reports(records, time_zone="UTC"))
    counted = visits.group_by("order_id", "operation").len()
    assert counted.filter(pl.col("len") == 2)["order_id"].unique().sort().to_list() == [
        "A10",
        "A11",
    ]


def test_a_slot_shared_by_several_orders_is_divided() -> None:
    rows = [(o, "pack", 0.0, 3.0) for o in "ABC"]
    records = _records(rows, operator=["Li"] * 3)
    assert _visits(known_reports(records, time_zone="UTC"))["worked_s"].to_list() == [3600.0] * 3


def test_what_ends_later_is_known_only_to_have_begun() -> None:
    records = _records(
        [("A", "cut", 0.0, 9.0), ("A", "drill", 6.0, 7.0), ("B", "cut", 5.0, 5.5)],
        good_quantity=[7.0, 7.0, 1.0],
    )
    table = known_reports(records, time_zone="UTC", until=_at(5.0)).table
    assert table.select("order_id", "end_s", "done").rows() == [
        ("A", None, None),
        ("B", None, None),
    ]


def test_an_order_without_a_release_is_known_from_its_first_report() -> None:
    orders = [
        Order(id="A", product="P"),
        Order(id="later", product="Q"),
        Order(id="B", product="P", release_at=_at(1)),
    ]
    reports = known_reports(
        _records([("A", "cut", 0.0, 1.0)]), orders, time_zone="UTC", until=_at(2)
    )
    assert [o.id for o in reports.orders] == ["A", "B"]


def test_the_same_clock_times_many_times_over_are_defaults() -> None:
    defaults = [(f"o{i}", "pack", 24.0 * i, 24.0 * i + 1.0) for i in range(20)]
    real = [(f"o{i}", "cut", 24.0 * i + 8.0, 24.0 * i + 9.0 + 0.1 * i) for i in range(20)]
    table = known_reports(_records(defaults + real), time_zone="UTC").table
    assert set(table.filter("is_default")["operation"].to_list()) == {"pack"}
    assert table["is_default"].sum() == 20


def test_a_log_without_work_says_so() -> None:
    with pytest.raises(InputError, match="kind 'run'"):
        learn(_records([("A", "cut", 5.0, 6.0)]), name="x", until=_at(1.0))


def test_orders_end_with_their_terminal_operation_or_by_silence() -> None:
    rows = []
    for i in range(30):
        rows += [
            (f"o{i:02}", "cut", 24.0 * i, 24.0 * i + 1.0),
            (f"o{i:02}", "pack", 24.0 * i + 5.0, 24.0 * i + 6.0),
        ]
    rows += [("stopped", "cut", 3.0, 4.0), ("open", "cut", 29 * 24.0 + 5.0, 29 * 24.0 + 5.5)]
    reports = known_reports(_records(rows), time_zone="UTC")
    finished = finished_orders(_visits(reports), until_s=reports.until_s)
    assert finished.terminals == {"pack"}
    assert "open" not in finished.ids()
    assert "stopped" in finished.ids() - finished.ids(complete=True)
    assert "o10" in finished.ids(complete=True)


def test_a_transport_that_every_order_takes_twice_is_two_steps() -> None:
    rows = []
    for i in range(12):
        names = ["move", "burn", "move", "mill"]
        rows += [(f"o{i}", n, 10.0 * i + k, 10.0 * i + k + 0.5) for k, n in enumerate(names)]
    records = _records(rows)
    visits = _visits(known_reports(records, time_zone="UTC"))
    labelled = with_labels(visits, regular_occurrences(visits, set(visits["order_id"].to_list())))
    assert labelled["pass"].sum() == 0
    assert labelled["operation"].n_unique() == 4
    steps = learn(records, name="x").plant.routings[0].steps
    assert [s.operation for s in steps] == ["move", "burn", "move", "mill"]
    assert [base_of(s.operation) for s in steps] == [s.operation for s in steps]
    assert all(s.rework is None for s in steps)


def test_rework_returns_with_its_probability() -> None:
    rows = []
    for i in range(40):
        names = ["cut", "check", "cut", "check", "pack"] if i % 4 == 0 else ["cut", "check", "pack"]
        rows += [(f"o{i:02}", n, 24.0 * i + k, 24.0 * i + k + 0.5) for k, n in enumerate(names)]
    steps = learn(_records(rows), name="x").plant.routings[0].steps
    assert [s.operation for s in steps] == ["cut", "check", "pack"]
    rework = steps[1].rework
    assert rework is not None
    assert rework.to_step == steps[0].step
    # Ten returns after forty first passes of the check; after the second one none may follow.
    assert rework.probability == pytest.approx(0.25)
    assert rework.max_passes == 1


def test_a_product_with_few_orders_follows_the_pooled_path() -> None:
    rows, products = [], []
    for i in range(21):
        names = ["cut", "drill", "pack"] if i < 20 else ["cut", "etch"]
        rows += [(f"o{i:02}", n, 24.0 * i + k, 24.0 * i + k + 0.5) for k, n in enumerate(names)]
        products += ["common" if i < 20 else "rare"] * len(names)
    plant = learn(_records(rows, product=products), name="x").plant
    rare = next(r for r in plant.routings if r.product == "rare")
    assert {s.operation for s in rare.steps} == {"cut", "drill", "etch", "pack"}
    levels = {
        p.level
        for p in plant.provenances
        if p.where.startswith("routings/rare/") and "probability" in p.where
    }
    assert levels == {"pooled"}
