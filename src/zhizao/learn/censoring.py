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

from zhizao.learn.intervals import survival_quantiles, survival_steps
from zhizao.learn.trust import Score

Floats = NDArray[np.float64]


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
    is_done = np.array([p.is_done for p in predictions])
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
    places = np.array([p.place() for p in predictions])
    return Score(
        median_abs_error_h=_median_h(np.array(errors), np.array(known)),
        coverage_p50=_share_before(places, is_done, 0.5),
        coverage_p90=_share_before(places, is_done, 0.9),
    )


def _median_h(errors: Floats, known: NDArray[np.bool_]) -> float | None:
    times, beyond = survival_steps(errors, known)
    if times.size == 0 or beyond[-1] > 0.5:
        return None
    return float(survival_quantiles(errors, known, np.array([0.5]))[0] / 3600.0)


def _share_before(places: Floats, is_done: NDArray[np.bool_], level: float) -> float | None:
    if not is_done.any():
        return None
    times, beyond = survival_steps(places, is_done)
    before = np.searchsorted(times, level, side="left")
    if before == 0:
        return 0.0
    return float(min(1.0, max(0.0, 1.0 - beyond[before - 1])))
