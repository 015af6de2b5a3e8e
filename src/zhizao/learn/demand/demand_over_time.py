"""How the rate of orders changes from week to week: not at all, once, or with a season.

Models of the weekly numbers of orders of all products are compared by the Bayesian
information criterion, with a quasi-likelihood that allows for orders that come in bunches: one
rate; one change at a week common to all; a season with one period common to all.
Change and season may be of the total, of the mix of the products, or of both: a mix that
swings while the total stays is another thing than products that swing each by itself.
A season is believed only where it was seen to begin again, and is no likelier part of a longer one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.demand.seasons import Season, average_season, fit_season
from zhizao.learn.statistics.codes import Ints

Floats = NDArray[np.float64]
_FEW_WEEKS = 10
_LEAST_SIDE = 4
_LEAST_PERIOD = 4.0
_CYCLES = 1.25
_LONGER = 2.0
"""Periods up to so many times the log are rivals: a rise may be part of a longer season."""
_PLAINLY = 6.0
_FEW_ORDERS = 15
_PARTS = ("total", "mix", "both")


@dataclass(frozen=True, kw_only=True)
class DemandOverTime:
    """What the rates do: ``kind`` is ``constant``, ``change`` or ``season``.

    ``part`` says of what: ``total``, ``mix`` or ``both``. ``from_week`` is the first week
    after the change (0: none). ``gain`` is how much better than one rate it is (difference of
    BIC).
    """

    kind: str
    part: str = ""
    gain: float = 0.0
    from_week: int = 0
    season: Season | None = None

    @property
    def period_weeks(self) -> float:
        """Return the likeliest period of the season; 0 without one."""
        return self.season.best_period_weeks if self.season else 0.0

    def factors(self, row: int, *, from_week: float, n_weeks: int) -> tuple[float, ...]:
        """Return a product's rate by its mean over a period, for weeks to come."""
        if self.season is None:
            return ()
        found = self.season.factors(row, from_week=from_week, n_weeks=n_weeks)
        return tuple(float(f) for f in found)

    def expected(self, row: int, n_weeks: int) -> Floats:
        """Return the product's factors in the weeks that were seen."""
        if self.season is None:
            return np.ones(n_weeks)
        return self.season.factors(row, from_week=0.0, n_weeks=n_weeks)


def demand_over_time(counts: Floats, *, families: Sequence[str] = ()) -> DemandOverTime:
    """Compare the models.

    Parameters
    ----------
    counts : float64 array of shape (n_products, n_weeks)
        Orders released in each week, the first week first.
    families
        Of the products; empty: all are of one.

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
    weeks = _Weeks.of(counts[used])
    changes = [weeks.before_and_after(w) for w in _change_weeks(n_weeks)]
    fits = [fit_season(weeks.counts, period=p) for p in _periods(n_weeks).tolist()]
    seasons = [(fit.total_mean, fit.share) for fit in fits]
    dispersion = weeks.dispersion(changes, seasons)
    seen_again = np.array([f.period_weeks * _CYCLES <= n_weeks for f in fits], dtype=np.bool_)
    best, least = DemandOverTime(kind="constant"), _PLAINLY
    for part in _PARTS if weeks.n_products > 1 else _PARTS[:1]:
        price = np.log(weeks.counts.size) * np.array([0, 1, 2]) * weeks.n_free(part)
        price += np.log(weeks.counts.size)
        scores = weeks.scores(changes, part=part) / dispersion
        gain = 2 * float(scores.max()) - price[1]
        if gain > least:
            least = gain
            week = _change_weeks(n_weeks)[int(np.argmax(scores))]
            best = DemandOverTime(kind="change", part=part, gain=gain, from_week=week)
        scores = weeks.scores(seasons, part=part) / dispersion
        if not _is_among(seen_again, scores):
            continue
        gain = 2 * float(scores[seen_again].max()) - price[2]
        if gain > least:
            least = gain
            season = average_season(
                [f for f, is_short in zip(fits, seen_again.tolist(), strict=True) if is_short],
                scores[seen_again], counts=weeks.counts, used=used, groups=_groups(families, used),
                has_total=part != "mix", has_mix=part != "total", dispersion=dispersion,
            )  # fmt: skip
            best = DemandOverTime(kind="season", part=part, gain=gain, season=season)
    return best


_Means = tuple[Floats, Floats]
"""Of the total by week, and of the products' shares by week."""


@dataclass(frozen=True)
class _Weeks:
    """Weekly numbers of orders, and how likely means of the total and of the shares make them."""

    counts: Floats
    flat: _Means

    @classmethod
    def of(cls, counts: Floats) -> "_Weeks":
        return cls(counts, _level(counts))

    @property
    def n_products(self) -> int:
        return int(self.counts.shape[0])

    def n_free(self, part: str) -> int:
        """Return how many numbers of a part may change."""
        return {"total": 1, "mix": self.n_products - 1, "both": self.n_products}[part]

    def before_and_after(self, week: int) -> _Means:
        """Return the means where all rates change at the begin of a week."""
        sides = [_level(self.counts[:, :week]), _level(self.counts[:, week:])]
        return (
            np.concatenate([total for total, _ in sides]),
            np.concatenate([share for _, share in sides], axis=1),
        )

    def scores(self, tried: Sequence[_Means], *, part: str) -> Floats:
        """Return the log-likelihoods of several means beyond that of one rate."""
        return np.array([self.score(means, part=part) for means in tried])

    def score(self, means: _Means, *, part: str) -> float:
        """Return the log-likelihood beyond that of one rate, where only a part changes."""
        total = self.flat[0] if part == "mix" else means[0]
        share = self.flat[1] if part == "total" else means[1]
        return _log_likelihood(self.counts, total * share) - _log_likelihood(
            self.counts, self.flat[0] * self.flat[1]
        )

    def dispersion(self, *models: Sequence[_Means]) -> float:
        """Return the least Pearson dispersion of the best of the richest models, at least 1."""
        left = max(self.counts.size - 2 * self.n_products, 1)
        least = np.inf
        for tried in models:
            if tried:
                total, share = max(tried, key=lambda m: self.score(m, part="both"))
                mean = np.maximum(total * share, 1e-9)
                least = min(least, float(((self.counts - mean) ** 2 / mean).sum()) / left)
        return max(1.0, least)


def _level(counts: Floats) -> _Means:
    n_weeks = counts.shape[1]
    share = counts.sum(axis=1, keepdims=True) / max(float(counts.sum()), 1e-9)
    return np.full(n_weeks, float(counts.sum()) / n_weeks), np.repeat(share, n_weeks, axis=1)


def _log_likelihood(counts: Floats, means: Floats) -> float:
    safe = np.maximum(means, 1e-9)
    return float((counts * np.log(safe) - safe).sum())


def _change_weeks(n_weeks: int) -> range:
    return range(_LEAST_SIDE, n_weeks - _LEAST_SIDE + 1)


def _periods(n_weeks: int) -> Floats:
    """Return the periods that are tried, longest first; none where the log is too short."""
    if n_weeks < _CYCLES * _LEAST_PERIOD:
        return np.empty(0)
    # Evenly spaced in frequency, fine enough that no peak lies between two of them.
    least, most = 1 / (_LONGER * n_weeks), 1 / _LEAST_PERIOD
    n_steps = max(2, int(8 * n_weeks * (most - least)) + 1)
    return np.asarray(1 / np.linspace(least, most, n_steps))


def _is_among(some: NDArray[np.bool_], log_likelihood: Floats) -> bool:
    """Return whether the true one is more likely among some than among the others."""
    if not some.any():
        return False
    return float(np.logaddexp.reduce(log_likelihood[some])) >= float(
        np.logaddexp.reduce(log_likelihood[~some], initial=-np.inf)
    )


def _groups(families: Sequence[str], used: NDArray[np.bool_]) -> Ints:
    """Return the number of the family of each product that is used."""
    if not families:
        return np.zeros(int(used.sum()), dtype=np.int64)
    return np.unique(np.array(families)[used], return_inverse=True)[1].astype(np.int64)
