"""Which pairs of steps are looked at for lot streaming: as few joins as may be, none too few."""

from itertools import permutations

import numpy as np
import polars as pl
import pytest

from zhizao.learn.durations.stream_cases import overlap_often, that_overlap


@pytest.mark.parametrize("seed", range(6))
def test_the_same_pairs_are_left_as_when_all_orders_are_joined(seed: int) -> None:
    rng = np.random.default_rng(seed)
    operations = list("abcd")
    n_orders, mean_gap = 40, 8.0 + 3.0 * seed
    begin = np.cumsum(rng.exponential(mean_gap, (n_orders, 4)).round(), axis=1)
    visits = pl.DataFrame(
        {
            "order_id": np.repeat([f"{i}" for i in range(n_orders)], 4),
            "operation": operations * n_orders,
            "first_s": begin.ravel(),
            "last_s": (begin + rng.exponential(9.0, begin.shape).round()).ravel(),
        }
    ).sample(fraction=1.0, shuffle=True, seed=seed)
    asked = dict.fromkeys(permutations(operations, 2), 0)
    by_operation = {name: visits.filter(pl.col("operation") == name) for name in operations}
    expected = {
        (a, b)
        for a, b in asked
        if overlap_often(by_operation[a].join(by_operation[b], on="order_id", suffix="_next"))
    }
    assert set(that_overlap(asked, visits)) == expected
    assert 0 < len(expected) < len(asked)
