"""Whether a change of how often work is done again stays inside what the records show."""

from collections.abc import Iterator

from zhizao.model import scenario as changes
from zhizao.model.changes.change_rework import extra_visits
from zhizao.model.plant import Plant
from zhizao.trial.comparison import SupportWarning
from zhizao.trial.known import Known
from zhizao.trial.support_words import support_warning


def check_scale_rework(
    plant: Plant, change: changes.ScaleRework, _known: Known
) -> Iterator[SupportWarning]:
    """Warn where rework was not learnt, or was never seen to be so frequent or so rare."""
    places = set(_places(plant, change))
    learnt = [p for p in plant.provenances if p.where in places and p.source == "learnt"]
    bounds = [
        (p.low / p.value, p.high / p.value)
        for p in learnt
        if p.value and p.low is not None and p.high is not None
    ]
    if not bounds:
        yield support_warning("rework_not_learnt")
        return
    low, high = min(b[0] for b in bounds), max(b[1] for b in bounds)
    if not low <= change.factor <= high:
        yield support_warning("rework_not_seen", factor=change.factor, low=low, high=high)


def _places(plant: Plant, change: changes.ScaleRework) -> Iterator[str]:
    """Yield where the provenances of the changed values are."""
    for routing in plant.routings:
        if change.product not in {None, routing.product}:
            continue
        extra = extra_visits(routing)
        for step in routing.steps:
            where = f"routings/{routing.product}/{routing.variant}/{step.step}"
            if change.operation not in {None, step.operation}:
                continue
            if step.rework is not None:
                yield f"{where}/rework/probability"
            if step.step in extra:
                yield f"{where}/probability"
