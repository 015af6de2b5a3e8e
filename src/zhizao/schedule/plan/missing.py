"""What an operation of a plan waited for: components of other orders, parts that are bought."""

from dataclasses import dataclass
from typing import Literal

from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.from_plant.build import PlantProblem
from zhizao.schedule.problem import NONE


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What came last of all that goes into an operation; nothing at all: at 0."""

    at: int = 0
    """Ticks."""
    kind: Literal["component", "part"] = "part"
    orders: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def last_missing(told: PlantProblem, plan: FactoryAssignment, i: int) -> Missing:
    """Return what came last of what goes into an operation."""
    pegs = [p for p in told.materials.pegs if p.operation == i]
    last = Missing()
    bought_at = told.materials.bought_at
    joins = told.problem.joins
    if pegs and bought_at is not None and bought_at[i] > 0:
        items = tuple(dict.fromkeys(p.item for p in pegs if p.kind == "bought"))
        last = Missing(at=int(bought_at[i]), items=items)
    if joins is None or not pegs:
        return last
    for a in (joins.after == i).nonzero()[0].tolist():
        before, lag = int(joins.before[a]), int(joins.lag[a])
        if joins.is_asked[a]:
            at = asked_at(told, plan, before) + lag
            kind: Literal["component", "part"] = "part"
            its = [p for p in pegs if p.kind == "bought" and p.source == before]
        else:
            at, kind = int(plan.end[before]) + lag, "component"
            its = [p for p in pegs if p.kind == "made" and p.source == before]
        if at <= last.at:
            continue
        orders = (told.chains.steps[before].order.id,) if kind == "component" else ()
        items = tuple(dict.fromkeys(p.item for p in its))
        last = Missing(at=at, kind=kind, orders=orders, items=items)
    return last


def asked_at(told: PlantProblem, plan: FactoryAssignment, i: int) -> int:
    """Return when an operation that is not the first of its job asked for its material."""
    lags, machine = told.problem.lags, told.problem.mode_machine
    at = int(plan.handed[i - 1])
    if lags is None:
        return at
    before, area = int(machine[plan.mode[i - 1]]), int(lags.area_of_operation[i])
    if NONE not in (before, area):
        at += int(lags.transport[lags.area_of_machine[before], area])
    delayed = told.calendars.work_end(int(lags.delay_calendar[i]), at, int(lags.delay[i]))
    return at if delayed is None else delayed


def is_put_off(told: PlantProblem, i: int) -> bool:
    """Return whether an operation may begin later so that what follows is in time for a limit."""
    limits = told.problem.limits
    has_people = bool(told.chains.steps[i].step.skills or told.chains.steps[i].step.tools)
    if limits is None or has_people:
        return False
    return bool(((limits.before <= i) & (i < limits.after)).any())
