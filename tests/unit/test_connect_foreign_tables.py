"""Tables as plants in other countries and other systems lay them out; what is learnt is the same."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from connect_styles import JOBS, Job, check, dropped, written

from zhizao.connect import Drop

Cells = Callable[[Job], Sequence[Any]]


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"],
)
@pytest.mark.parametrize("sign", [" - ", "~", " bis ", " → "])
def test_start_and_end_in_one_cell(form: str, sign: str, tmp_path: Path) -> None:
    rows = [
        [j["order"], j["operation"], j["machine"], f"{j['start']:{form}}{sign}{j['end']:{form}}"]
        for j in JOBS
    ]
    check(dropped(written(tmp_path, ["Auftrag", "Arbeitsgang", "Maschine", "Zeitraum"], rows, delimiter=";")))  # fmt: skip


def test_clock_times_of_start_and_end_in_one_cell_beside_a_date(tmp_path: Path) -> None:
    rows = [
        [f"{j['start']:%Y-%m-%d}", j["order"], j["operation"], j["machine"],
         f"{j['start']:%H:%M}-{j['end']:%H:%M}"]
        for j in JOBS
    ]  # fmt: skip
    check(dropped(written(tmp_path, ["日期", "工单", "工序", "机台", "时间段"], rows)))


def test_an_end_in_the_cell_of_the_start_may_be_on_the_next_day(tmp_path: Path) -> None:
    rows = [
        [
            j["order"],
            j["operation"],
            j["machine"],
            f"{j['start']:%d.%m.%Y %H:%M} - {j['end']:%H:%M}",
        ]
        for j in JOBS
    ]
    assert any(j["end"].date() > j["start"].date() for j in JOBS)
    check(dropped(written(tmp_path, ["Order", "Operation", "Machine", "Period"], rows)))


def test_merged_orders_with_sums_below_each_and_a_title_above(tmp_path: Path) -> None:
    path = tmp_path / "card.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("报工")
        sheet.merge_range(0, 0, 0, 6, "工序报工明细表")
        sheet.write_row(2, 0, ["流转卡号", "存货编码", "标准工序", "设备名称", "开工时间", "完工时间", "合格数量"])  # fmt: skip
        row = 3
        for order in dict.fromkeys(j["order"] for j in JOBS):
            group = [j for j in JOBS if j["order"] == order]
            sheet.merge_range(row, 0, row + len(group) - 1, 0, order)
            for j in group:
                cells = [j["product"], j["operation"], j["machine"], str(j["start"]), str(j["end"]), j["good"]]  # fmt: skip
                sheet.write_row(row, 1, cells)
                row += 1
            sheet.write_row(row, 0, ["小计", "", "", "", "", "", sum(j["good"] for j in group)])
            row += 1
        sheet.write_row(row, 0, ["总计", "", "", "", "", "", 99])
    drop = dropped(path)
    check(drop)
    n_orders = len({j["order"] for j in JOBS})
    assert drop.set_aside["reasons"].to_list() == ["sum_or_header"] * (n_orders + 1)
    assert drop.set_aside["流转卡号"].to_list() == ["小计"] * n_orders + ["总计"]


def test_a_header_on_every_page_is_no_row(tmp_path: Path) -> None:
    header = ["Order", "Operation", "Machine", "Start", "End"]
    rows: list[list[Any]] = []
    for i, j in enumerate(JOBS):
        rows += [header] if i and i % 40 == 0 else []
        rows.append([j["order"], j["operation"], j["machine"], j["start"], j["end"]])
    drop = dropped(written(tmp_path, header, rows))
    check(drop)
    assert drop.set_aside["reasons"].unique().to_list() == ["sum_or_header"]


def test_groups_of_columns_above_the_header_of_a_wide_sheet(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    steps = list(dict.fromkeys(j["operation"] for j in JOBS))
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Durchlauf")
        sheet.write(0, 0, "Auftragsdurchlauf")
        sheet.write_row(2, 0, ["Auftrag", "Teil"])
        for k, step in enumerate(steps):
            sheet.merge_range(2, 2 + 3 * k, 2, 4 + 3 * k, step)
            sheet.write_row(3, 2 + 3 * k, ["Maschine", "Beginn", "Ende"])
        for row, order in enumerate(dict.fromkeys(j["order"] for j in JOBS), start=4):
            group = {j["operation"]: j for j in JOBS if j["order"] == order}
            sheet.write_row(row, 0, [order, next(iter(group.values()))["product"]])
            for k, step in enumerate(steps):
                j = group[step]
                sheet.write_row(row, 2 + 3 * k, [j["machine"], str(j["start"]), str(j["end"])])
    check(dropped(path))


def test_a_hidden_copy_of_the_sheet_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "log.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, jobs in (("now", JOBS), ("old", JOBS[:50])):
            sheet = book.add_worksheet(name)
            if name == "old":
                sheet.hide()
            sheet.write_row(0, 0, ["Order", "Operation", "Machine", "Start", "End", "Good"])
            for row, j in enumerate(jobs, start=1):
                cells = [
                    j["order"],
                    j["operation"],
                    j["machine"],
                    str(j["start"]),
                    str(j["end"]),
                    1,
                ]
                sheet.write_row(row, 0, cells if name == "now" else [*cells[:5], 2])
    drop = dropped(path)
    check(drop)
    assert any("it is hidden" in note.en for note in drop.verdict.notes)


def test_reports_that_know_order_routing_and_machine_by_keys(tmp_path: Path) -> None:
    orders = list(dict.fromkeys(j["order"] for j in JOBS))
    machines = sorted({j["machine"] for j in JOBS})
    steps = sorted({(j["product"], j["number"], j["operation"]) for j in JOBS})
    product = {j["order"]: j["product"] for j in JOBS}
    tables = [
        written(tmp_path, ["order_pk", "order_no", "product", "qty", "due_date"],
                [[i, o, product[o], 5, "2024-05-01"] for i, o in enumerate(orders)], name="orders.csv"),
        written(tmp_path, ["machine_pk", "machine"], [[i, m] for i, m in enumerate(machines)], name="machines.csv"),
        written(tmp_path, ["routing_pk", "op_no", "op_name", "std_min_per_piece", "setup_min", "run_time"],
                [[i, n, o, 3.5, 30, 99] for i, (_, n, o) in enumerate(steps)], name="routing.csv"),
        written(tmp_path, ["order_pk", "routing_pk", "machine_pk", "start", "end", "yield"],
                [[orders.index(j["order"]), steps.index((j["product"], j["number"], j["operation"])),
                  machines.index(j["machine"]), j["start"], j["end"], j["good"]] for j in JOBS], name="reports.csv"),
    ]  # fmt: skip
    drop = dropped(*tables)
    check(drop)
    assert drop.records.operations["kind"].unique().to_list() == ["run"]
    assert sorted(o.id for o in drop.orders) == orders
    assert all(o.due_at is not None and o.quantity == 5 for o in drop.orders)


def test_an_xml_spreadsheet_that_is_called_a_workbook(tmp_path: Path) -> None:
    def row(cells: Sequence[object]) -> str:
        data = "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in cells if c != "")
        return f"<Row>{data}</Row>"

    rows = [[j["order"], j["operation"], j["machine"], j["start"], j["end"]] for j in JOBS]
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    text = "".join(map(row, [["Order", "Operation", "Machine", "Start", "End"], *rows]))
    title = '<Row><Cell ss:MergeAcross="4"><Data ss:Type="String">Report</Data></Cell></Row>'
    text = text.replace("<Row>", '<Row ss:Index="4">', 1)
    path = tmp_path / "log.xls"
    path.write_text(
        f'<?xml version="1.0"?><Workbook xmlns="{name}" xmlns:ss="{name}"><Worksheet ss:Name="A">'
        f"<Table>{title}{text}</Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    drop = dropped(path)
    check(drop)
    assert drop.records.operations["source_row"].min() == 5


def _wide(tmp_path: Path, parts: Sequence[str], cells: Callable[[Job], Sequence[Any]], *, by_number: bool) -> Drop:  # fmt: skip
    groups = {o: [j for j in JOBS if j["order"] == o] for o in dict.fromkeys(j["order"] for j in JOBS)}  # fmt: skip
    steps = [f"Op{k}" if by_number else j["operation"] for k, j in enumerate(next(iter(groups.values())), 1)]  # fmt: skip
    header = ["Auftrag", "Teil", *(f"{step} {part}" for step in steps for part in parts)]
    rows = [
        [order, group[0]["product"], *(cell for j in group for cell in cells(j))]
        for order, group in groups.items()
    ]
    return dropped(written(tmp_path, header, rows, delimiter=";"))


def test_a_wide_table_with_dates_beside_clock_times(tmp_path: Path) -> None:
    def cells(job: Job) -> list[str]:
        return [job[k].strftime(f) for k in ("start", "end") for f in ("%d.%m.%Y", "%H:%M")]

    parts = ["Startdatum", "Startzeit", "Enddatum", "Endzeit"]
    check(_wide(tmp_path, parts, cells, by_number=False), has_machine=False)


def test_a_wide_table_that_names_each_operation_in_a_column(tmp_path: Path) -> None:
    def cells(job: Job) -> list[Any]:
        return [job["operation"], job["machine"], job["start"], job["end"]]

    drop = _wide(tmp_path, ["Name", "Machine", "Start", "End"], cells, by_number=True)
    check(drop)
    assert drop.mapping.tables[0].steps[0].name == "Op1 Name"
