"""What the twin and the plain methods predict at a cut-off, from what was known then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.chosen import Chosen
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.learnt import Learnt, learn
from zhizao.learn.state import Floor, floor_at
from zhizao.learn.trust.baselines import (
    MEDIAN,
    REMAINING,
    STANDARD,
    WHOLE,
    Guess,
    LikeOrders,
    PastOrders,
    remaining_at_stage,
    standard_times,
    whole_orders,
)
from zhizao.learn.trust.boosting import BOOSTED, boosted_guesses
from zhizao.learn.trust.censoring import quantile
from zhizao.learn.trust.combined import LEVELS, LIKE, like_guess
from zhizao.learn.trust.like_orders import left_of_orders
from zhizao.learn.trust.outcomes import Outcome, outcomes_of
from zhizao.learn.trust.set_aside import taken_up_again
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import Records
from zhizao.model.state import ShopState
from zhizao.twin import simulate

Floats = NDArray[np.float64]
TWIN = "twin"


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Predicted completions of an order at a cut-off, seconds from it."""

    order_id: str
    product: str
    stage: str
    guesses: dict[str, Guess]


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that was known at a cut-off, and what was learnt from it.

    ``outcomes`` is what had become of the orders by then, as far as one could know.
    """

    cutoff: datetime
    reports: Reports
    visits: pl.DataFrame
    past: PastOrders
    learnt: Learnt
    floor: Floor
    outcomes: dict[str, Outcome]


def known_at(
    records: Records,
    orders: Sequence[Order],
    cutoff: datetime,
    *,
    name: str,
    time_zone: str,
    seed: int,
    also_products: Sequence[str] = (),
    chosen: Chosen | None = None,
) -> Known:
    """Learn from what was known at a cut-off, in the way chosen. Nothing after it is looked at."""
    learnt = learn(
        records, orders, name=name, time_zone=time_zone, until=cutoff, seed=seed,
        also_products=also_products, chosen=chosen,
    )  # fmt: skip
    reports = known_reports(records, orders, time_zone=time_zone, until=cutoff)
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    finished = finished_orders(visits, until_s=reports.until_s)
    return Known(
        cutoff=cutoff,
        reports=reports,
        visits=visits,
        past=PastOrders.of(visits, finished),
        learnt=learnt,
        floor=floor_at(records, learnt.plant, cutoff, orders=orders),
        outcomes=outcomes_of(reports, finished),
    )


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
    with_boosting: bool = True,
) -> list[Forecast]:
    """Return predictions for every order that had begun and was not long over at a cut-off.

    Nothing after the cut-off is looked at. All methods predict on the condition
    that the order is not complete at the cut-off. So an order that the twin
    takes as ended is put before its next step in a plant without queues, apart
    from the others: what if it is not over? Before that it stays set aside for as long
    as other orders did (``set_aside``).
    """
    known = known_at(records, orders, cutoff, name=name, time_zone=time_zone, seed=seed)
    return forecasts_of(
        known, records, horizon_at=horizon_at, seed=seed, n_replications=n_replications,
        with_boosting=with_boosting,
    )  # fmt: skip


def forecasts_of(
    known: Known, records: Records, *, horizon_at: datetime, seed: int, n_replications: int,
    with_boosting: bool = True,
) -> list[Forecast]:  # fmt: skip
    """Return predictions for every order that had begun; see :func:`forecasts_at`.

    Gradient boosting takes as long as learning a plant; it is asked only where it is scored.
    """
    done_s = completions_of(
        known.learnt.plant, known.floor, horizon_at=horizon_at, seed=seed, n_replications=n_replications
    )  # fmt: skip
    now_s = known.reports.until_s
    finished = finished_orders(known.visits, until_s=now_s)
    done_s = taken_up_again(
        done_s, known.floor, visits=known.visits, finished=finished, until_s=now_s, seed=seed
    )
    left = left_of_orders(known.visits, finished, until_s=now_s)
    boosted = {}
    if with_boosting:
        boosted = boosted_guesses(known.visits, finished, now_s=now_s)
    like = LikeOrders.of(known.visits, finished)
    standard = standard_times(known.visits, finished, records, until=known.cutoff)
    forecasts = []
    for (order_id,), rows in known.visits.group_by("order_id", maintain_order=True):
        last = rows.sort("last_s", "first_s").row(-1, named=True)
        guesses = {
            TWIN: guess_of(done_s.get(str(order_id), np.zeros(1))),
            REMAINING: remaining_at_stage(
                known.past, product=last["product"], stage=last["operation"],
                stage_s=last["last_s"] - now_s, now_s=0.0,
            ),
            MEDIAN: like.guess(
                str(order_id), product=last["product"], stage=last["operation"],
                quiet_s=now_s - last["last_s"],
            ),
            WHOLE: whole_orders(
                known.past, product=last["product"],
                begun_s=float(rows["first_s"].min()) - now_s, now_s=0.0,  # type: ignore[arg-type]
            ),
        }  # fmt: skip
        followed_s = left.left(
            str(order_id), product=last["product"], stage=last["operation"],
            since_s=now_s - last["last_s"], levels=LEVELS,
        )  # fmt: skip
        guesses[LIKE] = like_guess(guesses[MEDIAN], followed_s)
        if str(order_id) in boosted:
            guesses[BOOSTED] = boosted[str(order_id)]
        if standard is not None:
            guesses[STANDARD] = standard.guess(product=last["product"], stage=last["operation"])
        forecasts.append(
            Forecast(
                order_id=str(order_id), product=last["product"], stage=last["operation"],
                guesses=guesses,
            )
        )  # fmt: skip
    return forecasts


def completions_of(
    plant: Plant,
    floor: Floor,
    *,
    horizon_at: datetime,
    seed: int,
    n_replications: int,
    draw_demand: bool = True,
) -> dict[str, Floats]:
    """Return simulated completions by order on a floor, seconds from its instant; NaN: not within the horizon.

    Orders taken as ended are put before their next step in a plant without queues, apart
    from the others. Without ``draw_demand`` no other orders come than those of the floor.
    """
    at = floor.state.at
    done_s: dict[str, Floats] = {}
    if floor.orders:
        run = simulate(
            plant, floor.orders, start_at=at, end_at=horizon_at, state=floor.state, seed=seed,
            n_replications=n_replications, draw_demand=draw_demand,
        )  # fmt: skip
        done_s = dict(zip(run.order_ids, run.completion_s.T, strict=True))
    if floor.ended:
        run = simulate(
            without_queues(plant), floor.ended_orders, start_at=at, end_at=horizon_at,
            state=ShopState(at=at, lots=floor.ended), seed=seed, n_replications=n_replications,
            draw_demand=False,
        )  # fmt: skip
        done_s |= dict(zip(run.order_ids, run.completion_s.T, strict=True))
    return done_s


def guess_of(completion_s: Floats) -> Guess:
    """Return simulated completions as a guess: sorted, the median named; NaN counts as never.

    Examples
    --------
    >>> guess_of(np.array([3.0, np.nan, 1.0])).point_s
    3.0
    """
    sample = np.sort(np.where(np.isnan(completion_s), np.inf, completion_s))
    return Guess(sample_s=sample, point_s=quantile(sample, 0.5))


def without_queues(plant: Plant) -> Plant:
    """Return a plant in which no step needs a resource."""
    routings = tuple(
        r.model_copy(
            update={"steps": tuple(s.model_copy(update={"resources": ()}) for s in r.steps)}
        )
        for r in plant.routings
    )
    return plant.model_copy(update={"routings": routings})
