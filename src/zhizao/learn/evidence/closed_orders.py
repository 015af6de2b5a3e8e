"""Logs that hold closed orders only: what is missing at their end.

Many systems export an order when it is closed. Then the orders that were in
progress at the end are absent, so that releases seem to dry up (lead times are
truncated on the right; Lynden-Bell 1971 treats the same in astronomy). A rate
read over the whole log is too low; it is read from the part in which nearly
all orders have had the time to close.
"""

import numpy as np
from scipy.special import gammaincc

from zhizao.learn.evidence.finished import Finished

_CLOSED_IN_TIME = 0.9
_MOST = 0.5
_FEW = 0.5
_CHANCE = 1e-3
_LEAST_ORDERS = 20


def missing_tail_s(finished: Finished, *, until_s: float) -> float:
    """Return the stretch before ``until_s`` in which orders are missing because they were open.

    It is 0 unless both hold: far fewer orders began in the last stretch of a median lead
    time than before (by a Poisson test at one in a thousand), and fewer than half as many
    are in progress at the end as were in the middle of the log. A plant that takes fewer
    orders has only the first for as long as it has work.

    Parameters
    ----------
    finished
        As from ``finished_orders``.
    until_s
        End of the log, seconds from the same origin.

    Returns
    -------
    float
        Seconds: the lead time that nine in ten orders of the first half stayed under,
        at most half the log.

    Examples
    --------
    >>> import polars as pl
    >>> begin = np.arange(0.0, 100.0)
    >>> table = pl.DataFrame({"first_s": begin, "last_s": begin + 20.0}).with_columns(
    ...     is_finished=True)
    >>> def seen(table): return Finished(table=table, silence_s=50.0, pause_s=5.0, terminals=frozenset())
    >>> missing_tail_s(seen(table.filter(pl.col("last_s") <= 100.0)), until_s=100.0)
    20.0
    >>> open_too = table.with_columns(pl.col("last_s").clip(upper_bound=100.0),
    ...     is_finished=pl.col("last_s") <= 100.0)
    >>> missing_tail_s(seen(open_too), until_s=100.0)
    0.0
    """
    table = finished.table
    if table.height < _LEAST_ORDERS:
        return 0.0
    begin = table["first_s"].to_numpy()
    end = table["last_s"].to_numpy()
    is_open = ~table["is_finished"].to_numpy()
    from_s = float(begin.min())
    span_s = until_s - from_s
    lead = end - begin
    stretch = min(float(np.median(lead)), span_s / 4)
    if stretch <= 0.0:
        return 0.0
    late = int((begin > until_s - stretch).sum())
    expected = (table.height - late) * stretch / (span_s - stretch)
    # P(at most ``late`` of a Poisson variable) as an incomplete gamma function.
    if late >= _FEW * expected or gammaincc(late + 1, expected) > _CHANCE:
        return 0.0
    ticks = from_s + span_s * np.linspace(1 / 3, 2 / 3, 21)
    usual = float(((begin <= ticks[:, None]) & (end > ticks[:, None])).sum(axis=1).mean())
    if is_open.sum() >= _FEW * usual:
        return 0.0
    early = lead[begin <= from_s + span_s / 2]
    return min(float(np.quantile(early, _CLOSED_IN_TIME)), _MOST * span_s)
