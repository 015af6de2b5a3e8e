"""Plans that weigh electricity: what they say it costs is what it costs, hour by hour."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from zhizao._base.errors import InputError
from zhizao.kpi import energy_by_resource
from zhizao.model import (
    Order,
    Plant,
    Power,
    Product,
    Records,
    Resource,
    ResourceOption,
    Routing,
    Step,
    Tariff,
    TariffPeriod,
    TimeModel,
    WorkCentre,
)
from zhizao.schedule import Stop, check_assignment, read_objective, schedule
from zhizao.schedule.costs import costs_of
from zhizao.schedule.electricity import electricity_of
from zhizao.schedule.factory.factory_bound import alone_bound
from zhizao.schedule.factory.solve_factory import solve_factory
from zhizao.schedule.problem import NONE, WORKS_OVERTIME, Energy, Problem

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))

from random_factory import random_factory

AIMS = ("energy_cost", "carbon", "tardiness + 0.1 * energy_cost", "lead_time > energy_cost")
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def with_energy(problem, rng, *, lowest=0.0):
    """Give machines powers, and hours prices."""
    n = problem.n_machines
    kw = np.sort(rng.integers(0, 6, size=(3, n)), axis=0).astype(float)
    start = np.unique(np.append(0, rng.integers(1, 80, size=6)))
    energy = Energy(
        busy_kw=kw[2],
        setup_kw=kw[1],
        idle_kw=kw[0],
        off_kw=rng.integers(0, 2, size=n) * kw[0],
        start=start,
        price=rng.integers(lowest, 9, size=len(start)).astype(float),
        carbon_kg=rng.random(len(start)),
        ticks_per_hour=4.0,
    )
    setups = problem.setups and replace(problem.setups, needs_lot=True)
    return replace(problem, energy=energy, setups=setups)


def tick_by_tick(problem, plan, rate):
    """What the electricity of a plan costs beyond idling, one tick after another."""
    energy, calendars = problem.energy, problem.calendars
    total = 0.0
    for i in range(problem.n_operations):
        m = int(problem.mode_machine[plan.mode[i]])
        if m == NONE or plan.batch[i] != i:
            continue
        k = NONE if calendars is None else int(calendars.of_machine[m])
        works_on = calendars is not None and calendars.interruption[i] == WORKS_OVERTIME
        for t in range(int(plan.begin[i]), int(min(plan.hold[i], plan.end[i]))):
            if t < 0:
                continue
            power = energy.busy_kw[m] if t >= plan.start[i] else energy.setup_kw[m]
            step = int((energy.start <= t).sum()) - 1
            spans = [] if k == NONE else range(calendars.first[k], calendars.first[k + 1])
            is_open = k == NONE or any(calendars.start[a] <= t < calendars.end[a] for a in spans)
            if is_open:
                total += rate[step] * (power - energy.idle_kw[m])
            elif works_on:
                total += rate[step] * (power - energy.off_kw[m])
    return total / energy.ticks_per_hour


@example(seed=36379, aims="energy_cost")
@example(seed=74606, aims="energy_cost")
@given(seed=st.integers(0, 2**32 - 1), aims=st.sampled_from(AIMS))
@settings(max_examples=40, deadline=None)
def test_a_plan_costs_what_its_electricity_costs_tick_by_tick(seed, aims):
    problem = with_energy(random_factory(seed), np.random.default_rng(seed), lowest=-1)
    costs = costs_of(problem, read_objective(aims), ticks_per_hour=1.0)
    found = solve_factory(
        problem,
        costs=costs,
        stop=Stop(iterations=300),
        seed=seed % 1000,
        bound=alone_bound(problem, costs),
    )
    plan = found.assignment
    assert check_assignment(problem, plan) == []
    spent = electricity_of(problem, plan)
    rates = {"energy_cost": problem.energy.price, "carbon": problem.energy.carbon_kg}
    for name, rate in rates.items():
        assert spent[name] == pytest.approx(tick_by_tick(problem, plan, rate), abs=1e-9)
    completion = plan.end[problem.job_first[1:] - 1]
    total = (costs.tardy * np.maximum(0, completion - problem.due)).sum()
    total += (costs.flow * np.maximum(0, completion - problem.release)).sum()
    total += tick_by_tick(problem, plan, costs.per_kwh)
    assert found.objective == pytest.approx(total)
    assert found.bound <= found.objective + 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_small_plans_wait_for_cheap_hours_as_the_best_plan_does(seed):
    rng = np.random.default_rng(seed)
    n = 4
    problem = with_energy(
        Problem(
            n_machines=2,
            job_first=np.arange(0, 2 * n + 1, 2),
            release=rng.integers(0, 10, size=n),
            due=rng.integers(15, 60, size=n),
            weight=np.ones(n),
            mode_first=np.arange(2 * n + 1),
            mode_machine=np.tile([0, 1], n).astype(np.int32),
            mode_duration=rng.integers(1, 12, size=2 * n),
        ),
        rng,
    )
    costs = costs_of(problem, read_objective("tardiness + energy_cost"), ticks_per_hour=1.0)
    found = min(
        solve_factory(problem, costs=costs, stop=Stop(iterations=60_000), seed=a).objective
        for a in range(1, 4)
    )
    assert found == pytest.approx(best_cost(problem, costs))


def best_cost(problem, costs):
    """The least cost, by constraint programming over all starts."""
    horizon, energy = 140, problem.energy
    model = cp_model.CpModel()
    spent, ends, intervals = [], [], {0: [], 1: []}
    for i, ticks in enumerate(problem.mode_duration.tolist()):
        m = int(problem.mode_machine[i])
        power = energy.busy_kw[m] - energy.idle_kw[m]
        steps = np.searchsorted(energy.start, np.arange(horizon + 20), side="right") - 1
        until = np.concatenate([[0.0], np.cumsum(costs.per_kwh[steps] * power)])
        table = [round(until[t + ticks] - until[t]) for t in range(horizon)]
        start = model.new_int_var(0, horizon - 1, "")
        cost = model.new_int_var(min(table), max(table), "")
        model.add_element(start, table, cost)
        intervals[m].append(model.new_fixed_size_interval_var(start, ticks, ""))
        if i % 2 == 0:
            model.add(start >= int(problem.release[i // 2]))
        else:
            model.add(start >= ends[-1])
        spent.append(cost)
        ends.append(start + ticks)
    for its in intervals.values():
        model.add_no_overlap(its)
    for j, due in enumerate(problem.due.tolist()):
        late = model.new_int_var(0, 2 * horizon, "")
        model.add(late >= ends[2 * j + 1] - due)
        spent.append(late * int(energy.ticks_per_hour))
    model.minimize(sum(spent))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return solver.objective_value / energy.ticks_per_hour


def small_plant(**changes):
    """A furnace that costs little at night, and a bench."""
    night = TariffPeriod(start="22:00", end="06:00", price_per_kwh=0.25)
    heat = Step(
        step=10,
        operation="heat",
        resources=(ResourceOption(resource="furnace"),),
        time=TimeModel(per_piece_min=60.0),
    )
    furnace = Resource(id="furnace", work_centre="W", power=Power(busy_kw=100.0, idle_kw=20.0))
    plant = Plant(
        name="small",
        work_centres=(WorkCentre(id="W"),),
        resources=(furnace,),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(heat,)),),
        tariffs=(Tariff(id="two", price_per_kwh=1.0, periods=(night,)),),
        tariff="two",
    )
    return plant.model_copy(update=changes)


ORDERS = [
    Order(id=f"O{i}", product="P", quantity=2, due_at=MONDAY + timedelta(hours=32 + 2 * i))
    for i in range(4)
]


def test_a_furnace_waits_for_the_night_where_no_order_gets_late():
    at = MONDAY + timedelta(hours=6)
    found = {
        aims: schedule(
            small_plant(), ORDERS, now=at, objective=aims, seconds=None, iterations=2000, threads=1
        )
        for aims in ("tardiness > lead_time", "tardiness > energy_cost")
    }
    soon, cheap = found.values()
    assert soon.values["tardiness"] == cheap.values["tardiness"] == 0.0
    # Eight hours of 80 kW beyond idling: by day, and at a quarter of the price.
    assert soon.values["energy_cost"] == pytest.approx(640.0)
    assert cheap.values["energy_cost"] == pytest.approx(160.0)
    assert cheap.values["energy_kwh"] == pytest.approx(640.0)
    assert "carbon" not in cheap.values
    assert all(a.start_at.hour >= 22 or a.start_at.hour < 6 for a in cheap.assignments)


def test_the_plan_saves_what_the_indicators_of_its_records_save():
    at = MONDAY + timedelta(hours=6)
    end_at = MONDAY + timedelta(days=3)
    spent, planned = [], []
    for aims in ("tardiness > lead_time", "tardiness > energy_cost"):
        plan = schedule(
            small_plant(), ORDERS, now=at, objective=aims, seconds=None, iterations=2000, threads=1
        )
        used = energy_by_resource(records_of(plan), plant=small_plant(), start_at=at, end_at=end_at)
        spent.append(used["energy_cost"].sum())
        planned.append(plan.values["energy_cost"])
    assert spent[0] - spent[1] == pytest.approx(planned[0] - planned[1])


def records_of(plan):
    """A plan as if it had happened so."""
    return Records.from_columns(
        pl.DataFrame(
            [
                {
                    "order_id": a.order_id,
                    "operation": a.operation,
                    "resource": a.resource,
                    "start_at": a.start_at,
                    "end_at": a.end_at,
                }
                for a in plan.assignments
            ]
        )
    )


@pytest.mark.parametrize(
    ("changes", "aims", "what"),
    [
        ({"tariff": None}, "energy_cost", "price of electricity is not known"),
        ({}, "tardiness > carbon", "carbon factor of electricity is not known"),
        (
            {"resources": (Resource(id="furnace", work_centre="W"),)},
            "energy_cost",
            "no resource has a power",
        ),
    ],
)
def test_electricity_that_is_not_known_cannot_be_weighed(changes, aims, what):
    with pytest.raises(InputError, match=what):
        schedule(small_plant(**changes), ORDERS, now=MONDAY, objective=aims, iterations=1)


def test_what_is_not_weighed_is_still_stated():
    plan = schedule(small_plant(), ORDERS, now=MONDAY, seconds=None, iterations=10)
    assert plan.values["energy_kwh"] == pytest.approx(640.0)
    assert not any("tariff" in w or "busy_kw" in w for w in plan.warnings)
