"""Where the forecast held and where not: by product, and by the operation reported last.

Orders that are open at the end of the records count as ``censoring`` counts them: errors by
Kaplan and Meier, and a P90 that has passed without the order's end is one that was not kept.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from zhizao.learn.trust.censoring import median_h
from zhizao.learn.trust.scores import Held, OrderScore

LEAST_COMPLETED = 5
"""Fewer completed orders say nothing about a product or a stage."""

SAFE_P90 = 0.8
"""A P90 that less than this share of orders keeps is not a promise."""


def where_it_held(orders: Sequence[OrderScore], *, plain: str | None) -> tuple[Held, ...]:
    """Return how a forecast did for each product, then at each stage; the most orders first.

    It held where at least ``SAFE_P90`` of the orders of which it is known kept their P90 and the median error is
    not above that of the plain method. With fewer than ``LEAST_COMPLETED`` completed forecasts,
    or where most are still open, nothing is said.

    Parameters
    ----------
    orders
        With the P50 and P90 of the forecast that is asked about.
    plain
        The plain method to compare with, the same everywhere: the best of several on a
        few orders is the luckiest one. None: there is none.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> at = datetime(2024, 1, 1, tzinfo=UTC)
    >>> orders = [
    ...     OrderScore(
    ...         order_id=f"A{i}", product="P", stage="cut", cutoff_at=at, p50_at=at + timedelta(hours=9),
    ...         p90_at=at + timedelta(hours=20), completed_at=at + timedelta(hours=9 + i), censored_at=None,
    ...         baseline_p50_at={"mean": at + timedelta(hours=20)})
    ...     for i in range(6)]
    >>> [(h.by, h.name, h.median_abs_error_h, h.plain_h, h.is_held)
    ...  for h in where_it_held(orders, plain="mean")]
    [('product', 'P', 2.0, 8.0, True), ('stage', 'cut', 2.0, 8.0, True)]
    """
    return (
        *_held(orders, "product", lambda o: o.product, plain=plain),
        *_held(orders, "stage", lambda o: o.stage, plain=plain),
    )


def _held(
    orders: Sequence[OrderScore],
    by: str,
    name_of: Callable[[OrderScore], str],
    *,
    plain: str | None,
) -> list[Held]:
    groups: dict[str, list[OrderScore]] = {}
    for order in orders:
        groups.setdefault(name_of(order), []).append(order)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [_one(name, own, by=by, plain=plain) for name, own in ranked]


def _one(name: str, orders: Sequence[OrderScore], *, by: str, plain: str | None) -> Held:
    n_completed = sum(o.completed_at is not None for o in orders)
    error = _median_error_h([(o, o.p50_at) for o in orders])
    plain_h = None
    if plain is not None:
        plain_h = _median_error_h([(o, o.baseline_p50_at.get(plain)) for o in orders])
    known = [k for o in orders if (k := _kept(o)) is not None]
    kept = sum(known) / len(known) if known else None
    is_held = None
    if n_completed >= LEAST_COMPLETED and error is not None and kept is not None:
        is_held = kept >= SAFE_P90 and (plain_h is None or error <= plain_h)
    return Held(
        by="product" if by == "product" else "stage", name=name, orders_scored=len(orders),
        n_completed=n_completed, median_abs_error_h=error, plain_h=plain_h, kept_p90=kept, is_held=is_held,
    )  # fmt: skip


def _kept(order: OrderScore) -> bool | None:
    """Return whether an order was done by its P90; None where that is not known yet."""
    if order.p90_at is None:
        return True if order.completed_at is not None else None
    if order.completed_at is not None:
        return order.completed_at <= order.p90_at
    if order.censored_at is not None and order.censored_at > order.p90_at:
        return False
    return None


def _median_error_h(named: Sequence[tuple[OrderScore, datetime | None]]) -> float | None:
    """Return the median distance between what was named and what happened, hours.

    What was named beyond the horizon is wrong by an unknown amount: it counts as open from 0 on.
    """
    errors, known = [], []
    for order, at in named:
        end = order.completed_at or order.censored_at
        if at is None or end is None:
            errors.append(0.0)
            known.append(False)
        else:
            late_s = (end - at).total_seconds()
            errors.append(abs(late_s) if order.completed_at else max(0.0, late_s))
            known.append(order.completed_at is not None)
    return median_h(np.array(errors), np.array(known, dtype=bool))
