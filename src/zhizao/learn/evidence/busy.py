"""When resources are busy and idle, and how many lots they take at once."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_WEEK
from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.codes import Ints, coded, first_rows, rows_of_codes

Floats = NDArray[np.float64]
_MORE_SHARE = 0.10
_N_BOOTSTRAP = 200


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many lots a resource takes at once, from ``n`` begins of work.

    ``above`` is the share of busy time in which more was reported; ``low`` and
    ``high`` are the ends of the 95 % interval of ``places``.
    """

    places: int
    above: float
    low: int
    high: int
    n: int


UNSEEN = Capacity(places=1, above=0.0, low=1, high=1, n=0)
"""Of a resource without any measured work."""


@dataclass(frozen=True)
class Load:
    """How many lots a resource works on: ``n[i]`` from ``at_s[i]`` to ``at_s[i + 1]``; of ``n_spans``."""

    at_s: Floats
    n: NDArray[np.int64]
    n_spans: int

    @classmethod
    def of_spans(cls, start_s: Floats, end_s: Floats) -> "Load":
        """Return the load of spans.

        Examples
        --------
        >>> Load.of_spans(np.array([0.0, 5.0]), np.array([10.0, 6.0])).n.tolist()
        [1, 2, 1, 0]
        """
        at = np.concatenate([start_s, end_s])
        change = np.concatenate([np.ones(start_s.size), -np.ones(end_s.size)])
        times, index = np.unique(at, return_inverse=True)
        n = np.cumsum(np.bincount(index, weights=change, minlength=times.size))
        return cls(at_s=times, n=n.astype(np.int64), n_spans=start_s.size)

    def capacity(self, *, seed: int = 0) -> "Capacity":
        """Return how many lots the resource takes at once.

        The least number that is exceeded in at most a tenth of the busy time:
        a late report that overlaps the next one is not a second place. The
        interval is that of a bootstrap over weeks.
        """
        length, n = np.diff(self.at_s), self.n[:-1]
        busy = n > 0
        if not busy.any():
            return UNSEEN
        week = (self.at_s[:-1][busy] // SECONDS_PER_WEEK).astype(np.int64)
        week -= week.min()
        busy_s = np.zeros((int(week.max()) + 1, int(n.max()) + 1))
        np.add.at(busy_s, (week, n[busy]), length[busy])
        busy_s = busy_s[busy_s.sum(axis=1) > 0]
        rng = np.random.default_rng(seed)
        chosen = rng.integers(0, busy_s.shape[0], (_N_BOOTSTRAP, busy_s.shape[0]))
        places, above = _places(busy_s.sum(axis=0)[None, :])
        resampled, _ = _places(busy_s[chosen].sum(axis=1))
        return Capacity(
            places=int(places[0]),
            above=float(above[0]),
            low=int(min(places[0], np.quantile(resampled, 0.025))),
            high=int(max(places[0], np.quantile(resampled, 0.975))),
            n=self.n_spans,
        )

    def idle(
        self,
        *,
        capacity: int,
        open_time: OpenTime,
        from_s: float,
        to_s: float,
        edge_s: float = 0.0,
    ) -> Floats:
        """Return the open spans with a free place, shape (n, 2), seconds.

        ``edge_s`` seconds at both ends of each stretch of open time are left
        out: a calendar that was learnt is no more exact than that, and a machine that
        is free after everybody has gone home is not free.
        """
        is_full = self.n >= capacity
        edges = [from_s]
        flips = np.flatnonzero(np.diff(is_full.astype(np.int8), prepend=0))
        edges.extend(self.at_s[flips].tolist())
        edges.append(max(to_s, edges[-1]))
        free = np.array(edges[: len(edges) // 2 * 2]).reshape(-1, 2)
        free = free[free[:, 1] > free[:, 0]]
        opened = open_time.edge_s.reshape(-1, 2) + np.array([edge_s, -edge_s])
        return intersection(free, opened[opened[:, 1] > opened[:, 0]])


def _places(busy_s: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return places and the share above them, of rows of seconds by number of lots."""
    total = busy_s.sum(axis=1, keepdims=True)
    above = 1.0 - np.cumsum(busy_s, axis=1) / total
    above[:, 0] = np.inf  # no lot at all is no place
    places = np.argmax(above <= _MORE_SHARE, axis=1)
    return places, np.maximum(above[np.arange(places.size), places], 0.0)


def intersection(a: Floats, b: Floats) -> Floats:
    """Return the common parts of two sorted lists of disjoint spans.

    Examples
    --------
    >>> intersection(np.array([[0.0, 10.0]]), np.array([[2.0, 4.0], [8.0, 12.0]])).tolist()
    [[2.0, 4.0], [8.0, 10.0]]
    """
    if a.size == 0 or b.size == 0:
        return np.empty((0, 2))
    edges = np.unique(np.concatenate([a.ravel(), b.ravel()]))
    middle = (edges[1:] + edges[:-1]) / 2

    def inside(spans: Floats) -> NDArray[np.bool_]:
        index = np.searchsorted(spans[:, 0], middle, side="right") - 1
        return np.asarray((index >= 0) & (middle < spans[np.maximum(index, 0), 1]))

    both = inside(a) & inside(b)
    change = np.diff(both.astype(np.int8), prepend=0, append=0)
    return np.stack(
        [edges[np.flatnonzero(change == 1)], edges[np.flatnonzero(change == -1)]], axis=1
    )


def with_stops(rows: pl.DataFrame, stops: pl.DataFrame, *, until_s: float) -> pl.DataFrame:
    """Return reports and stops together: a resource in setup or repair has no free place.

    Parameters
    ----------
    rows
        Reports with start_s and stop_s.
    stops
        Rows with resource, start_s and end_s; one without an end says nothing.
    until_s
        End of what is known.
    """
    spans = stops.drop_nulls("end_s").select(
        order_id=pl.format("stop {}", pl.int_range(pl.len())),
        resource="resource",
        start_s="start_s",
        stop_s=pl.col("end_s").clip(upper_bound=until_s),
        is_default=pl.lit(value=False),
    )
    columns = spans.columns
    return pl.concat([rows.select(columns), spans], how="vertical_relaxed")


def loads(rows: pl.DataFrame, *, measured_only: bool) -> dict[str, Load]:
    """Return each resource's load by lots: reports of one order that overlap count once.

    A slot reported for several orders at once counts once where only measured
    rows are taken, since it says nothing about places.
    """
    kept = rows.filter(pl.col("resource").is_not_null() & (pl.col("stop_s") > pl.col("start_s")))
    if measured_only:
        kept = kept.filter(~pl.col("is_default"))
    names, resource = coded(kept["resource"])
    orders, order = coded(kept["order_id"])
    start, stop = kept["start_s"].to_numpy(), kept["stop_s"].to_numpy()
    if measured_only:
        own = first_rows(resource, start, stop)
        resource, order, start, stop = resource[own], order[own], start[own], stop[own]
    key = resource * len(orders) + order
    at = np.lexsort((start, key))
    first, begin, end = _merged(key[at], start[at], stop[at])
    spans = rows_of_codes(resource[at][first], len(names))
    return {
        name: Load.of_spans(begin[own], end[own]) for name, own in zip(names, spans, strict=True)
    }


def _merged(key: Ints, start_s: Floats, stop_s: Floats) -> tuple[Ints, Floats, Floats]:
    """Return the first row, begin and end of spans that overlap or touch, by key.

    Rows are sorted by key and begin.
    """
    is_first = np.diff(key, prepend=-1) != 0
    place = np.arange(key.size) - np.maximum.accumulate(np.where(is_first, np.arange(key.size), 0))
    # The greatest end so far within the key, of twice as many rows at each turn.
    reach, step = stop_s.copy(), 1
    while step <= place.max(initial=0):
        rows = np.flatnonzero(place >= step)
        reach[rows] = np.maximum(reach[rows], reach[rows - step])
        step *= 2
    is_new = is_first.copy()
    is_new[1:] |= start_s[1:] > reach[:-1]
    first = np.flatnonzero(is_new)
    if not first.size:
        return first, start_s, stop_s
    return first, start_s[first], np.maximum.reduceat(stop_s, first)
