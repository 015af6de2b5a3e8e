"""Tariffs: by time of use, in the plant's wall-clock time, from the folder and in scenarios."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao._base.errors import PlantFileError, ScenarioError
from zhizao.model import (
    ChangeTariff,
    Plant,
    Power,
    Resource,
    ScalePower,
    Scenario,
    SetPower,
    SetTariff,
    Tariff,
    TariffException,
    TariffPeriod,
    WorkCentre,
    apply_scenario,
    check_plant,
    read_plant,
    scenario_diff,
    tariff_steps,
)

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
PEAK = TariffPeriod(weekdays=("mon", "tue"), start="10:00", end="12:00", price_per_kwh=1.5)
NIGHT = TariffPeriod(start="22:00", end="06:00", price_per_kwh=0.25, carbon_kg_per_kwh=0.125)
HOLIDAY = TariffException(
    start_at=MONDAY + timedelta(days=1), end_at=MONDAY + timedelta(days=2), price_per_kwh=-0.5
)
TARIFF = Tariff(
    id="T",
    price_per_kwh=0.75,
    carbon_kg_per_kwh=0.5,
    periods=(PEAK, NIGHT),
    exceptions=(HOLIDAY,),
)
PLANT = Plant(
    name="P",
    work_centres=(WorkCentre(id="W"),),
    resources=(
        Resource(id="M", work_centre="W", power=Power(busy_kw=4.0, idle_kw=1.0)),
        Resource(id="bench", work_centre="W"),
    ),
    tariffs=(TARIFF,),
)


def at(hours, *, zone="UTC", tariff=TARIFF):
    """Return price and carbon factor so many hours after Monday 00:00 UTC."""
    steps = tariff_steps(tariff, time_zone=zone, start_at=MONDAY, end_at=MONDAY + timedelta(days=7))
    i = int(np.searchsorted(steps.edges_s, hours * 3600.0, side="right")) - 1
    return steps.price[i], steps.carbon_kg[i]


def test_hours_of_the_week_and_spans_give_the_price_and_the_factor():
    assert at(7) == (0.75, 0.5)
    assert at(11) == (1.5, 0.5)
    assert at(2) == (0.25, 0.125)
    assert at(24 + 11) == (-0.5, 0.5)  # the span is dearer than any hour of the week
    assert at(24 + 23) == (-0.5, 0.125)  # it says nothing of carbon
    assert at(48 + 11) == (0.75, 0.5)  # Wednesday


def test_hours_are_those_of_the_plant():
    assert at(3, zone="Asia/Shanghai") == (1.5, 0.5)


def test_the_night_in_which_the_clock_goes_forward_is_an_hour_shorter():
    night = Tariff(
        id="n",
        price_per_kwh=1.0,
        periods=(TariffPeriod(start="22:00", end="06:00", price_per_kwh=0.0),),
    )
    saturday = datetime(2024, 3, 30, 12, tzinfo=UTC)
    steps = tariff_steps(
        night, time_zone="Europe/Berlin", start_at=saturday, end_at=saturday + timedelta(days=1)
    )
    (length_s,) = np.diff(steps.edges_s)[steps.price == 0.0]
    assert length_s == 7 * 3600.0


def test_without_a_tariff_nothing_is_known():
    price, carbon = at(0, tariff=None)
    assert np.isnan(price)
    assert np.isnan(carbon)


def test_a_carbon_factor_in_some_hours_only_is_refused():
    with pytest.raises(ValueError, match="tariff 'T' has a carbon factor in some hours only"):
        Tariff(id="T", price_per_kwh=1.0, periods=(NIGHT,))


def test_faults_of_the_table_are_told_together(tmp_path):
    (tmp_path / "plant.toml").write_text('name = "P"\ntariff = "nigth"\n', encoding="utf-8")
    (tmp_path / "tariffs.csv").write_text(
        "tariff,kind,weekdays,start,end,from_at,to_at,price_per_kwh,carbon_kg_per_kwh\n"
        "night,alwys,,,,,,1,\n"
        "day,weekly,mon|tus,08:00,16:00,,,2,\n"
        "day,always,,08:00,,,,1,\n"
        "twice,always,,,,,,1,\n"
        "twice,always,,,,,,2,\n",
        encoding="utf-8",
    )
    with pytest.raises(PlantFileError) as caught:
        read_plant(tmp_path)
    found = {(f.row, f.column) for f in caught.value.faults}
    assert found == {
        (None, "tariff"), (2, "kind"), (3, "weekdays"), (4, "start"), (6, "kind"),
    }  # fmt: skip
    assert "Did you mean 'always'" in str(caught.value)
    assert "Did you mean 'night'" in str(caught.value)


def test_a_tariff_that_the_plant_pays_must_exist():
    (fault,) = check_plant(PLANT.model_copy(update={"tariff": "U"}))
    assert (fault.file, fault.column) == ("plant.toml", "tariff")


def changed(*changes):
    plant, _ = apply_scenario(PLANT, (), Scenario(name="x", changes=changes), now=MONDAY)
    return plant


def test_scenarios_set_tariffs_and_power():
    flat = Tariff(id="flat", price_per_kwh=0.6)
    plant = changed(ChangeTariff(tariff=flat), SetTariff(tariff="flat"), ScalePower(factor=0.5))
    assert plant.tariff == "flat"
    assert plant.tariffs == (TARIFF, flat)
    assert plant.resources[0].power == Power(busy_kw=2.0, idle_kw=0.5)
    assert plant.resources[1].power is None
    cheaper = TARIFF.model_copy(update={"price_per_kwh": 0.5})
    assert changed(ChangeTariff(tariff=cheaper)).tariffs == (cheaper,)
    bench = Power(busy_kw=1.0)
    assert changed(SetPower(resource="bench", power=bench)).resources[1].power == bench


def test_what_does_not_fit_is_refused_with_names():
    with pytest.raises(ScenarioError, match="no tariff 'U'"):
        changed(SetTariff(tariff="U"))
    with pytest.raises(ScenarioError, match="the power of 'bench' is not known"):
        changed(ScalePower(factor=2.0, resource="bench"))


def test_a_change_of_tariff_is_told_in_words():
    after = changed(
        ChangeTariff(tariff=TARIFF.model_copy(update={"periods": (NIGHT,)})), SetTariff(tariff="T")
    )
    lines = [str(d) for d in scenario_diff(PLANT, (), after, ())]
    assert lines == [
        "plant, tariff: none → T",
        "tariff T, prices: mon tue 10:00-12:00 1.5/kWh → none",
    ]
