"""Seasons of total and mix, against swings that are known."""

import numpy as np
import pytest

from zhizao.learn.demand.demand_over_time import demand_over_time
from zhizao.learn.demand.seasons import drawn_to_families, fit_season

FAMILIES = ("garden", "garden", "heating", "heating")


def swinging_mix(weeks, *, period, start, mean=13.0):
    phase = start + np.array([0.0, 0.0, 0.5, 0.5])[:, None]
    return mean * (1 + 0.5 * np.sin(2 * np.pi * (weeks[None] / period + phase)))


def foretold(counts, *, n_weeks, families=()):
    """Return the weekly orders that are foretold by product, as rate times factors."""
    found = demand_over_time(counts, families=families)
    assert found.kind == "season"
    seen = counts.shape[1]
    return found, np.array([
        row.sum() / found.expected(i, seen).sum()
        * np.array(found.factors(i, from_week=seen, n_weeks=n_weeks))
        for i, row in enumerate(counts)
    ])  # fmt: skip


def test_a_mix_that_swings_leaves_the_total_as_it_is():
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(20):
        start = rng.random()
        seen = rng.poisson(swinging_mix(np.arange(22) + 0.5, period=16.0, start=start))
        found, coming = foretold(seen.astype(float), n_weeks=8)
        assert found.part == "mix"
        errors.append(coming.sum(axis=0) / seen.sum(axis=0).mean() - 1.0)
    # Swings of its own for each product move the total by 6 % and more; the mix alone by nothing.
    assert float(np.sqrt(np.mean(np.square(errors)))) < 0.02


def test_products_of_a_family_swing_alike_where_they_differ_by_chance():
    rng = np.random.default_rng(2)
    alone = together = 0.0
    for _ in range(20):
        start = rng.random()
        true = swinging_mix(np.arange(30) + 0.5, period=16.0, start=start)
        seen = rng.poisson(true[:, :22]).astype(float)
        for families in ((), FAMILIES):
            _, coming = foretold(seen, n_weeks=8, families=families)
            error = float(((coming - true[:, 22:]) ** 2).mean())
            together, alone = (together + error, alone) if families else (together, alone + error)
    assert together < 0.85 * alone


def test_a_family_whose_products_plainly_differ_does_not_draw_them_together():
    waves = np.array([[0.8, 0.0], [-0.8, 0.0], [0.8, 0.1], [-0.8, 0.1]])
    drawn = drawn_to_families(waves, np.full(4, 800.0), np.array([0, 0, 1, 1]))
    assert drawn[:, 0] == pytest.approx(waves[:, 0], abs=0.03)


def test_a_season_of_the_total_is_one_of_all_products():
    rng = np.random.default_rng(3)
    weeks = np.arange(26) + 0.5
    swing = np.exp(0.5 * np.sin(2 * np.pi * weeks / 13.0))
    found = demand_over_time(rng.poisson(np.linspace(4.0, 14.0, 6)[:, None] * swing).astype(float))
    assert (found.kind, found.part) == ("season", "total")
    factors = [found.factors(i, from_week=26.0, n_weeks=13) for i in range(6)]
    assert all(f == factors[0] for f in factors)


def test_a_change_of_the_total_is_seen_though_that_of_each_product_may_be_chance():
    rng = np.random.default_rng(4)
    rates = np.repeat(np.where(np.arange(22) < 13, 10.0, 14.0)[None], 6, axis=0)
    found = [demand_over_time(rng.poisson(rates).astype(float)) for _ in range(20)]
    assert sum(f.kind == "change" and abs(f.from_week - 13) <= 2 for f in found) >= 16


def test_a_swing_that_may_be_part_of_a_longer_one_is_not_foretold():
    rng = np.random.default_rng(5)
    for start in np.linspace(0.0, 1.0, 10, endpoint=False):
        true = swinging_mix(np.arange(22) + 0.5, period=24.0, start=start, mean=20.0)
        assert demand_over_time(rng.poisson(true).astype(float)).kind != "season"


def test_shares_are_fitted_where_one_product_has_nearly_all_orders():
    weeks = np.arange(32) + 0.5
    odds = 0.1 * np.exp(0.8 * np.cos(2 * np.pi * weeks / 8.0))
    counts = 2000.0 * np.stack([1 / (1 + odds), odds / (1 + odds)])
    fit = fit_season(counts, period=8.0)
    assert fit.mix[1] - fit.mix[0] == pytest.approx([0.8, 0.0], abs=0.01)
    assert fit.share == pytest.approx(counts / 2000.0, abs=0.001)


def test_a_product_with_few_orders_goes_with_the_total():
    weeks = np.arange(26) + 0.5
    swing = 30.0 * np.exp(0.6 * np.sin(2 * np.pi * weeks / 13.0))
    rare = np.zeros(26)
    rare[[3, 15]] = 1.0
    found = demand_over_time(np.stack([np.round(swing), np.round(swing), rare]))
    assert found.kind == "season"
    few, many = (np.array(found.factors(i, from_week=26.0, n_weeks=13)) for i in (2, 0))
    assert few == pytest.approx(many, rel=0.02)
