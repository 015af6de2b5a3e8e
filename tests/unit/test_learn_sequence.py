"""Positions and wins against a slow count, where operations occur once and where they repeat."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.routes.sequence import sequence_of


def counted(rows, operations):
    wins = np.zeros((len(operations), len(operations)))
    position = []
    for order, operation, at_s in rows:
        own = [row for row in rows if row[0] == order]
        less = sum(t < at_s for _, _, t in own)
        same = sum(t == at_s for _, _, t in own) - 1
        position.append((less + same / 2) / (len(own) - 1) if len(own) > 1 else 0.5)
        for _, other, t in own:
            wins[operations.index(operation), operations.index(other)] += (
                at_s < t and other != operation
            )
    return position, wins


@pytest.mark.parametrize("repeats", [False, True])
def test_positions_and_wins_are_those_of_a_slow_count(repeats):
    rng = np.random.default_rng(5)
    names = [f"o{i}" for i in range(9)]
    rows = [
        (f"A{rng.integers(8)}", names[rng.integers(9)], float(rng.integers(20))) for _ in range(70)
    ]
    if not repeats:
        rows = list({row[:2]: row for row in rows}.values())
    found = sequence_of(
        pl.Series([r[0] for r in rows]), pl.Series([r[1] for r in rows]), np.array([r[2] for r in rows])
    )  # fmt: skip
    position, wins = counted(rows, found.operations)
    np.testing.assert_array_equal(found.position, position)
    np.testing.assert_array_equal(found.wins, wins)


def test_many_operations_of_few_steps_are_compared_row_by_row_with_the_same_result():
    rows = [(f"A{i}", f"o{i:03d}", float(i)) for i in range(90)]
    rows += [(f"A{i}", f"o{(i + 7) % 90:03d}", float(i + 1)) for i in range(90)]
    found = sequence_of(
        pl.Series([r[0] for r in rows]), pl.Series([r[1] for r in rows]), np.array([r[2] for r in rows])
    )  # fmt: skip
    position, wins = counted(rows, found.operations)
    np.testing.assert_array_equal(found.position, position)
    np.testing.assert_array_equal(found.wins, wins)
