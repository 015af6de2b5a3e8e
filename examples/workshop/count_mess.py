"""Count the mess again from the written rows alone, each class by its definition.

On purpose it knows nothing of how the rows were spoilt: where both counts must
agree they are compared, and where a spoilt row makes others look spoilt (a
report that overlaps two others) this count is the one that a reader can find.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

Row = dict[str, str]

DEFINITIONS = {
    "duplicate": "all cells equal those of an earlier row",
    "near_duplicate": "not a duplicate, but Work Order, Operation, Start, End and Operator equal those of an earlier row, and both times are there",
    "zero_duration": "both times can be read and End = Start",
    "negative_duration": "both times can be read and End < Start",
    "default_duration": "packed from 00:00:00 to 01:00:00 of one day",
    "missing_start": "Start is empty",
    "missing_end": "End is empty, work still going on at the end of the log included",
    "unparsed_cell": "Start or End has a text that is not a time",
    "mangled_cell": "Qty Good is a date",
    "resource_mismatch": "Operation names another machine than Machine",
    "zero_quantity": "Qty Good is 0",
    "midnight_split": "ends at 23:59:59 where a row of the same order, operation and machine begins a second later; both rows count",
    "shared_slot": "Machine, Operator, Start and End equal those of a row of another order; all such rows count",
    "overlap_resource": "begins before an earlier row of the same machine is over; only rows of positive duration that are no duplicates or near duplicates",
    "overlap_operator": "the same for rows of one operator",
    "overlap_order": "the same for rows of one order",
}
"""What each class of mess means in the written file."""


class _Span(NamedTuple):
    start_at: datetime
    end_at: datetime
    number: int


def read_time(text: str) -> datetime | None:
    """Return the clock time that a cell states, or None if it states none.

    Examples
    --------
    >>> read_time("2025-03-03 08:00:00").hour, read_time("n/a")
    (8, None)
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None


def rows_by_class(rows: list[Row]) -> dict[str, list[int]]:
    """Return the spreadsheet row numbers (header = 1) of each class in DEFINITIONS.

    Examples
    --------
    >>> row = {"Work Order": "1", "Operation": "Packing - PACK-01", "Machine": "PACK-01"}
    >>> row |= {"Start": "2025-03-03 00:00:00", "End": "2025-03-03 01:00:00", "Operator": "A"}
    >>> found = rows_by_class([row | {"Qty Good": "0"}, row | {"Qty Good": "5"}])
    >>> found["default_duration"], found["near_duplicate"], found["zero_quantity"]
    ([2, 3], [3], [2])
    """
    found: dict[str, list[int]] = {name: [] for name in DEFINITIONS}
    seen: set[tuple[str, ...]] = set()
    seen_work: set[tuple[str, ...]] = set()
    spans: list[tuple[Row, _Span]] = []
    for number, row in enumerate(rows, start=2):
        work = tuple(row[name] for name in ("Work Order", "Operation", "Start", "End", "Operator"))
        cells = tuple(row.values())
        classes = list(_classes_of(row))
        is_copy = cells in seen or (work in seen_work and bool(row["Start"] and row["End"]))
        if is_copy:
            classes.append("duplicate" if cells in seen else "near_duplicate")
        seen.add(cells)
        seen_work.add(work)
        for name in classes:
            found[name].append(number)
        start_at, end_at = read_time(row["Start"]), read_time(row["End"])
        if not is_copy and start_at and end_at and end_at > start_at:
            spans.append((row, _Span(start_at, end_at, number)))
    for name, heading in (
        ("overlap_resource", "Machine"),
        ("overlap_operator", "Operator"),
        ("overlap_order", "Work Order"),
    ):
        groups = defaultdict(list)
        for row, span in spans:
            groups[row[heading]].append(span)
        found[name] = sorted(n for group in groups.values() for n in _overlapping(group))
    found["shared_slot"] = _shared_slots(rows)
    found["midnight_split"] = _midnight_splits(rows)
    return found


def _classes_of(row: Row) -> Iterable[str]:
    start, end, good = row["Start"], row["End"], row["Qty Good"]
    start_at, end_at = read_time(start), read_time(end)
    zero = timedelta(0)
    spent = end_at - start_at if start_at and end_at else None
    is_first_hour = spent == timedelta(hours=1) and start.endswith("00:00:00")
    shows = {
        "zero_duration": spent == zero,
        "negative_duration": spent is not None and spent < zero,
        "default_duration": is_first_hour and row["Operation"].startswith("Packing"),
        "missing_start": not start,
        "missing_end": not end,
        "unparsed_cell": bool((start and not start_at) or (end and not end_at)),
        "mangled_cell": not good.isdigit(),
        "resource_mismatch": not row["Operation"].endswith(row["Machine"]),
        "zero_quantity": good == "0",
    }
    return (name for name, is_shown in shows.items() if is_shown)


def _overlapping(spans: list[_Span]) -> Iterable[int]:
    latest = datetime.min  # noqa: DTZ901
    for span in sorted(spans, key=lambda span: (span.start_at, span.number)):
        if span.start_at < latest:
            yield span.number
        latest = max(latest, span.end_at)


def _shared_slots(rows: list[Row]) -> list[int]:
    orders = defaultdict(set)
    slots = [tuple(row[name] for name in ("Machine", "Operator", "Start", "End")) for row in rows]
    for slot, row in zip(slots, rows, strict=True):
        orders[slot].add(row["Work Order"])
    return [
        number
        for number, (slot, row) in enumerate(zip(slots, rows, strict=True), start=2)
        if len(orders[slot]) > 1 and read_time(row["Start"]) and read_time(row["End"])
    ]


def _midnight_splits(rows: list[Row]) -> list[int]:
    def work(row: Row) -> tuple[str, ...]:
        return row["Work Order"], row["Operation"], row["Machine"]

    begins = {(*work(row), row["Start"]): number for number, row in enumerate(rows, start=2)}
    found: Counter[int] = Counter()
    for number, row in enumerate(rows, start=2):
        end_at = read_time(row["End"])
        if end_at and row["End"].endswith("23:59:59"):
            resumed = begins.get((*work(row), str(end_at + timedelta(seconds=1))))
            found.update([number, resumed] if resumed else [])
    return sorted(found)
