"""Exports of ERP and MES systems with the headings that those systems write."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from connect_styles import JOBS, Job, check, dropped, written

Cells = Callable[[Job], Sequence[Any]]


def _both(job: Job, *forms: str) -> list[str]:
    return [job[k].strftime(f) for k in ("start", "end") for f in forms]


def _on(at: datetime, form: str) -> str:
    return at.strftime(form)


EXPORTS: dict[str, tuple[str, Cells, dict[str, Any]]] = {
    "SAP AFRU": (
        "MANDT;AUFNR;VORNR;ARBPL;LTXA1;LMNGA;XMNGA;ISDD;ISDZ;IEDD;IEDZ;PERNR;STOKZ",
        lambda j: ["800", j["order"].zfill(12), f"{j['number']:04d}", j["machine"], j["operation"], f"{j['good']}.000", "0.000", *_both(j, "%Y%m%d", "%H%M%S"), "00004711", ""],
        {"order": lambda j: j["order"].zfill(12)},
    ),
    "SAP AFRU without texts": (
        "AUFNR;VORNR;ARBPL;LMNGA;XMNGA;ISDD;ISDZ;IEDD;IEDZ",
        lambda j: [j["order"], f"{j['number']:04d}", j["machine"], j["good"], 0, *_both(j, "%Y%m%d", "%H%M%S")],
        {"operation": lambda j: f"{j['number']:04d}"},
    ),
    "SAP CO11N in German": (
        "Auftrag;Vrg.;Arbeitsplatz;Kurztext;Rückgem. Gutmenge;Ausschuß;Ist-Start;Ist-Startzeit;Ist-Ende;Ist-Endezeit;Pers.Nr.",
        lambda j: [j["order"], f"{j['number']:04d}", j["machine"], j["operation"], f"{j['good']},000", "0,000", *_both(j, "%d.%m.%Y", "%H:%M:%S"), 4711],
        {},
    ),
    "Oracle WIP moves": (
        "WIP_ENTITY_NAME;ASSEMBLY_ITEM;TRANSACTION_DATE;FM_OPERATION_SEQ_NUM;FM_OPERATION_CODE;FM_DEPARTMENT_CODE;TO_OPERATION_SEQ_NUM;TRANSACTION_QUANTITY",
        lambda j: [j["order"], j["product"], _on(j["end"], "%d-%b-%Y %H:%M:%S"), j["number"], j["operation"], j["machine"], j["number"] + 10, j["good"]],
        {"has_start": False},
    ),
    "Odoo work orders": (
        "Work Order;Manufacturing Order;Product;Work Center;Start;End;Real Duration;Quantity Produced;Status",
        lambda j: [j["operation"], f"WH/MO/{j['order']}", j["product"], j["machine"], j["start"], j["end"], j["minutes"], j["good"], "Finished"],
        {"order": lambda j: f"WH/MO/{j['order']}"},
    ),
    "Odoo fields": (
        "name;production_id;product_id;workcenter_id;date_start;date_finished;duration;qty_produced;state",
        lambda j: [j["operation"], f"WH/MO/{j['order']}", j["product"], j["machine"], j["start"], j["end"], j["minutes"], j["good"], "done"],
        {"order": lambda j: f"WH/MO/{j['order']}"},
    ),
    "Dynamics 365 route": (
        "Production;Oper. No.;Operation;Resource;Start date;Start time;End date;End time;Good quantity;Error quantity",
        lambda j: [j["order"], j["number"], j["operation"], j["machine"], *_both(j, "%m/%d/%Y", "%I:%M %p"), j["good"], 0],
        {},
    ),
    "Dynamics transactions": (
        "ProdId;OprNum;OprId;WrkCtrId;TransDate;FromTime;ToTime;QtyGood;QtyError;Worker",
        lambda j: [f"P-{j['order']}", j["number"], j["operation"], j["machine"], _on(j["start"], "%Y-%m-%d"), *_both(j, "%H:%M"), j["good"], 0, j["worker"]],
        {"order": lambda j: f"P-{j['order']}"},
    ),
    "Business Central ledger": (
        "Posting Date;Order No.;Item No.;Operation No.;Description;No.;Starting Time;Ending Time;Output Quantity;Scrap Quantity",
        lambda j: [_on(j["start"], "%Y-%m-%d"), j["order"], j["product"], j["number"], j["operation"], j["machine"], *_both(j, "%H:%M:%S"), j["good"], 0],
        {"has_machine": False},  # a column called 'No.' names nothing
    ),
    "Infor job transactions": (
        "Job;Suffix;Oper;WC;Trans Date;Start Time;End Time;A Hrs;Qty Complete;Qty Scrapped;Emp Num",
        lambda j: [j["order"], 0, j["number"], j["machine"], _on(j["start"], "%m/%d/%y"), *_both(j, "%H:%M"), round(j["minutes"] / 60, 3), j["good"], 0, 17],
        {"operation": lambda j: str(j["number"])},
    ),
    "Epicor labour": (
        "EmployeeNum;ClockInDate;ClockinTime;ClockOutTime;JobNum;AssemblySeq;OprSeq;OpCode;ResourceID;LaborHrs;LaborQty;ScrapQty;LaborType",
        lambda j: [j["worker"], _on(j["start"], "%m/%d/%Y"), *_both(j, "%H:%M"), j["order"], 0, j["number"], j["operation"], j["machine"], round(j["minutes"] / 60, 2), j["good"], 0, "P"],
        {},
    ),
    "Kingdee": (
        "单据编号;生产订单编号;物料编码;物料名称;工序号;工序名称;工作中心;设备;操作人员;实际开工时间;实际完工时间;合格数量;不良数量;计划开工时间;计划完工时间",
        lambda j: [f"GXHB{j['order']}{j['number']}", f"MO{j['order']}", j["product"], f"轴{j['product']}", j["number"], j["operation"], "车间1", j["machine"], j["worker"], *_both(j, "%Y/%m/%d %H:%M"), j["good"], 0, *_both(j, "%Y/%m/%d")],
        {"order": lambda j: f"MO{j['order']}"},
    ),
    "Yonyou": (
        "报工单号;生产订单号;行号;存货编码;存货名称;工序行号;工序说明;工作中心;报工人;开工日期;开工时间;完工日期;完工时间;合格数量;报废数量",
        lambda j: [f"BG{j['order']}{j['number']}", f"SC{j['order']}", 1, j["product"], f"件{j['product']}", j["number"], j["operation"], j["machine"], j["worker"], *_both(j, "%Y-%m-%d", "%H:%M:%S"), j["good"], 0],
        {"order": lambda j: f"SC{j['order']}"},
    ),
    "a Chinese traveller": (
        "流程卡号;产品图号;工序名称;机台号;操作者;上机时间;下机时间;投入数;产出数;报废数;备注",
        lambda j: [f"LC{j['order']}", j["product"], j["operation"], j["machine"], j["worker"], *_both(j, "%Y年%m月%d日 %H:%M"), j["good"] + 1, j["good"], 1, ""],
        {"order": lambda j: f"LC{j['order']}"},
    ),
    "a Japanese MES": (
        "製造指図番号;品目コード;工程順序;工程名;設備名;作業者名;着手日時;完了日時;良品数;不良数;指示数",
        lambda j: [j["order"], j["product"], j["number"], j["operation"], j["machine"], j["worker"], *_both(j, "%Y/%m/%d %H:%M:%S"), j["good"], 0, j["good"]],
        {},
    ),
    "a Japanese daily report": (
        "日付;製番;品名;工程;号機;担当者;開始;終了;数量;不良",
        lambda j: [_on(j["start"], "%Y/%m/%d"), j["order"], j["product"], j["operation"], j["machine"], j["worker"], *_both(j, "%H:%M"), j["good"], 0],
        {},
    ),
    "Vietnamese": (
        "Lệnh sản xuất;Mã sản phẩm;Công đoạn;Máy;Công nhân;Thời gian bắt đầu;Thời gian kết thúc;Số lượng đạt;Số lượng lỗi",
        lambda j: [j["order"], j["product"], j["operation"], j["machine"], j["worker"], *_both(j, "%d/%m/%Y %H:%M"), j["good"], 0],
        {},
    ),
    "Celonis": (
        "_CASE_KEY;ACTIVITY_EN;EVENTTIME;_SORTING;USER_NAME",
        lambda j: [j["order"], j["operation"], _on(j["end"], "%Y-%m-%d %H:%M:%S.000"), j["number"], j["worker"]],
        {"has_start": False, "has_machine": False},
    ),
    "PM4Py": (
        "case:concept:name;concept:name;start_timestamp;time:timestamp;org:resource",
        lambda j: [j["order"], j["operation"], *_both(j, "%Y-%m-%d %H:%M:%S+00:00"), j["machine"]],
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("system", EXPORTS)
def test_an_export_is_understood_with_nothing_told(system: str, tmp_path: Path) -> None:
    header, cells, expected = EXPORTS[system]
    path = written(tmp_path, header.split(";"), [cells(job) for job in JOBS], delimiter=";")
    check(dropped(path), **expected)
