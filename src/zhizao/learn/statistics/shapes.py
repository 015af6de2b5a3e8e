"""The shape of a positive random value, chosen by the likelihood of values held out."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from zhizao.model.plant_times import DistributionName

Floats = NDArray[np.float64]
_ENOUGH = 20
_FOLDS = 5
_EULER_SLOPE = np.pi / np.sqrt(6.0)


def best_shape(
    values: Floats, *, usual: DistributionName = "lognormal"
) -> tuple[DistributionName, float]:
    """Return the shape and the coefficient of variation of positive values.

    Each of exponential, gamma, lognormal and Weibull is fitted to four fifths
    of the values and judged by the likelihood of the rest, five times. The
    usual shape is kept unless another one gains more than one standard error
    of the difference, and below twenty values in any case.

    Parameters
    ----------
    values
        Positive values, in any unit.
    usual
        Shape of few values.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> best_shape(rng.lognormal(0.0, 1.5, 400), usual="exponential")[0]
    'lognormal'
    """
    kept = values[values > 0]
    if kept.size < 2 or float(np.std(kept)) == 0.0:
        return ("exponential", 1.0) if usual == "exponential" else ("constant", 0.0)
    if kept.size < _ENOUGH:
        return usual, 1.0 if usual == "exponential" else float(np.std(kept) / np.mean(kept))
    order = np.random.default_rng(0).permutation(kept.size)
    gains = {name: np.empty(kept.size) for name in _FITS}
    for fold in range(_FOLDS):
        held = order[fold::_FOLDS]
        rest = np.delete(kept, held)
        for name, fit in _FITS.items():
            gains[name][held] = _log_density(
                name, kept[held], mean=float(rest.mean()), cv=fit(rest)
            )
    chosen = usual
    for name, gain in gains.items():
        better = gain - gains[chosen]
        if better.sum() > float(np.std(better)) * np.sqrt(kept.size):
            chosen = name
    return chosen, _FITS[chosen](kept)


def _lognormal_cv(values: Floats) -> float:
    return float(np.sqrt(np.expm1(min(float(np.var(np.log(values))), 4.0))))


def _gamma_cv(values: Floats) -> float:
    """Return 1/√k with Minka's (2002) start for the shape k, which is within 1.5 % of it."""
    s = max(float(np.log(values.mean()) - np.log(values).mean()), 1e-9)
    return float(1 / np.sqrt((3 - s + np.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)))


def _weibull_cv(values: Floats) -> float:
    k = _EULER_SLOPE / max(float(np.std(np.log(values))), 1e-6)
    ratio = special.gammaln(1 + 2 / k) - 2 * special.gammaln(1 + 1 / k)
    return float(np.sqrt(np.expm1(min(ratio, 4.0))))


_FITS: dict[DistributionName, Callable[[Floats], float]] = {
    "exponential": lambda _: 1.0,
    "gamma": _gamma_cv,
    "lognormal": _lognormal_cv,
    "weibull": _weibull_cv,
}


def _log_density(name: DistributionName, values: Floats, *, mean: float, cv: float) -> Floats:
    """Return the log density at values of a shape with a mean and a coefficient of variation."""
    # Written out: loading scipy.stats takes longer than learning a small plant.
    if name == "exponential":
        return np.asarray(-values / mean - np.log(mean))
    if name == "gamma":
        k, scale = 1 / cv**2, mean * cv**2
        constant = special.gammaln(k) + k * np.log(scale)
        return np.asarray((k - 1) * np.log(values) - values / scale - constant)
    if name == "lognormal":
        variance = np.log1p(cv**2)
        logs = np.log(values)
        apart = (logs - (np.log(mean) - variance / 2)) ** 2
        return np.asarray(-logs - 0.5 * (np.log(2 * np.pi * variance) + apart / variance))
    k = _weibull_power(cv)
    scaled = values * np.exp(special.gammaln(1 + 1 / k)) / mean
    return np.asarray(np.log(k * scaled**k / values) - scaled**k)


def _weibull_power(cv: float) -> float:
    """Return the Weibull power of a coefficient of variation, by bisection."""
    low, high = 0.1, 100.0
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        ratio = special.gammaln(1 + 2 / middle) - 2 * special.gammaln(1 + 1 / middle)
        low, high = (middle, high) if np.expm1(ratio) > cv**2 else (low, middle)
    return low
