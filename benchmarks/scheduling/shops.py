"""Plan made-up shops for weighted tardiness with our search and with others; print and keep the table.

python -m benchmarks.scheduling.shops [200 2000 20000] [--seconds 60] [--threads 2] [--seed 1 …]
                                      [--peers atcs pyjobshop] [--json] [--save]

The shops have family setups, weekly calendars and operators (``benchmarks/problems/shops.py``); ours
is called as the product is: plant, orders, now. Weighted tardiness in hours is counted here, from
when each order is done. ``behind`` is a solver's excess over ours in percent of its own: 10 says that
ours is 10 % better. Every solver runs in a process of its own, after a shop of 40 operations.
"""

import argparse
import csv
import datetime as dt
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.problems.shops import SIZES, Shop, make_shop

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "shops.csv"
COLUMNS = (
    "date", "cores", "load", "shop", "operations", "orders", "machines", "solver", "seconds", "threads",
    "seed", "tardiness_h", "late_orders", "behind_percent", "first_plan_s", "wall_s", "memory_mb", "note",
)  # fmt: skip
GRACE_S = 900

Row = dict[str, Any]


def tardiness(shop: Shop, done_h: dict[str, float]) -> tuple[float, int]:
    """Return the weighted hours late (weight 1 + priority) and the number of late orders."""
    total, n_late = 0.0, 0
    for order in shop.orders:
        assert order.due_at is not None
        late_h = done_h[order.id] - (order.due_at - shop.now) / dt.timedelta(hours=1)
        if late_h > 0:
            total += (1 + order.priority) * late_h
            n_late += 1
    return total, n_late


def solve_here(given: argparse.Namespace) -> None:
    """Plan one shop with one solver in this process; print what came out as JSON."""
    from benchmarks.scheduling.shop_solvers import SOLVERS  # noqa: PLC0415 - loads the engines

    (size,), (seed,), solve = given.sizes, given.seed, SOLVERS[given.one]
    solve(make_shop(40, seed=seed), seconds=2.0, threads=given.threads, seed=seed)
    shop = make_shop(size, seed=seed)
    begun_s = time.monotonic()
    answer = solve(shop, seconds=given.seconds, threads=given.threads, seed=seed)
    said: Row = {"wall_s": round(time.monotonic() - begun_s, 2)}
    said["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    if answer is None or not answer.done_h:
        said["note"] = "no plan" if answer is None else answer.note
    else:
        total, n_late = tardiness(shop, answer.done_h)
        said |= {"tardiness_h": round(total, 2), "late_orders": n_late, "note": answer.note}
        said["first_plan_s"] = (
            None if answer.first_plan_s is None else round(answer.first_plan_s, 2)
        )
    json.dump(said, sys.stdout)


def solve_apart(size: int, solver: str, *, given: argparse.Namespace, seed: int) -> Row:
    """Return what a process of its own says."""
    command = [sys.executable, "-m", "benchmarks.scheduling.shops", str(size), "--one", solver, "--seconds", str(given.seconds), "--threads", str(given.threads), "--seed", str(seed)]  # fmt: skip
    try:
        ended = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False,
            timeout=given.seconds + GRACE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"note": f"no answer {GRACE_S} s after its time"}
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        return {"note": last[:120]}
    said: Row = json.loads(ended.stdout)
    return said


def rows_of(size: int, seed: int, *, given: argparse.Namespace) -> list[Row]:
    """Return a row for each solver of one shop."""
    shop = make_shop(size, seed=seed)
    rows: list[Row] = []
    for solver in ("ours", *given.peers):
        load = round(os.getloadavg()[0], 1)
        said = solve_apart(size, solver, given=given, seed=seed)
        mine, its = (rows[0] if rows else said).get("tardiness_h"), said.get("tardiness_h")
        behind = None if mine is None or not its else round(100 * (1 - mine / its), 2)
        rows.append(
            {
                "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M"),
                "cores": os.cpu_count(),
                "load": load,
                "shop": shop.name,
                "operations": shop.n_operations,
                "orders": len(shop.orders),
                "machines": len(shop.plant.resources),
                "solver": solver,
                "seconds": given.seconds,
                "threads": given.threads,
                "seed": seed,
                "behind_percent": behind,
                **said,
            }
        )
        if not given.json:
            print_row(rows[-1])
        if given.save:
            save(rows[-1])
    return rows


def print_row(row: Row) -> None:
    """Print a line of the table."""

    def cell(name: str, width: int, *, digits: int = 0) -> str:
        value = row.get(name)
        return f"{'-' if value is None else f'{value:,.{digits}f}':>{width}}"

    print(
        f"{row['shop']:<16}{cell('orders', 8)}{cell('machines', 10)}  {row['solver']:<10}{cell('tardiness_h', 13, digits=1)}{cell('late_orders', 8)}"
        f"{cell('behind_percent', 10, digits=1)}{cell('first_plan_s', 9, digits=2)}{cell('wall_s', 9, digits=1)}{cell('memory_mb', 8)}  {row.get('note', '')}",
        flush=True,
    )  # fmt: skip


def save(row: Row) -> None:
    """Append a row to the results."""
    is_new = not RESULTS.exists()
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, restval="")
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; 1 if ours found no plan."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scheduling.shops", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), metavar="OPERATIONS")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--peers", nargs="*", choices=("atcs", "pyjobshop"), default=["atcs"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    small = [size for size in given.sizes if size < 40]
    if small:
        parser.error(f"a shop has at least 40 operations, found {small[0]}")
    if given.one:
        solve_here(given)
        return 0
    if not given.json:
        print(f"{'shop':<16}{'orders':>8}{'machines':>10}  {'solver':<10}{'tardiness h':>13}{'late':>8}{'behind %':>10}{'first s':>9}{'wall s':>9}{'MB':>8}")  # fmt: skip
    rows: list[Row] = []
    for size in given.sizes:
        for seed in given.seed:
            rows += rows_of(size, seed, given=given)
    if given.json:
        json.dump(rows, sys.stdout, indent=1)
        print()
    return int(any(row["solver"] == "ours" and "tardiness_h" not in row for row in rows))


if __name__ == "__main__":
    sys.exit(main())
