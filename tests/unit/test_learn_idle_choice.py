"""Whether people look for a machine that is set up for the lot, on picks made by hand."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.dispatch.idle_choice import learn_idle_choice
from zhizao.learn.open_time import OpenTime
from zhizao.model import Provenance

HOUR = 3600.0
OPEN: dict[str | None, OpenTime] = dict.fromkeys(
    ("M1", "M2", None), OpenTime.from_intervals(np.array([[0.0, 1e8]]))
)
NO_STOPS = pl.DataFrame(schema={"resource": pl.String, "start_s": pl.Float64, "end_s": pl.Float64})


def _learn(picks: list[tuple[str, str]], stops: pl.DataFrame = NO_STOPS) -> dict[str, Provenance]:
    """Learn from one-hour jobs, two hours apart, of (product, machine)."""
    n = len(picks)
    rows = pl.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(n)],
            "product": [p for p, _ in picks],
            "operation": "cut",
            "resource": [m for _, m in picks],
            "start_s": [2.0 * HOUR * i for i in range(n)],
            "stop_s": [2.0 * HOUR * i + HOUR for i in range(n)],
        }
    )
    return learn_idle_choice(
        rows, stops=stops, centres={"M1": "cut", "M2": "cut"}, families=lambda _, p: p,
        resources=lambda _p, _o: ("M1", "M2"), open_times=OPEN, with_setups={"cut"},
    )  # fmt: skip


def _products(seed: int) -> list[str]:
    return [str(p) for p in np.random.default_rng(seed).choice(["A", "B"], 100)]


def test_a_machine_for_each_product_is_a_choice() -> None:
    found = _learn([(p, "M1" if p == "A" else "M2") for p in _products(1)])
    assert found["cut"].value == pytest.approx(1.0)


def test_the_machine_that_comes_first_is_none() -> None:
    rng = np.random.default_rng(2)
    assert _learn([(p, str(rng.choice(["M1", "M2"]))) for p in _products(1)]) == {}


def test_a_machine_that_is_down_could_not_be_picked() -> None:
    n = 100
    stops = pl.DataFrame({"resource": ["M2"], "start_s": [1.5 * HOUR], "end_s": [2.0 * HOUR * n]})
    picks = [("A", "M1"), ("B", "M2"), *((p, "M1") for p in _products(3))]
    assert _learn(picks, stops) == {}


def test_few_picks_say_nothing() -> None:
    assert _learn([(p, "M1" if p == "A" else "M2") for p in _products(1)[:15]]) == {}
