"""An order's own work on a resource, looked up by numbers, against a plain search."""

import numpy as np
import polars as pl

from zhizao.learn.durations.own_work import OwnWork


def test_the_last_report_that_began_before_is_found_as_by_a_plain_search() -> None:
    rng = np.random.default_rng(5)
    orders, resources = [f"O{i}" for i in range(7)], [f"M{i}" for i in range(4)]
    n = 200
    begin = rng.integers(0, 50, n).astype(np.float64)
    worked = pl.DataFrame(
        {
            "order_id": [orders[i] for i in rng.integers(0, 6, n)],
            "resource": [resources[i] for i in rng.integers(0, 3, n)],
            "start_s": begin,
            "stop_s": begin + rng.integers(0, 30, n),
        }
    )
    own = OwnWork.of(worked, orders=pl.Enum(orders), resources=pl.Enum(resources))
    order, resource = rng.integers(0, 7, 500), rng.integers(0, 4, 500)
    at_s = rng.integers(-5, 60, 500).astype(np.float64)
    found = own.last_stop_s(order, resource, before_s=at_s)
    rows = worked.rows()
    for i in range(500):
        before = [
            (start, stop)
            for o, r, start, stop in rows
            if o == orders[order[i]] and r == resources[resource[i]] and start < at_s[i]
        ]
        assert found[i] == max(before, default=(0.0, -np.inf))[1]


def test_where_nothing_was_worked_nothing_is_found() -> None:
    none = pl.DataFrame(
        schema={
            "order_id": pl.String, "resource": pl.String, "start_s": pl.Float64, "stop_s": pl.Float64,
        }
    )  # fmt: skip
    own = OwnWork.of(none, orders=pl.Enum(["A"]), resources=pl.Enum(["M"]))
    zero = np.zeros(2, dtype=np.int64)
    assert own.last_stop_s(zero, zero, before_s=np.array([1.0, 2.0])).tolist() == [-np.inf] * 2
