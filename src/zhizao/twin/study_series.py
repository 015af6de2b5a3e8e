"""What a run from an empty plant looks like as time goes on: one series a replication.

A run's KPIs are one number each. A study of the long run needs to see when the
start is over, so the demand is drawn here, by the run's own keys, and given to
the run as known orders: it then holds the release and completion of each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.twin.floor_tables import to_floor
from zhizao.twin.kernels.draws import replication_key
from zhizao.twin.lot_tables import draw_orders, to_demand_streams
from zhizao.twin.simulate import simulate

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class FlowTimes:
    """Orders of one replication; seconds from its start, arrays of shape (n_orders,).

    ``completion_s``: nan if not done. ``due_s``: infinity for none.
    """

    release_s: NDArray[np.float64]
    due_s: NDArray[np.float64]
    completion_s: NDArray[np.float64]
    horizon_s: float


@dataclass(frozen=True, kw_only=True)
class Series:
    """One KPI over time in one replication; both arrays have shape (n_observations,).

    ``at_s``: when each observation was complete, not decreasing.
    """

    values: NDArray[np.float64]
    at_s: NDArray[np.float64]


def draw_demand(
    plant: Plant, *, start_at: datetime, end_at: datetime, seed: int
) -> tuple[Order, ...]:
    """Return the orders that the plant's demand brings in a span.

    They are those that ``simulate`` with this seed draws for its first
    replication, with the names that its records give them, to the microsecond.

    Examples
    --------
    >>> from datetime import UTC
    >>> from zhizao.model.plant import Demand, Product, Routing, Step
    >>> plant = Plant(
    ...     name="small",
    ...     products=(Product(id="P"),),
    ...     routings=(Routing(product="P", steps=(Step(step=10, operation="rest"),)),),
    ...     demands=(Demand(product="P", orders_per_week=2.0),),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> [o.id for o in draw_demand(plant, start_at=monday, end_at=monday + timedelta(7), seed=1)]
    ['P~1', 'P~2', 'P~3', 'P~4']
    """
    plan = to_floor(plant, start_at=start_at, end_at=end_at)
    streams = to_demand_streams(plan, plant, start_at=start_at, end_at=end_at)
    drawn = draw_orders(streams, key=np.uint64(replication_key(np.uint64(seed), 0)))
    names = (f"{product}~{i + 1}" for product, n in drawn.names for i in range(n))
    products = (product for product, n in drawn.names for _ in range(n))
    columns = (drawn.quantity.tolist(), drawn.release_s.tolist(), drawn.due_s.tolist())
    return tuple(
        # Not checked again, since drawn from a plant that was: checking takes most of the time.
        Order.model_construct(
            id=name,
            product=product,
            quantity=quantity,
            release_at=start_at + timedelta(seconds=release),
            due_at=start_at + timedelta(seconds=due) if due < np.inf else None,
            priority=priority,
        )
        for name, product, quantity, release, due, priority in zip(
            names, products, *columns, drawn.priority.tolist(), strict=True
        )
    )


def flow_times(plant: Plant, *, start_at: datetime, end_at: datetime, seed: int) -> FlowTimes:
    """Simulate one replication from an empty plant and return the times of its orders."""
    orders = draw_demand(plant, start_at=start_at, end_at=end_at, seed=seed)
    run = simulate(
        plant,
        orders,
        start_at=start_at,
        end_at=end_at,
        seed=seed,
        n_replications=1,
        n_threads=1,
        draw_demand=False,
    )
    due_s = [(o.due_at - start_at).total_seconds() if o.due_at else np.inf for o in orders]
    return FlowTimes(
        release_s=run.release_s[0],
        due_s=np.array(due_s, dtype=np.float64),
        completion_s=run.completion_s[0],
        horizon_s=(end_at - start_at).total_seconds(),
    )


def kpi_series(times: FlowTimes, kpi: str) -> Series:
    """Return one KPI over time.

    ``lead_time_mean_h``, ``tardiness_mean_h`` and ``late_share`` have an
    observation for each completed order (the latter two: with a due date), in
    order of completion; ``wip_mean`` and ``throughput_per_week`` one for each
    whole day: its time average, and its completions times 7.

    Raises
    ------
    InputError
        If there is no series of this KPI.

    Examples
    --------
    >>> times = FlowTimes(
    ...     release_s=np.array([0.0, 0.0]),
    ...     due_s=np.array([np.inf, np.inf]),
    ...     completion_s=np.array([7200.0, 3600.0]),
    ...     horizon_s=86400.0,
    ... )
    >>> kpi_series(times, "lead_time_mean_h").values
    array([1., 2.])
    >>> kpi_series(times, "wip_mean").values
    array([0.125])
    """
    if kpi not in _SERIES:
        raise InputError(
            f"kpi is '{kpi}', which has no series over time; expected one of {sorted(_SERIES)}"
        )
    return _SERIES[kpi](times)


def _lead_times(times: FlowTimes) -> Series:
    order = _by_completion(times)
    lead_s = times.completion_s[order] - times.release_s[order]
    return Series(values=lead_s / SECONDS_PER_HOUR, at_s=times.completion_s[order])


def _tardiness(times: FlowTimes) -> Series:
    order = _by_completion(times)
    order = order[np.isfinite(times.due_s[order])]
    late_s = np.maximum(0.0, times.completion_s[order] - times.due_s[order])
    return Series(values=late_s / SECONDS_PER_HOUR, at_s=times.completion_s[order])


def _late(times: FlowTimes) -> Series:
    tardiness = _tardiness(times)
    return Series(values=(tardiness.values > 0.0).astype(np.float64), at_s=tardiness.at_s)


def _wip(times: FlowTimes) -> Series:
    """Area under the number of orders in the plant, between ends of days."""
    days = _days(times)
    left_s = np.where(np.isnan(times.completion_s), np.inf, times.completion_s)
    area = _area(times.release_s, days) - _area(left_s, days)
    return Series(values=np.diff(area) / SECONDS_PER_DAY, at_s=days[1:])


def _throughput(times: FlowTimes) -> Series:
    days = _days(times)
    done = np.searchsorted(np.sort(times.completion_s), days, side="right")
    return Series(values=np.diff(done) * 7.0, at_s=days[1:])


_SERIES: dict[str, Callable[[FlowTimes], Series]] = {
    "lead_time_mean_h": _lead_times,
    "tardiness_mean_h": _tardiness,
    "late_share": _late,
    "wip_mean": _wip,
    "throughput_per_week": _throughput,
}


def _by_completion(times: FlowTimes) -> NDArray[np.intp]:
    order = np.argsort(times.completion_s, kind="stable")
    return order[: int((~np.isnan(times.completion_s)).sum())]


def _days(times: FlowTimes) -> NDArray[np.float64]:
    n = int(times.horizon_s // SECONDS_PER_DAY)
    return np.linspace(0.0, n * SECONDS_PER_DAY, n + 1, dtype=np.float64)


def _area(instants: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area until ``at`` under the count of instants so far."""
    known = np.sort(instants[np.isfinite(instants)])
    n = np.searchsorted(known, at, side="right")
    before = np.concatenate([[0.0], np.cumsum(known)])
    area: NDArray[np.float64] = n * at - before[n]
    return area
