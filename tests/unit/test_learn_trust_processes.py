"""Pieces of a back-test in several processes: the same results, and nothing lost where one fails."""

import os
import time
from datetime import UTC, datetime, timedelta
from multiprocessing import active_children
from multiprocessing.context import SpawnProcess

import numpy as np
import polars as pl
import pytest

from zhizao.learn import backtest
from zhizao.learn.trust import back_test, processes
from zhizao.learn.trust.processes import cores_here
from zhizao.model import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(processes, "cores_here", lambda: 2)


def where(_asker, number):
    """Return who does it."""
    return number, os.getpid()


def meets(asker, number, folder):
    """Return who does it; whoever asked waits until the other has come."""
    if os.getpid() == asker:
        wait_for_other(folder)
    (folder / str(os.getpid())).touch()
    return number, os.getpid()


def wait_for_other(folder):
    for _ in range(1200):
        if any(path.name != str(os.getpid()) for path in folder.iterdir()):
            return
        time.sleep(0.05)


def fails_elsewhere(asker, folder):
    if os.getpid() != asker:
        (folder / str(os.getpid())).touch()
        raise ValueError("not here")
    wait_for_other(folder)
    return "done"


def dies_elsewhere(asker, folder):
    if os.getpid() != asker:
        (folder / str(os.getpid())).touch()
        os._exit(3)
    wait_for_other(folder)
    return "done"


def fails(_asker):
    raise ValueError("piece 7 has no end")


def all_of(function, given, *, n_processes):
    told = []
    with processes.in_processes(os.getpid(), n_processes=n_processes, on_done=told.append) as room:
        pieces = [room.put(function, *one) for one in given]
        found = [room.result(piece) for piece in pieces]
    assert told == sorted(told)
    assert told[-1] == len(given)
    assert not active_children()
    return found


@pytest.mark.usefixtures("two_cores")
def test_two_processes_share_the_pieces_and_the_results_come_in_their_order(tmp_path):
    found = all_of(meets, [(k, tmp_path) for k in range(20)], n_processes=2)
    assert [number for number, _ in found] == list(range(20))
    doers = {doer for _, doer in found}
    assert len(doers) == 2
    assert os.getpid() in doers


def test_one_process_does_all_itself():
    assert {doer for _, doer in all_of(where, [(k,) for k in range(3)], n_processes=1)} == {
        os.getpid()
    }


def test_there_are_no_more_processes_than_cores(monkeypatch):
    monkeypatch.setattr(processes, "cores_here", lambda: 1)
    assert {doer for _, doer in all_of(where, [(k,) for k in range(3)], n_processes=8)} == {
        os.getpid()
    }


def test_the_cores_are_those_that_this_process_may_use():
    assert 1 <= cores_here() <= (os.cpu_count() or 1)


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("function", [fails_elsewhere, dies_elsewhere])
def test_what_fails_in_the_other_process_is_done_here(function, tmp_path):
    assert all_of(function, [(tmp_path,)] * 4, n_processes=2) == ["done"] * 4
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.usefixtures("two_cores")
def test_a_piece_that_fails_everywhere_raises_here_and_ends_the_others():
    with pytest.raises(ValueError, match="piece 7 has no end"):
        all_of(fails, [()], n_processes=2)
    assert not active_children()


@pytest.mark.usefixtures("two_cores")
def test_where_no_process_can_be_started_all_is_done_here(monkeypatch):
    def refuse(_self):
        raise OSError("no more processes")

    monkeypatch.setattr(SpawnProcess, "start", refuse)
    found = all_of(where, [(k,) for k in range(3)], n_processes=2)
    assert {doer for _, doer in found} == {os.getpid()}


@pytest.mark.usefixtures("two_cores")
def test_who_is_interrupted_leaves_no_process_behind():
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not active_children()


def interrupted():
    with processes.in_processes(0, n_processes=2, on_done=lambda _: None) as room:
        room.put(where, 1)
        assert len(active_children()) == 1
        raise KeyboardInterrupt


def log():
    """Return two months of a small shop: every order is sawn, then drilled."""
    rng = np.random.default_rng(3)
    rows, free_h = [], {"saw": 0.0, "drill": 0.0}
    for k, release_h in enumerate(np.sort(rng.uniform(0.0, 1400.0, 120))):
        at_h = release_h
        for operation in ("saw", "drill"):
            begin_h = max(at_h, free_h[operation])
            at_h = free_h[operation] = begin_h + rng.gamma(4.0, 2.0)
            rows.append((f"o{k}", "AB"[k % 2], operation, begin_h, at_h, release_h))
        free_h["saw"] = max(free_h["saw"], release_h)
    frame = pl.DataFrame(
        {
            "order_id": [r[0] for r in rows],
            "product": [r[1] for r in rows],
            "operation": [r[2] for r in rows],
            "resource": [f"{r[2]} 1" for r in rows],
            "start_at": [MONDAY + timedelta(hours=float(r[3])) for r in rows],
            "end_at": [MONDAY + timedelta(hours=float(r[4])) for r in rows],
            "order_quantity": [5.0] * len(rows),
        }
    )
    return Records.from_columns(frame)


@pytest.mark.usefixtures("two_cores")
def test_a_back_test_is_the_same_in_one_process_and_in_two(monkeypatch):
    monkeypatch.setattr(back_test, "_LEAST_REPORTS", 0)
    asked = {"name": "saw and drill", "n_cutoffs": 3, "n_replications": 20}
    one, two = (backtest(log(), **asked, n_processes=n).model_dump_json() for n in (1, 2))
    assert one == two


@pytest.mark.parametrize("limit", ["_LEAST_REPORTS", "_MOST_REPORTS"])
def test_a_log_that_is_too_short_or_too_long_is_back_tested_in_one_process(monkeypatch, limit):
    asked = []

    def note(shared, *, n_processes, on_done):
        asked.append(n_processes)
        return processes.in_processes(shared, n_processes=1, on_done=on_done)

    monkeypatch.setattr(back_test, "in_processes", note)
    monkeypatch.setattr(back_test, "_LEAST_REPORTS", 10)
    monkeypatch.setattr(back_test, limit, 300 if limit == "_LEAST_REPORTS" else 100)
    backtest(log(), name="x", n_cutoffs=1, n_replications=2, n_processes=2, most_reports=0)
    assert asked == [1]
