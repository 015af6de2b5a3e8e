"""What each answer does to a learnt plant, and which of its values were told then."""

from collections.abc import Callable

from zhizao._base.errors import did_you_mean
from zhizao.learn.questions.answer_words import AnswerError, known_name, numbers_of
from zhizao.model.plant import Answer, Failure, Plant, Setup, Step, TimeModel

ASKED_FIRST = frozenset({"no_week", "overload", "few_reports", "capacity"})
"""Answers that are used while learning: waits and loads depend on them."""
_TIMES = frozenset({"unmeasured_times", "default_durations", "setup_split"})

Used = tuple[Plant, list[str]]


def no_use(_plant: Plant, answer: Answer) -> Used:
    """Complain about an answer to a question that nobody asks."""
    known = sorted({*USES, *ASKED_FIRST})
    raise AnswerError(
        f"no answer to such a question is used.{did_you_mean(answer.question, known)}"
    )


def _rule(plant: Plant, answer: Answer) -> Used:
    known_name(answer.about, [w.id for w in plant.work_centres])
    centres = tuple(
        type(w).model_validate({**w.model_dump(), "dispatch": answer.value, "weights": None})
        if w.id == answer.about
        else w
        for w in plant.work_centres
    )
    where = [f"work_centres/{answer.about}/dispatch"]
    return plant.model_copy(update={"work_centres": centres}), where


def _failure(plant: Plant, answer: Answer) -> Used:
    known_name(answer.about, [r.id for r in plant.resources], may_be_all=True)
    numbers = numbers_of(answer.value, ["mtbf_h", "mttr_h"])
    failure = Failure.model_validate(numbers)
    mine = [r.id for r in plant.resources if answer.about in {"", r.id}]
    resources = tuple(
        r.model_copy(update={"failure": failure}) if r.id in mine else r for r in plant.resources
    )
    return plant.model_copy(update={"resources": resources}), [
        f"resources/{r}/failure" for r in mine
    ]


def _delay(plant: Plant, answer: Answer) -> Used:
    minutes = numbers_of(answer.value, ["minutes"])["minutes"]

    def changed(step: Step) -> Step:
        return step.model_copy(
            update={"delay": step.delay.model_copy(update={"mean_min": minutes})}
        )

    return _each_step(plant, answer, changed, field="delay/mean_min")


def _time(plant: Plant, answer: Answer) -> Used:
    numbers = numbers_of(answer.value, ["per_piece_min", "setup_min"])

    def changed(step: Step) -> Step:
        time = {**step.time.model_dump(), "setup_min": 0.0, "per_piece_min": 0.0, **numbers}
        return step.model_copy(update={"time": TimeModel.model_validate(time)})

    return _each_step(plant, answer, changed, field="time")


def _each_step(plant: Plant, answer: Answer, change: Callable[[Step], Step], *, field: str) -> Used:
    """Change the steps that do an operation."""
    known_name(answer.about, sorted({s.operation for r in plant.routings for s in r.steps}))
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


def _setup(plant: Plant, answer: Answer) -> Used:
    known_name(answer.about, [w.id for w in plant.work_centres])
    minutes = numbers_of(answer.value, ["minutes"])["minutes"]
    mine = Setup(work_centre=answer.about, from_family=None, to_family=None, setup_min=minutes)
    others = tuple(
        s
        for s in plant.setups
        if s.work_centre != answer.about or s.from_family is not None or s.to_family is not None
    )
    return plant.model_copy(update={"setups": (*others, mine)}), [f"setups/{answer.about}/*/*"]


def _due(plant: Plant, answer: Answer) -> Used:
    known_name(answer.about, [p.id for p in plant.products], may_be_all=True)
    hours = numbers_of(answer.value, ["hours"])["hours"]
    mine = [d.product for d in plant.demands if answer.about in {"", d.product}]
    demands = tuple(
        d.model_copy(update={"allowances_h": (hours,)}) if d.product in mine else d
        for d in plant.demands
    )
    return plant.model_copy(update={"demands": demands}), [
        f"demands/{p}/allowances_h" for p in mine
    ]


def _family(plant: Plant, answer: Answer) -> Used:
    known_name(answer.about, [p.id for p in plant.products])
    products = tuple(
        p.model_copy(update={"family": answer.value}) if p.id == answer.about else p
        for p in plant.products
    )
    return plant.model_copy(update={"products": products}), [f"products/{answer.about}/family"]


USES: dict[str, Callable[[Plant, Answer], Used]] = {
    "queue_rule": _rule,
    "failures": _failure,
    "stops": _failure,
    "long_delays": _delay,
    "setup_matrix": _setup,
    "due_dates": _due,
    "families": _family,
    **dict.fromkeys(_TIMES, _time),
}
