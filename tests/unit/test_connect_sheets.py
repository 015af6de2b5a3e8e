from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import xlsxwriter

from zhizao._base.errors import MappingError, RecordsError
from zhizao.connect import drop_files, read_drop, read_table, read_tables

OPERATIONS = ["Order", "Operation", "Machine", "Start", "End", "Qty good"]
ORDERS = ["Order", "Part", "Quantity", "Release date", "Due date"]
FIRST = datetime(2024, 3, 4, 6, tzinfo=UTC)


def reports(first=0, n_rows=3):
    return [
        [f"WO{n}", "cut", "M1", FIRST + timedelta(hours=n), FIRST + timedelta(hours=n + 0.5), 5]
        for n in range(first, first + n_rows)
    ]


def promises(n_rows=3):
    return [
        [f"WO{n}", "shaft", 10, FIRST - timedelta(days=1), FIRST + timedelta(days=5)]
        for n in range(n_rows)
    ]


@pytest.fixture
def book(tmp_path):
    def written(name="two.xlsx", **sheets):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        workbook = xlsxwriter.Workbook(path, {"remove_timezone": True})
        instant = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for sheet_name, rows in sheets.items():
            sheet = workbook.add_worksheet(sheet_name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(number, column, value, instant)
                    else:
                        sheet.write(number, column, value)
        workbook.close()
        return path

    return written


def said(drop, lang="en"):
    return " ".join(note.in_(lang) for note in drop.verdict.notes)


def test_operations_and_orders_on_two_sheets_are_both_read(book):
    drop = read_drop([book(Operations=[OPERATIONS, *reports()], Orders=[ORDERS, *promises()])])
    assert [(t.file, t.kind) for t in drop.mapping.tables] == [
        ("two.xlsx [Operations]", "operations"),
        ("two.xlsx [Orders]", "orders"),
    ]
    assert [order.product for order in drop.orders] == ["shaft"] * 3
    assert [order.quantity for order in drop.orders] == [10.0] * 3
    assert drop.orders[0].due_at == FIRST + timedelta(days=5)
    assert drop.records.operations["source"].unique().to_list() == ["two.xlsx [Operations]"]
    assert "not read" not in said(drop)


def test_months_on_sheets_of_their_own_are_all_read(book):
    path = book(
        January=[OPERATIONS, *reports(0)],
        February=[["title"], [], OPERATIONS, *reports(2)],
    )
    drop = read_drop([path])
    assert drop.records.operations["order_id"].to_list() == ["WO0", "WO1", "WO2", "WO3", "WO4"]
    assert drop.set_aside.select("source", "source_row", "reasons").rows() == [
        ("two.xlsx [February]", 4, "duplicate")
    ]


def test_each_sheet_that_was_not_read_is_named_with_its_rows_and_why(book):
    path = book(
        Shifts=[["Shift", "Begins", "Ends"], *[[f"S{n}", n, n + 8] for n in range(4)]],
        Log=[OPERATIONS, *reports()],
        Title=[["Report of March"]],
        Empty=[],
        Plan=[
            ["Order", "Operation", "Planned start", "Planned end"],
            *[row[:2] + row[3:5] for row in reports()],
        ],
    )
    drop = read_drop([path])
    assert [table.file for table in drop.mapping.tables] == ["two.xlsx"]
    notes = [note for note in drop.verdict.notes if "not read" in note.en]
    assert [note.en.split(":")[0] for note in notes] == [
        "Sheet 'Shifts' of two.xlsx was not read (4 rows)",
        "Sheet 'Title' of two.xlsx was not read (1 rows)",
        "Sheet 'Empty' of two.xlsx was not read (0 rows)",
        "Sheet 'Plan' of two.xlsx was not read (3 rows)",
    ]
    assert "do not say order_id, operation" in notes[0].en
    assert "'two.xlsx [Shifts]' in mapping.toml" in notes[0].en
    assert "no header with rows" in notes[1].en
    assert "it is empty" in notes[2].en
    assert "do not say start_at or end_at" in notes[3].en
    assert notes[0].zh.startswith("two.xlsx 的工作表 'Shifts' 未读取（4 行）")


def test_sheets_keep_their_meaning_through_mapping_toml(book, tmp_path):
    path = book(Orders=[ORDERS, *promises()], Operations=[OPERATIONS, *reports()])
    first = read_drop([path], time_zone="Asia/Shanghai")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(drop_files(first)["mapping.toml"], encoding="utf-8")
    again = read_drop([path], mapping=mapping)
    assert again.mapping == first.mapping
    assert again.orders == first.orders
    assert again.records.operations.equals(first.records.operations)


def test_a_sheet_that_the_mapping_names_is_read_and_the_others_are_not(book, tmp_path):
    names = ["Alpha", "Beta", "Gamma", "Delta"]
    path = book(
        Log=[OPERATIONS, *reports()],
        Odd=[names, *[row[:2] + row[3:5] for row in reports()[:2]]],
    )
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[tables]]\nfile = "two.xlsx [Odd]"\n[tables.columns]\n'
        'order_id = "Alpha"\noperation = "Beta"\nstart_at = "Gamma"\nend_at = "Delta"\n',
        encoding="utf-8",
    )
    drop = read_drop([path], mapping=mapping)
    assert drop.records.operations["order_id"].to_list() == ["WO0", "WO1"]
    assert "Sheet 'Log' of two.xlsx was not read (3 rows): the mapping has no table" in said(drop)


def test_a_sheet_that_is_added_to_the_mapping_is_read_beside_the_first(book, tmp_path):
    names = ["Alpha", "Beta", "Gamma", "Delta"]
    path = book(
        Odd=[names, *[row[:2] + row[3:5] for row in reports(7, 2)]],
        Log=[OPERATIONS, *reports()],
    )
    first = read_drop([path])
    assert [table.file for table in first.mapping.tables] == ["two.xlsx"]
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        drop_files(first)["mapping.toml"]
        + '[[tables]]\nfile = "two.xlsx [Odd]"\n[tables.columns]\n'
        + 'order_id = "Alpha"\noperation = "Beta"\nstart_at = "Gamma"\nend_at = "Delta"\n',
        encoding="utf-8",
    )
    drop = read_drop([path], mapping=mapping)
    assert [table.file for table in drop.mapping.tables] == ["two.xlsx [Odd]", "two.xlsx"]
    assert drop.records.operations["order_id"].to_list() == ["WO7", "WO8", "WO0", "WO1", "WO2"]


def test_a_mapping_of_last_month_fits_the_sheets_of_this_month(book, tmp_path):
    sheets = {"Orders": [ORDERS[:3], *[row[:3] for row in promises()]]}
    both = {"Log": [[*OPERATIONS, "Part", "Quantity"], *[[*r, "shaft", 9] for r in reports()]]}
    first = read_drop([book("march.xlsx", **sheets, **both)])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(drop_files(first)["mapping.toml"], encoding="utf-8")
    drop = read_drop(
        [book("april.xlsx", **sheets, **both, Notes=[["a", "b"], [1, 2]])], mapping=mapping
    )
    assert [(t.file, t.kind) for t in drop.mapping.tables] == [
        ("april.xlsx [Orders]", "orders"),
        ("april.xlsx [Log]", "operations"),
    ]
    assert "Sheet 'Notes' of april.xlsx was not read (1 rows)" in said(drop)


def test_a_mapping_that_fits_no_sheet_is_refused(book, tmp_path):
    path = book(Log=[OPERATIONS, *reports()], Orders=[ORDERS, *promises()])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[tables]]\nfile = "other.csv"\n[tables.columns]\norder_id = "Alpha"\n', encoding="utf-8"
    )
    with pytest.raises(MappingError, match="no such column"):
        read_drop([path], mapping=mapping)


def test_workbooks_of_one_name_from_two_folders_are_kept_apart(book):
    sheets = {"Orders": [ORDERS, *promises()]}
    paths = [
        book(f"{folder}/a.xlsx", Log=[OPERATIONS, *reports(first)], **sheets)
        for folder, first in (("one", 0), ("two", 3))
    ]
    drop = read_drop(paths)
    assert [table.file for table in drop.mapping.tables] == [
        "a.xlsx [Log]",
        "a.xlsx [Orders]",
        "a.xlsx (2) [Log]",
        "a.xlsx (2) [Orders]",
    ]
    assert drop.records.n_rows == 6


def test_orders_beside_a_log_that_is_known_by_its_values_only_are_both_read(book):
    odd = ["x1", "x2", "x3", "x4", "x5", "x6"]
    drilled = [[row[0], "drill", *row[2:]] for row in reports()]
    path = book(Log=[odd, *reports(), *drilled], Orders=[ORDERS, *promises()])
    drop = read_drop([path])
    assert [t.kind for t in drop.mapping.tables] == ["operations", "orders"]


def test_a_workbook_of_orders_only_brings_no_cover_sheet_along(book, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("order,operation,start,end\nWO0,cut,2024-01-01 08:00,2024-01-01 09:00\n")
    path = book(Orders=[ORDERS, *promises()], Cover=[["Plant", "Week"], ["north", 9]])
    drop = read_drop([log, path])
    assert [t.file for t in drop.mapping.tables] == ["log.csv", "two.xlsx"]
    assert "Sheet 'Cover' of two.xlsx was not read (1 rows)" in said(drop)


def test_orders_without_work_are_refused_with_what_was_not_read(book):
    odd = [["x1", "x2"], ["a", "b"], ["c", "d"]]
    path = book(Log=odd, Orders=[ORDERS, *promises()], Template=[OPERATIONS, [" "] * 6])
    with pytest.raises(RecordsError, match="list orders only") as caught:
        read_drop([path])
    assert "Sheet 'Log' of two.xlsx was not read (2 rows)" in str(caught.value)
    assert "no header with rows below it" in str(caught.value)


def test_a_file_of_several_tables_is_not_taken_for_one(book):
    path = book(Log=[OPERATIONS, *reports()], Orders=[ORDERS, *promises()])
    assert [table.sheet for table in read_tables(path)] == ["Log", "Orders"]
    with pytest.raises(RecordsError, match="2 tables"):
        read_table(path)


def test_parquet_columns_that_hold_no_single_value_are_named(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame(
        {
            "order": ["A", "B"],
            "operation": [b"cut", b"drill"],
            "start": [FIRST, FIRST],
            "end": [FIRST + timedelta(hours=1)] * 2,
            "values": [[1, 2], [3]],
            "image": [b"\xff\x00", b"\xfe"],
        }
    ).write_parquet(path)
    drop = read_drop([path])
    assert drop.records.operations["operation"].to_list() == ["cut", "drill"]
    assert (
        "2 columns of a.parquet were not read (2 rows): values (List(Int64)), image (Binary)"
        in said(drop)
    )
    assert "a.parquet 有 2 列未读取（2 行）" in said(drop, "zh")
