"""Setups in rows of their own: families found, a test whether their order matters, shrinkage."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.learn.durations.setup_groups import Changes, found_groups
from zhizao.model.plant import Plant
from zhizao.model.records import Records

START = datetime(2024, 1, 1, tzinfo=UTC)
N_ORDERS = 160
COLOUR = {"A1": "black", "A2": "black", "B1": "white", "B2": "white"}


def _plant(
    minutes: dict[tuple[str, str], float], *, is_named: bool, noise_min: float = 3.0, seed: int = 4
) -> Plant:
    """Learn a press whose setups take so many minutes from colour to colour, 6 inside a colour."""
    rng = np.random.default_rng(seed)
    rows = []
    at = START
    before = "A1"
    for i in range(N_ORDERS):
        product = str(rng.choice(list(COLOUR)))
        usual = 6.0 if COLOUR[before] == COLOUR[product] else minutes[COLOUR[before], COLOUR[product]]  # fmt: skip
        setup = 0.0 if before == product else max(1.0, usual + rng.normal(0.0, noise_min))
        family = COLOUR[product] if is_named else None
        if setup:
            rows.append(("setup", f"W{i}", product, family, "Setup", at, at + timedelta(minutes=setup)))  # fmt: skip
        begun = at + timedelta(minutes=setup)
        at = begun + timedelta(minutes=float(rng.uniform(40.0, 80.0)))
        rows.append(("run", f"W{i}", product, family, "Press", begun, at))
        before = product
    names = ["kind", "order_id", "product", "family", "operation", "start_at", "end_at"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.lit("PRESS").alias("resource"), family=pl.col("family").cast(pl.String)
    )
    return learn(Records.from_columns(frame), name="press").plant


def _minutes(plant: Plant, before: str, after: str) -> float:
    """Return the learnt minutes from product to product."""
    products = {p.id: p.family for p in plant.products}
    own = {r.product: r.steps[0].family or products[r.product] or r.product for r in plant.routings}
    by_pair = {(s.from_family, s.to_family): s.setup_min for s in plant.setups}
    return by_pair.get((own[before], own[after]), by_pair[None, None])


ALIKE = {("black", "white"): 40.0, ("white", "black"): 40.0}
APART = {("black", "white"): 20.0, ("white", "black"): 60.0}


def test_families_are_found_where_the_records_name_none() -> None:
    plant = _plant(ALIKE, is_named=False)
    families = {r.product: r.steps[0].family for r in plant.routings}
    assert families["A1"] == families["A2"] != families["B1"] == families["B2"]
    assert _minutes(plant, "A1", "B2") == pytest.approx(40.0, abs=1.5)
    # Inside a family: of the changes seen, half are to the same product and take nothing.
    assert _minutes(plant, "A1", "A2") < 6.0


@pytest.mark.parametrize("is_named", [True, False])
def test_the_order_of_families_counts_only_if_the_test_says_so(*, is_named: bool) -> None:
    alike, apart = (_plant(m, is_named=is_named) for m in (ALIKE, APART))
    assert _minutes(apart, "A1", "B1") == pytest.approx(20.0, abs=2.0)
    assert _minutes(apart, "B1", "A1") == pytest.approx(60.0, abs=2.0)
    assert _minutes(alike, "A1", "B1") == _minutes(alike, "B1", "A1")
    for plant, word in ((alike, "no difference"), (apart, "matters")):
        notes = [p.note for p in plant.provenances if p.where.endswith("/*/*") and p.note]
        assert any(word in note for note in notes)


def test_one_mean_for_all_where_products_make_no_difference() -> None:
    rng = np.random.default_rng(7)
    rows = []
    at = START
    for i in range(N_ORDERS):
        begun = at + timedelta(minutes=float(rng.uniform(10.0, 20.0)))
        product = str(rng.choice(list(COLOUR)))
        rows.append(("setup", f"W{i}", product, "Setup", at, begun))
        at = begun + timedelta(minutes=float(rng.uniform(40.0, 80.0)))
        rows.append(("run", f"W{i}", product, "Press", begun, at))
    names = ["kind", "order_id", "product", "operation", "start_at", "end_at"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(resource=pl.lit("PRESS"))
    plant = learn(Records.from_columns(frame), name="press").plant
    assert {round(s.setup_min, 6) for s in plant.setups} == {round(plant.setups[0].setup_min, 6)}
    # The mean of 160 changes between 10 and 20 minutes: four standard errors.
    assert plant.setups[0].setup_min == pytest.approx(15.0, abs=4 * 2.9 / N_ORDERS**0.5)


def _joined_pair_by_pair(changes: Changes, cut: float) -> list[int]:
    """Return the groups with the mean of every pair of groups taken anew before every joining."""
    groups = [[i] for i in range(changes.n_products)]
    while True:
        means = []
        for a, one in enumerate(groups):
            for b, other in enumerate(groups[a + 1 :], start=a + 1):
                there = np.isin(changes.before, one) & np.isin(changes.after, other)
                back = np.isin(changes.before, other) & np.isin(changes.after, one)
                if (there | back).sum() >= 2:
                    means.append((changes.minutes[there | back].mean(), a, b))
        if not means or min(means)[0] > cut:
            return [
                next(k for k, g in enumerate(groups) if i in g) for i in range(changes.n_products)
            ]
        _, a, b = min(means)
        groups[a] += groups.pop(b)


@pytest.mark.parametrize("seed", range(8))
def test_products_are_joined_as_if_every_pair_of_groups_were_looked_at_each_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 16))
    before, after = rng.integers(0, n, 25 * n), rng.integers(0, n, 25 * n)
    family = rng.integers(0, 3, n)
    # The longest are as long as each other, so that none is capped.
    minutes = np.where(family[before] == family[after], 5.0, 40.0) + rng.uniform(-3.0, 3.0, 25 * n)
    minutes[np.argsort(minutes)[-n:]] = 43.0
    changes = Changes(before, after, minutes, n)
    assert found_groups(changes).tolist() == _joined_pair_by_pair(changes, cut=22.0)
