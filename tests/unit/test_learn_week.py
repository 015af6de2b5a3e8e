"""The open and closed stretches of a week."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.learn.hours.week import CHANGE_COST, CLOSED_RATE, N_BINS, cheapest_path, open_bins


def path_bin_by_bin(gain):
    """Return the two-state path of one series by Viterbi, three turns, in the obvious way."""
    value, came_from = [0.0, 0.0], []
    for here in [*gain] * 3:
        best = []
        for state in (0, 1):
            changed, stayed = value[1 - state] - CHANGE_COST, value[state]
            best.append((max(changed, stayed), 1 - state if changed > stayed else state))
        came_from.append([previous for _, previous in best])
        value = [best[0][0], best[1][0] + here]
    state, path = int(value[1] > value[0]), []
    for previous in reversed(came_from):
        path.append(bool(state))
        state = previous[state]
    return path[::-1][len(gain) : 2 * len(gain)]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_series=st.integers(1, 6),
    n_bins=st.sampled_from([5, 24, 96]),
    spread=st.sampled_from([0.0, 0.3, 1.0, 4.0]),
    is_whole=st.booleans(),
)
def test_a_path_is_the_one_found_bin_by_bin(seed, n_series, n_bins, spread, is_whole):
    rng = np.random.default_rng(seed)
    gain = rng.normal(rng.normal(0.0, 0.5), spread, (n_series, n_bins))
    if is_whole:  # ties: gains that are as large as what a change costs
        gain = np.round(gain)
    found = cheapest_path(gain)
    assert found.tolist() == [path_bin_by_bin(row) for row in gain.tolist()]


def open_bins_round_by_round(counts):
    """Return the open bins with every series worked out anew in every round."""
    rate = np.array([row[row > 0].mean() for row in counts])
    is_open = counts > 0
    for _ in range(6):
        capped = np.minimum(counts, 4.0 * np.maximum(rate, 0.25)[:, None])
        gain = capped * np.log(1 / CLOSED_RATE) - rate[:, None] * (1 - CLOSED_RATE)
        n_open = np.maximum(is_open.sum(axis=1), 1)
        mean = (counts * is_open).sum(axis=1) / n_open
        variance = (((counts - mean[:, None]) ** 2) * is_open).sum(axis=1) / n_open
        worth = gain / np.maximum(1.0, variance / np.maximum(mean, 1e-9))[:, None]
        path = np.array([path_bin_by_bin(row) for row in worth.tolist()])
        if (path == is_open).all():
            break
        n_found = path.sum(axis=1)
        found = (capped * path).sum(axis=1) / np.maximum(n_found, 1)
        is_open, rate = path, np.where(n_found > 0, found, rate)
    return is_open


@pytest.mark.parametrize("seed", [1, 2])
def test_series_that_no_longer_change_are_left_as_they_are(seed):
    rng = np.random.default_rng(seed)
    there = (np.arange(N_BINS) % 96 > 30) & (np.arange(N_BINS) < 480)
    mean = rng.gamma(1.0, rng.choice([0.05, 0.5, 3.0], (15, 1)), (15, N_BINS)) * there
    counts = rng.poisson(mean).astype(np.float64)
    counts[:, 40] += 1.0
    assert (open_bins(counts) == open_bins_round_by_round(counts)).all()


def test_a_series_without_events_is_closed():
    assert not open_bins(np.zeros((2, N_BINS))).any()
