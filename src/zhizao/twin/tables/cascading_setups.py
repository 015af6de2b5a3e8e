"""Cascading resources that are set up beside the lot before."""

from zhizao.model.plant import Plant, Resource


def beside_resources(plant: Plant) -> set[str]:
    """Return the resources whose changes of family go on beside the lot before.

    Not those with a meter, with people for setups or repairs, with breakdowns by hours of work or
    short stops, or whose lots end in overtime: of these, ``not_beside`` counts who asks for it.
    """
    cascading, odd = set[str](), set[str]()
    for routing in plant.routings:
        for step in routing.steps:
            names = {o.resource for o in step.resources}
            if step.interval_min:
                cascading |= names
            if step.interruption == "overtime":
                odd |= names
    return {
        r.id for r in plant.resources if _asks(r) and r.id in cascading - odd and not _has_more(r)
    }


def not_beside(plant: Plant) -> int:
    """Count the resources that ask for it and are set up when they are empty instead.

    Examples
    --------
    >>> not_beside(Plant(name="P"))
    0
    """
    return sum(_asks(r) for r in plant.resources) - len(beside_resources(plant))


def _asks(resource: Resource) -> bool:
    return resource.cascading_setup == "beside"


def _has_more(resource: Resource) -> bool:
    """Return whether a resource has what only one lot at a time can have."""
    fails_at_work = resource.failure is not None and resource.failure.basis == "busy"
    people = resource.setup_skill or resource.repair_skill
    has_stops = resource.short_stops_per_h > 0.0
    return fails_at_work or has_stops or people is not None or resource.power is not None
