import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from ortools.sat.python import cp_model

from zhizao._base.errors import InputError
from zhizao.schedule.check import check_assignment
from zhizao.schedule.jobshop import search
from zhizao.schedule.jobshop.solve_jobshop import solve_jobshop
from zhizao.schedule.problem import NO_DUE, Problem
from zhizao.schedule.stop import Stop

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from job_shop import best_makespan


def job_shop(jobs, *, n_machines, release=None):
    """Problem of jobs, each a list of (machine, duration)."""
    steps = [step for job in jobs for step in job]
    return Problem(
        n_machines=n_machines,
        job_first=np.cumsum([0, *map(len, jobs)]),
        release=np.array(release or [0] * len(jobs), dtype=np.int64),
        due=np.full(len(jobs), NO_DUE),
        weight=np.ones(len(jobs)),
        mode_first=np.arange(len(steps) + 1),
        mode_machine=np.array([machine for machine, _ in steps], dtype=np.int32),
        mode_duration=np.array([work for _, work in steps], dtype=np.int64),
    )


def random_jobs(*, n_jobs, n_machines, seed, n_steps=None, shortest=1, longest=99):
    """Jobs of random steps; every machine once unless a number of steps is given."""
    rng = np.random.default_rng(seed)
    jobs = []
    for _ in range(n_jobs):
        if n_steps is None:
            machines = rng.permutation(n_machines)
        else:
            machines = rng.integers(n_machines, size=rng.integers(1, n_steps + 1))
        jobs.append([(int(m), int(rng.integers(shortest, longest + 1))) for m in machines])
    return jobs


def solved_by_cp_sat(jobs, *, release):
    """Makespan that CP-SAT proves to be the least."""
    model = cp_model.CpModel()
    horizon = max(release) + sum(work for steps in jobs for _, work in steps)
    makespan = model.new_int_var(0, horizon, "makespan")
    on_machine = {}
    for steps, released in zip(jobs, release, strict=True):
        previous = released
        for machine, work in steps:
            start = model.new_int_var(0, horizon, "start")
            interval = model.new_fixed_size_interval_var(start, work, "interval")
            on_machine.setdefault(machine, []).append(interval)
            model.add(start >= previous)
            previous = start + work
        model.add(makespan >= previous)
    for intervals in on_machine.values():
        model.add_no_overlap(intervals)
    model.minimize(makespan)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return solver.objective_value


def assert_sound(problem, solution):
    assert check_assignment(problem, solution.assignment) == []
    assert solution.objective == solution.assignment.end.max()
    assert solution.bound <= solution.objective


@pytest.mark.parametrize("seed", range(6))
def test_small_shops_are_solved_to_the_least_makespan_of_all_interleavings(seed):
    release = [0, 15, 0]
    jobs = random_jobs(n_jobs=3, n_machines=3, seed=seed, n_steps=3, longest=20)
    problem = job_shop(jobs, n_machines=3, release=release)
    solution = solve_jobshop(problem, stop=Stop(iterations=3000), seed=seed)
    assert_sound(problem, solution)
    assert solution.objective == best_makespan(jobs, release=release)


@pytest.mark.parametrize(("n_jobs", "n_machines", "seed"), [(6, 6, 1), (8, 5, 2), (10, 5, 3)])
def test_shops_of_sixty_operations_are_solved_to_what_cp_sat_proves(n_jobs, n_machines, seed):
    jobs = random_jobs(n_jobs=n_jobs, n_machines=n_machines, seed=seed)
    release = [int(r) for r in np.random.default_rng(seed).integers(0, 60, size=n_jobs)]
    problem = job_shop(jobs, n_machines=n_machines, release=release)
    solution = solve_jobshop(problem, stop=Stop(iterations=300_000))
    assert_sound(problem, solution)
    assert solution.objective == solved_by_cp_sat(jobs, release=release)


def test_jobs_may_come_back_to_a_machine_and_durations_may_be_zero():
    jobs = random_jobs(n_jobs=6, n_machines=3, seed=4, n_steps=9, shortest=0, longest=9)
    problem = job_shop(jobs, n_machines=3)
    solution = solve_jobshop(problem, stop=Stop(iterations=50_000))
    assert_sound(problem, solution)
    assert solution.objective == solved_by_cp_sat(jobs, release=[0] * 6)


def test_jobs_without_operations_take_no_time():
    problem = job_shop([[], [(0, 5)], [], [(0, 2), (1, 1)], []], n_machines=2, release=[50] * 5)
    solution = solve_jobshop(problem, stop=Stop(iterations=1000))
    assert_sound(problem, solution)
    assert solution.objective == 57
    assert solve_jobshop(job_shop([[]], n_machines=1), stop=Stop()).objective == 0


def test_equal_seeds_and_iterations_give_equal_plans_on_one_and_two_threads():
    jobs = random_jobs(n_jobs=20, n_machines=10, seed=5)
    problem = job_shop(jobs, n_machines=10)
    one, two, again, other = (
        solve_jobshop(problem, stop=Stop(iterations=150_000), threads=threads, seed=seed)
        for threads, seed in ((1, 7), (2, 7), (2, 7), (2, 8))
    )
    assert np.array_equal(one.assignment.start, two.assignment.start)
    assert np.array_equal(one.assignment.start, again.assignment.start)
    assert not np.array_equal(one.assignment.start, other.assignment.start)


def test_large_shops_are_solved_in_windows_and_equal_seeds_give_equal_plans():
    jobs = random_jobs(n_jobs=70, n_machines=70, seed=6)
    problem = job_shop(jobs, n_machines=70)
    plans = [
        solve_jobshop(problem, stop=Stop(iterations=20_000), threads=threads) for threads in (1, 2)
    ]
    assert_sound(problem, plans[0])
    assert plans[0].objective < 0.97 * plans[0].trajectory[0][1]
    assert np.array_equal(plans[0].assignment.start, plans[1].assignment.start)


def test_the_result_is_never_worse_than_the_plan_to_begin_with():
    problem = job_shop(random_jobs(n_jobs=15, n_machines=10, seed=9), n_machines=10)
    good = solve_jobshop(problem, stop=Stop(iterations=100_000))
    kept = solve_jobshop(problem, stop=Stop(iterations=0), start=good.assignment)
    assert kept.objective <= good.objective
    assert kept.trajectory[0][1] <= good.objective


def test_a_gap_that_is_good_enough_ends_the_search():
    problem = job_shop(random_jobs(n_jobs=15, n_machines=15, seed=10), n_machines=15)
    solution = solve_jobshop(problem, stop=Stop(gap=0.2))
    assert solution.gap <= 0.2


def test_progress_is_told_with_each_better_plan_and_can_end_the_search():
    told = []

    def on_progress(_seconds, objective):
        told.append(objective)
        return len(told) == 3

    problem = job_shop(random_jobs(n_jobs=20, n_machines=15, seed=11), n_machines=15)
    solution = solve_jobshop(problem, stop=Stop(seconds=60, on_progress=on_progress))
    assert told == sorted(told, reverse=True)
    assert solution.objective <= told[2]
    assert_sound(problem, solution)


def test_seconds_end_the_search_in_time():
    problem = job_shop(random_jobs(n_jobs=20, n_machines=15, seed=12), n_machines=15)
    solve_jobshop(problem, stop=Stop(iterations=1))
    begun_s = time.monotonic()
    solution = solve_jobshop(problem, stop=Stop(seconds=0.5))
    assert 0.5 <= time.monotonic() - begun_s < 5
    assert_sound(problem, solution)


def test_an_interrupt_returns_the_best_plan_until_then():
    problem = job_shop(random_jobs(n_jobs=20, n_machines=15, seed=13), n_machines=15)
    solve_jobshop(problem, stop=Stop(iterations=1))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, signal.raise_signal, args=(signal.SIGINT,))
    timer.start()
    solution = solve_jobshop(problem, stop=Stop(seconds=60))
    timer.join()
    signal.signal(signal.SIGINT, before)
    assert_sound(problem, solution)
    assert solution.objective < solution.trajectory[0][1]
    assert solution.trajectory[-1][0] < 30


def test_what_is_not_a_plain_job_shop_is_refused_with_all_reasons():
    problem = Problem(
        n_machines=2,
        job_first=np.array([0, 1]),
        release=np.zeros(1, dtype=np.int64),
        due=np.full(1, NO_DUE),
        weight=np.ones(1),
        mode_first=np.array([0, 2]),
        mode_machine=np.array([0, 1], dtype=np.int32),
        mode_duration=np.array([5, 4]),
        is_permutation=True,
    )
    with pytest.raises(InputError, match=r"choice of machines.*same order"):
        solve_jobshop(problem, stop=Stop(iterations=1))


def test_very_large_shops_are_searched_in_two_parts_at_once(monkeypatch):
    monkeypatch.setattr(search, "HURRY_OPERATIONS", 3000)
    monkeypatch.setattr(search, "PART_ITERATIONS", 4000)
    problem = job_shop(random_jobs(n_jobs=70, n_machines=70, seed=6), n_machines=70)
    plans = [
        solve_jobshop(problem, stop=Stop(iterations=30_000), threads=threads) for threads in (1, 2)
    ]
    assert_sound(problem, plans[0])
    assert plans[0].objective < 0.95 * plans[0].trajectory[0][1]
    assert np.array_equal(plans[0].assignment.start, plans[1].assignment.start)
