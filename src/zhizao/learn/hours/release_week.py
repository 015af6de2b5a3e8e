"""When in the week orders are released: always, while the plant works, or in a way of their own.

Customers order round the clock, an office releases in office hours, a planning
run releases once a week. Each of the three is a guess at the rate of releases
in every quarter of an hour of the week; the one that foretells the weeks best
that it was not fitted to is taken (every other week held out), a simpler one
unless another is plainly better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.hours.week import BIN_MIN, N_BINS, Flags, Floats, open_bins

_ENOUGH = 20
_PLAINLY = 3.0
_PRIOR = 0.5


@dataclass(frozen=True, kw_only=True)
class ReleaseWeek:
    """Open quarter hours of the release week, how it was found, and from how many releases.

    ``kind`` is ``always``, ``plant`` or ``own``; ``open_share`` the share of the releases
    that fall in the open bins.
    """

    kind: str
    is_open: Flags
    n: int
    open_share: float


def release_week(
    week: NDArray[np.int64], minute: NDArray[np.int64], *, plant: Flags
) -> ReleaseWeek:
    """Return when in the week orders are released.

    Parameters
    ----------
    week, minute
        Of each release: number of the week from 0, local minute of the week.
    plant : bool array of shape (N_BINS,)
        Quarter hours in which the plant works.

    Examples
    --------
    >>> weeks = np.repeat(np.arange(10), 5)
    >>> found = release_week(weeks, np.full(50, 9 * 60), plant=np.ones(N_BINS, dtype=bool))
    >>> found.kind, int(found.is_open.sum())
    ('own', 1)
    """
    n = int(week.size)
    bins = minute // BIN_MIN
    candidates: list[tuple[str, Flags]] = [("always", np.ones(N_BINS, dtype=np.bool_))]
    if not plant.all():
        candidates.append(("plant", plant))
    if n < _ENOUGH:
        return _found("plant", plant, bins)
    counts = np.zeros((int(week.max()) + 1, N_BINS))
    np.add.at(counts, (week, bins), 1.0)
    scores = np.zeros(len(candidates) + 1)
    for held in (0, 1):
        train = counts[np.arange(counts.shape[0]) % 2 != held]
        test = counts[np.arange(counts.shape[0]) % 2 == held]
        own = open_bins(train.sum(axis=0)[None])[0]
        for i, (_, flags) in enumerate([*candidates, ("own", own)]):
            scores[i] += _log_likelihood(flags, train, test)
    names = [*(name for name, _ in candidates), "own"]
    best = 0
    for i in range(1, len(names)):
        if scores[i] > scores[best] + _PLAINLY:
            best = i
    if names[best] != "own":
        return _found(names[best], candidates[best][1], bins)
    return _found("own", open_bins(counts.sum(axis=0)[None])[0], bins)


def _found(kind: str, flags: Flags, bins: NDArray[np.int64]) -> ReleaseWeek:
    share = float(flags[bins].mean()) if bins.size else 0.0
    return ReleaseWeek(kind=kind, is_open=flags, n=int(bins.size), open_share=share)


def _log_likelihood(flags: Flags, train: Floats, test: Floats) -> float:
    """Return the log-likelihood of weeks under one rate in open bins and one in closed ones."""
    total = 0.0
    n_weeks = max(train.shape[0], 1)
    for part in (flags, ~flags):
        size = int(part.sum())
        if size:
            rate = (float(train[:, part].sum()) + _PRIOR) / (n_weeks * size)
            total += float(test[:, part].sum()) * np.log(rate) - rate * size * test.shape[0]
    return float(total)


def week_flags(shifts: Sequence[tuple[int, int]]) -> Flags:
    """Return the quarter hours of the week that spans of its minutes cover by half or more.

    Examples
    --------
    >>> int(week_flags([(480, 960)]).sum()) * BIN_MIN
    480
    """
    minutes = np.zeros(2 * N_BINS * BIN_MIN, dtype=np.bool_)
    for begin, end in shifts:
        minutes[begin:end] = True
    half = N_BINS * BIN_MIN
    folded = minutes[:half] | minutes[half:]
    return np.asarray(folded.reshape(N_BINS, BIN_MIN).mean(axis=1) >= 0.5)
