"""Ways back: true loops, which are rework of the whole lot, and single extra visits.

A lot that fails an inspection may go back to an earlier step and do again all that lies
between. In most logs that is the rarer case: an order comes back to one operation for the
few pieces that have to be mended, and then goes on from where it was. To let a twin do
again all steps between, with all pieces, would invent work that nobody did. So each way
back is taken as it was: what repeats the steps between, with about as much work, is a loop;
any other visit is an extra one, a step of its own after those that were done before it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from zhizao.learn.finished import Finished
from zhizao.learn.repeats import base_of, extra_label_of, occurrence_of
from zhizao.learn.sequence import sequence_of

_LEAST_LOOPS = 2
_OWN_LOOPS = 5
_WHOLE_WORK = 0.5
"""Share of the work of the first time that makes a loop one of the whole lot."""

_CREDIBLE = 0.1
"""Optional steps may be left out in a loop where chance leaves out as many so often."""

_MOST_EXTRA = 3
_PRIOR_ORDERS = 2.0

Way = tuple[str, str, str]
"""Product, operation from which an order came back, operation to which."""


@dataclass(slots=True)
class _Return:
    """One way back: rows of the order that are its visits; a loop, or one extra visit."""

    way: Way
    rows: list[int]
    is_loop: bool
    is_open: bool = False
    again_s: float = 0.0
    first_s: float = 0.0


@dataclass(slots=True)
class _Order:
    """The visits of an order, as they began."""

    product: str
    row: list[int]
    operation: list[str]
    number: list[int]
    worked_s: list[float]
    returns: list[_Return] = field(default_factory=list)


def with_extra_visits(visits: pl.DataFrame, finished: Finished) -> pl.DataFrame:
    """Return the visits with extra ones under labels of their own; ``pass`` counts loops alone.

    Extra visits of one operation with no new step begun in between are one. An operation has
    at most three; what comes later counts to the third. A loop counts as such if its kind was
    seen twice, most of those that came back from there went the same way, and the work done in
    it was at least half of that of the first time; else its visits are extra ones.

    Parameters
    ----------
    visits
        As from ``with_labels``.
    finished
        In an order that is not over, the last way back may not have come round yet.

    Examples
    --------
    >>> steps = ["cut", "weld", "check", "cut", "pack"]
    >>> visits = pl.DataFrame({"order_id": "A", "product": "P", "operation": steps, "pass": [0, 0, 0, 1, 0],
    ...     "first_s": [0.0, 1, 2, 3, 4], "last_s": [1.0, 2, 3, 4, 5], "worked_s": 1.0, "measured_s": 1.0,
    ...     "n_measured": 1, "n_rows": 1, "done": 1.0, "resource": "M", "n_resources": 1,
    ...     "is_running": False, "is_flagged": False})
    >>> table = pl.DataFrame({"order_id": ["A"], "is_finished": [True], "is_silent": [False],
    ...     "is_truncated": [False]})
    >>> seen = Finished(table=table, silence_s=1.0, pause_s=1.0, terminals=frozenset())
    >>> found = with_extra_visits(visits, seen)
    >>> [base_of(o) for o in found["operation"]], found["pass"].to_list()
    (['cut', 'weld', 'check', 'cut', 'pack'], [0, 0, 0, 0, 0])
    """
    back = visits.filter(pl.col("pass") > 0)["order_id"].unique()
    if back.is_empty():
        return visits
    orders = _orders(visits.with_row_index("row"), back)
    shares = _shares(visits)
    before = _Before(visits)
    over = finished.ids()
    for name, order in orders.items():
        order.returns = _returns(order, shares=shares, before=before, is_over=name in over)
    _decide([way for order in orders.values() for way in order.returns])
    label, number = visits["operation"].to_list(), visits["pass"].to_list()
    group = list(range(visits.height))
    for order in orders.values():
        _relabel(order, label=label, number=number, group=group)
    relabelled = visits.with_columns(
        pl.Series("operation", label), pl.Series("pass", number, dtype=visits["pass"].dtype)
    )
    return _merged(relabelled, group)


def _orders(visits: pl.DataFrame, back: pl.Series) -> dict[str, _Order]:
    rows = visits.filter(pl.col("order_id").is_in(back.implode())).sort(
        "order_id", "first_s", "last_s", maintain_order=True
    )
    grouped = rows.group_by("order_id", maintain_order=True).agg(
        pl.col("product").first(), "row", "operation", "pass", "worked_s"
    )
    return {
        name: _Order(product=product, row=row, operation=operation, number=number, worked_s=worked)
        for name, product, row, operation, number, worked in grouped.iter_rows()
    }


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
        self._known: tuple[dict[str, int], np.ndarray[tuple[int, int], np.dtype[np.float64]]] | None
        self._known = None

    def usually(self, first: str, second: str) -> bool:
        """Return whether the first begins before the second in most orders that do both."""
        if self._known is None:
            main = self._visits.filter(pl.col("pass") == 0)
            found = sequence_of(main["order_id"], main["operation"], main["first_s"].to_numpy())
            self._known = {name: i for i, name in enumerate(found.operations)}, found.wins
        assert self._known is not None
        number, wins = self._known
        a, b = number[first], number[second]
        return bool(wins[a, b] > wins[b, a])


def _returns(
    order: _Order, *, shares: dict[tuple[str, str], float], before: _Before, is_over: bool
) -> list[_Return]:
    """Return the ways back of an order, each a whole loop or one extra visit."""
    found = []
    latest: dict[str, int] = {}
    i, n = 0, len(order.row)
    while i < n:
        name = order.operation[i]
        if order.number[i] == 0:
            latest[name] = i
            i += 1
            continue
        start = latest[name]
        between = {order.operation[k]: k for k in range(start, i)}
        way = (order.product, order.operation[i - 1], name)
        end, is_open = _loop_end(order, i, between=between, before=before)
        again = [k for k in range(i, end) if order.number[k] > 0]
        skipped = set(between) - {order.operation[k] for k in again}
        chance = float(np.prod([1.0 - min(1.0, shares[order.product, s]) for s in skipped]))
        if end > i and not is_open and chance >= _CREDIBLE and order.operation[i - 1] != name:
            found.append(
                _Return(
                    way=way, rows=again, is_loop=True,
                    again_s=sum(order.worked_s[k] for k in again),
                    first_s=sum(order.worked_s[latest[order.operation[k]]] for k in again),
                )
            )  # fmt: skip
        else:
            again, end = [i], i + 1
            found.append(
                _Return(way=way, rows=again, is_loop=False, is_open=is_open and not is_over)
            )
        latest.update((order.operation[k], k) for k in range(i, end))
        i = end
    return found


def _loop_end(
    order: _Order, begin: int, *, between: dict[str, int], before: _Before
) -> tuple[int, bool]:
    """Return the index after the visit that closes a loop, and whether the log ends before it.

    The loop is closed by another visit of the operation from which the order came back. Inside
    are operations that were done between, each once, and optional ones that were left out then.
    """
    opening, closing = order.operation[begin], order.operation[begin - 1]
    done: set[str] = set()
    for k in range(begin, len(order.row)):
        name = order.operation[k]
        is_between = (order.number[k] > 0 and name in between) or (
            before.usually(opening, name) and before.usually(name, closing)
        )
        if name in done or not is_between:
            return begin, False
        done.add(name)
        if name == closing:
            return k + 1, False
    return begin, True


def _decide(returns: Sequence[_Return]) -> None:
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


def _work_share(loops: Sequence[_Return], way: tuple[str, str] | None) -> float:
    """Return the work in loops as a share of that of the first time; 1 where none was measured."""
    chosen = [r for r in loops if way is None or r.way[1:] == way]
    first = sum(r.first_s for r in chosen)
    return sum(r.again_s for r in chosen) / first if first > 0.0 else 1.0


def _relabel(order: _Order, *, label: list[str], number: list[int], group: list[int]) -> None:
    """Write the labels and passes of an order's repeated visits; extra ones that are one share a group."""
    is_loop = {k: r.is_loop for r in order.returns for k in r.rows}
    current: dict[str, str] = {}
    passes: Counter[str] = Counter()
    n_extra: Counter[str] = Counter()
    n_new = 0
    last: dict[str, tuple[int, int]] = {}
    for k, row in enumerate(order.row):
        name = order.operation[k]
        if k not in is_loop:
            current[name] = name
            n_new += 1
            continue
        if is_loop[k]:
            found = current[name]
            passes[found] += 1
            label[row], number[row] = found, passes[found]
            continue
        base = base_of(name)
        seen = last.get(base)
        if seen is not None and (seen[0] == n_new or n_extra[base] >= _MOST_EXTRA):
            group[row] = seen[1]
        else:
            n_extra[base] += 1
        group_row = group[row]
        last[base] = (n_new, group_row)
        current[name] = extra_label_of(base, occurrence_of(name) + n_extra[base])
        label[row], number[row] = current[name], 0


def _merged(visits: pl.DataFrame, group: list[int]) -> pl.DataFrame:
    """Return the visits with those of a group as one."""
    key = ["order_id", "operation", "pass"]
    grouped = visits.with_columns(_group=pl.Series(group))
    several = grouped.filter(pl.col("_group").is_duplicated())
    if several.is_empty():
        return visits
    merged = several.group_by("_group", maintain_order=True).agg(
        *(pl.col(c).first() for c in visits.columns if c not in _SUMMED and c not in _OTHERS),
        *(pl.col(c).sum() for c in _SUMMED),
        pl.col("first_s").min(),
        pl.col("last_s").max(),
        pl.col("n_resources").max(),
        pl.col("is_running", "is_flagged").any(),
        done=pl.when(pl.col("done").is_not_null().any()).then(pl.col("done").sum()),
        resource=pl.col("resource").sort_by("worked_s").last(),
    )
    alone = grouped.filter(~pl.col("_group").is_duplicated())
    both = pl.concat([alone, merged.select(alone.columns)])
    return both.drop("_group").sort("order_id", "first_s", "last_s", *key[1:], maintain_order=True)


_SUMMED = ("worked_s", "measured_s", "n_measured", "n_rows")
_OTHERS = ("first_s", "last_s", "n_resources", "is_running", "is_flagged", "done", "resource")
