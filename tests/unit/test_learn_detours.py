"""Single extra visits and true loops in short logs, and lots that are in the middle of one."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao.learn import learn, shop_state
from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.repeats import base_of, is_extra
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.routes.detours import with_extra_visits
from zhizao.learn.routes.routing import learn_paths
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import Records

_START = datetime(2024, 1, 1, tzinfo=UTC)
_PLAIN = ("cut", "drill", "check", "paint", "pack")
_LOOP = ("cut", "drill", "check", "drill", "check", "paint", "pack")
_EXTRA = ("cut", "drill", "check", "paint", "cut", "pack")


def _visits(*orders: tuple[str, ...], extra_s: float = 60.0) -> tuple[pl.DataFrame, Finished]:
    """Return visits, an hour each; one that was done before takes ``extra_s``."""
    rows = []
    for i, steps in enumerate(orders):
        at_s = 0.0
        for k, operation in enumerate(steps):
            lasts_s = extra_s if operation in steps[:k] else 3600.0
            rows.append((f"W{i:03}", operation, at_s, at_s + lasts_s, lasts_s))
            at_s += lasts_s + 600.0
    names = ["order_id", "operation", "start_s", "end_s", "worked_s"]
    table = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        product=pl.lit("P"), family=pl.lit(None, dtype=pl.String), resource=pl.col("operation"), done=pl.lit(5.0),
        quantity=pl.lit(5.0), is_rework=pl.lit(value=False), is_default=pl.lit(value=False),
        operator=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    over = table.select(pl.col("order_id").unique(maintain_order=True)).with_columns(
        is_finished=pl.lit(value=True), is_silent=pl.lit(value=False), is_truncated=pl.lit(value=False)
    )  # fmt: skip
    finished = Finished(table=over, silence_s=1.0, pause_s=1.0, terminals=frozenset({"pack"}))
    return visits_of(table.sort("start_s", "order_id")), finished


def _found(visits: pl.DataFrame, order: str) -> list[tuple[str, bool, int]]:
    own = visits.filter(pl.col("order_id") == order).sort("first_s")
    return [
        (base_of(o), is_extra(o), n) for o, n in own.select("operation", "pass").iter_rows()
    ]  # fmt: skip


def test_a_single_visit_more_is_an_extra_one() -> None:
    found = with_extra_visits(*_visits(_PLAIN, _EXTRA))
    assert _found(found, "W001")[4] == ("cut", True, 0)
    assert not any(extra for _, extra, _ in _found(found, "W000"))


def test_all_between_done_again_with_as_much_work_is_a_loop() -> None:
    found = with_extra_visits(*_visits(_PLAIN, _LOOP, _LOOP, extra_s=3600.0))
    assert _found(found, "W001")[3:5] == [("drill", False, 1), ("check", False, 1)]


@pytest.mark.parametrize(("orders", "extra_s"), [((_LOOP, _LOOP), 60.0), ((_LOOP, _PLAIN), 3600.0)])
def test_a_loop_with_little_work_or_seen_once_is_extra_visits(
    orders: tuple[tuple[str, ...], ...], extra_s: float
) -> None:
    found = with_extra_visits(*_visits(*orders, extra_s=extra_s))
    assert _found(found, "W000")[3:5] == [("drill", True, 0), ("check", True, 0)]


def test_the_same_extra_work_in_two_parts_is_one_visit() -> None:
    steps = ("cut", "drill", "check", "drill", "check", "drill", "check", "paint")
    found = with_extra_visits(*_visits(steps, steps))
    extra = [o for o, is_more, _ in _found(found, "W000") if is_more]
    assert extra == ["drill", "check"]
    seconds = found.filter(pl.col("order_id") == "W000")["worked_s"].sum()
    assert seconds == 4 * 3600.0 + 4 * 60.0


def test_an_operation_has_at_most_three_extra_visits_and_no_work_is_lost() -> None:
    steps = ("a", "b", "a", "c", "a", "d", "a", "e", "a", "f", "a", "g")
    visits, finished = _visits(steps)
    found = with_extra_visits(visits, finished)
    labels = {o for o in found["operation"] if is_extra(o)}
    assert len(labels) == 3
    assert found["worked_s"].sum() == visits["worked_s"].sum()
    assert found["n_rows"].sum() == visits["n_rows"].sum()


def test_visits_are_not_changed_in_place() -> None:
    visits, finished = _visits(_PLAIN, _EXTRA, _LOOP, _LOOP)
    before = visits.rows()
    with_extra_visits(visits, finished)
    assert visits.rows() == before


def _log(*orders: tuple[str, ...], n_products: int = 1) -> tuple[Records, list[Order]]:
    """Return the records of orders that begin a day apart, an hour of work each step."""
    rows, known = [], []
    for i, steps in enumerate(orders):
        at = _START + timedelta(days=i)
        product = f"P{i % n_products}"
        known.append(Order(id=f"W{i:03}", product=product, quantity=5.0, release_at=at))
        for operation in steps:
            end = at + timedelta(hours=1)
            rows.append((f"W{i:03}", product, operation, operation, at, end, 5.0))
            at = end + timedelta(minutes=20)
    names = ["order_id", "product", "operation", "resource", "start_at", "end_at", "good_quantity"]
    return Records.from_columns(pl.DataFrame(rows, schema=names, orient="row")), known


def _step_after(plant: Plant, done: tuple[str, ...], others: list[tuple[str, ...]]) -> str:
    """Return the operation before which a lot is that has done so much."""
    records, orders = _log(*others, done)
    at = records.operations["end_at"].max()
    assert isinstance(at, datetime)
    lots = shop_state(records, plant, at + timedelta(minutes=1), orders=orders).lots
    number = next(lot.step for lot in lots if lot.order_id == f"W{len(others):03}")
    return next(s.operation for s in plant.routings[0].steps if s.step == number)


def test_a_lot_in_a_loop_goes_through_all_between_again() -> None:
    past = [_LOOP, _PLAIN, _PLAIN] * 7
    plant = learn(*_log(*past), name="loops").plant
    assert [s.operation for s in plant.routings[0].steps] == list(_PLAIN)
    assert _step_after(plant, ("cut", "drill", "check", "drill"), past) == "check"
    assert _step_after(plant, ("cut", "drill", "check", "drill", "check"), past) == "paint"


def test_a_lot_on_an_extra_visit_goes_on_from_where_it_was() -> None:
    past = [_EXTRA, _PLAIN, _PLAIN] * 7
    plant = learn(*_log(*past), name="extras").plant
    assert [s.operation for s in plant.routings[0].steps] == [*_PLAIN[:4], "cut", "pack"]
    assert _step_after(plant, ("cut", "drill", "check", "paint", "cut"), past) == "pack"
    assert _step_after(plant, ("cut", "drill", "check", "cut"), past) == "paint"


def test_products_with_few_orders_share_what_they_know_of_extra_visits() -> None:
    plant = learn(*_log(*[_EXTRA, _PLAIN, _PLAIN, _PLAIN] * 10, n_products=20), name="many").plant
    shares = []
    for routing in plant.routings:
        assert [s.operation for s in routing.steps] == [*_PLAIN[:4], "cut", "pack"]
        assert all(s.rework is None for s in routing.steps)
        shares.append(routing.steps[4].probability)
    assert sum(shares) / len(shares) == pytest.approx(0.25, abs=0.02)
    assert 0.0 < min(shares) < 0.25 < max(shares) < 1.0


def test_extra_visits_at_one_place_stand_in_the_order_in_which_orders_make_them() -> None:
    plain = ("cut", "weld", "check", "pack")
    mended = ("cut", "weld", "check", "weld", "check", "pack")
    visits, finished = _visits(*[plain, plain, mended] * 10)
    visits = with_extra_visits(visits, finished)
    paths = learn_paths(visits, finished, products=["P"], families={})
    steps = [(base_of(s.operation), is_extra(s.operation)) for s in paths["P"].steps]
    assert steps[3:5] == [("weld", True), ("check", True)]
