"""The distribution of values that are known exactly, or only to lie in an interval.

Turnbull's estimate (1976) by self-consistency: a value of which only the interval is
known counts in each place of the interval as much as that place is likely. A prior
distribution counts as a few more values, so that what the intervals cannot tell stays
with the prior.

Where the values of hours on end are never seen, by night, that estimate heaps all of them at
one place that many intervals hold. With a width given, what the intervals say is smoothed in each
turn (EMS: Silverman, Jones, Wilson & Nychka 1990), on the logarithm, over as far as the
k-th nearest known value lies (k the root of their number; Breiman, Meisel & Purcell 1977): hardly
at all where values are seen, by the width where none is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_PLACES = 400
_TURNS = 400
_STILL = 1e-4
_RESOLUTION_S = 600.0
"""Below it the logarithm of a value is hardly stretched."""
_GRID = 0.1
"""On the logarithm, the widest gap without a place where shares are smoothed."""


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
    least: Floats,
    most: Floats,
    *,
    prior: Distribution | None = None,
    prior_n: float = 0.0,
    width: float = 0.0,
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
    width
        How far what intervals say is smoothed at most, on the logarithm of values and ten
        minutes; 0: not at all. Then values are seconds.

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
    if width > 0.0:
        place = _filled(place)
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
    smooth = None
    if width > 0.0:
        smooth = _kernel(place, np.sort(least[least == most]), width=width)
    is_known = pairs[:, 1] - pairs[:, 0] == 1
    np.add.at(own, pairs[is_known, 0], count[is_known].astype(np.float64))
    share, inside = _settled(
        place, pairs=pairs, count=np.where(is_known, 0.0, count), own=own, smooth=smooth
    )
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


def _filled(place: Floats) -> Floats:
    """Return the places with more between them, where they are far apart on the logarithm."""
    log = _log(place)
    n_more = np.ceil(np.diff(log) / _GRID).astype(np.int64)
    more = [
        np.linspace(log[i], log[i + 1], n_more[i] + 1)[1:-1] for i in np.flatnonzero(n_more > 1)
    ]
    if not more:
        return place
    return np.union1d(place, np.exp(np.concatenate(more)) - _RESOLUTION_S)


def _log(place: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(place, 0.0) + _RESOLUTION_S))


def _kernel(place: Floats, known: Floats, *, width: float) -> Floats | None:
    """Return to where the share of each place is smoothed, shape (n_places, n_places); rows sum to 1."""
    if place.size == 1:
        return None
    at = _log(place)
    reach = np.full(place.size, width)
    k = int(np.sqrt(known.size))
    if k:
        # The k-th nearest is the nearest end of those runs of k values that end beside the place.
        value = _log(known)
        here = np.searchsorted(value, at)
        farthest = np.full(place.size, np.inf)
        for shift in range(k + 1):
            first = np.clip(here - shift, 0, value.size - k)
            ends = np.maximum(np.abs(at - value[first]), np.abs(at - value[first + k - 1]))
            farthest = np.minimum(farthest, ends)
        reach = np.minimum(farthest, width)
    cell = np.gradient(at)
    reach = np.maximum(reach, 1e-3 * width)
    kernel = cell * np.exp(-0.5 * ((at - at[:, None]) / reach[:, None]) ** 2)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def _settled(
    place: Floats, *, pairs: Ints, count: Floats, own: Floats, smooth: Floats | None
) -> tuple[Floats, Floats]:
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
        ratio = count / inside
        np.add.at(gain, low, ratio)
        np.subtract.at(gain, high, ratio)
        told = share * np.maximum(np.cumsum(gain[:-1]), 0.0)
        share = ((told if smooth is None else told @ smooth) + own) / total
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
