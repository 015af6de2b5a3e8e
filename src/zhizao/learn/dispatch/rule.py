"""Which queue rule explains best what was picked next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import numpy as np
import polars as pl

from zhizao.learn.dispatch.choice import OLDEST, PlainRule, plain_scores, weigh
from zhizao.learn.dispatch.picks import picks_of
from zhizao.learn.statistics.intervals import share_interval
from zhizao.model.order import Order
from zhizao.model.plant import Provenance, RuleName, Weights

_MIN_PICKS = 30
_MIN_WEIGHED = 100
_MAX_PICKS = 1500
_DUE_KNOWN = 0.5
_BY_SETUP: tuple[PlainRule, ...] = ("same_setup",)
_NONE: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class LearntRules:
    """Rule by work centre, with the share of picks that it explains.

    ``weights`` are those of the work centres whose rule is ``weighted``.
    """

    by_work_centre: dict[str, RuleName]
    provenances: tuple[Provenance, ...]
    unexplained: tuple[str, ...]
    weights: dict[str, Weights] = field(default_factory=dict)


def learn_rules(
    waits: pl.DataFrame,
    *,
    work_centres: Mapping[str, str],
    resources: Callable[[str, str], tuple[str, ...]],
    orders: Sequence[Order],
    families: Mapping[str, str],
    setup_families: Mapping[str, Mapping[str, str]] = _NONE,
    work_min: Callable[[str, str, float], float],
    origin: datetime,
    seed: int = 0,
) -> LearntRules:
    """Learn the queue rule of each work centre.

    For each start with at least two lots in the queue, each rule names the lot
    that it would have taken (ties: the one that came first). The rule that
    names the right one most often wins if its share lies above FIFO's by more
    than two standard errors; else it is FIFO. A weighing of all attributes
    takes its place only where it foretells later picks better (``weigh``).

    Parameters
    ----------
    waits
        As from ``find_waits``; the queue is entered at ``queued_s``.
    work_centres, resources
        Resource → work centre; eligible resources of a product's operation.
    orders
        Give due dates, priorities and releases; without one an order counts from its first wait.
    families, setup_families
        Product → family; work centre → the families that its setups go by, where those are
        others: found ones, mostly, which people keep together as they do named ones.
    work_min
        Expected minutes of (product, operation, quantity).
    origin
        Instant from which the waits' seconds count.
    seed
        Of the sample of picks where there are very many.
    """
    due = {o.id: (o.due_at - origin).total_seconds() for o in orders if o.due_at is not None}
    priority = {o.id: o.priority for o in orders}
    first_s = waits.group_by("order_id").agg(pl.col("queued_s").min())
    released = dict(first_s.iter_rows()) | {
        o.id: (o.release_at - origin).total_seconds() for o in orders if o.release_at is not None
    }
    usual: list[PlainRule] = ["fifo", "spt", OLDEST]
    if len(due) >= _DUE_KNOWN * waits["order_id"].n_unique():
        usual.append("edd")
    if len(set(priority.values())) > 1:
        usual.append("priority")
    rng = np.random.default_rng(seed)
    chosen: dict[str, RuleName] = {}
    weights: dict[str, Weights] = {}
    provenances, unexplained = [], []
    centre_of = pl.col("resource").replace_strict(
        dict(work_centres), default=None, return_dtype=pl.String
    )
    known = waits.with_columns(centre=centre_of)
    queues = {str(c): q for (c,), q in known.drop_nulls("centre").group_by("centre")}
    for centre in sorted(set(work_centres.values())):
        own_families = setup_families.get(centre, families)
        candidates = [*usual, *_BY_SETUP] if len(set(own_families.values())) > 1 else usual
        picks = picks_of(
            queues.get(centre, known.clear()), resources=resources, due_s=due,
            released_s=released, priority=priority,
            families=own_families, work_min=work_min, most=_MAX_PICKS, rng=rng,
        )  # fmt: skip
        scores = plain_scores(picks)
        hits = {rule: int(picks.hits(scores[rule]).sum()) for rule in candidates}
        n_picks, by_chance = picks.n, picks.chance()
        best: PlainRule = "fifo"
        if n_picks >= _MIN_PICKS:
            leader = max(candidates, key=lambda r: hits[r])
            error = np.sqrt(0.25 / n_picks)
            if hits[leader] / n_picks > hits["fifo"] / n_picks + 2 * error:
                best = leader
        n_hits, n_looked_at = hits[best], n_picks
        note = f"share of picks that {best} explains; a random pick: {by_chance:.2f}"
        if n_picks >= _MIN_WEIGHED:
            weighed = weigh(picks, candidates)
            if weighed.is_better:
                best = "weighted"
                weights[centre] = weighed.weights
                n_looked_at = weighed.n_held_out
                n_hits = round(weighed.share * n_looked_at)
                note = (
                    f"share of later picks that the weights explain; {weighed.plain}: "
                    f"{weighed.plain_share:.2f}, a random pick: {by_chance:.2f}"
                )
        if n_picks >= _MIN_PICKS and n_hits / n_looked_at < by_chance + 2 * np.sqrt(
            0.25 / n_looked_at
        ):
            unexplained.append(centre)
        if best == OLDEST:
            best = "weighted"
            weights[centre] = Weights(age_h=1.0)
        chosen[centre] = best
        low, high = share_interval(n_hits, n_looked_at)
        provenances.append(
            Provenance(
                where=f"work_centres/{centre}/dispatch", level="pooled", n=n_looked_at,
                source="learnt" if n_picks >= _MIN_PICKS else "assumed",
                value=n_hits / n_looked_at if n_looked_at else None, low=low, high=high, note=note,
            )
        )  # fmt: skip
    return LearntRules(
        by_work_centre=chosen, provenances=tuple(provenances), unexplained=tuple(unexplained),
        weights=weights,
    )  # fmt: skip
