import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.problems import read_instance
from benchmarks.scheduling.__main__ import class_means, main
from benchmarks.scheduling.best_known import best_known, class_of
from benchmarks.scheduling.verify import plan_faults
from test_schedule_flexible import flexible_shop
from test_schedule_permutation import flow_shop

from zhizao.schedule.flexible.solve_flexible import solve_flexible
from zhizao.schedule.permutation.solve_permutation import solve_permutation
from zhizao.schedule.stop import Stop


def plan_of(problem, solve=solve_flexible):
    plan = solve(problem, stop=Stop(iterations=50), threads=1, seed=1).assignment
    return {"mode": plan.mode.copy(), "start": plan.start.copy(), "end": plan.end.copy()}


def test_a_sound_plan_has_no_faults():
    problem = flexible_shop(n_jobs=8, n_steps=3, n_machines=3, seed=1, setups=9)
    assert plan_faults(problem, **plan_of(problem)) == []
    sequence = flow_shop(n_jobs=6, n_machines=3, seed=2, has_initial=True)
    assert plan_faults(sequence, **plan_of(sequence, solve_permutation)) == []


def shift(plan, which, ticks):
    plan["start"][which] += ticks
    plan["end"][which] += ticks


def stack(plan):
    """Let the last operation of all jobs begin together, late."""
    last = np.arange(2, len(plan["start"]), 3)
    duration = plan["end"][last] - plan["start"][last]
    plan["start"][last] = plan["end"].max() + 100
    plan["end"][last] = plan["start"][last] + duration


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("mode", lambda p: p["mode"].__setitem__(2, 10**6)),
        ("duration", lambda p: p["end"].__setitem__(3, p["end"][3] + 1)),
        ("order in the job", lambda p: shift(p, 0, 10**6)),
        ("release", lambda p: shift(p, slice(None), -50)),
        ("overlap", stack),
    ],
)
def test_each_broken_rule_is_found(rule, change):
    problem = flexible_shop(n_jobs=8, n_steps=3, n_machines=2, seed=4, setups=9)
    plan = plan_of(problem)
    change(plan)
    assert any(fault.startswith(rule) for fault in plan_faults(problem, **plan))


def test_a_missing_setup_is_found():
    problem = flow_shop(n_jobs=5, n_machines=1, seed=3, longest_setup=30)
    plan = plan_of(problem, solve_permutation)
    order = np.argsort(plan["end"])
    duration = plan["end"] - plan["start"]
    plan["start"][order] = np.concatenate([[0], np.cumsum(duration[order])[:-1]])
    plan["end"] = plan["start"] + duration
    assert any(fault.startswith("overlap or setup") for fault in plan_faults(problem, **plan))


def test_another_sequence_on_a_machine_of_a_flow_shop_is_found():
    problem = flow_shop(n_jobs=2, n_machines=2, seed=0, longest_setup=0)
    times = problem.mode_duration.reshape(2, 2)
    start = np.array([[0, 500], [times[0, 0], 1000]])
    start[1, 1] = 400
    plan = {"mode": np.arange(4), "start": start.ravel(), "end": (start + times).ravel()}
    assert any(fault.startswith("one sequence") for fault in plan_faults(problem, **plan))


def test_the_best_known_makespan_is_found_by_the_file_not_the_name(tmp_path):
    (tmp_path / "best_known.csv").write_text("file,best_makespan\na/x1.txt,55\n", encoding="utf-8")
    assert best_known(tmp_path / "a" / "x1.txt") == 55
    assert best_known(tmp_path / "b" / "x1.txt") is None


def test_classes_are_names_without_numbers():
    names = ["jsp/ta21.txt", "jsp/dmu09.txt", "jsp/dmu41.txt", "pfsp_sdst/81.txt", "x/a_b_07.fjs"]
    classes = [class_of(Path(name)) for name in names]
    assert classes == ["ta", "dmu01-40", "dmu41-80", "pfsp_sdst", "a_b"]


def test_the_mean_gap_of_a_class_leaves_out_runs_without_a_plan():
    row = {"class": "ta", "solver": "ours", "best_known": 10.0}
    rows = [{**row, "gap_percent": gap} for gap in (1.0, 3.0, None)]
    (mean,) = class_means(rows)
    assert (mean["runs"], mean["solved"], mean["mean_gap_percent"]) == (3, 2, 2.0)
    assert mean["gap_to"] == "best known"


def test_the_command_solves_a_file_and_says_so_as_json(tmp_path, capsys):
    path = tmp_path / "small_1.txt"
    path.write_text("2 2 1.5\n2 2 1 25 2 37 1 1 32\n1 2 1 45 2 65\n", encoding="utf-8")
    (tmp_path / "best_known.csv").write_text("file,best_makespan\nsmall_1.txt,65\n")
    assert main([str(path), "--seconds", "1", "--threads", "1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert read_instance(path).problem.n_operations == said["rows"][0]["operations"] == 3
    row = said["rows"][0]
    assert (row["makespan"], row["best_known"], row["is_feasible"]) == (65, 65.0, True)
    assert row["gap_percent"] == 0
    assert said["class_means"][0]["class"] == "small"


def test_a_file_that_cannot_be_read_ends_the_command_with_two(tmp_path, capsys):
    assert main([str(tmp_path / "none.txt")]) == 2
    assert "no such file" in capsys.readouterr().err
