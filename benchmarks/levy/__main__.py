"""Run the benchmark: what the accuracy on the Levy log is made of.

python -m benchmarks.levy [--until 2012-03-01] [--only twin plain ablation history oracle stages]
                          [--replications 60] [--cutoffs 6] [--seed 0] [--json] [--no-save]

The orders in progress at the cut-offs of the back-test are predicted again and again, by

* **twin**: the twin as on the trust page, as simulated and with its past, and the combined forecast;
* **plain**: the plain methods, from the same knowledge;
* **ablation**: the same twin with one learnt part replaced by a plain one;
* **history**: the twin, and the best plain method, learnt from fewer weeks;
* **oracle**: predictors that know more than anybody could know at the cut-off.

All are scored on the same orders; ``/ best plain`` is the ratio of the error to that of the best
plain method of the trust page, with the 95 % interval of a bootstrap over orders. The column
``completed`` is the error over the orders whose completion was seen, ``late`` the median of
actual less predicted completion of those. ``--until`` drops all later records before anything else.
"""

import argparse
import csv
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.levy.history import remaining_from, twin_from
from benchmarks.levy.oracles import (
    KnownWork,
    expected_error_h,
    like_orders_of_all,
)
from benchmarks.levy.protocol import NAME, TIME_ZONE, Answers, Asked, Log, ask
from benchmarks.levy.variants import ABLATIONS

from zhizao.learn.learnt import learn
from zhizao.learn.trust.baselines import Guess
from zhizao.learn.trust.combined import LIKE, combine
from zhizao.learn.trust.forecast import TWIN, Forecast
from zhizao.learn.trust.predictions import BASELINES, Correction, past_of
from zhizao.model.plant import Plant

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "../shared/data/levy/Production_Data.csv"
RESULTS = ROOT / "benchmarks/results/levy.csv"
GROUPS = ("twin", "plain", "ablation", "history", "oracle", "stages")
WEEKS = (1, 2, 3, 4, 6, 8)
N_EARLIER = 4

WITH_PAST: dict[str, Callable[[Correction, Forecast], Guess]] = {
    "with its past": lambda c, f: c.twin(f.guesses[TWIN]),
    "combined, half and half": lambda _, f: combine(
        f.guesses[TWIN], f.guesses[LIKE], twin_share=0.5
    ),
    "combined, weighed by the past": lambda c, f: combine(
        f.guesses[TWIN], f.guesses[LIKE], twin_share=c.twin_share
    ),
    "combined, with the late half stretched": lambda c, f: c.combined(f.guesses),
}

Row = dict[str, Any]


def guesses(method: str) -> Callable[[Asked], dict[str, Guess]]:
    """Return what was predicted by a method at each cut-off."""
    return lambda asked: {f.order_id: f.guesses[method] for f in asked.forecasts}


def with_own_past(
    asked: list[Asked], earlier: list[Asked], answer: Callable[[Correction, Forecast], Guess]
) -> Callable[[Asked], dict[str, Guess]]:
    """Return a forecast that uses what the earlier ones became."""
    made = [(one.cutoff, one.forecasts) for one in (*earlier, *asked)]

    def predict(one: Asked) -> dict[str, Guess]:
        before = [(at, forecasts) for at, forecasts in made if at < one.cutoff]
        correction = Correction.learn(past_of(before, one.known.outcomes, one.cutoff))
        return {f.order_id: answer(correction, f) for f in one.forecasts}

    return predict


def changed(change: Callable[[Plant], Plant]) -> Callable[[Asked], dict[str, Guess]]:
    """Return the twin with a part of its plant replaced."""
    return lambda asked: asked.by(change(asked.known.learnt.plant))


def answers_of(
    log: Log, asked: list[Asked], *, only: list[str], seed: int, n_replications: int
) -> dict[tuple[str, str], Answers]:
    """Return all answers by (group, method)."""
    found = {
        ("twin", "as simulated"): Answers.of(asked, guesses(TWIN)),
        ("twin", "like orders, open ones counted"): Answers.of(asked, guesses(LIKE)),
    }
    for method in BASELINES:
        if all(method in f.guesses for one in asked for f in one.forecasts):
            found["plain", method] = Answers.of(asked, guesses(method))
    if "twin" in only:
        earlier = ask(
            log, n_cutoffs=N_EARLIER, seed=seed, n_replications=n_replications, is_middle=True
        )
        for name, answer in WITH_PAST.items():
            found["twin", name] = Answers.of(asked, with_own_past(asked, earlier, answer))
    if "ablation" in only:
        for name, change in ABLATIONS.items():
            found["ablation", name] = Answers.of(asked, changed(change))
    if "history" in only:
        for weeks in WEEKS:
            found["history", f"twin, {weeks} weeks"] = Answers.of(asked, twin_from(weeks))
            found["history", f"mean remaining, {weeks} weeks"] = Answers.of(
                asked, remaining_from(weeks)
            )
    if "oracle" in only:
        seen = learn(log.records, log.orders, name=NAME, time_zone=TIME_ZONE, seed=seed).plant
        found["oracle", "twin learnt from the whole log"] = Answers.of(
            asked, lambda one: one.by(seen)
        )
        found["oracle", "like orders of the whole log"] = Answers.of(asked, like_orders_of_all)
        found["oracle", "route and work known, waits not"] = Answers.of(
            asked, KnownWork(log, seed=seed)
        )
    return found


def row_of(group: str, method: str, answers: Answers, best: Answers, *, seed: int) -> Row:
    """Return one line of the table."""
    found = answers.score()
    low, high = answers.ratio_interval(best, seed=seed)
    return {
        "group": group, "method": method, "n": len(answers.orders),
        "n_completed": sum(p.is_done for p in answers.predictions),
        "median_abs_error_h": found.median_abs_error_h,
        "ratio_low": low, "ratio_high": high,
        "error_of_completed_h": answers.of_completed_h(), "late_h": answers.late_h(),
        "pinball_h": found.pinball_h, "coverage_p50": found.coverage_p50,
        "coverage_p80": found.coverage_p80, "coverage_p90": found.coverage_p90,
    }  # fmt: skip


def stages_of(asked: list[Asked], best: str) -> list[Row]:
    """Return the error of the completed orders by the stage at the cut-off."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for one in asked:
        for f in one.forecasts:
            outcome = one.log.outcomes[f.order_id]
            if outcome.is_done:
                end_s = (outcome.last_at - one.cutoff).total_seconds()
                errors = [end_s - f.guesses[m].point_s for m in (TWIN, best)]
                found.setdefault(f.stage, []).append((end_s, errors[0], errors[1]))
    rows: list[Row] = []
    for stage, values in sorted(found.items(), key=lambda item: -len(item[1])):
        left, twin, plain = np.array(values).T / 3600.0
        rows.append(
            {
                "group": "stages", "method": stage, "n": len(values),
                "left_h": float(np.median(left)), "late_h": float(np.median(twin)),
                "error_of_completed_h": float(np.median(np.abs(twin))),
                "plain_error_h": float(np.median(np.abs(plain))),
            }
        )  # fmt: skip
    return rows


def print_tables(rows: list[Row], stages: list[Row], *, best: str, expected_h: float) -> None:
    """Print what was found."""
    best_h = next(r["median_abs_error_h"] for r in rows if r["method"] == best)
    print(f"{'':9} {'':50} {'error h':>8} {'/ best plain':>22} {'completed':>10} {'late h':>7} {'pinball':>8}  P50  P80  P90")  # fmt: skip
    for r in rows:
        error = r["median_abs_error_h"]
        ratio = f"{error / best_h:.2f} [{r['ratio_low']:.2f}, {r['ratio_high']:.2f}]" if error and best_h else ""  # fmt: skip
        shares = "".join(f" {r[k] or 0:4.0%}" for k in ("coverage_p50", "coverage_p80", "coverage_p90"))  # fmt: skip
        print(f"{r['group']:9} {r['method']:50} {error or float('nan'):8.0f} {ratio:>22} {r['error_of_completed_h']:10.0f} {r['late_h']:7.0f} {r['pinball_h']:8.1f} {shares}")  # fmt: skip
    print(f"\nError that the twin's own forecasts would have if they were true: {expected_h:.0f} h")
    if stages:
        print(f"\n{'stage at the cut-off (completed orders)':44} {'n':>4} {'left h':>7} {'twin':>6} {'plain':>6} {'late h':>7}")  # fmt: skip
    for r in stages:
        print(f"{r['method']:44} {r['n']:4} {r['left_h']:7.0f} {r['error_of_completed_h']:6.0f} {r['plain_error_h']:6.0f} {r['late_h']:7.0f}")  # fmt: skip


def save(rows: list[Row], *, until: str, seed: int, n_replications: int) -> None:
    """Append the rows to ``benchmarks/results/levy.csv``."""
    given = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(), "until": until, "seed": seed,
        "replications": n_replications,
    }  # fmt: skip
    lines = [
        given | {k: f"{v:.5g}" if isinstance(v, float) else v for k, v in r.items()} for r in rows
    ]
    is_new = not RESULTS.exists()
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        if is_new:
            writer.writeheader()
        writer.writerows(lines)


def main() -> None:
    """Run, print, save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levy", description=__doc__)
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--until", help="look at the log as it was at this day (YYYY-MM-DD)")
    parser.add_argument("--only", nargs="*", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--cutoffs", type=int, default=6)
    parser.add_argument("--replications", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-save", action="store_true")
    given = parser.parse_args()
    until = dt.datetime.fromisoformat(given.until).replace(tzinfo=dt.UTC) if given.until else None
    log = Log.read(given.log, until=until)
    asked = ask(
        log, n_cutoffs=given.cutoffs, seed=given.seed, n_replications=given.replications
    )  # fmt: skip
    answers = answers_of(
        log, asked, only=given.only, seed=given.seed, n_replications=given.replications
    )
    plain = {m: a for (group, m), a in answers.items() if group == "plain"}
    best = min(plain, key=lambda m: plain[m].score().median_abs_error_h or float("inf"))
    rows = [row_of(g, m, a, plain[best], seed=given.seed) for (g, m), a in answers.items()]
    stages = stages_of(asked, best) if "stages" in given.only else []
    expected_h = expected_error_h(asked, TWIN)
    rows.append(
        {**dict.fromkeys(rows[0]), "group": "oracle", "method": "twin, if its forecasts were true",
         "n": rows[0]["n"], "median_abs_error_h": expected_h}
    )  # fmt: skip
    if given.json:
        print(json.dumps({"rows": rows, "stages": stages}, indent=1))
    else:
        print_tables(rows[:-1], stages, best=best, expected_h=expected_h)
    if not given.no_save:
        save(rows, until=given.until or "", seed=given.seed, n_replications=given.replications)


if __name__ == "__main__":
    main()
