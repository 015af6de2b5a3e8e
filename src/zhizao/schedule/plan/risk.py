"""The risk of a plan: the twin follows it with real variability.

A plan can be followed in two ways. Strictly, a resource waits for the next lot of its sequence,
also while others are there: one lot that is held up holds up everything behind it. With a free
hand, a resource that is idle takes the lot, of those that are there, whose order is to be done
first by the plan. Both are run; the orders' dates are those of the free hand.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model import Order, Plant, Run, Schedule, ShopState, completion_quantiles
from zhizao.twin import simulate

_LONGER = 2.5
"""The runs last so many times as long as the plan, and a week more."""


@dataclass(frozen=True, kw_only=True)
class OrderRisk:
    """When an order will really be done under a plan."""

    order_id: str
    due_at: datetime | None
    planned_at: datetime
    on_time: float | None
    """Share of the futures in which it is done in time; None without a due date."""
    p50_at: datetime | None
    """Done by then in half of the futures; None: not within the runs."""
    p90_at: datetime | None
    """Done by then in nine of ten futures."""
    quantile_at: datetime | None
    """Done by then with the probability that was asked for."""


@dataclass(frozen=True, kw_only=True)
class PlanRisk:
    """The risk of all orders of a plan."""

    orders: tuple[OrderRisk, ...]
    """In the order of the plan's completions."""
    n_futures: int
    strictly_late: float
    """Mean number of late orders if the plan's sequences are held whatever comes."""
    warnings: tuple[str, ...]

    @property
    def expected_late(self) -> float:
        """Mean number of late orders if a resource takes the most urgent lot that is there."""
        return sum(1.0 - o.on_time for o in self.orders if o.on_time is not None)


def plan_risk(
    plant: Plant,
    orders: Sequence[Order],
    plan: Schedule,
    *,
    state: ShopState | None = None,
    n_futures: int = 100,
    probability: float = 0.9,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
    lang: Lang = "en",
) -> PlanRisk:
    """Return when the orders of a plan will be done, with breakdowns, spreads, scrap and rework.

    Orders that come later are not drawn.

    Parameters
    ----------
    plant, orders, state
        Those of the plan.
    plan : Schedule
        A feasible one.
    n_futures : int
        Replications of the twin; the standard error of a probability p is sqrt(p (1-p) / n).
    probability : float
        Of the dates in ``quantile_at``.
    seed, n_threads, progress, lang
        As for the twin.

    Raises
    ------
    InputError
        If there is no plan.
    """
    if not plan.is_feasible:
        raise InputError("There is no plan to run: " + plan.causes[0].sentence)
    if not plan.orders:
        return PlanRisk(orders=(), n_futures=n_futures, strictly_late=0.0, warnings=())
    follow = partial(
        followed,
        plant,
        orders,
        plan,
        state=state,
        n_futures=n_futures,
        seed=seed,
        n_threads=n_threads,
        lang=lang,
    )
    total = 2 * n_futures
    strict = follow(
        strictly=True,
        progress=None if progress is None else lambda done, _: progress(done, total),
    )
    run = follow(
        strictly=False,
        progress=None if progress is None else lambda done, _: progress(n_futures + done, total),
    )
    column = {order_id: i for i, order_id in enumerate(run.order_ids)}
    quantiles = completion_quantiles(run, (0.5, 0.9, probability))
    found = []
    for one in plan.orders:
        i = column[one.order_id]
        on_time = None
        if one.due_at is not None:
            due_s = (one.due_at - plan.made_at).total_seconds()
            on_time = float(np.mean(run.completion_s[:, i] <= due_s))
        p50, p90, asked = (
            None if np.isnan(q) else plan.made_at + timedelta(seconds=float(q))
            for q in quantiles[:, i]
        )
        found.append(
            OrderRisk(
                order_id=one.order_id,
                due_at=one.due_at,
                planned_at=one.end_at,
                on_time=on_time,
                p50_at=p50,
                p90_at=p90,
                quantile_at=asked,
            )
        )
    return PlanRisk(
        orders=tuple(found),
        n_futures=n_futures,
        strictly_late=float(_late(strict, plan).mean()),
        warnings=run.warnings,
    )


def followed(
    plant: Plant,
    orders: Sequence[Order],
    plan: Schedule,
    *,
    strictly: bool,
    state: ShopState | None = None,
    n_futures: int = 100,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
    lang: Lang = "en",
) -> Run:
    """Return how the twin follows a plan; plans of the same orders and seed meet the same luck.

    Parameters
    ----------
    plant, orders, state, seed, n_threads, progress, lang
        As for the twin.
    plan : Schedule
        A feasible one with orders.
    strictly : bool
        Hold the sequences; else an idle resource takes the lot whose order is done first by plan.
    n_futures : int
        Replications.
    """
    last = max(o.end_at for o in plan.orders)
    planned = {o.order_id: o.end_at for o in plan.orders}
    kept = [o for o in orders if o.id in planned]
    if plant.bom:
        # Of those who ask for material at one instant, the first listed is served first: as planned.
        kept.sort(key=lambda o: math.inf if o.due_at is None else o.due_at.timestamp())
    if not strictly:
        plant = _by_urgency(plant)
        kept = [_due_as_planned(o, planned[o.id]) for o in kept]
    return simulate(
        plant,
        kept,
        start_at=plan.made_at,
        end_at=plan.made_at + _LONGER * (last - plan.made_at) + timedelta(weeks=1),
        state=state,
        seed=seed,
        n_replications=n_futures,
        n_threads=n_threads,
        draw_demand=False,
        sequences=plan.sequences if strictly else None,
        progress=progress,
        lang=lang,
    )


def late_counts(
    plant: Plant,
    orders: Sequence[Order],
    plan: Schedule,
    *,
    strictly: bool,
    state: ShopState | None = None,
    n_futures: int = 100,
    seed: int = 0,
    n_threads: int | None = None,
) -> NDArray[np.float64]:
    """Return the late orders of each future in which the twin follows a plan.

    Parameters
    ----------
    plant, orders, plan, strictly, state, n_futures, seed, n_threads
        As for ``followed``.
    """
    run = followed(
        plant,
        orders,
        plan,
        strictly=strictly,
        state=state,
        n_futures=n_futures,
        seed=seed,
        n_threads=n_threads,
    )
    return _late(run, plan)


def _by_urgency(plant: Plant) -> Plant:
    """Return a plant in which the lot that is due first goes first everywhere."""
    centres = tuple(
        c.model_copy(update={"dispatch": "edd", "weights": None}) for c in plant.work_centres
    )
    return plant.model_copy(update={"work_centres": centres})


def _due_as_planned(order: Order, planned_at: datetime) -> Order:
    """Return an order that is due when the plan completes it."""
    release_at = order.release_at
    if release_at is not None and release_at > planned_at:
        return order.model_copy(update={"due_at": None})
    return order.model_copy(update={"due_at": planned_at})


def _late(run: Run, plan: Schedule) -> NDArray[np.float64]:
    """Return the late orders of each future."""
    column = {order_id: i for i, order_id in enumerate(run.order_ids)}
    late = np.zeros(run.n_replications)
    for one in plan.orders:
        if one.due_at is not None:
            due_s = (one.due_at - plan.made_at).total_seconds()
            late += ~(run.completion_s[:, column[one.order_id]] <= due_s)
    return late
