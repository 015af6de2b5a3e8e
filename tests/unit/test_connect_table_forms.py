"""Tables as lists, pages, databases, without a header, and in files that belong together."""

import gzip
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from connect_styles import JOBS, check, dropped, written

from zhizao._base.errors import RecordsError
from zhizao.connect.files import packed_files
from zhizao.connect.files.text_forms import of_fixed_width, without_lines

HEADER = ["ORDER", "OPERATION", "MACHINE", "START", "END"]
ROWS = [[j["order"], j["operation"], j["machine"], str(j["start"])[:16], str(j["end"])[:16]] for j in JOBS]  # fmt: skip
WIDTHS = [max(len(row[i]) for row in [HEADER, *ROWS]) for i in range(5)]


def _line(cells: list[str], sign: str) -> str:
    return sign.join(cell.ljust(n) for cell, n in zip(cells, WIDTHS, strict=True))


def _sap() -> str:
    rows = [f"|{_line(row, '|')}|" for row in [HEADER, *ROWS]]
    dash = "-" * len(rows[0])
    head = "01.04.2024            Dynamische Listenausgabe            1"
    return "\n".join([head, dash, rows[0], dash, *rows[1:], dash])


def _postgres() -> str:
    rows = [_line(row, " | ") for row in [HEADER, *ROWS]]
    return "\n".join([rows[0], "-+-".join("-" * n for n in WIDTHS), *rows[1:], f"({len(ROWS)} rows)"])  # fmt: skip


def _mysql() -> str:
    bar = "+-" + "-+-".join("-" * n for n in WIDTHS) + "-+"
    rows = [f"| {_line(row, ' | ')} |" for row in [HEADER, *ROWS]]
    return "\n".join([bar, rows[0], bar, *rows[1:], bar])


def _sqlplus() -> str:
    rows = [_line(row, " ") for row in [HEADER, *ROWS]]
    return "\n".join([rows[0], " ".join("-" * n for n in WIDTHS), *rows[1:]])


FORMS: dict[str, Callable[[], str]] = {
    "SAP list": _sap,
    "psql": _postgres,
    "mysql": _mysql,
    "sqlplus": _sqlplus,
    "fixed width": lambda: "\n".join(_line(row, "  ").rstrip() for row in [HEADER, *ROWS]),
    "a delimiter behind each row": lambda: "\n".join(
        [";".join(HEADER), *(";".join(r) + ";" for r in ROWS)]
    ),
    "no header": lambda: "\n".join(",".join(row) for row in ROWS),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_drawn_table_is_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(FORMS[form]() + "\n", encoding="utf-8")
    check(dropped(path))


def test_rows_keep_the_numbers_of_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(_sap() + "\n", encoding="utf-8")
    lines = path.read_text(encoding="utf-8").split("\n")
    for order, row in dropped(path).records.operations.select("order_id", "source_row").iter_rows():
        assert order in lines[row - 1]


def test_a_row_without_a_header_is_not_lost(tmp_path: Path) -> None:
    path = written(tmp_path, None, ROWS)
    assert dropped(path).records.operations["source_row"].min() == 1


def test_minus_signs_and_bars_inside_cells_are_no_lines() -> None:
    text = "a;b\n---;1\nx|y;2\n"
    assert without_lines(text) == text
    assert of_fixed_width("one word\nanother\n") is None


def test_a_web_page_that_is_called_a_workbook(tmp_path: Path) -> None:
    cells = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>\n" for row in ROWS)
    head = "".join(f"<th>{c}</th>" for c in HEADER)
    path = tmp_path / "export.xls"
    path.write_text(f"<html><body><h1>List</h1><table><tr>{head}</tr>{cells}</table></body></html>")
    check(dropped(path))


def test_a_web_page_without_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_text("<html><body>Your session has ended.</body></html>")
    with pytest.raises(RecordsError, match="web page"):
        dropped(path)


def test_a_database_with_one_table_of_reports(tmp_path: Path) -> None:
    path = tmp_path / "mes.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table users (id integer, name text)")
        database.execute('create table "work reports" (order_no, operation, machine, start_time, end_time)')  # fmt: skip
        database.executemany('insert into "work reports" values (?, ?, ?, ?, ?)', ROWS)
        database.commit()
    drop = dropped(path)
    check(drop)
    assert any("users" in note.en for note in drop.verdict.notes)


def test_an_archive_of_tables_is_read_and_what_is_none_is_named(tmp_path: Path) -> None:
    halves = (ROWS[: len(ROWS) // 2], ROWS[len(ROWS) // 2 :])
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for i, rows in enumerate(halves, start=1):
            archive.write(
                written(tmp_path, HEADER, rows, name=f"2024-0{i}.csv"), f"x/2024-0{i}.csv"
            )
        archive.writestr("x/read me.pdf", "%PDF")
    drop = dropped(tmp_path / "export.zip")
    check(drop)
    assert [t.file for t in drop.mapping.tables] == [
        "export.zip/2024-01.csv",
        "export.zip/2024-02.csv",
    ]
    assert any("read me.pdf" in note.en for note in drop.verdict.notes)


def test_an_archive_without_tables_is_refused_with_what_is_in_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("photo.png", "x")
    with pytest.raises(RecordsError, match=r"photo\.png. Unpack it"):
        dropped(tmp_path / "export.zip")


def test_an_archive_does_not_unpack_to_more_than_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_files, "MAX_FILE_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "0" * 20_000)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0" * 20_000))
    for name in ("a.zip", "a.csv.gz"):
        with pytest.raises(RecordsError, match="unpacks to more than 10,000 bytes"):
            dropped(tmp_path / name)


def test_packed_text_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, ROWS)
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    check(dropped(tmp_path / "log.csv.gz"))


def test_bookings_that_name_their_work_order_by_a_number(tmp_path: Path) -> None:
    work = [[i, j["order"], j["operation"], j["machine"]] for i, j in enumerate(JOBS)]
    booked = [[9000 + i, i, j["worker"], j["start"], j["end"]] for i, j in enumerate(JOBS)]
    drop = dropped(
        written(tmp_path, ["wo_id", "mo_id", "operation_name", "machine_id"], work, name="workorder.csv"),
        written(tmp_path, ["id", "wo_id", "user_id", "time_start", "time_end"], booked, name="time_logs.csv"),
    )  # fmt: skip
    check(drop)
    assert any("workorder.csv" in note.en for note in drop.verdict.notes)


def test_names_of_machines_and_orders_in_files_of_their_own(tmp_path: Path) -> None:
    names = sorted({j["machine"] for j in JOBS})
    orders = {j["order"]: [j["order"], j["product"], j["good"], (j["end"] + timedelta(days=4)).date()] for j in JOBS}  # fmt: skip
    reports = [[j["order"], j["operation"], names.index(j["machine"]), j["start"], j["end"]] for j in JOBS]  # fmt: skip
    drop = dropped(
        written(tmp_path, ["machine_id", "machine_name"], list(enumerate(names)), name="machines.csv"),
        written(tmp_path, ["order_id", "product", "quantity", "due_date"], list(orders.values()), name="orders.csv"),
        written(tmp_path, ["order_id", "operation", "machine_id", "start", "end"], reports, name="reports.csv"),
    )  # fmt: skip
    check(drop)
    assert all(order.due_at is not None for order in drop.orders)


def test_a_file_that_has_nothing_to_do_with_the_reports_is_named_and_not_read(
    tmp_path: Path,
) -> None:
    drop = dropped(
        written(tmp_path, HEADER, ROWS),
        written(tmp_path, ["colour", "price"], [["red", 3], ["blue", 4]], name="colours.csv"),
    )
    check(drop)
    assert any("colours.csv" in note.en for note in drop.verdict.notes)
