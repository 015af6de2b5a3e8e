"""The public wafer-fab testbed SMT2020, read from its AutoSched files: exact counts."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zhizao.connect.autosched import read_autosched
from zhizao.model import PlantFile, check_plant, read_plant, write_plant

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/smt2020"
START = datetime(2018, 1, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"no folder {SHARED}"),
]


@pytest.fixture(scope="module")
def found():
    end_at = START + timedelta(days=30)
    return {
        name: read_autosched(SHARED / name, start_at=START, end_at=end_at)
        for name in ("hvlm", "lvhm")
    }


@pytest.mark.parametrize(
    ("name", "n_steps"),
    [
        ("hvlm", [583, 343]),
        ("lvhm", [521, 529, 583, 343, 242, 293, 353, 375, 384, 390]),
    ],
)
def test_the_routes_have_their_steps(found, name, n_steps):
    assert [len(r.steps) for r in found[name].plant.routings] == n_steps


@pytest.mark.parametrize(
    ("name", "n_tools", "n_wip", "n_maintenances", "n_setups"),
    [("hvlm", 1443, 2255, 2981, 61), ("lvhm", 1313, 2156, 2602, 181)],
)
def test_the_plants_have_their_parts(found, name, n_tools, n_wip, n_maintenances, n_setups):
    plant = found[name].plant
    assert len(plant.work_centres) == 106
    assert len(plant.resources) == n_tools
    assert len(found[name].state.lots) == n_wip
    assert len(plant.maintenances) == n_maintenances
    assert len(plant.setups) == n_setups


@pytest.mark.parametrize(("name", "n_orders"), [("hvlm", 3973), ("lvhm", 3888)])
def test_a_month_has_the_lots_in_progress_and_those_that_start(found, name, n_orders):
    assert len(found[name].orders) == n_orders


def test_two_products_start_every_51_69_minutes_and_hot_lots_every_2016(found):
    minutes = 30 * 1440
    counts = Counter(o.id.rpartition("_")[0] for o in found["hvlm"].orders)
    assert counts["Lot_3"] == counts["Lot_4"] == int(minutes / 51.69) + 1
    assert counts["HotLot_3"] == counts["HotLot_4"] == int(minutes / 2016.0) + 1
    assert counts["SuperHotLot_3"] == int(minutes / 27397.61) + 1


def test_steps_have_batches_intervals_returns_limits_and_reworks_as_often_as_the_routes(found):
    steps = [s for r in found["hvlm"].plant.routings for s in r.steps]
    assert sum(s.batch is not None for s in steps) == 17 + 11
    assert sum(s.interval_min is not None for s in steps) == 57 + 183 + 38 + 101
    assert sum(s.same_resource_as is not None for s in steps) == 11 + 7
    assert sum(s.limit_to_step is not None for s in steps) == 41 + 25
    assert sum(s.rework is not None for s in steps) == 7 + 7
    assert sum(s.family is not None for s in steps) == 58 + 35


@pytest.mark.parametrize("name", ["hvlm", "lvhm"])
def test_the_plant_is_sound_and_comes_back_from_disk(found, name, tmp_path):
    plant, orders = found[name].plant, found[name].orders
    assert check_plant(plant, orders) == ()
    write_plant(PlantFile(plant=plant, orders=orders), tmp_path / name)
    back = read_plant(tmp_path / name)
    assert back.plant == plant
    assert back.orders == orders
