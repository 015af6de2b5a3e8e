"""Waits between the steps of an order, split into queue and unexplained delay.

An order's reports are laid on the line that the twin will follow: one step
after the other. Where steps overlap in reality, a step ends when it and all
before it have ended, and the work is counted back from there. The wait between
the end of a step and the begin of the next is then split at the last instant
at which an eligible resource had an open, free place: a lot that had been in
the queue then would have been started, so up to there the wait is no queue
(the 'eclipse-aware' estimate of Chapela-Campa & Dumas 2024). What follows is
queueing and is left to the twin. Where no eligible resource is known, or none
was ever seen at work (a log without machines, or with ends alone), nothing can
be told to be queueing, and the whole wait is unexplained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.open_time import OpenTime
from zhizao.learn.routing import Path
from zhizao.learn.times import LEAST_WORK_S

Floats = NDArray[np.float64]
_USUAL = 0.5


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What happened before one step of one order, seconds from the origin.

    ``delay_s`` is in open seconds of the step's calendar. Where ``is_over`` is
    false the lot was still waiting at the end of what is known. Where
    ``is_whole`` is true no eligible resource was ever seen at work: all of the
    wait is delay, in open seconds of the plant.
    """

    order_id: str
    product: str
    operation: str
    resource: str | None
    quantity: float
    ready_s: float
    queued_s: float
    start_s: float
    delay_s: float
    is_over: bool
    is_whole: bool = False


@dataclass(frozen=True)
class Free:
    """Open spans with a free place, by resource."""

    spans: Mapping[str, Floats]

    def last_before(self, at_s: float, *, resource: str) -> float:
        """Return the last instant, not after ``at_s``, at which the resource had a free place."""
        spans = self.spans.get(resource)
        if spans is None or spans.size == 0:
            return -np.inf
        index = int(np.searchsorted(spans[:, 0], at_s, side="left")) - 1
        return -np.inf if index < 0 else float(min(spans[index, 1], at_s))


def in_path_order(visits: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Return one order's visits as the path has them; repeats stand where they happened."""
    place = visits["operation"].replace_strict(
        path.index, default=len(path.index), return_dtype=pl.Int64
    )
    placed = visits.with_columns(place=place)
    main = placed.filter(pl.col("pass") == 0).sort("place", "first_s")
    again = placed.filter(pl.col("pass") > 0).sort("first_s")
    order = main.rows(named=True)
    for visit in again.iter_rows(named=True):
        at = max((i for i, v in enumerate(order) if v["first_s"] <= visit["first_s"]), default=-1)
        order.insert(at + 1, visit)
    return pl.DataFrame(order, schema=placed.schema)


def find_waits(
    visits: pl.DataFrame,
    *,
    paths: Mapping[str, Path],
    resources: Callable[[str, str], tuple[str, ...]],
    open_times: Mapping[str | None, OpenTime],
    free: Free,
    own_spans: Mapping[str, Mapping[str, Floats]],
    releases: Mapping[str, float],
    unfinished: set[str],
    until_s: float,
) -> list[Wait]:
    """Return the waits of all orders.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    paths, resources
        Path by product; eligible resources of a product's operation.
    open_times, free
        Open time and free places by resource.
    own_spans
        Order → resource → when it worked on the order itself, shape (n, 2):
        there the resource was free for this order.
    releases
        Stated release of orders; an order without one has no wait before its
        first step.
    unfinished
        Orders that are still in progress at ``until_s``: the step after their
        last one is waited for.
    """
    found: list[Wait] = []
    at_work = _ever_at_work(own_spans)
    usual_work_s = _usual_work(visits)
    for (name,), rows in visits.group_by("order_id", maintain_order=True):
        order_id, product = str(name), str(rows["product"][0])
        path = paths[product]
        line = timeline(
            rows,
            path=path,
            resources=resources,
            open_times=open_times,
            release_s=releases.get(order_id),
        )
        own = own_spans.get(order_id, {})
        for leg in line:
            if leg.visit["is_running"]:
                continue
            is_whole = at_work.isdisjoint(leg.options)
            queued = leg.start_s if is_whole else _queued(leg, free, own)
            open_time = open_times[None] if is_whole else leg.open_time
            delay = open_time.between(leg.ready_s, queued) if queued > leg.ready_s else 0.0
            if is_whole and leg.visit["worked_s"] == 0:
                # Only its end is known, so the work lies in the time before it.
                work_s = usual_work_s.get(leg.visit["operation"], LEAST_WORK_S)
                delay = max(0.0, delay - work_s)
            found.append(
                Wait(
                    order_id=order_id,
                    product=product,
                    operation=leg.visit["operation"],
                    resource=leg.visit["resource"],
                    quantity=leg.visit["quantity"],
                    ready_s=leg.ready_s,
                    queued_s=queued,
                    start_s=leg.start_s,
                    delay_s=float(delay),
                    is_over=True,
                    is_whole=is_whole,
                )
            )
        last = line[-1]
        is_waiting = last.end_s < until_s and not rows["is_running"].any()
        if order_id in unfinished and is_waiting:
            following = next_step(path, int(last.visit["place"]))
            if following is not None:
                options = resources(product, path.steps[following].operation)
                first = options[0] if options else None
                is_whole = at_work.isdisjoint(options)
                open_time = open_times.get(None if is_whole else first) or open_times[None]
                # Since the last instant with a free place it may be in the queue.
                sure_s = until_s
                if not is_whole:
                    sure_s = max(free.last_before(until_s, resource=r) for r in options)
                found.append(
                    Wait(
                        order_id=order_id,
                        product=product,
                        operation=path.steps[following].operation,
                        resource=first,
                        quantity=last.visit["quantity"],
                        ready_s=last.end_s,
                        queued_s=until_s,
                        start_s=until_s,
                        delay_s=max(0.0, float(open_time.between(last.end_s, sure_s))),
                        is_over=False,
                        is_whole=is_whole,
                    )
                )
    return found


def next_step(path: Path, place: int) -> int | None:
    """Return the index of the next step that most orders do, or None at the end."""
    for i in range(place + 1, len(path.steps)):
        if path.steps[i].probability >= _USUAL:
            return i
    return None


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One visit on the line that the twin follows: ready, start and end, seconds."""

    visit: dict[str, Any]
    options: tuple[str, ...]
    open_time: OpenTime
    ready_s: float
    start_s: float
    end_s: float


def timeline(
    visits: pl.DataFrame,
    *,
    path: Path,
    resources: Callable[[str, str], tuple[str, ...]],
    open_times: Mapping[str | None, OpenTime],
    release_s: float | None,
) -> list[Leg]:
    """Return one order's visits one after the other, as the twin would do them.

    A visit ends when it and all before it have ended and its work has had
    time since it was ready; it starts its worked time earlier. Without a
    stated release the order is ready at its first report.
    """
    legs = []
    frontier, clock = -np.inf, release_s
    for v in in_path_order(visits, path).iter_rows(named=True):
        options = resources(str(v["product"]), v["operation"])
        open_time = open_times.get(options[0] if options else v["resource"]) or open_times[None]
        frontier = max(frontier, v["last_s"])
        ready = v["first_s"] if clock is None else clock
        if v["n_rows"] == 1 and v["first_s"] >= ready:
            start, end = v["first_s"], max(v["last_s"], frontier)
        else:
            end = max(open_time.moved(ready, open_s=v["worked_s"]), frontier)
            start = min(max(open_time.moved(end, open_s=-v["worked_s"]), ready), end)
        legs.append(
            Leg(
                visit=v,
                options=options or ((v["resource"],) if v["resource"] else ()),
                open_time=open_time,
                ready_s=ready,
                start_s=start,
                end_s=end,
            )
        )
        clock = end
    return legs


def _ever_at_work(own_spans: Mapping[str, Mapping[str, Floats]]) -> set[str]:
    """Return the resources with at least one report that lasted."""
    return {
        resource
        for by_resource in own_spans.values()
        for resource, spans in by_resource.items()
        if bool((spans[:, 1] > spans[:, 0]).any())
    }


def _usual_work(visits: pl.DataFrame) -> dict[str, float]:
    """Return operation → mean of its measured totals, seconds; at least the least time."""
    measured = visits.filter(pl.col("n_measured") == pl.col("n_rows"))
    means = measured.group_by("operation").agg(pl.col("measured_s").mean())
    return {str(name): max(mean_s, LEAST_WORK_S) for name, mean_s in means.iter_rows()}


def _queued(leg: Leg, free: Free, own: Mapping[str, Floats]) -> float:
    """Return when the lot can have joined the queue at the earliest."""
    latest = leg.ready_s
    for resource in leg.options:
        latest = max(latest, free.last_before(leg.start_s, resource=resource))
        spans = own.get(resource)
        if spans is not None and spans.size:
            index = int(np.searchsorted(spans[:, 0], leg.start_s, side="left")) - 1
            if index >= 0:
                latest = max(latest, min(float(spans[index, 1]), leg.start_s))
    return min(latest, leg.start_s)
