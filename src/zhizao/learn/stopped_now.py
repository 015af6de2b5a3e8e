"""Machines that are stopped at an instant though nobody wrote it down.

Where a plant does not write its breakdowns down, one that goes on looks like a lot that takes
longer than any lot does. The twin would let such a lot end at once; but its machine is
under repair, and most of its work may still be to come.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from zhizao._base.units import SECONDS_PER_MINUTE
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.open_time import OpenTime
from zhizao.model.plant import Plant, Step, TimeModel
from zhizao.model.state import DownState, LotState

_HARDLY_EVER = 2.326
"""Standard deviations that one value in a hundred exceeds."""
_USUALLY_DONE = 0.5
"""A stop may come at any time of the work: on average half of it is done."""


def with_stopped(
    lots: Sequence[LotState], plant: Plant, reports: Reports, *, quantities: Mapping[str, float],
    open_times: Mapping[str | None, OpenTime],
) -> tuple[tuple[LotState, ...], tuple[DownState, ...]]:  # fmt: skip
    """Return the lots, with the work that they can have had, and the machines under repair.

    A machine counts as stopped if it breaks down while it works, no stop of it was ever
    written down, and the lot on it was worked on for longer than 99 in a hundred are.

    Parameters
    ----------
    lots
        Lots in progress.
    plant
        Gives working times and breakdowns.
    reports
        As known at the instant.
    quantities
        Pieces by order.
    open_times
        By resource.
    """
    written = set(reports.stops.filter(reports.stops["kind"].is_in(["down", "repair"]))["resource"])
    able = {
        r.id: r.speed
        for r in plant.resources
        if r.failure is not None
        and r.failure.basis == "busy"
        and r.capacity == 1
        and r.id not in written
    }
    steps = {(r.product, r.variant, s.step): s for r in plant.routings for s in r.steps}
    products = dict(reports.table.select("order_id", "product").iter_rows())
    products |= {o.id: o.product for o in reports.orders}
    found, down = [], []
    for lot in lots:
        step = steps.get((products.get(lot.order_id, ""), lot.variant, lot.step))
        if lot.status != "running" or lot.resource not in able or step is None:
            found.append(lot)
            continue
        resource = str(lot.resource)
        usual_min = _usual_min(
            step, resource, pieces=quantities.get(lot.order_id, 1.0), speed=able[resource]
        )
        if lot.worked_min <= usual_min * _longest(step.time):
            found.append(lot)
            continue
        done_min = _USUALLY_DONE * usual_min
        open_time = open_times.get(resource) or open_times[None]
        since_s = open_time.moved(
            reports.until_s, open_s=-(lot.worked_min - done_min) * SECONDS_PER_MINUTE
        )
        found.append(lot.model_copy(update={"worked_min": done_min}))
        down.append(DownState(resource=resource, since_at=reports.instant(since_s)))
    return tuple(found), tuple(down)


def _usual_min(step: Step, resource: str, *, pieces: float, speed: float) -> float:
    own = next((o.speed for o in step.resources if o.resource == resource), 1.0)
    return (step.time.setup_min + step.time.per_piece_min * pieces) / (speed * own)


def _longest(time: TimeModel) -> float:
    """Return what hardly any working time exceeds, in times of the usual one."""
    if time.quantiles:
        return max(time.quantiles)
    spread = np.sqrt(np.log1p(time.cv**2))
    return float(np.exp(_HARDLY_EVER * spread - spread**2 / 2))
