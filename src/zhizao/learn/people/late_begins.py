"""Begins that came late though their machine was idle: those that waited for people.

Such a begin comes just after the same person has ended something else. How often that would
be so by chance is known from how much of the open time lies shortly after an end.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from zhizao.learn.open_time import OpenTime

_JUST_S = 150.0
_IDLE_S = 600.0


def late_begins(
    own: pl.DataFrame,
    people: pl.DataFrame,
    operations: Sequence[str],
    open_times: Mapping[str | None, OpenTime],
) -> tuple[int, int, float]:
    """Return the late begins at idle machines, those just after an end, and the chance of that.

    Late: the order's work before had ended, and the machine had stood idle,
    for ten open minutes and more; the first begins of a stretch of open time are left
    out. Just after: the same person ended something in the last minutes.
    """
    begins = (
        own.sort("start_s", "stop_s")
        .with_columns(
            machine_s=pl.col("stop_s").cum_max().shift(1).over("resource"),
            ready_s=pl.col("stop_s").cum_max().shift(1).over("order_id"),
            before=pl.col("order_id").shift(1).over("resource"),
        )
        .filter(
            ~pl.col("is_default")
            & pl.col("operation").is_in(list(operations))
            & (pl.col("before") != pl.col("order_id"))
        )
        .drop_nulls(["machine_s"])
    )
    ends = {
        str(name): np.sort(p["stop_s"].to_numpy())
        for (name,), p in people.group_by("operator", maintain_order=True)
    }
    n, waited, expected = 0, 0, 0.0
    for (name,), mine in begins.group_by("resource", maintain_order=True):
        open_time = open_times.get(str(name)) or open_times[None]
        start = mine["start_s"].to_numpy()
        idle = open_time.between(mine["machine_s"].to_numpy(), start)
        ready = mine["ready_s"].to_numpy()
        waits = np.where(np.isnan(ready), np.inf, open_time.between(np.nan_to_num(ready), start))
        inside = open_time.between(start - _IDLE_S, start) >= _IDLE_S - 1.0
        late = (idle >= _IDLE_S) & (waits >= _IDLE_S) & inside
        open_s = max(float(open_time.between(own["start_s"].min(), own["stop_s"].max())), 1.0)  # type: ignore[arg-type]
        for at, operator in zip(
            start[late].tolist(), mine["operator"].filter(pl.Series(late)).to_list(), strict=True
        ):
            of_person = ends[operator]
            i = int(np.searchsorted(of_person, at, side="right")) - 1
            n += 1
            waited += i >= 0 and at - float(of_person[i]) <= _JUST_S
            expected += min(1.0, of_person.size * _JUST_S / open_s)
    return n, waited, expected / n if n else 0.0
