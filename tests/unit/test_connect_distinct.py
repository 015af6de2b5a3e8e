"""Cells looked at once each, rows told apart by their hash, rows counted by their bytes."""

import csv
import io
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao._base.errors import RecordsError
from zhizao._base.side_by_side import side_by_side
from zhizao.connect.faults.find_faults import code_lists
from zhizao.connect.files.row_lengths import check_lengths
from zhizao.connect.values import distinct
from zhizao.connect.values.cells import parse_durations, parse_numbers
from zhizao.connect.values.distinct import cells_of, is_first_of_its_kind, may_repeat

CELLS = ["1", "2,5", "1.234,5", "07:30", "1h 30min", "PT2H", "abc", "", "0", None, " 7 ", "1e3"]


@pytest.fixture
def long_column(monkeypatch: pytest.MonkeyPatch) -> pl.Series:
    monkeypatch.setattr(distinct, "_LEAST_ROWS", 100)
    rng = random.Random(5)
    return pl.Series("c", [rng.choice(CELLS) for _ in range(3_000)], dtype=pl.String)


def test_a_column_is_read_the_same_by_its_different_cells(
    long_column: pl.Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(cells_of(long_column).values) == len(CELLS)
    quick = parse_numbers(long_column, decimal=","), parse_durations(long_column, unit="min")
    monkeypatch.setattr(distinct, "_LEAST_ROWS", 10_000)
    slow = parse_numbers(long_column, decimal=","), parse_durations(long_column, unit="min")
    assert all(a.equals(b, null_equal=True) for a, b in zip(quick, slow, strict=True))
    assert quick[0].null_count() < len(long_column) > quick[1].null_count()


def test_a_column_without_a_cell_is_read_as_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_LEAST_ROWS", 0)
    empty = pl.Series("c", [None] * 5_000, dtype=pl.String)
    assert parse_numbers(empty, decimal=".").null_count() == 5_000


ROW = st.tuples(
    st.sampled_from([None, "a", "b"]), st.sampled_from([None, 0.0, 1.0, float("nan")]), st.integers(0, 2)
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, max_size=30))
def test_copies_of_rows_are_the_same_with_and_without_hashes(
    rows: list[tuple[str | None, float | None, int]],
) -> None:
    schema = {"a": pl.String(), "b": pl.Float64(), "c": pl.Int64()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    expected = frame.to_struct("row").is_first_distinct()
    assert is_first_of_its_kind(frame).to_list() == expected.to_list()
    assert all((may_repeat(frame) | expected).to_list())


@settings(deadline=None, max_examples=60)
@given(
    cells=st.lists(st.lists(st.text("ab 中", max_size=3), min_size=3, max_size=4), min_size=1, max_size=6),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["", "\n"]),
)  # fmt: skip
def test_rows_are_counted_as_a_reader_counts_them(
    cells: list[list[str]], delimiter: str, end: str
) -> None:
    header = ["x", "y", "z"]
    lines = [delimiter.join(row) for row in [header, *cells]]
    text = "\n".join(lines) + end
    is_blank = [not line.strip() for line in lines]
    read = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    is_ragged = any(
        len(row) != len(header) for row, blank in zip(read, is_blank, strict=False) if not blank
    )
    if is_ragged:
        with pytest.raises(RecordsError, match="header's 3"):
            check_lengths(text, text.encode(), header, delimiter=delimiter, name="t", first_row=1)
        return
    n, is_trimmed = check_lengths(
        text, text.encode(), header, delimiter=delimiter, name="t", first_row=1
    )
    assert n == (0 if all(is_blank[1:]) else len(cells))
    if is_trimmed:
        assert all(cell == cell.strip() for row in cells for cell in row)


@pytest.mark.parametrize(
    ("cell", "is_trimmed"), [("b", True), (" b", False), ("b ", False), ("\u3000b", False), ("中", True)]
)  # fmt: skip
def test_blanks_around_a_cell_are_seen_in_every_script(
    cell: str,
    is_trimmed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    text = f"x,y\na,{cell}\n{cell},a\n"
    _, found = check_lengths(text, text.encode(), ["x", "y"], delimiter=",", name="t", first_row=1)
    assert found is is_trimmed


def test_the_codes_of_a_row_stand_in_the_order_of_the_flags() -> None:
    flags = pl.DataFrame({"x": [True, False, True], "y": [False, False, True], "z": [True] * 3})
    assert code_lists(flags).to_list() == [["x", "z"], ["z"], ["x", "y", "z"]]
    assert code_lists(flags.select(pl.col("x") & False)).to_list() == [[], [], []]


def test_an_error_of_a_step_is_raised_where_all_were_asked_for() -> None:
    def fails() -> int:
        raise RecordsError("no")

    with pytest.raises(RecordsError, match="no"):
        side_by_side([lambda: 1, fails])
