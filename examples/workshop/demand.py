"""What reaches the workshop, when it is open, and where its chance comes from.

Every draw has its own stream, keyed by the seed, a purpose and the thing it
belongs to, so that two configurations with one seed see the same orders, the
same noise and the same bad luck.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import numpy as np

from workshop.config import DAY_S, HOUR_S, Config, Product, Resource


class Purpose(IntEnum):
    """What a stream of random numbers is for."""

    ARRIVALS = 1
    ORDER = 2
    RUN = 3
    SETUP = 4
    SCRAP = 5
    WAIT = 6
    REWORK = 7
    FAILURE = 8
    REPORT = 9
    MESS = 10


@dataclass(kw_only=True)
class Order:
    """An order and what became of it; instants in seconds since the model's beginning."""

    id: str
    index: int
    product: Product
    quantity: int
    priority: int
    released_s: int
    promised_s: int
    completed_s: int | None = None


def stream(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """Return the random numbers of one purpose and thing.

    Examples
    --------
    >>> a, b = (stream(7, Purpose.RUN, 3, 10).random() for _ in range(2))
    >>> a == b
    True
    """
    return np.random.default_rng([seed, int(purpose), *key])


def noise(rng: np.random.Generator, *, cv: float, kind: str = "lognormal") -> float:
    """Return a positive factor of mean 1 and the coefficient of variation ``cv``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> bool(abs(np.mean([noise(rng, cv=0.3) for _ in range(4000)]) - 1) < 0.02)
    True
    """
    if kind == "gamma":
        return float(rng.gamma(1 / cv**2, cv**2))
    sigma2 = np.log1p(cv**2)
    return float(rng.lognormal(-sigma2 / 2, np.sqrt(sigma2)))


def shift_windows(config: Config, resource: Resource) -> list[tuple[int, int, str]]:
    """Return (start_s, end_s, shift) of every shift of a resource, in order.

    A shift belongs to the day on which it starts; a holiday has none.

    Examples
    --------
    >>> from workshop.config import WORKSHOP
    >>> shift_windows(WORKSHOP, WORKSHOP.resources[0])[0]
    (27000, 57600, 'early')
    """
    n_days = config.at_s(config.ends_at) // DAY_S + 14
    closed = {config.at_s(day) // DAY_S for day in config.holidays}
    first = config.begins_at.weekday()
    return sorted(
        (day * DAY_S + round(s.start_h * HOUR_S), day * DAY_S + round(s.end_h * HOUR_S), s.name)
        for day in range(n_days)
        for s in resource.shifts
        if (first + day) % 7 in s.weekdays and day not in closed
    )


def release_orders(config: Config, *, seed: int) -> list[Order]:
    """Return the orders that reach the workshop, by time of release.

    Examples
    --------
    >>> from workshop.config import WORKSHOP
    >>> orders = release_orders(WORKSHOP, seed=7)
    >>> min(o.quantity for o in orders) >= 5 and max(o.quantity for o in orders) <= 200
    True
    """
    closed = {config.at_s(day) // DAY_S for day in config.holidays}
    opens_s, closes_s = (round(hour * HOUR_S) for hour in config.release_h)
    shares = np.array([product.share for product in config.products])
    orders: list[Order] = []
    for day in range(config.at_s(config.ends_at) // DAY_S):
        if day in closed:
            continue
        weekday = (config.begins_at.weekday() + day) % 7
        arrivals = stream(seed, Purpose.ARRIVALS, day)
        count = arrivals.poisson(config.orders_per_day[weekday])
        for i, time_s in enumerate(np.sort(arrivals.integers(opens_s, closes_s, count))):
            rng = stream(seed, Purpose.ORDER, day, i)
            product = config.products[rng.choice(len(shares), p=shares / shares.sum())]
            pieces = product.median_quantity * rng.lognormal(0.0, 0.65)
            is_rush = bool(rng.random() < config.rush_share)
            released_s = day * DAY_S + int(time_s)
            orders.append(
                Order(
                    id=f"WO-{25000 + len(orders) + 1}",
                    index=day * 1000 + i,
                    product=product,
                    quantity=int(np.clip(5 * round(pieces / 5), 5, 200)),
                    priority=int(is_rush),
                    released_s=released_s,
                    promised_s=_promise(config, product, released_s=released_s, is_rush=is_rush),
                )
            )
    return orders


def _promise(config: Config, product: Product, *, released_s: int, is_rush: bool) -> int:
    days = product.allowance_days * (0.6 if is_rush else 1.0)
    day = config.begins_at + timedelta(seconds=released_s) + timedelta(days=days)
    if day.weekday() == 6:
        day += timedelta(days=1)
    return config.at_s(day.replace(hour=17, minute=0, second=0))
