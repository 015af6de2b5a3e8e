"""What the twin and the plain methods promise of orders that had not begun at a cut-off."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from zhizao.learn.demand.arrivals import release_instants
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.trust.baselines import WHOLE, whole_orders
from zhizao.learn.trust.forecast import TWIN, Forecast, Known, guess_of
from zhizao.model.order import Order
from zhizao.twin import simulate

PROMISED_AHEAD = timedelta(days=28)
"""Orders that come within this time of a cut-off are promised at it."""


def promises_of(
    known: Known,
    whole: Reports,
    orders: Sequence[Order],
    *,
    horizon_at: datetime,
    seed: int,
    n_replications: int,
) -> tuple[list[Forecast], int]:
    """Return predictions of orders that had not begun, and how many make an unknown product.

    As a planner has an order book: product, quantity and release of every order to come
    are known (they are read from ``whole``, the reports of the whole log), and nothing of how
    it went. Predicted are those of the next four weeks.
    """
    begun = {*known.visits["order_id"].to_list(), *(o.id for o in known.floor.orders)}
    every = order_book(whole, orders, cutoff=known.cutoff, begun=begun)
    products = {p.id for p in known.learnt.plant.products}
    book = [o for o in every if o.product in products]
    soon_at = known.cutoff + PROMISED_AHEAD
    n_unknown = sum(o.product not in products and _release_of(o) <= soon_at for o in every)
    if not book:
        return [], n_unknown
    run = simulate(
        known.learnt.plant, [*known.floor.orders, *book], start_at=known.cutoff, end_at=horizon_at,
        state=known.floor.state, seed=seed, n_replications=n_replications, draw_demand=False,
    )  # fmt: skip
    done_s = dict(zip(run.order_ids, run.completion_s.T, strict=True))
    found = []
    for order in book:
        begun_s = (_release_of(order) - known.cutoff).total_seconds()
        if begun_s > PROMISED_AHEAD.total_seconds():
            continue
        guesses = {
            TWIN: guess_of(done_s[order.id]),
            WHOLE: whole_orders(known.past, product=order.product, begun_s=begun_s, now_s=begun_s),
        }
        found.append(
            Forecast(order_id=order.id, product=order.product, stage="", guesses=guesses)
        )  # fmt: skip
    return found, n_unknown


def order_book(
    whole: Reports, orders: Sequence[Order], *, cutoff: datetime, begun: Collection[str]
) -> list[Order]:
    """Return the orders released after an instant, as an order book had them.

    Parameters
    ----------
    whole
        Reports in which the orders are seen, of a later instant.
    orders
        What is known of orders besides: priority, due date.
    cutoff
        The instant.
    begun
        Orders that had begun by then all the same.
    """
    origin_s = (cutoff - whole.origin).total_seconds()
    facts = whole.table.unique("order_id", keep="first", maintain_order=True)
    release = release_instants(whole)
    stated = {o.id: o for o in orders}
    book = []
    for order_id, product, quantity in facts.select("order_id", "product", "quantity").iter_rows():
        seconds = release[order_id] - origin_s
        if order_id in begun or seconds <= 0.0:
            continue
        priority = stated[order_id].priority if order_id in stated else 0
        book.append(
            Order(
                id=order_id, product=product, quantity=quantity, priority=priority,
                release_at=cutoff + timedelta(seconds=seconds),
                due_at=stated[order_id].due_at if order_id in stated else None,
            )
        )  # fmt: skip
    return book


def _release_of(order: Order) -> datetime:
    assert order.release_at is not None
    return order.release_at
