"""Run the benchmark: learn workshops from their logs and score what-ifs against the truth.

python -m benchmarks.truth [--workshops NAME …] [--interventions NAME …] [--quick]
                           [--futures 40] [--json] [--explain] [--seed 1] [--no-save]

``--futures`` are those of the truth; the twin lives as many as ``zhizao try`` takes by itself.
"""

import argparse
import csv
import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.truth.change import INTERVENTIONS
from benchmarks.truth.score import KPIS, Row, Totals, as_plain, score_row, totals
from benchmarks.truth.workshops import WORKSHOPS

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "truth.csv"
WEEKS = 8
HISTORY_WEEKS = 22


def run_workshop(
    name: str, folder: Path, *, seed: int, futures: int, twin_futures: int | None,
    interventions: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """Live, log, learn and predict one workshop, each side in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    shared = ["--weeks", str(WEEKS), "--interventions", *interventions]
    lived = ["benchmarks.truth.live", name, "--into", str(folder), "--seed", str(seed), "--history-weeks", str(HISTORY_WEEKS)]  # fmt: skip
    tried = ["benchmarks.truth.predict", name, "--folder", str(folder)]
    for command, count in ((lived, futures), (tried, twin_futures)):
        how_many = [] if count is None else ["--replications", str(count)]
        ended = subprocess.run(
            [sys.executable, "-m", *command, *shared, *how_many], cwd=ROOT, check=command is lived, stdout=sys.stderr
        )  # fmt: skip
    if ended.returncode:  # one plant that cannot be learnt must not hide the others
        why = f"drop, learn or try failed with code {ended.returncode}"
        failed = {"predicted": {}, "base": {}, "explain": [], "not_offered": dict.fromkeys(interventions, why)}  # fmt: skip
        (folder / "predicted.json").write_text(json.dumps(failed), encoding="utf-8")
    return score(name, folder, interventions=interventions)


def score(name: str, folder: Path, *, interventions: Sequence[str]) -> dict[str, Any]:
    """Score the truth and the predictions that lie in a folder."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    predicted = json.loads((folder / "predicted.json").read_text(encoding="utf-8"))
    rows = [
        score_row(workshop=name, intervention=i, kpi=k, truth=truth, predicted=predicted)
        for i in interventions
        for k in KPIS
    ]
    return {
        "rows": rows,
        "truth": truth,
        "predicted": predicted,
    }


def print_table(rows: Sequence[Row]) -> None:
    """Print one line for each KPI under each change."""
    print(f"{'workshop':16} {'change':14} {'KPI':11} {'base':>7} {'(twin)':>8} {'true':>8} {'±se':>6} {'twin':>8} {'95 % interval':>18}  verdict")  # fmt: skip
    for r in rows:
        kpi = "lead h" if r.kpi == KPIS[0] else "orders/wk"
        if not r.is_offered:
            print(f"{r.workshop:16} {r.intervention:14} {kpi:11} not offered: {r.how}")
            continue
        interval = f"[{r.low_95:.2f}, {r.high_95:.2f}]"
        held = "covered" if r.is_covered else "outside"
        print(
            f"{r.workshop:16} {r.intervention:14} {kpi:11} {r.true_base:7.1f} {r.predicted_base:8.1f} {r.true_change:8.2f} {r.true_se:6.2f} {r.predicted_change:8.2f} {interval:>18}  {r.verdict}, {held} {r.how}"
        )  # fmt: skip


def print_totals(name: str, found: Totals) -> None:
    """Print the totals of some rows in one line."""

    def share(value: float | None) -> str:
        return "   —" if value is None else f"{value:4.0%}"

    print(
        f"{name:28} claims {found.claims:3} right {share(found.right_share)}  false alarms {found.false_alarms:3} (of 5 % and more: {found.false_alarms_material})  missed {found.missed:3}"
        f"  median error {share(found.relative_error)} (of 5 % and more: {share(found.relative_error_material)}; by luck alone {share(found.by_luck)}, by luck and data {share(found.by_luck_and_data)})"
        f"  90 % intervals cover {share(found.coverage)}  not offered {found.not_offered}"
    )  # fmt: skip


def save(rows: Sequence[Row], *, seed: int, futures: int) -> None:
    """Append the rows to ``benchmarks/results/truth.csv``."""
    given = {"date": dt.datetime.now(tz=dt.UTC).date().isoformat(), "seed": seed, "futures": futures}  # fmt: skip
    lines = [
        given | {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in as_plain(r).items()}
        for r in rows
    ]
    is_new = not RESULTS.exists()
    columns = list(lines[0])
    if not is_new:  # rows of before have the columns of before
        with RESULTS.open(newline="", encoding="utf-8") as file:
            columns = next(csv.reader(file))
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        if is_new:
            writer.writeheader()
        writer.writerows(lines)


def main() -> None:
    """Run, print, save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--workshops", nargs="*", choices=list(WORKSHOPS), default=list(WORKSHOPS))
    parser.add_argument("--interventions", nargs="*", choices=INTERVENTIONS, default=INTERVENTIONS)
    parser.add_argument("--quick", action="store_true", help="10 futures instead of 40; not saved")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--explain", action="store_true", help="learnt values beside the true ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--futures", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for logs, plants and answers")
    parser.add_argument("--no-save", action="store_true")
    parser.add_argument("--score-only", action="store_true", help="score what lies in --keep again")
    given = parser.parse_args()
    if given.score_only and given.keep is None:
        parser.error("--score-only needs --keep FOLDER")
    futures, twin_futures = (10, 10) if given.quick else (given.futures, None)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)

        def run(name: str) -> dict[str, Any]:
            if given.score_only:
                return score(name, folder / name, interventions=given.interventions)
            return run_workshop(
                name, folder / name, seed=given.seed, futures=futures, twin_futures=twin_futures,
                interventions=given.interventions,
            )  # fmt: skip

        with ThreadPoolExecutor(given.workers) as pool:
            answers = dict(zip(given.workshops, pool.map(run, given.workshops), strict=True))
    rows = [row for answer in answers.values() for row in answer["rows"]]
    groups = [(name, answer["rows"]) for name, answer in answers.items()]
    groups += [(i, [r for r in rows if r.intervention == i]) for i in given.interventions]
    groups += [(k, [r for r in rows if r.kpi == k]) for k in KPIS] + [("all", rows)]
    if given.json:
        plain = {
            "rows": [as_plain(r) for r in rows],
            "totals": {name: as_plain(totals(part)) for name, part in groups},
            "explain": {name: answer["predicted"]["explain"] for name, answer in answers.items()},
        }
        print(json.dumps(plain, indent=1))
    else:
        print_table(rows)
        print()
        for name, part in groups:
            print_totals(name, totals(part))
        if given.explain:
            for name, answer in answers.items():
                print(f"\n{name}: utilisation {answer['truth']['utilisation']}")
                for what, true, learnt in answer["predicted"]["explain"]:
                    print(f"  {what:55} true {true!s:.8}  learnt {learnt!s:.8}")
    if not given.quick and not given.no_save:
        save(rows, seed=given.seed, futures=futures)


if __name__ == "__main__":
    main()
