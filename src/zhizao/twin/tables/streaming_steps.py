"""Which steps hand pieces on before the whole lot is done, as far as that is simulated."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from zhizao._base.words import Lang, say
from zhizao.model.plant import Plant, Routing, Step
from zhizao.twin.tables.crewed_resources import crewed_resources

StepKey = tuple[str, str, int]
"""Product, variant and number of a step."""


def streaming_steps(plant: Plant) -> set[StepKey]:
    """Return the steps whose ``transfer_pieces`` are simulated: where nothing hinders it."""
    return {key for key, hindrance in _all_steps(plant) if hindrance is None}


def streaming_resources(plant: Plant) -> set[str]:
    """Return the resources of those steps and of the steps that follow them."""
    found = set[str]()
    steps = streaming_steps(plant)
    for routing in plant.routings:
        for step, following in pairwise(routing.steps):
            if (routing.product, routing.variant, step.step) in steps:
                found |= {o.resource for s in (step, following) for o in s.resources}
    return found


def not_streaming(plant: Plant, *, lang: Lang = "en") -> str | None:
    """Return a warning about the steps whose ``transfer_pieces`` are not simulated, and why.

    None if there is none. Those of a last step mean nothing: there is no next one.
    """
    reasons = Counter(hindrance for _, hindrance in _all_steps(plant) if hindrance is not None)
    if not reasons:
        return None
    listed = ", ".join(
        f"{say('zhizao.twin', f'no_stream_{reason}', lang=lang)}: {n}"
        for reason, n in reasons.items()
    )
    return say("zhizao.twin", "not_streaming", lang=lang, n=reasons.total(), reasons=listed)


def _all_steps(plant: Plant) -> Iterator[tuple[StepKey, str | None]]:
    """Yield the steps with ``transfer_pieces`` that others follow, and what hinders them."""
    hindrance = _hindrance(plant)
    for routing in plant.routings:
        for step, following in pairwise(routing.steps):
            if step.transfer_pieces is not None:
                yield (
                    (routing.product, routing.variant, step.step),
                    hindrance(routing, step, following),
                )


def _hindrance(plant: Plant) -> Callable[[Routing, Step, Step], str | None]:
    """Return what says, for a step and the next one, why pieces do not go on by themselves."""
    limited = {c.id for c in plant.work_centres if c.buffer_lots is not None}
    centre_of = {r.id: r.work_centre for r in plant.resources}
    crewed = crewed_resources(plant)
    carried_to = {t.to_work_centre for t in plant.transports if t.carrier is not None}

    def hindrance(_: Routing, step: Step, following: Step) -> str | None:
        names = {o.resource for s in (step, following) for o in s.resources}
        next_centre = (
            centre_of.get(following.resources[0].resource) if following.resources else None
        )
        found = {
            "no_resource": not step.resources or not following.resources,
            "batch": bool(step.batch or following.batch),
            "cascade": bool(step.interval_min or following.interval_min),
            "crew": bool(names & crewed),
            "rework": step.rework is not None,
            "limit": step.limit_to_step is not None,
            "optional": following.probability < 1.0,
            "buffer": next_centre in limited,
            "carrier": next_centre in carried_to,
        }
        return next((reason for reason, holds in found.items() if holds), None)

    return hindrance
