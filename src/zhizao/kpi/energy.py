"""What electricity the resources used, by the states that records and calendars show.

A resource works, is set up, is idle (open, without work) or off (closed or
down), place by place of its capacity. Each state has a power; a price and a
carbon factor hold at each instant. All three are integrals over the same
cells of time, so energy, cost and carbon always belong together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_WEEK
from zhizao.kpi.energy_jobs import energy_reports, jobs_of
from zhizao.kpi.kpi import Kpi
from zhizao.model.calendar import open_intervals
from zhizao.model.plant import Plant, Power, Resource
from zhizao.model.records import Records
from zhizao.model.run import KPI_UNITS
from zhizao.model.tariff import TariffSteps, integral, tariff_steps

MEASURES = ("energy_kwh", "energy_cost", "carbon_kg")


def energy_by_resource(
    records: Records, *, plant: Plant, start_at: datetime, end_at: datetime
) -> pl.DataFrame:
    """Return energy, cost and carbon of each resource whose power is known.

    Parameters
    ----------
    records : Records
        Reports with both instants count, and work that still goes on. While a
        report of kind ``down`` lasts, a resource with one place does no work.
        Of one with several, records do not say which place is down: idle ones
        are taken first, or, where failures come from work, running ones, and
        its numbers are close to the twin's own but not equal. Of one with
        several places in which lots cascade, nor in which place each lot is.
    plant : Plant
        Its powers, capacities, calendars and the tariff that it pays.
    start_at, end_at : datetime
        Window; time-zone aware.

    Returns
    -------
    DataFrame
        Columns ``resource``, ``energy_kwh``, ``energy_cost`` (the plant's
        currency), ``carbon_kg`` (both nan without a tariff), ``busy_h``,
        ``setup_h``, ``idle_h``, ``off_h`` (hours of places), in the plant's
        order.

    Examples
    --------
    >>> from datetime import UTC
    >>> from zhizao.model.plant import WorkCentre
    >>> at = lambda h: datetime(2024, 1, 1, h, tzinfo=UTC)
    >>> power = Power(busy_kw=10.0, idle_kw=1.0)
    >>> plant = Plant(
    ...     name="p", work_centres=(WorkCentre(id="W"),),
    ...     resources=(Resource(id="R", work_centre="W", power=power),),
    ... )
    >>> records = Records.from_columns(pl.DataFrame(
    ...     {"operation": ["cut"], "resource": ["R"], "start_at": [at(1)], "end_at": [at(3)]}
    ... ))
    >>> energy_by_resource(records, plant=plant, start_at=at(0), end_at=at(4))["energy_kwh"].item()
    22.0
    """
    rows = []
    for meter in _meters(records, plant=plant, start_at=start_at, end_at=end_at):
        hours = meter.places @ (meter.widths(np.ones(meter.steps.price.size)))
        values = [meter.total(rate) for rate in _rates(meter.steps)]
        rows.append((meter.resource.id, *values, *hours.tolist()))
    names = ("resource", *MEASURES, "busy_h", "setup_h", "idle_h", "off_h")
    types: dict[str, type[pl.DataType]] = dict.fromkeys(names, pl.Float64)
    return pl.DataFrame(rows, schema=types | {"resource": pl.String}, orient="row")


def energy_by_order(
    records: Records, *, plant: Plant, start_at: datetime, end_at: datetime
) -> pl.DataFrame:
    """Return energy, cost and carbon of the work and the setups of each order.

    What is worked on at the same time in one place is shared: of a batch by
    pieces, of lots that follow each other into the place by who was in first.
    A setup belongs to the order that it was made for. Idle and off times
    belong to no order.

    Returns
    -------
    DataFrame
        Columns ``order_id``, ``energy_kwh``, ``energy_cost``, ``carbon_kg``,
        sorted by order.
    """
    parts = [
        meter.by_order()
        for meter in _meters(records, plant=plant, start_at=start_at, end_at=end_at)
    ]
    empty = pl.DataFrame(schema={"order_id": pl.String, **dict.fromkeys(MEASURES, pl.Float64)})
    return (
        pl.concat([empty, *parts])
        .group_by("order_id")
        .agg(pl.col(*MEASURES).sum())
        .sort("order_id")
    )


def energy_kpis(
    records: Records, *, plant: Plant, start_at: datetime, end_at: datetime, n_done: int
) -> dict[str, Kpi]:
    """Return the KPIs of energy that a run has, keyed as there.

    Of the plant, the first three also as ``KPI:RESOURCE``; cost and carbon
    only where they are known. ``n_done``: orders completed in the window.
    """
    used = energy_by_resource(records, plant=plant, start_at=start_at, end_at=end_at)
    weeks = (end_at - start_at).total_seconds() / SECONDS_PER_WEEK
    if not used.height:
        return {}
    kpis: dict[str, Kpi] = {}
    for measure in MEASURES:
        if used[measure].is_nan().any():
            continue
        key = f"{measure}_per_week"
        total = float(used[measure].sum())
        kpis[key] = Kpi(value=total / weeks, unit=KPI_UNITS[key], n=used.height)
        for resource, value in used.select("resource", measure).iter_rows():
            kpis[f"{key}:{resource}"] = Kpi(value=value / weeks, unit=KPI_UNITS[key], n=1)
    kpis["energy_kwh_per_order"] = Kpi(
        value=float(used["energy_kwh"].sum()) / n_done if n_done else None,
        unit=KPI_UNITS["energy_kwh_per_order"],
        n=n_done,
        reason=None if n_done else "nothing_done",
    )
    return kpis


@dataclass(frozen=True, kw_only=True)
class _Meter:
    """One resource: cells of time, how many places are in each state, and its jobs."""

    resource: Resource
    power: Power
    steps: TariffSteps
    edges_s: NDArray[np.float64]
    places: NDArray[np.float64]
    """Shape (4, n_cells): working, set up, idle, off."""
    share: NDArray[np.float64]
    """Shape (2, n_cells): how much of a job is at work there; in overtime, too."""
    jobs: pl.DataFrame

    def widths(self, rate: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the integral of a rate over each cell, shape (n_cells,)."""
        return np.diff(integral(self.steps, rate, self.edges_s))

    def total(self, rate: NDArray[np.float64]) -> float:
        """Return what the resource used, by a rate for each kWh."""
        power = self.power
        kw = np.array([power.busy_kw, power.setup_kw, power.idle_kw, power.off_kw])
        return float((kw @ self.places) @ self.widths(rate))

    def by_order(self) -> pl.DataFrame:
        """Return what each job used, with the orders that it was for."""
        jobs = self.jobs
        kw = np.where(jobs["_is_setup"], self.power.setup_kw, self.power.busy_kw)
        first, last = (
            np.searchsorted(self.edges_s, np.clip(jobs[c], self.edges_s[0], self.edges_s[-1]))
            for c in ("_from_s", "_to_s")
        )
        overtime = jobs["_overtime"].cast(pl.Int64).to_numpy()
        columns = {}
        for name, rate in zip(MEASURES, _rates(self.steps), strict=True):
            sums = np.cumsum(self.share * self.widths(rate), axis=1)
            before = np.concatenate([np.zeros((2, 1)), sums], axis=1)
            used = before[overtime, last] - before[overtime, first]
            columns[name] = kw * np.where(last > first, used, 0.0) * jobs["_part"].to_numpy()
        return jobs.select("order_id").with_columns(
            **{name: pl.Series(values) for name, values in columns.items()}
        )


def _rates(steps: TariffSteps) -> tuple[NDArray[np.float64], ...]:
    return np.ones(steps.price.size), steps.price, steps.carbon_kg


def _meters(
    records: Records, *, plant: Plant, start_at: datetime, end_at: datetime
) -> Iterator[_Meter]:
    tariff = next((t for t in plant.tariffs if t.id == plant.tariff), None)
    span = {"time_zone": plant.time_zone, "start_at": start_at, "end_at": end_at}
    steps = tariff_steps(tariff, **span)  # type: ignore[arg-type]
    calendars = {c.id: c for c in plant.calendars}
    frame = energy_reports(records, plant, start_at=start_at, end_at=end_at)
    by_resource = {str(key[0]): part for key, part in frame.group_by("resource")}
    for resource in plant.resources:
        if resource.power is None:
            continue
        calendar = calendars[resource.calendar] if resource.calendar else None
        open_s = open_intervals(calendar, **span)  # type: ignore[arg-type]
        rows = by_resource.get(resource.id, frame.clear())
        yield _meter(resource, resource.power, rows, steps=steps, open_s=open_s)


def _meter(
    resource: Resource,
    power: Power,
    rows: pl.DataFrame,
    *,
    steps: TariffSteps,
    open_s: NDArray[np.float64],
) -> _Meter:
    jobs = jobs_of(rows.filter(pl.col("kind").is_in(["run", "setup"])), capacity=resource.capacity)
    stops = rows.filter(pl.col("kind") == "down")
    horizon_s = steps.edges_s[-1]
    instants = [jobs["_start_s"], jobs["_end_s"], jobs["_from_s"], jobs["_to_s"]]
    instants += [stops["_start_s"], stops["_end_s"]]
    one_each = jobs.unique("_job", maintain_order=True)
    passing = one_each.filter(pl.col("_interval_s").is_not_null())
    entered_s = _entered(passing, stops, open_s=open_s, horizon_s=horizon_s)
    edges_s = np.unique(
        np.clip(
            np.concatenate([*instants, entered_s, open_s.ravel(), steps.edges_s]), 0.0, horizon_s
        )
    )

    def count(frame: pl.DataFrame) -> NDArray[np.float64]:
        return _level(edges_s, frame["_start_s"].to_numpy(), frame["_end_s"].to_numpy())

    is_open = _level(edges_s, open_s[:, 0], open_s[:, 1]) > 0
    level = {
        (is_setup, overtime): count(
            one_each.filter((pl.col("_is_setup") == is_setup) & (pl.col("_overtime") == overtime))
        )
        for is_setup in (False, True)
        for overtime in (False, True)
    }
    n = float(resource.capacity)
    running, setting = (
        np.where(is_open, level[k, False], 0.0) + level[k, True] for k in (False, True)
    )
    running = np.minimum(running, n)
    setting = np.minimum(setting, n - running)
    planned = count(stops.filter(pl.col("_is_planned")))
    broken = count(stops.filter(~pl.col("_is_planned")))
    stopped = np.minimum(broken, running + setting)
    if resource.capacity > 1 and not (resource.failure and resource.failure.basis == "busy"):
        stopped = np.maximum(0.0, broken - (n - running - setting))
    inside = _level(edges_s, entered_s, passing["_end_s"].to_numpy())
    stopped = np.where(inside > 0, 0.0, stopped)
    held = running + setting
    share = np.divide(held - stopped, held, out=np.zeros_like(held), where=held > 0)
    running_on = np.maximum(0.0, running - stopped)
    setting_on = setting - (stopped - (running - running_on))
    free = n - running_on - setting_on
    idle = np.where(is_open, np.maximum(0.0, free - planned - broken), 0.0)
    return _Meter(
        resource=resource,
        power=power,
        steps=steps,
        edges_s=edges_s,
        places=np.stack([running_on, setting_on, idle, free - idle]),
        share=np.stack([np.where(is_open, share, 0.0), share]),
        jobs=jobs,
    )


def _entered(
    passing: pl.DataFrame,
    stops: pl.DataFrame,
    *,
    open_s: NDArray[np.float64],
    horizon_s: float,
) -> NDArray[np.float64]:
    """Return when lots that cascade are in their place: what is in goes on when it breaks down.

    Closings and breakdowns stop the entering, which takes their interval.
    """
    stop_s, go_s = stops["_start_s"].to_numpy(), stops["_end_s"].to_numpy()
    instants = np.concatenate([stop_s, go_s, open_s.ravel(), np.array([0.0, horizon_s])])
    at_s = np.unique(np.clip(instants, 0.0, horizon_s))
    down = _level(at_s, stop_s, go_s)
    enters = (_level(at_s, open_s[:, 0], open_s[:, 1]) > 0) & (down <= 0)
    entering_s = np.concatenate([[0.0], np.cumsum(np.where(enters, np.diff(at_s), 0.0))])
    start_s, end_s = passing["_start_s"].to_numpy(), passing["_end_s"].to_numpy()
    needed_s = np.interp(start_s, at_s, entering_s) + passing["_interval_s"].to_numpy()
    # The first instant with so much time before it: a little less, lest a stop comes between.
    cell = np.clip(np.searchsorted(entering_s, needed_s - 1e-3), 1, at_s.size - 1)
    done_s = at_s[cell - 1] + needed_s - entering_s[cell - 1]
    done_s = np.where(needed_s > entering_s[-1], end_s, done_s)
    entered_s: NDArray[np.float64] = np.minimum(done_s, end_s)
    return entered_s


def _level(
    edges_s: NDArray[np.float64], start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how many intervals cover each cell between edges."""
    last = edges_s[-1]
    change = np.zeros(edges_s.size)
    np.add.at(change, np.searchsorted(edges_s, np.clip(start_s, 0.0, last)), 1.0)
    np.add.at(change, np.searchsorted(edges_s, np.clip(end_s, 0.0, last)), -1.0)
    return np.cumsum(change)[:-1]
