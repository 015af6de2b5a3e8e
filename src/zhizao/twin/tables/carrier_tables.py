"""Carriers of limited number: their tables, and what a run says of them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from zhizao.model.plant import Plant
from zhizao.twin.kernels.codes import CALL_S, HOOK_CARRIED, N_PICKED_UP, OUT_S
from zhizao.twin.kernels.tables import CARRIER, QUEUE, UNIT, Floor, Shop, Table
from zhizao.twin.tables.ragged import to_table


def carrier_tables(
    plant: Plant, *, centres: dict[str, int], steps: Table
) -> tuple[Table, NDArray[np.int64], NDArray[np.float64]]:
    """Return groups of carriers, which of them carries from × to, and their ways without a lot.

    A way without a lot takes what the transport in that direction takes, else the one in the
    other direction, else nothing. Steps that lots are carried to get their hook.
    """
    ends = np.cumsum([c.count for c in plant.carriers]).tolist()
    groups = to_table(
        [(end - c.count, end, c.speed) for c, end in zip(plant.carriers, ends, strict=True)],
        CARRIER,
    )
    if not plant.carriers:
        return groups, np.full((1, 1), -1, dtype=np.int64), np.zeros((1, 1))
    numbers = {c.id: i for i, c in enumerate(plant.carriers)}
    n = len(centres)
    carrier_of = np.full((n, n), -1, dtype=np.int64)
    empty_s = np.full((n, n), np.nan)
    for t in plant.transports:
        at = centres[t.from_work_centre], centres[t.to_work_centre]
        empty_s[at] = t.minutes * SECONDS_PER_MINUTE
        if t.carrier is not None:
            carrier_of[at] = numbers[t.carrier]
    empty_s = np.where(np.isnan(empty_s), empty_s.T, empty_s)
    np.fill_diagonal(empty_s, 0.0)
    carried_to = np.flatnonzero((carrier_of >= 0).any(axis=0))
    steps.hook[np.isin(steps.centre, carried_to)] |= int(HOOK_CARRIED)
    return groups, carrier_of, np.nan_to_num(empty_s)


def first_units(floor: Floor) -> tuple[Table, Table]:
    """Return all carriers, free and nowhere yet, and the empty queues of who waits for them."""
    groups = floor.carriers
    n_units = (groups.unit_end - groups.unit_first).astype(np.int64)
    units = np.recarray(int(n_units.sum()), dtype=UNIT)
    units[:] = np.zeros(units.size, dtype=UNIT)
    units.group = np.repeat(np.arange(groups.size), n_units)
    units.centre = -1
    calls = np.recarray(groups.size, dtype=QUEUE)
    calls[:] = np.zeros(groups.size, dtype=QUEUE)
    calls.head = calls.tail = -1
    return units, calls


def carrier_indicators(plant: Plant, shop: Shop) -> dict[str, float]:
    """Return the share of time on trips and the mean wait of lots, by group of carriers."""
    found = {}
    span_s = shop.horizon_s - shop.warm_up_s
    for carrier, tally in zip(plant.carriers, shop.carrier_tally, strict=True):
        n = tally[N_PICKED_UP]
        found[f"carrier_utilisation:{carrier.id}"] = float(tally[OUT_S]) / (carrier.count * span_s)
        found[f"carrier_wait_mean_h:{carrier.id}"] = (
            float(tally[CALL_S] / n) / SECONDS_PER_HOUR if n else float("nan")
        )
    return found


def carrier_waits(shop: Shop, *, n_orders: int) -> dict[str, NDArray[np.float64]]:
    """Return the hours that each known order has waited to be picked up."""
    waits_s = shop.carried_s.copy()
    for head in shop.carrier_calls["head"].tolist():
        lot = head
        while lot >= 0:
            waits_s[lot] += shop.horizon_s - shop.lots.since_s[lot]
            lot = int(shop.lots.next[lot])
    return {"carrier_wait_h": waits_s[:n_orders] / SECONDS_PER_HOUR}


def unknown_empty_ways(plant: Plant) -> Iterator[str]:
    """Yield the ways that a carrier may go without a lot and that no transport gives a time for."""
    given = {(t.from_work_centre, t.to_work_centre) for t in plant.transports}
    for carrier in plant.carriers:
        own = [t for t in plant.transports if t.carrier == carrier.id]
        for a in dict.fromkeys(t.to_work_centre for t in own):
            for b in dict.fromkeys(t.from_work_centre for t in own):
                if a != b and (a, b) not in given and (b, a) not in given:
                    yield f"'{a}' → '{b}'"
