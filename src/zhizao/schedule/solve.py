"""The solver for a problem: which one is best for what is in it."""

from zhizao._base.errors import InputError
from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.factory_bound import alone_bound
from zhizao.schedule.factory.follow import Begun
from zhizao.schedule.factory.solve_factory import NeverDone, solve_factory
from zhizao.schedule.family_setups import n_without_family
from zhizao.schedule.flexible.solve_flexible import solve_flexible
from zhizao.schedule.jobshop.solve_jobshop import solve_jobshop
from zhizao.schedule.objective import Objective
from zhizao.schedule.permutation.solve_permutation import solve_permutation
from zhizao.schedule.problem import Problem
from zhizao.schedule.solution import Solution
from zhizao.schedule.stop import Stop


def solver_name(problem: Problem, objective: Objective) -> str:
    """Return which solver a problem gets: jobshop, flexible, permutation or factory.

    The first three know makespan only, and nothing but jobs, machines and (all but jobshop) setups
    that every operation on a machine with setups has a family for.
    """
    is_makespan = [aim for level in objective.levels for _, aim in level] == ["makespan"]
    if problem.is_permutation:
        if is_makespan and problem.is_plain:
            return "permutation"
        raise InputError(
            "A permutation flow shop is planned for its makespan only; "
            f"found the objective '{objective.name}' or parts beyond machines and setups."
        )
    if not is_makespan or not problem.is_plain or n_without_family(problem):
        return "factory"
    if problem.setups is not None:
        return "flexible"
    return "jobshop" if len(problem.mode_machine) == problem.n_operations else "flexible"


def solve(
    problem: Problem,
    *,
    objective: Objective,
    costs: Costs,
    stop: Stop,
    seed: int = 0,
    threads: int = 2,
    start: Begun | None = None,
) -> Solution | NeverDone:
    """Return a good plan of any problem.

    Parameters
    ----------
    problem, objective : Problem, Objective
        What is to be planned, and for what.
    costs : Costs
        The objective in ticks, as ``costs_of`` says.
    stop, seed, threads
        As for every solver.
    start : Begun, optional
        A plan to begin from and stay close to; only where the factory search plans.

    Returns
    -------
    Solution or NeverDone
        The objective is in the units of the costs.
    """
    name = solver_name(problem, objective)
    if name == "factory":
        return solve_factory(
            problem,
            costs=costs,
            stop=stop,
            seed=seed,
            threads=threads,
            start=start,
            bound=alone_bound(problem, costs),
        )
    solver = {
        "jobshop": solve_jobshop,
        "flexible": solve_flexible,
        "permutation": solve_permutation,
    }[name]
    found = solver(problem, stop=stop, threads=threads, seed=seed)
    scale = costs.makespan
    return Solution(
        assignment=found.assignment,
        objective=found.objective * scale,
        bound=found.bound * scale,
        trajectory=tuple((s, value * scale) for s, value in found.trajectory),
        n_iterations=found.n_iterations,
    )
