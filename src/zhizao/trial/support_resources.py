"""Whether changes of resources stay inside what the records show of them."""

from collections.abc import Iterator

from zhizao.model import scenario as changes
from zhizao.model.plant import Plant
from zhizao.trial.comparison import SupportWarning
from zhizao.trial.known import Known
from zhizao.trial.support_words import support_warning

MIN_SAMPLE = 5
"""Fewer orders, or a value that rests on fewer cases, is called little."""


def check_add_resource(
    plant: Plant, change: changes.AddResource, known: Known
) -> Iterator[SupportWarning]:
    """Warn of one more resource than the records show."""
    like = next((r for r in plant.resources if r.id == change.like), None)
    if like is None:
        return
    n_reports = known.n_reports_by_resource.get(like.id, 0)
    if n_reports < MIN_SAMPLE:
        yield support_warning("resource_never_seen", resource=like.id, n=n_reports)
    n_now = sum(r.work_centre == like.work_centre for r in plant.resources)
    yield support_warning(
        "more_resources_than_seen",
        resource=change.resource,
        work_centre=like.work_centre,
        n_now=n_now,
        n_seen=known.most_at_once.get(like.work_centre, 0),
    )
    if change.speed is not None:
        yield from _speed(plant, like.work_centre, change.resource, change.speed)
    if change.capacity is not None and change.capacity != like.capacity:
        yield support_warning(
            "capacity_not_seen", resource=change.resource, capacity=change.capacity,
            like=like.id, seen=like.capacity,
        )  # fmt: skip


def check_remove_resource(
    plant: Plant, change: changes.RemoveResource, known: Known
) -> Iterator[SupportWarning]:
    """Warn of work that others must take over."""
    gone = next((r for r in plant.resources if r.id == change.resource), None)
    if gone is None:
        return
    heirs = {
        o.resource
        for routing in plant.routings
        for step in routing.steps
        for o in step.resources
        if any(other.resource == gone.id for other in step.resources) and o.resource != gone.id
    }
    for heir in sorted(heirs):
        n_reports = known.n_reports_by_resource.get(heir, 0)
        if n_reports < MIN_SAMPLE:
            yield support_warning("resource_never_seen", resource=heir, n=n_reports)
    n_left = sum(r.work_centre == gone.work_centre for r in plant.resources) - 1
    yield support_warning(
        "fewer_resources", resource=gone.id, work_centre=gone.work_centre, n=n_left
    )


def check_take_down(
    _plant: Plant, change: changes.TakeDown, known: Known
) -> Iterator[SupportWarning]:
    """Warn where no stop was ever recorded."""
    if known.n_down_reports < MIN_SAMPLE:
        yield support_warning("down_not_recorded", resource=change.resource, n=known.n_down_reports)


def check_scale_speed(
    plant: Plant, change: changes.ScaleSpeed, known: Known
) -> Iterator[SupportWarning]:
    """Warn of speeds that no sister resource has."""
    resource = next((r for r in plant.resources if r.id == change.resource), None)
    if resource is None:
        return
    n_reports = known.n_reports_by_resource.get(resource.id, 0)
    if n_reports < MIN_SAMPLE:
        yield support_warning("resource_never_seen", resource=resource.id, n=n_reports)
    yield from _speed(plant, resource.work_centre, resource.id, resource.speed * change.factor)


def _speed(plant: Plant, work_centre: str, resource: str, speed: float) -> Iterator[SupportWarning]:
    speeds = [r.speed for r in plant.resources if r.work_centre == work_centre]
    if not min(speeds) <= speed <= max(speeds):
        yield support_warning(
            "speed_outside",
            resource=resource,
            speed=speed,
            work_centre=work_centre,
            low=min(speeds),
            high=max(speeds),
            n=len(speeds),
        )


def check_failures(
    _plant: Plant, _change: changes.SetFailure | changes.ScaleFailures, known: Known
) -> Iterator[SupportWarning]:
    """Warn where breakdowns were not recorded."""
    if known.n_down_reports < MIN_SAMPLE:
        yield support_warning("failures_not_recorded", n=known.n_down_reports)
