"""How much longer than its mean a time is at a probability."""

import math

import numpy as np
from scipy import special

from zhizao._base.errors import InputError
from zhizao.model.plant import Spread


def factor_at(spread: Spread, quantile: float | None) -> float:
    """Return the factor of a spread that is not exceeded with a probability; None: its mean, 1.

    Raises
    ------
    InputError
        If the quantile is not between 0 and 1.

    Examples
    --------
    >>> round(factor_at(Spread(distribution="exponential"), 0.9), 3)
    2.303
    >>> factor_at(Spread(distribution="empirical", quantiles=(0.5, 1.0, 1.5)), 0.75)
    1.25
    """
    if quantile is None:
        return 1.0
    if not 0.0 < quantile < 1.0:
        raise InputError(f"The quantile of times is {quantile}, expected between 0 and 1.")
    return max(0.0, _shape_at(spread, quantile))


def _shape_at(spread: Spread, u: float) -> float:
    """Return the factor at a probability."""
    cv, found = spread.cv, 1.0
    if spread.distribution == "exponential":
        found = -math.log1p(-u)
    elif spread.distribution == "empirical":
        q = np.array(spread.quantiles)
        found = float(np.interp(u, np.linspace(0.0, 1.0, q.size), q))
    elif cv == 0.0 or spread.distribution == "constant":
        found = 1.0
    elif spread.distribution == "lognormal":
        variance = math.log1p(cv * cv)
        found = math.exp(math.sqrt(variance) * float(special.ndtri(u)) - variance / 2.0)
    elif spread.distribution == "uniform":
        half = cv * math.sqrt(3.0)
        found = 1.0 - half + 2.0 * half * u
    elif spread.distribution == "gamma":
        found = cv * cv * float(special.gammaincinv(1.0 / (cv * cv), u))
    elif spread.distribution == "weibull":
        x = _weibull_power(cv)
        found = math.exp(x * math.log(-math.log1p(-u)) - float(special.gammaln(1.0 + x)))
    return found


def _weibull_power(cv: float) -> float:
    """Return 1/k of a Weibull factor: 1 + cv² = Γ(1 + 2/k) / Γ(1 + 1/k)², by bisection."""
    low, high = 1e-9, 60.0
    for _ in range(200):
        middle = (low + high) / 2.0
        logs = float(special.gammaln(1.0 + 2.0 * middle) - 2.0 * special.gammaln(1.0 + middle))
        low, high = (middle, high) if logs < math.log1p(cv * cv) else (low, middle)
    return (low + high) / 2.0
