import json
import subprocess
import sys

import pytest

HEAVY = ("numba", "ortools", "polars", "scipy")


@pytest.mark.parametrize(
    "statement",
    ["import zhizao", "import zhizao.cli", "from zhizao.cli._app import app"],
)
def test_the_import_loads_no_heavy_package(statement):
    code = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = json.loads(result.stdout)
    assert [name for name in HEAVY if name in loaded] == []
    assert "zhizao" in loaded


def test_a_page_of_a_plan_and_the_report_load_no_planner():
    code = (
        "import zhizao.serve.report, zhizao.serve.plan\nimport sys\n"
        "print('zhizao.schedule' in sys.modules, 'ortools' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("words", [["-m", "zhizao", "--version"], ["-m", "zhizao", "--help"]])
def test_python_runs_the_command_line_too(words):
    result = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    assert result.stdout.startswith(("zhizao 0.", "Usage: "))
