"""A lot waits until its setup begins, not until its run does."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.learn.evidence.own_setups import with_own_setups
from zhizao.learn.open_time import OpenTime
from zhizao.model.records import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
ALWAYS = {None: OpenTime.from_intervals(np.array([[0.0, 1e9]]))}
TRANSPORT_MIN, SETUP_MIN = 15.0, 40.0


def _delay_min(*, names_orders: bool) -> float:
    """Return what is learnt of the wait before turning: transport, then a setup, then the run."""
    rng = np.random.default_rng(4)
    rows = []
    begun = MONDAY
    for i in range(200):
        begun += timedelta(hours=float(rng.uniform(2, 6)))
        at = begun
        cut = at + timedelta(minutes=float(rng.uniform(20, 40)))
        ready = cut + timedelta(minutes=TRANSPORT_MIN)
        turn = ready + timedelta(minutes=SETUP_MIN)
        end = turn + timedelta(minutes=float(rng.uniform(20, 40)))
        product = f"P{i % 2}"
        rows.append(("run", f"W{i}", product, "cut", "S", at, cut))
        rows.append(
            ("setup", f"W{i}" if names_orders else None, product, "setup", "L", ready, turn)
        )
        rows.append(("run", f"W{i}", product, "turn", "L", turn, end))
    names = ["kind", "order_id", "product", "operation", "resource", "start_at", "end_at"]
    records = Records.from_columns(pl.DataFrame(rows, schema=names, orient="row"))
    plant = learn(records, name="shop").plant
    return plant.routings[0].steps[1].delay.mean_min


@pytest.mark.parametrize("names_orders", [True, False])
def test_the_wait_before_a_step_ends_with_the_begin_of_its_setup(*, names_orders: bool) -> None:
    assert _delay_min(names_orders=names_orders) == pytest.approx(TRANSPORT_MIN, abs=1.0)


def _rows(order: str, begin_s: float) -> pl.DataFrame:
    return pl.DataFrame({"order_id": [order], "resource": ["M"], "start_s": [begin_s], "worked_s": [60.0]})  # fmt: skip


def _stops(order: str | None, kind: str, start_s: float, end_s: float | None) -> pl.DataFrame:
    schema = {"resource": pl.String, "order_id": pl.String, "kind": pl.String, "start_s": pl.Float64, "end_s": pl.Float64}  # fmt: skip
    return pl.DataFrame([("M", order, kind, start_s, end_s)], schema=schema, orient="row")


@pytest.mark.parametrize(
    "stops",
    [_stops("B", "setup", 100.0, 200.0), _stops("A", "down", 100.0, 200.0), _stops("A", "setup", 100.0, None),
     _stops(None, "setup", 100.0, 200.0), _stops("A", "setup", 1000.0, 1100.0)],
)  # fmt: skip
def test_a_setup_that_is_not_the_lots_own_changes_nothing(stops: pl.DataFrame) -> None:
    # another order's, a stop, one without an end, one long before, one after the begin
    rows = _rows("A", 900.0)
    assert with_own_setups(rows, stops, begin="start_s", open_times=ALWAYS).equals(rows)


def test_two_setups_before_a_run_both_count() -> None:
    stops = pl.concat([_stops("A", "setup", 100.0, 200.0), _stops("A", "setup", 300.0, 700.0)])
    found = with_own_setups(_rows("A", 900.0), stops, begin="start_s", open_times=ALWAYS)
    assert found.select("start_s", "worked_s").rows() == [(100.0, 560.0)]
