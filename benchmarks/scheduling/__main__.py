"""Solve instance files with our search and with others; print and keep the table.

python -m benchmarks.scheduling FILE … [--seconds 60] [--threads 2] [--seed 1 …] [--json]
                                [--peers cpsat pyjobshop] [--layout jsp|fjsp|fjsp_sdst|pfsp_sdst]
                                [--save]

Instances are solved in the order given, one after another; every solver in a process of its own,
warmed up by a problem of six operations, with the same seconds and threads. A gap is the makespan's
excess over the best known one, in percent of that; where none is known, over our first bound
(marked b).
Every plan is checked by code that shares nothing with the solvers. ``--save`` appends the rows to
``benchmarks/results/scheduling.csv``, with the load of the machine.
"""

import argparse
import csv
import datetime as dt
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.problems import LAYOUTS, read_instance
from benchmarks.scheduling.best_known import best_known, class_of

from zhizao._base.errors import InputError
from zhizao.schedule.bounds import makespan_bound

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "scheduling.csv"
COLUMNS = (
    "date", "cores", "python", "load", "class", "instance", "size", "operations", "solver", "seconds",
    "threads", "seed", "makespan", "best_known", "gap_percent", "gap_to", "bound", "first_plan_s",
    "last_better_s", "iterations", "wall_s", "memory_mb", "is_feasible", "note",
)  # fmt: skip
GRACE_S = 900
"""Reading, warming up and checking a million operations; a solver that needs more has failed."""

Row = dict[str, Any]


def solve_apart(path: Path, solver: str, *, given: argparse.Namespace, seed: int) -> Row:
    """Return what one solver says of one instance, from a process of its own."""
    options = ["--solver", solver, "--seconds", str(given.seconds), "--threads", str(given.threads), "--seed", str(seed)]  # fmt: skip
    options += ["--layout", given.layout] if given.layout else []
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.scheduling.one", str(path.resolve()), *options],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=given.seconds + GRACE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"note": f"no answer {GRACE_S} s after its time"}
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        return {"note": last[:120]}
    said: Row = json.loads(ended.stdout)
    return said if "makespan" in said else {**said, "note": "no plan in time"}


def rows_of(path: Path, solvers: Sequence[str], *, given: argparse.Namespace) -> Iterable[Row]:
    """Yield a row for each seed and solver of an instance."""
    instance = read_instance(path, layout=given.layout)
    known = best_known(path)
    reference = known or makespan_bound(instance.problem)
    for seed in given.seed:
        for solver in solvers:
            load = os.getloadavg()[0]
            said = solve_apart(path, solver, given=given, seed=seed)
            faults = said.pop("faults", [])
            makespan = said.get("makespan")
            gap = None
            if makespan is not None and reference:
                gap = round(100 * (makespan / reference - 1), 3)
            yield {
                "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M"),
                "cores": os.cpu_count(),
                "python": platform.python_version(),
                "load": round(load, 1),
                "class": class_of(path),
                "instance": instance.name,
                "size": instance.size,
                "operations": instance.problem.n_operations,
                "solver": solver,
                "seconds": given.seconds,
                "threads": given.threads,
                "seed": seed,
                "best_known": known,
                "gap_percent": gap,
                "gap_to": "best known" if known else "bound",
                "is_feasible": None if makespan is None else not faults,
                "note": "; ".join(faults),
                **said,
            }


def print_row(row: Row) -> None:
    """Print a line of the table."""

    def cell(name: str, width: int, *, digits: int = 0) -> str:
        value = row.get(name)
        return f"{'-' if value is None else f'{value:,.{digits}f}':>{width}}"

    gap = "-" if row["gap_percent"] is None else f"{row['gap_percent']:.2f}{' ' if row['best_known'] else 'b'}"  # fmt: skip
    sound = {True: "yes", False: "NO", None: "-"}[row["is_feasible"]]
    print(
        f"{row['instance']:<22}{row['size']:>12}  {row['solver']:<10}{row['seed']:>5}{cell('makespan', 11)}{cell('best_known', 11)}{gap:>9}"
        f"{cell('bound', 11)}{cell('first_plan_s', 9, digits=2)}{cell('last_better_s', 8, digits=1)}{cell('iterations', 13)}{cell('memory_mb', 8)}  {sound:<4}{row['note']}",
        flush=True,
    )  # fmt: skip


def class_means(rows: Sequence[Row]) -> list[Row]:
    """Return the mean gap of each class and solver, over the runs that found a plan."""
    keys = dict.fromkeys((row["class"], row["solver"]) for row in rows)
    means = []
    for name, solver in keys:
        mine = [row for row in rows if (row["class"], row["solver"]) == (name, solver)]
        gaps = [row["gap_percent"] for row in mine if row["gap_percent"] is not None]
        means.append(
            {
                "class": name,
                "solver": solver,
                "runs": len(mine),
                "solved": len(gaps),
                "mean_gap_percent": round(sum(gaps) / len(gaps), 3) if gaps else None,
                "gap_to": "best known" if all(row["best_known"] for row in mine) else "bound",
            }
        )
    return means


def print_means(means: Sequence[Row]) -> None:
    """Print the class means."""
    print(f"\n{'class':<22}{'solver':<12}{'runs':>5}{'solved':>8}{'mean gap %':>12}")
    for mean in means:
        gap = mean["mean_gap_percent"]
        marked = "-" if gap is None else f"{gap:.2f}{' ' if mean['gap_to'] == 'best known' else 'b'}"  # fmt: skip
        print(f"{mean['class']:<22}{mean['solver']:<12}{mean['runs']:>5}{mean['solved']:>8}{marked:>12}")  # fmt: skip


def save(rows: Sequence[Row]) -> None:
    """Append rows to the results."""
    is_new = not RESULTS.exists()
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, restval="")
        if is_new:
            writer.writeheader()
        writer.writerows(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; 2 for files that cannot be read, 1 for an infeasible plan of ours."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scheduling", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--peers", nargs="*", choices=("cpsat", "pyjobshop"), default=[])
    parser.add_argument("--only-peers", action="store_true", help="leave our own search out")
    parser.add_argument("--layout", choices=sorted(LAYOUTS), help="where the content does not tell")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args(arguments)
    solvers = [*([] if given.only_peers else ["ours"]), *given.peers]
    rows: list[Row] = []
    unread = 0
    if not given.json:
        print(f"{'instance':<22}{'size':>12}  {'solver':<10}{'seed':>5}{'makespan':>11}{'best known':>11}{'gap %':>9}{'bound':>11}{'first s':>9}{'last s':>8}{'iterations':>13}{'MB':>8}  sound")  # fmt: skip
    try:
        for path in given.files:
            try:
                for row in rows_of(path, solvers, given=given):
                    rows.append(row)
                    if not given.json:
                        print_row(row)
                    if given.save:
                        save([row])
            except InputError as error:
                unread += 1
                print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted; the table so far follows", file=sys.stderr)
    if given.json:
        json.dump({"rows": rows, "class_means": class_means(rows)}, sys.stdout, indent=1)
        print()
    elif rows:
        print_means(class_means(rows))
    if unread:
        return 2
    return int(any(row["solver"] == "ours" and row["is_feasible"] is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
