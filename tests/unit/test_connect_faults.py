from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao.connect import judge
from zhizao.connect.values.cell_faults import mangled_cells
from zhizao.model.records import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def at(day, clock):
    hours, minutes, *seconds = map(int, clock.split(":"))
    return MONDAY + timedelta(days=day, hours=hours, minutes=minutes, seconds=sum(seconds))


def records(*rows, **columns):
    names = ("order_id", "operation", "resource", "operator", "start_at", "end_at")
    frame = pl.DataFrame(
        [dict(zip(names, row, strict=True)) for row in rows],
        schema_overrides={
            "start_at": pl.Datetime("us", "UTC"),
            "end_at": pl.Datetime("us", "UTC"),
        },
    )
    return Records.from_columns(frame.with_columns(**columns))


def n_rows(verdict, code):
    fault = verdict.fault(code)
    return 0 if fault is None else fault.rows


def test_the_row_that_begins_before_an_earlier_one_ends_is_the_one_that_overlaps():
    verdict = judge(
        records(
            ("A", "cut", "M1", "W1", at(0, "8:00"), at(0, "12:00")),
            ("B", "cut", "M1", "W2", at(0, "9:00"), at(0, "10:00")),
            ("C", "cut", "M1", "W3", at(0, "11:00"), at(0, "13:00")),
            ("D", "cut", "M1", "W4", at(0, "13:00"), at(0, "14:00")),
            ("E", "cut", "M2", "W1", at(0, "9:00"), at(0, "10:00")),
        )
    )
    overlap = verdict.fault("overlap_resource")
    assert overlap.rows == 2
    assert overlap.parts == {"M1": 0.5, "M2": 0.0}
    assert n_rows(verdict, "overlap_operator") == 1
    assert n_rows(verdict, "overlap_order") == 0


def test_a_slot_is_shared_only_between_different_orders():
    slot = ("M1", "W1", at(0, "8:00"), at(0, "9:00"))
    verdict = judge(
        records(
            ("A", "cut", *slot),
            ("B", "cut", *slot),
            ("B", "bend", *slot),
            ("C", "cut", "M2", "W2", *slot[2:]),
            ("C", "bend", "M2", "W2", *slot[2:]),
        )
    )
    assert n_rows(verdict, "shared_slot") == 3
    assert verdict.fault("shared_slot").orders == 2


def test_work_cut_at_midnight_and_resumed_is_found_in_local_time():
    shanghai = timedelta(hours=8)
    cut = records(
        ("A", "cut", "M1", "W1", at(0, "20:00") - shanghai, at(0, "23:59:59") - shanghai),
        ("A", "cut", "M1", "W1", at(1, "0:00") - shanghai, at(1, "3:00") - shanghai),
        ("B", "cut", "M1", "W1", at(1, "3:00") - shanghai, at(1, "4:00") - shanghai),
    )
    assert n_rows(judge(cut, time_zone="Asia/Shanghai"), "midnight_split") == 2
    assert n_rows(judge(cut, time_zone="UTC"), "midnight_split") == 0


def test_another_operation_after_midnight_is_no_cut():
    verdict = judge(
        records(
            ("A", "cut", "M1", "W1", at(0, "20:00"), at(0, "23:59:59")),
            ("A", "bend", "M1", "W1", at(1, "0:00"), at(1, "3:00")),
        )
    )
    assert n_rows(verdict, "midnight_split") == 0


@pytest.mark.parametrize(
    ("operation", "resource", "n"),
    [
        ("Turning - Machine 8", "Machine 15 - Turning", 1),
        ("Turning - Machine 15", "Machine 15 - Turning", 0),
        ("Turning - Machine 015", "MACHINE 15", 0),
        ("Turning", "Machine 15 - Turning", 0),
        ("Op 20", "Machine 15 - Turning", 0),
        ("车削 机床3", "机床5", 1),
    ],
)
def test_an_operation_that_names_another_machine_is_found(operation, resource, n):
    rows = records(
        ("A", operation, resource, "W1", at(0, "8:00"), at(0, "9:00")),
        ("B", "wash", "Machine 1", "W2", at(0, "8:00"), at(0, "9:00")),
        ("C", "wash", "机床1", "W3", at(0, "8:00"), at(0, "9:00")),
    )
    assert n_rows(judge(rows), "resource_mismatch") == n


def spread(n, *, seed=1):
    """Work at minutes spread over day shifts, one resource an order."""
    minutes = [(i * 37 + seed) % 480 for i in range(n)]
    return [
        (
            f"A{i}",
            "cut",
            f"M{i}",
            f"W{i}",
            at(i % 20, "7:00") + timedelta(minutes=minute),
            at(i % 20, "7:00") + timedelta(minutes=minute + 20 + i % 31),
        )
        for i, minute in enumerate(minutes)
    ]


def test_one_start_time_with_few_durations_was_not_measured():
    default = [
        (f"D{i}", "pack", f"P{i}", f"V{i}", at(i % 20, "0:00"), at(i % 20, "1:00"))
        for i in range(60)
    ]
    verdict = judge(records(*spread(600), *default))
    assert verdict.fault("default_duration").rows == 60
    assert verdict.fault("default_duration").parts == {"00:00:00": 60.0}


def test_a_shift_that_starts_together_is_no_default():
    together = [
        (
            f"D{i}",
            "pack",
            f"P{i}",
            f"V{i}",
            at(i % 20, "7:00"),
            at(i % 20, "7:00") + timedelta(minutes=15 + i),
        )
        for i in range(60)
    ]
    assert n_rows(judge(records(*spread(600), *together)), "default_duration") == 0


def test_starts_that_everybody_rounds_to_the_hour_are_no_default():
    rounded = [
        (f"A{i}", "cut", f"M{i}", f"W{i}", at(i % 20, f"{6 + i % 10}:00"), at(i % 20, "17:00"))
        for i in range(400)
    ]
    assert n_rows(judge(records(*rounded)), "default_duration") == 0


def shifted(hours):
    rows = [
        (*row[:4], row[4] + timedelta(hours=hours), row[5] + timedelta(hours=hours))
        for row in spread(600)
    ]
    return judge(records(*rows))


@pytest.mark.parametrize("hours", [-6, 7, 9])
def test_a_week_at_the_wrong_hours_is_reported_with_its_shift(hours):
    fault = shifted(hours).fault("clock_shift")
    assert fault.parts["shift_h"] == hours
    assert f"{hours:+d} h" in fault.done.en


@pytest.mark.parametrize("hours", [0, 2])
def test_a_week_at_usual_hours_is_not(hours):
    assert "clock_shift" in shifted(hours).not_found


def test_a_resource_that_falls_silent_is_found():
    busy = [(f"A{i}", "cut", "M1", "W1", at(i, "8:00"), at(i, "9:00")) for i in range(100)]
    silent = [(f"B{i}", "cut", "M2", "W2", at(i, "8:00"), at(i, "9:00")) for i in range(40)]
    fault = judge(records(*busy, *silent)).fault("coverage_jump")
    assert fault.rows == 40
    assert fault.parts == {"M2": 40.0}


def test_missing_instants_and_pieces_are_counted():
    rows = records(
        ("A", "cut", "M1", "W1", None, at(0, "9:00")),
        ("B", "cut", "M2", "W2", at(0, "8:00"), None),
        ("C", "cut", "M3", "W3", None, None),
        ("D", "cut", "M4", "W4", at(0, "8:00"), at(0, "9:00")),
        ("E", "cut", "M5", "W5", at(0, "9:00"), at(0, "8:00")),
        good_quantity=pl.Series([0.0, 1.0, 2.0, None, 0.0]),
    )
    verdict = judge(rows)
    counts = {code: n_rows(verdict, code) for code in ("missing_start", "missing_end")}
    assert counts == {"missing_start": 2, "missing_end": 2}
    assert n_rows(verdict, "zero_quantity") == 2
    assert verdict.fault("negative_duration").treatment == "set aside"
    assert verdict.n_set_aside == 2
    assert verdict.n_usable == 1


def test_a_verdict_says_what_it_could_not_look_for():
    verdict = judge(
        Records.from_columns(
            pl.DataFrame({"order_id": ["A"], "operation": ["cut"], "end_at": [at(0, "8:00")]})
        )
    )
    assert verdict.not_looked_for["overlap_resource"] == ("resource", "start_at")
    assert verdict.not_looked_for["clock_shift"] == ("start_at",)
    assert n_rows(verdict, "missing_start") == 1


WORK = ("A", "cut", "M1", "W1", at(0, "8:00"), at(0, "9:00"))


def test_a_clean_log_has_a_headline_in_two_languages():
    verdict = judge(records(WORK, product=pl.lit("shaft"), good_quantity=pl.lit(5.0)))
    assert verdict.headline.en == (
        "1 rows, 1 orders, 100% with a usable working time; none of the faults looked for was found."
    )
    assert "1 张工单" in verdict.headline.zh


@pytest.mark.parametrize(
    ("absent", "en", "zh"),
    [
        ("resource", "the machine (resource): the twin has no machines", "设备（资源）"),
        ("product", "the product: all orders count as one product", "产品"),
        ("good_quantity", "the quantity: every order counts as one piece", "数量"),
        ("start_at", "the start: work and waiting cannot be told apart", "开始时间"),
    ],
)
def test_the_headline_names_a_key_column_that_is_absent_and_what_that_costs(absent, en, zh):
    full = records(WORK, product=pl.lit("shaft"), good_quantity=pl.lit(5.0)).operations
    headline = judge(Records.from_columns(full.drop(absent))).headline
    assert f". The records lack {en}" in headline.en
    assert f"。记录中缺少{zh}：" in headline.zh


def test_a_quantity_that_only_the_order_states_is_not_absent():
    full = records(WORK, product=pl.lit("shaft"), order_quantity=pl.lit(5.0))
    assert "lack" not in judge(full).headline.en


def test_the_headline_names_every_absent_column():
    bare = records(WORK).operations.drop("resource", "start_at")
    said = judge(Records.from_columns(bare)).headline.en
    assert [part.split(":")[0].strip() for part in said.split("records lack ")[1].split(";")] == [
        "the machine (resource)",
        "the start",
        "the product",
        "the quantity",
    ]


@pytest.mark.parametrize(
    ("usual", "odd"),
    [
        ("006:19", "1899/12/31 01:49:00"),
        ("12", "#REF!"),
        ("3-1", "2012-03-01"),
        ("A-17", "Jan-17"),
        ("Größe", "Gr\ufffd\ufffde"),
    ],
)
def test_a_cell_that_a_spreadsheet_damaged_is_found(usual, odd):
    frame = pl.DataFrame({"x": [usual] * 100 + [odd]})
    assert mangled_cells(frame, instants=frozenset(), ids=frozenset())["x"].sum() == 1


def test_an_order_number_as_a_power_of_ten_is_damaged_and_a_measurement_is_not():
    frame = pl.DataFrame({"x": ["1.2E+11"] * 5})
    assert mangled_cells(frame, instants=frozenset(), ids=frozenset({"x"}))["x"].sum() == 5
    assert mangled_cells(frame, instants=frozenset(), ids=frozenset()).width == 0


def test_dates_in_a_column_of_dates_are_not_damaged():
    frame = pl.DataFrame({"x": ["2012-03-01"] * 50 + ["soon"]})
    assert mangled_cells(frame, instants=frozenset(), ids=frozenset()).width == 0
