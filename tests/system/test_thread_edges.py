"""What users do that nobody planned for: each ends in a clear word, not in a traceback."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zhizao._base.errors import InputError
from zhizao.cli._app import app

pytestmark = pytest.mark.system

EXAMPLE = Path(__file__).resolve().parents[2] / "src" / "zhizao" / "cli" / "example_data"
ONE_ROW = "order,operation,machine,start,end\nA,cut,M,2025-03-03 08:00,2025-03-03 09:00\n"


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def learnt_folder(folder: Path, operations: Path, *orders: Path) -> Path:
    files = [str(operations), *map(str, orders)]
    assert run("drop", *files, "--into", str(folder), "--time-zone", "UTC").exit_code == 0
    assert run("learn", str(folder), "--ladder", "never").exit_code == 0
    return folder


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("edges") / "plant"
    return learnt_folder(folder, EXAMPLE / "operations.csv", EXAMPLE / "orders.csv")


@pytest.fixture
def tiny(tmp_path) -> Path:
    log = tmp_path / "log.csv"
    log.write_text(ONE_ROW)
    return learnt_folder(tmp_path / "plant", log)


def test_a_log_of_one_row_is_back_tested_without_end_of_orders(tiny):
    result = run("trust", str(tiny), "--json", "--replications", "5")
    assert json.loads(result.stdout)["orders_scored"] <= 1


@pytest.mark.parametrize("weeks", ["nan", "1e9", "0", "-1"])
def test_a_length_that_cannot_be_simulated_is_refused(tiny, weeks):
    with pytest.raises(InputError, match="weeks, expected more than 0"):
        run("simulate", str(tiny), "--weeks", weeks)


def test_a_broken_summary_of_learning_protects_the_plant(tiny):
    (tiny / "learnt.json").write_text("{")
    with pytest.raises(InputError, match="--replace"):
        run("learn", str(tiny))
    assert run("learn", str(tiny), "--replace").exit_code == 0


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(ONE_ROW)
    with pytest.raises(InputError, match="cannot be written"):
        run("drop", str(log), "--into", "/proc/no_such_place")


def test_closed_orders_of_former_years_do_not_flood_the_floor(example, tmp_path):
    folder = tmp_path / "plant"
    shutil.copytree(example, folder)
    path = folder / "orders.csv"
    head, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    columns = head.split(",")
    old = [
        ",".join(
            {"order_id": f"OLD-{i}", "product": "SH-110", "quantity": "20"}.get(
                c, "2023-05-01T08:00:00+00:00" if c in {"release_at", "due_at"} else ""
            )
            for c in columns
        )
        for i in range(300)
    ]
    path.write_text("\n".join([head, *rows, *old]) + "\n", encoding="utf-8")
    arguments = ["--weeks", "2", "--replications", "3", "--json"]
    plain = json.loads(run("simulate", str(example), *arguments).stdout)
    flooded = json.loads(run("simulate", str(folder), *arguments).stdout)
    assert flooded["estimates"] == plain["estimates"]
    assert any("300 orders" in warning for warning in flooded["warnings"])


def test_warnings_of_a_run_are_spoken_in_chinese(example, tmp_path):
    arguments = ["--weeks", "1", "--replications", "2", "--lang", "zh"]
    assert "均值" in run("simulate", str(example), *arguments).stdout


@pytest.mark.parametrize(
    "command", ["learn", "trust", "simulate", "long-run", "report", "schedule"]
)
def test_each_command_says_alike_that_there_is_no_folder(tmp_path, command):
    with pytest.raises(InputError, match=r"There is no plant folder .* zhizao drop FILE… --into"):
        run(command, str(tmp_path / "none"))


@pytest.mark.parametrize("command", ["try", "diff"])
def test_a_comparison_too_says_that_there_is_no_folder(tmp_path, command):
    with pytest.raises(InputError, match="There is no plant folder"):
        run(command, str(tmp_path / "none"), "--scenario", "a.toml")


def test_a_file_is_no_plant_folder(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(ONE_ROW)
    with pytest.raises(InputError, match="is a file, expected the folder"):
        run("learn", str(log))


def test_a_negative_seed_is_refused(tiny):
    result = run("learn", str(tiny), "--seed", "-1")
    assert result.exit_code == 2
    assert "greater than or equal to 0" in result.stderr


def test_a_scenario_file_with_another_name_is_proposed(tiny, tmp_path):
    (tmp_path / "second_lathe.toml").write_text('name = "as it is"\n')
    with pytest.raises(InputError, match=r"Did you mean 'second_lathe.toml'\?"):
        run("try", str(tiny), "--scenario", str(tmp_path / "second_lath.toml"))


def test_a_run_is_dated_in_the_time_zone_of_the_plant(example, tmp_path):
    folder = tmp_path / "plant"
    shutil.copytree(example, folder)
    path = folder / "plant.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"UTC"', '"Asia/Shanghai"'), encoding="utf-8"
    )
    arguments = ["--weeks", "1", "--replications", "2"]
    here, there = (run("simulate", str(at), *arguments).stdout for at in (example, folder))
    assert "2025-07-18 14:57 … 2025-07-25 14:57 (UTC)" in here
    assert "2025-07-18 22:57 … 2025-07-25 22:57 (Asia/Shanghai)" in there


def test_a_comparison_names_its_numbers_in_the_language_asked_for(example, tmp_path):
    faster = tmp_path / "faster.toml"
    faster.write_text(
        'name = "faster"\nchanges = [{change = "scale_speed", resource = "SAW-01", factor = 1.2}]\n'
    )
    arguments = ["--scenario", str(faster), "--weeks", "1", "--replications", "2"]
    assert "mean lead time" in run("try", str(example), *arguments).stdout
    assert "平均交付周期" in run("try", str(example), *arguments, "--lang", "zh").stdout


def test_an_order_that_is_not_open_is_named_before_the_search_begins(example):
    with pytest.raises(InputError, match=r"'WO-1' is not among the .* open orders"):
        run("schedule", str(example), "--fix", "WO-1", "--time", "1h")
