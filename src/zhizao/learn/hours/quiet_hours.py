"""Hours in which a resource is open though little happens there.

A machine that is seldom needed late has few begins and ends late, and looks
closed. But a report that is going on tells the difference: while the machine is
open, work that is going on also ends, as often as at any other time; while it is
closed, work stands still and ends the next morning. So ends are counted against
the time in which there was something to end. Overtime looks the same, so a
stretch counts only if work ended there in at least one week of five.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.hours.week import (
    BIN_MIN,
    CHANGE_COST,
    CLOSED_RATE,
    N_BINS,
    Flags,
    Floats,
    cheapest_path,
    runs_of,
)

_REGULAR_WEEKS = 0.2
_LEAST_WEEKS = 3
_ENOUGH_ENDS = 20
_ALIKE = 0.7
_CONTRADICTED = -2.0
_CONTRADICTED_INSIDE = -2.0 * CHANGE_COST
"""A gap in the middle of one weekday's shift is two changes more than the other days have: what speaks
for it must be worth their price, or the emptiest of some hundred places would be a break by chance."""

_SEVERAL_DAYS = 3
_MOST_DAYS = 0.5
_UNSEEN = 0.25
"""Price of an open quarter of an hour: where nothing goes on, closed is the simpler guess."""


def end_gain(flags: Flags, rows: pl.DataFrame) -> Floats:
    """Return for each bin of the week the log-likelihood ratio of open against closed.

    Parameters
    ----------
    flags : bool array of shape (N_BINS,)
        Bins that are surely open; the rate of ends is read there.
    rows
        Reports with start_min (of the week, local) and duration_min.

    Examples
    --------
    >>> rows = pl.DataFrame({"start_min": [480.0] * 40, "duration_min": [60.0] * 40})
    >>> flags = np.zeros(N_BINS, dtype=bool)
    >>> flags[32:40] = True
    >>> gain = end_gain(flags, rows)
    >>> bool(gain[35] > 0), float(gain[100])
    (True, 0.0)
    """
    covered, ends = _covered_and_ends(rows)
    n_ends, n_covered = float(ends[flags].sum()), float(covered[flags].sum())
    if n_ends < _ENOUGH_ENDS or n_covered <= 0:
        return np.zeros(N_BINS)
    expected = (1 - CLOSED_RATE) * n_ends / n_covered * covered
    return np.asarray(ends * np.log(1 / CLOSED_RATE) - expected)


def with_quiet_hours(flags: Flags, rows: pl.DataFrame, *, n_weeks: int) -> Flags:
    """Return the open bins with those stretches in which work went on and ended regularly.

    Parameters
    ----------
    flags, rows
        As for ``end_gain``; ``rows`` have also ``week`` (0 first) of the begin.
    n_weeks
        Weeks of the log.
    """
    if flags.all() or not flags.any() or rows.is_empty():
        return flags
    ratio = end_gain(flags, rows)
    gain = np.where(flags, 0.0, ratio - _UNSEEN)
    path = cheapest_path(gain[None])[0] & ~flags
    result = flags.copy()
    end_min = rows["start_min"].to_numpy() + rows["duration_min"].to_numpy()
    end_bin = _last_bin(end_min)
    week = rows["week"].to_numpy() + end_bin // N_BINS
    for first, length in runs_of(path, value=True) if path.any() else ():
        bins = (first + np.arange(length)) % N_BINS
        seen = np.unique(week[np.isin(end_bin % N_BINS, bins)]).size
        if seen >= max(_LEAST_WEEKS, _REGULAR_WEEKS * n_weeks):
            result[bins] = True
    return _as_other_days(result, ratio)


def _as_other_days(flags: Flags, ratio: Floats) -> Flags:
    """Return the open bins with hours that the other days show to be open.

    All days with work are laid on each other; a stretch that is open in that day is
    open on each that is much alike, unless what ended there on it speaks against it. Against a
    stretch with open hours before and after it, more must speak.
    """
    by_day, ratio_by_day = flags.reshape(7, -1).copy(), ratio.reshape(7, -1)
    days = np.flatnonzero(by_day.any(axis=1))
    if days.size < _SEVERAL_DAYS:
        return flags
    pooled = ratio_by_day[days].sum(axis=0) - _UNSEEN * days.size
    together = np.where(by_day[days].mean(axis=0) > _MOST_DAYS, np.maximum(pooled, 0.0), pooled)
    # The week's path works on any circle: here one of a day, repeated.
    usual = cheapest_path(together[None])[0]
    alike = by_day[days][:, usual].sum(axis=1) >= _ALIKE * usual.sum()
    for day in days[alike].tolist():
        for first, length in runs_of(usual & ~by_day[day], value=True):
            bins = (first + np.arange(length)) % usual.size
            is_inside = by_day[day, bins[0] - 1] and by_day[day, (bins[-1] + 1) % usual.size]
            limit = _CONTRADICTED_INSIDE if is_inside else _CONTRADICTED
            if 0 < length < usual.size and ratio_by_day[day][bins].sum() > limit:
                by_day[day, bins] = True
    return np.asarray(by_day.reshape(-1))


def as_others(name: str, found: Mapping[str, Flags], gain: Floats) -> Flags:
    """Return the open bins with those that weeks of others show, where nothing speaks against it.

    Only a week that is much alike is looked at: seven tenths of it must be known to be open. The
    narrowest of those that are wider everywhere is taken as a whole; else, of each that is alike
    both ways, the stretches that are closed in one's own and touch one's own hours. Of two
    machines that work side by side in two shifts each is idle now and then, at other hours, by
    chance; but a night alone is no shift that one lacks by chance.

    Parameters
    ----------
    name, found
        Whose week, and the open bins of all.
    gain
        Of ``name``, as from ``end_gain``.
    """
    own = found[name]
    wider = [
        flags
        for flags in found.values()
        if (flags & own).sum() == own.sum() < flags.sum() and own.sum() >= _ALIKE * flags.sum()
    ]
    fitting = [f for f in wider if float(gain[f & ~own].sum()) > _CONTRADICTED]
    if fitting:
        return min(fitting, key=lambda f: int(f.sum()))
    result = own.copy()
    for other, flags in sorted(found.items()):
        both = int((flags & own).sum())
        if other == name or both < _ALIKE * int((flags | own).sum()):
            continue
        for first, length in runs_of(flags & ~own, value=True):
            bins = (first + np.arange(length)) % N_BINS
            touches = own[(first - 1) % N_BINS] or own[(first + length) % N_BINS]
            if touches and length < N_BINS and float(gain[bins].sum()) > _CONTRADICTED:
                result[bins] = True
    return result


def _covered_and_ends(rows: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return in how many reports each bin of the week lies, and in how many it is the last."""
    start = rows["start_min"].to_numpy()
    duration = np.minimum(rows["duration_min"].to_numpy(), float(N_BINS * BIN_MIN))
    first = (start // BIN_MIN).astype(np.int64)
    last = np.maximum(_last_bin(start + duration), first)
    change = np.zeros(2 * N_BINS + 2)
    np.add.at(change, first, 1.0)
    np.add.at(change, last + 1, -1.0)
    covered = np.cumsum(change)[: 2 * N_BINS]
    ends = np.bincount(last % N_BINS, minlength=N_BINS).astype(np.float64)
    return covered[:N_BINS] + covered[N_BINS:], ends


def _last_bin(end_min: Floats) -> NDArray[np.int64]:
    """Return the bin in which work was last going on: what ends at 23:00 says nothing of the next one."""
    return np.asarray(np.ceil(end_min / BIN_MIN) - 1, dtype=np.int64)
