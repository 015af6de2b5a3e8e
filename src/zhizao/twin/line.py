"""Lines whose order of lots is known in advance: detection and recursion.

Only what the recursion knows may be there: each noun is held against the short
list of fields that it understands, and any other field must be at its default.
So a semantic that is added to the plant later is never lost here in silence.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from zhizao._base.errors import InputError
from zhizao.model.order import Order
from zhizao.model.plant import Plant, Routing, Step
from zhizao.model.state import ShopState
from zhizao.twin.kernels.codes import N_OPERATIONS
from zhizao.twin.kernels.event_loop import simulate_lots
from zhizao.twin.kernels.line import LINE_TIED, fill_departures, run_line_lots
from zhizao.twin.kernels.tables import Floor, Shop

_UNDERSTOOD = {
    "Plant": {
        *("name", "time_zone", "currency", "description", "work_centres", "resources"),
        *("operators", "calendars", "products", "routings", "transports", "demands"),
        *("release_calendar", "provenances", "answers"),
    },
    "WorkCentre": {"id"},
    "Resource": {"id", "work_centre", "speed", "initial_family"},
    "Product": {"id", "family", "description"},
    "Routing": {"product", "variant", "share", "steps"},
    "Step": {"step", "operation", "resources", "time", "delay"},
    "ResourceOption": {"resource", "speed"},
    "TimeModel": {"distribution", "cv", "quantiles", "setup_min", "per_piece_min"},
    "Delay": {"distribution", "cv", "quantiles", "mean_min", "calendar"},
    "Demand": {
        *("product", "orders_per_week", "quantities", "allowances_h", "priority"),
        *("week_factors", "factors_from_at"),
    },
    "Order": {"id", "product", "quantity", "release_at", "due_at", "priority"},
}
"""Fields that the recursion respects, or that have no influence on a line."""


def line_obstacle(
    plant: Plant,
    orders: Sequence[Order],
    *,
    state: ShopState | None = None,
    draw_demand: bool = True,
) -> str | None:
    """Return why the order of lots is not known in advance; None if it is.

    It is where all products that are ordered visit the same single machines in
    the same order, first come, first served, without anything that lets one
    lot pass another: no calendars, breakdowns, setups, detours, operators.
    Processing times may have any spread; products may differ in them. Delays
    are constant, and the same for all products.

    Parameters
    ----------
    plant, orders, state, draw_demand
        As for ``simulate``.

    Returns
    -------
    str or None
        The first obstacle found.

    Examples
    --------
    >>> line_obstacle(Plant(name="empty"), [])
    'nothing is ordered'
    """
    if state is not None and state.lots:
        return f"{len(state.lots)} lots are in progress"
    return next(_obstacles(plant, orders, draw_demand=draw_demand), None)


def is_line(
    plant: Plant,
    orders: Sequence[Order],
    *,
    state: ShopState | None = None,
    draw_demand: bool = True,
) -> bool:
    """Return whether the order of lots is known in advance; see `line_obstacle`."""
    return line_obstacle(plant, orders, state=state, draw_demand=draw_demand) is None


def _obstacles(plant: Plant, orders: Sequence[Order], *, draw_demand: bool) -> Iterator[str]:
    yield from _beyond(plant, "the plant")
    demands = [d for d in plant.demands if d.orders_per_week > 0.0] if draw_demand else []
    for demand in demands:
        yield from _beyond(demand, f"the demand for '{demand.product}'")
    wanted = {o.product for o in orders} | {d.product for d in demands}
    if not wanted:
        yield "nothing is ordered"
    extra = set(Order.model_fields) - _UNDERSTOOD["Order"]
    if extra:
        yield from (found for o in orders for found in _beyond(o, f"order '{o.id}'"))
    for product in plant.products:
        if product.id in wanted:
            yield from _beyond(product, f"product '{product.id}'")
    routings = [r for r in plant.routings if r.product in wanted]
    yield from _routing_obstacles(routings, wanted=wanted)
    machines = [o.resource for s in routings[0].steps for o in s.resources]
    resources = {r.id: r for r in plant.resources}
    centres = {c.id: c for c in plant.work_centres}
    for name in machines:
        yield from _beyond(resources[name], f"resource '{name}'")
        centre = resources[name].work_centre
        yield from _beyond(centres[centre], f"work centre '{centre}'")


def _routing_obstacles(routings: Sequence[Routing], *, wanted: set[str]) -> Iterator[str]:
    if len(routings) != len(wanted):
        yield f"{len(wanted)} products have {len(routings)} routings"
    first = routings[0]
    machines = [s.resources[0].resource for s in first.steps if s.resources]
    for routing in routings:
        yield from _beyond(routing, f"the routing of '{routing.product}'")
        for step in routing.steps:
            yield from _step_obstacles(step, where=f"step {step.step} of '{routing.product}'")
        if [s.resources[0].resource for s in routing.steps] != machines:
            yield f"'{routing.product}' visits other machines than '{first.product}'"
        delays = [s.delay.mean_min for s in routing.steps]
        if delays != [s.delay.mean_min for s in first.steps]:
            yield f"'{routing.product}' has other delays than '{first.product}'"
    if len(set(machines)) < len(machines):
        yield f"'{first.product}' comes to a machine more than once"


def _step_obstacles(step: Step, *, where: str) -> Iterator[str]:
    for noun in (step, step.time, step.delay, *step.resources):
        yield from _beyond(noun, where)
    if len(step.resources) != 1:
        yield f"{where} has {len(step.resources)} resources"
    delay = step.delay
    is_constant = delay.distribution == "constant" or (
        delay.distribution not in ("exponential", "empirical") and delay.cv == 0.0
    )
    if delay.mean_min > 0.0 and (delay.calendar is not None or not is_constant):
        yield f"{where} has a delay that varies"


def _beyond(noun: BaseModel, where: str) -> Iterator[str]:
    """Yield the fields of a noun that are given and that the recursion does not understand."""
    kind = type(noun)
    for name, field in kind.model_fields.items():
        if name in _UNDERSTOOD[kind.__name__]:
            continue
        default = field.get_default(call_default_factory=True)
        if default is PydanticUndefined or getattr(noun, name) != default:
            yield f"{where} has {name} {getattr(noun, name)}"


def simulate_line(floor: Floor, shop: Shop) -> int:
    """Run one replication of a line; return a status code of the event loop.

    To be called in place of ``kernels.event_loop.simulate_lots`` where
    `is_line` holds and no trace is wanted. Completions, busy times and the
    number of operations are the event loop's, to the last bit. Where two lots
    come to a machine at the same instant in another order than they had,
    the event loop itself is run.
    """
    products = [*shop.lots.product[shop.entry_order], *shop.streams.product]
    variant = floor.products.variant_first[products[:1]].astype(np.int64)
    n_machines = int((floor.variants.row_end - floor.variants.row_first)[variant].sum())
    streams = shop.streams.copy()
    joined, free = np.empty(n_machines), np.empty(n_machines)
    if run_line_lots(floor, shop, joined, free) == LINE_TIED:
        shop.lots.completion_s[shop.entry_order] = np.nan
        shop.lots.left_s[shop.entry_order] = np.nan
        shop.streams[:] = streams
        shop.tally[:] = 0.0
        shop.slots.busy_s = 0.0
        shop.counters[N_OPERATIONS] = 0
        return int(simulate_lots(floor, shop))
    return 0


def line_departures(
    process_time: ArrayLike,
    release: ArrayLike | None = None,
    *,
    buffer_lots: Sequence[int | None] | None = None,
) -> NDArray[np.float64]:
    r"""Return when each lot leaves each machine of a line.

    Machines take lots in the order of the rows; one whose lot finds no place
    behind it stays blocked with it (blocking after service):
    :math:`D_{i,k} = \max(\max(D_{i,k-1}, D_{i-1,k}) + p_{i,k},\; D_{i-b_k-1,k+1})`.

    Parameters
    ----------
    process_time : array-like of shape (n_lots, n_machines)
        At least 0, any unit of time.
    release : array-like of shape (n_lots,), optional
        When lots come to the first machine, same unit, not decreasing. If
        absent, all are there from 0 on: the line is saturated.
    buffer_lots : sequence of length n_machines - 1, optional
        Places between a machine and the next; ``None`` is unlimited, as are
        all if absent.

    Returns
    -------
    float64 array of shape (n_lots, n_machines)
        Same unit.

    Raises
    ------
    InputError
        If shapes do not fit, or a time or a number of places is out of range.

    References
    ----------
    Y. Dallery, S. B. Gershwin (1992), Queueing Syst. 12, 3-94; F. S. Hillier,
    R. W. Boling (1967), Oper. Res. 15(2), 286-303 (saturated lines).

    Examples
    --------
    >>> line_departures([[1.0, 3.0], [1.0, 1.0], [1.0, 1.0]], buffer_lots=[0])
    array([[1., 4.],
           [4., 5.],
           [5., 6.]])
    """
    times = np.ascontiguousarray(process_time, dtype=np.float64)
    if times.ndim != 2 or times.shape[1] == 0:
        raise InputError(
            f"process_time has shape {times.shape}, expected (n_lots, n_machines), n_machines >= 1"
        )
    n_lots, n_machines = times.shape
    given = np.zeros(n_lots) if release is None else release
    released = np.ascontiguousarray(given, dtype=np.float64)
    places = [None] * (n_machines - 1) if buffer_lots is None else list(buffer_lots)
    faults = []
    if not (np.isfinite(times) & (times >= 0.0)).all():
        faults.append("process_time holds values that are negative or not finite")
    if released.shape != (n_lots,):
        faults.append(f"release has shape {released.shape}, expected ({n_lots},)")
    elif not np.isfinite(released).all() or (np.diff(released) < 0.0).any():
        faults.append("release decreases or is not finite; sort the lots by release")
    if len(places) != n_machines - 1:
        faults.append(f"buffer_lots has {len(places)} numbers, expected {n_machines - 1}")
    faults += [
        f"buffer {k} (after machine {k}) has {b} places, expected at least 0, or None"
        for k, b in enumerate(places)
        if b is not None and b < 0
    ]
    if faults:
        raise InputError("; ".join(faults))
    departure = np.empty_like(times)
    numbers = np.array([-1 if b is None else b for b in places], dtype=np.int64)
    fill_departures(times, released, numbers, departure)
    return departure
