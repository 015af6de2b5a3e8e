"""Whether a plan of a plain problem keeps its rules; shares no code with solvers or the product."""

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.problem import Problem


def plan_faults(
    problem: Problem, *, mode: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> list[str]:
    """Return what a plan breaks, one line a rule with the first operation at fault."""
    n = problem.n_operations
    if not len(mode) == len(start) == len(end) == n:
        return [f"plan has {len(mode)} operations, expected {n}"]
    first, until = problem.mode_first[:-1], problem.mode_first[1:]
    if np.any((mode < first) | (mode >= until)):
        return [f"mode: operation {np.argmax((mode < first) | (mode >= until))}"]
    faults = []

    def rule(name: str, broken: NDArray[np.bool_], operations: NDArray[np.int64]) -> None:
        if np.any(broken):
            faults.append(
                f"{name}: operation {operations[np.argmax(broken)]}, {int(broken.sum())} in all"
            )

    everything = np.arange(n)
    rule("duration", end - start != problem.mode_duration[mode], everything)
    begins = problem.job_first[:-1]
    rule("release", start[begins] < problem.release, begins)
    follows = np.ones(n, dtype=bool)
    follows[begins] = False
    inner = np.flatnonzero(follows)
    rule("order in the job", start[inner] < end[inner - 1], inner)
    machine = problem.mode_machine[mode]
    # operations without duration may share an instant with another's begin or end
    by_time = np.lexsort((end, start, machine))
    before, after = by_time[:-1], by_time[1:]
    same = machine[before] == machine[after]
    gap = setup_after(problem, before, after, machine=machine)
    rule("overlap or setup on the machine", same & (start[after] < end[before] + gap), after)
    if problem.setups is not None:
        heads = np.concatenate([by_time[:1], after[~same]])
        ticks = first_setup(problem, heads, machine=machine)
        rule("first setup on the machine", start[heads] < ticks, heads)
    if problem.is_permutation:
        rule("one sequence on all machines", _other_sequence(problem, start, end), everything[:1])
    return faults


def setup_after(
    problem: Problem, before: NDArray[np.int64], after: NDArray[np.int64], *, machine: NDArray[np.int32],
) -> NDArray[np.int64]:  # fmt: skip
    """Return the setup between each two operations; 0 where the machine or family has none."""
    setups = problem.setups
    if setups is None:
        return np.zeros(len(before), dtype=np.int64)
    table = setups.table_of_machine[machine[before]]
    source, target = setups.family_of_operation[before], setups.family_of_operation[after]
    ticks = setups.ticks[table, source, target]
    return np.where((table < 0) | (source < 0) | (target < 0), 0, ticks)


def first_setup(
    problem: Problem, heads: NDArray[np.int64], *, machine: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the setup before the first operation of each machine."""
    setups = problem.setups
    assert setups is not None
    table = setups.table_of_machine[machine[heads]]
    source = setups.initial_family[machine[heads]]
    target = setups.family_of_operation[heads]
    ticks = setups.ticks[table, source, target]
    return np.where((table < 0) | (source < 0) | (target < 0), 0, ticks)


def _other_sequence(
    problem: Problem, start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell whether some machine does not begin and end in the order of the first (may tie)."""
    n_steps = int(problem.job_first[1])
    starts, ends = start.reshape(-1, n_steps), end.reshape(-1, n_steps)
    order = np.lexsort((*ends.T[::-1], *starts.T[::-1]))
    in_order = bool(np.all(np.diff(starts[order], axis=0) >= 0))
    return np.array([not in_order])
