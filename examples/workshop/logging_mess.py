"""Spoil good reports the way that plants do, and remember which row was spoilt how.

A row is spoilt on purpose in one way at most (``Report.mess``), zero quantities
apart, so that each class has a known count. What overlaps as a consequence is
counted by definition in ``count_mess``.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from workshop.config import DAY_S, HOUR_S, MINUTE_S, WEEK_S, Config
from workshop.demand import Purpose, stream
from workshop.reports import Report

COUNTS = {
    "zero_duration": 14,
    "negative_duration": 6,
    "missing_start": 28,
    "missing_end": 24,
    "unparsed_cell": 9,
    "mangled_cell": 4,
    "resource_mismatch": 46,
    "overlap_resource": 42,
    "overlap_operator": 32,
    "duplicate": 26,
    "near_duplicate": 40,
}
"""Rows that are spoilt in each way that is not a habit."""

N_SHARED_SLOTS = 45
DEFAULT_SHARE = 0.35  # of the packing reports
ZERO_SHARE = 0.25  # of all reports
MIDNIGHT_MACHINE = "MILL-02"  # its terminal closes the day
LATE_MACHINE = "DEBURR-01"  # its terminal came later
LATE_BY_S = 6 * WEEK_S


@dataclass(kw_only=True)
class Log:
    """The reports as written, and what was done to them that no row shows."""

    rows: list[Report]
    n_unlogged: int = 0
    slots: list[list[Report]] = field(default_factory=list)


def make_mess(config: Config, reports: list[Report], *, seed: int) -> Log:
    """Return the log: copies of the reports, spoilt, in the order of the file.

    Examples
    --------
    >>> from workshop.config import WORKSHOP
    >>> make_mess(WORKSHOP, [], seed=7).rows
    []
    """
    rng = stream(seed, Purpose.MESS)
    logged_s = config.at_s(config.log_begins_at) + LATE_BY_S
    rows = [
        replace(row, cells={})
        for row in reports
        if row.machine != LATE_MACHINE or row.start_s >= logged_s
    ]
    log = Log(rows=_split_at_midnight(rows), n_unlogged=len(reports) - len(rows))
    if not rows:
        return log
    log.slots = _share_slots(log.rows, rng)
    _book_defaults(log.rows, rng)
    _overlap_machines(log.rows, rng)
    _overlap_operators(log.rows, rng)
    centre_machines = defaultdict(list)
    for resource in config.resources:
        centre_machines[resource.work_centre].append(resource.name)
    others = {
        name: [other for other in names if other != name]
        for names in centre_machines.values()
        for name in names
    }
    _spoil(log.rows, rng, "resource_mismatch", _name_another(others, rng), _is_turned_or_milled)
    _spoil(log.rows, rng, "zero_duration", lambda row: setattr(row, "end_s", row.start_s))
    _spoil(log.rows, rng, "negative_duration", _swap, _is_short)
    _spoil(log.rows, rng, "missing_start", lambda row: row.cells.update({"Start": ""}))
    _spoil(log.rows, rng, "missing_end", lambda row: row.cells.update({"End": ""}))
    _spoil(log.rows, rng, "unparsed_cell", _scribble(rng))
    _spoil(log.rows, rng, "mangled_cell", _mangle, lambda row: row.good not in (0, 60))
    _forget_quantities(log.rows, rng)
    log.rows = _copies(log.rows, rng)
    return log


def _is_free(row: Report) -> bool:
    return not row.mess and row.end_s is not None and not row.machine.startswith("PACK")


def _is_turned_or_milled(row: Report) -> bool:
    return row.machine.startswith(("LATHE", "MILL"))


def _is_short(row: Report) -> bool:
    return row.end_s is not None and row.end_s - row.start_s < 3 * HOUR_S


def _spoil(
    rows: list[Report],
    rng: np.random.Generator,
    mess: str,
    change: Callable[[Report], object],
    suits: Callable[[Report], bool] = lambda _: True,
) -> None:
    free = [row for row in rows if _is_free(row) and suits(row)]
    for i in rng.choice(len(free), COUNTS[mess], replace=False):
        change(free[i])
        free[i].mess = mess


def _split_at_midnight(rows: list[Report]) -> list[Report]:
    split: list[Report] = []
    for row in rows:
        midnight_s = -(-row.start_s // DAY_S) * DAY_S
        if row.machine != MIDNIGHT_MACHINE or row.end_s is None or row.end_s <= midnight_s:
            split.append(row)
            continue
        before = replace(row, end_s=midnight_s - 1, true_end_s=midnight_s, good=0, scrap=0)
        after = replace(row, start_s=midnight_s, true_start_s=midnight_s, cells={})
        before.is_last = False
        before.mess = after.mess = "midnight_split"
        split += [before, after]
    return sorted(split, key=lambda row: (row.start_s, row.machine))


def _share_slots(rows: list[Report], rng: np.random.Generator) -> list[list[Report]]:
    """Book two to four orders that a desk inspected on one day in one slot."""
    by_day = defaultdict(list)
    for row in rows:
        if row.machine.startswith("QC") and _is_free(row) and not row.visit:
            by_day[row.machine, row.start_s // DAY_S].append(row)
    days = [day for day in by_day.values() if len({row.order.id for row in day}) == len(day) >= 2]
    slots = []
    for i in rng.choice(len(days), min(N_SHARED_SLOTS, len(days)), replace=False):
        group = days[i][: int(rng.integers(2, 5))]
        start_s, end_s = group[0].start_s, max(row.end_s or 0 for row in group)
        for row in group:
            row.start_s, row.end_s, row.mess = start_s, end_s, "shared_slot"
        slots.append(group)
    return slots


def _book_defaults(rows: list[Report], rng: np.random.Generator) -> None:
    for row in rows:
        is_packing = row.machine.startswith("PACK") and row.end_s is not None
        if is_packing and rng.random() < DEFAULT_SHARE:
            assert row.end_s is not None
            row.start_s = row.end_s // DAY_S * DAY_S
            row.end_s = row.start_s + HOUR_S
            row.mess = "default_duration"


def _overlap_machines(rows: list[Report], rng: np.random.Generator) -> None:
    """Begin a report before the one before it on the machine is over."""
    pairs = []
    last: dict[str, Report] = {}
    for row in rows:
        before = last.get(row.machine)
        last[row.machine] = row
        if before is None or before.end_s is None or not (_is_free(row) and _is_free(before)):
            continue
        is_long = before.end_s - before.start_s > HOUR_S
        if is_long and row.start_s - before.end_s < HOUR_S and row.order is not before.order:
            pairs.append((before, row))
    n_wanted = COUNTS["overlap_resource"]
    for i in rng.permutation(len(pairs)):
        before, row = pairs[i]
        if n_wanted and _is_free(row) and _is_free(before) and before.end_s is not None:
            row.start_s = before.end_s - int(rng.integers(5, 41)) * MINUTE_S
            row.mess, before.mess = "overlap_resource", "kept"
            n_wanted -= 1


def _overlap_operators(rows: list[Report], rng: np.random.Generator) -> None:
    """Enter a colleague who was busy at another machine."""
    free = [row for row in rows if _is_free(row) and row.machine.startswith(("LATHE", "MILL"))]
    n_wanted = COUNTS["overlap_operator"]
    for i in rng.permutation(len(free)):
        row = free[i]
        busy = [
            other
            for other in free
            if other.machine != row.machine
            and _is_free(other)
            and other.end_s is not None
            and row.end_s is not None
            and min(other.end_s, row.end_s) - max(other.start_s, row.start_s) > 10 * MINUTE_S
        ]
        if n_wanted and _is_free(row) and busy:
            row.operator = busy[0].operator
            row.mess, busy[0].mess = "overlap_operator", "kept"
            n_wanted -= 1


def _name_another(
    others: dict[str, list[str]], rng: np.random.Generator
) -> Callable[[Report], None]:
    def change(row: Report) -> None:
        row.named_machine = str(rng.choice(others[row.machine]))

    return change


def _swap(row: Report) -> None:
    assert row.end_s is not None
    row.start_s, row.end_s = row.end_s, row.start_s


def _scribble(rng: np.random.Generator) -> Callable[[Report], None]:
    def change(row: Report) -> None:
        heading, text = rng.choice(["Start", "End"]), rng.choice(["n/a", "??", "see paper"])
        row.cells[str(heading)] = str(text)

    return change


def _mangle(row: Report) -> None:
    """Write the pieces as the date that a spreadsheet makes of the number."""
    leap_fault = 1 if row.good < 60 else 0  # spreadsheets believe in 29 February 1900
    day = datetime(1899, 12, 30) + timedelta(days=row.good + leap_fault)  # noqa: DTZ001
    row.cells["Qty Good"] = day.strftime("%Y-%m-%d")


def _forget_quantities(rows: list[Report], rng: np.random.Generator) -> None:
    n_wanted = round(ZERO_SHARE * len(rows)) - sum(row.good == 0 for row in rows)
    booked = [row for row in rows if row.good > 0 and row.mess != "mangled_cell"]
    for i in rng.choice(len(booked), max(0, n_wanted), replace=False):
        booked[i].good = 0


def _copies(rows: list[Report], rng: np.random.Generator) -> list[Report]:
    """Send some reports twice, and some again with a correction."""
    free = [i for i, row in enumerate(rows) if _is_free(row)]
    n_exact, n_near = COUNTS["duplicate"], COUNTS["near_duplicate"]
    chosen = rng.choice(free, n_exact + n_near, replace=False)
    copies: dict[int, Report] = {}
    for count, i in enumerate(chosen):
        copy = replace(rows[i], cells={}, mess="duplicate")
        if count >= n_exact:
            copy.mess = "near_duplicate"
            if rng.random() < 0.6:
                copy.good = rows[i].good + 5
            else:
                copy.remark = str(rng.choice(["corrected", "更正"]))
        copies[int(i)] = copy
        rows[i].mess = "kept"
    written: list[Report] = []
    for i, row in enumerate(rows):
        written.append(row)
        if i in copies:
            written.append(copies[i])
    return written
