"""Fields of a plant that the event loop does not simulate: named in every run, never ignored."""

from collections.abc import Iterator, Sequence

from zhizao._base.words import Lang, say
from zhizao.model.plant import Plant, Resource
from zhizao.twin.tables.cascading_setups import not_beside
from zhizao.twin.tables.crewed_resources import cascading_resources, not_relieved
from zhizao.twin.tables.streaming_steps import not_streaming


def not_simulated(plant: Plant, *, lang: Lang = "en") -> tuple[str, ...]:
    """Return a warning for each field of a plant that is given but not simulated.

    Examples
    --------
    >>> from zhizao.model.plant import Plant
    >>> not_simulated(Plant(name="P"))
    ()
    """
    found = [
        say("zhizao.twin", "not_simulated", lang=lang, field=field, n=n)
        for field, n in _counts(plant)
        if n
    ]
    streaming = not_streaming(plant, lang=lang)
    return (*found, streaming) if streaming else tuple(found)


def _counts(plant: Plant) -> Iterator[tuple[str, int]]:
    """Yield each field that is not simulated, as tables name it, and how many rows give it."""
    yield "routings/operator_interruption", not_relieved(plant)
    yield "resources/cascading_setup", not_beside(plant)
    yield "routings/interruption", _cascades_in_overtime(plant)
    cascading = cascading_resources(plant)
    yield (
        "resources/repair_skill",
        _given([r for r in plant.resources if r.id in cascading and r.failure], "repair_skill"),
    )


def _cascades_in_overtime(plant: Plant) -> int:
    """Count the cascading steps that would go on in closed time: lots enter in open time only."""
    closes = {r.id for r in plant.resources if r.calendar is not None}
    return sum(
        step.interval_min is not None
        and step.interruption == "overtime"
        and any(option.resource in closes for option in step.resources)
        for routing in plant.routings
        for step in routing.steps
    )


def _given(rows: Sequence[Resource], field: str) -> int:
    """Count the rows whose field is not at its default."""
    return sum(getattr(row, field) != type(row).model_fields[field].default for row in rows)
