"""Problem: what is to be scheduled, as integer tables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.links import Buffers, Joins, Limits, Overlaps

NO_DUE = np.int64(2**60)
"""Due instant of a job that nobody waits for."""

NONE = -1
"""No family, no table."""


@dataclass(frozen=True, kw_only=True)
class Setups:
    """Setups by family, a table a group of machines; never operation by operation.

    ``ticks[table_of_machine[m], from_family, to_family]`` is the setup before an operation
    of ``to_family`` on machine ``m`` that is set up for ``from_family``. A machine without a
    table (``NONE``), a machine without an initial family and an operation without a family
    need none.
    """

    table_of_machine: NDArray[np.int32]
    """Shape (n_machines,); ``NONE``: this machine needs no setups."""
    family_of_operation: NDArray[np.int32]
    """Shape (n_operations,); ``NONE``: keeps the machine as it is."""
    initial_family: NDArray[np.int32]
    """Shape (n_machines,); ``NONE``: the first setup is free."""
    ticks: NDArray[np.int64]
    """Shape (n_tables, n_columns, n_columns)."""
    column_of_family: NDArray[np.int32] | None = None
    """Shape (n_families,): the row and column of a family; None: its number.

    Families that share the last column are told apart: between two of them lies
    ``ticks[table, -1, -1]``, and none where one follows itself.
    """
    needs_lot: bool = False
    """A setup begins only when the operation is ready; else while it is still on its way."""


@dataclass(frozen=True, kw_only=True)
class Calendars:
    """When machines, operators and delays are open; closings stop work or forbid it.

    Calendar ``k`` has intervals ``first[k]`` to ``first[k + 1] - 1``, sorted and disjoint.
    """

    first: NDArray[np.int64]
    """Shape (n_calendars + 1,)."""
    start: NDArray[np.int64]
    """Shape (n_intervals,); ticks."""
    end: NDArray[np.int64]
    """Shape (n_intervals,); ticks."""
    of_machine: NDArray[np.int32]
    """Shape (n_machines,); ``NONE``: always open."""
    interruption: NDArray[np.int8]
    """Shape (n_operations,): ``RESUMES``, ``MUST_FIT`` or ``WORKS_OVERTIME``."""


RESUMES, MUST_FIT, WORKS_OVERTIME = 0, 1, 2
"""At a closing: go on at the next opening; begin only what ends before it (longer than every
opening: go on); begin in open time and end whatever the calendar says."""


@dataclass(frozen=True, kw_only=True)
class Lags:
    """Times between operations: transport round the clock, then a delay, then not before.

    An operation is ready at ``earliest`` or when its delay is over, whichever is later. The
    first operation's delay counts from the job's release.
    """

    delay: NDArray[np.int64]
    """Shape (n_operations,); ticks of open time of the delay's calendar."""
    delay_calendar: NDArray[np.int32]
    """Shape (n_operations,); ``NONE``: round the clock."""
    earliest: NDArray[np.int64]
    """Shape (n_operations,); ticks: material, what is known of a lot in progress."""
    area_of_machine: NDArray[np.int32]
    """Shape (n_machines,)."""
    area_of_operation: NDArray[np.int32]
    """Shape (n_operations,); ``NONE``: nothing is carried there."""
    transport: NDArray[np.int64]
    """Shape (n_areas, n_areas); ticks from an area to another."""
    start_from: NDArray[np.int64] | None = None
    """Shape (n_operations,): its work starts no earlier, its setup may; None: none waits so."""


@dataclass(frozen=True, kw_only=True)
class Crews:
    """Operators and tools: groups of equal units; an operation needs one unit for each need.

    A need is served by any unit of the groups ``group[group_first[s]:group_first[s + 1]]`` of
    its skill. A unit begins in its calendar's open time and ends what it began. It is held from
    the begin of the setup (``Setups.needs_lot``) or of the work to the end.
    """

    need_first: NDArray[np.int64]
    """Shape (n_operations + 1,)."""
    need_skill: NDArray[np.int32]
    """Shape (n_needs,)."""
    setup_skill: NDArray[np.int32]
    """Shape (n_machines,): one more unit during a setup; ``NONE``: nobody."""
    group_first: NDArray[np.int64]
    """Shape (n_skills + 1,)."""
    group: NDArray[np.int32]
    """Groups of each skill, to be taken in this order."""
    n_units: NDArray[np.int64]
    """Shape (n_groups,)."""
    calendar_of_group: NDArray[np.int32]
    """Shape (n_groups,); ``NONE``: always there."""


@dataclass(frozen=True, kw_only=True)
class Batches:
    """Operations that a machine works on together, with one begin and one end.

    All of a batch have the same ``key`` and are eligible on its machine. Together they have at
    most ``largest`` pieces (one that alone has more goes alone). A batch works for
    ``fixed + per_piece * pieces`` ticks of its first operation's mode, rounded up.
    """

    key: NDArray[np.int32]
    """Shape (n_operations,); ``NONE``: alone."""
    pieces: NDArray[np.float64]
    """Shape (n_operations,)."""
    least: NDArray[np.float64]
    """Shape (n_operations,): with fewer pieces it begins only after ``wait``."""
    largest: NDArray[np.float64]
    """Shape (n_operations,)."""
    wait: NDArray[np.int64]
    """Shape (n_operations,): ticks that the first one waits for others to come."""
    fixed: NDArray[np.float64]
    """Shape (n_modes,); ticks."""
    per_piece: NDArray[np.float64]
    """Shape (n_modes,); ticks."""


@dataclass(frozen=True, kw_only=True)
class Pins:
    """Operations whose mode and times are given: in progress, frozen, or fixed by a person."""

    operation: NDArray[np.int64]
    """Shape (n_pins,)."""
    mode: NDArray[np.int64]
    """Shape (n_pins,)."""
    begin: NDArray[np.int64]
    """Shape (n_pins,): begin of the setup, or of the work where there is none."""
    start: NDArray[np.int64]
    """Shape (n_pins,): begin of the work."""
    end: NDArray[np.int64]
    """Shape (n_pins,)."""
    batch: NDArray[np.int64] | None = None
    """Shape (n_pins,): first operation of its batch, pinned too; itself where it is alone."""


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """Planned maintenance of machines, begun between two operations once it is due.

    Each place of a machine has its own.
    """

    machine: NDArray[np.int32]
    """Shape (n_rules,), not decreasing."""
    counts: NDArray[np.int8]
    """Shape (n_rules,): ``BY_CLOCK``, ``BY_WORK`` or ``BY_LOTS``."""
    first: NDArray[np.int64]
    """Shape (n_rules,): ticks or lots until it is due first."""
    every: NDArray[np.int64]
    """Shape (n_rules,): ticks or lots from its end to the next."""
    duration: NDArray[np.int64]
    """Shape (n_rules,): ticks of open time."""
    skill: NDArray[np.int32] | None = None
    """Shape (n_rules,): one unit of the crews from its begin to its end; ``NONE``: nobody."""


BY_CLOCK, BY_WORK, BY_LOTS = 0, 1, 2
"""What upkeep counts: ticks, ticks of work and setup, operations (or batches)."""


@dataclass(frozen=True, kw_only=True)
class Energy:
    """Electric power of machines by state, and what a kilowatt-hour costs by the hour.

    A place that works or is set up draws its power instead of the idle one (in overtime: of the
    off one); that difference is what a plan can be better or worse at.
    """

    busy_kw: NDArray[np.float64]
    """Shape (n_machines,); all four: 0 where it is not known."""
    setup_kw: NDArray[np.float64]
    """Shape (n_machines,)."""
    idle_kw: NDArray[np.float64]
    """Shape (n_machines,)."""
    off_kw: NDArray[np.float64]
    """Shape (n_machines,)."""
    start: NDArray[np.int64]
    """Shape (n_steps,); ticks, increasing from 0: from when on a price holds."""
    price: NDArray[np.float64]
    """Shape (n_steps,); of a kilowatt-hour; nan: not known."""
    carbon_kg: NDArray[np.float64]
    """Shape (n_steps,); of a kilowatt-hour; nan: not known."""
    ticks_per_hour: float


@dataclass(frozen=True, kw_only=True)
class Previous:
    """A plan that people already follow; leaving it has a cost."""

    machine: NDArray[np.int32]
    """Shape (n_operations,); ``NONE``: the operation was not in it."""
    start: NDArray[np.int64]
    """Shape (n_operations,); ticks."""
    until: int
    """Only operations that it started before this instant count, in ticks."""
    tolerance: int
    """A start that differs by at most so many ticks counts as kept."""

    @property
    def counts(self) -> NDArray[np.bool_]:
        """Whether each operation's move counts: it was to begin, and still can begin, then."""
        counts: NDArray[np.bool_] = (
            (self.machine != NONE) & (self.start >= -self.tolerance) & (self.start < self.until)
        )
        return counts

    def n_moved(self, *, machine: NDArray[np.int32], start: NDArray[np.int64]) -> int:
        """Return how many operations that count are on other machines or begin at other times.

        Examples
        --------
        >>> old = Previous(
        ...     machine=np.array([0, 0, 1], np.int32), start=np.array([0, 10, 20]),
        ...     until=15, tolerance=2)
        >>> old.n_moved(machine=np.zeros(3, np.int32), start=np.array([2, 13, 90]))
        1
        """
        is_moved = (machine != self.machine) | (np.abs(start - self.start) > self.tolerance)
        return int((self.counts & is_moved).sum())


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Jobs that are chains of operations, each on one of its machines.

    Operations are numbered through: job ``j`` has ``job_first[j]`` to
    ``job_first[j + 1] - 1``, in their order. A mode is one eligible machine of an operation
    with its duration: operation ``i`` has modes ``mode_first[i]`` to
    ``mode_first[i + 1] - 1``. Times are whole ticks (seconds in plants; whatever unit an
    instance file has elsewhere).
    """

    n_machines: int
    job_first: NDArray[np.int64]
    """Shape (n_jobs + 1,)."""
    release: NDArray[np.int64]
    """Shape (n_jobs,)."""
    due: NDArray[np.int64]
    """Shape (n_jobs,); ``NO_DUE``: none."""
    weight: NDArray[np.float64]
    """Shape (n_jobs,); cost of a tick of tardiness."""
    mode_first: NDArray[np.int64]
    """Shape (n_operations + 1,)."""
    mode_machine: NDArray[np.int32]
    """Shape (n_modes,)."""
    mode_duration: NDArray[np.int64]
    """Shape (n_modes,)."""
    setups: Setups | None = None
    is_permutation: bool = False
    """Every machine takes the jobs in the same order (permutation flow shop)."""
    calendars: Calendars | None = None
    lags: Lags | None = None
    crews: Crews | None = None
    batches: Batches | None = None
    pins: Pins | None = None
    upkeep: Upkeep | None = None
    n_places: NDArray[np.int64] | None = None
    """Shape (n_machines,): operations at the same time; None: one."""
    mode_hold: NDArray[np.int64] | None = None
    """Shape (n_modes,): ticks of work after which the next operation may enter the machine
    (a cascading one); None: the whole duration."""
    same_machine_as: NDArray[np.int64] | None = None
    """Shape (n_operations,): earlier operation of the job whose machine must do this one too."""
    previous: Previous | None = None
    joins: Joins | None = None
    overlaps: Overlaps | None = None
    limits: Limits | None = None
    buffers: Buffers | None = None
    energy: Energy | None = None
    """Counts only where the objective weighs it."""

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing but jobs, machines, setups and due dates."""
        parts = (
            *(self.calendars, self.lags, self.crews, self.batches, self.pins, self.upkeep),
            *(self.n_places, self.mode_hold, self.same_machine_as, self.previous),
            *(self.joins, self.overlaps, self.limits, self.buffers),
        )
        return all(part is None for part in parts) and not (self.setups and self.setups.needs_lot)

    @property
    def n_jobs(self) -> int:
        """Number of jobs."""
        return len(self.job_first) - 1

    @property
    def n_operations(self) -> int:
        """Number of operations."""
        return len(self.mode_first) - 1
