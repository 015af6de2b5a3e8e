"""Open and closed stretches of a week, read from the instants at which work began or ended.

A report that bridges a night does not say that the night was worked; begins
and ends do happen only while somebody is there. So the week is cut into open
and closed stretches by the maximum likelihood of its begins and ends: Poisson
with one rate while open and a small share of it (overtime) while closed, and a
price for every change (a two-state Viterbi path round the weekly circle).
"""

from dataclasses import dataclass

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
_STRETCH = 12
_TOGETHER = 40


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
    moving = np.arange(counts.shape[0])
    for _ in range(_ROUNDS):
        own, own_rate = counts[moving], rate[moving]
        # A shift's begin is crowded; without a cap it would make the quiet hours look closed.
        capped = np.minimum(own, _CAP * np.maximum(own_rate, 0.25)[:, None])
        gain = capped * np.log(1 / CLOSED_RATE) - own_rate[:, None] * (1 - CLOSED_RATE)
        path = cheapest_path(gain / _dispersion(own, is_open[moving])[:, None])
        n_open = path.sum(axis=1)
        new = np.where(n_open > 0, (capped * path).sum(axis=1) / np.maximum(n_open, 1), own_rate)
        is_same = (path == is_open[moving]).all(axis=1)
        if is_same.all():
            break
        is_still = is_same & (new == own_rate)
        is_open[moving], rate[moving] = path, new
        moving = moving[~is_still]
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
    """Return the two-state path with the greatest gain, round the circle (three turns).

    Only the lead matters, by how much an open path is ahead of a closed one: nobody changes for
    less than a change costs, so each bin cuts the lead to plus or minus that and adds its
    gain. Cuts followed by sums are such a cut and sum again, so those of a stretch of bins are put
    together first, and where the lead is cut the past is forgotten: what follows is known.
    """
    # A few series at a time stay in the processor's cache.
    parts = [_cheapest(gain[i : i + _TOGETHER]) for i in range(0, gain.shape[0], _TOGETHER)]
    return np.concatenate([np.zeros((0, gain.shape[1]), dtype=np.bool_), *parts])


def _cheapest(gain: Floats) -> Flags:
    n_series, n_bins = gain.shape
    n_each = _STRETCH if n_bins % _STRETCH == 0 else 1
    steps = np.ascontiguousarray(gain.reshape(n_series, -1, n_each).transpose(2, 0, 1))
    within = _Cut(steps, steps - CHANGE_COST, steps + CHANGE_COST).accumulated()
    before, last = _leads(within.part(-1))
    n_stretches = before.shape[1] // 3
    lead = np.empty((n_each, n_series, 2, n_stretches))
    lead[0] = before[:, n_stretches:].reshape(n_series, 2, n_stretches)
    for turn in range(2):
        lead[1:, :, turn] = within.part(slice(0, -1)).of(lead[0, :, turn])
    flat = lead.transpose(1, 2, 3, 0).reshape(n_series, 2 * n_bins)
    is_open = np.empty((n_series, 2 * n_bins + 1), dtype=np.bool_)
    is_open[:, :-1], is_open[:, -1] = flat > 0.0, last > 0.0
    # What a bin does not know of itself the next bin knows at which the lead was cut, or the end.
    place = np.arange(2 * n_bins + 1, dtype=np.int32)
    known = np.where(np.abs(flat) <= CHANGE_COST, place[-1], place[:-1])
    known = np.minimum.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    return np.take_along_axis(is_open, known[:, 1 : n_bins + 1].astype(np.int64), axis=1)


@dataclass(frozen=True)
class _Cut:
    """What happens to a lead: the shift is added, then it is cut to what is between two bounds."""

    shift: Floats
    low: Floats
    high: Floats

    def part(self, index: int | slice | tuple[slice, ...]) -> "_Cut":
        return _Cut(self.shift[index], self.low[index], self.high[index])

    def of(self, lead: Floats) -> Floats:
        found = lead + self.shift
        np.maximum(found, self.low, out=found)
        return np.minimum(found, self.high, out=found)

    def then(self, other: "_Cut") -> "_Cut":
        return _Cut(self.shift + other.shift, other.of(self.low), other.of(self.high))

    def accumulated(self) -> "_Cut":
        """Return the first, the first two, the first three, ... put together, along the first axis."""
        found = _Cut(self.shift.copy(), self.low.copy(), self.high.copy())
        for i in range(1, self.shift.shape[0]):
            found.put(i, found.part(i - 1).then(found.part(i)))
        return found

    def put(self, index: int | tuple[slice, ...], other: "_Cut") -> None:
        self.shift[index], self.low[index], self.high[index] = other.shift, other.low, other.high


def _leads(stretch: _Cut) -> tuple[Floats, Floats]:
    """Return the lead before each stretch in three turns, and after them (Hillis & Steele 1986)."""
    every = _Cut(stretch.shift.copy(), stretch.low.copy(), stretch.high.copy())
    n_stretches, n_before = every.shift.shape[1], 1
    while n_before < n_stretches:
        ahead = (slice(None), slice(n_before, None))
        behind = (slice(None), slice(None, -n_before))
        every.put(ahead, every.part(behind).then(every.part(ahead)))
        n_before *= 2
    lead, found = np.zeros((every.shift.shape[0], 1)), []
    for _ in range(3):
        after = every.of(lead)
        found.append(np.concatenate([lead, after[:, :-1]], axis=1))
        lead = after[:, -1:]
    return np.concatenate(found, axis=1), lead[:, 0]


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
