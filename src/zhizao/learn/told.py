"""Answers to what the records cannot tell: used at once, marked as told and not learnt.

An answer names the question that it answers, whom it is about, and a value:
an opening time (``mon-fri 07:00-15:00, sat 07:00-12:00``), a number, or a few
numbers by name (``mtbf_h=22; mttr_h=6``).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from zhizao._base.errors import InputError, did_you_mean
from zhizao.learn.busy import UNSEEN, Capacity
from zhizao.learn.calendars import PLANT_CALENDAR, LearntCalendars
from zhizao.learn.questions import Question
from zhizao.model.calendar import WEEKDAYS
from zhizao.model.plant import (
    Answer,
    Calendar,
    Failure,
    Plant,
    Provenance,
    Setup,
    Shift,
    Step,
    TimeModel,
)

_SPAN = re.compile(
    r"(?P<a>[a-z]{3})(?:\s*-\s*(?P<b>[a-z]{3}))?\s+(?P<from>\d{2}:\d{2})\s*-\s*(?P<to>\d{2}:\d{2})"
)
_HOURS = frozenset({"no_week", "overload", "few_reports"})
_TIMES = frozenset({"unmeasured_times", "default_durations", "setup_split"})


class _AnswerError(ValueError):
    """What is wrong with one answer."""


def hours_of(text: str) -> tuple[Shift, ...]:
    """Return the shifts of an opening time in words.

    Examples
    --------
    >>> [s.weekday for s in hours_of("mon-wed 07:00-15:00, sat 07:00-12:00")]
    ['mon', 'tue', 'wed', 'sat']
    """
    shifts = []
    for part in text.lower().split(","):
        found = _SPAN.fullmatch(part.strip())
        days = {found["a"], found["b"] or found["a"]} if found else set()
        if found is None or not days <= set(WEEKDAYS):
            raise _AnswerError("write hours as 'mon-fri 07:00-15:00, sat 07:00-12:00'")
        first, last = WEEKDAYS.index(found["a"]), WEEKDAYS.index(found["b"] or found["a"])
        n_days = (last - first) % 7 + 1
        shifts += [
            Shift.model_validate(
                {"weekday": WEEKDAYS[(first + i) % 7], "start": found["from"], "end": found["to"]}
            )
            for i in range(n_days)
        ]
    return tuple(shifts)


def numbers_of(text: str, names: Sequence[str]) -> dict[str, float]:
    """Return named numbers; a single number stands for the first name.

    Examples
    --------
    >>> numbers_of("mtbf_h=22; mttr_h=6", ["mtbf_h", "mttr_h"])
    {'mtbf_h': 22.0, 'mttr_h': 6.0}
    """
    found = {}
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        key = name.strip() if sign else names[0]
        try:
            number = float(value if sign else name)
        except ValueError:
            number = -1.0
        if key not in names or not 0.0 <= number < float("inf"):
            raise _AnswerError(f"write {'; '.join(f'{n}=…' for n in names)}, numbers not below 0")
        found[key] = number
    return found


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
            _known(answer.about, names, may_be_all=True)
        except (_AnswerError, ValidationError) as error:
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
            _known(answer.about, names)
            places = _places(answer.value)
        except _AnswerError as error:
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
        if answer.question in _HOURS or answer.question == "capacity":
            continue  # used while learning: waits and loads depend on them
        use = _USES.get(answer.question, _no_use)
        try:
            plant, where = use(plant, answer)
        except (_AnswerError, ValidationError) as error:
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


_Used = tuple[Plant, list[str]]


def _no_use(_plant: Plant, answer: Answer) -> _Used:
    known = sorted({*_USES, *_HOURS, "capacity"})
    raise _AnswerError(
        f"no answer to such a question is used.{did_you_mean(answer.question, known)}"
    )


def _places(text: str) -> int:
    places = int(numbers_of(text, ["places"])["places"])
    if places < 1:
        raise _AnswerError("write a whole number of places, at least 1")
    return places


def _rule(plant: Plant, answer: Answer) -> _Used:
    _known(answer.about, [w.id for w in plant.work_centres])
    centres = tuple(
        type(w).model_validate({**w.model_dump(), "dispatch": answer.value, "weights": None})
        if w.id == answer.about
        else w
        for w in plant.work_centres
    )
    where = [f"work_centres/{answer.about}/dispatch"]
    return plant.model_copy(update={"work_centres": centres}), where


def _failure(plant: Plant, answer: Answer) -> _Used:
    _known(answer.about, [r.id for r in plant.resources], may_be_all=True)
    numbers = numbers_of(answer.value, ["mtbf_h", "mttr_h"])
    failure = Failure.model_validate(numbers)
    mine = [r.id for r in plant.resources if answer.about in {"", r.id}]
    resources = tuple(
        r.model_copy(update={"failure": failure}) if r.id in mine else r for r in plant.resources
    )
    return plant.model_copy(update={"resources": resources}), [
        f"resources/{r}/failure" for r in mine
    ]


def _delay(plant: Plant, answer: Answer) -> _Used:
    minutes = numbers_of(answer.value, ["minutes"])["minutes"]

    def changed(step: Step) -> Step:
        return step.model_copy(
            update={"delay": step.delay.model_copy(update={"mean_min": minutes})}
        )

    return _each_step(plant, answer, changed, field="delay/mean_min")


def _time(plant: Plant, answer: Answer) -> _Used:
    numbers = numbers_of(answer.value, ["per_piece_min", "setup_min"])

    def changed(step: Step) -> Step:
        time = {**step.time.model_dump(), "setup_min": 0.0, "per_piece_min": 0.0, **numbers}
        return step.model_copy(update={"time": TimeModel.model_validate(time)})

    return _each_step(plant, answer, changed, field="time")


def _each_step(
    plant: Plant, answer: Answer, change: Callable[[Step], Step], *, field: str
) -> _Used:
    """Change the steps that do an operation."""
    _known(answer.about, sorted({s.operation for r in plant.routings for s in r.steps}))
    where, routings = [], []
    for routing in plant.routings:
        steps = []
        for step in routing.steps:
            if step.operation == answer.about:
                steps.append(change(step))
                where.append(f"routings/{routing.product}/{routing.variant}/{step.step}/{field}")
            else:
                steps.append(step)
        routings.append(routing.model_copy(update={"steps": tuple(steps)}))
    return plant.model_copy(update={"routings": tuple(routings)}), where


def _setup(plant: Plant, answer: Answer) -> _Used:
    _known(answer.about, [w.id for w in plant.work_centres])
    minutes = numbers_of(answer.value, ["minutes"])["minutes"]
    mine = Setup(work_centre=answer.about, from_family=None, to_family=None, setup_min=minutes)
    others = tuple(
        s
        for s in plant.setups
        if s.work_centre != answer.about or s.from_family is not None or s.to_family is not None
    )
    return plant.model_copy(update={"setups": (*others, mine)}), [f"setups/{answer.about}/*/*"]


def _due(plant: Plant, answer: Answer) -> _Used:
    _known(answer.about, [p.id for p in plant.products], may_be_all=True)
    hours = numbers_of(answer.value, ["hours"])["hours"]
    mine = [d.product for d in plant.demands if answer.about in {"", d.product}]
    demands = tuple(
        d.model_copy(update={"allowances_h": (hours,)}) if d.product in mine else d
        for d in plant.demands
    )
    return plant.model_copy(update={"demands": demands}), [
        f"demands/{p}/allowances_h" for p in mine
    ]


def _family(plant: Plant, answer: Answer) -> _Used:
    _known(answer.about, [p.id for p in plant.products])
    products = tuple(
        p.model_copy(update={"family": answer.value}) if p.id == answer.about else p
        for p in plant.products
    )
    return plant.model_copy(update={"products": products}), [f"products/{answer.about}/family"]


_USES: dict[str, Callable[[Plant, Answer], _Used]] = {
    "queue_rule": _rule,
    "failures": _failure,
    "stops": _failure,
    "long_delays": _delay,
    "setup_matrix": _setup,
    "due_dates": _due,
    "families": _family,
    **dict.fromkeys(_TIMES, _time),
}


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


def _known(name: str, names: Sequence[str], *, may_be_all: bool = False) -> None:
    if name in names or (may_be_all and not name):
        return
    raise _AnswerError(f"nothing here is called '{name}'.{did_you_mean(name, names)}")


def _fault(answer: Answer, error: Exception) -> str:
    what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
    return f"answer to '{answer.question}' about '{answer.about}' ('{answer.value}'): {what}"


def _complain(faults: Sequence[str]) -> None:
    if faults:
        raise InputError("\n".join(faults))
