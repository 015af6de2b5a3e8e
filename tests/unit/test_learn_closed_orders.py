"""A log of closed orders only says too little about the orders at its end."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 20
PER_WEEK = 14


def _log(*, closed_only: bool, seed: int = 1) -> Records:
    """Return orders that come evenly and take one to five weeks, in three operations."""
    rng = np.random.default_rng(seed)
    end = MONDAY + timedelta(weeks=WEEKS)
    rows = []
    for i in range(-5 * PER_WEEK, WEEKS * PER_WEEK):
        begin = MONDAY + timedelta(weeks=(i + rng.random()) / PER_WEEK)
        lead = timedelta(weeks=float(rng.uniform(1.0, 5.0)))
        reports = [
            (f"o{i}", operation, begin + share * lead, begin + share * lead + timedelta(hours=1))
            for operation, share in (("cut", 0.0), ("mill", 0.5), ("pack", 1.0))
        ]
        seen = [r for r in reports if r[2] >= MONDAY and r[3] <= end]
        if reports[-1][3] <= end or not closed_only:
            rows += seen
    frame = pl.DataFrame(rows, schema=["order_id", "operation", "start_at", "end_at"], orient="row")
    return Records.from_columns(
        frame.with_columns(resource=pl.col("operation"), product=pl.lit("P"))
    )


@pytest.mark.parametrize("closed_only", [True, False])
def test_the_rate_of_orders_is_right_with_and_without_the_open_ones(*, closed_only: bool) -> None:
    learnt = learn(_log(closed_only=closed_only), name="x")
    (demand,) = learnt.plant.demands
    # A standard error of the mean of 12 and 17 weeks of 14 orders is below 0.6: evenly spaced.
    assert demand.orders_per_week == pytest.approx(PER_WEEK, rel=0.1)
    notes = [p.note for p in learnt.plant.provenances if p.where.startswith("demands/")]
    assert all(("closed orders only" in note) is closed_only for note in notes)
