"""Turn what happened into the shop-floor reports that careful people would write.

One report is one person's uninterrupted work on one visit of an order: the
plant closes reports at the end of a shift and at a long stop, and counts setup
as part of the work. The mess comes afterwards (``logging_mess``).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from workshop.config import MINUTE_S, Config
from workshop.demand import Order, Purpose, stream
from workshop.model import Event

HEADINGS = (
    "Work Order",
    "Part No.",
    "Operation",
    "Machine",
    "Start",
    "End",
    "Operator",
    "Qty Good",
    "Qty Scrap",
    "Order Qty",
    "Remark",
)
"""Column headings of ``operations.csv``."""

LONG_STOP_S = 30 * MINUTE_S
"""A repair of this length closes the report; shorter ones disappear in it."""

BOOKED_AT_THE_END = 0.6
"""Share of interrupted visits whose pieces are all booked in the last report."""


@dataclass(kw_only=True)
class Report:
    """One row of the log before it is written; instants in seconds of the model."""

    order: Order
    operation: str
    machine: str
    named_machine: str
    step: int
    visit: int
    start_s: int
    end_s: int | None
    operator: str
    good: int
    scrap: int
    remark: str
    is_last: bool
    true_start_s: int
    true_end_s: int | None
    mess: str = ""  # the one class of mess that this row shows on purpose
    cells: dict[str, str] = field(default_factory=dict)  # text that replaces a cell


def reports_of(config: Config, events: list[Event], orders: list[Order], *, seed: int) -> list[Report]:  # fmt: skip
    """Return the reports between the log's beginning and its end, by their start.

    Work that is going on when the log ends has no end yet.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from datetime import timedelta
    >>> from workshop.config import WORKSHOP
    >>> from workshop.model import simulate
    >>> begins_at = WORKSHOP.begins_at
    >>> short = replace(WORKSHOP, log_begins_at=begins_at, ends_at=begins_at + timedelta(days=7))
    >>> rows = reports_of(short, *simulate(short, seed=1), seed=1)
    >>> all(row.end_s > row.start_s for row in rows)
    True
    """
    order_by_id = {order.id: order for order in orders}
    events_by_visit = defaultdict(list)
    for event in events:
        events_by_visit[event.order, event.step, event.visit].append(event)
    rows: list[Report] = []
    for visit in events_by_visit.values():
        rows.extend(_visit_reports(order_by_id[visit[0].order], visit, seed=seed))
    begins_s, ends_s = config.at_s(config.log_begins_at), config.at_s(config.log_ends_at)
    seen = [row for row in rows if begins_s <= row.start_s < ends_s]
    for row in seen:
        if row.end_s is not None and row.end_s > ends_s:
            row.end_s = row.true_end_s = None
            row.good = row.scrap = 0
            row.mess = "open_at_end"
    return sorted(seen, key=lambda row: (row.start_s, row.machine))


def _visit_reports(order: Order, visit: list[Event], *, seed: int) -> list[Report]:
    stretches: list[list[Event]] = []
    for event in sorted(visit, key=lambda event: event.start_s):
        is_long_stop = event.kind == "repair" and event.end_s - event.start_s >= LONG_STOP_S
        last = stretches[-1][-1] if stretches and stretches[-1] else None
        follows = last is not None and (last.end_s, last.operator) == (
            event.start_s,
            event.operator,
        )
        if is_long_stop:
            stretches.append([])
        elif follows:
            stretches[-1].append(event)
        elif event.kind != "repair":
            stretches.append([event])
    stretches = [stretch for stretch in stretches if stretch]
    first = visit[0]
    rng = stream(seed, Purpose.REPORT, order.index, first.step, first.visit)
    ends_s = np.cumsum([stretch[-1].end_s - stretch[0].start_s for stretch in stretches])
    good = first.quantity - first.scrap
    booked = [int(good * end_s / ends_s[-1]) for end_s in ends_s]
    if rng.random() < BOOKED_AT_THE_END:
        booked = [0] * (len(booked) - 1) + [good]
    return [
        Report(
            order=order,
            operation=first.operation,
            machine=first.resource,
            named_machine=first.resource,
            step=first.step,
            visit=first.visit,
            start_s=stretch[0].start_s,
            end_s=stretch[-1].end_s,
            operator=stretch[0].operator,
            good=now - before,
            scrap=first.scrap if stretch[-1].is_last else 0,
            remark=_remark(order, first, stretch is stretches[0], rng),
            is_last=stretch[-1].is_last,
            true_start_s=stretch[0].start_s,
            true_end_s=stretch[-1].end_s,
        )
        for stretch, (before, now) in zip(stretches, pairwise([0, *booked]), strict=True)
    ]


def _remark(order: Order, event: Event, is_first: bool, rng: np.random.Generator) -> str:  # noqa: FBT001
    if event.visit and rng.random() < 0.75:
        return str(rng.choice(["rework", "返工"]))
    if order.priority and is_first and rng.random() < 0.5:
        return str(rng.choice(["urgent", "加急"]))
    return "checked" if event.resource.startswith("QC") and rng.random() < 0.15 else ""
