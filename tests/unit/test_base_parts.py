"""Clock, files, keys and words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from zhizao._base import files
from zhizao._base.clock import to_datetime, to_seconds
from zhizao._base.errors import InputError
from zhizao._base.files import write_files
from zhizao._base.seeds import stable_key
from zhizao._base.words import say

ORIGIN = datetime(2024, 1, 1, tzinfo=UTC)


def test_seconds_and_datetimes_are_inverse_and_know_offsets():
    at = datetime(2024, 1, 1, 8, 0, 1, 500_000, tzinfo=timezone(timedelta(hours=8)))
    assert to_seconds(at, origin=ORIGIN) == 1.5
    assert to_datetime(1.5, origin=ORIGIN) == at


def test_a_datetime_without_zone_is_refused():
    with pytest.raises(InputError, match="no time zone"):
        to_seconds(ORIGIN.replace(tzinfo=None), origin=ORIGIN)
    with pytest.raises(InputError, match="no time zone"):
        to_seconds(ORIGIN, origin=ORIGIN.replace(tzinfo=None))


def test_files_are_written_as_they_are_given(tmp_path):
    write_files(tmp_path / "new", {"a.txt": "x\ny\n", "sub/b.bin": b"\x00"})
    assert (tmp_path / "new/a.txt").read_bytes() == b"x\ny\n"
    assert (tmp_path / "new/sub/b.bin").read_bytes() == b"\x00"
    assert (tmp_path / "new/a.txt").stat().st_mode & 0o777 == 0o644


def test_nothing_changes_if_one_of_the_files_cannot_be_prepared(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "b").write_text("a file where a folder is needed")
    with pytest.raises(InputError, match="cannot be written"):
        write_files(tmp_path, {"a.txt": "new", "b/c.txt": "new"})
    assert (tmp_path / "a.txt").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b"]


def test_nothing_half_written_stays_if_writing_fails(tmp_path, monkeypatch):
    def fail(_):
        raise OSError("disk is full")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(InputError, match="disk is full"):
        write_files(tmp_path, {"a.txt": "new"})
    assert list(tmp_path.iterdir()) == []


def test_a_key_depends_on_the_name_alone_and_never_changes():
    # The value is pinned: stored runs would no longer repeat if it changed.
    assert stable_key("order 1") == 0x93371723EB92F7D6
    assert 0 <= stable_key("") < 2**64
    assert len({stable_key(f"lot {i}") for i in range(1000)}) == 1000


def test_a_sentence_that_is_not_there_is_told_with_the_nearest():
    assert say("zhizao.model", "added", lang="zh", thing="M1") == "M1：新增"
    with pytest.raises(InputError, match="Did you mean 'added'"):
        say("zhizao.model", "aded")
