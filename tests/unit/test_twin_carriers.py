"""Carriers of limited number: who is fetched first, what is said, what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao._base.errors import InputError, ScenarioError
from zhizao.model import (
    Batch,
    Carrier,
    ChangeCarrier,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Scenario,
    SetCarrier,
    Step,
    TimeModel,
    Transport,
    WorkCentre,
    apply_scenario,
    check_plant,
    scenario_diff,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(hours=10)}


def step(number, *resources, minutes=0.0, **fields):
    return Step(
        step=number,
        operation="x",
        resources=tuple(ResourceOption(resource=r) for r in resources),
        time=TimeModel(setup_min=minutes),
        **fields,
    )


TRUCK = (Carrier(id="truck"),)


def plant_of(*steps, carriers=TRUCK, transports=None, carrier="truck"):
    if transports is None:
        transports = (
            Transport(from_work_centre="A", to_work_centre="B", minutes=10.0, carrier=carrier),
        )
    return Plant(
        name="two areas",
        work_centres=(WorkCentre(id="A"), WorkCentre(id="B")),
        resources=(
            Resource(id="a", work_centre="A", capacity=9),
            Resource(id="b", work_centre="B", capacity=9),
        ),
        carriers=carriers,
        transports=transports,
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=steps or (step(1, "a"), step(2, "b"))),),
    )


def orders_of(n, **fields):
    return [Order(id=f"O{i}", product="P", **fields) for i in range(n)]


def minutes_of(run):
    return (run.completion_s[0] / 60.0).tolist()


def test_one_carrier_comes_back_empty_for_each_lot():
    run = simulate(plant_of(), orders_of(3), n_replications=1, **WINDOW)
    assert minutes_of(run) == [10.0, 30.0, 50.0]
    assert (run.order_samples["carrier_wait_h"][0] * 60.0).tolist() == [0.0, 20.0, 40.0]
    assert run.kpi_samples["carrier_utilisation:truck"][0] == pytest.approx(50.0 / 600.0)
    assert run.kpi_samples["carrier_wait_mean_h:truck"][0] == pytest.approx(20.0 / 60.0)
    assert run.warnings == ()


def test_without_a_carrier_nobody_waits_and_more_or_faster_ones_wait_less():
    free = plant_of(carriers=(), carrier=None)
    assert minutes_of(simulate(free, orders_of(3), n_replications=1, **WINDOW)) == [10.0] * 3
    two = plant_of(carriers=(Carrier(id="truck", count=2),))
    assert minutes_of(simulate(two, orders_of(3), n_replications=1, **WINDOW)) == [10.0, 10.0, 30.0]
    fast = plant_of(carriers=(Carrier(id="truck", speed=2.0),))
    assert minutes_of(simulate(fast, orders_of(3), n_replications=1, **WINDOW)) == [5.0, 15.0, 25.0]


def test_hot_lots_are_fetched_first():
    orders = [Order(id=f"O{i}", product="P", priority=p) for i, p in enumerate([0, 0, 5])]
    run = simulate(plant_of(), orders, n_replications=1, **WINDOW)
    assert minutes_of(run) == [30.0, 50.0, 10.0]


def test_an_own_way_back_counts_before_that_in_the_other_direction():
    both = (
        Transport(from_work_centre="A", to_work_centre="B", minutes=10.0, carrier="truck"),
        Transport(from_work_centre="B", to_work_centre="A", minutes=4.0),
    )
    run = simulate(plant_of(transports=both), orders_of(2), n_replications=1, **WINDOW)
    assert minutes_of(run) == [10.0, 24.0]


def test_a_lot_waits_at_the_end_of_the_run_too():
    end = {"start_at": MONDAY, "end_at": MONDAY + timedelta(minutes=15)}
    run = simulate(plant_of(), orders_of(3), n_replications=1, **end)
    assert (run.order_samples["carrier_wait_h"][0] * 60.0).tolist() == [0.0, 15.0, 15.0]
    assert run.kpi_samples["carrier_utilisation:truck"][0] == 1.0


def test_records_of_the_run_show_the_waits_as_time_between_operations():
    run = simulate(plant_of(), orders_of(2), n_replications=1, trace=True, **WINDOW)
    rows = run.records[0].operations.filter(step=2)
    assert [(at - MONDAY).total_seconds() / 60.0 for at in rows["start_at"]] == [10.0, 30.0]


def test_steps_of_several_work_centres_that_are_carried_to_are_named():
    plant = plant_of(step(1, "a"), step(2, "b", "a"))
    run = simulate(plant, orders_of(2), n_replications=1, **WINDOW)
    assert any("carriers" in w and "preferred resource" in w for w in run.warnings)
    assert minutes_of(run) == [10.0, 30.0]


def test_ways_without_a_time_are_named():
    plant = plant_of().model_copy(
        update={
            "work_centres": (WorkCentre(id="A"), WorkCentre(id="B"), WorkCentre(id="C")),
            "transports": (
                Transport(from_work_centre="A", to_work_centre="B", minutes=10.0, carrier="truck"),
                Transport(from_work_centre="C", to_work_centre="B", minutes=10.0, carrier="truck"),
                Transport(from_work_centre="A", to_work_centre="C", minutes=10.0, carrier="truck"),
            ),
        }
    )
    (empty_centre,) = simulate(plant, orders_of(1), n_replications=1, **WINDOW).warnings
    assert "no resource" in empty_centre
    plant = plant.model_copy(
        update={
            "transports": (
                Transport(from_work_centre="A", to_work_centre="B", minutes=10.0, carrier="truck"),
                Transport(from_work_centre="C", to_work_centre="C", minutes=10.0, carrier="truck"),
            )
        }
    )
    _, warning = simulate(plant, orders_of(1), n_replications=1, **WINDOW).warnings
    assert "'B' → 'C', 'C' → 'A'" in warning


def test_an_unknown_carrier_is_a_fault_with_the_nearest_name():
    plant = plant_of(carrier="trukc")
    (fault,) = check_plant(plant)
    assert (fault.file, fault.column, fault.nearest) == ("transports.csv", "carrier", "truck")
    with pytest.raises(InputError, match="Did you mean 'truck'"):
        simulate(plant, orders_of(1), n_replications=1, **WINDOW)


def test_scenarios_change_carriers_and_who_carries():
    plant = plant_of()

    def branch(*changes):
        scenario = Scenario(name="s", changes=changes)
        return apply_scenario(plant, (), scenario, now=MONDAY)[0]

    more = branch(ChangeCarrier(carrier=Carrier(id="truck", count=3)))
    assert more.carriers == (Carrier(id="truck", count=3),)
    assert [str(d) for d in scenario_diff(plant, (), more, ())] == ["carrier truck, number: 1 → 3"]
    crane = Carrier(id="crane")
    other = branch(ChangeCarrier(carrier=crane), SetCarrier(carrier="crane", to_work_centre="B"))
    assert other.carriers == (*plant.carriers, crane)
    assert other.transports[0].carrier == "crane"
    assert branch(SetCarrier()).transports[0].carrier is None
    with pytest.raises(ScenarioError, match="Did you mean 'truck'"):
        branch(SetCarrier(carrier="trucks"))
    with pytest.raises(ScenarioError, match="no transport is between"):
        branch(SetCarrier(from_work_centre="B"))


def test_a_batch_is_carried_lot_by_lot():
    steps = (
        step(1, "a", minutes=5.0, batch=Batch(min_pieces=2, max_pieces=2)),
        step(2, "b"),
    )
    run = simulate(plant_of(*steps), orders_of(2), n_replications=1, **WINDOW)
    assert minutes_of(run) == [15.0, 35.0]


def test_a_way_of_no_time_ends_before_a_machine_chooses_at_that_instant():
    at_once = (Transport(from_work_centre="A", to_work_centre="B", minutes=0.0, carrier="truck"),)
    carried = plant_of(step(1, "a", minutes=10.0), step(2, "b", minutes=5.0), transports=at_once)
    plant = carried.model_copy(
        update={
            "resources": (Resource(id="a", work_centre="A"), Resource(id="b", work_centre="B")),
            "products": (Product(id="P"), Product(id="Q")),
            "routings": (
                *carried.routings,
                Routing(product="Q", steps=(step(1, "b", minutes=7.0),)),
            ),
        }
    )
    orders = [
        Order(id="O0", product="P"),
        Order(id="O1", product="Q", release_at=MONDAY + timedelta(minutes=10)),
    ]
    run = simulate(plant, orders, n_replications=1, **WINDOW)
    assert minutes_of(run) == [15.0, 22.0]
