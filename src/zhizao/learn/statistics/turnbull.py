"""The distribution of values that are known exactly, or only to lie in an interval.

Turnbull's estimate (1976) by self-consistency: a value of which only the interval is
known counts in each place of the interval as much as that place is likely. A prior
distribution counts as a few more values, so that what the intervals cannot tell stays
with the prior.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_PLACES = 400
_TURNS = 400
_STILL = 1e-4


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Shares at sorted places, and how many exactly known values they are worth."""

    place: Floats
    share: Floats
    n_worth: float

    @property
    def mean(self) -> float:
        """Return the mean."""
        return float(self.place @ self.share)

    @property
    def deviation(self) -> float:
        """Return the standard deviation."""
        return float(np.sqrt(self.share @ (self.place - self.mean) ** 2))

    def quantiles(self, levels: Floats) -> Floats:
        """Return quantiles: the least place with at least that share up to it."""
        index = np.searchsorted(np.cumsum(self.share), levels - 1e-9, side="left")
        return self.place[np.minimum(index, self.place.size - 1)]


def turnbull(
    least: Floats, most: Floats, *, prior: Distribution | None = None, prior_n: float = 0.0
) -> Distribution:
    """Return the distribution of values that lie between bounds.

    The bounds must not depend on the value beyond telling on which side of them it lies.
    What lies in an interval that holds no known value is put at its lower end: that is where
    Kaplan and Meier (1958) leave it too.

    Parameters
    ----------
    least, most : float64 arrays of shape (n,)
        Bounds; equal where the value is known, ``most`` infinite where only the lower is.
    prior, prior_n
        A distribution that counts as so many values more.

    Returns
    -------
    Distribution
        ``n_worth`` is n less the information that intervals lack (Louis 1982): an interval
        inside which the value varies as much as everywhere is worth nothing.

    Examples
    --------
    >>> found = turnbull(np.array([1.0, 3.0, 0.0]), np.array([1.0, 3.0, 2.0]))
    >>> found.place.tolist(), found.share.round(3).tolist()
    ([1.0, 3.0], [0.667, 0.333])
    """
    place = _places(least, most, prior)
    low = np.searchsorted(place, least, side="left")
    high = np.searchsorted(place, most, side="right")
    # A value between two places of a coarse grid lies at the nearer one.
    is_none = low >= high
    nearest = _nearest(place, least)
    low, high = np.where(is_none, nearest, low), np.where(is_none, nearest + 1, high)
    both, count = np.unique(low * (place.size + 1) + high, return_counts=True)
    pairs = np.stack(np.divmod(both, place.size + 1), axis=1)
    own = np.zeros(place.size)
    if prior is not None:
        np.add.at(own, _nearest(place, prior.place), prior_n * prior.share)
    share, inside = _settled(place, pairs=pairs, count=count.astype(np.float64), own=own)
    return Distribution(
        place=place, share=share, n_worth=_worth(place, share, pairs=pairs, inside=inside, count=count)
    )  # fmt: skip


def _places(least: Floats, most: Floats, prior: Distribution | None) -> Floats:
    """Return the places that get a share: the known values, and one in each empty interval."""
    known = np.unique(least[least == most])
    if known.size > _MOST_PLACES:
        known = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _MOST_PLACES)))
    if prior is not None:
        known = np.union1d(known, prior.place)
    is_empty = np.searchsorted(known, least, side="left") >= np.searchsorted(
        known, most, side="right"
    )
    is_empty &= least < most
    rest = np.unique(least[is_empty])
    if rest.size > _MOST_PLACES:
        rest = np.unique(np.quantile(rest, np.linspace(0.0, 1.0, _MOST_PLACES)))
    return np.union1d(known, rest)


def _nearest(place: Floats, value: Floats) -> Ints:
    after = np.clip(np.searchsorted(place, value), 1, max(1, place.size - 1))
    if place.size == 1:
        return np.zeros(value.shape, dtype=np.int64)
    is_before = value - place[after - 1] <= place[after] - value
    return np.where(is_before, after - 1, after).astype(np.int64)


def _settled(place: Floats, *, pairs: Ints, count: Floats, own: Floats) -> tuple[Floats, Floats]:
    """Return the self-consistent shares, and how much of them each interval holds."""
    low, high = pairs[:, 0], pairs[:, 1]
    total = count.sum() + own.sum()
    share = np.full(place.size, 1.0 / place.size)
    mean, scale = float(place @ share), float(place[-1] - place[0]) or 1.0
    inside = np.ones(count.size)
    for _ in range(_TURNS):
        before = np.concatenate([[0.0], np.cumsum(share)])
        inside = np.maximum(before[high] - before[low], 1e-300)
        gain = np.zeros(place.size + 1)
        np.add.at(gain, low, count / inside)
        np.subtract.at(gain, high, count / inside)
        share = (share * np.maximum(np.cumsum(gain[:-1]), 0.0) + own) / total
        share /= share.sum()
        last, mean = mean, float(place @ share)
        if abs(mean - last) < _STILL * scale / _TURNS:
            break
    return share, inside


def _worth(place: Floats, share: Floats, *, pairs: Ints, inside: Floats, count: Ints) -> float:
    """Return how many exactly known values the intervals are worth for the mean."""
    mean = float(place @ share)
    spread = float(((place - mean) ** 2) @ share)
    if spread <= 0.0:
        return float(count.sum())
    low, high = pairs[:, 0], pairs[:, 1]
    first = np.concatenate([[0.0], np.cumsum(share * (place - mean))])
    second = np.concatenate([[0.0], np.cumsum(share * (place - mean) ** 2)])
    within = (second[high] - second[low]) / inside - ((first[high] - first[low]) / inside) ** 2
    return float(count @ np.clip(1.0 - within / spread, 0.0, 1.0))
