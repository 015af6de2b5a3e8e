"""Work that is broken off: the pause is delay only as far as a resource stood free."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.interruptions import interruptions
from zhizao.learn.durations.waits import Free
from zhizao.learn.open_time import OpenTime
from zhizao.learn.routes.lines import Clocks

CLOCKS = Clocks.of({None: OpenTime.from_intervals(np.array([[0.0, 1e6]]))})


def _legs(*, first_s: float, ready_s: float = 100.0, n_rows: int = 2) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "leg": [7], "order_id": ["A"], "options": [["M1", "M2"]], "clock": [0], "first_s": [first_s],
            "last_s": [9000.0], "ready_s": [ready_s], "start_s": [7000.0], "n_rows": [n_rows],
        }
    )  # fmt: skip


def _worked() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": ["A", "A", "B"], "resource": ["M1", "M1", "M1"],
            "start_s": [1000.0, 8000.0, 2000.0], "stop_s": [2000.0, 9000.0, 8000.0],
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("free_of_m2", "lost_s"),
    [([], 0.0), ([[3000.0, 3500.0]], 1500.0), ([[7900.0, 9999.0]], 6000.0)],
)
def test_a_pause_is_lost_up_to_the_last_instant_with_a_free_place(
    free_of_m2: list[list[float]], lost_s: float
) -> None:
    free = Free({"M1": np.empty((0, 2)), "M2": np.array(free_of_m2).reshape(-1, 2)})
    found = interruptions(_legs(first_s=1000.0), free=free, worked=_worked(), clocks=CLOCKS)
    assert found.rows() == [(7, 1000.0, lost_s)]


@pytest.mark.parametrize(
    "legs",
    [
        _legs(first_s=1000.0, n_rows=1),  # one report
        _legs(first_s=7000.0),  # begun where its line begins
        _legs(first_s=50.0),  # begun before the step before was over
    ],
)
def test_what_was_not_broken_off_stays(legs: pl.DataFrame) -> None:
    found = interruptions(legs, free=Free({}), worked=_worked(), clocks=CLOCKS)
    assert found.is_empty()
