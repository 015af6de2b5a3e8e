"""Many rows at once, and files that another thread makes ready."""

import gc
from pathlib import Path

import pytest

from zhizao._base.errors import InputError
from zhizao.model import Order, Plant, PlantFile, Product, plant_files, read_plant, write_plant
from zhizao.model.files.bulk import in_bulk


def test_the_search_for_cycles_goes_on_after_a_failure() -> None:
    def fail() -> None:
        with in_bulk():
            assert not gc.isenabled()
            raise ValueError("no")

    assert gc.isenabled()
    with pytest.raises(ValueError, match="no"):
        fail()
    assert gc.isenabled()


def test_a_search_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with in_bulk():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_other_files_may_come_when_the_plants_own_are_ready(tmp_path: Path) -> None:
    write_plant(PlantFile(plant=Plant(name="P")), tmp_path / "p", others=lambda: {"a.txt": "one"})
    assert (tmp_path / "p" / "a.txt").read_text(encoding="utf-8") == "one"
    with pytest.raises(InputError, match=r"no place for a\.txt"):
        write_plant(
            PlantFile(plant=Plant(name="P")), tmp_path / "p.xlsx", others=lambda: {"a.txt": "one"}
        )


def test_a_value_of_nought_has_a_cell_and_an_empty_one_has_none(tmp_path: Path) -> None:
    orders = (
        Order(id="A", product="gear", quantity=2, priority=0),
        Order(id="B", product="gear", quantity=0.5, priority=-1),
    )
    plant = Plant(name="P", products=(Product(id="gear", description=""),))
    text = plant_files(PlantFile(plant=plant, orders=orders))["orders.csv"]
    assert "A,gear,2,,,0,stated\n" in text
    assert "B,gear,0.5,,,-1,stated\n" in text
    write_plant(PlantFile(plant=plant, orders=orders), tmp_path / "p")
    assert read_plant(tmp_path / "p").orders == orders
