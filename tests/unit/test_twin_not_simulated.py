"""Fields that are not simulated are named in the run's warnings."""

from datetime import UTC, datetime, timedelta

from zhizao.model.plant import (
    Calendar,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    WorkCentre,
)
from zhizao.twin import simulate
from zhizao.twin.checks.not_simulated import not_simulated

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def plant(step_fields):
    options = (ResourceOption(resource="M"),)
    steps = (
        Step(step=20, operation="cut", resources=options, **step_fields),
        Step(step=30, operation="bake", resources=options),
    )
    return Plant(
        name="small",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W"),),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=steps),),
    )


def test_a_run_names_a_field_that_it_does_not_simulate():
    run = simulate(
        plant({"transfer_pieces": 5.0, "interval_min": 3.0}),
        [],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=1),
        n_replications=1,
    )
    assert [w for w in run.warnings if w.startswith("routings/transfer_pieces")]


def test_a_plain_plant_has_no_such_warning():
    assert not_simulated(plant({})) == ()


def test_overtime_of_a_cascade_is_named_where_its_resource_closes():
    fields = {"interval_min": 3.0, "interruption": "overtime"}
    shift = Shift(weekday="mon", start="08:00", end="16:00")
    closing = plant(fields).model_copy(
        update={
            "calendars": (Calendar(id="days", shifts=(shift,)),),
            "resources": (Resource(id="M", work_centre="W", calendar="days"),),
        }
    )
    (warning,) = not_simulated(closing)
    assert "routings/interruption" in warning
    assert not_simulated(plant(fields)) == ()
