"""Which steps a lot is brought to only when a resource has taken it, as that decides the way."""

from collections.abc import Iterator

from zhizao.model.plant import Plant, Routing, Step
from zhizao.twin.tables.crewed_resources import cascading_resources, crewed_resources
from zhizao.twin.tables.streaming_steps import streaming_steps

StepKey = tuple[str, str, int]
"""Product, variant and number of a step."""


def brought_steps(plant: Plant) -> set[StepKey]:
    """Return the steps whose transport is to the work centre of the resource that is chosen.

    They may be done in several work centres. Not where the preferred one has a
    limited buffer, a resource cascades or waits for a repair crew, lots are
    carried by carriers of limited number, or the step
    is part of lot streaming: transport is to the preferred one there.
    """
    if not any(t.minutes > 0.0 for t in plant.transports):
        return set()
    limited = {c.id for c in plant.work_centres if c.buffer_lots is not None}
    centre_of = {r.id: r.work_centre for r in plant.resources}
    crewed = crewed_resources(plant)
    cascading = cascading_resources(plant)
    streaming = streaming_steps(plant)
    carried_to = {t.to_work_centre for t in plant.transports if t.carrier is not None}

    def is_brought(routing: Routing, i: int, step: Step) -> bool:
        names = {o.resource for o in step.resources}
        near = [step] if i == 0 else [step, routing.steps[i - 1]]
        return (
            centre_of[step.resources[0].resource] not in limited
            and not names & (crewed | cascading)
            and not {centre_of[name] for name in names} & carried_to
            and not any((routing.product, routing.variant, s.step) in streaming for s in near)
        )

    return {
        (routing.product, routing.variant, step.step)
        for routing, i, step in _ambiguous(plant)
        if is_brought(routing, i, step)
    }


def brought_resources(plant: Plant) -> set[str]:
    """Return the resources of those steps."""
    steps = brought_steps(plant)
    return {
        o.resource
        for routing, _, step in _ambiguous(plant)
        if (routing.product, routing.variant, step.step) in steps
        for o in step.resources
    }


def not_brought(plant: Plant) -> int:
    """Count the other steps in several work centres: transport is to the preferred one."""
    if not plant.transports:
        return 0
    steps = brought_steps(plant)
    return sum((r.product, r.variant, s.step) not in steps for r, _, s in _ambiguous(plant))


def _ambiguous(plant: Plant) -> Iterator[tuple[Routing, int, Step]]:
    """Yield the steps that may be done in several work centres, and their positions."""
    centre_of = {r.id: r.work_centre for r in plant.resources}
    for routing in plant.routings:
        for i, step in enumerate(routing.steps):
            if len({centre_of[o.resource] for o in step.resources}) > 1:
                yield routing, i, step
