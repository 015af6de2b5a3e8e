"""The back-test: learn until a cut-off, predict, compare with what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress, no_progress
from zhizao.learn.chosen import MOST_REPORTS
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.trust.at_cutoff import (
    Case,
    asked_at,
    chosen_at,
    earlier_forecasts,
    forecasts_now,
)
from zhizao.learn.trust.baselines import REMAINING, WHOLE
from zhizao.learn.trust.breakdown import where_it_held
from zhizao.learn.trust.censoring import Prediction, coverage_interval, quantile, score
from zhizao.learn.trust.combined import COMBINED
from zhizao.learn.trust.forecast import TWIN, Floats, Forecast
from zhizao.learn.trust.open_orders import instant_of, is_for_dates, open_orders_of
from zhizao.learn.trust.outcomes import Outcome, outcomes_of
from zhizao.learn.trust.predictions import (
    BASELINES,
    SIMULATED,
    Correction,
    Pooled,
    past_of,
    predictions_of,
)
from zhizao.learn.trust.processes import in_processes
from zhizao.learn.trust.scores import (
    Combined,
    CutoffScore,
    DatesFrom,
    OrderScore,
    Promises,
    Trust,
)
from zhizao.learn.trust.sentence import best_method, sentence
from zhizao.model.order import Order
from zhizao.model.records import Records

_HELD_OUT = 1.0 / 3.0
_MARGIN = timedelta(days=56)
_EARLIER = 4
"""Cut-offs in the middle third of the log: what the twin got wrong there corrects it later."""

_LEAST_REPORTS, _MOST_REPORTS = 1000, 100_000
"""A second process takes two seconds to begin, and as much memory as the first."""


def backtest(
    records: Records,
    orders: Sequence[Order] = (),
    *,
    name: str,
    time_zone: str = "UTC",
    seed: int = 0,
    n_cutoffs: int = 6,
    n_replications: int = 100,
    most_reports: int | None = MOST_REPORTS,
    n_processes: int = 1,
    progress: Progress | None = None,
) -> Trust:
    """Say how well a twin of the past would have predicted what followed.

    At each cut-off in the last third of the log a plant is learnt from what
    was known then, the shop is set up as it was known then, future orders are
    drawn from the learnt demand, and the completions of the orders in progress
    are predicted. How much history to learn from and which richer parts to keep
    is chosen once, from what was known at the first of these cut-offs, and kept
    at the later ones: no choice looks at what is scored. Scored are the orders that had begun and had reports after
    the cut-off. An order that is not seen to be completed by the log's end is
    censored: see ``zhizao.learn.trust.censoring``. Forecasts made at earlier cut-offs
    say how much later the upper half of a forecast has to be, and how much the twin
    counts beside like orders in the combined forecast; what became of them is looked at
    as it was known at the cut-off (``zhizao.learn.trust.predictions.Correction``).
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
    most_reports
        As for ``choose_recipe``; 0: nothing is tried.
    n_processes
        At most so many processes work on the cut-offs, no more than there are cores; the result is
        the same. Logs of less than a thousand and more than a hundred thousand
        reports are back-tested in one. A script that asks for more than one must begin its work
        below ``if __name__ == "__main__":``, as each process loads it anew.
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
    whole = known_reports(records, orders, time_zone=time_zone)
    visits = visits_of(whole.table.with_columns(worked_s=pl.lit(0.0)))
    outcomes = outcomes_of(whole, finished_orders(visits, until_s=whole.until_s))
    end_at = whole.instant(whole.until_s)
    report_at = [whole.instant(s) for s in whole.table["start_s"].to_list()]
    cutoffs = cutoffs_of(report_at, n_cutoffs=n_cutoffs)
    before = cutoffs_of(report_at, n_cutoffs=_EARLIER, is_middle=True)
    case = Case(
        records=records, orders=tuple(orders), name=name, time_zone=time_zone, seed=seed,
        n_replications=n_replications, most_reports=most_reports, whole=whole,
        horizon_at=end_at + _MARGIN,
    )  # fmt: skip
    n_steps = len(before) + len(cutoffs) + 2
    tell(0, n_steps)
    n_worth = n_processes if _LEAST_REPORTS <= whole.table.height <= _MOST_REPORTS else 1
    with in_processes(case, n_processes=n_worth, on_done=lambda n: tell(n, n_steps)) as room:
        choice = room.put(chosen_at, cutoffs[0])
        made_before = [room.put(earlier_forecasts, cutoff) for cutoff in before]
        chosen = room.result(choice)
        made = [room.put(asked_at, cutoff, chosen, cutoff == cutoffs[0]) for cutoff in cutoffs]
        made_now = room.put(forecasts_now, end_at, chosen)
        earlier = [(at, room.result(m)) for at, m in zip(before, made_before, strict=True)]
        asked = [room.result(m) for m in made]
        open_now = room.result(made_now)
    pooled, promised = Pooled(), Pooled()
    scores: list[CutoffScore] = []
    order_scores: list[OrderScore] = []
    for at in asked:
        cutoff = at.cutoff
        correction = Correction.learn(past_of(earlier, at.outcomes, cutoff))
        here, found = _scored(at.forecasts, outcomes, cutoff, end_at, correction=correction)
        pooled.extend(here)
        order_scores += found
        for f in at.to_come:
            predictions = predictions_of(
                f, outcomes[f.order_id], cutoff, end_at, correction=correction
            )
            promised.add(f.order_id, predictions)
        scores.append(
            CutoffScore(
                **here.score(TWIN).model_dump(), cutoff_at=cutoff, orders_scored=len(here.orders),
                n_completed=_n_completed(here), baselines=here.baselines(),
            )
        )  # fmt: skip
        earlier.append((cutoff, at.forecasts))
    correction = Correction.learn(past_of(earlier, outcomes, end_at))
    twin = pooled.score(TWIN)
    combined = _combined(pooled, correction, seed=seed)
    dates = combined if is_for_dates(combined, twin) else None
    baselines = pooled.baselines() or {m: score([]) for m in (REMAINING, WHOLE)}
    dates_from: DatesFrom = "combined" if dates else "twin"
    n_scored = len(order_scores)
    return Trust(
        **twin.model_dump(),
        **_p90_interval(pooled, TWIN, seed=seed),
        as_simulated=pooled.score(SIMULATED),
        hidden_delay_h=correction.delay_h,
        combined=combined,
        dates_from=dates_from,
        time_zone=time_zone,
        open_orders=open_orders_of(open_now, correction, end_at, is_combined=dates is not None),
        promises=None if not promised.orders else Promises(
            **promised.score(TWIN).model_dump(), orders_scored=len(promised.orders),
            n_completed=_n_completed(promised), n_unknown=sum(at.n_unknown for at in asked),
            baselines=promised.baselines(),
        ),
        orders_scored=n_scored,
        n_completed=sum(o.completed_at is not None for o in order_scores),
        baselines=baselines,
        sentence=sentence(twin, baselines, n_scored, lang="en", combined=dates),
        sentence_zh=sentence(twin, baselines, n_scored, lang="zh", combined=dates),
        cutoffs=tuple(scores),
        orders=tuple(order_scores),
        held=where_it_held(
            [o.for_dates(dates_from) for o in order_scores], plain=best_method(baselines)
        ),
        replay=asked[0].again,
        chosen=chosen,
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


def _scored(
    forecasts: Sequence[Forecast],
    outcomes: Mapping[str, Outcome],
    cutoff: datetime,
    end_at: datetime,
    *,
    correction: Correction,
) -> tuple[Pooled, list[OrderScore]]:
    """Return what is predicted of the orders that had reports after the cut-off."""
    here, found = Pooled(), []
    for f in forecasts:
        outcome = outcomes[f.order_id]
        if outcome.last_at > cutoff:
            predictions = predictions_of(f, outcome, cutoff, end_at, correction=correction)
            here.add(f.order_id, predictions)
            found.append(_order_score(f, predictions, outcome, cutoff, end_at))
    return here, found


def _n_completed(pooled: Pooled) -> int:
    return sum(p.is_done for p in pooled.predictions.get(TWIN, []))


def _p90_interval(pooled: Pooled, method: str, *, seed: int) -> dict[str, float | None]:
    found = coverage_interval(pooled.predictions.get(method, []), pooled.orders, 0.9, seed=seed)
    low, high = found or (None, None)
    return {"coverage_p90_low": low, "coverage_p90_high": high}


def _combined(pooled: Pooled, correction: Correction, *, seed: int) -> Combined | None:
    """Return the scores of the combined forecast, and how it is made of the whole past."""
    if COMBINED not in pooled.predictions:
        return None
    return Combined(
        **pooled.score(COMBINED).model_dump(), **_p90_interval(pooled, COMBINED, seed=seed),
        twin_share=correction.twin_share, late_stretch=correction.late_stretch,
    )  # fmt: skip


def _order_score(
    forecast: Forecast,
    predictions: Mapping[str, Prediction],
    outcome: Outcome,
    cutoff: datetime,
    end_at: datetime,
) -> OrderScore:
    def at(sample_s: Floats, level: float) -> datetime | None:
        return instant_of(cutoff, quantile(sample_s, level))

    twin, combined = predictions[TWIN], predictions[COMBINED]
    return OrderScore(
        order_id=forecast.order_id,
        product=forecast.product,
        stage=forecast.stage,
        cutoff_at=cutoff,
        p50_at=at(twin.sample_s, 0.5),
        p90_at=at(twin.sample_s, 0.9),
        combined_p50_at=at(combined.sample_s, 0.5),
        combined_p90_at=at(combined.sample_s, 0.9),
        completed_at=outcome.last_at if outcome.is_done else None,
        censored_at=None if outcome.is_done else end_at,
        baseline_p50_at={
            m: at(forecast.guesses[m].sample_s, 0.5) for m in BASELINES if m in forecast.guesses
        },
    )
