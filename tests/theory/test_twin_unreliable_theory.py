"""Unreliable machines against Markov chains; tolerance: 4 standard errors, fixed seeds."""

import itertools
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.model import (
    Demand,
    Failure,
    Operator,
    Plant,
    Power,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
HOURS_PER_WEEK = 168.0


def run(plant, *, days, n=12, warm_up_days=20, seed=5):
    return simulate(
        plant,
        [],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=n,
        warm_up_s=warm_up_days * 86400.0,
        seed=seed,
    )


def assert_near(samples, expected):
    error = samples.std(ddof=1) / math.sqrt(samples.size)
    assert abs(samples.mean() - expected) < 4 * error
    assert error < 0.02 * expected  # the check has power


def machines_down(n_machines, n_crew, *, failure_rate, repair_rate):
    """Return the mean number of machines down (Palm 1947; Feller 1968, XVII.6)."""
    weights = [1.0]
    for k in range(n_machines):
        weights.append(
            weights[-1] * (n_machines - k) * failure_rate / (min(k + 1, n_crew) * repair_rate)
        )
    return sum(k * w for k, w in enumerate(weights)) / sum(weights)


@pytest.mark.parametrize(("n_machines", "n_crew"), [(4, 1), (6, 2), (3, 3)])
def test_machines_wait_for_the_crew_that_repairs_them(n_machines, n_crew):
    """Machine repair: the hours down are counted by a meter that runs only then."""
    plant = Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(
            Resource(
                id=f"M{i}",
                work_centre="W",
                failure=Failure(mtbf_h=5.0, mttr_h=2.0, basis="calendar"),
                repair_skill="fix",
                power=Power(busy_kw=0.0, off_kw=1.0),
            )
            for i in range(n_machines)
        ),
        operators=(Operator(id="o", skills=("fix",), count=n_crew),),
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=(Step(step=1, operation="x", resources=(ResourceOption(resource="M0"),)),),
            ),
        ),
    )
    found = run(plant, days=1000)
    expected = machines_down(n_machines, n_crew, failure_rate=1 / 5.0, repair_rate=1 / 2.0)
    assert_near(found.kpi_samples["energy_kwh_per_week"] / HOURS_PER_WEEK, expected)


def line_throughput(work, fail, repair, places):
    """Return the throughput of two exponential machines that fail while they work.

    The first is never without work and is blocked after service. States: each
    machine up or down, and lots past the first one; the balance equations are
    solved as they are (Buzacott 1967; Gershwin and Berman 1981 for the model).
    """
    most = places + 2
    states = list(itertools.product((0, 1), (0, 1), range(most + 1)))
    number = {s: i for i, s in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for (first, second, n), i in number.items():
        moves = []
        if first and n < most:
            moves += [((first, second, n + 1), work[0]), ((0, second, n), fail[0])]
        if not first:
            moves.append(((1, second, n), repair[0]))
        if second and n:
            moves += [((first, second, n - 1), work[1]), ((first, 0, n), fail[1])]
        if not second:
            moves.append(((first, 1, n), repair[1]))
        for state, rate in moves:
            rates[i, number[state]] += rate
            rates[i, i] -= rate
    equations = np.vstack([rates.T, np.ones(len(states))])
    right = np.append(np.zeros(len(states)), 1.0)
    share = np.linalg.lstsq(equations, right, rcond=None)[0]
    return work[1] * sum(share[i] for (_, second, n), i in number.items() if second and n)


@pytest.mark.parametrize("places", [0, 2, 6])
@pytest.mark.parametrize("crew", [None, "fix"])
def test_two_unreliable_machines_with_a_buffer(places, crew):
    """As fast as its Markov chain; a crew that is always there changes nothing."""
    work, fail, repair = (1.0, 1.25), (0.1, 0.2), (0.5, 0.4)
    plant = Plant(
        name="line",
        work_centres=(WorkCentre(id="W0"), WorkCentre(id="W1", buffer_lots=places)),
        resources=tuple(
            Resource(
                id=f"M{i}",
                work_centre=f"W{i}",
                failure=Failure(mtbf_h=1 / fail[i], mttr_h=1 / repair[i]),
                repair_skill=crew,
            )
            for i in range(2)
        ),
        operators=(Operator(id="o", skills=("fix",), count=2),),
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=tuple(
                    Step(
                        step=i + 1,
                        operation="x",
                        resources=(ResourceOption(resource=f"M{i}"),),
                        time=TimeModel(setup_min=60.0 / work[i], distribution="exponential", cv=1),
                    )
                    for i in range(2)
                ),
            ),
        ),
        demands=(Demand(product="P", orders_per_week=1.1 * HOURS_PER_WEEK),),
    )
    found = run(plant, days=400)
    expected = line_throughput(work, fail, repair, places)
    assert_near(found.kpi_samples["throughput_per_week"] / HOURS_PER_WEEK, expected)
