"""Orders that did two steps, one after the other: when each began and ended, and what it worked.

What of the first step was done when the second one began says how many pieces went on at a
time, where no queue hid when they came. The second step cannot end before the last pieces have
come, so it may hold its resource for longer than its work; how long it works itself follows
from when the two ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.durations.time_shapes import TimeShape, best_time_shape
from zhizao.learn.routes.lines import Clocks
from zhizao.learn.statistics.codes import coded
from zhizao.learn.statistics.intervals import share_interval

Floats = NDArray[np.float64]
Pair = tuple[str, str]
T = TypeVar("T")
ENOUGH_CASES = 20
USUAL_OVERLAP = 0.25
_LEADS = 0.9
_SAME_S = 60.0
_ROUNDS = 6


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Orders that did two steps: what of the first one was done when the second one began."""

    quantity: Floats
    work: Floats
    passed: Floats
    begin: Floats
    end: Floats
    begin_next: Floats
    end_next: Floats
    held_next: Floats
    clock: NDArray[np.int64]
    clock_next: NDArray[np.int64]
    second_row: NDArray[np.int64]
    is_idle: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        both: pl.DataFrame,
        *,
        clocks: Clocks,
        own_work: Floats,
        idle_s: Mapping[str, tuple[Floats, Floats]],
    ) -> "Cases":
        """Return the cases of joined visits."""
        begin, end, begin_next, end_next = (
            both[c].to_numpy() for c in ("first_s", "last_s", "first_s_next", "last_s_next")
        )
        clock, clock_next = clocks.numbers(both["resource"]), clocks.numbers(both["resource_next"])
        return cls(
            quantity=both["quantity"].to_numpy().astype(np.float64),
            work=own_work[both["row"].to_numpy()],
            passed=np.maximum(clocks.between(clock, begin, begin_next), 0.0),
            begin=begin, end=end, begin_next=begin_next, end_next=end_next,
            held_next=both["worked_s_next"].to_numpy(), clock=clock, clock_next=clock_next,
            second_row=both["row_next"].to_numpy().astype(np.int64),
            is_idle=_was_idle(both["resource_next"].to_list(), begin_next, idle_s),
        )  # fmt: skip

    def some(self, which: NDArray[np.bool_]) -> "Cases":
        """Return some of the cases."""
        return Cases(**{name: value[which] for name, value in vars(self).items()})

    def clear(self) -> "Cases":
        """Return the cases in which no queue hid when the pieces came; all where they are few."""
        return self.some(self.is_idle) if int(self.is_idle.sum()) >= ENOUGH_CASES else self

    def streams(self) -> bool:
        """Return whether the first step clearly hands pieces on to the second before it ends.

        Where a lot queued before the second step, that it began late says nothing.
        """
        case = self.clear()
        n = case.quantity.size
        if n < ENOUGH_CASES:
            return False
        is_over = (case.begin < case.end_next) & (case.begin_next < case.end)
        n_over = int(is_over.sum())
        leads = is_over & (case.begin < case.begin_next) & (case.end <= case.end_next + _SAME_S)
        return share_interval(n_over, n)[0] >= USUAL_OVERLAP and int(leads.sum()) >= _LEADS * n_over

    def pieces(self, shape: TimeShape) -> Floats:
        """Return the pieces that were done when the second step began, at most all."""
        share = self.passed / np.maximum(self.work, 1e-9)
        before = np.minimum(shape.share / shape.of(self.quantity), 1.0 - 1e-9)
        return self.quantity * np.clip((share - before) / (1.0 - before), 0.0, 1.0)

    def own_work(self, batches: Floats, clocks: Clocks) -> Floats:
        """Return how long the second step worked itself, seconds.

        It holds its resource for its work, or until it has worked on the last batch, which
        came when the first step ended: held = max(work, rest + work on the last batch). What of
        the work does not depend on pieces is not in the last batch: it is looked for in turn.
        """
        if not self.quantity.size:
            return self.held_next
        rest = np.maximum(clocks.between(self.clock_next, self.begin_next, self.end), 0.0)
        last = np.maximum(self.held_next - rest, 0.0)
        share = 1.0 / batches
        work = self.held_next
        for _ in range(_ROUNDS):
            waited = last < share * self.held_next
            work = np.where(waited, np.minimum(last / share, self.held_next), self.held_next)
            shape = best_time_shape(np.log(np.maximum(work, 1.0)), self.quantity)
            share = (1.0 - shape.share / shape.of(self.quantity)) / batches
            share = np.maximum(share, 1e-3)
        return work


def that_overlap(asked: Mapping[Pair, T], visits: pl.DataFrame) -> dict[Pair, T]:
    """Return the pairs of steps in both of which enough orders were at once to be looked at.

    In most plants an order is hardly ever in two steps at once: of all pairs, only those
    orders need be joined.

    Parameters
    ----------
    asked
        By (operation, operation).
    visits
        With order_id, operation, first_s and last_s.

    Examples
    --------
    >>> visits = pl.DataFrame({
    ...     "order_id": [f"{i}" for i in range(6) for _ in "abc"], "operation": ["a", "b", "c"] * 6,
    ...     "first_s": [0.0, 5.0, 20.0] * 6, "last_s": [10.0, 15.0, 30.0] * 6})
    >>> that_overlap({("a", "b"): 1, ("b", "c"): 2}, visits)
    {('a', 'b'): 1}
    """
    _, order = coded(visits["order_id"])
    first, last = visits["first_s"].to_numpy(), visits["last_s"].to_numpy()
    rows = np.lexsort((first, order))
    one, other = rows[:-1], rows[1:]
    has_overlap = np.zeros(int(order.max(initial=-1)) + 1, dtype=np.bool_)
    has_overlap[order[one][(order[one] == order[other]) & (first[other] < last[one])]] = True
    some = visits.select("order_id", "operation", "first_s", "last_s")
    by_operation = by_names(some.filter(pl.Series(has_overlap[order])), "operation")
    none = some.clear()
    return {
        (before, after): of
        for (before, after), of in asked.items()
        if overlap_often(
            by_operation.get(before, none).join(
                by_operation.get(after, none), on="order_id", suffix="_next"
            )
        )
    }


def overlap_often(both: pl.DataFrame) -> bool:
    """Return whether enough orders that did two steps were in both at once.

    So few overlaps are no usual ones, whichever of the orders are asked.
    """
    is_over = (pl.col("first_s") < pl.col("last_s_next")) & (
        pl.col("first_s_next") < pl.col("last_s")
    )
    return int(both.select(is_over.sum()).item()) >= USUAL_OVERLAP * ENOUGH_CASES


def by_names(rows: pl.DataFrame, name: str) -> dict[str, pl.DataFrame]:
    """Return the rows by what stands in a column, in their order."""
    parts = rows.partition_by(name, as_dict=True, maintain_order=True)
    return {str(key): part for (key,), part in parts.items()}


def last_stops(rows: pl.DataFrame) -> dict[str, tuple[Floats, Floats]]:
    """Return resource → begins of its reports, and when all that began before them had ended."""
    found = {}
    used = rows.drop_nulls("resource").sort("start_s", maintain_order=True)
    for name, own in by_names(used, "resource").items():
        found[name] = (own["start_s"].to_numpy(), own["stop_s"].cum_max().to_numpy())
    return found


def _was_idle(
    resources: Sequence[str | None], at_s: Floats, known: Mapping[str, tuple[Floats, Floats]]
) -> NDArray[np.bool_]:
    """Return whether a resource had been idle before instants at which it began something."""
    names = np.array([r or "" for r in resources])
    found = np.zeros(at_s.size, dtype=np.bool_)
    for name in np.unique(names).tolist():
        if name not in known:
            continue
        mine = np.flatnonzero(names == name)
        starts, ended = known[name]
        before = np.searchsorted(starts, at_s[mine], side="left") - 1
        last = np.where(before >= 0, ended[np.maximum(before, 0)], -np.inf)
        found[mine] = last < at_s[mine] - _SAME_S
    return found
