"""The part of a time that does not depend on the quantity, and robust middles.

It is found by a search over its share at the usual quantity, with Huber's loss on the
logarithms. The search costs most of what is learnt of times, so for many totals it goes by
long steps first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SHARES = np.concatenate([np.linspace(0.0, 1.0, 51)])
_BLOCK = 16_384
_FEW = 1_000
"""Of more totals than these, every fifth share is looked at first, then those around the best."""
_COARSE = 5
_HUBER = 1.345


@dataclass(frozen=True)
class TimeShape:
    """Time against quantity, 1 at the usual quantity (pieces), of which ``share`` is setup."""

    share: float
    usual_quantity: float

    def of(self, quantity: Floats) -> Floats:
        """Return the time of quantities, in times of that of the usual one.

        Examples
        --------
        >>> TimeShape(0.5, 10.0).of(np.array([10.0, 20.0])).tolist()
        [1.0, 1.5]
        """
        return self.share + (1 - self.share) * quantity / self.usual_quantity


def varies(quantity: Floats) -> bool:
    """Return whether quantities differ enough to tell setup and rate apart."""
    return bool(np.std(quantity) > 0.15 * np.mean(quantity))


def location(values: Floats) -> float:
    """Return Huber's location of values, scale by the median absolute deviation."""
    return float(locations(values[None, :])[0])


def locations(values: Floats) -> Floats:
    """Return Huber's location of each row of values."""
    centre = medians(values)
    part = values - centre[:, None]
    scale = np.maximum(1.4826 * medians(np.abs(part)), 1e-6)
    for _ in range(10):
        np.subtract(values, centre[:, None], out=part)
        np.divide(part, scale[:, None], out=part)
        np.minimum(np.maximum(part, -_HUBER, out=part), _HUBER, out=part)
        centre += part.mean(axis=1) * scale
    return centre


def medians(values: Floats) -> Floats:
    """Return the median of each row of values, without looking for what is not a number."""
    half = values.shape[1] // 2
    parted = np.partition(values, half, axis=1)
    if values.shape[1] % 2:
        return parted[:, half]
    return np.asarray((parted[:, :half].max(axis=1) + parted[:, half]) / 2)


@dataclass(frozen=True)
class ShapeProfile:
    """How well each share fits: Huber's loss in units of the scale squared, 0 for the best share.

    ``level_s`` is the median time of the usual quantity by the best share, seconds. Where the totals
    cannot tell, ``losses`` is flat.
    """

    best: TimeShape
    shares: Floats
    losses: Floats
    level_s: float


def best_time_shape(logs: Floats, quantity: Floats) -> TimeShape:
    """Return the shape that fits best.

    For more than a thousand totals, every fifth share is looked at, then those around the
    best one. Where two far apart fit alike, it may be the other one of a full search.

    Parameters
    ----------
    logs, quantity
        Logarithm of each total, and its pieces.

    Examples
    --------
    >>> quantity = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    >>> best_time_shape(np.log(5.65685 + quantity), quantity).share
    0.5
    """
    return _best(logs, quantity)[0]


def shape_profile(logs: Floats, quantity: Floats) -> ShapeProfile:
    """Return the best shape and how much worse the others fit.

    Parameters
    ----------
    logs, quantity
        As for ``best_time_shape``.

    Examples
    --------
    >>> quantity = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    >>> found = shape_profile(np.log(5.65685 + quantity), quantity)
    >>> float(found.losses.min()), found.best.share, round(found.level_s, 2)
    (0.0, 0.5, 11.31)
    """
    best, shares, losses, scale = _best(logs, quantity)
    level = medians((logs - np.log(np.maximum(best.of(quantity), 1e-9)))[None, :])
    return ShapeProfile(best, shares, (losses - losses.min()) / scale**2, float(np.exp(level[0])))


def _best(logs: Floats, quantity: Floats) -> tuple[TimeShape, Floats, Floats, float]:
    """Return the best shape, the shares that were looked at, their losses, and the scale."""
    usual = float(np.exp(np.mean(np.log(quantity))))
    if not varies(quantity) or logs.size < 5:
        share = 0.0 if not varies(quantity) else 0.3
        return TimeShape(share, usual), _SHARES, np.zeros(_SHARES.size), 1.0
    if logs.size <= _FEW:
        losses, scale = _losses(logs, quantity, usual=usual, shares=_SHARES)
        return TimeShape(float(_SHARES[int(np.argmin(losses))]), usual), _SHARES, losses, scale
    far, scale = _losses(logs, quantity, usual=usual, shares=_SHARES[::_COARSE])
    begin = max(_COARSE * (int(np.argmin(far)) - 1) + 1, 0)
    near = _SHARES[begin : begin + 2 * _COARSE - 1]
    losses, _ = _losses(logs, quantity, usual=usual, shares=near, scale=scale)
    best = TimeShape(float(near[int(np.argmin(losses))]), usual)
    shares, first = np.unique(np.concatenate([near, _SHARES[::_COARSE]]), return_index=True)
    return best, shares, np.concatenate([losses, far])[first], scale


def _losses(
    logs: Floats, quantity: Floats, *, usual: float, shares: Floats, scale: float | None = None
) -> tuple[Floats, float]:
    """Return Huber's loss by share, and its scale: given, or that of the least deviation."""
    apart = np.empty((shares.size, logs.size))
    for i, share in enumerate(shares.tolist()):
        apart[i] = logs - np.log(np.maximum(TimeShape(share, usual).of(quantity), 1e-9))
    # So many shares at a time that they stay close to the processor.
    step = max(1, _BLOCK // logs.size)
    blocks = [apart[i : i + step] for i in range(0, shares.size, step)]
    middle = np.inf
    for r in blocks:
        np.subtract(r, locations(r)[:, None], out=r)
        if scale is None:
            middle = min(middle, float(medians(np.abs(r)).min()))
    least = max(1.4826 * middle, 1e-6) if scale is None else scale
    huber = [
        np.where(np.abs(r) <= 3 * least, r**2 / 2, 3 * least * (np.abs(r) - 1.5 * least)).sum(
            axis=1
        )
        for r in blocks
    ]
    return np.concatenate(huber), least
