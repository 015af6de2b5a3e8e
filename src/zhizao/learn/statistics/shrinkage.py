"""Means of groups, pulled towards their common mean as far as they differ by chance only."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, kw_only=True)
class Shrunk:
    """A group's mean after pulling, its standard error, its sample size, and how far it is its own.

    ``trust`` is 1 where the group's own values decide, 0 where the common mean does.
    """

    mean: float
    error: float
    n: int
    trust: float


def shrunk_means(samples: Mapping[Key, Floats]) -> dict[Key, Shrunk]:
    """Return the mean of each group by empirical Bayes (method of moments, as DerSimonian & Laird 1986).

    Parameters
    ----------
    samples
        Values by group, none of them empty.

    Examples
    --------
    >>> apart = {"a": np.array([9.0, 11.0] * 9), "b": np.array([49.0, 51.0] * 9)}
    >>> {k: round(s.mean) for k, s in shrunk_means(apart).items()}
    {'a': 10, 'b': 50}
    >>> alike = {"a": np.array([5.0, 15.0] * 3), "b": np.array([6.0, 16.0] * 3)}
    >>> {k: (s.mean, s.trust) for k, s in shrunk_means(alike).items()}
    {'a': (10.5, 0.0), 'b': (10.5, 0.0)}
    """
    if not samples:
        return {}
    n = np.array([v.size for v in samples.values()], dtype=np.float64)
    means = np.array([float(v.mean()) for v in samples.values()])
    centre = float((n * means).sum() / n.sum())
    inside = sum(float(((v - v.mean()) ** 2).sum()) for v in samples.values())
    within = inside / max(n.sum() - n.size, 1.0)
    excess = float((n * (means - centre) ** 2).sum()) - (n.size - 1) * within
    spread = n.sum() - float((n**2).sum()) / n.sum()
    between = max(excess / spread, 0.0) if spread > 0 else 0.0
    found = {}
    for key, size, mean in zip(samples, n, means, strict=True):
        chance = within / size
        trust = between / (between + chance) if between > 0 else 0.0
        error = np.sqrt(trust * chance + (1 - trust) ** 2 * within / n.sum())
        found[key] = Shrunk(
            mean=float(trust * mean + (1 - trust) * centre),
            error=float(error), n=int(size), trust=float(trust),
        )  # fmt: skip
    return found
