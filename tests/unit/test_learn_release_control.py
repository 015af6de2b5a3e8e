"""Releases that follow what leaves, and releases that do not."""

import heapq

import numpy as np
import polars as pl
import pytest

from zhizao.learn.demand.release_control import ReleaseControl, release_control
from zhizao.learn.questions.open_questions import ask

HOUR = 3600.0


def _found(*, cap: int | None, n: int = 1000, load: float = 0.85) -> ReleaseControl | None:
    """Return what the log of one station shows, orders let in up to a cap or as they come."""
    rng = np.random.default_rng(4)
    came = np.cumsum(rng.exponential(1.0 / load, n)) * HOUR
    work = rng.exponential(1.0, n) * HOUR
    inside: list[float] = []
    releases, ends, free_s = {}, [], 0.0
    for i in range(n):
        at = came[i]
        while inside and inside[0] <= at:
            heapq.heappop(inside)
        if cap is not None and len(inside) >= cap:
            at = max(at, heapq.heappop(inside))
        free_s = max(free_s, at) + work[i]
        heapq.heappush(inside, free_s)
        releases[f"o{i:04}"] = float(at)
        ends.append(free_s)
    table = pl.DataFrame(
        {
            "order_id": list(releases),
            "first_s": [e - w for e, w in zip(ends, work.tolist(), strict=True)],
            "last_s": ends,
            "is_finished": True,
        }
    )
    return release_control(releases, table, until_s=max(ends))


def test_orders_that_come_by_themselves_are_not_steady() -> None:
    found = _found(cap=None)
    assert found is not None
    assert found.dispersion > 1.0
    assert not found.is_steady


def test_orders_let_in_as_others_leave_are_steady() -> None:
    found = _found(cap=8, load=1.4)
    assert found is not None
    assert found.mean == pytest.approx(8.0, abs=0.5)
    assert found.is_steady


def test_few_orders_say_nothing() -> None:
    assert _found(cap=8, n=40) is None


def test_the_question_names_the_numbers() -> None:
    asked = ask("release_control", n=90, mean=8.0, spread=0.4, usual=2.8)
    assert "8.0 ± 0.4" in asked.question
    assert "8.0 ± 0.4" in asked.question_zh


def test_without_releases_nothing_is_said():
    table = pl.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(100)], "first_s": 3600.0 * np.arange(100),
            "last_s": 3600.0 * np.arange(100) + 9.0, "is_finished": True, "is_truncated": False,
        }
    )  # fmt: skip
    assert release_control({}, table, until_s=4e5) is None
