"""Work at a subcontractor: room for all, a van on some days, no shifts; and what is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import Learnt, learn
from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.hours.elsewhere import Elsewhere, each_alone, surely_elsewhere, work_elsewhere
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
VANS = np.sort(np.concatenate([168.0 * np.arange(40) + h for h in (34.0, 106.0)]))
"""Tuesdays and Fridays at ten."""


def _records(*, most: int | None = None, n: int = 400) -> Records:
    """Return orders that are turned, then plated for about four days, then packed.

    With ``most`` the van takes no more than that, and the others stay.
    """
    rng = np.random.default_rng(3)
    rows = []
    taken: dict[float, int] = {}
    for i in range(n):
        week, at = divmod(i, 15)
        day, hour = divmod(at, 3)
        begun = 168.0 * week + 24.0 * day + 8.0 + 2.5 * hour
        turned = begun + float(rng.uniform(1.0, 2.0))
        van = int(np.searchsorted(VANS, turned))
        while most is not None and taken.get(VANS[van], 0) >= most:
            van += 1
        taken[VANS[van]] = taken.get(VANS[van], 0) + 1
        back = VANS[van] + float(rng.uniform(60.0, 120.0))
        back = 24.0 * np.ceil(back / 24.0) + 9.0
        spans = [
            ("turn", "LATHE", begun, turned),
            ("plate", "PLATER", float(VANS[van]), back),
            ("pack", "PACK", back + 0.5, back + 1.0),
        ]
        rows += [(f"o{i:03}", *span) for span in spans]
    return Records.from_columns(
        pl.DataFrame(
            {
                "order_id": [r[0] for r in rows],
                "product": "P",
                "operation": [r[1] for r in rows],
                "resource": [r[2] for r in rows],
                "start_at": [MONDAY + timedelta(hours=r[3]) for r in rows],
                "end_at": [MONDAY + timedelta(hours=r[4]) for r in rows],
            }
        )
    )


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return learn(_records(), name="plated")


def test_a_place_where_nobody_stays_behind_has_room_for_all() -> None:
    found = work_elsewhere(known_reports(_records(), time_zone="UTC"))
    assert set(found) == {"PLATER"}
    assert found["PLATER"].most >= 8
    assert found["PLATER"].left_behind == 0.0


def test_a_place_that_leaves_lots_behind_has_not() -> None:
    assert work_elsewhere(known_reports(_records(most=7), time_zone="UTC")) == {}


def test_the_subcontractor_works_round_the_clock_on_lots_of_their_own(learnt: Learnt) -> None:
    plater = next(r for r in learnt.plant.resources if r.id == "PLATER")
    calendar = next(c for c in learnt.plant.calendars if c.id == plater.calendar)
    assert len(calendar.shifts) == 7
    assert plater.capacity >= 40
    (step,) = [s for s in learnt.plant.routings[0].steps if s.operation == "plate"]
    assert step.batch is None
    assert step.time.setup_min + step.time.per_piece_min == pytest.approx(111.0 * 60, rel=0.05)


def test_the_wait_for_the_van_is_learnt_as_such(learnt: Learnt) -> None:
    operations = _records().operations
    ended = operations.filter(pl.col("operation") == "turn")["end_at"]
    taken = operations.filter(pl.col("operation") == "plate")["start_at"]
    waited_min = float((taken - ended).dt.total_seconds().mean()) / 60.0  # type: ignore[arg-type]
    (step,) = [s for s in learnt.plant.routings[0].steps if s.operation == "plate"]
    assert step.delay.mean_min == pytest.approx(waited_min, rel=0.1)


def test_what_was_assumed_of_it_is_asked(learnt: Learnt) -> None:
    codes = {q.code: q.about for q in learnt.questions}
    assert codes["elsewhere"] == "PLATER"
    assert "PLATER" not in codes.get("capacity", "")


PLATER = {"PLATER": Elsewhere(n=400, most=30, left_behind=0.0)}


def test_lots_that_leave_with_the_same_van_are_lots_of_their_own():
    reports = known_reports(_records(n=40), (), time_zone="UTC")
    table = reports.table.with_columns(n_shared=pl.lit(4, dtype=reports.table.schema["n_shared"]))
    alone = each_alone(replace(reports, table=table), PLATER).table
    assert set(alone.filter(pl.col("resource") == "PLATER")["n_shared"]) == {1}
    assert set(alone.filter(pl.col("resource") != "PLATER")["n_shared"]) == {4}
    assert alone.schema == table.schema


def test_a_lost_time_leaves_nothing_open_where_there_is_room_for_all():
    rows = pl.DataFrame(
        {
            "resource": ["PLATER", "PLATER", "LATHE", None],
            "start_s": [0.0, 9.0, 9.0, 9.0],
            "stop_s": [5.0, 9.0, 9.0, 9.0],
            "is_lost": True,
        }
    )
    sure = surely_elsewhere(rows, PLATER)
    assert sure.select("resource", "is_lost").rows() == [
        ("PLATER", False),
        ("LATHE", True),
        (None, True),
    ]
    assert surely_elsewhere(rows, {}).equals(rows)
