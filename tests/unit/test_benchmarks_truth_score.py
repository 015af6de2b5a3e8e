"""Scores of what-ifs against the truth, and the scenario files that go in."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import benchmarks.truth.__main__ as truth_main  # noqa: E402
from benchmarks.truth.__main__ import main  # noqa: E402
from benchmarks.truth.change import INTERVENTIONS, NEW_MACHINE  # noqa: E402
from benchmarks.truth.describe import WEEK_S  # noqa: E402
from benchmarks.truth.engine import Workshop  # noqa: E402
from benchmarks.truth.live import expected_work_h, live, work_h  # noqa: E402
from benchmarks.truth.predict import predict, scenario_text  # noqa: E402
from benchmarks.truth.score import (  # noqa: E402
    KPIS,
    paired_change,
    score_row,
    totals,
    verdict_of,
)
from benchmarks.truth.workshops import WORKSHOPS  # noqa: E402

from zhizao.model import (  # noqa: E402
    Plant,
    Product,
    Routing,
    Setup,
    Step,
    TimeModel,
    read_scenario,
)

LEAD = KPIS[0]


def row(*, low, high, after, intervention="one_more", why="no failure was learnt"):
    before = [10.0, 12.0, 11.0, 13.0]
    found = {"difference": (low + high) / 2, "low": low, "high": high, "n": 40}
    return score_row(
        workshop="flow_line",
        intervention=intervention,
        kpi=LEAD,
        truth={"samples": {"as_it_is": {LEAD: before}, "one_more": {LEAD: after}}},
        predicted={
            "predicted": {"one_more": {"how": "", LEAD: found}},
            "base": {LEAD: 11.0},
            "not_offered": {"half_failures": why},
        },
    )


def test_the_error_that_luck_and_data_alone_let_expect_stands_beside_the_one_found():
    before = [10.0, 12.0, 11.0, 13.0]
    after = [6.0, 8.1, 7.0, 8.9]
    se = paired_change(before, after)[1]
    found = {"difference": -4.0, "low": -7.0, "high": -1.0, "n": 40, "chance": 2.023, "data": 4.046}
    scored = score_row(
        workshop="flow_line", intervention="one_more", kpi=LEAD,
        truth={"samples": {"as_it_is": {LEAD: before}, "one_more": {LEAD: after}}},
        predicted={"predicted": {"one_more": {"how": "", LEAD: found}}, "base": {LEAD: 11.0}, "not_offered": {}},
    )  # fmt: skip
    # Half of all normal errors lie within 0.6745 standard errors.
    assert scored.by_luck == pytest.approx(0.6745 * math.hypot(se, 1.0) / 4.0, rel=1e-3)
    assert scored.by_luck_and_data == pytest.approx(
        0.6745 * math.hypot(se, 1.0, 2.0) / 4.0, rel=1e-3
    )
    assert totals([scored]).by_luck == scored.by_luck
    assert totals([]).by_luck_and_data is None


@pytest.mark.parametrize(
    ("low", "high", "true", "is_change", "verdict"),
    [
        (1, 2, 3, True, "right"),
        (1, 2, -3, True, "wrong"),
        (-2, -1, -3, True, "right"),
        (1, 2, 0.1, False, "false_alarm"),
        (-1, 2, 3, True, "missed"),
        (-1, 2, 0.1, False, "silent"),
        (0, 0, 0, False, "silent"),
    ],
)
def test_a_claimed_direction_gets_its_verdict(low, high, true, is_change, verdict):
    assert verdict_of(low=low, high=high, true=true, is_true_change=is_change) == verdict


def test_a_true_change_is_paired_and_skips_unknown_futures():
    mean, error, is_change = paired_change([1.0, 2.0, math.nan, 3.0], [2.1, 2.9, 9.0, 4.0])
    assert mean == pytest.approx(1.0)
    assert error == pytest.approx(0.1 / 3**0.5)
    assert is_change
    assert paired_change([1.0, 2.0], [1.0, 2.0]) == (0.0, 0.0, False)


def test_a_change_is_taken_where_no_more_work_came_than_is_expected():
    rng = np.random.default_rng(6)
    plain, lined, errors = [], [], []
    for _ in range(300):
        hours = rng.normal(0.0, 50.0, 24)
        before = rng.normal(30.0, 8.0, 24)
        after = before + 5.0 + 0.06 * hours + rng.normal(0.0, 1.0, 24)
        plain.append(paired_change(before, after)[0])
        mean, error, _ = paired_change(before, after, more_work_h=hours.tolist())
        lined.append(mean)
        errors.append(error)
    assert np.mean(lined) == pytest.approx(5.0, abs=3 * np.std(lined) / 300**0.5)
    assert np.std(lined) < 0.5 * np.std(plain)
    # A standard deviation of 300 values is known to 4 %.
    assert np.mean(errors) == pytest.approx(np.std(lined), rel=0.12)


@pytest.mark.parametrize("name", ["flow_line", "seasonal", "assembly"])
def test_the_expected_work_is_the_mean_of_the_work_that_comes(name):
    shop = WORKSHOPS[name]()
    found = []
    for seed in range(12):
        workshop = Workshop(shop, seed=seed)
        # Nobody works, so that only the orders are lived.
        workshop.look_at = lambda _: None
        workshop.env.run(until=10 * WEEK_S)
        in_time = [o for o in workshop.orders if o.released_s > 2 * WEEK_S]
        found.append(sum(work_h(o.product, o.quantity) for o in in_time))
    expected = expected_work_h(shop, from_s=2 * WEEK_S, weeks=8)
    assert np.mean(found) == pytest.approx(expected, abs=3 * np.std(found, ddof=1) / 12**0.5)


def test_a_row_holds_error_coverage_and_materiality():
    found = row(low=-5.2, high=-3.2, after=[6.0, 8.1, 7.0, 8.9])
    assert found.true_change == pytest.approx(-4.0)
    assert found.relative_error == pytest.approx(0.05)
    assert (found.verdict, found.is_covered, found.is_material) == ("right", True, True)
    assert -5.2 < found.low_90 < found.high_90 < -3.2
    assert row(low=1, high=2, after=[6.0, 8.1, 7.0, 8.9]).verdict == "wrong"


def test_what_cannot_be_said_is_counted_and_not_left_out():
    rows = [
        row(low=-5.2, high=-3.2, after=[6.0, 8.1, 7.0, 8.9]),
        row(low=1, high=2, after=[6.0, 8.1, 7.0, 8.9]),
        row(low=1, high=2, after=[10.0, 12.1, 11.0, 12.9]),
        row(low=0, high=0, after=[], intervention="half_failures"),
    ]
    assert rows[3].how == "no failure was learnt"
    nothing = row(low=0, high=0, after=[], intervention="half_failures", why="the plant has no failures")  # fmt: skip
    assert nothing.verdict == "does_not_apply"
    assert totals([nothing]).not_offered == 0
    found = totals(rows)
    assert (found.right, found.wrong, found.false_alarms, found.not_offered) == (1, 1, 1, 1)
    assert found.false_alarms_material == 1
    assert found.right_share == 0.5
    assert found.coverage == pytest.approx(1 / 3)
    assert totals([]).right_share is None


@pytest.mark.parametrize("name", list(WORKSHOPS))
def test_scenarios_are_files_that_the_reader_takes(name, tmp_path):
    shop = WORKSHOPS[name]()
    plant = Plant(name="p", setups=(Setup(work_centre="A", from_family=None, to_family=None, setup_min=5),))  # fmt: skip
    for intervention in INTERVENTIONS:
        text, how = scenario_text(intervention, shop, plant)
        if text is None:
            assert how
            continue
        path = tmp_path / f"{intervention}.toml"
        path.write_text(text, encoding="utf-8")
        assert read_scenario(path).name == intervention


def test_setups_that_were_not_learnt_are_not_offered():
    text, how = scenario_text("less_setup", WORKSHOPS["setups_hidden"](), Plant(name="p"))
    assert text is None
    assert how == "no setup time was learnt"


def test_setups_inside_reports_are_all_lessened_those_of_every_lot_too():
    step = Step(step=10, operation="Moulding", time=TimeModel(setup_min=8.0))
    plant = Plant(
        name="p", products=(Product(id="B1"),), routings=(Routing(product="B1", steps=(step,)),),
        setups=(Setup(work_centre="PRESS", from_family=None, to_family=None, setup_min=100.0),),
    )  # fmt: skip
    how = {
        name: scenario_text("less_setup", WORKSHOPS[name](), plant)[1]
        for name in ("setups_hidden", "setups_logged")
    }
    both = "scale_setups and scale_times part=setup"
    assert how == {"setups_hidden": both, "setups_logged": "scale_setups"}


def kept(folder):
    samples = {k: [10.0, 12.0, 11.0, 13.0] for k in KPIS}
    found = {"difference": -4.0, "low": -5.0, "high": -3.0, "n": 40}
    truth = {
        "utilisation": {},
        "samples": {"as_it_is": samples, "one_more": {k: [6.0, 8.1, 7.0, 8.9] for k in KPIS}},
    }
    predicted = {
        "predicted": {"one_more": {"how": "", **dict.fromkeys(KPIS, found)}},
        "base": dict.fromkeys(KPIS, 11.0),
        "not_offered": {"half_failures": "no failure was learnt"},
        "explain": [["WELDING: rule", "fifo", "edd"]],
    }
    (folder / "flow_line").mkdir()
    (folder / "flow_line" / "truth.json").write_text(json.dumps(truth))
    (folder / "flow_line" / "predicted.json").write_text(json.dumps(predicted))
    return [
        "truth", "--keep", str(folder), "--score-only", "--no-save", "--workshops", "flow_line",
        "--interventions", "one_more", "half_failures",
    ]  # fmt: skip


def test_kept_answers_are_scored_again_as_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [*kept(tmp_path), "--explain"])
    main()
    out = capsys.readouterr().out
    assert "right, covered" in out
    assert "not offered: no failure was learnt" in out
    assert "WELDING: rule" in out


def test_kept_answers_are_scored_again_as_json_and_appended(tmp_path, monkeypatch, capsys):
    results = tmp_path / "truth.csv"
    monkeypatch.setattr(truth_main, "RESULTS", results)
    arguments = [a for a in kept(tmp_path) if a != "--no-save"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--json"])
    main()
    found = json.loads(capsys.readouterr().out)
    assert found["totals"]["all"]["right"] == 2
    assert found["totals"]["all"]["not_offered"] == 2
    main()
    assert len(results.read_text(encoding="utf-8").splitlines()) == 1 + 2 * 4


def test_a_plant_that_cannot_be_learnt_is_not_offered_and_hides_no_other(tmp_path, monkeypatch):
    def run(command, *, check, **_):
        if not check:
            return subprocess.CompletedProcess(command, 3)
        samples = {k: [10.0, 12.0] for k in KPIS}
        truth = {"utilisation": {}, "samples": {"as_it_is": samples, "one_more": samples}}
        (tmp_path / "oven" / "truth.json").write_text(json.dumps(truth))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(truth_main.subprocess, "run", run)
    found = truth_main.run_workshop(
        "oven", tmp_path / "oven", seed=1, futures=2, twin_futures=2, interventions=("one_more",),
    )  # fmt: skip
    assert [r.verdict for r in found["rows"]] == ["not_offered"] * 2
    assert "code 3" in found["rows"][0].how


@pytest.mark.system
def test_a_workshop_goes_through_the_front_doors(tmp_path):
    wanted = ("one_more", "half_failures")
    truth = live(
        "flow_line", into=tmp_path, seed=1, history_weeks=8, weeks=2, replications=3, interventions=wanted,
    )  # fmt: skip
    shop = WORKSHOPS["flow_line"]()
    found = predict(shop, tmp_path, interventions=wanted, weeks=2, replications=3)
    assert found["not_offered"] == {"half_failures": "the plant has no failures"}
    assert NEW_MACHINE in (tmp_path / "plant" / "scenarios" / "one_more.toml").read_text()
    one = score_row(
        workshop="flow_line", intervention="one_more", kpi=LEAD,
        truth=json.loads(json.dumps(truth)), predicted=json.loads(json.dumps(found)),
    )  # fmt: skip
    assert one.is_offered
    assert one.predicted_base > 0
    named = {what: (true, learnt) for what, true, learnt in found["explain"]}
    true, learnt = named["WELDING: open h/week"]
    assert true == 80
    assert 60 <= learnt <= 100
