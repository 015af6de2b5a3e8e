"""The questions of the back-test (which order is done when, asked when) and how answers are scored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from zhizao.connect import read_drop
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.state import floor_at
from zhizao.learn.trust.back_test import cutoffs_of
from zhizao.learn.trust.baselines import Guess
from zhizao.learn.trust.censoring import Prediction, absolute_errors, median_h, score
from zhizao.learn.trust.forecast import (
    Forecast,
    Known,
    completions_of,
    forecasts_of,
    guess_of,
    known_at,
)
from zhizao.learn.trust.ladder import choose_recipe
from zhizao.learn.trust.outcomes import Outcome, outcomes_of
from zhizao.learn.trust.scores import Score
from zhizao.learn.trust.set_aside import taken_up_again
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import Records

NAME, TIME_ZONE = "levy", "UTC"
MARGIN = timedelta(days=56)
N_BOOTSTRAP = 400


@dataclass(frozen=True, kw_only=True)
class Log:
    """The log, and what became of its orders."""

    records: Records
    orders: tuple[Order, ...]
    whole: Reports
    visits: pl.DataFrame
    outcomes: dict[str, Outcome]
    end_at: datetime

    @classmethod
    def read(cls, path: Path, *, until: datetime | None = None) -> "Log":
        """Read the log; with ``until`` as it was then, all later records dropped beforehand."""
        drop = read_drop([path])
        table, orders = drop.records.operations, drop.orders
        if until is not None:
            at = until.astimezone(UTC)
            table = table.filter(pl.coalesce("start_at", "end_at") < at)
            later = ["end_at", "good_quantity", "scrap_quantity", "hold_quantity"]
            table = table.with_columns(
                pl.when(pl.col("end_at") >= at).then(None).otherwise(pl.col(c)).alias(c)
                for c in later
            )
            known = set(table["order_id"].drop_nulls().to_list())
            orders = tuple(o for o in orders if o.id in known)
        records = Records(operations=table)
        whole = known_reports(records, orders, time_zone=TIME_ZONE)
        visits = visits_of(whole.table.with_columns(worked_s=pl.lit(0.0)))
        finished = finished_orders(visits, until_s=whole.until_s)
        return cls(
            records=records, orders=tuple(orders), whole=whole, visits=visits,
            outcomes=outcomes_of(whole, finished), end_at=whole.instant(whole.until_s),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One cut-off: what was known, what is predicted of the orders to be scored."""

    log: Log
    known: Known
    forecasts: list[Forecast]
    seed: int
    n_replications: int

    @property
    def cutoff(self) -> datetime:
        """Return the instant."""
        return self.known.cutoff

    @property
    def now_s(self) -> float:
        """Return the instant in seconds of the whole log's reports."""
        return (self.cutoff - self.log.whole.origin).total_seconds()

    def by(self, plant: Plant) -> dict[str, Guess]:
        """Return what a plant predicts of the orders, placed on its own floor."""
        floor = floor_at(self.log.records, plant, self.cutoff, orders=self.log.orders)
        done_s = completions_of(
            plant, floor, horizon_at=self.log.end_at + MARGIN, seed=self.seed,
            n_replications=self.n_replications,
        )  # fmt: skip
        reports, visits = self.known.reports, self.known.visits
        done_s = taken_up_again(
            done_s, floor, visits=visits, finished=finished_orders(visits, until_s=reports.until_s),
            until_s=reports.until_s, seed=self.seed,
        )  # fmt: skip
        return {f.order_id: guess_of(done_s.get(f.order_id, np.zeros(1))) for f in self.forecasts}


def ask(
    log: Log, *, n_cutoffs: int, seed: int, n_replications: int, is_middle: bool = False
) -> list[Asked]:
    """Learn and predict at the cut-offs of the back-test, in the way chosen at the first."""
    report_at = [log.whole.instant(s) for s in log.whole.table["start_s"].to_list()]
    cutoffs = cutoffs_of(report_at, n_cutoffs=n_cutoffs, is_middle=is_middle)
    same: dict[str, Any] = {"name": NAME, "time_zone": TIME_ZONE, "seed": seed}
    chosen = None
    if not is_middle:
        chosen = choose_recipe(log.records, log.orders, until=cutoffs[0], **same)
    found = []
    for cutoff in cutoffs:
        known = known_at(log.records, log.orders, cutoff, chosen=chosen, **same)
        forecasts = forecasts_of(
            known, log.records, horizon_at=log.end_at + MARGIN, seed=seed, n_replications=n_replications
        )  # fmt: skip
        scored = [f for f in forecasts if log.outcomes[f.order_id].last_at > cutoff]
        found.append(
            Asked(log=log, known=known, forecasts=scored, seed=seed, n_replications=n_replications)
        )
    return found


@dataclass
class Answers:
    """One method's predictions of all orders at all cut-offs, in the order asked."""

    predictions: list[Prediction] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, asked: Sequence[Asked], predict: Callable[[Asked], dict[str, Guess]]) -> "Answers":
        """Let a method predict what was asked."""
        found = cls()
        for one in asked:
            guesses = predict(one)
            for f in one.forecasts:
                outcome = one.log.outcomes[f.order_id]
                until = outcome.last_at if outcome.is_done else one.log.end_at
                guess = guesses[f.order_id]
                found.orders.append(f.order_id)
                found.predictions.append(
                    Prediction(
                        sample_s=guess.sample_s, point_s=guess.point_s,
                        end_s=(until - one.cutoff).total_seconds(), is_done=outcome.is_done,
                    )
                )  # fmt: skip
        return found

    def score(self) -> Score:
        """Return the accuracy as on the trust page."""
        return score(self.predictions)

    def of_completed_h(self) -> float:
        """Return the median absolute error over the orders whose completion was seen, hours."""
        done = [p for p in self.predictions if p.is_done]
        return float(np.median([abs(p.end_s - p.point_s) for p in done]) / 3600.0)

    def late_h(self) -> float:
        """Return the median of actual less predicted completion, hours; of the completed."""
        return float(
            np.median([p.end_s - p.point_s for p in self.predictions if p.is_done]) / 3600.0
        )

    def ratio_interval(self, other: "Answers", *, seed: int) -> tuple[float, float]:
        """Return the 95 % interval of this error over another's: a bootstrap over orders."""
        own: dict[str, list[int]] = {}
        for i, order in enumerate(self.orders):
            own.setdefault(order, []).append(i)
        groups = [np.array(rows) for rows in own.values()]
        rng = np.random.default_rng(seed)
        errors = [absolute_errors(a.predictions) for a in (self, other)]
        ratios = []
        for _ in range(N_BOOTSTRAP):
            rows = np.concatenate([groups[g] for g in rng.integers(len(groups), size=len(groups))])
            mine, theirs = (median_h(values[rows], known[rows]) for values, known in errors)
            if mine is not None and theirs:
                ratios.append(mine / theirs)
        low, high = np.quantile(ratios, [0.025, 0.975])
        return float(low), float(high)
