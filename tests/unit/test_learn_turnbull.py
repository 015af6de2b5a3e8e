"""Values known only in intervals: against Kaplan–Meier, and delays behind queues."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.delays import learn_delays
from zhizao.learn.durations.waits import Free
from zhizao.learn.statistics.intervals import survival_quantiles
from zhizao.learn.statistics.turnbull import turnbull

_LEVELS = np.linspace(0.05, 0.95, 19)


def test_values_censored_on_the_right_give_kaplan_and_meiers_quantiles() -> None:
    rng = np.random.default_rng(0)
    value, end = rng.exponential(1.0, 200), rng.exponential(1.5, 200)
    is_seen = value <= end
    least = np.minimum(value, end)
    found = turnbull(least, np.where(is_seen, value, np.inf)).quantiles(_LEVELS)
    assert found.tolist() == survival_quantiles(least, is_seen, _LEVELS).tolist()


def test_known_values_count_once_each() -> None:
    value = np.array([3.0, 1.0, 1.0, 2.0])
    found = turnbull(value, value)
    assert found.share.tolist() == pytest.approx([0.5, 0.25, 0.25])
    assert found.n_worth == pytest.approx(4.0)


def test_an_interval_over_everything_is_worth_nothing() -> None:
    least, most = np.array([1.0, 3.0, 0.0]), np.array([1.0, 3.0, np.inf])
    found = turnbull(least, most)
    assert found.share.tolist() == pytest.approx([0.5, 0.5])
    assert found.n_worth == pytest.approx(2.0)


def test_what_intervals_cannot_tell_stays_with_the_prior() -> None:
    prior = turnbull(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    found = turnbull(np.zeros(50), np.full(50, np.inf), prior=prior, prior_n=4.0)
    assert found.mean == pytest.approx(1.5)


def _delays_seen_by_day(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return delays of which those that end by night are only known to lie in the night.

    Lots are ready within eight hours of the day; two in five take 12 hours more (lognormal).
    """
    rng = np.random.default_rng(seed)
    hour, day, spread = 3600.0, 86_400.0, 0.7
    more = 12.0 * hour * np.exp(spread * rng.standard_normal(n) - spread**2 / 2)
    value = 900.0 + np.where(rng.random(n) < 0.4, more, 0.0)
    ready = rng.uniform(0.0, 8.0 * hour, n)
    midnight = day * np.floor((ready + value) / day)
    is_seen = ready + value - midnight < 8.0 * hour
    least = np.where(is_seen, value, midnight + 8.0 * hour - ready)
    most = np.where(is_seen, value, midnight + day - ready + 60.0)
    return value, np.round(least / 60.0) * 60.0, np.round(most / 60.0) * 60.0


def test_delays_that_end_by_night_are_not_heaped_at_one_hour_of_it() -> None:
    heaped, smooth = [], []
    levels = np.linspace(0.65, 0.9, 26)
    for seed in range(12):
        value, least, most = _delays_seen_by_day(600, seed=seed)
        true = np.quantile(value, levels)
        heaped.append(np.abs(turnbull(least, most).quantiles(levels) / true - 1.0).mean())
        found = turnbull(least, most, width=0.3)
        smooth.append(np.abs(found.quantiles(levels) / true - 1.0).mean())
    error = float(np.std(np.array(heaped) - np.array(smooth))) / np.sqrt(len(heaped))
    assert np.mean(heaped) - np.mean(smooth) > 3 * error
    # Of 600 values the quantiles themselves are sure to 10 %.
    assert np.mean(smooth) < 0.2


def test_where_all_values_are_known_nothing_is_smoothed() -> None:
    value = np.random.default_rng(3).gamma(2.0, 900.0, 300)
    plain, smooth = turnbull(value, value), turnbull(value, value, width=0.3)
    assert smooth.mean == pytest.approx(plain.mean)
    assert smooth.quantiles(_LEVELS).tolist() == plain.quantiles(_LEVELS).tolist()


def _delays_behind_a_queue(n: int, *, busy_s: float, seed: int) -> pl.DataFrame:
    """Return what is seen at a resource of delays (gamma, mean 900 s).

    The resource is free for 1,800 s on average and busy for ``busy_s``, by turns, from long
    before; a lot is started when the resource is free, or at an instant of the busy time.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for i, delay in enumerate(rng.gamma(2.0, 450.0, n)):
        is_busy = rng.random() < busy_s / (busy_s + 1800.0)
        from_s = 0.0
        to_s = rng.exponential(busy_s if is_busy else 1800.0)
        while to_s < delay:
            is_busy = not is_busy
            from_s, to_s = to_s, to_s + rng.exponential(busy_s if is_busy else 1800.0)
        low, high = (from_s, to_s) if is_busy else (delay, delay)
        rows.append((f"o{i}", low, high, rng.uniform(delay, high) if is_busy else delay))
    return pl.DataFrame(
        rows, schema=["order_id", "delay_s", "most_s", "start_s"], orient="row"
    ).with_columns(
        product=pl.lit("P"), operation=pl.lit("cut"), resource=pl.lit("M"), quantity=pl.lit(1.0),
        ready_s=pl.lit(0.0), queued_s=pl.col("delay_s"), is_over=pl.lit(value=True),
        is_whole=pl.lit(value=False), wall_s=pl.col("delay_s"), wall_most_s=pl.col("most_s"),
    )  # fmt: skip


@pytest.mark.parametrize("busy_s", [600.0, 1800.0, 7200.0])
def test_a_delay_behind_a_queue_is_learnt_without_bias(busy_s: float) -> None:
    ratios, lower = [], []
    for seed in range(12):
        waits = _delays_behind_a_queue(400, busy_s=busy_s, seed=seed)
        learnt = learn_delays(waits, calendar_of=lambda _: "plant").fit("P", "cut")
        ratios.append(learnt.delay.mean_min * 60.0 / 900.0)
        lower.append(float(waits["delay_s"].mean()) / 900.0)  # type: ignore[arg-type]
    error = float(np.std(ratios)) / np.sqrt(len(ratios))
    assert np.mean(ratios) == pytest.approx(1.0, abs=3 * error + 0.02)
    # The lower ends alone would be too short, so the test can tell the two apart.
    assert np.mean(lower) < 0.95 - 3 * error


def test_minutes_in_which_lots_are_changed_are_not_free() -> None:
    free = Free({"M": np.array([[0.0, 500.0], [1000.0, 3000.0]])}).after_change(600.0)
    assert free.last_before(2000.0, resource="M") == 2000.0
    assert free.last_before(1500.0, resource="M") == -np.inf
    assert free.first_after_each(np.array([0.0, 2500.0, 4000.0]), resource="M").tolist() == [
        1600.0,
        2500.0,
        np.inf,
    ]


def test_a_machine_with_work_of_unknown_length_is_not_known_to_be_free() -> None:
    worked = pl.DataFrame(
        {"resource": ["M", "M"], "start_s": [20.0, 60.0], "stop_s": [20.0, 70.0], "is_lost": [False, True]}
    )  # fmt: skip
    free = Free({"M": np.array([[0.0, 10.0], [15.0, 30.0], [40.0, 50.0], [70.0, 90.0]])})
    assert free.without_unmeasured(worked).spans["M"].tolist() == [[0.0, 10.0], [40.0, 50.0]]
