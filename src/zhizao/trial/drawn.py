"""Drawn values in a scenario: what a change adds shares errors, what it states has none."""

from collections.abc import Iterable, Sequence

from zhizao.model.plant import Plant
from zhizao.model.scenario import (
    AddResource,
    Change,
    ChangeCalendar,
    Scenario,
    SetFailure,
    SetSetup,
)
from zhizao.twin.study_values import DrawnValues, setup_place


def in_branch(
    drawn: DrawnValues, chain: Iterable[Scenario], *, plant: Plant, branch: Plant
) -> DrawnValues:
    """Return drawn values for a scenario's plant.

    A resource that is added like another has its breakdowns and so the error
    of their measurement; a calendar made from another has its hours. A setup,
    breakdowns or shifts that the scenario states are as stated.

    Parameters
    ----------
    drawn : DrawnValues
        Of the plant as it is.
    chain : iterable of Scenario
        The scenario and its bases, the root first.
    plant, branch : Plant
        As it is, and as the scenario makes it.

    Examples
    --------
    >>> from zhizao.model.plant import Demand, Product, Provenance
    >>> from zhizao.twin.study_values import draw_values
    >>> rate = Provenance(where="demands/P/orders_per_week", source="learnt", level="product",
    ...                   n=100, value=10.0, low=8.1, high=12.2)
    >>> plant = Plant(name="p", products=(Product(id="P"),), provenances=(rate,),
    ...               demands=(Demand(product="P", orders_per_week=10.0),))
    >>> drawn = draw_values(plant, n_futures=10)
    >>> in_branch(drawn, [Scenario(name="as it is")], plant=plant, branch=plant) == drawn
    True
    """
    changes = [change for scenario in chain for change in scenario.changes]
    like = _like(changes)
    return drawn.for_branch(
        like=like | _calendars(changes, like, plant=plant, branch=branch),
        stated=frozenset(_stated(changes)),
    )


def _like(changes: Sequence[Change]) -> dict[str, str]:
    like: dict[str, str] = {}
    for change in changes:
        if isinstance(change, AddResource):
            like[change.resource] = like.get(change.like, change.like)
    return like


def _calendars(
    changes: Sequence[Change], like: dict[str, str], *, plant: Plant, branch: Plant
) -> dict[str, str]:
    """Return each calendar that a change made from another, and that one."""
    known = {c.id for c in plant.calendars}
    known |= {c.calendar for c in changes if isinstance(c, ChangeCalendar)}
    before = {r.id: r.calendar for r in plant.resources}
    found = {}
    for resource in branch.resources:
        origin = before.get(like.get(resource.id, resource.id))
        if resource.calendar is not None and resource.calendar not in known and origin is not None:
            found[f"calendar {resource.calendar}"] = origin
    return found


def _stated(changes: Sequence[Change]) -> Iterable[str]:
    for change in changes:
        if isinstance(change, SetFailure):
            yield from (f"resources/{change.resource}/failure/{p}" for p in ("mtbf_h", "mttr_h"))
        elif isinstance(change, SetSetup):
            yield setup_place(change.work_centre, change.from_family, change.to_family)
        elif isinstance(change, ChangeCalendar):
            yield f"calendars/{change.calendar}/hours_per_week"
