"""``zhizao long-run`` end to end: table, JSON, warnings, both languages, errors."""

import json

import pytest
from command_line import zhizao, zhizao_alone

from zhizao.model import (
    Demand,
    Plant,
    PlantFile,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
    write_plant,
)

pytestmark = pytest.mark.system


def folder(path, *, load=0.5, demands=None):
    step = Step(
        step=10,
        operation="车",
        resources=(ResourceOption(resource="车床"),),
        time=TimeModel(per_piece_min=60.0 * load, distribution="exponential"),
    )
    plant = Plant(
        name="试验",
        work_centres=(WorkCentre(id="车"),),
        resources=(Resource(id="车床", work_centre="车"),),
        products=(Product(id="轴"),),
        routings=(Routing(product="轴", steps=(step,)),),
        demands=(Demand(product="轴", orders_per_week=168.0),) if demands is None else demands,
    )
    write_plant(PlantFile(plant=plant, orders=()), path)
    return path


def run(*arguments, code=0, call=zhizao):
    result = call("long-run", *arguments)
    assert result.returncode == code, result.stderr
    return result


def test_the_long_run_is_known_as_well_as_asked(tmp_path):
    asked = folder(tmp_path / "p"), "--within", "3%", "--json"
    found = json.loads(run(*asked, call=zhizao_alone).stdout)
    kpis = {k["kpi"]: k for k in found["kpis"]}
    lead = kpis["lead_time_mean_h"]
    assert found["is_reached"]
    assert found["warnings"] == []
    assert (lead["high"] - lead["low"]) / 2 <= 0.03 / 1.03 * lead["mean"]
    # Half an hour / (1 - 0.5); twice the half-width is missed by one seed in ten thousand.
    assert abs(lead["mean"] - 1.0) <= lead["high"] - lead["low"]
    assert kpis["throughput_per_week"]["mean"] == pytest.approx(168.0, rel=0.02)
    assert min(lead["observations"]) > 1_000


def test_the_table_speaks_both_languages(tmp_path):
    plant = folder(tmp_path / "p")
    english = run(plant).stdout
    assert "mean lead time: known to ±" in english
    assert "work in progress" in english
    chinese = run(plant, "--lang", "zh").stdout
    assert "平均交付周期：精度" in chinese
    assert "在制工单" in chinese


def test_a_plant_that_never_settles_is_shown_with_its_warning(tmp_path):
    plant = folder(tmp_path / "p", load=1.2)
    few = ("--replications", "10")
    shown = run(plant, *few).stdout
    assert "! mean lead time: no end of the warm-up was found" in shown
    assert "known to" not in shown
    assert not json.loads(run(plant, *few, "--json").stdout)["is_reached"]
    assert "! 平均交付周期" in run(plant, *few, "--lang", "zh").stdout


def test_wrong_arguments_are_told(tmp_path):
    plant = folder(tmp_path / "p")
    for wrong in ("5 %%", "150%", "0", "five"):
        assert f"--within is '{wrong}'" in run(plant, "--within", wrong, code=2).stderr
    assert "kpi is 'lead_time'" in run(plant, "--kpi", "lead_time", code=2).stderr
    assert "zhizao drop" in run(tmp_path / "none", code=2).stderr
    nothing = folder(tmp_path / "empty", demands=())
    assert "has no demand" in run(nothing, code=2).stderr
