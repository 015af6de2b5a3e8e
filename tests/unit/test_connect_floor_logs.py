"""Logs of the shop floor: signals, events, setups beside work, sheets a machine, a day, an order."""

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from connect_styles import JOBS, OPERATIONS, Job, check, dropped, written

from zhizao._base.errors import RecordsError
from zhizao.connect import Drop, mapping_of_toml, mapping_toml

PLAIN = ["Order", "Operation", "Machine", "Start", "End"]


def _events(start: Any, end: Any, *fields: str) -> list[list[Any]]:
    rows = [
        [job[when], word, *(job[f] for f in fields)]
        for job in JOBS
        for when, word in (("start", start), ("end", end))
    ]
    return sorted(rows, key=lambda row: row[0])


def _kinds(drop: Drop) -> dict[str, int]:
    return dict(drop.records.operations["kind"].value_counts().iter_rows())


def _book(folder: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = xlsxwriter.Workbook(str(folder / "book.xlsx"))
    form = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    clock = book.add_format({"num_format": "hh:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(y, x, cell, form)
                elif hasattr(cell, "hour"):
                    sheet.write_datetime(y, x, cell, clock)
                else:
                    sheet.write(y, x, cell)
    book.close()
    return folder / "book.xlsx"


@pytest.mark.parametrize(
    ("start", "end", "column"),
    [("CYCLE_START", "CYCLE_END", "event"), ("Zyklusstart", "Zyklusende", "Ereignis"), (1, 0, "running")],
)  # fmt: skip
def test_begins_and_ends_of_a_controller(start: Any, end: Any, column: str, tmp_path: Path) -> None:
    rows = _events(start, end, "machine", "order", "operation")
    path = written(tmp_path, ["ts", column, "machine", "work_order", "program"], rows)
    check(dropped(path))


def test_a_setup_between_its_own_events_is_no_work(tmp_path: Path) -> None:
    rows = [
        [job["start"] + timedelta(minutes=m), word, job["machine"], job["order"], job["operation"]]
        for job in JOBS
        for m, word in (
            (-10, "SETUP_START"), (-5, "SETUP_END"), (0, "RUN_START"), (job["minutes"], "RUN_END"),
        )
    ]  # fmt: skip
    path = written(tmp_path, ["time", "event", "machine", "order", "operation"], sorted(rows, key=lambda r: r[0]))  # fmt: skip
    drop = dropped(path)
    check(drop)
    assert _kinds(drop)["setup"] == len(JOBS)


def test_operations_whose_names_say_that_they_begin_or_end(tmp_path: Path) -> None:
    rows = [[job["order"], f"{job['operation']} {word}", job[when], job["machine"]] for job in JOBS for when, word in (("start", "started"), ("end", "finished"))]  # fmt: skip
    path = written(tmp_path, ["Case ID", "Activity", "Timestamp", "Resource"], sorted(rows, key=lambda r: r[2]))  # fmt: skip
    check(dropped(path))


@pytest.mark.parametrize(
    "header",
    [["Order", "Operation", "Machine", "Setup Start", "Setup End", "Start", "End"],
     ["Auftrag", "Arbeitsgang", "Maschine", "Rüstbeginn", "Rüstende", "Beginn", "Ende"],
     ["工单号", "工序", "设备", "换型开始时间", "换型结束时间", "加工开始时间", "加工结束时间"]],
)  # fmt: skip
def test_begin_and_end_of_the_setup_beside_those_of_the_work(
    header: list[str], tmp_path: Path
) -> None:
    rows = []
    for i, job in enumerate(JOBS):
        setup = [job["start"] - timedelta(minutes=12), job["start"] - timedelta(minutes=2)]
        rows.append([job["order"], job["operation"], job["machine"], *(setup if i % 2 else ["", ""]), job["start"], job["end"]])  # fmt: skip
    drop = dropped(written(tmp_path, header, rows))
    check(drop)
    assert _kinds(drop)["setup"] == len(JOBS) // 2


def test_a_setup_without_an_end_lasts_until_the_work_begins(tmp_path: Path) -> None:
    rows = [[j["order"], j["operation"], j["machine"], j["start"] - timedelta(minutes=9), j["start"], j["end"]] for j in JOBS]  # fmt: skip
    drop = dropped(written(tmp_path, ["Order", "Operation", "Machine", "Setup Start", "Start", "End"], rows))  # fmt: skip
    check(drop)
    setups = drop.records.operations.filter(kind="setup")
    assert set((setups["end_at"] - setups["start_at"]).dt.total_minutes()) == {9}


def _by(field: Any) -> dict[Any, list[Job]]:
    found = defaultdict(list)
    for job in JOBS:
        found[field(job)].append(job)
    return dict(found)


@pytest.mark.parametrize("form", ["one heading", "two headings", "Chinese groups"])
def test_a_row_an_order_with_machines_beside_the_times(form: str, tmp_path: Path) -> None:
    rows = []
    for order, jobs in _by(lambda j: j["order"]).items():
        done = sorted(jobs, key=lambda j: j["number"])
        rows.append([order, *(cell for j in done for cell in (j["machine"], j["start"], j["end"]))])
    names = [name for name, _, _ in OPERATIONS]
    if form == "one heading":
        head = [["Order", *(f"{n} {w}" for n in names for w in ("machine", "start", "end"))]]
    elif form == "two headings":
        head = [["Order", *(c for n in names for c in (n, "", ""))], ["", *["Machine", "Start", "End"] * 4]]  # fmt: skip
    else:
        head = [["工单号", *(c for n in names for c in (n, "", ""))], ["", *["设备", "开始时间", "结束时间"] * 4]]  # fmt: skip
    drop = dropped(written(tmp_path, None, [*head, *rows]))
    check(drop)
    assert mapping_of_toml(mapping_toml(drop.mapping)) == drop.mapping


@pytest.mark.parametrize("has_operation", [True, False])
def test_a_sheet_a_machine(has_operation: bool, tmp_path: Path) -> None:  # noqa: FBT001
    head = ["Auftrag", *(["Arbeitsgang"] if has_operation else []), "Beginn", "Ende", "Stück"]
    sheets = {
        machine: [head] + [[j["order"], *([j["operation"]] if has_operation else []), j["start"], j["end"], j["good"]] for j in jobs]
        for machine, jobs in _by(lambda j: j["machine"]).items()
    }  # fmt: skip
    drop = dropped(_book(tmp_path, sheets))
    check(drop, operation=lambda j: str(j["operation" if has_operation else "machine"]))


def test_a_file_a_machine(tmp_path: Path) -> None:
    paths = [
        written(tmp_path, ["Order", "Operation", "Start", "End"],
                [[j["order"], j["operation"], j["start"], j["end"]] for j in jobs], name=f"{machine}.csv")
        for machine, jobs in _by(lambda j: j["machine"]).items()
    ]  # fmt: skip
    check(dropped(*paths))


def test_names_of_months_are_no_machines(tmp_path: Path) -> None:
    head = ["Order", "Operation", "Start", "End"]
    sheets = {
        week: [head] + [[j["order"], j["operation"], j["start"], j["end"]] for j in jobs]
        for week, jobs in _by(lambda j: f"KW {j['start'].isocalendar().week}").items()
    }
    assert set(dropped(_book(tmp_path, sheets)).records.operations["resource"]) == {None}


def test_a_sheet_a_day(tmp_path: Path) -> None:
    head = ["Auftrag", "Arbeitsgang", "Maschine", "Von", "Bis"]
    sheets = {
        day: [head] + [[j["order"], j["operation"], j["machine"], j["start"].time(), j["end"].time()] for j in jobs]
        for day, jobs in _by(lambda j: j["start"].strftime("%d.%m.%Y")).items()
    }  # fmt: skip
    check(dropped(_book(tmp_path, sheets)))


def test_a_date_above_the_rows_of_its_day(tmp_path: Path) -> None:
    rows: list[list[Any]] = []
    for day, jobs in _by(lambda j: j["start"].strftime("%d.%m.%Y")).items():
        rows.append([day, "", "", "", ""])
        rows += [[j["order"], j["operation"], j["machine"], j["start"].strftime("%H:%M"), j["end"].strftime("%H:%M")] for j in jobs]  # fmt: skip
    path = written(tmp_path, ["Auftrag", "Arbeitsgang", "Maschine", "Von", "Bis"], rows, delimiter=";")  # fmt: skip
    check(dropped(path))


def test_machines_of_one_name_in_two_plants_are_kept_apart(tmp_path: Path) -> None:
    rows = [[["1000", "2000"][int(j["order"]) % 2], j["order"], j["operation"], j["machine"][:-2], j["start"], j["end"]] for j in JOBS]  # fmt: skip
    drop = dropped(written(tmp_path, ["Werk", *PLAIN], rows))
    check(drop, has_machine=False)
    assert sorted(drop.records.operations["resource"].unique().to_list())[:2] == ["1000 Bench", "1000 Mill"]  # fmt: skip


def test_states_of_machines_without_any_order_are_refused(tmp_path: Path) -> None:
    rows = [[j["machine"], ["RUNNING", "DOWN", "SETUP", "IDLE"][i % 4], f"R{i % 9}", j["start"], j["end"]] for i, j in enumerate(JOBS)]  # fmt: skip
    path = written(tmp_path, ["Machine", "State", "Reason code", "From", "To"], rows)
    with pytest.raises(RecordsError, match="no row names an order"):
        dropped(path)
