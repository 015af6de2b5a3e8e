"""Crews on small cases: who shares what, how many at once, and whether work waits."""

import numpy as np
import polars as pl

from zhizao.learn.open_time import OpenTime
from zhizao.learn.people.crews import learn_crews

HOUR = 3600.0
OPEN: dict[str | None, OpenTime] = dict.fromkeys(
    ("M1", "M2", "M3", None), OpenTime.from_intervals(np.array([[0.0, 1e8]]))
)
PLACES = {"M1": 1, "M2": 1, "M3": 1}
Row = tuple[str, str, str, str, float, float]


def _rows(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": [r[0] for r in rows],
            "operation": [r[1] for r in rows],
            "resource": [r[2] for r in rows],
            "operator": [r[3] for r in rows],
            "start_s": [r[4] * HOUR for r in rows],
            "stop_s": [r[5] * HOUR for r in rows],
            "is_default": False,
            "is_lost": False,
        }
    )


def _one_person(n: int, *, pause_h: float) -> list[Row]:
    """Return work on two machines by one person who pauses before each begin."""
    rows: list[Row] = []
    at = 0.0
    for i in range(n):
        for operation, machine in (("cut", "M1"), ("drill", "M2")):
            rows.append(
                (f"o{i if operation == 'cut' else i - 3}", operation, machine, "Ann", at, at + 1)
            )
            at += 1 + pause_h
    return rows


def test_work_that_begins_when_somebody_ends_waited_for_people() -> None:
    found = learn_crews(_rows(_one_person(60, pause_h=0.0)), capacities=PLACES, open_times=OPEN)
    assert len(found.crews) == 1
    assert found.crews[0].people == 1
    assert found.skills("cut") == found.skills("drill") != ()
    assert [o.count for o in found.operators()] == [1]


def test_work_that_begins_long_after_an_end_did_not() -> None:
    found = learn_crews(_rows(_one_person(60, pause_h=0.5)), capacities=PLACES, open_times=OPEN)
    assert found.crews == ()
    assert len(found.ample) == 1


def test_people_with_a_machine_each_are_no_crew() -> None:
    rows: list[Row] = []
    for i in range(60):
        rows.append((f"a{i}", "cut", "M1", "Ann", 2.0 * i, 2.0 * i + 1))
        rows.append((f"b{i}", "drill", "M2", "Bo", 2.0 * i, 2.0 * i + 1))
    found = learn_crews(_rows(rows), capacities=PLACES, open_times=OPEN)
    assert (found.crews, found.ample) == ((), ())


def test_a_person_who_tends_two_machines_counts_twice() -> None:
    rows: list[Row] = []
    at = 0.0
    for i in range(60):
        rows += [(f"{m} {i}", "cut", m, "Ann", at, at + 2) for m in ("M1", "M2")]
        rows.append((f"M3 {i}", "cut", "M3", "Ann", at + 2, at + 4))
        at += 4.0
    found = learn_crews(_rows(rows), capacities=PLACES, open_times=OPEN)
    crew = (*found.crews, *found.ample)[0]
    assert (crew.people, crew.tasks_each) == (1, 2)


def test_no_names_no_crews() -> None:
    rows = _rows(_one_person(60, pause_h=0.0)).with_columns(operator=pl.lit(None, dtype=pl.String))
    assert learn_crews(rows, capacities=PLACES, open_times=OPEN).crews == ()
