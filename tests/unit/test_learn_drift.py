"""Working times that changed for good."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.drift import without_old_times


def visits(*, rng, n=400, factor=1.0, since=0.5, machines=("M1", "M2"), correlated=0.0):
    """Return visits of one operation; on the first machine the time changes for good."""
    resource = rng.choice(list(machines), n)
    quantity = rng.integers(5, 60, n).astype(float)
    product = rng.choice(["P", "Q"], n)
    noise = rng.normal(0, 0.2, n)
    for i in range(1, n):
        noise[i] += correlated * noise[i - 1]
    late = np.arange(n) >= since * n
    times = 60 * quantity * np.where(product == "P", 1.0, 1.7) * np.exp(noise)
    times *= np.where(late & (resource == machines[0]), factor, 1.0)
    return pl.DataFrame(
        {
            "operation": "cut", "resource": resource, "product": product, "quantity": quantity,
            "first_s": np.arange(n) * 3600.0, "measured_s": times, "n_measured": 1, "n_rows": 1,
        }
    )  # fmt: skip


def test_a_machine_that_became_slower_is_read_from_then_on():
    rows = visits(rng=np.random.default_rng(1), factor=1.3)
    kept, found = without_old_times(rows)
    (drift,) = [d for d in found if d.level == "resource"]
    assert (drift.operation, drift.name) == ("cut", "M1")
    assert drift.factor == pytest.approx(1.3, rel=0.12)  # three standard errors
    assert abs(drift.since_s / 3600 - 200) < 20
    left_out = kept.filter(pl.col("n_measured") == 0)
    assert set(left_out["resource"]) == {"M1"}
    assert left_out["first_s"].max() < 220 * 3600


@pytest.mark.parametrize("correlated", [0.0, 0.7])
def test_chance_is_no_change(correlated):
    rng = np.random.default_rng(2)
    found = [without_old_times(visits(rng=rng, correlated=correlated))[1] for _ in range(40)]
    # Four groups each: 160 looks, of which hardly any may be believed.
    assert sum(len(f) for f in found) <= 2


def test_a_change_that_was_undone_does_not_pay():
    rows = visits(rng=np.random.default_rng(3), factor=1.5, since=0.4)
    late = pl.col("first_s") >= 0.8 * 400 * 3600
    undone = rows.with_columns(
        measured_s=pl.when(late & (pl.col("resource") == "M1"))
        .then(pl.col("measured_s") / 1.5)
        .otherwise("measured_s")
    )
    assert without_old_times(undone)[1] == ()


def test_a_machine_that_begins_to_be_logged_is_no_change():
    rows = visits(rng=np.random.default_rng(4))
    later = rows.filter((pl.col("resource") == "M2") | (pl.col("first_s") > 200 * 3600))
    kept, found = without_old_times(later)
    assert found == ()
    assert kept.equals(later)
