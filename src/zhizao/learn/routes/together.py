"""Optional steps that come together: a check with its mending, a second visit with its inspection.

Drawn each by itself, two steps that always come together would send some orders to one of
them only, and no order would have as much work, or as little, as real ones have. Which steps
do come together (or instead of each other) is tested pair by pair, exactly, against orders
that do both by chance; of many pairs some look dependent by luck, so the least convincing
are dropped (Benjamini & Hochberg 1995, "Controlling the false discovery rate"). What is left
is laid out as a tree of the strongest pairs (Chow & Liu 1968, "Approximating discrete
probability distributions with dependence trees"). Where nothing is proven, steps stay
independent, as they were.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.routes.passed import passed_by
from zhizao.learn.statistics.intervals import share_interval
from zhizao.model.plant import Provenance

Floats = NDArray[np.float64]

_FALSE_SHARE = 0.05
"""Of the pairs that are found, at most so many are expected to be found by luck."""

_LEAST_ORDERS = 3
"""Orders that did the rarer step of a pair, at least, and that left out the commoner one."""

_LOOKS_DEPENDENT = 1.6
"""Standard deviations from chance below which a pair need not be tested exactly."""

_CAUTION = 0.5
"""Orders that are counted as if they had come by chance, before any was seen."""

_NOTE = "how closely the step comes together with '{other}' (-1 to 1); beyond what chance explains"


class Counts(NamedTuple):
    """Orders of one kind: of those known to have done or skipped both steps of a pair, who did what.

    Arrays of shape (n_steps, n_steps): all of them, those that did the first step, those that
    did both.
    """

    names: tuple[str, ...]
    n: Floats
    first: Floats
    both: Floats


class Pair(NamedTuple):
    """Two steps that depend on each other; ``weight``: how much one tells about the other, in nats."""

    a: str
    b: str
    dependence: float
    low: float
    high: float
    n: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class Tie:
    """A step that is drawn with another one, both by their labels."""

    operation: str
    other: str
    dependence: float
    low: float
    high: float
    n: int
    level: str

    def provenance(self, where: str, *, other: str) -> Provenance:
        """Return where the dependence comes from, for the step at ``where``."""
        return Provenance(
            where=f"{where}/dependence", source="learnt", level=self.level, n=self.n,
            value=self.dependence, low=self.low, high=self.high, note=_NOTE.format(other=other),
        )  # fmt: skip


def counts_of(visits: pl.DataFrame, finished: Finished, names: Sequence[str]) -> Counts:
    """Return who did which steps of a path together.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    finished
        Who has passed what.
    names
        The steps of the path in their order.
    """
    seen = passed_by(visits, finished, names)
    places = list(range(len(names)))
    done = seen.done(places)
    known = (seen.known(places) | done).astype(np.float64)
    did = done.astype(np.float64)
    return Counts(names=tuple(names), n=known.T @ known, first=did.T @ known, both=did.T @ did)


def dependent_pairs(strata: Sequence[Counts]) -> tuple[Pair, ...]:
    """Return the pairs of steps that depend on each other beyond what chance explains.

    Parameters
    ----------
    strata
        Kinds of orders with shares of their own, as products: only what comes together within
        a kind counts (Cochran 1954; Mantel & Haenszel 1959).

    Examples
    --------
    >>> n, both = np.full((2, 2), 40.0), np.array([[10.0, 9.0], [9.0, 12.0]])
    >>> first = np.array([[10.0, 10.0], [12.0, 12.0]])
    >>> [(p.a, p.b, round(p.dependence, 2)) for p in dependent_pairs([Counts(("x", "y"), n, first, both)])]
    [('x', 'y', 0.8)]
    """
    names = sorted({name for counts in strata for name in counts.names})
    rows = np.concatenate([_optional_pairs(counts, names) for counts in strata] or [_NO_PAIR])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    pair, begin = np.unique(rows[:, 0], return_index=True)
    if pair.size == 0:
        return ()
    n, a, b, both = rows[:, 1:].T
    expected = a * b / n
    variance = a * (n - a) * b * (n - b) / (n**2 * (n - 1.0))
    most, fewest = np.minimum(a, b), np.maximum(a + b - n, 0.0)
    free = np.minimum.reduce([a, b, n - a, n - b])
    weights = _information(n, a, b, both)
    columns = (both - expected, variance, free, most - expected, fewest - expected, n, weights)
    excess, spread, n_free, above, below, n_all, weight = (
        np.add.reduceat(c, begin) for c in columns
    )
    is_tested = n_free >= _LEAST_ORDERS
    looks = is_tested & ((np.abs(excess) - 0.5) / np.sqrt(spread) > _LOOKS_DEPENDENT)
    chances = np.ones(pair.size)
    ends = np.append(begin[1:], len(rows))
    for k in np.flatnonzero(looks):
        chances[k] = _chance(*rows[begin[k] : ends[k], 1:].T)
    found = []
    for k in _discoveries(chances, is_tested):
        extreme = above[k] if excess[k] > 0.0 else below[k]
        value, low, high = _dependence(float(excess[k]), float(extreme), n_free=float(n_free[k]))
        first, second = divmod(int(pair[k]), len(names))
        found.append(
            Pair(names[first], names[second], value, low, high, int(n_all[k]), float(weight[k]))
        )
    return tuple(found)


def ties_of(pairs: Iterable[Pair], names: Sequence[str], *, level: str) -> tuple[Tie, ...]:
    """Return the tree of the strongest pairs of a path: each step with the one it is drawn with.

    Parameters
    ----------
    pairs
        As from ``dependent_pairs``.
    names
        The steps of the path that may have ties, in their order; a tree begins at its first.
    level
        Whose orders the pairs were found in.

    Examples
    --------
    >>> pairs = [Pair(a, b, 0.9, 0.8, 1.0, 50, w) for a, b, w in [("x", "y", 5.0), ("y", "z", 4.0), ("x", "z", 3.0)]]
    >>> [(tie.operation, tie.other) for tie in ties_of(pairs, ["x", "y", "z"], level="product")]
    [('y', 'x'), ('z', 'y')]
    """
    tree = {name: name for name in names}
    joined: dict[str, list[tuple[str, Pair]]] = {name: [] for name in names}

    def root(name: str) -> str:
        while tree[name] != name:
            name = tree[name]
        return name

    for pair in sorted(pairs, key=lambda p: (-p.weight, p.a, p.b)):
        if pair.a in tree and pair.b in tree and root(pair.a) != root(pair.b):
            tree[root(pair.a)] = root(pair.b)
            joined[pair.a].append((pair.b, pair))
            joined[pair.b].append((pair.a, pair))
    ties: dict[str, Tie] = {}
    reached: set[str] = set()
    for first in names:
        ahead = [] if first in reached else [first]
        while ahead:
            name = ahead.pop()
            reached.add(name)
            for other, pair in joined[name]:
                if other not in reached:
                    ahead.append(other)
                    ties[other] = Tie(
                        operation=other, other=name, dependence=pair.dependence, low=pair.low,
                        high=pair.high, n=pair.n, level=level,
                    )  # fmt: skip
    return tuple(ties[name] for name in names if name in ties)


_NO_PAIR = np.empty((0, 5))


def _optional_pairs(counts: Counts, names: Sequence[str]) -> Floats:
    """Return a row for each pair of steps that some orders do and others skip.

    The number of the pair (of the first name times how many there are, plus that of the second),
    the orders known of both, those that did the first, the second, and both.
    """
    place = {name: i for i, name in enumerate(names)}
    at = np.array([place[name] for name in counts.names], dtype=np.int64)
    n, first, second = counts.n, counts.first, counts.first.T
    is_open = (first > 0.0) & (first < n) & (second > 0.0) & (second < n)
    i, j = np.nonzero(is_open & (at[:, None] < at[None, :]))
    number = at[i] * len(names) + at[j]
    columns = (number, n[i, j], first[i, j], second[i, j], counts.both[i, j])
    return np.column_stack(columns).astype(np.float64)


def _chance(n: Floats, a: Floats, b: Floats, both: Floats) -> float:
    """Return the chance, on both sides, of as many orders with both steps (hypergeometric)."""
    lowest, density = 0, np.ones(1)
    for size, x, y in zip(n.astype(int), a.astype(int), b.astype(int), strict=True):
        low, high = max(0, x + y - size), min(x, y)
        k = np.arange(low, high + 1)
        log = _choose(x, k) + _choose(size - x, y - k) - _choose(size, y)
        lowest, density = lowest + low, np.convolve(density, np.exp(log))
    at = int(both.sum()) - lowest
    return float(min(1.0, 2.0 * min(density[: at + 1].sum(), density[at:].sum())))


def _choose(n: int, k: int | NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(np.add(k, 1)) - gammaln(n - np.asarray(k) + 1))


def _discoveries(chances: Floats, is_tested: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the tested pairs that chance does not explain, the false ones kept to a share."""
    at: NDArray[np.int64] = np.flatnonzero(is_tested)
    ranked = np.sort(chances[at])
    passing = np.flatnonzero(ranked <= _FALSE_SHARE * np.arange(1, at.size + 1) / max(1, at.size))
    if passing.size == 0:
        return at[:0]
    return np.asarray(at[chances[at] <= ranked[passing[-1]]])


def _information(n: Floats, a: Floats, b: Floats, both: Floats) -> Floats:
    """Return how much the steps of a pair tell about each other: orders times mutual information."""
    cells = ((both, a, b), (a - both, a, n - b), (b - both, n - a, b), (n - a - b + both, n - a, n - b))  # fmt: skip
    found = np.zeros(n.shape)
    for seen, x, y in cells:
        found += xlogy(seen, seen * n / (x * y))
    return found


def _dependence(excess: float, extreme: float, *, n_free: float) -> tuple[float, float, float]:
    """Return Loevinger's H, negative where steps come instead of each other, and its 95 % interval.

    ``excess``: orders with both steps beyond chance; ``extreme``: its greatest (least) value with
    these shares. ``n_free`` orders decide about it: those with the rarer answer to the rarer step.
    """
    sign, room = (1.0, extreme) if extreme > 0.0 else (-1.0, -extreme)
    value = sign * abs(excess) / (room + _CAUTION)
    ends = share_interval(n_free - (room - abs(excess)), n_free)
    strength = [1.0 - n_free * (1.0 - share) / room for share in ends]
    low, high = sorted(sign * s for s in strength)
    return value, max(-1.0, min(low, value)), min(1.0, max(high, value))
