"""Positive random factors with mean 1, by inversion of the survival function.

Survival instead of cumulative probability: a lot that has been worked on for
long lies far in the upper tail, where 1 - F has no digits left.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.draws import normal_quantile

CONSTANT = 0
EXPONENTIAL = 1
LOGNORMAL = 2
WEIBULL = 3
UNIFORM = 4
NORMAL_TABLE = 5
EVEN_TABLE = 6


class Shapes(NamedTuple):
    """All shapes; number 0 is constant.

    ``a``, ``b``: lognormal σ and σ²/2; weibull 1/k and scale; uniform lower
    end and width; normal table first z and step. Tables: rows
    first[i] … first[i+1]-1 of ``values``, factors at evenly spaced normal
    scores, or at evenly spaced probabilities from 0 to 1.
    """

    kind: NDArray[np.int64]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    first: NDArray[np.int64]
    values: NDArray[np.float64]


@kernel
def factor_at(shapes: Shapes, i: int, s: float) -> float:
    """Return the factor that is exceeded with probability ``s`` in (0, 1)."""
    kind = shapes.kind[i]
    if kind == CONSTANT:
        return 1.0
    if kind == EXPONENTIAL:
        return -math.log(s)
    if kind == LOGNORMAL:
        return math.exp(-shapes.a[i] * normal_quantile(s) - shapes.b[i])
    if kind == WEIBULL:
        return shapes.b[i] * (-math.log(s)) ** shapes.a[i]
    if kind == UNIFORM:
        return shapes.a[i] + shapes.b[i] * (1.0 - s)
    n_cells = shapes.first[i + 1] - shapes.first[i] - 1
    if kind == NORMAL_TABLE:
        x = (-normal_quantile(s) - shapes.a[i]) / shapes.b[i]
    else:
        x = (1.0 - s) * n_cells
    x = min(max(x, 0.0), float(n_cells))
    cell = min(int(x), n_cells - 1)
    j = shapes.first[i] + cell
    low = shapes.values[j]
    return low + (x - cell) * (shapes.values[j + 1] - low)


@kernel
def survival_of(shapes: Shapes, i: int, factor: float) -> float:
    """Return the probability that the factor is greater than ``factor``."""
    kind = shapes.kind[i]
    if factor <= 0.0:
        return 1.0
    if kind == CONSTANT:
        return 1.0 if factor < 1.0 else 0.0
    if kind == EXPONENTIAL:
        return math.exp(-factor)
    if kind == LOGNORMAL:
        z = (math.log(factor) + shapes.b[i]) / shapes.a[i]
        return 0.5 * math.erfc(z / math.sqrt(2.0))
    if kind == WEIBULL:
        return math.exp(-((factor / shapes.b[i]) ** (1.0 / shapes.a[i])))
    if kind == UNIFORM:
        return min(max(1.0 - (factor - shapes.a[i]) / shapes.b[i], 0.0), 1.0)
    first = shapes.first[i]
    last = shapes.first[i + 1] - 1
    if factor >= shapes.values[last]:
        return 0.0
    if factor < shapes.values[first]:
        return 1.0
    low = first
    high = last
    while high - low > 1:
        middle = (low + high) >> 1
        if shapes.values[middle] <= factor:
            low = middle
        else:
            high = middle
    x = (low - first) + (factor - shapes.values[low]) / (shapes.values[high] - shapes.values[low])
    if kind == NORMAL_TABLE:
        return 0.5 * math.erfc((shapes.a[i] + shapes.b[i] * x) / math.sqrt(2.0))
    return 1.0 - x / (last - first)


@kernel
def rest_of(shapes: Shapes, i: int, mean: float, spent: float, s: float) -> float:
    """Return what is left of a random time with a mean, of which ``spent`` is over.

    The total is drawn on the condition that it exceeds ``spent``: its survival
    is ``s`` times that of ``spent``. A total that cannot exceed it (constant,
    or the end of a table) leaves 0. Same unit for all times.
    """
    if mean <= 0.0:
        return 0.0
    if spent <= 0.0:
        return mean * factor_at(shapes, i, s)
    left = survival_of(shapes, i, spent / mean)
    if left * s <= 0.0:
        return 0.0
    return max(0.0, mean * factor_at(shapes, i, left * s) - spent)
