"""Transport to a step that may be done in several work centres."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.model.order import Order
from zhizao.model.plant import (
    Batch,
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
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def run_of(*, batch=None, interruption="resume", buffer_lots=None):
    """Return a run of two lots: sawn in A, then pressed near by (30 minutes' way) or far (90)."""
    time = TimeModel(setup_min=60.0)
    plant = Plant(
        name="two presses",
        work_centres=(
            WorkCentre(id="A"),
            WorkCentre(id="near", buffer_lots=buffer_lots),
            WorkCentre(id="far"),
        ),
        resources=(
            Resource(id="saw", work_centre="A", capacity=2),
            Resource(id="press 1", work_centre="near"),
            Resource(id="press 2", work_centre="far"),
        ),
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=(
                    Step(
                        step=10,
                        operation="saw",
                        resources=(ResourceOption(resource="saw"),),
                        time=time,
                    ),
                    Step(
                        step=20,
                        operation="press",
                        resources=tuple(ResourceOption(resource=f"press {i}") for i in (1, 2)),
                        time=time,
                        batch=batch,
                        interruption=interruption,
                    ),
                ),
            ),
        ),
        transports=(
            Transport(from_work_centre="A", to_work_centre="near", minutes=30.0),
            Transport(from_work_centre="A", to_work_centre="far", minutes=90.0),
        ),
    )
    orders = [Order(id=name, product="P", release_at=MONDAY) for name in "12"]
    return simulate(
        plant, orders, start_at=MONDAY, end_at=MONDAY + timedelta(days=1), n_replications=1,
        trace=True,
    )  # fmt: skip


def test_the_way_is_to_the_press_that_takes_the_lot():
    run = run_of()
    assert run.completion_s[0] / 3600.0 == pytest.approx([2.5, 3.5])
    assert not [w for w in run.warnings if "work centre" in w]


def test_a_press_that_waits_for_a_lot_does_not_work():
    run = run_of()
    rows = run.records[0].operations.filter(kind="run", resource="press 2")
    assert rows["start_at"].to_list() == [MONDAY + timedelta(hours=2.5)]
    assert run.kpi_samples["utilisation:press 2"] == pytest.approx([1 / 24])


def test_a_batch_is_brought_together():
    run = run_of(batch=Batch(min_pieces=2.0, max_pieces=2.0))
    assert run.completion_s[0] / 3600.0 == pytest.approx([2.5, 2.5])


def test_before_a_limited_buffer_the_way_is_to_the_preferred_press_and_that_is_said():
    run = run_of(buffer_lots=5)
    assert run.completion_s[0] / 3600.0 == pytest.approx([2.5, 2.5])
    assert [w for w in run.warnings if "1 steps" in w and "preferred resource" in w]
