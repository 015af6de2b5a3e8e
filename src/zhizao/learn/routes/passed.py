"""Which steps orders do and which they skip, counted over all that have passed them.

Orders that were seen from beginning to end are the short ones: of those begun before the
log's end, the ones with more steps and detours are still open. Shares of steps that are
counted over complete orders alone are therefore too low for whatever takes long. An order in
progress tells as much about the steps that it has passed as a complete one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.repeats import is_extra
from zhizao.learn.statistics.codes import Ints, coded


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What orders have come past: from the place ``first`` to the place ``last`` of each.

    ``order`` and ``place`` say who did what, once for each; ``extra`` are the places of extra
    visits, which nobody knows to have been passed.
    """

    names: Sequence[str]
    first: Ints
    last: Ints
    order: Ints
    place: Ints
    extra: Sequence[int]

    def done(self, places: Sequence[int]) -> NDArray[np.bool_]:
        """Return who did which of some steps: a row for each order, a column for each step."""
        found = np.zeros((self.first.size, len(self.names)), dtype=np.bool_)
        found[self.order, self.place] = True
        return found[:, list(places)]

    def known(self, places: Sequence[int]) -> NDArray[np.bool_]:
        """Return of whom one knows whether they did which of some steps, in the same form."""
        at = np.array(places, dtype=np.int64)
        return (self.first[:, None] <= at) & (at <= self.last[:, None])


def passed_by(visits: pl.DataFrame, finished: Finished, names: Sequence[str]) -> Passed:
    """Return who did and who came past the steps of a path.

    Parameters
    ----------
    visits, finished, names
        As for ``passed_steps``.

    Examples
    --------
    >>> table = pl.DataFrame({"order_id": ["A"], "is_finished": [False], "is_silent": [False], "is_truncated": [False]})
    >>> seen = Finished(table=table, silence_s=1.0, pause_s=1.0, terminals=frozenset())
    >>> visits = pl.DataFrame({"order_id": ["A"], "operation": ["b"], "pass": [0]})
    >>> found = passed_by(visits, seen, ["a", "b", "c"])
    >>> found.known([0, 1, 2]).tolist(), found.done([0, 1, 2]).tolist()
    ([[True, True, False]], [[False, True, False]])
    """
    index = {name: i for i, name in enumerate(names)}
    at = visits["operation"].replace_strict(index, default=-1, return_dtype=pl.Int64).to_numpy()
    rows = np.flatnonzero((visits["pass"].to_numpy() == 0) & (at >= 0))
    place = at[rows]
    orders, order = coded(visits["order_id"][rows])
    # An extra visit does not say that what it usually follows has been passed.
    extra = [i for i, name in enumerate(names) if is_extra(name)]
    is_regular = ~np.isin(place, extra)
    has_regular = np.bincount(order, weights=is_regular, minlength=len(orders)) > 0
    tells = is_regular | ~has_regular[order]
    first, last = np.full(len(orders), len(names)), np.zeros(len(orders), dtype=np.int64)
    np.minimum.at(first, order[tells], place[tells])
    np.maximum.at(last, order[tells], place[tells])
    first = np.where([o in finished.truncated for o in orders], first, 0)
    last = np.where([o in finished.complete for o in orders], len(names) - 1, last)
    each = np.unique(order * len(names) + place)
    return Passed(
        names=names, first=first, last=last, order=each // len(names), place=each % len(names), extra=extra
    )  # fmt: skip


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
    seen = passed_by(visits, finished, names)
    # An order has passed every place from its first to its last.
    edges = np.zeros(len(names) + 1, dtype=np.int64)
    np.add.at(edges, seen.first, 1)
    np.subtract.at(edges, seen.last + 1, 1)
    did = np.bincount(seen.place, minlength=len(names))
    passed = np.cumsum(edges[:-1])
    extra = list(seen.extra)
    passed[extra] = np.maximum(passed[extra], did[extra])
    return {name: (int(did[i]), int(passed[i])) for i, name in enumerate(names)}
