"""Spreads of the plant → shapes of the kernels: parameters and tables of quantiles."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from zhizao.model.plant import DistributionName, Spread
from zhizao.twin.kernels.shapes import (
    CONSTANT,
    EVEN_TABLE,
    EXPONENTIAL,
    LOGNORMAL,
    NORMAL_TABLE,
    UNIFORM,
    WEIBULL,
)
from zhizao.twin.kernels.tables import SHAPE, Table

LARGEST_UNIFORM_CV = 1.0 / math.sqrt(3.0)
_Z_END = 8.2
_N_CELLS = 2048


class ShapeTables:
    """Collects the distinct spreads of a plant and numbers them; 0 is constant.

    Examples
    --------
    >>> tables = ShapeTables()
    >>> tables.number_of(Spread()), tables.number_of(Spread(distribution="gamma", cv=0.5))
    (0, 1)
    >>> tables.number_of(Spread(distribution="gamma", cv=0.5))
    1
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, float, tuple[float, ...]], int] = {}
        self._rows: list[tuple[int, float, float, NDArray[np.float64]]] = []
        self.number(distribution="constant", cv=0.0)

    def number_of(self, spread: Spread) -> int:
        """Return the number of a spread's shape."""
        return self.number(
            distribution=spread.distribution, cv=spread.cv, quantiles=spread.quantiles
        )

    def number(
        self, *, distribution: DistributionName, cv: float, quantiles: tuple[float, ...] = ()
    ) -> int:
        """Return the number of a shape; one without spread is constant."""
        if distribution not in ("exponential", "empirical") and cv == 0.0:
            distribution = "constant"
        if distribution in ("constant", "exponential", "empirical"):
            cv = 0.0
        key = (distribution, cv, quantiles)
        if key not in self._numbers:
            self._numbers[key] = len(self._rows)
            self._rows.append(_row(distribution, cv=cv, quantiles=quantiles))
        return self._numbers[key]

    def to_tables(self) -> tuple[Table, NDArray[np.float64]]:
        """Return the shapes so far as a table, and the numbers that it points into."""
        table = np.recarray(len(self._rows), dtype=SHAPE)
        first = 0
        for i, (kind, a, b, values) in enumerate(self._rows):
            table[i] = (kind, first, first + values.size, a, b)
            first += values.size
        return table, np.concatenate([row[3] for row in self._rows])


def _row(
    distribution: DistributionName, *, cv: float, quantiles: tuple[float, ...]
) -> tuple[int, float, float, NDArray[np.float64]]:
    kind, a, b, values = CONSTANT, 0.0, 0.0, np.empty(0, dtype=np.float64)
    if distribution == "exponential":
        kind = EXPONENTIAL
    elif distribution == "lognormal":
        variance = math.log1p(cv * cv)
        kind, a, b = LOGNORMAL, math.sqrt(variance), variance / 2.0
    elif distribution == "weibull":
        kind = WEIBULL
        a, b = weibull_parameters(cv)
    elif distribution == "uniform":
        half = cv * math.sqrt(3.0)
        kind, a, b = UNIFORM, 1.0 - half, 2.0 * half
    elif distribution == "gamma":
        kind, a, b = NORMAL_TABLE, -_Z_END, 2.0 * _Z_END / _N_CELLS
        values = gamma_table(cv)
    elif distribution == "empirical":
        kind, values = EVEN_TABLE, np.array(quantiles, dtype=np.float64)
    return kind, a, b, values


def weibull_parameters(cv: float) -> tuple[float, float]:
    """Return 1/k and the scale of a Weibull factor with mean 1 and a given cv.

    1 + cv² = Γ(1 + 2/k) / Γ(1 + 1/k)², solved for x = 1/k.

    Examples
    --------
    >>> [round(v, 6) for v in weibull_parameters(1.0)]
    [1.0, 1.0]
    """
    target = math.log1p(cv * cv)
    low, high = 0.0, 60.0
    while True:  # the left side grows with x: halve until the ends are neighbours
        x = 0.5 * (low + high)
        if not low < x < high:
            break
        if special.gammaln(1.0 + 2.0 * x) - 2.0 * special.gammaln(1.0 + x) < target:
            low = x
        else:
            high = x
    return x, math.exp(-float(special.gammaln(1.0 + x)))


def gamma_table(cv: float) -> NDArray[np.float64]:
    """Return quantiles of a gamma factor at evenly spaced normal scores, mean 1.

    The mean of the interpolated table under the normal density is made
    exactly 1 (it differs by about 1e-6 before).

    Examples
    --------
    >>> table = gamma_table(1.0)  # cv 1 is exponential: the median is ln 2
    >>> round(float(table[table.size // 2]), 4)
    0.6931
    """
    z = np.linspace(-_Z_END, _Z_END, _N_CELLS + 1)
    shape = 1.0 / (cv * cv)
    low = special.gammaincinv(shape, special.ndtr(z)) / shape
    high = special.gammainccinv(shape, special.ndtr(-z)) / shape
    values = np.where(z < 0.0, low, high)
    # Mean over a cell of a linear function under φ: Φ and φ at the ends give it exactly.
    mass, density = special.ndtr(z), np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    weight = np.diff(mass)
    first_moment = -np.diff(density)
    slope = np.diff(values) / np.diff(z)
    cell_means = values[:-1] * weight + slope * (first_moment - z[:-1] * weight)
    mean = values[0] * mass[0] + cell_means.sum() + values[-1] * special.ndtr(-z[-1])
    return np.ascontiguousarray(values / mean)
