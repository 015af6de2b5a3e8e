"""Events, states, simulated runs and object-centric logs as other systems write them."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from connect_styles import JOBS, MONDAY, check, dropped, written

from zhizao.connect import Drop


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


def test_durations_have_the_unit_of_the_column_behind_them(tmp_path: Path) -> None:
    rows = [
        [j["order"], j["operation"], j["machine"], j["start"], f"{j['minutes'] / 60:.5f}", "H", j["good"]]
        for j in JOBS
    ]  # fmt: skip
    header = ["AUFNR", "LTXA1", "ARBPL", "Start", "ISM02", "ILE02", "LMNGA"]
    drop = dropped(written(tmp_path, header, rows))
    check(drop, tolerance_s=1.0)
    assert "without an end" not in drop.verdict.headline.en  # the durations make up for them


def test_codes_of_states_are_told_by_a_list_of_them(tmp_path: Path) -> None:
    rows: list[list[Any]] = []
    for j in JOBS:
        begun = j["start"] - timedelta(minutes=10)
        rows.append([j["machine"], 200, begun, j["start"], j["order"], j["operation"]])
        rows.append([j["machine"], 100, j["start"], j["end"], j["order"], j["operation"]])
    codes = [[100, "Produktion"], [200, "Rüsten"], [310, "Störung"], [400, "Pause"]]
    drop = dropped(
        written(tmp_path, ["Maschine", "Code", "Von", "Bis", "Auftrag", "Arbeitsgang"], rows, name="mde.csv"),
        written(tmp_path, ["Code", "Bezeichnung"], codes, name="codes.csv"),
    )  # fmt: skip
    check(drop)
    kinds = dict(drop.records.operations["kind"].value_counts().iter_rows())
    assert kinds == {"run": len(JOBS), "setup": len(JOBS)}


@pytest.mark.parametrize(
    "words",
    [("enters queue", "seizes", "releases"), ("Ankunft", "Bearbeitungsbeginn", "Bearbeitungsende"),
     ("arrive", "start", "finish")],
)  # fmt: skip
def test_coming_to_a_place_is_no_begin_where_another_word_is(
    words: tuple[str, str, str], tmp_path: Path
) -> None:
    rows = [
        (at, k, [at, j["order"], j["operation"], j["machine"], word])
        for j in JOBS
        for k, word, at in zip(
            (0, 2, 1), words, (j["start"] - timedelta(minutes=9), j["start"], j["end"]), strict=True
        )
    ]
    rows.sort(key=lambda row: row[:2])
    header = ["time", "job", "operation", "machine", "event"]
    drop = dropped(written(tmp_path, header, [row for _, _, row in rows]))
    check(drop)
    waits = drop.records.operations.select((pl.col("start_at") - pl.col("scheduled_at")).unique())
    assert waits.to_series().to_list() == [timedelta(minutes=9)]


def test_a_piece_that_comes_once_to_each_place_is_the_order(tmp_path: Path) -> None:
    rows = [[j["order"], j["product"], j["operation"], j["start"], j["end"]] for j in JOBS]
    drop = dropped(written(tmp_path, ["part_id", "part_type", "operation", "start", "end"], rows))
    check(drop, has_machine=False)
    assert {o.id: o.product for o in drop.orders} == {j["order"]: j["product"] for j in JOBS}


def test_a_stop_because_of_a_changeover_is_a_setup(tmp_path: Path) -> None:
    rows: list[list[Any]] = []
    for j in JOBS:
        begun = j["start"] - timedelta(minutes=10)
        rows.append(
            [j["machine"], "Planned Downtime", "Changeover", begun, j["start"], j["order"], ""]
        )
        rows.append(
            [j["machine"], "Production", "", j["start"], j["end"], j["order"], j["operation"]]
        )
    rows.append(
        ["Mill 1", "Unplanned Downtime", "Spindle", MONDAY, MONDAY + timedelta(minutes=5), "", ""]
    )
    header = ["Equipment", "State", "Reason", "State Start", "State End", "WO", "Operation"]
    drop = dropped(written(tmp_path, header, rows))
    check(drop)
    kinds = dict(drop.records.operations["kind"].value_counts().iter_rows())
    assert kinds == {"run": len(JOBS), "setup": len(JOBS), "down": 1}


def test_tables_of_a_database_that_know_each_other_by_numbers(tmp_path: Path) -> None:
    orders = list(dict.fromkeys(j["order"] for j in JOBS))
    machines = sorted({j["machine"] for j in JOBS})
    with closing(sqlite3.connect(tmp_path / "mes.db")) as base:
        base.execute(
            "create table work_orders(id integer, number text, item text, qty int, due text)"
        )
        base.execute("create table machines(id integer, name text)")
        base.execute("create table labor(id int, work_order_id int, operation text, machine_id int, clock_in text, clock_out text)")  # fmt: skip
        base.executemany("insert into work_orders values(?,?,?,?,?)", [(i, o, "P1", 7, "2024-05-01 00:00") for i, o in enumerate(orders)])  # fmt: skip
        base.executemany("insert into machines values(?,?)", list(enumerate(machines)))
        base.executemany("insert into labor values(?,?,?,?,?,?)", [
            (i, orders.index(j["order"]), j["operation"], machines.index(j["machine"]), str(j["start"]), str(j["end"]))
            for i, j in enumerate(JOBS)])  # fmt: skip
        base.commit()
    drop = dropped(tmp_path / "mes.db")
    check(drop)
    assert all(o.quantity == 7 and o.due_at is not None and o.product == "P1" for o in drop.orders)


def test_two_reports_that_begin_at_one_instant_keep_both_starts(tmp_path: Path) -> None:
    first = JOBS[0]
    begun, ends = first["start"], [first["end"], first["end"] + timedelta(minutes=3)]
    rows = [[begun, "Start"], [begun, "Start"], *([end, "End"] for end in ends)]
    cells = [["1", "Milling", "Mill 1", *row] for row in rows]
    another = [[ends[1], "Start"], [ends[1] + timedelta(hours=1), "End"]]
    cells += [["2", "Milling", "Mill 1", *row] for row in [*another, *another]]  # sent twice
    drop = dropped(written(tmp_path, ["Order", "Operation", "Machine", "Time", "Event"], cells))
    work = drop.records.operations.sort("end_at")
    lengths = (work["end_at"] - work["start_at"]).to_list()
    assert lengths == [ends[0] - begun, ends[1] - begun, timedelta(hours=1)]
    assert drop.set_aside["reasons"].to_list() == ["duplicate", "duplicate"]
