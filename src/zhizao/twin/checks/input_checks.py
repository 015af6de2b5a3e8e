"""What cannot be simulated, all of it together, before anything runs."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from zhizao._base.errors import InputError, did_you_mean
from zhizao.model.files.checks import check_plant
from zhizao.model.order import Order
from zhizao.model.plant import Batch, Plant, Step
from zhizao.model.state import LotState, ShopState
from zhizao.twin.tables.shape_tables import LARGEST_UNIFORM_CV

_MOST = 20
"""Faults that a message lists; the number of the others is given."""


def check_span(
    *,
    start_at: datetime,
    end_at: datetime,
    seed: int,
    n_replications: int,
    n_threads: int | None,
    warm_up_s: float,
) -> None:
    """Raise InputError if the numbers of a run make no sense."""
    if start_at.tzinfo is None or end_at.tzinfo is None:
        raise InputError(f"Span {start_at} … {end_at} has no time zone; give aware datetimes.")
    faults = []
    span_s = (end_at - start_at).total_seconds()
    if span_s <= 0.0:
        faults.append(f"The run ends {end_at}, expected after its start {start_at}.")
    elif not 0.0 <= warm_up_s < span_s:
        faults.append(f"warm_up_s is {warm_up_s}, expected from 0 to less than {span_s} s.")
    if not 0 <= seed < 2**64:
        faults.append(f"seed is {seed}, expected 0 … 2⁶⁴ - 1.")
    if n_replications < 1:
        faults.append(f"n_replications is {n_replications}, expected >= 1.")
    if n_threads is not None and n_threads < 1:
        faults.append(f"n_threads is {n_threads}, expected >= 1, or None for all cores.")
    raise_faults(faults)


def check_references(
    plant: Plant, *, orders: Sequence[Order], state: ShopState | None, start_at: datetime
) -> None:
    """Raise InputError if plant, orders and state do not fit together."""
    faults = [str(fault) for fault in check_plant(plant)]
    products = {p.id for p in plant.products}
    routed = {r.product for r in plant.routings}
    for order in orders:
        if order.product not in products:
            hint = did_you_mean(order.product, products)
            faults.append(f"Order '{order.id}': product '{order.product}' is not known.{hint}")
        elif order.product not in routed:
            faults.append(f"Order '{order.id}': product '{order.product}' has no routing.")
    faults += [
        f"Demand for '{d.product}': the product has no routing."
        for d in plant.demands
        if d.orders_per_week > 0.0 and d.product in products and d.product not in routed
    ]
    for name, n in Counter(o.id for o in orders).items():
        if n > 1:
            faults.append(f"Order '{name}' is given {n} times, expected once.")
    faults += _spread_faults(plant)
    faults += _batch_faults(plant)
    faults += _return_faults(plant)
    if state is not None:
        faults += _state_faults(plant, orders=orders, state=state, start_at=start_at)
    raise_faults(faults)


def _spread_faults(plant: Plant) -> list[str]:
    spreads = [
        (f"Routing of '{r.product}' ({r.variant}), step {s.step}", spread.distribution, spread.cv)
        for r in plant.routings
        for s in r.steps
        for spread in (s.time, s.delay)
    ]
    for r in plant.resources:
        if r.failure:
            spreads.append((f"Failures of '{r.id}'", r.failure.between, r.failure.between_cv))
            spreads.append((f"Repairs of '{r.id}'", r.failure.repair, r.failure.repair_cv))
    return [
        f"{where}: a uniform factor has cv {cv}, expected <= {LARGEST_UNIFORM_CV:.3f}, "
        "because times are not negative."
        for where, distribution, cv in spreads
        if distribution == "uniform" and cv > LARGEST_UNIFORM_CV
    ] + [
        f"{where}: {distribution} failures cannot be simulated; expected one of constant, "
        "exponential, gamma, lognormal, weibull, uniform."
        for where, distribution, _ in spreads
        if distribution == "empirical" and where.startswith(("Failures", "Repairs"))
    ]


def _return_faults(plant: Plant) -> list[str]:
    """Return faults of steps that must return to a resource that cannot do them."""
    faults = []
    for r in plant.routings:
        able = {s.step: {o.resource for o in s.resources} for s in r.steps}
        for s in r.steps:
            if s.same_resource_as is None or not s.resources:
                continue
            unable = sorted(able[s.same_resource_as] - able[s.step])
            if unable:
                faults.append(
                    f"Step {s.step} of '{r.product}' ({r.variant}) goes to the resource of step "
                    f"{s.same_resource_as}, but does not list {unable} of it; add them."
                )
    return faults


def _batch_faults(plant: Plant) -> list[str]:
    """Return faults of batch groups whose steps state different batches."""
    first: dict[tuple[str, frozenset[str]], tuple[str, Batch]] = {}
    faults = []
    for r in plant.routings:
        for s in r.steps:
            if s.batch is None or s.batch.group is None:
                continue
            where = f"Step {s.step} of '{r.product}' ({r.variant})"
            key = s.batch.group, frozenset(o.resource for o in s.resources)
            before, batch = first.setdefault(key, (where, s.batch))
            if batch != s.batch:
                faults.append(
                    f"{where}: its batch differs from that of {before} in the same group "
                    f"'{s.batch.group}' on the same resources; expected equal numbers."
                )
    return faults


def _state_faults(
    plant: Plant, *, orders: Sequence[Order], state: ShopState, start_at: datetime
) -> list[str]:
    faults = []
    if state.at != start_at:
        faults.append(f"The state is of {state.at}, expected the run's start {start_at}.")
    product_by_order = {o.id: o.product for o in orders}
    capacity = {r.id: r.capacity for r in plant.resources}
    running: Counter[str] = Counter()
    for lot in state.lots:
        where = f"State of order '{lot.order_id}'"
        if lot.order_id not in product_by_order:
            hint = did_you_mean(lot.order_id, product_by_order)
            faults.append(f"{where}: no such order is given.{hint}")
            continue
        if lot.since_at > start_at:
            faults.append(f"{where}: since {lot.since_at}, expected not after {start_at}.")
        step = _step_of(lot, plant=plant, product=product_by_order[lot.order_id])
        if isinstance(step, str):
            faults.append(f"{where}: {step}")
        elif lot.status in {"running", "setup"}:
            faults += _running_faults(lot, step, where=where, capacity=capacity)
            if lot.resource in capacity and step.resources:
                running[lot.resource] += 1
    faults += _down_faults(plant, state=state, start_at=start_at)
    for name, n in Counter(lot.order_id for lot in state.lots).items():
        if n > 1:
            faults.append(f"State of order '{name}' is given {n} times, expected once.")
    faults += [
        f"State: {n} lots run on '{name}', expected at most its capacity {capacity[name]}."
        for name, n in running.items()
        if n > capacity[name]
    ]
    faults += [
        f"State: resource '{name}' of the families is not known.{did_you_mean(name, capacity)}"
        for name in state.families
        if name not in capacity
    ]
    return faults


def _down_faults(plant: Plant, *, state: ShopState, start_at: datetime) -> list[str]:
    resources = {r.id: r for r in plant.resources}
    faults = []
    for name, n in Counter(d.resource for d in state.down).items():
        where = f"State: resource '{name}' that is down"
        if name not in resources:
            faults.append(f"{where} is not known.{did_you_mean(name, resources)}")
        elif resources[name].failure is None:
            faults.append(
                f"{where} has no breakdowns; state them, so that its repair has a length."
            )
        elif n > resources[name].capacity:
            faults.append(
                f"{where} is given {n} times, its capacity is {resources[name].capacity}."
            )
    faults += [
        f"State: resource '{d.resource}' is down since {d.since_at}, expected not after {start_at}."
        for d in state.down
        if d.since_at > start_at
    ]
    return faults


def _step_of(lot: LotState, *, plant: Plant, product: str) -> Step | str:
    """Return the step that a lot is at, or what is wrong with it."""
    routings = {r.variant: r for r in plant.routings if r.product == product}
    if lot.variant not in routings:
        return (
            f"variant '{lot.variant}' of '{product}' is not known, expected one of "
            f"{list(routings)}.{did_you_mean(lot.variant, routings)}"
        )
    for step in routings[lot.variant].steps:
        if step.step == lot.step:
            return step
    numbers = [s.step for s in routings[lot.variant].steps]
    return (
        f"step {lot.step} is not in the routing of '{product}' ({lot.variant}), "
        f"expected one of {numbers}."
    )


def _running_faults(
    lot: LotState, step: Step, *, where: str, capacity: dict[str, int]
) -> list[str]:
    if step.resources and lot.resource is None:
        return [f"{where}: it is {lot.status}, but no resource is given."]
    if lot.resource is not None and lot.resource not in capacity:
        hint = did_you_mean(lot.resource, capacity)
        return [f"{where}: resource '{lot.resource}' is not known.{hint}"]
    return []


def odd_quantile_means(plant: Plant, *, tolerance: float = 0.02) -> int:
    """Return how many empirical factors have a mean that is not 1, within a tolerance."""
    n = 0
    for routing in plant.routings:
        for step in routing.steps:
            for spread in (step.time, step.delay):
                q = spread.quantiles
                if spread.distribution == "empirical":
                    mean = (math.fsum(q) - (q[0] + q[-1]) / 2.0) / (len(q) - 1)
                    n += abs(mean - 1.0) > tolerance
    return n


def raise_faults(faults: Sequence[str]) -> None:
    """Raise InputError with all faults, if there are any."""
    if not faults:
        return
    shown = list(faults[:_MOST])
    if len(faults) > _MOST:
        shown.append(f"… and {len(faults) - _MOST} more")
    if len(faults) == 1:
        raise InputError(faults[0])
    raise InputError(f"{len(faults)} faults:\n  " + "\n  ".join(shown))
