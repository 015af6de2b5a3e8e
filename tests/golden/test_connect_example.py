"""The verdict on the embedded example against the truth that lies beside it."""

import json
from pathlib import Path

import pytest

from zhizao.connect import read_drop

EXAMPLE = Path(__file__).resolve().parents[2] / "src" / "zhizao" / "cli" / "example_data"


@pytest.fixture(scope="module")
def verdict():
    files = [EXAMPLE / "operations.csv", EXAMPLE / "orders.csv"]
    return read_drop(files, time_zone="Asia/Shanghai").verdict


@pytest.fixture(scope="module")
def truth():
    return json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["by_definition"]


@pytest.mark.parametrize("code", ["default_duration", "midnight_split"])
def test_a_shift_that_passes_midnight_is_not_taken_for_an_unmeasured_start(verdict, truth, code):
    assert verdict.fault(code).rows == truth[code]["count"]


def test_a_machine_that_begins_to_be_logged_is_named(verdict):
    assert list(verdict.fault("coverage_jump").parts) == ["DEBURR-01"]
