"""The tables of a run with drawn values: the plan's own tables, some columns of them changed.

Building the tables of a plant takes as long as simulating it for months, so a
drawn plant is not built: its numbers are put into copies of the tables that
hold them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels.tables import Table
from zhizao.twin.replication import Job, Replication, run_replication
from zhizao.twin.study_values import DrawnValues, setup_place
from zhizao.twin.tables.energy_tables import energy_window
from zhizao.twin.tables.floor_tables import FloorPlan
from zhizao.twin.tables.lot_tables import DemandStream, stream_table
from zhizao.twin.tables.people_tables import calendar_tables
from zhizao.twin.tables.resource_tables import setup_tables

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DrawnJobs:
    """What replications need, each with its own set of values."""

    job: Job
    drawn: DrawnValues

    def run(self, replication: int) -> Replication:
        """Simulate one replication: with the learnt values, or in a set of drawn ones."""
        k = replication - self.drawn.n_futures
        if k < 0:
            return run_replication(self.job, replication)
        return run_replication(
            self._job(k // self.drawn.n_each % self.drawn.n_draws), k % self.drawn.n_futures
        )

    def _job(self, i: int) -> Job:
        """Return the job of a set, built once; two threads may build it twice, which is alike."""
        if i not in self._jobs:
            self._jobs[i] = self._built(i)
        return self._jobs[i]

    def _built(self, i: int) -> Job:
        job, plan, streams = self.job, self._plan(i), tuple(self._streams(i))
        rows, numbers = stream_table(streams, calendar=job.release_calendar)
        energy = job.energy
        if energy is not None and self._hours:
            opened = [
                plan.open_intervals[plan.calendar_numbers[r.calendar]] for r in job.plant.resources
            ]
            energy = energy_window(
                job.plant, opened, start_at=job.start_at, end_at=job.end_at, warm_up_s=job.warm_up_s
            )
        return replace(
            job, plan=plan, streams=streams, stream_rows=rows, stream_numbers=numbers, energy=energy
        )

    @cached_property
    def _jobs(self) -> dict[int, Job]:
        return {}

    def _plan(self, i: int) -> FloorPlan:
        plan = self.job.plan
        floor = plan.floor._replace(steps=self._steps(i))
        if self._failures:
            resources = copied(floor.resources)
            for row, column, factors in self._failures:
                resources[column][row] *= factors[i]
            floor = floor._replace(resources=resources)
        if self._setups:
            floor = floor._replace(numbers=self._numbers(i))
        if not self._hours:
            return replace(plan, floor=floor)
        intervals = list(plan.open_intervals)
        for number, factors in self._hours:
            intervals[number] = stretched(
                intervals[number], float(factors[i]), end_s=self.job.horizon_s
            )
        calendars, spans = calendar_tables(intervals)
        floor = floor._replace(calendars=calendars, spans=spans)
        return replace(plan, floor=floor, open_intervals=tuple(intervals))

    def _steps(self, i: int) -> Table:
        before = self.job.plan.floor.steps
        steps = copied(before)
        for column, part in _STEP_COLUMNS:
            factors = self._step_factors.get(part)
            if factors is not None:
                steps[column] *= factors[i]
        if "time" in self._step_factors or "probability" in self._step_factors:
            for column, part in (("rest_setup_s", "time"), ("rest_piece_s", "time")):
                own = self._rest_parts[column]
                for name in (part, "probability"):
                    if name in self._step_factors:
                        own = own * self._step_factors[name][i]
                steps[column] = self._sum_to_the_end(own)
        return steps

    @cached_property
    def _step_factors(self) -> dict[str, Floats]:
        """Return part of a step → factors, shape (n_draws, n_steps); only parts that are drawn."""
        rows = [
            f"routings/{product}/{variant}/{step.step}"
            for (product, variant), number in self.job.plan.variants.items()
            for step in self.job.plan.steps[slice(*self._ends(number))]
        ]
        found = {}
        for part in dict.fromkeys(part for _, part in _STEP_COLUMNS):
            columns = [self.drawn.factor(f"{row}/{part}") for row in rows]
            if any(c is not None for c in columns):
                ones = np.ones(self.drawn.n_draws)
                found[part] = np.stack([ones if c is None else c for c in columns], axis=1)
        return found

    def _ends(self, variant: int) -> tuple[int, int]:
        row = self.job.plan.floor.variants[variant]
        return int(row.row_first), int(row.row_end)

    @cached_property
    def _rest_parts(self) -> dict[str, Floats]:
        """Return what each step adds to the nominal time that is left before it."""
        steps = self.job.plan.floor.steps
        found = {}
        for column in ("rest_setup_s", "rest_piece_s"):
            rest = np.asarray(steps[column], dtype=np.float64)
            later = np.append(rest[1:], 0.0)
            later[self._last_rows] = 0.0
            found[column] = rest - later
        return found

    @cached_property
    def _last_rows(self) -> NDArray[np.int64]:
        variants = self.job.plan.floor.variants
        return np.asarray(variants.row_end, dtype=np.int64) - 1

    def _sum_to_the_end(self, own: Floats) -> Floats:
        rest = np.empty_like(own)
        for number in range(self.job.plan.floor.variants.size):
            first, end = self._ends(number)
            rest[first:end] = np.cumsum(own[first:end][::-1])[::-1]
        return rest

    @cached_property
    def _failures(self) -> list[tuple[int, str, Floats]]:
        """Return row and column of the resources' table that are drawn, with their factors."""
        found = []
        for row, resource in enumerate(self.job.plant.resources):
            own, other = resource.id, self.drawn.like.get(resource.id, resource.id)
            for column, part in (("mtbf_s", "mtbf_h"), ("mttr_s", "mttr_h")):
                is_stated = f"resources/{own}/failure/{part}" in self.drawn.stated
                factors = self.drawn.factor(f"resources/{other}/failure/{part}")
                if factors is not None and not is_stated and resource.failure is not None:
                    found.append((row, column, factors))
        return found

    @cached_property
    def _setups(self) -> list[tuple[int, Floats]]:
        """Return which setups of the plant are drawn, with their factors."""
        return [
            (k, factors)
            for k, s in enumerate(self.job.plant.setups)
            if (
                factors := self.drawn.factor(setup_place(s.work_centre, s.from_family, s.to_family))
            )
            is not None
        ]

    def _numbers(self, i: int) -> Floats:
        plant, plan = self.job.plant, self.job.plan
        setups = list(plant.setups)
        for k, factors in self._setups:
            minutes = setups[k].setup_min * float(factors[i])
            setups[k] = setups[k].model_copy(update={"setup_min": minutes})
        centres = {c.id: number for number, c in enumerate(plant.work_centres)}
        tables = setup_tables(
            plant.model_copy(update={"setups": tuple(setups)}),
            centres=centres, families=plan.families,
        )  # fmt: skip
        seconds = tables[1]
        numbers = plan.floor.numbers.copy()
        first = int(plan.floor.shapes.end.max(initial=0))  # the setups follow the quantiles
        numbers[first : first + seconds.size] = seconds
        return numbers

    @cached_property
    def _hours(self) -> list[tuple[int, Floats]]:
        """Return numbers of calendars whose hours are drawn, with their factors."""
        found = []
        for name, number in self.job.plan.calendar_numbers.items():
            other = self.drawn.like.get(f"calendar {name}", name)
            factors = self.drawn.factor(f"calendars/{other}/hours_per_week")
            is_stated = f"calendars/{name}/hours_per_week" in self.drawn.stated
            if name is not None and factors is not None and not is_stated:
                found.append((number, factors))
        return found

    def _streams(self, i: int) -> Iterator[DemandStream]:
        for stream in self.job.streams:
            factors = self.drawn.factor(f"demands/{stream.product}/orders_per_week")
            if factors is None:
                yield stream
                continue
            quantities = self.drawn.quantities.get(stream.product)
            yield replace(
                stream,
                rate_per_s=stream.rate_per_s * float(factors[i]),
                quantities=stream.quantities if quantities is None else quantities[i],
            )


_STEP_COLUMNS = (
    ("setup_s", "time"),
    ("piece_s", "time"),
    ("delay_s", "delay/mean_min"),
    ("probability", "probability"),
    ("rework_probability", "rework/probability"),
    ("scrap_share", "scrap_share"),
)
"""Columns of the steps' table, and the part of a step's place that scales them."""


def copied(table: Table) -> Table:
    """Return a copy of a table, copied as plain numbers: by fields it takes ten times as long."""
    width = table.dtype.itemsize // 8
    numbers = table.view(np.ndarray).view(np.int64).reshape(-1, width).copy()
    return numbers.reshape(-1).view(table.dtype).view(np.recarray)


def stretched(spans: Floats, factor: float, *, end_s: float) -> Floats:
    """Return open spans that end earlier or later, by a factor on their lengths.

    A span does not reach beyond the next one's begin, nor the last one beyond
    the run's end.

    Parameters
    ----------
    spans : float64 array of shape (n, 2), seconds
        In order, apart from each other.
    factor : float
        Above 0.
    end_s : float
        The run's end.

    Examples
    --------
    >>> stretched(np.array([[0.0, 10.0], [20.0, 30.0]]), 1.5, end_s=32.0).tolist()
    [[0.0, 15.0], [20.0, 32.0]]
    """
    ends = spans[:, 0] + factor * (spans[:, 1] - spans[:, 0])
    last = np.append(spans[1:, 0], max(end_s, float(spans[-1, 1]) if len(spans) else end_s))
    return np.stack([spans[:, 0], np.minimum(ends, last[: len(spans)])], axis=1)
