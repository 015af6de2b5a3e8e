"""CP-SAT: small problems and windows of large ones, with a plan as a hint; bounds and proofs.

The only file of the room that knows OR-Tools. Without setups a machine is one no-overlap of
optional intervals. With setups it is also a circuit: an arc says that one operation directly
follows another, and carries the setup. A permutation flow shop has one circuit for all machines.
Circuits grow with the square of the operations on a machine.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from zhizao.schedule.assignment import Assignment
from zhizao.schedule.bounds import makespan_bound
from zhizao.schedule.family_setups import refuse_unless_plain, square_setups
from zhizao.schedule.problem import NO_DUE, NONE, Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Course, Stop

WEIGHT_SCALE = 1000
"""CP-SAT adds whole numbers: weights are kept to a thousandth."""


@dataclass(kw_only=True)
class _Model:
    """The variables of a problem in CP-SAT."""

    problem: Problem
    horizon: int
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    start: list[cp_model.IntVar] = field(default_factory=list)
    end: list[cp_model.IntVar] = field(default_factory=list)
    chosen: list[cp_model.IntVar] = field(default_factory=list)
    """By mode: whether the operation has it."""

    def add_operations(self) -> None:
        """Add starts, ends, modes and the jobs' chains."""
        problem, cp = self.problem, self.cp
        first = problem.mode_first.tolist()
        duration = problem.mode_duration.tolist()
        intervals: list[list[cp_model.IntervalVar]] = [[] for _ in range(problem.n_machines)]
        for v in range(problem.n_operations):
            modes = range(first[v], first[v + 1])
            shortest = min(duration[q] for q in modes)
            start = cp.new_int_var(0, self.horizon - shortest, "")
            end = cp.new_int_var(shortest, self.horizon, "")
            self.start.append(start)
            self.end.append(end)
            literals = [cp.new_bool_var("") for _ in modes]
            self.chosen.extend(literals)
            cp.add_exactly_one(literals)
            for q, literal in zip(modes, literals, strict=True):
                machine = int(problem.mode_machine[q])
                if len(modes) == 1:
                    interval = cp.new_interval_var(start, duration[q], end, "")
                else:
                    interval = cp.new_optional_interval_var(start, duration[q], end, literal, "")
                intervals[machine].append(interval)
        for machine_intervals in intervals:
            cp.add_no_overlap(machine_intervals)
        for j in range(problem.n_jobs):
            at, until = int(problem.job_first[j]), int(problem.job_first[j + 1])
            if at < until:
                cp.add(self.start[at] >= int(problem.release[j]))
            for v in range(at + 1, until):
                cp.add(self.start[v] >= self.end[v - 1])

    def add_setups(self) -> None:
        """Add a circuit for each machine that has setups."""
        setups = self.problem.setups
        if setups is None:
            return
        square = square_setups(setups)
        operation = np.repeat(
            np.arange(self.problem.n_operations), np.diff(self.problem.mode_first)
        )
        for machine in range(self.problem.n_machines):
            table = int(setups.table_of_machine[machine])
            if table == NONE:
                continue
            modes = np.flatnonzero(self.problem.mode_machine == machine)
            family = setups.family_of_operation[operation[modes]].tolist()
            if NONE in family:
                raise ValueError(f"Machine {machine} has setups and an operation without family.")
            initial = int(setups.initial_family[machine])
            arcs: list[tuple[int, int, cp_model.LiteralT]] = []
            for a, q in enumerate(modes.tolist()):
                begin = self.cp.new_bool_var("")
                arcs.append((0, a + 1, begin))
                arcs.append((a + 1, 0, self.cp.new_bool_var("")))
                arcs.append((a + 1, a + 1, ~self.chosen[q]))
                v = int(operation[q])
                if initial != NONE:
                    free = int(square[table, initial, family[a]])
                    self.cp.add(self.start[v] >= free).only_enforce_if(begin)
                for b, other in enumerate(modes.tolist()):
                    w = int(operation[other])
                    if v == w:
                        continue
                    follows = self.cp.new_bool_var("")
                    arcs.append((a + 1, b + 1, follows))
                    ticks = int(square[table, family[a], family[b]])
                    self.cp.add(self.start[w] >= self.end[v] + ticks).only_enforce_if(follows)
            if arcs:
                arcs.append((0, 0, self.cp.new_bool_var("")))
                self.cp.add_circuit(arcs)

    def add_permutation(self) -> None:
        """Add one circuit of the jobs for all machines of a flow shop."""
        problem, setups = self.problem, self.problem.setups
        first = problem.job_first.tolist()
        n_steps = first[1]
        square = None if setups is None else square_setups(setups)
        arcs: list[tuple[int, int, cp_model.LiteralT]] = []
        for i in range(problem.n_jobs):
            begin = self.cp.new_bool_var("")
            arcs += [(0, i + 1, begin), (i + 1, 0, self.cp.new_bool_var(""))]
            if setups is not None and square is not None:
                for v in range(first[i], first[i + 1]):
                    machine = int(problem.mode_machine[v])
                    table, initial = int(setups.table_of_machine[machine]), int(setups.initial_family[machine])  # fmt: skip
                    if NONE not in {table, initial}:
                        ticks = int(square[table, initial, setups.family_of_operation[v]])
                        self.cp.add(self.start[v] >= ticks).only_enforce_if(begin)
            for j in range(problem.n_jobs):
                if i == j:
                    continue
                follows = self.cp.new_bool_var("")
                arcs.append((i + 1, j + 1, follows))
                for step in range(n_steps):
                    v, w = first[i] + step, first[j] + step
                    ticks = 0
                    if setups is not None and square is not None:
                        table = int(setups.table_of_machine[int(problem.mode_machine[v])])
                        if table != NONE:
                            family = setups.family_of_operation
                            ticks = int(square[table, family[v], family[w]])
                    self.cp.add(self.start[w] >= self.end[v] + ticks).only_enforce_if(follows)
        self.cp.add_circuit(arcs)

    def minimize_makespan(self) -> None:
        """Minimize the last end."""
        makespan = self.cp.new_int_var(int(makespan_bound(self.problem)), self.horizon, "")
        for last in self.problem.job_first[1:].tolist():
            self.cp.add(makespan >= self.end[last - 1])
        self.cp.minimize(makespan)

    def minimize_tardiness(self) -> None:
        """Minimize the weighted tardiness, in thousandths of the weights' unit."""
        terms, weights = [], []
        for j, last in enumerate(self.problem.job_first[1:].tolist()):
            due, weight = int(self.problem.due[j]), float(self.problem.weight[j])
            if due >= NO_DUE or weight == 0:
                continue
            late = self.cp.new_int_var(0, max(self.horizon - due, 0), "")
            self.cp.add(late >= self.end[last - 1] - due)
            terms.append(late)
            weights.append(round(weight * WEIGHT_SCALE))
        self.cp.minimize(cp_model.LinearExpr.weighted_sum(terms, weights))

    def hint(self, plan: Assignment) -> None:
        """Give a plan to begin with."""
        for v, (start, end) in enumerate(zip(plan.start.tolist(), plan.end.tolist(), strict=True)):
            self.cp.add_hint(self.start[v], start)
            self.cp.add_hint(self.end[v], end)
        taken = set(plan.mode.tolist())
        for q, literal in enumerate(self.chosen):
            self.cp.add_hint(literal, q in taken)


class _Told(cp_model.CpSolverSolutionCallback):
    """Tells the course of each better plan, and stops the search when it is over."""

    def __init__(self, course: Course, *, scale: int) -> None:
        super().__init__()
        self.course = course
        self.scale = scale

    def on_solution_callback(self) -> None:
        self.course.better(self.objective_value / self.scale)
        if self.course.is_over():
            self.stop_search()


def solve_cpsat(
    problem: Problem, *, stop: Stop, threads: int = 2, seed: int = 0,
    start: Assignment | None = None, objective: str = "makespan",
) -> Solution | None:  # fmt: skip
    """Return the best plan that CP-SAT finds, with its bound; None if it finds none in time.

    Parameters
    ----------
    problem : Problem
        Jobs, machines and setups; nothing more.
    stop : Stop
        ``iterations`` are CP-SAT's conflicts.
    threads : int
        Workers.
    seed : int
        Equal seeds give equal plans with one worker and a limit of conflicts.
    start : Assignment, optional
        A plan to begin with.
    objective : {"makespan", "tardiness"}
        What is to be least; tardiness is weighted.

    Raises
    ------
    InputError
        If the problem has calendars or the like.

    Examples
    --------
    >>> from zhizao.schedule.problem import NO_DUE
    >>> either = Problem(
    ...     n_machines=2, job_first=np.array([0, 1, 2]), release=np.zeros(2, dtype=np.int64),
    ...     due=np.full(2, NO_DUE), weight=np.ones(2), mode_first=np.array([0, 2, 4]),
    ...     mode_machine=np.array([0, 1, 0, 1], dtype=np.int32),
    ...     mode_duration=np.array([5, 6, 5, 6]))
    >>> best = solve_cpsat(either, stop=Stop(seconds=10), threads=1)
    >>> best.objective, best.bound
    (6.0, 6.0)
    """
    refuse_unless_plain(problem)
    course = stop.begin()
    is_makespan = objective == "makespan"
    course.bound = makespan_bound(problem) if is_makespan else 0.0
    model = _Model(
        problem=problem,
        horizon=_horizon(problem, start if is_makespan else None),
    )
    model.add_operations()
    if problem.is_permutation:
        model.add_permutation()
    else:
        model.add_setups()
    if is_makespan:
        model.minimize_makespan()
    else:
        model.minimize_tardiness()
    if start is not None:
        model.hint(start)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = max(threads, 1)
    solver.parameters.random_seed = seed
    solver.parameters.relative_gap_limit = stop.gap
    if stop.seconds is not None:
        solver.parameters.max_time_in_seconds = course.remaining_s
    if stop.iterations is not None:
        solver.parameters.max_number_of_conflicts = stop.iterations
    scale = 1 if is_makespan else WEIGHT_SCALE
    status = solver.solve(model.cp, _Told(course, scale=scale))
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    found = solver.objective_value / scale
    course.better(found)
    return Solution(
        assignment=Assignment(
            mode=np.array([q for q, c in enumerate(model.chosen) if solver.value(c)], dtype=np.int64),
            start=_values(solver, model.start),
            end=_values(solver, model.end),
        ),
        objective=found,
        bound=max(course.bound, min(solver.best_objective_bound / scale, found)),
        trajectory=tuple(course.trajectory),
    )  # fmt: skip


def _values(solver: cp_model.CpSolver, variables: list[cp_model.IntVar]) -> NDArray[np.int64]:
    return np.array([solver.value(variable) for variable in variables], dtype=np.int64)


def _horizon(problem: Problem, start: Assignment | None) -> int:
    """Return a time by which everything can be done: of a plan, or one operation at a time."""
    if start is not None:
        return int(start.end.max(initial=0))
    longest = np.maximum.reduceat(problem.mode_duration, problem.mode_first[:-1])
    setup = int(problem.setups.ticks.max(initial=0)) if problem.setups is not None else 0
    return int(problem.release.max(initial=0) + longest.sum() + setup * problem.n_operations)
