"""Which steps hand pieces on before the whole lot is done, as far as that is simulated."""

from itertools import pairwise

from zhizao.model.plant import Plant, Routing, Step
from zhizao.twin.crewed_resources import crewed_resources


def streaming_steps(plant: Plant) -> set[tuple[str, str, int]]:
    """Return (product, variant, step) of the steps whose ``transfer_pieces`` are simulated.

    Not where one of the two steps is for batches, cascades or is on a resource
    that waits for a crew when it breaks down; where the first has operators,
    tools, scrap, a detour or a time limit; where the next one is optional,
    needs no resource, has a limited buffer in front, or lots are carried to it by
    carriers of limited number.
    """
    limited = {c.id for c in plant.work_centres if c.buffer_lots is not None}
    centre_of = {r.id: r.work_centre for r in plant.resources}
    crewed = crewed_resources(plant)
    carried_to = {t.to_work_centre for t in plant.transports if t.carrier is not None}

    def is_plain(step: Step) -> bool:
        names = {o.resource for o in step.resources}
        return bool(names) and not (names & crewed) and not step.batch and not step.interval_min

    def streams(step: Step, following: Step) -> bool:
        return (
            step.transfer_pieces is not None
            and is_plain(step)
            and is_plain(following)
            and following.probability == 1.0
            and step.scrap_share == 0.0
            and not (step.skills or step.tools or step.rework or step.limit_to_step)
            and centre_of.get(following.resources[0].resource) not in limited | carried_to
        )

    return {
        (routing.product, routing.variant, step.step)
        for routing in plant.routings
        for step, following in pairwise(routing.steps)
        if streams(step, following)
    }


def streaming_resources(plant: Plant) -> set[str]:
    """Return the resources of those steps and of the steps that follow them."""
    found = set[str]()
    steps = streaming_steps(plant)
    for routing in plant.routings:
        for step, following in pairwise(routing.steps):
            if (routing.product, routing.variant, step.step) in steps:
                found |= {o.resource for s in (step, following) for o in s.resources}
    return found


def not_streaming(plant: Plant) -> int:
    """Count the steps whose ``transfer_pieces`` are not simulated.

    Those of a last step mean nothing: there is no next one.
    """
    steps = streaming_steps(plant)

    def count(routing: Routing) -> int:
        return sum(
            s.transfer_pieces is not None
            and (routing.product, routing.variant, s.step) not in steps
            for s in routing.steps[:-1]
        )

    return sum(count(routing) for routing in plant.routings)
