"""Parts of a plant → parts of a problem: setups, crews, batches, upkeep, transport."""

import math
from collections.abc import Sequence

import numpy as np

from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from zhizao.model import Plant, ShopState
from zhizao.schedule.from_plant.calendars import PlantCalendars
from zhizao.schedule.from_plant.plant_orders import PlannedStep
from zhizao.schedule.problem import (
    BY_CLOCK,
    BY_LOTS,
    BY_WORK,
    NONE,
    Batches,
    Crews,
    Setups,
    Upkeep,
)

NEVER = 2**61
"""A wait that is not limited."""


def seconds(value: float) -> int:
    """Return a time in whole seconds, rounded up; a hair of rounding error is forgiven.

    Examples
    --------
    >>> seconds(59.2), seconds(60.0000001)
    (60, 60)
    """
    return max(0, math.ceil(value - 1e-6))


def family_name(plant_families: dict[str, str | None], one: PlannedStep) -> str | None:
    """Return the family that the setups of an operation go by."""
    return one.step.family or plant_families.get(one.order.product)


def setups_of(
    plant: Plant, steps: Sequence[PlannedStep], *, state: ShopState | None
) -> Setups | None:
    """Return setups by family: as the plant's table says, (any) rows filled in.

    A pair is looked up as (from, to), then (any, to), then (from, any), then (any, any). The
    same family again takes nothing unless its pair is given.
    """
    if not plant.setups:
        return None
    of_product = {p.id: p.family for p in plant.products}
    named = list(dict.fromkeys(f for s in plant.setups for f in (s.from_family, s.to_family) if f))
    column = {family: i for i, family in enumerate(named)}
    other = len(named)
    tables = {c: i for i, c in enumerate(dict.fromkeys(s.work_centre for s in plant.setups))}
    ticks = np.zeros((len(tables), other + 1, other + 1), np.int64)
    for s in sorted(plant.setups, key=lambda s: 2 * bool(s.to_family) + bool(s.from_family)):
        rows = [column[s.from_family]] if s.from_family else range(other + 1)
        columns = [column[s.to_family]] if s.to_family else range(other + 1)
        for a in rows:
            for b in columns:
                if a != b or a == other or s.from_family == s.to_family is not None:
                    ticks[tables[s.work_centre], a, b] = seconds(s.setup_min * SECONDS_PER_MINUTE)
    used = [family_name(of_product, one) for one in steps]
    held = state.families if state else {}
    initial = [held.get(r.id, r.initial_family) for r in plant.resources]
    families: dict[str | None, int] = {None: 0}
    for family in (*used, *initial):
        families.setdefault(family, len(families))
    return Setups(
        table_of_machine=np.array(
            [tables.get(r.work_centre, NONE) for r in plant.resources], np.int32
        ),
        family_of_operation=np.array([families[f] for f in used], np.int32),
        initial_family=np.array([families[f] for f in initial], np.int32),
        ticks=ticks,
        column_of_family=np.array(
            [other if f is None else column.get(f, other) for f in families], np.int32
        ),
        needs_lot=True,
    )


def skill_names(plant: Plant) -> list[str]:
    """Return skills of operators, then tools; the way in which needs are numbered."""
    wanted = [k for r in plant.routings for s in r.steps for k in s.skills]
    wanted += [r.setup_skill for r in plant.resources if r.setup_skill]
    wanted += [m.skill for m in plant.maintenances if m.skill]
    return list(dict.fromkeys(wanted)) + [_tool(t.id) for t in plant.tools]


def _tool(name: str) -> str:
    return "\0" + name


def crews_of(
    plant: Plant, steps: Sequence[PlannedStep], *, calendars: PlantCalendars
) -> Crews | None:
    """Return operators and tools, of each skill those with the fewest skills first."""
    skills = {name: i for i, name in enumerate(skill_names(plant))}
    needs = [
        [skills[k] for k in one.step.skills] + [skills[_tool(t)] for t in one.step.tools]
        if one.step.resources
        else []
        for one in steps
    ]
    attended = [NONE if r.setup_skill is None else skills[r.setup_skill] for r in plant.resources]
    is_maintained = any(m.skill for m in plant.maintenances)
    if not any(needs) and all(s == NONE for s in attended) and not is_maintained:
        return None
    order = sorted(range(len(plant.operators)), key=lambda i: len(set(plant.operators[i].skills)))
    groups = [
        [i for i in order if name in plant.operators[i].skills]
        if not name.startswith("\0")
        else [len(plant.operators) + k for k, t in enumerate(plant.tools) if _tool(t.id) == name]
        for name in skills
    ]
    return Crews(
        need_first=np.concatenate([[0], np.cumsum([len(n) for n in needs])]).astype(np.int64),
        need_skill=np.array([k for n in needs for k in n], np.int32),
        setup_skill=np.array(attended, np.int32)
        if plant.setups
        else np.full(len(plant.resources), NONE, np.int32),
        group_first=np.concatenate([[0], np.cumsum([len(g) for g in groups])]).astype(np.int64),
        group=np.array([g for gs in groups for g in gs], np.int32),
        n_units=np.array([o.count for o in plant.operators] + [t.count for t in plant.tools]),
        calendar_of_group=np.array(
            [calendars.number(o.calendar) for o in plant.operators] + [NONE] * len(plant.tools),
            np.int32,
        ),
    )


def unit_names(plant: Plant) -> list[str]:
    """Return the operator or tool of each unit, in the order in which crews number them."""
    return [o.id for o in plant.operators for _ in range(o.count)] + [
        t.id for t in plant.tools for _ in range(t.count)
    ]


def batches_of(
    steps: Sequence[PlannedStep], *, mode_parts: Sequence[tuple[float, float]]
) -> Batches | None:
    """Return what goes together; ``mode_parts``: seconds of each mode (once, for a piece)."""
    keys: dict[tuple[object, ...], int] = {}
    found = []
    for one in steps:
        batch = one.step.batch
        if batch is None or not one.step.resources:
            found.append((NONE, 0.0, 0.0, 0))
            continue
        own = ("group", batch.group)
        key: tuple[object, ...] = own if batch.group else (one.order.product, one.step.step)
        names = tuple(sorted({o.resource for o in one.step.resources}))
        wait = (
            NEVER
            if batch.max_wait_min is None
            else seconds(batch.max_wait_min * SECONDS_PER_MINUTE)
        )
        number = keys.setdefault((*key, names), len(keys))
        found.append((number, batch.min_pieces, batch.max_pieces, wait))
    if not keys:
        return None
    return Batches(
        key=np.array([f[0] for f in found], np.int32),
        pieces=np.array([one.quantity for one in steps]),
        least=np.array([f[1] for f in found]),
        largest=np.array([f[2] for f in found]),
        wait=np.array([f[3] for f in found], np.int64),
        fixed=np.array([a for a, _ in mode_parts]),
        per_piece=np.array([b for _, b in mode_parts]),
    )


def upkeep_of(plant: Plant) -> Upkeep | None:
    """Return planned maintenance at its mean time, by resource."""
    rows = []
    skills = {name: i for i, name in enumerate(skill_names(plant))}
    for m, resource in enumerate(plant.resources):
        for rule in plant.maintenances:
            if rule.resource != resource.id:
                continue
            if rule.every_h is not None:
                counts = BY_WORK if rule.basis == "busy" else BY_CLOCK
                every = seconds(rule.every_h * SECONDS_PER_HOUR)
                first = every if rule.first_h is None else seconds(rule.first_h * SECONDS_PER_HOUR)
            else:
                counts, every = BY_LOTS, rule.every_lots or 1
                first = rule.first_lots or every
            skill = NONE if rule.skill is None else skills[rule.skill]
            took = seconds(rule.mean_min * SECONDS_PER_MINUTE)
            rows.append((m, counts, first, max(1, every), took, skill))
    if not rows:
        return None
    table = np.array(rows, np.int64)
    return Upkeep(
        machine=table[:, 0].astype(np.int32),
        counts=table[:, 1].astype(np.int8),
        first=table[:, 2],
        every=table[:, 3],
        duration=table[:, 4],
        skill=table[:, 5].astype(np.int32) if (table[:, 5] != NONE).any() else None,
    )
