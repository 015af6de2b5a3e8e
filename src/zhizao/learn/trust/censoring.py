"""Scores of predicted completions where some orders were still open at the log's end.

An order that is open at the end of the log has a completion *after* it. To
leave it out would favour short orders; to take the end for its completion
would favour early predictions. Both quantities are therefore right-censored
and estimated by Kaplan–Meier (1958):

* coverage: each order's completion is turned into its place u in its own
  predictive distribution (the share of simulated completions before it). For
  an open order, u is at least its place at the log's end. The coverage of P90
  is the estimate of P(u < 0.9).
* absolute error: for an open order whose P50 lies before the log's end the
  error is at least the distance between the two; if its P50 lies after the
  end, the error is at least 0. The median is where the survival curve of the
  error crosses one half, ``None`` if it never does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.statistics.intervals import survival_quantiles, survival_steps
from zhizao.learn.trust.scores import Score

Floats = NDArray[np.float64]

_LEVELS = tuple(k / 10 for k in range(1, 10))
_BOOTSTRAPS = 200
_LEAST_ORDERS = 5


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A predictive sample of one completion and what happened, seconds.

    ``sample_s`` is sorted; inf: not within the horizon. ``end_s`` is the
    completion, or the end of the log if ``is_done`` is false. ``point_s`` is
    the one number that the method would name.
    """

    sample_s: Floats
    point_s: float
    end_s: float
    is_done: bool

    def place(self) -> float:
        """Return the share of the sample that lies before the completion."""
        return float(np.searchsorted(self.sample_s, self.end_s, side="left") / self.sample_s.size)


def quantile(sample_s: Floats, level: float) -> float:
    """Return a quantile of a sorted sample: the least value with at least that share up to it.

    Examples
    --------
    >>> quantile(np.array([1.0, 2.0, 3.0, np.inf]), 0.5)
    2.0
    """
    index = int(np.ceil(level * sample_s.size)) - 1
    return float(sample_s[min(max(index, 0), sample_s.size - 1)])


def score(predictions: Sequence[Prediction]) -> Score:
    """Return the accuracy of predictions.

    Examples
    --------
    >>> sample = np.array([3600.0, 7200.0, 10800.0, 14400.0])
    >>> hit = Prediction(sample_s=sample, point_s=7200.0, end_s=7200.0, is_done=True)
    >>> score([hit]).median_abs_error_h
    0.0
    """
    if not predictions:
        return Score(median_abs_error_h=None, coverage_p50=None, coverage_p90=None)
    places = np.array([p.place() for p in predictions])
    is_done = np.array([p.is_done for p in predictions])
    return Score(
        median_abs_error_h=median_h(*absolute_errors(predictions)),
        coverage_p50=share_before(places, is_done, 0.5),
        coverage_p80=share_before(places, is_done, 0.8),
        coverage_p90=share_before(places, is_done, 0.9),
        pinball_h=float(np.mean([_pinball_h(p) for p in predictions])),
    )


def absolute_errors(predictions: Sequence[Prediction]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the absolute error of each prediction in seconds, and whether it is known or a bound.

    Examples
    --------
    >>> late = Prediction(sample_s=np.array([5.0]), point_s=5.0, end_s=9.0, is_done=False)
    >>> [values.tolist() for values in absolute_errors([late])]
    [[4.0], [False]]
    """
    errors, known = [], []
    for p in predictions:
        if np.isfinite(p.point_s):
            errors.append(abs(p.end_s - p.point_s) if p.is_done else max(0.0, p.end_s - p.point_s))
            known.append(p.is_done)
        else:
            # Named only as 'after the horizon': the error is at least the distance to it.
            finite = p.sample_s[np.isfinite(p.sample_s)]
            reach = float(finite[-1]) if finite.size else p.end_s
            errors.append(max(0.0, reach - p.end_s) if p.is_done else 0.0)
            known.append(False)
    return np.array(errors), np.array(known, dtype=bool)


def coverage(predictions: Sequence[Prediction], level: float) -> float | None:
    """Return the share of orders that were done by a level of their prediction.

    Examples
    --------
    >>> sample = np.array([3600.0, 7200.0, 10800.0, 14400.0])
    >>> kept = Prediction(sample_s=sample, point_s=7200.0, end_s=3600.0, is_done=True)
    >>> coverage([kept], 0.9)
    1.0
    """
    places = np.array([p.place() for p in predictions])
    return share_before(places, np.array([p.is_done for p in predictions], dtype=bool), level)


def coverage_interval(
    predictions: Sequence[Prediction], names: Sequence[str], level: float, *, seed: int
) -> tuple[float, float] | None:
    """Return the 95 % bootstrap interval of a coverage; orders are drawn, not their forecasts.

    An order that was predicted at several cut-offs comes or stays away as a whole, because
    its forecasts are right or wrong together.
    """
    own: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        own.setdefault(name, []).append(i)
    if len(own) < _LEAST_ORDERS:
        return None
    groups = [np.array(g) for g in own.values()]
    places = np.array([p.place() for p in predictions])
    is_done = np.array([p.is_done for p in predictions], dtype=bool)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(_BOOTSTRAPS):
        drawn = np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        share = share_before(places[drawn], is_done[drawn], level)
        if share is not None:
            found.append(share)
    if not found:
        return None
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _pinball_h(prediction: Prediction) -> float:
    """Return the mean pinball loss over nine levels, hours; at least that for an open order."""
    finite = prediction.sample_s[np.isfinite(prediction.sample_s)]
    reach = float(finite[-1]) if finite.size else prediction.end_s
    losses = []
    for level in _LEVELS:
        at_s = min(quantile(prediction.sample_s, level), reach)
        late_s = prediction.end_s - at_s
        if late_s >= 0.0:
            losses.append(level * late_s)
        else:
            losses.append((1.0 - level) * -late_s if prediction.is_done else 0.0)
    return float(np.mean(losses)) / 3600.0


def median_h(errors: Floats, known: NDArray[np.bool_]) -> float | None:
    """Return the median of errors in hours (Kaplan–Meier); None where too few are known.

    Examples
    --------
    >>> median_h(np.array([3600.0, 7200.0, 10800.0]), np.array([True, True, True]))
    2.0
    """
    times, beyond = survival_steps(errors, known)
    if times.size == 0 or beyond[-1] > 0.5:
        return None
    return float(survival_quantiles(errors, known, np.array([0.5]))[0] / 3600.0)


def share_before(places: Floats, is_done: NDArray[np.bool_], level: float) -> float | None:
    """Return the share of orders whose place in their sample is below a level (Kaplan–Meier).

    Places of orders that are not done are what they are at least; None where no order is done.

    Examples
    --------
    >>> share_before(np.array([0.2, 0.95]), np.array([True, True]), 0.9)
    0.5
    """
    if not is_done.any():
        return None
    times, beyond = survival_steps(places, is_done)
    before = np.searchsorted(times, level, side="left")
    if before == 0:
        return 0.0
    return float(min(1.0, max(0.0, 1.0 - beyond[before - 1])))
