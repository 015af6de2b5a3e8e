"""Seasons of demand: what all orders do, and what the share of each product does.

The weekly numbers of orders of all products are a total and its division: Poisson numbers,
given their sum, are multinomial. A mix that swings between products leaves the total as it
is, which waves of each product by itself would not: they would make the plant too full at one
time and too empty at another. So total and shares have waves of their own, logarithms
of the rate and of the odds, with one period.

Of a period only some weeks around the best fit can be told from each other; what is foretold
is the average over them, each by its likelihood (Hoeting, Madigan, Raftery & Volinsky 1999).
A product's wave is drawn to that of its family as far as their differences may be chance
(DerSimonian & Laird 1986), and what of a family's may be chance is taken off (James &
Stein 1961).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.statistics.codes import Ints

Floats = NDArray[np.float64]
_NEWTON_ROUNDS = 25
_TURNS = 3
_CLOSE = 1e-5
_PHASES = 200
_UNLIKELY = 12.0
"""Log-likelihood below the best at which a period no longer counts."""


@dataclass(frozen=True, kw_only=True)
class Season:
    """Waves of the total and of the products' shares, for each period that may be the true one.

    ``weight`` of shape (n_periods,) adds up to 1. ``total`` of shape (n_periods, 2) has the
    coefficients of the logarithm of the total, cosine and sine of weeks since the first; ``level``
    (n_periods, n_products) and ``mix`` (n_periods, n_products, 2) those of the logarithm of a
    product's share before all shares are brought to 1. A product without a level
    (minus infinity) has too few orders for a wave of its own and goes with the total.
    """

    period_weeks: Floats
    weight: Floats
    total: Floats
    level: Floats
    mix: Floats

    @property
    def best_period_weeks(self) -> float:
        """Return the likeliest period."""
        return float(self.period_weeks[np.argmax(self.weight)])

    def factors(self, row: int, *, from_week: float, n_weeks: int) -> Floats:
        """Return a product's rate by its mean over a period, for weeks to come."""
        weeks: Floats = np.arange(n_weeks, dtype=np.float64) + (from_week + 0.5)
        found = np.zeros(n_weeks)
        for i, (period, weight) in enumerate(zip(self.period_weeks, self.weight, strict=True)):
            phases: Floats = np.arange(_PHASES, dtype=np.float64) * (period / _PHASES)
            cycle = self._rates(i, row, phases).mean()
            found += weight * self._rates(i, row, weeks) / cycle
        return found

    def _rates(self, i: int, row: int, weeks: Floats) -> Floats:
        waves = waves_at(weeks, float(self.period_weeks[i]))
        total = np.exp(self.total[i] @ waves)
        if not np.isfinite(self.level[i, row]):
            return np.asarray(total)
        return np.asarray(total * shares(self.level[i], self.mix[i], waves)[row])


@dataclass(frozen=True, kw_only=True)
class SeasonFit:
    """Waves of one period, and the means that they give: of the total, and of the shares."""

    period_weeks: float
    total: Floats
    level: Floats
    mix: Floats
    total_mean: Floats
    share: Floats


def waves_at(weeks: Floats, period: float) -> Floats:
    """Return cosine and sine of weeks, shape (2, n_weeks).

    Examples
    --------
    >>> waves_at(np.array([0.0, 4.0]), 16.0).round(6).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    angle = 2 * np.pi * weeks / period
    return np.stack([np.cos(angle), np.sin(angle)])


def shares(level: Floats, mix: Floats, waves: Floats) -> Floats:
    """Return the shares of the products, shape (n_products, n_weeks); together they are 1.

    Examples
    --------
    >>> shares(np.zeros(2), np.array([[1.0, 0.0], [-1.0, 0.0]]), np.zeros((2, 1))).tolist()
    [[0.5], [0.5]]
    """
    logs = level[:, None] + mix @ waves
    each = np.exp(logs - logs.max(axis=0, keepdims=True))
    return np.asarray(each / each.sum(axis=0, keepdims=True))


def fit_season(counts: Floats, *, period: float) -> SeasonFit:
    """Fit the waves of total and shares with a given period.

    Parameters
    ----------
    counts : float64 array of shape (n_products, n_weeks)
        Orders of each week, the first week first; each product has some.
    period : float
        In weeks.
    """
    n_products, n_weeks = counts.shape
    waves = waves_at(np.arange(n_weeks, dtype=np.float64) + 0.5, period)
    sums = counts.sum(axis=0)
    total = _fit_waves(sums[None, :], waves, np.zeros(n_weeks))[0]
    found = np.zeros((n_products, 3))
    if n_products > 1:
        log_sums = np.log(np.maximum(sums, 0.5))
        offset, start = log_sums, None
        for _ in range(_TURNS):
            # Poisson numbers beside a free number for each week are multinomial shares.
            start = found = _fit_waves(counts, waves, offset, start=start)
            offset = log_sums - np.logaddexp.reduce(found[:, :1] + found[:, 1:] @ waves, axis=0)
    level, mix = found[:, 0], found[:, 1:]
    return SeasonFit(
        period_weeks=period, total=total[1:], level=level, mix=mix,
        total_mean=np.exp(total[0] + total[1:] @ waves), share=shares(level, mix, waves),
    )  # fmt: skip


def _fit_waves(
    counts: Floats, waves: Floats, offset: Floats, *, start: Floats | None = None
) -> Floats:
    """Return level and waves of log-linear Poisson rates, all rows at once (Newton)."""
    design = np.concatenate([np.ones((1, waves.shape[1])), waves]).T
    mean = np.maximum(counts.sum(axis=1) / np.exp(offset).sum(), 1e-9)
    beta = np.stack([np.log(mean), np.zeros_like(mean), np.zeros_like(mean)], axis=1)
    beta = beta if start is None else start
    # A weak pull to 0 keeps a product with empty weeks finite.
    pull = np.array([1e-9, 1.0, 1.0])
    for _ in range(_NEWTON_ROUNDS):
        rate = np.exp(np.clip(beta @ design.T + offset, -20, 20))
        gradient = (counts - rate) @ design - pull * [0.0, 1.0, 1.0] * beta
        hessian = (rate @ _products(design)).reshape(-1, 3, 3) + np.diag(pull)
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        beta = beta + np.clip(step, -1.0, 1.0)
        if float(np.abs(step).max()) < _CLOSE:
            break
    return beta


def _products(design: Floats) -> Floats:
    return np.asarray((design[:, :, None] * design[:, None, :]).reshape(design.shape[0], -1))


def average_season(
    fits: Sequence[SeasonFit], log_likelihood: Floats, *, counts: Floats, used: NDArray[np.bool_],
    groups: Ints, has_total: bool, has_mix: bool, dispersion: float,
) -> Season:  # fmt: skip
    """Return the season over all periods that may be the true one, without what may be chance.

    Parameters
    ----------
    fits, log_likelihood
        Of each period, with ``has_total`` and ``has_mix`` as chosen; divided by the dispersion.
    counts : float64 array of shape (n_used, n_weeks)
        What was fitted.
    used : bool array of shape (n_products,)
        Which products were.
    groups : int array of shape (n_used,)
        Number of each product's family.
    has_total, has_mix
        Whether the total swings, and whether the shares do.
    dispersion
        Variance of the weekly numbers by their mean, at least 1.
    """
    kept = np.flatnonzero(log_likelihood >= log_likelihood.max() - _UNLIKELY)
    weight = np.exp(log_likelihood[kept] - log_likelihood.max())
    orders = counts.sum(axis=1)
    total, level = np.zeros((kept.size, 2)), np.full((kept.size, used.size), -np.inf)
    mix = np.zeros((kept.size, used.size, 2))
    for i, fit in enumerate(fits[k] for k in kept.tolist()):
        if has_total:
            total[i] = _less_chance(fit.total[None], 2 * dispersion / orders.sum(keepdims=True))[0]
        if has_mix:
            mix[i, used] = drawn_to_families(fit.mix, orders / dispersion, groups)
            level[i, used] = fit.level
    return Season(
        period_weeks=np.array([fits[k].period_weeks for k in kept.tolist()]),
        weight=weight / weight.sum(), total=total, level=level, mix=mix,
    )  # fmt: skip


def drawn_to_families(waves: Floats, orders: Floats, groups: Ints) -> Floats:
    """Return the products' waves, drawn to their families' as far as they differ by chance.

    Parameters
    ----------
    waves : float64 array of shape (n_products, 2)
        Coefficients of cosine and sine.
    orders : float64 array of shape (n_products,)
        Each coefficient has the variance 2 / orders.
    groups : int array of shape (n_products,)
        Number of the product's family.

    Examples
    --------
    >>> waves = np.array([[0.5, 0.0], [0.4, 0.1], [-0.5, 0.0], [-0.4, 0.1]])
    >>> drawn = drawn_to_families(waves, np.full(4, 100.0), np.array([0, 0, 1, 1]))
    >>> bool((drawn[0] == drawn[1]).all() and (drawn[2] == drawn[3]).all())
    True
    """
    centred = waves - (orders[:, None] * waves).sum(axis=0) / orders.sum()
    precision = orders / 2.0
    n_groups = int(groups.max()) + 1
    sums = np.bincount(groups, weights=precision, minlength=n_groups)
    present = np.maximum(sums, 1e-12)
    means = np.zeros((n_groups, 2))
    np.add.at(means, groups, precision[:, None] * centred)
    means /= present[:, None]
    apart = centred - means[groups]
    freedom = 2.0 * (groups.size - np.unique(groups).size)
    squares = np.bincount(groups, weights=precision**2, minlength=n_groups) / present
    scale = 2.0 * float((sums - squares).sum())
    excess = float((precision[:, None] * apart**2).sum()) - freedom
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    trust = between / (between + 1.0 / precision)
    kept = _less_chance(means, 1.0 / present)
    return np.asarray(kept[groups] + trust[:, None] * apart)


def _less_chance(waves: Floats, variance: Floats) -> Floats:
    """Return waves less what may be chance, the variance of each coefficient being known."""
    size = (waves**2).sum(axis=1)
    kept = np.maximum(0.0, 1.0 - 2.0 * variance / np.maximum(size, 1e-12))
    return np.asarray(waves * kept[:, None])
