"""What holds for intervals with drawn inputs and for stretched spans, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.twin.statistics import drawn_intervals
from zhizao.twin.study_drawn import stretched

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(
    seed=seeds, n=st.integers(2, 30), sets=st.integers(2, 12), each=st.integers(2, 5),
    shift=st.floats(-100, 100), scale=st.floats(0.01, 100),
)  # fmt: skip
def test_an_interval_moves_with_its_unit(seed, n, sets, each, shift, scale):
    rng = np.random.default_rng(seed)
    values, drawn = rng.normal(size=(n, 2)), rng.normal(size=(sets, each, 2))
    plain = drawn_intervals(values, drawn)
    moved = drawn_intervals(shift + scale * values, shift + scale * drawn)
    tolerance = 1e-9 * (abs(shift) + scale) * 100
    for name in ("mean", "low", "high"):
        expected = shift + scale * getattr(plain, name)
        np.testing.assert_allclose(getattr(moved, name), expected, atol=tolerance, rtol=1e-6)
    for name in ("chance", "data"):
        expected = scale * getattr(plain, name)
        np.testing.assert_allclose(getattr(moved, name), expected, atol=tolerance, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, n=st.integers(2, 30), sets=st.integers(2, 12), each=st.integers(2, 5))
def test_an_interval_holds_its_mean_and_is_no_narrower_than_each_part(seed, n, sets, each):
    rng = np.random.default_rng(seed)
    found = drawn_intervals(rng.gamma(0.5, size=(n, 3)), rng.gamma(0.5, size=(sets, each, 3)))
    half = (found.high - found.low) / 2
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()
    assert (half >= found.data * (1 - 1e-9)).all()
    assert ((found.p_value >= 0) & (found.p_value <= 1)).all()


@settings(max_examples=100, deadline=None)
@given(
    gaps=st.lists(st.tuples(st.floats(0.0, 10.0), st.floats(0.1, 10.0)), max_size=8),
    factor=st.floats(0.1, 3.0),
)
def test_stretched_spans_stay_apart_and_inside_the_run(gaps, factor):
    at, spans = 0.0, []
    for closed, opened in gaps:
        spans.append((at + closed, at + closed + opened))
        at = spans[-1][1]
    before = np.array(spans).reshape(-1, 2)
    end_s = at + 1.0
    after = stretched(before, factor, end_s=end_s)
    assert (after[:, 0] == before[:, 0]).all()
    assert (after[:, 1] >= after[:, 0]).all()
    assert (after[1:, 0] >= after[:-1, 1] - 1e-9).all()
    assert (after[:, 1] <= end_s + 1e-9).all()
    length, was = after[:, 1] - after[:, 0], before[:, 1] - before[:, 0]
    assert (length <= factor * was + 1e-9).all()
    if factor <= 1.0:
        assert length == pytest.approx(factor * was)
