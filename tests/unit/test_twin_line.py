"""Which plants are lines, and what is said about wrong ones."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.model.order import Order
from zhizao.model.plant import (
    Calendar,
    Delay,
    Demand,
    Failure,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Setup,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.model.state import LotState, ShopState
from zhizao.twin import replication, simulate
from zhizao.twin.kernels.event_loop import simulate_lots
from zhizao.twin.line import is_line, line_departures, line_obstacle

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
ORDERS = [Order(id="A", product="P")]


def line(*, step=None, resource=None, centre=None, plant=None, machines=("M1", "M2")):
    steps = tuple(
        Step(
            step=10 * (k + 1),
            operation="op",
            **(
                {
                    "resources": (ResourceOption(resource=m),),
                    "time": TimeModel(per_piece_min=30.0, distribution="exponential"),
                }
                | (step or {})
            ),
        )
        for k, m in enumerate(machines)
    )
    fields = {
        "name": "line",
        "work_centres": (WorkCentre(id="W", **(centre or {})),),
        "resources": tuple(
            Resource(id=m, work_centre="W", **(resource or {})) for m in ("M1", "M2")
        ),
        "products": (Product(id="P"), Product(id="Q")),
        "routings": (Routing(product="P", steps=steps),),
    }
    return Plant(**(fields | (plant or {})))


def test_a_plain_line_is_one():
    assert line_obstacle(line(), ORDERS) is None
    assert is_line(line(), ORDERS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"centre": {"dispatch": "edd"}}, "dispatch edd"),
        ({"centre": {"buffer_lots": 2}}, "buffer_lots 2"),
        ({"resource": {"capacity": 2}}, "capacity 2"),
        ({"resource": {"failure": Failure(mtbf_h=9.0, mttr_h=1.0)}}, "failure"),
        ({"resource": {"load_min": 2.0}}, "load_min 2.0"),
        (
            {"resource": {"calendar": "day"}, "plant": {"calendars": (Calendar(id="day"),)}},
            "calendar day",
        ),
        ({"step": {"scrap_share": 0.1}}, "scrap_share 0.1"),
        ({"step": {"probability": 0.5}}, "probability 0.5"),
        ({"step": {"rework": Rework(probability=0.1, to_step=10)}}, "rework"),
        ({"step": {"skills": ("weld",)}}, "skills"),
        ({"step": {"resources": ()}}, "0 resources"),
        (
            {"step": {"resources": (ResourceOption(resource="M1"), ResourceOption(resource="M2"))}},
            "2 resources",
        ),
        ({"step": {"delay": Delay(mean_min=5.0, distribution="exponential")}}, "delay that varies"),
        ({"machines": ("M1", "M2", "M1")}, "more than once"),
        (
            {
                "plant": {
                    "setups": (
                        Setup(work_centre="W", from_family=None, to_family=None, setup_min=5.0),
                    )
                }
            },
            "setups",
        ),
    ],
)
def test_what_lets_lots_pass_each_other_is_an_obstacle(change, words):
    assert words in line_obstacle(line(**change), ORDERS)
    assert not is_line(line(**change), ORDERS)


def test_products_must_visit_the_same_machines():
    plant = line()
    steps = plant.routings[0].steps
    back = tuple(
        s.model_copy(update={"resources": other.resources})
        for s, other in zip(steps, steps[::-1], strict=True)
    )
    both = plant.model_copy(
        update={"routings": (*plant.routings, Routing(product="Q", steps=back))}
    )
    assert is_line(both, ORDERS)  # Q is not ordered
    assert "other machines" in line_obstacle(both, [*ORDERS, Order(id="B", product="Q")])


def test_lots_in_progress_are_an_obstacle():
    lot = LotState(order_id="A", step=10, status="waiting", since_at=MONDAY)
    assert "1 lots" in line_obstacle(line(), ORDERS, state=ShopState(at=MONDAY, lots=(lot,)))


def test_demand_counts_only_where_it_is_drawn():
    plant = line(plant={"demands": (Demand(product="P", orders_per_week=5.0),)})
    assert is_line(plant, [])
    assert line_obstacle(plant, [], draw_demand=False) == "nothing is ordered"


def test_lots_that_tie_in_another_order_are_left_to_the_event_loop(monkeypatch):
    """C is ahead of A, but both join the second queue at 60 min: there A goes first."""
    plant = line(step={"time": TimeModel(per_piece_min=30.0)})
    first, second = plant.routings[0].steps
    steps = (first, second.model_copy(update={"time": TimeModel(per_piece_min=45.0)}))
    quick = steps[0].model_copy(update={"time": TimeModel()})
    plant = plant.model_copy(
        update={
            "routings": (
                Routing(product="P", steps=(quick, steps[1])),
                Routing(product="Q", steps=(steps[0], steps[1])),
            )
        }
    )
    orders = [
        Order(id="A", product="P", release_at=MONDAY + timedelta(minutes=10)),
        Order(id="B", product="Q", release_at=MONDAY),
        Order(id="C", product="Q", release_at=MONDAY),
    ]
    span = {"start_at": MONDAY, "end_at": MONDAY + timedelta(days=1), "n_replications": 1}
    assert is_line(plant, orders)
    found = simulate(plant, orders, **span)
    monkeypatch.setattr(replication, "simulate_line", simulate_lots)
    expected = simulate(plant, orders, **span).completion_s
    np.testing.assert_array_equal(found.completion_s, expected)
    assert expected[0].tolist() == [120 * 60.0, 75 * 60.0, 165 * 60.0]


def test_departures_of_wrong_input_name_every_fault():
    with pytest.raises(InputError, match=r"negative.*release has shape.*buffer 0"):
        line_departures([[1.0, -1.0]], [0.0, 1.0], buffer_lots=[-2])
    with pytest.raises(InputError, match="shape"):
        line_departures([1.0])
    with pytest.raises(InputError, match="has 2 numbers, expected 1"):
        line_departures([[1.0, 1.0]], buffer_lots=[1, 1])
    with pytest.raises(InputError, match="decreases"):
        line_departures([[1.0], [1.0]], [1.0, 0.0])


def test_a_line_without_lots_has_no_departures():
    assert line_departures(np.empty((0, 2))).shape == (0, 2)
