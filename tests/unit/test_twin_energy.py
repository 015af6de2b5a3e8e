"""Energy, cost and carbon of a run against numbers computed by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.kpi import flow_kpis
from zhizao.model import (
    Calendar,
    Failure,
    Maintenance,
    Order,
    Plant,
    Power,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    Step,
    Tariff,
    TariffPeriod,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
POWER = Power(busy_kw=8.0, setup_kw=4.0, idle_kw=2.0, off_kw=0.5)
TARIFF = Tariff(
    id="T",
    price_per_kwh=0.5,
    carbon_kg_per_kwh=0.25,
    periods=(
        TariffPeriod(start="09:00", end="10:00", price_per_kwh=1.0),
        TariffPeriod(start="12:00", end="24:00", carbon_kg_per_kwh=0.75),
    ),
)


def plant(*, power=POWER, tariff="T", **fields):
    """Return one machine, open 08:00 to 16:00, that takes an hour a piece and 30 min a setup."""
    return Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        calendars=(Calendar(id="day", shifts=(Shift(weekday="mon", start="08:00", end="16:00"),)),),
        resources=(Resource(id="M", work_centre="W", calendar="day", power=power, **fields),),
        products=(Product(id="A", family="a"), Product(id="B", family="b")),
        setups=(Setup(work_centre="W", from_family=None, to_family=None, setup_min=30.0),),
        routings=tuple(
            Routing(
                product=p,
                steps=(
                    Step(
                        step=10,
                        operation="cut",
                        resources=(ResourceOption(resource="M"),),
                        time=TimeModel(per_piece_min=60.0),
                    ),
                ),
            )
            for p in "AB"
        ),
        tariffs=(TARIFF,),
        tariff=tariff,
    )


def run_of(one, orders, *, days=7, **kwargs):
    return simulate(
        one,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=1,
        draw_demand=False,
        **kwargs,
    )


TWO = [Order(id="O1", product="A", quantity=2.0), Order(id="O2", product="A", quantity=1.0)]


def test_a_day_of_one_machine_is_what_the_hand_computes():
    run = run_of(plant(), TWO, days=1)
    # Setup 8:00-8:30, work to 11:30, idle to 16:00, off for 16 h.
    kwh = 4 * 0.5 + 8 * 3.0 + 2 * 4.5 + 0.5 * 16
    dear = 8 * 1.0  # 9:00-10:00
    late = 2 * 4.0 + 0.5 * 8.0  # from 12:00 on
    assert run.kpi_samples["energy_kwh_per_week"][0] == 7 * kwh
    assert run.kpi_samples["energy_cost_per_week"][0] == 7 * (0.5 * kwh + 0.5 * dear)
    assert run.kpi_samples["carbon_kg_per_week"][0] == 7 * (0.25 * kwh + 0.5 * late)
    assert run.kpi_samples["energy_kwh_per_week:M"][0] == 7 * kwh
    assert run.kpi_samples["energy_kwh_per_order"][0] == kwh / 2


def test_each_order_is_told_what_its_work_and_setup_used():
    run = run_of(plant(), TWO, days=1)
    assert run.order_samples["energy_kwh"].tolist() == [[4 * 0.5 + 8 * 2.0, 8.0]]
    # O1 works 8:30-10:30, half an hour of it before 9:00, an hour at the high price.
    assert run.order_samples["energy_cost"].tolist() == [[0.5 * 18.0 + 0.5 * 8.0, 4.0]]
    assert run.order_samples["carbon_kg"].tolist() == [[0.25 * 18.0, 0.25 * 8.0]]


def test_only_time_after_the_warm_up_counts():
    run = run_of(plant(), TWO, days=1, warm_up_s=10 * 3600.0)
    kwh = 8 * 1.5 + 2 * 4.5 + 0.5 * 8
    assert run.kpi_samples["energy_kwh_per_week"][0] == pytest.approx(kwh * 7 * 24 / 14, rel=1e-14)
    assert run.order_samples["energy_kwh"].tolist() == [[4.0, 8.0]]


def test_breakdowns_and_maintenance_are_off():
    failure = Failure(mtbf_h=2.0, mttr_h=1.0, between="constant", repair="constant")
    broken = plant(failure=failure)
    run = run_of(broken, TWO, days=1)
    # Setup and 1.5 h of work, repaired 10:00-11:00, 1.5 h of work, idle from 12:30.
    kwh = 4 * 0.5 + 8 * 3.0 + 2 * 3.5 + 0.5 * (16 + 1)
    assert run.kpi_samples["energy_kwh_per_week"][0] == 7 * kwh
    check = Maintenance(id="m", resource="M", every_h=1e6, first_h=14.0, mean_min=60.0)
    kept = plant().model_copy(update={"maintenances": (check,)})
    run = run_of(kept, TWO, days=1)
    kwh = 4 * 0.5 + 8 * 3.0 + 2 * 3.5 + 0.5 * (16 + 1)
    assert run.kpi_samples["energy_kwh_per_week"][0] == 7 * kwh


def test_a_breakdown_by_the_clock_is_off_also_while_nothing_waits():
    failure = Failure(
        mtbf_h=9.0, mttr_h=2.0, basis="calendar", between="constant", repair="constant"
    )
    run = run_of(plant(failure=failure), [], days=1)
    # Down 9:00-11:00 and 20:00-22:00, of which the latter is closed anyway.
    kwh = 2 * 6.0 + 0.5 * (16 + 2)
    assert run.kpi_samples["energy_kwh_per_week"][0] == 7 * kwh


def test_without_a_tariff_there_is_energy_but_no_cost():
    run = run_of(plant(tariff=None), TWO)
    energy = [k for k in run.kpi_samples if "energy" in k or "carbon" in k]
    assert energy == ["energy_kwh_per_week", "energy_kwh_per_week:M", "energy_kwh_per_order"]
    assert list(run.order_samples) == ["energy_kwh"]


def test_without_a_power_there_is_nothing_of_it():
    run = run_of(plant(power=None), TWO)
    assert not [k for k in run.kpi_samples if "energy" in k or "carbon" in k]
    assert run.order_samples == {}


def test_records_of_whole_seconds_give_the_same_to_the_last_bit():
    one = plant()
    run = run_of(one, TWO, trace=True)
    counted = flow_kpis(
        run.records[0], TWO, plant=one, start_at=MONDAY, end_at=MONDAY + timedelta(days=7)
    )
    for name, samples in run.kpi_samples.items():
        value = counted[name].value
        assert (np.nan if value is None else value) == pytest.approx(samples[0], rel=0, nan_ok=True)


def test_a_power_changes_nothing_but_what_is_measured():
    orders = [
        Order(id=f"O{i}", product="AB"[i % 2], release_at=MONDAY + timedelta(hours=i / 3))
        for i in range(20)
    ]
    runs = [
        run_of(plant(power=power, failure=Failure(mtbf_h=3.0, mttr_h=1.0)), orders, days=21)
        for power in (POWER, None)
    ]
    np.testing.assert_array_equal(runs[0].completion_s, runs[1].completion_s)
    for name, samples in runs[1].kpi_samples.items():
        np.testing.assert_array_equal(samples, runs[0].kpi_samples[name])
