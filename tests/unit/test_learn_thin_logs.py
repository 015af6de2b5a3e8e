"""Logs without machines or without begins still tell how long orders wait."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import Learnt, learn
from zhizao.model import Records
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
ROUTE = (("turn", "L1"), ("mill", "M1"), ("check", "Q1"))
N_ORDERS = 240
EVERY = timedelta(hours=3)


def _log(seed: int = 7) -> pl.DataFrame:
    """Return three steps an order, round the clock, an order every three hours.

    Work takes 20 to 60 minutes, the gap before each later step 1 to 5 hours.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for order in range(N_ORDERS):
        at = MONDAY + order * EVERY
        for place, (operation, machine) in enumerate(ROUTE):
            if place:
                at += timedelta(minutes=float(rng.uniform(60, 300)))
            end = at + timedelta(minutes=float(rng.uniform(20, 60)))
            rows.append((f"W{order:03}", operation, machine, at, end))
            at = end
    columns = ["order_id", "operation", "resource", "start_at", "end_at"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _learnt(log: pl.DataFrame) -> Learnt:
    return learn(Records.from_columns(log), name="thin")


def _delays_min(learnt: Learnt) -> list[float]:
    return [step.delay.mean_min for step in learnt.plant.routings[0].steps]


def _works_min(learnt: Learnt) -> list[float]:
    return [s.time.setup_min + s.time.per_piece_min for s in learnt.plant.routings[0].steps]


def _leads_h(log: pl.DataFrame, first: str) -> np.ndarray:
    spans = log.group_by("order_id").agg(lead=pl.col("end_at").max() - pl.col(first).min())
    return spans["lead"].dt.total_seconds().to_numpy() / 3600.0


def _gaps_min(log: pl.DataFrame, begin: str) -> list[float]:
    """Return the mean from the end before to ``begin``, by step after the first."""
    gap = (pl.col(begin) - pl.col("end_at").shift(1).over("order_id")).dt.total_seconds() / 60.0
    means = log.with_columns(gap=gap).group_by("operation", maintain_order=True)
    return [g for g in means.agg(pl.col("gap").mean())["gap"].to_list() if g is not None]


def test_without_resources_the_whole_gap_between_steps_is_a_delay() -> None:
    log = _log().drop("resource")
    learnt = _learnt(log)
    assert _delays_min(learnt)[0] == 0.0
    # The spread's knots keep the mean of 120 waits but for the shape of their segments.
    assert _delays_min(learnt)[1:] == pytest.approx(_gaps_min(log, "start_at"), rel=0.02)


@pytest.mark.parametrize(
    ("columns", "first"),
    [(["resource"], "start_at"), (["start_at"], "end_at"), (["start_at", "resource"], "end_at")],
)
def test_the_twin_of_a_thin_log_takes_as_long_as_the_orders_did(
    columns: list[str], first: str
) -> None:
    log = _log()
    plant = _learnt(log.drop(columns)).plant
    span = {"start_at": MONDAY + timedelta(weeks=6), "end_at": MONDAY + timedelta(weeks=14)}
    run = simulate(plant, [], **span, seed=1, n_replications=10)
    leads = _leads_h(log, first)
    # Ten times eight weeks of the twin hold far more orders than the log.
    error = float(np.std(leads)) / np.sqrt(N_ORDERS)
    assert run.estimate("lead_time_mean_h").mean == pytest.approx(leads.mean(), abs=4 * error)


def test_without_resources_steps_have_no_queue_and_delays_follow_the_plant() -> None:
    learnt = _learnt(_log().drop("resource"))
    steps = learnt.plant.routings[0].steps
    assert not learnt.plant.resources
    assert [s.resources for s in steps] == [(), (), ()]
    assert [s.delay.calendar for s in steps[1:]] == ["plant", "plant"]


def test_with_only_ends_the_time_since_the_end_before_is_a_delay() -> None:
    log = _log().drop("start_at")
    learnt = _learnt(log)
    expected = [gap - 0.5 for gap in _gaps_min(log, "end_at")]
    assert _works_min(learnt) == pytest.approx([0.5] * 3)
    assert _delays_min(learnt)[1:] == pytest.approx(expected, rel=0.02)


def test_where_some_begins_are_missing_the_usual_work_is_not_called_a_wait() -> None:
    log = _log()
    is_lost = pl.int_range(pl.len()) // 3 % 2 == 0
    half = log.drop("resource").with_columns(start_at=pl.when(~is_lost).then("start_at"))
    learnt = _learnt(half)
    # Half of the gaps are known up to the spread of the work, 40 ± 11.5 minutes.
    error = 11.5 / np.sqrt(N_ORDERS / 2)
    gaps = _gaps_min(log, "start_at")
    assert _delays_min(learnt)[1:] == pytest.approx(gaps, rel=0.02, abs=4 * error)


def test_with_only_ends_lots_wait_in_the_hours_of_the_plant() -> None:
    plant = _learnt(_log().drop("start_at")).plant
    assert [s.delay.calendar for s in plant.routings[0].steps[1:]] == ["plant", "plant"]
    assert {r.calendar for r in plant.resources} == {"plant"}
    assert [c.id for c in plant.calendars] == ["plant"]
    named = [p.where for p in plant.provenances if p.where.startswith("calendars/")]
    assert named == ["calendars/plant/hours_per_week"]


@pytest.mark.parametrize("columns", [["start_at"], ["start_at", "resource"]])
def test_with_only_ends_working_times_are_assumed_and_asked_for(columns: list[str]) -> None:
    learnt = _learnt(_log().drop(columns))
    found = {
        p.where.rpartition("main/")[2]: p
        for p in learnt.plant.provenances
        if p.where.startswith("routings/")
    }
    for step in (10, 20, 30):
        time = found[f"{step}/time"]
        assert (time.source, time.n, time.value) == ("assumed", 0, pytest.approx(0.5))
        assert (time.low, time.high) == (None, None)
        assert found[f"{step}/delay/mean_min"].source == "assumed"
    (question,) = [q for q in learnt.questions if q.code == "unmeasured_times"]
    assert question.about == "check, mill, turn"
    asked = {q.code for q in learnt.questions}
    assert not asked & {"default_durations", "setup_split"}


def test_with_machines_and_begins_nothing_is_assumed() -> None:
    learnt = _learnt(_log())
    times = [p for p in learnt.plant.provenances if p.where.startswith("routings/")]
    assert {p.source for p in times} == {"learnt"}
    assert "unmeasured_times" not in {q.code for q in learnt.questions}
    assert {r.calendar for r in learnt.plant.resources} != {"plant"}
