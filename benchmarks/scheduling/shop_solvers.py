"""The solvers that plan the made-up shops: ours, ATCS as the twin runs it, and PyJobShop.

All answer with the instant at which each order is done, from an evaluator of factory plans: ours
for our plan and for PyJobShop's sequences, the twin for ATCS.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from benchmarks.problems.shops import Shop

from zhizao.schedule.costs import costs_of
from zhizao.schedule.factory.solve_factory import Begun, NeverDone, solve_factory
from zhizao.schedule.from_plant.build import from_plant
from zhizao.schedule.objective import read_objective
from zhizao.schedule.plan.schedule_plant import schedule
from zhizao.schedule.problem import NO_DUE, NONE, RESUMES, Problem
from zhizao.schedule.stop import Stop
from zhizao.twin import simulate

WEEKS = 26.0
WEEK_S = 7 * 24 * 3600
MAX_SETUP_PAIRS = 2_000_000
"""PyJobShop takes setups pair by pair, each a literal and constraints: 1.6 million take 6.5 GB."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """When each order is done."""

    done_h: dict[str, float]
    """Order → hours after the begin; an order that is never done is missing."""
    first_plan_s: float | None = None
    note: str = ""


def ours(shop: Shop, *, seconds: float, threads: int, seed: int) -> Answer | None:
    """Plan through the product's front door, for weighted tardiness."""
    told: list[float] = []
    plan = schedule(
        shop.plant,
        shop.orders,
        now=shop.now,
        objective="tardiness",
        seconds=seconds,
        threads=threads,
        seed=seed,
        on_progress=lambda spent_s, _value: told.append(spent_s) or False,
    )
    if not plan.assignments:
        return None
    done: dict[str, float] = defaultdict(float)
    for a in plan.assignments:
        done[a.order_id] = max(done[a.order_id], (a.end_at - shop.now) / timedelta(hours=1))
    return Answer(done_h=dict(done), first_plan_s=told[0] if told else None)


def atcs(shop: Shop, *, seconds: float, threads: int, seed: int) -> Answer | None:  # noqa: ARG001
    """Let the twin run the shop with the rule ATCS at every work centre."""
    begun_s = time.monotonic()
    run = simulate(
        shop.plant,
        shop.orders,
        start_at=shop.now,
        end_at=shop.now + timedelta(weeks=WEEKS),
        n_replications=1,
        draw_demand=False,
    )
    done = dict(zip(run.order_ids, (run.completion_s[0] / 3600).tolist(), strict=True))
    return Answer(done_h=done, first_plan_s=time.monotonic() - begun_s)


def pyjobshop(shop: Shop, *, seconds: float, threads: int, seed: int) -> Answer | None:
    """Plan with PyJobShop, then time its sequences by our evaluator.

    It cannot express crews that end what they began when their shift is over: its crews are
    there always, in the number of the day shift. Nor a setup before the first operation, and its
    setups may lie in closed hours. All this makes its problem easier than ours.
    """
    begun_s = time.monotonic()
    problem = from_plant(shop.plant, shop.orders, now=shop.now).problem
    n_pairs = _n_setup_pairs(problem)
    if n_pairs > MAX_SETUP_PAIRS:
        return Answer(done_h={}, note=f"cannot build: {n_pairs:,} setups between operations")
    model = pyjobshop_model(problem)
    left_s = max(seconds - (time.monotonic() - begun_s), 1.0)
    result = model.solve(time_limit=left_s, display=False, num_workers=threads, random_seed=seed)
    if len(result.best.tasks) != problem.n_operations:
        return Answer(done_h={}, note="no plan in time")
    return timed(shop, problem, result.best.tasks)


def timed(shop: Shop, problem: Problem, placed) -> Answer:
    """Time the sequences and modes of a PyJobShop plan by our evaluator."""
    start = np.array([task.start for task in placed])
    end = np.array([task.end for task in placed])
    mode = np.array([task.mode for task in placed], dtype=np.int64)
    ends = end[problem.job_first[1:] - 1]
    stated = float((problem.weight * np.maximum(ends - problem.due, 0)).sum() / 3600)
    sequence = np.lexsort((np.arange(len(start)), start)).astype(np.int64)
    plan = solve_factory(
        problem,
        costs=costs_of(problem, read_objective("tardiness"), ticks_per_hour=3600.0),
        stop=Stop(seconds=0.0),
        start=Begun(sequence=sequence, mode=mode, begin=np.zeros_like(mode)),
    )
    if isinstance(plan, NeverDone):
        return Answer(done_h={}, note="its sequences cannot be timed")
    last = plan.assignment.end[problem.job_first[1:] - 1] / 3600
    done = {order.id: float(at) for order, at in zip(shop.orders, last, strict=True)}
    return Answer(done_h=done, note=f"states {stated:,.0f} h in its easier problem")


def _n_setup_pairs(problem: Problem) -> int:
    assert problem.setups is not None
    has_table = problem.setups.table_of_machine != NONE
    on_machine = np.bincount(problem.mode_machine, minlength=problem.n_machines)
    return int((on_machine[has_table].astype(np.int64) ** 2).sum())


def pyjobshop_model(problem: Problem):
    """Return the model: machines with breaks, modes, crews, setups, weighted tardiness."""
    from pyjobshop import Model  # noqa: PLC0415 - only where it is compared with

    calendars, crews, setups = problem.calendars, problem.crews, problem.setups
    assert calendars is not None
    assert crews is not None
    assert setups is not None
    model = Model()
    machines = [
        model.add_machine(breaks=_breaks(problem, int(number))) for number in calendars.of_machine
    ]
    skills = []
    for s in range(len(crews.group_first) - 1):
        groups = crews.group[crews.group_first[s] : crews.group_first[s + 1]]
        skills.append(model.add_renewable(capacity=int(crews.n_units[groups].max())))
    jobs = [
        model.add_job(
            weight=round(float(weight)),
            release_date=int(release),
            due_date=None if due >= NO_DUE else max(int(due), 0),
        )
        for weight, release, due in zip(problem.weight, problem.release, problem.due, strict=True)
    ]
    job_of = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first)).tolist()
    tasks = [
        model.add_task(job=jobs[j], allow_breaks=bool(calendars.interruption[v] == RESUMES))
        for v, j in enumerate(job_of)
    ]
    for v, task in enumerate(tasks):
        needs = crews.need_skill[crews.need_first[v] : crews.need_first[v + 1]]
        for q in range(problem.mode_first[v], problem.mode_first[v + 1]):
            resources = [machines[problem.mode_machine[q]], *(skills[s] for s in needs)]
            demands = [0] + [1] * len(needs)
            model.add_mode(task, resources, int(problem.mode_duration[q]), demands)
        if v and job_of[v] == job_of[v - 1]:
            model.add_end_before_start(tasks[v - 1], task)
    operation = np.repeat(np.arange(problem.n_operations), np.diff(problem.mode_first))
    for m, machine in enumerate(machines):
        if setups.table_of_machine[m] == NONE:
            continue
        ticks = _between(problem, int(setups.table_of_machine[m]))
        on_machine = operation[problem.mode_machine == m].tolist()
        for v in on_machine:
            for w in on_machine:
                between = int(ticks[setups.family_of_operation[v], setups.family_of_operation[w]])
                if v != w and between:
                    model.add_setup_time(machine, tasks[v], tasks[w], between)
    model.set_objective(weight_total_tardiness=1)
    return model


def _between(problem: Problem, table: int) -> np.ndarray:
    """Return the setups between any two families of a table."""
    setups = problem.setups
    assert setups is not None
    column = setups.column_of_family
    if column is None:
        return setups.ticks[table]
    ticks = setups.ticks[table][np.ix_(column, column)].copy()
    shared = np.flatnonzero(column == setups.ticks.shape[1] - 1)
    if len(shared) > 1:
        ticks[shared, shared] = 0
    return ticks


def _breaks(problem: Problem, number: int) -> list[tuple[int, int]] | None:
    """Return the closed hours of a calendar until a week after the last due date.

    Each break costs PyJobShop variables; after that a machine is simply open.
    """
    calendars = problem.calendars
    assert calendars is not None
    if number == NONE:
        return None
    inside = slice(int(calendars.first[number]), int(calendars.first[number + 1]))
    starts, ends = calendars.start[inside].tolist(), calendars.end[inside].tolist()
    edges = [0, *(x for pair in zip(starts, ends, strict=True) for x in pair)]
    until = int(problem.due[problem.due < NO_DUE].max(initial=0)) + WEEK_S
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False) if b > a and a < until]


SOLVERS: dict[str, Callable[..., Answer | None]] = {
    "ours": ours,
    "atcs": atcs,
    "pyjobshop": pyjobshop,
}
