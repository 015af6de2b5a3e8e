"""Changes of how often work is done again: detours, and extra visits of an operation."""

from zhizao.model.changes.branch import Branch, ChangeError, changed, require
from zhizao.model.plant import Routing, Step
from zhizao.model.scenario import ScaleRework

_USUAL = 0.5


def extra_visits(routing: Routing) -> frozenset[int]:
    """Return the steps that are extra visits: rework without the steps between.

    An order comes back to an operation that it has done before, for a few pieces, and goes
    on from where it was. Such a step repeats the operation of an earlier one, and fewer than
    half of the lots do it; what most of them do again belongs to the routing.

    Parameters
    ----------
    routing : Routing
        The routing.

    Examples
    --------
    >>> steps = [Step(step=10, operation="cut"), Step(step=20, operation="paint"),
    ...          Step(step=30, operation="cut", probability=0.2)]
    >>> sorted(extra_visits(Routing(product="P", steps=tuple(steps))))
    [30]
    """
    seen: set[str] = set()
    found = set()
    for step in routing.steps:
        if step.operation in seen and step.probability < _USUAL:
            found.add(step.step)
        seen.add(step.operation)
    return frozenset(found)


def scale_rework(branch: Branch, change: ScaleRework) -> Branch:
    """Multiply the chances of detours and of extra visits, where all the given names match."""
    plant = branch.plant
    if change.product is not None:
        require(change.product, (p.id for p in plant.products), what="product")
    if change.operation is not None:
        operations = dict.fromkeys(s.operation for r in plant.routings for s in r.steps)
        require(change.operation, operations, what="operation")
    routings = tuple(
        _scaled(r, change) if change.product in {None, r.product} else r for r in plant.routings
    )
    if routings == plant.routings and change.factor != 1.0:
        raise ChangeError("no step that matches is ever done again: there is no rework to scale")
    return branch.with_parts(routings=routings)


def _scaled(routing: Routing, change: ScaleRework) -> Routing:
    extra = extra_visits(routing)
    steps = []
    for step in routing.steps:
        after = step
        if change.operation in {None, step.operation}:
            if step.rework is not None:
                chance = _chance(step, step.rework.probability, change.factor)
                after = changed(after, rework=changed(step.rework, probability=chance))
            if step.step in extra:
                chance = _chance(step, step.probability, change.factor)
                after = changed(after, probability=chance)
        steps.append(after)
    return changed(routing, steps=tuple(steps))


def _chance(step: Step, before: float, factor: float) -> float:
    if before * factor > 1.0:
        raise ChangeError(
            f"rework at '{step.operation}' would have a chance of {before * factor:.2f}, "
            f"expected at most 1: a factor up to {1.0 / before:.2f}"
        )
    return before * factor
