"""The plan that people follow, mended: as few operations leave their place and time as can be found.

Only what the old plan begins in the span that counts is looked at. What cannot begin at its time
either holds up what follows, or is put off behind the span with the rest of its job, so that what
follows stays; which of the two is tried out, annealed by the number of moves alone (Kirkpatrick,
Gelatt, Vecchi 1983). Nothing else is weighed here: the search for the objective goes on from this
list, and may use what moves are left.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.follow import Begun
from zhizao.schedule.factory.keep_most import has_time, keep_most
from zhizao.schedule.factory.mend_list import Mend
from zhizao.schedule.keep_rows import KeepRows
from zhizao.schedule.kernels.factory_tables import Factory
from zhizao.schedule.problem import NONE, Pins, Problem
from zhizao.schedule.stop import Course

Ints = NDArray[np.int64]

_MOST_TRIES = 20_000
"""Lists that are tried at most."""

_TRIALS_PER_TRY = 5
"""Moves of the search that count as much as one list that is tried here."""

_N_LOOKS = 8
"""Waits that are followed back at most."""

_COOL = 0.1
"""First temperature after an exact solver, in moves."""

_INSTEAD = 0.5
"""Share of the time that is left for trials where the solver has found nothing."""

_BRINGS_BACK, _FROM_THE_FIRST, _LOOKS_ON, _OLD_MACHINE = 0.4, 0.3, 0.65, 0.6
_OLD_TURN, _WHEN_READY = 0.4, 0.7
_GOES_BEHIND, _PUTS_OFF, _OTHER_MACHINE, _LATER = 0.3, 0.65, 0.8, 0.95
"""Shares of the changes: drawn from made-up shops, where others did about as well."""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A list that keeps most, and what it keeps."""

    begun: Begun
    """What is kept, then what was put off and the rest in its old order."""
    pins: Pins
    """Those of the problem, and what is kept at the times that it has in the list."""
    n_moved: int
    """Operations that count and move, those put off among them."""
    movers: frozenset[int] = frozenset()
    """What an exact solver moved within the span so that others stay."""
    stretch: float = 1.0
    """Wall-clock seconds that a CPU second took."""


def fewest_moves(
    problem: Problem,
    factory: Factory,
    begun: Begun,
    *,
    course: Course,
    share: float,
    most_share: float,
    enough: int,
    most: int,
    until: int | None = None,
    warmth: float = 0.7,
    seed: int = 0,
    rows: Callable[[], KeepRows] | None = None,
    exact_share: float = 0.0,
) -> Mended | None:
    """Return a list mended so that little moves; None where nothing counts, or it has no plan.

    Parameters
    ----------
    problem, factory : Problem, Factory
        With a previous plan; what counts is held, as ``held`` says.
    begun : Begun
        The list to mend.
    course : Course
        Of the search that this is a part of.
    share, most_share : float
        Of the time or of the moves that are left: until ``enough`` operations move, or at most;
        until ``most`` do.
    enough, most : int
        Operations that may move: with no more than ``enough``, it ends at once.
    until : int, optional
        Positions of the list that are looked at; None: those of what counts.
    warmth : float
        First temperature, in moves.
    seed : int
        Of what is tried.
    rows : callable, optional
        Makes the rows for an exact solver, which is asked where more than ``most`` move.
    exact_share : float
        Of the time that is left then, for the solver.
    """
    if problem.previous is None or not problem.previous.counts.any():
        return None
    mend = Mend(problem, factory, begun, until=until)
    value = mend.build()
    if value == math.inf:
        return None
    mend.take()
    rng = np.random.default_rng(seed)
    ends = partial(_ends, share=share / most_share, enough=enough, most=most)
    begun_s, begun_cpu_s = course.elapsed_s, time.thread_time()
    _anneal(mend, course, rng, share=most_share, warmth=warmth, ends=ends)
    cpu_s = max(1e-3, time.thread_time() - begun_cpu_s)
    stretch = max(1.0, (course.elapsed_s - begun_s) / cpu_s)
    movers: frozenset[int] = frozenset()
    if rows is not None and mend.n_moved() > most:
        n_before, n_counted = mend.n_moved(), int(mend.counts.sum())
        if has_time(
            course, n_counted=n_counted, share=exact_share, stretch=stretch, is_proof=False
        ):
            movers = _keep_most(
                mend, rows(), course=course, share=exact_share, enough=most, seed=seed
            )
        again = partial(_ends, share=1.0, enough=most, most=most)
        if mend.n_moved() < n_before:
            _anneal(mend, course, rng, share=share, warmth=_COOL, ends=again)
        else:  # no time for it, on a busy machine
            _anneal(mend, course, rng, share=_INSTEAD, warmth=warmth, ends=again)
    return Mended(
        begun=_as_begun(mend),
        pins=_as_pins(mend),
        n_moved=mend.n_moved(),
        movers=movers,
        stretch=stretch,
    )


def _ends(used: float, n_moved: int, *, share: float, enough: int, most: int) -> bool:
    """Return whether so few moves are good enough after a share of the time."""
    return n_moved <= enough or (n_moved <= most and used > share)


def _anneal(
    mend: Mend, course: Course, rng: np.random.Generator, *, share: float, warmth: float,
    ends: Callable[[float, int], bool],
) -> None:  # fmt: skip
    """Change the list at hand by trials; leave the best one there."""
    value = mend.build()
    best_value, best_moved, best = value, mend.n_moved(), mend.copy()
    for used in _until(course, share=share):
        if ends(used, best_moved):
            break
        before = mend.copy()
        _change(mend, rng)
        found = mend.build()
        if found > value - warmth * (1.0 - used) * math.log(max(1e-300, rng.random())):
            mend.restore(before)
            continue
        value = found
        mend.take()
        if value < best_value - 1e-9:
            best_value, best_moved, best = value, mend.n_moved(), mend.copy()
    mend.restore(best)
    mend.build()
    mend.take()


def _keep_most(
    mend: Mend, rows: KeepRows, *, course: Course, share: float, enough: int, seed: int
) -> frozenset[int]:
    """Lay the list as an exact solver says, where less moves then; return what it moved for that."""
    begin, movers = keep_most(rows, course=course, share=share, enough=enough, seed=seed)
    if begin:
        before, n_before = mend.copy(), mend.n_moved()
        mend.lay({i: at for i, at in begin.items() if mend.is_in[i]})
        is_built = mend.build() < math.inf
        if is_built:
            mend.take()
        if not is_built or mend.n_moved() >= n_before:
            mend.restore(before)
            mend.build()
            mend.take()
    return movers


def _until(course: Course, *, share: float) -> Iterator[float]:
    """Yield how much of the share is used up, until it is."""
    most = _MOST_TRIES
    if course.stop.iterations is not None:
        most = min(most, int(share * course.stop.iterations / _TRIALS_PER_TRY))
    begun_s, span_s = course.elapsed_s, math.inf
    if course.stop.seconds is not None:
        span_s = share * course.remaining_s
    for tried in range(most):
        used = max(tried / most, (course.elapsed_s - begun_s) / max(1e-9, span_s))
        if used >= 1.0 or course.is_stopped:
            return
        yield used


def _change(mend: Mend, rng: np.random.Generator) -> None:
    """Change the list: put off what moves or what it waits for, or bring back what was put off."""
    off = np.flatnonzero(mend.is_off)
    if len(off) and (not len(mend.moved) or rng.random() < _BRINGS_BACK):
        i = int(rng.choice(off))
        if rng.random() < 0.5:
            i = mend.first_off(i)
        mend.bring_back(i)
        mend.key[i] = mend.rank[i] if rng.random() < _OLD_TURN else _later(mend, i, rng)
        mend.wish[i] = mend.begun.mode[i] if rng.random() < _OLD_MACHINE else NONE
        return
    if not len(mend.moved):
        return
    i = blocked = int(mend.moved[0] if rng.random() < _FROM_THE_FIRST else rng.choice(mend.moved))
    for _ in range(_N_LOOKS):
        before = mend.held_up_by(i) if rng.random() < _LOOKS_ON else NONE
        if before == NONE:
            break
        i, blocked = before, i
    what = rng.random()
    if what < _GOES_BEHIND and i != blocked:
        mend.key[i] = mend.key[blocked] + 0.5
    elif what < _PUTS_OFF:
        mend.put_off(i)
    elif what < _OTHER_MACHINE:
        mend.wish[i] = NONE if mend.wish[i] != NONE else mend.begun.mode[i]
    else:
        mend.key[i] = _later(mend, i, rng) if what < _LATER else mend.rank[i]


def _later(mend: Mend, i: int, rng: np.random.Generator) -> float:
    """Return a key for when the operation is ready, or behind a drawn one; not before its own."""
    if rng.random() < _WHEN_READY:
        return max(float(mend.rank[i]), mend.key_when_ready(i))
    return float(max(mend.rank[i], mend.rank[rng.choice(mend.operations)] + 0.5))


def _as_begun(mend: Mend) -> Begun:
    """Return the list with what was put off behind the last one that stays, then the rest."""
    begun, problem = mend.begun, mend.problem
    stays = mend.counts[mend.kept] & ~np.isin(mend.kept, mend.moved)
    last = int(np.flatnonzero(stays).max(initial=-1))
    key = problem.n_operations + mend.rank
    key[mend.is_off] = last + 0.5
    key[mend.kept] = np.arange(len(mend.kept))
    key[mend.pins] = -1.0
    for i in range(1, problem.n_operations):
        if mend.job_first[i] != i:
            key[i] = max(key[i], key[i - 1])
    order = np.lexsort((np.arange(problem.n_operations), mend.rank, key))
    return Begun(
        sequence=order.astype(np.int64),
        mode=mend.wish.copy(),
        begin=begun.begin,
        hold=begun.hold,
    )


def _as_pins(mend: Mend) -> Pins:
    rows, own, i = mend.plan.rows, mend.problem.pins, mend.kept
    parts = [i, *(np.array(rows[name][i]) for name in ("mode", "begin", "start", "end", "head"))]
    if own is not None:
        batch = own.operation if own.batch is None else own.batch
        fixed = [own.operation, own.mode, own.begin, own.start, own.end, batch]
        parts = [np.concatenate(pair) for pair in zip(fixed, parts, strict=True)]
    operation, mode, begin, start, end, batch = (part.astype(np.int64) for part in parts)
    return Pins(operation=operation, mode=mode, begin=begin, start=start, end=end, batch=batch)
