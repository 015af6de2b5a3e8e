"""How much of the lead time is waits that no change of resources can touch.

Learning puts a wait that no busy resource explains into the step as a delay.
The twin repeats such waits as they were, so it understates whatever a change
does to them: with half of the lead time in delays, 'no difference' means
little.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from zhizao.model import Order, Plant, Step, open_intervals

MUCH = 0.3
"""From this share on, the comparison says so."""

_WEEK_H = 168.0
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # any week: exceptions of single days are left out


def unexplained_share(
    plant: Plant, orders: Sequence[Order] = (), *, lead_time_h: float
) -> float | None:
    """Return the share of the mean lead time that is unexplained waits.

    A run of some weeks sees the long orders less often than the short ones end, so its mean lead time
    may be shorter than the waits alone: it counts as no shorter than the waits and the work.

    Parameters
    ----------
    plant : Plant
        Steps with their delays; products count by their demand, or by
        ``orders`` where no demand is known.
    orders : sequence of Order
        Known orders.
    lead_time_h : float
        Mean lead time of the plant as simulated, hours.

    Returns
    -------
    float or None
        None where nothing says how often each product is made. Delays that
        pass only in open time are stretched by the closed hours of the week.

    Examples
    --------
    >>> from zhizao.model import Delay, Demand, Product, Routing
    >>> step = Step(step=10, operation="paint", delay=Delay(mean_min=60.0))
    >>> plant = Plant(name="p", products=(Product(id="P"),), demands=(Demand(product="P", orders_per_week=1),),
    ...               routings=(Routing(product="P", steps=(step,)),))
    >>> unexplained_share(plant, lead_time_h=4.0)
    0.25
    """
    weights = {d.product: d.orders_per_week for d in plant.demands if d.orders_per_week > 0}
    pieces = {d.product: sum(d.quantities) / len(d.quantities) for d in plant.demands}
    if not weights:
        for order in orders:
            before = weights.get(order.product, 0.0)
            weights[order.product] = before + 1.0
            pieces[order.product] = (pieces.get(order.product, 0.0) * before + order.quantity) / (
                before + 1.0
            )
    routings = [(weights.get(r.product, 0.0) * r.share, r) for r in plant.routings]
    total = sum(weight for weight, _ in routings)
    if total <= 0.0 or lead_time_h <= 0.0:
        return None
    stretch = _stretch_by_calendar(plant)
    delay_h = sum(weight * _delay_h(s, stretch) for weight, r in routings for s in r.steps) / total
    calendar_of = {r.id: r.calendar for r in plant.resources}
    work_h = sum(
        weight * s.probability * stretch[calendar_of[s.resources[0].resource]]
        * (s.time.setup_min + s.time.per_piece_min * pieces.get(r.product, 1.0)) / 60.0
        for weight, r in routings for s in r.steps if s.resources
    ) / total  # fmt: skip
    return delay_h / max(lead_time_h, delay_h + work_h)


def _delay_h(step: Step, stretch: dict[str | None, float]) -> float:
    return step.probability * step.delay.mean_min / 60.0 * stretch[step.delay.calendar]


def _stretch_by_calendar(plant: Plant) -> dict[str | None, float]:
    """Return elapsed hours per open hour of each calendar's usual week."""
    found: dict[str | None, float] = {None: 1.0}
    for calendar in plant.calendars:
        usual = calendar.model_copy(update={"exceptions": ()})
        spans = open_intervals(
            usual, time_zone=plant.time_zone, start_at=_MONDAY, end_at=_MONDAY + timedelta(days=7)
        )
        open_h = float((spans[:, 1] - spans[:, 0]).sum()) / 3600.0
        found[calendar.id] = _WEEK_H / open_h if open_h > 0 else 1.0
    return found
