"""The front door: a plant, its orders and now → a schedule."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from zhizao._base.errors import InputError, SimulationError
from zhizao._base.units import SECONDS_PER_HOUR
from zhizao._base.words import Lang, say
from zhizao.model import Order, Plant, Schedule, ShopState
from zhizao.schedule.check import check_assignment
from zhizao.schedule.costs import costs_of
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.factory.factory_bound import alone_completion
from zhizao.schedule.factory.follow import Begun
from zhizao.schedule.factory.forced_moves import n_forced_moves
from zhizao.schedule.factory.solve_factory import NeverDone
from zhizao.schedule.from_plant.build import PlantProblem, from_plant
from zhizao.schedule.from_plant.wishes import Wishes
from zhizao.schedule.objective import DEFAULT_OBJECTIVE, read_objective
from zhizao.schedule.plan.causes import causes_of, pin_causes, upkeep_causes
from zhizao.schedule.plan.served_later import served_later
from zhizao.schedule.plan.to_schedule import to_assignments, to_orders, values_of
from zhizao.schedule.plan.why_late import why_late
from zhizao.schedule.problem import NONE
from zhizao.schedule.solution import Solution
from zhizao.schedule.solve import solve, solver_name
from zhizao.schedule.stop import Stop

_FIRST_WEEKS = 26.0
_MOST_WEEKS = 416.0
_AFTER_S = 2e-4
"""CPU seconds an operation of checking and explaining a plan, measured."""
_MOST_AFTER = 0.3
"""Share of the seconds that is kept for that at most."""
_TURNS = 4.0
"""A new order takes its turn so many times its own work before it is due."""


def schedule(
    plant: Plant,
    orders: Sequence[Order],
    *,
    now: datetime,
    state: ShopState | None = None,
    objective: str = DEFAULT_OBJECTIVE,
    seconds: float | None = 10.0,
    iterations: int | None = None,
    gap: float = 0.0,
    seed: int = 0,
    threads: int = 2,
    quantile: float | None = None,
    material: Mapping[tuple[str, int], datetime] | None = None,
    previous: Schedule | None = None,
    frozen_until: datetime | None = None,
    moves_until: datetime | None = None,
    move_costs: float = 0.0,
    most_moved: float | None = None,
    on_progress: Callable[[float, float], bool | None] | None = None,
    lang: Lang = "en",
) -> Schedule:
    """Return which resource does which operation when.

    Parameters
    ----------
    plant, orders, state
        As for the twin. Orders without a release may begin now.
    now : datetime
        Aware; nothing is planned before it.
    objective : str
        Aims in order of importance or weighted, as ``read_objective`` says.
    seconds, iterations : float, int, optional
        When to stop, at whichever comes first; a keyboard interrupt stops, too, with the best
        plan so far. With ``seconds=None`` and iterations, equal arguments give equal plans.
    gap : float
        (value - bound) / value that is good enough, 0 to 1; 0: only a plan proved best.
    seed, threads : int
        Of the search.
    quantile : float, optional
        Working times are at this probability instead of their means.
    material : mapping, optional
        (Order, step) → when its material is there.
    previous : Schedule, optional
        The plan that people follow; the search begins from it.
    frozen_until : datetime, optional
        What the previous plan begins before this instant stays as it is.
    moves_until : datetime, optional
        Moves against the previous plan count for what it begins before this instant.
    move_costs : float
        What a counted move costs, in units of the objective (hours late, by default).
    most_moved : float, optional
        Share of the operations whose moves count that may move; what stays begins no earlier
        either. A plan beyond it is given only where none within it was found, and says so.
    on_progress : callable, optional
        Called with (seconds, objective) at each better plan; True stops.
    lang : {"en", "zh"}
        Language of warnings and causes.

    Returns
    -------
    Schedule
        Checked by ``check_assignment``. Without a plan, ``causes`` says why.

    Raises
    ------
    InputError
        With all faults of the orders, the state or the objective.

    Examples
    --------
    >>> from datetime import UTC
    >>> from zhizao.model import Product, Resource, ResourceOption, Routing, Step, TimeModel
    >>> from zhizao.model import WorkCentre
    >>> cut = Step(
    ...     step=10,
    ...     operation="cut",
    ...     resources=(ResourceOption(resource="saw"),),
    ...     time=TimeModel(per_piece_min=60.0),
    ... )
    >>> plant = Plant(
    ...     name="small",
    ...     work_centres=(WorkCentre(id="saws"),),
    ...     resources=(Resource(id="saw", work_centre="saws"),),
    ...     products=(Product(id="plank"),),
    ...     routings=(Routing(product="plank", steps=(cut,)),),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> orders = [
    ...     Order(id="A", product="plank", quantity=3, due_at=monday + timedelta(hours=9)),
    ...     Order(id="B", product="plank", due_at=monday + timedelta(hours=1)),
    ... ]
    >>> plan = schedule(plant, orders, now=monday, seconds=None, iterations=100)
    >>> [(a.order_id, a.start_at.hour) for a in plan.assignments], plan.values["tardiness"]
    ([('B', 0), ('A', 1)], 0.0)
    """
    begun_s = time.monotonic()
    clocks = begun_s, time.thread_time()
    aims = read_objective(objective)
    wishes = Wishes(
        quantile=quantile,
        material=material,
        previous=previous,
        frozen_until=frozen_until,
        moves_until=moves_until,
    )
    _check_limits(seconds=seconds, iterations=iterations, gap=gap, threads=threads)
    never = upkeep_causes(plant, lang=lang)
    weeks = _FIRST_WEEKS
    found: Solution | NeverDone | None = None
    while True:
        told = from_plant(
            plant, orders, now=now, state=state, wishes=wishes, weeks=weeks, lang=lang
        )
        costs = costs_of(told.problem, aims, ticks_per_hour=SECONDS_PER_HOUR)
        costs = replace(costs, moved=costs.moved + move_costs)
        counted = told.problem.previous
        if most_moved is not None and counted is not None:
            costs = replace(costs, most_moved=int(most_moved * int(counted.counts.sum())))
        spent_s = time.monotonic() - begun_s + _after_s(told, *clocks, seconds=seconds)
        if told.problem.n_operations == 0 or told.materials.lacks or never:
            break
        found = solve(
            told.problem,
            objective=aims,
            costs=costs,
            stop=Stop(
                seconds=None if seconds is None else max(0.0, seconds - spent_s),
                iterations=iterations,
                gap=gap,
                on_progress=on_progress,
            ),
            seed=seed,
            threads=threads,
            start=None
            if previous is None
            else begun_from(told, previous, is_held=most_moved is not None),
        )
        if not isinstance(found, NeverDone) or weeks >= _MOST_WEEKS:
            break
        weeks *= 4.0
    made = Schedule(
        plant=plant.name,
        made_at=now,
        objective=aims.name,
        solver=solver_name(told.problem, aims),
        seconds=time.monotonic() - begun_s,
        warnings=told.warnings,
    )
    if told.materials.lacks or never or isinstance(found, NeverDone):
        operation = found.operation if isinstance(found, NeverDone) else NONE
        causes = never or causes_of(told, operation, weeks=weeks, lang=lang)
        return made.model_copy(update={"causes": causes})
    if found is None:
        return made.model_copy(update={"value": 0.0, "bound": 0.0})
    plan = found.assignment
    assert isinstance(plan, FactoryAssignment)
    broken = check_assignment(told.problem, plan)
    pinned = set() if told.problem.pins is None else set(told.problem.pins.operation.tolist())
    if broken and all(v.operation in pinned for v in broken):
        return made.model_copy(update={"causes": pin_causes(told, broken, lang=lang)})
    if broken:
        shown = "; ".join(map(str, broken[:3]))
        raise SimulationError(f"The plan breaks {len(broken)} of its own rules: {shown}.")
    values = values_of(told, plan)
    warnings = told.warnings + served_later(told, plan, dated=material or {}, lang=lang)
    if counted is not None:
        forced = max(found.n_forced, n_forced_moves(told.problem, costs))
        values["moved_forced"] = float(forced)
        warnings += _too_many_moves(values, most=costs.most_moved, lang=lang)
    return made.model_copy(
        update={
            "warnings": warnings,
            "assignments": to_assignments(told, plan),
            "orders": to_orders(told, plan),
            "values": values,
            "value": found.objective,
            "bound": found.bound,
            "why_late": why_late(
                told,
                plan,
                alone_completion(told.problem, costs),
                is_held=most_moved is not None,
                lang=lang,
            ),
        }
    )


def _too_many_moves(values: dict[str, float], *, most: int | None, lang: Lang) -> tuple[str, ...]:
    """Return a warning if more moves than may, and whether the event itself forces that."""
    if most is None or values["moved"] <= most:
        return ()
    n, of, forced = (int(values[name]) for name in ("moved", "moved_of", "moved_forced"))
    key = "moved_forced" if forced > most else "moved_more"
    return (say(__package__, key, lang=lang, n=n, of=of, most=most, forced=forced),)


def _after_s(
    told: PlantProblem, begun_s: float, begun_cpu_s: float, *, seconds: float | None
) -> float:
    """Return the seconds that checking and explaining the plan will take, about.

    As much longer than alone as telling the problem has just taken, with others at the machine.
    """
    cpu_s = max(1e-3, time.thread_time() - begun_cpu_s)
    stretch = max(1.0, (time.monotonic() - begun_s) / cpu_s)
    most_s = _MOST_AFTER * (seconds or 0.0)
    return min(most_s, stretch * _AFTER_S * told.problem.n_operations)


def _check_limits(
    *, seconds: float | None, iterations: int | None, gap: float, threads: int
) -> None:
    faults = []
    if not 0.0 <= gap <= 1.0:
        faults.append(f"gap is {gap}, expected 0 to 1")
    if seconds is None and iterations is None:
        faults.append("neither seconds nor iterations are given: the search would not end")
    if seconds is not None and not 0.0 <= seconds <= 86_400.0:
        faults.append(f"seconds is {seconds}, expected 0 to 86,400")
    if iterations is not None and iterations < 0:
        faults.append(f"iterations is {iterations}, expected at least 0")
    if not 1 <= threads <= 256:
        faults.append(f"threads is {threads}, expected 1 to 256")
    if faults:
        raise InputError("; ".join(faults))


def begun_from(told: PlantProblem, previous: Schedule, *, is_held: bool = False) -> Begun:
    """Return the previous plan as a list; what it did not have goes where it is ready.

    New operations are put in by their order's due date among the old ones. ``is_held``: few
    operations are to move, so what counts starts no earlier.
    """
    problem = told.problem
    n = problem.n_operations
    old = {(a.order_id, a.step): a for a in previous.assignments}
    machine = {r.id: m for m, r in enumerate(told.plant.resources)}
    at, mode = np.zeros(n), np.full(n, NONE, np.int64)
    begin = np.zeros(n, np.int64)
    pinned = np.zeros(n, dtype=bool)
    if problem.pins is not None:
        pinned[problem.pins.operation] = True
    for j, order in enumerate(told.chains.orders):
        first, end = int(problem.job_first[j]), int(problem.job_first[j + 1])
        latest = float(problem.release[j])
        if not any((order.id, told.chains.steps[i].step.step) in old for i in range(first, end)):
            shortest = [
                int(problem.mode_duration[problem.mode_first[i] : problem.mode_first[i + 1]].min())
                for i in range(first, end)
            ]
            latest = max(latest, float(problem.due[j]) - _TURNS * sum(shortest))
        for i in range(first, end):
            a = old.get((order.id, told.chains.steps[i].step.step))
            if a is not None:
                begin[i] = (a.begin_at - told.now) // timedelta(seconds=1)
                latest = max(latest, float(begin[i]))
                m = NONE if a.resource is None else machine.get(a.resource, NONE)
                modes = range(int(problem.mode_first[i]), int(problem.mode_first[i + 1]))
                mode[i] = next((k for k in modes if problem.mode_machine[k] == m), NONE)
            # A hair later than the operation before it, which goes first.
            at[i] = latest + 1e-3 * (i - first)
    batch = np.array(
        [
            (old[key].batch or 0) if key in old else 0
            for key in ((s.order.id, s.step.step) for s in told.chains.steps)
        ]
    )
    order_of = np.lexsort((np.arange(n), batch, at, ~pinned))
    if problem.pins is not None:
        n_pins = len(problem.pins.operation)
        by_begin = problem.pins.operation[np.lexsort((problem.pins.operation, problem.pins.begin))]
        order_of = np.concatenate([by_begin, order_of[n_pins:]])
    hold = None
    if is_held and problem.previous is not None:
        hold = np.where(problem.previous.counts, np.maximum(0, problem.previous.start), 0)
    return Begun(sequence=order_of.astype(np.int64), mode=mode, begin=begin, hold=hold)
