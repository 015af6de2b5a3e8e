"""What makes some totals of work far longer than the others: four answers, each a likelihood.

Either nothing does, and the tail is that of all; or some lots are slow, in proportion to their
work; or something of its own length comes on top of some lots, whatever their work; or
the machine stops, the more often the longer it works on a lot, and then stays
stopped for a time of its own. The last three are mixtures with the same number of
parameters, fitted by expectation and maximisation (Dempster, Laird & Rubin 1977); the
sum of work and stop is integrated over the work by Gauss–Hermite quadrature.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.statistics.codes import Ints

Floats = NDArray[np.float64]
Cause = Literal["slow", "extra", "stop"]
CAUSES: tuple[Cause, ...] = ("slow", "extra", "stop")
N_MORE = 3
"""Parameters of each mixture beyond those of a single lognormal."""

_N_NODES = 15
_ROUNDS = 200
_CLOSE = 1e-4
_FAR = 2.5
_LEAST_LONG = 3
_LEAST_SPREAD = 0.05
_TINY = 1e-300
_ROOT_2_PI = np.sqrt(2 * np.pi)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Totals of work and what is expected of them, seconds; ``group`` numbers their kinds.

    Each kind has a level of its own; the spread of their logarithms is common.
    """

    total_s: Floats
    expected_s: Floats
    group: Ints

    @property
    def residual(self) -> Floats:
        """Return the logarithms of the totals beyond what is expected."""
        return np.asarray(np.log(self.total_s / self.expected_s))

    def n_far(self, spreads: float) -> int:
        """Return how many lie so many robust spreads above the middle of their kind."""
        apart = self.residual - _medians(self.residual, self.group)[self.group]
        return int((apart > spreads * _robust_spread(apart)).sum())

    def thinned(self, most: int) -> "Totals":
        """Return about so many of them, evenly from all kinds."""
        rows = np.argsort(self.group, kind="stable")[:: max(1, -(-self.group.size // most))]
        _, group = np.unique(self.group[rows], return_inverse=True)
        return Totals(
            total_s=self.total_s[rows], expected_s=self.expected_s[rows],
            group=group.astype(np.int64),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """What was fitted. ``share`` is the chance of a long one, ``added_s`` what is on top of each.

    For stops ``between_s`` is the mean working time between two; ``log_mean`` and
    ``log_spread`` are of what comes on top, in seconds (of slow lots: of its ratio).
    """

    log_likelihood: float
    share: float
    between_s: float
    log_mean: float
    log_spread: float
    is_long: Floats
    added_s: Floats


def plain_log_likelihood(totals: Totals) -> float:
    """Return the log-likelihood of the totals where one lognormal makes them all."""
    residual = totals.residual
    level = _means(residual, totals.group, np.ones(residual.size))
    spread = float(np.sqrt(np.mean((residual - level[totals.group]) ** 2)))
    density = _lognormal(np.exp(residual), level[totals.group], max(spread, 1e-6))
    return float(np.log(density / totals.expected_s + _TINY).sum())


def fit_mixture(totals: Totals, cause: Cause, *, n_rounds: int = _ROUNDS) -> Mixture | None:
    """Return the mixture of ordinary totals and of long ones with a cause; None without any.

    Parameters
    ----------
    totals
        At least one of each kind.
    cause
        ``slow`` (in proportion to the work), ``extra`` (on top, with a chance that is the same
        for all), ``stop`` (on top, with a chance that grows with the work).
    n_rounds
        At most so many rounds of expectation and maximisation.
    """
    residual, group = totals.residual, totals.group
    level = _medians(residual, group)
    apart = residual - level[group]
    spread = _robust_spread(apart)
    is_far = apart > _FAR * spread
    n_far = int(is_far.sum())
    if n_far < _LEAST_LONG:
        return None
    added = apart[is_far]
    if cause != "slow":
        work_s = totals.expected_s * np.exp(level[group])
        added = np.log(np.maximum(totals.total_s - work_s, 0.1 * work_s)[is_far])
    now = _Parameters(
        level=level, spread=spread, mean=float(added.mean()), wide=max(float(added.std()), 0.3),
        share=n_far / residual.size, between_s=float(totals.expected_s.sum()) / n_far,
    )  # fmt: skip
    before = -np.inf
    found = _expected(totals, cause, now)
    for _ in range(n_rounds):
        if found.log_likelihood - before < _CLOSE or float(found.is_long.sum()) < 1e-6:
            break
        before = found.log_likelihood
        now = _likeliest(totals, cause, now, found)
        found = _expected(totals, cause, now)
    return Mixture(
        log_likelihood=found.log_likelihood, share=now.share, between_s=now.between_s,
        log_mean=now.mean, log_spread=now.wide, is_long=found.is_long,
        added_s=(found.each * np.maximum(totals.total_s[:, None] - found.work_s, 0.0)).sum(axis=1),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Parameters:
    level: Floats
    spread: float
    mean: float
    wide: float
    share: float
    between_s: float


@dataclass(frozen=True, kw_only=True)
class _Expected:
    """Chance that each total is a long one, and of each work that it may hold; (n, n_nodes)."""

    log_likelihood: float
    is_long: Floats
    each: Floats
    work_s: Floats


def _expected(totals: Totals, cause: Cause, now: _Parameters) -> _Expected:
    expected, level = totals.expected_s, now.level[totals.group]
    chance = -np.expm1(-expected / now.between_s) if cause == "stop" else now.share
    ratio = totals.total_s / expected
    ordinary = (1.0 - chance) * _lognormal(ratio, level, now.spread) / expected
    if cause == "slow":
        work_s = (totals.total_s / np.exp(now.mean))[:, None]
        parts = (_lognormal(ratio, level + now.mean, now.wide) / expected)[:, None]
    else:
        node, weight = np.polynomial.hermite_e.hermegauss(_N_NODES)
        work_s = expected[:, None] * np.exp(level[:, None] + now.spread * node)
        parts = _lognormal(totals.total_s[:, None] - work_s, now.mean, now.wide)
        parts = parts * (weight / weight.sum())
    parts = parts * np.broadcast_to(chance, expected.shape)[:, None]
    density = ordinary + parts.sum(axis=1) + _TINY
    each = parts / density[:, None]
    return _Expected(
        log_likelihood=float(np.log(density).sum()), is_long=each.sum(axis=1), each=each,
        work_s=work_s,
    )  # fmt: skip


def _likeliest(totals: Totals, cause: Cause, now: _Parameters, found: _Expected) -> _Parameters:
    group, each = totals.group, found.each
    plain = 1.0 - found.is_long
    log_work = np.log(found.work_s / totals.expected_s[:, None])
    if cause == "slow":
        values = (totals.residual - now.level[group])[:, None]
    else:
        values = np.log(np.maximum(totals.total_s[:, None] - found.work_s, 1.0))
    mean = float((each * values).sum() / each.sum())
    wide = float(np.sqrt((each * (values - mean) ** 2).sum() / each.sum()))
    # What is left of a long total is work as well.
    sums = np.bincount(group, plain * totals.residual + (each * log_work).sum(axis=1))
    level = sums / np.bincount(group)
    squares = plain * (totals.residual - level[group]) ** 2
    squares += (each * (log_work - level[group][:, None]) ** 2).sum(axis=1)
    return _Parameters(
        level=level, spread=max(float(np.sqrt(squares.mean())), _LEAST_SPREAD), mean=mean,
        wide=max(wide, _LEAST_SPREAD), share=float(found.is_long.mean()),
        between_s=_between(totals.expected_s, found.is_long, now.between_s),
    )  # fmt: skip


def _between(expected_s: Floats, is_long: Floats, start_s: float) -> float:
    """Return the mean time between stops that makes the totals with one likeliest (bisection)."""
    low, high = np.log(start_s) - 3.0, np.log(start_s) + 3.0
    for _ in range(50):
        middle = (low + high) / 2
        part = expected_s / np.exp(middle)
        slope = float((is_long * part / np.expm1(part) - (1.0 - is_long) * part).sum())
        low, high = (low, middle) if slope > 0 else (middle, high)
    return float(np.exp((low + high) / 2))


def _lognormal(value: Floats, mean: Floats | float, spread: float) -> Floats:
    """Return the density of a lognormal; 0 where there is none."""
    known = np.maximum(value, _TINY)
    apart = (np.log(known) - mean) / spread
    density = np.exp(-0.5 * apart**2) / (known * spread * _ROOT_2_PI)
    return np.where(value > 0, density, 0.0)


def _robust_spread(apart: Floats) -> float:
    return max(1.4826 * float(np.median(np.abs(apart))), _LEAST_SPREAD)


def _means(values: Floats, group: Ints, weight: Floats) -> Floats:
    n_groups = int(group.max()) + 1
    sums = np.bincount(group, weight * values, n_groups)
    return np.asarray(sums / np.maximum(np.bincount(group, weight, n_groups), 1e-9))


def _medians(values: Floats, group: Ints) -> Floats:
    return np.array([np.median(values[group == g]) for g in range(int(group.max()) + 1)])
