"""The back-test: learn until a cut-off, predict, compare with what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress, no_progress
from zhizao.learn.baselines import REMAINING, STANDARD, WHOLE, Guess
from zhizao.learn.boosting import BOOSTED
from zhizao.learn.censoring import Prediction, coverage_interval, quantile, score
from zhizao.learn.forecast import TWIN, Forecast, forecasts_at, forecasts_of, known_at, promises_of
from zhizao.learn.hidden_delay import learn_hidden_delay, with_hidden_delay
from zhizao.learn.outcomes import Outcome, outcomes_of
from zhizao.learn.replay import replay
from zhizao.learn.sentence import sentence
from zhizao.learn.trust import CutoffScore, OrderScore, Promises, Score, Trust
from zhizao.model.order import Order
from zhizao.model.records import Records

BASELINES = (REMAINING, WHOLE, BOOSTED, STANDARD)
SIMULATED = "as simulated"
_HELD_OUT = 1.0 / 3.0
_MARGIN = timedelta(days=56)
_EARLIER = 4
"""Cut-offs in the middle third of the log: what the twin got wrong there corrects it later."""


@dataclass
class _Pooled:
    """Predictions of all cut-offs, by method, and the order of each."""

    predictions: dict[str, list[Prediction]] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)

    def add(self, order_id: str, found: Mapping[str, Prediction]) -> None:
        """Add the predictions of one order at one cut-off."""
        self.orders.append(order_id)
        for method, prediction in found.items():
            self.predictions.setdefault(method, []).append(prediction)

    def score(self, method: str) -> Score:
        """Return the accuracy of a method."""
        return score(self.predictions.get(method, []))

    def baselines(self) -> dict[str, Score]:
        """Return the accuracy of the baselines that predicted every order."""
        return {
            m: self.score(m)
            for m in BASELINES
            if len(self.predictions.get(m, ())) == len(self.orders)
        }


def backtest(
    records: Records,
    orders: Sequence[Order] = (),
    *,
    name: str,
    time_zone: str = "UTC",
    seed: int = 0,
    n_cutoffs: int = 6,
    n_replications: int = 100,
    progress: Progress | None = None,
) -> Trust:
    """Say how well a twin of the past would have predicted what followed.

    At each cut-off in the last third of the log a plant is learnt from what
    was known then, the shop is set up as it was known then, future orders are
    drawn from the learnt demand, and the completions of the orders in progress
    are predicted. Scored are the orders that had begun and had reports after
    the cut-off. An order that is not seen to be completed by the log's end is
    censored: see ``zhizao.learn.censoring``. Forecasts made at earlier cut-offs
    say how much later the upper half of a forecast has to be; what became of them
    is looked at as it was known at the cut-off (``zhizao.learn.hidden_delay``).
    Plain baselines predict the same orders from the same knowledge. Orders that
    were yet to come are promised from their planned release. Then the held-out
    window is replayed with its real releases.

    Parameters
    ----------
    records, orders
        What happened and what is known of orders.
    name, time_zone
        As for ``learn``.
    seed
        Of all draws.
    n_cutoffs
        Cut-offs, evenly over the last third of the log.
    n_replications
        Simulated futures at each.
    progress
        Called with (done, total).

    Returns
    -------
    Trust

    Raises
    ------
    InputError
        If there are no cut-offs, or no work on orders is known.
    """
    if n_cutoffs < 1:
        raise InputError(f"n_cutoffs is {n_cutoffs}, expected >= 1.")
    tell = progress or no_progress
    n_steps = _EARLIER + n_cutoffs + 1
    outcomes, end_at, report_at = outcomes_of(records, orders, time_zone=time_zone)
    cutoffs = cutoffs_of(report_at, n_cutoffs=n_cutoffs)
    same = {"name": name, "time_zone": time_zone, "seed": seed}
    earlier: list[tuple[datetime, list[Forecast]]] = []
    for i, cutoff in enumerate(cutoffs_of(report_at, n_cutoffs=_EARLIER, is_middle=True)):
        tell(i, n_steps)
        found = forecasts_at(
            records, orders, cutoff, horizon_at=end_at + _MARGIN, n_replications=n_replications, **same,  # type: ignore[arg-type]
        )  # fmt: skip
        earlier.append((cutoff, found))
    pooled, promised, n_unknown = _Pooled(), _Pooled(), 0
    scores: list[CutoffScore] = []
    order_scores: list[OrderScore] = []
    for i, cutoff in enumerate(cutoffs):
        tell(_EARLIER + i, n_steps)
        known = known_at(records, orders, cutoff, **same)  # type: ignore[arg-type]
        simulated = {"horizon_at": end_at + _MARGIN, "seed": seed, "n_replications": n_replications}
        forecasts = forecasts_of(known, records, **simulated)  # type: ignore[arg-type]
        outcomes_then, _, _ = outcomes_of(records, orders, time_zone=time_zone, until=cutoff)
        delay_h = learn_hidden_delay(_past(earlier, outcomes_then, cutoff))
        here = _Pooled()
        for f in forecasts:
            outcome = outcomes[f.order_id]
            if outcome.last_at <= cutoff:
                continue
            predictions = _predictions(f, outcome, cutoff, end_at, delay_h=delay_h)
            here.add(f.order_id, predictions)
            pooled.add(f.order_id, predictions)
            order_scores.append(_order_score(f, predictions[TWIN], outcome, cutoff, end_at))
        to_come, n = promises_of(known, records, orders, time_zone=time_zone, **simulated)  # type: ignore[arg-type]
        n_unknown += n
        for f in to_come:
            predictions = _predictions(f, outcomes[f.order_id], cutoff, end_at, delay_h=delay_h)
            promised.add(f.order_id, predictions)
        scores.append(
            CutoffScore(
                **here.score(TWIN).model_dump(), cutoff_at=cutoff, orders_scored=len(here.orders),
                n_completed=_n_completed(here), baselines=here.baselines(),
            )
        )  # fmt: skip
        earlier.append((cutoff, forecasts))
    tell(_EARLIER + n_cutoffs, n_steps)
    again = replay(
        records, orders, cutoffs[0], end_at=end_at, n_replications=n_replications, **same,  # type: ignore[arg-type]
    )  # fmt: skip
    twin = pooled.score(TWIN)
    interval = coverage_interval(
        pooled.predictions.get(TWIN, []), pooled.orders, 0.9, seed=seed
    )  # fmt: skip
    baselines = pooled.baselines() or {m: score([]) for m in (REMAINING, WHOLE)}
    n_scored = len(order_scores)
    tell(n_steps, n_steps)
    return Trust(
        **twin.model_dump(),
        coverage_p90_low=interval[0] if interval else None,
        coverage_p90_high=interval[1] if interval else None,
        as_simulated=pooled.score(SIMULATED),
        hidden_delay_h=learn_hidden_delay(_past(earlier, outcomes, end_at)),
        promises=None if not promised.orders else Promises(
            **promised.score(TWIN).model_dump(), orders_scored=len(promised.orders),
            n_completed=_n_completed(promised), n_unknown=n_unknown, baselines=promised.baselines(),
        ),
        orders_scored=n_scored,
        n_completed=sum(o.completed_at is not None for o in order_scores),
        baselines=baselines,
        sentence=sentence(twin, baselines, n_scored, lang="en"),
        sentence_zh=sentence(twin, baselines, n_scored, lang="zh"),
        cutoffs=tuple(scores),
        orders=tuple(order_scores),
        replay=again,
    )  # fmt: skip


def cutoffs_of(
    report_at: Sequence[datetime], *, n_cutoffs: int, is_middle: bool = False
) -> list[datetime]:
    """Return cut-offs in the last third of the log, at even shares of the reports begun in it.

    By reports and not by the clock: an instant in a week without work has no
    order in progress. The first is the begin of the last third. With ``is_middle``
    they lie in the middle third in the same way.

    Examples
    --------
    >>> from datetime import UTC
    >>> days = [datetime(2024, 1, d, tzinfo=UTC) for d in range(1, 32)]
    >>> [c.day for c in cutoffs_of(days, n_cutoffs=2)]
    [21, 26]
    >>> [c.day for c in cutoffs_of(days, n_cutoffs=2, is_middle=True)]
    [11, 16]
    """
    ordered = sorted(report_at)
    third = _HELD_OUT * (ordered[-1] - ordered[0])
    late = [at for at in ordered if at >= ordered[-1] - third]
    if is_middle:
        late = [at for at in ordered if ordered[0] + third <= at < ordered[-1] - third] or late[:1]
    chosen = {late[int(len(late) * i / n_cutoffs)] for i in range(n_cutoffs)}
    return sorted(chosen)


def _past(
    earlier: Sequence[tuple[datetime, list[Forecast]]],
    outcomes: Mapping[str, Outcome],
    known_at: datetime,
) -> list[Prediction]:
    """Return the twin's earlier forecasts with what is known of those orders at an instant."""
    found = []
    for cutoff, forecasts in earlier:
        for f in forecasts:
            outcome = outcomes.get(f.order_id)
            if outcome is not None and outcome.last_at > cutoff:
                guess = f.guesses[TWIN]
                until = outcome.last_at if outcome.is_done else known_at
                found.append(
                    Prediction(
                        sample_s=guess.sample_s, point_s=guess.point_s,
                        end_s=(until - cutoff).total_seconds(), is_done=outcome.is_done,
                    )
                )  # fmt: skip
    return found


def _n_completed(pooled: _Pooled) -> int:
    return sum(p.is_done for p in pooled.predictions.get(TWIN, []))


def _predictions(
    forecast: Forecast,
    outcome: Outcome,
    cutoff: datetime,
    end_at: datetime,
    *,
    delay_h: float,
) -> dict[str, Prediction]:
    until = outcome.last_at if outcome.is_done else end_at
    end_s = (until - cutoff).total_seconds()
    twin = forecast.guesses[TWIN]
    guesses = {
        **forecast.guesses,
        SIMULATED: twin,
        TWIN: Guess(sample_s=with_hidden_delay(twin.sample_s, delay_h), point_s=twin.point_s),
    }
    return {
        method: Prediction(
            sample_s=guess.sample_s, point_s=guess.point_s, end_s=end_s, is_done=outcome.is_done
        )
        for method, guess in guesses.items()
    }


def _order_score(
    forecast: Forecast, twin: Prediction, outcome: Outcome, cutoff: datetime, end_at: datetime
) -> OrderScore:
    def at(seconds: float) -> datetime | None:
        return cutoff + timedelta(seconds=seconds) if np.isfinite(seconds) else None

    return OrderScore(
        order_id=forecast.order_id,
        product=forecast.product,
        stage=forecast.stage,
        cutoff_at=cutoff,
        p50_at=at(quantile(twin.sample_s, 0.5)),
        p90_at=at(quantile(twin.sample_s, 0.9)),
        completed_at=outcome.last_at if outcome.is_done else None,
        censored_at=None if outcome.is_done else end_at,
        baseline_p50_at={
            m: at(quantile(forecast.guesses[m].sample_s, 0.5))
            for m in BASELINES
            if m in forecast.guesses
        },
    )
