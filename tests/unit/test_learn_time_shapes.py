"""The share of a time that does not depend on the quantity: of few totals and of many."""

import numpy as np
import pytest

from zhizao.learn.durations import time_shapes
from zhizao.learn.durations.time_shapes import best_time_shape


def totals(n: int, *, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    quantity = np.round(np.exp(rng.normal(3.5, 0.6, n))) + 1.0
    usual = np.exp(np.mean(np.log(quantity)))
    logs = np.log(share + (1 - share) * quantity / usual) + rng.normal(0.0, 0.2, n)
    return logs, quantity


@pytest.mark.parametrize("share", [0.0, 0.04, 0.26, 0.5, 0.74, 0.98, 1.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_by_long_steps_finds_the_share_of_a_full_search(
    monkeypatch: pytest.MonkeyPatch, share: float, seed: int
) -> None:
    logs, quantity = totals(6_000, share=share, seed=seed)
    quick = best_time_shape(logs, quantity)
    monkeypatch.setattr(time_shapes, "_FEW", 10_000)
    assert quick == best_time_shape(logs, quantity)
    # The slope of log time by share is about 0.6 at most: an error of 0.2 / 0.6 / √6000 × 4.
    assert quick.share == pytest.approx(share, abs=0.04)
