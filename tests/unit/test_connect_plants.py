"""Logs as plants of other countries and systems export them, read with nothing told."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from zhizao._base.errors import RecordsError
from zhizao.connect import Drop, mapping_of_toml, mapping_toml, read_drop

MONDAY = datetime(2024, 3, 4, 6)  # noqa: DTZ001 - clock times without a zone, as files have them
STEPS = (("Sawing", "Saw-1", 10), ("Milling", "Mill-2", 20), ("Packing", "Pack-1", 30))
Row = Sequence[Any]


def _work() -> list[dict[str, Any]]:
    rows = []
    for i in range(30):
        at = MONDAY + timedelta(hours=5 * i)
        for k, (operation, machine, number) in enumerate(STEPS):
            end = at + timedelta(minutes=30 + 7 * ((3 * i + k) % 5))
            rows.append(
                {"order": str(1000 + i), "product": f"P{i % 3}", "operation": operation, "number": number,
                 "machine": machine, "worker": f"Name {(i + k) % 6}", "start": at, "end": end, "good": 10 + i % 4}
            )  # fmt: skip
            at = end + timedelta(minutes=15)
    return rows


WORK = _work()


def _text(header: Row, rows: Sequence[Row], *, delimiter: str = ";") -> str:
    lines = [delimiter.join(str(cell) for cell in row) for row in (header, *rows)]
    return "\n".join(lines) + "\n"


def _drop(folder: Path, text: str, *, name: str = "log.csv", encoding: str = "utf-8") -> Drop:
    (folder / name).write_bytes(text.encode(encoding))
    return read_drop([folder / name])


def _workbook(folder: Path, rows: Sequence[Row]) -> Drop:
    book = xlsxwriter.Workbook(str(folder / "log.xlsx"))
    date = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    sheet = book.add_worksheet("Line 3")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(y, x, cell, date)
            elif cell is not None:
                sheet.write(y, x, cell)
    book.close()
    return read_drop([folder / "log.xlsx"])


def _runs(drop: Drop, *extra: str) -> list[tuple[Any, ...]]:
    runs = drop.records.operations.filter(pl.col("kind") == "run").select(
        "order_id", "operation", pl.col("start_at", "end_at").dt.replace_time_zone(None), *extra
    )
    return sorted(runs.rows())


EXPECTED = sorted((r["order"], r["operation"], r["start"], r["end"]) for r in WORK)


def _plain(*names: str) -> list[list[Any]]:
    return [[row[name] for name in names] for row in WORK]


ENCODED = {
    "cp1251": (["Номер заказа", "Изделие", "Операция", "Станок", "Рабочий", "Начало", "Окончание"], "Фрезерование"),
    "cp932": (["製造番号", "品番", "工程", "設備", "作業者", "開始日時", "終了日時"], "フライス加工"),
    "cp949": (["작업지시번호", "품목", "공정", "설비", "작업자", "시작시간", "종료시간"], "밀링 가공"),
    "cp1254": (["İş Emri No", "Ürün Kodu", "Operasyon", "Tezgah", "Operatör", "Başlangıç Zamanı", "Bitiş Zamanı"], "Taşlama ışık"),
    "cp1250": (["Nr zlecenia", "Wyrób", "Operacja", "Maszyna", "Pracownik", "Rozpoczęcie", "Zakończenie"], "Cięcie śrub"),
    "gb18030": (["工单号", "产品", "工序", "设备", "操作工", "开工时间", "完工时间"], "铣削"),
    "cp1252": (["Auftrag", "Artikel", "Arbeitsgang", "Maschine", "Mitarbeiter", "Beginn", "Ende"], "Fräsen größer"),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODED)
def test_older_encodings_are_told_by_the_words_of_the_header(encoding: str, tmp_path: Path) -> None:
    header, operation = ENCODED[encoding]
    rows = _plain("order", "product", "operation", "machine", "worker", "start", "end")
    for row in rows:
        row[2] = operation if row[2] == "Milling" else row[2]
    drop = _drop(tmp_path, _text(header, rows), encoding=encoding)
    assert set(drop.records.operations["operation"]) == {"Sawing", operation, "Packing"}
    assert list(drop.mapping.tables[0].columns.values()) == [*header[:3], *header[3:]]
    assert drop.records.n_rows == len(WORK)


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1251", "Фрезерование"), ("cp932", "フライス"), ("cp949", "선반가공"),
                           ("gb18030", "铣削加工"), ("cp1252", "Fräsen")]
)  # fmt: skip
def test_older_encodings_are_told_by_their_letters_under_a_plain_header(
    encoding: str, name: str, tmp_path: Path
) -> None:
    rows = [[r["order"], name, r["start"], r["end"]] for r in WORK]
    drop = _drop(tmp_path, _text(["Order", "Operation", "Start", "End"], rows), encoding=encoding)
    assert drop.records.operations["operation"].unique().to_list() == [name]


@pytest.mark.parametrize("tail", ["", "\nRows: 90\n"])
def test_lines_around_a_table_are_named_and_not_read(tail: str, tmp_path: Path) -> None:
    text = _text(
        ["Order", "Operation", "Start", "End"], _plain("order", "operation", "start", "end")
    )
    drop = _drop(tmp_path, f"Labour report plant 2\nPeriod: March\n\n{text}{tail}")
    assert _runs(drop) == EXPECTED
    assert drop.records.operations["source_row"].min() == 5
    assert any("Labour report plant 2" in note.en for note in drop.verdict.notes)


def test_padded_title_rows_and_a_total_of_a_csv(tmp_path: Path) -> None:
    text = _text(
        ["WO #", "Operation", "Actual Start", "Actual End"],
        _plain("order", "operation", "start", "end"),
    )
    drop = _drop(tmp_path, f"Report;;;\nPrinted 1 April;;;\n{text}Total;;;\n")
    assert _runs(drop) == EXPECTED
    assert drop.set_aside["WO #"].to_list() == ["Total"]


def test_groups_of_columns_and_units_below_a_title_of_a_sheet(tmp_path: Path) -> None:
    rows: list[Row] = [
        ["Tracking sheet"], [],
        ["Order", "Operation", "Time", None, "Quantity", None, "Run time"],
        [None, None, "Start", "End", "Good", "Scrap", None],
        [None, None, "date", "date", "pcs", "pcs", "h"],
        *([r["order"], r["operation"], r["start"], r["end"], r["good"], 1, 0.5] for r in WORK),
        ["Total", None, None, None, 900, 90, 45],
    ]  # fmt: skip
    drop = _workbook(tmp_path, rows)
    assert _runs(drop) == EXPECTED
    assert drop.records.operations["scrap_quantity"].unique().to_list() == [1.0]
    assert drop.mapping.tables[0].duration_unit == "h"
    assert drop.set_aside["source_row"].to_list() == [len(rows)]


def test_an_order_above_its_group_of_rows(tmp_path: Path) -> None:
    rows = [
        [r["order"] if r["number"] == 10 else None, r["product"] if r["number"] == 10 else None,
         r["operation"], r["start"], r["end"]]
        for r in WORK
    ]  # fmt: skip
    drop = _workbook(tmp_path, [["Order", "Part", "Operation", "Start", "End"], *rows])
    assert _runs(drop) == EXPECTED
    assert drop.mapping.tables[0].fill_down == ("Order", "Part")
    assert drop.records.operations["product"].null_count() == 0


def test_an_order_missing_here_and_there_is_not_filled_in(tmp_path: Path) -> None:
    rows = [
        [r["order"] if i % 5 else "", r["operation"], r["start"], r["end"]]
        for i, r in enumerate(WORK)
    ]
    drop = _drop(tmp_path, _text(["Order", "Operation", "Start", "End"], rows))
    assert drop.mapping.tables[0].fill_down == ()
    assert drop.set_aside.height == len(WORK) // 5


def test_a_second_table_below_the_first_is_not_read_as_its_rows(tmp_path: Path) -> None:
    work = _plain("order", "operation", "machine", "start", "end")
    stops = [["Mill-2", "spindle", "Hall 2", MONDAY, MONDAY + timedelta(hours=1)]]
    head = ["Order", "Operation", "Machine", "Start", "End"]
    second = ["Machine", "Reason", "Place", "From", "To"]
    drop = _workbook(tmp_path, [head, *work, [], ["Stops"], second, *stops])
    assert _runs(drop) == EXPECTED
    assert any("Line 3 (2)" in note.en for note in drop.verdict.notes)


def test_dates_and_clocks_of_an_erp_without_signs(tmp_path: Path) -> None:
    rows = [
        [f"{int(r['order']):012d}", f"{r['number']:04d}", r["machine"], f"{r['start']:%Y%m%d}", f"{r['start']:%H%M%S}",
         f"{r['end']:%Y%m%d}", f"{r['end']:%H%M%S}", r["good"]]
        for r in WORK
    ]  # fmt: skip
    header = ["AUFNR", "VORNR", "ARBPL", "ISDD", "ISDZ", "IEDD", "IEDZ", "LMNGA"]
    drop = _drop(tmp_path, _text(header, rows, delimiter="\t"), name="afru.txt")
    numbers = {operation: f"{number:04d}" for operation, _, number in STEPS}
    assert _runs(drop) == sorted((f"{int(o):012d}", numbers[n], s, e) for o, n, s, e in EXPECTED)


@pytest.mark.parametrize(
    ("before", "after"), [("오전", "오후"), ("午前", "午後"), ("上午", "下午")]
)
def test_halves_of_the_day_in_asian_words(before: str, after: str, tmp_path: Path) -> None:
    def shown(at: datetime) -> str:
        return f"{at:%Y-%m-%d} {before if at.hour < 12 else after} {at:%I:%M:%S}"

    rows = [[r["order"], r["operation"], shown(r["start"]), shown(r["end"])] for r in WORK]
    assert _runs(_drop(tmp_path, _text(["Order", "Operation", "Start", "End"], rows))) == EXPECTED


@pytest.mark.parametrize(
    ("header", "sign"),
    [("FA/AG", "/"), ("FA/AG", "-"), ("FA/AG", " "), ("Order", "/"), ("Order", " "), ("Beleg", "/"), ("Beleg", "-")],
)  # fmt: skip
def test_order_and_operation_in_one_cell(header: str, sign: str, tmp_path: Path) -> None:
    rows = [[f"{r['order']}{sign}{r['number']:04d}", r["start"], r["end"]] for r in WORK]
    drop = _drop(tmp_path, _text([header, "Start", "End"], rows))
    numbers = {operation: f"{number:04d}" for operation, _, number in STEPS}
    assert _runs(drop) == sorted((o, numbers[n], s, e) for o, n, s, e in EXPECTED)


def test_the_machine_is_the_resource_beside_its_work_center(tmp_path: Path) -> None:
    rows = [
        [r["order"], r["operation"], r["machine"][:4], f"{r['machine'][:4]}-{i % 2}", r["start"], r["end"]]
        for i, r in enumerate(WORK)
    ]  # fmt: skip
    drop = _drop(
        tmp_path, _text(["Order", "Operation", "Work Center", "Machine", "Start", "End"], rows)
    )
    assert drop.mapping.tables[0].columns["resource"] == "Machine"


@pytest.mark.parametrize(
    "words",
    [("Start", "Interrupt", "Resume", "Finish"), ("Anmelden", "Unterbrechen", "Fortsetzen", "Abmelden"),
     ("开工", "暂停", "恢复", "完工"), ("начало", "приостановка", "возобновление", "окончание")],
)  # fmt: skip
@pytest.mark.parametrize("column", ["Event", "Status", "Meldung"])
def test_an_interruption_parts_the_work_into_reports(
    words: tuple[str, ...], column: str, tmp_path: Path
) -> None:
    begin, pause, resume, end = words
    events, expected = [], []
    for i, r in enumerate(WORK):
        cuts = [r["start"], r["end"]]
        if i % 3 == 0:
            cuts[1:1] = [r["start"] + timedelta(minutes=m) for m in (10, 20)]
        names = [begin, pause, resume, end] if len(cuts) > 2 else [begin, end]
        events += [
            (at, r["order"], r["operation"], word) for at, word in zip(cuts, names, strict=True)
        ]
        expected += [(r["order"], r["operation"], *cuts[j : j + 2]) for j in range(0, len(cuts), 2)]
    drop = _drop(tmp_path, _text(["Time", "Order", "Operation", column], sorted(events)))
    assert _runs(drop) == sorted(expected)


def test_a_partial_report_ends_one_stretch_and_begins_the_next(tmp_path: Path) -> None:
    rows = [
        ("2024-03-04 08:00", "start", 0), ("2024-03-04 09:00", "partial", 5), ("2024-03-04 10:00", "complete", 7)
    ]  # fmt: skip
    text = _text(
        ["Order", "Operation", "Timestamp", "Event", "Good qty"],
        [("A", "cut", *row) for row in rows],
    )
    operations = _drop(tmp_path, text).records.operations
    hours = (operations["end_at"] - operations["start_at"]).dt.total_hours().to_list()
    assert list(zip(hours, operations["good_quantity"], strict=True)) == [(1, 5.0), (1, 7.0)]


def test_two_people_on_one_operation_clock_on_their_own(tmp_path: Path) -> None:
    punches = []
    for r in WORK:
        middle = r["start"] + timedelta(minutes=10)
        job = (r["order"], r["operation"])
        punches += [(r["start"], "Ann", "Clock On", *job), (middle, "Bo", "Clock On", *job),
                    (middle + timedelta(minutes=5), "Bo", "Clock Off", *job), (r["end"], "Ann", "Clock Off", *job)]  # fmt: skip
    drop = _drop(
        tmp_path, _text(["Punch time", "Employee", "Action", "Job", "Operation"], sorted(punches))
    )
    ann = drop.records.operations.filter(pl.col("operator") == "Ann")
    assert sorted(ann.select(pl.col("end_at").dt.replace_time_zone(None)).to_series()) == sorted(
        r["end"] for r in WORK
    )


def test_setup_beside_run_time_becomes_a_row_of_its_own(tmp_path: Path) -> None:
    rows = [
        [r["order"], r["operation"], r["start"], r["end"], 5 if r["operation"] == "Milling" else 0,
         (r["end"] - r["start"]).total_seconds() / 60 - 5, r["good"]]
        for r in WORK
    ]  # fmt: skip
    header = [
        "Order",
        "Operation",
        "Start",
        "End",
        "Setup time (min)",
        "Run time (min)",
        "Good qty",
    ]
    drop = _drop(tmp_path, _text(header, rows))
    setup = timedelta(minutes=5)
    expected = [(o, n, s + setup if n == "Milling" else s, e) for o, n, s, e in EXPECTED]
    assert _runs(drop) == expected
    setups = drop.records.operations.filter(pl.col("kind") == "setup")
    assert (setups["end_at"] - setups["start_at"]).unique().to_list() == [setup]
    assert setups["good_quantity"].null_count() == setups.height == len(WORK) // 3


def test_setup_and_run_time_make_the_end_together(tmp_path: Path) -> None:
    text = "Auftrag;Arbeitsgang;Beginn;Rüstzeit [min];Maschinenzeit [min]\nA;Drehen;2024-03-04 08:00;10,5;30\n"
    operations = _drop(tmp_path, text).records.operations
    assert operations.select("kind", pl.col("end_at").dt.strftime("%H:%M:%S")).rows() == [
        ("setup", "08:10:30"), ("run", "08:40:30")
    ]  # fmt: skip


def _with_storno(back: Row, header: str, held: str) -> str:
    rows: list[Row] = []
    for i, r in enumerate(WORK):
        row = [r["order"], r["operation"], r["machine"], r["start"], r["end"]]
        if i % 10 == 3:  # the same booking by mistake, taken back, and booked again
            rows += [[*row, r["good"], held], [*row, back[0] * r["good"], back[1]]]
        rows.append([*row, r["good"], held])
    return _text(["Order", "Operation", "Machine", "Start", "End", "Good qty", header], rows)


@pytest.mark.parametrize(
    ("back", "header", "held"),
    [((-1, "X"), "Storniert", ""), ((-1, "Storno"), "Status", "Rückmeldung"), ((1, "作废"), "状态", "完工"),
     ((-1, ""), "Remark", "")],
)  # fmt: skip
def test_a_booking_taken_back_goes_with_the_one_that_takes_it(
    back: Row, header: str, held: str, tmp_path: Path
) -> None:
    drop = _drop(tmp_path, _with_storno(back, header, held))
    assert _runs(drop) == EXPECTED
    assert set(drop.set_aside["reasons"]) == {"cancelled"}
    assert drop.set_aside.height == 2 * 9
    assert drop.records.operations["good_quantity"].sum() == sum(r["good"] for r in WORK)


def test_a_flag_on_the_booking_itself_cancels_only_that(tmp_path: Path) -> None:
    rows = [
        [r["order"], r["operation"], r["start"], r["end"], r["good"], "Y" if i == 4 else "N"]
        for i, r in enumerate(WORK)
    ]
    drop = _drop(tmp_path, _text(["Order", "Operation", "Start", "End", "Good", "Cancelled"], rows))
    assert drop.set_aside["source_row"].to_list() == [6]
    assert drop.records.n_rows == len(WORK) - 1


def test_a_change_of_state_lasts_until_the_next_of_its_machine(tmp_path: Path) -> None:
    states = [("RUN", ""), ("STOPPED", "spindle"), ("RUN", ""), ("IDLE", "")]
    rows = [
        (machine, MONDAY + timedelta(hours=h), *states[h]) for h in range(4) for machine in ("M1", "M2")
    ]  # fmt: skip
    (tmp_path / "work.csv").write_text(
        _text(["Order", "Operation", "Start", "End"], _plain("order", "operation", "start", "end"))
    )
    (tmp_path / "states.csv").write_text(_text(["Machine", "Timestamp", "State", "Reason"], rows))
    drop = read_drop([tmp_path / "work.csv", tmp_path / "states.csv"])
    down = drop.records.operations.filter(pl.col("kind") == "down")
    assert down.select("resource", "operation", pl.col("end_at") - pl.col("start_at")).rows() == [
        ("M1", "spindle", timedelta(hours=1)), ("M2", "spindle", timedelta(hours=1))
    ]  # fmt: skip
    assert _runs(drop) == EXPECTED


@pytest.mark.parametrize("form", ["lines", "list", "nested"])
def test_json_of_a_system(form: str, tmp_path: Path) -> None:
    rows = [
        {"order": {"id": r["order"]}, "operation": r["operation"], "start": r["start"].isoformat(),
         "end": r["end"].isoformat(), "goodQty": r["good"]}
        for r in WORK
    ]  # fmt: skip
    text = {
        "lines": "\n".join(map(json.dumps, rows)),
        "list": json.dumps(rows),
        "nested": json.dumps({"page": 1, "data": rows}),
    }[form]
    drop = _drop(tmp_path, text, name="log.json")
    assert _runs(drop) == EXPECTED
    assert drop.records.operations["good_quantity"].sum() == sum(r["good"] for r in WORK)


def test_broken_json_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="line 2"):
        _drop(tmp_path, '{"order": "A"}\n{"order": \n', name="log.jsonl")


def test_what_was_guessed_can_be_written_and_read_again(tmp_path: Path) -> None:
    mapping = _drop(tmp_path, _with_storno((-1, "X"), "Storniert", "")).mapping
    assert mapping_of_toml(mapping_toml(mapping)) == mapping


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p"])
def test_days_up_to_twelve_are_read_the_way_that_keeps_them_together(
    form: str, tmp_path: Path
) -> None:
    work = [r for r in WORK if r["end"].day <= 10]
    rows = [
        [r["order"], r["operation"], *(f"{r[k]:{form}}" for k in ("start", "end"))] for r in work
    ]
    drop = _drop(tmp_path, _text(["Order", "Operation", "Start", "End"], rows))
    assert _runs(drop) == sorted((r["order"], r["operation"], r["start"], r["end"]) for r in work)


@pytest.mark.parametrize(
    "months",
    [("mars", "avr."), ("marzo", "aprile"), ("марта", "апреля"), ("Mart", "Nis"), ("mrt", "apr")],
)
def test_names_of_months_in_more_languages(months: tuple[str, str], tmp_path: Path) -> None:
    def shown(at: datetime) -> str:
        return f"{at.day} {months[at.month - 3]} {at:%Y %H:%M}"

    rows = [[r["order"], r["operation"], shown(r["start"]), shown(r["end"])] for r in WORK]
    assert _runs(_drop(tmp_path, _text(["Order", "Operation", "Start", "End"], rows))) == EXPECTED


def test_names_of_two_scripts(tmp_path: Path) -> None:
    header = ["MO编号", "工序 Operation", "Machine/设备", "Start 开始", "End 结束"]
    rows = _plain("order", "operation", "machine", "start", "end")
    columns = _drop(tmp_path, _text(header, rows)).mapping.tables[0].columns
    assert columns == dict(
        zip(["order_id", "operation", "resource", "start_at", "end_at"], header, strict=True)
    )


def test_pieces_of_rework_are_no_flag(tmp_path: Path) -> None:
    rows = [[*row, 7] for row in _plain("order", "operation", "start", "end")]
    drop = _drop(tmp_path, _text(["Order", "Operation", "Start", "End", "Rework"], rows))
    assert "is_rework" not in drop.mapping.tables[0].columns
    assert "unparsed_cell" in drop.verdict.not_found


def test_what_programs_write_for_no_value_is_none(tmp_path: Path) -> None:
    rows = [
        [r["order"], r["operation"], r["start"], "NULL" if i == 3 else r["end"]]
        for i, r in enumerate(WORK)
    ]
    operations = _drop(
        tmp_path, _text(["Order", "Operation", "Start", "End"], rows)
    ).records.operations
    assert operations["end_at"].null_count() == 1
    assert not operations["faults"].explode().is_in(["unparsed_cell"]).any()


def test_numbers_of_one_length_are_the_order_before_machines_are(tmp_path: Path) -> None:
    rows = _plain("order", "operation", "machine", "start", "end", "good")
    drop = _drop(tmp_path, _text([f"column {i}" for i in range(6)], rows))
    assert drop.mapping.tables[0].columns["order_id"] == "column 0"


def test_each_person_of_a_cell_has_a_pseudonym(tmp_path: Path) -> None:
    rows = [["Ann / Bo", "cut"], ["Bo/Ann", "mill"], ["Doe, John", "pack"], ["Ann", "ship"]]
    text = _text(
        ["Operator", "Operation", "Order", "End"], [[*r, "A", "2024-03-04 08:00"] for r in rows]
    )
    (tmp_path / "log.csv").write_text(text)
    names = read_drop([tmp_path / "log.csv"], operator_key=bytes(32)).records.operations["operator"]
    assert names[0] == names[1]
    assert names[3] in names[0].split(" + ")
    assert "+" not in names[2]


def test_a_row_that_is_cancelled_itself_takes_no_other_report_along(tmp_path: Path) -> None:
    rows = [[*row, 10, "Done"] for row in _plain("order", "operation", "start", "end")]
    order, operation, _, end = rows[4][:4]
    rows.append([order, operation, end, end + timedelta(minutes=9), 10, "Cancelled"])
    drop = _drop(tmp_path, _text(["Order", "Operation", "Start", "End", "Good", "Status"], rows))
    assert _runs(drop) == EXPECTED
    assert drop.set_aside["source_row"].to_list() == [len(rows) + 1]


def test_the_end_of_a_span_is_no_change_of_state(tmp_path: Path) -> None:
    rows = [
        [r["order"], r["operation"], r["machine"], r["end"], "Störung" if i % 9 == 4 else "Produktion"]
        for i, r in enumerate(WORK)
    ]  # fmt: skip
    drop = _drop(tmp_path, _text(["Auftrag", "Arbeitsgang", "Maschine", "Ende", "Zeitart"], rows))
    assert drop.mapping.tables[0].layout == "row_per_operation"
    assert drop.records.operations["start_at"].null_count() == len(WORK)


def test_pairs_of_cells_above_a_header_are_titles(tmp_path: Path) -> None:
    text = _text(
        ["Order", "Operation", "Start", "End"], _plain("order", "operation", "start", "end")
    )
    drop = _drop(tmp_path, f"Site;Munich;;\nUser name;miller;;\n{text}")
    assert _runs(drop) == EXPECTED
    assert drop.records.operations["source_row"].min() == 4


def test_a_header_that_no_list_of_names_knows_stays_the_header(tmp_path: Path) -> None:
    rows = _plain("order", "operation", "machine", "start", "end")
    drop = _drop(tmp_path, _text([f"field {c}" for c in "abcde"], rows))
    assert drop.records.n_rows == len(WORK)
