"""The fixed minutes of an operation's products: common where they may be, own where they are not."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.fixed_minutes import shapes_with_common_minutes
from zhizao.learn.durations.time_shapes import shape_profile
from zhizao.learn.durations.times import learn_times

SPREAD = 0.2


def lots(
    n: int, *, fixed_min: float, per_piece_min: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the minutes and pieces of n lots, each with an error of a fifth."""
    rng = np.random.default_rng(seed)
    quantity = np.maximum(np.round(np.exp(rng.normal(3.4, 0.5, n))), 1.0)
    minutes = (fixed_min + per_piece_min * quantity) * np.exp(rng.normal(0.0, SPREAD, n))
    return minutes, quantity


def visits(fixed_min: dict[str, float], *, n: int) -> pl.DataFrame:
    """Return the visits of one operation by products with rates of their own."""
    parts = []
    for k, (product, fixed) in enumerate(fixed_min.items()):
        minutes, quantity = lots(n, fixed_min=fixed, per_piece_min=2.0 + 0.3 * k, seed=k)
        parts.append(
            pl.DataFrame(
                {
                    "order_id": [f"{product}-{i}" for i in range(n)], "product": product,
                    "operation": "turn", "resource": "M", "pass": 0, "is_ended": True,
                    "n_measured": 1, "n_rows": 1, "n_resources": 1, "quantity": quantity,
                    "worked_s": 60.0 * minutes, "measured_s": 60.0 * minutes,
                }
            )
        )  # fmt: skip
    return pl.concat(parts)


def fixed_minutes(found: pl.DataFrame) -> np.ndarray:
    times = learn_times(found)
    return np.array(
        [times.fit(p, "turn").model.setup_min for p in found["product"].unique(maintain_order=True)]
    )


def test_products_with_some_dozen_lots_share_the_fixed_minutes_that_all_of_them_show() -> None:
    learnt = fixed_minutes(visits({f"P{k}": 20.0 for k in range(12)}, n=40))
    # A product alone tells its 20 min with an error of 6; twelve together with one of 2.
    assert np.sqrt(np.mean((learnt - 20.0) ** 2)) < 4.0


def test_fixed_minutes_that_really_differ_stay_apart() -> None:
    true = {"A": 5.0, "B": 5.0, "C": 90.0, "D": 90.0}
    learnt = fixed_minutes(visits(true, n=400))
    assert learnt[:2] == pytest.approx([5.0, 5.0], abs=6.0)
    assert learnt[2:] == pytest.approx([90.0, 90.0], abs=15.0)


def test_one_product_alone_keeps_its_own_shape() -> None:
    minutes, quantity = lots(60, fixed_min=20.0, per_piece_min=3.0, seed=1)
    profile = shape_profile(np.log(minutes), quantity)
    assert shapes_with_common_minutes({"A": profile}) == {"A": profile.best}


def test_a_product_that_is_done_sooner_than_the_common_minutes_has_no_more_than_all_of_its_time() -> (
    None
):
    profiles = {}
    for k in range(6):
        minutes, quantity = lots(50, fixed_min=60.0, per_piece_min=1.0, seed=k)
        profiles[f"P{k}"] = shape_profile(np.log(60.0 * minutes), quantity)
    minutes, quantity = lots(15, fixed_min=2.0, per_piece_min=0.0, seed=9)
    profiles["short"] = shape_profile(np.log(60.0 * minutes), quantity)
    shapes = shapes_with_common_minutes(profiles)
    assert 0.9 < shapes["short"].share <= 1.0
    assert all(0.0 <= s.share <= 1.0 for s in shapes.values())
