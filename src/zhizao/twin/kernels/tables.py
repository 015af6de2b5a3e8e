"""The tables that one event loop runs over: one array a table, one row an entity.

Rows are records of 8-byte fields, so that a function gets a whole table as one
argument and finds what belongs to an entity side by side. (With one array for
each attribute, handing over a hundred arrays took ten times as long as the
work, and compiling it most of a minute.) A ragged list is ``x_first`` …
``x_end - 1`` of another table. -1 means none. Seconds from the start of the
run; speeds are factors.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Table: TypeAlias = np.recarray[Any, np.dtype[Any]]
"""A recarray of one of the record types below."""


def _record(
    *, hot_whole: str = "", hot_real: str = "", whole: str = "", real: str = "", keys: str = ""
) -> np.dtype[Any]:
    """Return a record type with named int64, float64 and uint64 fields.

    What is needed for each operation stands ahead, so that it is in few lines
    of the processor's cache.
    """
    groups = ((keys, "u8"), (hot_whole, "i8"), (hot_real, "f8"), (whole, "i8"), (real, "f8"))
    fields = [(name, code) for names, code in groups for name in names.split()]
    return np.dtype((np.record, fields))


PRODUCT = _record(whole="variant_first variant_end store")
"""``store``: the item as which a completed lot goes into stock, -1 for none."""
VARIANT = _record(whole="row_first row_end", real="share")  # shares are cumulative
STEP = _record(
    hot_whole="hook queue family number centre option_first option_end time_shape is_limited",
    hot_real="setup_s piece_s batch_max",
    whole="delay_shape delay_calendar"
    " rework_row rework_passes skill_first skill_end"
    " number_index drawn_with is_tied card_centre same_position limit_position interruption crew_interruption need_first need_end output_first"
    " output_end",
    real="delay_s probability scrap_share lot_scrap rework_probability"
    " rest_setup_s rest_piece_s batch_min batch_wait_s interval_s transfer_pieces"
    " limit_s dependence",
)
"""Steps of all variants. ``need_*`` and ``output_*``: in ``needs``. ``rest_*``: nominal time from this step to the last.
``centre``: -1 if it
depends on the resource, to which the lot is brought when that takes it. ``card_centre``: the capped
work centre that it is in, -1 for none. ``number_index``: which of all step numbers. ``same_position``: step of the variant whose resource
must do this one. ``limit_position``: step that must begin ``limit_s`` after this one's end; it
``is_limited``. ``drawn_with``: step of the variant with which an optional one comes together, -1 for none; ``dependence``: how
closely, -1 to 1; it and that step are ``is_tied``. ``interval_s``: 0 if the next lot enters when this one has left. ``batch_max``: 0 for a lot that goes alone; all steps of a queue have the same batch."""
ITEM = _record(keys="key", whole="lead_shape", real="stock reorder_point reorder_pieces lead_s")
"""What is kept in stock; ``reorder_pieces``: 0 for never."""
NEED = _record(whole="what", real="pieces")
"""Pieces of an item for each piece of a lot: what goes into a step, or comes out of it."""
STOCK = _record(whole="n_orders", real="pieces coming asked")
"""Of an item: in stock, ordered and not there yet, wanted by lots that wait."""
OPTION = _record(whole="resource", real="speed")
"""Options of a step: fastest effective speed first, then as listed; HOOK_LISTED: as listed."""
RESOURCE = _record(
    keys="key",
    hot_whole="special rule queue_first queue_end calendar fails centre setup_first slot_first"
    " slot_end between_shape repair_shape",
    hot_real="mtbf_s mttr_s",
    whole="maintenance_first maintenance_end"
    " min_run_first weight_first setup_skill repair_skill crew_fails sequence_first sequence_end",
    real="speed load_s unload_s busy_kw setup_kw stop_gap_s stop_s",
)
"""``setup_first``: its centre's table of setups in ``numbers``, -1 for none."""
MAINTENANCE = _record(keys="key", whole="counts time_shape skill", real="every first mean_s")
"""Planned maintenance, by resource. ``every`` and ``first``: seconds, or lots."""
SKILL = _record(whole="operator_first operator_end")
OPERATOR = _record(whole="count calendar is_tool looks_here")
"""``looks_here``: 1 for people who, when they get free, look for work at that work centre first."""
CALENDAR = _record(whole="span_first span_end meter_first meter_end", real="longest_s")
SPAN = _record(real="start end before")
METER = _record(real="start rate_s price carbon before_s before_price before_carbon")
"""A cell of time in which a calendar is open (``rate_s`` 1) or closed (all rates 0) and price and
carbon factor are constant; ``before_*``: their integrals until its start."""
CARRIER = _record(whole="unit_first unit_end", real="speed")
"""A group of carriers, each of which is a unit."""
UNIT = _record(whole="group centre is_out")
"""``centre``: where it is or, while it ``is_out``, goes to; -1 at the start: where its first lot is."""
SHAPE = _record(whole="kind first end", real="a b")
LOT = _record(
    keys="key",
    hot_whole="row variant next previous centre trace_row mate waits family order drawn_ahead",
    hot_real="good joined_s spent_s",
    whole="product priority enters slot has_place card_centre blocks next_blocked drawn back_row back_pass"
    " past has_past redrawn",
    real="quantity due_s entry_s release_s since_s transport_left_s completion_s left_s"
    " last_batch_s n_batches",
)
"""Lots, and where they are. ``order``: number in the order of coming, of known orders in that of
their list, which decides ties. ``drawn``: number within its stream, -1 for a known order.
``drawn_ahead``: step of its variant from which on
``draws`` holds the draws of its times, NOT_DRAWN for none. ``back_row``: to which a detour led it, at its visit ``back_pass`` - 1
there; 0 for none. ``past``: a bit for each of the first steps of its variant that it has done before the start,
as far as it ``has_past``; ``redrawn``: how often its numbers for optional steps were drawn anew until they agreed. ``release_s``: nan if not known. A row that is not in use has left; ``next`` leads to another. ``mate``: the next lot of its batch, of which the slot holds the
first. ``has_place``: in a buffer of limited size. ``card_centre``: the capped work centre that it counts in. ``blocks``: the slot that it still stands on,
while it waits; ``next_blocked``: the next lot that stands there. ``spent_s``: time already worked, or already delayed.
``last_batch_s``: when the last of ``n_batches`` transfer batches comes to its step; 0 if all is there."""
SLOT = _record(
    hot_whole="resource lot family wakes place failures is_down",
    hot_real="busy_s to_failure_s down_start_s down_end_s",
    whole="upkeep_first lots_done run_left attendant first_blocked is_stuck phase repairer is_paused stops",
    real="worked_s inside_until_s down_until_s left_s phase_since_s stretch_s down_since_s"
    " repair_spent_s idle_since_s leave_s to_stop_s setup_until_s",
)
"""Slots of resources (their capacity); ``place`` counts within the resource.

``run_left``: lots before the next change of family. ``attendant``: operator of its setup or
maintenance. ``lot``: -1 idle, BLOCKED by the lots from ``first_blocked`` on, TAKEN without a lot of its own. ``worked_s`` and ``lots_done``: since the
start. ``inside_until_s``: when the last lot that entered a cascading slot leaves it.
``setup_until_s``: when the last change of family is over that goes on beside a lot (see ``beside``).
``is_paused``: 1 while its lot waits for operators, of whom the first one goes home at ``leave_s``.
``down_until_s``: until when its meter knows that it was down. ``is_down``, ``phase``, ``repairer``
and what follows: of slots that work stretch by stretch (see ``repairs``). ``repair_spent_s``: how long the
repair at the start has lasted by then; -1 for none.
"""
CAP = _record(whole="max_lots product centre")
"""A cap on lots of a product or (-1) of all, in the plant (-1) or at a work centre."""
SEQUENCE = _record(whole="lot number")
"""What a resource has been told to do: a lot and the number of its step."""
UPKEEP = _record(whole="slot done", real="due")
"""One maintenance of one slot: how often it was done, and when or at how many it is due."""
QUEUE = _record(whole="head tail rejected", real="pieces")
"""``pieces`` is kept for batches only."""
STREAM = _record(
    keys="key",
    whole="product family priority calendar quantity_first quantity_end allowance_first allowance_end"
    " span_first n_spans n_drawn",
    real="rate next_s total",
)
"""Orders of one product that the demand brings. ``rate``: a second of open time of the calendar;
quantities and allowances: in ``stream_numbers``. Where the rate changes over time, so are begins of
spans, orders-worth of seconds before each, and factors: ``n_spans`` of each, from ``span_first``. ``next_s``: when the next order comes, of which
``n_drawn`` is the number; ``total``: the exponentials added up so far."""
EVENT = _record(whole="code", real="time")
TRACE_ROW = _record(whole="kind lot row slot visit", real="joined_s start_s end_s good scrap")


class Floor(NamedTuple):
    """The plant as tables; nothing here changes during a run.

    A queue belongs to a set of resources that some steps may use. ``lists``
    holds the queues of resources, the skills of steps and the operators of
    skills; ``family_column`` the column of a family in the setups, for family
    -1 its first entry. ``together_s`` has shape (n_calendars, n_calendars): the longest open time
    of the second one in a span of the first one ((1, 1) where it is not used). A table of setups in ``numbers`` has n_columns rows
    (from) of n_columns (to), then n_columns times for the same family again;
    the last column stands for families that the setups do not name.
    ``transport_s`` has shape (n_centres, n_centres), from × to; so have ``carrier_of``, the group
    of carriers that a lot waits for, -1 for none, and ``empty_s``, a carrier's way without a lot
    at speed 1 (both (1, 1) where nobody waits). ``buffer``: lots
    that may wait in front of each work centre, -1 for any number.
    """

    products: Table
    variants: Table
    steps: Table
    options: Table
    resources: Table
    maintenances: Table
    skills: Table
    operators: Table
    calendars: Table
    spans: Table
    shapes: Table
    lists: NDArray[np.int64]
    family_column: NDArray[np.int64]
    numbers: NDArray[np.float64]
    transport_s: NDArray[np.float64]
    together_s: NDArray[np.float64]
    carriers: Table
    carrier_of: NDArray[np.int64]
    empty_s: NDArray[np.float64]
    sequences: Table
    caps: Table
    buffer: NDArray[np.int64]
    meter: Table
    items: Table
    needs: Table
    n_columns: int


class Shop(NamedTuple):
    """What changes during a replication, and the replication's own constants.

    All of what a run has come to is in these arrays, so a copy of them is a run that can
    go on; ``until_s`` is where it is to stop, at its horizon or before.

    ``lots`` has a row for each known order, then rows for those that the demand brings,
    which are used again when a lot has left (not where there is a trace). ``entry_order``:
    known orders as they come. ``tally``: what KPIs are made of.
    ``visits`` has shape (n_lots, 2 × longest routing): how often a lot was at
    a step of its routing, then how often it took a detour after it.
    ``draws`` has shape (n_lots, N_AHEAD), ``numbers`` (N_AHEAD,): see ``flow.draw_ahead``.
    ``lot_operator`` has shape (n_lots + 1, largest crew), ``slot_operator`` (n_slots, largest crew): of
    lots that have gone on with their first pieces (one row where no crew has such a step). ``done_by`` (resource
    that did a step) and ``limits`` (latest begin of a step) have shape (n_lots,
    longest routing), ``planned`` (resource that a sequence gives a step to)
    (n_orders, n_numbers); each has one row where it is not used. ``room``: lots that may still
    enter under each cap; ``held``: those held back, a queue for each product. ``broken``: slots that wait for a repair, ``paused`` those that wait for operators to go on. ``card_waits``: lots that wait for room in a capped work centre.
    ``short``: lots that wait for material, of which ``short_s`` has the seconds of those that have got
    it and ``short_area`` their sum in the window; both of one row where nothing is needed. ``meters``
    has shape (n_slots, N_REGISTERS), ``lot_energy`` (n_lots, N_MEASURES), kW × seconds; one row
    each where no resource has a power. ``carrier_calls``: lots that wait for a carrier of each
    group; ``carrier_tally`` has a row of each with the seconds on trips, lots that were picked up, and
    what they waited until then, all in the window; ``carried_s``: what each lot has waited so far
    (one row where there are no carriers). No trace is kept if
    ``trace`` is empty.
    """

    key: np.uint64
    warm_up_s: float
    horizon_s: float
    until_s: float
    lots: Table
    streams: Table
    stream_numbers: NDArray[np.float64]
    tally: NDArray[np.float64]
    entry_order: NDArray[np.int64]
    slots: Table
    upkeep: Table
    queues: Table
    events: Table
    counters: NDArray[np.int64]
    joined: NDArray[np.int64]
    woken: NDArray[np.int64]
    visits: NDArray[np.int16]
    draws: NDArray[np.float64]
    numbers: NDArray[np.int64]
    operator_free: NDArray[np.int64]
    lot_operator: NDArray[np.int64]
    slot_operator: NDArray[np.int64]
    done_by: NDArray[np.int64]
    limits: NDArray[np.float64]
    planned: NDArray[np.int64]
    sequence_next: NDArray[np.int64]
    room: NDArray[np.int64]
    held: Table
    places_taken: NDArray[np.int64]
    broken: NDArray[np.int64]
    paused: NDArray[np.int64]
    card_waits: NDArray[np.int64]
    stock: Table
    short: NDArray[np.int64]
    short_s: NDArray[np.float64]
    short_area: NDArray[np.float64]
    units: Table
    carrier_calls: Table
    carrier_tally: NDArray[np.float64]
    carried_s: NDArray[np.float64]
    meters: NDArray[np.float64]
    lot_energy: NDArray[np.float64]
    trace: Table
