"""A simulated run written as records gives the KPIs that the twin counted itself."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.kpi import flow_kpis
from zhizao.model import (
    Batch,
    Calendar,
    Failure,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri")


def workshop() -> Plant:
    saws = tuple(ResourceOption(resource=r) for r in ("saw 1", "saw 2"))
    random_hour = TimeModel(setup_min=60.0, distribution="gamma", cv=0.5)
    return Plant(
        name="workshop",
        work_centres=(WorkCentre(id="saws"), WorkCentre(id="ovens")),
        calendars=(
            Calendar(
                id="day", shifts=tuple(Shift(weekday=d, start="07:00", end="15:00") for d in DAYS)
            ),
        ),
        resources=(
            Resource(id="saw 1", work_centre="saws", calendar="day"),
            Resource(id="saw 2", work_centre="saws", calendar="day"),
            Resource(id="oven", work_centre="ovens", capacity=3, calendar="day"),
        ),
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=(
                    Step(step=10, operation="cut", resources=saws, time=random_hour),
                    Step(
                        step=20,
                        operation="bake",
                        resources=(ResourceOption(resource="oven"),),
                        time=TimeModel(setup_min=100.0),
                    ),
                ),
            ),
        ),
    )


@pytest.mark.parametrize("n_orders", [30, 120])
def test_records_of_a_run_give_the_kpis_of_the_run(n_orders):
    plant = workshop()
    orders = [
        Order(
            id=f"O{i:03}",
            product="P",
            release_at=MONDAY + timedelta(hours=1.1 * i),
            due_at=MONDAY + timedelta(hours=1.1 * i + 10),
        )
        for i in range(n_orders)
    ]
    window = {"start_at": MONDAY, "end_at": MONDAY + timedelta(days=5)}
    run = simulate(plant, orders, n_replications=2, trace=True, draw_demand=False, **window)
    for i, records in enumerate(run.records):
        counted = flow_kpis(records, orders, plant=plant, **window)
        for name, samples in run.kpi_samples.items():
            assert counted[name].value == pytest.approx(samples[i], rel=1e-6), name


def special(*, capacity: int, failure: Failure | None = None, **more) -> Plant:
    """Return one resource with a calendar, whose only step has the given conditions."""
    spread = TimeModel(setup_min=150.0, distribution="gamma", cv=0.4)
    step = Step(
        step=10, operation="bake", resources=(ResourceOption(resource="oven"),), time=spread, **more
    )
    day = tuple(Shift(weekday=d, start="06:00", end="22:00") for d in DAYS)
    return Plant(
        name="special",
        work_centres=(WorkCentre(id="ovens"),),
        calendars=(Calendar(id="day", shifts=day),),
        resources=(
            Resource(
                id="oven", work_centre="ovens", capacity=capacity, calendar="day", failure=failure
            ),
        ),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step,)),),
    )


BATCH = {"batch": Batch(min_pieces=2, max_pieces=6, max_wait_min=60.0)}


@pytest.mark.parametrize(
    ("plant", "tolerance"),
    [
        (special(capacity=1, **BATCH), 1e-6),
        (special(capacity=2, **BATCH), 1e-6),
        (special(capacity=1, interval_min=30.0), 1e-6),
        (special(capacity=1, failure=Failure(mtbf_h=6, mttr_h=1)), 1e-6),
        (special(capacity=1, failure=Failure(mtbf_h=9, mttr_h=1, basis="calendar")), 1e-6),
        (special(capacity=1, failure=Failure(mtbf_h=6, mttr_h=1), **BATCH), 1e-6),
    ],
    ids=["batch", "batches", "cascade", "failures", "failures always", "both"],
)
def test_utilisation_from_records_counts_a_place_once_whoever_shares_it(plant, tolerance):
    orders = [
        Order(
            id=f"O{i:03}", product="P", quantity=1 + i % 3,
            release_at=MONDAY + timedelta(hours=0.7 * i),
        )
        for i in range(110)
    ]  # fmt: skip
    window = {"start_at": MONDAY, "end_at": MONDAY + timedelta(days=4, hours=9)}
    run = simulate(plant, orders, n_replications=3, trace=True, draw_demand=False, **window)
    for i, records in enumerate(run.records):
        counted = flow_kpis(records, orders, plant=plant, **window)["utilisation:oven"].value
        assert counted == pytest.approx(run.kpi_samples["utilisation:oven"][i], rel=tolerance)
