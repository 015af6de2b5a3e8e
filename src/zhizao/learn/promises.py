"""What the twin and the plain methods promise of orders that had not begun at a cut-off."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from zhizao.learn.baselines import WHOLE, whole_orders
from zhizao.learn.demand import release_instants
from zhizao.learn.forecast import TWIN, Forecast, Known, guess_of
from zhizao.learn.reports import Reports
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
    origin_s = (known.cutoff - whole.origin).total_seconds()
    facts = whole.table.unique("order_id", keep="first", maintain_order=True)
    release = release_instants(whole)
    begun = set(known.visits["order_id"].to_list())
    products = {p.id for p in known.learnt.plant.products}
    stated = {o.id: o for o in orders}
    on_floor = {o.id for o in known.floor.orders}
    book, at_s, n_unknown = [], {}, 0
    for order_id, product, quantity in facts.select("order_id", "product", "quantity").iter_rows():
        seconds = release[order_id] - origin_s
        if order_id in begun or order_id in on_floor or seconds <= 0.0:
            continue
        if product not in products:
            n_unknown += seconds <= PROMISED_AHEAD.total_seconds()
            continue
        priority = stated[order_id].priority if order_id in stated else 0
        book.append(
            Order(
                id=order_id, product=product, quantity=quantity, priority=priority,
                release_at=known.cutoff + timedelta(seconds=seconds),
                due_at=stated[order_id].due_at if order_id in stated else None,
            )
        )  # fmt: skip
        at_s[order_id] = seconds
    if not book:
        return [], n_unknown
    run = simulate(
        known.learnt.plant, [*known.floor.orders, *book], start_at=known.cutoff, end_at=horizon_at,
        state=known.floor.state, seed=seed, n_replications=n_replications, draw_demand=False,
    )  # fmt: skip
    done_s = dict(zip(run.order_ids, run.completion_s.T, strict=True))
    found = []
    for order in book:
        begun_s = at_s[order.id]
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
