"""Ways of leaving room in a plan, so that it holds when work takes longer than it should."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from zhizao.model import Order, Plant, Schedule
from zhizao.model.plant import Delay, Step

Kind = Literal["paper", "quantile", "earlier", "before"]
"""Best on paper; times at a probability; due dates earlier by hours; hours before a centre."""

_QUANTILES = (0.6, 0.7, 0.8)
_EARLIER = (0.1, 0.25)
"""Shares of the mean lead time."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Room:
    """How room is left in a plan; None: as it is."""

    kind: Kind
    amount: float = 0.0
    work_centre: str | None = None
    quantile: float | None = None
    orders: Sequence[Order] | None = None
    plant: Plant | None = None


def rooms_for(
    plant: Plant, orders: Sequence[Order], paper: Schedule, *, quantile: float | None
) -> list[Room]:
    """Return the ways of leaving room that are tried."""
    spreads = any(s.time.cv > 0 or s.time.quantiles for r in plant.routings for s in r.steps)
    spreads |= any(s.time.distribution == "exponential" for r in plant.routings for s in r.steps)
    found = [
        Room(kind="quantile", amount=q, quantile=q)
        for q in _QUANTILES
        if spreads and (quantile is None or q > quantile)
    ]
    lead_h = statistics.mean(
        (o.end_at - max(paper.made_at, o.release_at or paper.made_at)) / _HOUR for o in paper.orders
    )
    found += [
        Room(
            kind="earlier",
            amount=share * lead_h,
            orders=[_due_earlier(o, by=share * lead_h * _HOUR) for o in orders],
        )
        for share in _EARLIER
    ]
    before = _before_bottleneck(plant, paper)
    return found if before is None else [*found, before]


def _due_earlier(order: Order, *, by: timedelta) -> Order:
    if order.due_at is None:
        return order
    return order.model_copy(update={"due_at": order.due_at - by})


def _before_bottleneck(plant: Plant, paper: Schedule) -> Room | None:
    """Return a plant in which lots wait before the work centre with most work a resource."""
    centre_of = {r.id: r.work_centre for r in plant.resources}
    n_resources = Counter(centre_of.values())
    work_h: defaultdict[str, float] = defaultdict(float)
    n: Counter[str] = Counter()
    for a in paper.assignments:
        if a.resource is not None:
            work_h[centre_of[a.resource]] += (a.end_at - a.begin_at) / _HOUR
            n[centre_of[a.resource]] += 1
    if len(work_h) < 2:
        return None
    centre = max(sorted(work_h), key=lambda c: work_h[c] / n_resources[c])
    wait_h = work_h[centre] / n[centre]
    routings = tuple(
        r.model_copy(
            update={
                "steps": tuple(
                    _waits(s, wait_h=wait_h)
                    if a and any(centre_of[o.resource] == centre for o in s.resources)
                    else s
                    for a, s in enumerate(r.steps)
                )
            }
        )
        for r in plant.routings
    )
    changed = plant.model_copy(update={"routings": routings})
    return Room(kind="before", amount=wait_h, work_centre=centre, plant=changed)


def _waits(step: Step, *, wait_h: float) -> Step:
    minutes = step.delay.mean_min + 60.0 * wait_h
    return step.model_copy(update={"delay": Delay(mean_min=minutes, calendar=step.delay.calendar)})
