"""The combined forecast: the twin's quantiles and those of like orders, weighed by the past.

The twin knows the queue, the calendars and the work; like orders know what nobody wrote down.
Which of the two is right for an order is not known beforehand, so their distributions are mixed
(the linear pool, Stone 1961). Like orders speak twice with equal voice, averaged quantile
by quantile (Vincent 1912): those that are over, which are the quick ones of a young log, and all
of them as Kaplan and Meier count, which are the slow ones of it.

The twin's share is learnt from forecasts made earlier and what had become of those
orders. Each share on a grid gets the weight of the asymmetric Laplace likelihood of what
happened, whose exponent is the pinball loss (Yu & Moyeed 2001), with the scale of the best; the
share used is the mean (exponential weights, Vovk 1990). An order counts as a quarter of an
independent one, however often it was foretold: orders of the same weeks are late together.
Without a past the share is one half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.trust.baselines import Guess
from zhizao.learn.trust.censoring import Prediction

Floats = NDArray[np.float64]

COMBINED = "combined"
LIKE = "like orders"
LEVELS: Floats = (np.arange(100) + 0.5) / 100
"""Quantiles that make a combined sample."""

_LOSS_LEVELS = np.arange(1, 10) / 10
_SHARES = np.linspace(0.0, 1.0, 11)
_LEAST_ORDERS = 5
_INDEPENDENT = 0.25
"""So much is an order worth beside those that were in progress with it."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """A forecast made earlier, and what is known by now of how it went, seconds from it.

    ``end_s`` is the completion, or until when the order was followed if ``is_done`` is
    false. ``followed_s`` is the time from the forecast until now.
    """

    order_id: str
    twin: Guess
    like: Guess
    end_s: float
    is_done: bool
    followed_s: float

    def prediction(self, guess: Guess) -> Prediction:
        """Return a guess beside what happened."""
        return Prediction(
            sample_s=guess.sample_s, point_s=guess.point_s, end_s=self.end_s, is_done=self.is_done
        )


def lines_of(sample_s: Floats, levels: Floats = LEVELS) -> Floats:
    """Return quantiles of a sorted sample; what is not within the horizon as the last that is.

    Examples
    --------
    >>> lines_of(np.array([1.0, 2.0, np.inf]), np.array([0.2, 0.5, 0.9]))
    array([1., 2., 2.])
    """
    index = np.clip(np.ceil(levels * sample_s.size).astype(np.int64) - 1, 0, sample_s.size - 1)
    finite = sample_s[np.isfinite(sample_s)]
    return np.minimum(sample_s, finite[-1] if finite.size else np.inf)[index]


def like_guess(over: Guess, followed_s: Floats | None) -> Guess:
    """Return the forecast of like orders: the mean of those that are over and of all of them.

    Parameters
    ----------
    over
        Of orders that are over.
    followed_s
        Quantiles at ``LEVELS`` of all, open ones included; None where there are none.
    """
    lines = lines_of(over.sample_s)
    return _guess(lines if followed_s is None else (lines + followed_s) / 2.0)


def combine(twin: Guess, like: Guess, *, twin_share: float) -> Guess:
    """Return the mixture of two forecasts.

    A twin that does not see the end of an order within its horizon says nothing of it.

    Examples
    --------
    >>> early, late = (Guess(sample_s=np.full(3, at), point_s=at) for at in (10.0, 20.0))
    >>> combine(early, late, twin_share=0.25).point_s
    20.0
    """
    if not np.isfinite(twin.sample_s).any():
        return like
    return _guess(_mixed(_both(twin, like)[None], twin_share, LEVELS)[0])


def combine_each(past: Sequence[Past], *, twin_share: float) -> list[Prediction]:
    """Return the mixtures of earlier forecasts beside what happened: as ``combine``, all at once."""
    twins = [np.isfinite(p.twin.sample_s).any() for p in past]
    both = [_both(p.twin, p.like) for p, is_known in zip(past, twins, strict=True) if is_known]
    mixed = iter(np.sort(_mixed(np.stack(both), twin_share, LEVELS), axis=1) if both else ())
    guesses = [
        _sorted(next(mixed)) if known else p.like for p, known in zip(past, twins, strict=True)
    ]
    return [p.prediction(guess) for p, guess in zip(past, guesses, strict=True)]


def learn_twin_share(past: Sequence[Past]) -> float:
    """Return the weight of the twin in the combined forecast, between 0 and 1.

    Forecast and outcome are both cut at the instant until which the order was followed,
    so that an order that is open then favours nobody.

    Examples
    --------
    >>> learn_twin_share([])
    0.5
    """
    usable = [p for p in past if np.isfinite(p.twin.sample_s).any()]
    n_orders = len({p.order_id for p in usable})
    if n_orders < _LEAST_ORDERS:
        return 0.5
    both = np.stack([_both(p.twin, p.like) for p in usable])
    most = np.array([p.followed_s for p in usable])
    end = np.minimum([p.end_s for p in usable], most)
    losses = np.array(
        [_pinball(np.minimum(_mixed(both, w, _LOSS_LEVELS), most[:, None]), end) for w in _SHARES]
    )
    least = losses.min()
    if least <= 0.0:
        return 0.5
    weights = np.exp(-_INDEPENDENT * n_orders * (losses / least - 1.0))
    return float(weights @ _SHARES / weights.sum())


def _mixed(both: Floats, twin_share: float, levels: Floats) -> Floats:
    """Return quantiles of mixtures, a row each: the left half of the columns is the twin's."""
    n = both.shape[1] // 2
    order = np.argsort(both, axis=1, kind="stable")
    weight = np.repeat([twin_share / n, (1.0 - twin_share) / n], n)
    below = np.cumsum(weight[order], axis=1)
    index = np.stack([(below < level - 1e-9).sum(axis=1) for level in levels], axis=1)
    index = np.take_along_axis(order, np.minimum(index, 2 * n - 1), axis=1)
    return np.asarray(np.take_along_axis(both, index, axis=1), dtype=np.float64)


def _pinball(lines: Floats, end: Floats) -> float:
    late = end[:, None] - lines
    return float(np.where(late >= 0.0, _LOSS_LEVELS * late, (_LOSS_LEVELS - 1.0) * late).mean())


def _both(twin: Guess, like: Guess) -> Floats:
    return np.concatenate([lines_of(twin.sample_s), lines_of(like.sample_s)])


def _guess(lines: Floats) -> Guess:
    return _sorted(np.sort(lines))


def _sorted(lines: Floats) -> Guess:
    return Guess(sample_s=lines, point_s=float(lines[(lines.size - 1) // 2]))
