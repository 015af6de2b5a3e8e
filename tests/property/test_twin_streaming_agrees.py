"""Lot streaming: against batches that are followed one by one, and the formula of a line."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.kpi import busy_hours
from zhizao.model import (
    Batch,
    Operator,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Step,
    TimeModel,
    Transport,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(days=60)}


def flow_shop(minutes, transfers, *, setup_min=0.0, transport_min=0.0, **fields):
    """Return products 0 … n - 1 that visit M0, M1, … in order; minutes[product][machine]."""
    n_machines = len(minutes[0])
    return Plant(
        name="p",
        work_centres=tuple(WorkCentre(id=f"W{i}") for i in range(n_machines)),
        resources=tuple(Resource(id=f"M{i}", work_centre=f"W{i}") for i in range(n_machines)),
        products=tuple(Product(id=f"P{j}") for j in range(len(minutes))),
        transports=tuple(
            Transport(from_work_centre=f"W{a}", to_work_centre=f"W{b}", minutes=transport_min)
            for a, b in pairwise(range(n_machines))
        ),
        routings=tuple(
            Routing(
                product=f"P{j}",
                steps=tuple(
                    Step(
                        step=i + 1,
                        operation="x",
                        resources=(ResourceOption(resource=f"M{i}"),),
                        time=TimeModel(setup_min=setup_min, per_piece_min=each),
                        transfer_pieces=transfers[i],
                        **fields,
                    )
                    for i, each in enumerate(row)
                ),
            )
            for j, row in enumerate(minutes)
        ),
    )


def run_of(plant, quantities, **kwargs):
    orders = [Order(id=f"O{j:02}", product=f"P{j}", quantity=q) for j, q in enumerate(quantities)]
    return simulate(plant, orders, n_replications=1, **WINDOW, **kwargs)


def batch_by_batch(minutes, quantities, pieces, *, transport_min):
    """Follow each transfer batch: a machine stays with a lot until its last batch is done."""
    n_machines = len(minutes[0])
    free = [0.0] * n_machines
    done = []
    for row, quantity in zip(minutes, quantities, strict=True):
        n = int(np.ceil(quantity / pieces - 1e-9))
        ready = [0.0] * n
        for i in range(n_machines):
            t = max(free[i], ready[0])
            finished = []
            for k in range(n):
                t = max(t, ready[k]) + row[i] * quantity / n
                finished.append(t)
            free[i] = t
            ready = [at + transport_min for at in finished]
        done.append(free[-1])
    return done


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32 - 1))
def test_lots_that_stream_agree_with_batches_one_by_one(seed):
    rng = np.random.default_rng(seed)
    n_machines, n_lots = int(rng.integers(2, 5)), int(rng.integers(1, 6))
    minutes = rng.uniform(1.0, 10.0, (n_lots, n_machines)).tolist()
    quantities = rng.integers(1, 40, n_lots).astype(float).tolist()
    pieces = float(rng.integers(1, 15))
    transport_min = float(rng.choice([0.0, rng.uniform(1.0, 90.0)]))
    plant = flow_shop(minutes, [pieces] * n_machines, transport_min=transport_min)
    # All are released at once and keep their order: first come, first served, ties by number.
    run = run_of(plant, quantities)
    expected = batch_by_batch(minutes, quantities, pieces, transport_min=transport_min)
    np.testing.assert_allclose(run.completion_s[0] / 60.0, expected, rtol=1e-9)


def test_a_line_of_even_batches_takes_the_first_one_through_and_the_others_at_the_slowest():
    minutes = [[3.0, 5.0, 2.0]]
    run = run_of(flow_shop(minutes, [10.0] * 3), [40.0])
    assert run.completion_s[0, 0] == pytest.approx(60.0 * (10 * (3 + 5 + 2) + 30 * 5))
    whole = run_of(flow_shop(minutes, [None] * 3), [40.0])
    assert whole.completion_s[0, 0] == 60.0 * 40 * (3 + 5 + 2)
    assert run.warnings == ()


def test_a_machine_is_held_by_its_lot_but_busy_only_while_it_works():
    plant = flow_shop([[6.0, 1.0], [1.0, 1.0]], [5.0, None])
    run = run_of(plant, [20.0, 1.0], trace=True)
    # M1 begins at 30 and gets its last pieces at 120; the next lot waits for it until 125.
    assert (run.completion_s[0] / 60.0).tolist() == [125.0, 126.0]
    assert run.kpi_samples["utilisation:M1"][0] == pytest.approx(21 / (60 * 1440))
    ends = run.records[0].operations.filter(order_id="O00")["end_at"].to_list()
    assert [(e - MONDAY).total_seconds() / 60.0 for e in ends] == [120.0, 125.0]
    held = busy_hours(run.records[0], plant=plant, **WINDOW)
    assert held.filter(resource="M1")["busy_h"].item() == pytest.approx((125 - 30 + 1) / 60.0)


def test_what_is_needed_once_a_lot_is_done_before_the_first_piece():
    run = run_of(flow_shop([[2.0, 2.0]], [10.0, None], setup_min=30.0), [20.0])
    # M0: 30 + 20 to the first ten, 70 to all; M1 from 50 on: 30 + 40 = 70 of work.
    assert run.completion_s[0, 0] == 60.0 * 120.0


def with_people(plant, **people):
    """Return a plant all of whose steps need one of the people."""
    return plant.model_copy(
        update={
            "operators": (Operator(id="o", skills=("run",), **people),),
            "routings": tuple(
                r.model_copy(
                    update={
                        "steps": tuple(
                            s.model_copy(update={"skills": ("run",), "tools": ()}) for s in r.steps
                        )
                    }
                )
                for r in plant.routings
            ),
        }
    )


def test_operators_stay_with_their_machine_to_the_last_piece():
    plant = flow_shop([[6.0, 1.0], [1.0, 1.0]], [5.0, None])
    # One for each machine: as without them. M0 until 120 and 121, M1 from 30 on until 125.
    two = run_of(with_people(plant, count=2), [20.0, 1.0])
    assert (two.completion_s[0] / 60.0).tolist() == [125.0, 126.0]
    assert two.warnings == ()
    # One for both: the first lot's second step begins when all of the first is done, at 120;
    # the machine that is free first takes the operator: M0 with the second lot.
    one = run_of(with_people(plant, count=1), [20.0, 1.0])
    assert (one.completion_s[0] / 60.0).tolist() == [141.0, 142.0]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_enough_operators_change_nothing_and_too_few_delay_nobody_for_ever(seed):
    rng = np.random.default_rng(seed)
    n_machines, n_lots = int(rng.integers(2, 5)), int(rng.integers(1, 6))
    minutes = rng.uniform(1.0, 10.0, (n_lots, n_machines)).tolist()
    quantities = rng.integers(1, 40, n_lots).astype(float).tolist()
    plant = flow_shop(minutes, [float(rng.integers(1, 15))] * n_machines)
    free = run_of(plant, quantities).completion_s[0]
    np.testing.assert_array_equal(
        run_of(with_people(plant, count=n_machines), quantities).completion_s[0], free
    )
    # One operator for all: no two machines at a time, so all work is done one after the other.
    alone = run_of(with_people(plant, count=1), quantities).completion_s[0]
    work = sum(q * m for q, row in zip(quantities, minutes, strict=True) for m in row)
    assert alone.max() == pytest.approx(60.0 * work)


def test_what_is_scrapped_is_lost_evenly_from_all_batches():
    plant = flow_shop([[3.0, 5.0]], [10.0, None], scrap_share=0.25)
    run = run_of(plant, [40.0], trace=True)
    first, second = run.records[0].operations.sort("step").iter_rows(named=True)
    good = first["good_quantity"]
    assert good + first["scrap_quantity"] == 40.0
    assert 20.0 < good < 40.0
    assert (second["start_at"] - MONDAY).total_seconds() == 60.0 * 30.0
    assert run.completion_s[0, 0] == pytest.approx(60.0 * (30.0 + good * 5.0))
    assert run.warnings == ()


def test_a_lot_that_is_scrapped_as_a_whole_leaves_its_machine_when_that_is_done():
    plant = flow_shop([[3.0, 5.0], [3.0, 5.0]], [10.0, None])
    first = plant.routings[0].steps[0].model_copy(update={"scrap_share": 1.0})
    routing = plant.routings[0].model_copy(update={"steps": (first, plant.routings[0].steps[1])})
    plant = plant.model_copy(update={"routings": (routing, plant.routings[1])})
    run = run_of(with_people(plant, count=2), [40.0, 10.0])
    assert np.isnan(run.completion_s[0, 0])
    assert run.completion_s[0, 1] == 60.0 * (120.0 + 30.0 + 50.0)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ({"rework": Rework(probability=0.5, to_step=1)}, "rework after the step: 1"),
        ({"limit_to_step": 2, "limit_min": 5.0}, "a time limit from the step on: 1"),
        ({"batch": Batch(min_pieces=1, max_pieces=2)}, "batches: 1"),
    ],
)
def test_why_steps_cannot_stream_is_said(field, reason):
    plant = flow_shop([[3.0, 5.0]], [10.0, None])
    first = plant.routings[0].steps[0].model_copy(update=field)
    routing = plant.routings[0].model_copy(update={"steps": (first, plant.routings[0].steps[1])})
    plant = plant.model_copy(update={"routings": (routing,)})
    found = [w for w in run_of(plant, [40.0]).warnings if w.startswith("routings/transfer_pieces")]
    text = f"not simulated in 1 rows ({reason}): their lots go on as a whole"
    assert found == [f"routings/transfer_pieces is {text}"]


def test_steps_that_cannot_stream_are_named_and_hand_on_whole_lots():
    plant = flow_shop([[3.0, 5.0]], [10.0, None], interval_min=1.0)
    run = run_of(plant, [40.0])
    assert [w for w in run.warnings if w.startswith("routings/transfer_pieces")]
    assert run.completion_s[0, 0] == 60.0 * 40 * (3 + 5)
