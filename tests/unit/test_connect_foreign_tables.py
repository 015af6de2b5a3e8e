"""Tables as plants in other countries and other systems lay them out; what is learnt is the same."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from connect_styles import JOBS, MONDAY, Job, check, dropped, written

from zhizao.connect import Drop

Cells = Callable[[Job], Sequence[Any]]


def _clock(at: datetime) -> str:
    return f"{at:%d/%m/%Y %H:%M}"


HEADERS: dict[str, tuple[str, Cells, str]] = {
    "Taiwan, Big5": (
        "製令單號,產品品號,製程代號,製程名稱,機台編號,作業人員,開工日期時間,完工日期時間,良品數量,報廢數量",
        lambda j: [j["order"], j["product"], j["number"], j["operation"], j["machine"], 7, j["start"], j["end"], j["good"], 1],
        "big5",
    ),
    "Japan, Shift-JIS": (
        "製造オーダー番号,品目番号,工程コード,工程名称,機械コード,作業者コード,着手日時,完成日時,良品数量,不良品数量",
        lambda j: [j["order"], j["product"], j["number"], j["operation"], j["machine"], 7, j["start"], j["end"], j["good"], 1],
        "cp932",
    ),
    "Brazil": (
        "OP;Cód. Produto;Seq.;Operação;Recurso;Operador;Data/Hora Início;Data/Hora Término;Qtde Produzida;Qtde Refugada",
        lambda j: [j["order"], j["product"], j["number"], j["operation"], j["machine"], 7, _clock(j["start"]), _clock(j["end"]), j["good"], 1],
        "cp1252",
    ),
    "France": (
        "N° d'OF;Réf. article;N° phase;Désignation opération;Poste de charge;Matricule;Début réel;Fin réelle;Qté bonne;Qté rebutée",
        lambda j: [j["order"], j["product"], j["number"], j["operation"], j["machine"], 7, _clock(j["start"]), _clock(j["end"]), j["good"], 1],
        "cp1252",
    ),
    "Italy": (
        "Nr. commessa;Cod. articolo;N. fase;Descr. fase;Centro di lavoro;Matricola;Inizio lav.;Fine lav.;Pz. buoni;Pz. scarto",
        lambda j: [j["order"], j["product"], j["number"], j["operation"], j["machine"], 7, _clock(j["start"]), _clock(j["end"]), j["good"], 1],
        "cp1252",
    ),
    "Kingdee with codes and names": (
        "生产订单编号,物料编码,工序序列,工序号,作业,作业名称,工作中心,设备编号,实际开工时间,实际完工时间,合格数量,工废数量",
        lambda j: [j["order"], j["product"], "主序列", j["number"], f"GX{j['number']}", j["operation"], "机加", j["machine"], j["start"], j["end"], j["good"], 1],
        "gb18030",
    ),
    "short English": (
        "WO#,Part#,Op Desc,Mach#,Emp#,Start TS,Stop TS,Qty OK,Qty NOK",
        lambda j: [j["order"], j["product"], j["operation"], j["machine"], 7, j["start"], j["end"], j["good"], 1],
        "utf-8",
    ),
}  # fmt: skip


@pytest.mark.parametrize("country", HEADERS)
def test_names_of_columns_are_put_together_from_what_they_say(country: str, tmp_path: Path) -> None:
    header, cells, encoding = HEADERS[country]
    sign = ";" if ";" in header else ","
    path = written(tmp_path, header.split(sign), [cells(j) for j in JOBS], delimiter=sign, encoding=encoding)  # fmt: skip
    drop = dropped(path)
    check(drop)
    work = drop.records.operations.sort("source_row")
    assert work["good_quantity"].to_list() == [j["good"] for j in JOBS]
    assert work["scrap_quantity"].to_list() == [1.0] * len(JOBS)
    assert work["product"].to_list() == [j["product"] for j in JOBS]


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


def _in_minutes(drop: Drop) -> list[tuple[str, str, float, float]]:
    since = pl.datetime(2024, 1, 1, time_zone="UTC")
    minutes = [(pl.col(c) - since).dt.total_seconds() / 60 for c in ("start_at", "end_at")]
    work = drop.records.operations.select("order_id", "operation", *minutes)
    return sorted(work.rows())


MINUTES = sorted(
    (j["order"], j["operation"], *((j[k] - MONDAY).total_seconds() / 60 for k in ("start", "end")))
    for j in JOBS
)


@pytest.mark.parametrize(("unit", "name"), [(60, "t_start"), (1, "start_s"), (3600, "t_start")])
def test_a_simulated_run_without_dates(unit: int, name: str, tmp_path: Path) -> None:
    rows = [
        [j["order"], j["product"], j["operation"], j["machine"],
         *(f"{(j[k] - MONDAY).total_seconds() / unit:.4f}" for k in ("start", "end"))]
        for j in JOBS
    ]  # fmt: skip
    header = ["job_id", "job_type", "operation", "machine", name, name.replace("start", "end")]
    drop = dropped(written(tmp_path, header, rows))
    found = _in_minutes(drop)
    assert [row[:2] for row in found] == [row[:2] for row in MINUTES]
    for row, job in zip(found, MINUTES, strict=True):
        assert row[2:] == pytest.approx(job[2:], abs=0.02)
    assert any("has no dates" in note.en for note in drop.verdict.notes)


def test_minutes_of_a_long_run_are_no_days_of_a_spreadsheet(tmp_path: Path) -> None:
    rows = [
        [i, "cut", f"M{i % 2}", 20_000 + 45.5 * i, 20_030 + 45.5 * i] for i in range(1_000)
    ]  # up to 65,000 minutes, which would be the year 2079
    drop = dropped(written(tmp_path, ["job", "operation", "machine", "start", "finish"], rows))
    work = drop.records.operations
    assert (work["end_at"] - work["start_at"]).unique().to_list() == [timedelta(minutes=30)]


def _events(words: tuple[str, str]) -> list[list[Any]]:
    rows = [(j["start"], 1, j, words[0]) for j in JOBS] + [(j["end"], 0, j, words[1]) for j in JOBS]
    rows.sort(key=lambda row: row[:2])
    return [[j["order"], j["operation"], j["machine"], word, at] for at, _, j, word in rows]


@pytest.mark.parametrize(
    "words", [("Eintritt", "Austritt"), ("Kommen", "Gehen"), ("上料", "下料"), ("KX-1", "KX-2")]
)
def test_two_words_by_turns_are_start_and_end(words: tuple[str, str], tmp_path: Path) -> None:
    header = ["Los", "Arbeitsgang", "Station", "Code", "Zeitstempel"]
    check(dropped(written(tmp_path, header, _events(words))))


@pytest.mark.parametrize(
    ("work", "setup", "stop", "column"),
    [
        ("正常生产", "换线调试", "设备维修", "报工类型"),
        ("Bearbeiten", "Rüsten", "Wartung", "Art"),
        ("A1", "Einrichten", "Störung", "Code"),
        ("Usinage", "Réglage", "Panne", "Nature"),
    ],
)
def test_setups_and_stops_are_told_from_work_by_few_words(
    work: str, setup: str, stop: str, column: str, tmp_path: Path
) -> None:
    rows: list[list[Any]] = []
    for i, j in enumerate(JOBS):
        rows.append([j["order"], j["operation"], j["machine"], work, j["start"], j["end"]])
        begun = j["start"] - timedelta(minutes=10)
        if i % 3 == 0:
            rows.append([j["order"], j["operation"], j["machine"], setup, begun, j["start"]])
        if i % 30 == 0:
            rows.append(["", "", j["machine"], stop, begun - timedelta(minutes=9), begun])
    drop = dropped(written(tmp_path, ["工单", "工序", "设备", column, "开始", "结束"], rows))
    check(drop)
    kinds = dict(drop.records.operations["kind"].value_counts().iter_rows())
    assert kinds == {"run": len(JOBS), "setup": len(JOBS) // 3, "down": -(-len(JOBS) // 30)}
    stops = drop.records.operations.filter(pl.col("kind") == "down")
    assert stops["operation"].unique().to_list() == [stop]


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


@pytest.mark.parametrize("version", [1, 2])
def test_object_centric_logs(version: int, tmp_path: Path) -> None:
    objects: dict[str, tuple[str, dict[str, str]]] = {}
    events = []
    for j in JOBS:
        objects[j["order"]] = ("order", {"product": j["product"]})
        objects[j["machine"]] = ("machine", {})
        for word, at in (("start", j["start"]), ("complete", j["end"])):
            events.append((f"e{len(events)}", j["operation"], f"{at:%Y-%m-%dT%H:%M:%SZ}", word, [j["order"], j["machine"]]))  # fmt: skip
    log: dict[str, Any]
    if version == 1:
        log = {
            "ocel:events": {i: {"ocel:activity": a, "ocel:timestamp": t, "ocel:omap": o, "ocel:vmap": {"lifecycle": w}}
                            for i, a, t, w, o in events},
            "ocel:objects": {i: {"ocel:type": t, "ocel:ovmap": v} for i, (t, v) in objects.items()},
        }  # fmt: skip
    else:
        log = {
            "objectTypes": [{"name": "order"}], "eventTypes": [{"name": "Sawing"}],
            "objects": [{"id": i, "type": t, "attributes": [{"name": n, "value": x} for n, x in v.items()]}
                        for i, (t, v) in objects.items()],
            "events": [{"id": i, "type": a, "time": t, "attributes": [{"name": "lifecycle", "value": w}],
                        "relationships": [{"objectId": one, "qualifier": ""} for one in o]} for i, a, t, w, o in events],
        }  # fmt: skip
    (tmp_path / "log.jsonocel").write_text(json.dumps(log), encoding="utf-8")
    drop = dropped(tmp_path / "log.jsonocel")
    check(drop)
    assert {o.id: o.product for o in drop.orders} == {j["order"]: j["product"] for j in JOBS}


def test_orders_called_a_test_are_set_aside(tmp_path: Path) -> None:
    rows = [[j["order"], j["operation"], j["machine"], j["start"], j["end"]] for j in JOBS]
    rows.append(["TEST-001", "Milling", "Mill 1", MONDAY, MONDAY + timedelta(minutes=1)])
    drop = dropped(written(tmp_path, ["Order", "Operation", "Machine", "Start", "End"], rows))
    check(drop)
    assert drop.set_aside.select("reasons", "Order").rows() == [("test_order", "TEST-001")]


def test_durations_have_the_unit_of_the_column_behind_them(tmp_path: Path) -> None:
    rows = [
        [j["order"], j["operation"], j["machine"], j["start"], f"{j['minutes'] / 60:.5f}", "H", j["good"]]
        for j in JOBS
    ]  # fmt: skip
    header = ["AUFNR", "LTXA1", "ARBPL", "Start", "ISM02", "ILE02", "LMNGA"]
    drop = dropped(written(tmp_path, header, rows))
    check(drop, tolerance_s=1.0)
    assert "without an end" not in drop.verdict.headline.en  # the durations make up for them


def test_a_type_of_each_order_is_its_product(tmp_path: Path) -> None:
    rows = [[j["order"], j["product"], j["operation"], j["machine"], j["start"], j["end"]] for j in JOBS]  # fmt: skip
    drop = dropped(written(tmp_path, ["job", "type", "op", "machine", "begin", "end"], rows))
    check(drop)
    assert {o.id: o.product for o in drop.orders} == {j["order"]: j["product"] for j in JOBS}
