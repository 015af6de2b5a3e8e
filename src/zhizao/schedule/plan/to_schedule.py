"""An assignment in seconds → the noun that planners see."""

from collections import Counter
from datetime import timedelta

import numpy as np

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model import Assignment, PlannedOrder
from zhizao.schedule.electricity import electricity_of
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.from_plant.build import PlantProblem
from zhizao.schedule.from_plant.plant_orders import weight_of
from zhizao.schedule.from_plant.plant_parts import family_name, unit_names
from zhizao.schedule.problem import NO_DUE, NONE


def to_assignments(told: PlantProblem, plan: FactoryAssignment) -> tuple[Assignment, ...]:
    """Return the operations of a plan, in the order of their begins."""
    problem, plant = told.problem, told.plant
    units = unit_names(plant)
    families = {p.id: p.family for p in plant.products}
    sizes = Counter(plan.batch.tolist())
    numbers = {
        head: n for n, head in enumerate((h for h, size in sizes.items() if size > 1), start=1)
    }
    pinned = set() if problem.pins is None else set(problem.pins.operation.tolist())
    makers = _makers(told)
    found = []
    for i, one in enumerate(told.chains.steps):
        m = int(problem.mode_machine[plan.mode[i]])
        begin, start = int(plan.begin[i]), int(plan.start[i])
        crew = [] if problem.crews is None else _crew(told, plan, i)
        n_people = len(one.step.skills) if crew else 0
        names = [units[u] for u in crew]
        has_setup = int(plan.setup[i]) > 0 or begin < start
        setup_unit = int(plan.setup_unit[i])
        found.append(
            Assignment(
                order_id=one.order.id,
                step=one.step.step,
                operation=one.step.operation,
                resource=None if m == NONE else plant.resources[m].id,
                place=1 if m == NONE else int(plan.place[i]) + 1,
                setup_start_at=told.at(begin) if has_setup else None,
                start_at=told.at(start),
                end_at=told.at(int(plan.end[i])),
                operators=tuple(names[:n_people]),
                tools=tuple(names[n_people:]),
                setup_operator=None if setup_unit == NONE else units[setup_unit],
                family=family_name(families, one),
                batch=numbers.get(int(plan.batch[i])),
                components_from=makers.get(i, ()),
                is_pinned=i in pinned,
                is_running=i in told.running,
            )
        )
    return tuple(sorted(found, key=lambda a: (a.begin_at, a.start_at, a.order_id, a.step)))


def _makers(told: PlantProblem) -> dict[int, tuple[str, ...]]:
    """Return the orders that make what goes into operations."""
    found: dict[int, dict[str, None]] = {}
    for peg in told.materials.pegs:
        if peg.kind == "made":
            name = told.chains.steps[peg.source].order.id
            found.setdefault(peg.operation, {})[name] = None
    return {i: tuple(names) for i, names in found.items()}


def _crew(told: PlantProblem, plan: FactoryAssignment, i: int) -> list[int]:
    crews = told.problem.crews
    assert crews is not None
    head = int(plan.batch[i])
    needs = range(int(crews.need_first[head]), int(crews.need_first[head + 1]))
    return [int(plan.unit_of_need[need]) for need in needs]


def to_orders(told: PlantProblem, plan: FactoryAssignment) -> tuple[PlannedOrder, ...]:
    """Return what a plan promises for each order, in the order of completion."""
    last = told.problem.job_first[1:] - 1
    found = [
        PlannedOrder(
            order_id=order.id,
            product=order.product,
            release_at=order.release_at,
            due_at=order.due_at,
            end_at=told.at(int(plan.end[last[j]])),
            weight=weight_of(order),
        )
        for j, order in enumerate(told.chains.orders)
    ]
    return tuple(sorted(found, key=lambda o: (o.end_at, o.order_id)))


def values_of(told: PlantProblem, plan: FactoryAssignment) -> dict[str, float]:
    """Return what a plan is worth by each aim: hours, orders, operations, money, kilograms."""
    problem = told.problem
    completion = plan.end[problem.job_first[1:] - 1]
    late_s = np.where(problem.due < NO_DUE, np.maximum(0, completion - problem.due), 0)
    values = {
        "tardiness": float((problem.weight * late_s).sum()) / SECONDS_PER_HOUR,
        "late": float((problem.weight * (late_s > 0)).sum()),
        "late_orders": float((late_s > 0).sum()),
        "makespan": float(completion.max(initial=0)) / SECONDS_PER_HOUR,
        "setup": float(plan.setup.sum()) / SECONDS_PER_HOUR,
        "lead_time": float((completion - problem.release).sum()) / SECONDS_PER_HOUR,
    }
    values |= electricity_of(problem, plan)
    previous = problem.previous
    if previous is not None:
        machine = problem.mode_machine[plan.mode]
        values["moved"] = float(previous.n_moved(machine=machine, start=plan.start))
        values["moved_of"] = float(previous.counts.sum())
    return values


def hours(span: timedelta) -> float:
    """Return a span in hours.

    Examples
    --------
    >>> hours(timedelta(minutes=90))
    1.5
    """
    return span / timedelta(hours=1)
