"""The whole thread on real logs from outside, with nobody's help."""

import json

import pytest
from typer.testing import CliRunner

from zhizao.cli._app import app

pytestmark = [pytest.mark.system, pytest.mark.shared]


def run_json(*arguments: str) -> dict:
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("log", "resource", "ladder"),
    [
        # Levy's log is back-tested in full, with all that is tried on its past, by test_trust_shared.
        ("levy/Production_Data.csv", "Machine 3 - Round Grinding", "never"),
        ("fischertechnik/sample_data.csv", "vgr_1", "auto"),
    ],
)
def test_all_steps_run_on_a_real_log(shared_data, tmp_path, log, resource, ladder):
    folder = tmp_path / "plant"
    verdict = run_json("drop", str(shared_data / log), "--into", str(folder))
    assert verdict["usable_share"] > 0.8
    learnt = run_json("learn", str(folder), "--ladder", ladder)
    assert learnt["n_routings"] > 0
    assert learnt["questions"]
    short = ("--cutoffs", "1", "--replications", "10", "--ladder", ladder)
    trust = run_json("trust", str(folder), *short)
    assert trust["orders_scored"] > 0
    scenario = tmp_path / "one_more.toml"
    scenario.write_text(
        'name = "one more"\n[[changes]]\nchange = "add_resource"\n'
        f'resource = "one more"\nlike = "{resource}"\n',
        encoding="utf-8",
    )
    tried = run_json("try", str(folder), "--scenario", str(scenario), "--replications", "8")
    assert tried["scenarios"][0]["kpis"]
    run_json("report", str(folder))
    assert (folder / "report.html").stat().st_size > 20_000
