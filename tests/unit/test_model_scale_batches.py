"""The constant time of a batch, or of days elsewhere, is no setup: such a scenario leaves it alone."""

from datetime import UTC, datetime

import pytest

from zhizao.model import (
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    ScaleTimes,
    Scenario,
    Step,
    TimeModel,
    WorkCentre,
    apply_scenario,
)
from zhizao.model.plant import Batch

PLANT = Plant(
    name="hardening",
    work_centres=(WorkCentre(id="ovens"),),
    resources=(Resource(id="oven", work_centre="ovens"),),
    products=(Product(id="gear"),),
    routings=(
        Routing(
            product="gear",
            steps=(
                Step(
                    step=10, operation="harden", resources=(ResourceOption(resource="oven"),),
                    time=TimeModel(setup_min=420.0), batch=Batch(min_pieces=10, max_pieces=100),
                ),
                Step(
                    step=20, operation="check", resources=(ResourceOption(resource="oven"),),
                    time=TimeModel(setup_min=10.0, per_piece_min=1.0),
                ),
                Step(step=30, operation="plate elsewhere", time=TimeModel(setup_min=7000.0)),
            ),
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "minutes"),
    [
        (ScaleTimes(factor=0.5, part="setup"), [420.0, 5.0, 7000.0]),
        (ScaleTimes(factor=0.5, part="setup", operation="harden"), [210.0, 10.0, 7000.0]),
        (
            ScaleTimes(factor=0.5, part="setup", operation="plate elsewhere"),
            [420.0, 10.0, 3500.0],
        ),
        (ScaleTimes(factor=0.5), [210.0, 5.0, 3500.0]),
    ],
)
def test_batches_and_days_elsewhere_have_no_setup_unless_named(
    change: ScaleTimes, minutes: list[float]
) -> None:
    scenario = Scenario(name="less", changes=(change,))
    plant, _ = apply_scenario(PLANT, (), scenario, now=datetime(2025, 1, 6, tzinfo=UTC))
    assert [s.time.setup_min for s in plant.routings[0].steps] == minutes
