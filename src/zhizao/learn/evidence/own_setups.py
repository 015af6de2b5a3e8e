"""Setups in rows of their own, as the begin of the work that they are for.

A resource that is set up for a lot has taken it: what the lot waits for ends when its setup
begins, not when its run does. Seen from the run alone, the lot would wait beside a machine
that nobody else uses.
"""

from collections.abc import Mapping

import polars as pl

from zhizao.learn.open_time import OpenTime

_NEAR_S = 300.0


def with_own_setups(
    rows: pl.DataFrame,
    stops: pl.DataFrame,
    *,
    begin: str,
    open_times: Mapping[str | None, OpenTime],
) -> pl.DataFrame:
    """Return rows of work that begin with the setup before them, and last as much longer.

    A setup is for the next work of the order that it names on its resource; if it names none,
    for the next work there, if that begins within five minutes of its end.

    Parameters
    ----------
    rows
        With order_id, resource, worked_s and the begin.
    stops
        As in ``Reports``: resource, order_id, kind, start_s, end_s.
    begin
        Name of the column of the begin, seconds.
    open_times
        By resource.

    Examples
    --------
    >>> import numpy as np
    >>> always = {None: OpenTime.from_intervals(np.array([[0.0, 1e9]]))}
    >>> rows = pl.DataFrame({"order_id": ["A"], "resource": ["M"], "first_s": [900.0], "worked_s": [60.0]})
    >>> stops = pl.DataFrame({"resource": ["M"], "order_id": ["A"], "kind": ["setup"],
    ...     "start_s": [300.0], "end_s": [900.0]})
    >>> with_own_setups(rows, stops, begin="first_s", open_times=always).select("first_s", "worked_s").rows()
    [(300.0, 660.0)]
    """
    setups = stops.filter(
        (pl.col("kind") == "setup") & (pl.col("end_s") > pl.col("start_s"))
    ).select("resource", "order_id", set_s="start_s", until_s="end_s")
    if setups.is_empty() or rows.is_empty():
        return rows
    setups = pl.concat(
        own.with_columns(
            taken_s=(open_times.get(str(name)) or open_times[None]).worked(
                own["set_s"].to_numpy(), own["until_s"].to_numpy()
            )
        )
        for (name,), own in setups.group_by("resource", maintain_order=True)
    )
    numbered = rows.select("order_id", "resource", pl.col(begin).alias("\0at")).with_row_index(
        "\0n"
    )
    work = numbered.drop_nulls("resource").sort("\0at")
    found = []
    for of, key in (("named", ["resource", "order_id"]), ("any", ["resource"])):
        is_named = pl.col("order_id").is_not_null()
        own = setups.filter(is_named if of == "named" else ~is_named)
        if own.is_empty():
            continue
        paired = own.select(*key, "set_s", "until_s", "taken_s").sort("set_s").join_asof(
            work.select("\0n", "\0at", *key), left_on="set_s", right_on="\0at", by=key,
            strategy="forward", check_sortedness=False,
        )  # fmt: skip
        if of == "any":
            paired = paired.filter(pl.col("\0at") - pl.col("until_s") <= _NEAR_S)
        found.append(paired.drop_nulls("\0n").select("\0n", "set_s", "taken_s"))
    if not found:
        return rows
    first = pl.concat(found).group_by("\0n").agg(pl.col("set_s").min(), pl.col("taken_s").sum())
    taken = numbered.select("\0n").join(first, on="\0n", how="left", maintain_order="left")
    return rows.with_columns(
        pl.min_horizontal(taken["set_s"], begin).alias(begin),
        worked_s=pl.col("worked_s") + taken["taken_s"].fill_null(0.0),
    )
