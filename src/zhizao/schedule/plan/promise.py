"""Promise dates: when a new order can be done, and what it costs to be earlier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from zhizao._base.errors import InputError
from zhizao._base.words import Lang, say
from zhizao.model import Order, Plant, Schedule, ShopState
from zhizao.schedule.objective import DEFAULT_OBJECTIVE
from zhizao.schedule.plan.difference import PlanDifference, plan_difference
from zhizao.schedule.plan.risk import PlanRisk, plan_risk
from zhizao.schedule.plan.schedule_plant import schedule

_RUSH = 8
"""Priority of the new order where others may be hurt for it."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What can be promised for a new order."""

    order_id: str
    planned_at: datetime
    """Completion in the plan, in the gaps that all other orders leave."""
    promised_at: datetime | None
    """Done by then with the probability asked for; None: not within the runs."""
    probability: float
    n_futures: int
    rush_at: datetime
    """Completion in a plan that puts it before others."""
    rush: PlanDifference
    """What that does to the others, against the plan without hurting them."""
    rush_cost_h: float
    """Weighted hours late that the others have more."""
    plan: Schedule
    """The plan with the new order in the gaps."""

    def sentence(self, *, lang: Lang = "en", time_zone: str = "UTC") -> str:
        """Return the promise in words, its instants in a time zone."""
        zone = ZoneInfo(time_zone)
        losers = [s for s in self.rush.shifts if s.later > timedelta()]
        return say(
            __package__,
            "promise" if self.promised_at is not None else "no_promise",
            lang=lang,
            order=self.order_id,
            p=100.0 * self.probability,
            at=f"{(self.promised_at or self.planned_at).astimezone(zone):%Y-%m-%d %H:%M}",
            planned=f"{self.planned_at.astimezone(zone):%Y-%m-%d %H:%M}",
            rush=f"{self.rush_at.astimezone(zone):%Y-%m-%d %H:%M}",
            n=len(losers),
            cost=self.rush_cost_h,
        )


def promise(
    plant: Plant,
    orders: Sequence[Order],
    new: Order,
    *,
    plan: Schedule,
    state: ShopState | None = None,
    probability: float = 0.9,
    n_futures: int = 100,
    objective: str = DEFAULT_OBJECTIVE,
    seconds: float = 5.0,
    threads: int = 2,
    seed: int = 0,
    lang: Lang = "en",
) -> Promise:
    """Return when a new order can be promised without moving any operation of a plan.

    Parameters
    ----------
    plant, orders, state
        Those of the plan.
    new : Order
        The order that is asked for; its due date is not looked at.
    plan : Schedule
        The plan of the other orders.
    probability : float
        With which the promise is to be kept, 0 to 1.
    n_futures : int
        Runs of the twin; an empirical quantile.
    objective, seconds, threads, seed
        Of the search for the earlier date.

    Raises
    ------
    InputError
        If the probability is out of range, or one of the plans does not exist.
    """
    if not 0.0 < probability < 1.0:
        raise InputError(f"The probability is {probability}, expected between 0 and 1.")
    asked = new.model_copy(update={"due_at": None})
    far = max((o.end_at for o in plan.orders), default=plan.made_at) + timedelta(days=1)
    filled = schedule(
        plant,
        [*orders, asked],
        now=plan.made_at,
        state=state,
        objective="lead_time",
        seconds=0.0,
        threads=1,
        previous=plan,
        frozen_until=far,
        lang=lang,
    )
    _check_plan(filled)
    filled = _as_free_as(filled, plan)
    planned_at = _completion(filled, new.id)
    risk = plan_risk(
        plant,
        [*orders, asked],
        filled,
        state=state,
        n_futures=n_futures,
        probability=probability,
        seed=seed,
        n_threads=threads,
        lang=lang,
    )
    rushed = schedule(
        plant,
        [*orders, new.model_copy(update={"due_at": _rush_due(new, plan), "priority": _RUSH})],
        now=plan.made_at,
        state=state,
        objective=objective,
        seconds=seconds,
        threads=threads,
        seed=seed,
        previous=filled,
        lang=lang,
    )
    _check_plan(rushed)
    return Promise(
        order_id=new.id,
        planned_at=planned_at,
        promised_at=_promised(risk, new.id),
        probability=probability,
        n_futures=n_futures,
        rush_at=_completion(rushed, new.id),
        rush=plan_difference(filled, rushed),
        rush_cost_h=_tardiness_h(rushed, but=new.id) - _tardiness_h(filled, but=new.id),
        plan=filled,
    )


def _as_free_as(filled: Schedule, plan: Schedule) -> Schedule:
    """Return a plan in which only those stay fixed that were fixed in another one."""
    fixed = {(a.order_id, a.step) for a in plan.assignments if a.is_pinned}
    assignments = tuple(
        a.model_copy(update={"is_pinned": (a.order_id, a.step) in fixed})
        for a in filled.assignments
    )
    return filled.model_copy(update={"assignments": assignments})


def _rush_due(new: Order, plan: Schedule) -> datetime:
    """Return a due date that makes every hour count."""
    return plan.made_at if new.release_at is None else max(plan.made_at, new.release_at)


def _check_plan(plan: Schedule) -> None:
    if not plan.is_feasible:
        raise InputError("The new order cannot be planned: " + plan.causes[0].sentence)


def _completion(plan: Schedule, order_id: str) -> datetime:
    return next(o.end_at for o in plan.orders if o.order_id == order_id)


def _promised(risk: PlanRisk, order_id: str) -> datetime | None:
    """Return the quantile of the futures; never before the plan, which leaves others alone."""
    one = next(o for o in risk.orders if o.order_id == order_id)
    return None if one.quantile_at is None else max(one.quantile_at, one.planned_at)


def _tardiness_h(plan: Schedule, *, but: str) -> float:
    return sum(
        o.weight * (o.tardiness / timedelta(hours=1)) for o in plan.orders if o.order_id != but
    )
