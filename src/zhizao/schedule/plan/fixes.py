"""What would make a late order earlier: each way is planned anew, not guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from zhizao._base.errors import InputError, did_you_mean
from zhizao._base.words import Lang, say
from zhizao.model import (
    Calendar,
    CalendarException,
    Order,
    Plant,
    ResourceOption,
    Routing,
    Schedule,
    ShopState,
    Wait,
    open_intervals,
)
from zhizao.schedule.objective import DEFAULT_OBJECTIVE
from zhizao.schedule.plan.difference import PlanDifference
from zhizao.schedule.plan.replan import replan

FixKind = Literal["overtime", "alternative", "swap", "first"]

_FIRST_PRIORITY = 20
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Fix:
    """One way to make an order earlier, and what it does."""

    kind: FixKind
    """overtime at a resource; another resource for a step; before one other order; before all."""
    resource: str | None
    step: int | None
    late_before_h: float
    late_after_h: float
    others_h: float
    """Weighted hours late that all other orders have more; negative: less."""
    overtime_h: float
    """Hours that the resource is open longer."""
    difference: PlanDifference
    plan: Schedule
    sentence: str
    swapped_with: str | None = None
    """swap: the order that it goes before."""


def fixes(
    plant: Plant,
    orders: Sequence[Order],
    plan: Schedule,
    order_id: str,
    *,
    state: ShopState | None = None,
    objective: str = DEFAULT_OBJECTIVE,
    overtime_h: float = 2.0,
    seconds: float = 3.0,
    threads: int = 2,
    seed: int = 0,
    lang: Lang = "en",
) -> tuple[Fix, ...]:
    """Return what would make a late order earlier, the best first.

    Parameters
    ----------
    plant, orders, state, objective
        Those of the plan.
    plan : Schedule
        In which the order is late.
    order_id : str
        The order.
    overtime_h : float
        Hours after each shift of the resource at which the order waits longest, until the order
        is done.
    seconds : float
        For each way.

    Returns
    -------
    tuple of Fix
        Those that make it earlier: first by hours late, then by what the others lose.

    Raises
    ------
    InputError
        If the order is not late in the plan.
    """
    late = {w.order_id: w for w in plan.why_late}
    if order_id not in late:
        hint = did_you_mean(order_id, late)
        raise InputError(f"Order '{order_id}' is not late in the plan.{hint}")
    why = late[order_id]
    # A wait at a resource is what people can do something about.
    waits = [w for w in why.waits if w.resource is not None and w.kind != "work"]
    wait = max(waits, key=lambda w: (w.kind in ("busy", "people"), w.hours), default=None)
    ways: list[tuple[FixKind, Plant, Sequence[Order], float]] = []
    other = _other(plan, order_id, wait)
    if other is not None:
        ways.append(("swap", plant, _swapped(orders, order_id, other), 0.0))
    if wait is not None and wait.resource is not None:
        longer = _with_overtime(plant, plan, wait.resource, order_id, hours=overtime_h)
        if longer is not None:
            ways.append(("overtime", longer[0], orders, longer[1]))
        wider = _with_alternative(plant, orders, order_id, wait)
        if wider is not None:
            ways.append(("alternative", wider, orders, 0.0))
    first = [
        o.model_copy(update={"priority": max(o.priority, _FIRST_PRIORITY)})
        if o.id == order_id
        else o
        for o in orders
    ]
    ways.append(("first", plant, first, 0.0))
    found = []
    for kind, its_plant, its_orders, extra_h in ways:
        new = replan(
            its_plant,
            its_orders,
            plan,
            now=plan.made_at,
            state=state,
            objective=objective,
            seconds=seconds,
            threads=threads,
            seed=seed,
            most_moved=1.0,
            lang=lang,
        )
        if new.difference is None:
            continue
        after_h = _late_h(new.plan, plan)[order_id]
        if after_h >= why.late_h - 1e-6:
            continue
        others_h = _others_h(new.plan, plan, order_id)
        resource = None if wait is None or kind == "first" else wait.resource
        sentence = say(
            __package__,
            f"fix_{kind}",
            lang=lang,
            order=order_id,
            resource=resource or "–",
            step="–" if wait is None else wait.step,
            before=why.late_h,
            after=after_h,
            extra=extra_h,
            others=others_h,
            other=other or "–",
        )
        found.append(
            Fix(
                kind=kind,
                resource=resource,
                step=None if wait is None else wait.step,
                late_before_h=why.late_h,
                late_after_h=after_h,
                others_h=others_h,
                overtime_h=extra_h,
                difference=new.difference,
                plan=new.plan,
                sentence=sentence,
                swapped_with=other if kind == "swap" else None,
            )
        )
    return tuple(sorted(found, key=lambda f: (f.late_after_h, f.others_h, f.kind)))


def _other(plan: Schedule, order_id: str, wait: Wait | None) -> str | None:
    """Return the order that an order waits for and that can best do without its place."""
    if wait is None:
        return None
    told = {o.order_id: o for o in plan.orders}
    there = [told[name] for name in wait.orders if name in told and name != order_id]
    if not there:
        return None
    # What nobody waits for first, then what is done longest before its due date.
    free = [o for o in there if o.due_at is None]
    if free:
        return free[0].order_id
    slack = {o.order_id: o.due_at - o.end_at for o in there if o.due_at is not None}
    return max(slack, key=lambda name: (slack[name] * 1.0, name))


def _swapped(orders: Sequence[Order], order_id: str, other: str) -> list[Order]:
    """Return orders of which one has the other's urgency where that is greater, and it the rest."""
    one, two = (next(o for o in orders if o.id == name) for name in (order_id, other))
    dues = sorted(o.due_at for o in (one, two) if o.due_at is not None)
    first, last = (dues[0], dues[-1] if len(dues) > 1 else None) if dues else (None, None)
    low, high = sorted((one.priority, two.priority))
    told = {
        order_id: {"due_at": first, "priority": high},
        other: {"due_at": last, "priority": low},
    }
    return [o.model_copy(update=told[o.id]) if o.id in told else o for o in orders]


def _late_h(after: Schedule, before: Schedule) -> dict[str, float]:
    """Return the hours that each order is late in a plan, by its due date before."""
    due_at = {o.order_id: o.due_at for o in before.orders}
    found = {}
    for o in after.orders:
        due = due_at.get(o.order_id)
        found[o.order_id] = 0.0 if due is None else max(0.0, (o.end_at - due) / _HOUR)
    return found


def _others_h(after: Schedule, before: Schedule, order_id: str) -> float:
    """Return the weighted hours late that other orders gain, at their weights and dates before."""
    new, old = _late_h(after, before), _late_h(before, before)
    others = [o for o in before.orders if o.order_id != order_id]
    return sum(o.weight * (new.get(o.order_id, 0.0) - old[o.order_id]) for o in others)


def _with_overtime(
    plant: Plant, plan: Schedule, resource: str, order_id: str, *, hours: float
) -> tuple[Plant, float] | None:
    """Return a plant whose resource stays open longer, and by how many hours in all."""
    one = next(r for r in plant.resources if r.id == resource)
    if one.calendar is None:
        return None
    calendar = next(c for c in plant.calendars if c.id == one.calendar)
    end_at = next(o.end_at for o in plan.orders if o.order_id == order_id)
    spans = open_intervals(
        calendar, time_zone=plant.time_zone, start_at=plan.made_at, end_at=end_at
    ).tolist()
    extra: list[CalendarException] = []
    total_h = 0.0
    for (_, closes), (opens, _) in zip(spans, [*spans[1:], [float("inf"), 0.0]], strict=True):
        longer_s = min(hours * 3600.0, opens - closes)
        from_at = plan.made_at + timedelta(seconds=closes)
        if longer_s > 0.0 and from_at < end_at:
            until_at = from_at + timedelta(seconds=longer_s)
            extra.append(CalendarException(start_at=from_at, end_at=until_at, is_open=True))
            total_h += longer_s / 3600.0
    if not extra:
        return None
    name = f"{calendar.id} + overtime of {resource}"[:200]
    own = Calendar(id=name, shifts=calendar.shifts, exceptions=(*calendar.exceptions, *extra))
    resources = tuple(
        r.model_copy(update={"calendar": name}) if r.id == resource else r for r in plant.resources
    )
    changed = plant.model_copy(
        update={"resources": resources, "calendars": (*plant.calendars, own)}
    )
    return changed, total_h


def _with_alternative(
    plant: Plant, orders: Sequence[Order], order_id: str, wait: Wait
) -> Plant | None:
    """Return a plant in which all of the work centre can do the step at which an order waits."""
    product = next(o.product for o in orders if o.id == order_id)
    centre = next(r.work_centre for r in plant.resources if r.id == wait.resource)
    there = [r.id for r in plant.resources if r.work_centre == centre]
    routings: list[Routing] = []
    is_wider = False
    for routing in plant.routings:
        steps = list(routing.steps)
        for k, step in enumerate(steps):
            names = {o.resource for o in step.resources}
            more = [n for n in there if n not in names]
            if routing.product == product and step.step == wait.step and names and more:
                options = (*step.resources, *(ResourceOption(resource=n) for n in more))
                steps[k] = step.model_copy(update={"resources": options})
                is_wider = True
        routings.append(routing.model_copy(update={"steps": tuple(steps)}))
    return plant.model_copy(update={"routings": tuple(routings)}) if is_wider else None
