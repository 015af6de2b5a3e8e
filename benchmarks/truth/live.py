"""What truly happens: a history, and from its end many futures with and without a change.

    python -m benchmarks.truth.live WORKSHOP --into FOLDER [--replications 40]

Runs as a process of its own that imports nothing of zhizao. It lives the
history once, writes the log, and forks a child for each future, so that every
future begins in exactly the state in which the history ended. The same
replication draws the same luck for each order with and without the change.
"""

import argparse
import gc
import json
import math
import os
import pickle
from pathlib import Path
from typing import Any

from benchmarks.truth import draws
from benchmarks.truth.change import INTERVENTIONS, truly_change
from benchmarks.truth.describe import DAY_S, HOUR_S, WEEK_S, Product, Shop
from benchmarks.truth.engine import OFFICE, Windows, Workshop
from benchmarks.truth.log import write_log
from benchmarks.truth.workshops import WORKSHOPS

WARM_UP_WEEKS = 4
KPIS = ("lead_time_mean_h", "throughput_per_week")


def history(name: str, *, seed: int, weeks: float) -> tuple[Workshop, float]:
    """Return the workshop at the end of its history, and when the log begins (seconds)."""
    workshop = Workshop(WORKSHOPS[name](), seed=seed)
    begins_s = WARM_UP_WEEKS * WEEK_S
    workshop.env.run(until=begins_s)
    for places in workshop.places.values():
        for place in places:
            place.busy_s = place.setup_s = place.down_s = 0.0
    workshop.env.run(until=begins_s + weeks * WEEK_S + 2 * DAY_S + 13 * HOUR_S)
    return workshop, begins_s


def future(workshop: Workshop, *, seed: int, intervention: str, weeks: float) -> dict[str, float]:
    """Let the workshop run on and return its KPIs in that time."""
    from_s = workshop.now_s
    workshop.seed = seed
    truly_change(workshop, intervention)
    to_s = from_s + weeks * WEEK_S
    workshop.env.run(until=to_s)
    leads_h = [
        (o.completed_s - o.released_s) / HOUR_S
        for o in workshop.orders
        if o.completed_s is not None and o.completed_s > from_s
    ]
    return {
        "lead_time_mean_h": sum(leads_h) / len(leads_h) if leads_h else math.nan,
        "throughput_per_week": len(leads_h) / weeks,
        "work_h": sum(work_h(o.product, o.quantity) for o in workshop.orders if o.came_s > from_s),
    }


def work_h(product: Product, pieces: float) -> float:
    """Return the hours that an order needs at the pace of its routing, without setups."""
    steps = (s for route in (product.steps, *product.branches) for s in route)
    return sum(s.piece_min for s in steps) * pieces / 60.0


def expected_work_h(shop: Shop, *, from_s: float, weeks: float) -> float:
    """Return the mean of ``work_h`` over all futures of the shop as it is."""
    office = Windows(OFFICE)
    n = round(office.weekly_s * weeks / HOUR_S)
    instants_s = [office.after(from_s, (i + 0.5) * HOUR_S) for i in range(n)]
    total_h = 0.0
    for p in shop.products:
        swings = (draws.wave(t / WEEK_S / shop.season_weeks + p.season_phase) for t in instants_s)
        factor = 1.0 + p.season * sum(swings) / n
        orders = shop.orders_per_week * p.share * factor * weeks
        total_h += orders * work_h(p, p.median_quantity)
    return total_h


def in_child(workshop: Workshop, **given: Any) -> dict[str, float]:
    """Run one future in a forked copy of this process."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        gc.disable()
        try:
            os.write(write_end, pickle.dumps(future(workshop, **given)))
            code = 0
        finally:
            os._exit(code)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"A future of '{workshop.shop.name}' failed: {given}")
    result: dict[str, float] = pickle.loads(answer)
    return result


def utilisation(workshop: Workshop, begins_s: float) -> dict[str, dict[str, float]]:
    """Return by centre the shares of open time in which its machines worked and set up."""
    found = {}
    weeks = (workshop.now_s - begins_s) / WEEK_S
    for centre, places in workshop.places.items():
        if not places:
            continue
        open_s = sum(p.windows.weekly_s for p in places) * weeks
        found[centre] = {
            "busy": sum(p.busy_s for p in places) / open_s,
            "setup": sum(p.setup_s for p in places) / open_s,
            "down": sum(p.down_s for p in places) / open_s,
        }
    return found


def live(
    name: str, *, into: Path, seed: int, history_weeks: float, weeks: float, replications: int,
    interventions: tuple[str, ...],
) -> dict[str, Any]:  # fmt: skip
    """Write the log of a workshop into a folder and return the truth about its futures."""
    workshop, begins_s = history(name, seed=seed, weeks=history_weeks)
    log = write_log(workshop, into=into, begins_s=begins_s, seed=seed)
    done = [o for o in workshop.orders if o.completed_s and o.released_s >= begins_s]
    gc.freeze()  # the children share the history's memory instead of copying it
    samples: dict[str, dict[str, list[float]]] = {}
    expected_h = expected_work_h(workshop.shop, from_s=workshop.now_s, weeks=weeks)
    more_work_h: list[float] = []
    for intervention in ("as_it_is", *interventions):
        kpis = [
            in_child(workshop, seed=seed * 10_000 + r + 1, intervention=intervention, weeks=weeks)
            for r in range(replications)
        ]
        samples[intervention] = {k: [each[k] for each in kpis] for k in KPIS}
        if intervention == "as_it_is":
            more_work_h = [each["work_h"] - expected_h for each in kpis]
    return {
        "workshop": name,
        "log": log,
        "orders_per_week": workshop.shop.orders_per_week,
        "past_lead_time_h": sum((o.completed_s or 0) - o.released_s for o in done)
        / len(done)
        / HOUR_S,
        "utilisation": utilisation(workshop, begins_s),
        "samples": samples,
        "more_work_h": more_work_h,  # than is expected, in each future as it is
    }


def main() -> None:
    """Write ``truth.json`` and the log."""
    parser = argparse.ArgumentParser(description="Live a workshop and its futures.")
    parser.add_argument("workshop", choices=list(WORKSHOPS))
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--history-weeks", type=float, default=22)
    parser.add_argument("--weeks", type=float, default=8)
    parser.add_argument("--replications", type=int, default=40)
    parser.add_argument("--interventions", nargs="*", default=list(INTERVENTIONS))
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    truth = live(
        given.workshop, into=given.into, seed=given.seed, history_weeks=given.history_weeks,
        weeks=given.weeks, replications=given.replications, interventions=tuple(given.interventions),
    )  # fmt: skip
    (given.into / "truth.json").write_text(json.dumps(truth), encoding="utf-8")


if __name__ == "__main__":
    main()
