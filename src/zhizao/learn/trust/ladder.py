"""The ladder: how much history and which richer parts pay on the plant's own past.

At two instants in the last third of what is known, plants are learnt from what was known
then. They predict the orders in progress and those that came afterwards, from their real
releases, until the last known instant. All ways to learn answer the same questions with
the same random futures, so their losses are compared pair by pair. What lies beyond
``until`` is never looked at, so a back-test can call this at its own cut-off.

A shorter history is taken, and a richer part left out, only where predictions get clearly
better by it: by two per cent, at both instants, and beyond the noise of ten groups of
orders that follow each other in time. What makes no such difference at the first instant is
not asked at the second. Otherwise the plant is learnt as it is without the
ladder: a richer part has its own evidence in the records, and what cannot be told from the
completions of some dozens of orders is no reason to unlearn it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress, no_progress
from zhizao.learn.chosen import MOST_REPORTS, Chosen, TriedHistory, TriedRung, WhyNot
from zhizao.learn.evidence.finished import Finished, finished_orders
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.history import SHORTER, days_seen, is_enough
from zhizao.learn.recipe import Recipe, rungs_of
from zhizao.learn.trust.outcomes import outcomes_of
from zhizao.model.order import Order
from zhizao.model.plant import Answer
from zhizao.model.records import Records

if TYPE_CHECKING:
    from zhizao.learn.trust.exams import Exam, Race

_AT = (2 / 3, 5 / 6)
"""Shares of the reports after which the past is asked."""

_LEAST_FORECASTS = 40


def choose_recipe(
    records: Records,
    orders: Sequence[Order] = (),
    *,
    name: str,
    time_zone: str = "UTC",
    until: datetime | None = None,
    seed: int = 0,
    answers: Sequence[Answer] = (),
    n_replications: int = 20,
    most_reports: int | None = MOST_REPORTS,
    progress: Progress | None = None,
) -> Chosen:
    """Choose by back-test how much history to learn from, and which richer parts to keep.

    Parameters
    ----------
    records, orders, name, time_zone, until, seed, answers
        As for ``learn``. Nothing after ``until`` is looked at.
    n_replications
        Random futures for each plant at each instant, the same for all.
    most_reports
        With more reports of work nothing is tried; None: however many there are; 0: never.
    progress
        Called with (done, total).

    Returns
    -------
    Chosen
        To be given to ``learn``.

    Raises
    ------
    InputError
        If no work on an order is known.

    Examples
    --------
    >>> from datetime import UTC
    >>> frame = pl.DataFrame({
    ...     "order_id": ["A", "A", "B", "B"], "operation": ["cut", "drill"] * 2, "resource": ["M1", "M2"] * 2,
    ...     "start_at": [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (8, 10, 9, 12)],
    ...     "end_at": [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (9, 11, 10, 13)]})
    >>> choose_recipe(Records.from_columns(frame), name="tiny").why_not
    'few_orders'
    """
    tell = progress or no_progress
    n_reports, known_days = _size(records, until)
    facts = {"known_days": known_days, "n_reports": n_reports}
    if most_reports is not None and n_reports > most_reports:
        why: WhyNot = "many_reports" if most_reports else "not_asked"
        return Chosen(recipe=Recipe(), why_not=why, most_reports=most_reports, **facts)
    # The simulation is loaded only where the past is really asked.
    from zhizao.learn.trust.exams import Examiner, Race, exam_at  # noqa: PLC0415

    whole = known_reports(records, orders, time_zone=time_zone, until=until)
    room = Examiner(
        records=records, orders=orders, name=name, time_zone=time_zone, seed=seed,
        answers=answers, n_replications=n_replications,
    )  # fmt: skip
    finished = finished_orders(
        visits_of(whole.table.with_columns(worked_s=pl.lit(0.0))), until_s=whole.until_s
    )
    outcomes = outcomes_of(whole, finished)
    exams = [e for share in _AT if (e := exam_at(room, whole, outcomes, share=share)) is not None]
    names = [o for e in exams for o in e.asked]
    facts |= {
        "n_orders": len(set(names)), "n_forecasts": len(names),
        "most_reports": max(n_reports, most_reports or 0),
    }  # fmt: skip
    if len(exams) < len(_AT) or len(names) < _LEAST_FORECASTS:
        return Chosen(recipe=Recipe(), why_not="few_orders", **facts)
    race = Race(room=room, exams=exams)
    tries = _lengths(whole, finished, exams)
    n_steps = len(tries) + 2
    histories: list[TriedHistory] = []
    for i, days in enumerate(tries):
        tell(i, n_steps)
        try:
            loss = race.compare(Recipe(history_days=days), Recipe())
            if answers and loss.verdict == "pays":
                room.learn(until, days=days)
        except InputError:  # an answer is about something that the shorter history does not hold
            continue
        histories.append(TriedHistory(days=days, loss=loss, is_taken=False))
    paying = [t for t in histories if t.loss.verdict == "pays"]
    best = min(paying, key=lambda t: t.loss.richer_h, default=None)
    histories = [t.model_copy(update={"is_taken": t is best}) for t in histories]
    tell(n_steps - 2, n_steps)
    rungs = _climb(race, best.days if best else None)
    tell(n_steps, n_steps)
    return Chosen(
        recipe=Recipe(
            history_days=best.days if best else None,
            without=tuple(t.rung for t in rungs if not t.is_taken),
        ),
        cutoffs=tuple(e.cutoff for e in exams), histories=tuple(histories), rungs=tuple(rungs),
        **facts,
    )  # fmt: skip


def _size(records: Records, until: datetime | None) -> tuple[int, float]:
    """Return the number of reports of work and the days that they span, at no great cost."""
    begun = pl.coalesce("start_at", "end_at")
    rows = records.operations.lazy().filter(
        (pl.col("kind") == "run") & pl.col("order_id").is_not_null() & begun.is_not_null()
    )
    if until is not None:
        at = pl.lit(until).dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
        rows = rows.filter(begun <= at)
    last = pl.max_horizontal(pl.col("start_at").max(), pl.col("end_at").max())
    n, first_at, last_at = (
        rows.select(pl.len(), begun.min().alias("first"), last.alias("last")).collect().row(0)
    )
    if not n:
        return 0, 0.0
    return n, max(0.0, ((until or last_at) - first_at).total_seconds() / 86_400.0)


def _lengths(whole: Reports, finished: Finished, exams: Sequence["Exam"]) -> list[float]:
    """Return the shorter histories to try, days: those that hold enough, now and at each instant."""
    lengths = [share * days_seen(whole) for share in SHORTER]
    known = [(whole, finished.table), *((e.reports, e.finished) for e in exams)]
    return [
        days
        for days in lengths
        if all(is_enough(reports, table, days=days) for reports, table in known)
    ]


def _climb(race: "Race", days: float | None) -> list[TriedRung]:
    """Begin with the plainest plant and add one richer part after the other."""
    without = list(rungs_of(race.learnt(0, days).parts))
    tried: list[TriedRung] = []
    for rung in tuple(without):
        less = [r for r in without if r != rung]
        loss = race.compare(
            Recipe(history_days=days, without=tuple(less)),
            Recipe(history_days=days, without=tuple(without)),
        )
        is_taken = loss.verdict != "costs"
        tried.append(TriedRung(rung=rung, loss=loss, is_taken=is_taken))
        if is_taken:
            without = less
    return tried
