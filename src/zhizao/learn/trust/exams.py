"""Questions that the plant's own past can answer, and how well a plant answers them.

At an instant of the past: when is each order done that was in progress, or came afterwards
and was released when it really was? All plants are asked the same with the same random
futures. This is apart from the ladder because it needs the simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.learn.assemble import to_plant
from zhizao.learn.chosen import Chosen, Loss
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.learnt import Learnt, learn
from zhizao.learn.questions.told import told_plant
from zhizao.learn.recipe import Recipe, simpler
from zhizao.learn.state import floor_at
from zhizao.learn.trust.forecast import completions_of
from zhizao.learn.trust.outcomes import Outcome
from zhizao.learn.trust.paired_losses import compare_losses, is_large, pinball_h
from zhizao.learn.trust.promises import order_book
from zhizao.model.order import Order
from zhizao.model.plant import Answer, Plant
from zhizao.model.records import Records

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Exam:
    """One instant of the past: what is asked then, and what became of it.

    ``end_s`` is when each order was completed, or the last known instant; both in
    seconds from the cut-off.
    """

    cutoff: datetime
    reports: Reports
    finished: pl.DataFrame
    asked: tuple[str, ...]
    end_s: Floats
    last_s: float
    to_come: tuple[Order, ...]


@dataclass(frozen=True, kw_only=True)
class Examiner:
    """What all ways to learn share: the records, what a person told, the random futures."""

    records: Records
    orders: Sequence[Order]
    name: str
    time_zone: str
    seed: int
    answers: Sequence[Answer]
    n_replications: int

    def learn(self, until: datetime | None, *, days: float | None = None) -> Learnt:
        """Learn from what was known at an instant: from all of it, or from its last days."""
        return learn(
            self.records, self.orders, name=self.name, time_zone=self.time_zone, until=until,
            seed=self.seed, answers=self.answers, chosen=_not_yet_chosen(Recipe(history_days=days)),
        )  # fmt: skip

    def losses_h(self, exam: Exam, plant: Plant) -> Floats:
        """Return the loss of each order asked about."""
        floor = floor_at(self.records, plant, exam.cutoff, orders=self.orders)
        known = {p.id for p in plant.products}
        book = tuple(o for o in exam.to_come if o.product in known)
        asked = set(exam.asked)
        ended = [
            (lot, o)
            for lot, o in zip(floor.ended, floor.ended_orders, strict=True)
            if o.id in asked
        ]
        on_floor = replace(
            floor, orders=(*floor.orders, *book), ended=tuple(lot for lot, _ in ended),
            ended_orders=tuple(o for _, o in ended),
        )  # fmt: skip
        done_s = completions_of(
            plant, on_floor,
            horizon_at=exam.reports.instant(exam.reports.until_s + exam.last_s), seed=self.seed,
            n_replications=self.n_replications, draw_demand=False,
        )  # fmt: skip
        samples = [done_s.get(o, np.zeros(self.n_replications)) for o in exam.asked]
        return pinball_h(np.array(samples), exam.end_s, last_s=exam.last_s)


def exam_at(
    room: Examiner, whole: Reports, outcomes: dict[str, Outcome], *, share: float
) -> Exam | None:
    """Return what is asked where a share of the reports had begun; None where it is nothing."""
    begun = whole.table["start_s"].to_numpy()
    cutoff = whole.instant(float(begun[min(int(share * begun.size), begun.size - 1)]))
    try:
        reports = known_reports(room.records, room.orders, time_zone=room.time_zone, until=cutoff)
    except InputError:
        return None
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    finished = finished_orders(visits, until_s=reports.until_s)
    last_s = (whole.instant(whole.until_s) - cutoff).total_seconds()
    going_on = [
        o for o in visits["order_id"].unique(maintain_order=True) if outcomes[o].last_at > cutoff
    ]
    known = set(visits["product"].to_list())
    to_come = [
        o
        for o in order_book(whole, room.orders, cutoff=cutoff, begun=set(visits["order_id"]))
        if o.product in known
    ]
    asked = (*going_on, *(o.id for o in to_come))
    if last_s <= 0.0 or not asked:
        return None
    end_s = [
        (outcomes[o].last_at - cutoff).total_seconds() if outcomes[o].is_done else last_s
        for o in asked
    ]
    return Exam(
        cutoff=cutoff, reports=reports, finished=finished.table, asked=asked,
        end_s=np.array(end_s), last_s=last_s, to_come=tuple(to_come),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Race:
    """Ways to learn on the same questions; each is learnt and asked once, and only where it counts."""

    room: Examiner
    exams: Sequence[Exam]
    _learnt: dict[tuple[int, float | None], Learnt] = field(default_factory=dict)
    _losses: dict[tuple[int, Recipe], Floats] = field(default_factory=dict)

    def learnt(self, at: int, days: float | None) -> Learnt:
        """Return what was learnt at one of the instants, with every richer part."""
        key = at, days
        if key not in self._learnt:
            self._learnt[key] = self.room.learn(self.exams[at].cutoff, days=days)
        return self._learnt[key]

    def losses_h(self, at: int, recipe: Recipe) -> Floats:
        """Return the loss of each order asked about at one of the instants."""
        key = at, recipe
        if key not in self._losses:
            learnt = self.learnt(at, recipe.history_days)
            plant = learnt.plant
            if recipe.without:
                parts = simpler(learnt.parts, recipe.without)
                plant, _ = to_plant(parts, name=self.room.name, time_zone=self.room.time_zone)
                plant = told_plant(plant, self.room.answers)
            self._losses[key] = self.room.losses_h(self.exams[at], plant)
        return self._losses[key]

    def compare(self, richer: Recipe, plainer: Recipe) -> Loss:
        """Compare two ways at the first instant, and where they differ there at all of them."""
        for n in (1, len(self.exams)):
            exams = self.exams[:n]
            at_s = [(e.cutoff - exams[0].cutoff).total_seconds() for e in exams]
            loss = compare_losses(
                *([self.losses_h(at, way) for at in range(n)] for way in (richer, plainer)),
                done_s=[e.end_s + at for e, at in zip(exams, at_s, strict=True)],
            )
            if not is_large(loss):
                break
        return loss


def _not_yet_chosen(recipe: Recipe) -> Chosen:
    """Return a recipe that is followed without having been chosen."""
    return Chosen(recipe=recipe, why_not="not_asked", known_days=0, n_reports=0)
