"""Operations that exclude each other become variants of a routing, for lots in progress too."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn, shop_state
from zhizao.model.records import Records
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, 6, tzinfo=UTC)
N_ORDERS = 200
SHARE = 0.3


def _records(*, is_exclusive: bool, n_orders: int = N_ORDERS, seed: int = 5) -> Records:
    """Return orders that are cut, then welded or screwed (or either by chance), then packed."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n_orders):
        first = rng.random() < SHARE
        second = not first if is_exclusive else rng.random() < 1 - SHARE
        names = ["cut", *(["weld"] if first else []), *(["screw"] if second else []), "pack"]
        at = MONDAY + timedelta(hours=3 * i)
        for name in names:
            end = at + timedelta(minutes=float(rng.uniform(20, 40)))
            rows.append((f"W{i}", "P", name, f"{name} 1", at, end))
            at = end + timedelta(minutes=5)
    columns = ["order_id", "product", "operation", "resource", "start_at", "end_at"]
    return Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row"))


def test_exclusive_operations_are_two_roads() -> None:
    plant = learn(_records(is_exclusive=True), name="shop").plant
    roads = {tuple(s.operation for s in r.steps): r.share for r in plant.routings}
    assert set(roads) == {("cut", "screw", "pack"), ("cut", "weld", "pack")}
    # A share of 200 orders: four standard errors.
    error = (SHARE * (1 - SHARE) / N_ORDERS) ** 0.5
    assert roads["cut", "weld", "pack"] == pytest.approx(SHARE, abs=4 * error)
    assert sum(roads.values()) == pytest.approx(1.0)
    assert {s.probability for r in plant.routings for s in r.steps} == {1.0}
    places = {p.where for p in plant.provenances}
    for routing in plant.routings:
        begin = f"routings/P/{routing.variant}"
        assert {f"{begin}/share", *(f"{begin}/{s.step}/time" for s in routing.steps)} <= places


def test_operations_skipped_by_chance_stay_optional_steps() -> None:
    plant = learn(_records(is_exclusive=False), name="shop").plant
    assert [r.variant for r in plant.routings] == ["main"]
    assert all(s.probability < 1.0 for s in plant.routings[0].steps[1:3])


def test_few_orders_make_no_variants() -> None:
    plant = learn(_records(is_exclusive=True, n_orders=20), name="shop").plant
    assert len(plant.routings) == 1


def test_a_lot_in_progress_is_on_the_road_that_it_has_taken() -> None:
    records = _records(is_exclusive=True)
    plant = learn(records, name="shop").plant
    of_step = {(r.variant, s.step): s.operation for r in plant.routings for s in r.steps}
    at = MONDAY + timedelta(days=3)
    seen = 0
    for hours in range(40):
        now = at + timedelta(minutes=97 * hours)
        floor = shop_state(records, plant, now)
        for lot in floor.lots:
            begun = records.operations.filter(
                (pl.col("order_id") == lot.order_id) & (pl.col("start_at") <= now)
            )["operation"].to_list()
            road = {
                operation for (variant, _), operation in of_step.items() if variant == lot.variant
            }
            assert set(begun) <= road
            seen += "weld" in begun or "screw" in begun
    assert seen > 10


def test_no_simulated_order_takes_both_roads() -> None:
    plant = learn(_records(is_exclusive=True), name="shop").plant
    run = simulate(
        plant,
        [],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=21),
        seed=1,
        n_replications=1,
        trace=True,
    )
    done = (
        run.records[0]
        .operations.group_by("order_id")
        .agg(
            n=pl.col("operation").is_in(["weld", "screw"]).sum(),
            packed=(pl.col("operation") == "pack").any(),
        )
        .filter("packed")
    )
    assert done.height > 30
    assert set(done["n"]) == {1}


def test_roads_have_no_ties_and_what_few_orders_show_is_drawn_apart() -> None:
    roads = learn(_records(is_exclusive=True), name="shop").plant
    assert all(s.drawn_with is None for r in roads.routings for s in r.steps)
    plant = learn(_records(is_exclusive=True, n_orders=20), name="shop").plant
    (routing,) = plant.routings
    (tied,) = (s for s in routing.steps if s.drawn_with is not None)
    assert tied.dependence < -0.8
    run = simulate(
        plant, (), start_at=MONDAY, end_at=MONDAY + timedelta(days=40), n_replications=1, trace=True
    )
    done = run.records[0].operations.group_by("order_id").agg("operation")
    both = done.filter(
        pl.col("operation").list.contains("weld") & pl.col("operation").list.contains("screw")
    )
    assert done.height > 100
    # By chance a fifth of the orders would take both.
    assert both.height < 0.05 * done.height


def test_a_lot_in_progress_says_which_steps_it_has_done() -> None:
    records = _records(is_exclusive=False)
    plant = learn(records, name="shop").plant
    table = records.operations
    at = table.filter(pl.col("operation") == "pack")["start_at"].sort()[100] - timedelta(minutes=1)
    (lot,) = (x for x in shop_state(records, plant, at).lots if x.order_id == "W100")
    seen = table.filter(pl.col("order_id") == "W100", pl.col("start_at") <= at)["operation"]
    operation = {s.step: s.operation for s in plant.routings[0].steps}
    assert [operation[step] for step in lot.done] == seen.to_list()
    assert len(lot.done) >= 1
