"""Branches of an order that run side by side, and lots that move on in parts."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from zhizao.learn import learn
from zhizao.learn.routes.side_by_side import overlaps
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def visits(begin_second, *, n=60):
    """Return visits of orders: cutting from 0 to 10, turning for 10 from a begin that is given."""
    rows = []
    for i in range(n):
        second = begin_second(i)
        rows += [
            (f"A{i:02}", "cut", 0, 0.0, 10.0),
            (f"A{i:02}", "turn", 0, second, second + 10.0),
        ]
    columns = ["order_id", "operation", "pass", "first_s", "last_s"]
    return pl.DataFrame(rows, schema=columns, orient="row"), {f"A{i:02}" for i in range(n)}


def test_one_after_the_other_is_no_overlap():
    assert overlaps(*visits(lambda i: 10.0 + i)) == ()


def test_lots_that_move_on_in_parts_are_told_from_branches():
    (parts,) = overlaps(*visits(lambda i: 4.0))
    assert (parts.first, parts.second, parts.is_streaming) == ("cut", "turn", True)
    rng = np.random.default_rng(1)
    (branches,) = overlaps(*visits(lambda i: float(rng.uniform(-9, 9))))
    assert not branches.is_streaming
    assert branches.share == 1.0


def test_a_rare_overlap_is_not_stated():
    assert overlaps(*visits(lambda i: 4.0 if i % 8 == 0 else 11.0)) == ()


def test_learning_asks_about_branches():
    rng = np.random.default_rng(2)
    rows = []
    for i in range(120):
        day = MONDAY + timedelta(days=7 * (i // 10) + (i % 10) // 2, hours=7 + 4 * (i % 2))
        for operation, machine in (("cut", "M1"), ("turn", "M2")):
            begin = day + timedelta(minutes=float(rng.uniform(0, 40)))
            rows.append(
                (f"A{i}", "P", operation, machine, begin, begin + timedelta(minutes=60 + i % 7))
            )
        end = day + timedelta(hours=2)
        rows.append((f"A{i}", "P", "join", "M3", end, end + timedelta(minutes=20 + i % 5)))
    columns = ["order_id", "product", "operation", "resource", "start_at", "end_at"]
    records = Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row"))
    asked = [q for q in learn(records, name="p").questions if q.code == "side_by_side"]
    assert [set(q.about.split(", ")) for q in asked] == [{"cut", "turn"}]
    assert "turn" in asked[0].question_zh
