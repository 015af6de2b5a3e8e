# mypy: disable-error-code="no-any-return"
"""Positive random factors with mean 1, by inversion of the survival function.

Survival instead of cumulative probability: a lot that has been worked on for
long lies far in the upper tail, where 1 - F has no digits left. Shape 0 is constant. Parameters a and b: lognormal σ and σ²/2;
weibull 1/k and scale; uniform lower end and width; normal table first z and step.
Tables lie in ``numbers``, rows ``first`` … ``end - 1``: factors at evenly spaced
normal scores, or at evenly spaced probabilities from 0 to 1.
"""

import math

import numpy as np
from numpy.typing import NDArray

from zhizao.twin.kernels._jit import kernel
from zhizao.twin.kernels.draws import normal_quantile
from zhizao.twin.kernels.tables import Table

CONSTANT = 0
EXPONENTIAL = 1
LOGNORMAL = 2
WEIBULL = 3
UNIFORM = 4
NORMAL_TABLE = 5
EVEN_TABLE = 6


@kernel
def factor_at(shapes: Table, numbers: NDArray[np.float64], i: int, s: float) -> float:
    """Return the factor that is exceeded with probability ``s`` in (0, 1)."""
    kind = shapes[i].kind
    if kind == CONSTANT:
        return 1.0
    if kind == EXPONENTIAL:
        return -math.log(s)
    if kind == LOGNORMAL:
        return math.exp(-shapes[i].a * normal_quantile(s) - shapes[i].b)
    if kind == WEIBULL:
        return shapes[i].b * (-math.log(s)) ** shapes[i].a
    if kind == UNIFORM:
        return shapes[i].a + shapes[i].b * (1.0 - s)
    n_cells = shapes[i].end - shapes[i].first - 1
    if kind == NORMAL_TABLE:
        x = (-normal_quantile(s) - shapes[i].a) / shapes[i].b
    else:
        x = (1.0 - s) * n_cells
    x = min(max(x, 0.0), float(n_cells))
    cell = min(int(x), n_cells - 1)
    j = shapes[i].first + cell
    low = numbers[j]
    return low + (x - cell) * (numbers[j + 1] - low)


@kernel
def survival_of(shapes: Table, numbers: NDArray[np.float64], i: int, factor: float) -> float:
    """Return the probability that the factor is greater than ``factor``."""
    kind = shapes[i].kind
    if factor <= 0.0:
        return 1.0
    if kind == CONSTANT:
        return 1.0 if factor < 1.0 else 0.0
    if kind == EXPONENTIAL:
        return math.exp(-factor)
    if kind == LOGNORMAL:
        z = (math.log(factor) + shapes[i].b) / shapes[i].a
        return 0.5 * math.erfc(z / math.sqrt(2.0))
    if kind == WEIBULL:
        return math.exp(-((factor / shapes[i].b) ** (1.0 / shapes[i].a)))
    if kind == UNIFORM:
        return min(max(1.0 - (factor - shapes[i].a) / shapes[i].b, 0.0), 1.0)
    first = shapes[i].first
    last = shapes[i].end - 1
    if factor >= numbers[last]:
        return 0.0
    if factor < numbers[first]:
        return 1.0
    low = first
    high = last
    while high - low > 1:
        middle = (low + high) >> 1
        if numbers[middle] <= factor:
            low = middle
        else:
            high = middle
    x = (low - first) + (factor - numbers[low]) / (numbers[high] - numbers[low])
    if kind == NORMAL_TABLE:
        return 0.5 * math.erfc((shapes[i].a + shapes[i].b * x) / math.sqrt(2.0))
    return 1.0 - x / (last - first)


@kernel
def rest_of(
    shapes: Table, numbers: NDArray[np.float64], i: int, mean: float, spent: float, s: float
) -> float:
    """Return what is left of a random time with a mean, of which ``spent`` is over.

    The total is drawn on the condition that it exceeds ``spent``: its survival
    is ``s`` times that of ``spent``. A total that cannot exceed it (constant,
    or the end of a table) leaves 0. Same unit for all times.
    """
    if mean <= 0.0:
        return 0.0
    if spent <= 0.0:
        return mean * factor_at(shapes, numbers, i, s)
    left = survival_of(shapes, numbers, i, spent / mean)
    if left * s <= 0.0:
        return 0.0
    return max(0.0, mean * factor_at(shapes, numbers, i, left * s) - spent)
