"""The integer and float tables that one event loop runs over.

Struct of arrays: one array per attribute, one row per entity. A ragged list is
first[i] … first[i+1]-1 of another table. -1 means none. Seconds from the start
of the run; rates and speeds as factors.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels.calendar import Calendars
from zhizao.twin.kernels.shapes import Shapes

FIFO = 0
EDD = 1
SPT = 2
LPT = 3
SLACK = 4
PRIORITY = 5
SAME_SETUP = 6

FAILS_NEVER = 0
FAILS_WHILE_BUSY = 1
FAILS_ALWAYS = 2

ENTERS_NEW = 0
ENTERS_DELAYED = 1
ENTERS_WAITING = 2
ENTERS_RUNNING = 3

ROW_RUN = 0
ROW_SETUP = 1
ROW_DOWN = 2

DONE = 0
OUT_OF_EVENTS = 1
OUT_OF_TRACE = 2

# Rows of Shop.counters.
N_EVENTS = 0
STATUS = 1
N_JOINED = 2
N_WOKEN = 3
N_OPERATIONS = 4
N_TRACE = 5
CREW_EVENT = 6
CREW_FREED = 7
N_COUNTERS = 8


class Steps(NamedTuple):
    """Variants of routings, and all their steps one after another.

    ``variant_end`` is the row after a variant's last step. Options of a step
    are sorted: fastest effective speed first, then as preferred. ``rest_*``:
    nominal time from this step to the last one.
    """

    product_first: NDArray[np.int64]
    variant_share: NDArray[np.float64]
    variant_first: NDArray[np.int64]
    number: NDArray[np.int64]
    centre: NDArray[np.int64]
    group: NDArray[np.int64]
    option_first: NDArray[np.int64]
    option_resource: NDArray[np.int64]
    option_speed: NDArray[np.float64]
    setup_s: NDArray[np.float64]
    piece_s: NDArray[np.float64]
    shape: NDArray[np.int64]
    delay_s: NDArray[np.float64]
    delay_shape: NDArray[np.int64]
    delay_calendar: NDArray[np.int64]
    probability: NDArray[np.float64]
    scrap_share: NDArray[np.float64]
    rework_probability: NDArray[np.float64]
    rework_row: NDArray[np.int64]
    rework_passes: NDArray[np.int64]
    rest_setup_s: NDArray[np.float64]
    rest_piece_s: NDArray[np.float64]
    skill_first: NDArray[np.int64]
    skill: NDArray[np.int64]


class Resources(NamedTuple):
    """Resources, their slots (capacity), queues and work centres.

    A queue is a set of resources that the same steps may use; ``queue`` lists
    the queues that a resource serves. ``family_setup_s`` has shape
    (n_tables, n_families + 1, n_families + 1), from × to; the last row and
    column stand for a family that the setups do not name. ``same_family_s``:
    time between two lots of the same family.
    """

    centre: NDArray[np.int64]
    calendar: NDArray[np.int64]
    speed: NDArray[np.float64]
    key: NDArray[np.uint64]
    slot_first: NDArray[np.int64]
    slot_resource: NDArray[np.int64]
    queue_first: NDArray[np.int64]
    queue: NDArray[np.int64]
    fails: NDArray[np.int64]
    mtbf_s: NDArray[np.float64]
    mttr_s: NDArray[np.float64]
    between_shape: NDArray[np.int64]
    repair_shape: NDArray[np.int64]
    rule: NDArray[np.int64]
    setup_table: NDArray[np.int64]
    family_setup_s: NDArray[np.float64]
    same_family_s: NDArray[np.float64]
    family_column: NDArray[np.int64]
    transport_s: NDArray[np.float64]


class Crew(NamedTuple):
    """Groups of operators, those of a skill sorted: fewest other skills first."""

    count: NDArray[np.int64]
    calendar: NDArray[np.int64]
    skill_first: NDArray[np.int64]
    operator: NDArray[np.int64]


class Floor(NamedTuple):
    """The plant as tables."""

    steps: Steps
    resources: Resources
    crew: Crew
    calendars: Calendars
    shapes: Shapes


class Lots(NamedTuple):
    """The lots of one replication, and how those in progress begin.

    ``entry_order`` sorts the lots by entry. ``row`` is the first step's row of
    a lot in progress, -1 for a new one. ``spent_s`` is open time worked, or
    time of the delay that is over.
    """

    order: NDArray[np.int64]
    key: NDArray[np.uint64]
    product: NDArray[np.int64]
    family: NDArray[np.int64]
    quantity: NDArray[np.float64]
    due_s: NDArray[np.float64]
    priority: NDArray[np.int64]
    entry_s: NDArray[np.float64]
    entry_order: NDArray[np.int64]
    enters: NDArray[np.int64]
    row: NDArray[np.int64]
    variant: NDArray[np.int64]
    since_s: NDArray[np.float64]
    spent_s: NDArray[np.float64]
    transport_left_s: NDArray[np.float64]
    slot: NDArray[np.int64]


class Shop(NamedTuple):
    """What changes during a replication; ``counters`` has the rows named above."""

    counters: NDArray[np.int64]
    event_time: NDArray[np.float64]
    event_code: NDArray[np.int64]
    slot_lot: NDArray[np.int64]
    slot_family: NDArray[np.int64]
    slot_busy_s: NDArray[np.float64]
    slot_down_start: NDArray[np.float64]
    slot_down_end: NDArray[np.float64]
    slot_to_failure_s: NDArray[np.float64]
    slot_failures: NDArray[np.int64]
    slot_wakes: NDArray[np.bool_]
    queue_head: NDArray[np.int64]
    queue_tail: NDArray[np.int64]
    lot_row: NDArray[np.int64]
    lot_variant: NDArray[np.int64]
    lot_good: NDArray[np.float64]
    lot_spent_s: NDArray[np.float64]
    lot_joined_s: NDArray[np.float64]
    lot_waits: NDArray[np.bool_]
    lot_next: NDArray[np.int64]
    lot_previous: NDArray[np.int64]
    lot_centre: NDArray[np.int64]
    lot_completion_s: NDArray[np.float64]
    lot_left_s: NDArray[np.float64]
    lot_trace_row: NDArray[np.int64]
    visits: NDArray[np.int32]
    detours: NDArray[np.int32]
    joined: NDArray[np.int64]
    woken: NDArray[np.int64]
    operator_free: NDArray[np.int64]
    lot_operator: NDArray[np.int64]


class Trace(NamedTuple):
    """Rows of what happened; no rows are kept if the arrays are empty."""

    kind: NDArray[np.int64]
    lot: NDArray[np.int64]
    row: NDArray[np.int64]
    slot: NDArray[np.int64]
    visit: NDArray[np.int64]
    joined_s: NDArray[np.float64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    good: NDArray[np.float64]
    scrap: NDArray[np.float64]
