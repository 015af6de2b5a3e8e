"""How people weigh what they see in a queue: a conditional logit, held to what it foretells.

The lot with the greatest weighted sum is the likeliest to be taken (McFadden
1974). Attributes are scaled by their spread within the queues; a ridge keeps
the weights finite where one attribute decides everything. Weights are believed
only where, on later picks that they were not fitted to, they name the lot that
was taken plainly more often than the best plain rule does.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zhizao.learn.dispatch.picks import (
    AGE,
    DUE,
    N_ATTRIBUTES,
    PRIORITY,
    SAME_SETUP,
    TIME,
    WAIT,
    Picks,
)
from zhizao.model.plant import RuleName, Weights

Floats = NDArray[np.float64]
_RIDGE = 1.0
_ROUNDS = 50
_SIGNS = np.array([1.0, -1.0, 1.0, 1.0, -1.0, 1.0])
"""Hours until due and hours of work count as negative in ``Weights``."""


OLDEST: Final = "oldest"
"""The order that was released first goes first; in the twin the rule ``weighted``, with nothing but age."""

PlainRule: TypeAlias = RuleName | Literal["oldest"]


@dataclass(frozen=True, kw_only=True)
class WeighedChoice:
    """Weights, and how often they and the best plain rule hit on the picks held out."""

    weights: Weights
    plain: PlainRule
    share: float
    plain_share: float
    n_held_out: int
    is_better: bool


def plain_scores(picks: Picks) -> dict[PlainRule, Floats]:
    """Return each plain rule's score of the lots: the greatest goes next."""
    a = picks.attributes
    return {
        "fifo": -picks.joined_s,
        "spt": -a[:, TIME],
        "edd": -a[:, DUE],
        "priority": a[:, PRIORITY],
        "same_setup": a[:, SAME_SETUP],
        OLDEST: a[:, AGE],
    }


def weigh(
    picks: Picks, candidates: list[PlainRule], *, held_out: float = 0.4, sure: float = 2.0
) -> WeighedChoice:
    """Fit weights on the earlier picks and compare on the later ones.

    Parameters
    ----------
    picks
        In time order.
    candidates
        Plain rules that can be told here; an attribute without its rule is not weighed.
    held_out
        Share of the picks to compare on.
    sure
        Standard errors (of a paired comparison) that count as plainly better.
    """
    edge = int(picks.n * (1 - held_out))
    early, late = picks.part(np.arange(edge)), picks.part(np.arange(edge, picks.n))
    used = _used(candidates)
    first = _fit(early, used)
    scores_early, scores_late = plain_scores(early), plain_scores(late)
    plain = max(candidates, key=lambda r: float(early.hits(scores_early[r]).mean()))
    own = late.hits(late.attributes @ (first * _SIGNS))
    other = late.hits(scores_late[plain])
    won, lost = int((own & ~other).sum()), int((other & ~own).sum())
    is_better = won - lost > sure * np.sqrt(max(won + lost, 1))
    final = _fit(picks, used) if is_better else first
    names = ("wait_h", "due_h", "priority", "same_setup", "time_h", "age_h")
    return WeighedChoice(
        weights=Weights(**{n: float(w) for n, w in zip(names, final, strict=True)}),
        plain=plain, share=float(own.mean()), plain_share=float(other.mean()),
        n_held_out=late.n, is_better=bool(is_better),
    )  # fmt: skip


def _used(candidates: list[PlainRule]) -> NDArray[np.bool_]:
    used = np.zeros(N_ATTRIBUTES, dtype=np.bool_)
    by_rule = {
        "fifo": WAIT, "edd": DUE, "priority": PRIORITY, "same_setup": SAME_SETUP, "spt": TIME,
        OLDEST: AGE,
    }  # fmt: skip
    used[[by_rule[r] for r in candidates if r in by_rule]] = True
    return used


def _fit(picks: Picks, used: NDArray[np.bool_]) -> Floats:
    """Return the weights by Newton's method, 0 for attributes that are not used or never differ."""
    x = picks.attributes * _SIGNS
    sizes = np.diff(picks.first)
    of = np.repeat(np.arange(picks.n), sizes)
    mean = np.add.reduceat(x, picks.first[:-1], axis=0) / sizes[:, None]
    inside = x - mean[of]
    scale = np.sqrt((inside**2).mean(axis=0))
    kept = np.flatnonzero(used & (scale > 1e-9))
    weights = np.zeros(N_ATTRIBUTES)
    if not kept.size:
        return weights
    z = inside[:, kept] / scale[kept]
    taken = z[picks.is_picked].sum(axis=0)
    beta = np.zeros(kept.size)
    value = -np.inf
    step_size = 1.0
    for _ in range(_ROUNDS):
        score = z @ beta
        score -= np.maximum.reduceat(score, picks.first[:-1])[of]
        odds = np.exp(score)
        share = odds / np.add.reduceat(odds, picks.first[:-1])[of]
        expected = share[:, None] * z
        centre = np.add.reduceat(expected, picks.first[:-1], axis=0)
        gradient = taken - centre.sum(axis=0) - _RIDGE * beta
        hessian = z.T @ expected - centre.T @ centre + _RIDGE * np.eye(kept.size)
        now = float(np.log(share[picks.is_picked]).sum()) - _RIDGE * float(beta @ beta) / 2
        step_size = min(1.0, 2 * step_size) if now >= value else step_size / 2
        value = now
        step = np.linalg.solve(hessian, gradient)
        beta = beta + step_size * np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-6:
            break
    weights[kept] = beta / scale[kept]
    return weights
