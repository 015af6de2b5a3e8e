"""A new plan after an event, close to the one that people follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhizao._base.words import Lang
from zhizao.model import Order, Plant, Schedule, ShopState
from zhizao.schedule.objective import DEFAULT_OBJECTIVE
from zhizao.schedule.plan.difference import PlanDifference, plan_difference
from zhizao.schedule.plan.schedule_plant import schedule

MOVE_COST = 2.0
"""What a move within the next shift costs, in units of the objective (weighted hours late)."""


@dataclass(frozen=True, kw_only=True)
class Replanned:
    """A new plan and what it changes."""

    plan: Schedule
    difference: PlanDifference | None
    """None where there is no plan."""


def replan(
    plant: Plant,
    orders: Sequence[Order],
    previous: Schedule,
    *,
    now: datetime,
    state: ShopState | None = None,
    objective: str = DEFAULT_OBJECTIVE,
    seconds: float = 5.0,
    threads: int = 2,
    seed: int = 0,
    next_shift: timedelta = timedelta(hours=8),
    frozen: timedelta = timedelta(),
    most_moved: float = 0.1,
    material: Mapping[tuple[str, int], datetime] | None = None,
    on_progress: Callable[[float, float], bool | None] | None = None,
    lang: Lang = "en",
) -> Replanned:
    """Return a plan for what is now, which moves few operations of the next shift.

    An event is what differs from before: a resource that is down (an exception in its
    calendar), a new or changed order, material that comes late, what the state says.

    Parameters
    ----------
    plant, orders, state, objective, threads, seed, material, on_progress
        As for ``schedule``, as they are now.
    previous : Schedule
        The plan that people follow.
    now : datetime
        Aware; not before the previous plan was made.
    seconds : float
        For all of it.
    next_shift : timedelta
        What the previous plan begins within this time after now should stay.
    frozen : timedelta
        What it begins within this time does stay, if it still can.
    most_moved : float
        Share of the next shift's operations that may move; 1: all. The plan warns where no plan
        with so few moves was found, and says how many the event itself forces to move.

    Returns
    -------
    Replanned
        Moves beyond those that the event forces are made where they save more than they cost.
    """
    until = now + next_shift
    plan = schedule(
        plant,
        orders,
        now=now,
        state=state,
        objective=objective,
        seconds=seconds,
        threads=threads,
        seed=seed,
        material=material,
        previous=previous,
        frozen_until=now + frozen if frozen else None,
        moves_until=until,
        move_costs=MOVE_COST,
        most_moved=most_moved if most_moved < 1.0 else None,
        on_progress=on_progress,
        lang=lang,
    )
    if not plan.is_feasible:
        return Replanned(plan=plan, difference=None)
    n_forced = int(plan.values.get("moved_forced", 0.0))
    return Replanned(
        plan=plan,
        difference=plan_difference(previous, plan, until=until, n_forced=n_forced),
    )
