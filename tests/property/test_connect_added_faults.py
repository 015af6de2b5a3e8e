"""A fault that is put into a clean log raises that class's count, and no other's."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.connect.faults.find_faults import ROW_CODES
from zhizao.connect.faults.judge import judge
from zhizao.model.records import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
N_ORDERS = 120
STEPS = ("cut", "bend", "weld")


def clean_log(seed):
    """Orders of three steps in day shifts: each resource, operator and order does one thing at a time."""
    rng = np.random.default_rng(seed)
    rows = []
    for order in range(N_ORDERS):
        day, slot = divmod(order, 2)
        for step, name in enumerate(STEPS):
            start = 7 * 60 + slot * 250 + step * 80 + int(rng.integers(1, 9))
            begin = MONDAY + timedelta(days=day, minutes=start, seconds=int(rng.integers(60)))
            rows.append(
                {
                    "order_id": f"A{order}",
                    "operation": f"{name} on machine {step + 1}",
                    "resource": f"machine {step + 1}",
                    "operator": f"W{step + 1}",
                    "start_at": begin,
                    "end_at": begin + timedelta(minutes=int(rng.integers(20, 60))),
                    "good_quantity": float(rng.integers(1, 50)),
                }
            )
    return pl.DataFrame(rows)


def counts(frame):
    frame = frame.with_row_index("source_row").with_columns(
        pl.col("source_row").cast(pl.Int64), source=pl.lit(None, dtype=pl.String)
    )
    typed = frame.with_columns(pl.col("start_at", "end_at").cast(pl.Datetime("us", "UTC")))
    verdict = judge(Records.from_columns(typed))
    found = {fault.code: fault.rows for fault in verdict.faults}
    return {code: found.get(code, 0) for code in (*ROW_CODES, "clock_shift")}


def changed(before, after):
    return {code: after[code] - before[code] for code in before if after[code] != before[code]}


def at_row(frame, row, **values):
    here = pl.int_range(pl.len()) == row
    return frame.with_columns(
        pl.when(here).then(value).otherwise(name).alias(name) for name, value in values.items()
    )


SEED = st.integers(0, 50)
ROW = st.integers(30, 3 * N_ORDERS - 30)


@given(seed=SEED)
@settings(deadline=None, max_examples=10)
def test_a_clean_log_shows_only_the_edges_of_its_window(seed):
    found = {code for code, n in counts(clean_log(seed)).items() if n}
    assert found <= {"left_truncated", "right_truncated"}


@given(seed=SEED, row=ROW, n=st.integers(1, 3))
@settings(deadline=None, max_examples=15)
def test_a_repeated_row(seed, row, n):
    frame = clean_log(seed)
    after = counts(pl.concat([frame, *[frame.slice(row, 1)] * n]))
    assert changed(counts(frame), after) == {"duplicate": n, "near_duplicate": n}


@given(seed=SEED, row=ROW)
@settings(deadline=None, max_examples=10)
def test_a_row_repeated_with_other_pieces(seed, row):
    frame = clean_log(seed)
    other = frame.slice(row, 1).with_columns(pl.col("good_quantity") + 1.0)
    difference = changed(counts(frame), counts(pl.concat([frame, other])))
    # the second report of the slot overlaps the first; it stays in the records
    assert difference == {
        "near_duplicate": 1,
        "overlap_resource": 1,
        "overlap_operator": 1,
        "overlap_order": 1,
    }


@given(seed=SEED, row=ROW)
@settings(deadline=None, max_examples=10)
def test_a_row_without_duration(seed, row):
    frame = clean_log(seed)
    after = counts(at_row(frame, row, end_at=pl.col("start_at")))
    assert changed(counts(frame), after) == {"zero_duration": 1}


@given(seed=SEED, row=ROW)
@settings(deadline=None, max_examples=10)
def test_a_row_that_ends_before_it_starts(seed, row):
    frame = clean_log(seed)
    after = counts(at_row(frame, row, end_at=pl.col("start_at").dt.offset_by("-5m")))
    assert changed(counts(frame), after) == {"negative_duration": 1}


@given(seed=SEED, row=ROW, column=st.sampled_from(["start_at", "end_at"]))
@settings(deadline=None, max_examples=10)
def test_a_row_without_an_instant(seed, row, column):
    frame = clean_log(seed)
    after = counts(at_row(frame, row, **{column: pl.lit(None)}))
    assert changed(counts(frame), after) == {column.replace("_at", "").join(["missing_", ""]): 1}


@given(seed=SEED, row=ROW)
@settings(deadline=None, max_examples=10)
def test_a_row_without_good_pieces(seed, row):
    frame = clean_log(seed)
    assert changed(counts(frame), counts(at_row(frame, row, good_quantity=0.0))) == {
        "zero_quantity": 1
    }


@given(seed=SEED, row=ROW)
@settings(deadline=None, max_examples=10)
def test_a_row_on_another_machine_than_its_operation_names(seed, row):
    frame = clean_log(seed)
    resource = pl.lit(f"machine {(row % 3) + 7}")
    both = at_row(frame, row, resource=resource)
    assert changed(counts(frame), counts(both)) == {"resource_mismatch": 1}


@given(seed=SEED, n=st.integers(25, 40))
@settings(deadline=None, max_examples=10)
def test_rows_with_a_default_start(seed, n):
    frame = clean_log(seed)
    lengths = [1, 2]
    defaults = pl.DataFrame(
        [
            {
                "order_id": f"A{10 + 2 * i}",
                "operation": "pack",
                "resource": f"bench {i}",
                "operator": f"V{i}",
                "start_at": MONDAY + timedelta(days=5 + i),
                "end_at": MONDAY + timedelta(days=5 + i, hours=lengths[i % 2]),
                "good_quantity": 1.0,
            }
            for i in range(n)
        ]
    )
    difference = changed(counts(frame), counts(pl.concat([frame, defaults])))
    assert difference["default_duration"] == n
    assert set(difference) <= {"default_duration", "left_truncated", "right_truncated"}


@given(seed=SEED, order=st.integers(20, 80))
@settings(deadline=None, max_examples=10)
def test_a_piece_of_work_cut_at_midnight(seed, order):
    frame = clean_log(seed)
    day = MONDAY + timedelta(days=order // 2)
    pieces = [
        (day + timedelta(hours=22), day + timedelta(hours=23, minutes=59, seconds=59)),
        (day + timedelta(days=1), day + timedelta(days=1, hours=2)),
    ]
    cut = pl.DataFrame(
        [
            {
                "order_id": f"A{order}",
                "operation": "paint",
                "resource": "booth",
                "operator": "W9",
                "start_at": start,
                "end_at": end,
                "good_quantity": 1.0,
            }
            for start, end in pieces
        ]
    )
    difference = changed(counts(frame), counts(pl.concat([frame, cut])))
    assert difference["midnight_split"] == 2
    assert set(difference) <= {"midnight_split", "left_truncated", "right_truncated"}


@given(seed=SEED, day=st.integers(5, 40), n=st.integers(2, 5))
@settings(deadline=None, max_examples=10)
def test_a_slot_that_several_orders_share(seed, day, n):
    frame = clean_log(seed)
    start = MONDAY + timedelta(days=day, hours=17, minutes=3, seconds=7)
    slot = pl.DataFrame(
        [
            {
                "order_id": f"A{2 * day + i}",
                "operation": "wash",
                "resource": "washer",
                "operator": "W8",
                "start_at": start,
                "end_at": start + timedelta(minutes=30),
                "good_quantity": 1.0,
            }
            for i in range(n)
        ]
    )
    difference = changed(counts(frame), counts(pl.concat([frame, slot])))
    assert difference["shared_slot"] == n
    assert difference["overlap_resource"] == difference["overlap_operator"] == n - 1
    assert set(difference) <= {
        "shared_slot",
        "overlap_resource",
        "overlap_operator",
        "left_truncated",
        "right_truncated",
    }
