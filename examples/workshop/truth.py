"""State the truth beside the log: the workshop, what happened, and every spoilt row."""

from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np

from workshop.config import HOUR_S, WEEK_S, Config
from workshop.count_mess import DEFINITIONS, Row, rows_by_class
from workshop.demand import Order, shift_windows
from workshop.logging_mess import LATE_MACHINE, Log
from workshop.model import Event

ABOUT = "The true workshop behind operations.csv and orders.csv. Nothing here may be read by a learner; it is for checking what was learnt. Clock times are local. Row numbers count as a spreadsheet does (header = 1)."


def clock(config: Config, instant_s: int | None) -> str | None:
    """Return the local clock time of seconds since the model's beginning.

    Examples
    --------
    >>> from workshop.config import WORKSHOP
    >>> clock(WORKSHOP, 3600)
    '2025-02-03 01:00:00'
    """
    return None if instant_s is None else str(config.begins_at + timedelta(seconds=instant_s))


def measure(config: Config, events: list[Event], orders: list[Order]) -> dict[str, Any]:
    """Return what truly happened between the log's beginning and its end.

    Utilisation is time over shift time; lead time runs from release to the end
    of packing; orders count in the window in which they are completed; WIP is
    the time average of the orders that are released and not completed.

    Examples
    --------
    >>> from workshop.config import WORKSHOP
    >>> from workshop.model import simulate
    >>> measure(WORKSHOP, *simulate(WORKSHOP, seed=7))["utilisation"]["GRIND-01"]["busy"] > 0.75
    True
    """
    begins_s, ends_s = config.at_s(config.log_begins_at), config.at_s(config.log_ends_at)

    def inside_s(start_s: int, end_s: int) -> int:
        return max(0, min(end_s, ends_s) - max(start_s, begins_s))

    utilisation = {}
    for resource in config.resources:
        open_s = sum(inside_s(start, end) for start, end, _ in shift_windows(config, resource))
        spent_s = dict.fromkeys(("setup", "run", "repair"), 0)
        for event in events:
            if event.resource == resource.name:
                spent_s[event.kind] += inside_s(event.start_s, event.end_s)
        shares = {kind: round(time_s / open_s, 4) for kind, time_s in spent_s.items()}
        utilisation[resource.name] = {"busy": round(shares["setup"] + shares["run"], 4), **shares}
    done = [o for o in orders if o.completed_s is not None and begins_s <= o.completed_s < ends_s]
    leads_h = np.array([((o.completed_s or 0) - o.released_s) / HOUR_S for o in done])
    held_s = sum(
        inside_s(o.released_s, ends_s if o.completed_s is None else o.completed_s) for o in orders
    )
    return {
        "orders_completed": len(done),
        "throughput_per_week": round(len(done) / ((ends_s - begins_s) / WEEK_S), 3),
        "lead_time_mean_h": round(float(leads_h.mean()), 2),
        "lead_time_p50_h": round(float(np.percentile(leads_h, 50)), 2),
        "lead_time_p90_h": round(float(np.percentile(leads_h, 90)), 2),
        "late_share": round(
            sum((o.completed_s or 0) > o.promised_s for o in done) / len(done), 4
        ),
        "wip_mean": round(held_s / (ends_s - begins_s), 3),
        "rework_visits": sum(
            event.is_last and event.visit > 0 and inside_s(event.end_s - 1, event.end_s) > 0
            for event in events
            if event.resource.startswith("GRIND")
        ),
        "utilisation": utilisation,
    }  # fmt: skip


def truth_of(
    config: Config,
    *,
    seed: int,
    events: list[Event],
    orders: list[Order],
    log: Log,
    rows: list[Row],
) -> dict[str, Any]:
    """Return everything that ``truth.json`` states; ``rows`` are the rows as written."""
    logged = {row["Work Order"] for row in rows}
    return {
        "about": ABOUT,
        "seed": seed,
        "workshop": asdict(config),
        "measured": measure(config, events, orders),
        "repairs": _repairs(config, events),
        "mess": _mess(config, events=events, orders=orders, log=log, rows=rows),
        "by_definition": {
            name: {"count": len(numbers), "definition": DEFINITIONS[name], "rows": numbers}
            for name, numbers in rows_by_class(rows).items()
        },
        "true_times": {
            str(number): [clock(config, row.true_start_s), clock(config, row.true_end_s)]
            for number, row in enumerate(log.rows, start=2)
            if row.cells or (row.start_s, row.end_s) != (row.true_start_s, row.true_end_s)
        },
        "completed": {o.id: clock(config, o.completed_s) for o in orders if o.id in logged},
    }


def _repairs(config: Config, events: list[Event]) -> list[list[str | None]]:
    """Return [machine, from, to] of each repair that ended or began while logging."""
    begins_s, ends_s = config.at_s(config.log_begins_at), config.at_s(config.log_ends_at)
    repairs = []
    for resource in config.resources:
        mine = (event for event in events if event.resource == resource.name)
        for kind, stretch in groupby(mine, key=lambda event: event.kind):
            parts = list(stretch)
            if kind == "repair" and begins_s <= parts[-1].end_s and parts[0].start_s < ends_s:
                times = clock(config, parts[0].start_s), clock(config, parts[-1].end_s)
                repairs.append([resource.name, *times])
    return repairs


def _mess(
    config: Config, *, events: list[Event], orders: list[Order], log: Log, rows: list[Row]
) -> dict[str, Any]:
    begins_s, ends_s = config.at_s(config.log_begins_at), config.at_s(config.log_ends_at)
    logged = {row["Work Order"] for row in rows}
    before = {event.order for event in events if event.start_s < begins_s}
    unfinished = [
        o.id
        for o in orders
        if o.released_s < ends_s and (o.completed_s is None or o.completed_s > ends_s)
    ]
    mess: dict[str, Any] = {}
    for number, row in enumerate(log.rows, start=2):
        if row.mess and row.mess != "kept":
            mess.setdefault(row.mess, {"rows": []})["rows"].append(number)
    mess["zero_quantity"] = {
        "rows": [n for n, r in enumerate(rows, start=2) if r["Qty Good"] == "0"]
    }
    number_of = {id(row): number for number, row in enumerate(log.rows, start=2)}
    mess["shared_slot"]["slots"] = [[number_of[id(row)] for row in slot] for slot in log.slots]
    mess["left_truncated"] = {"orders": sorted(before & logged)}
    mess["right_truncated"] = {"orders": [name for name in unfinished if name in logged]}
    mess["not_begun"] = {"orders": [name for name in unfinished if name not in logged]}
    for entry in mess.values():
        entry["count"] = len(entry["rows"] if "rows" in entry else entry["orders"])
    mess["coverage_jump"] = {
        "count": 1,
        "resource": LATE_MACHINE,
        "first_row": next(n for n, r in enumerate(rows, start=2) if r["Machine"] == LATE_MACHINE),
        "reports_never_written": log.n_unlogged,
    }
    return dict(sorted(mess.items()))


def plain(value: object) -> str:
    """Return a clock time as text, for ``json.dumps(default=plain)``.

    Examples
    --------
    >>> plain(datetime(2025, 5, 1))
    '2025-05-01 00:00:00'
    """
    if isinstance(value, datetime):
        return str(value)
    raise TypeError(f"{type(value).__name__} {value!r} has no place in truth.json.")
