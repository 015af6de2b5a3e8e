"""Rework: loops back to a step and through all between again, counted by step."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from zhizao.learn.statistics.codes import with_coded

MOST_PROBABLE = 0.9
LEAST_SHARE = 0.01
"""A detour that fewer passes lead to is none of the path."""

MAX_PASSES = 3
"""Most detours after one step that a learnt lot makes; a twin never loops for ever."""


class Detour(NamedTuple):
    """The place to go back to, the chance after a pass, the most detours, how many were seen."""

    to: int
    probability: float
    max_passes: int
    n: int


Detours = Mapping[str, Detour]
"""Operation → the detour after it."""


def rework_of(rows: pl.DataFrame, names: Sequence[str], *, is_over: pl.Expr) -> Detours:
    """Return the detours of a path, as far as there were enough.

    Parameters
    ----------
    rows
        Visits; a ``pass`` above 0 is one in a loop.
    names
        The steps in their order.
    is_over
        Which orders are over: what follows the last visit of another is not known yet.

    Examples
    --------
    >>> rows = pl.DataFrame({"order_id": ["A"] * 4 + ["B"] * 4, "operation": ["cut", "check"] * 4,
    ...     "pass": [0, 0, 1, 1] * 2, "first_s": [0.0, 1, 2, 3] * 2, "last_s": [1.0, 2, 3, 4] * 2})
    >>> rework_of(rows, ["cut", "check"], is_over=pl.lit(value=True))
    {'check': Detour(to=0, probability=0.9, max_passes=1, n=2)}
    """
    if not (rows["pass"] > 0).any():
        return {}
    index = {name: i for i, name in enumerate(names)}
    known = rows.filter(pl.col("operation").is_in(list(names)))
    is_last = pl.col("first_s") >= pl.col("first_s").max().over("order_id")
    passed = known.filter(is_over | ~is_last)
    n_passes: dict[str, int] = dict(passed["operation"].value_counts().iter_rows())
    places = pl.DataFrame({"operation": list(index), "at": list(index.values())})
    moves = (
        with_coded(known, "order_id")
        .join(places, on="operation", how="left")
        .sort("order_id", "first_s", "last_s")
        .with_columns(pl.col("operation", "at").shift(1).over("order_id").name.suffix("_before"))
        .filter((pl.col("pass") > 0) & (pl.col("at_before") >= pl.col("at")))
    )
    counted = moves.group_by("operation_before", "operation").len()
    jumps = {(before, to): n for before, to, n in counted.iter_rows()}
    per_order = moves.group_by("operation_before", "order_id").len()
    times = {
        str(name): own["len"].to_numpy().astype(np.int64)
        for (name,), own in per_order.group_by("operation_before", maintain_order=True)
    }
    found = {}
    for name in names:
        back = {to: n for (frm, to), n in jumps.items() if frm == name}
        total = sum(back.values())
        if name in n_passes and total >= max(2, LEAST_SHARE * n_passes[name]):
            to = max(sorted(back), key=lambda t: back[t])
            most = min(MAX_PASSES, int(times[name].max()))
            # After its last detour a lot passes without another chance of one.
            n_sure = int(np.maximum(times[name] - most + 1, 0).sum())
            n_detours = int(np.minimum(times[name], most).sum())
            chance = n_detours / max(n_passes[name] - n_sure, n_detours)
            found[name] = Detour(index[to], min(MOST_PROBABLE, chance), most, total)
    return found


def begun_in_detours(
    visits: pl.DataFrame, index: Mapping[str, int], rework: Detours
) -> dict[str, int]:
    """Return how many orders did each step for the first time in a detour.

    An optional step is drawn anew in each detour: an order that skipped it at first and did it
    then is no order that does it at first.

    Parameters
    ----------
    visits
        As for ``rework_of``.
    index
        Step → its place.
    rework
        As from ``rework_of``.

    Examples
    --------
    >>> visits = pl.DataFrame({"order_id": "A", "operation": ["cut", "check", "cut", "drill", "check"],
    ...     "pass": [0, 0, 1, 0, 1], "first_s": [0.0, 1.0, 2.0, 3.0, 4.0]})
    >>> begun_in_detours(visits, {"cut": 0, "drill": 1, "check": 2}, {"check": Detour(0, 0.9, 1, 1)})
    {'drill': 1}
    """
    found: Counter[str] = Counter()
    for name, detour in rework.items():
        inside = [o for o, i in index.items() if detour.to <= i <= index[name]]
        own = visits.filter(pl.col("operation").is_in(inside))
        is_first = pl.col("pass") == 0
        closed_s = pl.col("first_s").filter(is_first & (pl.col("operation") == name)).min()
        own = own.with_columns(closed_s=closed_s.over("order_id"))
        is_back = ~is_first & (pl.col("first_s") > pl.col("closed_s"))
        again_s = pl.col("first_s").filter(is_back).min().over("order_id")
        late = own.filter(is_first & (pl.col("first_s") > again_s))
        found.update(dict(late["operation"].value_counts().iter_rows()))
    return dict(found)
