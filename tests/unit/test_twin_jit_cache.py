"""Where compiled kernels are kept, and that they work where nothing can be kept."""

import shutil
from pathlib import Path

import numpy as np

from zhizao.twin.kernels import _jit


def test_an_edit_of_any_kernel_file_gives_another_folder(tmp_path):
    folder = tmp_path / "kernels"
    shutil.copytree(
        Path(_jit.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    before = _jit.source_hash(folder)
    assert before == _jit.source_hash(Path(_jit.__file__).parent)
    with (folder / "heap.py").open("a", encoding="utf-8") as file:
        file.write("\n# an edit\n")
    assert _jit.source_hash(folder) != before


def test_the_folder_is_named_by_the_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(_jit.config, "CACHE_DIR", str(tmp_path))
    folder = _jit.cache_folder()
    assert folder is not None
    assert folder.parent == tmp_path
    assert folder.name == "kernels-" + _jit.source_hash(Path(_jit.__file__).parent)
    assert list(folder.iterdir()) == []


def test_no_folder_is_found_where_none_can_be_made(tmp_path, monkeypatch):
    file = tmp_path / "a file"
    file.write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(_jit.config, "CACHE_DIR", str(file))
    assert _jit.cache_folder() is None


def test_kernels_work_without_a_cache(monkeypatch):
    monkeypatch.setattr(_jit, "_CACHE_FOLDER", None)

    @_jit.kernel
    def twice(x):
        return 2.0 * x

    assert twice(np.float64(3.0)) == 6.0


def test_the_cache_folder_of_other_users_of_numba_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(_jit.config, "CACHE_DIR", "theirs")
    monkeypatch.setattr(_jit, "_CACHE_FOLDER", tmp_path)

    @_jit.kernel
    def thrice(x):
        return 3.0 * x

    assert _jit.config.CACHE_DIR == "theirs"
    assert thrice(np.float64(3.0)) == 9.0
