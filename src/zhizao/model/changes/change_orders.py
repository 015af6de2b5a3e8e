"""Changes of what is wanted: single orders, and how many orders come in."""

import math
from dataclasses import replace

from zhizao.model.changes.branch import Branch, ChangeError, changed, free_name, require
from zhizao.model.order import Order
from zhizao.model.scenario import AddOrder, ChangeOrder, RemoveOrder, ScaleDemand


def add_order(branch: Branch, change: AddOrder) -> Branch:
    """Add an order of a known product."""
    order = change.order
    require(order.product, (p.id for p in branch.plant.products), what="product")
    if any(o.id == order.id for o in branch.orders):
        raise ChangeError(f"there is an order '{order.id}' already; give a new name")
    return replace(branch, orders=(*branch.orders, order))


def change_order(branch: Branch, change: ChangeOrder) -> Branch:
    """Change the stated fields of an order."""
    require(change.order_id, (o.id for o in branch.orders), what="order")
    fields = {
        key: value
        for key in ("quantity", "release_at", "due_at", "priority")
        if (value := getattr(change, key)) is not None
    }
    if not fields:
        raise ChangeError("no field is stated: quantity, release_at, due_at or priority")
    return replace(
        branch,
        orders=tuple(changed(o, **fields) if o.id == change.order_id else o for o in branch.orders),
    )


def remove_order(branch: Branch, change: RemoveOrder) -> Branch:
    """Cancel an order."""
    require(change.order_id, (o.id for o in branch.orders), what="order")
    return replace(branch, orders=tuple(o for o in branch.orders if o.id != change.order_id))


def scale_demand(branch: Branch, change: ScaleDemand) -> Branch:
    """Multiply the demand's rate, and repeat or leave out known orders to come.

    Orders are taken in the order of their release, an even share of them: by
    a factor of 1.5 every second one is there twice, by 0.5 every second one is
    left out. No random number is drawn.
    """
    plant = branch.plant
    if change.product is not None:
        require(change.product, (p.id for p in plant.products), what="product")
    to_come = sorted(
        (
            (o.release_at, o.id)
            for o in branch.orders
            if change.product in {None, o.product}
            and o.release_at is not None
            and o.release_at > branch.now
        ),
    )
    is_demanded = any(change.product in {None, d.product} for d in plant.demands)
    if not to_come and not is_demanded:
        what = "" if change.product is None else f" of '{change.product}'"
        raise ChangeError(f"there is no demand{what} and no order{what} to come after {branch.now}")
    # One half more: the total is rounded to the nearest, not down.
    total = [math.floor(i * change.factor + 0.5) for i in range(len(to_come) + 1)]
    copies = {name: total[i + 1] - total[i] for i, (_, name) in enumerate(to_come)}
    names = {o.id for o in branch.orders}
    orders: list[Order] = []
    for order in branch.orders:
        n_copies = copies.get(order.id, 1)
        if n_copies > 0:
            orders.append(order)
        for number in range(1, n_copies):
            name = free_name(f"{order.id[:180]}+{number}", names)
            names.add(name)
            orders.append(changed(order, id=name))
    demands = tuple(
        changed(d, orders_per_week=d.orders_per_week * change.factor)
        if change.product in {None, d.product}
        else d
        for d in plant.demands
    )
    return replace(branch.with_parts(demands=demands), orders=tuple(orders))
