"""Predictors that know more than anybody could: what is left of the error nobody could mend.

They look at the whole log, the time after the cut-off included; of the order that is asked
about they see only what is said, and of the others everything.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from benchmarks.levy.protocol import Asked, Log
from numpy.typing import NDArray

from zhizao.learn.trust.baselines import Guess
from zhizao.learn.trust.outcomes import Outcome

Floats = NDArray[np.float64]

_ENOUGH = 5
_N_DRAWS = 200


def like_orders_of_all(asked: Asked) -> dict[str, Guess]:
    """Predict by the median of all other orders of the log, those of the future included."""
    return _by_like_orders(asked, asked.log.visits, asked.log.outcomes)


def _by_like_orders(
    asked: Asked, visits: pl.DataFrame, outcomes: Mapping[str, Outcome]
) -> dict[str, Guess]:
    """Predict by other orders at the stage, of the same product where there are five."""
    done = [o for o, outcome in outcomes.items() if outcome.is_done]
    left = visits.filter(pl.col("order_id").is_in(done)).select(
        "order_id", "product", "operation",
        left_s=pl.col("last_s").max().over("order_id") - pl.col("last_s"),
    )  # fmt: skip
    last_s = asked.known.visits.group_by("order_id").agg(pl.col("last_s").max())
    since_s = {o: asked.known.reports.until_s - s for o, s in last_s.iter_rows()}
    found = {}
    for f in asked.forecasts:
        others = left.filter(pl.col("order_id") != f.order_id)
        same = others.filter(pl.col("operation") == f.stage)
        own = same.filter(pl.col("product") == f.product)
        sample = np.zeros(1)
        for choice in (own, same, others):
            later = np.sort(choice["left_s"].to_numpy()) - since_s[f.order_id]
            later = later[later > 0.0]
            if later.size >= _ENOUGH:
                sample = later
                break
        found[f.order_id] = Guess(sample_s=sample, point_s=float(np.median(sample)))
    return found


class KnownWork:
    """Route and work of the order are known to the minute; only the waits before its steps are not.

    The waits are drawn from those of all other orders before the same operation.
    """

    def __init__(self, log: Log, *, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        rows = log.visits.sort("order_id", "first_s", "last_s").with_columns(
            before_s=pl.col("last_s").cum_max().shift(1).over("order_id")
        )
        self.steps = rows.with_columns(
            gap_s=(pl.col("first_s") - pl.col("before_s")).clip(0.0),
            work_s=(pl.col("last_s") - pl.max_horizontal("first_s", "before_s")).clip(0.0),
        )
        gaps = self.steps.drop_nulls("before_s")
        self.gaps = {
            str(name): (own["order_id"].to_list(), own["gap_s"].to_numpy())
            for (name,), own in gaps.group_by("operation", maintain_order=True)
        }
        self.of_order = {
            str(name): own.to_dicts()
            for (name,), own in self.steps.group_by("order_id", maintain_order=True)
        }

    def __call__(self, asked: Asked) -> dict[str, Guess]:
        """Predict completions; an order that is open at the log's end as far as it was seen."""
        return {f.order_id: self._guess(f.order_id, asked.now_s) for f in asked.forecasts}

    def _guess(self, order_id: str, now_s: float) -> Guess:
        total = np.zeros(_N_DRAWS)
        for step in self.of_order[order_id]:
            if step["last_s"] <= now_s:
                continue
            if step["first_s"] <= now_s or step["before_s"] is None:
                total += step["last_s"] - max(now_s, step["before_s"] or now_s)
                continue
            waited_s = max(0.0, now_s - step["before_s"])
            total += self._waits(order_id, str(step["operation"]), waited_s) + step["work_s"]
        sample = np.sort(total)
        return Guess(sample_s=sample, point_s=float(np.median(sample)))

    def _waits(self, order_id: str, operation: str, waited_s: float) -> Floats:
        """Return what is left of waits before an operation that last longer than waited already."""
        orders, gaps = self.gaps.get(operation, ([], np.zeros(0)))
        others = gaps[np.array([o != order_id for o in orders], dtype=bool)] if orders else gaps
        later = others[others > waited_s] - waited_s if waited_s > 0.0 else others
        if not later.size:
            return np.zeros(_N_DRAWS)
        return self.rng.choice(later, _N_DRAWS)


def expected_error_h(asked: list[Asked], method: str) -> float:
    """Return the median error that a method's own forecasts would have if they were true, hours."""
    errors = [
        np.abs(guess.sample_s[np.isfinite(guess.sample_s)] - guess.point_s)
        for one in asked
        for f in one.forecasts
        if np.isfinite((guess := f.guesses[method]).point_s)
    ]
    weights = np.concatenate([np.full(e.size, 1.0 / max(e.size, 1)) for e in errors])
    values = np.concatenate(errors)
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(share, 0.5)] / 3600.0)
