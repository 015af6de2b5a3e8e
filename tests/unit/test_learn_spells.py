"""Working times that come in spells are noticed; those by themselves are not."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.spells import Spell, find_spells
from zhizao.learn.durations.times import learn_times


def _spells(correlation: float) -> tuple[Spell, ...]:
    """Return what is found in 400 working times whose logs are an autoregression."""
    n = 400
    rng = np.random.default_rng(3)
    noise = rng.normal(0.0, 0.3, n)
    for i in range(1, n):
        noise[i] = correlation * noise[i - 1] + np.sqrt(1 - correlation**2) * noise[i]
    quantity = rng.integers(5, 25, n).astype(float)
    seconds = (10.0 + 3.0 * quantity) * np.exp(noise) * 60.0
    visits = pl.DataFrame(
        {
            "order_id": [f"o{i:03}" for i in range(n)], "operation": "cut", "pass": 0,
            "product": "P", "resource": "M1", "n_resources": 1, "n_rows": 1, "n_measured": 1,
            "is_ended": True, "quantity": quantity, "worked_s": seconds, "measured_s": seconds,
            "first_s": np.arange(n) * 1e4,
        }
    )  # fmt: skip
    return find_spells(visits, learn_times(visits))


def test_spells_are_noticed_with_their_correlation() -> None:
    found = _spells(0.6)
    assert len(found) == 1
    # Four standard errors of a correlation of 0.6; ranks take a little off.
    assert found[0].correlation == pytest.approx(0.58, abs=4 * 0.64 / np.sqrt(400))
    assert "M1" in found[0].said()


def test_times_by_themselves_are_not() -> None:
    assert _spells(0.0) == ()
