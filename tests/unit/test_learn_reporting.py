"""A trace written as the plant writes its reports."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao.learn import as_reported, learn_reporting
from zhizao.model import Calendar, Plant, Records, Resource, Shift, WorkCentre

AT = datetime(2024, 1, 1, 8, tzinfo=UTC)


def _records(rows: list[tuple[str, str, float, float]], **more: object) -> Records:
    frame = pl.DataFrame(
        {
            "order_id": [r[0] for r in rows],
            "operation": [r[1] for r in rows],
            "resource": "M",
            "start_at": [AT + timedelta(hours=r[2]) for r in rows],
            "end_at": [AT + timedelta(hours=r[3]) for r in rows],
        }
    )
    return Records.from_columns(frame.with_columns(**{k: pl.lit(v) for k, v in more.items()}))


def test_long_work_is_written_in_several_rows_where_the_plant_did_so() -> None:
    past = [("L1", "cut", 0, 4), ("L1", "cut", 6, 10)]
    past += [(f"S{i}", "cut", 20.0 + i, 20.5 + i) for i in range(5)]
    habit = learn_reporting(_records(past))
    run = _records([("new", "cut", 100, 112), ("new", "drill", 112, 113)], good_quantity=10.0)
    (long_ones, short_ones) = (
        {as_reported(run, habit, seed=s).n_rows for s in range(20)},
        {as_reported(_records([("n", "cut", 0, 0.5)]), habit, seed=s).n_rows for s in range(20)},
    )
    assert 3 in long_ones
    assert short_ones == {1}


def test_nothing_is_lost_when_rows_are_split() -> None:
    habit = learn_reporting(_records([("L1", "cut", 0, 1), ("L1", "cut", 3, 4)]))
    run = _records([("new", "cut", 100, 112), ("new", "drill", 112, 113)], good_quantity=10.0)
    written = as_reported(run, habit, seed=1).operations
    cut = written.filter(pl.col("operation") == "cut")
    assert cut["good_quantity"].to_list() == [5.0, 5.0]
    assert cut["start_at"].min() == AT + timedelta(hours=100)
    assert cut["end_at"].max() == AT + timedelta(hours=112)
    assert cut["end_at"].min() == AT + timedelta(hours=103)
    assert written.filter(pl.col("operation") == "drill").height == 1


@pytest.mark.parametrize("kind", ["setup", "down"])
def test_rows_that_are_no_work_stay_as_they_are(kind: str) -> None:
    habit = learn_reporting(_records([("L1", "cut", 0, 1), ("L1", "cut", 3, 4)]))
    run = _records([("new", "cut", 100, 112)], kind=kind)
    assert as_reported(run, habit, seed=1).operations.equals(run.operations)


def test_work_that_was_laid_aside_is_known_by_its_hours_not_by_how_long_it_lay() -> None:
    day = Calendar(
        id="day",
        shifts=tuple(
            Shift(weekday=d, start="08:00", end="16:00") for d in ("mon", "tue", "wed", "thu", "fri")
        ),
    )  # fmt: skip
    plant = Plant(
        name="p",
        calendars=(day,),
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W", calendar="day"),),
    )
    # Three times two hours over four days; a night between two halves of one row; three short ones.
    past = [(f"A{i}", "cut", 24.0 * k, 24.0 * k + 2) for i in range(3) for k in (0, 1, 3)]
    past += [(f"B{i}", "cut", 2.0, 24.0 + 6) for i in range(3)]
    past += [(f"C{i}", "cut", 3.0, 3.5) for i in range(3)]
    habit = learn_reporting(_records(past), plant=plant)
    hours = {len(shares): worked / 3600 for worked, shares in habit.visits["cut"][:6]}
    assert hours == {3: 6.0, 1: 12.0}
    # Begun in the day it goes on the next morning: open hours count, in the twin too.
    for begin, end, written in ((4, 26, 3), (2, 30, 1)):
        run = _records([("new", "cut", begin, end)])
        assert {as_reported(run, habit, seed=s).n_rows for s in range(20)} == {written}
