"""How long it lasted for like orders: open ones count, the order itself does not."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.trust.like_orders import Durations, left_of_orders, silences_of_orders

HOUR = 3600.0
LEVELS = np.array([0.25, 0.5, 0.75, 0.9])


def _durations(lasted, is_over, *, product="P", stage="cut", longest=1e9) -> Durations:
    order = np.argsort(lasted, kind="stable")
    n = len(lasted)
    return Durations(
        order_id=np.array([f"o{i}" for i in range(n)])[order],
        product=np.broadcast_to(np.asarray(product), n)[order],
        stage=np.broadcast_to(np.asarray(stage), n)[order],
        lasted_s=np.asarray(lasted, dtype=np.float64)[order], is_over=np.asarray(is_over)[order],
        longest_s=longest,
    )  # fmt: skip


def _left(past: Durations, *, since_s: float = 0.0, order="new", levels=LEVELS):
    return past.left(order, product="P", stage="cut", since_s=since_s, levels=levels)


def test_where_all_are_over_and_alike_the_quantiles_are_those_of_the_sample() -> None:
    values = np.arange(1.0, 101.0)
    found = _left(_durations(values, np.ones(100, dtype=bool)))
    np.testing.assert_array_equal(found, [25.0, 50.0, 75.0, 90.0])


def test_open_orders_make_the_rest_later_as_kaplan_and_meier_would() -> None:
    """Censored exponential times: the estimate is unbiased, the ends alone are far too early."""
    rng = np.random.default_rng(4)
    true = rng.exponential(100.0, 4000)
    followed = rng.uniform(0.0, 250.0, 4000)
    is_over = true <= followed
    found = _left(_durations(np.minimum(true, followed), is_over), levels=np.array([0.25, 0.5]))
    # The standard error of the median of 4,000 such times is about 1.9.
    np.testing.assert_allclose(found, -100.0 * np.log([0.75, 0.5]), atol=6.0)
    assert np.median(true[is_over]) < 0.75 * found[1]


def test_who_has_waited_is_compared_with_those_who_waited_as_long() -> None:
    values = np.arange(1.0, 101.0)
    past = _durations(values, np.ones(100, dtype=bool))
    np.testing.assert_array_equal(_left(past, since_s=60.0), [10.0, 20.0, 30.0, 36.0])
    assert _left(past, since_s=100.0) is None


def test_an_order_is_not_compared_with_itself() -> None:
    past = _durations([5.0, 9.0], [True, True])
    np.testing.assert_array_equal(_left(past, order="o0"), np.full(4, 9.0))


def test_the_same_product_at_the_stage_outweighs_many_others() -> None:
    lasted = np.r_[np.full(20, 10.0), np.full(2000, 1000.0)]
    product = np.r_[np.full(20, "P"), np.full(2000, "Q")]
    found = _left(_durations(lasted, np.ones(2020, dtype=bool), product=product))
    np.testing.assert_array_equal(found, [10.0, 10.0, 10.0, 1000.0])
    elsewhere = np.r_[np.full(20, "cut"), np.full(2000, "drill")]
    found = _left(_durations(lasted, np.ones(2020, dtype=bool), stage=elsewhere))
    np.testing.assert_array_equal(found, np.full(4, 10.0))


def test_beyond_the_last_end_nothing_is_endless_and_nothing_longer_than_was_followed() -> None:
    past = _durations([1.0, 2.0, 50.0, 50.0], [True, True, False, False], longest=200.0)
    found = _left(past)
    assert found is not None
    np.testing.assert_array_equal(found[:2], [1.0, 2.0])
    assert 50.0 < found[2] < found[3] <= 200.0
    assert _left(_durations([1.0, 2.0], [False, False], longest=3.0))[3] <= 3.0


@pytest.fixture
def visits() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": ["a", "a", "b", "b", "c"],
            "product": ["P"] * 5,
            "operation": ["cut", "drill", "cut", "drill", "cut"],
            "first_s": [0.0, 20.0, 0.0, 70.0, 30.0],
            "last_s": [10.0, 25.0, 15.0, 80.0, 40.0],
        }
    )


@pytest.fixture
def finished() -> Finished:
    table = pl.DataFrame(
        {
            "order_id": ["a", "b", "c"], "product": ["P"] * 3, "first_s": [0.0, 0.0, 30.0],
            "last_s": [25.0, 80.0, 40.0], "is_finished": [True, False, False],
            "is_silent": [False] * 3, "is_truncated": [False] * 3,
        }
    )  # fmt: skip
    return Finished(table=table, silence_s=1e6, pause_s=1e5, terminals=frozenset({"drill"}))


def test_what_was_left_of_open_orders_lasts_until_now(visits, finished) -> None:
    found = left_of_orders(visits, finished, until_s=100.0)
    rows = sorted(zip(found.order_id.tolist(), found.lasted_s, found.is_over, strict=True))
    assert rows == [
        ("a", 15.0, True), ("b", 20.0, False), ("b", 85.0, False), ("c", 60.0, False),
    ]  # fmt: skip
    assert found.longest_s == 100.0
    assert (np.diff(found.lasted_s) >= 0).all()


def test_silences_end_with_the_next_report_and_an_order_that_is_over_is_not_silent(
    visits, finished
) -> None:
    found = silences_of_orders(visits, finished, until_s=100.0)
    rows = sorted(zip(found.order_id.tolist(), found.lasted_s, found.is_over, strict=True))
    assert rows == [
        ("a", 10.0, True), ("b", 20.0, False), ("b", 55.0, True), ("c", 60.0, False),
    ]  # fmt: skip
