"""Bills of materials that make no sense are told, with names."""

import pytest

from zhizao._base.errors import PlantFileError
from zhizao.model import (
    Component,
    Output,
    Part,
    Plant,
    Product,
    Routing,
    Step,
    check_plant,
    read_plant,
)

STEPS = (Step(step=10, operation="weld"), Step(step=20, operation="paint"))


def plant(*bom, outputs=()):
    return Plant(
        name="p",
        products=tuple(Product(id=n) for n in ("bike", "frame", "tube")),
        routings=(Routing(product="bike", steps=STEPS), Routing(product="frame", steps=STEPS)),
        parts=(Part(id="wheel"),),
        bom=bom,
        outputs=outputs,
    )


def test_a_sound_bill_has_no_fault():
    bom = (
        Component(product="bike", component="frame", step=20),
        Component(product="bike", component="wheel", pieces=2),
        Component(product="frame", component="tube", pieces=3),
        Component(product="bike", component="tube"),
    )
    assert check_plant(plant(*bom, outputs=(Output(product="bike", step=10, output="tube"),))) == ()


def test_a_product_that_goes_into_itself_is_told_with_the_whole_way():
    bom = (
        Component(product="bike", component="frame"),
        Component(product="frame", component="tube"),
        Component(product="tube", component="bike"),
    )
    (fault,) = check_plant(plant(*bom))
    assert (fault.file, fault.row, fault.column) == ("bom.csv", 4, "component")
    assert "bike → frame → tube → bike" in fault.rule
    (fault,) = check_plant(plant(Component(product="bike", component="bike")))
    assert "bike → bike" in fault.rule


def test_steps_and_names_that_are_not_there_are_told():
    faults = check_plant(
        plant(
            Component(product="bike", component="whel", step=30),
            outputs=(Output(product="frame", step=15, output="bike"),),
        )
    )
    assert {(f.file, f.row, f.column, f.value) for f in faults} == {
        ("bom.csv", 2, "component", "whel"),
        ("bom.csv", 2, "step", "30"),
        ("outputs.csv", 2, "step", "15"),
    }
    assert {f.nearest for f in faults if f.column == "component"} == {"wheel"}


def test_half_a_reorder_rule_is_refused(tmp_path):
    (tmp_path / "plant.toml").write_text('name = "p"\n', encoding="utf-8")
    (tmp_path / "parts.csv").write_text("part,stock,reorder_point\nwheel,3,1\n", encoding="utf-8")
    with pytest.raises(PlantFileError, match="only one of reorder_point and reorder_pieces"):
        read_plant(tmp_path)
