"""Pieces lost on the way: learnt where the next operation lacks them, with its interval."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.learn.routes.yields import LearntYields, learn_yields
from zhizao.model.plant import Plant
from zhizao.model.records import Records

MONDAY = datetime(2024, 1, 1, 6, tzinfo=UTC)
N_ORDERS, PIECES, MINUTES = 120, 50, 1.0
SHARES = {"P": 0.20, "Q": 0.04}


def _records(*, is_lost: bool, seed: int = 3) -> Records:
    """Return orders that are cast and then turned; casting rejects pieces, or makes them again."""
    rng = np.random.default_rng(seed)
    rows = []
    at = MONDAY
    for i in range(N_ORDERS):
        product = "P" if i % 2 else "Q"
        bad = int(rng.binomial(PIECES, SHARES[product]))
        left = PIECES - bad if is_lost else PIECES
        cast = at + timedelta(minutes=PIECES * MINUTES * float(rng.uniform(0.9, 1.1)))
        turned = cast + timedelta(minutes=left * MINUTES * float(rng.uniform(0.9, 1.1)))
        rows.append((f"W{i}", product, "cast", "F1", at, cast, PIECES - bad, bad, PIECES))
        rows.append((f"W{i}", product, "turn", "L1", cast, turned, left, 0, PIECES))
        at += timedelta(minutes=90)
    names = ["order_id", "product", "operation", "resource", "start_at", "end_at", "good_quantity", "scrap_quantity", "order_quantity"]  # fmt: skip
    return Records.from_columns(pl.DataFrame(rows, schema=names, orient="row"))


def _plant(*, is_lost: bool) -> Plant:
    return learn(_records(is_lost=is_lost), name="foundry").plant


def test_each_product_loses_its_own_share() -> None:
    plant = _plant(is_lost=True)
    shares = {r.product: [s.scrap_share for s in r.steps] for r in plant.routings}
    for product, share in SHARES.items():
        error = (share * (1 - share) / (N_ORDERS / 2 * PIECES)) ** 0.5
        assert shares[product][0] == pytest.approx(share, abs=4 * error)
        assert shares[product][1] == 0.0
        place = f"routings/{product}/main/10/scrap_share"
        known = next(p for p in plant.provenances if p.where == place)
        assert known.level == "product"
        assert known.low is not None
        assert known.high is not None
        # The half width of a 95 % interval; an error learnt from 60 lots is right to a fifth or so.
        assert (known.high - known.low) / 2 == pytest.approx(1.96 * error, rel=0.4)


def test_what_follows_is_timed_on_the_pieces_that_come() -> None:
    plant = _plant(is_lost=True)
    for routing in plant.routings:
        left = 1.0 - routing.steps[0].scrap_share
        minutes = (
            routing.steps[1].time.setup_min + routing.steps[1].time.per_piece_min * PIECES * left
        )
        # 60 lots, each ± 10 % evenly and a binomial number of pieces: four standard errors.
        assert minutes == pytest.approx(
            PIECES * (1 - SHARES[routing.product]), rel=4 * 0.08 / 60**0.5
        )


def test_rejects_that_are_made_again_are_not_lost() -> None:
    plant = _plant(is_lost=False)
    assert {s.scrap_share for r in plant.routings for s in r.steps} == {0.0}


def test_few_lots_or_no_rejects_say_nothing() -> None:
    rows = pl.DataFrame(
        {"order_id": ["A", "B"], "product": "P", "operation": "cast", "start_s": 0.0, "done": 9.0, "scrapped": [3.0, 0.0]}
    )  # fmt: skip
    nothing = LearntYields(own={}, pooled={})
    assert learn_yields(rows) == nothing
    assert learn_yields(rows.with_columns(scrapped=pl.lit(0.0))) == nothing
    assert nothing.share("P", "cast") == 0.0
    assert nothing.provenance("P", "cast", where="x") is None


def test_faster_machines_have_a_provenance() -> None:
    rng = np.random.default_rng(2)
    rows = []
    for i in range(80):
        at = MONDAY + timedelta(hours=2 * i)
        fast = i % 2
        minutes = (30.0 if fast else 60.0) * float(rng.uniform(0.9, 1.1))
        rows.append((f"W{i}", "cut", f"S{fast}", at, at + timedelta(minutes=minutes)))
    names = ["order_id", "operation", "resource", "start_at", "end_at"]
    plant = learn(Records.from_columns(pl.DataFrame(rows, schema=names, orient="row")), name="saws").plant  # fmt: skip
    speeds = {o.resource: o.speed for o in plant.routings[0].steps[0].resources}
    known = {p.where: p.value for p in plant.provenances if p.where.endswith("/speed")}
    assert known == {
        f"operations/cut/resources/{r}/speed": pytest.approx(v) for r, v in speeds.items()
    }
    assert speeds["S1"] / speeds["S0"] == pytest.approx(2.0, rel=0.1)
