"""Write what a plant would have: operation reports with moderate dirt, and its order table."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.truth import draws
from benchmarks.truth.describe import Shop
from benchmarks.truth.engine import Report, Workshop

MONDAY = datetime(2025, 1, 6)  # noqa: DTZ001  the plant writes clock times without a zone
TIME_ZONE = "Asia/Shanghai"
MISSING_START, MISSING_END, ZERO_QUANTITY, TWICE, NO_TIME = 0.01, 0.006, 0.15, 0.008, 0.004


def clock(instant_s: float | None) -> str:
    """Return the clock time as written: whole minutes; empty for none."""
    if instant_s is None:
        return ""
    return (MONDAY + timedelta(minutes=round(instant_s / 60))).strftime("%Y-%m-%d %H:%M")


def write_log(workshop: Workshop, *, into: Path, begins_s: float, seed: int) -> dict[str, int]:
    """Write ``operations.csv`` and ``orders.csv``; return how many rows have which dirt."""
    going_on = [r for places in workshop.places.values() for p in places for r in p.going_on]
    going_on += workshop.away
    reports = sorted(
        (r for r in (*workshop.reports, *going_on) if r.start_s >= begins_s),
        key=lambda r: (r.start_s, r.machine),
    )
    dirt: Counter[str] = Counter(rows=len(reports))
    shop = workshop.shop
    with (into / "operations.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(_heading(shop))
        for number, report in enumerate(reports):
            cells = _cells(shop, report, luck=(seed, draws.DIRT, number), dirt=dirt)
            rows.writerow(cells)
            if draws.uniform(seed, draws.DIRT, number, 9) < TWICE:
                dirt["twice"] += 1
                rows.writerow(cells)
    seen = {r.order.id for r in reports if r.order}
    with (into / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        due = ["Promised"] if shop.logs_due else []
        family = ["Family"] if shop.logs_families else []
        rows.writerow(["Work Order", "Part No.", *family, "Quantity", "Released", *due])
        for order in workshop.orders:
            if order.id not in seen and order.completed_s is not None:
                continue  # gone before the log began
            if order.released_s > workshop.now_s:
                continue  # the planner has not let it in
            rows.writerow([
                order.id, order.product.name, *([order.product.family] if family else []),
                order.quantity, clock(order.released_s), *([clock(order.due_s)] if due else []),
            ])  # fmt: skip
    return dict(dirt)


def _heading(shop: Shop) -> list[str]:
    family = ["Family"] if shop.logs_families else []
    return [
        "Work Order", "Part No.", *family, "Operation", "Machine", "Start", "End", "Operator", "Qty Good",
        "Order Qty",
    ]  # fmt: skip


def _cells(
    shop: Shop, report: Report, *, luck: tuple[int, ...], dirt: Counter[str]
) -> list[str | int]:
    def happens(share: float, which: int) -> bool:
        return draws.uniform(*luck, which) < share

    order = report.order
    if report.kind == "run":
        if happens(NO_TIME, 4):
            report = replace(report, end_s=report.end_s and report.start_s)
            dirt["no_time"] += 1
        if report.quantity and happens(ZERO_QUANTITY, 3):
            report = replace(report, quantity=0)
            dirt["zero_quantity"] += 1
    start, end = clock(report.start_s), clock(report.end_s)
    if report.kind == "run" and end and happens(MISSING_START, 1):
        start = ""
        dirt["missing_start"] += 1
    elif report.kind == "run" and end and happens(MISSING_END, 2):
        end = ""
        dirt["missing_end"] += 1
    family = [order.product.family if order else ""] if shop.logs_families else []
    return [
        order.id if order else "", order.product.name if order else "", *family, report.operation,
        report.machine, start, end, report.operator, report.quantity, order.quantity if order else "",
    ]  # fmt: skip
