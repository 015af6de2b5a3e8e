"""What was picked from a queue, and what else was waiting then: choice sets for queue rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.learn.statistics.codes import coded

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FAR_H = 10_000.0
"""Hours until due of a lot without due date, as the rule ``weighted`` counts them."""


@dataclass(frozen=True, kw_only=True)
class Picks:
    """Choice sets laid end to end: set ``i`` has the rows ``first[i]`` to ``first[i + 1]``.

    One row for each lot that could have been taken: whether it was, when it joined the
    queue, and its attributes: hours waited, hours until due (none: 10,000), priority, whether
    it needs no change of setup, hours of work, hours since the order's release. Rows of a set are in the order of joining,
    then of the order's name, so that the first of equals is the one that came first.
    """

    first: Ints
    is_picked: NDArray[np.bool_]
    joined_s: Floats
    attributes: Floats

    @property
    def n(self) -> int:
        """Number of picks."""
        return self.first.size - 1

    def chance(self) -> float:
        """Return the share that random picks would hit."""
        return float((1.0 / np.diff(self.first)).mean()) if self.n else 0.0

    def hits(self, score: Floats) -> NDArray[np.bool_]:
        """Return for each pick whether the lot with the greatest score was taken."""
        best = np.maximum.reduceat(score, self.first[:-1]) if self.n else np.empty(0)
        is_best = score >= np.repeat(best, np.diff(self.first))
        rows = np.flatnonzero(is_best)
        sets = np.searchsorted(self.first, rows, side="right") - 1
        _, at = np.unique(sets, return_index=True)
        return np.asarray(self.is_picked[rows[at]])

    def part(self, chosen: Ints) -> "Picks":
        """Return some of the picks."""
        sizes = np.diff(self.first)[chosen]
        rows = np.concatenate(
            [np.arange(self.first[i], self.first[i + 1]) for i in chosen.tolist()]
            or [np.empty(0, dtype=np.int64)]
        )
        return Picks(
            first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            is_picked=self.is_picked[rows], joined_s=self.joined_s[rows],
            attributes=self.attributes[rows],
        )  # fmt: skip


WAIT, DUE, PRIORITY, SAME_SETUP, TIME, AGE = range(6)
N_ATTRIBUTES = 6


def picks_of(
    queue: pl.DataFrame,
    *,
    resources: Callable[[str, str], tuple[str, ...]],
    due_s: Mapping[str, float],
    released_s: Mapping[str, float],
    priority: Mapping[str, int],
    families: Mapping[str, str],
    work_min: Callable[[str, str, float], float],
    most: int,
    rng: np.random.Generator,
) -> Picks:
    """Return the starts of a work centre at which at least two lots were waiting, in time order.

    Parameters
    ----------
    queue
        Waits at the centre's resources; one that is not over was never picked.
    resources
        Eligible resources of a product's operation.
    due_s, released_s, priority
        Order → due instant and release (on the waits' clock), priority; every order has a release.
    families, work_min
        Product → family; expected minutes of (product, operation, quantity).
    most
        So many starts are looked at, drawn evenly, where there are more.
    rng
        Of that draw.
    """
    queue = queue.sort("start_s", "order_id")
    n = queue.height
    start, joined = queue["start_s"].to_numpy(), queue["queued_s"].to_numpy()
    names, order_of = coded(queue["order_id"])
    products, product_of = coded(queue["product"])
    operations, operation_of = coded(queue["operation"])
    pair_of = product_of * len(operations) + operation_of
    pairs, key = np.unique(pair_of, return_inverse=True)
    places = {
        (products[pair // len(operations)], operations[pair % len(operations)]): i
        for i, pair in enumerate(pairs.tolist())
    }
    stations = {r: i for i, r in enumerate(queue["resource"].unique().sort().to_list())}
    on = queue["resource"].replace_strict(stations, return_dtype=pl.Int64).to_numpy()
    can = np.zeros((max(len(places), 1), max(len(stations), 1)), dtype=np.bool_)
    for (product, operation), i in places.items():
        for resource in resources(product, operation):
            if resource in stations:
                can[i, stations[resource]] = True
    family_names = {f: i for i, f in enumerate(sorted(set(families.values())))}
    family = np.array(
        [family_names.get(families.get(p, ""), -1) for p in products], dtype=np.int64
    )[product_of]
    is_over = queue["is_over"].to_numpy()
    before = np.full(n, -1, dtype=np.int64)
    before[is_over] = _before(family[is_over], on[is_over])
    looked_at = np.flatnonzero(is_over)
    if looked_at.size > most:
        looked_at = np.sort(rng.choice(looked_at, most, replace=False))
    longest = float((start - joined).max()) if n else 0.0
    rows, sizes, picked = [], [], []
    for i in looked_at.tolist():
        begin = int(np.searchsorted(start, start[i], side="left"))
        end = int(np.searchsorted(start, start[i] + longest, side="right"))
        here = np.arange(begin, end)
        here = here[(joined[begin:end] <= start[i])]
        here = here[can[key[here], on[i]] | (order_of[here] == order_of[i])]
        if here.size < 2:
            continue
        here = here[np.lexsort((order_of[here], joined[here]))]
        rows.append(here)
        sizes.append(here.size)
        picked.append(i)
    if not rows:
        nothing = np.empty(0)
        return Picks(
            first=np.zeros(1, dtype=np.int64), is_picked=nothing.astype(np.bool_), joined_s=nothing,
            attributes=np.empty((0, N_ATTRIBUTES)),
        )  # fmt: skip
    lots = np.concatenate(rows)
    of = np.repeat(np.array(picked), sizes)
    # Each lot is in several sets: its facts are looked up once.
    once, again = np.unique(lots, return_inverse=True)
    orders = [names[i] for i in order_of[once].tolist()]
    due = np.array([due_s.get(o, np.inf) for o in orders])[again]
    until_due_h = (due - start[of]) / SECONDS_PER_HOUR
    facts = queue.select("product", "operation", "quantity")[once].iter_rows()
    attributes = np.stack(
        [
            (start[of] - joined[lots]) / SECONDS_PER_HOUR,
            np.where(np.isfinite(until_due_h), until_due_h, FAR_H),
            np.array([float(priority.get(o, 0)) for o in orders])[again],
            ((family[lots] == before[of]) & (family[lots] >= 0)).astype(np.float64),
            np.array([work_min(p, o, q) / 60 for p, o, q in facts], dtype=np.float64)[again],
            (start[of] - np.array([released_s[o] for o in orders])[again]) / SECONDS_PER_HOUR,
        ],
        axis=1,
    )
    return Picks(
        first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        is_picked=order_of[lots] == order_of[of], joined_s=joined[lots], attributes=attributes,
    )  # fmt: skip


def _before(family: Ints, on: Ints) -> Ints:
    """Return the family of what the resource worked on before, -1 where unknown."""
    before = np.full(family.size, -1, dtype=np.int64)
    for resource in np.unique(on).tolist():
        rows = np.flatnonzero(on == resource)
        before[rows[1:]] = family[rows[:-1]]
    return before
