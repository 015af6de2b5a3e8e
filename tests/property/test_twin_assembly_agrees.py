"""Components, parts and outputs: against a SimPy shop, by hand, and against inventory theory."""

import math
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model import (
    Component,
    Demand,
    Order,
    Output,
    Part,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from assembly_shop import run_assembly_shop

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 20
HOUR = 3600.0


def run_of(plant, orders, *, days=DAYS, **kwargs):
    return simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        **{"n_replications": 1, "draw_demand": False} | kwargs,
    )


def random_shop(rng):
    """Return products A … that go into each other downwards, bought parts, and scrap iron."""
    n_machines, n_products = int(rng.integers(1, 4)), int(rng.integers(2, 5))
    names = [f"P{i}" for i in range(n_products)]
    machines = [f"M{i}" for i in range(n_machines)]
    parts = [
        Part(
            id=f"part {i}",
            stock=float(rng.integers(1, 12)),
            reorder_point=float(rng.integers(0, 6)) if i else None,
            reorder_pieces=float(rng.integers(1, 8)) if i else None,
            lead_time_h=float(rng.uniform(1, 60)),
        )
        for i in range(int(rng.integers(1, 4)))
    ]
    items = {
        p.id: {
            "stock": p.stock,
            "point": p.reorder_point,
            "order": p.reorder_pieces,
            "lead": p.lead_time_h * HOUR,
        }
        for p in parts
    }
    bom, outputs, routings, plain = [], [], [], {}
    for i, name in enumerate(names):
        steps, plain_steps = [], []
        for k in range(int(rng.integers(1, 4))):
            machine, minutes = int(rng.integers(n_machines)), float(rng.uniform(5, 200))
            steps.append(
                Step(
                    step=k + 1,
                    operation="x",
                    resources=(ResourceOption(resource=machines[machine]),),
                    time=TimeModel(setup_min=minutes),
                )
            )
            plain_steps.append(
                {"machine": machine, "work": minutes * 60.0, "needs": {}, "outputs": {}}
            )
        for item in [*names[i + 1 :], *items][: int(rng.integers(0, 4))]:
            k, pieces = int(rng.integers(len(steps))), float(rng.integers(1, 3))
            if rng.random() < 0.6:
                bom.append(Component(product=name, component=item, pieces=pieces, step=k + 1))
                plain_steps[k]["needs"][item] = pieces
            elif rng.random() < 0.5 and item not in names:
                outputs.append(Output(product=name, step=k + 1, output=item, pieces=pieces))
                plain_steps[k]["outputs"][item] = pieces
        routings.append(Routing(product=name, steps=tuple(steps)))
        plain[name] = plain_steps
    used = {c.component for c in bom}
    for name in names:
        if name in used:
            items[name] = {"stock": 0.0, "point": None, "order": None, "lead": 0.0}
    plant = Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        resources=tuple(Resource(id=m, work_centre="W") for m in machines),
        products=tuple(Product(id=n) for n in names),
        routings=tuple(routings),
        bom=tuple(bom),
        outputs=tuple(outputs),
        parts=tuple(parts),
    )
    orders, lots = [], []
    for i in range(int(rng.integers(3, 25))):
        name = str(rng.choice(names))
        at = MONDAY + timedelta(seconds=round(float(rng.uniform(0, 6 * 86400)), 6))
        pieces = float(rng.integers(1, 5))
        orders.append(Order(id=f"O{i}", product=name, quantity=pieces, release_at=at))
        lots.append(
            {
                "release": (at - MONDAY).total_seconds(),
                "pieces": pieces,
                "gives": name if name in used else None,
                "steps": plain[name],
            }
        )
    return plant, orders, n_machines, items, lots


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32 - 1))
def test_assembly_agrees_with_simpy(seed):
    plant, orders, machines, items, lots = random_shop(np.random.default_rng(seed))
    run = run_of(plant, orders)
    completion, waited = run_assembly_shop(machines, items, lots, until=DAYS * 86400.0)
    np.testing.assert_allclose(run.completion_s[0], completion, rtol=1e-9, atol=1e-6)
    if plant.bom:
        found_s = run.order_samples["material_wait_h"][0] * HOUR
        np.testing.assert_allclose(found_s, waited, rtol=1e-9, atol=1e-3)
        n_waiting = found_s.sum() / (DAYS * 86400.0)
        assert run.kpi_samples["material_wip_mean"][0] == pytest.approx(n_waiting)


def hours(step, n, **fields):
    return Step(
        step=step,
        operation="x",
        resources=(ResourceOption(resource="M"),),
        time=TimeModel(setup_min=60.0 * n),
        **fields,
    )


BIKE = Plant(
    name="bikes",
    work_centres=(WorkCentre(id="W"),),
    resources=(Resource(id="M", work_centre="W", capacity=9),),
    products=(Product(id="bike"), Product(id="frame")),
    routings=(
        Routing(product="bike", steps=(hours(10, 1.0), hours(20, 1.0))),
        Routing(product="frame", steps=(hours(10, 3.0),)),
    ),
    bom=(
        Component(product="bike", component="frame", step=20),
        Component(product="bike", component="wheel", pieces=2.0),
    ),
    parts=(Part(id="wheel", stock=2.0, reorder_point=1.0, reorder_pieces=3.0, lead_time_h=5.0),),
)


def test_an_order_waits_for_its_components_and_parts():
    orders = [
        Order(id="B1", product="bike"),
        Order(id="B2", product="bike"),
        Order(id="F", product="frame", quantity=2.0),
    ]
    run = run_of(BIKE, orders)
    # B1 has wheels at once and its frame at 3; B2 has wheels at 5, when the order of 0:00 comes.
    assert (run.completion_s[0] / HOUR).tolist() == [4.0, 7.0, 3.0]
    assert run.order_samples["material_wait_h"].tolist() == [[2.0, 5.0, 0.0]]
    assert run.kpi_samples["material_wip_mean"][0] == pytest.approx(7.0 / (24.0 * DAYS))


def test_orders_that_never_get_their_material_are_told_of():
    run = run_of(BIKE, [Order(id="B", product="bike")])
    assert math.isnan(run.completion_s[0, 0])
    assert "in a replication, 1.0 orders on average wait for material at the end" in run.warnings


def test_taking_apart_gives_what_others_need():
    plant = BIKE.model_copy(
        update={
            "products": (*BIKE.products, Product(id="wreck")),
            "routings": (*BIKE.routings, Routing(product="wreck", steps=(hours(10, 2.0),))),
            "outputs": (
                Output(product="wreck", step=10, output="frame"),
                Output(product="wreck", step=10, output="wheel", pieces=2.0),
            ),
            "parts": (Part(id="wheel"),),
        }
    )
    orders = [Order(id="B", product="bike"), Order(id="W", product="wreck")]
    assert (run_of(plant, orders).completion_s[0] / HOUR).tolist() == [4.0, 2.0]


def test_material_is_taken_once_however_often_a_step_is_done_again():
    again = Rework(probability=1.0, to_step=10, max_passes=2)
    plant = BIKE.model_copy(
        update={
            "routings": (Routing(product="bike", steps=(hours(10, 1.0, rework=again),)),),
            "products": (Product(id="bike"),),
            "bom": (Component(product="bike", component="wheel", pieces=2.0),),
            "parts": (Part(id="wheel", stock=2.0),),
        }
    )
    assert run_of(plant, [Order(id="B", product="bike")]).completion_s[0, 0] == 3.0 * HOUR


@pytest.mark.parametrize(("point", "pieces"), [(2.0, 1.0), (4.0, 5.0)])
def test_backorders_of_a_reorder_rule(point, pieces):
    """Mean backorders of the (r, Q) rule (Hadley and Whitin 1963, section 4-7).

    The position is uniform on r + 1 … r + Q; with Poisson demand D in the lead
    time, the mean is that of max(0, D - position).
    """
    rate_per_h, lead_h = 0.25, 16.0
    mean = rate_per_h * lead_h
    chance = [math.exp(-mean) * mean**d / math.factorial(d) for d in range(60)]
    positions = np.arange(point + 1.0, point + pieces + 1.0)
    expected = np.mean([sum(c * max(0.0, d - y) for d, c in enumerate(chance)) for y in positions])
    plant = Plant(
        name="p",
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(Step(step=1, operation="rest"),)),),
        bom=(Component(product="P", component="part"),),
        parts=(
            Part(
                id="part",
                stock=point + pieces,
                reorder_point=point,
                reorder_pieces=pieces,
                lead_time_h=lead_h,
            ),
        ),
        demands=(Demand(product="P", orders_per_week=168.0 * rate_per_h),),
    )
    run = run_of(
        plant, [], days=1000, n_replications=12, draw_demand=True, warm_up_s=20 * 86400.0, seed=2
    )
    samples = run.kpi_samples["material_wip_mean"]
    error = samples.std(ddof=1) / math.sqrt(samples.size)
    assert abs(samples.mean() - expected) < 4 * error
    assert error < 0.04 * expected
