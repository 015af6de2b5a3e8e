import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao._base.errors import InputError, RecordsError
from zhizao.connect import Verdict, drop_files, mapping_of_toml, mapping_toml, read_drop

HEAD = "order,operation,machine,start,end,good qty\n"


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_every_row_is_in_the_records_or_set_aside_with_its_cells(write):
    path = write(
        "a.csv",
        HEAD
        + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n"
        + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n"
        + "B,cut,M1,2024-01-01 10:00,2024-01-01 09:30,5\n"
        + "C,cut,M1,2024-01-01 11:00,soon,5\n"
        + "C,cut,M1,soon,later,five\n"
        + ",cut,M1,2024-01-01 12:00,2024-01-01 13:00,5\n",
    )
    drop = read_drop([path])
    assert drop.records.operations["source_row"].to_list() == [2, 5]
    assert drop.set_aside.select("source_row", "reasons").rows() == [
        (3, "duplicate"),
        (4, "negative_duration"),
        (6, "unparsed_cell missing_start missing_end"),
        (7, "missing_order"),
    ]
    assert drop.set_aside["good qty"].to_list() == ["5", "5", "five", "5"]
    assert drop.verdict.fault("unparsed_cell").rows == 2
    assert "end = 'soon'" in drop.verdict.fault("unparsed_cell").done.en
    assert {"missing_end", "unparsed_cell"} <= set(drop.records.operations["faults"][1])
    assert drop.verdict.n_set_aside == 4


def test_an_end_that_follows_from_the_duration_is_repaired_and_said_to_be(write):
    path = write("a.csv", "order,operation,start,duration (min)\nA,cut,2024-01-01 08:00,90\n")
    drop = read_drop([path])
    row = drop.records.operations.row(0, named=True)
    assert row["end_at"] - row["start_at"] == timedelta(minutes=90)
    assert row["repaired"] == ["end_at"]
    assert drop.verdict.fault("missing_end").treatment == "repaired"
    assert drop.verdict.n_usable == 1


def test_orders_come_from_the_order_table_and_fill_the_reports(write):
    reports = write(
        "reports.csv",
        HEAD
        + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n"
        + "B,cut,M1,2024-01-01 09:00,2024-01-01 10:00,7\n",
    )
    table = write(
        "orders.csv",
        "工单号,产品,数量,计划交期,优先级\nA,P1,10,2024-02-01,2\nC,P2,20,2024-02-02,1\n",
    )
    drop = read_drop([reports, table], time_zone="Asia/Shanghai")
    by_id = {order.id: order for order in drop.orders}
    assert list(by_id) == ["A", "C", "B"]
    assert by_id["A"].quantity == 10.0
    assert by_id["A"].priority == 2
    assert by_id["A"].due_at == datetime(2024, 1, 31, 16, tzinfo=UTC)
    assert by_id["B"].product == "unknown"
    assert by_id["B"].quantity == 7.0
    assert drop.records.operations["product"].to_list() == ["P1", None]
    assert drop.records.operations["order_quantity"].to_list() == [10.0, None]
    said = " ".join(note.en for note in drop.verdict.notes)
    assert "1 orders have no product" in said
    assert "1 orders state no quantity" in said


def test_an_order_that_is_due_before_its_release_keeps_its_due(write):
    reports = write("reports.csv", HEAD + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n")
    table = write("orders.csv", "order,product,release date,due date\nA,P,2024-02-01,2024-01-01\n")
    drop = read_drop([reports, table])
    assert drop.orders[0].release_at is None
    assert drop.orders[0].due_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert any("due before their release" in note.en for note in drop.verdict.notes)


def test_rows_that_two_exports_share_are_duplicates(write):
    both = "A,cut,M1,2024-01-02 08:00,2024-01-02 09:00,5\n"
    first = write("january.csv", HEAD + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n" + both)
    second = write("february.csv", HEAD + both + "A,cut,M1,2024-01-03 08:00,2024-01-03 09:00,5\n")
    drop = read_drop([first, second])
    assert drop.records.n_rows == 3
    assert drop.set_aside.select("source", "source_row").rows() == [("february.csv", 2)]
    assert drop.verdict.fault("duplicate").rows == 1


def test_events_are_paired_by_their_order_when_no_id_ties_them(write):
    path = write(
        "events.csv",
        "order,operation,machine,event,timestamp\n"
        "A,cut,M1,start,2024-01-01 08:00\n"
        "A,cut,M1,complete,2024-01-01 09:00\n"
        "A,cut,M1,start,2024-01-01 10:00\n"
        "A,cut,M1,suspend,2024-01-01 10:30\n"
        "A,cut,M1,complete,2024-01-01 12:00\n"
        "A,cut,M1,complete,2024-01-01 12:00\n",
    )
    drop = read_drop([path])
    operations = drop.records.operations
    hours = (operations["end_at"] - operations["start_at"]).dt.total_hours().to_list()
    assert hours == [1, 2]
    assert operations["source_row"].to_list() == [2, 4]
    assert drop.set_aside.select("source_row", "reasons").rows() == [
        (5, "other_event"),
        (7, "duplicate"),
    ]
    assert drop.verdict.fault("duplicate").rows == 1
    assert drop.verdict.n_set_aside == 2


def test_changeovers_and_stops_are_told_from_work_by_their_names(write):
    path = write(
        "a.csv",
        HEAD
        + "A,Setup lathe,M1,2024-01-01 08:00,2024-01-01 09:00,0\n"
        + "A,换型,M1,2024-01-01 09:00,2024-01-01 10:00,0\n"
        + ",停机,M1,2024-01-01 10:00,2024-01-01 11:00,0\n"
        + "A,cut,M1,2024-01-01 11:00,2024-01-01 12:00,5\n",
    )
    kinds = read_drop([path]).records.operations["kind"].to_list()
    assert kinds == ["setup", "setup", "down", "run"]


def test_the_time_zone_is_said_to_be_assumed_unless_it_is_stated(write):
    path = write("a.csv", HEAD + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n")
    assumed, stated = read_drop([path]), read_drop([path], time_zone="Asia/Shanghai")
    assert any("No time zone was stated" in note.en for note in assumed.verdict.notes)
    assert not any("No time zone was stated" in note.en for note in stated.verdict.notes)
    assert stated.records.operations["start_at"][0] == datetime(2024, 1, 1, tzinfo=UTC)


def test_an_unknown_time_zone_names_the_nearest(write):
    path = write("a.csv", HEAD + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n")
    with pytest.raises(InputError, match="Did you mean 'Asia/Shanghai'"):
        read_drop([path], time_zone="Asia/Shanghi")


def test_order_tables_alone_are_not_enough(write):
    path = write("orders.csv", "order,product,due date\nA,P,2024-01-01\nB,P,2024-01-02\n")
    with pytest.raises(RecordsError, match="list orders only"):
        read_drop([path])
    with pytest.raises(RecordsError, match="No file"):
        read_drop([])


def test_the_files_of_a_drop_can_be_read_back(write):
    path = write("a.csv", HEAD + "A,cut,M1,2024-01-01 08:00,2024-01-01 08:00,5\n" * 2)
    told = []
    drop = read_drop([path], progress=lambda *n: told.append(n))
    contents = drop_files(drop)
    assert sorted(contents) == ["mapping.toml", "records.parquet", "set_aside.csv", "verdict.json"]
    assert mapping_of_toml(contents["mapping.toml"]) == drop.mapping
    assert Verdict.model_validate(json.loads(contents["verdict.json"])) == drop.verdict
    assert pl.read_parquet(contents["records.parquet"]).equals(drop.records.operations)
    assert contents["set_aside.csv"].splitlines()[1].startswith("a.csv,3,duplicate,A,cut")
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_files_of_one_name_from_two_folders_are_kept_apart(tmp_path):
    paths = [tmp_path / folder / "a.csv" for folder in ("one", "two")]
    for number, path in enumerate(paths):
        path.parent.mkdir()
        row = f"A{number},cut,M1,2024-01-0{number + 1} 10:00,2024-01-0{number + 1} 09:00,5\n"
        path.write_text(HEAD + row, encoding="utf-8")
    drop = read_drop(paths)
    assert drop.set_aside.select("source", "order").rows() == [("a.csv", "A0"), ("a.csv (2)", "A1")]


def test_a_time_zone_written_into_the_mapping_counts_as_stated(write):
    path = write("a.csv", HEAD + "A,cut,M1,2024-01-01 08:00,2024-01-01 09:00,5\n")
    guess = drop_files(read_drop([path]))["mapping.toml"]
    mapping = write("mapping.toml", guess.replace('"UTC"', '"Asia/Shanghai"'))
    drop = read_drop([path], mapping=mapping)
    assert drop.mapping.time_zone_stated
    assert drop.records.operations["start_at"][0] == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        "工单号,工序,开始日期,开始时间,结束日期,结束时间",
        "Auftrag,Arbeitsgang,Startdatum,Startzeit,Enddatum,Endzeit",
    ],
)
def test_dates_and_clock_times_in_columns_of_their_own_are_joined(write, head):
    path = write(
        "a.csv",
        f"{head}\nA,x,2024-01-01,8:00,2024-01-01,9:30\nB,x,2024-01-01,22:00,2024-01-02,6:00\n",
    )
    operations = read_drop([path]).records.operations
    assert operations["start_at"].to_list() == [
        datetime(2024, 1, 1, 8, tzinfo=UTC),
        datetime(2024, 1, 1, 22, tzinfo=UTC),
    ]
    minutes = (operations["end_at"] - operations["start_at"]).dt.total_minutes().to_list()
    assert minutes == [90, 480]


def test_with_one_date_an_end_before_its_start_is_on_the_next_day(write):
    path = write(
        "a.csv",
        "订单号,工序,日期,开始时间,结束时间\nA,x,2024/1/1,8:00,9:30\nB,x,2024/1/1,22:00:00,6:00:00\n",
    )
    drop = read_drop([path], time_zone="Asia/Shanghai")
    operations = drop.records.operations
    minutes = (operations["end_at"] - operations["start_at"]).dt.total_minutes().to_list()
    assert minutes == [90, 480]
    assert operations["start_at"][0] == datetime(2024, 1, 1, tzinfo=UTC)
    assert any("next day" in note for note in drop.mapping.tables[0].notes)
    assert drop.mapping.tables[0].unmapped == ()


def test_files_may_be_named_by_texts_and_one_file_alone(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("order,operation,start,end\nA,cut,2024-01-01 08:00,2024-01-01 09:00\n")
    wanted = read_drop([path]).records.operations
    assert read_drop([str(path)]).records.operations.equals(wanted)
    assert read_drop(str(path)).records.operations.equals(wanted)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(mapping_toml(read_drop(path).mapping))
    assert read_drop(path, mapping=str(mapping)).records.operations.equals(wanted)
