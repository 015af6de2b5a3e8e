"""Lots that wait for each other's room in capped work centres, and will for ever."""

import numpy as np
from numpy.typing import NDArray

from zhizao.model.plant import Plant
from zhizao.twin.kernels.codes import N_CARD_WAITS
from zhizao.twin.kernels.tables import Floor, Shop


def stuck_lots(floor: Floor, shop: Shop) -> NDArray[np.int64]:
    """Return the lots that wait for room that none of the others can ever give.

    A cap gets room if one of the lots that it counts does not wait for room itself, or waits
    for caps that all get some. What is left after that waits in a circle.
    """
    waiting = shop.card_waits[: int(shop.counters[N_CARD_WAITS])]
    caps = floor.caps
    here = np.flatnonzero((shop.lots.card_centre >= 0) & np.isnan(shop.lots.left_s))
    counted = [
        here[
            (shop.lots.card_centre[here] == cap.centre)
            & ((cap.product < 0) | (shop.lots["product"][here] == cap.product))
        ]
        for cap in caps
    ]
    wanted = {
        int(lot): [
            i
            for i, cap in enumerate(caps)
            if cap.centre == floor.steps.card_centre[shop.lots.row[lot]]
            and cap.product in (-1, shop.lots["product"][lot])
            and shop.room[i] <= 0
        ]
        for lot in waiting
    }
    stuck = set(wanted)
    while True:
        gives = [bool(set(lots.tolist()) - stuck) for lots in counted]
        left = {lot for lot in stuck if not all(gives[i] for i in wanted[lot])}
        if left == stuck:
            return np.array(sorted(left), dtype=np.int64)
        stuck = left


def stuck_text(
    plant: Plant, floor: Floor, shop: Shop, *, lots: NDArray[np.int64], lot_ids: list[str]
) -> str:
    """Return who waits for whom, of the lots that count somewhere themselves."""
    names = [c.id for c in plant.work_centres]
    lines = [
        f"lot '{lot_ids[lot]}' counts in work centre '{names[shop.lots.card_centre[lot]]}' and "
        f"waits for room in '{names[floor.steps.card_centre[shop.lots.row[lot]]]}'"
        for lot in lots.tolist()
        if shop.lots.card_centre[lot] >= 0
    ]
    shown = lines[:5] + ([f"and {len(lines) - 5} more"] if len(lines) > 5 else [])
    return (
        "At the end of the run, lots wait for each other's room in a circle: "
        + "; ".join(shown)
        + ". Let more lots into one of these work centres (max_lots in wip_caps.csv), or cap the lots "
        "in the plant."
    )
