"""What a reader of a run must know: what is simplified, what looks odd."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from zhizao._base.words import Lang, say
from zhizao.model.plant import Plant, Spread
from zhizao.twin.checks.input_checks import odd_quantile_means
from zhizao.twin.checks.not_simulated import not_simulated
from zhizao.twin.checks.odd_inputs import odd_inputs
from zhizao.twin.kernels.codes import ENTERS_DELAYED, ENTERS_SETUP
from zhizao.twin.kernels.shapes import survival_of
from zhizao.twin.kernels.tables import Table
from zhizao.twin.tables.brought_steps import not_brought
from zhizao.twin.tables.floor_tables import FloorPlan
from zhizao.twin.tables.lot_tables import DemandStream


def cautions(
    plan: FloorPlan,
    plant: Plant,
    *,
    lots: Table,
    streams: Sequence[DemandStream],
    mean_lost: float,
    mean_short: float,
    mean_violations: float,
    sequenced: frozenset[str],
    lang: Lang = "en",
) -> tuple[str, ...]:
    """Return the warnings of a run: parts of the plant that are simulated in another way."""
    steps = [step for routing in plant.routings for step in routing.steps]
    n_worked, n_delayed = _beyond_model(plan, lots)
    counts = {
        "operators_work_on": sum(
            bool(s.skills) and s.operator_interruption == "overtime"
            for s in steps
            if any(o.calendar for o in plant.operators)
        ),
        "no_sequence": sum(
            r.work_centre in {c.id for c in plant.work_centres if c.dispatch == "sequence"}
            and r.id not in sequenced
            for r in plant.resources
        ),
        "buffer_reached_later": _late_places(plant),
        "transport_to_preferred": not_brought(plant),
        "skills_without_resource": sum(
            bool((s.skills or s.tools) and not s.resources) for s in steps
        ),
        "slots_fail_alone": sum(r.capacity > 1 and r.failure is not None for r in plant.resources),
        "exponential_cv": sum(
            s.distribution == "exponential" and s.cv not in (0.0, 1.0) for s in _spreads(plant)
        )
        + sum(
            (r.failure.between == "exponential" and r.failure.between_cv != 1.0)
            + (r.failure.repair == "exponential" and r.failure.repair_cv != 1.0)
            for r in plant.resources
            if r.failure
        ),
        "quantile_mean": odd_quantile_means(plant),
        "ineligible_resource": _ineligible(plan, lots),
        "worked_beyond": n_worked,
        "delayed_beyond": n_delayed,
        "nothing_to_do": int(
            not lots.size and not any(s.rate_per_s > 0.0 and s.intervals_s.size for s in streams)
        ),
        "release_calendar_closed": sum(not s.intervals_s.size for s in streams),
    }
    found = [say("zhizao.twin", key, lang=lang, n=n) for key, n in counts.items() if n]
    if mean_lost > 0.0:
        found.append(say("zhizao.twin", "lost_all_pieces", lang=lang, mean=mean_lost))
    if mean_short > 0.0:
        found.append(say("zhizao.twin", "wait_for_material", lang=lang, mean=mean_short))
    if any(s.limit_to_step for s in steps):
        found.append(say("zhizao.twin", "limits_broken", lang=lang, mean=mean_violations))
    return (*found, *odd_inputs(plant, lang=lang), *not_simulated(plant, lang=lang))


def _spreads(plant: Plant) -> Iterator[Spread]:
    for routing in plant.routings:
        for step in routing.steps:
            yield step.time
            yield step.delay


def _late_places(plant: Plant) -> int:
    """Count steps into a limited buffer that lots reach after a delay, transport or cascade."""
    limited = {c.id for c in plant.work_centres if c.buffer_lots is not None}
    centre_of = {r.id: r.work_centre for r in plant.resources}
    n = 0
    for routing in plant.routings:
        for before, step in pairwise(routing.steps):
            if not step.resources or centre_of[step.resources[0].resource] not in limited:
                continue
            is_moved = before.resources and any(
                (t.minutes > 0.0 or t.carrier is not None)
                and t.from_work_centre == centre_of[before.resources[0].resource]
                and t.to_work_centre == centre_of[step.resources[0].resource]
                for t in plant.transports
            )
            n += bool(step.delay.mean_min > 0.0 or is_moved or before.interval_min)
    return n


def _ineligible(plan: FloorPlan, lots: Table) -> int:
    floor = plan.floor
    slot_first = floor.resources.slot_first
    n = 0
    for lot in lots[lots.slot >= 0]:
        r = int(np.searchsorted(slot_first, lot.slot, side="right")) - 1
        step = floor.steps[lot.row]
        n += r not in floor.options["resource"][step.option_first : step.option_end]
    return n


def _speed(plan: FloorPlan, row: int, r: int) -> float:
    """Return the effective speed of a resource at a step, its own if it is not listed."""
    step = plan.floor.steps[row]
    for option in plan.floor.options[step.option_first : step.option_end]:
        if option["resource"] == r:
            return float(option["speed"])
    return float(plan.floor.resources[r].speed)


def _beyond_model(plan: FloorPlan, lots: Table) -> tuple[int, int]:
    """Count lots worked on, or delayed, for longer than their model can draw."""
    floor = plan.floor
    n_worked = n_delayed = 0
    for lot in lots[(lots.row >= 0) & (lots.spent_s > 0.0) & (lots.enters != ENTERS_SETUP)]:
        step = floor.steps[lot.row]
        is_delayed = lot.enters == ENTERS_DELAYED
        mean, shape = step.delay_s, step.delay_shape
        if not is_delayed:
            speed = 1.0
            if lot.slot >= 0:
                r = int(np.searchsorted(floor.resources.slot_first, lot.slot, side="right")) - 1
                speed = _speed(plan, lot.row, r)
            elif step.option_first < step.option_end:
                speed = floor.options[step.option_first].speed
            mean, shape = (step.setup_s + step.piece_s * lot.quantity) / speed, step.time_shape
        is_beyond = (
            mean <= 0.0
            or survival_of(floor.shapes, floor.numbers, shape, lot.spent_s / mean) <= 0.0
        )
        n_delayed += is_beyond and is_delayed
        n_worked += is_beyond and not is_delayed
    return n_worked, n_delayed
