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

from zhizao._base.compiled.kinds import index, inner_kernel, kernel
from zhizao.twin.kernels.draws import normal_quantile
from zhizao.twin.kernels.tables import Table

CONSTANT = 0
EXPONENTIAL = 1
LOGNORMAL = 2
WEIBULL = 3
UNIFORM = 4
NORMAL_TABLE = 5
EVEN_TABLE = 6


@inner_kernel
def factor_at(shapes: Table, numbers: NDArray[np.float64], i: int, s: float) -> float:
    """Return the factor that is exceeded with probability ``s`` in (0, 1)."""
    kind = shapes[index(i)].kind
    if kind == CONSTANT:
        return 1.0
    if kind == EXPONENTIAL:
        return -math.log(s)
    return other_factor_at(shapes, numbers, i, s)


@kernel
def other_factor_at(shapes: Table, numbers: NDArray[np.float64], i: int, s: float) -> float:
    """Return the same for the shapes that are not constant or exponential."""
    kind = shapes[index(i)].kind
    if kind == LOGNORMAL:
        return math.exp(-shapes[index(i)].a * normal_quantile(s) - shapes[index(i)].b)
    if kind == WEIBULL:
        return shapes[index(i)].b * (-math.log(s)) ** shapes[index(i)].a
    if kind == UNIFORM:
        return shapes[index(i)].a + shapes[index(i)].b * (1.0 - s)
    n_cells = shapes[index(i)].end - shapes[index(i)].first - 1
    if kind == NORMAL_TABLE:
        x = (-normal_quantile(s) - shapes[index(i)].a) / shapes[index(i)].b
    else:
        x = (1.0 - s) * n_cells
    x = min(max(x, 0.0), float(n_cells))
    cell = min(int(x), n_cells - 1)
    j = shapes[index(i)].first + cell
    low = numbers[index(j)]
    return low + (x - cell) * (numbers[index(j + 1)] - low)


@kernel
def survival_of(shapes: Table, numbers: NDArray[np.float64], i: int, factor: float) -> float:
    """Return the probability that the factor is greater than ``factor``."""
    kind = shapes[index(i)].kind
    if factor <= 0.0:
        return 1.0
    if kind == CONSTANT:
        return 1.0 if factor < 1.0 else 0.0
    if kind == EXPONENTIAL:
        return math.exp(-factor)
    if kind == LOGNORMAL:
        z = (math.log(factor) + shapes[index(i)].b) / shapes[index(i)].a
        return 0.5 * math.erfc(z / math.sqrt(2.0))
    if kind == WEIBULL:
        return math.exp(-((factor / shapes[index(i)].b) ** (1.0 / shapes[index(i)].a)))
    if kind == UNIFORM:
        return min(max(1.0 - (factor - shapes[index(i)].a) / shapes[index(i)].b, 0.0), 1.0)
    first = shapes[index(i)].first
    last = shapes[index(i)].end - 1
    if factor >= numbers[index(last)]:
        return 0.0
    if factor < numbers[index(first)]:
        return 1.0
    low = first
    high = last
    while high - low > 1:
        middle = (low + high) >> 1
        if numbers[index(middle)] <= factor:
            low = middle
        else:
            high = middle
    x = (low - first) + (factor - numbers[index(low)]) / (
        numbers[index(high)] - numbers[index(low)]
    )
    if kind == NORMAL_TABLE:
        return 0.5 * math.erfc((shapes[index(i)].a + shapes[index(i)].b * x) / math.sqrt(2.0))
    return 1.0 - x / (last - first)


@inner_kernel
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
    return rest_after(shapes, numbers, i, mean, spent, s)


@kernel
def rest_after(
    shapes: Table, numbers: NDArray[np.float64], i: int, mean: float, spent: float, s: float
) -> float:
    """Return the same where something is over."""
    left = survival_of(shapes, numbers, i, spent / mean)
    if left * s <= 0.0:
        return 0.0
    return max(0.0, mean * factor_at(shapes, numbers, i, left * s) - spent)
