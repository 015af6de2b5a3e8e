"""How many futures a comparison lives where nobody says: as many as do not keep anybody waiting."""

from collections.abc import Sequence

from zhizao.model.order import Order
from zhizao.model.plant import Plant

LEAST_FUTURES, MOST_FUTURES = 40, 200
_STEP = 20
_OPERATIONS = 1_000_000
"""Operations in all futures of one scenario: a second or two, and twice as many in drawn plants."""


def usual_futures(plant: Plant, orders: Sequence[Order], *, weeks: float) -> int:
    """Return how many pairs of futures to compare: 200 for a small plant, 40 for a large one.

    The error of a difference by chance alone is less than half as large with 200 as with 40.
    It goes by the plant's size and not by a clock, so that equal seeds give equal results.

    Parameters
    ----------
    plant, orders
        The plant as it is, and its known orders.
    weeks
        Length of the runs.

    Examples
    --------
    >>> usual_futures(Plant(name="small"), (), weeks=8)
    200
    """
    steps = {
        r.product: len([s for s in r.steps if s.probability > 0.0])
        for r in reversed(plant.routings)
    }
    known = sum(steps.get(o.product, 0) for o in orders)
    to_come = sum(steps.get(d.product, 0) * d.orders_per_week for d in plant.demands) * weeks
    n = int(_OPERATIONS / max(known + to_come, 1.0)) // _STEP * _STEP
    return min(max(n, LEAST_FUTURES), MOST_FUTURES)
