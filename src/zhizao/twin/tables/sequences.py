"""Given sequences: (order, step) by resource → lots and steps, checked."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError, did_you_mean
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.twin.tables.step_tables import step_numbers

Sequences = Mapping[str, Sequence[tuple[str, int]]]
"""Resource → (order id, step number), in the order in which it is to do them."""


def numbered_sequences(
    plant: Plant, *, orders: Sequence[Order], sequences: Sequences
) -> dict[str, list[tuple[int, int]]]:
    """Return sequences with the orders' numbers in place of their names.

    Raises
    ------
    InputError
        With all faults: unknown resources, orders and steps, a resource that
        may not do a step, an order's step that is given twice.
    """
    lots = {order.id: i for i, order in enumerate(orders)}
    able: dict[tuple[str, int], set[str]] = {}
    for routing in plant.routings:
        for s in routing.steps:
            found = able.setdefault((routing.product, s.step), set())
            found |= {o.resource for o in s.resources}
    resources = [r.id for r in plant.resources]
    faults: list[str] = []
    first: dict[tuple[str, int], str] = {}
    for name, sequence in sequences.items():
        if name not in resources:
            hint = did_you_mean(name, resources)
            faults.append(f"Sequence of '{name}': the resource is not known.{hint}")
            continue
        for order_id, step in sequence:
            where = f"Sequence of '{name}', order '{order_id}', step {step}"
            if order_id not in lots:
                faults.append(f"{where}: no such order is given.{did_you_mean(order_id, lots)}")
                continue
            product = orders[lots[order_id]].product
            if name not in able.get((product, step), set()):
                steps = sorted(n for (p, n), who in able.items() if p == product and name in who)
                faults.append(
                    f"{where}: the resource does not do that step of '{product}'; "
                    f"expected one of {steps}."
                )
            before = first.setdefault((order_id, step), name)
            if before != name or sequence.count((order_id, step)) > 1:
                faults.append(f"{where}: given more than once (also to '{before}').")
    if faults:
        raise InputError("\n  ".join([f"{len(faults)} faults:", *dict.fromkeys(faults)]))
    return {name: [(lots[o], step) for o, step in s] for name, s in sequences.items()}


def planned_resources(
    plant: Plant, *, n_orders: int, sequences: Mapping[str, Sequence[tuple[int, int]]]
) -> NDArray[np.int64]:
    """Return the resource that a sequence gives each order's step to, shape (orders, numbers)."""
    if not sequences:
        return np.full((0, 1), -1, dtype=np.int64)
    resources = {r.id: i for i, r in enumerate(plant.resources)}
    indices = step_numbers(plant)
    planned = np.full((n_orders, len(indices)), -1, dtype=np.int64)
    for name, sequence in sequences.items():
        for lot, step in sequence:
            planned[lot, indices[step]] = resources[name]
    return planned
