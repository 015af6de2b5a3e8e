"""Empirical spreads: a few equally spaced quantiles that keep mean and tails of many values.

Between its quantiles a spread is drawn evenly. Taken as they are, the least
and the greatest value would be drawn far too often: the last segment would
hold five in a hundred draws. So the end quantiles are put where the mean of
their segment is that of the values in it.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N_SEGMENTS = 20
_FINE = 50


def fine_levels() -> Floats:
    """Return the levels at which ``quantile_spread`` wants quantiles."""
    return np.linspace(0.0, 1.0, N_SEGMENTS * _FINE + 1)


def empirical_spread(values: Floats) -> dict[str, object]:
    """Return the fields of an empirical spread of positive values, scaled to mean 1.

    Examples
    --------
    >>> empirical_spread(np.array([1.0, 1.0]))["cv"]
    0.0
    """
    return quantile_spread(_quantiles(np.sort(values), fine_levels()))[1]


def _quantiles(ordered: Floats, levels: Floats) -> Floats:
    """Return ``np.quantile`` of sorted values, which need not be parted at each of many levels."""
    at = (ordered.size - 1) * levels
    below = np.floor(at)
    share, i = at - below, below.astype(np.int64)
    low, high = ordered[i], ordered[np.minimum(i + 1, ordered.size - 1)]
    apart = high - low
    return np.where(share >= 0.5, high - apart * (1 - share), low + apart * share)


def quantile_spread(fine: Floats) -> tuple[float, dict[str, object]]:
    """Return the mean of the draws and the fields of the spread.

    Parameters
    ----------
    fine
        Quantiles at ``fine_levels``.

    Examples
    --------
    >>> mean, fields = quantile_spread(np.linspace(0.0, 2.0, 1001))
    >>> round(mean, 6), round(fields["cv"], 3)
    (1.0, 0.577)
    """
    knots = fine[::_FINE].copy()
    if knots.size > 2:
        first, last = fine[: _FINE + 1], fine[-_FINE - 1 :]
        knots[0] = min(knots[1], max(0.0, 2 * _mean(first) - knots[1]))
        knots[-1] = max(knots[-2], 2 * _mean(last) - knots[-2])
    mean = _mean(knots)
    # Second moment of a line between a and b: (a² + ab + b²) / 3.
    squares = (knots[1:] ** 2 + knots[1:] * knots[:-1] + knots[:-1] ** 2) / 3
    if mean <= 0:
        return 0.0, {"distribution": "constant", "cv": 0.0}
    cv = float(np.sqrt(max(float(squares.mean()) - mean**2, 0.0))) / mean
    factors = np.maximum.accumulate(knots / mean)
    return mean, {
        "distribution": "empirical",
        "cv": cv,
        "quantiles": tuple(float(f) for f in factors),
    }


def _mean(knots: Floats) -> float:
    return float(((knots[1:] + knots[:-1]) / 2).mean())
