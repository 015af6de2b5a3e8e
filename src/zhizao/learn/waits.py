"""Waits between the steps of an order, split into queue and unexplained delay.

An order's reports are laid on the line that the twin will follow: one step
after the other. Where steps overlap in reality, a step ends when it and all
before it have ended, and the work is counted back from there. The wait between
the end of a step and the begin of the next is then split at the last instant
at which an eligible resource had an open, free place: a lot that had been in
the queue then would have been started, so up to there the wait is no queue
(the 'eclipse-aware' estimate of Chapela-Campa & Dumas 2024). What follows is
queueing and is left to the twin.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.open_time import OpenTime
from zhizao.learn.routing import Path

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What happened before one step of one order, seconds from the origin.

    ``delay_s`` is in open seconds of the step's calendar. Where ``is_over`` is
    false the lot was still waiting at the end of what is known.
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
    for (name,), rows in visits.group_by("order_id", maintain_order=True):
        order_id = str(name)
        product = str(rows["product"][0])
        path = paths[product]
        ordered = in_path_order(rows, path)
        frontier = -np.inf
        clock: float | None = releases.get(order_id)
        for v in ordered.iter_rows(named=True):
            options = resources(product, v["operation"])
            main = options[0] if options else v["resource"]
            open_time = open_times.get(main) or open_times[None]
            frontier = max(frontier, v["last_s"])
            before = v["first_s"] if clock is None else min(clock, v["last_s"])
            end = max(_after(open_time, before, v["worked_s"]), frontier)
            start = end if v["worked_s"] == 0 else _after(open_time, end, -v["worked_s"])
            start = min(max(start, before), end)
            if v["n_rows"] == 1 and v["first_s"] >= before:
                start = v["first_s"]
            queued = _queued(
                start,
                before,
                options or ((v["resource"],) if v["resource"] else ()),
                free,
                own_spans.get(order_id, {}),
            )
            delay = float(open_time.between(before, queued)) if queued > before else 0.0
            if not v["is_running"]:
                found.append(
                    Wait(
                        order_id=order_id, product=product, operation=v["operation"], resource=v["resource"],
                        quantity=v["quantity"], ready_s=before, queued_s=queued, start_s=start,
                        delay_s=delay, is_over=True,
                    )
                )  # fmt: skip
            clock = end
        if (
            order_id in unfinished
            and clock is not None
            and clock < until_s
            and not rows["is_running"].any()
        ):
            last = ordered.row(-1, named=True)
            following = [s for s in path.steps[int(last["place"]) + 1 :] if s.probability >= 0.5]
            if following:
                options = resources(product, following[0].operation)
                open_time = open_times.get(options[0] if options else None) or open_times[None]
                found.append(
                    Wait(
                        order_id=order_id, product=product, operation=following[0].operation,
                        resource=options[0] if options else None, quantity=last["quantity"],
                        ready_s=clock, queued_s=until_s, start_s=until_s,
                        delay_s=float(open_time.between(clock, until_s)), is_over=False,
                    )
                )  # fmt: skip
    return found


def _after(open_time: OpenTime, at_s: float, open_s: float) -> float:
    return open_time.moved(at_s, open_s=open_s)


def _queued(
    start_s: float, ready_s: float, options: tuple[str, ...], free: Free, own: Mapping[str, Floats]
) -> float:
    """Return when the lot can have joined the queue at the earliest."""
    latest = ready_s
    for resource in options:
        latest = max(latest, free.last_before(start_s, resource=resource))
        spans = own.get(resource)
        if spans is not None and spans.size:
            index = int(np.searchsorted(spans[:, 0], start_s, side="left")) - 1
            if index >= 0:
                latest = max(latest, min(float(spans[index, 1]), start_s))
    return min(latest, start_s)
