"""What demand does over the weeks, and when in the week it comes."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.learn.demand.arrivals import pooled_rates
from zhizao.learn.demand.demand_over_time import demand_over_time
from zhizao.learn.hours.release_week import release_week, week_flags
from zhizao.model import Order, Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY_SHIFT = week_flags([(d * 1440 + 480, d * 1440 + 960) for d in range(5)])


def season(weeks, *, period=16.0, amplitude=0.5, mean=13.0):
    phase = np.array([0.0, 0.0, 0.5, 0.5])[:, None]
    return mean * (1 + amplitude * np.sin(2 * np.pi * (weeks[None] / period + phase)))


def test_chance_is_no_season_and_no_change():
    rng = np.random.default_rng(1)
    kinds = [
        demand_over_time(rng.poisson(lam, (4, 22)).astype(float)).kind
        for lam in (2, 8, 20)
        for _ in range(100)
    ]
    # A level of 2 %: 300 draws have 6 ± 2.4.
    assert kinds.count("constant") >= 300 - 13


def test_orders_that_come_in_bunches_are_no_season():
    rng = np.random.default_rng(2)
    kinds = [demand_over_time(4.0 * rng.poisson(3, (4, 22))).kind for _ in range(100)]
    assert kinds.count("constant") >= 93


def test_a_season_seen_to_begin_again_is_foretold():
    rng = np.random.default_rng(3)
    seen, coming = np.arange(22) + 0.5, np.arange(22, 30) + 0.5
    error, without = 0.0, 0.0
    for _ in range(20):
        found = demand_over_time(rng.poisson(season(seen)).astype(float))
        assert found.kind == "season"
        factors = np.array([found.factors(i, from_week=22, n_weeks=8) for i in range(4)])
        true = season(coming) / 13.0
        error += float(((factors - true) ** 2).sum())
        without += float(((1 - true) ** 2).sum())
    assert error < without / 3


def test_of_half_a_period_no_season_is_read():
    rng = np.random.default_rng(4)
    weeks = np.arange(12) + 0.5
    found = demand_over_time(rng.poisson(season(weeks, period=24.0, mean=30.0)) * 1.0)
    assert found.kind != "season"


def test_after_a_change_only_the_new_rate_counts():
    rng = np.random.default_rng(5)
    counts = np.concatenate([rng.poisson(10, (3, 14)), rng.poisson(25, (3, 8))], axis=1)
    found = demand_over_time(counts.astype(float))
    assert found.kind == "change"
    assert abs(found.from_week - 14) <= 1


def test_rates_that_differ_by_chance_alone_are_pooled_and_others_are_not():
    rng = np.random.default_rng(6)
    counts = rng.poisson(130, (200, 8))
    pooled = np.array([pooled_rates(row, np.full(8, 22.0)) for row in counts])
    assert np.var(pooled - 130 / 22) < np.var(counts / 22 - 130 / 22) / 2
    apart = pooled_rates(np.array([20, 200, 800]), np.full(3, 20.0))
    assert apart == pytest.approx([1.0, 10.0, 40.0], rel=0.05)


def weeks_of(minutes, *, n_weeks, rng, a_week):
    week = np.repeat(np.arange(n_weeks), a_week)
    return week, rng.choice(minutes, week.size)


def test_releases_round_the_clock_need_no_calendar():
    rng = np.random.default_rng(7)
    week, minute = weeks_of(np.arange(7 * 1440), n_weeks=20, rng=rng, a_week=20)
    assert release_week(week, minute, plant=DAY_SHIFT).kind == "always"


def test_releases_in_the_plants_time_follow_the_plant():
    rng = np.random.default_rng(8)
    inside = np.flatnonzero(np.repeat(DAY_SHIFT, 15))
    week, minute = weeks_of(inside, n_weeks=20, rng=rng, a_week=20)
    assert release_week(week, minute, plant=DAY_SHIFT).kind == "plant"


def test_a_planning_run_on_mondays_is_a_week_of_its_own():
    week, minute = weeks_of(np.array([430]), n_weeks=12, rng=np.random.default_rng(9), a_week=15)
    found = release_week(week, minute, plant=DAY_SHIFT)
    assert found.kind == "own"
    assert found.open_share == 1.0
    assert int(found.is_open.sum()) == 1


def test_few_releases_follow_the_plant():
    week, minute = np.arange(5), np.full(5, 10)
    assert release_week(week, minute, plant=DAY_SHIFT).kind == "plant"


def test_the_learnt_plant_takes_orders_when_they_are_released():
    rng = np.random.default_rng(10)
    rows, orders = [], []
    for i in range(240):
        release = MONDAY + timedelta(minutes=float(rng.integers(0, 12 * 7 * 1440)))
        day = release.date() + timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        minute = float(rng.integers(480, 900))
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
        rows.append((f"A{i}", "P", "cut", "M", start, start + timedelta(minutes=20)))
        orders.append(Order(id=f"A{i}", product="P", quantity=1, release_at=release))
    columns = ["order_id", "product", "operation", "resource", "start_at", "end_at"]
    records = Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row"))
    plant = learn(records, orders, name="p").plant
    assert plant.release_calendar is None
    day_only = [
        o.model_copy(update={"release_at": r[4]}) for o, r in zip(orders, rows, strict=True)
    ]
    assert learn(records, day_only, name="p").plant.release_calendar is not None
