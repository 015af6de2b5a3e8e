"""A long report is believed where nothing else was done on a busy machine meanwhile."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.times import learn_times
from zhizao.learn.evidence.long_reports import with_believed
from zhizao.learn.open_time import OpenTime

HOUR = 3600.0
OPEN: dict[str | None, OpenTime] = dict.fromkeys(
    ("M1", None), OpenTime.from_intervals(np.array([[0.0, 1e8]]))
)


def _believed(spans: list[tuple[float, float]], *, places: int = 1) -> list[bool]:
    """Return which of the reports (begin and end in hours) of different orders are believed."""
    orders = [f"o{i}" for i in range(len(spans))]
    rows = pl.DataFrame(
        {
            "order_id": orders,
            "resource": "M1",
            "start_s": [a * HOUR for a, _ in spans],
            "stop_s": [b * HOUR for _, b in spans],
            "worked_s": [(b - a) * HOUR for a, b in spans],
        }
    )
    visits = pl.DataFrame({"order_id": orders, "resource": "M1", "n_resources": 1})
    found = with_believed(visits, rows, places={"M1": places}, open_times=OPEN)
    return found["is_believed"].to_list()


def test_a_report_that_runs_on_while_others_are_done_is_not_believed() -> None:
    assert _believed([(0, 1), (1, 9), (2, 3), (9, 10)]) == [True, False, False, True]


def test_a_report_with_the_machine_to_itself_is_believed() -> None:
    assert _believed([(0, 1), (1, 9), (9, 10)]) == [True, True, True]


def test_a_machine_that_is_mostly_idle_cannot_tell() -> None:
    assert _believed([(0, 1), (20, 21), (60, 68), (99, 100)]) == [False] * 4


def test_a_resource_with_several_places_cannot_tell() -> None:
    assert _believed([(0, 1), (1, 9), (9, 10)], places=2) == [False] * 3


@pytest.mark.parametrize("is_believed", [True, False])
def test_what_is_believed_counts_in_full(*, is_believed: bool) -> None:
    n = 400
    rng = np.random.default_rng(2)
    minutes = 60.0 * rng.lognormal(-0.005, 0.1, n)
    minutes[::20] += 600.0
    visits = pl.DataFrame(
        {
            "order_id": [f"o{i:03}" for i in range(n)], "operation": "cut", "pass": 0,
            "product": "P", "resource": "M1", "n_resources": 1, "n_rows": 1, "n_measured": 1,
            "is_ended": True, "quantity": 10.0, "worked_s": minutes * 60, "measured_s": minutes * 60,
            "is_believed": is_believed,
        }
    )  # fmt: skip
    mean = learn_times(visits).fit("P", "cut").mean_min
    if is_believed:
        assert mean == pytest.approx(float(minutes.mean()), rel=0.01)
    else:
        assert mean < 70.0
