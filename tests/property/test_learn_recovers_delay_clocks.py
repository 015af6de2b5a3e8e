"""A delay that passes round the clock is told from one that passes in the hours of its place."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.learn import Learnt, learn
from zhizao.model import (
    Calendar,
    Delay,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 16
DAYS = ("mon", "tue", "wed", "thu", "fri")


def _calendar(name: str, start: str, end: str) -> Calendar:
    shifts = tuple(Shift(weekday=d, start=start, end=end) for d in DAYS)  # type: ignore[arg-type]
    return Calendar(id=name, shifts=shifts)


def _step(number: int, operation: str, *, pieces_min: float, delay: Delay) -> Step:
    return Step(
        step=number,
        operation=operation,
        resources=(ResourceOption(resource=f"{operation} 1"),),
        time=TimeModel(setup_min=5, per_piece_min=pieces_min, distribution="lognormal", cv=0.2),
        delay=delay,
    )


def _plant(*, mean_h: float, is_wall: bool, packs_until: str = "15:00") -> Plant:
    delay = Delay(
        mean_min=60 * mean_h,
        distribution="lognormal",
        cv=0.5,
        calendar=None if is_wall else "early",
    )
    return Plant(
        name="shop",
        work_centres=(WorkCentre(id="mills"), WorkCentre(id="packing")),
        resources=(
            Resource(id="mill 1", work_centre="mills", calendar="two shifts"),
            Resource(id="pack 1", work_centre="packing", calendar="early"),
        ),
        calendars=(
            _calendar("two shifts", "07:00", "23:00"),
            _calendar("early", "07:00", packs_until),
        ),
        products=(Product(id="A"),),
        routings=(
            Routing(
                product="A",
                steps=(
                    _step(10, "mill", pieces_min=4.0, delay=Delay()),
                    _step(20, "pack", pieces_min=1.0, delay=delay),
                ),
            ),
        ),
    )


def _orders(seed: int) -> list[Order]:
    rng = np.random.default_rng(seed)
    hours = np.sort(rng.uniform(0, WEEKS * 168, 40 * WEEKS))
    return [
        Order(
            id=f"o{i}", product="A", quantity=float(rng.integers(10, 30)),
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(hours)
    ]  # fmt: skip


def _learnt(plant: Plant, *, seed: int) -> Learnt:
    orders = _orders(seed)
    run = simulate(
        plant, orders, start_at=START, end_at=START + timedelta(weeks=WEEKS), n_replications=1,
        draw_demand=False, trace=True, seed=seed,
    )  # fmt: skip
    return learn(run.records[0], orders, name="shop")


@pytest.mark.parametrize(("mean_h", "is_wall"), [(10.0, True), (3.0, False), (6.0, False)])
def test_the_clock_of_a_long_delay_comes_back(mean_h: float, *, is_wall: bool) -> None:
    learnt = _learnt(_plant(mean_h=mean_h, is_wall=is_wall), seed=3)
    delay = learnt.plant.routings[0].steps[1].delay
    assert (delay.calendar is None) == is_wall
    assert delay.mean_min == pytest.approx(60 * mean_h, rel=0.2)
    said = next(p for p in learnt.plant.provenances if p.where.endswith("/20/delay/mean_min"))
    assert ("round the clock" in (said.note or "")) == is_wall


def _gain_h(plant: Plant, calendar: str) -> float:
    """Return by how many hours a second shift at packing shortens the mean lead time."""
    late = [Shift(weekday=d, start="15:00", end="23:00") for d in DAYS]  # type: ignore[arg-type]
    calendars = tuple(
        c.model_copy(update={"shifts": (*c.shifts, *late)}) if c.id == calendar else c
        for c in plant.calendars
    )
    lead_h = [
        simulate(
            p, _orders(1), start_at=START, end_at=START + timedelta(weeks=WEEKS), n_replications=10,
            draw_demand=False, seed=1,
        ).kpi_samples["lead_time_mean_h"].mean()
        for p in (plant, plant.model_copy(update={"calendars": calendars}))
    ]  # fmt: skip
    return float(lead_h[0] - lead_h[1])


def test_a_second_shift_shortens_the_delay_that_passes_in_open_time() -> None:
    gains = {}
    for is_wall in (True, False):
        plant = _plant(mean_h=6.0, is_wall=is_wall)
        true_h = _gain_h(plant, "early")
        gains[is_wall] = _gain_h(_learnt(plant, seed=5).plant, "resource pack 1")
        assert gains[is_wall] == pytest.approx(true_h, rel=0.2)
    assert gains[False] > gains[True] + 1.0
