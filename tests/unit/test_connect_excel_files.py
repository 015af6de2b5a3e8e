import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import xlsxwriter

from zhizao._base.errors import RecordsError
from zhizao.connect import read_drop, read_table
from zhizao.connect.files import excel_files


def write_book(path, *, header_row=2):
    book = xlsxwriter.Workbook(path, {"remove_timezone": True})
    cover = book.add_worksheet("cover")
    for row in range(40):
        cover.write(row, 0, "text")
        cover.write(row, 1, "more text")
    sheet = book.add_worksheet("Daten")
    instant = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    clock = book.add_format({"num_format": "[h]:mm"})
    sheet.write(0, 0, "Rückmeldungen")
    for column, name in enumerate(
        ["Auftrag", "Arbeitsgang", "Maschine", "Beginn", "Dauer", "Gutmenge"]
    ):
        sheet.write(header_row, column, name)
    for n in range(3):
        row = header_row + 1 + n
        sheet.write(row, 0, 1000 + n)
        sheet.write(row, 1, "drehen")
        sheet.write(row, 2, "M1")
        sheet.write_datetime(row, 3, datetime(2024, 1, 2 + n, 8, 30, 15, tzinfo=UTC), instant)
        sheet.write(row, 4, timedelta(hours=30, minutes=5), clock)
        sheet.write_formula(row, 5, f"=A{row + 1}/2", None, 2.5)
    book.close()


def test_the_sheet_with_records_is_found_below_a_title(tmp_path):
    path = tmp_path / "a.xlsx"
    write_book(path)
    table = read_table(path)
    assert "'Daten', header in row 3" in table.described
    assert table.rows.to_list() == [4, 5, 6]


def test_dates_durations_and_stored_results_are_read(tmp_path):
    path = tmp_path / "a.xlsx"
    write_book(path)
    operations = read_drop([path], time_zone="Europe/Berlin").records.operations
    row = operations.row(0, named=True)
    assert row["order_id"] == "1000"
    assert row["start_at"].isoformat() == "2024-01-02T07:30:15+00:00"
    assert row["end_at"] - row["start_at"] == timedelta(hours=30, minutes=5)
    assert row["repaired"] == ["end_at"]
    assert row["good_quantity"] == 2.5


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(1025):
            sheet.write(bytes(1024 * 1024))
    with pytest.raises(RecordsError, match="unpacks to 1,074,"):
        read_table(path)


def test_a_sheet_that_unpacks_to_more_than_the_directory_says_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    write_book(path)
    monkeypatch.setattr(excel_files, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(RecordsError, match="unpacks to"):
        read_table(path)


def test_one_cell_at_the_far_corner_is_refused(tmp_path):
    path = tmp_path / "wide.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "order")
    sheet.write(1_048_575, 16_383, 1)
    book.close()
    with pytest.raises(RecordsError, match=r"17,179,869,184 cells"):
        read_table(path)


def test_formulas_without_stored_results_are_named(tmp_path):
    path = tmp_path / "formulas.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for column, name in enumerate(["order", "operation", "start", "end"]):
        sheet.write(0, column, name)
        for row in range(1, 200):
            nested = "(" * 60 + "A1" + ")" * 60
            sheet.write_formula(row, column, f'=REPT("x",32767)&{nested}', None, "")
    book.close()
    with pytest.raises(RecordsError, match="796 formulas"):
        read_table(path)


def test_entities_in_a_sheet_are_refused(tmp_path):
    path = tmp_path / "entities.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x/>')
    with pytest.raises(RecordsError, match="entities"):
        read_table(path)


@pytest.mark.parametrize("n_bytes", [300, 3000])
def test_half_a_workbook_is_refused(tmp_path, n_bytes):
    path = tmp_path / "a.xlsx"
    write_book(path)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(RecordsError, match="cannot be read as an Excel workbook"):
        read_table(path)


def test_text_that_is_named_xlsx_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_text("order,machine\nA,M1\n")
    with pytest.raises(RecordsError, match="its content is not"):
        read_table(path)
