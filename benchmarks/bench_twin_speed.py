"""Operation completions a second: the twin against a lean SimPy model.

Two models: M/M/1 at 80 % load, and a job shop of 20 machines with 10 routes of
10 operations, breakdowns of busy machines and 85 % load. Both sides simulate
the same model (not the same draws). One thread; the best of several runs, the
front door included: draws of orders, KPIs. Run: python benchmarks/bench_twin_speed.py
"""

import csv
import math
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import simpy

from zhizao.model.plant import (
    Demand,
    Failure,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
RESULTS = Path(__file__).parent / "results" / "twin_speed.csv"
MTBF_H, MTTR_H = 40.0, 2.0


def model(name):
    """Return (routes as lists of machines, orders an hour and route, mean hours, failures)."""
    if name == "mm1":
        return [[0]], 0.8, 1.0, False
    rng = random.Random(7)
    routes = [rng.sample(range(20), 10) for _ in range(10)]
    visits = [sum(route.count(m) for route in routes) for m in range(20)]
    # 85 % of the busiest machine's time, breakdowns included.
    rate = 0.85 / (max(visits) * 1.0 * (1 + MTTR_H / MTBF_H))
    return routes, rate, 1.0, True


def to_plant(routes, rate, mean_h, fails):
    n = 1 + max(m for route in routes for m in route)
    time_model = TimeModel(per_piece_min=60 * mean_h, distribution="exponential")
    return Plant(
        name="bench",
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(
            Resource(
                id=f"M{m}",
                work_centre="W",
                failure=Failure(mtbf_h=MTBF_H, mttr_h=MTTR_H) if fails else None,
            )
            for m in range(n)
        ),
        products=tuple(Product(id=f"P{i}") for i in range(len(routes))),
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
            for i, route in enumerate(routes)
        ),
        demands=tuple(
            Demand(product=f"P{i}", orders_per_week=rate * 168) for i in range(len(routes))
        ),
    )


def simpy_shop(routes, rate, mean_h, fails, *, hours, seed):
    """Return (operations ended, mean WIP): machines as plain queues and timeouts."""
    rng = random.Random(seed)
    environment = simpy.Environment()
    n = 1 + max(m for route in routes for m in route)
    queues, busy, left = [[] for _ in range(n)], [False] * n, [math.inf] * n
    if fails:
        left = [rng.expovariate(1 / MTBF_H) for _ in range(n)]
    ended, wip, area, changed = 0, 0, 0.0, 0.0

    def count(change):
        nonlocal wip, area, changed
        area += wip * (environment.now - changed)
        changed = environment.now
        wip += change

    def arrivals(route):
        while True:
            yield environment.timeout(rng.expovariate(rate))
            count(+1)
            join(route, 0)

    def join(route, k):
        machine = route[k]
        queues[machine].append((route, k))
        if not busy[machine]:
            start(machine)

    def start(machine):
        busy[machine] = True
        work = rng.expovariate(1 / mean_h)
        delay = work
        while left[machine] < work:
            work -= left[machine]
            delay += rng.expovariate(1 / MTTR_H)
            left[machine] = rng.expovariate(1 / MTBF_H)
        left[machine] -= work
        environment.timeout(delay, machine).callbacks.append(end)

    def end(event):
        nonlocal ended
        ended += 1
        machine = event.value
        route, k = queues[machine].pop(0)
        busy[machine] = False
        if queues[machine]:
            start(machine)
        if k + 1 < len(route):
            join(route, k + 1)
        else:
            count(-1)

    for route in routes:
        environment.process(arrivals(route))
    environment.run(until=hours)
    count(0)
    return ended, area / hours


def measure(name, *, weeks, repeats=3):
    parameters = model(name)
    plant = to_plant(*parameters)
    span = {"start_at": START, "n_replications": 1, "n_threads": 1}
    simulate(plant, [], end_at=START + timedelta(days=1), **span)
    # Operations of a run: those of all completed orders (what is open at the end is left out).
    end_at = START + timedelta(weeks=weeks)
    twin_s, n_twin = math.inf, 0.0
    for seed in range(repeats):
        began = time.perf_counter()
        run = simulate(plant, [], end_at=end_at, seed=seed, **span)
        elapsed = time.perf_counter() - began
        n_twin = run.kpi_samples["throughput_per_week"][0] * weeks * len(parameters[0][0])
        twin_s = min(twin_s, elapsed / n_twin)
    simpy_weeks = max(1, weeks // 5)
    simpy_s = math.inf
    for seed in range(repeats):
        began = time.perf_counter()
        n_simpy, wip = simpy_shop(*parameters, hours=168.0 * simpy_weeks, seed=seed)
        simpy_s = min(simpy_s, (time.perf_counter() - began) / n_simpy)
    return {
        "model": name,
        "operations": round(n_twin),
        "twin_per_s": round(1 / twin_s),
        "simpy_per_s": round(1 / simpy_s),
        "ratio": round(simpy_s / twin_s, 1),
        "twin_wip": round(float(run.kpi_samples["wip_mean"][0]), 2),
        "simpy_wip": round(wip, 2),
    }


def main():
    rows = [measure("mm1", weeks=5200), measure("shop20", weeks=2000)]
    print(*(f"{key:>12}" for key in rows[0]))
    for row in rows:
        print(*(f"{value:>12}" for value in row.values()))
    is_new = not RESULTS.exists()
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["date", *rows[0]])
        if is_new:
            writer.writeheader()
        today = datetime.now(tz=UTC).date().isoformat()
        writer.writerows({"date": today, **row} for row in rows)


if __name__ == "__main__":
    main()
