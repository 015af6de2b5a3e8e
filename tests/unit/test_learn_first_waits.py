"""Orders from before the records: their waits began when nobody was seen yet."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.model import Order, Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def _waiting(rows: list[tuple[str, str, float, float]], at_h: float) -> int:
    """Return how many orders are done at the saw and not yet begun at the mill."""
    sawn = sum(name == "SAW" and end <= at_h for _, name, _, end in rows)
    return sawn - sum(name == "MILL" and begin <= at_h for _, name, begin, _ in rows)


def test_an_order_that_began_before_the_records_is_no_long_delay() -> None:
    rng = np.random.default_rng(6)
    rows, orders = [], []
    free = {"SAW": 0.0, "MILL": 0.0}
    at = 0.0
    for i in range(500):
        at += float(rng.exponential(5.3))
        ready = at
        orders.append(
            Order(id=f"o{i:03}", product="P", release_at=MONDAY + timedelta(hours=at), quantity=1)
        )
        for name, work in (("SAW", rng.uniform(2.0, 6.0)), ("MILL", rng.uniform(2.0, 6.5))):
            begin = max(ready, free[name])
            free[name] = begin + float(work)
            rows.append((f"o{i:03}", name, begin, free[name]))
            ready = free[name] + 0.25
    # The records begin in the middle, as any export does, here when most orders were waiting.
    begins_h = max(range(100, 600), key=lambda h: _waiting(rows, float(h)))
    seen = [r for r in rows if r[2] >= begins_h]
    known = {r[0] for r in seen}
    records = Records.from_columns(
        pl.DataFrame(
            {
                "order_id": [r[0] for r in seen],
                "product": "P",
                "operation": [r[1].lower() for r in seen],
                "resource": [r[1] for r in seen],
                "start_at": [MONDAY + timedelta(hours=r[2]) for r in seen],
                "end_at": [MONDAY + timedelta(hours=r[3]) for r in seen],
            }
        )
    )
    plant = learn(records, [o for o in orders if o.id in known], name="line").plant
    delays = {s.operation: s.delay.mean_min for s in plant.routings[0].steps}
    assert delays["mill"] == pytest.approx(15.0, abs=6.0)
    assert delays["saw"] < 6.0
