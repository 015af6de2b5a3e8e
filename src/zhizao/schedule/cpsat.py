"""CP-SAT: small problems and windows of large ones, with a plan as a hint; bounds and proofs.

The only file of the room that knows OR-Tools. Without setups a machine is one no-overlap of
optional intervals. With setups it is also a circuit: an arc says that one operation directly
follows another, and carries the setup. A permutation flow shop has one circuit for all machines.
Circuits grow with the square of the operations on a machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from zhizao.schedule.assignment import Assignment
from zhizao.schedule.bounds import makespan_bound
from zhizao.schedule.family_setups import refuse_unless_plain, square_setups
from zhizao.schedule.keep_rows import KeepRows, Lane, Visit
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


@dataclass(frozen=True, kw_only=True)
class MostKept:
    """Which operations of the next shift stay, and how many can at the most."""

    begin: dict[int, tuple[int, int]]
    """Operation → machine and begin of its setup, of what is done within the shift."""
    n_kept: int
    bound: int
    """No plan keeps more; where something else may come between, whatever else it does."""
    is_proved: bool
    """No more can be kept, nor with less between."""


@dataclass(kw_only=True)
class _KeepModel:
    """The variables of what stays in CP-SAT."""

    rows: KeepRows
    lets_between: bool
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    present: dict[int, cp_model.IntVar] = field(default_factory=dict)
    kept: dict[int, list[cp_model.IntVar]] = field(default_factory=dict)
    start: dict[int, cp_model.IntVar] = field(default_factory=dict)
    end: dict[int, cp_model.IntVar] = field(default_factory=dict)
    begin: dict[int, cp_model.IntVar] = field(default_factory=dict)
    range_of: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Operation → first and last start, and its least ticks of work."""
    at: dict[int, list[tuple[int, cp_model.IntVar]]] = field(default_factory=dict)
    """Machine → (operation, whether it is there)."""
    detours: list[cp_model.IntVar] = field(default_factory=list)

    def add_operation(self, i: int, visits: list[Visit]) -> None:
        """Add an operation with where and when it may be."""
        cp = self.cp
        first, last = min(v.first for v in visits), max(v.last for v in visits)
        ticks = [v.ticks for v in visits]
        self.range_of[i] = first, last, min(ticks)
        present, start = cp.new_bool_var(""), cp.new_int_var(first, last, "")
        end = cp.new_int_var(first + min(ticks), last + max(ticks), "")
        literals = [cp.new_bool_var("") for _ in visits]
        cp.add(sum(literals) == present)
        its: dict[int, list[cp_model.IntVar]] = {}
        for v, literal in zip(visits, literals, strict=True):
            cp.add_linear_constraint(start, v.first, v.last).only_enforce_if(literal)
            cp.add(end == start + v.ticks).only_enforce_if(literal)
            its.setdefault(v.machine, []).append(literal)
            if v.is_kept:
                self.kept.setdefault(i, []).append(literal)
        for machine, found in its.items():
            one = found[0]
            if len(found) > 1:
                one = cp.new_bool_var("")
                cp.add(sum(found) == one)
            self.at.setdefault(machine, []).append((i, one))
        longest, _ = self.rows.setup_before(i, visits)
        begin = start
        if longest:
            begin = cp.new_int_var(0, last, "")
            cp.add_linear_constraint(start - begin, 0, longest)
            cp.add(begin >= self.rows.ready[i]).only_enforce_if(present)
        self.present[i], self.start[i], self.end[i], self.begin[i] = present, start, end, begin

    def add_waits(self, movers: set[int], *, all_wait: bool) -> None:
        """Add who waits for whom; what waits for a mover, or for any, is there only with it."""
        for i, present in self.present.items():
            for source, lag in self.rows.sources.get(i, ()):
                if all_wait or source in movers:
                    if source not in self.present:
                        self.cp.add(present == 0)
                        continue
                    self.cp.add_implication(present, self.present[source])
                if source in self.present:
                    both = present, self.present[source]
                    self.cp.add(self.begin[i] >= self.end[source] + lag).only_enforce_if(both)

    def add_lane(self, machine: int, lane: Lane) -> None:
        """Add the turns of a machine: a circuit of what is there, with its setups."""
        cp, rows = self.cp, self.rows
        its = [(i, one) for i, one in self.at.get(machine, ()) if rows.is_alone(i, machine)]
        horizon = rows.latest * 4
        intervals = [self._interval(i, one, horizon=horizon) for i, one in its]
        intervals += [cp.new_fixed_size_interval_var(b, e - b, "") for _, b, _, e in lane.pins]
        cp.add_no_overlap(intervals)
        if not len(lane.setup) or not its:
            return
        arcs: list[tuple[int, int, cp_model.LiteralT]] = [(0, 0, cp.new_bool_var(""))]
        n = len(its)
        for b, (i, one) in enumerate(its, start=1):
            arcs += [(b, b, ~one), (b, 0, cp.new_bool_var(""))]
            arcs += self._arc(lane, 0, b, i, family=lane.family, free=0, end=None)
            for a, (other, _) in enumerate(its, start=1):
                first, _, ticks = self.range_of[other]
                if a != b and first + ticks <= self.range_of[i][1]:
                    family, end = rows.family(other), self.end[other]
                    arcs += self._arc(lane, a, b, i, family=family, free=first + ticks, end=end)
            for a, (family, _, _, pin_end) in enumerate(lane.pins, start=n + 1):
                if pin_end <= self.range_of[i][1]:
                    arcs += self._arc(lane, a, b, i, family=family, free=pin_end, end=None)
        for b, (family, begin, start, _) in enumerate(lane.pins, start=n + 1):
            arcs += [(0, b, cp.new_bool_var("")), (b, 0, cp.new_bool_var(""))]
            for a, (other, _) in enumerate(its, start=1):
                first, _, ticks = self.range_of[other]
                if first + ticks <= begin:
                    there = cp.new_bool_var("")
                    setup = _between(lane.setup, rows.family(other), family)
                    cp.add(self.end[other] <= min(begin, start - setup)).only_enforce_if(there)
                    arcs.append((a, b, there))
            arcs += [
                (n + 1 + a, b, cp.new_bool_var(""))
                for a, pin in enumerate(lane.pins)
                if pin[3] <= begin and n + 1 + a != b
            ]
        cp.add_circuit(arcs)

    def _arc(
        self, lane: Lane, a: int, b: int, i: int, *, family: int, free: int,
        end: cp_model.IntVar | None,
    ) -> list[tuple[int, int, cp_model.LiteralT]]:  # fmt: skip
        """Return arcs to an operation: with its setup, or with something else between."""
        cp, last = self.cp, self.range_of[i][1]
        found: list[tuple[int, int, cp_model.LiteralT]] = []
        free_at: cp_model.LinearExprT = free if end is None else end
        setup = _between(lane.setup, family, self.rows.family(i))
        if free + setup <= last:
            there = cp.new_bool_var("")
            if self.begin[i] is not self.start[i]:
                cp.add(self.start[i] - self.begin[i] == setup).only_enforce_if(there)
            cp.add(self.begin[i] >= free_at).only_enforce_if(there)
            found.append((a, b, there))
        if not setup or not self.lets_between:
            return found
        for over, others in self.rows.between(i, lane, family=family, free=free, by=last):
            there = cp.new_bool_var("")
            cp.add(self.start[i] >= free_at + over).only_enforce_if(there)
            leave = [~one for x in others for one in self.kept.get(x, ())]
            if others and all(len(self.kept.get(x, ())) == 1 for x in others):
                cp.add_bool_or(leave).only_enforce_if(there)
            self.detours.append(there)
            found.append((a, b, there))
        return found

    def add_crews(self) -> None:
        """Add who does what: one unit for each need, of a group that is on shift at its begin."""
        crews, rows, pins = self.rows.problem.crews, self.rows, self.rows.problem.pins
        if crews is None:
            return
        held: dict[int, list[cp_model.IntervalVar]] = {}
        for i, present in self.present.items():
            if not rows.in_batch[i]:
                for need in range(int(crews.need_first[i]), int(crews.need_first[i + 1])):
                    self.cp.add(sum(self._served(i, need, held)) == present)
        if pins is not None:
            heads = pins.operation if pins.batch is None else pins.batch
            for a in np.flatnonzero((heads == pins.operation) & (pins.end > 0)).tolist():
                i, begin = int(pins.operation[a]), int(pins.begin[a])
                for need in range(int(crews.need_first[i]), int(crews.need_first[i + 1])):
                    self._held(need, begin, int(pins.end[a]), held)
        for g, intervals in held.items():
            self.cp.add_cumulative(intervals, [1] * len(intervals), int(crews.n_units[g]))

    def _served(
        self, i: int, need: int, held: dict[int, list[cp_model.IntervalVar]]
    ) -> list[cp_model.IntVar]:
        """Return by whom a need may be served, each an interval of its group."""
        first, last, _ = self.range_of[i]
        kept = self.rows.visits.get(i, [])
        longest, crosses = self.rows.setup_before(i, kept)
        # When what is moved, or set up across a closing, begins is not told by its start alone.
        is_told = bool(kept) and not crosses
        found = []
        from_ = first - longest if is_told else 0
        for g, spans in self.rows.groups(need, from_=from_, until=last):
            one = self.cp.new_bool_var("")
            found.append(one)
            held.setdefault(g, []).append(self._interval(i, one, horizon=self.rows.latest * 4))
            if spans and is_told:
                shifts = cp_model.Domain.from_intervals([[a, b - 1] for a, b in spans])
                self.cp.add_linear_expression_in_domain(self.begin[i], shifts).only_enforce_if(one)
        return found

    def _held(
        self, need: int, begin: int, end: int, held: dict[int, list[cp_model.IntervalVar]]
    ) -> None:
        """Add a need of what is pinned: any group may serve it, whatever its shift."""
        found = []
        for g, _ in self.rows.groups(need, from_=None, until=0):
            one = self.cp.new_bool_var("")
            found.append(one)
            its = self.cp.new_optional_fixed_size_interval_var(begin, end - begin, one, "")
            held.setdefault(g, []).append(its)
        self.cp.add_exactly_one(found)

    def hint(self, begin: Mapping[int, tuple[int, int]]) -> None:
        """Give an answer to begin with."""
        for i, present in self.present.items():
            self.cp.add_hint(present, i in begin)
            if i in begin:
                self.cp.add_hint(self.begin[i], begin[i][1])
        for machine, its in self.at.items():
            for i, one in its:
                self.cp.add_hint(one, i in begin and begin[i][0] == machine)

    def _interval(self, i: int, there: cp_model.IntVar, *, horizon: int) -> cp_model.IntervalVar:
        size = self.cp.new_int_var(0, horizon, "")
        return self.cp.new_optional_interval_var(self.begin[i], size, self.end[i], there, "")


def _between(table: NDArray[np.int64], before: int, after: int) -> int:
    return 0 if NONE in {before, after} else int(table[before, after])


_KEPT = 1000
"""What an operation that stays counts; something else between two is 1."""


def most_kept(
    rows: KeepRows, *, movers: set[int], seconds: float | None, seed: int = 0,
    all_wait: bool = False, lets_between: bool = False,
    hint: Mapping[int, tuple[int, int]] | None = None,
) -> MostKept | None:  # fmt: skip
    """Return as many operations that stay as can; None if nothing is found in time.

    Parameters
    ----------
    rows : KeepRows
        What may stay.
    movers : set of int
        Operations without which what waits for them cannot stay; they may be moved within the
        shift. Of all others, what waits for them may stay: the bound holds with any movers.
    all_wait : bool
        What waits for any operation is there only with it: the answer can be followed, and says
        nothing of plans in which others are moved.
    lets_between : bool
        What is not in the model may come between two operations, so that the second one's setup
        is another: for bounds that hold whatever else a plan does.
    hint : mapping, optional
        Operation → machine and begin of its setup, to look at first.
    seconds : float, optional
        Of the search; None: as much work as about two seconds.
    seed : int
        Equal arguments without seconds give equal answers.
    """
    model = _KeepModel(rows=rows, lets_between=lets_between)
    by = rows.latest
    for i in sorted(rows.visits.keys() | movers):
        visits = rows.visits.get(i, []) + (rows.moved(i, by=by) if i in movers else [])
        if visits:
            model.add_operation(i, visits)
    model.add_waits(movers, all_wait=all_wait)
    for machine, lane in rows.lanes.items():
        model.add_lane(machine, lane)
    model.add_crews()
    if hint is not None:
        model.hint(hint)
    detours = model.detours[: _KEPT - 1]
    kept = [one for its in model.kept.values() for one in its]
    model.cp.maximize(_KEPT * sum(kept) - sum(detours))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    # Relaxations of circuits, probing and symmetries cost more than they tell.
    solver.parameters.linearization_level = 0
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.max_presolve_iterations = 1
    if seconds is None:
        solver.parameters.max_deterministic_time = 2.0
    else:
        solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model.cp)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    begin = {
        i: (machine, solver.value(model.begin[i]))
        for machine, its in model.at.items()
        for i, one in its
        if solver.value(one)
    }
    most = int((solver.best_objective_bound + len(detours) + 1e-6) // _KEPT)
    return MostKept(
        begin=begin,
        n_kept=sum(map(solver.value, kept)),
        bound=most,
        is_proved=status == cp_model.OPTIMAL,
    )
