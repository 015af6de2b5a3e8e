"""Rework: loops back to a step and through all between again, counted by step."""

from collections.abc import Mapping, Sequence

import polars as pl

from zhizao.learn.codes import with_coded

MAX_PASSES = 3
"""Most detours after one step that a learnt lot makes; a twin never loops for ever."""

Detours = Mapping[str, tuple[int, float, int]]
"""Operation → index of the step to go back to, probability after a pass, most passes."""


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
    {'check': (0, 0.5, 1)}
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
    most: dict[str, int] = dict(
        per_order.group_by("operation_before").agg(pl.col("len").max()).iter_rows()
    )
    found = {}
    for name in names:
        back = {to: n for (frm, to), n in jumps.items() if frm == name}
        total = sum(back.values())
        if name in n_passes and total >= max(2, 0.01 * n_passes[name]):
            to = max(sorted(back), key=lambda t: back[t])
            found[name] = (
                index[to],
                min(0.9, total / n_passes[name]),
                min(MAX_PASSES, most[name]),
            )
    return found


def done_again(
    visits: pl.DataFrame, index: dict[str, int], rework: Detours
) -> list[tuple[int, int]]:
    """Return by step how often it was done in detours, and how many detours went past it.

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
    >>> visits = pl.DataFrame({"operation": ["cut", "check", "cut", "check"], "pass": [0, 0, 1, 1]})
    >>> done_again(visits, {"cut": 0, "check": 1}, {"check": (0, 0.5, 1)})
    [(1, 1), (1, 1)]
    """
    n_all = dict(visits["operation"].value_counts().iter_rows())
    n_again = dict(visits.filter(pl.col("pass") > 0)["operation"].value_counts().iter_rows())
    found = [(0, 0)] * len(index)
    for name, (to, probability, _) in rework.items():
        n_detours = round(probability * n_all[name])
        for i in range(to, index[name] + 1):
            found[i] = (found[i][0], found[i][1] + n_detours)
    return [(n_again.get(name, 0) if found[i][1] else 0, found[i][1]) for name, i in index.items()]
