"""Ways back: true loops, which are rework of the whole lot, and single extra visits.

A lot that fails an inspection may go back to an earlier step and do again all that lies
between. In most logs that is the rarer case: an order comes back to one operation for the
few pieces that have to be mended, and then goes on from where it was. To let a twin do
again all steps between, with all pieces, would invent work that nobody did. So each way
back is taken as it was: what repeats the steps between, with about as much work, is a loop;
any other visit is an extra one, a step of its own after those that were done before it.
"""

from collections import Counter
from collections.abc import Mapping

import polars as pl

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.repeats import base_of, extra_label_of, occurrence_of
from zhizao.learn.routes.ways_back import OrderVisits, ways_back

_MOST_EXTRA = 3


def with_extra_visits(visits: pl.DataFrame, finished: Finished) -> pl.DataFrame:
    """Return the visits with extra ones under labels of their own; ``pass`` counts loops alone.

    Extra visits of one operation with no new step begun in between are one. An operation has
    at most three; what comes later counts to the third.

    Parameters
    ----------
    visits
        As from ``with_labels``.
    finished
        Which orders are over (``ways_back``).

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
    orders = ways_back(visits, finished)
    if not orders:
        return visits
    changed: dict[int, tuple[str, int, int]] = {}
    for order in orders:
        _relabel(order, changed)
    # Series.scatter may write into the series itself.
    number = visits["pass"].to_numpy().copy()
    number[list(changed)] = [n for _, n, _ in changed.values()]
    label = visits["operation"].clone()
    label = label.scatter(list(changed), [name for name, _, _ in changed.values()])
    relabelled = visits.with_columns(label, pl.Series("pass", number))
    return _merged(relabelled, {row: group for row, (_, _, group) in changed.items()})


def _relabel(order: OrderVisits, changed: dict[int, tuple[str, int, int]]) -> None:
    """Add row → label, pass and group of an order's repeated visits; extra ones that are one share it."""
    is_loop = {k: r.is_loop for r in order.returns for k in r.rows}
    current: dict[str, str] = {}
    passes: Counter[str] = Counter()
    n_extra: Counter[str] = Counter()
    n_new = 0
    last: dict[str, tuple[int, int]] = {}  # operation → steps begun by then, and group
    for k, row in enumerate(order.row):
        name = order.operation[k]
        if k not in is_loop:
            current[name] = name
            n_new += 1
            continue
        if is_loop[k]:
            passes[current[name]] += 1
            changed[row] = current[name], passes[current[name]], row
            continue
        base = base_of(name)
        begun, group = last.get(base, (-1, row))
        if begun != n_new and n_extra[base] < _MOST_EXTRA:
            n_extra[base] += 1
            group = row
        last[base] = n_new, group
        current[name] = extra_label_of(base, occurrence_of(name) + n_extra[base])
        changed[row] = current[name], 0, group


def _merged(visits: pl.DataFrame, group: Mapping[int, int]) -> pl.DataFrame:
    """Return the visits with those of a group as one; ``group`` is by row."""
    several = {g for row, g in group.items() if g != row}
    rows = sorted(row for row, g in group.items() if g in several)
    if not rows:
        return visits
    merged = (
        visits[rows]
        .with_columns(_group=pl.Series([group[row] for row in rows]))
        .group_by("_group", maintain_order=True)
        .agg(
            *(pl.col(c).first() for c in visits.columns if c not in {*_SUMMED, *_OTHERS}),
            *(pl.col(c).sum() for c in _SUMMED),
            pl.col("first_s").min(),
            pl.col("last_s").max(),
            pl.col("n_resources").max(),
            pl.col("is_running", "is_flagged").any(),
            done=pl.when(pl.col("done").is_not_null().any()).then(pl.col("done").sum()),
            resource=pl.col("resource").sort_by("worked_s").last(),
        )
    )
    alone = visits.with_row_index("_row").filter(~pl.col("_row").is_in(rows)).drop("_row")
    both = pl.concat([alone, merged.select(alone.columns)])
    return both.sort("order_id", "first_s", "last_s", maintain_order=True)


_SUMMED = ("worked_s", "measured_s", "n_measured", "n_rows")
_OTHERS = ("first_s", "last_s", "n_resources", "is_running", "is_flagged", "done", "resource")
