"""Long reports: whether a clock was left running, or a machine really was taken.

A working time far above the others is cut to size, since a forgotten clock is
no working time. But a breakdown, or any stop that nobody writes down, makes a report just
as long, and then the machine was lost for as long. A forgotten clock runs on while
the machine does something else; a stop does not. So on a machine that is busy
enough for the difference to show, a long report during which it did nothing else
is believed.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.codes import coded, codes_among, sorted_rows

_NEAR_S = 90.0
_BUSY_SHARE = 0.4


def with_believed(
    visits: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    places: Mapping[str, int],
    open_times: Mapping[str | None, OpenTime],
) -> pl.DataFrame:
    """Return the visits with ``is_believed``: nothing else was done on a busy machine meanwhile.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    rows
        The reports, with ``worked_s`` and ``stop_s``.
    places
        Places by resource; only machines with one can tell.
    open_times
        By resource.
    """
    machines = sorted(r for r, n in places.items() if n == 1)
    orders, order = coded(visits["order_id"])
    begin, end, machine = (rows[c] for c in ("start_s", "stop_s", "resource"))
    at = codes_among(machine, machines)
    own = np.flatnonzero(at >= 0)
    own = own[sorted_rows(at[own], begin.to_numpy()[own], end.to_numpy()[own])]
    at, start, stop = at[own], begin.to_numpy()[own], end.to_numpy()[own]
    worked = rows["worked_s"].to_numpy()[own]
    is_alone = np.zeros(own.size, dtype=np.bool_)
    edges = np.searchsorted(at, np.arange(len(machines) + 1))
    for name, first, last in zip(machines, edges[:-1], edges[1:], strict=True):
        mine = slice(first, last)
        open_time = open_times.get(name) or open_times[None]
        if first == last:
            continue
        open_s = float(open_time.between(start[mine].min(), stop[mine].max()))
        if open_s > 0 and float(pl.Series(worked[mine]).sum()) >= _BUSY_SHARE * open_s:
            before = np.append(-np.inf, np.maximum.accumulate(stop[mine])[:-1])
            after = np.append(start[mine][1:], np.inf)
            is_alone[mine] = (before <= start[mine] + _NEAR_S) & (after >= stop[mine] - _NEAR_S)
    # An order's reports at a machine stand for its visits there: all of them must have been alone.
    key = codes_among(rows["order_id"], orders)[own] * len(machines) + at
    pairs, which = np.unique(key, return_inverse=True)
    are_alone = np.bincount(which, weights=~is_alone, minlength=pairs.size) == 0
    there = codes_among(visits["resource"], machines)
    wanted = order * len(machines) + there
    place = np.minimum(np.searchsorted(pairs, wanted), max(pairs.size - 1, 0))
    found = np.zeros(visits.height, dtype=np.bool_)
    if pairs.size:
        found = (there >= 0) & (pairs[place] == wanted) & are_alone[place]
    return visits.with_columns(is_believed=pl.Series(found) & (pl.col("n_resources") == 1))
