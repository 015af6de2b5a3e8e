"""Where people look for work when they get free: at the resources as listed, or where they are."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from zhizao.model import (
    Operator,
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
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
NextWork = Literal["listed", "same_work_centre"]


def _begins(next_work: NextWork, *, first_order: str) -> list[str]:
    """Return the orders as one person begins them: three on saws, three on drills, an hour each."""
    centres = {"saw 1": "saws", "drill 1": "drills"}
    plant = Plant(
        name="shop",
        work_centres=(WorkCentre(id="saws"), WorkCentre(id="drills")),
        resources=tuple(Resource(id=r, work_centre=c) for r, c in centres.items()),
        operators=(Operator(id="Ann", skills=("all",), next_work=next_work),),
        products=(Product(id="saw"), Product(id="drill")),
        routings=tuple(
            Routing(
                product=p,
                steps=(
                    Step(
                        step=10, operation=p, resources=(ResourceOption(resource=f"{p} 1"),),
                        time=TimeModel(setup_min=60), skills=("all",),
                    ),
                ),
            )
            for p in ("saw", "drill")
        ),
    )  # fmt: skip
    orders = [
        Order(
            id=f"{p} {i}", product=p, quantity=1,
            release_at=START + timedelta(minutes=0 if f"{p} {i}" == first_order else 5),
        )
        for p in ("saw", "drill")
        for i in (1, 2, 3)
    ]  # fmt: skip
    run = simulate(
        plant, orders, start_at=START, end_at=START + timedelta(days=1), n_replications=1,
        draw_demand=False, trace=True, seed=1,
    )  # fmt: skip
    rows = run.records[0].operations.sort("start_at")
    return [str(o).partition(" ")[0] for o in rows["order_id"]]


def test_who_follows_the_list_goes_to_what_stands_first() -> None:
    assert _begins("listed", first_order="drill 1") == ["drill"] + ["saw"] * 3 + ["drill"] * 2


@pytest.mark.parametrize(("here", "there"), [("drill", "saw"), ("saw", "drill")])
def test_who_stays_ends_the_queue_at_hand_first(here: str, there: str) -> None:
    begun = _begins("same_work_centre", first_order=f"{here} 1")
    assert begun == [here] * 3 + [there] * 3
