"""Changes of working time: calendars, shifts, a resource that is down."""

from collections.abc import Mapping

from zhizao.model.calendar import WEEKDAYS
from zhizao.model.changes.branch import Branch, ChangeError, changed, free_name, require
from zhizao.model.plant import Calendar, CalendarException, Resource, Routing, Shift, Step
from zhizao.model.scenario import AddShift, ChangeCalendar, SetCalendar, TakeDown

ROUND_THE_CLOCK: tuple[Shift, ...] = tuple(
    Shift.model_validate({"weekday": day, "start": "00:00", "end": "24:00"}) for day in WEEKDAYS
)


def take_down(branch: Branch, change: TakeDown) -> Branch:
    """Close a resource for a span, on a calendar that is its own."""
    resource = branch.resource(change.resource)
    if change.to_at <= change.from_at:
        raise ChangeError(f"to_at {change.to_at} is not after from_at {change.from_at}")
    down = CalendarException(start_at=change.from_at, end_at=change.to_at, is_open=False)
    before = _calendar(branch, resource.calendar)
    own_name = f"{resource.id[:180]} (own)"
    if before is not None and before.id == own_name and _n_users(branch, own_name) == 1:
        own = changed(before, exceptions=(*before.exceptions, down))
        return branch.with_parts(
            calendars=tuple(own if c.id == own.id else c for c in branch.plant.calendars)
        )
    own = Calendar(
        id=free_name(own_name, (c.id for c in branch.plant.calendars)),
        shifts=ROUND_THE_CLOCK if before is None else before.shifts,
        exceptions=(*(() if before is None else before.exceptions), down),
    )
    with_calendar = branch.with_parts(calendars=(*branch.plant.calendars, own))
    return with_calendar.with_resource(changed(resource, calendar=own.id))


def set_calendar(branch: Branch, change: SetCalendar) -> Branch:
    """Give resources another calendar."""
    require(change.calendar, (c.id for c in branch.plant.calendars), what="calendar")
    for name in change.resources:
        branch = branch.with_resource(changed(branch.resource(name), calendar=change.calendar))
    return branch


def change_calendar(branch: Branch, change: ChangeCalendar) -> Branch:
    """Replace the shifts of a calendar for all who use it, or define a new one."""
    before = next((c for c in branch.plant.calendars if c.id == change.calendar), None)
    kept = () if before is None else before.exceptions
    after = Calendar(
        id=change.calendar,
        shifts=change.shifts,
        exceptions=kept if change.exceptions is None else change.exceptions,
    )
    if before is None:
        return branch.with_parts(calendars=(*branch.plant.calendars, after))
    return branch.with_parts(
        calendars=tuple(after if c.id == after.id else c for c in branch.plant.calendars)
    )


def add_shift(branch: Branch, change: AddShift) -> Branch:
    """Add shifts for some resources; whoever else has their calendar keeps it as it is.

    A delay that passes while a step's resource is open goes on in the added shifts, too.
    """
    resources = [branch.resource(name) for name in dict.fromkeys(change.resources)]
    calendars = list(branch.plant.calendars)
    copies: dict[str, str] = {}
    after: dict[str, Resource] = {}
    for resource in resources:
        before = _calendar(branch, resource.calendar)
        if before is None:
            raise ChangeError(f"'{resource.id}' is always open; there is no shift to add")
        if before.id not in copies:
            name = free_name(f"{before.id[:180]} + shift", (c.id for c in calendars))
            calendars.append(changed(before, id=name, shifts=(*before.shifts, *change.shifts)))
            copies[before.id] = name
        after[resource.id] = changed(resource, calendar=copies[before.id])
    after_of = {r.id: (r.calendar, copies[r.calendar]) for r in resources if r.calendar}
    return branch.with_parts(
        calendars=tuple(calendars),
        resources=tuple(after.get(r.id, r) for r in branch.plant.resources),
        routings=_with_delays(branch.plant.routings, after_of),
    )


def _with_delays(
    routings: tuple[Routing, ...], after_of: Mapping[str, tuple[str, str]]
) -> tuple[Routing, ...]:
    """Return the routings; a delay in the time of its step's resource goes along with it.

    ``after_of`` has the calendars before and after by resource.
    """

    def moved(step: Step) -> Step:
        own = (after_of[o.resource] for o in step.resources if o.resource in after_of)
        after = next((new for old, new in own if old == step.delay.calendar), None)
        return step if after is None else changed(step, delay=changed(step.delay, calendar=after))

    found = []
    for routing in routings:
        steps = tuple(moved(s) for s in routing.steps)
        is_same = all(a is b for a, b in zip(steps, routing.steps, strict=True))
        found.append(routing if is_same else changed(routing, steps=steps))
    return tuple(found)


def _calendar(branch: Branch, name: str | None) -> Calendar | None:
    if name is None:
        return None
    require(name, (c.id for c in branch.plant.calendars), what="calendar")
    return next(c for c in branch.plant.calendars if c.id == name)


def _n_users(branch: Branch, calendar: str) -> int:
    """Count who works by a calendar."""
    plant = branch.plant
    users = [r.calendar for r in plant.resources] + [o.calendar for o in plant.operators]
    users += [s.delay.calendar for r in plant.routings for s in r.steps]
    users.append(plant.release_calendar)
    return users.count(calendar)
