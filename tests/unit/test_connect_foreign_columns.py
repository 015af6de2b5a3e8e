"""Columns as other countries and systems name and fill them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from connect_styles import JOBS, MONDAY, Job, check, dropped, written

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


def test_orders_called_a_test_are_set_aside(tmp_path: Path) -> None:
    rows = [[j["order"], j["operation"], j["machine"], j["start"], j["end"]] for j in JOBS]
    rows.append(["TEST-001", "Milling", "Mill 1", MONDAY, MONDAY + timedelta(minutes=1)])
    drop = dropped(written(tmp_path, ["Order", "Operation", "Machine", "Start", "End"], rows))
    check(drop)
    assert drop.set_aside.select("reasons", "Order").rows() == [("test_order", "TEST-001")]


def test_a_type_of_each_order_is_its_product(tmp_path: Path) -> None:
    rows = [[j["order"], j["product"], j["operation"], j["machine"], j["start"], j["end"]] for j in JOBS]  # fmt: skip
    drop = dropped(written(tmp_path, ["job", "type", "op", "machine", "begin", "end"], rows))
    check(drop)
    assert {o.id: o.product for o in drop.orders} == {j["order"]: j["product"] for j in JOBS}


def test_an_amount_is_no_order_and_a_plan_no_end(tmp_path: Path) -> None:
    header = ["ID dossier", "Qté de l'ordre", "Activité", "Machine", "Sched Finish", "Act Start Dt",
              "Act Start Tm", "Act Finish Dt", "Act Finish Tm", "Qté terminée", "Qté rejetée"]  # fmt: skip
    rows = [
        [j["order"], 40, j["operation"], j["machine"], "2024-01-01", f"{j['start']:%Y-%m-%d}", f"{j['start']:%H:%M}",
         f"{j['end']:%Y-%m-%d}", f"{j['end']:%H:%M}", j["good"], 1]
        for j in JOBS
    ]  # fmt: skip
    drop = dropped(written(tmp_path, header, rows))
    check(drop)
    assert {o.quantity for o in drop.orders} == {40.0}
    assert drop.records.operations["good_quantity"].sum() == sum(j["good"] for j in JOBS)


def test_columns_that_only_values_tell_are_named_in_the_verdict(tmp_path: Path) -> None:
    rows = [[j["order"], j["operation"], j["start"], j["end"]] for j in JOBS]
    drop = dropped(written(tmp_path, ["c1", "c2", "c3", "c4"], rows))
    said = [note.en for note in drop.verdict.notes if "no name tells" in note.en]
    assert len(said) == 1
    assert "'c1', 'c2'" in said[0]


def test_short_years_before_a_clock_in_another_column(tmp_path: Path) -> None:
    rows = [
        [j["order"], j["operation"], j["machine"], f"{j['start']:%d/%m/%y}", f"{j['start']:%H.%M}",
         f"{j['end']:%d/%m/%y}", f"{j['end']:%H.%M}"]
        for j in JOBS
    ]  # fmt: skip
    header = ["Commessa", "Fase", "Macchina", "Data inizio", "Ora inizio", "Data fine", "Ora fine"]
    check(dropped(written(tmp_path, header, rows, delimiter=";")))


def test_days_and_shares_of_a_day_in_columns_of_their_own(tmp_path: Path) -> None:
    def cells(at: datetime) -> list[Any]:
        return [(at - datetime(1899, 12, 30)).days, f"{(at.hour * 60 + at.minute) / 1440:.6f}"]  # noqa: DTZ001

    rows = [[j["order"], j["operation"], j["machine"], *cells(j["start"]), *cells(j["end"])] for j in JOBS]  # fmt: skip
    header = ["Order", "Operation", "Machine", "Start Date", "Start Time", "End Date", "End Time"]
    check(dropped(written(tmp_path, header, rows)))


def test_names_of_columns_without_blanks(tmp_path: Path) -> None:
    header = ["WORKORDERNO", "PARTNO", "OPERATIONNAME", "MACHINENAME", "STARTTIME", "ENDTIME", "GOODQTY", "SCRAPQTY"]  # fmt: skip
    rows = [[j["order"], j["product"], j["operation"], j["machine"], j["start"], j["end"], j["good"], 1] for j in JOBS]  # fmt: skip
    drop = dropped(written(tmp_path, header, rows))
    check(drop)
    assert list(drop.mapping.tables[0].columns.values()) == [
        "WORKORDERNO", "PARTNO", "OPERATIONNAME", "MACHINENAME", "STARTTIME", "ENDTIME", "GOODQTY", "SCRAPQTY",
    ]  # fmt: skip


def test_shifts_are_no_starts_and_ends_of_work(tmp_path: Path) -> None:
    shifts = ("06:00-14:00", "14:00-22:00", "22:00-06:00")
    rows = [
        [f"{j['end']:%Y-%m-%d}", shifts[i % 3], j["order"], j["operation"], j["machine"], f"{j['end']:%H:%M}"]
        for i, j in enumerate(JOBS)
    ]  # fmt: skip
    header = ["Date", "Shift", "Order", "Operation", "Machine", "End time"]
    check(dropped(written(tmp_path, header, rows)), has_start=False)


def test_columns_whose_names_say_nothing_are_told_by_their_values(tmp_path: Path) -> None:
    rows = [
        [j["order"], j["operation"], j["machine"], j["start"], j["end"], 40, j["product"], j["worker"], j["good"] + i % 3, i % 2]
        for i, j in enumerate(JOBS)
    ]  # fmt: skip
    for row, j in zip(rows, JOBS, strict=True):
        row[5] = 40 + int(j["order"]) % 3
    drop = dropped(written(tmp_path, [f"c{i}" for i in range(1, 11)], rows))
    check(drop)
    found = drop.mapping.tables[0].columns
    assert found == {
        "order_id": "c1", "operation": "c2", "resource": "c3", "start_at": "c4", "end_at": "c5",
        "order_quantity": "c6", "product": "c7", "scrap_quantity": "c10", "good_quantity": "c9",
    }  # fmt: skip
    assert any("no name tells" in note.en for note in drop.verdict.notes)
