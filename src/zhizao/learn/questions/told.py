"""Answers to what the records cannot tell: used at once, marked as told and not learnt.

An answer names the question that it answers, whom it is about, and a value:
an opening time (``mon-fri 07:00-15:00, sat 07:00-12:00``), a number, or a few
numbers by name (``mtbf_h=22; mttr_h=6``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from zhizao._base.errors import InputError
from zhizao.learn.evidence.busy import UNSEEN, Capacity
from zhizao.learn.hours.calendars import PLANT_CALENDAR, LearntCalendars
from zhizao.learn.questions.answer_words import AnswerError, hours_of, known_name, places_of
from zhizao.learn.questions.open_questions import Question
from zhizao.learn.questions.told_uses import ASKED_FIRST, USES, no_use
from zhizao.model.plant import Answer, Calendar, Plant, Provenance

_HOURS = frozenset({"no_week", "overload", "few_reports"})


def told_calendars(
    calendars: LearntCalendars, answers: Sequence[Answer], *, names: Sequence[str]
) -> LearntCalendars:
    """Return the calendars with opening times that were told.

    Raises
    ------
    InputError
        If an answer about hours names no known resource or cannot be read.
    """
    told = [a for a in answers if a.question in _HOURS]
    faults: list[str] = []
    for answer in told:
        try:
            shifts = hours_of(answer.value)
            known_name(answer.about, names, may_be_all=True)
        except (AnswerError, ValidationError) as error:
            faults.append(_fault(answer, error))
            continue
        name = f"told {answer.about}" if answer.about else PLANT_CALENDAR
        kept = tuple(c for c in calendars.calendars if c.id != name)
        exceptions = calendars.calendar(None).exceptions
        mine = Calendar(id=name, shifts=shifts, exceptions=exceptions)
        by_resource = {**calendars.by_resource, **({answer.about: name} if answer.about else {})}
        gone = {c.id for c in kept} - set(by_resource.values()) - {PLANT_CALENDAR}
        calendars = replace(
            calendars,
            calendars=(*(c for c in kept if c.id not in gone), mine),
            by_resource=by_resource,
            provenances=(
                *(p for p in calendars.provenances if _owner_of(p) not in {name, *gone}),
                _told(f"calendars/{name}/hours_per_week", answer),
            ),
            thin=tuple(r for r in calendars.thin if r != answer.about),
            is_regular=calendars.is_regular or not answer.about,
        )
    _complain(faults)
    return calendars


def told_capacities(
    capacities: Mapping[str, Capacity], answers: Sequence[Answer], *, names: Sequence[str]
) -> dict[str, Capacity]:
    """Return the places of resources, those that were told as told."""
    found = dict(capacities)
    faults = []
    for answer in (a for a in answers if a.question == "capacity"):
        try:
            known_name(answer.about, names)
            places = places_of(answer.value)
        except AnswerError as error:
            faults.append(_fault(answer, error))
            continue
        known = found.get(answer.about, UNSEEN)
        found[answer.about] = replace(known, places=places, low=places, high=places)
    _complain(faults)
    return found


def told_plant(plant: Plant, answers: Sequence[Answer]) -> Plant:
    """Return the plant with everything else that was told, and the answers themselves.

    Raises
    ------
    InputError
        With all answers that name nothing in the plant or cannot be read.

    Examples
    --------
    >>> from zhizao.model.plant import Resource, WorkCentre
    >>> press = Resource(id="P1", work_centre="presses")
    >>> plant = Plant(name="p", work_centres=(WorkCentre(id="presses"),), resources=(press,))
    >>> answer = Answer(question="failures", about="P1", value="mtbf_h=22; mttr_h=6")
    >>> told_plant(plant, [answer]).resources[0].failure.mttr_h
    6.0
    """
    faults: list[str] = []
    for answer in answers:
        if answer.question in ASKED_FIRST:
            continue
        use = USES.get(answer.question, no_use)
        try:
            plant, where = use(plant, answer)
        except (AnswerError, ValidationError) as error:
            faults.append(_fault(answer, error))
            continue
        kept = tuple(p for p in plant.provenances if not _is_inside(p.where, where))
        told = tuple(_told(w, answer) for w in where)
        plant = plant.model_copy(update={"provenances": (*kept, *told)})
    _complain(faults)
    capacities = {a.about: a for a in answers if a.question == "capacity"}
    provenances = tuple(
        _told(p.where, capacities[name])
        if (name := p.where.removeprefix("resources/").removesuffix("/capacity")) in capacities
        and p.where == f"resources/{name}/capacity"
        else p
        for p in plant.provenances
    )
    return plant.model_copy(update={"answers": tuple(answers), "provenances": provenances})


def still_open(questions: Sequence[Question], answers: Sequence[Answer]) -> tuple[Question, ...]:
    """Return the questions that are not answered for everybody they are about."""
    told = {(a.question, a.about) for a in answers}
    return tuple(
        q
        for q in questions
        if (q.code, "") not in told
        and not (q.about and all((q.code, n) in told for n in q.about.split(", ")))
    )


def _told(where: str, answer: Answer) -> Provenance:
    try:
        value = float(answer.value)
    except ValueError:
        value = None
    return Provenance(
        where=where, source="told", level="plant", n=0, value=value,
        note=f"told, not learnt: {answer.value}",
    )  # fmt: skip


def _is_inside(where: str, told: Sequence[str]) -> bool:
    return any(where == w or where.startswith(f"{w}/") for w in told)


def _owner_of(provenance: Provenance) -> str:
    return provenance.where.removeprefix("calendars/").rpartition("/")[0]


def _fault(answer: Answer, error: Exception) -> str:
    what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
    return f"answer to '{answer.question}' about '{answer.about}' ('{answer.value}'): {what}"


def _complain(faults: Sequence[str]) -> None:
    if faults:
        raise InputError("\n".join(faults))
