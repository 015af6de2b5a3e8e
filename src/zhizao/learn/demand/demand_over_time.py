"""How the rate of orders changes from week to week: not at all, once, or with a season.

Three models of the weekly numbers of orders of all products are compared by
the Bayesian information criterion, with a quasi-likelihood that allows for
orders that come in bunches: one rate; one change at a week common to all; a
season with one period common to all, and amplitude and phase of its own for
each product. A season is believed only where it was seen to begin again, and
what of an amplitude may be chance is taken off (James & Stein 1961).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FEW_WEEKS = 10
_LEAST_SIDE = 4
_LEAST_PERIOD = 4.0
_CYCLES = 1.25
_PLAINLY = 6.0
_FEW_ORDERS = 15
_NEWTON_ROUNDS = 25


@dataclass(frozen=True, kw_only=True)
class DemandOverTime:
    """What the rates do: ``kind`` is ``constant``, ``change`` or ``season``.

    ``from_week`` is the first week after the change (0: none). For a season:
    the period in weeks, and for each product the two coefficients of the
    logarithm of its rate, cosine and sine of weeks since the first one.
    ``gain`` is how much better than one rate it is (difference of BIC).
    """

    kind: str
    gain: float = 0.0
    from_week: int = 0
    period_weeks: float = 0.0
    waves: Floats = field(default_factory=lambda: np.empty((0, 2)))

    def factors(self, row: int, *, from_week: float, n_weeks: int) -> tuple[float, ...]:
        """Return a product's rate by its mean over a period, for weeks to come."""
        if self.kind != "season":
            return ()
        weeks: Floats = np.arange(n_weeks, dtype=np.float64) + (from_week + 0.5)
        coming = _wave(self.waves[row], weeks, self.period_weeks)
        phases: Floats = np.arange(200, dtype=np.float64) * (self.period_weeks / 200)
        cycle = _wave(self.waves[row], phases, self.period_weeks)
        return tuple(float(f) for f in coming / cycle.mean())

    def expected(self, row: int, n_weeks: int) -> Floats:
        """Return the product's factors in the weeks that were seen."""
        if self.kind != "season":
            return np.ones(n_weeks)
        return np.array(self.factors(row, from_week=0.0, n_weeks=n_weeks))


def demand_over_time(counts: Floats) -> DemandOverTime:
    """Compare the three models.

    Parameters
    ----------
    counts : float64 array of shape (n_products, n_weeks)
        Orders released in each week, the first week first.

    Examples
    --------
    >>> demand_over_time(np.full((2, 20), 9.0)).kind
    'constant'
    >>> weeks = np.arange(24)
    >>> demand_over_time(np.round(20 + 12 * np.cos(weeks * np.pi / 6))[None]).kind
    'season'
    """
    n_weeks = counts.shape[1]
    used = counts.sum(axis=1) >= _FEW_ORDERS
    if n_weeks < _FEW_WEEKS or not used.any():
        return DemandOverTime(kind="constant")
    table = counts[used]
    n_products, n_seen = table.shape[0], float(table.size)
    flat = np.repeat(table.mean(axis=1, keepdims=True), n_weeks, axis=1)
    week, stepped = _best_change(table)
    period, seasonal, waves = _best_season(table)
    dispersion = _dispersion(table, stepped, seasonal, n_products=n_products)
    base = 2 * _log_likelihood(table, flat) / dispersion
    price = np.log(n_seen)
    found = [DemandOverTime(kind="constant")]
    change = 2 * _log_likelihood(table, stepped) / dispersion - base - (n_products + 1) * price
    found.append(DemandOverTime(kind="change", gain=float(change), from_week=week))
    if period > 0:
        season = 2 * _log_likelihood(table, seasonal) / dispersion - base
        season -= (2 * n_products + 1) * price
        everyone = np.zeros((counts.shape[0], 2))
        everyone[used] = _shrunk(waves, table)
        found.append(
            DemandOverTime(kind="season", gain=float(season), period_weeks=period, waves=everyone)
        )
    best = max(found, key=lambda f: f.gain)
    return best if best.gain > _PLAINLY else found[0]


def _wave(coefficients: Floats, weeks: Floats, period: float) -> Floats:
    angle = 2 * np.pi * weeks / period
    return np.asarray(np.exp(coefficients[0] * np.cos(angle) + coefficients[1] * np.sin(angle)))


def _log_likelihood(counts: Floats, means: Floats) -> float:
    safe = np.maximum(means, 1e-9)
    return float((counts * np.log(safe) - safe).sum())


def _dispersion(counts: Floats, *models: Floats, n_products: int) -> float:
    """Return the least Pearson dispersion of the richer models, at least 1."""
    left = max(counts.size - 2 * n_products, 1)
    values = [float(((counts - m) ** 2 / np.maximum(m, 1e-9)).sum()) / left for m in models]
    return max(1.0, min(values))


def _best_change(counts: Floats) -> tuple[int, Floats]:
    """Return the week before which all rates were others, and the fitted means."""
    n_weeks = counts.shape[1]
    best, week, means = -np.inf, 0, np.empty(0)
    for w in range(_LEAST_SIDE, n_weeks - _LEAST_SIDE + 1):
        before = np.repeat(counts[:, :w].mean(axis=1, keepdims=True), w, axis=1)
        after = np.repeat(counts[:, w:].mean(axis=1, keepdims=True), n_weeks - w, axis=1)
        fitted = np.concatenate([before, after], axis=1)
        score = _log_likelihood(counts, fitted)
        if score > best:
            best, week, means = score, w, fitted
    return week, means


def _best_season(counts: Floats) -> tuple[float, Floats, Floats]:
    """Return period, fitted means and coefficients; period 0 where the log is too short."""
    n_weeks = counts.shape[1]
    longest = n_weeks / _CYCLES
    flat = np.repeat(counts.mean(axis=1, keepdims=True), n_weeks, axis=1)
    nothing = np.zeros((counts.shape[0], 2))
    if longest < _LEAST_PERIOD:
        return 0.0, flat, nothing
    best, found = -np.inf, (0.0, flat, nothing)
    # Evenly spaced in frequency, fine enough that no peak lies between two of them.
    n_steps = max(2, int(8 * n_weeks * (1 / _LEAST_PERIOD - 1 / longest)) + 1)
    for frequency in np.linspace(1 / longest, 1 / _LEAST_PERIOD, n_steps):
        waves, means = _fit_waves(counts, 1 / frequency)
        score = _log_likelihood(counts, means)
        if score > best:
            best, found = score, (float(1 / frequency), means, waves)
    return found


def _fit_waves(counts: Floats, period: float) -> tuple[Floats, Floats]:
    """Fit log-linear Poisson rates with one cosine and one sine, all products at once (Newton)."""
    weeks = np.arange(counts.shape[1]) + 0.5
    angle = 2 * np.pi * weeks / period
    design = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1)
    mean = np.maximum(counts.mean(axis=1), 1e-6)
    beta = np.stack([np.log(mean), np.zeros_like(mean), np.zeros_like(mean)], axis=1)
    for _ in range(_NEWTON_ROUNDS):
        rate = np.exp(np.clip(beta @ design.T, -20, 20))
        gradient = (counts - rate) @ design
        # A weak pull to 0 keeps a product with empty weeks finite.
        gradient[:, 1:] -= beta[:, 1:]
        hessian = np.einsum("pw,wi,wj->pij", rate, design, design)
        hessian[:, 1, 1] += 1.0
        hessian[:, 2, 2] += 1.0
        step = np.linalg.solve(hessian + 1e-9 * np.eye(3), gradient[..., None])[..., 0]
        beta = beta + np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max()) < 1e-8:
            break
    rate = np.exp(np.clip(beta @ design.T, -20, 20))
    return beta[:, 1:], rate


def _shrunk(waves: Floats, counts: Floats) -> Floats:
    """Return amplitudes less what may be chance: the variance of each coefficient is 2 / orders."""
    noise = 2 * 2.0 / np.maximum(counts.sum(axis=1), 1.0)
    size = (waves**2).sum(axis=1)
    return np.asarray(waves * np.maximum(0.0, 1.0 - noise / np.maximum(size, 1e-12))[:, None])
