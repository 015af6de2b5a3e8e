"""Shares of optional steps where orders are cut off by the log's end."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.routes.passed import passed_steps
from zhizao.learn.routes.routing import learn_paths

_UNTIL = 60.0


def _cut_log(*, seed: int) -> tuple[pl.DataFrame, Finished]:
    """Ten orders a day for 60 days: every other one does a step of 10 days in between."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, begin in enumerate(np.sort(rng.uniform(0.0, _UNTIL, 600))):
        at, steps = begin, ["first", "long", "last"] if rng.random() < 0.5 else ["first", "last"]
        for name in steps:
            at += 0.1 + rng.exponential(2.0)
            end = at + (10.0 if name == "long" else 0.1)
            if at < _UNTIL:
                rows.append((f"W{i:03}", "P", name, at, min(end, _UNTIL), 0, name == "last"))
            at = end
    names = ["order_id", "product", "operation", "first_s", "last_s", "pass", "is_last"]
    visits = pl.DataFrame(rows, schema=names, orient="row")
    table = visits.group_by("order_id", maintain_order=True).agg(
        is_finished=pl.col("is_last").any(), is_silent=pl.lit(value=False).first(), is_truncated=pl.lit(value=False).first()
    )  # fmt: skip
    return visits, Finished(table=table, silence_s=30.0, pause_s=5.0, terminals=frozenset({"last"}))


def test_a_long_optional_step_is_not_thought_rare_because_its_orders_are_still_open() -> None:
    shares, complete = [], []
    for seed in range(10):
        visits, finished = _cut_log(seed=seed)
        paths = learn_paths(visits, finished, products=["P"], families={})
        shares.append(next(s.probability for s in paths["P"].steps if s.operation == "long"))
        over = visits.filter(pl.col("order_id").is_in(list(finished.ids())))
        n = over["order_id"].n_unique()
        complete.append(over.filter(pl.col("operation") == "long").height / n)
    error = float(np.std(shares)) / np.sqrt(len(shares))
    assert np.mean(shares) == pytest.approx(0.5, abs=3 * error + 0.01)
    assert np.mean(complete) < 0.5 - 5 * error


def test_an_order_from_before_the_log_says_nothing_of_what_it_did_then() -> None:
    visits = pl.DataFrame({"order_id": ["A", "B", "B"], "operation": ["b", "a", "b"], "pass": [0, 0, 0]})  # fmt: skip
    table = pl.DataFrame(
        {"order_id": ["A", "B"], "is_finished": True, "is_silent": False, "is_truncated": [True, False]}
    )  # fmt: skip
    finished = Finished(table=table, silence_s=1.0, pause_s=1.0, terminals=frozenset())
    assert passed_steps(visits, finished, ["a", "b"]) == {"a": (1, 1), "b": (2, 2)}
