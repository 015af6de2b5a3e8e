"""Read an instance of any known layout; the layout is seen from the content."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.problems.flexible import alternatives_fault, to_flexible
from benchmarks.problems.job_shop import pairs_fault, to_job_shop
from benchmarks.problems.lines import Row, read_text, rows_of
from benchmarks.problems.permutation import to_permutation

from zhizao._base.errors import InputError
from zhizao.schedule.problem import Problem

LAYOUTS = {
    "jsp": "job shop: 'n m', then a line a job of 'machine duration' pairs, machines from 0",
    "fjsp": "flexible job shop: 'n m [flexibility]', then a line a job of '#operations (#alternatives (machine duration)…)…', machines from 1",
    "fjsp_sdst": "a flexible job shop, then a matrix of setups between operations for each machine",
    "pfsp_sdst": "permutation flow shop: n, m, the n x m times, then a matrix of setups between jobs for each machine",
}


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A problem with its name and the layout of its file."""

    name: str
    layout: str
    problem: Problem

    @property
    def size(self) -> str:
        """Jobs x machines."""
        return f"{self.problem.n_jobs} x {self.problem.n_machines}"


def read_instance(path: Path, *, layout: str | None = None) -> Instance:
    """Return the instance of a file; ``layout`` (a key of LAYOUTS) where content does not tell.

    Raises
    ------
    InputError
        If the file is of no known layout, or has faults; they come together.
    """
    name = path.name
    rows = rows_of(read_text(path), name=name)
    if layout is None:
        layout = see_layout(rows, name=name)
    elif layout not in LAYOUTS:
        raise InputError(f"Layout '{layout}' is unknown, expected one of {', '.join(LAYOUTS)}.")
    if layout == "pfsp_sdst":
        return Instance(name=path.stem, layout=layout, problem=to_permutation(rows, name=name))
    n_jobs, n_machines = _header(rows, name=name)
    if layout == "jsp":
        problem = to_job_shop(rows[1 : n_jobs + 1], name=name, n_machines=n_machines)
    else:
        problem = to_flexible(rows[1:], name=name, n_jobs=n_jobs, n_machines=n_machines)
    return Instance(name=path.stem, layout=layout, problem=problem)


def see_layout(rows: list[Row], *, name: str) -> str:
    """Return the key of LAYOUTS that the rows fit, from the header and all job lines."""
    header = rows[0][1]
    if len(header) == 1:
        return "pfsp_sdst"
    n_jobs, n_machines = _header(rows, name=name)
    jobs = rows[1 : n_jobs + 1]
    pairs = _first_fault(jobs, pairs_fault, n_machines=n_machines)
    alternatives = _first_fault(jobs, alternatives_fault, n_machines=n_machines)
    n_rest = sum(len(values) for _, values in rows[n_jobs + 1 :])
    if alternatives is None and (pairs is not None or len(header) == 3 or n_rest):
        return "fjsp_sdst" if n_rest else "fjsp"
    if pairs is None and not n_rest:
        return "jsp"
    if pairs is None:
        raise InputError(f"{name}: found {n_rest} numbers after the {n_jobs} jobs of a job shop, expected the end.")  # fmt: skip
    known = "\n  ".join(f"{key}: {words}" for key, words in LAYOUTS.items())
    raise InputError(f"{name}: fits no known layout. As a job shop: {pairs}; as a flexible one: {alternatives}. Known are\n  {known}")  # fmt: skip


def _header(rows: list[Row], *, name: str) -> tuple[int, int]:
    number, header = rows[0]
    if (
        len(header) not in {2, 3}
        or np.any(header[:2] != np.floor(header[:2]))
        or min(header[:2]) < 1
    ):
        raise InputError(f"{name}, line {number}: found '{' '.join(map(str, header[:4]))}', expected the number of jobs and of machines (and perhaps the flexibility).")  # fmt: skip
    n_jobs, n_machines = int(header[0]), int(header[1])
    if len(rows) - 1 < n_jobs:
        raise InputError(f"{name}: the header states {n_jobs} jobs, but {len(rows) - 1} lines follow, expected a line a job.")  # fmt: skip
    return n_jobs, n_machines


def _first_fault(rows: list[Row], fault, *, n_machines: int) -> str | None:
    for row in rows:
        found: str | None = fault(row, n_machines=n_machines)
        if found:
            return found
    return None
