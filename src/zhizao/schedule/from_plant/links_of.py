"""Steps that overlap, must follow soon, or wait in limited buffers → links of a problem."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_MINUTE
from zhizao.model import Plant
from zhizao.schedule.from_plant.plant_orders import PlannedStep
from zhizao.schedule.from_plant.plant_parts import seconds
from zhizao.schedule.links import Buffers, Limits, Overlaps
from zhizao.schedule.problem import NONE, Lags
from zhizao.twin.tables.streaming_steps import streaming_steps


def overlaps_of(
    plant: Plant,
    steps: Sequence[PlannedStep],
    *,
    mode_first: NDArray[np.int64],
    mode_duration: NDArray[np.int64],
    mode_parts: Sequence[tuple[float, float]],
) -> Overlaps | None:
    """Return which operations hand pieces on early, where the twin lets them, else None.

    Transfer batches are even. The next operation works on the last of them from when it comes,
    and unloads after it. ``mode_parts``: seconds of each mode (once, for a piece).
    """
    streaming = streaming_steps(plant)
    first, last = mode_duration.copy(), np.zeros(len(mode_duration), np.int64)
    handling = {
        r.id: (r.load_min * SECONDS_PER_MINUTE, r.unload_min * SECONDS_PER_MINUTE)
        for r in plant.resources
    }
    is_any = False
    variants = _variants(plant, steps)
    for i, one in enumerate(steps):
        size = one.step.transfer_pieces
        goes_on = i + 1 < len(steps) and not steps[i + 1].first_of_order
        is_known = (one.order.product, variants[i], one.step.step) in streaming
        n_batches = 1 if not size else max(1, math.ceil(one.quantity / size - 1e-9))
        if n_batches == 1 or not is_known or not goes_on:
            continue
        is_any = True
        for k in range(int(mode_first[i]), int(mode_first[i + 1])):
            option = one.step.resources[k - int(mode_first[i])]
            work_s, batch_s = _of_a_batch(
                mode_parts[k], one.quantity, handling[option.resource], n_batches
            )
            first_s = handling[option.resource][0] + work_s - (n_batches - 1) * batch_s
            first[k] = min(int(mode_duration[k]), seconds(first_s))
        following = steps[i + 1]
        for k in range(int(mode_first[i + 1]), int(mode_first[i + 2])):
            option = following.step.resources[k - int(mode_first[i + 1])]
            _, batch_s = _of_a_batch(
                mode_parts[k], following.quantity, handling[option.resource], n_batches
            )
            last[k] = max(1, seconds(batch_s + handling[option.resource][1]))
    return Overlaps(first=first, last=last) if is_any else None


def _of_a_batch(
    parts: tuple[float, float], quantity: float, handling: tuple[float, float], n_batches: int
) -> tuple[float, float]:
    """Return the seconds of work after loading, and those of each transfer batch, as the twin does.

    Unloading is spread over the work as if it took part in it.
    """
    once, per_piece = parts
    load_s, unload_s = handling
    nominal_s = once - load_s - unload_s + per_piece * quantity
    work_s = nominal_s + unload_s
    share = 0.0 if nominal_s <= 0.0 else per_piece * quantity / n_batches / nominal_s
    return work_s, share * work_s


def _variants(plant: Plant, steps: Sequence[PlannedStep]) -> list[str]:
    """Return the variant of the routing that each operation belongs to."""
    likely = {r.product: r.variant for r in sorted(plant.routings, key=lambda r: r.share)}
    found, variant = [], ""
    for one in steps:
        if one.first_of_order:
            variant = likely[one.order.product] if one.lot is None else one.lot.variant
        found.append(variant)
    return found


def is_alone(one: PlannedStep) -> bool:
    """Return whether an operation is done on resources, lot by lot, one after the other."""
    return bool(one.step.resources) and one.step.batch is None and one.step.interval_min is None


def limits_of(steps: Sequence[PlannedStep]) -> Limits | None:
    """Return the longest times between steps of a lot; between them are only plain operations."""
    rows = []
    for i, one in enumerate(steps):
        wanted, most_min = one.step.limit_to_step, one.step.limit_min
        if wanted is None or most_min is None:
            continue
        x = i + 1
        while x < len(steps) and not steps[x].first_of_order and steps[x].step.step < wanted:
            x += 1
        if x == len(steps) or steps[x].first_of_order or steps[x].step.step != wanted:
            continue
        if all(is_alone(steps[a]) for a in range(i, x + 1)):
            rows.append((i, x, math.floor(most_min * SECONDS_PER_MINUTE + 1e-6)))
    if not rows:
        return None
    table = np.array(rows, np.int64)
    return Limits(before=table[:, 0], after=table[:, 1], most=table[:, 2])


def buffers_of(plant: Plant, steps: Sequence[PlannedStep], *, lags: Lags) -> Buffers | None:
    """Return the limited buffers, and the operations whose lots come to them directly.

    What is carried or delayed on its way blocks nothing, as in the twin.
    """
    numbers = {
        c.id: b for b, c in enumerate(c for c in plant.work_centres if c.buffer_lots is not None)
    }
    if not numbers:
        return None
    centre_of = {r.id: r.work_centre for r in plant.resources}
    area = {c.id: a for a, c in enumerate(plant.work_centres)}
    buffer = np.full(len(steps), NONE, np.int32)
    for i, one in enumerate(steps):
        if one.first_of_order or not is_alone(one) or not is_alone(steps[i - 1]):
            continue
        here = centre_of[one.step.resources[0].resource]
        before = {centre_of[o.resource] for o in steps[i - 1].step.resources}
        is_carried = any(lags.transport[area[b], area[here]] > 0 for b in before)
        if here in numbers and not is_carried and lags.delay[i] == 0:
            buffer[i] = numbers[here]
    n_lots = [c.buffer_lots or 0 for c in plant.work_centres if c.buffer_lots is not None]
    return Buffers(of_operation=buffer, n_lots=np.array(n_lots, np.int64))
