"""Names of people do not get into a plant folder."""

from pathlib import Path

import polars as pl
import pytest

from zhizao._base.errors import InputError
from zhizao.connect import KEY_FILE, read_drop
from zhizao.serve.steps import drop

WORK = """order,operation,machine,operator,start,end
A,cut,M1,Li Wei,2024-01-01 08:00,2024-01-01 09:00
A,drill,M2,Müller,2024-01-01 09:00,2024-01-01 10:00
B,cut,M1,Li Wei,2024-01-01 09:00,2024-01-01 11:00
B,cut,M1,Li Wei,2024-01-01 09:00,2024-01-01 11:00
C,cut,M1,Müller,,
"""


def _folder(tmp_path: Path) -> Path:
    (tmp_path / "work.csv").write_text(WORK, encoding="utf-8")
    return tmp_path / "plant"


def test_no_file_of_the_folder_holds_a_name(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    result = drop([tmp_path / "work.csv"], into=folder)
    assert result.set_aside.height == 2
    operators = result.records.operations["operator"]
    assert operators.n_unique() == 2
    assert operators.str.contains(r"^op-[0-9a-f]{8}$").all()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"Li Wei" not in content, path
            assert "Müller".encode() not in content, path
    assert "Li Wei" not in str(pl.read_parquet(folder / "records.parquet").rows())


def test_the_same_person_has_the_same_pseudonym_in_a_plant_and_another_one_elsewhere(
    tmp_path: Path,
) -> None:
    folder = _folder(tmp_path)
    first = drop([tmp_path / "work.csv"], into=folder).records.operations["operator"]
    again = drop([tmp_path / "work.csv"], into=folder).records.operations["operator"]
    other = drop([tmp_path / "work.csv"], into=tmp_path / "other").records.operations["operator"]
    assert first.to_list() == again.to_list()
    assert set(first) & set(other) == set()


def test_names_stay_where_that_is_asked_for(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    result = drop([tmp_path / "work.csv"], into=folder, keep_operator_names=True)
    assert set(result.records.operations["operator"]) == {"Li Wei", "Müller"}
    assert not (folder / KEY_FILE).exists()
    assert set(read_drop([tmp_path / "work.csv"]).records.operations["operator"]) >= {"Li Wei"}


def test_a_damaged_key_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    folder.mkdir()
    (folder / KEY_FILE).write_text("not a key", encoding="utf-8")
    with pytest.raises(InputError, match="does not hold a key"):
        drop([tmp_path / "work.csv"], into=folder)
    assert [p.name for p in folder.iterdir()] == [KEY_FILE]
