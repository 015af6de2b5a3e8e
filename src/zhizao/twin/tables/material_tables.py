"""Bills of materials, parts and outputs → tables; what waits for material → KPIs."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao._base.seeds import stable_key
from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.plant import Part, Plant, Routing
from zhizao.twin.kernels.codes import HOOK_END, N_SHORT
from zhizao.twin.kernels.tables import ITEM, NEED, STOCK, Floor, Shop, Table
from zhizao.twin.tables.ragged import to_table
from zhizao.twin.tables.shape_tables import ShapeTables


def item_numbers(plant: Plant) -> dict[str, int]:
    """Return a number for all that is kept in stock: what something needs or gives."""
    names = [c.component for c in plant.bom] + [o.output for o in plant.outputs]
    return {name: i for i, name in enumerate(dict.fromkeys(names))}


def item_table(plant: Plant, *, shapes: ShapeTables) -> Table:
    """Return what is kept in stock, with its reorder rule."""
    parts = {p.id: p for p in plant.parts}
    rows = []
    for name in item_numbers(plant):
        part = parts.get(name, Part(id=name))
        rows.append(
            (
                stable_key(name),
                shapes.number_of(part),
                part.stock,
                part.reorder_point if part.reorder_point is not None else -1.0,
                part.reorder_pieces or 0.0,
                part.lead_time_h * SECONDS_PER_HOUR,
            )
        )
    return to_table(rows, ITEM)


def need_table(plant: Plant, routings: Sequence[Routing], steps: Table) -> Table:
    """Return what goes into each step and what else comes out; fill where each begins and ends."""
    items = item_numbers(plant)
    rows: list[tuple[int, float]] = []
    row = 0
    for routing in routings:
        first = routing.steps[0].step
        for step in routing.steps:
            one = steps[row]
            one.need_first = len(rows)
            rows += [
                (items[c.component], c.pieces)
                for c in plant.bom
                if c.product == routing.product and (c.step or first) == step.step
            ]
            one.need_end = one.output_first = len(rows)
            rows += [
                (items[o.output], o.pieces)
                for o in plant.outputs
                if o.product == routing.product and o.step == step.step
            ]
            one.output_end = len(rows)
            if one.output_end > one.output_first:
                one.hook |= int(HOOK_END)
            row += 1
    return to_table(rows, NEED)


def first_stock(floor: Floor) -> Table:
    """Return the stock at the start."""
    stock = np.recarray(floor.items.size, dtype=STOCK)
    stock[:] = np.zeros(floor.items.size, dtype=STOCK)
    stock.pieces = floor.items.stock
    return stock


def still_short(shop: Shop) -> NDArray[np.int64]:
    """Return the lots that wait for material at the end."""
    return shop.short[: int(shop.counters[N_SHORT])]


def material_indicators(shop: Shop) -> dict[str, float]:
    """Return the time average of the lots that wait for material, in the window."""
    since_s = np.maximum(shop.lots.since_s[still_short(shop)], shop.warm_up_s)
    area = float(shop.short_area[0]) + math.fsum(shop.horizon_s - since_s)
    return {"material_wip_mean": area / (shop.horizon_s - shop.warm_up_s)}


def material_waits(shop: Shop, *, n_orders: int) -> dict[str, NDArray[np.float64]]:
    """Return the hours that each known order has waited for material."""
    waits_s = shop.short_s.copy()
    short = still_short(shop)
    waits_s[short] += shop.horizon_s - shop.lots.since_s[short]
    return {"material_wait_h": waits_s[:n_orders] / SECONDS_PER_HOUR}
