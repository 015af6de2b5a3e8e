"""Rules of the plant's parts that concern one part alone, and references between them."""

import pytest
from pydantic import ValidationError

from zhizao.model.files.checks import check_plant
from zhizao.model.plant import (
    Batch,
    Maintenance,
    Plant,
    Product,
    Resource,
    Routing,
    Step,
    Weights,
    WipCap,
    WorkCentre,
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Batch(min_pieces=5, max_pieces=4), "at least its min_pieces of 5"),
        (lambda: Step(step=10, operation="a", limit_to_step=20), "only one of limit_to_step"),
        (lambda: Step(step=10, operation="a", limit_min=3), "has only one of limit_to_step"),
        (
            lambda: Step(step=20, operation="a", limit_to_step=10, limit_min=3),
            "expected a step after 20",
        ),
        (lambda: Step(step=20, operation="a", same_resource_as=20), "expected a step before 20"),
        (lambda: Step(step=20, operation="a", drawn_with=20), "expected another step"),
        (lambda: Step(step=20, operation="a", dependence=0.5), "but no drawn_with"),
        (lambda: Step(step=20, operation="a", drawn_with=10, dependence=1.5), "less than or equal"),
        (lambda: Maintenance(id="m", resource="M", mean_min=5), "has neither of every_h"),
        (
            lambda: Maintenance(id="m", resource="M", mean_min=5, every_h=3, every_lots=2),
            "has both of every_h",
        ),
        (
            lambda: Maintenance(id="m", resource="M", mean_min=5, every_lots=2, first_h=1),
            "first_h, which needs every_h",
        ),
        (lambda: WorkCentre(id="W", dispatch="weighted"), "no weights; give some"),
        (lambda: WorkCentre(id="W", weights=Weights(wait_h=1)), "only the rule 'weighted'"),
    ],
)
def test_a_part_that_contradicts_itself_is_refused(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


@pytest.mark.parametrize(
    "field",
    [{"same_resource_as": 5}, {"limit_to_step": 25, "limit_min": 10.0}, {"drawn_with": 5}],
)
def test_a_step_names_only_steps_of_its_routing(field):
    steps = (
        Step(step=10, operation="a"),
        Step(step=20, operation="b", **field),
        Step(step=30, operation="c"),
    )
    with pytest.raises(ValidationError, match=r"expected one of \[10, 20, 30\]"):
        Routing(product="P", steps=steps)


def test_unknown_names_in_new_parts_are_faults_with_the_nearest_name():
    plant = Plant(
        name="P",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="oven", work_centre="W", setup_skill="fitter"),),
        products=(Product(id="cake"),),
        maintenances=(Maintenance(id="m", resource="ovne", every_h=3, mean_min=5),),
        wip_caps=(WipCap(id="c", max_lots=3, product="cakes"),),
        routings=(Routing(product="cake", steps=(Step(step=10, operation="a", tools=("tin",)),)),),
    )
    found = {(f.file, f.column): f.nearest for f in check_plant(plant)}
    assert found == {
        ("resources.csv", "setup_skill"): None,
        ("maintenance.csv", "resource"): "oven",
        ("wip_caps.csv", "product"): "cake",
        ("routings.csv", "tools"): None,
    }


def test_steps_are_not_drawn_with_each_other_in_a_circle():
    steps = (
        Step(step=10, operation="a", drawn_with=30),
        Step(step=20, operation="b", drawn_with=10),
        Step(step=30, operation="c", drawn_with=20),
    )
    with pytest.raises(ValidationError, match="in a circle, 10 → 30 → 20 → 10; leave one"):
        Routing(product="P", steps=steps)
