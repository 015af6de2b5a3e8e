"""The engine's speed beside C and SimPy, in one run; threads, starts, pairing, lines.

    python benchmarks/bench_engine.py [--jobs 200000] [--only PART ...]
                                      [--repeats 3] [--no-save]

Cases: ``mm1``, M/M/1 at 85 % load; ``shop20``, 20 machines, 10 routes of 10 operations, each
machine on 5 of them, exponential times, breakdowns of busy machines, every machine at 85 % load;
``line10``, 10 exponential machines in a row at 85 %. All programs simulate the same model with
their own draws. What runs on one core is timed in CPU seconds, the least of several repeats, since
other programs may share the machine; threads and starts are timed by the wall clock, also the
least. The twin's *kernel* is its event loop alone, *all* is the call of ``simulate``: checks,
tables, drawn orders, KPIs. The rows are appended to ``benchmarks/results/engine.csv``.
"""

import argparse
import csv
import math
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import simpy

from zhizao.model.plant import (
    Batch,
    Demand,
    Failure,
    Operator,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import replication, simulate
from zhizao.twin.kernels.codes import N_OPERATIONS
from zhizao.twin.kernels.event_loop import simulate_lots
from zhizao.twin.line import is_line, simulate_line
from zhizao.twin.statistics import paired_interval

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "engine.csv"
COLUMNS = ("date", "cores", "python", "case", "what", "value", "unit", "note")
START = datetime(2024, 1, 1, tzinfo=UTC)
MTBF_H, MTTR_H, LOAD = 40.0, 2.0, 0.85


@dataclass(frozen=True, kw_only=True)
class Case:
    """Routes as machine numbers; orders an hour of each route; all times have mean 1 h."""

    name: str
    routes: list[list[int]]
    rate: float
    fails: bool

    @property
    def n_machines(self):
        return 1 + max(m for route in self.routes for m in route)

    def hours(self, n_jobs):
        return n_jobs / (self.rate * len(self.routes))


def cases():
    rng = random.Random(7)
    routes = []
    for _ in range(5):  # each machine once in each pair of routes
        machines = rng.sample(range(20), 20)
        routes += [machines[:10], machines[10:]]
    shop = Case(name="shop20", routes=routes, rate=LOAD / (5 * (1 + MTTR_H / MTBF_H)), fails=True)
    line = Case(name="line10", routes=[list(range(10))], rate=LOAD, fails=False)
    return Case(name="mm1", routes=[[0]], rate=LOAD, fails=False), shop, line


def to_plant(case, *, speed=1.0):
    time_model = TimeModel(per_piece_min=60.0, distribution="exponential")
    failure = Failure(mtbf_h=MTBF_H, mttr_h=MTTR_H) if case.fails else None
    return Plant(
        name=case.name,
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(
            Resource(id=f"M{m}", work_centre="W", speed=speed, failure=failure)
            for m in range(case.n_machines)
        ),
        products=tuple(Product(id=f"P{i}") for i in range(len(case.routes))),
        routings=tuple(
            Routing(
                product=f"P{i}",
                steps=tuple(
                    Step(
                        step=k + 1,
                        operation="op",
                        resources=(ResourceOption(resource=f"M{m}"),),
                        time=time_model,
                    )
                    for k, m in enumerate(route)
                ),
            )
            for i, route in enumerate(case.routes)
        ),
        demands=tuple(
            Demand(product=f"P{i}", orders_per_week=case.rate * 168)
            for i in range(len(case.routes))
        ),
    )


def run_twin(case, n_jobs, *, seed=1, n_replications=1, n_threads=1, speed=1.0):
    return simulate(
        to_plant(case, speed=speed),
        [],
        start_at=START,
        end_at=START + timedelta(hours=case.hours(n_jobs)),
        seed=seed,
        n_replications=n_replications,
        n_threads=n_threads,
    )


@contextmanager
def kernel_clock(kernel):
    """Let ``kernel`` run all replications, and add up its CPU seconds and operations."""
    before = replication.simulate_lots, replication.simulate_line
    spent = {"s": 0.0, "operations": 0}

    def timed(floor, shop):
        began = time.thread_time()
        status = kernel(floor, shop)
        spent["s"] += time.thread_time() - began
        spent["operations"] += int(shop.counters[N_OPERATIONS])
        return status

    replication.simulate_lots = replication.simulate_line = timed
    try:
        yield spent
    finally:
        replication.simulate_lots, replication.simulate_line = before


def time_twin(case, n_jobs, *, repeats, kernel=simulate_lots):
    """Return operations a CPU second of the kernel and of all, and the last run.

    The kernel is the event loop even where the order of lots is known in advance.
    """
    run_twin(case, 100)
    kernel_s = all_s = math.inf
    for seed in range(repeats):
        with kernel_clock(kernel) as spent:
            began = time.process_time()
            run = run_twin(case, n_jobs, seed=seed)
            elapsed = time.process_time() - began
        kernel_s = min(kernel_s, spent["s"] / spent["operations"])
        all_s = min(all_s, elapsed / spent["operations"])
    return 1 / kernel_s, 1 / all_s, run


def c_program(folder):
    """Return the C program, compiled into a folder; None without cc."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program = Path(folder) / "shop"
    if not program.exists():
        source = str(HERE / "c" / "shop.c")
        subprocess.run([compiler, "-O3", "-o", str(program), source, "-lm"], check=True)
    return program


def run_c(program, case, n_jobs, *, seed):
    """Return operations a CPU second of the C program and its mean lead time."""
    failures = (MTBF_H, MTTR_H) if case.fails else (0, 0)
    numbers = (n_jobs, case.rate, 1, *failures, len(case.routes), len(case.routes[0]), seed)
    found = subprocess.run(
        [str(program), *map(str, numbers)],
        input=" ".join(str(m) for route in case.routes for m in route),
        text=True,
        capture_output=True,
        check=True,
    ).stdout.split()
    return int(found[0]) / float(found[1]), float(found[2])


def time_c(case, n_jobs, *, repeats, folder):
    """Return operations a CPU second of the C program and its mean lead time; None without cc."""
    program = c_program(folder)
    if program is None:
        return None
    best, lead = 0.0, 0.0
    for seed in range(repeats):
        speed, lead = run_c(program, case, n_jobs, seed=seed)
        best = max(best, speed)
    return best, lead


def work_with_breakdowns(rng, left, machine):
    """Return how long a draw of work takes with breakdowns; ``left``: work to the next one."""
    work = rng.expovariate(1.0)
    delay = work
    while left[machine] < work:
        work -= left[machine]
        delay += rng.expovariate(1 / MTTR_H)
        left[machine] = rng.expovariate(1 / MTBF_H)
    left[machine] -= work
    return delay


def first_failures(case, rng):
    n = case.n_machines
    return [rng.expovariate(1 / MTBF_H) for _ in range(n)] if case.fails else [math.inf] * n


def simpy_lean(case, hours, seed):
    """Return (operations, mean lead): machines as plain queues, one timeout an operation."""
    rng = random.Random(seed)
    environment = simpy.Environment()
    queues = [deque() for _ in range(case.n_machines)]
    busy = [False] * case.n_machines
    left = first_failures(case, rng)
    ended, leads = 0, []

    def arrivals(route):
        while True:
            yield environment.timeout(rng.expovariate(case.rate))
            join(route, 0, environment.now)

    def join(route, k, entered):
        queues[route[k]].append((route, k, entered))
        if not busy[route[k]]:
            start(route[k])

    def start(machine):
        busy[machine] = True
        delay = work_with_breakdowns(rng, left, machine)
        environment.timeout(delay, machine).callbacks.append(end)

    def end(event):
        nonlocal ended
        ended += 1
        route, k, entered = queues[event.value].popleft()
        busy[event.value] = False
        if queues[event.value]:
            start(event.value)
        if k + 1 < len(route):
            join(route, k + 1, entered)
        else:
            leads.append(environment.now - entered)

    for route in case.routes:
        environment.process(arrivals(route))
    environment.run(until=hours)
    return ended, float(np.mean(leads))


def simpy_idiomatic(case, hours, seed):
    """Return (operations, mean lead): a process for each job, a Resource for each machine."""
    rng = random.Random(seed)
    environment = simpy.Environment()
    machines = [simpy.Resource(environment) for _ in range(case.n_machines)]
    left = first_failures(case, rng)
    ended, leads = 0, []

    def job(route):
        nonlocal ended
        entered = environment.now
        for machine in route:
            with machines[machine].request() as request:
                yield request
                yield environment.timeout(work_with_breakdowns(rng, left, machine))
            ended += 1
        leads.append(environment.now - entered)

    def arrivals(route):
        while True:
            yield environment.timeout(rng.expovariate(case.rate))
            environment.process(job(route))

    for route in case.routes:
        environment.process(arrivals(route))
    environment.run(until=hours)
    return ended, float(np.mean(leads))


def time_simpy(model, case, n_jobs, *, repeats):
    best = 0.0
    for seed in range(repeats):
        began = time.process_time()
        operations, lead = model(case, case.hours(n_jobs), seed)
        best = max(best, operations / (time.process_time() - began))
    return best, lead


def speed(n_jobs, repeats):
    mm1, shop, _ = cases()
    with tempfile.TemporaryDirectory() as folder:
        for case, n in ((mm1, 10 * n_jobs), (shop, n_jobs)):
            kernel, whole, run = time_twin(case, n, repeats=repeats)
            found = {
                "twin, kernel": (kernel, run.kpi_samples["lead_time_mean_h"][0]),
                "twin, all": (whole, run.kpi_samples["lead_time_mean_h"][0]),
                "C -O3": time_c(case, n, repeats=repeats, folder=folder),
                "SimPy lean": time_simpy(simpy_lean, case, n // 20, repeats=repeats),
                "SimPy idiomatic": time_simpy(simpy_idiomatic, case, n // 20, repeats=repeats),
            }
            for program, result in found.items():
                if result is None:
                    yield case.name, program, math.nan, "operations/s", "no C compiler"
                    continue
                note = f"kernel is {kernel / result[0]:.2f} x this; mean lead {result[1]:.1f} h"
                yield case.name, program, result[0], "operations/s", note


def semantics_plant():
    """Ten stations of two machines in a row: setups, operators, ovens, limited buffers.

    Three products of different families; every second station needs a welder, of whom there are
    16 for 10 machines and the changes of setup; stations 4 and 8 are ovens for 2 to 4 lots, or
    fewer after 2 h; 6 places in front of each station after the first, which blocks the one
    before. About 80 % load.
    """
    n = 10
    ovens = {3, 7}
    hours = TimeModel(per_piece_min=60.0, distribution="lognormal", cv=0.5)
    oven = TimeModel(setup_min=150.0, distribution="lognormal", cv=0.2)
    steps = tuple(
        Step(
            step=k + 1,
            operation=f"op{k}",
            resources=tuple(ResourceOption(resource=f"M{k}.{j}") for j in range(2)),
            time=oven if k in ovens else hours,
            skills=("weld",) if k % 2 == 0 else (),
            batch=Batch(min_pieces=2, max_pieces=4, group=f"oven{k}", max_wait_min=120.0)
            if k in ovens
            else None,
        )
        for k in range(n)
    )
    changes = tuple(
        Setup(
            work_centre=f"W{k}",
            from_family=f"F{a}",
            to_family=f"F{b}",
            setup_min=6.0 + 2.0 * abs(a - b),
        )
        for k in range(n)
        if k not in ovens
        for a in range(3)
        for b in range(3)
        if a != b
    )
    return Plant(
        name="semantics",
        work_centres=tuple(
            WorkCentre(
                id=f"W{k}",
                buffer_lots=6 if k else None,
                dispatch="fifo" if k in ovens else "same_setup",
            )
            for k in range(n)
        ),
        resources=tuple(
            Resource(
                id=f"M{k}.{j}",
                work_centre=f"W{k}",
                setup_skill=None if k in ovens else "weld",
                failure=Failure(mtbf_h=200.0, mttr_h=2.0),
            )
            for k in range(n)
            for j in range(2)
        ),
        operators=(Operator(id="crew", count=16, skills=("weld",)),),
        products=tuple(Product(id=f"P{i}", family=f"F{i}") for i in range(3)),
        routings=tuple(Routing(product=f"P{i}", steps=steps) for i in range(3)),
        setups=changes,
        demands=tuple(Demand(product=f"P{i}", orders_per_week=0.47 * 168) for i in range(3)),
    )


def semantics(n_jobs, repeats):
    """Setups, operators, batches and blocking, all on: operations a CPU second."""
    plant = semantics_plant()

    def run(jobs, seed):
        end_at = START + timedelta(hours=jobs / 1.41)
        return simulate(
            plant, [], start_at=START, end_at=end_at, seed=seed, n_replications=1, n_threads=1
        )

    run(100, 0)
    best = math.inf
    for seed in range(repeats):
        with kernel_clock(simulate_lots) as spent:
            found = run(n_jobs // 2, seed)
        best = min(best, spent["s"] / spent["operations"])
    kpis = {kpi: samples[0] for kpi, samples in found.kpi_samples.items()}
    busiest = max(v for k, v in kpis.items() if k.startswith("utilisation"))
    note = f"mean lead {kpis['lead_time_mean_h']:.1f} h, busiest machine {busiest:.0%}; {found.warnings}"
    yield "features", "twin, kernel, all features on", 1 / best, "operations/s", note


def threads(n_jobs, repeats):
    """Four replications on one thread, then on two, and the same of processes of the C program.

    The C program shares nothing between its processes: its ratio is what the machine gives.
    """
    _, shop, _ = cases()
    run_twin(shop, 100)
    wall = {}

    def clock(what, run):
        began = time.perf_counter()
        run()
        wall[what] = min(wall.get(what, math.inf), time.perf_counter() - began)

    with tempfile.TemporaryDirectory() as folder:
        program = c_program(folder)

        def c_runs(n):
            with ThreadPoolExecutor(n) as pool:
                list(pool.map(lambda seed: run_c(program, shop, 2 * n_jobs, seed=seed), range(4)))

        for _ in range(repeats):
            for n in (1, 2):
                clock(
                    ("twin", n),
                    lambda n=n: run_twin(shop, n_jobs, n_replications=4, n_threads=n),
                )
                if program is not None:
                    clock(("C", n), lambda n=n: c_runs(n))
    busy = f"4 replications; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    yield shop.name, "2 threads against 1", wall["twin", 1] / wall["twin", 2], "x", busy
    if program is not None:
        ratio = wall["C", 1] / wall["C", 2]
        yield (
            shop.name,
            "C -O3, 2 processes against 1",
            ratio,
            "x",
            f"what the machine gives; {busy}",
        )


def starts(n_jobs, repeats):
    """From the start of a process to the first result of a small run of the event loop."""
    del n_jobs
    code = (
        "from datetime import UTC, datetime, timedelta\n"
        "from zhizao.model.plant import (Demand, Plant, Product, Resource, ResourceOption,"
        " Routing, Step, TimeModel, WorkCentre)\n"
        "from zhizao.twin import simulate\n"
        "step = Step(step=1, operation='o', resources=(ResourceOption(resource='M'),),"
        " time=TimeModel(per_piece_min=60.0, distribution='exponential'))\n"
        "plant = Plant(name='p', work_centres=(WorkCentre(id='W'),),"
        " resources=(Resource(id='M', work_centre='W', capacity=2),), products=(Product(id='P'),),"
        " routings=(Routing(product='P', steps=(step,)),),"
        " demands=(Demand(product='P', orders_per_week=100.0),))\n"
        "start = datetime(2024, 1, 1, tzinfo=UTC)\n"
        "run = simulate(plant, [], start_at=start, end_at=start + timedelta(days=30))\n"
        "assert run.estimate('wip_mean').mean > 0\n"
    )

    def first_result(cache, text=code):
        """Return wall and CPU seconds."""
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        subprocess.run([sys.executable, "-c", text], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return time.perf_counter() - began, cpu

    with tempfile.TemporaryDirectory() as cache:
        found = {"cold, compiling": first_result(cache)}
        for what, text in (
            ("warm", code),
            ("warm, imports of the twin alone", "import zhizao.twin"),
            ("warm, import of numba alone", "import numba"),
            ("warm, import of scipy.stats alone", "import scipy.stats"),
        ):
            found[what] = min(first_result(cache, text) for _ in range(max(3, repeats)))
    busy = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    for what, (wall, cpu) in found.items():
        yield "start", what, wall, "s", f"CPU {cpu:.2f} s; {busy}"


def memory(n_jobs, repeats):
    """Peak memory of a process that simulates ever more lots of an M/M/2 at 85 % load."""
    del repeats
    code = (
        "import resource, sys, time\n"
        "from datetime import UTC, datetime, timedelta\n"
        "from zhizao.model.plant import (Demand, Plant, Product, Resource, ResourceOption,"
        " Routing, Step, TimeModel, WorkCentre)\n"
        "from zhizao.twin import simulate\n"
        "step = Step(step=1, operation='o', resources=(ResourceOption(resource='M'),),"
        " time=TimeModel(per_piece_min=60.0, distribution='exponential'))\n"
        "plant = Plant(name='p', work_centres=(WorkCentre(id='W'),),"
        " resources=(Resource(id='M', work_centre='W', capacity=2),), products=(Product(id='P'),),"
        " routings=(Routing(product='P', steps=(step,)),),"
        " demands=(Demand(product='P', orders_per_week=1.7 * 168),))\n"
        "start = datetime(2, 1, 1, tzinfo=UTC)\n"
        "began = time.process_time()\n"
        "run = simulate(plant, [], start_at=start, n_replications=1,"
        " end_at=start + timedelta(hours=int(sys.argv[1]) / 1.7))\n"
        "print(run.estimate('throughput_per_week').mean, time.process_time() - began,"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    for n in (n_jobs // 20, 50 * n_jobs):
        found = subprocess.run(
            [sys.executable, "-c", code, str(n)], capture_output=True, check=True, text=True
        ).stdout.split()
        weekly, cpu_s, peak = map(float, found)
        note = f"{weekly * n / 1.7 / 168:,.0f} lots completed, {cpu_s:.1f} s CPU"
        yield "mm2", f"peak memory, {n:,} lots", peak, "MiB", note


def pairs(n_jobs, repeats):
    """Machines 3 % faster on the same draws: how much less the difference varies."""
    del repeats
    _, shop, _ = cases()
    n = 40
    for jobs in (n_jobs // 100, n_jobs // 10):
        base, fast = (
            run_twin(shop, jobs, n_replications=n, n_threads=2, speed=s).kpi_samples
            for s in (1.0, 1.03)
        )
        for kpi in ("lead_time_mean_h", "wip_mean", "throughput_per_week"):
            found = paired_interval(base[kpi], fast[kpi])
            ratio = math.nan if found.variance_ratio is None else found.variance_ratio
            note = f"{kpi}, {n} pairs of {jobs:,} jobs; difference {found.difference.mean:.3g}"
            yield shop.name, "variance unpaired/paired, 3 % faster", ratio, "x", note


def line(n_jobs, repeats):
    """The recursion against the event loop on the same draws; the results must be equal."""
    *_, case = cases()
    assert is_line(to_plant(case), [])
    loop, loop_all, by_loop = time_twin(case, n_jobs, repeats=repeats)
    recursion, recursion_all, by_line = time_twin(
        case, n_jobs, repeats=repeats, kernel=simulate_line
    )
    for kpi, samples in by_loop.kpi_samples.items():
        assert np.array_equal(samples, by_line.kpi_samples[kpi], equal_nan=True), kpi
    yield case.name, "twin, kernel", loop, "operations/s", "event loop"
    yield case.name, "line, kernel", recursion, "operations/s", f"{recursion / loop:.2f} x the loop"
    note = f"{recursion_all / loop_all:.2f} x the loop, front door included"
    yield case.name, "line, all", recursion_all, "operations/s", note


PARTS = {
    "speed": speed,
    "semantics": semantics,
    "threads": threads,
    "memory": memory,
    "starts": starts,
    "pairs": pairs,
    "line": line,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=200_000)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-save", action="store_true")
    arguments = parser.parse_args()
    today = datetime.now(tz=UTC).date().isoformat()
    lines = []
    for part in arguments.only:
        for case, what, value, unit, note in PARTS[part](arguments.jobs, arguments.repeats):
            shown = f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"
            print(f"{case:8}{what:38}{shown:>14} {unit:14}{note}", flush=True)
            head = (today, os.cpu_count(), platform.python_version())
            lines.append((*head, case, what, f"{value:.6g}", unit, note))
    if not arguments.no_save:
        is_new = not RESULTS.exists()
        RESULTS.parent.mkdir(exist_ok=True)
        with RESULTS.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(COLUMNS)
            writer.writerows(lines)


if __name__ == "__main__":
    main()
