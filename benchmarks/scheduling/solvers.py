"""The solvers that are compared, called the same way: seconds, threads, seed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.cpsat import solve_cpsat
from zhizao.schedule.flexible.solve_flexible import solve_flexible
from zhizao.schedule.jobshop.solve_jobshop import solve_jobshop
from zhizao.schedule.permutation.solve_permutation import solve_permutation
from zhizao.schedule.problem import Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Stop


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a solver said; ``None`` where it says nothing of the kind."""

    mode: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    objective: float
    bound: float | None
    first_plan_s: float | None
    last_better_s: float | None
    n_iterations: int | None


def ours(problem: Problem, *, seconds: float, threads: int, seed: int) -> Answer | None:
    """Solve with the room's own search for the kind of problem."""
    solve: Callable[..., Solution] = solve_flexible
    if problem.is_permutation:
        solve = solve_permutation
    elif len(problem.mode_machine) == problem.n_operations and problem.setups is None:
        solve = solve_jobshop
    return _answer(solve(problem, stop=Stop(seconds=seconds), threads=threads, seed=seed))


def cpsat(problem: Problem, *, seconds: float, threads: int, seed: int) -> Answer | None:
    """Solve with CP-SAT alone: no hint from us."""
    solution = solve_cpsat(problem, stop=Stop(seconds=seconds), threads=threads, seed=seed)
    return None if solution is None else _answer(solution)


def pyjobshop(problem: Problem, *, seconds: float, threads: int, seed: int) -> Answer | None:
    """Solve with PyJobShop (its OR-Tools solver); building its model counts as its time."""
    from pyjobshop import Model  # noqa: PLC0415 - only where it is compared with

    begun_s = time.monotonic()
    model = Model()
    machines = [model.add_machine() for _ in range(problem.n_machines)]
    jobs = [model.add_job(release_date=int(r)) for r in problem.release]
    job_of = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first)).tolist()
    tasks = [model.add_task(job=jobs[j]) for j in job_of]
    for v, task in enumerate(tasks):
        for q in range(problem.mode_first[v], problem.mode_first[v + 1]):
            model.add_mode(task, machines[problem.mode_machine[q]], int(problem.mode_duration[q]))
    for v in range(1, len(tasks)):
        if job_of[v] == job_of[v - 1]:
            model.add_end_before_start(tasks[v - 1], tasks[v])
    _pyjobshop_setups(problem, model=model, machines=machines, tasks=tasks)
    if problem.is_permutation:
        for machine, following in pairwise(machines):
            model.add_same_sequence(machine, following)
    left_s = max(seconds - (time.monotonic() - begun_s), 0.1)
    result = model.solve(time_limit=left_s, display=False, num_workers=threads, random_seed=seed)
    if len(result.best.tasks) != len(tasks):
        return None
    placed = result.best.tasks
    return Answer(
        mode=np.array([task.mode for task in placed], dtype=np.int64),
        start=np.array([task.start for task in placed], dtype=np.int64),
        end=np.array([task.end for task in placed], dtype=np.int64),
        objective=float(result.objective),
        bound=float(result.lower_bound),
        first_plan_s=None,
        last_better_s=None,
        n_iterations=None,
    )


def _pyjobshop_setups(problem: Problem, *, model, machines, tasks) -> None:
    setups = problem.setups
    if setups is None:
        return
    operation = np.repeat(np.arange(problem.n_operations), np.diff(problem.mode_first))
    for m, machine in enumerate(machines):
        if setups.table_of_machine[m] < 0:
            continue
        if setups.initial_family[m] >= 0:
            raise ValueError("PyJobShop knows no setup before a machine's first operation.")
        ticks = setups.ticks[setups.table_of_machine[m]]
        on_machine = operation[problem.mode_machine == m].tolist()
        for v in on_machine:
            for w in on_machine:
                time_between = int(ticks[setups.family_of_operation[v], setups.family_of_operation[w]])  # fmt: skip
                if v != w and time_between:
                    model.add_setup_time(machine, tasks[v], tasks[w], time_between)


def _answer(solution: Solution) -> Answer:
    plan, course = solution.assignment, solution.trajectory
    return Answer(
        mode=plan.mode,
        start=plan.start,
        end=plan.end,
        objective=solution.objective,
        bound=solution.bound,
        first_plan_s=course[0][0] if course else None,
        last_better_s=course[-1][0] if course else None,
        n_iterations=solution.n_iterations,
    )


SOLVERS: dict[str, Callable[..., Answer | None]] = {
    "ours": ours,
    "cpsat": cpsat,
    "pyjobshop": pyjobshop,
}
