"""Plant → the kernels' tables: steps, resources, setups, calendars, operators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao.model.calendar import open_intervals
from zhizao.model.plant import Plant, Step, Weights
from zhizao.twin.kernels.codes import MIN_RUN, WEIGHTED
from zhizao.twin.kernels.tables import Floor
from zhizao.twin.tables.carrier_tables import carrier_tables
from zhizao.twin.tables.energy_tables import meter_table
from zhizao.twin.tables.material_tables import item_numbers, item_table, need_table
from zhizao.twin.tables.people_tables import calendar_tables, crew_tables, together_table
from zhizao.twin.tables.ragged import Lists, numbered
from zhizao.twin.tables.resource_tables import (
    cap_tables,
    maintenance_table,
    resource_table,
    sequence_table,
    setup_tables,
    transport_table,
    weight_numbers,
)
from zhizao.twin.tables.shape_tables import ShapeTables
from zhizao.twin.tables.step_tables import TOOL, queue_groups, step_tables, variant_tables


@dataclass(frozen=True, kw_only=True)
class FloorPlan:
    """The kernels' tables of a plant, and which name has which number."""

    floor: Floor
    steps: tuple[Step, ...]
    variants: dict[tuple[str, str], int]
    products: dict[str, int]
    families: dict[str, int]
    family_of_product: dict[str, int]
    resources: dict[str, int]
    slot_resource: tuple[str, ...]
    open_intervals: tuple[NDArray[np.float64], ...]
    calendar_numbers: dict[str | None, int]
    longest_variant: int
    largest_crew: int


def to_floor(
    plant: Plant,
    *,
    start_at: datetime,
    end_at: datetime,
    sequences: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> FloorPlan:
    """Return a plant as tables for a span; the plant's references must be sound.

    ``sequences``: for resources, the (number of the lot, step) that they are to do.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from zhizao.model.plant import (
    ...     Product, Resource, ResourceOption, Routing, Step, WorkCentre
    ... )
    >>> plant = Plant(
    ...     name="small",
    ...     work_centres=(WorkCentre(id="W"),),
    ...     resources=(Resource(id="M", work_centre="W"),),
    ...     products=(Product(id="P"),),
    ...     routings=(
    ...         Routing(
    ...             product="P",
    ...             steps=(Step(step=10, operation="cut", resources=(ResourceOption(resource="M"),)),),
    ...         ),
    ...     ),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> to_floor(plant, start_at=monday, end_at=monday + timedelta(days=1)).slot_resource
    ('M',)
    """
    shapes, lists = ShapeTables(), Lists()
    calendar_numbers: dict[str | None, int] = {None: 0}
    calendar_numbers |= {c.id: i + 1 for i, c in enumerate(plant.calendars)}
    intervals = tuple(
        open_intervals(c, time_zone=plant.time_zone, start_at=start_at, end_at=end_at)
        for c in (None, *plant.calendars)
    )
    resources = {r.id: i for i, r in enumerate(plant.resources)}
    centres = {c.id: i for i, c in enumerate(plant.work_centres)}
    families = numbered(
        [p.family for p in plant.products]
        + [s.family for r in plant.routings for s in r.steps]
        + [f for s in plant.setups for f in (s.from_family, s.to_family)]
        + [r.initial_family for r in plant.resources]
    )
    products = {p.id: i for i, p in enumerate(plant.products)}
    routings, product_table, variant_table = variant_tables(plant, products)
    items_of = item_numbers(plant)
    product_table.store = [items_of.get(name, -1) for name in products]
    skills = numbered([k for o in plant.operators for k in o.skills])
    skills |= {TOOL + tool.id: len(skills) + i for i, tool in enumerate(plant.tools)}
    groups = queue_groups(routings, resources)
    step_rows, option_rows = step_tables(
        routings,
        plant=plant,
        shapes=shapes,
        lists=lists,
        calendar_numbers=calendar_numbers,
        resources=resources,
        centres=centres,
        groups=groups,
        skills=skills,
        families=families,
    )
    resource_rows = resource_table(
        plant,
        shapes=shapes,
        lists=lists,
        calendar_numbers=calendar_numbers,
        centres=centres,
        groups=groups,
        skills=skills,
    )
    maintenances = maintenance_table(plant, shapes=shapes, skills=skills)
    skill_table, operator_table = crew_tables(
        plant, lists=lists, skills=skills, calendar_numbers=calendar_numbers
    )
    items = item_table(plant, shapes=shapes)
    needs = need_table(plant, routings, step_rows)
    shape_table, quantiles = shapes.to_tables()
    setup_first, setup_s, min_run, family_column = setup_tables(
        plant, centres=centres, families=families
    )
    for centre, first in setup_first.items():
        is_here = resource_rows.centre == centre
        resource_rows.setup_first[is_here] = quantiles.size + first
        n_entries = min_run.size // len(setup_first)
        if min_run[first : first + n_entries].any():
            resource_rows.min_run_first[is_here] = quantiles.size + setup_s.size + first
            resource_rows.special[is_here] |= int(MIN_RUN)
    weights = weight_numbers(plant)
    is_weighted = resource_rows.rule == WEIGHTED
    resource_rows.weight_first[is_weighted] = (
        quantiles.size
        + 2 * setup_s.size
        + len(Weights.model_fields) * resource_rows.centre[is_weighted]
    )
    sequence_rows = sequence_table(sequences or {}, resources=resources, rows=resource_rows)
    carriers, carrier_of, empty_s = carrier_tables(plant, centres=centres, steps=step_rows)
    caps, places = cap_tables(plant, products=products, centres=centres)
    meter, meter_ends = meter_table(plant, intervals, start_at=start_at, end_at=end_at)
    calendar_table, spans = calendar_tables(intervals, meter_ends=meter_ends)
    floor = Floor(
        products=product_table,
        variants=variant_table,
        steps=step_rows,
        options=option_rows,
        resources=resource_rows,
        maintenances=maintenances,
        skills=skill_table,
        operators=operator_table,
        calendars=calendar_table,
        spans=spans,
        shapes=shape_table,
        lists=lists.to_array(),
        family_column=family_column,
        numbers=np.concatenate([quantiles, setup_s, min_run, weights]),
        transport_s=transport_table(plant, centres),
        together_s=together_table(plant, intervals),
        carriers=carriers,
        carrier_of=carrier_of,
        empty_s=empty_s,
        sequences=sequence_rows,
        caps=caps,
        buffer=places,
        meter=meter,
        items=items,
        needs=needs,
        n_columns=int(family_column[0]) + 1,
    )
    all_steps = tuple(s for routing in routings for s in routing.steps)
    return FloorPlan(
        floor=floor,
        steps=all_steps,
        variants={(r.product, r.variant): i for i, r in enumerate(routings)},
        products=products,
        families=families,
        family_of_product={p.id: families[p.family] if p.family else -1 for p in plant.products},
        resources=resources,
        slot_resource=tuple(r.id for r in plant.resources for _ in range(r.capacity)),
        open_intervals=intervals,
        calendar_numbers=calendar_numbers,
        longest_variant=max((len(r.steps) for r in routings), default=0),
        largest_crew=max((len(s.skills) + len(s.tools) for s in all_steps), default=0),
    )
