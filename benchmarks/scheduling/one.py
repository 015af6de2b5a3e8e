"""Solve one instance with one solver in this process; one JSON line on the standard output.

python -m benchmarks.scheduling.one FILE --solver ours --seconds 60 --threads 2 --seed 1

Every solver gets a process of its own, and first solves a problem of six operations of the same
kind: loading libraries and compiled code is not its time, building its model is.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
from benchmarks.problems import read_instance
from benchmarks.problems.tables import problem_from_modes, setups_each_machine
from benchmarks.scheduling.solvers import SOLVERS
from benchmarks.scheduling.verify import plan_faults

from zhizao.schedule.problem import Problem


def tiny_like(problem: Problem) -> Problem:
    """Return three jobs of two operations with setups, alternatives and sequence as in another."""
    is_flexible = len(problem.mode_machine) > problem.n_operations
    machine = np.array([0, 1] * (6 if is_flexible else 3))
    family = np.repeat(np.arange(3, dtype=np.int32), 2)
    return problem_from_modes(
        n_machines=2,
        operations_of_job=np.full(3, 2),
        modes_of_operation=np.full(6, 2 if is_flexible else 1),
        machine=machine,
        duration=np.arange(3, 3 + len(machine)),
        setups=setups_each_machine(np.ones((2, 3, 3), dtype=np.int64), family=family)
        if problem.setups is not None
        else None,
        is_permutation=problem.is_permutation,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduling.one")
    parser.add_argument("file", type=Path)
    parser.add_argument("--solver", choices=sorted(SOLVERS), required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--layout")
    given = parser.parse_args()
    problem = read_instance(given.file, layout=given.layout).problem
    solve = SOLVERS[given.solver]
    solve(tiny_like(problem), seconds=0.5, threads=given.threads, seed=given.seed)
    begun_s = time.monotonic()
    answer = solve(problem, seconds=given.seconds, threads=given.threads, seed=given.seed)
    wall_s = time.monotonic() - begun_s
    said: dict[str, object] = {
        "wall_s": round(wall_s, 2),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if answer is not None:
        faults = plan_faults(problem, mode=answer.mode, start=answer.start, end=answer.end)
        makespan = int(answer.end.max(initial=0))
        if answer.objective != makespan:
            faults.append(f"objective: states {answer.objective}, the plan ends at {makespan}")
        said |= {
            "makespan": makespan,
            "bound": answer.bound,
            "first_plan_s": answer.first_plan_s,
            "last_better_s": answer.last_better_s,
            "iterations": answer.n_iterations,
            "faults": faults,
        }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
