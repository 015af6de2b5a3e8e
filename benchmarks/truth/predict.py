"""What the learnt twin says: the front doors that a user has, and nothing else.

    python -m benchmarks.truth.predict WORKSHOP --folder FOLDER

``drop`` and ``learn`` get the log; each change goes in as a scenario file, as
a person would write it who knows the machines by name but no learnt value.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.truth.change import (
    DEMAND_FACTOR,
    FAILURE_FACTOR,
    INTERVENTIONS,
    NEW_MACHINE,
    SETUP_FACTOR,
)
from benchmarks.truth.describe import Shift, Shop
from benchmarks.truth.explain import explain
from benchmarks.truth.log import TIME_ZONE
from benchmarks.truth.workshops import WORKSHOPS

from zhizao._base.errors import InputError
from zhizao.model import Plant
from zhizao.serve.steps import drop, learn, try_scenarios
from zhizao.trial import Comparison

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KPIS = ("lead_time_mean_h", "throughput_per_week")


def scenario_text(intervention: str, shop: Shop, plant: Plant) -> tuple[str | None, str]:
    """Return the scenario as TOML, or None, and how it was said or why it cannot be."""
    centre = shop.centre(shop.bottleneck)
    names = [m.name for m in centre.machines]
    changes: list[str] = []
    how = ""
    if intervention == "one_more":
        changes = [f'change = "add_resource"\nresource = "{NEW_MACHINE}"\nlike = "{names[0]}"']
    elif intervention == "one_less":
        changes = [f'change = "remove_resource"\nresource = "{shop.removed}"']
    elif intervention == "more_shifts":
        shifts = ", ".join(_shifts(shop.added_shift))
        changes = [f'change = "add_shift"\nresources = {json.dumps(names)}\nshifts = [{shifts}]']
    elif intervention == "less_setup":
        said = []
        if any(s.setup_min > 0 for s in plant.setups):
            changes.append(f'change = "scale_setups"\nfactor = {SETUP_FACTOR}')
            said.append("scale_setups")
        # Where setups have no rows of their own, those of every lot are in its fixed time.
        has_fixed = any(s.time.setup_min > 0 for r in plant.routings for s in r.steps)
        if has_fixed and not (changes and shop.logs_setups):
            changes.append(f'change = "scale_times"\npart = "setup"\nfactor = {SETUP_FACTOR}')
            said.append("scale_times part=setup")
        how = " and ".join(said) or "no setup time was learnt"
    elif intervention == "more_demand":
        changes = [f'change = "scale_demand"\nfactor = {DEMAND_FACTOR}']
    elif intervention == "other_rule":
        changes = [f'change = "set_dispatch"\nrule = "{shop.other_rule}"']
    elif intervention == "half_failures":
        if any(r.failure for r in plant.resources):
            changes = [f'change = "scale_failures"\nfactor = {FAILURE_FACTOR}']
        elif any(m.failure for c in shop.centres for m in c.machines):
            how = "no failure was learnt"
        else:
            how = "the plant has no failures"
    elif intervention == "other_mix":
        changes = [
            f'change = "scale_demand"\nproduct = "{p}"\nfactor = {f}' for p, f in shop.mix.items()
        ]
    if not changes:
        return None, how
    body = "\n".join(f"\n[[changes]]\n{c}" for c in changes)
    return f'name = "{intervention}"\n{body}\n', how


def _shifts(shifts: tuple[Shift, ...]) -> list[str]:
    return [
        f'{{ weekday = "{DAYS[d]}", start = "{s.start_h:02.0f}:00", end = "{s.end_h:02.0f}:00" }}'
        for s in shifts
        for d in s.weekdays
    ]


def predict(
    shop: Shop,
    folder: Path,
    *,
    interventions: tuple[str, ...],
    weeks: float,
    replications: int | None,
) -> dict[str, Any]:
    """Drop, learn and try; return what was predicted, what not, and the learnt values."""
    begun_s = time.perf_counter()
    plant_dir = folder / "plant"
    tables = [folder / "operations.csv", folder / "orders.csv"]
    dropped = drop(tables, into=plant_dir, time_zone=TIME_ZONE, name=shop.name)
    learnt = learn(plant_dir, replace=True)
    learnt_s = time.perf_counter() - begun_s
    offered: dict[str, str] = {}
    not_offered: dict[str, str] = {}
    paths = []
    (plant_dir / "scenarios").mkdir(exist_ok=True)
    for intervention in interventions:
        text, how = scenario_text(intervention, shop, learnt.plant)
        if text is None:
            not_offered[intervention] = how
            continue
        path = plant_dir / "scenarios" / f"{intervention}.toml"
        path.write_text(text, encoding="utf-8")
        offered[intervention] = how
        paths.append(path)
    comparisons: list[Comparison] = []
    try:
        comparisons = [try_scenarios(plant_dir, paths, weeks=weeks, n_replications=replications)]
    except InputError:
        for path in paths:  # one at a time, so that a refusal is only its own
            try:
                comparisons.append(
                    try_scenarios(plant_dir, [path], weeks=weeks, n_replications=replications)
                )
            except InputError as error:
                not_offered[path.stem] = f"refused: {error}"
    predicted: dict[str, Any] = {}
    base: dict[str, Any] = {}
    start_at = ""
    for comparison in comparisons:
        start_at = str(comparison.start_at)
        base = {e.kpi: e.mean for e in comparison.base.kpis if e.kpi in KPIS}
        base["utilisation"] = {e.resource: e.mean for e in comparison.base.kpis if e.resource}
        for scenario in comparison.scenarios:
            predicted[scenario.name] = {
                "how": offered[scenario.name],
                "warnings": [w.code for w in scenario.warnings],
                **{k: scenario.kpi(k).model_dump() for k in KPIS},
            }
    return {
        "start_at": start_at,
        "rows_set_aside": dropped.set_aside.height,
        "base": base,
        "predicted": predicted,
        "not_offered": not_offered,
        "learn_s": learnt_s,
        "explain": explain(shop, learnt.plant),
    }


def main() -> None:
    """Write ``predicted.json``."""
    parser = argparse.ArgumentParser(description="Learn a workshop's twin and try changes on it.")
    parser.add_argument("workshop", choices=list(WORKSHOPS))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--weeks", type=float, default=8)
    parser.add_argument("--replications", type=int)
    parser.add_argument("--interventions", nargs="*", default=list(INTERVENTIONS))
    given = parser.parse_args()
    found = predict(
        WORKSHOPS[given.workshop](), given.folder, interventions=tuple(given.interventions),
        weeks=given.weeks, replications=given.replications,
    )  # fmt: skip
    (given.folder / "predicted.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
