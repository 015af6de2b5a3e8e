"""Rows sorted once answer what a slow look at every pair of rows answers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.connect.faults.timeline import overlapping, silences, timeline_of, waits_between

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = st.one_of(st.none(), st.integers(0, 12))
ROWS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 3)), HOUR, HOUR, st.booleans()), max_size=25
)
Row = tuple[int | None, int | None, int | None, bool]


def _table(rows: list[Row]) -> pl.DataFrame:
    def at(hour: int | None) -> datetime | None:
        return None if hour is None else BEGIN + timedelta(hours=hour)

    return pl.DataFrame(
        [(name, at(start), at(end), copy) for name, start, end, copy in rows],
        schema={
            "name": pl.UInt32(), "start_at": pl.Datetime("us", "UTC"), "end_at": pl.Datetime("us", "UTC"),
            "is_copy": pl.Boolean(),
        },
        orient="row",
    )  # fmt: skip


def _of_a_name(rows: list[Row], name: int) -> list[tuple[int, int, int]]:
    """Return (start, end, row) of the rows of a name that state both, in the order of a timeline."""
    known = [(r[1], r[2], i) for i, r in enumerate(rows) if r[0] == name]
    return sorted((s, e, i) for s, e, i in known if s is not None and e is not None)


@settings(deadline=None, max_examples=100)
@given(rows=ROWS)
def test_rows_that_overlap_are_those_that_begin_before_an_earlier_end(rows: list[Row]) -> None:
    expected = [False] * len(rows)
    for name in range(4):
        whole = [(s, e, i) for s, e, i in _of_a_name(rows, name) if e >= s and not rows[i][3]]
        for k, (start, _, i) in enumerate(whole):
            expected[i] = any(end > start for _, end, _ in whole[:k])
    table = _table(rows)
    found = overlapping(timeline_of(table), table["name"], is_copy=table["is_copy"])
    assert found.to_list() == expected


@settings(deadline=None, max_examples=100)
@given(rows=ROWS)
def test_a_wait_lies_between_the_latest_end_and_the_next_start(rows: list[Row]) -> None:
    expected = []
    for name in range(4):
        timed = _of_a_name(rows, name)
        gaps = [
            start - max(e for _, e, _ in timed[:k]) for k, (start, _, _) in enumerate(timed) if k
        ]
        expected += [timedelta(hours=gap) for gap in gaps if gap > 0]
    table = _table(rows)
    assert sorted(waits_between(timeline_of(table), table["name"]).to_list()) == sorted(expected)


@settings(deadline=None, max_examples=100)
@given(rows=ROWS)
def test_a_silence_is_the_longest_time_between_two_starts(rows: list[Row]) -> None:
    table = _table(rows)
    found = {row["name"]: row for row in silences(timeline_of(table), table["name"]).iter_rows(named=True)}  # fmt: skip
    for name in range(4):
        starts = sorted(s for n, s, _, _ in rows if n == name and s is not None)
        if not starts:
            assert name not in found
            continue
        longest = max((b - a for a, b in pairwise(starts)), default=None)
        row = found[name]
        assert row["n"] == len(starts)
        assert row["first"] == BEGIN + timedelta(hours=starts[0])
        assert row["last"] == BEGIN + timedelta(hours=starts[-1])
        assert row["silence"] == (None if longest is None else timedelta(hours=longest))
