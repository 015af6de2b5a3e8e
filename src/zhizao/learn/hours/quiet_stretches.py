"""Decide whether stretches of the week with few begins and ends are closed."""

import numpy as np
import polars as pl
from scipy.special import gammaincc

from zhizao.learn.hours.week import BIN_MIN, N_BINS, Flags, runs_of

_DAY_MIN = 1440
_DAY_BINS = _DAY_MIN // BIN_MIN
_CHANCE = 0.05
_ENOUGH_COVER = 5.0
_IDLE_SHARE = 0.05
_LONG_IDLE_BINS = 8


def with_long_reports(flags: Flags, rows: pl.DataFrame, n_chances: int) -> Flags:
    """Return the open bins with those quiet stretches that long reports show to be worked.

    A report that bridges a quiet stretch and holds its usual work *outside* it
    waited through a night. One of which little lies outside was worked inside:
    a night shift in one row. Where such rows cover a quarter of an hour in
    three of ten weeks, it is open.
    """
    if not flags.any() or flags.all() or rows.is_empty():
        return flags
    start = rows["start_min"].to_numpy()
    duration = rows["duration_min"].to_numpy()
    result = flags.copy()
    for first, length in runs_of(flags, value=False):
        from_min, length_min = first * BIN_MIN, length * BIN_MIN
        offset = (start - from_min) % (7 * _DAY_MIN)
        # Begun inside the stretch, or before it and not yet over.
        begun = np.where(offset < length_min, offset, offset - 7 * _DAY_MIN)
        enter, leave = np.maximum(begun, 0.0), np.minimum(begun + duration, length_min)
        covered = np.maximum(leave - enter, 0.0)
        others = duration[covered <= 0]
        usual = float(np.median(others)) if others.size else 0.0
        is_inside = (covered > 0) & (duration - covered < 0.5 * usual)
        change = np.zeros(length + 1)
        np.add.at(change, (enter[is_inside] / BIN_MIN).round().astype(np.int64), 1.0)
        np.add.at(change, (leave[is_inside] / BIN_MIN).round().astype(np.int64), -1.0)
        is_worked = np.cumsum(change)[:-1] >= max(2.0, 0.3 * n_chances)
        result[(first + np.flatnonzero(is_worked)) % N_BINS] = True
    return result


def never_covered(flags: Flags, rows: pl.DataFrame) -> Flags:
    """Return the long stretches that hardly any report covers, though most open bins are covered.

    Begins and ends are rare on a resource with long operations, so a quiet
    night may look open; but while it is open, a report usually covers it. A part that
    the same hours of other days show to be open stays: on those it is covered now and then, so
    seldom that nothing on this day may be chance (Poisson, at one in twenty).
    """
    covered = np.zeros(2 * N_BINS + 1)
    first = (rows["start_min"].to_numpy() // BIN_MIN).astype(np.int64)
    last = first + np.ceil(rows["duration_min"].to_numpy() / BIN_MIN).astype(np.int64)
    np.add.at(covered, first, 1.0)
    np.add.at(covered, np.minimum(last, first + N_BINS), -1.0)
    both_weeks = np.cumsum(covered[:-1])
    n_covering = both_weeks[:N_BINS] + both_weeks[N_BINS:]
    usual = float(np.median(n_covering[flags])) if flags.any() else 0.0
    result = np.zeros_like(flags)
    if usual < _ENOUGH_COVER:
        return result
    hardly = _IDLE_SHARE * usual
    for begin, length in runs_of(n_covering <= hardly, value=True):
        if length >= _LONG_IDLE_BINS:
            result[(begin + np.arange(length)) % N_BINS] = True
    unsure = result & flags
    for begin, length in runs_of(unsure, value=True) if unsure.any() else ():
        bins = (begin + np.arange(length)) % N_BINS
        others = [(bins + day * _DAY_BINS) % N_BINS for day in range(1, 7)]
        there = [n_covering[o] for o in others if flags[o].all()]
        expected = float(np.mean([n.max() for n in there])) if there else 0.0
        chance = gammaincc(np.floor(n_covering[bins].max()) + 1.0, expected)
        if expected > hardly and chance > _CHANCE:
            result[bins[np.sum(there, axis=0) > 0.0]] = False
    return result
