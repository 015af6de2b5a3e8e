"""What was learnt, put together as a plant with the provenance of every value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from zhizao.learn.demand.arrivals import LearntDemand
from zhizao.learn.dispatch.rule import LearntRules
from zhizao.learn.durations.batches import LearntBatches
from zhizao.learn.durations.delays import LearntDelays
from zhizao.learn.durations.failures import LearntFailures
from zhizao.learn.durations.setups import LearntSetups
from zhizao.learn.durations.streams import LearntStreams
from zhizao.learn.durations.times import LearntTimes, TimeFit
from zhizao.learn.evidence.busy import UNSEEN, Capacity
from zhizao.learn.evidence.repeats import base_of, is_extra
from zhizao.learn.hours.calendars import LearntCalendars
from zhizao.learn.people.learnt_crews import LearntCrews
from zhizao.learn.people.setters import LearntSetters
from zhizao.learn.routes.eligibility import Eligibility
from zhizao.learn.routes.path import Path
from zhizao.learn.routes.variants import MAIN, routings_of
from zhizao.learn.routes.yields import LearntYields
from zhizao.learn.stability import with_enough_capacity
from zhizao.model.plant import (
    Batch,
    Plant,
    Product,
    Provenance,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Step,
    WorkCentre,
)

_PLANT = "plant"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """All that was learnt; capacities and centres are by resource."""

    calendars: LearntCalendars
    eligibility: Eligibility
    paths: dict[str, Path]
    times: LearntTimes
    delays: LearntDelays
    rules: LearntRules
    demand: LearntDemand
    capacities: dict[str, Capacity]
    centres: dict[str, str]
    families: dict[str, str]
    setups: LearntSetups
    batches: LearntBatches
    idle_choices: Mapping[str, Provenance]
    setup_families: Mapping[str, Mapping[str, str]]
    failures: LearntFailures
    crews: LearntCrews
    yields: LearntYields
    streams: LearntStreams = field(default_factory=LearntStreams)
    setters: LearntSetters = field(default_factory=LearntSetters)


def to_plant(parts: Parts, *, name: str, time_zone: str) -> tuple[Plant, dict[str, float]]:
    """Return the plant, with enough capacity, and the load of resources that had to be widened."""
    parts = replace(parts, calendars=_calendars(parts))
    plant, overloaded = with_enough_capacity(
        _plant(parts, name=name, time_zone=time_zone), _shares(parts.eligibility)
    )
    provenances = (*plant.provenances, *_widened_provenances(overloaded))
    return plant.model_copy(update={"provenances": provenances}), overloaded


def _calendars(parts: Parts) -> LearntCalendars:
    """Return the calendars; a resource that was never seen at work follows the plant's.

    Instants of reports show no shift, so the delays before its operations pass
    in the plant's open time, and its own must not be shorter.
    """
    known = parts.calendars
    never_seen, seen = set[str](), set[str]()
    for operation, resources in parts.eligibility.by_operation.items():
        is_whole = parts.delays.fit("", operation).is_whole
        (never_seen if is_whole else seen).update(resources)
    moved = {r: known.by_resource[r] for r in sorted(never_seen - seen)}
    if not moved:
        return known
    by_resource = {**known.by_resource, **dict.fromkeys(moved, _PLANT)}
    delays = (parts.delays.own, parts.delays.pooled)
    used = {*by_resource.values(), *(f.delay.calendar for fits in delays for f in fits.values())}
    gone = set(moved.values()) - used - {_PLANT}
    return replace(
        known,
        by_resource=by_resource,
        calendars=tuple(c for c in known.calendars if c.id not in gone),
        provenances=tuple(p for p in known.provenances if _calendar_of(p) not in gone),
    )


def _calendar_of(provenance: Provenance) -> str:
    return provenance.where.removeprefix("calendars/").rpartition("/")[0]


def _shares(eligibility: Eligibility) -> dict[tuple[str, str], float]:
    found = {}
    for p in eligibility.provenances:
        operation, _, resource = p.where.removeprefix("operations/").partition("/resources/")
        found[operation, resource] = p.value or 0.0
    return found


def _plant(parts: Parts, *, name: str, time_zone: str) -> Plant:
    provenances: list[Provenance] = [
        *parts.calendars.provenances, *parts.eligibility.provenances,
        *parts.rules.provenances, *parts.demand.provenances, *parts.setups.provenances,
        *parts.failures.provenances, *parts.crews.provenances(),
        *parts.setters.provenances(),
        *parts.idle_choices.values(), *parts.batches.provenances(),
    ]  # fmt: skip
    routings: list[Routing] = []
    for product, path in sorted(parts.paths.items()):
        whole, found, labels = _routing(product, path, parts)
        of_product = routings_of(whole, path.variants, labels)
        routings += of_product
        found += path.provenances()
        provenances += found
        provenances += [p for r in of_product[1:] for p in _of_variant(found, r)]
    provenances += _speed_provenances(parts.times)
    resources = []
    # People look for work in the order of the list.
    for resource, centre in sorted(
        parts.centres.items(), key=lambda item: (parts.crews.place(item[1]), item)
    ):
        known = parts.capacities.get(resource, UNSEEN)
        resources.append(
            Resource(
                id=resource, work_centre=centre, capacity=known.places,
                calendar=parts.calendars.by_resource[resource],
                failure=parts.failures.by_resource.get(resource),
                setup_skill=parts.setters.skill(resource),
            )
        )  # fmt: skip
        provenances.append(
            Provenance(
                where=f"resources/{resource}/capacity", level="resource",
                source="learnt" if known.n else "assumed", n=known.n, value=known.places, low=known.low, high=known.high,
                note=f"exceeded in {known.above:.0%} of the busy time",
            )
        )  # fmt: skip
    return Plant(
        name=name,
        time_zone=time_zone,
        work_centres=tuple(
            WorkCentre(
                id=c,
                dispatch=parts.rules.by_work_centre[c],
                weights=parts.rules.weights.get(c),
                idle_choice="least_setup" if c in parts.idle_choices else "fastest",
            )
            for c in sorted(set(parts.centres.values()))
        ),
        resources=tuple(resources),
        operators=(*parts.crews.operators(), *parts.setters.operators()),
        calendars=(
            *parts.calendars.calendars,
            *parts.crews.calendars(),
            *parts.setters.calendars(),
            *parts.demand.calendars,
        ),
        products=tuple(Product(id=p, family=parts.families.get(p)) for p in sorted(parts.paths)),
        routings=tuple(routings),
        setups=parts.setups.setups,
        maintenances=parts.failures.maintenances,
        demands=parts.demand.demands,
        release_calendar=parts.demand.release_calendar,
        provenances=tuple(provenances),
    )


def _of_variant(found: list[Provenance], routing: Routing) -> list[Provenance]:
    """Return the provenances of a variant's steps, which are those of the main one's."""
    begin = f"routings/{routing.product}/{MAIN}/"
    numbers = {str(s.step) for s in routing.steps}
    return [
        p.model_copy(update={"where": f"routings/{routing.product}/{routing.variant}/{rest}"})
        for p in found
        if (rest := p.where.removeprefix(begin)) != p.where and rest.partition("/")[0] in numbers
    ]


def _routing(product: str, path: Path, parts: Parts) -> tuple[Routing, list[Provenance], list[str]]:
    """Return the routing with the steps of all variants, and the label of each step."""
    steps, provenances, labels = [], [], []
    ties = {tie.operation: tie for tie in path.ties if tie.other in parts.times.pooled}
    left = 1.0  # share of the ordered pieces that come to a step: times were fitted on the order
    for number, s in enumerate(path.steps, start=1):
        where = f"routings/{product}/main/{10 * number}"
        if s.operation in parts.times.pooled:
            fit = parts.times.fit(product, s.operation)
            time = fit.model
            if left < 1.0:
                time = time.model_copy(update={"per_piece_min": time.per_piece_min / left})
            provenances.append(_time_provenance(fit, f"{where}/time"))
        else:
            continue
        scrap = 0.0
        if not is_extra(s.operation):  # what extra visits lose is in the total of the operation
            base = base_of(s.operation)
            scrap = parts.yields.share(product, base)
            lost = parts.yields.provenance(product, base, where=f"{where}/scrap_share")
            provenances += [] if lost is None else [lost]
        left *= 1.0 - min(1.0, s.probability) * scrap
        delay = parts.delays.fit(product, s.operation)
        provenances.append(
            delay.provenance(f"{where}/delay/mean_min", is_assumed=fit.is_unmeasured)
        )
        stream = parts.streams.fit(product, s.operation)
        if stream is not None:
            provenances.append(stream.provenance(f"{where}/transfer_pieces"))
        labels.append(s.operation)
        tie = ties.get(s.operation)
        steps.append(
            Step(
                step=10 * number, operation=base_of(s.operation), time=time, delay=delay.delay,
                family=_setup_family(product, s.operation, parts),
                batch=_batch(product, s.operation, parts),
                resources=tuple(
                    ResourceOption(resource=r, speed=parts.times.speeds.get((s.operation, r), (1.0,))[0])
                    for r in parts.eligibility.resources(product, s.operation)
                ),
                skills=parts.crews.skills(s.operation),
                operator_interruption="resume" if parts.crews.hand_over(s.operation) else "overtime",
                probability=min(1.0, s.probability),
                drawn_with=None if tie is None else 10 * (path.index[tie.other] + 1),
                dependence=1.0 if tie is None else tie.dependence,
                scrap_share=scrap,
                transfer_pieces=None if stream is None else stream.pieces,
                rework=None if s.rework_to is None else Rework(
                    probability=s.rework_probability, to_step=10 * (s.rework_to + 1),
                    max_passes=s.max_passes,
                ),
            )
        )  # fmt: skip
    return Routing(product=product, steps=tuple(steps)), provenances, labels


def _batch(product: str, operation: str, parts: Parts) -> Batch | None:
    fit = parts.batches.fit(operation)
    return None if fit is None else fit.batch(parts.families.get(product))


def _setup_family(product: str, operation: str, parts: Parts) -> str | None:
    """Return the family that setups go by at a step, where it is not the product's."""
    for resource in parts.eligibility.resources(product, operation):
        family = parts.setup_families.get(parts.centres.get(resource, ""), {}).get(product)
        if family is not None:
            return None if family == parts.families.get(product) else family
    return None


def _time_provenance(fit: TimeFit, where: str) -> Provenance:
    if fit.is_unmeasured:
        return Provenance(
            where=where, source="assumed", level=fit.level, n=0, value=fit.mean_min,
            note="working time was never measured; the least time is taken, the rest is delay",
        )  # fmt: skip
    return Provenance(
        where=where, source="learnt", level=fit.level, n=fit.n,
        value=fit.mean_min, low=fit.low_min, high=fit.high_min,
        note="minutes at the usual quantity"
        + ("; reported durations are defaults" if fit.only_defaults else ""),
    )  # fmt: skip


def _speed_provenances(times: LearntTimes) -> list[Provenance]:
    return [
        Provenance(
            where=f"operations/{base_of(operation)}/resources/{resource}/speed", source="learnt",
            level="resource", n=n, value=speed, low=low, high=high,
            note="speed against the operation's usual; beyond what chance explains",
        )
        for (operation, resource), (speed, n, low, high) in sorted(times.speeds.items())
    ]  # fmt: skip


def _widened_provenances(overloaded: dict[str, float]) -> list[Provenance]:
    return [
        Provenance(
            where=f"resources/{resource}/calendar", source="assumed", level="resource", n=0,
            value=load, note="load of the calendar as worked; widened so that the work fits",
        )
        for resource, load in overloaded.items()
    ]  # fmt: skip
