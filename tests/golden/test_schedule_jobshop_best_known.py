"""Published best makespans (shared/data/scheduling/best_known.csv): reached, or nearly.

The iterations are few, and equal seeds give equal plans, so each outcome is exact.
"""

import csv

import pytest
from benchmarks.problems.read import read_instance

from zhizao.schedule.check import check_assignment
from zhizao.schedule.jobshop.solve_jobshop import solve_jobshop
from zhizao.schedule.stop import Stop

pytestmark = pytest.mark.shared


def solved(shared_data, file, *, iterations):
    """Makespan in a few iterations, and the best one that is known."""
    folder = shared_data / "scheduling"
    with (folder / "best_known.csv").open(newline="") as lines:
        best = {row["file"]: int(row["best_makespan"]) for row in csv.DictReader(lines)}
    problem = read_instance(folder / file).problem
    solution = solve_jobshop(problem, stop=Stop(iterations=iterations))
    if problem.n_operations < 10_000:
        assert check_assignment(problem, solution.assignment) == []
    assert solution.bound <= best[file]
    return solution.objective, best[file]


@pytest.mark.parametrize(
    "name", ["bel00", "bel01", "bel02", "bel03", "bel04", "ta51", "ta61", "ta71"]
)
def test_these_are_optimal_and_proved_within_a_second_of_search(shared_data, name):
    found, best = solved(shared_data, f"jsp/{name}.txt", iterations=100_000)
    assert found == best


@pytest.mark.parametrize("name", ["ta01", "ta21", "ta41", "dmu01", "dmu41", "dmu46"])
def test_these_are_within_five_per_cent_after_a_second_of_search(shared_data, name):
    found, best = solved(shared_data, f"jsp/{name}.txt", iterations=300_000)
    assert best <= found <= 1.05 * best


def test_first_plans_of_industrial_size_are_near_the_best_known(shared_data):
    for name, most in (("dct-short-100-100000-1", 600_100), ("tai_1000_100_1", 528_000)):
        found, best = solved(shared_data, f"large/{name}.zip", iterations=0)
        assert best <= found <= most
