"""What the plant's own past says about how late 'late' is.

A twin that was learnt from a few weeks does not know everything that can delay an
order (a customer's question, missing material, an order that is set aside), so its P90
tends to be kept too seldom. The past shows by how much: forecasts made earlier are
compared with what is known by now, and the half of every forecast beyond its median
gets a hidden delay more, exponential, with the least mean that would have let nine in
ten of those orders keep their P90. The median stays. This is conformal calibration
(Vovk et al. 2005) with one parameter, with orders that are still open as Kaplan–Meier
(1958) counts them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.learn.trust.censoring import Prediction, share_before

Floats = NDArray[np.float64]

_LEVEL = 0.9
_LEAST_COMPLETED = 10
_MEANS_H = np.geomspace(1.0, 4000.0, 50)


def with_hidden_delay(sample_s: Floats, mean_h: float) -> Floats:
    """Return sorted samples, one or a row each, whose values beyond the median are later.

    The last ones are delayed most: the value at the share u of its sample gets the exponential
    quantile at 2u - 1.

    Examples
    --------
    >>> with_hidden_delay(np.array([1.0, 2.0, 3.0, 4.0]) * 3600.0, 10.0).round() / 3600.0
    array([ 1.        ,  2.        ,  5.87694444, 17.86305556])
    """
    size = sample_s.shape[-1]
    share = (np.arange(size) + 0.5) / size
    late = np.log(np.minimum(2.0 * (1.0 - share), 1.0))
    return np.asarray(sample_s - late * mean_h * SECONDS_PER_HOUR, dtype=np.float64)


def learn_hidden_delay(past: Sequence[Prediction]) -> float:
    """Return the least mean delay in hours with which nine in ten past orders kept their P90.

    Parameters
    ----------
    past
        Forecasts made earlier and what is known of those orders by now. With fewer than
        ten completed ones it is 0, as where nothing is missing. The delay moves no P90 by
        more than the longest time for which an order was followed: nobody has seen more.
    """
    if sum(p.is_done for p in past) < _LEAST_COMPLETED:
        return 0.0
    seen_h = max(p.end_s for p in past) / SECONDS_PER_HOUR
    most_h = seen_h / -math.log(2.0 * (1.0 - _LEVEL))
    places = _Places.of(past)
    is_done = np.array([p.is_done for p in past], dtype=bool)
    for mean_h in (0.0, *_MEANS_H[most_h > _MEANS_H].tolist()):
        share = share_before(places.delayed(mean_h), is_done, _LEVEL)
        if share is not None and share >= _LEVEL:
            return float(mean_h)
    return float(most_h)


@dataclass(frozen=True)
class _Places:
    """Forecasts with samples of the same size, a row each, and which of all they are."""

    n: int
    groups: list[tuple[NDArray[np.int64], Floats, Floats]]

    @classmethod
    def of(cls, past: Sequence[Prediction]) -> "_Places":
        sizes = np.array([p.sample_s.size for p in past])
        groups = []
        for size in np.unique(sizes):
            rows = np.flatnonzero(sizes == size)
            samples = np.stack([past[i].sample_s for i in rows.tolist()])
            groups.append((rows, samples, np.array([past[i].end_s for i in rows.tolist()])))
        return cls(len(past), groups)

    def delayed(self, mean_h: float) -> Floats:
        """Return the share of each sample, delayed, that lies before what happened."""
        found = np.zeros(self.n)
        for rows, samples, end_s in self.groups:
            before = with_hidden_delay(samples, mean_h) < end_s[:, None]
            found[rows] = before.sum(axis=1) / samples.shape[1]
        return found
