"""Lines by recursion: equal to the event loop to the last bit, and to a naive version."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model.order import Order
from zhizao.model.plant import (
    Delay,
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    Transport,
    WorkCentre,
)
from zhizao.twin import replication, simulate
from zhizao.twin.kernels.event_loop import simulate_lots
from zhizao.twin.line import is_line, line_departures

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
SPREADS = [
    {"distribution": "constant"},
    {"distribution": "exponential"},
    {"distribution": "lognormal", "cv": 0.7},
    {"distribution": "gamma", "cv": 0.4},
    {"distribution": "weibull", "cv": 1.5},
    {"distribution": "uniform", "cv": 0.5},
    {"distribution": "empirical", "quantiles": (0.0, 0.5, 1.0, 2.5)},
]


@st.composite
def lines(draw):
    """Return a plant that is a line, and orders for it, many of which come at the same instant."""
    n_machines = draw(st.integers(1, 4))
    n_products = draw(st.integers(1, 3))
    delays = [draw(st.sampled_from([0.0, 0.0, 7.5])) for _ in range(n_machines)]
    centres = [draw(st.sampled_from(["A", "B"])) for _ in range(n_machines)]

    def time():
        minutes = draw(st.sampled_from([0.0, 10.0, 33.3]))
        fixed = draw(st.sampled_from([0.0, 5.0]))
        return TimeModel(setup_min=fixed, per_piece_min=minutes, **draw(st.sampled_from(SPREADS)))

    plant = Plant(
        name="line",
        work_centres=(WorkCentre(id="A"), WorkCentre(id="B")),
        resources=tuple(
            Resource(id=f"M{k}", work_centre=c, speed=draw(st.sampled_from([1.0, 1.7])))
            for k, c in enumerate(centres)
        ),
        products=tuple(Product(id=f"P{i}") for i in range(n_products)),
        routings=tuple(
            Routing(
                product=f"P{i}",
                steps=tuple(
                    Step(
                        step=10 * (k + 1) + i,
                        operation="op",
                        resources=(ResourceOption(resource=f"M{k}", speed=1.0 + 0.1 * i),),
                        time=time(),
                        delay=Delay(mean_min=delays[k]),
                    )
                    for k in range(n_machines)
                ),
            )
            for i in range(n_products)
        ),
        transports=(
            Transport(from_work_centre="A", to_work_centre="B", minutes=3.0),
            Transport(from_work_centre="A", to_work_centre="A", minutes=1.0),
        ),
        demands=(Demand(product="P0", orders_per_week=100.0, quantities=(1.0, 4.0)),),
    )
    orders = [
        Order(
            id=f"order {i}",
            product=f"P{draw(st.integers(0, n_products - 1))}",
            quantity=draw(st.sampled_from([1.0, 3.0])),
            release_at=MONDAY + timedelta(minutes=10 * draw(st.integers(-2, 30))),
            due_at=MONDAY + timedelta(days=2),
        )
        for i in range(draw(st.integers(0, 25)))
    ]
    return plant, orders


def run(plant, orders, *, days, warm_up_s=3600.0):
    return simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=2,
        n_threads=1,
        seed=11,
        warm_up_s=warm_up_s,
    )


@settings(max_examples=60, deadline=None)
@given(lines(), st.sampled_from([0.2, 3.0]))
def test_the_recursion_gives_the_event_loops_run_to_the_last_bit(line, days):
    plant, orders = line
    assert is_line(plant, orders)
    found = run(plant, orders, days=days)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replication, "simulate_line", simulate_lots)
        expected = run(plant, orders, days=days)
    np.testing.assert_array_equal(found.completion_s, expected.completion_s)
    assert found.kpi_samples.keys() == expected.kpi_samples.keys()
    for kpi, samples in expected.kpi_samples.items():
        np.testing.assert_array_equal(found.kpi_samples[kpi], samples, err_msg=kpi)


def naive_departures(times, release, places):
    """Return departures by stepping through instants: machines, their buffers, who is blocked."""
    n_lots, n_machines = times.shape
    left = np.full(times.shape, np.nan)
    ends = [None] * n_machines  # (lot, end of service) in each machine
    waiting = [list(range(n_lots)), *([] for _ in range(n_machines - 1))]
    t = 0.0
    while np.isnan(left[:, -1]).any():
        moved = True
        while moved:
            moved = False
            for k in reversed(range(n_machines)):
                if ends[k] and ends[k][1] <= t:
                    has_room = k + 1 == n_machines or ends[k + 1] is None
                    if not has_room:
                        has_room = places[k] is None or len(waiting[k + 1]) < places[k]
                    if has_room:
                        left[ends[k][0], k] = t
                        if k + 1 < n_machines:
                            waiting[k + 1].append(ends[k][0])
                        ends[k], moved = None, True
                if ends[k] is None and waiting[k] and (k > 0 or release[waiting[k][0]] <= t):
                    lot = waiting[k].pop(0)
                    ends[k], moved = (lot, t + times[lot, k]), True
        later = [e[1] for e in ends if e and e[1] > t]
        later += [release[i] for i in waiting[0] if release[i] > t]
        if later:
            t = min(later)
    return left


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 4),
    st.lists(st.sampled_from([None, 0, 1, 3]), min_size=3, max_size=3),
    st.booleans(),
)
def test_departures_with_buffers_are_those_of_a_naive_line(seed, n_machines, places, is_whole):
    rng = np.random.default_rng(seed)
    times = rng.exponential(size=(20, n_machines))
    release = np.sort(rng.exponential(10.0, size=20))
    if is_whole:  # many events at the same instant
        times, release = np.ceil(times), np.ceil(release)
    found = line_departures(times, release, buffer_lots=places[: n_machines - 1])
    np.testing.assert_array_equal(found, naive_departures(times, release, places))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_more_places_never_make_a_lot_leave_later(seed, place):
    times = np.random.default_rng(seed).exponential(size=(30, 4))
    few = line_departures(times, buffer_lots=[place] * 3)
    more = line_departures(times, buffer_lots=[place, place + 1, place])
    assert (more <= few).all()
