"""Where a forecast held: by product and by stage, open orders counted."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.learn.trust.breakdown import LEAST_COMPLETED, where_it_held
from zhizao.learn.trust.scores import Held, OrderScore

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def order(
    i: int,
    *,
    product: str = "P",
    stage: str = "cut",
    p50_h: float | None = 10.0,
    p90_h: float | None = 30.0,
    plain_h: float | None = 20.0,
    done_h: float | None = 12.0,
    open_h: float = 40.0,
) -> OrderScore:
    def at(hours: float | None) -> datetime | None:
        return None if hours is None else MONDAY + timedelta(hours=hours)

    return OrderScore(
        order_id=f"O{i}", product=product, stage=stage, cutoff_at=MONDAY, p50_at=at(p50_h),
        p90_at=at(p90_h), completed_at=at(done_h), censored_at=at(open_h) if done_h is None else None,
        baseline_p50_at={"plain": at(plain_h)},
    )  # fmt: skip


def held(orders: list[OrderScore], *, plain: str | None = "plain") -> Held:
    found = where_it_held(orders, plain=plain)
    assert [h.by for h in found] == ["product", "stage"]
    assert found[0].model_copy(update={"by": "stage", "name": "cut"}) == found[1]
    return found[0]


def test_products_come_before_stages_and_the_most_orders_first():
    orders = [order(i, product="AAB"[i], stage="xyy"[i]) for i in range(3)]
    found = [(h.by, h.name, h.orders_scored) for h in where_it_held(orders, plain="plain")]
    assert found == [("product", "A", 2), ("product", "B", 1), ("stage", "y", 2), ("stage", "x", 1)]


def test_a_forecast_that_is_nearer_than_the_plain_one_and_keeps_its_p90_held():
    found = held([order(i) for i in range(6)])
    assert (found.median_abs_error_h, found.plain_h, found.kept_p90) == (2.0, 8.0, 1.0)
    assert found.is_held is True


@pytest.mark.parametrize("change", [{"plain_h": 12.0}, {"p90_h": 11.0}])
def test_it_did_not_hold_where_the_plain_one_is_nearer_or_p90_was_missed(change):
    assert held([order(i, **change) for i in range(6)]).is_held is False


def test_a_plain_method_that_was_not_asked_for_is_not_looked_at():
    assert held([order(i, plain_h=12.0) for i in range(6)], plain=None).is_held is True


def test_too_few_completed_orders_say_nothing():
    some = [order(i) for i in range(LEAST_COMPLETED - 1)]
    assert held(some).is_held is None
    assert held([*some, order(9, done_h=None)]).is_held is None
    assert held([*some, order(9)]).is_held is True


def test_an_open_order_whose_p90_has_passed_was_not_kept_and_one_before_it_is_not_known():
    done = [order(i) for i in range(6)]
    late = [order(10 + i, done_h=None, open_h=40.0) for i in range(2)]
    early = [order(20 + i, done_h=None, open_h=20.0) for i in range(9)]
    assert held([*done, *late]).kept_p90 == pytest.approx(6 / 8)
    assert held([*done, *late]).is_held is False
    assert held([*done, *early]).kept_p90 == 1.0


def test_an_open_order_is_wrong_by_at_least_how_late_it_is_already():
    # Errors 2, 2, 2, 2, 2 and three of at least 30: the median is 2; with eight it is not known.
    done = [order(i) for i in range(5)]
    late = [order(10 + i, done_h=None, open_h=40.0) for i in range(8)]
    assert held([*done, *late[:3]]).median_abs_error_h == 2.0
    assert held([*done, *late]).median_abs_error_h is None
    assert held([*done, *late]).is_held is None


def test_what_is_named_beyond_the_horizon_is_wrong_by_an_unknown_amount():
    beyond = [order(i, p50_h=None, p90_h=None) for i in range(6)]
    found = held(beyond)
    assert (found.median_abs_error_h, found.kept_p90, found.is_held) == (None, 1.0, None)
