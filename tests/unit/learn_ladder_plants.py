"""Plants whose records say what a choice by back-test should be."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from zhizao.model import Order, Records
from zhizao.model.plant import (
    Calendar,
    Delay,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    RuleName,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat")


def line(delay_h: float, *, rule: RuleName = "fifo", per_piece_min: float = 4.0) -> Plant:
    """Return saw, robot and booth in line, with a wait before the last two and one queue rule."""

    def step(number: int, operation: str, resource: str, wait_h: float) -> Step:
        delay = Delay(mean_min=60 * wait_h, distribution="gamma", cv=0.6, calendar="day")
        return Step(
            step=number, operation=operation, resources=(ResourceOption(resource=resource),),
            time=TimeModel(setup_min=10, per_piece_min=per_piece_min, distribution="lognormal", cv=0.4),
            delay=delay if wait_h else Delay(),
        )  # fmt: skip

    steps = (
        step(10, "saw", "saw 1", 0),
        step(20, "weld", "robot", delay_h),
        step(30, "paint", "booth", delay_h),
    )
    shifts = tuple(Shift(weekday=d, start="06:00", end="18:00") for d in DAYS)
    return Plant(
        name="line",
        work_centres=tuple(WorkCentre(id=w, dispatch=rule) for w in ("saws", "robots", "booths")),
        resources=tuple(
            Resource(id=r, work_centre=w, calendar="day")
            for r, w in (("saw 1", "saws"), ("robot", "robots"), ("booth", "booths"))
        ),
        calendars=(Calendar(id="day", shifts=shifts),),
        products=(Product(id="gate"), Product(id="fence")),
        routings=(Routing(product="gate", steps=steps), Routing(product="fence", steps=steps)),
    )


def orders_of(
    *, weeks: float, per_week: float, seed: int, most_pieces: int = 30, since_weeks: float = 0.0
) -> list[Order]:
    """Return orders released at random in so many weeks."""
    rng = np.random.default_rng(seed)
    n = round(weeks * per_week)
    hours = np.sort(rng.uniform(since_weeks * 168.0, (since_weeks + weeks) * 168.0, n))
    return [
        Order(
            id=f"order {since_weeks:.0f}-{i}", product=("gate", "fence")[i % 2],
            quantity=float(rng.integers(1, most_pieces)), release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(hours)
    ]  # fmt: skip


def records_of(plant: Plant, orders: list[Order], *, weeks: float, seed: int) -> Records:
    """Return what the plant reports of the orders until so many weeks after the start."""
    run = simulate(
        plant, orders, start_at=START, end_at=START + timedelta(weeks=weeks), n_replications=1,
        draw_demand=False, trace=True, seed=seed,
    )  # fmt: skip
    return run.records[0]


def steady(seed: int, *, weeks: float = 16.0) -> tuple[Records, list[Order]]:
    """Return the log of a plant that stays as it is."""
    orders = orders_of(weeks=weeks, per_week=24, seed=seed)
    return records_of(line(20.0), orders, weeks=weeks, seed=seed), orders


def changed(seed: int, *, weeks: float = 16.0) -> tuple[Records, list[Order]]:
    """Return the log of a plant whose waits shrink from 40 open hours to 6 half-way."""
    half = weeks / 2
    before = orders_of(weeks=half, per_week=24, seed=seed)
    after = orders_of(weeks=half, per_week=24, seed=seed + 1000, since_weeks=half)
    early = records_of(line(40.0), before, weeks=weeks, seed=seed)
    late = records_of(line(6.0), after, weeks=weeks, seed=seed + 1)
    table = pl.concat([early.operations, late.operations]).sort("start_at", "order_id")
    return Records(operations=table), [*before, *after]


def with_rule(
    rule: RuleName, seed: int, *, weeks: float = 10.0, per_week: float = 76.0
) -> tuple[Records, list[Order]]:
    """Return the log of a busy plant with small and large orders whose queues follow a rule."""
    plant = line(0.0, rule=rule, per_piece_min=2.0)
    orders = orders_of(weeks=weeks, per_week=per_week, seed=seed, most_pieces=40)
    return records_of(plant, orders, weeks=weeks, seed=seed), orders


def with_rule_until(share: float, seed: int, *, weeks: float = 12.0) -> tuple[Records, list[Order]]:
    """Return the log of a busy plant: the shortest job first until a share of the time, then as they came."""
    early_weeks = share * weeks
    logs, orders = [], []
    parts: tuple[tuple[RuleName, float, float], ...] = (
        ("spt", 0.0, early_weeks), ("fifo", early_weeks, weeks - early_weeks)
    )  # fmt: skip
    for i, (rule, since, length) in enumerate(parts):
        mine = orders_of(
            weeks=length, per_week=76, seed=seed + i, most_pieces=40, since_weeks=since
        )
        plant = line(0.0, rule=rule, per_piece_min=2.0)
        logs.append(records_of(plant, mine, weeks=weeks, seed=seed + i).operations)
        orders += mine
    return Records(operations=pl.concat(logs).sort("start_at", "order_id")), orders
