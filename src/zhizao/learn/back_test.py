"""The back-test: learn until a cut-off, predict, compare with what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress, no_progress
from zhizao.learn.baselines import (
    REMAINING,
    WHOLE,
    Guess,
    PastOrders,
    remaining_at_stage,
    whole_orders,
)
from zhizao.learn.censoring import Prediction, quantile, score
from zhizao.learn.finished import finished_orders
from zhizao.learn.learnt import learn
from zhizao.learn.replay import replay
from zhizao.learn.reports import known_reports
from zhizao.learn.sentence import sentence
from zhizao.learn.state import floor_at
from zhizao.learn.trust import CutoffScore, OrderScore, Trust
from zhizao.learn.visits import visits_of
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import Records
from zhizao.model.state import ShopState
from zhizao.twin import simulate

Floats = NDArray[np.float64]
TWIN = "twin"
_HELD_OUT = 1.0 / 3.0
_MARGIN = timedelta(days=56)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an order by the end of the log."""

    last_at: datetime
    is_done: bool


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Predicted completions of the orders in progress at a cut-off, seconds from it."""

    order_id: str
    product: str
    stage: str
    guesses: dict[str, Guess]


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
    censored: see ``zhizao.learn.censoring``. Two plain baselines predict the
    same orders from the same knowledge. Then the held-out window is replayed
    with its real releases.

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
    outcomes, end_at, report_at = outcomes_of(records, orders, time_zone=time_zone)
    cutoffs = cutoffs_of(report_at, n_cutoffs=n_cutoffs)
    scores: list[CutoffScore] = []
    order_scores: list[OrderScore] = []
    pooled: dict[str, list[Prediction]] = {}
    for i, cutoff in enumerate(cutoffs):
        tell(i, n_cutoffs + 1)
        forecasts = forecasts_at(
            records, orders, cutoff, horizon_at=end_at + _MARGIN, name=name, time_zone=time_zone,
            seed=seed, n_replications=n_replications,
        )  # fmt: skip
        scored = [f for f in forecasts if outcomes[f.order_id].last_at > cutoff]
        here: dict[str, list[Prediction]] = {}
        for f in scored:
            found = _predictions(f, outcomes[f.order_id], cutoff, end_at)
            for method, prediction in found.items():
                here.setdefault(method, []).append(prediction)
                pooled.setdefault(method, []).append(prediction)
            order_scores.append(_order_score(f, outcomes[f.order_id], cutoff, end_at))
        scores.append(
            CutoffScore(
                **score(here.get(TWIN, [])).model_dump(), cutoff_at=cutoff, orders_scored=len(scored),
                n_completed=sum(p.is_done for p in here.get(TWIN, [])),
                baselines={m: score(here.get(m, [])) for m in (REMAINING, WHOLE)},
            )
        )  # fmt: skip
    tell(n_cutoffs, n_cutoffs + 1)
    again = replay(
        records, orders, cutoffs[0], end_at=end_at, name=name, time_zone=time_zone, seed=seed,
        n_replications=n_replications,
    )  # fmt: skip
    twin = score(pooled.get(TWIN, []))
    baselines = {m: score(pooled.get(m, [])) for m in (REMAINING, WHOLE)}
    n_scored = len(order_scores)
    tell(n_cutoffs + 1, n_cutoffs + 1)
    return Trust(
        **twin.model_dump(),
        orders_scored=n_scored,
        n_completed=sum(o.completed_at is not None for o in order_scores),
        baselines=baselines,
        sentence=sentence(twin, baselines, n_scored, lang="en"),
        sentence_zh=sentence(twin, baselines, n_scored, lang="zh"),
        cutoffs=tuple(scores),
        orders=tuple(order_scores),
        replay=again,
    )


def cutoffs_of(report_at: Sequence[datetime], *, n_cutoffs: int) -> list[datetime]:
    """Return cut-offs in the last third of the log, at even shares of the reports begun in it.

    By reports and not by the clock: an instant in a week without work has no
    order in progress. The first is the begin of the last third.

    Examples
    --------
    >>> from datetime import UTC
    >>> days = [datetime(2024, 1, d, tzinfo=UTC) for d in range(1, 32)]
    >>> [c.day for c in cutoffs_of(days, n_cutoffs=2)]
    [21, 26]
    """
    ordered = sorted(report_at)
    edge = ordered[-1] - _HELD_OUT * (ordered[-1] - ordered[0])
    late = [at for at in ordered if at >= edge]
    chosen = {late[int(len(late) * i / n_cutoffs)] for i in range(n_cutoffs)}
    return sorted(chosen)


def outcomes_of(
    records: Records, orders: Sequence[Order], *, time_zone: str
) -> tuple[dict[str, Outcome], datetime, list[datetime]]:
    """Return what became of each order, the end of the log, and when reports began."""
    reports = known_reports(records, orders, time_zone=time_zone)
    rows = reports.table.with_columns(worked_s=pl.lit(0.0))
    finished = finished_orders(visits_of(rows), until_s=reports.until_s)
    columns = finished.table.select("order_id", "last_s", "is_finished")
    outcomes = {
        str(o): Outcome(last_at=reports.instant(float(s)), is_done=bool(done))
        for o, s, done in columns.iter_rows()
    }
    report_at = [reports.instant(s) for s in reports.table["start_s"].to_list()]
    return outcomes, reports.instant(reports.until_s), report_at


def forecasts_at(
    records: Records,
    orders: Sequence[Order],
    cutoff: datetime,
    *,
    horizon_at: datetime,
    name: str,
    time_zone: str,
    seed: int,
    n_replications: int,
) -> list[Forecast]:
    """Return predictions for every order that had begun and was not long over at a cut-off.

    Nothing after the cut-off is looked at. All methods predict on the condition
    that the order is not complete at the cut-off. So an order that the twin
    takes as ended is put before its next step in a plant without queues, apart
    from the others: what if it is not over?
    """
    learnt = learn(records, orders, name=name, time_zone=time_zone, until=cutoff, seed=seed)
    floor = floor_at(records, learnt.plant, cutoff, orders=orders)
    done_s: dict[str, Floats] = {}
    if floor.orders:
        run = simulate(
            learnt.plant, floor.orders, start_at=cutoff, end_at=horizon_at, state=floor.state,
            seed=seed, n_replications=n_replications,
        )  # fmt: skip
        done_s = dict(zip(run.order_ids, run.completion_s.T, strict=True))
    if floor.ended:
        run = simulate(
            _without_queues(learnt.plant), floor.ended_orders, start_at=cutoff, end_at=horizon_at,
            state=ShopState(at=cutoff, lots=floor.ended), seed=seed,
            n_replications=n_replications, draw_demand=False,
        )  # fmt: skip
        done_s |= dict(zip(run.order_ids, run.completion_s.T, strict=True))
    reports = known_reports(records, orders, time_zone=time_zone, until=cutoff)
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    finished = finished_orders(visits, until_s=reports.until_s)
    past = PastOrders.of(visits, finished)
    forecasts = []
    for (order_id,), rows in visits.group_by("order_id", maintain_order=True):
        last = rows.sort("last_s", "first_s").row(-1, named=True)
        completion = done_s.get(str(order_id), np.zeros(1))
        sample = np.sort(np.where(np.isnan(completion), np.inf, completion))
        origin_s = reports.until_s
        own = remaining_at_stage(
            past, product=last["product"], stage=last["operation"], stage_s=last["last_s"] - origin_s, now_s=0.0,
        )  # fmt: skip
        begun_s = float(rows["first_s"].min())  # type: ignore[arg-type]
        whole = whole_orders(past, product=last["product"], begun_s=begun_s - origin_s, now_s=0.0)
        forecasts.append(
            Forecast(
                order_id=str(order_id), product=last["product"], stage=last["operation"],
                guesses={
                    TWIN: Guess(sample_s=sample, point_s=quantile(sample, 0.5)),
                    REMAINING: own, WHOLE: whole,
                },
            )
        )  # fmt: skip
    return forecasts


def _without_queues(plant: Plant) -> Plant:
    """Return a plant in which no step needs a resource."""
    routings = tuple(
        r.model_copy(
            update={"steps": tuple(s.model_copy(update={"resources": ()}) for s in r.steps)}
        )
        for r in plant.routings
    )
    return plant.model_copy(update={"routings": routings})


def _predictions(
    forecast: Forecast, outcome: Outcome, cutoff: datetime, end_at: datetime
) -> dict[str, Prediction]:
    until = outcome.last_at if outcome.is_done else end_at
    end_s = (until - cutoff).total_seconds()
    return {
        method: Prediction(
            sample_s=guess.sample_s, point_s=guess.point_s, end_s=end_s, is_done=outcome.is_done
        )
        for method, guess in forecast.guesses.items()
    }


def _order_score(
    forecast: Forecast, outcome: Outcome, cutoff: datetime, end_at: datetime
) -> OrderScore:
    def at(seconds: float) -> datetime | None:
        return cutoff + timedelta(seconds=seconds) if np.isfinite(seconds) else None

    twin = forecast.guesses[TWIN]
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
            m: at(quantile(forecast.guesses[m].sample_s, 0.5)) for m in (REMAINING, WHOLE)
        },
    )
