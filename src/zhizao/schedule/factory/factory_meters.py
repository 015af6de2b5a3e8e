"""Electricity of a problem → meters of the factory kernels: what has counted until an instant."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.factory_rows import first_of, table_of
from zhizao.schedule.kernels.factory_tables import METER, Table
from zhizao.schedule.problem import NONE, Energy, Problem


@dataclass(frozen=True, kw_only=True)
class Meters:
    """The meters of the clock and of calendars, and when electricity gets cheaper."""

    table: Table
    clock_end: int
    cheaper: NDArray[np.int64]
    changes: NDArray[np.int64]


def no_meters() -> Meters:
    """Return the meters where electricity does not count."""
    return Meters(table=table_of(METER, n=0), clock_end=0, cheaper=_none(), changes=_none())


def meter_tables(problem: Problem, costs: Costs, machines: Table) -> Meters:
    """Return the meters of a problem; machines are told theirs, and what a tick of theirs costs.

    Raises
    ------
    InputError
        If setups do not wait for their lot: how long they draw power would be open.
    """
    energy, rate = problem.energy, costs.per_kwh
    if energy is None or rate is None:
        return no_meters()
    if problem.setups is not None and not problem.setups.needs_lot:
        raise InputError(
            "Setups whose electricity counts begin with their lot: "
            "expected Setups.needs_lot, found False."
        )
    c = problem.calendars
    n_calendars = 0 if c is None else len(c.first) - 1
    parts = [meter_cells(energy.start, rate)]
    for k in range(n_calendars):
        assert c is not None
        part = slice(int(c.first[k]), int(c.first[k + 1]))
        spans = np.stack([c.start[part], c.end[part]], axis=1)
        parts.append(meter_cells(energy.start, rate, spans=spans))
    first = first_of([len(start) for start, _ in parts])
    number = np.zeros(problem.n_machines, np.int64)
    if c is not None:
        number = np.where(c.of_machine == NONE, 0, c.of_machine + 1)
    has_power = (energy.busy_kw > 0) | (energy.setup_kw > 0) | (energy.idle_kw > 0)
    machines["meter_first"] = np.where(has_power, first[number], 0)
    machines["meter_end"] = np.where(has_power, first[number + 1], 0)
    per_tick = 1.0 / energy.ticks_per_hour
    machines["busy"] = (energy.busy_kw - energy.idle_kw) * per_tick
    machines["busy_closed"] = (energy.busy_kw - energy.off_kw) * per_tick
    machines["setup"] = (energy.setup_kw - energy.idle_kw) * per_tick
    machines["setup_closed"] = (energy.setup_kw - energy.off_kw) * per_tick
    rates = [found for _, found in parts]
    table = table_of(
        METER,
        n=int(first[-1]),
        start=np.concatenate([start for start, _ in parts]),
        rate=np.concatenate(rates),
        before=np.concatenate([counted_before(start, found) for start, found in parts]),
    )
    return Meters(
        table=table,
        clock_end=int(first[1]),
        cheaper=_at(energy, np.diff(rate) < 0.0),
        changes=_at(energy, np.diff(rate) != 0.0),
    )


def meter_cells(
    start: NDArray[np.int64],
    rate: NDArray[np.float64],
    *,
    spans: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return from when on each rate counts, in ticks from 0; outside the spans it is 0.

    Parameters
    ----------
    start, rate : arrays of shape (n_steps,)
        Rate from each tick on; the last one holds for ever.
    spans : array of shape (n_spans, 2), optional
        Sorted, disjoint; None: all time.

    Examples
    --------
    >>> cells = meter_cells(
    ...     np.array([0, 10]), np.array([1.0, 3.0]), spans=np.array([[4, 12], [20, 30]])
    ... )
    >>> [part.tolist() for part in cells]
    [[0, 4, 10, 12, 20, 30], [0.0, 1.0, 3.0, 0.0, 3.0, 0.0]]
    """
    if spans is None:
        return start.astype(np.int64), rate.astype(np.float64)
    edges = np.unique(np.concatenate([[0], start, np.maximum(0, spans).ravel()])).astype(np.int64)
    step = np.searchsorted(start, edges, side="right") - 1
    span = np.searchsorted(spans[:, 1], edges, side="right")
    is_open = np.zeros(len(edges), dtype=bool)
    known = span < len(spans)
    is_open[known] = spans[span[known], 0] <= edges[known]
    return edges, np.where(is_open, rate[step], 0.0)


def counted_before(start: NDArray[np.int64], rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what has counted when each rate begins."""
    return np.concatenate([[0.0], np.cumsum(rate[:-1] * np.diff(start))])


def _at(energy: Energy, changes: NDArray[np.bool_]) -> NDArray[np.int64]:
    return energy.start[1:][changes].astype(np.int64)


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)
