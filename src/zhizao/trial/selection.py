"""The best of several scenarios, with no more runs than that needs.

Comparing each scenario with the base answers another question: the widest
winner of many is partly the luckiest. Kim & Nelson's procedure holds the
probability of picking the best and drops what is clearly worse on the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhizao._base.errors import InputError

Sampler = Callable[[str, int, int], ArrayLike]


@dataclass(frozen=True, kw_only=True)
class Eliminated:
    """A system that was dropped, after how many replications, and by which other."""

    name: str
    after_n: int
    by: str


@dataclass(frozen=True, kw_only=True)
class KnSelection:
    """Who is left, who was dropped when, and what that guarantees.

    Attributes
    ----------
    best : str
        The survivor with the best mean so far.
    survivors : tuple of str
        In the order given; more than one only where ``is_decided`` is false or
        the last ones were as good as each other to the end.
    eliminated : tuple of Eliminated
        In the order in which they were dropped.
    guarantee : str
        ``best``: with a probability of at least 1 - alpha, ``best`` has the
        best true mean, if that is better than every other by ``delta`` or
        more. ``among_survivors``: the replications did not suffice; under the
        same condition the best is among ``survivors`` with that probability,
        and nothing is said of ``best``. Both hold for normal samples that are
        independent from one replication to the next. Where several are within
        ``delta`` of the best, no probability is proven of any of them.
    means : dict of str to float
        Over the replications that each system was compared on, in the samples' unit.
    n_compared : dict of str to int
        Replications that each system was compared on.
    n_samples : int
        Samples drawn in all, of all systems.
    delta, alpha : float
        As asked.
    """

    best: str
    survivors: tuple[str, ...]
    eliminated: tuple[Eliminated, ...]
    guarantee: Literal["best", "among_survivors"]
    means: dict[str, float]
    n_compared: dict[str, int]
    n_samples: int
    delta: float
    alpha: float

    @property
    def is_decided(self) -> bool:
        """Whether the guarantee is about ``best``."""
        return self.guarantee == "best"


def select_best_kn(
    sampler: Sampler,
    names: Sequence[str],
    *,
    best: Literal["lowest", "highest"],
    delta: float,
    alpha: float = 0.05,
    n_first: int = 10,
    n_most: int = 1_000,
    n_step: int = 1,
) -> KnSelection:
    r"""Find the system with the best mean, dropping the worse ones on the way.

    Kim & Nelson's KN with c = 1. From ``n_first`` replications of each of the
    k systems come the variances of the paired differences :math:`S_{il}^2`,
    :math:`\eta = \frac12 [(2\alpha/(k-1))^{-2/(n_0-1)} - 1]` and
    :math:`h^2 = 2\eta(n_0-1)`. After r replications system i is dropped if some
    other survivor l leads it by more than
    :math:`W_{il}(r) = \max(0, \frac{\delta}{2r}(h^2 S_{il}^2/\delta^2 - r))`.
    Common random numbers make :math:`S_{il}^2` and so the number of
    replications smaller; independent samples are allowed too.

    Parameters
    ----------
    sampler : callable (name, first, count) -> array-like of shape (count,)
        Replications ``first`` to ``first + count - 1`` of a system, any unit,
        no ``nan``. Replication i of all systems should use the same random
        numbers; it must always give the same value, which is all that is
        random here.
    names : sequence of str
        At least two different systems.
    best : {'lowest', 'highest'}
        Which mean is wanted.
    delta : float
        The least difference worth finding, in the samples' unit, above 0.
        Halving it costs about four times the replications.
    alpha : float, default 0.05
        Probability of a wrong choice that is accepted, below 1 - 1/k (what
        guessing achieves).
    n_first : int, default 10
        Replications of each system before the first look, at least 2. The
        variances rest on these alone.
    n_most : int, default 1000
        Replications of each system at most; the procedure stops there
        undecided.
    n_step : int, default 1
        Replications asked from the sampler at once (for several threads). Looks
        are made after each one all the same, so the choice does not depend on
        it; samples not needed are drawn in vain.

    Raises
    ------
    InputError
        If a parameter is out of range, or the sampler returns another number
        of values than asked for, ``nan`` or infinite values.

    References
    ----------
    S.-H. Kim, B. L. Nelson (2001), ACM Trans. Model. Comput. Simul. 11(3),
    251-273: procedure KN, theorem 1.

    Examples
    --------
    >>> shared = np.random.default_rng(1).normal(0.0, 5.0, 1_000)
    >>> shift = {"now": 3.0, "night shift": 1.0, "faster oven": 2.5}
    >>> own = {n: np.random.default_rng(i).normal(0.0, 1.0, 1_000) for i, n in enumerate(shift)}
    >>> def lateness_h(name, first, count):
    ...     return (shift[name] + shared + own[name])[first : first + count]
    >>> s = select_best_kn(lateness_h, list(shift), best="lowest", delta=1.0)
    >>> s.best, s.guarantee, len(s.eliminated)
    ('night shift', 'best', 2)
    """
    _check(names, delta=delta, alpha=alpha, n_first=n_first, n_most=n_most, n_step=n_step)
    sign = -1.0 if best == "lowest" else 1.0
    k = len(names)
    rows = [_sample(sampler, name, first=0, count=n_first) for name in names]
    totals = sign * np.array([row.sum() for row in rows])
    h2_s2 = _scaled_variances(np.array(rows), alpha=alpha)
    n_compared = np.full(k, n_first, dtype=np.int64)
    alive = list(range(k))
    eliminated: list[Eliminated] = []
    ahead: NDArray[np.float64] = np.empty((k, 0))
    n_samples, r = k * n_first, n_first
    while True:
        for loser, winner in _losers(alive, totals / r, h2_s2, r=r, delta=delta):
            eliminated.append(Eliminated(name=names[loser], after_n=r, by=names[winner]))
            alive.remove(loser)
        # Beyond the largest N the continuation region is closed: the best mean wins.
        n_closed = float(h2_s2[np.ix_(alive, alive)].max()) / delta**2
        is_decided = len(alive) == 1 or r > n_closed
        if is_decided or r >= n_most:
            break
        if ahead.shape[1] == 0:
            count = min(n_step, n_most - r)
            ahead = np.zeros((k, count))
            for i in alive:
                ahead[i] = sign * _sample(sampler, names[i], first=r, count=count)
            n_samples += count * len(alive)
        totals[alive] += ahead[alive, 0]
        ahead = ahead[:, 1:]
        r += 1
        n_compared[alive] = r
    means = sign * totals / n_compared
    winner = max(alive, key=lambda i: float(sign * means[i]))
    return KnSelection(
        best=names[winner],
        survivors=tuple(names[i] for i in alive),
        eliminated=tuple(eliminated),
        guarantee="best" if is_decided else "among_survivors",
        means={name: float(means[i]) for i, name in enumerate(names)},
        n_compared={name: int(n_compared[i]) for i, name in enumerate(names)},
        n_samples=n_samples,
        delta=delta,
        alpha=alpha,
    )


def _check(
    names: Sequence[str], *, delta: float, alpha: float, n_first: int, n_most: int, n_step: int
) -> None:
    k = len(names)
    faults: list[str] = []
    if k < 2 or len(set(names)) < k:
        faults.append(f"names are {list(names)}, expected at least two different systems")
    if not (np.isfinite(delta) and delta > 0.0):
        faults.append(f"delta is {delta:g}, expected a finite difference above 0")
    if not 0.0 < alpha < 1.0 - 1.0 / max(k, 2):
        faults.append(
            f"alpha is {alpha:g}, expected between 0 and {1.0 - 1.0 / max(k, 2):g}, "
            f"which guessing among {k} achieves"
        )
    if n_first < 2:
        faults.append(f"n_first is {n_first}, expected at least 2")
    if n_most < n_first:
        faults.append(f"n_most is {n_most}, expected at least n_first, {n_first}")
    if n_step < 1:
        faults.append(f"n_step is {n_step}, expected at least 1")
    if faults:
        raise InputError("; ".join(faults))


def _sample(sampler: Sampler, name: str, *, first: int, count: int) -> NDArray[np.float64]:
    values = np.asarray(sampler(name, first, count), dtype=np.float64)
    if values.shape != (count,):
        raise InputError(
            f"the sampler returned shape {values.shape} for {count} replications of '{name}' "
            f"from {first}, expected ({count},)"
        )
    n_bad = int((~np.isfinite(values)).sum())
    if n_bad:
        raise InputError(
            f"{n_bad} of {count} replications of '{name}' from {first} are nan or infinite; "
            "choose a measure that every replication has"
        )
    return values


def _scaled_variances(rows: NDArray[np.float64], *, alpha: float) -> NDArray[np.float64]:
    """Return h² S² of all pairs, shape (k, k), from the first replications (k, n_first)."""
    k, n_first = rows.shape
    eta = 0.5 * ((2.0 * alpha / (k - 1)) ** (-2.0 / (n_first - 1)) - 1.0)
    variances = (rows[:, None, :] - rows[None, :, :]).var(axis=2, ddof=1)
    return np.asarray(2.0 * eta * (n_first - 1) * variances, dtype=np.float64)


def _losers(
    alive: list[int],
    means: NDArray[np.float64],
    h2_s2: NDArray[np.float64],
    *,
    r: int,
    delta: float,
) -> list[tuple[int, int]]:
    """Return who is dropped after r replications, each with the survivor that leads it most."""
    index = np.array(alive)
    lead = means[index][None, :] - means[index][:, None]
    width = np.maximum(0.0, delta / (2.0 * r) * (h2_s2[np.ix_(index, index)] / delta**2 - r))
    np.fill_diagonal(width, np.inf)
    beyond = lead - width
    is_lost = (beyond > 0.0).any(axis=1)
    return [(alive[i], alive[int(beyond[i].argmax())]) for i in np.flatnonzero(is_lost)]
