"""How long a million records take: to their verdict, to a twin, and to a trust page.

python -m benchmarks.million [--orders 100000] [--seed 1] [--threads 2] [--trust] [--keep FOLDER] [--json]
                             [--no-save]

Writes a log of orders × 10 steps (see ``benchmarks.million_log``), runs ``zhizao drop`` and ``zhizao
learn`` (and ``trust``) as a person would, each in a process of its own, and says for each the wall
time, the processor time and the greatest memory. The same run measures how fast the machine is at
the moment: polars reading the same file, numpy sorting ten million numbers, a plain Python loop.
Compare ratios to those, not seconds, between machines and hours. Rows are appended to
``benchmarks/results/million.csv``.
"""

import argparse
import csv
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.million_log import write_log

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "million.csv"
COLUMNS = (
    "date", "cores", "python", "load", "commit", "orders", "records", "seed", "threads", "what", "wall_s", "cpu_s",
    "memory_mb", "times_read", "times_sort", "times_loop",
)  # fmt: skip
RUN = "import sys; from zhizao.cli import main; sys.exit(main())"
READ = "import polars as pl; pl.read_csv({path!r}, infer_schema=False)"
MEGABYTE = 1024.0

Row = dict[str, Any]


def measured(code: str, *arguments: str, threads: int) -> Row:
    """Return wall seconds, processor seconds and greatest memory of a Python process of its own."""
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
    begun = time.perf_counter()
    # Not a shell's ``time``: wait4 gives the memory of this one child.
    child = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )  # fmt: skip
    _, status, used = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"'{' '.join(arguments) or code}' failed with code {child.returncode}.")
    return {
        "wall_s": round(wall_s, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "memory_mb": round(used.ru_maxrss / MEGABYTE),
    }  # fmt: skip


def sorted_s() -> float:
    """Return the processor seconds of sorting ten million numbers."""
    numbers = np.random.default_rng(0).random(10_000_000)
    begun = time.process_time()
    np.sort(numbers)
    return time.process_time() - begun


def looped_s() -> float:
    """Return the processor seconds of ten million steps of plain Python."""
    begun = time.process_time()
    total = 0
    for i in range(10_000_000):
        total += i * i % 7
    return time.process_time() - begun


def run(folder: Path, *, orders: int, seed: int, threads: int, with_trust: bool) -> list[Row]:
    """Write the log, run the steps and return a row for each, the machine's own speed first."""
    counts = write_log(folder, orders=orders, seed=seed)
    log = str(folder / "operations.csv")
    calibration: list[tuple[str, Callable[[], Row]]] = [
        ("read", lambda: measured(READ.format(path=log), threads=threads)),
        ("sort", lambda: {"cpu_s": round(sorted_s(), 3)}),
        ("loop", lambda: {"cpu_s": round(looped_s(), 3)}),
    ]
    rows = [{"what": what, **one()} for what, one in calibration]
    read_s, sort_s, loop_s = (row["cpu_s"] for row in rows)
    plant = str(folder / "plant")
    steps = [
        ("drop", log, str(folder / "orders.csv"), "--into", plant, "--time-zone", "Asia/Shanghai"),
        ("learn", plant), *([("trust", plant)] if with_trust else []),
    ]  # fmt: skip
    for step in steps:
        row = measured(RUN, *step, threads=threads)
        cpu_s = row["cpu_s"]
        rows.append(
            {
                "what": step[0], **row, "times_read": round(cpu_s / read_s, 2),
                "times_sort": round(cpu_s / sort_s, 1), "times_loop": round(cpu_s / loop_s, 2),
            }
        )  # fmt: skip
    shared = {
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}", "cores": os.cpu_count(),
        "python": platform.python_version(), "load": round(os.getloadavg()[0], 1), "commit": _commit(),
        "orders": orders, "records": counts["operations"], "seed": seed, "threads": threads,
    }  # fmt: skip
    return [{**shared, **row} for row in rows]


def _commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    return said.stdout.strip()


def append(rows: list[Row]) -> None:
    is_new = not RESULTS.is_file()
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--trust", action="store_true", help="also the back-test")
    parser.add_argument("--keep", type=Path, help="a folder for the log and the plant, kept")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-save", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = run(folder, orders=given.orders, seed=given.seed, threads=given.threads, with_trust=given.trust)  # fmt: skip
    if not given.no_save:
        append(rows)
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{rows[0]['records']:,} records, load {rows[0]['load']}")
    for row in rows:
        wall = f"{row['wall_s']:7.2f} s wall" if "wall_s" in row else " " * 14
        memory = f"{row['memory_mb']:7,} MB" if "memory_mb" in row else ""
        times = f"  {row['times_loop']:.1f} × loop" if "times_loop" in row else ""
        print(f"{row['what']:6} {wall} {row['cpu_s']:8.2f} s CPU {memory}{times}")


if __name__ == "__main__":
    main()
