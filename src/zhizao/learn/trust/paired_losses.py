"""Whether one way to learn predicts the same orders better than another, beyond the noise."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.chosen import Loss, Verdict

Floats = NDArray[np.float64]

_LEVELS = np.arange(1, 10) / 10.0
_N_GROUPS = 10
_SURE = 2.82
"""Student's t with nine degrees of freedom, one side, 1 %."""

_T95 = 2.26
"""The same, both sides, 5 %."""

_LEAST_GAIN = 0.02


def pinball_h(sample_s: Floats, end_s: Floats, *, last_s: float) -> Floats:
    """Return the mean pinball loss over P10 … P90 of each order, hours.

    What happens after the last known instant is not known of anybody, so forecast and
    outcome are both cut there: of an order that is open then, it is known that it is.

    Parameters
    ----------
    sample_s : float64 array of shape (n_orders, n_replications), seconds
        Predicted completions; NaN: not before ``last_s``.
    end_s : float64 array of shape (n_orders,), seconds
        When it was completed; ``last_s`` or later where that was not seen.
    last_s : float, seconds
        The last known instant.

    Examples
    --------
    >>> hours = 3600.0 * np.array([[1.0, 2.0, 3.0, np.nan]])
    >>> pinball_h(hours, np.array([2.0 * 3600.0]), last_s=4 * 3600.0).round(3)
    array([0.178])
    """
    n = sample_s.shape[1]
    ordered = np.sort(np.minimum(np.nan_to_num(sample_s, nan=np.inf), last_s), axis=1)
    at = np.clip(np.ceil(_LEVELS * n - 1e-9).astype(int) - 1, 0, n - 1)
    late_s = np.minimum(end_s, last_s)[:, None] - ordered[:, at]
    loss = np.maximum(_LEVELS * late_s, (_LEVELS - 1.0) * late_s)
    return np.asarray(loss.mean(axis=1) / 3600.0, dtype=np.float64)


def compare_losses(
    richer_h: Sequence[Floats], plainer_h: Sequence[Floats], *, done_s: Sequence[Floats]
) -> Loss:
    """Return whether one way to learn predicts the same orders better than another.

    Orders that are done in the same days meet the same queues and wait for the same people,
    so their losses are no independent witnesses. The differences are taken together in ten
    groups, in the order of the completions, and the noise is that between the groups (batch
    means, Student's t with nine degrees of freedom at 1 %). Both ways must also agree at
    each cut-off, and differ by two per cent of the loss.

    Parameters
    ----------
    richer_h, plainer_h
        Losses of each order at each cut-off, hours.
    done_s
        When each was done, seconds on one clock for all cut-offs.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> plain, done = rng.exponential(5.0, (2, 60)), np.arange(120.0).reshape(2, 60)
    >>> compare_losses([*(0.8 * plain)], [*plain], done_s=[*done]).verdict
    'pays'
    >>> compare_losses([*plain[::-1]], [*plain], done_s=[*done]).verdict
    'cannot_tell'
    """
    gain = np.concatenate([p - r for r, p in zip(richer_h, plainer_h, strict=True)])
    order = np.argsort(np.concatenate(list(done_s)), kind="stable")
    means = np.array([g.mean() for g in np.array_split(gain[order], _N_GROUPS) if g.size])
    mean = float(gain.mean())
    error = float(means.std(ddof=1) / np.sqrt(means.size)) if means.size > 1 else np.inf
    richer, plainer = (float(np.concatenate(list(h)).mean()) for h in (richer_h, plainer_h))
    at_cutoffs = [float((p - r).mean()) for r, p in zip(richer_h, plainer_h, strict=True)]
    is_clear = abs(mean) > _SURE * error and _is_large(mean, richer, plainer)
    verdict: Verdict = "cannot_tell"
    if is_clear and all(g > 0.0 for g in at_cutoffs):
        verdict = "pays"
    elif is_clear and all(g < 0.0 for g in at_cutoffs):
        verdict = "costs"
    return Loss(
        richer_h=richer, plainer_h=plainer, gain_h=mean, gain_low_h=mean - _T95 * error,
        gain_high_h=mean + _T95 * error, n_forecasts=gain.size, verdict=verdict,
    )  # fmt: skip


def is_large(loss: Loss) -> bool:
    """Return whether a difference is large enough to count, were it sure."""
    return _is_large(loss.gain_h, loss.richer_h, loss.plainer_h)


def _is_large(gain_h: float, richer_h: float, plainer_h: float) -> bool:
    return abs(gain_h) > _LEAST_GAIN * max(richer_h, plainer_h)
