"""The fixed minutes of an operation's products, as far as they differ by chance the same.

What a lot takes whatever its size (loading, a setup that no change spares) belongs to the
operation more than to the product; but from some dozen lots of a product it is hardly told
from the time per piece. So the fixed minutes of the products are pulled towards common ones, as
far as their differences may be chance (empirical Bayes; DerSimonian & Laird 1986): the
spread beyond chance is the prior's, and each product's own fit says what speaks against it.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.durations.time_shapes import ShapeProfile, TimeShape

Floats = NDArray[np.float64]
Key = TypeVar("Key")
_N_TRIED = 81
_ONE_ERROR = 0.5
"""Loss by which a share one standard error away fits worse (half of chi-squared)."""

_RESOLUTION = 0.02 / 12.0**0.5
"""Standard deviation within a step of the shares that were looked at: none is told better."""


def shapes_with_common_minutes(profiles: Mapping[Key, ShapeProfile]) -> dict[Key, TimeShape]:
    """Return the shape of each product, its fixed minutes pulled towards those of all.

    Parameters
    ----------
    profiles
        How well each share fits, by product.

    Examples
    --------
    >>> shares = np.linspace(0.0, 1.0, 51)
    >>> def fit(share, level_s, sure):
    ...     return ShapeProfile(TimeShape(share, 10.0), shares, sure * (shares - share) ** 2, level_s)
    >>> unsure = {"a": fit(0.1, 6000.0, 5.0), "b": fit(0.3, 6000.0, 5.0)}
    >>> {k: round(s.share, 2) for k, s in shapes_with_common_minutes(unsure).items()}
    {'a': 0.2, 'b': 0.2}
    >>> sure = {"a": fit(0.1, 6000.0, 5000.0), "b": fit(0.3, 6000.0, 5000.0)}
    >>> {k: round(s.share, 2) for k, s in shapes_with_common_minutes(sure).items()}
    {'a': 0.1, 'b': 0.3}
    """
    own = {k: p.best for k, p in profiles.items()}
    told = {k: p for k, p in profiles.items() if p.losses.max() > _ONE_ERROR}
    if len(told) < 2:
        return own
    fixed_s = np.array([p.level_s * p.best.share for p in told.values()])
    error_s = np.array([p.level_s * _error(p) for p in told.values()])
    most_s = max(p.level_s for p in told.values())
    tried_s = most_s * np.linspace(0.0, 1.0, _N_TRIED) ** 2
    losses = np.array([_loss(p, tried_s) for p in told.values()])
    # Near the best one the steps are made finer: the first search is coarse for a short operation.
    middle = int(np.argmin(losses.sum(axis=0)))
    ends = tried_s[max(middle - 1, 0)], tried_s[min(middle + 1, _N_TRIED - 1)]
    near_s = np.linspace(*ends, _N_TRIED)
    sums = np.sum([_loss(p, near_s) for p in told.values()], axis=0)
    common_s = float(near_s[int(np.argmin(sums))])
    between = _spread_beyond_chance(fixed_s, error_s, common_s)
    if between == 0.0:
        return own | {k: _with_fixed(p, common_s) for k, p in told.items()}
    found = dict(own)
    for key, profile in told.items():
        candidates_s = profile.level_s * np.linspace(0.0, 1.0, 4 * _N_TRIED)
        prior = (candidates_s - common_s) ** 2 / (2.0 * between)
        pulled = _loss(profile, candidates_s) + prior
        found[key] = _with_fixed(profile, float(candidates_s[int(np.argmin(pulled))]))
    return found


def _error(profile: ShapeProfile) -> float:
    """Return the standard error of the best share: where the loss has grown by one half."""
    at = int(np.argmin(profile.losses))
    sides = []
    for shares, losses in (
        (profile.shares[at:], profile.losses[at:]),
        (profile.shares[at::-1], profile.losses[at::-1]),
    ):
        worse = np.flatnonzero(losses > _ONE_ERROR)
        if worse.size:
            i = int(worse[0])
            part = (_ONE_ERROR - losses[i - 1]) / (losses[i] - losses[i - 1])
            sides.append(abs(shares[i - 1] + part * (shares[i] - shares[i - 1]) - shares[0]))
    return max(float(np.mean(sides)) if sides else 1.0, _RESOLUTION)


def _loss(profile: ShapeProfile, fixed_s: Floats) -> Floats:
    """Return the loss of a product with so many fixed seconds; all of its time at most."""
    share = np.minimum(fixed_s / profile.level_s, 1.0)
    return np.asarray(np.interp(share, profile.shares, profile.losses))


def _with_fixed(profile: ShapeProfile, fixed_s: float) -> TimeShape:
    share = min(fixed_s / profile.level_s, 1.0)
    return TimeShape(share, profile.best.usual_quantity)


def _spread_beyond_chance(values: Floats, errors: Floats, common: float) -> float:
    """Return the variance between values beyond that of their errors, at least 0."""
    weights = errors**-2.0
    excess = float((weights * (values - common) ** 2).sum()) - (values.size - 1)
    return max(0.0, excess / float(weights.sum() - (weights**2).sum() / weights.sum()))
