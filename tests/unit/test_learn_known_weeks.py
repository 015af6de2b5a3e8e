"""The rate of orders does not depend on where in a week, or among open orders, a log begins and ends."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.model import Order, Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
A_WEEK = 40
N_WEEKS = 14
BEGINS = MONDAY + timedelta(weeks=4)
COLUMNS = ["order_id", "product", "operation", "resource", "start_at", "end_at"]


def _log(ends: datetime) -> tuple[Records, list[Order]]:
    """Return an order for each office hour; every fifth is packed three weeks after it was cut."""
    rows, orders = [], []
    for i in range(A_WEEK * N_WEEKS):
        week, hour = divmod(i, A_WEEK)
        day, hour = divmod(hour, 8)
        release = MONDAY + timedelta(weeks=week, days=day, hours=8 + hour, minutes=1)
        cut = release + timedelta(minutes=20)
        pack = cut + (timedelta(weeks=3) if i % 5 == 0 else timedelta(minutes=20))
        reports = [
            (f"A{i}", "P", "cut", "saw", cut, cut + timedelta(minutes=15)),
            (f"A{i}", "P", "pack", "desk", pack, pack + timedelta(minutes=10)),
        ]
        seen = [r for r in reports if r[4] >= BEGINS and r[5] <= ends]
        if release <= ends and (seen or release >= BEGINS):
            rows += seen
            orders.append(Order(id=f"A{i}", product="P", quantity=1, release_at=release))
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    return Records.from_columns(frame), orders


@pytest.mark.parametrize("day", [0, 2, 5])
def test_the_rate_is_that_of_the_weeks_in_which_all_orders_are_known(day: int) -> None:
    records, orders = _log(MONDAY + timedelta(weeks=N_WEEKS - 1, days=day, hours=13))
    (demand,) = learn(records, orders, name="p").plant.demands
    # Evenly spaced: one order of some 370 more or less, at either end.
    assert demand.orders_per_week == pytest.approx(A_WEEK, rel=2 / 370)
