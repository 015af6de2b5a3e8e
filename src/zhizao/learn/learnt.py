"""Learn a plant from its records: the outline of what is learnt from what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from zhizao._base.progress import Progress, no_progress
from zhizao._base.side_by_side import at_once
from zhizao.learn.assemble import Parts, to_plant
from zhizao.learn.chosen import Chosen
from zhizao.learn.demand.arrivals import LearntDemand, learn_demand
from zhizao.learn.dispatch.idle_choice import learn_idle_choice
from zhizao.learn.dispatch.rule import learn_rules
from zhizao.learn.durations.batches import learn_batches
from zhizao.learn.durations.delays import LearntDelays, learn_delays
from zhizao.learn.durations.failures import learn_failures, stops_of
from zhizao.learn.durations.paces import find_paces
from zhizao.learn.durations.spells import find_spells
from zhizao.learn.durations.streams import learn_streams
from zhizao.learn.durations.work_alone import learn_work_alone
from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.repeats import base_of
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.evidence.visits import with_worked
from zhizao.learn.history import last_part
from zhizao.learn.hours.calendars import LearntCalendars, learn_calendars
from zhizao.learn.hours.elsewhere import (
    calendars_elsewhere,
    each_alone,
    work_elsewhere,
)
from zhizao.learn.open_time import OpenTime
from zhizao.learn.people.learnt_crews import LearntCrews
from zhizao.learn.questions.gaps import Evidence, open_questions
from zhizao.learn.questions.open_questions import Question
from zhizao.learn.questions.told import still_open, told_calendars, told_plant
from zhizao.learn.recipe import simpler
from zhizao.learn.routes.eligibility import learn_eligibility, work_centres
from zhizao.learn.routes.lines import Clocks
from zhizao.learn.routes.yields import learn_yields
from zhizao.learn.ways_and_means import learn_means, learn_ways, waits_in_queues
from zhizao.model.order import Order
from zhizao.model.plant import Answer, Plant
from zhizao.model.records import Records

_MARGIN = timedelta(days=28)


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """A learnt plant, what could not be learnt, and what stands out.

    ``silence_h`` is how long an order may be silent before it counts as ended;
    ``terminals`` are the operations with which orders end. ``parts`` is what the plant
    was put together from, with every richer part; ``chosen`` how it was chosen to be
    learnt, if anything chose.
    """

    plant: Plant
    questions: tuple[Question, ...]
    notes: tuple[str, ...]
    silence_h: float
    terminals: tuple[str, ...]
    n_orders: int
    n_finished: int
    parts: Parts = field(repr=False, compare=False)
    chosen: Chosen | None = None


def learn(
    records: Records,
    orders: Sequence[Order] = (),
    *,
    name: str,
    time_zone: str = "UTC",
    until: datetime | None = None,
    seed: int = 0,
    also_products: Sequence[str] = (),
    answers: Sequence[Answer] = (),
    chosen: Chosen | None = None,
    progress: Progress | None = None,
) -> Learnt:
    """Learn a plant from its records.

    Parameters
    ----------
    records
        What happened.
    orders
        What is known of the orders besides: product, quantity, release, due.
    name
        Name of the plant.
    time_zone
        IANA name of the plant's time zone, for calendars.
    until
        Learn only from what was known at this instant; empty: everything.
    seed
        Of the bootstrap intervals.
    also_products
        Products that need a routing though no record or order names them yet.
    answers
        What a person told about what the records cannot tell: used, and marked as told.
    chosen
        How much history and which richer parts the back-test chose (``choose_recipe``);
        empty: all history, with every part that the records give.
    progress
        Called with (done, total).

    Returns
    -------
    Learnt
        The plant with the provenance of every learnt value, and the questions.

    Raises
    ------
    InputError
        If no work on an order is known, or an answer cannot be used.

    Examples
    --------
    >>> from datetime import UTC
    >>> frame = pl.DataFrame({
    ...     "order_id": ["A", "A", "B", "B"], "operation": ["cut", "drill"] * 2, "resource": ["M1", "M2"] * 2,
    ...     "start_at": [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (8, 10, 9, 12)],
    ...     "end_at": [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (9, 11, 10, 13)]})
    >>> learnt = learn(Records.from_columns(frame), name="tiny")
    >>> [step.operation for step in learnt.plant.routings[0].steps]
    ['cut', 'drill']
    """
    tell = progress or no_progress
    tell(0, 10)
    reports, before = _history(records, orders, chosen, time_zone=time_zone, until=until)
    centres = work_centres(reports.table)
    tell(1, 10)
    learnt_calendars, (eligibility, elsewhere) = at_once(
        lambda: learn_calendars(reports, groups=centres, seed=seed),
        lambda: (learn_eligibility(reports.table), work_elsewhere(reports)),
    )
    calendars = told_calendars(
        calendars_elsewhere(learnt_calendars, elsewhere), answers, names=sorted(centres)
    )
    open_times = open_times_of(reports, calendars)
    tell(4, 10)
    rows = with_worked(each_alone(reports, elsewhere), open_times, stops=stops_of(reports))
    failures = learn_failures(reports, rows, centres=centres, open_times=open_times)
    families = _families(reports)
    batches = learn_batches(
        rows.filter(~pl.col("resource").is_in(list(elsewhere))) if elsewhere else rows,
        families=families, open_times=open_times,
    )  # fmt: skip
    rows = batches.with_whole_slots(rows)
    products = {*_products(reports), *before, *also_products}

    ways, means = at_once(
        lambda: learn_ways(rows, until_s=reports.until_s, products=sorted(products), families=families),
        lambda: learn_means(
            reports, rows, centres=centres, families=families, calendars=calendars,
            open_times=open_times, answers=answers, elsewhere=elsewhere, seed=seed,
        ),
    )  # fmt: skip
    visits, finished, examples, paths = ways
    capacities, setups, crews, setters = means
    places = {r: c.places for r, c in capacities.items()}
    streams, visits = learn_streams(
        visits, rows, orders=examples, paths=paths, clocks=Clocks.of(open_times),
        is_hindered=lambda o: o in batches.fits or crews.hand_over(o),
    )  # fmt: skip

    def calendar_of(operation: str | None) -> str | None:
        options = eligibility.by_operation.get(base_of(operation or ""), ())
        return calendars.by_resource.get(options[0], "plant") if options else "plant"

    def queues() -> tuple[pl.DataFrame, LearntCrews, LearntDelays]:
        waits = waits_in_queues(
            reports, rows, visits=visits, finished=finished, paths=paths, eligibility=eligibility,
            capacities=capacities, open_times=open_times, crews=crews, setters=setters,
            batches=batches, elsewhere=elsewhere,
        )  # fmt: skip
        return (
            waits,
            crews.with_choices(rows, waits, centres=centres, capacities=places),
            learn_delays(waits, calendar_of=calendar_of),
        )

    work, (waits, chosen_crews, delays) = at_once(
        lambda: learn_work_alone(
            visits, rows, finished=finished, places=places, centres=centres, families=families,
            open_times=open_times, batches=batches, setups=setups, failures=failures,
        ),
        queues,
    )  # fmt: skip
    times = work.times
    tell(8, 10)

    def work_min(product: str, operation: str, quantity: float) -> float:
        model = times.fit(product, operation).model
        return model.setup_min + model.per_piece_min * quantity

    all_setups = setups.with_others(work.setups.found)
    setup_families = {**setups.families, **work.setups.families}
    rules, (idle_choices, yields, demand) = at_once(
        lambda: learn_rules(
            waits, work_centres=centres, resources=eligibility.resources, orders=reports.orders,
            families=families, setup_families=setup_families, work_min=work_min, origin=reports.origin, seed=seed,
        ),
        lambda: (
            learn_idle_choice(
                rows, stops=reports.stops, centres=centres, resources=eligibility.resources,
                families=lambda c, p: setup_families.get(c, families).get(p), open_times=open_times,
                with_setups=all_setups.work_centres(),
            ),
            learn_yields(rows),
            _demand(reports, finished, calendars),
        ),
    )  # fmt: skip
    parts = Parts(
        idle_choices=idle_choices, batches=batches, yields=yields, streams=streams,
        setups=all_setups, setup_families=setup_families,
        failures=failures.with_hidden(work.stops), crews=chosen_crews, setters=setters,
        calendars=calendars, eligibility=eligibility, paths=paths, times=times, delays=delays,
        rules=rules, demand=demand, capacities=capacities, centres=centres, families=families,
    )  # fmt: skip
    tell(9, 10)
    plant, overloaded = _chosen_plant(parts, chosen, name=name, time_zone=time_zone)
    paces, spells = at_once(
        lambda: find_paces(work.visits, times), lambda: find_spells(work.visits, times)
    )
    questions = open_questions(
        Evidence(
            reports=reports, visits=visits, finished=finished, calendars=calendars, paths=paths,
            times=times, delays=delays, rules=rules, capacities=capacities, families=families,
            overloaded=overloaded, in_batches=frozenset(batches.fits),
            has_setups=bool(all_setups.setups), has_failures=bool(failures.by_resource),
            has_crews=bool(chosen_crews.crews or setters.groups), streams=frozenset(streams.pairs()),
            elsewhere={(r, centres[r]): e for r, e in elsewhere.items()},
            paces=paces,
        )
    )  # fmt: skip
    tell(10, 10)
    return Learnt(
        plant=told_plant(plant, answers),
        questions=still_open(questions, answers),
        notes=tuple(
            f"{r}: load {load:.2f} of the calendar as worked; widened"
            for r, load in overloaded.items()
        )
        + tuple(d.said(reports.instant(d.since_s)) for d in work.drifts)
        + _said_of_richer(plant)
        + tuple(spell.said() for spell in spells),
        silence_h=finished.silence_s / 3600.0,
        terminals=tuple(sorted(finished.terminals)),
        n_orders=finished.table.height,
        n_finished=len(finished.ids()),
        parts=parts,
        chosen=chosen,
    )


def _history(
    records: Records, orders: Sequence[Order], chosen: Chosen | None, *, time_zone: str,
    until: datetime | None,
) -> tuple[Reports, set[str]]:  # fmt: skip
    """Return the reports to learn from, and the products that were known before them."""
    whole = known_reports(records, orders, time_zone=time_zone, until=until)
    days = chosen.recipe.history_days if chosen else None
    if days is None:
        return whole, set()
    part = last_part(records, orders, until=whole.instant(whole.until_s), days=days)
    return known_reports(*part, time_zone=time_zone, until=until), _products(whole)


def _chosen_plant(
    parts: Parts, chosen: Chosen | None, *, name: str, time_zone: str
) -> tuple[Plant, dict[str, float]]:
    """Return the plant with the richer parts that were chosen, saying so; and its overloads."""
    if chosen is None:
        return to_plant(parts, name=name, time_zone=time_zone)
    kept = simpler(parts, chosen.recipe.without)
    plant, overloaded = to_plant(kept, name=name, time_zone=time_zone)
    provenances = (*plant.provenances, *chosen.provenances())
    return plant.model_copy(update={"provenances": provenances}), overloaded


def _demand(reports: Reports, finished: Finished, calendars: LearntCalendars) -> LearntDemand:
    product_of, quantity_of = _order_facts(reports)
    return learn_demand(
        reports, products=product_of, quantities=quantity_of, finished=finished,
        plant_calendar=calendars.calendar(None),
    )  # fmt: skip


def _said_of_richer(plant: Plant) -> tuple[str, ...]:
    """Return what was learnt only because the records say that it pays, with the evidence."""
    begins = ("operators/", "maintenance/")
    ends = ("/*/*", "/idle_choice", "/failure/mtbf_h", "/batch/lots")
    return tuple(
        f"{p.where}: {p.note} (n = {p.n})"
        for p in plant.provenances
        if p.note and (p.where.startswith(begins) or p.where.endswith(ends))
    )


def open_times_of(reports: Reports, calendars: LearntCalendars) -> dict[str | None, OpenTime]:
    """Return the open time of each resource's calendar, seconds from the reports' origin."""
    start_at = reports.origin - _MARGIN
    end_at = reports.instant(reports.until_s) + _MARGIN
    by_calendar = {}
    for calendar in calendars.calendars:
        known = OpenTime.of_calendar(
            calendar, time_zone=reports.time_zone, start_at=start_at, end_at=end_at
        )
        spans = known.edge_s.reshape(-1, 2) - _MARGIN.total_seconds()
        by_calendar[calendar.id] = OpenTime.from_intervals(spans)
    found: dict[str | None, OpenTime] = {
        resource: by_calendar[calendar] for resource, calendar in calendars.by_resource.items()
    }
    found[None] = by_calendar["plant"]
    return found


def _families(reports: Reports) -> dict[str, str]:
    known = reports.table.drop_nulls("family").unique("product", maintain_order=True)
    return {str(p): str(f) for p, f in known.select("product", "family").iter_rows()}


def _products(reports: Reports) -> set[str]:
    return set(reports.table["product"].to_list()) | {o.product for o in reports.orders}


def _order_facts(reports: Reports) -> tuple[dict[str, str], dict[str, float]]:
    rows = reports.table.unique("order_id", maintain_order=True)
    product = dict(rows.select("order_id", "product").iter_rows())
    quantity = dict(rows.select("order_id", "quantity").iter_rows())
    product |= {o.id: o.product for o in reports.orders}
    quantity |= {o.id: float(o.quantity) for o in reports.orders}
    return product, quantity
