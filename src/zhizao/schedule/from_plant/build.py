"""Plant, orders and now → a problem in whole seconds, with the names for the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao._base.units import SECONDS_PER_MINUTE
from zhizao._base.words import Lang
from zhizao.model import Order, Plant, ShopState, open_intervals
from zhizao.schedule.from_plant.calendars import PlantCalendars, calendars_of
from zhizao.schedule.from_plant.links_of import buffers_of, limits_of, overlaps_of
from zhizao.schedule.from_plant.materials import Materials, Timing, due_of_steps, materials_of
from zhizao.schedule.from_plant.not_planned import not_planned
from zhizao.schedule.from_plant.plant_orders import (
    Chains,
    PlannedStep,
    chains_of,
    weight_of,
    whole_seconds,
)
from zhizao.schedule.from_plant.plant_parts import (
    batches_of,
    crews_of,
    seconds,
    setups_of,
    upkeep_of,
)
from zhizao.schedule.from_plant.plant_pins import pins_of, previous_of
from zhizao.schedule.from_plant.power import energy_of
from zhizao.schedule.from_plant.quantiles import factor_at
from zhizao.schedule.from_plant.wishes import NO_WISHES, Wishes
from zhizao.schedule.problem import (
    MUST_FIT,
    NO_DUE,
    NONE,
    RESUMES,
    WORKS_OVERTIME,
    Calendars,
    Lags,
    Problem,
)

_KINDS = {"resume": RESUMES, "must_fit": MUST_FIT, "overtime": WORKS_OVERTIME}


@dataclass(frozen=True, kw_only=True)
class PlantProblem:
    """A problem and what its numbers stand for."""

    problem: Problem
    plant: Plant
    now: datetime
    chains: Chains
    calendars: PlantCalendars
    warnings: tuple[str, ...]
    materials: Materials
    """What goes into operations, and where it comes from."""
    running: frozenset[int]
    """Operations in progress."""

    def at(self, ticks: int) -> datetime:
        """Return the instant of some seconds after now."""
        return self.now + timedelta(seconds=int(ticks))


def from_plant(
    plant: Plant,
    orders: Sequence[Order],
    *,
    now: datetime,
    state: ShopState | None = None,
    wishes: Wishes = NO_WISHES,
    weeks: float = 26.0,
    lang: Lang = "en",
) -> PlantProblem:
    """Return what is to be planned, as integer tables.

    The semantics are the twin's, with times at their means (or at a quantile) and nothing
    random: a setup begins when its lot is there, crews begin in their shifts and finish what
    they began, maintenance lies between two lots.

    Parameters
    ----------
    plant, orders, now, state
        As for the twin; ``now`` is aware.
    wishes : Wishes
        What else is known.
    weeks : float
        How far calendars are laid out.
    lang : {"en", "zh"}
        Language of the warnings.

    Raises
    ------
    InputError
        With all faults of orders and state.
    """
    if now.tzinfo is None:
        raise InputError(f"'now' is {now} without a time zone; give an aware datetime.")
    chains = chains_of(plant, orders, state=state)
    calendars = calendars_of(plant, now=now, end_at=now + timedelta(weeks=weeks))
    modes = _Modes(plant, chains, quantile=wishes.quantile)
    steps = chains.steps
    job_first = np.concatenate([[0], np.cumsum(chains.n_of_order)]).astype(np.int64)
    release = [
        0 if o.release_at is None else max(0, whole_seconds(o.release_at, origin=now))
        for o in chains.orders
    ]
    due = [
        int(NO_DUE) if o.due_at is None else (o.due_at - now) // timedelta(seconds=1)
        for o in chains.orders
    ]
    has_places = any(r.capacity > 1 for r in plant.resources)
    problem = Problem(
        n_machines=len(plant.resources),
        job_first=job_first,
        release=np.array(release, np.int64),
        due=np.array(due, np.int64),
        weight=np.array([weight_of(o) for o in chains.orders]),
        mode_first=np.array(modes.first, np.int64),
        mode_machine=np.array(modes.machine, np.int32),
        mode_duration=np.array(modes.duration, np.int64),
        setups=setups_of(plant, steps, state=state),
        calendars=Calendars(
            first=calendars.first,
            start=calendars.start,
            end=calendars.end,
            of_machine=np.array([calendars.number(r.calendar) for r in plant.resources], np.int32),
            interruption=np.array([_KINDS[one.step.interruption] for one in steps], np.int8),
        ),
        lags=_lags(plant, steps, calendars=calendars, now=now, wishes=wishes),
        crews=crews_of(plant, steps, calendars=calendars),
        batches=batches_of(steps, mode_parts=modes.parts),
        upkeep=upkeep_of(plant),
        n_places=np.array([r.capacity for r in plant.resources], np.int64) if has_places else None,
        mode_hold=np.array(modes.hold, np.int64) if modes.hold != modes.duration else None,
        same_machine_as=_same(chains, job_first),
    )
    materials = materials_of(
        plant,
        steps,
        timing=_timing(problem, chains, calendars=calendars),
        dated=wishes.material or {},
    )
    problem = _linked(problem, plant, chains, modes=modes, materials=materials)
    pins, running = pins_of(problem, plant, chains, calendars=calendars, now=now, wishes=wishes)
    problem = replace(
        problem,
        pins=pins,
        energy=energy_of(plant, now=now, end_at=now + timedelta(weeks=weeks)),
        previous=previous_of(problem, plant, chains, running=running, now=now, wishes=wishes),
    )
    return PlantProblem(
        problem=problem,
        plant=plant,
        now=now,
        chains=chains,
        calendars=calendars,
        warnings=not_planned(plant, chains, lang=lang),
        materials=materials,
        running=running,
    )


def _linked(
    problem: Problem, plant: Plant, chains: Chains, *, modes: "_Modes", materials: Materials
) -> Problem:
    """Return the problem with the links between its operations."""
    lags = problem.lags
    assert lags is not None
    if materials.bought_at is not None:
        lags = replace(lags, earliest=np.maximum(lags.earliest, materials.bought_at))
    return replace(
        problem,
        lags=lags,
        joins=materials.joins,
        overlaps=overlaps_of(
            plant,
            chains.steps,
            mode_first=problem.mode_first,
            mode_duration=problem.mode_duration,
            mode_parts=modes.parts,
        ),
        limits=limits_of(chains.steps),
        buffers=buffers_of(plant, chains.steps, lags=lags),
    )


def _timing(problem: Problem, chains: Chains, *, calendars: PlantCalendars) -> Timing:
    """Return when operations would ask and end if resources were free."""
    lags = problem.lags
    assert lags is not None
    n = problem.n_operations
    duration = np.zeros(n, np.int64)
    if n:
        duration = np.minimum.reduceat(problem.mode_duration, problem.mode_first[:-1])
    asks_at = np.zeros(n, np.int64)
    for j, first in enumerate(problem.job_first[:-1].tolist()):
        delayed = calendars.work_end(
            int(lags.delay_calendar[first]), int(problem.release[j]), int(lags.delay[first])
        )
        asks_at[first] = max(int(lags.earliest[first]), delayed or 0)
    return Timing(
        asks_at=asks_at,
        delay=lags.delay,
        duration=duration,
        due=due_of_steps(problem.due, chains.n_of_order),
    )


class _Modes:
    """Resources of each operation: seconds with load and unload, and when the next may enter."""

    def __init__(self, plant: Plant, chains: Chains, *, quantile: float | None) -> None:
        self.first: list[int] = [0]
        self.machine: list[int] = []
        self.duration: list[int] = []
        self.hold: list[int] = []
        self.parts: list[tuple[float, float]] = []
        resources = {r.id: i for i, r in enumerate(plant.resources)}
        factors: dict[int, float] = {}
        for one in chains.steps:
            step = one.step
            factor = factors.setdefault(id(step), factor_at(step.time, quantile))
            for option in step.resources:
                m = resources[option.resource]
                r = plant.resources[m]
                per_min = SECONDS_PER_MINUTE * factor / (r.speed * option.speed)
                once = (
                    step.time.setup_min * per_min + (r.load_min + r.unload_min) * SECONDS_PER_MINUTE
                )
                self._add(
                    m,
                    once,
                    step.time.per_piece_min * per_min,
                    one=one,
                    speed=r.speed * option.speed,
                )
            if not step.resources:
                per_min = SECONDS_PER_MINUTE * factor
                self._add(
                    NONE, step.time.setup_min * per_min, step.time.per_piece_min * per_min, one=one
                )
            self.first.append(len(self.machine))

    def _add(
        self, m: int, once: float, per_piece: float, *, one: PlannedStep, speed: float = 1.0
    ) -> None:
        duration = seconds(once + per_piece * one.quantity)
        interval = one.step.interval_min
        self.machine.append(m)
        self.duration.append(duration)
        self.hold.append(
            duration
            if interval is None
            else min(duration, seconds(interval * SECONDS_PER_MINUTE / speed))
        )
        self.parts.append((once, per_piece))


def _lags(
    plant: Plant,
    steps: Sequence[PlannedStep],
    *,
    calendars: PlantCalendars,
    now: datetime,
    wishes: Wishes,
) -> Lags:
    centres = {c.id: i for i, c in enumerate(plant.work_centres)}
    area_of_machine = [centres[r.work_centre] for r in plant.resources]
    machine = {r.id: i for i, r in enumerate(plant.resources)}
    transport = np.zeros((max(1, len(centres)),) * 2, np.int64)
    for t in plant.transports:
        to = centres[t.from_work_centre], centres[t.to_work_centre]
        transport[to] = seconds(t.minutes * SECONDS_PER_MINUTE)
    delay, delay_calendar, earliest, area = [], [], [], []
    material = wishes.material or {}
    for one in steps:
        names = one.step.resources
        here = area_of_machine[machine[names[0].resource]] if names else NONE
        wait = seconds(one.step.delay.mean_min * SECONDS_PER_MINUTE)
        number = calendars.number(one.step.delay.calendar)
        at = material.get((one.order.id, one.step.step))
        not_before = 0 if at is None else max(0, whole_seconds(at, origin=now))
        lot = one.lot
        if lot is not None:
            wait, arrived = _rest_of_delay(one, transport, plant=plant, now=now, here=here)
            not_before, here = max(not_before, arrived), NONE
        delay.append(wait)
        delay_calendar.append(number)
        earliest.append(not_before)
        area.append(here)
    return Lags(
        delay=np.array(delay, np.int64),
        delay_calendar=np.array(delay_calendar, np.int32),
        earliest=np.array(earliest, np.int64),
        area_of_machine=np.array(area_of_machine, np.int32),
        area_of_operation=np.array(area, np.int32),
        transport=transport,
    )


def _rest_of_delay(
    one: PlannedStep, transport: NDArray[np.int64], *, plant: Plant, now: datetime, here: int
) -> tuple[int, int]:
    """Return what is left of a lot's delay at now, and when it begins; a waiting lot has none."""
    lot = one.lot
    assert lot is not None
    if lot.status != "delayed":
        return 0, 0
    carried = 0
    if one.before is not None and one.before.resources and here != NONE:
        centres = {c.id: i for i, c in enumerate(plant.work_centres)}
        name = one.before.resources[0].resource
        centre = next(r.work_centre for r in plant.resources if r.id == name)
        carried = int(transport[centres[centre], here])
    begins_at = lot.since_at + timedelta(seconds=carried)
    wait = one.step.delay.mean_min * SECONDS_PER_MINUTE
    if begins_at >= now:
        return seconds(wait), whole_seconds(begins_at, origin=now)
    calendar = next((c for c in plant.calendars if c.id == one.step.delay.calendar), None)
    spans = open_intervals(calendar, time_zone=plant.time_zone, start_at=begins_at, end_at=now)
    return seconds(wait - float((spans[:, 1] - spans[:, 0]).sum())), 0


def _same(chains: Chains, job_first: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the operation whose machine must do each one too."""
    found = np.full(len(chains.steps), NONE, np.int64)
    for first, end in zip(job_first[:-1].tolist(), job_first[1:].tolist(), strict=True):
        numbers = {chains.steps[i].step.step: i for i in range(first, end)}
        for i in range(first, end):
            wanted = chains.steps[i].step.same_resource_as
            if wanted is not None and wanted in numbers and chains.steps[i].step.resources:
                found[i] = numbers[wanted]
    return found if (found != NONE).any() else None
