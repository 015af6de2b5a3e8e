"""Changes of resources and queues: add, remove, speed, breakdowns, dispatch."""

from zhizao.model.changes.branch import Branch, ChangeError, changed, require
from zhizao.model.plant import Failure, Resource, ResourceOption, Step
from zhizao.model.scenario import (
    AddResource,
    RemoveResource,
    ScaleFailures,
    ScaleSpeed,
    SetDispatch,
    SetFailure,
)


def add_resource(branch: Branch, change: AddResource) -> Branch:
    """Add a resource that may do what another may do, right after it in preference."""
    like = branch.resource(change.like)
    if any(r.id == change.resource for r in branch.plant.resources):
        raise ChangeError(f"there is a resource '{change.resource}' already; give a new name")
    if change.calendar is not None:
        require(change.calendar, (c.id for c in branch.plant.calendars), what="calendar")
    own = {
        key: value
        for key in ("speed", "capacity", "calendar")
        if (value := getattr(change, key)) is not None
    }
    resource = changed(like, id=change.resource, **own)

    def with_twin(step: Step) -> Step:
        options: list[ResourceOption] = []
        for option in step.resources:
            options.append(option)
            if option.resource == like.id:
                options.append(changed(option, resource=resource.id))
        return _with_options(step, tuple(options))

    return branch.with_parts(
        resources=(*branch.plant.resources, resource),
        routings=tuple(
            changed(r, steps=tuple(with_twin(s) for s in r.steps)) for r in branch.plant.routings
        ),
    )


def remove_resource(branch: Branch, change: RemoveResource) -> Branch:
    """Take a resource out of the plant and of every step."""
    gone = branch.resource(change.resource).id
    stranded = [
        f"step {s.step} ({s.operation}) of product '{r.product}'"
        + ("" if r.variant == "main" else f", variant '{r.variant}'")
        for r in branch.plant.routings
        for s in r.steps
        if s.resources and all(option.resource == gone for option in s.resources)
    ]
    if stranded:
        more = f" and {len(stranded) - 5} more" if len(stranded) > 5 else ""
        raise ChangeError(
            f"'{gone}' is the only resource that can do {'; '.join(stranded[:5])}{more}. "
            "Add another one first: add_resource"
        )

    def without(step: Step) -> Step:
        return _with_options(step, tuple(o for o in step.resources if o.resource != gone))

    return branch.with_parts(
        resources=tuple(r for r in branch.plant.resources if r.id != gone),
        routings=tuple(
            changed(r, steps=tuple(without(s) for s in r.steps)) for r in branch.plant.routings
        ),
    )


def scale_speed(branch: Branch, change: ScaleSpeed) -> Branch:
    """Multiply the speed of a resource."""
    resource = branch.resource(change.resource)
    return branch.with_resource(changed(resource, speed=resource.speed * change.factor))


def set_dispatch(branch: Branch, change: SetDispatch) -> Branch:
    """Set the queue rule of one work centre or of all."""
    centres = branch.plant.work_centres
    if change.work_centre is not None:
        require(change.work_centre, (c.id for c in centres), what="work centre")
    return branch.with_parts(
        work_centres=tuple(
            changed(
                c, dispatch=change.rule, weights=c.weights if change.rule == "weighted" else None
            )
            if change.work_centre in {None, c.id}
            else c
            for c in centres
        )
    )


def set_failure(branch: Branch, change: SetFailure) -> Branch:
    """Set or remove the breakdowns of a resource."""
    return branch.with_resource(changed(branch.resource(change.resource), failure=change.failure))


def scale_failures(branch: Branch, change: ScaleFailures) -> Branch:
    """Divide the time between failures by the factor; 0 removes the failures."""
    if change.resource is not None and branch.resource(change.resource).failure is None:
        raise ChangeError(f"'{change.resource}' has no breakdowns; state them with set_failure")
    if not any(r.failure for r in branch.plant.resources):
        raise ChangeError("no resource has breakdowns; state them with set_failure")

    def scaled(resource: Resource) -> Resource:
        failure = resource.failure
        if failure is None or change.resource not in {None, resource.id}:
            return resource
        return changed(resource, failure=_scaled_failure(failure, change.factor))

    return branch.with_parts(resources=tuple(scaled(r) for r in branch.plant.resources))


def _scaled_failure(failure: Failure, factor: float) -> Failure | None:
    return changed(failure, mtbf_h=failure.mtbf_h / factor) if factor > 0 else None


def _with_options(step: Step, options: tuple[ResourceOption, ...]) -> Step:
    return step if options == step.resources else changed(step, resources=options)
