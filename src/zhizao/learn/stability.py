"""Whether each resource can do what the demand asks of it, and what is widened if not.

A queue of a twin whose load exceeds its open hours grows without end, whatever
the plant did. So the load under the learnt demand is checked, and where it is
too high the calendar is widened towards round the clock, then the capacity
raised, and both are said.
"""

from collections.abc import Mapping, Sequence

from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.model.calendar import WEEKDAYS, minutes_of_shift
from zhizao.model.plant import Calendar, Demand, Plant, Resource, Shift

MOST_LOAD = 0.97
_HOURS_PER_WEEK = SECONDS_PER_WEEK / SECONDS_PER_HOUR
_MINUTES_PER_WEEK = 7 * 24 * 60


def hours_per_week(calendar: Calendar | None) -> float:
    """Return the open hours of a calendar's week, without its exceptions.

    Examples
    --------
    >>> hours_per_week(Calendar(id="day", shifts=(Shift(weekday="mon", start="22:00", end="06:00"),)))
    8.0
    """
    if calendar is None:
        return _HOURS_PER_WEEK
    minutes: set[int] = set()
    for shift in calendar.shifts:
        day = WEEKDAYS.index(shift.weekday) * 1440
        begin, end = minutes_of_shift(shift)
        minutes.update(m % _MINUTES_PER_WEEK for m in range(day + begin, day + end))
    return len(minutes) / 60.0


def weekly_work_h(plant: Plant, shares: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """Return the expected hours of work per week that the demand brings to each resource.

    Parameters
    ----------
    plant
        Gives routings, times and demands.
    shares
        (operation, resource) → share of the operation's lots done there;
        where a product has its own list of resources the shares are scaled.
    """
    demands: dict[str, Demand] = {d.product: d for d in plant.demands}
    work = {r.id: 0.0 for r in plant.resources}
    speed = {r.id: r.speed for r in plant.resources}
    for routing in plant.routings:
        demand = demands.get(routing.product)
        if demand is None:
            continue
        quantity = sum(demand.quantities) / len(demand.quantities)
        passes = {s.step: s.probability for s in routing.steps}
        for s in routing.steps:
            if s.rework is not None:
                detours = passes[s.step] * s.rework.probability
                for again in routing.steps:
                    if s.rework.to_step <= again.step <= s.step:
                        is_target = again.step == s.rework.to_step
                        passes[again.step] += detours * (1.0 if is_target else again.probability)
        for s in routing.steps:
            hours = (s.time.setup_min + s.time.per_piece_min * quantity) / 60.0
            if s.batch is not None:  # full batches bring the least work
                hours = (
                    s.time.setup_min * quantity / max(s.batch.max_pieces, quantity)
                    + s.time.per_piece_min * quantity
                ) / 60.0
            weights = [shares.get((s.operation, o.resource), 0.0) for o in s.resources]
            total = sum(weights)
            for o, weight in zip(s.resources, weights, strict=True):
                part = weight / total if total > 0 else 1.0 / len(s.resources)
                work[o.resource] += (
                    demand.orders_per_week * routing.share * passes[s.step] * hours * part
                    / (speed[o.resource] * o.speed)
                )  # fmt: skip
    return work


def with_enough_capacity(
    plant: Plant, shares: Mapping[tuple[str, str], float]
) -> tuple[Plant, dict[str, float]]:
    """Return a plant whose resources can do their work, and the load of those that could not.

    Parameters
    ----------
    plant, shares
        As for ``weekly_work_h``.
    """
    work = weekly_work_h(plant, shares)
    calendars = {c.id: c for c in plant.calendars}
    added: list[Calendar] = []
    resources: list[Resource] = []
    widened: dict[str, float] = {}
    for resource in plant.resources:
        calendar = calendars.get(resource.calendar or "")
        open_h = hours_per_week(calendar)
        taken_h = work[resource.id] + _lost_h(resource, work[resource.id], open_h=open_h)
        load = taken_h / (open_h * resource.capacity) if open_h > 0 else float("inf")
        if taken_h <= 0 or load <= MOST_LOAD:
            resources.append(resource)
            continue
        widened[resource.id] = load
        needed_h = taken_h / (MOST_LOAD * resource.capacity)
        capacity = resource.capacity
        while needed_h > _HOURS_PER_WEEK:
            capacity += 1
            needed_h = taken_h / (MOST_LOAD * capacity)
        changed: dict[str, object] = {"capacity": capacity}
        if needed_h > open_h and calendar is not None:
            wide = _wider(calendar, needed_h, name=f"widened {resource.id}")
            added.append(wide)
            changed["calendar"] = wide.id
        resources.append(resource.model_copy(update=changed))
    if not widened:
        return plant, {}
    return plant.model_copy(
        update={"resources": tuple(resources), "calendars": (*plant.calendars, *added)}
    ), widened


def _lost_h(resource: Resource, work_h: float, *, open_h: float) -> float:
    """Return the open hours of a week that breakdowns take, of those that repairs last."""
    failure = resource.failure
    if failure is None:
        return 0.0
    hours = work_h if failure.basis == "busy" else _HOURS_PER_WEEK * resource.capacity
    return hours / failure.mtbf_h * failure.mttr_h * open_h / _HOURS_PER_WEEK


def _wider(calendar: Calendar, needed_h: float, *, name: str) -> Calendar:
    """Return the calendar with each shift prolonged evenly until the week has enough hours."""
    spans = []
    for shift in calendar.shifts:
        begin, end = minutes_of_shift(shift)
        day = WEEKDAYS.index(shift.weekday) * 1440
        spans.append((day + begin, day + end))
    for extra in range(0, _MINUTES_PER_WEEK, 15):
        open_min = {m % _MINUTES_PER_WEEK for a, b in spans for m in range(a - extra, b + extra)}
        if len(open_min) >= needed_h * 60:
            break
    return Calendar(id=name, shifts=_shifts_of(open_min), exceptions=calendar.exceptions)


def _shifts_of(open_min: set[int]) -> tuple[Shift, ...]:
    shifts = []
    for day, weekday in enumerate(WEEKDAYS):
        minutes: Sequence[bool] = [day * 1440 + m in open_min for m in range(1440)]
        begin: int | None = None
        for m, is_open in enumerate([*minutes, False]):
            if is_open and begin is None:
                begin = m
            elif not is_open and begin is not None:
                shifts.append(Shift(weekday=weekday, start=_text(begin), end=_text(m)))
                begin = None
    return tuple(shifts)


def _text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
