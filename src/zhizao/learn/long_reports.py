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
    is_one = [r for r, n in places.items() if n == 1]
    own = rows.filter(pl.col("resource").is_in(is_one)).sort("resource", "start_s", "stop_s")
    busy = []
    for (name,), part in own.group_by("resource", maintain_order=True):
        open_time = open_times.get(str(name)) or open_times[None]
        start, stop = part["start_s"].to_numpy(), part["stop_s"].to_numpy()
        open_s = float(open_time.between(start.min(), stop.max()))
        if open_s > 0 and float(part["worked_s"].sum()) >= _BUSY_SHARE * open_s:
            busy.append(str(name))
    others = own.with_columns(
        before_s=pl.col("stop_s").cum_max().shift(1).over("resource").fill_null(-np.inf),
        after_s=pl.col("start_s").shift(-1).over("resource").fill_null(np.inf),
    ).with_columns(
        is_alone=pl.col("resource").is_in(busy)
        & (pl.col("before_s") <= pl.col("start_s") + _NEAR_S)
        & (pl.col("after_s") >= pl.col("stop_s") - _NEAR_S)
    )
    alone = others.group_by("order_id", "resource").agg(pl.col("is_alone").all())
    return (
        visits.join(alone, on=["order_id", "resource"], how="left", maintain_order="left")
        .with_columns(
            is_believed=pl.col("is_alone").fill_null(value=False) & (pl.col("n_resources") == 1)
        )
        .drop("is_alone")
    )
