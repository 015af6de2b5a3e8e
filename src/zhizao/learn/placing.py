"""Where one lot stands at an instant: step, status, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao._base.units import SECONDS_PER_MINUTE
from zhizao.learn.durations.waits import next_step
from zhizao.learn.evidence.visits import COMPLETE_SHARE
from zhizao.learn.open_time import OpenTime
from zhizao.learn.routes.lines import Leg
from zhizao.learn.routes.path import Path
from zhizao.model.plant import Delay, Routing
from zhizao.model.state import LotState

_CONTIGUOUS_SHARE = 0.8
_MOST_ELAPSED = 0.75
_ENOUGH_VISITS = 3


@dataclass(frozen=True, kw_only=True)
class Placing:
    """What placing a lot needs; ``free_places`` is counted down as lots are put on resources.

    Times are in seconds from ``origin``; ``open_times`` is by calendar.
    """

    until_s: float
    pause_s: float
    origin: datetime
    contiguous: set[str]
    open_times: Mapping[str | None, OpenTime]
    free_places: dict[str, int]

    def lot(self, legs: list[Leg], path: Path, routing: Routing) -> LotState | None:
        """Return where a lot is; None where nothing is left that most orders do."""
        current = _current(legs, at_s=self.until_s, pause_s=self.pause_s)
        if current is None:
            following = next_step(path, _reached(legs, routing))
            if following is None:
                return None
            return self._delayed(legs, routing, following, since_s=max(leg.end_s for leg in legs))
        visit = current.visit
        place = int(visit["place"])
        if visit["operation"] not in self.contiguous:
            return self._delayed(legs, routing, place, since_s=current.ready_s)
        step = routing.steps[place]
        resource = visit["resource"]
        is_able = resource in {o.resource for o in step.resources}
        fields: dict[str, Any] = {"worked_min": visit["worked_s"] / SECONDS_PER_MINUTE}
        if visit["is_running"] and is_able and self.free_places.get(resource, 0) > 0:
            self.free_places[resource] -= 1
            fields |= {
                "status": "running",
                "resource": resource,
                "since_at": self._at(visit["first_s"]),
            }
        else:
            fields |= {"status": "waiting", "since_at": self._at(visit["last_s"])}
        return LotState(
            order_id=visit["order_id"], variant=routing.variant, step=step.step,
            done=_done(legs, routing), **fields,
        )  # fmt: skip

    def if_not_over(self, legs: list[Leg], path: Path, routing: Routing) -> LotState:
        """Return where a lot that seems over would be.

        At its first step where pieces are missing (the rest of the order is
        still to come), else before its likeliest later step, or its last. What
        has been waited for says nothing then, so the wait begins now.
        """
        missing = [
            int(leg.visit["place"])
            for leg in legs
            if 0.0 < (leg.visit["done"] or 0.0) < COMPLETE_SHARE * leg.visit["quantity"]
            and not leg.visit["is_extra"]
        ]
        furthest = _furthest(legs)
        later = range(furthest + 1, len(path.steps))
        following = max(later, key=lambda i: path.steps[i].probability, default=furthest)
        place = min(missing, default=following)
        return self._delayed(legs, routing, place, since_s=self.until_s)

    def _delayed(
        self, legs: list[Leg], routing: Routing, place: int, *, since_s: float
    ) -> LotState:
        """Return a lot in the delay before a step.

        A learnt delay ends at the longest wait that was seen, so a lot that
        has waited nearly as long would seem to be about to start. Of the time
        waited, no more counts than three in four waits last.
        """
        step = routing.steps[place]
        open_time = self.open_times.get(step.delay.calendar) or self.open_times[None]
        most_s = _quantile_min(step.delay, _MOST_ELAPSED) * SECONDS_PER_MINUTE
        if float(open_time.between(since_s, self.until_s)) > most_s:
            since_s = open_time.moved(self.until_s, open_s=-most_s)
        return LotState(
            order_id=legs[0].visit["order_id"],
            variant=routing.variant,
            step=step.step,
            status="delayed",
            since_at=self._at(since_s),
            done=_done(legs, routing),
        )

    def _at(self, seconds: float) -> datetime:
        return self.origin + timedelta(seconds=min(seconds, self.until_s))


def _done(legs: list[Leg], routing: Routing) -> tuple[int, ...]:
    return tuple(sorted({routing.steps[int(leg.visit["place"])].step for leg in legs}))


def _quantile_min(delay: Delay, level: float) -> float:
    """Return a quantile of an empirical delay in minutes; the mean of any other."""
    if not delay.quantiles:
        return delay.mean_min
    index = int(level * (len(delay.quantiles) - 1))
    return delay.mean_min * delay.quantiles[index]


def _furthest(legs: list[Leg]) -> int:
    """Return the furthest place that a lot has reached; an extra visit may have come early."""
    places = [int(leg.visit["place"]) for leg in legs if not leg.visit["is_extra"]]
    return max(places or [int(leg.visit["place"]) for leg in legs])


def _reached(legs: list[Leg], routing: Routing) -> int:
    """Return the place from which a lot goes on: the furthest, or where it is in a detour."""
    furthest = _furthest(legs)
    last = legs[-1].visit
    if last["pass"] == 0 or last["is_extra"]:
        return furthest
    place = int(last["place"])
    step = routing.steps[place].step
    begun = routing.steps[: furthest + 1]
    is_inside = any(s.rework and s.rework.to_step <= step <= s.step for s in begun)
    return place if is_inside else furthest


def contiguous_operations(
    visits: pl.DataFrame, open_times: Mapping[str | None, OpenTime]
) -> set[str]:
    """Return the operations whose reports fill the time from their first begin to last end.

    Only visits of several reports can tell; an operation with hardly any is
    taken to be worked in one go.
    """
    shares: dict[str, list[float]] = {str(o): [] for o in visits["operation"].unique().to_list()}
    several = visits.filter(~pl.col("is_running") & (pl.col("n_rows") > 1))
    columns = several.select("operation", "resource", "first_s", "last_s", "worked_s")
    for operation, resource, first, last, worked in columns.iter_rows():
        open_time = open_times.get(resource) or open_times[None]
        span = float(open_time.between(first, last))
        shares[operation].append(float(worked >= _CONTIGUOUS_SHARE * span))
    return {
        o
        for o, values in shares.items()
        if len(values) < _ENOUGH_VISITS or sum(values) >= 0.5 * len(values)
    }


def _current(legs: list[Leg], *, at_s: float, pause_s: float) -> Leg | None:
    """Return the first visit that is not over, or None.

    A visit is over when its pieces were reported there or later. One whose
    pieces are only in part reported is not, unless it has been quiet for
    longer than orders usually pause while a later one went on: then the rest
    was lost or not counted. Nor does an extra visit wait for the rest: it has some pieces only.
    """
    complete_up_to = -1
    for i, leg in enumerate(legs):
        done = leg.visit["done"]
        if done is not None and done >= COMPLETE_SHARE * leg.visit["quantity"]:
            complete_up_to = i
    for i, leg in enumerate(legs):
        if leg.visit["is_running"]:
            return leg
        is_partial = i > complete_up_to and (leg.visit["done"] or 0.0) > 0.0
        is_partial &= not leg.visit["is_extra"]
        is_latest = leg.visit["last_s"] >= max(other.visit["first_s"] for other in legs)
        if is_partial and (is_latest or at_s - leg.visit["last_s"] <= pause_s):
            return leg
    return None
