"""Demand whose rate changes by the week."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from zhizao.model import (
    Calendar,
    Demand,
    Plant,
    PlantFile,
    Product,
    Routing,
    Shift,
    Step,
    read_plant,
    write_plant,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def plant(calendar, **given):
    shifts = tuple(Shift(weekday=d, start="08:00", end="16:00") for d in WEEKDAYS)
    return Plant(
        name="p",
        products=(Product(id="P"),),
        calendars=(Calendar(id="day", shifts=shifts),),
        release_calendar=calendar,
        routings=(Routing(product="P", steps=(Step(step=10, operation="o"),)),),
        demands=(Demand(product="P", orders_per_week=50.0, **given),),
    )


def by_week(of, *, n_replications=200):
    """Return the mean completions a week; without work a completion is a release."""
    counts = []
    for weeks in range(1, 6):
        run = simulate(
            of, (), start_at=MONDAY, end_at=MONDAY + timedelta(weeks=weeks), seed=4,
            n_replications=n_replications,
        )  # fmt: skip
        counts.append(float(np.mean(run.kpi_samples["throughput_per_week"])) * weeks)
    return np.diff([0.0, *counts])


@pytest.mark.parametrize("calendar", ["day", None])
def test_each_week_brings_its_factor_times_the_mean(calendar):
    varying = plant(
        calendar, week_factors=(0.5, 0.0, 2.0), factors_from_at=MONDAY + timedelta(days=7)
    )
    mean = by_week(varying)
    expected = 50.0 * np.array([1.0, 0.5, 0.0, 2.0, 1.0])
    # Poisson counts: the variance is the mean.
    error = np.sqrt(np.maximum(expected, 1.0) / 200)
    assert np.all(np.abs(mean - expected) <= 4 * error)


def test_factors_of_one_change_no_order():
    flat = plant("day", week_factors=(1.0,) * 5, factors_from_at=MONDAY)
    assert by_week(flat, n_replications=3) == pytest.approx(by_week(plant("day"), n_replications=3))


def test_factors_need_a_begin():
    with pytest.raises(ValidationError, match="factors_from_at"):
        Demand(product="P", orders_per_week=1.0, week_factors=(1.0,))


def test_factors_survive_the_plant_folder(tmp_path):
    varying = plant("day", week_factors=(0.5, 2.0), factors_from_at=MONDAY)
    write_plant(PlantFile(plant=varying), tmp_path / "p")
    assert read_plant(tmp_path / "p").plant == varying
