"""Which questions the evidence leaves open."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from zhizao.learn.demand.release_control import release_control
from zhizao.learn.dispatch.rule import LearntRules
from zhizao.learn.durations.delays import LearntDelays
from zhizao.learn.durations.paces import Pace
from zhizao.learn.durations.times import LearntTimes
from zhizao.learn.evidence.busy import Capacity
from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.repeats import base_of, is_extra
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.hours.calendars import LearntCalendars
from zhizao.learn.hours.elsewhere import Elsewhere
from zhizao.learn.questions.open_questions import Question, ask
from zhizao.learn.routes.path import Path
from zhizao.learn.routes.side_by_side import overlaps

_FEW_EVENTS = 60
_FEW_ORDERS = 20
_LONG_DELAY_MIN = 8 * 60.0
_MANY_NAMES = 5
_OVERLAP = 0.02


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that learning found."""

    reports: Reports
    visits: pl.DataFrame
    finished: Finished
    calendars: LearntCalendars
    paths: Mapping[str, Path]
    times: LearntTimes
    delays: LearntDelays
    rules: LearntRules
    capacities: Mapping[str, Capacity]
    families: Mapping[str, str]
    overloaded: Mapping[str, float]
    in_batches: frozenset[str]
    has_setups: bool
    has_failures: bool
    has_crews: bool
    streams: frozenset[tuple[str, str]] = frozenset()
    elsewhere: Mapping[tuple[str, str], Elsewhere] = field(default_factory=dict)
    """By resource and work centre."""
    paces: tuple[Pace, ...] = ()


def open_questions(evidence: Evidence) -> tuple[Question, ...]:
    """Return the questions, those with the greatest consequence first."""
    return (
        *_about_waits(evidence),
        *_about_orders(evidence),
        *_about_resources(evidence),
        *_about_times(evidence),
        *_about_people_and_stops(evidence),
        *_about_thin_data(evidence),
    )


def _about_waits(e: Evidence) -> Iterator[Question]:
    waits = sorted(
        ((f.delay.mean_min, base_of(n)) for n, f in e.delays.pooled.items() if not is_extra(n)),
        reverse=True,
    )
    for mean, name in waits[:_MANY_NAMES]:
        if mean > _LONG_DELAY_MIN:
            yield ask("long_delays", name, hours=mean / 60)


def _about_orders(e: Evidence) -> Iterator[Question]:
    if not any(o.due_at for o in e.reports.orders):
        yield ask("due_dates")
    if len(e.reports.releases) < 0.5 * e.finished.table.height:
        yield ask("releases")
    control = release_control(e.reports.releases, e.finished.table, until_s=e.reports.until_s)
    if control is not None and control.is_steady:
        yield ask(
            "release_control", n=control.n, mean=control.mean,
            spread=(control.dispersion * control.mean) ** 0.5, usual=control.mean**0.5,
        )  # fmt: skip
    found = overlaps(e.visits, e.finished.ids(complete=True) or e.finished.ids())
    for pair in [o for o in found if o.n >= _FEW_ORDERS][:_MANY_NAMES]:
        first, second = base_of(pair.first), base_of(pair.second)
        if first != second and (pair.first, pair.second) not in e.streams:
            yield ask(
                "in_parts" if pair.is_streaming else "side_by_side", [first, second],
                first=first, second=second, share=100 * pair.share, n=pair.n,
            )  # fmt: skip


def _about_resources(e: Evidence) -> Iterator[Question]:
    if not e.calendars.is_regular:
        yield ask("no_week")
    for resource in e.overloaded:
        yield ask("overload", resource)
    for (resource, _), away in e.elsewhere.items():
        yield ask("elsewhere", resource, n=away.n, most=away.most, share=100 * away.left_behind)
    overlapping = [r for r, c in e.capacities.items() if c.places > 1 or c.above > _OVERLAP]
    overlapping = [r for r in overlapping if r not in {resource for resource, _ in e.elsewhere}]
    if overlapping:
        yield ask("capacity", _named(overlapping))
    unexplained = [c for c in e.rules.unexplained if c not in {c for _, c in e.elsewhere}]
    if unexplained:
        yield ask("queue_rule", _named(unexplained))


def _about_times(e: Evidence) -> Iterator[Question]:
    regular = {n: fit for n, fit in e.times.pooled.items() if not is_extra(n)}
    unmeasured = [base_of(n) for n, fit in regular.items() if fit.is_unmeasured]
    if unmeasured:
        yield ask("unmeasured_times", _named(unmeasured))
    fits = {n: fit for n, fit in regular.items() if not fit.is_unmeasured}
    defaults = [base_of(n) for n, fit in fits.items() if fit.only_defaults]
    if defaults:
        yield ask("default_durations", _named(defaults))
    alone = ~pl.col("operation").is_in(e.in_batches)
    n_shared = e.reports.table.filter(alone & (pl.col("n_shared") > 1)).height
    if n_shared:
        yield ask("shared_slots", n=n_shared)
    mixed = [
        base_of(n)
        for n, fit in fits.items()
        if not fit.is_separable and base_of(n) not in e.in_batches
    ]
    if mixed:
        yield ask("setup_split", _named(mixed))
    if e.has_setups:
        return
    if not e.families:
        yield ask("families")
    elif e.reports.stops.filter(pl.col("kind") == "setup").is_empty():
        yield ask("setup_matrix")


def _about_people_and_stops(e: Evidence) -> Iterator[Question]:
    stops = e.reports.stops.filter(pl.col("kind").is_in(["down", "repair"]))
    if not e.has_failures:
        yield ask("failures") if stops.is_empty() else ask("stops", n=stops.height)
    n_operators = e.reports.table["operator"].drop_nulls().n_unique()
    if n_operators and not e.has_crews:
        yield ask("operators", n=n_operators)
    for pace in e.paces[:_MANY_NAMES]:
        yield ask(
            "paces", pace.operation, people=pace.n_people, n=pace.n,
            quick=-100 * math.expm1(pace.quickest), slow=100 * math.expm1(pace.slowest),
        )  # fmt: skip
    yield ask("transport")


def _about_thin_data(e: Evidence) -> Iterator[Question]:
    few = [p for p, path in e.paths.items() if path.level != "product"]
    if few:
        yield ask("few_orders", _named(few), n=3)
    if e.calendars.thin:
        yield ask("few_reports", _named(e.calendars.thin), n=_FEW_EVENTS // 2)
    silent = e.finished.table.filter("is_silent")["order_id"].to_list()
    if silent:
        yield ask("silent_orders", _named(silent), days=e.finished.silence_s / 86_400)


def _named(names: Sequence[str]) -> str:
    unique = sorted(set(names))
    shown = unique[:_MANY_NAMES]
    rest = len(unique) - len(shown)
    return ", ".join(shown) + (f" (+{rest})" if rest else "")
