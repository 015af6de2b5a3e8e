"""Intervals cover what they promise, on queues and series whose means are known.

The processes are written with numpy alone. Each test draws N intervals whose
true coverage c should lie in a stated range; it fails if the share found lies
outside the range widened by three standard errors, which happens with a
probability below 0.3 % if c is in the range, once and for all, since the seed
is fixed. ``benchmarks/bench_coverage.py`` measures many more cases.
"""

import math

import numpy as np
import pytest

from zhizao.twin import statistics

ARRIVAL, SERVICE = 1.0, 10 / 9
STEADY_DELAY = 8.1  # rho / (mu - lambda)


def delays(rng, shape, *, is_steady=False):
    """Delays in queue of an M/M/1 (Lindley 1952), shape (n_runs, n_customers)."""
    n_runs, n_customers = shape
    steps = rng.exponential(1 / SERVICE, (n_customers, n_runs))
    steps -= rng.exponential(1 / ARRIVAL, (n_customers, n_runs))
    delay = np.zeros(shape)
    if is_steady:
        is_waiting = rng.random(n_runs) < ARRIVAL / SERVICE
        delay[:, 0] = is_waiting * rng.exponential(1 / (SERVICE - ARRIVAL), n_runs)
    for i in range(1, n_customers):
        delay[:, i] = np.maximum(0.0, delay[:, i - 1] + steps[i])
    return delay


def mean_delay_from_empty(n_customers):
    """Exact mean, from the chain of numbers found by arrivals."""
    stay = SERVICE / (SERVICE + ARRIVAL)  # one more departure before the next arrival
    found = {0: 1.0}
    total = 0.0
    for _ in range(n_customers):
        total += sum(p * n for n, p in found.items()) / SERVICE
        after = {}
        for n, p in found.items():
            for departures in range(n + 1):
                left = n + 1 - departures
                after[left] = after.get(left, 0.0) + p * (1 - stay) * stay**departures
            after[0] = after.get(0, 0.0) + p * stay ** (n + 1)
        found = after
    return total / n_customers


def assert_covers(hits, n, *, least, most=1.0):
    below = 3 * math.sqrt(least * (1 - least) / n)
    above = 3 * math.sqrt(most * (1 - most) / n)
    assert least - below <= hits / n <= most + above, hits / n


def test_the_first_25_customers_wait_2_12_on_average():
    assert mean_delay_from_empty(25) == pytest.approx(2.12, abs=0.005)  # printed by Law (2015)
    means = delays(np.random.default_rng(1), (40_000, 25)).mean(axis=1)
    error = means.std(ddof=1) / math.sqrt(means.size)
    assert abs(means.mean() - mean_delay_from_empty(25)) < 3 * error


def test_replication_intervals_cover_93_to_97_percent_of_the_time():
    n, n_runs = 3_000, 100
    means = delays(np.random.default_rng(1), (n * n_runs, 25)).mean(axis=1).reshape(n, n_runs)
    truth = mean_delay_from_empty(25)
    hits = sum(statistics.mean_interval(m).covers(truth) for m in means)
    assert_covers(hits, n, least=0.93, most=0.97)


def test_few_skewed_replications_cover_less_and_we_know_it():
    n, n_runs = 3_000, 5
    means = delays(np.random.default_rng(2), (n * n_runs, 25)).mean(axis=1).reshape(n, n_runs)
    truth = mean_delay_from_empty(25)
    hits = sum(statistics.mean_interval(m).covers(truth) for m in means)
    assert_covers(hits, n, least=0.86, most=0.91)


def test_paired_intervals_cover_93_to_97_percent_of_the_time():
    rng = np.random.default_rng(3)
    n = 3_000
    base = rng.normal(10.0, 3.0, (n, 20))
    scenario = base + rng.normal(0.5, 0.4, (n, 20))
    hits = sum(
        statistics.paired_interval(a, b).difference.covers(0.5)
        for a, b in zip(base, scenario, strict=True)
    )
    assert_covers(hits, n, least=0.93, most=0.97)


def test_quantile_intervals_cover_as_often_as_the_binomial_says():
    n = 3_000
    truth = math.log(10.0)
    found = [
        statistics.quantile_interval(row, 0.9)
        for row in np.random.default_rng(4).exponential(size=(n, 200))
    ]
    hits = sum(q.low <= truth <= q.high for q in found)
    assert_covers(hits, n, least=found[0].coverage, most=found[0].coverage)


@pytest.mark.parametrize(("batch_size", "published"), [(500, 0.815), (5_000, 0.936)])
def test_batch_means_cover_as_often_as_published(batch_size, published):
    """20 batches of an M/M/1 at rho = .9: .815 and .936 are from many runs of others."""
    n = 400
    runs = delays(np.random.default_rng(batch_size), (n, 20 * batch_size), is_steady=True)
    found = [statistics.batch_means(run, n_batches=20) for run in runs]
    hits = sum(b.interval.covers(STEADY_DELAY) for b in found)
    assert_covers(hits, n, least=published - 0.02, most=published + 0.02)
    # Series far too short for their correlation must not pass by luck, however they are cut.
    chosen = [statistics.batch_means(run) for run in runs]
    for shares in (found, chosen):
        share_trusted = sum(b.looks_independent for b in shares) / n
        assert share_trusted < 0.02 if batch_size == 500 else share_trusted > 0.5


def test_deletion_takes_a_bad_start_out_of_the_interval():
    rng = np.random.default_rng(5)
    n, n_runs, length, phi = 400, 10, 1_000, 0.9
    series = np.empty((n * n_runs, length))
    series[:, 0] = 40 / math.sqrt(1 - phi**2)  # forty deviations above the mean of 0
    for i in range(1, length):
        series[:, i] = phi * series[:, i - 1] + rng.normal(size=n * n_runs)
    found = [statistics.replication_deletion(runs) for runs in series.reshape(n, n_runs, length)]
    plain = [statistics.mean_interval(runs.mean(axis=1)) for runs in series.reshape(n, n_runs, -1)]
    assert sum(i.covers(0.0) for i in plain) == 0
    assert_covers(sum(r.interval.covers(0.0) for r in found), n, least=0.93, most=0.97)
    assert sum(r.warm_up.is_found for r in found) > 0.9 * n


def test_long_run_intervals_of_a_queue_from_empty_cover_93_to_97_percent_of_the_time():
    """M/M/1 at 0.9, ten runs of 8,000 customers: each is worth about 30 independent ones."""
    rng = np.random.default_rng(8)
    n, n_runs, length = 500, 10, 8_000
    hits = 0
    for _ in range(n // 50):
        runs = delays(rng, (50 * n_runs, length)).reshape(50, n_runs, length)
        found = [statistics.replication_deletion(r) for r in runs]
        hits += sum(f.interval.covers(STEADY_DELAY) for f in found)
    assert_covers(hits, n, least=0.93, most=0.97)


def test_stopping_at_a_half_width_costs_little_coverage():
    rng = np.random.default_rng(6)
    n = 1_000
    hits = sum(
        statistics.until_half_width(
            lambda _first, count: rng.normal(10.0, 4.0, count), relative=0.1, n_first=10
        ).interval.covers(10.0)
        for _ in range(n)
    )
    assert_covers(hits, n, least=0.93, most=0.97)
