"""The five log distances of process simulation, on the customary split of the Levy log.

    python -m benchmarks.log_distances [--runs 10] [--seed 1] [--train CSV --test CSV] [--json] [--no-save]

Needs the extra ``bench`` (``log-distance-measures``). The training log goes through the
user's own doors: ``drop`` with the guessed mapping, ``learn`` with nothing told.

Protocol, the same for the twin and for the resampler:

1. Nothing but the training log is looked at; of the test log only its first and last instant.
2. The twin runs from 28 days before the test window, since a shop is never empty, with the
   demand that it learnt. Orders that begin before the window are left out, because the split
   leaves them out of the test log (and of the training log).
3. The trace is written as the plant writes its reports: visits in as many rows as those of the
   training log with as many hours worked (``zhizao.learn.as_reported``).
4. *Cut*: reports that end after the last instant of the test log are left out, since the test
   log cannot hold them. *Uncut*: as many orders as the test log has, each to its end.
5. The resampler takes whole training orders evenly, with the training log's times between
   first reports, from the window's first instant on.
6. The mean of ten runs, each with its own seed, and the standard deviation of one.

The split censors: orders longer than the window are in neither log. It ranks no twins (see
``docs/trust.md``); it says whether one is as close to the log as those published.
"""

import argparse
import csv
import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from log_distance_measures.absolute_event_distribution import absolute_event_distribution_distance
from log_distance_measures.circadian_event_distribution import circadian_event_distribution_distance
from log_distance_measures.config import EventLogIDs
from log_distance_measures.cycle_time_distribution import cycle_time_distribution_distance
from log_distance_measures.n_gram_distribution import n_gram_distribution_distance
from log_distance_measures.relative_event_distribution import relative_event_distribution_distance

from zhizao.connect import read_drop
from zhizao.learn import as_reported, learn, learn_reporting
from zhizao.model.records import Records
from zhizao.twin import simulate

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "../shared/data/levy/papers_copy"
RESULTS = ROOT / "benchmarks/results/log_distances.csv"
IDS = EventLogIDs("order", "operation", "start", "end", "resource")
DISTANCES = ("NGD", "AED", "CED", "RED", "CTD")
WARM_UP = dt.timedelta(days=28)
LONG_AFTER = dt.timedelta(days=120)
PUBLISHED = {
    "Simod": (0.928, 146.4, 2.82, 83.9, 89.2),
    "DeepGenerator": (0.528, 224.5, 9.30, 70.1, 90.8),
    "DeepSimulator": (0.868, 154.3, 2.67, 33.3, 43.3),
    "RIMS": (0.872, 132.8, 2.73, 18.7, 24.7),
    "AgentSimulator": (0.598, 61.1, 5.70, 31.7, 30.0),
    "plain resampler, as published": (0.459, 22.7, 3.26, 17.7, 27.5),
}
Simulated = Callable[..., pd.DataFrame]


def distances(test: pd.DataFrame, simulated: pd.DataFrame) -> tuple[float, ...]:
    """Return the five distances: n-grams of 3, both timestamps, bins of one hour."""
    pair = (test, IDS, simulated, IDS)
    return (
        n_gram_distribution_distance(*pair, n=3),
        absolute_event_distribution_distance(*pair),
        circadian_event_distribution_distance(*pair),
        relative_event_distribution_distance(*pair),
        cycle_time_distribution_distance(*pair, bin_size=pd.Timedelta(hours=1)),
    )


def events(records: Records) -> pd.DataFrame:
    """Return the finished reports of work as the distances want them, clock times without zone."""
    rows = records.operations.filter(
        pl.col("kind") == "run", pl.col("order_id").is_not_null(), pl.col("start_at").is_not_null(),
        pl.col("end_at").is_not_null(),
    ).select(
        pl.col("order_id").alias("order"), "operation", pl.col("resource").fill_null("nobody"),
        pl.col("start_at").dt.replace_time_zone(None).alias("start"),
        pl.col("end_at").dt.replace_time_zone(None).alias("end"),
    )  # fmt: skip
    return pd.DataFrame(rows.to_dict(as_series=False))


def twin_of(train: Records, *, begin: dt.datetime, end: dt.datetime, n_orders: int) -> Simulated:
    """Return a function (seed, is_cut=…) → the twin's log of the window."""
    learnt = learn(train, name="levy")
    habit = learn_reporting(train, plant=learnt.plant)

    def simulated(seed: int, *, is_cut: bool) -> pd.DataFrame:
        run = simulate(
            learnt.plant, (), start_at=begin - WARM_UP, end_at=end if is_cut else end + LONG_AFTER,
            seed=seed, n_replications=1, trace=True,
        )  # fmt: skip
        log = events(as_reported(run.records[0], habit, seed=seed))
        first = log.groupby("order")["start"].transform("min")
        return _window(
            log[first >= begin.replace(tzinfo=None)], end, is_cut=is_cut, n_orders=n_orders
        )

    return simulated


def resampler_of(
    train: Records, *, begin: dt.datetime, end: dt.datetime, n_orders: int
) -> Simulated:
    """Return a function (seed, is_cut=…) → whole training orders drawn evenly."""
    log = events(train)
    orders = [own for _, own in log.groupby("order")]
    firsts = np.sort(log.groupby("order")["start"].min().to_numpy())
    gaps = np.diff(firsts)

    def simulated(seed: int, *, is_cut: bool) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        at = pd.Timestamp(begin.replace(tzinfo=None))
        parts: list[pd.DataFrame] = []
        while at <= pd.Timestamp(end.replace(tzinfo=None)) or (
            not is_cut and len(parts) < n_orders
        ):
            own = orders[rng.integers(len(orders))]
            shift = at - own["start"].min()
            parts.append(
                own.assign(
                    start=own["start"] + shift, end=own["end"] + shift, order=f"~{len(parts)}"
                )
            )
            at += pd.Timedelta(rng.choice(gaps))
        return _window(pd.concat(parts), end, is_cut=is_cut, n_orders=n_orders)

    return simulated


def _window(log: pd.DataFrame, end: dt.datetime, *, is_cut: bool, n_orders: int) -> pd.DataFrame:
    if is_cut:
        return log[log["end"] <= end.replace(tzinfo=None)]
    firsts = log.groupby("order")["start"].min().sort_values(kind="stable")
    return log[log["order"].isin(firsts.index[:n_orders])]


def main() -> int:
    """Print the table of means and append it to the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train", type=Path, default=DATA / "train.csv")
    parser.add_argument("--test", type=Path, default=DATA / "test.csv")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-save", action="store_true")
    given = parser.parse_args()
    train = read_drop([given.train]).records
    test = pd.read_csv(given.test, parse_dates=["start_timestamp", "end_timestamp"])
    test.columns = pd.Index(["order", "operation", "resource", "start", "end"])
    begin = test["start"].min().to_pydatetime().replace(tzinfo=dt.UTC)
    end = test["end"].max().to_pydatetime().replace(tzinfo=dt.UTC)
    window = {"begin": begin, "end": end, "n_orders": test["order"].nunique()}
    methods = {
        "twin": twin_of(train, **window),
        "plain resampler, here": resampler_of(train, **window),
    }
    rows = []
    for is_cut in (True, False):
        for name, simulated in methods.items():
            logs = [simulated(given.seed + i, is_cut=is_cut) for i in range(given.runs)]
            found = np.array([distances(test, log) for log in logs])
            rows.append(
                {
                    "method": name, "is_cut": is_cut, "runs": given.runs, "seed": given.seed,
                    **dict(zip(DISTANCES, found.mean(axis=0).tolist(), strict=True)),
                    **{f"{k}_sd": v for k, v in zip(DISTANCES, found.std(axis=0, ddof=1).tolist(), strict=True)},
                    "orders": float(np.mean([log["order"].nunique() for log in logs])),
                    "events": float(np.mean([len(log) for log in logs])),
                }
            )  # fmt: skip
    if given.json:
        json.dump(rows, sys.stdout, indent=1)
    else:
        print(
            f"{'method':<32} {'cut':<5}"
            + "".join(f"{d:>14}" for d in DISTANCES)
            + "  orders events"
        )
        print(f"{'(test log)':<37} {'':<70} {window['n_orders']:>8} {len(test):>6}")
        for row in rows:
            cells = "".join(f"{row[d]:>8.3g} ±{row[f'{d}_sd']:<4.2g}" for d in DISTANCES)
            print(
                f"{row['method']:<32} {'yes' if row['is_cut'] else 'no':<5}{cells}  {row['orders']:>6.0f} {row['events']:>6.0f}"
            )
        for name, values in PUBLISHED.items():
            cut = "yes" if "resampler" in name else "no"
            print(f"{name:<32} {cut:<5}" + "".join(f"{v:>8.3g}      " for v in values))
    if not given.no_save:
        _save(rows)
    return 0


def _save(rows: list[dict[str, object]]) -> None:
    is_new = not RESULTS.exists()
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["date", *rows[0]])
        if is_new:
            writer.writeheader()
        today = dt.datetime.now(dt.UTC).date().isoformat()
        writer.writerows({"date": today, **row} for row in rows)


if __name__ == "__main__":
    raise SystemExit(main())
