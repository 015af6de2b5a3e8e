"""Factors by which working times differ from their middle, and what is taken from them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.durations.time_shapes import location, medians
from zhizao.learn.statistics.spreads import empirical_spread

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_EMPIRICAL = 40


def ratios_of(residual: Floats, believed: Flags) -> tuple[float, Floats]:
    """Return the robust middle of log residuals, and the ratios to it without what is no working time.

    ``believed`` says which long ones really took the machine.

    Examples
    --------
    >>> middle, ratios = ratios_of(np.log([1.0, 2.0, 4.0]), np.zeros(3, dtype=bool))
    >>> ratios.round(6).tolist()
    [0.5, 1.0, 2.0]
    """
    middle = location(residual)
    low, high = _fences(residual)
    clipped = np.clip(residual, low, np.where(believed, np.inf, high))
    return middle, np.exp(clipped - middle)


@dataclass(frozen=True)
class Factors:
    """Ratios to a middle, and what is taken from them; most products of a plant share one set."""

    ratios: Floats

    @classmethod
    def around(cls, residual: Floats, believed: Flags) -> "Factors":
        """Return the factors of residuals whose own middle counts among them."""
        middle, ratios = ratios_of(residual, believed)
        return cls(ratios * np.exp(middle))

    @cached_property
    def mean(self) -> float:
        """Return their mean."""
        return float(self.ratios.mean())

    @cached_property
    def cv(self) -> float:
        """Return their standard deviation by their mean."""
        return float(np.std(self.ratios) / self.ratios.mean())

    @cached_property
    def core(self) -> float:
        """Return the median distance of their logarithms from 0."""
        return float(medians(np.abs(np.log(self.ratios))[None, :])[0])

    @cached_property
    def spread(self) -> dict[str, object]:
        """Return them as a distribution with mean 1."""
        return _spread(self.ratios / self.ratios.mean())


def _fences(residual: Floats) -> tuple[float, float]:
    """Return bounds far outside the middle half: a clock left running is not a working time."""
    low, high = np.quantile(residual, [0.25, 0.75])
    reach = 3.0 * max(high - low, 0.1)
    return float(low - reach), float(high + reach)


def _spread(ratios: Floats) -> dict[str, object]:
    """Return the spread of factors with mean 1: empirical where many, else lognormal."""
    cv = float(np.std(ratios))
    if cv < 1e-3:
        return {"distribution": "constant", "cv": 0.0}
    if ratios.size < _EMPIRICAL:
        # Other shapes, chosen on held-out values, foretold completions no better.
        return {"distribution": "lognormal", "cv": cv}
    return empirical_spread(ratios)
