"""Resources whose work goes stretch by stretch: repairs wait for a crew, people go home."""

from zhizao.model.plant import Plant, Step


def cascading_resources(plant: Plant) -> set[str]:
    """Return the resources of steps that the next lot may enter before one has left."""
    return {
        o.resource
        for routing in plant.routings
        for s in routing.steps
        if s.interval_min
        for o in s.resources
    }


def relieved_resources(plant: Plant) -> set[str]:
    """Return the resources with steps that pause when their operators go home.

    Those where a calendar of theirs ends a shift: nobody goes home otherwise. A
    step concerns the people who set a resource up for it as well.
    """
    on_shift = {k for o in plant.operators if o.calendar is not None for k in o.skills}
    setters = {r.id: r.setup_skill for r in plant.resources}

    def goes_home(step: Step, resource: str) -> bool:
        return not on_shift.isdisjoint((*step.skills, setters.get(resource)))

    return {
        o.resource
        for routing in plant.routings
        for s in routing.steps
        if s.operator_interruption == "resume"
        for o in s.resources
        if goes_home(s, o.resource)
    }


def crewed_resources(plant: Plant) -> set[str]:
    """Return the resources whose work goes stretch by stretch; none that cascades."""
    repaired = {r.id for r in plant.resources if r.failure and r.repair_skill}
    return (repaired | relieved_resources(plant)) - cascading_resources(plant)


def not_relieved(plant: Plant) -> int:
    """Count the steps that ought to pause when their operators go home and do not."""
    stuck = relieved_resources(plant) & cascading_resources(plant)
    return sum(
        s.operator_interruption == "resume" and any(o.resource in stuck for o in s.resources)
        for routing in plant.routings
        for s in routing.steps
    )
