"""Orders of a plant → the operations that are left to do, with their numbers on the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhizao._base.errors import InputError, did_you_mean
from zhizao.model import LotState, Order, Plant, Routing, ShopState, Step

_LIKELY = 0.5
"""A step that fewer than this share of the lots do is not planned."""


@dataclass(frozen=True, kw_only=True)
class PlannedStep:
    """One operation to plan: an order's step."""

    order: Order
    step: Step
    quantity: float
    """Pieces that reach the step, mean scrap taken off."""
    before: Step | None
    """The step before it in the plan; also of one that is done already."""
    lot: LotState | None
    """What is known of it, for the first step of a lot in progress."""
    first_of_order: bool


@dataclass(frozen=True, kw_only=True)
class Chains:
    """The operations of all orders, one after another."""

    steps: tuple[PlannedStep, ...]
    orders: tuple[Order, ...]
    """Orders with at least one operation, in the order of their jobs."""
    n_of_order: tuple[int, ...]
    n_skipped: int
    """Steps left out because most lots do not do them."""
    n_variants: int
    """Orders whose product has several routings; that with the largest share is planned."""


def chains_of(plant: Plant, orders: Sequence[Order], *, state: ShopState | None) -> Chains:
    """Return what is left to do of some orders.

    Raises
    ------
    InputError
        With all faults: products without routing, unknown products, orders given twice, lots
        of orders or steps that are not known.
    """
    routings: dict[str, list[Routing]] = {}
    for routing in plant.routings:
        routings.setdefault(routing.product, []).append(routing)
    lots = {lot.order_id: lot for lot in state.lots} if state else {}
    faults = _faults(plant, orders, routings=routings, lots=lots)
    if faults:
        raise InputError("\n  ".join([f"{len(faults)} faults:", *faults]))
    steps: list[PlannedStep] = []
    kept: list[Order] = []
    counts: list[int] = []
    n_skipped = n_variants = 0
    for order in orders:
        lot = lots.get(order.id)
        routing = _routing(routings[order.product], lot)
        n_variants += lot is None and len(routings[order.product]) > 1
        n_before = len(steps)
        quantity, before = order.quantity, None
        for step in routing.steps:
            if lot is not None and step.step < lot.step:
                before = step
                continue
            is_here = lot is not None and step.step == lot.step
            if step.probability < _LIKELY and not is_here:
                n_skipped += 1
                continue
            steps.append(
                PlannedStep(
                    order=order,
                    step=step,
                    quantity=quantity,
                    before=before,
                    lot=lot if is_here else None,
                    first_of_order=len(steps) == n_before,
                )
            )
            quantity *= 1.0 - step.scrap_share
            before = step
        if len(steps) > n_before:
            kept.append(order)
            counts.append(len(steps) - n_before)
    return Chains(
        steps=tuple(steps),
        orders=tuple(kept),
        n_of_order=tuple(counts),
        n_skipped=n_skipped,
        n_variants=n_variants,
    )


def _routing(variants: Sequence[Routing], lot: LotState | None) -> Routing:
    if lot is not None:
        return next(r for r in variants if r.variant == lot.variant)
    return max(variants, key=lambda r: r.share)


def _faults(
    plant: Plant,
    orders: Sequence[Order],
    *,
    routings: Mapping[str, Sequence[Routing]],
    lots: Mapping[str, LotState],
) -> list[str]:
    products = [p.id for p in plant.products]
    faults = []
    seen: dict[str, Order] = {}
    for order in orders:
        if order.id in seen:
            faults.append(f"Order '{order.id}' is given more than once.")
        seen[order.id] = order
        if order.product not in routings:
            hint = did_you_mean(order.product, products)
            faults.append(f"Order '{order.id}': product '{order.product}' has no routing.{hint}")
    for lot in lots.values():
        where = f"State of order '{lot.order_id}'"
        if lot.order_id not in seen:
            faults.append(f"{where}: no such order is given.{did_you_mean(lot.order_id, seen)}")
            continue
        variants = routings.get(seen[lot.order_id].product, ())
        found = next((r for r in variants if r.variant == lot.variant), None)
        numbers = [] if found is None else [s.step for s in found.steps]
        if variants and lot.step not in numbers:
            faults.append(
                f"{where}: step {lot.step} of variant '{lot.variant}' is not known, "
                f"expected one of {numbers}."
            )
    return faults


def weight_of(order: Order) -> float:
    """Return what an hour late of an order counts: 1 at priority 0, 2 at 1, 3 at 2, ½ at -1.

    Examples
    --------
    >>> weight_of(Order(id="A", product="P", priority=2))
    3.0
    """
    return 1.0 + order.priority if order.priority >= 0 else 1.0 / (1.0 - order.priority)


def whole_seconds(at: datetime, *, origin: datetime) -> int:
    """Return the whole seconds from ``origin`` to an instant, rounded up."""
    return -((origin - at) // timedelta(seconds=1))
