"""Why there is no schedule: the smallest set of causes, in words."""

from zhizao._base.words import Lang, say
from zhizao.model import Cause, Plant
from zhizao.schedule.check import Violation
from zhizao.schedule.from_plant.build import PlantProblem
from zhizao.schedule.problem import NONE


def upkeep_causes(plant: Plant, *, lang: Lang) -> tuple[Cause, ...]:
    """Return the maintenance that never leaves time to work: as one ends, another is due.

    Of rules by the clock, each is due again before the others of them are done once.
    """
    found = []
    for resource in plant.resources:
        rules = [
            m
            for m in plant.maintenances
            if m.resource == resource.id and m.basis == "calendar" and m.every_h is not None
        ]
        while rules:
            total_h = sum(m.mean_min for m in rules) / 60.0
            stay = [m for m in rules if (m.every_h or 0.0) <= total_h - m.mean_min / 60.0]
            if len(stay) == len(rules):
                break
            rules = stay
        if rules:
            sentence = say(
                __package__,
                "no_time_to_work",
                lang=lang,
                resource=resource.id,
                rules=", ".join(m.id for m in rules),
            )
            names = (resource.id, *(m.id for m in rules))
            found.append(Cause(kind="time", names=names, sentence=sentence))
    return tuple(found)


def causes_of(told: PlantProblem, operation: int, *, weeks: float, lang: Lang) -> tuple[Cause, ...]:
    """Return why an operation can never be done: closed resources, missing people, or time.

    Where anything never gets its material, that is why, whatever the operation.
    """
    if told.materials.lacks:
        return lack_causes(told, lang=lang)
    one = told.chains.steps[operation]
    problem, plant = told.problem, told.plant
    order, step = one.order.id, one.step.step
    causes: list[Cause] = []
    names = tuple(o.resource for o in one.step.resources)
    calendars = {r.id: told.calendars.number(r.calendar) for r in plant.resources}
    closed = tuple(
        n for n in names if calendars[n] != NONE and not told.calendars.spans(calendars[n])
    )
    if names and len(closed) == len(names):
        sentence = say(
            __package__,
            "closed",
            lang=lang,
            order=order,
            step=step,
            names=", ".join(names),
            weeks=weeks,
        )
        causes.append(
            Cause(kind="closed", order_id=order, step=step, names=names, sentence=sentence)
        )
    for skill in dict.fromkeys(one.step.skills):
        able = [o for o in plant.operators if skill in o.skills]
        wanted = one.step.skills.count(skill)
        there = sum(
            o.count
            for o in able
            if o.calendar is None or told.calendars.spans(told.calendars.number(o.calendar))
        )
        if there < wanted:
            sentence = say(
                __package__,
                "nobody",
                lang=lang,
                order=order,
                step=step,
                skill=skill,
                n=wanted,
                there=there,
            )
            causes.append(
                Cause(kind="nobody", order_id=order, step=step, names=(skill,), sentence=sentence)
            )
    for tool in dict.fromkeys(one.step.tools):
        there = sum(t.count for t in plant.tools if t.id == tool)
        if there < one.step.tools.count(tool):
            n = one.step.tools.count(tool)
            sentence = say(
                __package__,
                "no_tool",
                lang=lang,
                order=order,
                step=step,
                tool=tool,
                n=n,
                there=there,
            )
            causes.append(
                Cause(kind="nobody", order_id=order, step=step, names=(tool,), sentence=sentence)
            )
    if not causes:
        n_open = 0 if problem.calendars is None else len(names)
        sentence = say(
            __package__, "no_time", lang=lang, order=order, step=step, weeks=weeks, n=n_open
        )
        causes.append(Cause(kind="time", order_id=order, step=step, names=names, sentence=sentence))
    return tuple(causes)


def lack_causes(told: PlantProblem, *, lang: Lang) -> tuple[Cause, ...]:
    """Return which operations never get what goes into them."""
    causes = []
    for lack in told.materials.lacks:
        one = told.chains.steps[lack.operation]
        sentence = say(
            __package__,
            "lack",
            lang=lang,
            order=one.order.id,
            step=one.step.step,
            item=lack.item,
            pieces=lack.pieces,
            there=lack.there,
        )
        causes.append(
            Cause(
                kind="material",
                order_id=one.order.id,
                step=one.step.step,
                names=(lack.item,),
                sentence=sentence,
            )
        )
    return tuple(causes)


def pin_causes(told: PlantProblem, broken: list[Violation], *, lang: Lang) -> tuple[Cause, ...]:
    """Return which pinned operations contradict each other, or what is before them."""
    causes = []
    for operation in dict.fromkeys(v.operation for v in broken):
        one = told.chains.steps[operation]
        what = next(v.kind for v in broken if v.operation == operation)
        causes.append(
            Cause(
                kind="pins",
                order_id=one.order.id,
                step=one.step.step,
                sentence=say(
                    __package__,
                    "pins",
                    lang=lang,
                    order=one.order.id,
                    step=one.step.step,
                    what=say(__package__, f"pin_{what}", lang=lang),
                ),
            )
        )
    return tuple(causes)
