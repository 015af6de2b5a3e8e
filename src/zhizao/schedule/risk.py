"""The risk of a plan: the twin runs its sequences with real variability."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model import Order, Plant, Schedule, ShopState, completion_quantiles
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


@dataclass(frozen=True, kw_only=True)
class PlanRisk:
    """The risk of all orders of a plan."""

    orders: tuple[OrderRisk, ...]
    """In the order of the plan's completions."""
    n_futures: int
    warnings: tuple[str, ...]

    @property
    def expected_late(self) -> float:
        """Mean number of late orders."""
        return sum(1.0 - o.on_time for o in self.orders if o.on_time is not None)


def plan_risk(
    plant: Plant,
    orders: Sequence[Order],
    plan: Schedule,
    *,
    state: ShopState | None = None,
    n_futures: int = 100,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
    lang: Lang = "en",
) -> PlanRisk:
    """Return when the orders of a plan will be done, with breakdowns, spreads, scrap and rework.

    Each resource does what the plan gives it, in the plan's order; orders that come later are
    not drawn.

    Parameters
    ----------
    plant, orders, state
        Those of the plan.
    plan : Schedule
        A feasible one.
    n_futures : int
        Replications of the twin; the standard error of a probability p is sqrt(p (1-p) / n).
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
        return PlanRisk(orders=(), n_futures=n_futures, warnings=())
    last = max(o.end_at for o in plan.orders)
    planned = {o.order_id for o in plan.orders}
    kept = [o for o in orders if o.id in planned]
    run = simulate(
        plant,
        kept,
        start_at=plan.made_at,
        end_at=plan.made_at + _LONGER * (last - plan.made_at) + timedelta(weeks=1),
        state=state,
        seed=seed,
        n_replications=n_futures,
        n_threads=n_threads,
        draw_demand=False,
        sequences=plan.sequences,
        progress=progress,
        lang=lang,
    )
    column = {order_id: i for i, order_id in enumerate(run.order_ids)}
    quantiles = completion_quantiles(run, (0.5, 0.9))
    found = []
    for one in plan.orders:
        i = column[one.order_id]
        on_time = None
        if one.due_at is not None:
            due_s = (one.due_at - plan.made_at).total_seconds()
            on_time = float(np.mean(run.completion_s[:, i] <= due_s))
        p50, p90 = (
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
            )
        )
    return PlanRisk(orders=tuple(found), n_futures=n_futures, warnings=run.warnings)
