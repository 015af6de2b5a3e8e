"""Groups of products between which a change takes little, found from the minutes of changes.

The mean minutes of each pair of products, either way, are cut in two where the squares
between the halves are greatest (Otsu 1979), and groups are joined while the mean between
them is on the low side (average linkage).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FOLDS = 5
_SURE = 2.0
_ENOUGH = 20
_CAP = 0.98
_LEAST_COUNT = 2.0


@dataclass(frozen=True)
class Changes:
    """Changes from one product to the next one with their minutes; products by number."""

    before: Ints
    after: Ints
    minutes: Floats
    n_products: int

    def part(self, index: Ints) -> "Changes":
        """Return some of the changes."""
        return Changes(self.before[index], self.after[index], self.minutes[index], self.n_products)


def found_groups(changes: Changes) -> Ints:
    """Return the number of the group of each product.

    Examples
    --------
    >>> before, after = np.array([0, 1, 2, 3, 0, 2] * 4), np.array([1, 0, 3, 2, 2, 1] * 4)
    >>> minutes = np.where((before < 2) == (after < 2), 5.0, 40.0)
    >>> found_groups(Changes(before, after, minutes, 4)).tolist()
    [0, 0, 1, 1]
    """
    n = changes.n_products
    total, count = np.zeros((n, n)), np.zeros((n, n))
    apart = changes.before != changes.after
    capped = np.minimum(changes.minutes, float(np.quantile(changes.minutes, _CAP)))
    np.add.at(total, (changes.before[apart], changes.after[apart]), capped[apart])
    np.add.at(count, (changes.before[apart], changes.after[apart]), 1.0)
    total, count = total + total.T, count + count.T
    cut = _cut(total, count)
    groups = [[i] for i in range(n)]
    between = np.full((n, n), np.inf)
    pairs = np.triu(count >= _LEAST_COUNT, 1)
    between[pairs] = total[pairs] / count[pairs]
    while len(groups) > 1:
        a, b = divmod(int(np.argmin(between)), len(groups))
        if between[a, b] > cut:
            break
        groups[a] += groups.pop(b)
        between = np.delete(np.delete(between, b, axis=0), b, axis=1)
        # Only what lies between the joined group and the others has changed.
        for c in range(len(groups)):
            if c != a:
                one, other = min(a, c), max(a, c)
                between[one, other] = _mean(groups[one], groups[other], total, count)
    group = np.empty(n, dtype=np.int64)
    for i, members in enumerate(groups):
        group[members] = i
    return group


def _mean(one: Sequence[int], other: Sequence[int], total: Floats, count: Floats) -> float:
    """Return the mean minutes between two groups; inf where hardly any change was seen."""
    cells = np.ix_(one, other)
    seen = float(count[cells].sum())
    return float(total[cells].sum() / seen) if seen >= _LEAST_COUNT else np.inf


def _cut(total: Floats, count: Floats) -> float:
    """Return the minutes that part the pairs of products best in two."""
    upper = np.triu(count, 1) > 0
    means, weights = total[upper] / count[upper], count[upper]
    order = np.argsort(means)
    means, weights = means[order], weights[order]
    best, cut = -1.0, -np.inf
    for i in range(1, means.size):
        low, high = weights[:i].sum(), weights[i:].sum()
        gap = np.average(means[i:], weights=weights[i:]) - np.average(means[:i], weights=weights[:i])  # fmt: skip
        if low * high * gap**2 > best:
            best, cut = float(low * high * gap**2), float((means[i - 1] + means[i]) / 2)
    return cut


def kinds_of(changes: Changes, group: Ints | None) -> Ints:
    """Return 0 for the same product, 1 for another one, or of another group 2."""
    same = changes.before == changes.after
    if group is None:
        return np.where(same, 0, 1)
    inside = group[changes.before] == group[changes.after]
    return np.where(same, 0, np.where(inside, 1, 2))


def groups_that_pay(changes: Changes) -> tuple[str, Ints | None]:
    """Return whether the change matters, by the error of minutes that were held out.

    Returns
    -------
    tuple
        ``one`` mean for all, ``product`` (the same or another), or ``found`` groups, with those.
        The richer one is taken where it is better by more than two standard errors.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> before, after = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    >>> minutes = np.where((before < 2) == (after < 2), 5.0, 40.0) + rng.normal(0, 2, 200)
    >>> groups_that_pay(Changes(before, after, minutes, 4))[0]
    'found'
    >>> groups_that_pay(Changes(before, after, rng.normal(20, 2, 200), 4))[0]
    'one'
    """
    n = changes.minutes.size
    if n < _ENOUGH:
        return "one", None
    order = np.random.default_rng(0).permutation(n)
    cap = float(np.quantile(changes.minutes, _CAP))
    errors = {name: np.empty(n) for name in ("one", "product", "found")}
    for fold in range(_FOLDS):
        held = order[fold::_FOLDS]
        rest = np.setdiff1d(order, held)
        train, test = changes.part(rest), changes.part(held)
        group = found_groups(train)
        truth, known = np.minimum(test.minutes, cap), np.minimum(train.minutes, cap)
        for name, errors_of in errors.items():
            if name == "one":
                expected = np.full(held.size, known.mean())
            else:
                used = group if name == "found" else None
                expected = _expected(kinds_of(train, used), known, kinds_of(test, used))
            errors_of[held] = (truth - expected) ** 2
    best = "one"
    for name in ("product", "found"):
        better = errors[best] - errors[name]
        if better.sum() > _SURE * float(np.std(better)) * np.sqrt(n):
            best = name
    return best, found_groups(changes) if best == "found" else None


def _expected(kind: Ints, minutes: Floats, wanted: Ints) -> Floats:
    """Return the mean of each wanted kind; of all where it was not seen."""
    counts = np.bincount(kind, minlength=3)
    sums = np.bincount(kind, weights=minutes, minlength=3)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), minutes.mean())
    return np.asarray(means[wanted])
