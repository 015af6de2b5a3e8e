"""Operations that exclude each other: an order takes one road or the other, never both.

Two optional steps drawn each by itself would send some orders down both roads and some
down neither. Where hardly any order did both of two operations, though by chance several
would have, the roads become variants of the routing with their shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.repeats import base_of, is_extra
from zhizao.learn.statistics.codes import coded
from zhizao.learn.statistics.intervals import share_interval
from zhizao.model.plant import Provenance, Routing, Step

_ENOUGH_ORDERS = 30
_OPTIONAL = (0.03, 0.97)
_MOST_BOTH = 0.02
_LEAST_EXPECTED = 6.0
"""Orders that would have done both by chance, at least: then none at all is no chance (p < 0.003)."""

_LEAST_SHARE = 0.02
_MOST_VARIANTS = 6
_MOST_LEFT_OUT = 0.10
MAIN = "main"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One road: its share of the orders, and the operations of the others."""

    name: str
    share: float
    n: int
    takes: frozenset[str]
    without: frozenset[str]

    def provenance(self, product: str) -> Provenance:
        """Return where the share comes from."""
        low, high = share_interval(self.share * self.n, self.n)
        said = ", ".join(sorted(self.takes)) or "none of them"
        return Provenance(
            where=f"routings/{product}/{self.name}/share", source="learnt", level="product", n=self.n,
            value=self.share, low=min(low, self.share), high=max(high, self.share),
            note=f"of operations that exclude each other: {said}",
        )  # fmt: skip


def learn_variants(main: pl.DataFrame, names: Sequence[str]) -> tuple[Variant, ...]:
    """Return the variants of a product's routing, the commonest first; none where there is one road.

    Parameters
    ----------
    main
        Visits of finished orders of the product (order_id, operation), first passes.
    names
        Operations of its path.

    Examples
    --------
    >>> rows = [(str(i), name) for i in range(40) for name in ("cut", "mill" if i % 4 else "turn")]
    >>> main = pl.DataFrame(rows, schema=["order_id", "operation"], orient="row")
    >>> [(v.name, v.share, sorted(v.without)) for v in learn_variants(main, ["cut", "mill", "turn"])]
    [('main', 0.75, ['turn']), ('variant 2', 0.25, ['mill'])]
    """
    orders, order = coded(main["order_id"])
    n = len(orders)
    if n < _ENOUGH_ORDERS:
        return ()
    known, which = coded(main["operation"])
    done = np.zeros((n, len(known)), dtype=np.bool_)
    done[order, which] = True
    counts = dict(zip(known, done.sum(axis=0).tolist(), strict=True))
    optional = [o for o in names if _OPTIONAL[0] * n < counts.get(o, 0) < _OPTIONAL[1] * n]
    column = {o: i for i, o in enumerate(known)}
    grouped = _exclusive(optional, done[:, [column[o] for o in optional]])
    if not grouped:
        return ()
    apart = sorted(grouped)
    ways, times = np.unique(done[:, [column[o] for o in apart]], axis=0, return_counts=True)
    roads = {
        frozenset(o for o, is_done in zip(apart, way, strict=True) if is_done): count
        for way, count in zip(ways.tolist(), times.tolist(), strict=True)
    }
    kept = [
        (road, count)
        for road, count in sorted(roads.items(), key=lambda pair: (-pair[1], sorted(pair[0])))
        if count >= _LEAST_SHARE * n
    ][:_MOST_VARIANTS]
    total = sum(count for _, count in kept)
    if len(kept) < 2 or total < (1 - _MOST_LEFT_OUT) * n:
        return ()
    return tuple(
        Variant(
            name=MAIN if i == 0 else f"variant {i + 1}",
            share=count / total,
            n=total,
            takes=road,
            without=frozenset(grouped - road),
        )
        for i, (road, count) in enumerate(kept)
    )


def _exclusive(optional: Sequence[str], done: NDArray[np.bool_]) -> set[str]:
    """Return the operations that exclude another one, from who did which: a row for each order."""
    n = done.shape[0]
    numbers = done.astype(np.int64)
    both = numbers.T @ numbers
    found: set[str] = set()
    for i, a in enumerate(optional):
        for j, b in enumerate(optional[i + 1 :], start=i + 1):
            expected = int(both[i, i]) * int(both[j, j]) / n
            if expected >= _LEAST_EXPECTED and both[i, j] <= _MOST_BOTH * expected:
                found |= {a, b}
    return found


def routings_of(
    whole: Routing, variants: Sequence[Variant], labels: Sequence[str]
) -> tuple[Routing, ...]:
    """Return the variants of a routing; itself where there are none.

    Parameters
    ----------
    whole
        With the steps of all variants.
    variants
        As learnt.
    labels
        What the learning calls the operation of each step of the whole.
    """
    if not variants:
        return (whole,)
    found = []
    for variant in variants:
        steps = [
            s.model_copy(update={"probability": 1.0}) if label in variant.takes else s
            for label, s in zip(labels, whole.steps, strict=True)
            if (base_of(label) if is_extra(label) else label) not in variant.without
        ]
        numbers = [s.step for s in steps]
        found.append(
            Routing(
                product=whole.product, variant=variant.name, share=variant.share,
                steps=tuple(_with_way_back(s, numbers) for s in steps),
            )
        )  # fmt: skip
    return tuple(found)


def _with_way_back(step: Step, numbers: Sequence[int]) -> Step:
    """Return a step whose detour goes back to a step that there is, the next one after it."""
    if step.rework is None or step.rework.to_step in numbers:
        return step
    to = min(n for n in numbers if step.rework.to_step <= n <= step.step or n == step.step)
    return step.model_copy(update={"rework": step.rework.model_copy(update={"to_step": to})})


def merged(routings: Sequence[Routing]) -> Routing:
    """Return one routing with the steps of all variants, each with the share of orders that do it."""
    steps: dict[int, Step] = {}
    shares: dict[int, float] = {}
    total = sum(r.share for r in routings) or 1.0
    for routing in routings:
        for s in routing.steps:
            steps.setdefault(s.step, s)
            shares[s.step] = shares.get(s.step, 0.0) + routing.share * s.probability / total
    numbers = sorted(steps)
    return Routing(
        product=routings[0].product,
        variant=routings[0].variant,
        steps=tuple(
            steps[n].model_copy(update={"probability": min(1.0, shares[n])}) for n in numbers
        ),
    )
