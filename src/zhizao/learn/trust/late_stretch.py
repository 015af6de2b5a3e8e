"""How much wider the late half of the combined forecast has to be, by what became of earlier ones.

The hidden delay of the twin (``hidden_delay``) is the same for every order. Like orders
already know of such delays, what they do not know is how uncertain they are: so here the late half
of each forecast is stretched in proportion, by the least factor with which nine in ten earlier
orders would have kept their P90. The median stays. Conformal calibration (Vovk et al. 2005)
with one parameter; open orders as Kaplan–Meier (1958) counts them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.trust.censoring import Prediction, coverage, quantile

Floats = NDArray[np.float64]

_LEVEL = 0.9
_LEAST_COMPLETED = 10
_FACTORS = np.geomspace(1.0, 20.0, 32)


def with_late_stretch(sample_s: Floats, factor: float) -> Floats:
    """Return a sorted sample whose values beyond the median are so many times as far from it.

    Examples
    --------
    >>> with_late_stretch(np.array([1.0, 2.0, 3.0, 4.0]), 2.0)
    array([1., 2., 4., 6.])
    """
    middle = quantile(sample_s, 0.5)
    later = np.maximum(sample_s - middle, 0.0) if np.isfinite(middle) else np.zeros(1)
    return np.asarray(sample_s + (factor - 1.0) * later, dtype=np.float64)


def learn_late_stretch(past: Sequence[Prediction]) -> float:
    """Return the least factor with which nine in ten past orders kept their P90.

    Parameters
    ----------
    past
        Forecasts made earlier and what is known of those orders by now. With fewer than ten
        completed ones it is 1. No P90 is moved by more than the longest time for which
        an order was followed: nobody has seen more.
    """
    if sum(p.is_done for p in past) < _LEAST_COMPLETED:
        return 1.0
    p90_s = np.array([quantile(p.sample_s, _LEVEL) for p in past])
    late_s = p90_s - np.array([quantile(p.sample_s, 0.5) for p in past])
    widest_s = float(np.max(late_s, where=np.isfinite(late_s), initial=0.0))
    seen_s = max(p.end_s for p in past)
    allowed = _FACTORS[(_FACTORS - 1.0) * widest_s <= seen_s]
    for factor in allowed.tolist():
        tried = [
            Prediction(
                sample_s=with_late_stretch(p.sample_s, factor), point_s=p.point_s, end_s=p.end_s,
                is_done=p.is_done,
            )
            for p in past
        ]  # fmt: skip
        share = coverage(tried, _LEVEL)
        if share is not None and share >= _LEVEL:
            return float(factor)
    return float(allowed[-1])
