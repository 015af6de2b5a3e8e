"""Whether a change stays inside the range that the records support.

A twin answers any question, also one about which the plant's past says
nothing. Each check here compares one kind of change with what was seen and
says the numbers; none of them forbids anything.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from zhizao.model import scenario as changes
from zhizao.model.order import Order
from zhizao.model.plant import Plant, Provenance, Shift, TimeModel
from zhizao.model.scenario import Scenario
from zhizao.trial.comparison import SupportWarning
from zhizao.trial.known import Known, WeeklyOrders
from zhizao.trial.support_people import check_people_there, shift_hours
from zhizao.trial.support_resources import (
    MIN_SAMPLE,
    check_add_resource,
    check_failures,
    check_remove_resource,
    check_scale_speed,
    check_take_down,
)
from zhizao.trial.support_rework import check_scale_rework
from zhizao.trial.support_setups import check_fixed_times, check_setups
from zhizao.trial.support_words import support_warning


def check_support(
    plant: Plant,
    scenario: Scenario,
    *,
    known: Known | None = None,
    orders: Sequence[Order] = (),
    bases: Sequence[Scenario] = (),
) -> tuple[SupportWarning, ...]:
    """Return where a scenario leaves the range that the records support.

    Parameters
    ----------
    plant : Plant
        The plant as it is; its provenances say what rests on little.
    scenario : Scenario
        The scenario.
    known : Known, optional
        What the records have seen; without it there is one warning that
        nothing supports the changes.
    orders : sequence of Order
        Known orders, for changes that name one.
    bases : sequence of Scenario
        Scenarios that it builds on: their changes are part of it.

    Examples
    --------
    >>> faster = changes.ScaleDemand(factor=1.2)
    >>> found = check_support(Plant(name="p"), Scenario(name="more", changes=(faster,)))
    >>> [w.code for w in found]
    ['no_records']
    """
    own = [change for member in (*bases, scenario) for change in member.changes]
    if not own:
        return ()
    if known is None:
        return (support_warning("no_records"),)
    found: list[SupportWarning] = []
    for change in own:
        if isinstance(change, changes.ChangeOrder):
            found += _change_order(change, known, orders)
        else:
            found += CHECKS[type(change)](plant, change, known)
        found += _weak_values(plant, change)
    found += check_fixed_times(plant, own, known)
    return tuple(dict.fromkeys(found))


def _demand(_plant: Plant, change: changes.ScaleDemand, known: Known) -> Iterator[SupportWarning]:
    seen: WeeklyOrders | None = known.orders_per_week
    if change.product is not None:
        seen = known.orders_per_week_by_product.get(change.product)
    if seen is None or known.n_weeks < 2:
        yield support_warning("demand_unknown", factor=change.factor, n_weeks=known.n_weeks)
    else:
        wanted = change.factor * seen.mean
        code = None
        if not seen.low <= wanted <= seen.high:
            code = "demand_outside"
        elif not (seen.low + seen.mean) / 2 <= wanted <= (seen.mean + seen.high) / 2:
            code = "demand_edge"
        if code is not None:
            yield support_warning(
                code,
                factor=change.factor,
                wanted=wanted,
                low=seen.low,
                high=seen.high,
                mean=seen.mean,
                n_weeks=known.n_weeks,
            )


def _scale_times(
    plant: Plant, change: changes.ScaleTimes, _known: Known
) -> Iterator[SupportWarning]:
    families = {p.id: p.family for p in plant.products}
    times = [
        step.time
        for routing in plant.routings
        for step in routing.steps
        if change.product in (None, routing.product)
        and change.family in (None, families.get(routing.product))
        and change.operation in (None, step.operation)
    ]
    bounds = [_usual_factors(t) for t in times]
    outside = [b for b in bounds if not b[0] <= change.factor <= b[1]]
    if outside:
        yield support_warning(
            "times_outside",
            factor=change.factor,
            n_outside=len(outside),
            n=len(bounds),
            low=min(b[0] for b in outside),
            high=max(b[1] for b in outside),
        )


def _usual_factors(time: TimeModel) -> tuple[float, float]:
    """Return the range in which about 95 of 100 lots lie, as factors of the mean."""
    if time.quantiles:
        last = len(time.quantiles) - 1
        return time.quantiles[round(0.025 * last)], time.quantiles[round(0.975 * last)]
    return max(0.0, 1 - 2 * time.cv), 1 + 2 * time.cv


def _hours(
    resources: Iterable[str], shifts: Iterable[Shift], known: Known
) -> Iterator[SupportWarning]:
    wanted = shift_hours(shifts)
    never_anywhere = wanted - known.hours
    names = list(resources)
    seen_here = frozenset[int]().union(*(known.hours_by_resource.get(r, ()) for r in names))
    never_here = wanted - seen_here - never_anywhere
    for code, hours in (("hours_never_worked", never_anywhere), ("hours_not_here", never_here)):
        if hours:
            yield support_warning(
                code, n=len(hours), n_hours=len(wanted), resources=", ".join(sorted(names)[:5])
            )


def _add_shift(plant: Plant, change: changes.AddShift, known: Known) -> Iterator[SupportWarning]:
    yield from _hours(change.resources, change.shifts, known)
    yield from check_people_there(plant, change.resources, change.shifts)


def _change_calendar(
    plant: Plant, change: changes.ChangeCalendar, known: Known
) -> Iterator[SupportWarning]:
    users = [r.id for r in plant.resources if r.calendar == change.calendar]
    yield from _hours(users or known.hours_by_resource, change.shifts, known)


def _set_calendar(
    plant: Plant, change: changes.SetCalendar, known: Known
) -> Iterator[SupportWarning]:
    calendar = next((c for c in plant.calendars if c.id == change.calendar), None)
    if calendar is not None:
        yield from _hours(change.resources, calendar.shifts, known)


def _dispatch(plant: Plant, change: changes.SetDispatch, _known: Known) -> Iterator[SupportWarning]:
    centres = [w for w in plant.work_centres if change.work_centre in (None, w.id)]
    now = sorted({w.dispatch for w in centres} - {change.rule})
    if now:
        yield support_warning("rule_not_seen", rule=change.rule, now=", ".join(now))


def _order_quantity(known: Known, product: str, quantity: float | None) -> Iterator[SupportWarning]:
    n_orders = known.n_orders_by_product.get(product, 0)
    if n_orders < MIN_SAMPLE:
        yield support_warning("few_orders", product=product, n=n_orders)
    low_high = known.quantities_by_product.get(product)
    if quantity is not None and low_high and not low_high[0] <= quantity <= low_high[1]:
        yield support_warning(
            "quantity_outside",
            product=product,
            quantity=quantity,
            low=low_high[0],
            high=low_high[1],
        )


def _add_order(_plant: Plant, change: changes.AddOrder, known: Known) -> Iterator[SupportWarning]:
    yield from _order_quantity(known, change.order.product, change.order.quantity)


def _change_order(
    change: changes.ChangeOrder, known: Known, orders: Sequence[Order]
) -> Iterator[SupportWarning]:
    product = next((o.product for o in orders if o.id == change.order_id), None)
    if product is not None and change.quantity is not None:
        yield from _order_quantity(known, product, change.quantity)


def _nothing(_plant: Plant, _change: Any, _known: Known) -> Iterator[SupportWarning]:
    """Warn of nothing: orders that stay were seen as they are; power and prices are stated."""
    return iter(())


def _carriers(
    _plant: Plant, _change: changes.ChangeCarrier | changes.SetCarrier, _known: Known
) -> Iterator[SupportWarning]:
    yield support_warning("carriers_not_recorded")


def _weak_values(plant: Plant, change: changes.Change) -> Iterator[SupportWarning]:
    """Warn of assumed or thinly supported values behind the things that a change names."""
    named = _names_of(change)
    touched = [p for p in plant.provenances if named & set(p.where.split("/"))]
    weak = [p for p in touched if _is_weak(p)]
    if weak:
        yield support_warning(
            "weak_values",
            names=", ".join(sorted(named)),
            n_weak=len(weak),
            n=len(touched),
            example=weak[0].where,
            minimum=MIN_SAMPLE,
        )


def _is_weak(provenance: Provenance) -> bool:
    return provenance.source == "assumed" or (
        provenance.source == "learnt" and provenance.n < MIN_SAMPLE
    )


def _names_of(change: changes.Change) -> set[str]:
    """Return the resources, products, work centres and calendars that a change builds on."""
    names: set[str] = set()
    for field in ("resource", "like", "product", "work_centre", "calendar"):
        value = getattr(change, field, None)
        if value and not (field == "resource" and isinstance(change, changes.AddResource)):
            names.add(value)
    names.update(getattr(change, "resources", ()))
    if isinstance(change, changes.AddOrder):
        names.add(change.order.product)
    return names


CHECKS: dict[type, Callable[[Plant, Any, Known], Iterable[SupportWarning]]] = {
    changes.AddOrder: _add_order,
    changes.AddResource: check_add_resource,
    changes.AddShift: _add_shift,
    changes.ChangeCalendar: _change_calendar,
    changes.ChangeCarrier: _carriers,
    changes.ChangeTariff: _nothing,
    changes.RemoveOrder: _nothing,
    changes.RemoveResource: check_remove_resource,
    changes.ScaleDemand: _demand,
    changes.ScaleFailures: check_failures,
    changes.ScalePower: _nothing,
    changes.ScaleRework: check_scale_rework,
    changes.ScaleSetups: check_setups,
    changes.ScaleSpeed: check_scale_speed,
    changes.ScaleTimes: _scale_times,
    changes.SetCalendar: _set_calendar,
    changes.SetCarrier: _carriers,
    changes.SetDispatch: _dispatch,
    changes.SetFailure: check_failures,
    changes.SetPower: _nothing,
    changes.SetSetup: check_setups,
    changes.SetTariff: _nothing,
    changes.TakeDown: check_take_down,
}
"""Check of each type of change but ``change_order``, which needs the orders as well."""
