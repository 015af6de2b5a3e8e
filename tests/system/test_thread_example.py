"""The whole thread on the embedded example, as a user would run it."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from zhizao.cli._app import app
from zhizao.model import read_plant, read_records

pytestmark = pytest.mark.system

EXAMPLE = Path(__file__).resolve().parents[2] / "src" / "zhizao" / "cli" / "example_data"
KPIS = {
    "throughput_per_week",
    "lead_time_mean_h",
    "tardiness_mean_h",
    "late_share",
    "wip_mean",
    "utilisation",
}


def run_json(*arguments: str) -> dict:
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def plant_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "plant"
    files = [str(EXAMPLE / "operations.csv"), str(EXAMPLE / "orders.csv")]
    verdict = run_json("drop", *files, "--into", str(folder), "--time-zone", "Asia/Shanghai")
    (folder / "verdict_printed.json").write_text(json.dumps(verdict))
    run_json("learn", str(folder))
    return folder


def test_the_verdict_counts_what_was_spoilt(plant_dir):
    verdict = json.loads((plant_dir / "verdict_printed.json").read_text())
    rows = {fault["code"]: fault["rows"] for fault in verdict["faults"]}
    truth = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["by_definition"]
    exact = (
        "duplicate",
        "zero_duration",
        "negative_duration",
        "resource_mismatch",
        "mangled_cell",
        "unparsed_cell",
        "zero_quantity",
        "shared_slot",
    )
    assert {code: rows.get(code, 0) for code in exact} == {c: truth[c]["count"] for c in exact}


def test_no_row_is_lost(plant_dir):
    set_aside = pl.read_csv(plant_dir / "set_aside.csv", infer_schema=False).height
    n_rows = len((EXAMPLE / "operations.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert read_records(plant_dir / "records.parquet").n_rows + set_aside == n_rows


def test_the_learnt_plant_loads_and_says_where_its_values_come_from(plant_dir):
    plant = read_plant(plant_dir).plant
    assert {r.id for r in plant.resources} >= {"LATHE-01", "GRIND-01", "SAW-01"}
    assert len(plant.products) == 8
    assert all(p.n >= 0 and p.source for p in plant.provenances)
    assert any(p.low is not None and p.high is not None for p in plant.provenances)


def test_learning_says_what_was_tried_on_the_past_and_writes_it_down(plant_dir):
    summary = json.loads((plant_dir / "learnt.json").read_text(encoding="utf-8"))
    chosen = summary["chosen"]
    assert chosen["why_not"] == ""
    assert chosen["n_orders"] > 100
    assert len(chosen["histories"]) == 2
    assert "weeks" in chosen["sentence"]
    assert "周" in chosen["sentence_zh"]
    places = {p.where: p for p in read_plant(plant_dir).plant.provenances}
    days = places["learning/history_days"]
    assert days.n == chosen["n_orders"]
    assert days.value == pytest.approx(chosen["recipe"]["history_days"] or chosen["known_days"])
    for rung in chosen["rungs"]:
        value = places[f"learning/{rung['rung']}/gain_h"]
        assert value.low <= value.value <= value.high


def test_the_ladder_can_be_left_out(plant_dir, tmp_path):
    import shutil

    copy = tmp_path / "plant"
    shutil.copytree(plant_dir, copy)
    result = CliRunner().invoke(
        app, ["learn", str(copy), "--replace", "--ladder", "never"], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "neither was tried on the past, as asked" in result.output.replace("\n", " ")
    assert not [p for p in read_plant(copy).plant.provenances if p.where.startswith("learning/")]


def test_learning_again_does_not_overwrite_what_a_person_changed(plant_dir, tmp_path):
    import shutil

    copy = tmp_path / "plant"
    shutil.copytree(plant_dir, copy)
    path = copy / "resources.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    header = lines[0].split(",")
    row = lines[1].split(",")
    row[header.index("speed")] = "1.25"
    path.write_text("\n".join([lines[0], ",".join(row), *lines[2:]]) + "\n", encoding="utf-8")
    changed = path.read_text(encoding="utf-8")
    from zhizao._base.errors import InputError

    with pytest.raises(InputError, match="--replace"):
        CliRunner().invoke(app, ["learn", str(copy)], catch_exceptions=False)
    assert path.read_text(encoding="utf-8") == changed


def test_trust_has_the_promised_numbers(plant_dir):
    trust = run_json("trust", str(plant_dir), "--cutoffs", "3", "--replications", "20")
    assert trust["orders_scored"] >= 20
    assert 0 < trust["median_abs_error_h"] < 200
    assert 0 <= trust["coverage_p50"] <= trust["coverage_p90"] <= 1
    assert len(trust["baselines"]) == 4
    assert "median remaining lead time at that stage" in trust["baselines"]
    for scores in trust["baselines"].values():
        assert {"median_abs_error_h", "coverage_p50", "coverage_p90"} <= set(scores)
    assert re.search(r"\d", trust["sentence"])
    chosen = trust["chosen"]
    assert max(chosen["cutoffs"]) < min(c["cutoff_at"] for c in trust["cutoffs"])


def test_try_compares_every_kpi_with_an_interval(plant_dir):
    scenario = EXAMPLE / "scenarios" / "fifteen_percent_more.toml"
    result = run_json(
        "try", str(plant_dir), "--scenario", str(scenario), "--weeks", "4", "--replications", "8"
    )
    (trial,) = result["scenarios"]
    assert {k["kpi"] for k in trial["kpis"]} == KPIS
    throughput = next(k for k in trial["kpis"] if k["kpi"] == "throughput_per_week")
    assert throughput["low"] <= throughput["difference"] <= throughput["high"]
    assert throughput["low"] > 0


def test_a_simulated_run_can_be_read_as_records(plant_dir, tmp_path):
    target = tmp_path / "future.parquet"
    arguments = ["--weeks", "2", "--replications", "3", "--records-into", str(target)]
    run = run_json("simulate", str(plant_dir), *arguments)
    assert run["n_replications"] == 3
    assert read_records(target).n_rows > 50


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_is_one_file_without_network(plant_dir, tmp_path, lang):
    target = tmp_path / "report.html"
    run_json("report", str(plant_dir), "--lang", lang, "--out", str(target))
    page = target.read_text(encoding="utf-8")
    assert "<svg" in page
    assert not re.search(r"""(src|href)\s*=\s*["']https?:""", page)
    assert ("孪生" in page) == (lang == "zh")


def test_an_unreadable_file_leaves_the_folder_as_it_was(plant_dir, tmp_path):
    before = {p.name: p.read_bytes() for p in plant_dir.iterdir() if p.is_file()}
    broken = tmp_path / "zeros.csv"
    broken.write_bytes(bytes(1_000_000))
    from zhizao._base.errors import RecordsError

    with pytest.raises(RecordsError, match=r"zeros\.csv"):
        CliRunner().invoke(
            app, ["drop", str(broken), "--into", str(plant_dir)], catch_exceptions=False
        )
    assert {p.name: p.read_bytes() for p in plant_dir.iterdir() if p.is_file()} == before
