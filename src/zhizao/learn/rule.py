"""Which queue rule explains best what was picked next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zhizao.learn.intervals import share_interval
from zhizao.learn.waits import Wait
from zhizao.model.order import Order
from zhizao.model.plant import Provenance, RuleName

_MIN_PICKS = 30
_MAX_PICKS = 1500


@dataclass(frozen=True, kw_only=True)
class LearntRules:
    """Rule by work centre, with the share of picks that it explains."""

    by_work_centre: dict[str, RuleName]
    provenances: tuple[Provenance, ...]
    unexplained: tuple[str, ...]


def learn_rules(
    waits: Sequence[Wait],
    *,
    work_centres: Mapping[str, str],
    resources: Callable[[str, str], tuple[str, ...]],
    orders: Sequence[Order],
    families: Mapping[str, str],
    work_min: Callable[[str, str, float], float],
    seed: int = 0,
) -> LearntRules:
    """Learn the queue rule of each work centre.

    For each start with at least two lots in the queue, each rule names the lot
    that it would have taken (ties: the one that came first). The rule that
    names the right one most often wins if its share lies above FIFO's by more
    than two standard errors; else it is FIFO.

    Parameters
    ----------
    waits
        As from ``find_waits``; the queue is entered at ``queued_s``.
    work_centres, resources
        Resource → work centre; eligible resources of a product's operation.
    orders
        Give due dates and priorities.
    families
        Product → family.
    work_min
        Expected minutes of (product, operation, quantity).
    seed
        Of the sample of picks where there are very many.
    """
    due = {o.id: o.due_at.timestamp() for o in orders if o.due_at is not None}
    priority = {o.id: o.priority for o in orders}
    candidates: list[RuleName] = ["fifo", "spt"]
    if len(due) >= 0.5 * len({w.order_id for w in waits}):
        candidates.append("edd")
    if len(set(priority.values())) > 1:
        candidates.append("priority")
    if len(set(families.values())) > 1:
        candidates.append("same_setup")
    rng = np.random.default_rng(seed)
    chosen: dict[str, RuleName] = {}
    provenances, unexplained = [], []
    by_centre: dict[str, list[Wait]] = {}
    for wait in waits:
        if wait.resource is not None and wait.resource in work_centres and wait.is_over:
            by_centre.setdefault(work_centres[wait.resource], []).append(wait)
    for centre in sorted(set(work_centres.values())):
        queue = sorted(by_centre.get(centre, []), key=lambda w: (w.start_s, w.order_id))
        hits, n_picks, by_chance = _score(
            queue, candidates, rng=rng, resources=resources, due=due, priority=priority,
            families=families, work_min=work_min,
        )  # fmt: skip
        best: RuleName = "fifo"
        if n_picks >= _MIN_PICKS:
            leader = max(candidates, key=lambda r: hits[r])
            error = np.sqrt(0.25 / n_picks)
            if hits[leader] / n_picks > hits["fifo"] / n_picks + 2 * error:
                best = leader
            if hits[best] / n_picks < by_chance + 2 * error:
                unexplained.append(centre)
        chosen[centre] = best
        low, high = share_interval(hits[best], n_picks)
        provenances.append(
            Provenance(
                where=f"work_centres/{centre}/dispatch", level="pooled", n=n_picks,
                source="learnt" if n_picks >= _MIN_PICKS else "assumed",
                value=hits[best] / n_picks if n_picks else None, low=low, high=high,
                note=f"share of picks that {best} explains; a random pick: {by_chance:.2f}",
            )
        )  # fmt: skip
    return LearntRules(
        by_work_centre=chosen, provenances=tuple(provenances), unexplained=tuple(unexplained)
    )


def _score(
    queue: Sequence[Wait], candidates: Sequence[RuleName], *, rng: np.random.Generator,
    resources: Callable[[str, str], tuple[str, ...]], due: Mapping[str, float],
    priority: Mapping[str, int], families: Mapping[str, str],
    work_min: Callable[[str, str, float], float],
) -> tuple[dict[RuleName, int], int, float]:  # fmt: skip
    """Return hits by rule, number of picks, and the share that a random pick would hit."""
    hits: dict[RuleName, int] = dict.fromkeys(candidates, 0)
    n_picks, chance = 0, 0.0
    start = np.array([w.start_s for w in queue])
    joined = np.array([w.queued_s for w in queue])
    last_family: dict[str, str | None] = {}
    picks = set(range(len(queue)))
    if len(queue) > _MAX_PICKS:
        picks = set(rng.choice(len(queue), _MAX_PICKS, replace=False).tolist())
    for i, picked in enumerate(queue):
        resource = picked.resource or ""
        setup = last_family.get(resource)
        last_family[resource] = families.get(picked.product)
        if i not in picks:
            continue
        waiting = np.flatnonzero((joined <= picked.start_s) & (start >= picked.start_s)).tolist()
        lots = [
            queue[j] for j in waiting
            if queue[j].order_id == picked.order_id or resource in resources(queue[j].product, queue[j].operation)
        ]  # fmt: skip
        if len(lots) < 2:
            continue
        n_picks += 1
        chance += 1.0 / len(lots)
        keys: dict[RuleName, Callable[[Wait], float]] = {
            "fifo": lambda w: w.queued_s,
            "spt": lambda w: work_min(w.product, w.operation, w.quantity),
            "edd": lambda w: due.get(w.order_id, np.inf),
            "priority": lambda w: -priority.get(w.order_id, 0),
            "same_setup": lambda w, s=setup: float(families.get(w.product) != s),  # type: ignore[misc]
        }
        for rule in candidates:
            best = min(lots, key=lambda w, k=keys[rule]: (k(w), w.queued_s, w.order_id))  # type: ignore[misc]
            hits[rule] += best.order_id == picked.order_id
    return hits, n_picks, chance / n_picks if n_picks else 0.0
