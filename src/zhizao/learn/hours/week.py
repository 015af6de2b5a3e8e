"""Open and closed stretches of a week, read from the instants at which work began or ended.

A report that bridges a night does not say that the night was worked; begins
and ends do happen only while somebody is there. So the week is cut into open
and closed stretches by the maximum likelihood of its begins and ends: Poisson
with one rate while open and a small share of it (overtime) while closed, and a
price for every change (a two-state Viterbi path round the weekly circle).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BIN_MIN = 15
N_BINS = 7 * 24 * 60 // BIN_MIN
CLOSED_RATE = 0.03
CHANGE_COST = 3.0
_CAP = 4.0
_ROUNDS = 6
_FEW_SERIES = 16


def open_bins(counts: Floats) -> Flags:
    """Return which bins of the week are open, for several weeks' sums at once.

    Parameters
    ----------
    counts : float64 array of shape (n_series, N_BINS)
        Begins and ends in each bin of the week, summed over the weeks.

    Returns
    -------
    bool array of shape (n_series, N_BINS)

    Examples
    --------
    >>> week = np.zeros((1, N_BINS))
    >>> week[0, 32:64] = 5.0  # Monday 8 to 16 h
    >>> is_open = open_bins(week)
    >>> int(is_open.sum()) * BIN_MIN / 60
    8.0
    """
    rate = np.array([row[row > 0].mean() if (row > 0).any() else 0.0 for row in counts])
    is_open = counts > 0
    for _ in range(_ROUNDS):
        # A shift's begin is crowded; without a cap it would make the quiet hours look closed.
        capped = np.minimum(counts, _CAP * np.maximum(rate, 0.25)[:, None])
        gain = capped * np.log(1 / CLOSED_RATE) - rate[:, None] * (1 - CLOSED_RATE)
        path = cheapest_path(gain / _dispersion(counts, is_open)[:, None])
        n_open = path.sum(axis=1)
        new = np.where(n_open > 0, (capped * path).sum(axis=1) / np.maximum(n_open, 1), rate)
        if np.array_equal(path, is_open):
            break
        is_open, rate = path, new
    return is_open


def _dispersion(counts: Floats, is_open: Flags) -> Floats:
    """Return variance by mean of the open bins' counts, at least 1 (quasi-likelihood).

    Begins and ends crowd where people change over; without this, the more
    reports there are, the more chance gaps would be taken for breaks.
    """
    n_open = np.maximum(is_open.sum(axis=1), 1)
    mean = (counts * is_open).sum(axis=1) / n_open
    variance = (((counts - mean[:, None]) ** 2) * is_open).sum(axis=1) / n_open
    return np.asarray(np.maximum(1.0, variance / np.maximum(mean, 1e-9)))


def cheapest_path(gain: Floats) -> Flags:
    """Return the two-state path with the greatest gain, round the circle (three turns)."""
    n_series, n_bins = gain.shape
    if n_series <= _FEW_SERIES:
        return np.array([_one_path(row.tolist()) for row in gain], dtype=np.bool_)
    turns = np.tile(gain, (1, 3))
    came_from = np.zeros((2, 3 * n_bins, n_series), dtype=np.bool_)
    closed, opened = np.zeros(n_series), np.zeros(n_series)
    for b in range(3 * n_bins):
        from_open = opened - CHANGE_COST > closed
        from_closed = closed - CHANGE_COST > opened
        came_from[0, b], came_from[1, b] = from_open, ~from_closed
        closed, opened = (
            np.where(from_open, opened - CHANGE_COST, closed),
            np.where(from_closed, closed - CHANGE_COST, opened) + turns[:, b],
        )
    state = opened > closed
    path = np.zeros((3 * n_bins, n_series), dtype=np.bool_)
    for b in range(3 * n_bins - 1, -1, -1):
        path[b] = state
        state = np.where(state, came_from[1, b], came_from[0, b])
    return path[n_bins : 2 * n_bins].T


def _one_path(gain: list[float]) -> list[bool]:
    """Return the same for one series: plain numbers are quicker than arrays of one."""
    n_bins = len(gain)
    from_open, stays_open = [], []
    closed = opened = 0.0
    for here in gain * 3:
        shuts, opens = opened - CHANGE_COST > closed, closed - CHANGE_COST > opened
        from_open.append(shuts)
        stays_open.append(not opens)
        closed, opened = (
            opened - CHANGE_COST if shuts else closed,
            (closed - CHANGE_COST if opens else opened) + here,
        )
    state = opened > closed
    path = []
    for b in range(3 * n_bins - 1, -1, -1):
        path.append(state)
        state = stays_open[b] if state else from_open[b]
    return path[::-1][n_bins : 2 * n_bins]


def runs_of(flags: Flags, *, value: bool) -> list[tuple[int, int]]:
    """Return the runs of a value round the weekly circle as (first bin, length).

    Examples
    --------
    >>> runs_of(np.array([True, False, False, True]), value=True)
    [(3, 2)]
    """
    same = flags == value
    if same.all():
        return [(0, flags.size)]
    begins = np.flatnonzero(same & ~np.roll(same, 1))
    return [(int(b), int(np.argmin(np.roll(same, -b)))) for b in begins]
