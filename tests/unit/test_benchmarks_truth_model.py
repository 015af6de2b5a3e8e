"""The workshops that twins are measured against: independent, repeatable, and true to themselves."""

import ast
import csv
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.truth import draws  # noqa: E402
from benchmarks.truth.change import INTERVENTIONS, NEW_MACHINE, truly_change  # noqa: E402
from benchmarks.truth.describe import HOUR_S, WEEK_S, Shift  # noqa: E402
from benchmarks.truth.engine import Windows, Workshop  # noqa: E402
from benchmarks.truth.live import future, history, in_child, live  # noqa: E402
from benchmarks.truth.workshops import WORKSHOPS  # noqa: E402

FOLDER = ROOT / "benchmarks" / "truth"
TRUE_SIDE = ("describe", "draws", "engine", "workshops", "change", "log", "live")


def run(name, *, weeks=6.0, seed=3):
    workshop = Workshop(WORKSHOPS[name](), seed=seed)
    workshop.env.run(until=weeks * WEEK_S)
    return workshop


@pytest.mark.parametrize("module", TRUE_SIDE)
def test_the_true_side_imports_nothing_of_the_twin(module):
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    ours = {n for n in names if n.split(".")[0] == "benchmarks"}
    assert not {n for n in names if n.split(".")[0] == "zhizao"}
    assert ours <= {"benchmarks.truth"} | {f"benchmarks.truth.{m}" for m in TRUE_SIDE}


def test_there_are_at_least_twelve_workshops_and_eight_changes():
    assert len(WORKSHOPS) >= 12
    assert len(INTERVENTIONS) == 8


def test_draws_are_even_and_belong_to_their_keys():
    n = 40_000
    values = [draws.uniform(5, i, 2) for i in range(n)]
    standard_error = (1 / 12 / n) ** 0.5
    assert abs(sum(values) / n - 0.5) < 4 * standard_error
    assert draws.uniform(5, 1, 2) == draws.uniform(5, 1, 2)
    assert len({draws.uniform(5, 1, 2), draws.uniform(5, 2, 1), draws.uniform(6, 1, 2)}) == 3


def test_a_lognormal_factor_has_mean_one():
    n = 40_000
    mean = sum(draws.lognormal(0.5, 9, i) for i in range(n)) / n
    assert abs(mean - 1) < 4 * 0.5 / n**0.5


def test_windows_join_shifts_and_wrap_round_the_week():
    windows = Windows((Shift(weekdays=(6,), start_h=22, end_h=30), Shift(weekdays=(0,), start_h=6, end_h=10)))  # fmt: skip
    assert windows.weekly_s == 12 * HOUR_S
    sunday_night = 6 * 24 * HOUR_S + 22 * HOUR_S
    assert windows.next(WEEK_S + 2 * HOUR_S)[0] == sunday_night
    assert windows.next(WEEK_S + 6.5 * HOUR_S) == (WEEK_S + 6 * HOUR_S, WEEK_S + 10 * HOUR_S)
    assert windows.after(WEEK_S + 9 * HOUR_S, 2 * HOUR_S) == WEEK_S + sunday_night + HOUR_S


@pytest.mark.parametrize("name", list(WORKSHOPS))
def test_no_machine_works_on_two_things_at_once_nor_outside_its_shifts(name):
    workshop = run(name)
    by_machine = defaultdict(set)
    for report in workshop.reports:
        by_machine[report.machine].add((report.start_s, report.end_s, report.kind))
    assert by_machine
    places = {p.machine.name: p for ps in workshop.places.values() for p in ps}
    for machine in set(by_machine) - set(places):
        assert workshop.centres[machine].away  # a subcontractor has no machines here
        del by_machine[machine]
    for machine, spans in by_machine.items():
        ordered = sorted(spans)
        for (_, end_s, _), (start_s, _, _) in pairwise(ordered):
            assert start_s >= end_s - 1e-6
        for start_s, _, kind in ordered:
            if kind != "down":
                open_s, close_s = places[machine].windows.next(start_s)
                assert open_s <= start_s < close_s


@pytest.mark.parametrize("name", list(WORKSHOPS))
def test_a_workshop_keeps_up_with_its_orders(name):
    workshop = run(name, weeks=12)
    n_open = sum(o.completed_s is None for o in workshop.orders)
    assert len(workshop.orders) > 12 * 15
    assert n_open < 2 * workshop.shop.orders_per_week


def test_a_crew_never_works_at_more_places_than_it_has_people():
    workshop = run("shared_operators")
    crewed = {c.name for c in workshop.shop.centres if c.crew}
    machines = {m.name for c in workshop.shop.centres if c.name in crewed for m in c.machines}
    edges = sorted(
        edge
        for r in workshop.reports
        if r.machine in machines
        for edge in ((r.start_s, 1), (r.end_s, -1))
    )
    level = most = 0
    for _, step in edges:
        level += step
        most = max(most, level)
    assert most == 4


def test_one_setter_sets_up_one_machine_at_a_time():
    workshop = run("setters")
    mine = {p.machine.name for p in workshop.places["MOULD"]}
    spans = sorted(
        (r.start_s, r.end_s) for r in workshop.reports if r.kind == "setup" and r.machine in mine
    )
    assert len(spans) > 100
    assert all(start_s >= end_s - 1e-6 for (_, end_s), (start_s, _) in pairwise(spans))


def test_the_planner_lets_no_more_orders_in_than_there_is_room_for():
    workshop = run("planner_released", weeks=12)
    edges = [(o.released_s, 1) for o in workshop.orders if o.released_s <= workshop.now_s]
    edges += [(o.completed_s, -1) for o in workshop.orders if o.completed_s is not None]
    level = most = 0
    for _, step in sorted(edges):
        level += step
        most = max(most, level)
    assert most == workshop.shop.most_orders
    assert any(o.released_s > o.came_s + HOUR_S for o in workshop.orders)


def test_the_van_comes_on_its_days_and_brings_lots_back_on_working_mornings():
    workshop = run("subcontractor")
    away = [r for r in workshop.reports if r.machine == "PLATER"]
    assert len(away) > 50
    assert {(r.start_s % WEEK_S) / HOUR_S for r in away} == {24 + 10, 4 * 24 + 10}
    days = 24 * HOUR_S
    assert {(r.end_s % WEEK_S) // days for r in away} <= set(range(5))
    assert all(9.0 <= (r.end_s % days) / HOUR_S < 9.1 for r in away)


def test_the_oven_takes_several_lots_in_one_slot():
    workshop = run("oven")
    slots = defaultdict(set)
    for report in workshop.reports:
        if report.machine == "OVEN-01":
            slots[report.start_s].add(report.order.id)
    sizes = [len(orders) for orders in slots.values()]
    assert max(sizes) <= 6
    assert sum(sizes) / len(sizes) > 2


def test_branches_of_an_assembly_overlap_and_meet():
    workshop = run("assembly")
    spans = defaultdict(lambda: defaultdict(list))
    for report in workshop.reports:
        spans[report.order.id][report.operation].append((report.start_s, report.end_s))
    whole = [
        s for s in spans.values() if {"Frame welding", "Shaft turning", "Assembling"} <= set(s)
    ]
    assert len(whole) > 50
    for one in whole:
        begun_s = min(start for start, _ in one["Assembling"])
        assert begun_s >= max(end for _, end in one["Frame welding"] + one["Shaft turning"])


def test_the_same_luck_without_a_change_gives_the_same_future():
    workshop, _ = history("flow_line", seed=2, weeks=3)
    same = {"seed": 77, "intervention": "as_it_is", "weeks": 2.0}
    first, second = in_child(workshop, **same), in_child(workshop, **same)
    assert first == second == future(workshop, **same)


@pytest.mark.parametrize(
    ("intervention", "is_longer"),
    [("one_less", True), ("more_demand", True), ("less_setup", False), ("one_more", False)],
)
def test_a_change_moves_the_lead_time_as_it_must(intervention, is_longer):
    workshop, _ = history("setups_logged", seed=2, weeks=4)
    changes = []
    for seed in range(1, 7):
        kpis = [
            in_child(workshop, seed=seed, intervention=i, weeks=6.0)["lead_time_mean_h"]
            for i in ("as_it_is", intervention)
        ]
        changes.append(kpis[1] - kpis[0])
    assert (sum(changes) > 0) == is_longer


def test_a_change_of_the_running_model_does_what_it_says():
    workshop = run("failures_logged", weeks=2)
    truly_change(workshop, "one_more")
    truly_change(workshop, "one_less")
    truly_change(workshop, "other_rule")
    names = {p.machine.name for p in workshop.places["FORGE"] if not p.is_retired}
    assert names == {"FORGE-01", NEW_MACHINE}
    assert set(workshop.rules.values()) == {"spt"}
    with pytest.raises(ValueError, match="not one of"):
        truly_change(workshop, "magic")


def test_halved_failures_halve_the_failures():
    counts = []
    for factor in (None, "half_failures"):
        workshop = Workshop(WORKSHOPS["failures_logged"](), seed=4)
        if factor:
            truly_change(workshop, factor)
        workshop.env.run(until=40 * WEEK_S)
        counts.append(sum(r.kind == "down" for r in workshop.reports))
    expected = counts[0] / 2
    assert abs(counts[1] - expected) < 4 * (counts[1] + counts[0] / 4) ** 0.5


def test_the_log_has_what_a_plant_has_and_its_dirt_is_counted(tmp_path):
    truth = live(
        "failures_logged", into=tmp_path, seed=1, history_weeks=4, weeks=1, replications=2, interventions=("one_more",),
    )  # fmt: skip
    with (tmp_path / "operations.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    dirt = truth["log"]
    assert len(rows) == dirt["rows"] + dirt["twice"]
    assert sum(not r["Work Order"] for r in rows) >= 1
    assert {r["Operation"] for r in rows if not r["Work Order"]} == {"Breakdown"}
    once = {tuple(r.values()) for r in rows}
    assert sum(not r[5] for r in once) == dirt["missing_start"]
    assert set(truth["samples"]) == {"as_it_is", "one_more"}
