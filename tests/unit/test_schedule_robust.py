"""Plans chosen by how often their orders are in time in the twin."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao._base.errors import InputError
from zhizao.model import (
    Calendar,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.schedule import robust_schedule
from zhizao.schedule.plan.risk import late_counts

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def at(hours):
    return MONDAY + timedelta(hours=hours)


def step(number, *names, hours=1.0, cv=0.0):
    return Step(
        step=number,
        operation=f"op{number}",
        resources=tuple(ResourceOption(resource=n) for n in names),
        time=TimeModel(
            per_piece_min=60.0 * hours, distribution="lognormal" if cv else "constant", cv=cv
        ),
    )


def plant_of(routings, resources):
    return Plant(
        name="P",
        work_centres=tuple(WorkCentre(id=f"W{r}") for r in resources),
        resources=tuple(Resource(id=r, work_centre=f"W{r}") for r in resources),
        products=tuple(Product(id=p) for p in routings),
        routings=tuple(Routing(product=p, steps=tuple(s)) for p, s in routings.items()),
    )


def wild_and_steady():
    """Return a wild job whose due date is tight and steady ones that fit before it, just.

    On paper every order of the five is in time in any order of EDD kind; the wild one, when it
    goes before the steady ones, makes them late in every second future.
    """
    plant = plant_of(
        {"wild": [step(10, "A", hours=4.0, cv=1.5)], "steady": [step(10, "A", hours=1.0)]}, ["A"]
    )
    orders = [Order(id="W", product="wild", due_at=at(8.0))]
    orders += [Order(id=f"S{i}", product="steady", due_at=at(8.2 + 0.1 * i)) for i in range(4)]
    return plant, orders


def test_the_chosen_plan_is_late_less_often_in_futures_that_had_no_part_in_the_choice():
    plant, orders = wild_and_steady()
    found = robust_schedule(plant, orders, now=MONDAY, seconds=2.0, threads=1, n_futures=200)
    own = found.candidates[0].plan
    late = [
        late_counts(plant, orders, plan, strictly=True, n_futures=400, seed=77).mean()
        for plan in (own, found.plan)
    ]
    assert late[1] <= late[0]
    assert found.strictly.late_after <= found.strictly.late_before
    assert found.freely.fewer >= -found.freely.half_width
    assert found.chosen in found.candidates
    assert {c.kind for c in found.candidates} >= {"paper", "quantile", "earlier"}
    assert all("moved" not in c.plan.values for c in found.candidates)
    assert all(c.plan.value >= own.value - 1e-9 or c.plan is own for c in found.candidates)


def test_room_is_taken_where_it_pays_and_its_price_is_named():
    # Two steps; the second waits for nobody else. On paper it is the same whether lots come to
    # the bottleneck early or just in time.
    plant = plant_of(
        {
            "X": [step(10, "A", hours=1.0, cv=1.0), step(20, "B", hours=1.5, cv=0.2)],
            "Y": [step(10, "A", hours=2.0, cv=1.0), step(20, "B", hours=1.0, cv=0.2)],
            "Z": [step(20, "B", hours=1.0, cv=0.2)],
        },
        ["A", "B"],
    )
    orders = [
        Order(id=f"{p}{i}", product=p, due_at=at(3.0 + 3.2 * i + 0.4 * k))
        for i in range(8)
        for k, p in enumerate("XYZ")
    ]
    found = robust_schedule(
        plant, orders, now=MONDAY, seconds=3.0, threads=1, n_futures=100, seed=2
    )
    own = found.candidates[0]
    assert {"before", "paper"} <= {c.kind for c in found.candidates}
    assert min(c.strictly_late for c in found.candidates) <= own.strictly_late
    told = found.sentences()
    assert found.chosen is not own
    # More than chance: the interval of the paired difference does not reach 0.
    assert found.strictly.fewer > found.strictly.half_width
    assert f"{found.plan.value:,.2f} instead of {own.plan.value:,.2f}" in told[-1]
    assert found.plan.value == pytest.approx(
        sum(o.weight * o.tardiness / timedelta(hours=1) for o in found.plan.orders), rel=0.1
    )
    assert len(found.sentences(lang="zh")) == len(told)


def test_without_chance_the_plan_that_is_best_on_paper_stays():
    plant = plant_of({"X": [step(10, "A")]}, ["A"])
    orders = [Order(id=str(i), product="X", due_at=at(i + 1)) for i in range(5)]
    found = robust_schedule(plant, orders, now=MONDAY, seconds=1.0, threads=1, n_futures=5)
    assert found.chosen.kind == "paper"
    assert found.strictly.late_after == 0.0
    assert "best on paper" in found.sentences()[0]


def test_without_due_dates_there_is_nothing_to_choose_by():
    plant = plant_of({"X": [step(10, "A")]}, ["A"])
    with pytest.raises(InputError, match="0 of 1 orders have a due date"):
        robust_schedule(plant, [Order(id="1", product="X")], now=MONDAY, seconds=0.5)


def test_where_no_plan_can_be_made_its_causes_are_told():
    plant = plant_of({"X": [step(10, "A")]}, ["A"])
    never = Calendar(id="never", shifts=())
    closed = plant.model_copy(
        update={
            "calendars": (never,),
            "resources": (plant.resources[0].model_copy(update={"calendar": "never"}),),
        }
    )
    order = Order(id="1", product="X", due_at=at(3))
    found = robust_schedule(closed, [order], now=MONDAY, seconds=0.5, threads=1)
    assert not found.plan.is_feasible
    assert found.plan.causes
    assert found.sentences() == ()
