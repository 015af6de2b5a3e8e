"""Rows in the order in which they began, and per machine, person or order: sorted once for all checks.

Names are numbers here. A number and a place in time make one key of 64 bits, which sorts many
times quicker than columns do. Instants are whole microseconds since 1970.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

_SHIFT = 32
_LOW = (1 << _SHIFT) - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Timeline:
    """Rows that state a start, by start, then end, then row; rows without an end stand first.

    ``row``, ``start_us``, ``end_us``, ``has_end`` and ``end_rank`` have one value for each of
    them; ``end_us`` and ``end_rank`` mean nothing where there is no end. ``ends_us`` are all
    ends, ascending: ``ends_us[end_rank]`` is ``end_us``.
    """

    n_rows: int
    row: NDArray[np.int64]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    has_end: NDArray[np.bool_]
    end_rank: NDArray[np.int64]
    ends_us: NDArray[np.int64]

    def along(self, names: pl.Series, *, where: NDArray[np.bool_] | None = None) -> "Strands":
        """Return the places of rows in this order, apart for each name; rows without one are left out.

        Parameters
        ----------
        names
            A number for each row of the table, null where it has no name.
        where
            Which places of the timeline are wanted; all if not given.
        """
        known = names.is_not_null().to_numpy()[self.row]
        if where is not None:
            known &= where
        place = np.flatnonzero(known)
        number = names.fill_null(0).to_numpy()[self.row[place]].astype(np.int64)
        key = (number << _SHIFT) | place
        key.sort()
        group = key >> _SHIFT
        is_first = np.ones(len(group), dtype=bool)
        is_first[1:] = group[1:] != group[:-1]
        return Strands(place=key & _LOW, name=group, is_first=is_first)

    def busy_until_us(self, strands: "Strands") -> NDArray[np.int64]:
        """Return the latest end before each place of each strand; the smallest integer where there is none.

        All places must have an end.
        """
        n = max(len(self.ends_us), 1)
        strand = np.cumsum(strands.is_first) - 1
        latest = np.maximum.accumulate(strand * n + self.end_rank[strands.place])
        busy = np.full(len(latest), np.iinfo(np.int64).min)
        if len(latest) > 1:
            busy[1:] = self.ends_us[latest[:-1] % n]
        busy[strands.is_first] = np.iinfo(np.int64).min
        return busy

    def flags(self, places: NDArray[np.int64]) -> pl.Series:
        """Return for each row of the table whether it stands at one of some places."""
        is_there = np.zeros(self.n_rows, dtype=bool)
        is_there[self.row[places]] = True
        return pl.Series(is_there)


@dataclass(frozen=True, kw_only=True, eq=False)
class Strands:
    """Places of a timeline, one name after the other; where a name begins is said."""

    place: NDArray[np.int64]
    name: NDArray[np.int64]
    is_first: NDArray[np.bool_]


def timeline_of(rows: pl.DataFrame) -> Timeline:
    """Return the order in which rows with ``start_at`` and ``end_at`` began.

    Examples
    --------
    >>> from datetime import datetime
    >>> at = [datetime(2024, 1, day) for day in (3, 1, 2)]
    >>> timeline_of(pl.DataFrame({"start_at": at, "end_at": at})).row.tolist()
    [1, 2, 0]
    """
    ordered = (
        rows.select(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            pl.col("start_at", "end_at").to_physical(),
        )
        .drop_nulls("start_at")
        .sort("start_at", "end_at", "row", nulls_last=False)
    )
    has_end = ordered["end_at"].is_not_null().to_numpy()
    end_us = ordered["end_at"].fill_null(0).to_numpy()
    ended = np.flatnonzero(has_end)
    by_end = ended[np.argsort(end_us[ended], kind="stable")]
    end_rank = np.zeros(len(end_us), dtype=np.int64)
    end_rank[by_end] = np.arange(len(by_end))
    return Timeline(
        n_rows=rows.height,
        row=ordered["row"].to_numpy(),
        start_us=ordered["start_at"].to_numpy(),
        end_us=end_us,
        has_end=has_end,
        end_rank=end_rank,
        ends_us=end_us[by_end],
    )


def overlapping(timeline: Timeline, names: pl.Series, *, is_copy: pl.Series) -> pl.Series:
    """Return the rows that begin before an earlier row of the same name has ended.

    Rows that end before they begin, and copies, are looked away from.
    """
    is_whole = timeline.has_end & (timeline.end_us >= timeline.start_us)
    strands = timeline.along(names, where=is_whole & ~is_copy.to_numpy()[timeline.row])
    is_over = timeline.busy_until_us(strands) > timeline.start_us[strands.place]
    return timeline.flags(strands.place[is_over])


def waits_between(timeline: Timeline, names: pl.Series) -> pl.Series:
    """Return all waits of a name between its latest end and its next start."""
    strands = timeline.along(names, where=timeline.has_end)
    busy_us = timeline.busy_until_us(strands)
    start_us = timeline.start_us[strands.place]
    is_wait = ~strands.is_first & (busy_us < start_us)
    return pl.Series("wait", start_us[is_wait] - busy_us[is_wait]).cast(pl.Duration("us"))


def silences(timeline: Timeline, names: pl.Series) -> pl.DataFrame:
    """Return for each name: number of starts, first, last, and the longest time between two of them.

    ``silence`` is null where a name starts once.
    """
    strands = timeline.along(names)
    start_us = timeline.start_us[strands.place]
    begins = np.flatnonzero(strands.is_first)
    n = np.diff(np.append(begins, len(start_us)))
    gap_us = np.diff(start_us, prepend=0)
    gap_us[begins] = -1
    longest_us = np.maximum.reduceat(gap_us, begins) if len(begins) else gap_us
    return pl.DataFrame(
        {
            "name": strands.name[begins],
            "n": n,
            "first": start_us[begins],
            "last": start_us[begins + n - 1],
            "silence": longest_us,
        }
    ).with_columns(
        pl.col("first", "last").cast(pl.Datetime("us", "UTC")),
        pl.when(pl.col("silence") >= 0).then("silence").cast(pl.Duration("us")),
    )
