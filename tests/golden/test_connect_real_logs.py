"""Counts on real logs: the facts stated beside the data, and what else must come out."""

from pathlib import Path

import polars as pl
import pytest

from zhizao.connect import Drop, read_drop

DATA = Path(__file__).resolve().parents[2] / "../shared/data"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the data folder {DATA} is absent"),
]


@pytest.fixture(scope="module")
def levy() -> Drop:
    return read_drop([DATA / "levy/Production_Data.csv"])


@pytest.fixture(scope="module")
def copy() -> Drop:
    return read_drop([DATA / "levy/papers_copy/Production.csv"])


@pytest.fixture(scope="module")
def learning_factory() -> Drop:
    return read_drop([DATA / "fischertechnik/sample_data.csv"])


def test_the_machining_plant_is_mapped_without_help(levy):
    assert levy.mapping.tables[0].columns == {
        "order_id": "Case ID",
        "product": "Part Desc.",
        "operation": "Activity",
        "resource": "Resource",
        "operator": "Worker ID",
        "start_at": "Start Timestamp",
        "end_at": "Complete Timestamp",
        "duration": "Span",
        "good_quantity": "Qty Completed",
        "scrap_quantity": "Qty Rejected",
        "hold_quantity": "Qty for MRB",
        "order_quantity": "Work Order  Qty",
        "is_rework": "Rework",
        "outcome": "Report Type",
    }
    assert levy.mapping.tables[0].unmapped == ()


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("duplicate", 22),
        ("near_duplicate", 48),
        ("zero_duration", 9),
        ("mangled_cell", 1),
        ("default_duration", 467),
        ("shared_slot", 325),
        ("resource_mismatch", 49),
    ],
)
def test_the_machining_plant_has_the_known_faults(levy, code, rows):
    assert levy.verdict.fault(code).rows == rows


def test_the_machining_plant_overlaps_where_it_is_known_to(levy):
    fault = levy.verdict.fault("overlap_resource")
    assert round(fault.share, 2) == 0.38
    assert round(fault.parts["Quality Check 1"], 2) == 0.88
    assert round(fault.parts["Packing"], 2) == 0.75
    for machine in (4, 5, 6):
        assert 0.09 <= fault.parts[f"Machine {machine} - Turning & Milling"] <= 0.215


def test_the_machining_plant_reports_a_third_without_pieces(levy):
    assert round(levy.verdict.fault("zero_quantity").share, 2) == 0.35


def test_the_window_cuts_thirty_orders_at_its_beginning_and_46_at_its_end(levy):
    assert levy.verdict.fault("left_truncated").orders == 30
    assert levy.verdict.fault("right_truncated").orders == 46


def test_the_machining_plants_clock_is_right_and_that_of_its_copy_is_seven_hours_ahead(levy, copy):
    assert "clock_shift" in levy.verdict.not_found
    assert copy.verdict.fault("clock_shift").parts["shift_h"] == 7.0


def test_no_row_of_the_machining_plant_is_lost(levy):
    assert levy.verdict.n_rows == 4543
    assert levy.records.n_rows + levy.set_aside.height == 4543
    assert set(levy.set_aside["reasons"]) == {"duplicate"}
    assert levy.verdict.n_orders == len(levy.orders) == 225


def test_start_and_end_markers_of_the_copy_are_set_aside(copy):
    assert copy.mapping.tables[0].markers == ("End", "Start")
    assert copy.set_aside.filter(copy.set_aside["reasons"] == "marker").height == 450
    assert copy.records.operations["operation"].is_in(["Start", "End"]).sum() == 0
    assert "unparsed_cell" in copy.verdict.not_found


def test_the_training_split_is_mapped_without_help():
    drop = read_drop([DATA / "levy/papers_copy/train.csv"])
    assert drop.mapping.tables[0].columns == {
        "order_id": "case_id",
        "operation": "activity_name",
        "resource": "resource",
        "start_at": "start_timestamp",
        "end_at": "end_timestamp",
    }


def test_three_rows_of_the_learning_factory_make_one_operation(learning_factory):
    table = learning_factory.mapping.tables[0]
    assert table.layout == "row_per_event"
    assert table.columns["instance"] == "event_id"
    assert table.columns["product"] == "process_model_id"
    assert table.columns["outcome"] == "lifecycle:state"
    operations = learning_factory.records.operations
    assert operations.height == 3157
    assert operations["order_id"].n_unique() == 301
    assert operations["resource"].n_unique() == 15
    for column in ("scheduled_at", "start_at", "end_at", "planned_s"):
        assert operations[column].null_count() == 0
    assert dict(operations["outcome"].value_counts().rows()) == {"success": 3062, "failure": 95}
    assert operations["planned_s"][0] == 52.0


def test_the_verdict_on_the_learning_factory_says_what_could_not_be_looked_for(learning_factory):
    verdict = learning_factory.verdict
    assert verdict.not_looked_for == {
        "overlap_operator": ("operator",),
        "zero_quantity": ("good_quantity",),
    }
    assert verdict.fault("duplicate") is None
    assert verdict.usable_share > 0.98


CHINESE = {
    "Case ID": "工单号",
    "Activity": "工序",
    "Resource": "设备名称",
    "Start Timestamp": "开工时间",
    "Complete Timestamp": "完工时间",
    "Span": "工时",
    "Work Order  Qty": "工单数量",
    "Part Desc.": "产品名称",
    "Worker ID": "操作工",
    "Report Type": "报工类型",
    "Qty Completed": "完成数量",
    "Qty Rejected": "不良数量",
    "Qty for MRB": "待判数量",
    "Rework": "返工",
}


def _as_chinese_text(raw, path):
    columns = list(reversed(CHINESE.values()))
    path.write_bytes(
        raw.rename(CHINESE).select(columns).write_csv(separator="\t").encode("gb18030")
    )


def _as_german_dates(raw, path):
    at = pl.col("Start Timestamp", "Complete Timestamp")
    dates = raw.with_columns(
        at.str.to_datetime("%Y/%m/%d %H:%M:%S%.f").dt.strftime("%d.%m.%Y %H:%M")
    )
    path.write_bytes(dates.write_csv(separator=";").encode("utf-16"))


def _as_workbook(raw, path):
    at = pl.col("Start Timestamp", "Complete Timestamp")
    quantity = pl.col("Qty Completed", "Qty Rejected", "Qty for MRB", "Work Order  Qty")
    typed = raw.with_columns(at.str.to_datetime("%Y/%m/%d %H:%M:%S%.f"), quantity.cast(pl.Int64))
    typed.write_excel(path)


@pytest.mark.parametrize(
    ("write", "name"),
    [(_as_chinese_text, "a.csv"), (_as_german_dates, "a.csv"), (_as_workbook, "a.xlsx")],
)
def test_the_same_log_in_another_dress_has_the_same_faults(levy, tmp_path, write, name):
    raw = pl.read_csv(DATA / "levy/Production_Data.csv", infer_schema=False)
    write(raw, tmp_path / name)
    drop = read_drop([tmp_path / name])
    assert {f.code: f.rows for f in drop.verdict.faults} == {
        f.code: f.rows for f in levy.verdict.faults
    }
    apart = ["source", "is_rework"]
    assert drop.records.operations.drop(apart).equals(levy.records.operations.drop(apart))
