"""How often intervals hold the truth: each procedure on cases with known answers.

    python -m benchmarks.bench_coverage [--intervals 1000] [--seed 1] [--only PART …] [--no-save]

Prints method, case, coverage with its Wilson interval (99 %, since many rows are
read at once) and, where a published number is known, that beside it. Appends
the rows to ``benchmarks/results/coverage.csv``.

Most processes are written here with numpy alone, apart from the engine: what is
measured is the statistics, so the engine must not be able to spoil it. The last
part measures studies as people run them, with the twin: M/M/1, whose answer is
exact, and a small job shop, whose answer comes from very long runs and is given
with its standard error. Run it alone with ``--only studies stopping``.
"""

import argparse
import csv
import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.coverage_queues import HELD_OUT, few_erlang, lindley, mean_of_first_25
from numpy.typing import NDArray
from scipy import special

from zhizao.model.plant import (
    Demand,
    Failure,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.trial.selection import select_best_kn
from zhizao.twin import simulate, statistics
from zhizao.twin.study import steady_state, terminating
from zhizao.twin.study.long_runs import long_run
from zhizao.twin.study_values import latin_slices, posterior_factors

Array = NDArray[np.float64]
COLUMNS = (
    *("date", "seed", "method", "case", "nominal", "n_intervals"),
    *("coverage", "wilson_low", "wilson_high", "known", "note"),
)
RESULTS = Path(__file__).parent / "results" / "coverage.csv"
ARRIVAL_PER_MIN, SERVICE_PER_MIN = 1.0, 10 / 9  # those of Law (2015): rho = .9
STEADY_DELAY_MIN = 8.1  # rho / (mu - lambda)
AR_MEAN, AR_PHI = 100.0, 0.9


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured coverage."""

    method: str
    case: str
    nominal: float
    n: int
    hits: int
    known: float | None = None
    note: str = ""


def wilson(hits: int, n: int, *, level: float = 0.99) -> tuple[float, float]:
    """Return the interval of a share (E. B. Wilson 1927, JASA 22, 209-212)."""
    z = float(special.ndtri((1 + level) / 2))
    middle = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * (hits * (n - hits) / n + z * z / 4) ** 0.5
    return middle - half, middle + half


def mm1_delays(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    arrival: float | Array = ARRIVAL_PER_MIN,
    service: float | Array = SERVICE_PER_MIN,
    is_steady: bool = False,
) -> Array:
    """Return delays in queue, shape (n_runs, n_customers), by Lindley's recursion (1952).

    W(n+1) = max(0, W(n) + S(n) - A(n)) is the walk of S - A above its running minimum.
    """
    n_runs, n_customers = shape
    steps = rng.exponential(size=(n_runs, n_customers - 1)) / service
    steps -= rng.exponential(size=(n_runs, n_customers - 1)) / arrival
    walk = np.zeros(shape)
    np.cumsum(steps, axis=1, out=walk[:, 1:])
    start = np.zeros((n_runs, 1))
    if is_steady:
        is_waiting = rng.random((n_runs, 1)) < np.divide(arrival, service)
        start = is_waiting * rng.exponential(size=(n_runs, 1)) / np.subtract(service, arrival)
    return walk - np.minimum(np.minimum.accumulate(walk, axis=1), -start)


def mm1_mean_delay_from_empty(
    n_customers: int, *, arrival: float = ARRIVAL_PER_MIN, service: float = SERVICE_PER_MIN
) -> float:
    """Return the exact mean delay of the first customers of an M/M/1 that starts empty.

    The number that customer n + 1 finds is what customer n found, plus one, less a geometric
    number of departures; the delay is that number times the mean service.
    """
    share = service / (arrival + service)
    found = np.zeros(n_customers + 1)
    found[0] = 1.0
    total = 0.0
    for _ in range(n_customers):
        total += float(found @ np.arange(found.size)) / service
        after = np.zeros_like(found)
        for n in np.flatnonzero(found):
            left = np.arange(1, n + 2)  # one to n + 1 stay
            if n + 1 < found.size:
                after[left] += found[n] * (1 - share) * share ** (n + 1 - left)
            after[0] += found[n] * share ** (n + 1)
        found = after
    return total / n_customers


def ar1(rng: np.random.Generator, shape: tuple[int, int], *, start: float | None = None) -> Array:
    """Return AR(1) series, shape (n_runs, n), from the steady state or from ``start``."""
    from scipy.signal import lfilter  # noqa: PLC0415 (heavy, used here alone)

    noise = rng.normal(size=shape)
    noise[:, 0] = noise[:, 0] / (1 - AR_PHI**2) ** 0.5 if start is None else start - AR_MEAN
    return np.asarray(AR_MEAN + lfilter([1.0], [1.0, -AR_PHI], noise, axis=1))


def replications(n: int, rng: np.random.Generator) -> Iterator[Row]:
    truth = mm1_mean_delay_from_empty(25)
    for n_runs in (5, 10, 20, 40, 100):
        means = mm1_delays(rng, (n * n_runs, 25)).mean(axis=1).reshape(n, n_runs)
        hits = sum(statistics.mean_interval(m).covers(truth) for m in means)
        case = f"M/M/1 first 25 delays ({truth:.2f}), {n_runs} replications"
        yield Row(method="mean_interval", case=case, nominal=0.95, n=n, hits=hits)
    hits = 0
    for _ in range(n):
        means = mm1_delays(rng, (20, 10_000), is_steady=True).mean(axis=1)
        hits += statistics.mean_interval(means).covers(STEADY_DELAY_MIN)
    case = "M/M/1 rho .9 steady, 20 replications of 10,000"
    yield Row(method="mean_interval", case=case, nominal=0.95, n=n, hits=hits)


def pairs(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """Services 3 % faster on the same draws against the same queue."""
    truth = mm1_mean_delay_from_empty(
        25, service=1.03 * SERVICE_PER_MIN
    ) - mm1_mean_delay_from_empty(25)
    hits, ratios = 0, []
    for _ in range(n):
        seed = int(rng.integers(2**63))
        base = mm1_delays(np.random.default_rng(seed), (40, 25)).mean(axis=1)
        other = mm1_delays(
            np.random.default_rng(seed), (40, 25), service=1.03 * SERVICE_PER_MIN
        ).mean(axis=1)
        paired = statistics.paired_interval(base, other)
        hits += paired.difference.covers(truth)
        ratios.append(paired.variance_ratio or np.nan)
    note = f"variance ratio unpaired/paired: median {np.median(ratios):.0f}"
    case = "M/M/1 first 25 delays, services 3 % faster, 40 pairs"
    yield Row(method="paired_interval", case=case, nominal=0.95, n=n, hits=hits, note=note)


def quantiles(n: int, rng: np.random.Generator) -> Iterator[Row]:
    for probability, size in ((0.5, 20), (0.9, 50), (0.9, 200)):
        truth = -np.log1p(-probability)
        found = [
            statistics.quantile_interval(row, probability)
            for row in rng.exponential(size=(n, size))
        ]
        hits = sum((q.low or -np.inf) <= truth <= (q.high or np.inf) for q in found)
        case = f"exponential, p = {probability}, {size} samples"
        note = f"exact {found[0].coverage:.4f}"
        yield Row(method="quantile_interval", case=case, nominal=0.95, n=n, hits=hits, note=note)


def long_runs(n: int, rng: np.random.Generator) -> Iterator[Row]:
    known = {500: 0.815, 5_000: 0.936, 50_000: 0.950}
    for batch_size in (500, 5_000, 50_000):
        n_here = n if batch_size < 50_000 else max(n // 2, 1)  # a million customers each
        series = (mm1_delays(rng, (1, 20 * batch_size), is_steady=True)[0] for _ in range(n_here))
        case = f"M/M/1 rho .9, 20 batches of {batch_size:,}"
        yield from _batched(series, STEADY_DELAY_MIN, case=case, known=known[batch_size])
    for batch_size in (10, 50, 500):
        series = (ar1(rng, (1, 20 * batch_size))[0] for _ in range(n))
        yield from _batched(series, AR_MEAN, case=f"AR(1) .9, 20 batches of {batch_size:,}")


def _batched(
    runs: Iterable[Array], truth: float, *, case: str, known: float | None = None
) -> Iterator[Row]:
    both = [(statistics.batch_means(s, n_batches=20), statistics.batch_means(s)) for s in runs]
    adjusted = [b.adjusted.covers(truth) for b, _ in both]
    method = "batch_means 20, adjusted"
    yield Row(method=method, case=case, nominal=0.95, n=len(adjusted), hits=sum(adjusted))
    for method, found in zip(
        ("batch_means 20", "batch_means chosen"), zip(*both, strict=True), strict=True
    ):
        hits = sum(b.interval.covers(truth) for b in found)
        yield Row(
            method=method,
            case=case,
            nominal=0.95,
            n=len(found),
            hits=hits,
            known=known if method == "batch_means 20" else None,
        )
        trusted = [b for b in found if b.looks_independent]
        yield Row(
            method=f"{method} if independent",
            case=case,
            nominal=0.95,
            n=len(trusted),
            hits=sum(b.interval.covers(truth) for b in trusted),
            note=f"{len(trusted) / len(found):.0%} look independent",
        )


def deletion(n: int, rng: np.random.Generator) -> Iterator[Row]:
    cases: dict[str, tuple[Callable[[], Array], float]] = {
        "M/M/1 rho .8 from empty, 10 of 2,688": (
            lambda: mm1_delays(rng, (10, 2_688), arrival=0.8, service=1.0),
            4.0,
        ),
        "M/M/1 rho .9 from empty, 10 of 5,000": (
            lambda: mm1_delays(rng, (10, 5_000)),
            STEADY_DELAY_MIN,
        ),
        "M/M/1 rho .9 from empty, 10 of 20,000": (
            lambda: mm1_delays(rng, (10, 20_000)),
            STEADY_DELAY_MIN,
        ),
        "AR(1) .9 from 40 deviations above, 10 of 1,000": (
            lambda: ar1(rng, (10, 1_000), start=AR_MEAN + 40 / (1 - AR_PHI**2) ** 0.5),
            AR_MEAN,
        ),
    }
    for case, (draw, truth) in cases.items():
        yield from _deleted(case, draw, truth, n=n)


def held_out(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """Queues that no procedure here was developed on."""
    for case, (draw, truth) in HELD_OUT.items():
        yield from _deleted(case, lambda draw=draw: draw(rng), truth, n=n)


def _deleted(case: str, draw: Callable[[], Array], truth: float, *, n: int) -> Iterator[Row]:
    plain = hits = tenth = n_found = 0
    cuts, widths, wider, worth = [], [], [], []
    for _ in range(n):
        series = draw()
        plain += statistics.mean_interval(series.mean(axis=1)).covers(truth)
        result = statistics.replication_deletion(series, least_share=0.0)
        hits += result.interval.covers(truth)
        more = statistics.replication_deletion(series)
        tenth += more.interval.covers(truth)
        n_found += result.warm_up.is_found
        cuts.append(np.mean(result.n_cut))
        widths.append(result.interval.half_width)
        wider.append(more.interval.half_width)
        worth.append(series.var() / series.mean(axis=1).var(ddof=1))
    note = f"cut: median {np.median(cuts):.0f}; conclusive {n_found / n:.0%}"
    note += f"; half-width {np.mean(widths):.3f} of {truth:.3f}"
    yield Row(method="nothing deleted", case=case, nominal=0.95, n=n, hits=plain)
    method = "replication_deletion, nothing at least"
    yield Row(method=method, case=case, nominal=0.95, n=n, hits=hits, note=note)
    note = (
        f"at least a tenth; half-width {np.mean(wider):.3f}; a run is worth {np.median(worth):.0f}"
    )
    yield Row(method="replication_deletion", case=case, nominal=0.95, n=n, hits=tenth, note=note)


def sequential(n: int, rng: np.random.Generator) -> Iterator[Row]:
    truth = mm1_mean_delay_from_empty(25)
    for relative in (0.2, 0.1):
        hits = within = 0
        used = []
        for _ in range(n):
            result = statistics.until_half_width(
                lambda _first, count: mm1_delays(rng, (count, 25)).mean(axis=1),
                relative=relative,
                n_most=100_000,
            )
            hits += result.interval.covers(truth)
            within += abs((result.interval.mean or 0.0) - truth) <= relative * truth
            used.append(result.n)
        note = (
            f"error within {relative:.0%}: {within / n:.3f}; replications: mean {np.mean(used):.0f}"
        )
        case = f"M/M/1 first 25 delays, relative {relative}"
        yield Row(method="until_half_width", case=case, nominal=0.95, n=n, hits=hits, note=note)


def learnt(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """Both rates are learnt from records; the answer is the mean delay of the first 25."""
    truth = mm1_mean_delay_from_empty(25)
    for n_records in (100, 500):
        for n_inputs in (10, 40):
            total = noise = 0
            widths = []
            for _ in range(n):
                # Means of exponentials are gamma; rows are drawn from the posterior of the truth.
                between, service = (
                    rng.gamma(n_records, [1 / ARRIVAL_PER_MIN, 1 / SERVICE_PER_MIN]) / n_records
                )
                between_b, service_b = (
                    mean
                    * posterior_factors(
                        rng.random((n_inputs, 1)), error=n_records**-0.5, is_rate=False
                    )
                    for mean in (between, service)
                )
                delays = mm1_delays(
                    rng,
                    (n_inputs * 20, 25),
                    arrival=1 / np.repeat(between_b, 20, axis=0),
                    service=1 / np.repeat(service_b, 20, axis=0),
                )
                split = statistics.split_uncertainty(delays.mean(axis=1).reshape(n_inputs, 20))
                total += split.total.covers(truth)
                noise += split.noise_only.covers(truth)
                widths.append(split.total.half_width)
            case = f"M/M/1 first 25, rates from {n_records} records, {n_inputs} x 20"
            note = f"simulation noise alone would cover {noise / n:.3f}"
            note += f"; half-width {np.mean(widths):.2f} of {truth:.2f}"
            yield Row(
                method="split_uncertainty", case=case, nominal=0.95, n=n, hits=total, note=note
            )


def drawn_factors(rng: np.random.Generator, *shapes: float) -> list[Array]:
    """Return true over learnt mean durations in 20 sets, as ``draw_values`` draws them."""
    return [
        posterior_factors(latin_slices(rng, 20), error=shape**-0.5, is_rate=False)
        for shape in shapes
    ]


def learnt_effects(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """The effect of services a tenth faster, where both rates are learnt; pairs in 40 futures.

    As ``trial.compare`` does it: 40 pairs with the learnt rates, and 4 pairs in each of 20 draws
    of the rates, in the same futures.
    """
    truth = mm1_mean_delay_from_empty(
        25, service=1.1 * SERVICE_PER_MIN
    ) - mm1_mean_delay_from_empty(25)
    futures = np.arange(80) % 40
    for n_records in (50, 200, 1_000, 10_000):
        total = chance = 0
        widths = []
        for _ in range(n):
            between, service = (
                rng.gamma(n_records, [1 / ARRIVAL_PER_MIN, 1 / SERVICE_PER_MIN]) / n_records
            )
            between_factor, service_factor = drawn_factors(rng, n_records, n_records)
            gaps, works = rng.exponential(size=(2, 40, 24))

            def effect(
                gaps: Array, works: Array, between: float | Array, service: float | Array
            ) -> Array:
                slow = lindley(gaps * between, works * service).mean(axis=1)
                return np.asarray(
                    lindley(gaps * between, works * service / 1.1).mean(axis=1) - slow
                )

            plain = effect(gaps, works, between, service)
            drawn = effect(
                gaps[futures],
                works[futures],
                np.repeat(between * between_factor, 4)[:, None],
                np.repeat(service * service_factor, 4)[:, None],
            )
            found = statistics.drawn_intervals(plain[:, None], drawn.reshape(20, 4, 1))
            total += bool(found.low[0] <= truth <= found.high[0])
            chance += bool(abs(found.mean[0] - truth) <= found.chance[0])
            widths.append((found.high[0] - found.low[0]) / 2)
        case = f"M/M/1 first 25, services 10 % faster, {n_records:,} records"
        note = f"chance alone would cover {chance / n:.3f}; half-width {np.mean(widths):.2f} of {-truth:.2f}"
        yield Row(method="drawn_intervals", case=case, nominal=0.95, n=n, hits=total, note=note)


def learnt_levels(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """The mean delay of the first 25 of an M/E4/1, a case that nothing was developed on."""
    load = 0.85
    truth = mean_of_first_25(rng, load=load)
    futures = np.arange(80) % 40
    for n_records in (10, 30, 100):
        total = chance = 0
        widths = []
        for _ in range(n):
            between = rng.gamma(n_records) / n_records
            service = rng.gamma(4 * n_records) / (4 * n_records) * load
            factors = drawn_factors(rng, n_records, 4 * n_records)
            between_factor, service_factor = (np.repeat(f, 4)[:, None] for f in factors)
            gaps, works = few_erlang(rng, (40, 24))
            plain = lindley(gaps * between, works * service).mean(axis=1)
            drawn = lindley(
                gaps[futures] * between * between_factor, works[futures] * service * service_factor
            ).mean(axis=1)
            found = statistics.drawn_intervals(plain[:, None], drawn.reshape(20, 4, 1))
            total += bool(found.low[0] <= truth <= found.high[0])
            chance += bool(abs(found.mean[0] - truth) <= found.chance[0])
            widths.append((found.high[0] - found.low[0]) / 2)
        case = f"M/E4/1 first 25, rates from {n_records} records"
        note = f"chance alone would cover {chance / n:.3f}; half-width {np.mean(widths):.2f} of {truth:.2f}"
        yield Row(method="drawn_intervals", case=case, nominal=0.95, n=n, hits=total, note=note)


def selection(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """Slippage: one of five is better by exactly delta, 0.3 standard deviations."""
    names = [f"system {i}" for i in range(5)]
    for correlation in (0.0, 0.8):
        hits, used = 0, []
        for _ in range(n):
            shared = rng.normal(size=2_000) * correlation**0.5
            own = rng.normal(size=(5, 2_000)) * (1 - correlation) ** 0.5
            values = dict(zip(names, shared + own, strict=True))
            values["system 3"] = values["system 3"] + 0.3
            result = select_best_kn(
                lambda name, first, count, values=values: values[name][first : first + count],
                names,
                best="highest",
                delta=0.3,
                n_most=2_000,
            )
            hits += result.is_decided and result.best == "system 3"
            used.append(result.n_samples)
        note = f"right choice; samples: mean {np.mean(used):.0f}"
        case = f"slippage of 5, .3 deviations, correlation {correlation}"
        yield Row(method="select_best_kn", case=case, nominal=0.95, n=n, hits=hits, note=note)


START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
SHOP_ROUTES = ((0, 1, 2), (2, 0, 1), (1, 2, 0))
SHOP_LOAD = 0.8


def twin_plant(routes: tuple[tuple[int, ...], ...], *, load: float, **spread: Any) -> Plant:
    """Return machines that every route visits once, mean 1 h, at a load; orders of one piece."""
    fails = len(routes) > 1
    failure = Failure(mtbf_h=20.0, mttr_h=1.0) if fails else None
    rate = load / len(routes) / (1.05 if fails else 1.0)
    return Plant(
        name="coverage",
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(
            Resource(id=f"M{m}", work_centre="W", failure=failure) for m in range(len(routes))
        ),
        products=tuple(Product(id=f"P{i}") for i in range(len(routes))),
        routings=tuple(
            Routing(
                product=f"P{i}",
                steps=tuple(
                    Step(
                        step=10 * (k + 1),
                        operation="work",
                        resources=(ResourceOption(resource=f"M{m}"),),
                        time=TimeModel(per_piece_min=60.0, **spread),
                    )
                    for k, m in enumerate(route)
                ),
            )
            for i, route in enumerate(routes)
        ),
        demands=tuple(
            Demand(product=f"P{i}", orders_per_week=168.0 * rate) for i in range(len(routes))
        ),
    )


def studies(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """Each study is ten runs of the twin, on one thread; with 1,000 a share is known to 0.7 %."""
    queue = twin_plant(((0,),), load=0.8, distribution="exponential")
    shop = twin_plant(SHOP_ROUTES, load=SHOP_LOAD, distribution="lognormal", cv=0.8)
    long_run = simulate(
        shop,
        [],
        start_at=START,
        end_at=START + dt.timedelta(weeks=3_000),
        n_replications=24,
        warm_up_s=200 * 7 * 86_400.0,
        seed=int(rng.integers(2**63)),
    ).kpi_samples["lead_time_mean_h"]
    cases = (
        ("job shop of 3", shop, 60, *_with_error(long_run)),
        ("M/M/1 rho .8", queue, 60, 5.0, "exact"),
        ("job shop of 3", shop, 20, *_with_error(long_run)),
        ("M/M/1 rho .8", queue, 20, 5.0, "exact"),
    )
    for name, plant, weeks, truth, note in cases:
        hits = n_found = n_both = 0
        worth = []
        for _ in range(n):
            seed = int(rng.integers(2**63))
            study = steady_state(plant, start_at=START, weeks=weeks, seed=seed, n_threads=1)
            n_found += study.is_reached
            worth.append(study.n_independent)
            hits += study.interval.covers(truth)
            n_both += study.is_reached and study.interval.covers(truth)
        case = f"twin, {name}, 10 of {weeks} weeks"
        yield Row(
            method="steady_state",
            case=case,
            nominal=0.95,
            n=n,
            hits=hits,
            note=f"mean lead time {truth:.3f} h ({note}); a run is worth {np.median(worth):.0f} orders",
        )
        yield Row(method="steady_state if reached", case=case, nominal=0.95, n=n_found, hits=n_both)


def stopping(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """Studies of two weeks from empty that stop when the mean is known to 10 %."""
    shop = twin_plant(SHOP_ROUTES, load=SHOP_LOAD, distribution="lognormal", cv=0.8)
    two_weeks = {"start_at": START, "end_at": START + dt.timedelta(weeks=2)}
    seed = int(rng.integers(2**63))
    run = simulate(shop, [], **two_weeks, n_replications=20_000, seed=seed)
    truth, note = _with_error(run.kpi_samples["lead_time_mean_h"])
    hits, used = 0, []
    for _ in range(n):
        seed = int(rng.integers(2**63))
        study = terminating(shop, [], **two_weeks, relative=0.1, seed=seed, n_threads=1)
        hits += study.interval.covers(truth)
        used.append(study.n)
    yield Row(
        method="terminating",
        case="twin, job shop of 3, first 2 weeks, relative .1",
        nominal=0.95,
        n=n,
        hits=hits,
        note=f"answer {truth:.3f} h ({note}); replications: mean {np.mean(used):.0f}",
    )


def until_known(n: int, rng: np.random.Generator) -> Iterator[Row]:
    """Runs from empty that are made longer until the mean is known to a tenth."""
    for load in (0.9, 0.8):
        queue = twin_plant(((0,),), load=load, distribution="exponential")
        truth = 1.0 / (1.0 - load)
        hits = n_reached = 0
        weeks, widths = [], []
        for _ in range(n):
            seed = int(rng.integers(2**63))
            found = long_run(queue, start_at=START, within=0.1, seed=seed, n_threads=1)
            interval = found.studies[0].interval
            n_reached += found.is_reached
            hits += interval.covers(truth)
            weeks.append(found.weeks)
            widths.append(interval.half_width)
        note = f"runs of {np.mean(weeks):.0f} weeks on the mean; reached {n_reached / n:.0%}"
        yield Row(
            method="long_run",
            case=f"twin, M/M/1 rho {load}, within a tenth",
            nominal=0.95,
            n=n,
            hits=hits,
            note=f"{note}; half-width {np.mean(widths):.2f} of {truth:.1f}",
        )


def _with_error(samples: Array) -> tuple[float, str]:
    error = samples.std(ddof=1) / samples.size**0.5
    return float(samples.mean()), f"standard error {error:.3f} over {samples.size} runs"


PARTS = {
    part.__name__: part
    for part in (
        *(replications, pairs, quantiles, deletion, held_out, sequential),
        *(learnt, learnt_effects, learnt_levels, selection, long_runs),
        *(studies, stopping, until_known),
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--intervals", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--no-save", action="store_true")
    arguments = parser.parse_args()
    head = f"{'method':34}{'case':50}{'n':>6}{'coverage':>9}  {'Wilson 99 %':16}{'known':>6}  note"
    print(head)
    start = time.perf_counter()
    for index, (name, part) in enumerate(PARTS.items()):
        if name not in arguments.only:
            continue
        for row in part(arguments.intervals, np.random.default_rng([arguments.seed, index])):
            if row.n == 0:
                print(f"{row.method:34}{row.case:50}{0:6d}{'-':>9}  {'':16}{'':6}  {row.note}")
                continue
            low, high = wilson(row.hits, row.n)
            known = "" if row.known is None else f"{row.known:.3f}"
            coverage = row.hits / row.n
            print(
                f"{row.method:34}{row.case:50}{row.n:6d}{coverage:9.3f}  "
                f"[{low:.3f}, {high:.3f}]  {known:>6}  {row.note}",
                flush=True,
            )
            today = dt.datetime.now(tz=dt.UTC).date().isoformat()
            line = [
                today,
                arguments.seed,
                row.method,
                row.case,
                row.nominal,
                row.n,
                f"{coverage:.4f}",
                f"{low:.4f}",
                f"{high:.4f}",
                known,
                row.note,
            ]
            if not arguments.no_save:
                save(line)
    print(f"{time.perf_counter() - start:.0f} s")


def save(line: list[object]) -> None:
    is_new = not RESULTS.exists()
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow(line)


if __name__ == "__main__":
    main()
