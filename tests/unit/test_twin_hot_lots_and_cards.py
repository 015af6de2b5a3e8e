"""Hot lots, caps of work centres, short stops: small plants whose times are known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from zhizao._base.errors import SimulationError
from zhizao.model import (
    Batch,
    Failure,
    LotState,
    Operator,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    ShopState,
    Step,
    TimeModel,
    WipCap,
    WorkCentre,
    check_plant,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(hours=24), "n_replications": 1}


def plant_of(*minutes, centre=None, steps=None, resource=None, **fields):
    """Return a line of machines M0, M1, … in work centres W0, W1, …"""
    own = [
        Step(
            step=i + 1,
            operation="x",
            resources=(ResourceOption(resource=f"M{i}"),),
            time=TimeModel(setup_min=m),
            **(steps or {}),
        )
        for i, m in enumerate(minutes)
    ]
    return Plant(
        name="line",
        work_centres=tuple(WorkCentre(id=f"W{i}", **(centre or {})) for i in range(len(minutes))),
        resources=tuple(
            Resource(id=f"M{i}", work_centre=f"W{i}", **(resource or {}))
            for i in range(len(minutes))
        ),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=tuple(own)),),
        **fields,
    )


def minutes_of(plant, orders, **kwargs):
    run = simulate(plant, orders, **(WINDOW | kwargs))
    return (run.completion_s[0] / 60.0).tolist()


def orders_of(*priorities, **fields):
    return [Order(id=f"O{i}", product="P", priority=p, **fields) for i, p in enumerate(priorities)]


@pytest.mark.parametrize("rule", ["fifo", "edd", "spt", "atc"])
def test_hot_lots_go_first_whatever_the_rule(rule):
    orders = [
        o.model_copy(update={"due_at": MONDAY + timedelta(hours=i + 1)})
        for i, o in enumerate(orders_of(0, 0, 1, 2))
    ]
    as_others = plant_of(10.0, centre={"dispatch": rule})
    assert minutes_of(as_others, orders) == [10.0, 20.0, 30.0, 40.0]
    hot = plant_of(10.0, centre={"dispatch": rule, "hot_lots": "first"})
    # All are there when the machine chooses; the rule decides among equal ones.
    assert minutes_of(hot, orders) == [30.0, 40.0, 20.0, 10.0]


def test_hot_lots_lead_their_batch():
    batch = {"batch": Batch(min_pieces=2, max_pieces=2)}
    plant = plant_of(10.0, centre={"hot_lots": "first"}, steps=batch)
    first = Order(id="a", product="P")
    later = [
        Order(id=n, product="P", priority=p, release_at=MONDAY + timedelta(minutes=1))
        for n, p in (("b", 0), ("c", 0), ("d", 5))
    ]
    assert minutes_of(plant, [first, *later]) == [11.0, 21.0, 21.0, 11.0]


def test_a_full_work_centre_lets_nobody_in_and_blocks_nobody():
    cap = WipCap(id="few", max_lots=1, work_centre="W1")
    plant = plant_of(10.0, 30.0, wip_caps=(cap,))
    run = simulate(plant, orders_of(0, 0, 0), trace=True, **WINDOW)
    assert (run.completion_s[0] / 60.0).tolist() == [40.0, 70.0, 100.0]
    starts = run.records[0].operations.filter(resource="M0")["start_at"]
    # Machine 0 goes on: only its own cap would stop it.
    assert [(s - MONDAY).total_seconds() / 60.0 for s in starts] == [0.0, 10.0, 20.0]


def test_who_waits_for_room_further_on_lets_nobody_in_where_it_counts():
    caps = tuple(WipCap(id=f"c{i}", max_lots=1, work_centre=f"W{i}") for i in range(2))
    run = simulate(plant_of(10.0, 30.0, wip_caps=caps), orders_of(0, 0, 0), trace=True, **WINDOW)
    starts = run.records[0].operations.filter(resource="M0")["start_at"]
    # The second is done at 20 and counts in W0 until 40, when W1 has room.
    assert [(s - MONDAY).total_seconds() / 60.0 for s in starts] == [0.0, 10.0, 40.0]
    assert (run.completion_s[0] / 60.0).tolist() == [40.0, 70.0, 100.0]


def test_caps_of_one_product_let_others_pass():
    plant = plant_of(10.0, wip_caps=(WipCap(id="c", max_lots=1, product="P", work_centre="W0"),))
    plant = plant.model_copy(
        update={
            "products": (Product(id="P"), Product(id="Q")),
            "routings": (
                plant.routings[0],
                plant.routings[0].model_copy(update={"product": "Q"}),
            ),
        }
    )
    orders = [Order(id=f"{i}", product=p) for i, p in enumerate("PPQ")]
    assert minutes_of(plant, orders) == [10.0, 30.0, 20.0]


def test_caps_of_the_plant_and_of_work_centres_hold_together():
    caps = (WipCap(id="all", max_lots=2), WipCap(id="c", max_lots=1, work_centre="W1"))
    assert minutes_of(plant_of(10.0, 30.0, wip_caps=caps), orders_of(0, 0, 0, 0)) == [
        40.0,
        70.0,
        100.0,
        130.0,
    ]


def test_scrapped_and_reworked_lots_keep_the_count_right():
    cap = WipCap(id="c", max_lots=1, work_centre="W0")
    scrap = {"scrap_share": 1.0}
    run = simulate(
        plant_of(10.0, wip_caps=(cap,), steps=scrap), orders_of(0, 0), trace=True, **WINDOW
    )
    assert run.records[0].operations.height == 2
    again = {"rework": Rework(probability=1.0, to_step=1, max_passes=1)}
    plant = plant_of(10.0, wip_caps=(cap,), steps=again)
    assert minutes_of(plant, orders_of(0, 0)) == [20.0, 40.0]


def test_lots_in_progress_count_where_they_are():
    cap = WipCap(id="c", max_lots=1, work_centre="W1")
    state = ShopState(
        at=MONDAY,
        lots=(LotState(order_id="O0", step=2, status="waiting", since_at=MONDAY),),
    )
    run = simulate(plant_of(10.0, 30.0, wip_caps=(cap,)), orders_of(0, 0), state=state, **WINDOW)
    assert (run.completion_s[0] / 60.0).tolist() == [30.0, 60.0]


def test_an_unknown_work_centre_of_a_cap_is_a_fault():
    plant = plant_of(10.0, wip_caps=(WipCap(id="c", max_lots=1, work_centre="W9"),))
    (fault,) = check_plant(plant)
    assert (fault.file, fault.column, fault.value) == ("wip_caps.csv", "work_centre", "W9")


def there_and_back(max_lots, **fields):
    """Return a line of two machines, of which lots go back to the first."""
    caps = tuple(WipCap(id=f"c{i}", max_lots=max_lots, work_centre=f"W{i}") for i in range(2))
    plant = plant_of(10.0, 10.0, wip_caps=caps)
    back = plant.routings[0].steps[0].model_copy(update={"step": 3})
    routing = plant.routings[0].model_copy(update={"steps": (*plant.routings[0].steps, back)})
    return plant.model_copy(update={"routings": (routing,), **fields})


def test_work_centres_with_caps_in_a_circle_are_named():
    run = simulate(there_and_back(1), orders_of(0), **WINDOW)
    assert any("in a circle" in w for w in run.warnings)
    assert run.completion_s[0, 0] == 60.0 * 30.0


def test_lots_that_wait_for_each_other_for_ever_are_named():
    with pytest.raises(SimulationError) as caught:
        simulate(there_and_back(1), orders_of(0, 0, 0), **WINDOW)
    text = str(caught.value)
    assert "lot 'O0' counts in work centre 'W1' and waits for room in 'W0'" in text
    assert "lot 'O1' counts in work centre 'W0' and waits for room in 'W1'" in text
    assert "O2" not in text  # it counts nowhere yet
    # With a cap on the plant they cannot meet.
    caps = (*there_and_back(1).wip_caps, WipCap(id="all", max_lots=1))
    calm = simulate(there_and_back(1, wip_caps=caps), orders_of(0, 0, 0), **WINDOW)
    assert (calm.completion_s[0] / 60.0).tolist() == [30.0, 60.0, 90.0]


def test_lots_that_wait_at_the_end_but_not_for_ever_are_no_circle():
    end = {"start_at": MONDAY, "end_at": MONDAY + timedelta(minutes=15), "n_replications": 1}
    caps = tuple(WipCap(id=f"c{i}", max_lots=1, work_centre=f"W{i}") for i in range(2))
    run = simulate(plant_of(10.0, 30.0, wip_caps=caps), orders_of(0, 0, 0), **end)
    assert np.isnan(run.completion_s[0]).all()


def test_a_share_of_lots_is_lost_as_a_whole():
    plant = plant_of(1.0, 1.0, steps={"lot_scrap_probability": 0.1})
    run = simulate(plant, orders_of(*[0] * 1000, quantity=7.0), trace=True, **WINDOW)
    rows = run.records[0].operations
    lost = rows.filter(rows["scrap_quantity"] > 0.0)
    assert set(lost["scrap_quantity"]) == {7.0}
    assert set(lost["good_quantity"]) == {0.0}
    done = int((~np.isnan(run.completion_s[0])).sum())
    assert done == 1000 - lost.height
    # 0.9² of 1000, standard deviation 12.4: beyond four of them once in 16,000.
    assert abs(done - 810) < 4 * 12.4
    (warning,) = run.warnings
    assert f"{1000 - done:.1f} orders" in warning


def test_short_stops_need_a_rate_and_a_length():
    with pytest.raises(ValidationError, match="only one of short_stops_per_h and short_stop_min"):
        Resource(id="M", work_centre="W", short_stops_per_h=2.0)


def test_short_stops_lengthen_the_work_and_count_as_work():
    stops = {"short_stops_per_h": 12.0, "short_stop_min": 1.0}
    orders = orders_of(*[0] * 5)
    plain = simulate(plant_of(100.0), orders, **WINDOW)
    run = simulate(plant_of(100.0, resource=stops), orders, trace=True, **WINDOW)
    longer = run.completion_s[0, -1] - plain.completion_s[0, -1]
    assert 0.05 * 30000.0 < longer < 0.4 * 30000.0  # 20 % on average
    assert run.kpi_samples["utilisation:M0"][0] == pytest.approx(run.completion_s[0, -1] / 86400.0)
    # They are as many, at the same work, where work goes stretch by stretch.
    crew = {"failure": Failure(mtbf_h=1e9, mttr_h=1.0), "repair_skill": "fix"}
    plant = plant_of(100.0, resource=stops | crew, operators=(Operator(id="o", skills=("fix",)),))
    again = simulate(plant, orders, **WINDOW)
    assert again.completion_s[0].tolist() == run.completion_s[0].tolist()
