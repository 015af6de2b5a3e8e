"""Tables of the factory kernels.

Notation: i operation, j job, k mode, m machine, p place (machines' places numbered
through), u unit (operators' and tools' units numbered through), c calendar, q position in
the list from which a plan is built.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import constant

I64: TypeAlias = NDArray[np.int64]

Table: TypeAlias = np.recarray[Any, np.dtype[Any]]
"""A recarray of one of the record types below."""

NONE = constant(-1)
NEVER = constant(2**61)
"""An instant that no plan reaches."""

MUST_FIT = constant(1)
WORKS_OVERTIME = constant(2)

BY_CLOCK = constant(0)
BY_WORK = constant(1)

# Columns of the state of a place.
FREE = constant(0)
INSIDE = constant(1)
FAMILY = constant(2)
NEXT_PIN = constant(3)
WORKED = constant(4)
DONE = constant(5)
DUE = constant(6)
"""First of as many columns as a machine has rules of upkeep at most."""

# What a probe of a mode finds.
P_PLACE = constant(0)
P_BEGIN = constant(1)
P_START = constant(2)
P_END = constant(3)
P_HOLD = constant(4)
P_SETUP = constant(5)
P_MODE = constant(6)
P_WORTH = constant(7)
P_LAST = constant(8)
"""Given to the probe: when the last pieces of the lot come."""
P_UNIT = constant(9)
"""First of as many numbers as an operation has needs at most, then who sets up."""


def _record(*, whole: str = "", real: str = "") -> np.dtype[Any]:
    """Return a record type with named int64 and float64 fields."""
    fields = [(n, c) for names, c in ((whole, "i8"), (real, "f8")) for n in names.split()]
    return np.dtype((np.record, fields))


OPERATION = _record(
    whole="job mode_first mode_end same_as family interruption delay delay_cal earliest area"
    " need_first need_end batch_key wait pinned old_machine old_start counts start_from",
    real="pieces least largest per_move",
)
"""``same_as``: operation whose machine must do this one. ``per_move``: cost of leaving the
previous plan, where it was on ``old_machine`` from ``old_start`` on; ``counts``: 1 if its move
counts. ``start_from``: the work starts no earlier, its setup may."""
MODE = _record(whole="machine duration hold handover last", real="fixed per_piece")
"""``handover``: ticks of work until the next operation may begin. ``last``: ticks of work on the
last pieces that come; 0 where all come at once."""
JOB = _record(whole="operation_first operation_end release due", real="tardy late flow")
"""``tardy``, ``flow``: cost of a tick; ``late``: of being late at all."""
MACHINE = _record(
    whole="place_first place_end table family cal area setup_skill upkeep_first upkeep_end"
    " meter_first meter_end",
    real="busy busy_closed setup setup_closed",
)
"""``meter_first``: of its open time; none where its electricity costs nothing. ``busy``: what a
tick of work costs where a kilowatt-hour costs 1, beyond idling; ``busy_closed``: beyond being
off, at a time at which its calendar is closed."""
FAMILY_ROW = _record(whole="column is_shared")
"""``is_shared``: other families have the same column, but a setup lies between them."""
CALENDAR = _record(whole="span_first span_end longest")
SPAN = _record(whole="start end before")
"""``before``: open ticks of the calendar before the span."""
SKILL = _record(whole="group_first group_end")
GROUP = _record(whole="unit_first unit_end cal")
PLACE = _record(whole="pin_first pin_end")
PIN = _record(whole="begin start end family")
UPKEEP = _record(whole="counts start every duration skill")
METER = _record(whole="start", real="rate before")
"""From ``start`` on a tick of open time counts ``rate``; ``before``: all that has counted."""
PLANNED = _record(whole="mode place begin start end hold handed setup head setup_unit not_before")
"""``handed``: when the next operation of the job may begin; the end, where nothing overlaps.
``not_before``: the operation is made to wait until then, for cheaper electricity."""
TIE = _record(
    whole="lead tail n_before join_first join_end out_first out_end limit_first limit_end"
    " buffer_first buffer_end"
)
"""``lead`` to ``tail``: operations that are placed together. ``n_before``, of the lead: operations
not pinned that have to be placed before. The rest are rows of ``joins``: what it waits for,
what waits for it, what it has to begin soon after; and units that are places of its buffer."""
JOIN = _record(whole="source target lag asked")
"""``source``: operation to be placed before ``target``. ``asked``: operation whose asking for
material the lag counts from; -1: it counts from the end of the source."""


class Factory(NamedTuple):
    """A problem as the kernels read it; nothing is absent, tables may be empty.

    One array a table, one record an entity: with one array for each attribute, handing them
    over takes longer than the work, and compiling that a minute.
    """

    operations: Table
    modes: Table
    jobs: Table
    machines: Table
    families: Table
    setup: NDArray[np.int64]
    """Shape (n_tables, n_columns, n_columns)."""
    calendars: Table
    spans: Table
    transport: I64
    """Shape (n_areas, n_areas)."""
    need_skill: I64
    skills: Table
    skill_group: I64
    groups: Table
    places: Table
    pins: Table
    """By place."""
    units: Table
    unit_pins: Table
    upkeep: Table
    ties: Table
    """Of each operation; empty where no operation is linked beyond its job."""
    joins: Table
    needs_lot: int
    """1: a setup begins when its lot is there."""
    tolerance: int
    per_setup: float
    per_makespan: float
    most_moved: int
    """Operations that count and may leave the previous plan."""
    per_excess: float
    """Of each beyond."""
    meters: Table
    """The clock's, then those of calendars."""
    clock_end: int
    """Meters of the clock, which are always open."""
    cheaper: I64
    """Ticks at which electricity gets cheaper, increasing."""
    changes: I64
    """Ticks at which it gets cheaper or dearer, increasing."""


class Plan(NamedTuple):
    """Where and when each operation is; what a list has been turned into."""

    rows: Table
    """Of each operation."""
    unit: I64
    """Of each need."""


class State(NamedTuple):
    """What places and units are like after the operations so far."""

    place: I64
    """Shape (n_places, DUE + largest number of rules)."""
    unit: I64
    """Shape (n_units, 2): free from, next pin."""
    probe: I64
    """What the last look at a place found."""
    best: I64
    """What the best place until now offers."""
    spare: I64
    """What few problems need, in one array, since handing arrays over takes time: its first number
    is that of the units if upkeep has operators, else 0; so many instants until when each unit
    is at upkeep that the last look at a place did; as many of the best place; for each operation
    of the largest block before when it must not begin; places and units before a block."""
    row: I64
    """A place before upkeep was tried out."""
    best_row: I64
    """The best place after its upkeep."""
