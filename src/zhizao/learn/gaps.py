"""Which questions the evidence leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from zhizao.learn.calendars import LearntCalendars
from zhizao.learn.delays import LearntDelays
from zhizao.learn.finished import Finished
from zhizao.learn.questions import Question, ask
from zhizao.learn.repeats import base_of
from zhizao.learn.reports import Reports
from zhizao.learn.routing import Path
from zhizao.learn.rule import LearntRules
from zhizao.learn.times import LearntTimes

_FEW_EVENTS = 60
_LONG_DELAY_MIN = 8 * 60.0
_MANY_NAMES = 5


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
    capacities: Mapping[str, tuple[int, float]]
    families: Mapping[str, str]
    overloaded: Mapping[str, float]


def open_questions(evidence: Evidence) -> tuple[Question, ...]:
    """Return the questions, those with the greatest consequence first."""
    e = evidence
    found: list[Question] = []
    waits = sorted(
        ((fit.delay.mean_min, base_of(name)) for name, fit in e.delays.pooled.items()), reverse=True
    )
    found += [
        ask("long_delays", name, hours=mean / 60)
        for mean, name in waits[:_MANY_NAMES]
        if mean > _LONG_DELAY_MIN
    ]
    if not any(o.due_at for o in e.reports.orders):
        found.append(ask("due_dates"))
    if len(e.reports.releases) < 0.5 * e.finished.table.height:
        found.append(ask("releases"))
    defaults = [base_of(n) for n, fit in e.times.pooled.items() if fit.only_defaults]
    if defaults:
        found.append(ask("default_durations", _named(defaults)))
    found += [ask("overload", r) for r in e.overloaded]
    overlapping = [r for r, (c, above) in e.capacities.items() if c > 1 or above > 0.02]
    if overlapping:
        found.append(ask("capacity", _named(overlapping)))
    if e.rules.unexplained:
        found.append(ask("queue_rule", _named(e.rules.unexplained)))
    n_shared = e.reports.table.filter(pl.col("n_shared") > 1).height
    if n_shared:
        found.append(ask("shared_slots", n=n_shared))
    mixed = [base_of(n) for n, fit in e.times.pooled.items() if not fit.is_separable]
    if mixed:
        found.append(ask("setup_split", _named(mixed)))
    if not e.families:
        found.append(ask("families"))
    elif e.reports.stops.filter(pl.col("kind") == "setup").is_empty():
        found.append(ask("setup_matrix"))
    if e.reports.stops.filter(pl.col("kind").is_in(["down", "repair"])).is_empty():
        found.append(ask("failures"))
    n_operators = e.reports.table["operator"].drop_nulls().n_unique()
    if n_operators:
        found.append(ask("operators", n=n_operators))
    found.append(ask("transport"))
    few = [p for p, path in e.paths.items() if path.level != "product"]
    if few:
        found.append(ask("few_orders", _named(few), n=3))
    if e.calendars.thin:
        found.append(ask("few_reports", _named(e.calendars.thin), n=_FEW_EVENTS // 2))
    if not e.calendars.is_regular:
        found.append(ask("no_week"))
    silent = e.finished.table.filter("is_silent")["order_id"].to_list()
    if silent:
        found.append(ask("silent_orders", _named(silent), days=e.finished.silence_s / 86_400))
    return tuple(found)


def _named(names: "list[str] | tuple[str, ...]") -> str:
    unique = sorted(set(names))
    shown = unique[:_MANY_NAMES]
    rest = len(unique) - len(shown)
    return ", ".join(shown) + (f" (+{rest})" if rest else "")
