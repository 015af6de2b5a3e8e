"""Which steps orders do and which they skip, counted over all that have passed them.

Orders that were seen from beginning to end are the short ones: of those begun before the
log's end, the ones with more steps and detours are still open. Shares of steps that are
counted over complete orders alone are therefore too low for whatever takes long. An order in
progress tells as much about the steps that it has passed as a complete one does.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from zhizao.learn.finished import Finished
from zhizao.learn.repeats import is_extra


def passed_steps(
    visits: pl.DataFrame, finished: Finished, names: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Return step → how many orders did it, of how many that did it or went past it.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    finished
        Complete orders have passed every step, those that began before the log only what
        follows their first one.
    names
        The steps in their order.

    Examples
    --------
    >>> table = pl.DataFrame({"order_id": ["A", "B"], "is_finished": [True, False],
    ...     "is_silent": [False, False], "is_truncated": [False, False]})
    >>> seen = Finished(table=table, silence_s=1.0, pause_s=1.0, terminals=frozenset())
    >>> visits = pl.DataFrame({"order_id": ["A", "B", "B"], "operation": ["a", "a", "b"], "pass": [0, 0, 0]})
    >>> passed_steps(visits, seen, ["a", "b", "c"])
    {'a': (2, 2), 'b': (1, 2), 'c': (0, 1)}
    """
    index = {name: i for i, name in enumerate(names)}
    known = visits.filter((pl.col("pass") == 0) & pl.col("operation").is_in(list(names))).select(
        "order_id", place=pl.col("operation").replace_strict(index, default=-1, return_dtype=pl.Int64)
    )  # fmt: skip
    # An extra visit does not say that what it usually follows has been passed.
    extra = [i for i, name in enumerate(names) if is_extra(name)]
    regular = pl.col("place").filter(~pl.col("place").is_in(extra))
    orders = known.group_by("order_id").agg(
        first=pl.coalesce(regular.min(), pl.col("place").min()),
        last=pl.coalesce(regular.max(), pl.col("place").max()),
    )
    complete = finished.names(complete=True).implode()
    truncated = finished.table.filter("is_truncated")["order_id"].implode()
    first = np.where(orders["order_id"].is_in(truncated).to_numpy(), orders["first"].to_numpy(), 0)
    is_complete = orders["order_id"].is_in(complete).to_numpy()
    last = np.where(is_complete, len(names) - 1, orders["last"].to_numpy())
    # An order has passed every place from its first to its last.
    edges = np.zeros(len(names) + 1, dtype=np.int64)
    np.add.at(edges, first, 1)
    np.subtract.at(edges, last + 1, 1)
    did = np.bincount(known.unique()["place"].to_numpy(), minlength=len(names))
    passed = np.cumsum(edges[:-1])
    passed[extra] = np.maximum(passed[extra], did[extra])
    return {name: (int(did[i]), int(passed[i])) for i, name in enumerate(names)}
