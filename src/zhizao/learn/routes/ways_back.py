"""How orders came back to operations: which ways back were loops, and which single visits."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.routes.sequence import sequence_of

_LEAST_LOOPS = 2
_OWN_LOOPS = 5
_WHOLE_WORK = 0.5
"""Share of the work of the first time that makes a loop one of the whole lot."""

_CREDIBLE = 0.1
"""Optional steps may be left out in a loop where chance leaves out as many so often."""

_PRIOR_ORDERS = 2.0

Way = tuple[str, str, str]
"""Product, operation from which an order came back, operation to which."""


@dataclass(slots=True)
class Return:
    """One way back: rows of the order that are its visits; a loop, or one extra visit."""

    way: Way
    rows: list[int]
    is_loop: bool
    is_open: bool = False
    again_s: float = 0.0
    first_s: float = 0.0


@dataclass(slots=True)
class OrderVisits:
    """The visits of an order as they began: rows of the table, operations, passes, work."""

    order_id: str
    product: str
    row: list[int]
    operation: list[str]
    number: list[int]
    worked_s: list[float]
    returns: list[Return] = field(default_factory=list)


def ways_back(visits: pl.DataFrame, finished: Finished) -> list[OrderVisits]:
    """Return the orders that came back to an operation, with each way back decided.

    A way back is a loop if all between was done again (what is optional may be left out) up to
    the operation from which the order came back, if its kind was seen twice, if most of those
    that came back from there went the same way, and if the work done in such loops was at least
    half of that of the first time. In an order that is not over the last one may not have come
    round yet: it is taken for what such ways back usually are.

    Parameters
    ----------
    visits
        As from ``with_labels``.
    finished
        Which orders are over.

    Examples
    --------
    >>> steps = ["cut", "weld", "check", "cut", "pack"]
    >>> visits = pl.DataFrame({"order_id": "A", "product": "P", "operation": steps, "pass": [0, 0, 0, 1, 0],
    ...     "first_s": [0.0, 1, 2, 3, 4], "last_s": [1.0, 2, 3, 4, 5], "worked_s": 1.0})
    >>> table = pl.DataFrame({"order_id": ["A"], "is_finished": [True], "is_silent": [False],
    ...     "is_truncated": [False]})
    >>> seen = Finished(table=table, silence_s=1.0, pause_s=1.0, terminals=frozenset())
    >>> [(r.way, r.is_loop) for order in ways_back(visits, seen) for r in order.returns]
    [(('P', 'check', 'cut'), False)]
    """
    back = visits.filter(pl.col("pass") > 0)["order_id"].unique()
    if back.is_empty():
        return []
    orders = _orders(visits.with_row_index("row"), back)
    shares = _shares(visits)
    before = _Before(visits)
    over = finished.ids()
    for order in orders:
        is_over = order.order_id in over
        reader = _Reader(order=order, shares=shares, before=before, is_over=is_over)
        order.returns = reader.returns()
    _decide([way for order in orders for way in order.returns])
    return orders


def _orders(visits: pl.DataFrame, back: pl.Series) -> list[OrderVisits]:
    rows = visits.filter(pl.col("order_id").is_in(back.implode())).sort(
        "order_id", "first_s", "last_s", maintain_order=True
    )
    grouped = rows.group_by("order_id", maintain_order=True).agg(
        pl.col("product").first(), "row", "operation", "pass", "worked_s"
    )
    return [
        OrderVisits(
            order_id=name, product=product, row=row, operation=operation, number=number, worked_s=worked
        )
        for name, product, row, operation, number, worked in grouped.iter_rows()
    ]  # fmt: skip


def _shares(visits: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return (product, operation) → share of the product's orders that do it."""
    first = visits.filter(pl.col("pass") == 0)
    n_all = visits["order_id"].n_unique()
    n_product = dict(visits.group_by("product").agg(pl.col("order_id").n_unique()).iter_rows())
    n_pooled = dict(first.group_by("operation").len().iter_rows())
    return {
        (product, operation): (n + _PRIOR_ORDERS * n_pooled[operation] / n_all)
        / (n_product[product] + _PRIOR_ORDERS)
        for product, operation, n in first.group_by("product", "operation").len().iter_rows()
    }


class _Before:
    """Which of two operations usually comes first; found out when it is first asked."""

    def __init__(self, visits: pl.DataFrame) -> None:
        self._visits = visits
        self._number: dict[str, int] = {}
        self._wins: NDArray[np.float64] = np.zeros((0, 0))

    def usually(self, first: str, second: str) -> bool:
        """Return whether the first begins before the second in most orders that do both."""
        if not self._number:
            main = self._visits.filter(pl.col("pass") == 0)
            found = sequence_of(main["order_id"], main["operation"], main["first_s"].to_numpy())
            self._number = {name: i for i, name in enumerate(found.operations)}
            self._wins = found.wins
        a, b = self._number[first], self._number[second]
        return bool(self._wins[a, b] > self._wins[b, a])


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the ways back of one order."""

    order: OrderVisits
    shares: dict[tuple[str, str], float]
    before: _Before
    is_over: bool

    def returns(self) -> list[Return]:
        """Return the ways back of an order, each a whole loop or one extra visit."""
        found: list[Return] = []
        latest: dict[str, int] = {}
        i = 0
        while i < len(self.order.row):
            end = i + 1
            if self.order.number[i] > 0:
                loops, end, is_open = self._loop(i, latest)
                if not loops:
                    end = i + 1
                    is_unknown = is_open and not self.is_over
                    loops = [Return(way=self._way(i), rows=[i], is_loop=False, is_open=is_unknown)]
                found += loops
            latest.update((self.order.operation[k], k) for k in range(i, end))
            i = end
        return found

    def _way(self, begin: int) -> Way:
        operation = self.order.operation
        return self.order.product, operation[begin - 1], operation[begin]

    def _loop(self, begin: int, latest: dict[str, int]) -> tuple[list[Return], int, bool]:
        """Return the loop that begins at a visit with those inside it, the index after it, and whether it is open.

        The loop is closed by another visit of the operation from which the order came back. Inside
        are operations that were done between, each once, optional ones that were left out then, and
        loops. There is none where it is not closed; it is open where the log ends before that.
        """
        order = self.order
        _, closing, opening = self._way(begin)
        between = set(order.operation[latest[opening] : begin])
        own, inside = list[int](), list[Return]()
        done: dict[str, int] = {}
        k = begin
        while closing not in done:
            if k == len(order.row):
                return [], begin, True
            name = order.operation[k]
            if name in done:
                loops, end, is_open = self._loop(k, latest | done)
                if not loops:
                    return [], begin, is_open
                inside += loops
            else:
                is_between = (order.number[k] > 0 and name in between) or (
                    self.before.usually(opening, name) and self.before.usually(name, closing)
                )
                if not is_between:
                    return [], begin, False
                own += [k] if order.number[k] > 0 else []
                end = k + 1
            done.update((order.operation[i], i) for i in range(k, end))
            k = end
        skipped = between - done.keys()
        chance = math.prod(1.0 - min(1.0, self.shares[order.product, s]) for s in skipped)
        if opening == closing or chance < _CREDIBLE:
            return [], begin, False
        whole = Return(
            way=self._way(begin), rows=own, is_loop=True,
            again_s=sum(order.worked_s[i] for i in own),
            first_s=sum(order.worked_s[latest[order.operation[i]]] for i in own),
        )  # fmt: skip
        return [whole, *inside], k, False


def _decide(returns: Sequence[Return]) -> None:
    """Turn loops that are none of the whole lot, or too rare, into extra visits."""
    loops = [r for r in returns if r.is_loop]
    n_own, n_all = Counter(r.way for r in loops), Counter(r.way[1:] for r in loops)
    targets: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for product, frm, to in (r.way for r in loops):
        targets[product, frm][to] += 1
        targets["", frm][to] += 1
    share = {way: _work_share(loops, way) for way in n_all}
    pooled = _work_share(loops, None)
    kept: dict[Way, bool] = {}
    for way in n_own:
        product, frm, to = way
        own = targets[product, frm]
        counted = own if own.total() >= _OWN_LOOPS else targets["", frm]
        is_usual = to == max(sorted(counted), key=lambda t: counted[t])
        work = share[frm, to] if n_all[frm, to] >= _OWN_LOOPS else pooled
        kept[way] = is_usual and n_all[frm, to] >= _LEAST_LOOPS and work >= _WHOLE_WORK
    extras = Counter(r.way for r in returns if not r.is_loop and not r.is_open)
    for r in returns:
        if r.is_loop:
            r.is_loop = kept[r.way]
        elif r.is_open:
            r.is_loop = kept.get(r.way, False) and n_own[r.way] > extras[r.way]


def _work_share(loops: Sequence[Return], way: tuple[str, str] | None) -> float:
    """Return the work in loops as a share of that of the first time; 1 where none was measured."""
    chosen = [r for r in loops if way is None or r.way[1:] == way]
    first = sum(r.first_s for r in chosen)
    return sum(r.again_s for r in chosen) / first if first > 0.0 else 1.0
