"""Plants with one learnt part replaced by a plain one."""

from collections.abc import Callable
from statistics import fmean

from zhizao.learn.trust.forecast import without_queues
from zhizao.model.changes.change_rework import extra_visits
from zhizao.model.plant import Delay, Plant, Step

_WEEK_H = 168.0


def _with_steps(plant: Plant, change: Callable[[Step], Step]) -> Plant:
    routings = tuple(
        r.model_copy(update={"steps": tuple(change(s) for s in r.steps)}) for r in plant.routings
    )
    return plant.model_copy(update={"routings": routings})


def _constant(spread: dict[str, object]) -> dict[str, object]:
    return spread | {"distribution": "constant", "cv": 0.0, "quantiles": ()}


def without_waits(plant: Plant) -> Plant:
    """Return the plant with no unexplained waits: lots go straight to the next queue."""
    return _with_steps(plant, lambda s: s.model_copy(update={"delay": Delay()}))


def with_equal_waits(plant: Plant) -> Plant:
    """Return the plant with each step's mean wait, the same for every lot."""
    return _with_steps(
        plant, lambda s: s.model_copy(update={"delay": s.delay.model_copy(update=_constant({}))})
    )


def with_waits_by_operation(plant: Plant) -> Plant:
    """Return the plant with the same mean wait before an operation whatever the product."""
    means: dict[str, list[float]] = {}
    for routing in plant.routings:
        for s in routing.steps:
            means.setdefault(s.operation, []).append(s.delay.mean_min)

    def change(s: Step) -> Step:
        if s.delay.mean_min <= 0.0:
            return s
        return s.model_copy(
            update={"delay": s.delay.model_copy(update={"mean_min": fmean(means[s.operation])})}
        )

    return _with_steps(plant, change)


def with_equal_times(plant: Plant) -> Plant:
    """Return the plant with each step's mean working time, the same for every lot."""
    return _with_steps(
        plant, lambda s: s.model_copy(update={"time": s.time.model_copy(update=_constant({}))})
    )


def without_rework(plant: Plant) -> Plant:
    """Return the plant in which no lot goes back, nor comes to an operation once more."""
    routings = []
    for routing in plant.routings:
        extra = extra_visits(routing)
        steps = (
            s.model_copy(
                update={"rework": None, "probability": 0.0 if s.step in extra else s.probability}
            )
            for s in routing.steps
        )
        routings.append(routing.model_copy(update={"steps": tuple(steps)}))
    return plant.model_copy(update={"routings": tuple(routings)})


def without_rule(plant: Plant) -> Plant:
    """Return the plant with first come, first served everywhere."""
    centres = tuple(
        w.model_copy(update={"dispatch": "fifo", "weights": None}) for w in plant.work_centres
    )
    return plant.model_copy(update={"work_centres": centres})


def without_demand(plant: Plant) -> Plant:
    """Return the plant to which no further orders come."""
    return plant.model_copy(update={"demands": ()})


def without_calendars(plant: Plant) -> Plant:
    """Return the plant open round the clock; waits keep their mean length on the clock."""
    share = {c.id: _weekly_h(c.shifts) / _WEEK_H for c in plant.calendars}

    def change(s: Step) -> Step:
        factor = 1.0 / max(share.get(s.delay.calendar or "", 1.0), 1.0 / _WEEK_H)
        update = {"calendar": None, "mean_min": s.delay.mean_min * factor}
        return s.model_copy(update={"delay": s.delay.model_copy(update=update)})

    resources = tuple(r.model_copy(update={"calendar": None}) for r in plant.resources)
    return _with_steps(plant, change).model_copy(update={"resources": resources})


def _weekly_h(shifts: tuple[object, ...]) -> float:
    def hours(clock: str) -> float:
        return int(clock[:2]) + int(clock[3:]) / 60.0

    spans = [(hours(s.start), hours(s.end)) for s in shifts]  # type: ignore[attr-defined]
    return sum((end - start) if end > start else end - start + 24.0 for start, end in spans)


ABLATIONS: dict[str, Callable[[Plant], Plant]] = {
    "without unexplained waits": without_waits,
    "waits all equal to their mean": with_equal_waits,
    "waits by operation, not by product": with_waits_by_operation,
    "without queues (no resource limits)": without_queues,
    "without the queue rule (first come, first served)": without_rule,
    "without calendars as worked (round the clock)": without_calendars,
    "working times all equal to their mean": with_equal_times,
    "without rework": without_rework,
    "without orders yet to come": without_demand,
}
