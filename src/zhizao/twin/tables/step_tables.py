"""Routings → tables of products, variants, steps and their options."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

from zhizao._base.units import SECONDS_PER_MINUTE
from zhizao.model.plant import Plant, Routing, Step, WorkCentre
from zhizao.twin.kernels.codes import (
    HOOK_BATCH,
    HOOK_BUFFER,
    HOOK_CARD,
    HOOK_END,
    HOOK_ENTER,
    HOOK_LISTED,
    MUST_FIT,
    RESUMES,
    WORKS_OVERTIME,
)
from zhizao.twin.kernels.tables import OPTION, PRODUCT, STEP, VARIANT, Table
from zhizao.twin.tables.brought_steps import brought_steps
from zhizao.twin.tables.ragged import Lists, to_table
from zhizao.twin.tables.shape_tables import ShapeTables
from zhizao.twin.tables.streaming_steps import streaming_steps


def variant_tables(plant: Plant, products: dict[str, int]) -> tuple[list[Routing], Table, Table]:
    """Return the routings sorted by product, and the tables of products and variants."""
    by_product: list[list[Routing]] = [[] for _ in products]
    for routing in plant.routings:
        by_product[products[routing.product]].append(routing)
    product_rows: list[tuple[int, int, int]] = []
    variant_rows: list[tuple[int, int, float]] = []
    row = 0
    for variants in by_product:
        product_rows.append((len(variant_rows), len(variant_rows) + len(variants), -1))
        total = sum(r.share for r in variants)
        cumulative = 0.0
        for r in variants:
            cumulative += r.share / total if total > 0.0 else 1.0
            variant_rows.append((row, row + len(r.steps), cumulative))
            row += len(r.steps)
    routings = [r for variants in by_product for r in variants]
    return routings, to_table(product_rows, PRODUCT), to_table(variant_rows, VARIANT)


QueueKey: TypeAlias = tuple[tuple[int, ...], tuple[Any, ...]]
"""The resources that serve a queue, and what its lots go together by; empty: alone."""


def queue_key(routing: Routing, step: Step, resources: dict[str, int]) -> QueueKey:
    """Return what the queue of a step is known by."""
    together: tuple[Any, ...] = ()
    if step.batch is not None:
        together = ("group", step.batch.group)
        if step.batch.group is None:
            together = ("step", routing.product, step.step, step.operation)
    return tuple(sorted({resources[o.resource] for o in step.resources})), together


def queue_groups(routings: Sequence[Routing], resources: dict[str, int]) -> dict[QueueKey, int]:
    """Return a number for each queue: lots that the same resources serve, or a batch's."""
    keys = (
        queue_key(routing, s, resources)
        for routing in routings
        for s in routing.steps
        if s.resources
    )
    return {group: i for i, group in enumerate(dict.fromkeys(keys))}


INTERRUPTIONS = {"resume": RESUMES, "must_fit": MUST_FIT, "overtime": WORKS_OVERTIME}

TOOL = "\0"
"""What stands before a tool's name among the skills: for the kernels a tool is an operator."""


def step_numbers(plant: Plant) -> dict[int, int]:
    """Return an index for each step number that occurs."""
    found = sorted({s.step for r in plant.routings for s in r.steps})
    return {number: i for i, number in enumerate(found)}


def step_tables(
    routings: Sequence[Routing],
    *,
    plant: Plant,
    shapes: ShapeTables,
    lists: Lists,
    calendar_numbers: dict[str | None, int],
    resources: dict[str, int],
    centres: dict[str, int],
    groups: dict[QueueKey, int],
    skills: dict[str, int],
    families: dict[str, int],
) -> tuple[Table, Table]:
    """Return the steps of all variants, and their options."""
    rows: list[SimpleNamespace] = []
    options: list[tuple[int, float]] = []
    family_of_product = {p.id: p.family for p in plant.products}
    number_indices = step_numbers(plant)
    streaming, brought = streaming_steps(plant), brought_steps(plant)
    capped = {c.work_centre for c in plant.wip_caps if c.work_centre is not None}
    for routing in routings:
        numbers = [s.step for s in routing.steps]
        first = len(rows)
        for s in routing.steps:
            rows.append(one := SimpleNamespace())
            own = _options(s, plant=plant, resources=resources)
            one.number = s.step
            one.centre, one.queue, one.card_centre = -1, -1, -1
            if s.resources:
                preferred = plant.resources[resources[s.resources[0].resource]]
                if preferred.work_centre in capped:
                    one.card_centre = centres[preferred.work_centre]
                if (routing.product, routing.variant, s.step) not in brought:
                    one.centre = centres[preferred.work_centre]
                one.queue = groups[queue_key(routing, s, resources)]
            one.option_first, one.option_end = len(options), len(options) + len(own)
            options += own
            one.time_shape = shapes.number_of(s.time)
            one.setup_s = s.time.setup_min * SECONDS_PER_MINUTE
            one.piece_s = s.time.per_piece_min * SECONDS_PER_MINUTE
            one.delay_s = s.delay.mean_min * SECONDS_PER_MINUTE
            one.delay_shape = shapes.number_of(s.delay)
            one.delay_calendar = calendar_numbers[s.delay.calendar]
            one.probability, one.scrap_share = s.probability, s.scrap_share
            one.lot_scrap = s.lot_scrap_probability
            _fill_rework(one, s, first=first, numbers=numbers)
            one.skill_first, one.skill_end = lists.add(
                [*(skills[k] for k in s.skills), *(skills[TOOL + name] for name in s.tools)]
            )
            family = s.family or family_of_product[routing.product]
            one.family = families[family] if family else -1
            one.interval_s = (s.interval_min or 0.0) * SECONDS_PER_MINUTE
            is_streaming = (routing.product, routing.variant, s.step) in streaming
            one.transfer_pieces = (s.transfer_pieces or 0.0) * is_streaming
            one.number_index = number_indices[s.step]
            one.interruption = INTERRUPTIONS[s.interruption]
            one.crew_interruption = INTERRUPTIONS[s.operator_interruption]
            _fill_other_steps(one, s, numbers=numbers)
            one.is_tied = s.drawn_with is not None or any(
                other.drawn_with == s.step for other in routing.steps
            )
            one.is_limited = any(before.limit_to_step == s.step for before in routing.steps)
            _fill_batch(one, s)
            one.hook |= int(HOOK_CARD) * bool(capped)
            one.hook |= _hooks(s, centre=_centre(s, plant=plant, resources=resources))
        _add_rests(rows[first:], routing, plant=plant, resources=resources)
    return _step_table(rows), to_table(options, OPTION)


def _step_table(rows: Sequence[SimpleNamespace]) -> Table:
    """Return steps as a table, column by column: cell by cell a large plant takes a tenth of a second."""
    table = np.recarray(len(rows), dtype=STEP)
    for name in vars(rows[0]) if rows else ():
        table[name] = [getattr(one, name) for one in rows]
    return table


def _centre(step: Step, *, plant: Plant, resources: dict[str, int]) -> WorkCentre | None:
    """Return the work centre of a step's preferred resource."""
    if not step.resources:
        return None
    name = plant.resources[resources[step.resources[0].resource]].work_centre
    return next(c for c in plant.work_centres if c.id == name)


def _hooks(step: Step, *, centre: WorkCentre | None) -> int:
    """Return the bits of what a lot that enters or ends a step needs beyond moving on."""
    hooks = 0
    if centre is not None:
        hooks |= int(HOOK_BUFFER) * (centre.buffer_lots is not None)
        hooks |= int(HOOK_LISTED) * (centre.idle_choice == "listed")
    if step.probability < 1.0 or step.delay.mean_min > 0.0:
        hooks |= int(HOOK_ENTER)
    loses = step.scrap_share > 0.0 or step.lot_scrap_probability > 0.0
    if loses or step.rework or step.limit_to_step or step.skills or step.tools:
        hooks |= int(HOOK_END)
    return hooks


def _fill_rework(one: SimpleNamespace, step: Step, *, first: int, numbers: Sequence[int]) -> None:
    """Fill the detour of a step, whose variant begins at row ``first``."""
    one.rework_probability = step.rework.probability if step.rework else 0.0
    one.rework_row = first + numbers.index(step.rework.to_step) if step.rework else -1
    one.rework_passes = step.rework.max_passes if step.rework else 0


def _fill_other_steps(one: SimpleNamespace, step: Step, *, numbers: Sequence[int]) -> None:
    """Fill which other steps of its variant a step names."""
    one.same_position = one.limit_position = -1
    if step.same_resource_as is not None:
        one.same_position = numbers.index(step.same_resource_as)
    if step.limit_to_step is not None:
        one.limit_position = numbers.index(step.limit_to_step)
    one.drawn_with, one.dependence = -1, step.dependence
    if step.drawn_with is not None:
        one.drawn_with = numbers.index(step.drawn_with)
    one.limit_s = (step.limit_min or 0.0) * SECONDS_PER_MINUTE


def _fill_batch(one: SimpleNamespace, step: Step) -> None:
    """Fill the batch of a step; one that needs no resource has none."""
    one.batch_min, one.batch_max, one.batch_wait_s = 0.0, 0.0, np.inf
    one.hook = 0
    if step.batch is not None and step.resources:
        one.batch_min, one.batch_max = step.batch.min_pieces, step.batch.max_pieces
        one.hook |= int(HOOK_BATCH)
        if step.batch.max_wait_min is not None:
            one.batch_wait_s = step.batch.max_wait_min * SECONDS_PER_MINUTE


def _add_rests(
    rows: Sequence[SimpleNamespace], routing: Routing, *, plant: Plant, resources: dict[str, int]
) -> None:
    """Fill the nominal time from each step of a variant to its last one."""
    rest_setup_s = rest_piece_s = 0.0
    for one, s in zip(rows[::-1], reversed(routing.steps), strict=True):
        speed = 1.0
        if s.resources:
            preferred = s.resources[0]
            speed = plant.resources[resources[preferred.resource]].speed * preferred.speed
        rest_setup_s += one.setup_s * s.probability / speed
        rest_piece_s += one.piece_s * s.probability / speed
        one.rest_setup_s, one.rest_piece_s = rest_setup_s, rest_piece_s


def _options(step: Step, *, plant: Plant, resources: dict[str, int]) -> list[tuple[int, float]]:
    """Return (resource, effective speed) of a step, fastest first, then as listed.

    Only as listed where the preferred resource's work centre lets the first idle one take a lot.
    """
    options = [
        (resources[o.resource], plant.resources[resources[o.resource]].speed * o.speed)
        for o in step.resources
    ]
    centre = _centre(step, plant=plant, resources=resources)
    if centre is not None and centre.idle_choice == "listed":
        return options
    return sorted(options, key=lambda option: -option[1])
