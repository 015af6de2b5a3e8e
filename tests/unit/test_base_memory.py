"""Memory is kept for commands on long logs, and garbage collection is as it was afterwards."""

import gc
import os
import subprocess
import sys

import pytest

from zhizao._base.memory import few_collections, keep_freed_memory

KEPT = "dirty_decay_ms:-1,muzzy_decay_ms:-1"
OF_POLARS = "dirty_decay_ms:500,muzzy_decay_ms:1000"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", KEPT),
        (OF_POLARS, KEPT),
        (f"{OF_POLARS},{KEPT}", KEPT),
        (KEPT, KEPT),
        ("dirty_decay_ms:7", f"{KEPT},dirty_decay_ms:7"),
        (f"{OF_POLARS},dirty_decay_ms:7", f"{KEPT},dirty_decay_ms:7"),
    ],
)
def test_what_a_person_set_for_the_allocator_comes_last_and_so_stays(
    monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setenv("_RJEM_MALLOC_CONF", before)
    keep_freed_memory()
    assert os.environ["_RJEM_MALLOC_CONF"] == after


def test_learning_at_the_command_line_sets_the_allocator_before_polars_is_loaded() -> None:
    code = (
        "import os, sys, builtins\n"
        "plain = builtins.__import__\n"
        "def watched(name, *rest, **more):\n"
        "    if name == 'polars' and 'polars' not in sys.modules:\n"
        "        print(os.environ.get('_RJEM_MALLOC_CONF'))\n"
        "    return plain(name, *rest, **more)\n"
        "builtins.__import__ = watched\n"
        "from zhizao.cli import main\n"
        "sys.argv = ['zhizao', 'learn', 'no such folder']\n"
        "main()\n"
    )
    environment = {**os.environ, "_RJEM_MALLOC_CONF": OF_POLARS}
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert said.stdout.splitlines()[:1] == [KEPT]


def test_collections_are_as_before_even_after_an_error() -> None:
    before = gc.get_threshold()

    @few_collections()
    def fails() -> None:
        assert gc.get_threshold()[0] >= 200_000
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails()
    assert gc.get_threshold() == before


def test_a_collector_that_was_switched_off_stays_off() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with few_collections():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
