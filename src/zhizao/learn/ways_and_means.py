"""What an order goes through and what it goes through it with: the outline's middle parts.

The *ways* are visits, which orders are over, and the paths through the plant; the *means*
are places, setups and people; both together say what a lot waited for.
"""

from collections.abc import Sequence

import polars as pl

from zhizao.learn.durations.batches import LearntBatches
from zhizao.learn.durations.setups import LearntSetups, learn_setups
from zhizao.learn.durations.waits import Free, find_waits
from zhizao.learn.evidence.busy import Capacity, loads, with_stops
from zhizao.learn.evidence.finished import Finished, finished_orders
from zhizao.learn.evidence.lost_times import without_lost_gaps
from zhizao.learn.evidence.own_setups import with_own_setups
from zhizao.learn.evidence.repeats import regular_occurrences, with_labels
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.hours.calendars import LearntCalendars
from zhizao.learn.hours.elsewhere import Elsewhere, capacities_elsewhere, surely_elsewhere
from zhizao.learn.hours.week import BIN_MIN
from zhizao.learn.open_time import OpenTime
from zhizao.learn.people.crew_shifts import PlantWeek
from zhizao.learn.people.crews import learn_crews
from zhizao.learn.people.learnt_crews import LearntCrews
from zhizao.learn.people.setters import LearntSetters, learn_setters
from zhizao.learn.questions.told import told_capacities
from zhizao.learn.routes.detours import with_extra_visits
from zhizao.learn.routes.eligibility import Eligibility
from zhizao.learn.routes.path import Path
from zhizao.learn.routes.routing import learn_paths
from zhizao.model.plant import Answer


def learn_ways(
    rows: pl.DataFrame, *, until_s: float, products: Sequence[str], families: dict[str, str]
) -> tuple[pl.DataFrame, Finished, set[str], dict[str, Path]]:
    """Return the visits, which orders are finished, which count as examples, and the paths."""
    visits = visits_of(rows)
    finished = finished_orders(visits, until_s=until_s)
    examples = finished.ids(complete=True) or finished.ids() or set(visits["order_id"].to_list())
    visits = with_labels(visits, regular_occurrences(visits, examples))
    visits = with_extra_visits(visits, finished)
    paths = learn_paths(visits, finished, products=products, families=families)
    return visits, finished, examples, paths


def learn_means(
    reports: Reports, rows: pl.DataFrame, *, centres: dict[str, str], families: dict[str, str],
    calendars: LearntCalendars, open_times: dict[str | None, OpenTime],
    answers: Sequence[Answer], elsewhere: dict[str, Elsewhere], seed: int,
) -> tuple[dict[str, Capacity], LearntSetups, LearntCrews, LearntSetters]:  # fmt: skip
    """Return places by resource, reported setups, who tends machines, and who only sets them up."""
    load_of = loads(rows, measured_only=True)
    known = capacities_elsewhere(
        {r: load.capacity(seed=seed) for r, load in load_of.items()}, elsewhere
    )
    capacities = told_capacities(known, answers, names=sorted(centres))
    places = {r: c.places for r, c in capacities.items()}
    week = PlantWeek.of(reports, calendars)
    return (
        capacities,
        learn_setups(reports, centres=centres, families=families, open_times=open_times),
        learn_crews(rows, capacities=places, open_times=open_times, week=week),
        learn_setters(reports, centres=centres, open_times=open_times, week=week),
    )


def waits_in_queues(
    reports: Reports,
    rows: pl.DataFrame,
    *,
    visits: pl.DataFrame, finished: Finished,
    paths: dict[str, Path], eligibility: Eligibility, capacities: dict[str, Capacity],
    open_times: dict[str | None, OpenTime], crews: LearntCrews,
    setters: LearntSetters,
    batches: LearntBatches, elsewhere: dict[str, Elsewhere],
) -> pl.DataFrame:  # fmt: skip
    """Return what each visit waited for, given when its resources and their people were free."""
    free = {}
    busy = with_stops(without_lost_gaps(rows), reports.stops, until_s=reports.until_s)
    for resource, load in loads(busy, measured_only=False).items():
        open_time = open_times.get(resource) or open_times[None]
        idle = load.idle(
            capacity=capacities[resource].places if resource in capacities else 1,
            open_time=open_time, from_s=0.0, to_s=reports.until_s, edge_s=BIN_MIN * 60.0,
        )  # fmt: skip
        idle = crews.free(resource, idle, from_s=0.0, to_s=reports.until_s, open_time=open_time)
        idle = setters.free(resource, idle, from_s=0.0, to_s=reports.until_s, open_time=open_time)
        free[resource] = batches.free(resource, idle)
    unfinished = set(finished.table.filter(~pl.col("is_finished"))["order_id"].to_list())
    visits = with_own_setups(visits, reports.stops, begin="first_s", open_times=open_times)
    rows = with_own_setups(rows, reports.stops, begin="start_s", open_times=open_times)
    worked = surely_elsewhere(rows, elsewhere)
    return find_waits(
        visits, paths=paths, resources=eligibility.resources, open_times=open_times,
        free=Free(free), worked=worked.select("order_id", "resource", "start_s", "stop_s", "is_lost"),
        releases=reports.releases, unfinished=unfinished, until_s=reports.until_s,
    )  # fmt: skip
