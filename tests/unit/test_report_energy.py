"""The page shows what a scenario changes in electricity, its cost and carbon."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.model import (
    Demand,
    Plant,
    Power,
    Product,
    Resource,
    ResourceOption,
    Routing,
    ScalePower,
    Scenario,
    Step,
    Tariff,
    TimeModel,
    WorkCentre,
)
from zhizao.serve.report.try_section import try_section
from zhizao.trial import compare

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def comparison():
    plant = Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        resources=(
            Resource(id="M", work_centre="W", power=Power(busy_kw=10.0, idle_kw=2.0)),
            Resource(id="N", work_centre="W"),
        ),
        products=(Product(id="P"),),
        routings=(
            Routing(
                product="P",
                steps=(
                    Step(
                        step=1,
                        operation="x",
                        resources=(ResourceOption(resource="M"),),
                        time=TimeModel(setup_min=60.0),
                    ),
                ),
            ),
        ),
        demands=(Demand(product="P", orders_per_week=30.0),),
        tariffs=(Tariff(id="T", price_per_kwh=0.5, carbon_kg_per_kwh=0.5),),
        tariff="T",
    )
    thrifty = Scenario(name="thrifty", changes=(ScalePower(factor=0.5),))
    return compare(
        plant,
        (),
        [thrifty],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(weeks=2),
        n_replications=5,
    )


def test_half_the_power_is_half_of_everything(comparison):
    found = {d.kpi: d for d in comparison.scenarios[0].kpis if d.resource is None}
    for kpi in (
        "energy_kwh_per_week",
        "energy_cost_per_week",
        "carbon_kg_per_week",
        "energy_kwh_per_order",
    ):
        assert found[kpi].difference == pytest.approx(-0.5 * found[kpi].base)
    of_resource = [d for d in comparison.scenarios[0].kpis if d.resource == "M"]
    assert {"utilisation", "energy_kwh_per_week"} <= {d.kpi for d in of_resource}


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("en", ["electricity (kWh a week)", "cost of electricity (of the currency, a week)"]),
        ("zh", ["用电量 (千瓦时/周)", "电费 (货币单位/周)"]),
    ],
)
def test_the_page_shows_it_in_both_languages(comparison, lang, names):
    section = try_section(comparison, time_zone="UTC", lang=lang)
    rows = [row["kpi"] for row in section["scenarios"][0]["numbers"]]
    assert set(names) <= set(rows)
    assert len(rows) == len(set(rows)) == 9  # each KPI of the plant once, none of a resource
    captions = " ".join(panel["caption"] for panel in section["panels"])
    assert all(name.partition(" (")[0] in captions for name in names)
