"""Setups from rows of their own: whose they are, and what was made before."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.setups import LearntSetups, learn_setups
from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.open_time import OpenTime
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
ALWAYS = {None: OpenTime.from_intervals(np.array([[0.0, 1e9]]))}
SETUP_MIN = 30.0
N_ORDERS = 40


def _learn(*, lost_runs: frozenset[int] = frozenset(), names_orders: bool = True) -> LearntSetups:
    """Return what is learnt where each of many orders has a setup of half an hour and then runs."""
    rows = []
    for i in range(N_ORDERS):
        begin, order = MONDAY + timedelta(hours=2 * i), f"A{i:02d}"
        run = begin + timedelta(minutes=SETUP_MIN)
        rows.append(("setup", order if names_orders else None, begin, run))
        if i not in lost_runs:
            rows.append(("run", order, run, begin + timedelta(hours=2)))
    frame = pl.DataFrame(
        [(k, o, f"P{int(o[1:]) % 2}" if o else None, "cut", "M", a, b) for k, o, a, b in rows],
        schema=["kind", "order_id", "product", "operation", "resource", "start_at", "end_at"],
        orient="row",
    )
    reports = known_reports(Records.from_columns(frame), time_zone="UTC")
    return learn_setups(
        reports, centres={"M": "saws"}, families={"P0": "red", "P1": "blue"}, open_times=ALWAYS
    )


@pytest.mark.parametrize("names_orders", [True, False])
def test_the_setup_of_each_change_is_the_row_before_it(*, names_orders: bool) -> None:
    found = _learn(names_orders=names_orders)
    assert {s.setup_min for s in found.setups} == {SETUP_MIN}
    assert sum(p.n for p in found.provenances if p.where.endswith("/*/*")) == N_ORDERS - 1


def test_the_setup_of_an_order_whose_work_is_not_known_is_no_part_of_the_next_ones() -> None:
    lost = frozenset({5, 14, 23})
    found = _learn(lost_runs=lost)
    assert {s.setup_min for s in found.setups} == {SETUP_MIN}
    # Neither the lost ones nor those after them say from what was changed.
    assert sum(
        p.n for p in found.provenances if p.where.endswith("/*/*")
    ) == N_ORDERS - 1 - 2 * len(lost)
