"""Where compiled kernels are kept, and that they work where nothing can be kept."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import zhizao
from zhizao._base.compiled import cache_folder, kinds

_PACKAGE = Path(zhizao.__file__).parent


@pytest.mark.parametrize(
    ("file", "imported"),
    [
        ("twin/kernels/event_loop.py", "twin/kernels/heap.py"),
        ("schedule/kernels/factory_search.py", "schedule/kernels/factory_calendar.py"),
    ],
)
def test_an_edit_of_any_file_that_a_kernel_file_imports_gives_another_folder(
    tmp_path, file, imported
):
    package = tmp_path / "zhizao"
    shutil.copytree(_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))

    def hash_now():
        return cache_folder.source_hash(
            cache_folder.sources_of(package / file, sources=package.parent)
        )

    before = hash_now()
    with (package / "schedule/kernels/permutation_search.py").open("a", encoding="utf-8") as other:
        other.write("\n# an edit of what it does not import\n")
    assert hash_now() == before
    with (package / imported).open("a", encoding="utf-8") as part:
        part.write("\n# an edit\n")
    assert hash_now() != before


def test_what_compiles_kernels_is_among_their_sources():
    file = _PACKAGE / "twin" / "kernels" / "heap.py"
    names = {path.name for path in cache_folder.sources_of(file)}
    assert names >= {"heap.py", "kinds.py", "linking.py", "cache_folder.py"}


def test_the_folder_is_named_by_the_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(kinds.config, "CACHE_DIR", str(tmp_path))
    file = _PACKAGE / "twin" / "kernels" / "heap.py"
    folder = cache_folder.cache_folder(file)
    assert folder is not None
    assert folder.parent == tmp_path
    assert folder.name == "kernels-" + cache_folder.source_hash(cache_folder.sources_of(file))
    assert list(folder.iterdir()) == []


def test_no_folder_is_found_where_none_can_be_made(tmp_path, monkeypatch):
    file = tmp_path / "a file"
    file.write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(kinds.config, "CACHE_DIR", str(file))
    assert cache_folder.cache_folder(Path(__file__)) is None


def test_kernels_work_without_a_cache(monkeypatch):
    monkeypatch.setattr(kinds, "_FOLDERS", {__file__: None})

    @kinds.kernel
    def twice(x):
        return 2.0 * x

    assert twice(np.float64(3.0)) == 6.0


def test_the_cache_folder_of_other_users_of_numba_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(kinds.config, "CACHE_DIR", "theirs")
    monkeypatch.setattr(kinds, "_FOLDERS", {__file__: tmp_path})

    @kinds.kernel
    def thrice(x):
        return 3.0 * x

    assert kinds.config.CACHE_DIR == "theirs"
    assert thrice(np.float64(3.0)) == 9.0
    assert list(tmp_path.iterdir()) != []
