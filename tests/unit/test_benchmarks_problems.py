import zipfile
from pathlib import Path

import numpy as np
import pytest
from benchmarks.problems import read_instance

from zhizao._base.errors import InputError

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/scheduling"

JOB_SHOP = "2 3\n0 5 1 6 2 7\n2 4 0 3 -1 -1\n"
FLEXIBLE = "2 2 1.5\n2 2 1 25 2 37 1 1 32\n1 2 1 45 2 65\n"
SETUPS = "0 3 4\n3 0 7\n3 3 0\n1 1 1\n2 2 2\n3 3 3\n"
PERMUTATION = "2\n2\n5 6\n7 8\n0 1\n2 0\n0 3\n4 0\n"


def write(folder, text):
    path = folder / "instance.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_job_shop_may_have_jobs_of_any_length(tmp_path):
    read = read_instance(write(tmp_path, JOB_SHOP))
    assert (read.layout, read.size, read.name) == ("jsp", "2 x 3", "instance")
    assert read.problem.job_first.tolist() == [0, 3, 5]
    assert read.problem.mode_machine.tolist() == [0, 1, 2, 2, 0]
    assert read.problem.mode_duration.tolist() == [5, 6, 7, 4, 3]
    assert read.problem.setups is None


def test_a_zip_is_read_as_the_file_in_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x", JOB_SHOP)
    assert read_instance(tmp_path / "x.zip").problem.n_operations == 5


def test_a_flexible_job_shop_counts_machines_from_one(tmp_path):
    read = read_instance(write(tmp_path, FLEXIBLE))
    assert read.layout == "fjsp"
    assert read.problem.mode_first.tolist() == [0, 2, 3, 5]
    assert read.problem.mode_machine.tolist() == [0, 1, 0, 0, 1]
    assert read.problem.mode_duration.tolist() == [25, 37, 32, 45, 65]


def test_setups_follow_the_jobs_of_a_flexible_job_shop(tmp_path):
    read = read_instance(write(tmp_path, FLEXIBLE + "\n" + SETUPS))
    setups = read.problem.setups
    assert read.layout == "fjsp_sdst"
    assert setups is not None
    assert setups.ticks[0].tolist() == [[0, 3, 4], [3, 0, 7], [3, 3, 0]]
    assert setups.ticks[1, 2].tolist() == [3, 3, 3]
    assert setups.family_of_operation.tolist() == [0, 1, 2]


def test_setups_of_a_permutation_flow_shop_are_between_jobs(tmp_path):
    read = read_instance(write(tmp_path, PERMUTATION))
    setups = read.problem.setups
    assert read.layout == "pfsp_sdst"
    assert read.problem.is_permutation
    assert read.problem.mode_machine.tolist() == [0, 1, 0, 1]
    assert read.problem.mode_duration.tolist() == [5, 6, 7, 8]
    assert setups is not None
    assert setups.family_of_operation.tolist() == [0, 0, 1, 1]
    assert setups.ticks.tolist() == [[[0, 1], [2, 0]], [[0, 3], [4, 0]]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no numbers"),
        ("2 2\n0 1 x 1\n1 1 0 1\n", "line 2"),
        ("3 2\n0 1 1 1\n1 1 0 1\n", "3 jobs, but 2 lines"),
        ("2 2\n0 1 5 1\n1 1 0 1\n", "found machine 5, expected 0 to 1"),
        ("2 2\n0 1 1\n1 1 0 1\n", "expected pairs"),
        ("2 2\n0 -4 1 3\n1 1 0 1\n", "duration -4"),
        ("2 2\n0 1.5 1 3\n1 1 0 1\n", "whole numbers"),
        ("2 2\n0 1 1 3\n1 1 0 1\n7 7\n", "after the 2 jobs"),
        ("1 2 2.0\n2 1 1 3 2 1 3\n", "2 alternatives, which does not fit"),
        (FLEXIBLE + "0 1\n", "found 2 setup times, expected 2 machines x 3 x 3"),
        ("2\n2\n5 6\n7 8\n0 1\n", "found 8 numbers, expected 14"),
        ("1 2 3 4\n", "number of jobs and of machines"),
    ],
)
def test_a_fault_names_the_place_and_the_rule(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_instance(write(tmp_path, text))


def test_an_unknown_layout_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(InputError, match="'jobshop' is unknown, expected one of jsp"):
        read_instance(write(tmp_path, JOB_SHOP), layout="jobshop")
    with pytest.raises(InputError, match="no such file"):
        read_instance(tmp_path / "none.txt")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the data folder ../shared/data is absent")
def test_every_shared_instance_is_of_its_folders_layout():
    files = [p for p in SHARED.rglob("*") if p.is_file() and p.suffix != ".csv"]
    small = [p for p in files if p.stat().st_size < 1_000_000]
    assert len(small) > 80
    folder_of = {"large": "jsp", "hurink_vdata": "fjsp"}
    for path in small:
        read = read_instance(path)
        assert read.layout == folder_of.get(path.parent.name, path.parent.name), path
        assert np.all(np.diff(read.problem.mode_first) >= 1)
