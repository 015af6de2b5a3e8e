"""Paces: people who need more or less time than others for like work are noticed, nobody else."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.paces import Pace, find_paces
from zhizao.learn.durations.times import learn_times

N = 240


def visits(seed: int, *, effects: tuple[float, ...], slow_spells: bool = False) -> pl.DataFrame:
    """Return visits of one operation, shift after shift, at one of two machines; cv 0.2."""
    rng = np.random.default_rng(seed)
    people = rng.integers(len(effects), size=N)
    noise = 0.2 * rng.standard_normal(N)
    if slow_spells:  # each stays for thirty lots, and so does the state of the tool
        people = np.arange(N) // 30 % len(effects)
        for i in range(1, N):
            noise[i] = 0.97 * noise[i - 1] + np.sqrt(1 - 0.97**2) * noise[i]
    quantity = rng.integers(5, 50, N).astype(float)
    minutes = (10 + 2 * quantity) * np.exp(noise + np.array(effects)[people])
    start = 3600.0 * np.arange(N)
    return pl.DataFrame(
        {
            "order_id": [f"O{i:03}" for i in range(N)], "operation": "turning", "pass": 0,
            "product": rng.choice(["A", "B"], N), "resource": rng.choice(["M1", "M2"], N),
            "operator": [f"P{p}" for p in people], "first_s": start, "last_s": start + 60 * minutes,
            "worked_s": 60 * minutes, "measured_s": 60 * minutes, "n_measured": 1, "n_rows": 1,
            "n_resources": 1, "quantity": quantity, "is_ended": True,
        }
    )  # fmt: skip


def found(table: pl.DataFrame) -> tuple[Pace, ...]:
    return find_paces(table, learn_times(table))


def test_people_who_differ_are_found_with_how_far_they_are_apart():
    (pace,) = found(visits(1, effects=(-0.2, 0.0, 0.2)))
    assert (pace.operation, pace.n_people, pace.n) == ("turning", 3, N)
    # A mean of 80 visits has a standard error of 0.2 / sqrt(80) = 0.022.
    assert pace.quickest == pytest.approx(-0.2, abs=0.09)
    assert pace.slowest == pytest.approx(0.2, abs=0.09)


def test_people_who_do_not_differ_are_hardly_ever_said_to():
    # One in a thousand is allowed, and two standard deviations of that: none or one of a hundred.
    assert sum(bool(found(visits(seed, effects=(0.0,) * 4))) for seed in range(100)) <= 1


def test_spells_of_long_times_that_fall_together_with_shifts_are_no_paces():
    n = sum(bool(found(visits(seed, effects=(0.0,) * 4, slow_spells=True))) for seed in range(40))
    # Without the shifts in time nearly all of these are found; 5 % are allowed, and three errors.
    assert n <= 40 * (0.05 + 3 * np.sqrt(0.05 * 0.95 / 40))


def test_a_difference_too_small_to_matter_is_not_said():
    assert found(visits(3, effects=(-0.02, 0.02))) == ()


@pytest.mark.parametrize("operator", [None, "P1"])
def test_without_two_known_people_nothing_is_said(operator):
    table = visits(1, effects=(-0.2, 0.2)).with_columns(operator=pl.lit(operator, dtype=pl.String))
    assert found(table) == ()
    assert found(table.drop("operator")) == ()
